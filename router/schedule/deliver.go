package schedule

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
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
	receipt, source, err := l.work().Receive(ctx, r)
	s.noteOwn(err)
	if err != nil {
		s.refused(ctx, l, err)
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
	l.fresh, l.refused = now, l.refused.Take()
	l.yielded(receipt.Counts)
	l.taken.Add(receipt.Counts)
	l.counts.Unknown += receipt.Counts.Unknown
	if source.After(l.source) {
		l.source = source
	}
	l.tally.add(now, receipt.Counts, l.source)
}

// refused takes in a delivery that was not taken for what it was: it is not
// here, and whoever looks must see that (invariant 10).
func (s *Scheduler) refused(ctx context.Context, l *lane, err error) {
	p, named := problem.As(err)
	if class, _ := problem.Class(err); !named || class != problem.FaultReject {
		return // ours, or cut on the way: the deliverer comes again
	}
	now := s.Now()
	l.mu.Lock()
	first := !l.refused.Stands(now)
	latest := l.refused.Latest(p)
	l.refused = l.refused.Refuse(p, now)
	l.tally.refuse(now, p)
	l.mu.Unlock()
	if latest.IsZero() || now.Sub(latest) >= tallyEvery {
		// Before it is answered: whoever was told so does not find it forgotten by a
		// kill. The next of its kind waits for its minute, and the sign stands.
		s.writeRest(ctx, l)
	}
	if first {
		s.Log.Warn("a delivery was refused", "stream", l.stream.Full(), "code", p.Code, "error", err)
		s.poke()
	}
}

// tally is what was delivered and is not yet written down as a run, so that
// a source that delivers has a history as one that is asked.
type tally struct {
	run      journal.Run
	refused  int
	latest   *problem.Problem // of those refused
	content  *problem.Problem // the latest refused for its size or form
	stranger *problem.Problem // … and for its signature, with nothing taken since
}

// tallyEvery is how much of that history a kill may cost: the counts of a
// minute, never a record.
const tallyEvery = time.Minute

func (t *tally) add(now time.Time, counts journal.Counts, source time.Time) {
	if t.run.Started.IsZero() {
		t.run = journal.Run{Started: now}
	}
	t.run.Pages++
	t.run.Complete = true
	t.run.Counts.Add(counts)
	t.run.Ended, t.run.SourceTime, t.stranger = now, source, nil
}

// refuse notes a delivery that was refused; where none was taken the run
// failed, and shows nothing as fresh.
func (t *tally) refuse(now time.Time, p *problem.Problem) {
	if t.run.Started.IsZero() {
		t.run = journal.Run{Started: now}
	}
	if t.run.Ended = now; health.Stranger(p) {
		t.stranger = p
	} else {
		t.content = p
	}
	t.latest = p
	t.refused++
}

// written is the tally as a run. It has the two kinds of refusals apart: what
// is lost is its problem, a stranger beside that a note.
func (t *tally) written() journal.Run {
	run := t.run
	if t.refused > 0 {
		run.Error = strconv.Itoa(t.refused) + " deliveries were refused, the latest: " + t.latest.Error()
	}
	if run.Problem = cmp.Or(t.content, t.stranger); t.content != nil && t.stranger != nil {
		run.Notes = []problem.Problem{*t.stranger}
	}
	return run
}

func (t *tally) some() bool { return t.run.Pages > 0 || t.refused > 0 }

func (t *tally) due(now time.Time) bool {
	return t.some() && now.Sub(t.run.Started) >= tallyEvery
}

// writeTally writes down what was delivered since the last time.
func (s *Scheduler) writeTally(ctx context.Context, l *lane) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	some, run := l.tally.some(), l.tally.written()
	l.tally = tally{}
	l.mu.Unlock()
	if !some {
		return // another has written it
	}
	run.Stream = l.stream.Full()
	var err error
	if run.ID, err = s.Runs.BeginRun(ctx, run.Stream, run.Started); err == nil {
		err = s.Runs.EndRun(ctx, run)
	}
	if err != nil {
		s.Log.Error("deliveries were taken, but their counts were not written down", "stream", run.Stream, "error", err)
	}
}

// writeRest writes down what of a stream's deliveries is not yet, whether or
// not somebody still waits for it.
func (s *Scheduler) writeRest(ctx context.Context, l *lane) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	s.writeTally(ctx, l)
}
