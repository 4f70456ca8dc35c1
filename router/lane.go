package router

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"iocgateway/canonical"
)

// lane is the life of one stream: when it runs next, what its last runs
// were. A failing lane delays no other (invariant 5).
type lane struct {
	stream  *Stream
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}] // of the source
	orders  chan Order                                 // asked for by a person
	tenure  tenure                                     // whether this node runs it

	mu       sync.Mutex
	heard    time.Time
	running  bool
	next     time.Time // zero: none planned
	pause    *Pause
	failures int
	halted   bool
	fresh    time.Time // start of the last complete run, or last delivery
	source   time.Time
	last     *Run
	taken    Counts          // of deliveries, since the process began
	tally    tally           // of deliveries, since they were last written down
	lengths  []time.Duration // of the last complete runs
	state    State
	since    time.Time
	suspect  *canonical.Problem
}

const (
	keptLengths = 20
	// readBack is how many runs a restart looks back on: a suspicion of the
	// last daily listing must be found behind a day of polls.
	readBack = 1000
)

// restore takes up where the runs on disk left off, so that a restart
// neither forgets a failure nor starts a storm.
func (l *lane) restore(runs []Run, pause *Pause, now time.Time) {
	l.pause, l.next = pause, now
	for i := len(runs) - 1; i >= 0; i-- {
		run := runs[i]
		if run.Replay || l.stream.Push() && run.Ended.IsZero() {
			continue // it says nothing about the source
		}
		if run.Ended.IsZero() { // the process died in it
			run.Problem = &canonical.Problem{Code: "GW-R005"}
		}
		l.finished(run)
	}
	if l.last != nil && l.last.Complete && l.stream.Every > 0 {
		if due := l.last.Started.Add(l.stream.Every); due.After(now) {
			l.next = due
		}
	}
	if l.stream.Every == 0 {
		l.next = time.Time{}
	}
}

// finished takes a run's end into account.
func (l *lane) finished(run Run) {
	l.last = &run
	if run.SourceTime.After(l.source) {
		l.source = run.SourceTime
	}
	if !run.Complete {
		l.failures++
		return
	}
	l.failures, l.halted, l.fresh = 0, false, run.Started
	if l.stream.Push() {
		l.fresh = run.Ended // the last delivery
	}
	if run.Listed {
		l.suspect = nil // only another whole listing can answer a suspicion
	}
	for i := range run.Notes {
		if run.Notes[i].Code == "GW-R002" {
			l.suspect = &run.Notes[i]
		}
	}
	if len(l.lengths) == keptLengths {
		l.lengths = l.lengths[1:]
	}
	l.lengths = append(l.lengths, run.Ended.Sub(run.Started))
}

func (l *lane) typical() time.Duration {
	var longest time.Duration // of at most twenty runs the longest is the 95th percentile
	for _, length := range l.lengths {
		longest = max(longest, length)
	}
	return longest
}

// plan decides when to try again. Success and failure are told apart by err.
func (l *lane) plan(now time.Time, err error, jitter func(time.Duration) time.Duration) {
	class, after := canonical.Class(err)
	switch {
	case l.stream.Every == 0:
		l.next = time.Time{}
	case err == nil:
		l.next = now.Add(jitter(l.stream.Every))
	case class == canonical.FaultHalt:
		l.halted, l.next = true, time.Time{}
	default:
		l.next = now.Add(jitter(max(after, backoff(l.failures, l.stream.Every))))
	}
}

// backoff doubles from five seconds, and never waits longer than the
// stream's own interval (at least a minute).
func backoff(failures int, every time.Duration) time.Duration {
	wait := 5 * time.Second << min(max(failures-1, 0), 10)
	return min(wait, max(every, time.Minute))
}

// signs gathers the facts health is computed from. The caller holds l.mu.
func (l *lane) signs(now time.Time, has Holding) Signs {
	s := Signs{
		Now: now, Heard: l.heard, Disabled: l.stream.Disabled, Paused: l.pause != nil, Push: l.stream.Push(),
		Promise: l.stream.Promise, MaxSilence: l.stream.MaxSilence, MustNotLose: l.stream.MustNotLose,
		FreshThrough: l.fresh, Failures: l.failures, LastFailed: l.failures > 0, Halted: l.halted,
		BreakerOpen: l.breaker != nil && l.breaker.State() == gobreaker.StateOpen,
		NextRun:     l.next, Typical: l.typical(), SourceTime: l.source, Suspicion: l.suspect,
		Live: has.Live, Held: has.Held, HeldOldest: has.HeldOldest,
	}
	if l.last != nil && l.failures > 0 {
		s.Cause = l.last.Problem
	}
	return s
}

// status tells the stream as it is. The caller holds l.mu.
func (l *lane) status(now time.Time, has Holding) Status {
	health := Assess(l.signs(now, has))
	st := l.stream
	if health.State != l.state {
		l.state, l.since = health.State, now
	}
	var delivered *Counts
	if st.Push() {
		taken := l.taken
		delivered = &taken
	}
	return Status{Source: st.Source, Stream: st.Name, Title: st.VI, Adapter: st.Adapter, Profile: st.Profile, Evidence: st.Evidence,
		Link: st.Link, Kind: st.Kind, Feed: st.Kind.Feed(), State: health.State, Cause: health.Cause, Badges: health.Badges,
		Since: l.since, Running: l.running, Push: st.Push(), FreshThrough: l.fresh, Promise: st.Promise, NextRun: l.next,
		LastRun: l.last, Delivered: delivered, Live: has.Live, Held: has.Held, Paused: l.pause, SourceTime: l.source}
}

// blamesSource reports whether a failure may be the source's. Those of the
// Log and of the gateway itself must not trip its breaker.
func blamesSource(err error) bool {
	p, told := canonical.AsProblem(err)
	return !told || !strings.HasPrefix(p.Code, "GW-Q") && !strings.HasPrefix(p.Code, "GW-K") && !strings.HasPrefix(p.Code, "GW-R")
}

// attempt runs the stream once, through the source's breaker.
func (l *lane) attempt(ctx context.Context, sync *Syncer, order Order, forced bool) (Run, error) {
	done := func(error) {}
	if l.breaker != nil && !forced {
		permitted, err := l.breaker.Allow()
		if err != nil {
			return Run{}, canonical.Retry(&canonical.Problem{Code: "GW-R006", Err: err}, breakerRest)
		}
		done = permitted
	}
	run, err := sync.Run(ctx, l.stream, order)
	if errors.Is(err, context.Canceled) || !blamesSource(err) {
		done(nil)
	} else {
		done(err)
	}
	return run, err
}
