package sync

import (
	"context"
	"fmt"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

const (
	// backwardLeast is how many records may come in an older version than is here
	// before that means something: rows overtake each other.
	backwardLeast = 10
	// backwardShare: one in so many that stay older is no row that overtook another,
	// but a source that went back.
	backwardShare = 10
)

// How a stream is measured by its own past: over so many runs, of which so many
// brought something, and by how much more is more.
const (
	pastRuns    = 50
	pastLeast   = 3
	pastTimes   = 3
	pastPercent = 5
)

// concluded notes what only a whole run shows.
func (s *Syncer) concluded(ctx context.Context, seen *walk, run *journal.Run) error {
	run.Notes = append(run.Notes, run.Counts.Notes()...)
	if n := run.Counts.Unlisted; n > 0 {
		run.Notes = append(run.Notes, problem.Problem{Code: "GW-R057", Value: strconv.Itoa(n)})
	}
	if seen.alone > 0 {
		run.Notes = append(run.Notes, problem.Problem{Code: "GW-R113", Value: strconv.Itoa(seen.alone)})
	}
	cameBack(s, run)
	seen.settle()
	if n := seen.twice(run.Counts.Received); n > 0 {
		s.note(run, problem.Problem{Code: "GW-R014", Value: strconv.Itoa(n), Path: seen.twin})
	}
	more, err := s.backward(ctx, seen, run)
	switch {
	case err != nil:
		return err
	case more: // of a source restored from an old backup nothing else shows
		s.note(run, problem.Problem{Code: "GW-R021", Value: strconv.Itoa(seen.older)})
	case seen.stay > 0: // the two differ for ever, and nothing else shows that either
		s.note(run, problem.Problem{Code: "GW-R030", Value: strconv.Itoa(seen.stay), Path: seen.slow})
	}
	return nil
}

// note adds what a whole run shows.
func (s *Syncer) note(run *journal.Run, p problem.Problem) {
	run.Notes = append(run.Notes, *s.Clean.Problem(&p))
}

// backward reports whether the source went back: more came older than what is
// here than is usual, or one in ten stays so from one whole walk to the next.
func (s *Syncer) backward(ctx context.Context, seen *walk, run *journal.Run) (bool, error) {
	if seen.stay >= backwardLeast && seen.stay*backwardShare > run.Counts.Received {
		return true, nil
	}
	if seen.older < backwardLeast {
		return false, nil
	}
	if seen.older > run.Counts.Published {
		return true, nil
	}
	past, err := s.Runs.LastRuns(ctx, s.name(), pastRuns)
	if err != nil {
		return false, fmt.Errorf("sync: runs of %s: %w", s.name(), err)
	}
	return unusual(run, past), nil
}

// unusual reports whether a larger share of a run was older than what is here
// than the stream's own past knows. Runs that were unusual are no past.
func unusual(run *journal.Run, past []journal.Run) bool {
	older, received, runs := 0, 0, 0
	for i := range past {
		r := &past[i]
		if r.ID == run.ID || !r.Complete || r.Counts.Received == 0 || r.Noted(problem.Backward) != nil {
			continue
		}
		older, received, runs = older+r.Counts.Superseded, received+r.Counts.Received, runs+1
	}
	if runs < pastLeast || run.Counts.Received == 0 {
		return false
	}
	usual := pastTimes*100*older/received + pastPercent
	return 100*run.Counts.Superseded/run.Counts.Received > usual
}
