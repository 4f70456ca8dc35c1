package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
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
	l.fresh, l.refused = now, l.refused.Take(now)
	l.yielded(receipt.Counts, now)
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
	now, stranger := s.Now(), health.Stranger(p) || unproven(err)
	l.mu.Lock()
	first := !l.refused.Stands(now)
	latest := l.refused.Latest(stranger)
	l.refused = l.refused.Refuse(p, stranger, now)
	ofCode := l.tally.refuse(now, p, stranger)
	l.mu.Unlock()
	if ofCode == 1 || latest.IsZero() || now.Sub(latest) >= tallyEvery {
		// Before it is answered: whoever was told so does not find it forgotten by a
		// kill. The next of its code waits for the next look, and the sign stands.
		s.writeRest(ctx, l, false)
	}
	if first {
		s.Log.Warn("a delivery was refused", "stream", l.stream.Full(), "code", p.Code, "error", err)
		s.poke()
	}
}

// unproven reports whether a delivery was refused before anything showed whose
// it is: whoever has the address can make one that is too large.
func unproven(err error) bool {
	var of interface{ Unproven() bool }
	return errors.As(err, &of) && of.Unproven()
}

// tally is what was delivered and is not yet written down as a run, so that
// a source that delivers has a history as one that is asked.
type tally struct {
	run      journal.Run
	codes    map[string]int   // of those refused
	latest   *problem.Problem // of those refused
	at       time.Time        // of that one
	pending  bool             // one was refused since it was last written down
	content  *journal.Refusal // those refused for their size or form
	replaced bool             // behind the latest of those, one was taken
	stranger *journal.Refusal // … and for their signature, with nothing taken since
	known    time.Time        // when one was last taken behind one of those
}

// tallyEvery is how much of that history a kill may cost: the counts of what
// was taken in a minute, never a record. What was refused is in it at the next
// look, and the first of each code in a minute before it is answered.
const tallyEvery = time.Minute

func (t *tally) add(now time.Time, counts journal.Counts, source time.Time) {
	if t.run.Started.IsZero() {
		t.run = journal.Run{Started: now}
	}
	t.run.Pages++
	t.run.Complete = true
	t.run.Counts.Add(counts)
	if t.stranger != nil {
		t.known = now
	}
	t.run.Ended, t.run.SourceTime, t.stranger, t.replaced = now, source, nil, t.content != nil
}

// refuse notes a delivery that was refused; where none was taken the run
// failed, and shows nothing as fresh.
func (t *tally) refuse(now time.Time, p *problem.Problem, stranger bool) (ofCode int) {
	if t.run.Started.IsZero() {
		t.run = journal.Run{Started: now}
	}
	t.run.Ended = now
	if one := (&journal.Refusal{Problem: *p, At: now, Since: now, Count: 1}); stranger {
		t.stranger = t.stranger.With(one)
	} else {
		t.content, t.replaced = t.content.With(one), false
	}
	if t.codes == nil {
		t.codes = map[string]int{}
	}
	t.codes[p.Code]++
	t.latest, t.at, t.pending = p, now, true
	return t.codes[p.Code]
}

// written is the tally as a run. It has the two kinds of refusals apart: what
// is lost is its problem, a stranger beside that a note.
func (t *tally) written() journal.Run {
	run := t.run
	run.Notes = run.Counts.Notes()
	if t.latest != nil {
		n := 0
		for _, of := range t.codes {
			n += of
		}
		run.Error = strconv.Itoa(n) + " deliveries were refused, the latest: " + t.latest.Error()
		run.Refused = &journal.Refusals{Count: maps.Clone(t.codes), Last: *t.latest, At: t.at,
			Content: t.content, Strangers: t.stranger, Replaced: t.replaced, Known: t.known}
	}
	if shown := cmp.Or(t.content, t.stranger); shown != nil {
		run.Problem = &shown.Problem
	}
	if t.content != nil && t.stranger != nil {
		run.Notes = append(run.Notes, t.stranger.Problem)
	}
	return run
}

func (t *tally) some() bool { return t.run.Pages > 0 || t.latest != nil }

func (t *tally) over(now time.Time) bool { return now.Sub(t.run.Started) >= tallyEvery }

func (t *tally) due(now time.Time) bool { return t.some() && (t.pending || t.over(now)) }

// writeTally writes down what was delivered since the last time. A minute is
// one run: it is written again while it grows, and ends when it is over or asked to.
func (s *Scheduler) writeTally(ctx context.Context, l *lane, end bool) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	some, run := l.tally.some(), l.tally.written()
	if end = end || l.tally.over(s.Now()); end {
		l.tally = tally{}
	}
	l.tally.pending = false
	l.mu.Unlock()
	if !some {
		return // another has written it
	}
	run.Stream = l.stream.Full()
	err := writeRun(ctx, s.Runs, &run)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		s.Log.Error("deliveries were taken or refused, but their counts were not written down", "stream", run.Stream, "error", err)
		l.tally.pending = !end
	case !end:
		l.tally.run.ID = run.ID
	}
}

// writeRun writes a run, again where it has a number.
func writeRun(ctx context.Context, runs journal.Runs, run *journal.Run) (err error) {
	if run.ID == 0 {
		if run.ID, err = runs.BeginRun(ctx, run.Stream, run.Started); err != nil {
			return err
		}
	}
	return runs.EndRun(ctx, *run)
}

// writeRest writes down what of a stream's deliveries is not yet, whether or
// not somebody still waits for it; the minute goes on unless it is ended.
func (s *Scheduler) writeRest(ctx context.Context, l *lane, end bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	s.writeTally(ctx, l, end)
}
