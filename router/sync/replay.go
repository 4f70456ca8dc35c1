package sync

import (
	"context"
	"errors"
	"fmt"

	"iocgateway/adapters"
	"iocgateway/router/journal"
)

const replayPage = 500

// replay maps everything a stream's live records came from again, with
// today's mapping: a corrected mapping reaches what was received long ago
// without asking the source. What comes out otherwise is published as a
// correction; nothing published is rewritten (invariant 3).
func (s *Syncer) replay(ctx context.Context) (journal.Run, error) {
	run := journal.Run{Stream: s.name(), Started: s.Now(), Replay: true}
	raws, able := s.Log.(journal.Raws)
	if !able {
		return run, errors.New("sync: this Log gives no Raws to replay")
	}
	var err error
	if run.ID, err = s.Runs.BeginRun(ctx, s.name(), run.Started); err != nil {
		return run, fmt.Errorf("sync: begin replay of %s: %w", s.name(), err)
	}
	return s.end(ctx, run, s.replayPages(ctx, raws, &run))
}

func (s *Syncer) replayPages(ctx context.Context, from journal.Raws, run *journal.Run) error {
	feed := s.Stream.Kind.Feed()
	upTo := from.Head(feed)
	for after := (journal.Position)(nil); !after.Covers(upTo); {
		page, next, err := from.CurrentRaws(ctx, feed, s.name(), after, upTo, replayPage)
		if err != nil {
			return fmt.Errorf("sync: raws of %s: %w", s.name(), err)
		}
		if len(page) > 0 {
			run.Pages++
			with := *run
			receipt, err := s.commit(ctx, nil, adapters.Page{Records: page}, &with) // no Known: everything is mapped
			if err != nil {
				run.Pages--
				return err
			}
			run.Counts.Add(receipt.Counts)
			if s.Progress != nil {
				s.Progress(s.name(), *run)
			}
		}
		after = next
	}
	return nil
}
