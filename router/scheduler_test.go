package router

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// bench starts a scheduler over sources inside a synctest bubble: time jumps.
func bench(t *testing.T, streams ...*Stream) (*Scheduler, *memory, func()) {
	t.Helper()
	m := newMemory()
	s := &Scheduler{Sync: &Syncer{Log: m, Runs: m, Now: time.Now}, Keep: m, Now: time.Now, Log: quiet()}
	for _, st := range streams {
		if err := s.Add(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, m, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func polled(name string, source adapters.Source) *Stream {
	return &Stream{Source: name, Name: "t", Kind: canonical.KindTask, Reader: source, Mapper: echo{"1"},
		Every: 10 * time.Minute, Promise: 30 * time.Minute}
}

func stateOf(t *testing.T, s *Scheduler, name string) Status {
	t.Helper()
	all, err := s.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range all {
		if st.Source == name {
			return st
		}
	}
	t.Fatalf("no stream of %s", name)
	return Status{}
}

func TestAStreamRunsAtItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(35 * time.Minute)
		if source.pulls.Load() != 4 {
			t.Errorf("%d pulls in 35 minutes, want 4", source.pulls.Load())
		}
		if st := stateOf(t, s, "a"); st.State != StateHealthy || st.Live != 1 {
			t.Errorf("state %s with %d live", st.State, st.Live)
		}
	})
}

func TestAFailingSourceDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &fake{fail: map[int]error{0: &canonical.Problem{Code: "GW-S031"}}}
		stuck := &hanging{}
		good := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		s, _, stop := bench(t, polled("broken", broken), polled("stuck", stuck), polled("good", good))
		defer stop()
		pass(25 * time.Minute)
		if good.pulls.Load() != 3 {
			t.Errorf("the good source was asked %d times, want 3", good.pulls.Load())
		}
		st := stateOf(t, s, "broken")
		if st.State != StateFailing || st.Cause == nil || st.Cause.Code != "GW-S031" {
			t.Errorf("broken is %s because of %v", st.State, st.Cause)
		}
		if st := stateOf(t, s, "stuck"); st.State != StateNeverRan || !st.Running {
			t.Errorf("a first run that takes long is %s, running %v", st.State, st.Running)
		}
		if st := stateOf(t, s, "good"); st.State != StateHealthy {
			t.Errorf("good is %s", st.State)
		}
		// Backoff, then the breaker: 5, 10, 20 … seconds, 8 tries, then one every 5 minutes.
		if broken.pulls.Load() < 9 || broken.pulls.Load() > 13 {
			t.Errorf("the broken source was asked %d times in 25 minutes", broken.pulls.Load())
		}
	})
}

// hanging never answers before it is told to stop.
type hanging struct{}

func (hanging) Pull(ctx context.Context, _ canonical.Checkpoint) (adapters.Page, error) {
	<-ctx.Done()
	return adapters.Page{}, ctx.Err()
}

func TestAHaltedStreamWaitsForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}, fail: map[int]error{0: canonical.Halt(&canonical.Problem{Code: "GW-S020"})}}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(24 * time.Hour)
		if source.pulls.Load() != 1 {
			t.Errorf("a halted stream was asked %d times", source.pulls.Load())
		}
		if st := stateOf(t, s, "a"); st.State != StateFailing || !st.NextRun.IsZero() {
			t.Errorf("state %s, next run %v", st.State, st.NextRun)
		}
		source.fail = nil
		if err := s.Order("a/t", Order{}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if st := stateOf(t, s, "a"); st.State != StateHealthy {
			t.Errorf("after the order: %s", st.State)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{fail: map[int]error{0: canonical.Retry(errors.New("429"), 7*time.Minute)}}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(6 * time.Minute)
		if source.pulls.Load() != 1 {
			t.Errorf("asked %d times before Retry-After", source.pulls.Load())
		}
		if st := stateOf(t, s, "a"); st.State != StateFailing { // a first run that failed is failing at once
			t.Errorf("state %s", st.State)
		}
		pass(2 * time.Minute)
		if source.pulls.Load() != 2 {
			t.Errorf("asked %d times after Retry-After, want 2", source.pulls.Load())
		}
	})
}

func TestAPauseHoldsAndEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		s, m, stop := bench(t, polled("a", source))
		defer stop()
		pass(time.Minute)
		now := time.Now()
		if err := s.Pause(t.Context(), "a/t", Pause{By: "lan", Reason: "bảo trì", Since: now, Until: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		pass(55 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != StatePaused || source.pulls.Load() != 1 {
			t.Errorf("state %s after %d pulls", st.State, source.pulls.Load())
		}
		pass(10 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != StateHealthy || source.pulls.Load() != 2 || len(m.pauses) != 0 {
			t.Errorf("state %s after %d pulls, %d pauses kept", st.State, source.pulls.Load(), len(m.pauses))
		}
		if err := s.Pause(t.Context(), "b/t", Pause{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("pausing a stranger: %v", err)
		}
	})
}

func TestARestartTakesUpWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		_, m, stop := bench(t, polled("a", source))
		pass(time.Minute)
		stop()
		again := &Scheduler{Sync: &Syncer{Log: m, Runs: m, Now: time.Now}, Keep: m, Now: time.Now, Log: quiet()}
		if err := again.Add(t.Context(), polled("a", source)); err != nil {
			t.Fatal(err)
		}
		l, err := again.lane("a/t")
		if err != nil {
			t.Fatal(err)
		}
		if wait := time.Until(l.next); wait < 8*time.Minute || l.fresh.IsZero() {
			t.Errorf("after a restart the next run is in %v, fresh through %v", wait, l.fresh)
		}
	})
}

func TestStateChangesAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []State
		m := newMemory()
		source := &fake{pages: []adapters.Page{{Records: raws("a")}}}
		s := &Scheduler{Sync: &Syncer{Log: m, Runs: m, Now: time.Now}, Keep: m, Now: time.Now, Log: quiet(),
			Changed: func(_ context.Context, st Status) { told = append(told, st.State) }}
		if err := s.Add(t.Context(), polled("a", source)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(told) == 0 || told[len(told)-1] != StateHealthy || len(told) > 3 {
			t.Errorf("told %v", told)
		}
	})
}

func TestBackoffIsBounded(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: 5 * time.Second, 1: 5 * time.Second, 2: 10 * time.Second, 5: 80 * time.Second, 99: 10 * time.Minute} {
		if got := backoff(failures, 10*time.Minute); got != want {
			t.Errorf("backoff after %d failures: %v, want %v", failures, got, want)
		}
	}
}

// pass lets time go by and everything come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// delivering is a source that delivers: one Raw a request.
type delivering struct{ fake }

func (*delivering) Receive(*http.Request) (adapters.Page, error) {
	return adapters.Page{Records: raws("a")}, nil
}

func TestDeliveriesHaveAHistoryAndObeyAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Reader: &delivering{}, Mapper: echo{"1"}}
		s, m, stop := bench(t, st)
		pass(time.Second)
		if _, err := s.Deliver(t.Context(), "push/t", nil); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := s.Pause(t.Context(), "push/t", Pause{By: "lan", Reason: "bảo trì", Since: now}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Deliver(t.Context(), "push/t", nil)
		if p, ok := canonical.AsProblem(err); !ok || p.Code != "GW-R015" {
			t.Errorf("a paused stream took a delivery: %v", err)
		}
		if err := s.Resume(t.Context(), "push/t", "lan"); err != nil {
			t.Fatal(err)
		}
		if p, ok := canonical.AsProblem(s.Order("push/t", Order{})); !ok || p.Code != "GW-R016" {
			t.Errorf("a source that delivers was asked: %v", p)
		}
		stop() // writes the tally down
		if got := m.runs["push/t"]; len(got) != 1 || got[0].Counts.Received != 1 {
			t.Fatalf("the history says %+v", got)
		}
		// A process killed while it wrote the tally leaves a run without an end.
		if _, err := m.BeginRun(t.Context(), "push/t", now); err != nil {
			t.Fatal(err)
		}
		again := &Scheduler{Sync: &Syncer{Log: m, Runs: m, Now: time.Now}, Keep: m, Now: time.Now, Log: quiet()}
		if err := again.Add(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		if got := stateOf(t, again, "push"); got.State != StateHealthy || got.FreshThrough.IsZero() {
			t.Errorf("after a restart the stream is %s, fresh through %v", got.State, got.FreshThrough)
		}
	})
}
