package sync

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// nowhere is the checkpoint of a stream that was told to forget its source: a
// Log keeps what it was handed, and takes nothing for "leave it".
var nowhere = canonical.Checkpoint("null")

// asked is a checkpoint as adapters know it.
func asked(from canonical.Checkpoint) canonical.Checkpoint {
	if bytes.Equal(from, nowhere) {
		return nil
	}
	return from
}

// Foresee gives the checkpoint that an act of a person makes of one, and why
// there can be none. It moves nothing.
func (s *Syncer) Foresee(kind string, from canonical.Checkpoint) (canonical.Checkpoint, error) {
	if s.Stream.Push {
		return nil, &problem.Problem{Code: "GW-R016", Value: s.name()}
	}
	if kind == book.Forget {
		if asked(from) == nil {
			return nil, &problem.Problem{Code: "GW-R092", Value: s.name()}
		}
		return nowhere, nil
	}
	restarter, able := s.Reader.(adapters.Restarter)
	if _, queue := s.Reader.(adapters.Acker); queue || !able {
		return nil, &problem.Problem{Code: "GW-R091", Value: s.name()}
	}
	if kind == book.Sweep {
		if asked(from) == nil {
			return from, nil // everything is read anyway
		}
		return restarter.Sweep(from)
	}
	to, err := restarter.Restart(asked(from))
	if err == nil && bytes.Equal(to, asked(from)) {
		err = &problem.Problem{Code: "GW-R090", Value: s.name()}
	}
	return to, err
}

// Reposition has the stream stand where an act of a person wants it. Nothing
// that was published is touched, and what was not named by then is nowhere
// remembered as gone. It is called between two runs.
func (s *Syncer) Reposition(ctx context.Context, kind string) error {
	from, err := s.Log.Checkpoint(ctx, s.name())
	if err != nil {
		return fmt.Errorf("sync: checkpoint of %s: %w", s.name(), err)
	}
	to, err := s.Foresee(kind, from)
	if err != nil {
		return err
	}
	batch := journal.Batch{Stream: s.name(), Mapping: s.Mapping().Revision(), From: from, Next: to, At: s.Now()}
	if kind == book.Forget {
		if batch.Past, err = s.unlearn(ctx); err != nil {
			return err
		}
	}
	if to == nil {
		return nil // it never ran
	}
	_, err = s.Log.Commit(ctx, batch)
	if s.committed(batch.Past, err); err != nil {
		return fmt.Errorf("sync: %s of %s: %w", kind, s.name(), err)
	}
	s.kept, s.absent = kept{}, nil
	return nil
}

// unlearn is a past in which nothing was seen.
func (s *Syncer) unlearn(ctx context.Context) (json.RawMessage, error) {
	if s.Memory == nil {
		return nil, nil
	}
	if err := s.recall(ctx, false); err != nil {
		return nil, err
	}
	s.Memory.mu.Lock()
	defer s.Memory.mu.Unlock()
	s.Memory.past = &drift.Past{}
	return s.Memory.past.Encode(), nil
}
