package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"iocgateway/canonical"
	"iocgateway/mappings"
	"iocgateway/router"
	"iocgateway/router/feed"
	"iocgateway/router/store"
)

// desk is where the API's and the console's acts meet the scheduler and the
// store.
type desk struct {
	store     *store.Store
	journal   journal
	pushers   []*pusher
	cluster   *cluster // nil on one machine
	scheduler *router.Scheduler
	cfg       Config
	streams   []*router.Stream
	log       *slog.Logger
}

// Statuses tells every stream.
func (d *desk) Statuses(ctx context.Context) ([]router.Status, error) {
	return d.scheduler.Statuses(ctx)
}

// Runs gives the newest runs of a stream.
func (d *desk) Runs(ctx context.Context, stream string, limit int) ([]router.Run, error) {
	return d.store.LastRuns(ctx, stream, limit)
}

// Run asks for a run now.
func (d *desk) Run(_ context.Context, stream string, order router.Order, by string) error {
	if order.Replay {
		if err := d.reload(d.streams); err != nil {
			return err
		}
	}
	d.log.Info("run ordered", "stream", stream, "by", by, "replay", order.Replay, "accept_removals", order.AcceptRemovals)
	return d.scheduler.Order(stream, order)
}

// Pause stops a stream.
func (d *desk) Pause(ctx context.Context, stream string, p router.Pause) error {
	return d.scheduler.Pause(ctx, stream, p)
}

// Resume lets a stream run again.
func (d *desk) Resume(ctx context.Context, stream, by string) error {
	d.log.Info("resumed", "stream", stream, "by", by)
	return d.scheduler.Resume(ctx, stream, by)
}

const replayBatch = 200

// Replay maps held Raws again, stream by stream, in batches: each is safe by
// itself, and a Raw leaves quarantine in the commit that publishes it.
func (d *desk) Replay(ctx context.Context, q router.HeldQuery, by string) (feed.Replayed, error) {
	var total feed.Replayed
	if err := d.reload(d.streams); err != nil {
		return total, err
	}
	q.Limit, q.After = replayBatch, 0
	for {
		held, err := d.store.HeldRaws(ctx, q)
		if err != nil {
			return total, err
		}
		if len(held) == 0 {
			d.log.Info("replayed", "by", by, "tried", total.Tried, "published", total.Published, "held", total.Held)
			return total, nil
		}
		q.After = held[len(held)-1].ID
		groups, keyless := byStream(held)
		total.Tried += keyless
		total.Held += keyless
		for stream, raws := range groups {
			if d.shared() && !d.scheduler.Holds(stream) {
				if err := d.replayThere(ctx, stream, idsOf(held, stream), &total); err != nil {
					return total, err
				}
				continue
			}
			receipt, err := d.scheduler.Replay(ctx, stream, raws)
			if err != nil {
				return total, err
			}
			total.Tried += len(raws)
			total.Published += receipt.Counts.Published
			total.Unchanged += receipt.Counts.Unchanged
			total.Held += receipt.Counts.Held
			total.Other += receipt.Counts.Superseded + receipt.Counts.Excluded
		}
	}
}

// byStream sorts held Raws by stream. What the source gave no key has
// nothing a mapping could be asked of: it stays held as it is.
func byStream(held []router.HeldRaw) (groups map[string][]canonical.Raw, keyless int) {
	groups = map[string][]canonical.Raw{}
	for _, h := range held {
		if h.Raw.Key == "" {
			keyless++
			continue
		}
		groups[h.Stream] = append(groups[h.Stream], h.Raw)
	}
	return groups, keyless
}

func idsOf(held []router.HeldRaw, stream string) (ids []int64) {
	for _, h := range held {
		if h.Stream == stream && h.Raw.Key != "" {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// Drop takes held Raws out for good; the store keeps who and why.
func (d *desk) Drop(ctx context.Context, q router.HeldQuery, by, reason string) (int, error) {
	dropped := 0
	q.Limit, q.After = replayBatch, 0
	for {
		held, err := d.store.Held(ctx, q)
		if err != nil || len(held) == 0 {
			return dropped, err
		}
		n, err := d.drop(ctx, held, by, reason)
		dropped += n
		if err != nil {
			return dropped, err
		}
		q.After = held[len(held)-1].ID
	}
}

// explain says field by field how the stream's mapping reads a Raw.
func (d *desk) explain(_ context.Context, stream, _ string, raw canonical.Raw) ([]feed.Why, error) {
	st, err := d.scheduler.Stream(stream)
	if err != nil {
		return nil, err
	}
	explainer, able := st.Mapper.(interface {
		Why(canonical.Raw) ([]mappings.FieldWhy, error)
	})
	if !able {
		return nil, fmt.Errorf("stream %s: its mapping explains nothing: %w", stream, router.ErrNotFound)
	}
	fields, err := explainer.Why(raw)
	if err != nil {
		return nil, err
	}
	out := make([]feed.Why, 0, len(fields))
	for _, f := range fields {
		out = append(out, whyOf(f))
	}
	return out, nil
}

func whyOf(f mappings.FieldWhy) feed.Why {
	why := feed.Why{Field: f.Field, Path: strings.Join(f.Paths, ", "), Rule: f.Rule, Note: strings.TrimSpace(strings.Join(f.Steps, ", ") + " " + f.Note)}
	if json.Valid([]byte(f.Value)) {
		why.Value = json.RawMessage(f.Value)
	}
	if raw, err := json.Marshal(f.Raw); err == nil && f.Raw != "" {
		why.Raw = raw
	}
	return why
}

// ingest takes deliveries. Whoever delivers proves itself by the stream's
// own signature; 2xx is answered only after the commit (invariant 1).
func (d *desk) ingest() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("source") + "/" + r.PathValue("stream")
		receipt, err := d.scheduler.Deliver(r.Context(), stream, r)
		if err != nil {
			d.refuse(w, r, stream, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		if err := json.NewEncoder(w).Encode(receipt.Counts); err != nil {
			d.log.Debug("the deliverer left before the answer", "stream", stream, "error", err)
		}
	})
}

func (d *desk) refuse(w http.ResponseWriter, r *http.Request, stream string, err error) {
	status := deliveryStatus(err)
	if status >= http.StatusInternalServerError {
		d.log.Error("delivery not stored", "stream", stream, "error", err)
		w.Header().Set("Retry-After", "5")
	}
	problem, ok := canonical.AsProblem(err)
	if !ok {
		problem = &canonical.Problem{Code: "GW-R007", Err: errors.New(http.StatusText(status))}
	}
	feed.Refuse(w, r, status, problem)
}
