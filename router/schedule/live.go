package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Live runs a stream's lane until ctx is over. It returns when the page in
// hand is committed and nothing of the stream runs here any more.
func (s *Scheduler) Live(ctx context.Context, stream string) {
	l, err := s.lane(stream)
	if err != nil || l.stream.Disabled || !s.takeOver(ctx, l) {
		return
	}
	for {
		order, forced, ok := s.await(ctx, l)
		if !ok {
			break
		}
		running, stop := context.WithCancel(ctx)
		l.run(stop)
		run, err := l.attempt(running, order, forced)
		stop()
		if err != nil && ctx.Err() != nil {
			l.run(nil)
			break // stopping: the run was written down as cut short
		}
		s.noteOwn(err)
		s.settle(l, run, err)
	}
	s.leave(l)
}

// run notes that a run begins, with what stops it; nil: none is under way.
func (l *lane) run(stop context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running, l.stop, l.advance = stop != nil, stop, advance{}
}

// paused takes a pause in: a walk under way ends behind the page in hand, which
// is committed. The caller holds l.mu.
func (l *lane) paused(p *journal.Pause) {
	if l.pause = p; l.stop != nil {
		l.stop()
	}
}

// await waits for the lane's next run: its time, or a person's order.
func (s *Scheduler) await(ctx context.Context, l *lane) (order journal.Order, forced, ok bool) {
	for {
		timer := time.NewTimer(s.untilNext(l))
		select {
		case <-ctx.Done():
			timer.Stop()
			return journal.Order{}, false, false
		case order := <-l.orders:
			timer.Stop()
			return order, true, true
		case <-timer.C:
			if s.due(ctx, l) {
				return journal.Order{}, false, true
			}
		}
	}
}

// untilNext is how long to sleep; a lane looks around at least every
// lookEvery, for a pause that ended or a clock that was set.
func (s *Scheduler) untilNext(l *lane) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next.IsZero() || l.pause != nil {
		return lookEvery
	}
	return min(max(l.next.Sub(s.Now()), 0), lookEvery)
}

func (s *Scheduler) due(ctx context.Context, l *lane) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.Now()
	if l.pause != nil {
		if l.pause.Until.IsZero() || now.Before(l.pause.Until) {
			return false
		}
		if err := s.Kept.ClearPause(ctx, l.stream.Full(), "gateway"); err != nil {
			s.Log.Warn("a pause that is over could not be cleared", "stream", l.stream.Full(), "error", err)
		}
		l.pause = nil
	}
	return !l.next.IsZero() && !now.Before(l.next)
}

// settle takes a run's outcome in and plans the next one.
func (s *Scheduler) settle(l *lane, run journal.Run, err error) {
	l.mu.Lock()
	now := s.Now()
	l.running, l.stop = false, nil
	if l.pause != nil && errors.Is(err, context.Canceled) { // a person stopped it: that is no failure
		l.last = &run
		l.mu.Unlock()
		s.poke()
		return
	}
	if run.Replay { // it shows nothing of the source, and changes no plan
		l.yielded(run.Counts, run.Ended)
		l.mu.Unlock()
		if err != nil {
			s.Log.Warn("replay failed", "stream", l.stream.Full(), "run", run.ID, "error", err)
		}
		s.poke()
		return
	}
	if run.ID != 0 && !problem.Has(err, problem.CannotWrite) { // else it shows nothing of the source
		l.finished(run)
		l.counts.Unknown += run.Counts.Unknown
		if err != nil {
			l.counts.FailedRuns++
		}
	}
	l.plan(now, err, s.Jitter)
	failures, next := l.failures, l.next
	l.mu.Unlock()
	if err != nil && (failures == 1 || failures == health.FailingAfter) {
		args := []any{"stream", l.stream.Full(), "run", run.ID, "failures", failures, "error", err}
		if !next.IsZero() { // else it waits for a person
			args = append(args, "next", next)
		}
		s.Log.Warn("run failed", args...)
	}
	s.poke()
}

// takeOver begins where whoever ran the lane before left off; false when ctx
// was over meanwhile.
func (s *Scheduler) takeOver(ctx context.Context, l *lane) bool {
	name := l.stream.Full()
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		runs, pause, err := s.afterTakeOver(ctx, l)
		if err == nil {
			l.mu.Lock()
			l.restore(runs, pause, s.Now(), s.secretChanged(name))
			l.live = true
			l.mu.Unlock()
			s.poke()
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		s.Log.Warn("a stream cannot be taken over yet", "stream", name, "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}

// afterTakeOver reads what is known of a lane, with everything that was ever
// committed of it.
func (s *Scheduler) afterTakeOver(ctx context.Context, l *lane) ([]journal.Run, *journal.Pause, error) {
	if err := l.work().TakeOver(ctx); err != nil {
		return nil, nil, err
	}
	return s.record(ctx, l.stream.Full())
}

// record reads what is written down of a stream's runs and of its pause.
func (s *Scheduler) record(ctx context.Context, name string) ([]journal.Run, *journal.Pause, error) {
	runs, err := s.Runs.LastRuns(ctx, name, readBack)
	if err != nil {
		return nil, nil, fmt.Errorf("schedule: last runs of %s: %w", name, err)
	}
	pauses, err := s.Kept.Pauses(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("schedule: pauses: %w", err)
	}
	if p, paused := pauses[name]; paused {
		return runs, &p, nil
	}
	return runs, nil, nil
}

// leave lets go of what this node keeps of a lane it ran.
func (s *Scheduler) leave(l *lane) {
	s.writeRest(context.Background(), l, true) // while it may be written: after this it is another node's
	if err := l.work().Release(); err != nil {
		s.Log.Debug("a stream was released with an error", "stream", l.stream.Full(), "error", err)
	}
	l.mu.Lock()
	l.live, l.seen = false, time.Time{}
	l.mu.Unlock()
}
