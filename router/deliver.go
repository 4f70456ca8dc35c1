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
	if !able || l.stream.Disabled {
		return Receipt{}, fmt.Errorf("stream %q takes no deliveries: %w", stream, ErrNotFound)
	}
	if !l.tenure.held() {
		return Receipt{}, ErrElsewhere
	}
	if l.pausedAt(s.Now()) {
		// Not stored and not acknowledged: the deliverer keeps it and comes again.
		return Receipt{}, canonical.Retry(&canonical.Problem{Code: "GW-R015", Value: stream}, tallyEvery)
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
	p := newPreparer(st, known, s.Now())
	items, err := p.page(ctx, page)
	if err != nil {
		return Receipt{}, err
	}
	return s.commitItems(ctx, p, items)
}

func (s *Syncer) commitItems(ctx context.Context, p preparer, items []Item) (Receipt, error) {
	receipt, err := s.Log.Commit(ctx, Batch{Stream: p.st.Full(), Mapping: p.revision, Items: items, At: s.Now()})
	if err != nil {
		return receipt, fmt.Errorf("router: commit for %s: %w", p.st.Full(), err)
	}
	return receipt, nil
}

func (l *lane) pausedAt(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pause != nil && (l.pause.Until.IsZero() || now.Before(l.pause.Until))
}

func (l *lane) delivered(now time.Time, page adapters.Page, receipt Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh = now
	l.taken.Add(receipt.Counts)
	l.source = newest(l.source, page, now)
	l.tally.add(now, receipt.Counts, l.source)
}

// tally is what was delivered and is not yet written down as a run, so that
// a source that delivers has a history as one that is asked.
type tally struct {
	run Run
}

// tallyEvery is how much of that history a kill may cost: the counts of a
// minute, never a record.
const tallyEvery = time.Minute

func (t *tally) add(now time.Time, counts Counts, source time.Time) {
	if t.run.Started.IsZero() {
		t.run = Run{Started: now, Complete: true}
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
	if run.ID, err = s.Sync.Runs.BeginRun(ctx, run.Stream, run.Started); err == nil {
		err = s.Sync.Runs.EndRun(ctx, run)
	}
	if err != nil {
		s.Log.Error("deliveries were taken, but their counts were not written down", "stream", run.Stream, "error", err)
	}
}

// writeTallies writes the rest down when the scheduler stops.
func (s *Scheduler) writeTallies() {
	for _, l := range s.all() {
		s.writeRest(l)
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

// Replay maps held Raws again with today's mapping, always from the Raw, and
// commits what comes of it. Raws that are refused again stay held.
func (s *Scheduler) Replay(ctx context.Context, stream string, raws []canonical.Raw) (Receipt, error) {
	l, err := s.lane(stream)
	if err != nil {
		return Receipt{}, err
	}
	if !l.tenure.held() {
		return Receipt{}, ErrElsewhere
	}
	return s.Sync.remap(ctx, l.stream, raws)
}
