package router

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// Deliver takes a delivery that a source made to us: authenticated and taken
// apart by the stream's Receiver, committed, and only then acknowledged by
// the caller (invariant 1).
func (s *Scheduler) Deliver(ctx context.Context, stream string, r *http.Request) (Receipt, error) {
	l, err := s.lane(stream)
	if err != nil {
		return Receipt{}, err
	}
	receiver, able := l.stream.Reader.(adapters.Receiver)
	if !able {
		return Receipt{}, fmt.Errorf("stream %q takes no deliveries: %w", stream, ErrNotFound)
	}
	page, err := receiver.Receive(r)
	if err != nil {
		return Receipt{}, err
	}
	receipt, err := s.Sync.commitPage(ctx, l.stream, page)
	if err != nil {
		return receipt, err
	}
	l.delivered(s.Now(), page, receipt)
	return receipt, nil
}

// commitPage maps and commits a page that moves no checkpoint.
func (s *Syncer) commitPage(ctx context.Context, st *Stream, page adapters.Page) (Receipt, error) {
	known, _ := s.Log.(Known)
	items, err := prepare(ctx, st, known, page)
	if err != nil {
		return Receipt{}, err
	}
	return s.commitItems(ctx, st, items)
}

func (s *Syncer) commitItems(ctx context.Context, st *Stream, items []Item) (Receipt, error) {
	receipt, err := s.Log.Commit(ctx, Batch{Stream: st.Full(), Mapping: st.Mapper.Revision(), Items: items, At: s.Now()})
	if err != nil {
		return receipt, fmt.Errorf("router: commit for %s: %w", st.Full(), err)
	}
	return receipt, nil
}

func (l *lane) delivered(now time.Time, page adapters.Page, receipt Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh = now
	l.taken.Add(receipt.Counts)
	for i := range page.Records {
		if at := page.Records[i].At; at.After(l.source) {
			l.source = at
		}
	}
}

// Replay maps held Raws again with today's mapping, always from the Raw, and
// commits what comes of it. Raws that are refused again stay held.
func (s *Scheduler) Replay(ctx context.Context, stream string, raws []canonical.Raw) (Receipt, error) {
	st, err := s.Stream(stream)
	if err != nil {
		return Receipt{}, err
	}
	return s.Sync.remap(ctx, st, raws)
}
