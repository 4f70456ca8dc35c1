package schedule

import (
	"context"
	"fmt"
	"time"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Run computes health until ctx is over. The lanes run in Live.
func (s *Scheduler) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-s.poked:
		case <-tick.C:
		}
	}
}

// poke asks Run to look now; it never waits.
func (s *Scheduler) poke() {
	select {
	case s.poked <- struct{}{}:
	default:
	}
}

// look computes every stream's state and publishes those that changed: Run
// alone does, so that they are published in order.
func (s *Scheduler) look(ctx context.Context) {
	s.lookAtPauses(ctx)
	for _, l := range s.all() { // a long run is no silence: it is this look that must not stop
		l.mu.Lock()
		seen := l.live || l.stream.Disabled // what is switched off is known to be
		due := l.live && l.tally.due(s.Now())
		if seen {
			l.seen = s.Now()
		}
		l.mu.Unlock()
		if due {
			s.writeTally(ctx, l, false)
		}
	}
	all, err := s.looks(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("health cannot be computed", "error", err)
		}
		return
	}
	mine := map[string]health.Report{}
	for _, at := range all {
		name := at.status.Name()
		if !s.Held(name) {
			delete(s.published, name) // whoever holds it publishes
			delete(s.owed, name)
			forgetDrift(s.drifts, name)
			continue
		}
		mine[name] = at.report
		s.publish(ctx, at.status)
		publishDrift(ctx, s, name, &at.report.Signs)
	}
	if s.Looked != nil {
		s.Looked(ctx, mine)
	}
}

// owedMost is how many changes of a stream wait to be written: what was, how an outage
// began, and how things are by then.
const owedMost = 3

// publish says a change of state. What cannot be written now is written before
// what is true by then: readers of the ops feed learn that there was an outage
// of our own, and since when.
func (s *Scheduler) publish(ctx context.Context, st health.Status) {
	name, now := st.Name(), string(st.State)
	if st.Behind != nil && st.Behind.Reason() == problem.CannotWrite {
		now += " " + st.Behind.Code
	}
	owed := s.owed[name]
	if s.published[name] != now {
		s.published[name] = now
		s.say(st)
		owed = append(owed[:min(len(owed), owedMost-1)], st)
	}
	for len(owed) > 0 && s.Changed != nil && s.Own() == nil && s.Changed(ctx, owed[0]) == nil {
		owed = owed[1:]
	}
	if s.owed[name] = owed; len(owed) == 0 || s.Changed == nil {
		delete(s.owed, name)
	}
}

// say logs a stream's state; one that somebody must look at as a warning, with
// its code.
func (s *Scheduler) say(st health.Status) {
	args := []any{"stream", st.Name(), "state", st.State}
	if p := privacy.Everybody().Said(st.Cause); p != nil {
		args = append(args, "code", p.Code, "cause", p.Text(problem.English))
	}
	switch st.State {
	case health.StateFailing, health.StateLate, health.StateDataIssue, health.StateUnknown:
		s.Log.Warn("stream state", args...)
	default:
		s.Log.Info("stream state", args...)
	}
}

// lookAtPauses takes in what people decided on any node.
func (s *Scheduler) lookAtPauses(ctx context.Context) {
	pauses, err := s.Kept.Pauses(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("pauses cannot be read", "error", err)
		}
		return
	}
	for _, l := range s.all() {
		p, paused := pauses[l.stream.Full()]
		l.mu.Lock()
		switch {
		case paused && l.pause == nil:
			l.paused(&p)
		case paused: // what a person ordered since goes on
			l.pause = &p
		case l.pause != nil:
			l.pause, l.next = nil, s.Now()
			if l.stream.Every == 0 {
				l.next = time.Time{}
			}
		}
		l.mu.Unlock()
	}
}

// looked is a stream as it is now, with the facts behind it.
type looked struct {
	status health.Status
	report health.Report
}

// Statuses gives every stream as it is now, by name.
func (s *Scheduler) Statuses(ctx context.Context) ([]health.Status, error) {
	all, err := s.looks(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]health.Status, 0, len(all))
	for i := range all {
		out = append(out, all[i].status)
	}
	return out, nil
}

func (s *Scheduler) looks(ctx context.Context) ([]looked, error) {
	lanes := s.all()
	var strict []string
	for _, l := range lanes {
		if l.stream.MustNotLose {
			strict = append(strict, l.stream.Full())
		}
	}
	holdings, err := s.Kept.Holdings(ctx, strict)
	if err != nil {
		return nil, fmt.Errorf("schedule: holdings: %w", err)
	}
	var abroad map[string]health.Report
	if s.Abroad != nil {
		abroad = s.Abroad()
	}
	own := s.Own()
	out := make([]looked, 0, len(lanes))
	for _, l := range lanes {
		name := l.stream.Full()
		far, elsewhere := abroad[name]
		elsewhere = elsewhere && !s.held(l)
		if elsewhere {
			s.narrow(ctx, &l.stream, &far)
		}
		l.mu.Lock()
		r := far
		if !elsewhere {
			r = l.report(own)
		}
		at := looked{l.assess(&r, s.Now(), holdings[name]), r}
		l.mu.Unlock()
		if s.Warnings != nil {
			at.status.Warnings = append(at.status.Warnings, s.Warnings(name)...)
		}
		out = append(out, at)
	}
	return out, nil
}

// narrow takes back what another node reports to what this one's view has:
// nothing may be called fresh that cannot be shown (invariant 10).
func (s *Scheduler) narrow(ctx context.Context, st *journal.Stream, r *health.Report) {
	if r.Signs.FreshThrough.IsZero() {
		return
	}
	through := s.through(ctx, st)
	if st.Push && through.Add(2*tallyEvery).After(r.Signs.FreshThrough) {
		return // what is delivered is written down once a minute
	}
	if through.Before(r.Signs.FreshThrough) {
		r.Signs.FreshThrough = through
	}
	if through.IsZero() {
		r.Signs.LookedAt = through // this view has nothing of it: it did run, but that is all that is known
	}
}

// through is how far this node's view has a stream: when its newest complete
// run in it began, or its last delivery was; zero: none is known. It is
// nearly always the newest run or the one before it.
func (s *Scheduler) through(ctx context.Context, st *journal.Stream) time.Time {
	for _, limit := range []int{2, readBehind} {
		runs, err := s.Runs.LastRuns(ctx, st.Full(), limit)
		if err != nil {
			return time.Time{}
		}
		for i := range runs {
			switch {
			case !runs[i].Complete || runs[i].Replay:
			case st.Push:
				return runs[i].Ended
			default:
				return runs[i].Started
			}
		}
	}
	return time.Time{}
}

// readBehind is how many runs of a stream are looked through for a complete one.
const readBehind = 50
