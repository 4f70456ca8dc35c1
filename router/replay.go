package router

import (
	"context"
	"errors"
	"fmt"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

const replayPage = 500

// replay maps everything a stream's live records came from again, with
// today's mapping: a corrected mapping reaches what was received long ago
// without asking the source. What comes out otherwise is published as a
// correction; nothing published is rewritten (invariant 3).
func (s *Syncer) replay(ctx context.Context, st *Stream) (Run, error) {
	run := Run{Stream: st.Full(), Started: s.Now(), Replay: true}
	raws, able := s.Log.(Raws)
	if !able {
		return run, errors.New("router: this Log gives no Raws to replay")
	}
	var err error
	if run.ID, err = s.Runs.BeginRun(ctx, st.Full(), run.Started); err != nil {
		return run, fmt.Errorf("router: begin replay of %s: %w", st.Full(), err)
	}
	return s.end(ctx, run, s.replayPages(ctx, st, raws, &run))
}

func (s *Syncer) replayPages(ctx context.Context, st *Stream, from Raws, run *Run) error {
	feed := st.Kind.Feed()
	upTo := from.Head(feed)
	for after := (Position)(nil); !after.Covers(upTo); {
		page, next, err := from.CurrentRaws(ctx, feed, st.Full(), after, upTo, replayPage)
		if err != nil {
			return fmt.Errorf("router: raws of %s: %w", st.Full(), err)
		}
		if len(page) > 0 {
			receipt, err := s.remap(ctx, st, page)
			if err != nil {
				return err
			}
			run.Pages++
			run.Counts.Add(receipt.Counts)
			if s.Progress != nil {
				s.Progress(st.Full(), *run)
			}
		}
		after = next
	}
	return nil
}

// remap maps Raws again, always from the Raw, and commits what comes of it.
func (s *Syncer) remap(ctx context.Context, st *Stream, raws []canonical.Raw) (Receipt, error) {
	p := newPreparer(st, nil, s.Now()) // no Known: everything is mapped
	items, err := p.page(ctx, adapters.Page{Records: raws})
	if err != nil {
		return Receipt{}, err
	}
	return s.commitItems(ctx, p, items)
}
