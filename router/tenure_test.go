package router

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// sharedBench starts a scheduler that holds nothing yet.
func sharedBench(t *testing.T, m *memory, abroad map[string]Status, streams ...*Stream) (*Scheduler, func()) {
	t.Helper()
	s := &Scheduler{Sync: &Syncer{Log: m, Runs: m, Now: time.Now}, Keep: m, Now: time.Now, Log: quiet(), Shared: true,
		Abroad: func(context.Context) (map[string]Status, error) { return abroad, nil }}
	for _, st := range streams {
		if err := s.Add(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestOnlyWhatIsHeldRuns: a lane lives from Hold to Yield, and Yield returns
// when nothing of it runs any more.
func TestOnlyWhatIsHeldRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		s, stop := sharedBench(t, newMemory(), nil, polled("a", source))
		defer stop()
		pass(time.Hour)
		if n := source.pulls.Load(); n != 0 {
			t.Fatalf("%d pulls of a stream nobody holds", n)
		}
		if st := stateOf(t, s, "a"); st.State != StateUnknown {
			t.Errorf("a stream nobody holds is %s", st.State)
		}
		if err := s.Order("a/t", Order{}); err != ErrElsewhere {
			t.Errorf("an order was answered with %v", err)
		}
		s.Hold("a/t")
		pass(25 * time.Minute)
		if n := source.pulls.Load(); n != 3 {
			t.Errorf("%d pulls in 25 minutes, want 3", n)
		}
		if st := stateOf(t, s, "a"); st.State != StateHealthy {
			t.Errorf("a stream this node holds is %s", st.State)
		}
		if err := s.Yield(t.Context(), "a/t"); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		if n := source.pulls.Load(); n != 3 {
			t.Errorf("%d pulls, the last after the stream was given up", n)
		}
	})
}

// TestSwitchedOffIsKnown: a disabled stream is nobody's, and no riddle.
func TestSwitchedOffIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := polled("a", &fake{})
		off.Disabled = true
		s, stop := sharedBench(t, newMemory(), nil, off)
		defer stop()
		pass(10 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != StateDisabled {
			t.Errorf("a disabled stream is %s", st.State)
		}
	})
}

// TestYieldEndsWhatHangs: a source that never answers is no reason to keep a stream.
func TestYieldEndsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop := sharedBench(t, newMemory(), nil, polled("a", &hanging{}))
		defer stop()
		s.Hold("a/t")
		pass(time.Minute)
		begun := time.Now()
		if err := s.Yield(t.Context(), "a/t"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("giving up took %v", took)
		}
	})
}

// TestTakenUpWhereItWasLeft: a failure counted by one node is not forgotten
// by the next, and a run that was just done is not done again at once.
func TestTakenUpWhereItWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		first, stopFirst := sharedBench(t, m, nil, polled("a", source))
		first.Hold("a/t")
		pass(time.Minute)
		if err := first.Yield(t.Context(), "a/t"); err != nil {
			t.Fatal(err)
		}
		stopFirst()
		second, stop := sharedBench(t, m, nil, polled("a", source))
		defer stop()
		second.Hold("a/t")
		pass(time.Minute)
		if n := source.pulls.Load(); n != 1 {
			t.Errorf("%d pulls: the next node did not wait for the interval", n)
		}
		if st := stateOf(t, second, "a"); st.State != StateHealthy || st.FreshThrough.IsZero() {
			t.Errorf("taken over it is %s, fresh through %v", st.State, st.FreshThrough)
		}
	})
}

// TestAnotherNodesWord: what another node says is passed on, but nothing is
// called fresh that this node's view does not have.
func TestAnotherNodesWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		far := Status{Source: "a", Stream: "t", Kind: canonical.KindTask, State: StateHealthy, FreshThrough: now, LastRun: &Run{ID: 7, Stream: "a/t"}}
		text, err := json.Marshal(far)
		if err != nil {
			t.Fatal(err)
		}
		var heard Status
		if err := json.Unmarshal(text, &heard); err != nil {
			t.Fatal(err)
		}
		m := newMemory()
		abroad := map[string]Status{"a/t": heard}
		s, stop := sharedBench(t, m, abroad, polled("a", &fake{}))
		defer stop()
		st := stateOf(t, s, "a")
		if st.State != StateUnknown || !st.FreshThrough.IsZero() {
			t.Errorf("%s, fresh through %v, though this view has no run of it", st.State, st.FreshThrough)
		}
		id, err := m.BeginRun(t.Context(), "a/t", now.Add(-time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.EndRun(t.Context(), Run{ID: id, Stream: "a/t", Started: now.Add(-time.Minute), Ended: now, Complete: true}); err != nil {
			t.Fatal(err)
		}
		if st := stateOf(t, s, "a"); st.State != StateHealthy || !st.FreshThrough.Equal(now.Add(-time.Minute)) {
			t.Errorf("%s, fresh through %v", st.State, st.FreshThrough)
		}
		pass(time.Hour)
		heard.FreshThrough = time.Now()
		abroad["a/t"] = heard
		if st := stateOf(t, s, "a"); st.State != StateLate {
			t.Errorf("an hour behind the Log it is %s", st.State)
		}
	})
}
