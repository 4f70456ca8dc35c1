package control

import (
	"context"
	"encoding/json"
	"slices"

	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// named are the held Raws that an act meant, by number: the first thousand one
// by one, all of them by where they begin and end. A number says nothing of a
// person; keys, which may, are in no row of the audit.
type named struct {
	IDs   []int64 `json:"ids,omitempty"`
	First int64   `json:"first,omitempty"`
	Last  int64   `json:"last,omitempty"`
	Count int     `json:"count,omitempty"`
}

const mostNamed = 1000

func (n *named) add(ids ...int64) {
	for _, id := range ids {
		if n.Count == 0 {
			n.First = id
		}
		n.First, n.Last = min(n.First, id), max(n.Last, id)
		if n.Count++; len(n.IDs) < mostNamed {
			n.IDs = append(n.IDs, id)
		}
	}
}

// may reports whether a held Raw may be one of them.
func (n *named) may(id int64) bool {
	return slices.Contains(n.IDs, id) || n.Count > len(n.IDs) && id >= n.First && id <= n.Last
}

// dropResult is what a drop came to: what it meant, and how many of them were
// still held when their turn came.
type dropResult struct {
	Dropped int `json:"dropped"`
	named
}

// jobResult is what a job over held Raws came to, and which of them it tried.
type jobResult struct {
	book.Tally
	named
}

// Dropped is who dropped a held Raw, and why: the newest act whose end names it.
func (a *Audit) Dropped(ctx context.Context, h *journal.HeldRaw) (d journal.Dropped, err error) {
	if h.Dropped != nil {
		d.At = h.Dropped.At
	}
	q := book.ActQuery{What: dropHeld, Limit: auditWindow}
	for {
		page, next, err := a.List(ctx, q)
		if err != nil {
			return d, err
		}
		for i := range page {
			e := &page[i]
			if of := namedBy(e.Result); of.may(h.ID) {
				return journal.Dropped{At: d.At, By: e.Who, Reason: e.Why, Row: e.Seq}, nil
			}
		}
		if q.Before = next; next == 0 {
			return d, nil // of an earlier version, which named none
		}
	}
}

// namedBy reads a result as it stands in the book.
func namedBy(result any) (n named) {
	if text, err := json.Marshal(result); err == nil {
		_ = json.Unmarshal(text, &n) // whatever else it is names none
	}
	return n
}

// resultOf is what the audit keeps of a job.
func resultOf(v *book.JobView) jobResult {
	r := jobResult{Tally: v.Total}
	for i := range v.Parts {
		p := &v.Parts[i]
		r.add(p.Held...)
		r.Count += max(p.Done.Tried-len(p.Held), 0)
		if len(p.Held) > 0 {
			r.Last = max(r.Last, p.After)
		}
	}
	if len(r.IDs) == 0 {
		r.named = named{} // of all that a stream received
	}
	return r
}
