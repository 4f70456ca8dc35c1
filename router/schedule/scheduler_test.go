package schedule

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
	"iocgateway/router/share"
	"iocgateway/router/sync"
)

// wired is a stream with its source.
type wired struct {
	journal.Stream
	source adapters.Source
}

// node is a scheduler over sources and a Log in memory, with the holder of
// its lanes.
type node struct {
	*Scheduler
	*share.Holder
	stop func()
}

// add makes a node that holds nothing yet.
func add(t *testing.T, m *journaltest.Memory, o Options, streams ...wired) node {
	t.Helper()
	n := node{Holder: share.NewHolder(journaltest.Quiet())}
	o.Runs, o.Kept, o.Now, o.Log, o.Held = m, m, time.Now, journaltest.Quiet(), n.Holds
	var err error
	if n.Scheduler, err = New(o); err != nil {
		t.Fatal(err)
	}
	for _, st := range streams {
		w := &sync.Syncer{Stream: st.Stream, Reader: st.source, Mapping: journaltest.Echo{Version: "1"}.Mapping,
			Log: m, Runs: m, Now: time.Now}
		w.Progress = func(name string, run journal.Run) { n.Advanced(name, run) }
		if err := n.Scheduler.Add(t.Context(), st.Stream, w); err != nil {
			t.Fatal(err)
		}
		if err := n.Holder.Add(share.Job{Name: st.Full(), Run: func(ctx context.Context) { n.Live(ctx, st.Full()) }}); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// start lets a node compute health, and hold its streams or none.
func (n *node) start(t *testing.T, hold bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Scheduler.Run(ctx) }()
	if hold {
		for _, name := range n.Names() {
			n.Hold(name)
		}
	}
	n.stop = func() {
		if err := n.Close(t.Context()); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// bench starts a node inside a synctest bubble: time jumps.
func bench(t *testing.T, streams ...wired) (node, *journaltest.Memory, func()) {
	t.Helper()
	m := journaltest.NewMemory()
	n := add(t, m, Options{}, streams...)
	n.start(t, true)
	return n, m, n.stop
}

func polled(name string, source adapters.Source) wired {
	return wired{journal.Stream{Source: name, Name: "t", Kind: canonical.KindTask,
		Every: 10 * time.Minute, Promise: 30 * time.Minute}, source}
}

func stateOf(t *testing.T, s node, name string) health.Status {
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
	return health.Status{}
}

func TestAStreamRunsAtItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(35 * time.Minute)
		if source.Pulls.Load() != 4 {
			t.Errorf("%d pulls in 35 minutes, want 4", source.Pulls.Load())
		}
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy || st.Live != 1 {
			t.Errorf("state %s with %d live", st.State, st.Live)
		}
	})
}

func TestAFailingSourceDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &journaltest.Source{Fail: map[int]error{0: &problem.Problem{Code: "GW-S031"}}}
		stuck := &hanging{}
		good := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		s, _, stop := bench(t, polled("broken", broken), polled("stuck", stuck), polled("good", good))
		defer stop()
		pass(25 * time.Minute)
		if good.Pulls.Load() != 3 {
			t.Errorf("the good source was asked %d times, want 3", good.Pulls.Load())
		}
		st := stateOf(t, s, "broken")
		if st.State != health.StateFailing || st.Cause == nil || st.Cause.Code != "GW-S031" {
			t.Errorf("broken is %s because of %v", st.State, st.Cause)
		}
		if st := stateOf(t, s, "stuck"); st.State != health.StateNeverRan || !st.Running {
			t.Errorf("a first run that takes long is %s, running %v", st.State, st.Running)
		}
		if st := stateOf(t, s, "good"); st.State != health.StateHealthy {
			t.Errorf("good is %s", st.State)
		}
		// Backoff, then the breaker: 5, 10, 20 … seconds, 8 tries, then one every 5 minutes.
		if broken.Pulls.Load() < 9 || broken.Pulls.Load() > 13 {
			t.Errorf("the broken source was asked %d times in 25 minutes", broken.Pulls.Load())
		}
	})
}

// hanging never answers before its context ends.
type hanging struct{}

func (hanging) Pull(ctx context.Context, _ canonical.Checkpoint) (adapters.Page, error) {
	<-ctx.Done()
	return adapters.Page{}, ctx.Err()
}

func TestAHaltedStreamWaitsForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}},
			Fail: map[int]error{0: problem.Halt(&problem.Problem{Code: "GW-S004"})}}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(24 * time.Hour)
		if source.Pulls.Load() != 1 {
			t.Errorf("credentials that were refused were tried %d times", source.Pulls.Load())
		}
		if st := stateOf(t, s, "a"); st.State != health.StateFailing || !st.NextRun.IsZero() {
			t.Errorf("state %s, next run %v", st.State, st.NextRun)
		}
		source.Fail = nil
		if err := s.Order("a/t", journal.Order{}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy {
			t.Errorf("after the order: %s", st.State)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &journaltest.Source{Fail: map[int]error{0: problem.Retry(errors.New("429"), 7*time.Minute)}}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(6 * time.Minute)
		if source.Pulls.Load() != 1 {
			t.Errorf("asked %d times before Retry-After", source.Pulls.Load())
		}
		if st := stateOf(t, s, "a"); st.State != health.StateFailing { // a first run that failed is failing at once
			t.Errorf("state %s", st.State)
		}
		pass(2 * time.Minute)
		if source.Pulls.Load() != 2 {
			t.Errorf("asked %d times after Retry-After, want 2", source.Pulls.Load())
		}
	})
}

func TestAPauseHoldsAndEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		s, m, stop := bench(t, polled("a", source))
		defer stop()
		pass(time.Minute)
		now := time.Now()
		pause := journal.Pause{By: "lan", Reason: "bảo trì", Since: now, Until: now.Add(time.Hour)}
		if err := s.Pause(t.Context(), "a/t", pause); err != nil {
			t.Fatal(err)
		}
		pass(55 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StatePaused || source.Pulls.Load() != 1 {
			t.Errorf("state %s after %d pulls", st.State, source.Pulls.Load())
		}
		pass(10 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy || source.Pulls.Load() != 2 || len(m.Paused) != 0 {
			t.Errorf("state %s after %d pulls, %d pauses kept", st.State, source.Pulls.Load(), len(m.Paused))
		}
		if err := s.Pause(t.Context(), "b/t", journal.Pause{}); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("pausing a stranger: %v", err)
		}
	})
}

func TestARestartTakesUpWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		_, m, stop := bench(t, polled("a", source))
		pass(time.Minute)
		stop()
		again := add(t, m, Options{}, polled("a", source))
		l, err := again.lane("a/t")
		if err != nil {
			t.Fatal(err)
		}
		if wait := time.Until(l.next); wait < 8*time.Minute || l.fresh.IsZero() {
			t.Errorf("after a restart the next run is in %v, fresh through %v", wait, l.fresh)
		}
	})
}

func TestStateChangesArePublishedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var published []health.State
		m := journaltest.NewMemory()
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		changed := func(_ context.Context, st health.Status) error {
			published = append(published, st.State)
			return nil
		}
		n := add(t, m, Options{Changed: changed}, polled("a", source))
		n.start(t, true)
		pass(time.Hour)
		n.stop()
		if len(published) == 0 || published[len(published)-1] != health.StateHealthy || len(published) > 3 {
			t.Errorf("published %v", published)
		}
	})
}

func TestBackoffIsBounded(t *testing.T) {
	const s = time.Second
	for failures, want := range map[int]time.Duration{0: 5 * s, 1: 5 * s, 2: 10 * s, 5: 80 * s, 99: 600 * s} {
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
type delivering struct{ journaltest.Source }

func (*delivering) Receive(*http.Request) (adapters.Page, error) {
	return adapters.Page{Records: journaltest.Raws("a")}, nil
}

func TestDeliveriesHaveAHistoryAndObeyAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask, Push: true}, &delivering{}}
		s, m, stop := bench(t, st)
		pass(time.Second)
		if _, err := s.Deliver(t.Context(), "push/t", nil); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := s.Pause(t.Context(), "push/t", journal.Pause{By: "lan", Reason: "bảo trì", Since: now}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Deliver(t.Context(), "push/t", nil)
		if p, ok := problem.As(err); !ok || p.Code != "GW-R015" {
			t.Errorf("a paused stream took a delivery: %v", err)
		}
		if err := s.Resume(t.Context(), "push/t", "lan"); err != nil {
			t.Fatal(err)
		}
		if p, ok := problem.As(s.Order("push/t", journal.Order{})); !ok || p.Code != "GW-R016" {
			t.Errorf("a source that delivers was asked: %v", p)
		}
		stop() // writes the tally down
		if got := m.RunsOf["push/t"]; len(got) != 1 || got[0].Counts.Received != 1 {
			t.Fatalf("the history is %+v", got)
		}
		// A process killed while it wrote the tally leaves a run without an end.
		if _, err := m.BeginRun(t.Context(), "push/t", now); err != nil {
			t.Fatal(err)
		}
		again := add(t, m, Options{}, st)
		again.start(t, true)
		defer again.stop()
		pass(time.Second)
		if got := stateOf(t, again, "push"); got.State != health.StateHealthy || got.FreshThrough.IsZero() {
			t.Errorf("after a restart the stream is %s, fresh through %v", got.State, got.FreshThrough)
		}
	})
}

// TestASuspicionStandsUntilAWholeListing: only what could have confirmed a
// suspicious listing can lift it.
func TestASuspicionStandsUntilAWholeListing(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	l := &lane{stream: polled("a", nil).Stream}
	run := journal.Run{Complete: true, Started: now, Ended: now}
	suspicious := run
	suspicious.Listed, suspicious.Notes = true, []problem.Problem{{Code: "GW-R002"}}
	l.finished(suspicious)
	r := l.report(nil)
	r.Signs.LookedAt = now
	if st := l.assess(&r, now, health.Holding{}); st.State != health.StateDataIssue {
		t.Fatalf("the stream's state is %s", st.State)
	}
	if l.finished(run); l.suspect == nil {
		t.Fatal("a poll that listed nothing whole answered the suspicion")
	}
	listed := run
	listed.Listed = true
	if l.finished(listed); l.suspect != nil {
		t.Fatal("a whole listing left the suspicion standing")
	}
}
