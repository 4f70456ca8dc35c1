package control

import (
	"context"
	"errors"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

const batch = 200

// Replay maps held Raws again, stream by stream, in batches: each is safe by
// itself, and a Raw leaves quarantine in the commit that publishes it.
func (d *Desk) Replay(ctx context.Context, q journal.HeldQuery, by string) (journal.Replayed, error) {
	var total journal.Replayed
	if err := d.Reload(); err != nil {
		return total, err
	}
	q.Limit, q.After = batch, 0
	for {
		held, err := d.View.HeldRaws(ctx, q)
		if err != nil {
			return total, err
		}
		if len(held) == 0 {
			d.Out.Info("replayed", "by", by, "tried", total.Tried, "published", total.Published, "held", total.Held)
			return total, nil
		}
		q.After = held[len(held)-1].ID
		groups, keyless := byStream(held)
		total.Tried += keyless
		total.Held += keyless
		for stream, raws := range groups {
			did, err := d.replayOf(ctx, stream, raws, idsOf(held, stream))
			if err != nil {
				return total, err
			}
			total.Add(did)
		}
	}
}

// replayOf replays held Raws of a stream on the node that holds it.
func (d *Desk) replayOf(ctx context.Context, stream string, raws []canonical.Raw, ids []int64) (did journal.Replayed, err error) {
	if !d.Elsewhere.Here(stream) {
		err = d.Elsewhere.Ask(ctx, stream, "/v1/quarantine/replay", map[string]any{"stream": stream, "ids": ids}, &did)
		return did, err
	}
	receipt, err := d.Streams.Replay(ctx, stream, raws)
	c := receipt.Counts
	return journal.Replayed{Tried: len(raws), Published: c.Published, Unchanged: c.Unchanged, Held: c.Held,
		Other: c.Superseded + c.Excluded}, err
}

// byStream sorts held Raws by stream. What the source gave no key has
// nothing a mapping could be asked of: it stays held as it is.
func byStream(held []journal.HeldRaw) (groups map[string][]canonical.Raw, keyless int) {
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

func idsOf(held []journal.HeldRaw, stream string) (ids []int64) {
	for _, h := range held {
		if h.Stream == stream && h.Raw.Key != "" {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// Drop takes held Raws out for good; the Log keeps who and why.
func (d *Desk) Drop(ctx context.Context, q journal.HeldQuery, by, reason string) (int, error) {
	dropped := 0
	q.Limit, q.After = batch, 0
	for {
		held, err := d.View.Held(ctx, q)
		if err != nil || len(held) == 0 {
			return dropped, err
		}
		of := map[string][]int64{}
		for _, h := range held {
			of[h.Stream] = append(of[h.Stream], h.ID)
		}
		for stream, ids := range of {
			n, err := d.dropOf(ctx, stream, ids, by, reason)
			dropped += n
			if err != nil {
				return dropped, err
			}
		}
		q.After = held[len(held)-1].ID
	}
}

// dropOf drops held Raws of a stream on the node that holds it; those of a
// stream that is configured no more, here.
func (d *Desk) dropOf(ctx context.Context, stream string, ids []int64, by, reason string) (int, error) {
	_, err := d.Streams.Stream(stream)
	if d.Elsewhere.Here(stream) || errors.Is(err, journal.ErrNotFound) {
		return d.Log.DropHeld(ctx, ids, by, reason)
	}
	var got struct {
		Dropped int `json:"dropped"`
	}
	err = d.Elsewhere.Ask(ctx, stream, "/v1/quarantine/drop", map[string]any{"stream": stream, "ids": ids, "reason": reason}, &got)
	return got.Dropped, err
}
