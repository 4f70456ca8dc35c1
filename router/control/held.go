package control

import (
	"context"
	"errors"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

const batch = 200

// replyWithin is how long a caller waits for a replay; a longer one goes on
// without them.
const replyWithin = 10 * time.Second

// Replay maps held Raws again, in batches: each is safe by itself, and a Raw
// leaves quarantine in the commit that publishes it. It is a job, at a job's
// rate: one that takes longer than a caller waits is named, with what it came
// to so far.
func (a *Actions) Replay(ctx context.Context, q journal.HeldQuery, by string) (did journal.Replayed, running string, err error) {
	job, err := a.Jobs.NowHeld(ctx, q, by)
	if err != nil {
		return did, "", err
	}
	view, err := a.Jobs.Wait(ctx, job.ID, replyWithin)
	t := view.Total
	did = journal.Replayed{Tried: t.Tried, Published: t.Published, Unchanged: t.Unchanged, Held: t.Held, Other: t.Other}
	switch {
	case err != nil:
		return did, job.ID, err
	case !view.Over():
		return did, job.ID, nil
	}
	for i := range view.Parts {
		if cause := view.Parts[i].Cause; cause != nil {
			return did, "", cause
		}
	}
	return did, "", nil
}

// targetOf names in a word what a query means.
func targetOf(q journal.HeldQuery) string {
	if q.Stream == "" {
		return "quarantine"
	}
	return q.Stream
}

// askedOf is a query as the audit keeps it. A key may be a person's number:
// that one was named is kept, not which.
func askedOf(q journal.HeldQuery) map[string]any {
	asked := map[string]any{}
	if q.Code != "" {
		asked["code"] = q.Code
	}
	if q.Key != "" {
		asked["key"] = true
	}
	if len(q.IDs) > 0 {
		asked["ids"] = q.IDs
	}
	return asked
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

// dropHeld is the act as the audit calls it.
const dropHeld = "drop held"

// Drop takes held Raws out for good; the audit keeps who and why.
func (a *Actions) Drop(ctx context.Context, q journal.HeldQuery, by, reason string) (dropped int, err error) {
	err = a.Audit.Do(ctx, Act{What: dropHeld, Target: targetOf(q), By: by, Why: reason, With: askedOf(q), Keeps: true}, func() (any, error) {
		var of named
		dropped, err = a.drop(ctx, q, by, reason, &of)
		return dropResult{dropped, of}, err
	})
	return dropped, err
}

func (a *Actions) drop(ctx context.Context, q journal.HeldQuery, by, reason string, named *named) (int, error) {
	dropped := 0
	q.Limit, q.After = batch, 0
	for {
		held, err := a.View.Held(ctx, q)
		if err != nil || len(held) == 0 {
			return dropped, err
		}
		of := map[string][]int64{}
		for _, h := range held {
			of[h.Stream] = append(of[h.Stream], h.ID)
			named.add(h.ID)
		}
		for stream, ids := range of {
			n, err := a.dropOf(ctx, stream, ids, by, reason)
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
func (a *Actions) dropOf(ctx context.Context, stream string, ids []int64, by, reason string) (int, error) {
	_, err := a.Streams.Stream(stream)
	if a.Elsewhere.Here(stream) || errors.Is(err, journal.ErrNotFound) {
		return a.Log.DropHeld(ctx, ids, by, reason)
	}
	var got struct {
		Dropped int `json:"dropped"`
	}
	err = a.Elsewhere.Ask(ctx, stream, "/v1/quarantine/drop", map[string]any{"stream": stream, "ids": ids, "reason": reason}, &got)
	return got.Dropped, err
}
