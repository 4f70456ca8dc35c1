package router

import (
	"context"
	"fmt"
	"sync"
	"time"

	"iocgateway/canonical"
)

// tenure is whether this node runs a lane, and whether the lane lives: it
// goes on living for the page in hand after the node gave it up.
type tenure struct {
	mu      sync.Mutex
	mine    bool
	living  bool
	changed chan struct{} // closed at the next change
}

func (t *tenure) set(mine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mine = mine
	t.turn()
}

func (t *tenure) live(living bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.living = living
	t.turn()
}

// turn tells of a change. The caller holds mu.
func (t *tenure) turn() {
	if t.changed != nil {
		close(t.changed)
	}
	t.changed = make(chan struct{})
}

func (t *tenure) held() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mine
}

// await waits until the lane is this node's, or not, or no longer lives.
func (t *tenure) await(ctx context.Context, until func(mine, living bool) bool) error {
	for {
		t.mu.Lock()
		done, changed := until(t.mine, t.living), t.changed
		t.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Hold makes a stream this node's: its lane begins to live.
func (s *Scheduler) Hold(stream string) {
	if l, err := s.lane(stream); err == nil {
		l.tenure.set(true)
	}
}

// Yield gives a stream up and returns when the page in hand is committed and
// nothing of it runs any more.
func (s *Scheduler) Yield(ctx context.Context, stream string) error {
	l, err := s.lane(stream)
	if err != nil {
		return err
	}
	l.tenure.set(false)
	if err := l.tenure.await(ctx, func(_, living bool) bool { return !living }); err != nil {
		return fmt.Errorf("router: giving up %s: %w", stream, err)
	}
	return nil
}

// Holds reports whether a stream is this node's.
func (s *Scheduler) Holds(stream string) bool {
	l, err := s.lane(stream)
	return err == nil && l.tenure.held()
}

// reside lives a lane whenever it is this node's.
func (s *Scheduler) reside(ctx context.Context, l *lane) {
	for first := true; ctx.Err() == nil; first = false {
		if l.tenure.await(ctx, func(mine, _ bool) bool { return mine }) != nil {
			return
		}
		own, cancel := context.WithCancel(ctx)
		l.tenure.live(true)
		go func() {
			defer cancel()
			_ = l.tenure.await(own, func(mine, _ bool) bool { return !mine }) // or the lane's end
		}()
		if !s.Shared && first || s.takeUp(own, l) {
			s.live(own, l)
			s.leave(l)
		}
		cancel()
		l.tenure.live(false)
	}
}

// takeUp begins where whoever ran the lane before left off; false when the
// lane was given up meanwhile.
func (s *Scheduler) takeUp(ctx context.Context, l *lane) bool {
	name := l.stream.Full()
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		runs, pause, err := s.record(ctx, name)
		if err == nil {
			l.mu.Lock()
			l.failures, l.halted, l.suspect, l.lengths, l.last = 0, false, nil, nil, nil
			l.restore(runs, pause, s.Now())
			l.heard = s.Now()
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

// record reads what is known of a lane, with everything that was ever
// committed of it: asking for the checkpoint takes the stream over.
func (s *Scheduler) record(ctx context.Context, name string) ([]Run, *Pause, error) {
	if _, err := s.Sync.Log.Checkpoint(ctx, name); err != nil {
		return nil, nil, fmt.Errorf("router: checkpoint of %s: %w", name, err)
	}
	runs, err := s.Sync.Runs.LastRuns(ctx, name, readBack)
	if err != nil {
		return nil, nil, fmt.Errorf("router: last runs of %s: %w", name, err)
	}
	pauses, err := s.Keep.Pauses(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("router: pauses: %w", err)
	}
	if p, paused := pauses[name]; paused {
		return runs, &p, nil
	}
	return runs, nil, nil
}

// leave lets go of what a node keeps of a lane it lives.
func (s *Scheduler) leave(l *lane) {
	if s.Shared {
		s.writeRest(l) // while it may be written: after this it is another node's
	}
	if letting, able := s.Sync.Log.(interface{ Release(string) error }); able && s.Shared {
		if err := letting.Release(l.stream.Full()); err != nil {
			s.Log.Debug("a stream was let go with an error", "stream", l.stream.Full(), "error", err)
		}
	}
	l.mu.Lock()
	l.heard = time.Time{}
	l.mu.Unlock()
}

// lookAtPauses takes in what people decided on any node.
func (s *Scheduler) lookAtPauses(ctx context.Context) {
	if !s.Shared {
		return
	}
	pauses, err := s.Keep.Pauses(ctx)
	if err != nil {
		s.Log.Error("pauses cannot be read", "error", err)
		return
	}
	for _, l := range s.all() {
		p, paused := pauses[l.stream.Full()]
		l.mu.Lock()
		switch {
		case paused:
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

func (s *Scheduler) abroad(ctx context.Context) map[string]Status {
	if s.Abroad == nil {
		return nil
	}
	all, err := s.Abroad(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Warn("what other nodes say of their streams cannot be heard", "error", err)
		}
		return nil
	}
	return all
}

// seen is what another node says of a stream, as far as this one's view has
// the data: it must not call fresh what it cannot show (invariant 10).
func (s *Scheduler) seen(ctx context.Context, far Status, has Holding) Status {
	far.Live, far.Held = has.Live, has.Held
	if far.LastRun == nil {
		return far
	}
	through := s.through(ctx, far.Name())
	if through.Before(far.FreshThrough) && !far.Push {
		far.FreshThrough = through
		s.doubt(&far)
	}
	return far
}

// through is when the newest complete run in this view began; zero: none is
// known. It is nearly always the newest run or the one before it.
func (s *Scheduler) through(ctx context.Context, stream string) time.Time {
	for _, limit := range []int{2, readBehind} {
		runs, err := s.Sync.Runs.LastRuns(ctx, stream, limit)
		if err != nil {
			return time.Time{}
		}
		for i := range runs {
			if runs[i].Complete && !runs[i].Replay {
				return runs[i].Started
			}
		}
	}
	return time.Time{}
}

// doubt lowers a good state to what this node's view can show of it.
func (s *Scheduler) doubt(st *Status) {
	if st.State != StateHealthy && st.State != StateAtRisk {
		return
	}
	switch {
	case st.FreshThrough.IsZero():
		st.State, st.Cause = StateUnknown, &canonical.Problem{Code: "GW-R013"}
	case st.Promise > 0 && s.Now().Sub(st.FreshThrough) > st.Promise:
		st.State, st.Cause = StateLate, &canonical.Problem{Code: "GW-R011", Want: st.Promise.String()}
	}
}

// readBehind is how many runs of a stream are looked through for a complete one.
const readBehind = 50
