package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// keptPast commits what is remembered of a stream: with a page, by itself, and
// with a page that is refused. It looks at it at once, and opened again.
func keptPast(ctx context.Context, h Harness) error {
	for _, s := range []pastStep{
		{want: ""},
		{next: "1", past: `{"n":1}`, want: `{"n":1}`},
		{from: "1", next: "2", want: `{"n":1}`},
		{from: "1", next: "3", past: `{"n":9}`, want: `{"n":1}`, refused: true},
		{past: `{"n":2}`, want: `{"n":2}`},
		{from: "2", next: "2", past: `{"n":3}`, want: `{"n":3}`},
		{from: "2", next: "null", bare: true, past: `{"n":4}`, want: `{"n":4}`}, // it was told to forget its source
		{from: "2", next: "5", want: `{"n":4}`, refused: true},
		{from: "null", next: "1", want: `{"n":4}`},
	} {
		if err := s.commit(ctx, h.Log); (err != nil) != s.refused {
			return fmt.Errorf("%+v: %w", s, err)
		}
		if err := s.is(ctx, h); err != nil {
			return fmt.Errorf("after %+v: %w", s, err)
		}
	}
	if h.Reopen == nil {
		return nil
	}
	var err error
	if h.Log, err = h.Reopen(); err != nil {
		return err
	}
	last := pastStep{want: `{"n":4}`}
	if err := last.is(ctx, h); err != nil {
		return fmt.Errorf("opened again: %w", err)
	}
	return nil
}

// pastStep is a page from one checkpoint to the next, or none, with a past, or none.
type pastStep struct {
	from, next, past, want string
	bare                   bool // it has no items
	refused                bool
}

func (s *pastStep) commit(ctx context.Context, log journal.Log) error {
	if s.next == "" && s.past == "" {
		return nil
	}
	b := journal.Batch{Stream: streamName(0), Mapping: "m@1", At: hour(1)}
	if s.next != "" && !s.bare {
		b = killBatch(0, s.next)
	}
	if b.From, b.Next = nil, nil; s.next != "" {
		b.Next = canonical.Checkpoint(s.next)
	}
	if s.from != "" {
		b.From = canonical.Checkpoint(s.from)
	}
	if s.past != "" {
		b.Past = json.RawMessage(s.past)
	}
	_, err := log.Commit(ctx, b)
	return err
}

func (s *pastStep) is(ctx context.Context, h Harness) error {
	if h.Settle != nil {
		if err := h.Settle(ctx); err != nil {
			return err
		}
	}
	kept, able := h.Log.(journal.Pasts)
	if !able {
		return errors.New("the Log keeps no past")
	}
	got, err := kept.Past(ctx, streamName(0))
	if err != nil || string(got) != s.want {
		return fmt.Errorf("the past is %q, want %q: %w", got, s.want, err)
	}
	return nil
}
