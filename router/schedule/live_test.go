package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// sharedBench starts a node that holds nothing yet.
func sharedBench(t *testing.T, m *journaltest.Memory, abroad map[string]health.Report, streams ...wired) (node, func()) {
	t.Helper()
	n := add(t, m, Options{Abroad: func() map[string]health.Report { return abroad }}, streams...)
	n.start(t, false)
	return n, n.stop
}

// TestOnlyWhatIsHeldRuns: a lane lives from Hold to Release, and Release returns
// when nothing of it runs any more.
func TestOnlyWhatIsHeldRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		s, stop := sharedBench(t, journaltest.NewMemory(), nil, polled("a", source))
		defer stop()
		pass(time.Hour)
		if n := source.Pulls.Load(); n != 0 {
			t.Fatalf("%d pulls of a stream nobody holds", n)
		}
		if st := stateOf(t, s, "a"); st.State != health.StateUnknown {
			t.Errorf("a stream nobody holds is %s", st.State)
		}
		if err := s.Order("a/t", journal.Order{}); err != journal.ErrElsewhere {
			t.Errorf("an order was answered with %v", err)
		}
		s.Hold("a/t")
		pass(25 * time.Minute)
		if n := source.Pulls.Load(); n != 3 {
			t.Errorf("%d pulls in 25 minutes, want 3", n)
		}
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy {
			t.Errorf("a stream this node holds is %s", st.State)
		}
		if err := s.Release(t.Context(), "a/t"); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		if n := source.Pulls.Load(); n != 3 {
			t.Errorf("%d pulls, the last after the stream was given up", n)
		}
	})
}

// TestSwitchedOffIsKnown: a disabled stream is nobody's, and no riddle.
func TestSwitchedOffIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := polled("a", &journaltest.Source{})
		off.Disabled = true
		s, stop := sharedBench(t, journaltest.NewMemory(), nil, off)
		defer stop()
		pass(10 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StateDisabled {
			t.Errorf("a disabled stream is %s", st.State)
		}
	})
}

// TestReleaseEndsWhatHangs: a source that never answers is no reason to keep a stream.
func TestReleaseEndsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop := sharedBench(t, journaltest.NewMemory(), nil, polled("a", &hanging{}))
		defer stop()
		s.Hold("a/t")
		pass(time.Minute)
		begun := time.Now()
		if err := s.Release(t.Context(), "a/t"); err != nil {
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
		m := journaltest.NewMemory()
		source := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		first, stopFirst := sharedBench(t, m, nil, polled("a", source))
		first.Hold("a/t")
		pass(time.Minute)
		if err := first.Release(t.Context(), "a/t"); err != nil {
			t.Fatal(err)
		}
		stopFirst()
		second, stop := sharedBench(t, m, nil, polled("a", source))
		defer stop()
		second.Hold("a/t")
		pass(time.Minute)
		if n := source.Pulls.Load(); n != 1 {
			t.Errorf("%d pulls: the next node did not wait for the interval", n)
		}
		if st := stateOf(t, second, "a"); st.State != health.StateHealthy || st.FreshThrough.IsZero() {
			t.Errorf("taken over it is %s, fresh through %v", st.State, st.FreshThrough)
		}
	})
}

// TestAnotherNodesReport: each node computes the state from the same facts,
// but calls nothing fresh that its own view does not have.
func TestAnotherNodesReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		text, err := json.Marshal(health.Report{State: health.StateHealthy, Signs: health.Signs{FreshThrough: now},
			LastRun: &journal.Run{ID: 7, Stream: "a/t"}})
		if err != nil {
			t.Fatal(err)
		}
		var far health.Report
		if err := json.Unmarshal(text, &far); err != nil {
			t.Fatal(err)
		}
		m := journaltest.NewMemory()
		abroad := map[string]health.Report{}
		report := func(change func(r *health.Report)) health.Status {
			far.Signs.LookedAt = time.Now()
			change(&far)
			abroad["a/t"] = far
			return stateOf(t, other(t, m, abroad), "a")
		}
		same := func(*health.Report) {}
		if st := report(same); st.State != health.StateUnknown || !st.FreshThrough.IsZero() {
			t.Errorf("%s, fresh through %v, though this view has no run of it", st.State, st.FreshThrough)
		}
		id, err := m.BeginRun(t.Context(), "a/t", now.Add(-time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		run := journal.Run{ID: id, Stream: "a/t", Started: now.Add(-time.Minute), Ended: now, Complete: true}
		if err := m.EndRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if st := report(same); st.State != health.StateHealthy || !st.FreshThrough.Equal(now.Add(-time.Minute)) {
			t.Errorf("%s, fresh through %v", st.State, st.FreshThrough)
		}
		// Whatever the holder reports, a view an hour behind a promise of 30 minutes is late.
		pass(time.Hour)
		for name, change := range map[string]func(r *health.Report){
			"healthy": same,
			"retrying": func(r *health.Report) {
				r.Signs.LastFailed, r.Signs.Failures, r.Signs.NextRun = true, 1, time.Now().Add(time.Minute)
			},
			"source_stale": func(r *health.Report) { r.Signs.SourceTime = now.Add(-240 * time.Hour) },
			"data_issue":   func(r *health.Report) { r.Signs.Suspicion = &problem.Problem{Code: "GW-R002"} },
		} {
			before := far
			st := report(func(r *health.Report) { r.Signs.FreshThrough = time.Now(); change(r) })
			far = before
			if st.State != health.StateLate || st.Over < 29*time.Minute {
				t.Errorf("an hour behind the Log, %s elsewhere, it is %s, over by %v", name, st.State, st.Over)
			}
		}
		far.Signs.LookedAt = time.Now().Add(-2 * time.Minute)
		abroad["a/t"] = far
		if st := stateOf(t, other(t, m, abroad), "a"); st.State != health.StateUnknown {
			t.Errorf("not looked at for two minutes it is %s", st.State)
		}
	})
}

func other(t *testing.T, m *journaltest.Memory, abroad map[string]health.Report) node {
	stale := polled("a", &journaltest.Source{})
	stale.MaxSilence = 24 * time.Hour
	return add(t, m, Options{Abroad: func() map[string]health.Report { return abroad }}, stale)
}

// TestAPushedStreamsReportOfAnotherNode: what is delivered is written down once
// a minute, and read by this view a little later. A view that is less than two
// minutes behind what the node that holds the stream reports has all that can
// be had, and shows what that node has seen; one further behind shows its own.
func TestAPushedStreamsReportOfAnotherNode(t *testing.T) {
	const never = -1
	for _, c := range []struct {
		name   string
		behind time.Duration // this view's newest delivery, behind the report
		shown  time.Duration // how far behind it the stream is fresh
		state  health.State
	}{
		{"level", 0, 0, health.StateHealthy},
		{"less than the minute's tally takes", 2*time.Minute - time.Second, 0, health.StateHealthy},
		{"two minutes", 2 * time.Minute, 2 * time.Minute, health.StateHealthy},
		{"an hour, of a promise of half of one", time.Hour, time.Hour, health.StateLate},
		{"nothing of it", never, never, health.StateUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, reported := journaltest.NewMemory(), time.Now()
				var fresh time.Time
				if c.behind != never {
					ended := reported.Add(-c.behind)
					written(t, m, journal.Run{Stream: "push/t", Started: ended.Add(-time.Minute), Ended: ended, Complete: true})
					fresh = reported.Add(-c.shown)
				}
				// Neither is a delivery: a replay, and a tally that a process died over.
				written(t, m, journal.Run{Stream: "push/t", Started: reported, Ended: reported, Complete: true, Replay: true})
				written(t, m, journal.Run{Stream: "push/t", Started: reported})
				report := health.Report{State: health.StateHealthy, Signs: health.Signs{LookedAt: reported, FreshThrough: reported}}
				abroad := func() map[string]health.Report { return map[string]health.Report{"push/t": report} }
				n := add(t, m, Options{Abroad: abroad}, wired{journal.Stream{Source: "push", Name: "t", Kind: canonical.KindTask,
					Push: true, Promise: 30 * time.Minute}, &delivering{}})
				if st := stateOf(t, n, "push"); st.State != c.state || !st.FreshThrough.Equal(fresh) {
					t.Errorf("%s, fresh through %v, want %s, %v", st.State, st.FreshThrough, c.state, fresh)
				}
			})
		})
	}
}

// written writes a run down, without an end where it has none.
func written(t *testing.T, m *journaltest.Memory, run journal.Run) {
	t.Helper()
	var err error
	if run.ID, err = m.BeginRun(t.Context(), run.Stream, run.Started); err != nil {
		t.Fatal(err)
	}
	if run.Ended.IsZero() {
		return
	}
	if err := m.EndRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
}

// TestBetweenRuns: what is done between a stream's runs waits for the one under
// way, and the next waits for it; a stream held elsewhere is not touched.
func TestBetweenRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &journaltest.Source{Pages: []adapters.Page{{Records: journaltest.Raws("a")}}}
		s, stop := sharedBench(t, journaltest.NewMemory(), nil, polled("a", slow), polled("b", &hanging{}))
		defer stop()
		between := func(length time.Duration) error {
			return s.Between(t.Context(), "a/t", func(context.Context) error { time.Sleep(length); return nil })
		}
		if err := between(0); err != journal.ErrElsewhere {
			t.Errorf("of a stream held elsewhere: %v", err)
		}
		if err := s.Between(t.Context(), "x/y", nil); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("of no stream: %v", err)
		}
		s.Hold("a/t")
		pass(time.Minute)
		before := slow.Pulls.Load()
		if err := between(time.Hour); err != nil {
			t.Fatal(err)
		}
		if n := slow.Pulls.Load() - before; n != 0 {
			t.Errorf("%d pulls meanwhile", n)
		}
		pass(time.Minute)
		if n := slow.Pulls.Load() - before; n != 1 {
			t.Errorf("%d pulls after it", n)
		}
		s.Hold("b/t")
		pass(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.Between(ctx, "b/t", func(context.Context) error { t.Error("done beside a run"); return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("behind a run that does not end: %v", err)
		}
	})
}
