package schedule

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Deliver takes a delivery that a source made to us. It returns only after
// the commit: then it may be acknowledged (invariant 1).
func (s *Scheduler) Deliver(ctx context.Context, stream string, r *http.Request) (journal.Receipt, error) {
	l, err := s.lane(stream)
	if err != nil {
		return journal.Receipt{}, err
	}
	if !l.stream.Push || l.stream.Disabled {
		return journal.Receipt{}, fmt.Errorf("stream %q takes no deliveries: %w", stream, journal.ErrNotFound)
	}
	if !s.held(l) {
		return journal.Receipt{}, journal.ErrElsewhere
	}
	if l.pausedAt(s.Now()) {
		// Not stored and not acknowledged: the deliverer keeps it and comes again.
		return journal.Receipt{}, problem.Retry(&problem.Problem{Code: "GW-R015", Value: stream}, tallyEvery)
	}
	receipt, source, err := l.worker.Receive(ctx, r)
	if err != nil {
		return receipt, err
	}
	l.delivered(s.Now(), source, receipt)
	return receipt, nil
}

func (l *lane) pausedAt(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pause != nil && (l.pause.Until.IsZero() || now.Before(l.pause.Until))
}

func (l *lane) delivered(now, source time.Time, receipt journal.Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh = now
	l.taken.Add(receipt.Counts)
	if source.After(l.source) {
		l.source = source
	}
	l.tally.add(now, receipt.Counts, l.source)
}

// tally is what was delivered and is not yet written down as a run, so that
// a source that delivers has a history as one that is asked.
type tally struct {
	run journal.Run
}

// tallyEvery is how much of that history a kill may cost: the counts of a
// minute, never a record.
const tallyEvery = time.Minute

func (t *tally) add(now time.Time, counts journal.Counts, source time.Time) {
	if t.run.Started.IsZero() {
		t.run = journal.Run{Started: now, Complete: true}
	}
	t.run.Pages++
	t.run.Counts.Add(counts)
	t.run.Ended, t.run.SourceTime = now, source
}

func (t *tally) due(now time.Time) bool {
	return t.run.Pages > 0 && now.Sub(t.run.Started) >= tallyEvery
}

// writeTally writes down what was delivered since the last time.
func (s *Scheduler) writeTally(ctx context.Context, l *lane) {
	l.mu.Lock()
	run := l.tally.run
	l.tally = tally{}
	l.mu.Unlock()
	run.Stream = l.stream.Full()
	var err error
	if run.ID, err = s.Runs.BeginRun(ctx, run.Stream, run.Started); err == nil {
		err = s.Runs.EndRun(ctx, run)
	}
	if err != nil {
		s.Log.Error("deliveries were taken, but their counts were not written down", "stream", run.Stream, "error", err)
	}
}

// writeRest writes down what of a stream's deliveries is not yet.
func (s *Scheduler) writeRest(l *lane) {
	l.mu.Lock()
	some := l.tally.run.Pages > 0
	l.mu.Unlock()
	if !some {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.writeTally(ctx, l)
}
