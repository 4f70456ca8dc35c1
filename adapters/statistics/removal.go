package statistics

import (
	"errors"
	"hash/maphash"
	"io"

	"iocgateway/adapters/tabular"
)

// removals gives what a message removes behind all else of it: one message may
// take an observation away and give it anew, and within a page of Raws nobody
// knows which of two came last. What was given anew is not removed.
type removals struct {
	*emitter
	items tabular.Items
	kept  []tabular.Item
	ended bool
}

// maxRemovals is how many are kept for the end; more are given as they come.
const maxRemovals = 50_000

func withRemovals(e *emitter, items tabular.Items, err error) (tabular.Items, error) {
	if err != nil {
		return nil, err
	}
	e.rows = true
	return &removals{emitter: e, items: items}, nil
}

// Next gives the next observation, and after the last what is removed.
func (r *removals) Next() (tabular.Item, error) {
	for !r.ended {
		item, err := r.items.Next()
		r.ended = errors.Is(err, io.EOF)
		switch {
		case r.ended, err == nil && item.Raw.Key == "": // it stood before
		case err == nil && item.Raw.Gone && item.Problem == nil && len(r.kept) < maxRemovals:
			r.kept = append(r.kept, item)
		default:
			return item, err
		}
	}
	for len(r.kept) > 0 {
		item := r.kept[0]
		r.kept = r.kept[1:]
		if r.seen[maphash.String(r.seed, item.Raw.Key)] == removed {
			return item, nil
		}
	}
	return tabular.Item{}, io.EOF
}

// Ending is tabular.Ending's.
func (r *removals) Ending() (open, lines bool) {
	if text, able := r.items.(tabular.Ending); able {
		return text.Ending()
	}
	return false, false
}

// Close closes what is read.
func (r *removals) Close() error { return r.items.Close() }
