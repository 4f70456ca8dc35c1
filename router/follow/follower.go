// Package follow takes one feed to one sink: every entry at least once, in
// order per key, skipping none.
package follow

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Marks keeps how far named readers got: every Log does.
type Marks interface {
	Mark(ctx context.Context, reader string, feed canonical.Feed, at journal.Position) error
	Marked(ctx context.Context, reader string, feed canonical.Feed) (journal.Position, error)
}

// Followed is what a Follower reads: the view of a Log on this node.
type Followed interface {
	// Changes gives ErrExpired when after is older than what is kept.
	Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position, limit int) (journal.Changes, error)
	// Snapshot gives the current records whose sequence is in (after, upTo].
	Snapshot(ctx context.Context, feed canonical.Feed, f journal.Filter, after, upTo journal.Position, limit int) (journal.Snapshot, error)
	Head(feed canonical.Feed) journal.Position
	// Changed is closed at the next commit that publishes to the feed.
	Changed(feed canonical.Feed) <-chan struct{}
}

// Start is where a Follower begins, or goes on when what it wanted is gone.
type Start string

// The starts.
const (
	StartSnapshot Start = "snapshot" // every current record once, then what changes
	StartOldest   Start = "oldest"   // every change that is kept
	StartNow      Start = "now"      // what is published from now on
)

// Follower takes one feed to one Sink: every entry at least once, in order
// per key, skipping none. How far it got is kept in the Log under its name.
//
// The mark follows what was sent by at most markPages pages and at most a
// second: that much, and no more, is sent again after a crash. Without a
// crash nothing is.
type Follower struct {
	Marks  Marks
	View   Followed
	Feed   canonical.Feed
	Name   string         // of the reader; two that share a name and a feed share a mark
	Filter journal.Filter // what it does not match is passed over, and moves the mark
	From   Start          // where there is no mark yet; default snapshot
	// Restart is what to do when the mark is older than what is kept: snapshot,
	// oldest, or empty to stop with GW-Q027 and let a person decide.
	Restart Start

	Sink journal.Sink
	// Open makes the Sink where none is given: again after each failure, and
	// closed at the end of Run where it can be.
	Open func(ctx context.Context) (journal.Sink, error)

	Page   int                               // entries read and sent at once; default 500
	Jitter func(time.Duration) time.Duration // spreads the waits after failures
	Now    func() time.Time
	Log    *slog.Logger

	mu     sync.Mutex
	status health.SinkStatus
	resume chan struct{}
}

const (
	followPage = 500
	markPages  = 10 // pages sent and not yet marked
	markEvery  = time.Second
	waitFirst  = time.Second // after a failure
	waitMost   = time.Minute
	sendGrace  = 5 * time.Second // for a Send in hand and the last mark, when Run is to end
)

// Status is how far it is and what is wrong.
func (f *Follower) Status() health.SinkStatus {
	f.mu.Lock()
	s := f.status
	f.mu.Unlock()
	s.Name, s.Feed, s.Head = f.Name, f.Feed, f.View.Head(f.Feed)
	for part, head := range s.Head {
		s.Behind += head - min(head, s.At.At(part))
	}
	return s
}

// Run sends until ctx is over, and gives nil; or until a person is needed,
// and gives why as a problem.Halt. It may be called again after that.
func (f *Follower) Run(ctx context.Context) error {
	if err := f.complete(); err != nil {
		return err
	}
	f.update(func(s *health.SinkStatus) { s.Running, s.Halted = true, false })
	r := &run{f: f, sink: f.Sink, markedAt: f.Now()}
	defer r.end(ctx)
	for ctx.Err() == nil {
		// Taken before reading, so that nothing published in between is slept through.
		changed := f.View.Changed(f.Feed)
		more, err := r.step(ctx)
		switch {
		case err == nil && more, ctx.Err() != nil:
			continue
		case err == nil:
			r.rest(ctx, changed)
			continue
		}
		wait, halted := f.failed(err)
		if halted {
			return err
		}
		r.pause(ctx, wait)
	}
	return nil
}

func (f *Follower) complete() error {
	f.Page = cmp.Or(f.Page, followPage)
	f.From = cmp.Or(f.From, StartSnapshot)
	if f.Now == nil {
		f.Now = time.Now
	}
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	if f.Jitter == nil {
		f.Jitter = func(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
	}
	switch {
	case f.Name == "", len(f.Feed.Kinds()) == 0, f.Page < 0, f.Sink == nil && f.Open == nil:
		return problem.Halt(fmt.Errorf("follow: a follower needs a name, a feed that exists, and a sink: %q, %q", f.Name, f.Feed))
	case f.From != StartSnapshot && f.From != StartOldest && f.From != StartNow:
		return problem.Halt(fmt.Errorf("follow: follower %s: no such start: %q", f.Name, f.From))
	case f.Restart != "" && f.Restart != StartSnapshot && f.Restart != StartOldest:
		return problem.Halt(fmt.Errorf("follow: follower %s: no such restart: %q", f.Name, f.Restart))
	}
	return nil
}

func (f *Follower) update(change func(s *health.SinkStatus)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.status)
}

// failed takes a failure in and gives when to try again, or that a person is
// needed.
func (f *Follower) failed(err error) (wait time.Duration, halted bool) {
	class, after := problem.Class(err)
	halted = class == problem.FaultHalt
	found, _ := problem.As(err)
	f.mu.Lock()
	s := &f.status
	s.Failures++
	wait = max(after, f.wait(s.Failures))
	s.Halted, s.Error, s.Problem, s.NextTry = halted, err.Error(), found, f.Now().Add(wait)
	if halted {
		s.NextTry = time.Time{}
	}
	failures := s.Failures
	f.mu.Unlock()
	switch {
	case halted:
		f.Log.Error("sink stopped: a person is needed", "sink", f.Name, "feed", f.Feed, "error", err)
	case failures == 1 || failures == health.FailingAfter:
		f.Log.Warn("sink failed", "sink", f.Name, "feed", f.Feed, "failures", failures, "next", wait, "error", err)
	}
	return wait, halted
}

// wait doubles from a second to a minute, spread.
func (f *Follower) wait(failures int) time.Duration {
	d := min(waitFirst<<min(failures-1, 10), waitMost)
	return min(max(f.Jitter(d), waitFirst), waitMost)
}
