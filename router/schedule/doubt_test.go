package schedule

import (
	"context"
	"slices"
	"sync/atomic"
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

// TestAHaltHealsByItself: what a person mends elsewhere is seen without one
// here; until then the source is asked less and less, and it shows when next.
func TestAHaltHealsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &mended{}
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(24 * time.Hour)
		if n := source.pulls.Load(); n < 23 || n > 29 { // after 0, 5, 15, 35, 75 minutes, then once an hour
			t.Errorf("a halted stream was asked %d times in a day", n)
		}
		if st := stateOf(t, s, "a"); st.State != health.StateFailing || codeOf(st) != "GW-S003" || !st.NextRun.After(time.Now()) {
			t.Errorf("state %s because of %q, next run %v", st.State, codeOf(st), st.NextRun)
		}
		source.right.Store(true) // the certificate was renewed
		pass(time.Hour)
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy {
			t.Errorf("an hour after it was mended: %s because of %q", st.State, codeOf(st))
		}
	})
}

// mended is a source whose certificate is wrong until it is right.
type mended struct {
	right atomic.Bool
	pulls atomic.Int64
}

func (m *mended) Pull(_ context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	m.pulls.Add(1)
	if !m.right.Load() {
		return adapters.Page{}, problem.Halt(&problem.Problem{Code: "GW-S003"})
	}
	return adapters.Page{Next: from, Total: -1}, nil
}

// TestARestartIsNoNewPassword: credentials that were refused are not tried
// again because the process began anew, unless they changed.
func TestARestartIsNoNewPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := failing(problem.Halt(&problem.Problem{Code: "GW-S004"}))
		_, m, stop := bench(t, polled("a", source))
		pass(time.Minute)
		stop()
		changed := false
		again := func() {
			n := add(t, m, Options{SecretChanged: func(string, time.Time) bool { return changed }}, polled("a", source))
			n.start(t, true)
			pass(24 * time.Hour)
			n.stop()
		}
		if again(); source.Pulls.Load() != 1 {
			t.Errorf("asked %d times, with the credentials that were refused", source.Pulls.Load())
		}
		changed = true
		if again(); source.Pulls.Load() != 2 {
			t.Errorf("asked %d times after they changed, want once more", source.Pulls.Load())
		}
	})
}

// TestDoubtsStandUntilAnswered: half a listing and a walk that gave up are an
// issue at once and until a walk without a doubt; a source that went back,
// until a run that saw as much shows otherwise.
func TestDoubtsStandUntilAnswered(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	run := func(received int, notes ...string) journal.Run {
		r := journal.Run{Complete: true, Started: now, Ended: now, Counts: journal.Counts{Received: received}}
		for _, code := range notes {
			r.Notes = append(r.Notes, problem.Problem{Code: code})
		}
		return r
	}
	walked := func(r journal.Run) journal.Run {
		r.Whole = true
		return r
	}
	for _, c := range []struct {
		name string
		runs []journal.Run
		want string
	}{
		{"short, and a poll of changes since", []journal.Run{walked(run(75, "GW-S032")), run(75)}, "GW-S032"},
		{"two contents under a key, and a poll since", []journal.Run{walked(run(75, "GW-R014")), run(75)}, "GW-R014"},
		{"cut off, and a look that found nothing to read", []journal.Run{walked(run(100, "GW-R028")), run(0)}, "GW-R028"},
		{"cut off, and a whole walk answered it", []journal.Run{walked(run(100, "GW-R028")), run(0), walked(run(101))}, ""},
		{"short, and a whole walk answered it", []journal.Run{walked(run(75, "GW-S032")), run(3), walked(run(100))}, ""},
		{"a few are older", []journal.Run{walked(run(99, "GW-R030"))}, ""},
		{"half a listing", []journal.Run{run(500, "GW-S032")}, "GW-S032"},
		{"half a listing, and the next walk noted it still", []journal.Run{run(500, "GW-S032"), run(3, "GW-S032")}, "GW-S032"},
		{"half a listing, and the next walk answered it", []journal.Run{run(500, "GW-S032"), run(1000)}, ""},
		{"rows moved, and a walk gave up", []journal.Run{run(500, "GW-S020")}, "GW-S020"},
		{"an old backup", []journal.Run{run(1000, "GW-R021")}, "GW-R021"},
		{"an old backup, and a poll of little since", []journal.Run{run(1000, "GW-R021"), run(3)}, "GW-R021"},
		{"an old backup, and a poll as large since", []journal.Run{run(1000, "GW-R021"), run(900)}, ""},
		{"any other note", []journal.Run{run(500, "GW-S022")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lane{stream: polled("a", nil).Stream}
			for _, r := range c.runs {
				l.finished(r)
			}
			r := l.report(nil)
			r.Signs.LookedAt = now
			if st := l.assess(&r, now, health.Holding{Live: 1000}); codeOf(st) != c.want || (st.State == health.StateDataIssue) != (c.want != "") {
				t.Errorf("%s because of %q, want %q", st.State, codeOf(st), c.want)
			}
		})
	}
}

// TestAnOldBackupIsSeen: a source that gives what it gave long before.
func TestAnOldBackupIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := func(version string, at time.Time) (out []canonical.Raw) {
			for _, raw := range journaltest.Numbered(0, 200) {
				raw.Payload, raw.At = []byte(`"`+version+string(raw.Payload[1:])), at
				out = append(out, raw)
			}
			return out
		}
		now := time.Now()
		source := &whole{}
		source.rows.Store(new(rows("new", now)))
		s, _, stop := bench(t, polled("a", source))
		defer stop()
		pass(time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy {
			t.Fatalf("at first: %s", st.State)
		}
		source.rows.Store(new(rows("old", now.Add(-240*time.Hour))))
		pass(10 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StateDataIssue || codeOf(st) != "GW-R021" {
			t.Errorf("after the restore: %s because of %q", st.State, codeOf(st))
		}
		source.rows.Store(new(rows("mended", now.Add(time.Hour))))
		pass(10 * time.Minute)
		if st := stateOf(t, s, "a"); st.State != health.StateHealthy {
			t.Errorf("once it has the newer ones again: %s because of %q", st.State, codeOf(st))
		}
	})
}

// whole gives everything at every pull.
type whole struct {
	rows atomic.Pointer[[]canonical.Raw]
}

func (w *whole) Pull(_ context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	return adapters.Page{Records: *w.rows.Load(), Next: from, Start: true, Total: -1}, nil
}

// slow gives a page a minute, without end.
type slow struct{ pulls atomic.Int64 }

func (s *slow) Pull(ctx context.Context, _ canonical.Checkpoint) (adapters.Page, error) {
	select {
	case <-time.After(time.Minute):
	case <-ctx.Done():
		return adapters.Page{}, ctx.Err()
	}
	n := int(s.pulls.Add(1))
	return adapters.Page{Records: journaltest.Numbered(n, n+1), More: true, Total: -1,
		Next: canonical.Checkpoint(`"` + time.Now().String() + `"`)}, nil
}

// TestALongFirstWalk: it is under way after a restart as before it, and a
// pause ends it behind the page in hand.
func TestALongFirstWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &slow{}
		_, m, stop := bench(t, polled("a", source))
		pass(30 * time.Minute)
		stop()
		n := add(t, m, Options{}, polled("a", source))
		n.start(t, true)
		defer n.stop()
		pass(3 * time.Minute)
		if st := stateOf(t, n, "a"); st.State != health.StateAtRisk || codeOf(st) != "GW-R020" || st.Live == 0 {
			t.Errorf("a walk that goes on after a restart is %s because of %q, with %d rows", st.State, codeOf(st), st.Live)
		}
		if err := n.Pause(t.Context(), "a/t", journal.Pause{By: "lan", Reason: "nguồn bảo trì", Since: time.Now()}); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		pulls := source.pulls.Load()
		if pass(time.Hour); source.pulls.Load() != pulls {
			t.Errorf("a paused walk gave %d pages more", source.pulls.Load()-pulls)
		}
		if st := stateOf(t, n, "a"); st.State != health.StatePaused || st.Running {
			t.Errorf("paused, it is %s, running %v", st.State, st.Running)
		}
		if err := n.Resume(t.Context(), "a/t", "lan"); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Minute)
		if _, failed := failuresOf(t, n, "a/t"); source.pulls.Load() == pulls || failed > 1 {
			t.Errorf("resumed: %d pages more, %d failures", source.pulls.Load()-pulls, failed)
		}
	})
}

// TestWhatIsNewIsAllHeld: a stream that publishes nothing of what comes is an
// issue at once, however few and however many stay as they were; a row that
// was held before is no news.
func TestWhatIsNewIsAllHeld(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	run := func(published, unchanged, held, again int) journal.Run {
		return journal.Run{Complete: true, Started: now, Ended: now, Counts: journal.Counts{
			Received: published + unchanged + held, Published: published, Unchanged: unchanged, Held: held, Again: again}}
	}
	gone := run(0, 0, 1, 0)
	gone.Counts.Published, gone.Counts.Gone = 3, 3
	failed := run(0, 0, 1, 0)
	failed.Complete, failed.Problem = false, &problem.Problem{Code: "GW-S001"}
	replay := run(1, 0, 0, 0)
	replay.Replay = true
	for _, c := range []struct {
		name string
		runs []journal.Run
		held int
		want bool
	}{
		{"two rows, both held", []journal.Run{run(300, 0, 0, 0), run(0, 0, 2, 0)}, 2, true},
		{"a poll that brings one, held", []journal.Run{run(300, 0, 0, 0), run(0, 0, 1, 0)}, 1, true},
		{"and polls that bring nothing since", []journal.Run{run(300, 0, 0, 0), run(0, 0, 1, 0), run(0, 0, 0, 0), run(0, 0, 0, 0)}, 1, true},
		{"all others stayed as they were", []journal.Run{run(0, 300, 1, 0)}, 1, true},
		{"removals are nothing new", []journal.Run{gone}, 1, true},
		{"the run failed behind it", []journal.Run{run(300, 0, 0, 0), failed, run(0, 0, 0, 0)}, 1, true},
		{"one of two was published", []journal.Run{run(1, 0, 1, 0)}, 1, false},
		{"something was published since", []journal.Run{run(0, 0, 1, 0), run(1, 0, 0, 0)}, 1, false},
		{"a listing names again what was held before", []journal.Run{run(300, 0, 1, 0), run(0, 300, 1, 1)}, 1, false},
		{"and one that is new", []journal.Run{run(300, 0, 1, 0), run(0, 300, 2, 1)}, 2, true},
		{"nothing is held any more", []journal.Run{run(0, 0, 2, 0)}, 0, false},
		{"a replay published some of it", []journal.Run{run(0, 0, 2, 0), replay}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lane{stream: polled("a", nil).Stream}
			newest := slices.Clone(c.runs)
			slices.Reverse(newest)
			l.restore(newest, nil, now, func(time.Time) bool { return true })
			r := l.report(nil)
			r.Signs.LookedAt, r.Signs.NextRun = now, now
			st := l.assess(&r, now, health.Holding{Live: 301, Held: c.held, HeldOldest: now})
			if (st.State == health.StateDataIssue) != c.want || c.want && codeOf(st) != "GW-R010" {
				t.Errorf("%s because of %q", st.State, codeOf(st))
			}
		})
	}
}
