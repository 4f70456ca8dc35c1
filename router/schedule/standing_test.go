package schedule

import (
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// TestWhatAWholeWalkShowedStands: also what is no issue, over polls of changes,
// until the next whole walk; and a walk that proves nothing is not called complete.
func TestWhatAWholeWalkShowedStands(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	poll := journal.Run{Complete: true, Started: now, Ended: now}
	whole := poll
	whole.Whole, whole.Unproven = true, true
	noted := whole
	noted.Notes = []problem.Problem{{Code: "GW-S022"}, {Code: "GW-R030", Value: "4"}}
	l := &lane{stream: polled("a", nil).Stream}
	for i, c := range []struct {
		run      journal.Run
		warnings int
		complete bool
	}{{noted, 1, false}, {poll, 1, true}, {noted, 1, false}, {whole, 0, false}} {
		l.finished(c.run)
		r := l.report(nil)
		r.Signs.LookedAt = now
		st := l.assess(&r, now, health.Holding{Live: 99})
		if len(st.Warnings) != c.warnings || st.LastRun.Complete != c.complete || st.State != health.StateHealthy || !l.last.Complete {
			t.Errorf("run %d: %v, complete %v, %s", i, st.Warnings, st.LastRun.Complete, st.State)
		}
	}
}

// TestWhatIsOlderThanATimeToComeIsSaid: of a delivery, a poll and what a restart
// reads back, for a day at most, or until a whole listing has another answer.
func TestWhatIsOlderThanATimeToComeIsSaid(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	early := journal.Run{ID: 1, Complete: true, Started: now, Ended: now, Counts: journal.Counts{Received: 3, Superseded: 2, Early: 2}}
	whole := early
	whole.Whole, whole.Counts = true, journal.Counts{Received: 3}
	warned := func(l *lane, later time.Duration) string {
		l.seen = now.Add(later)
		r := l.report(nil)
		st := l.assess(&r, l.seen, health.Holding{Live: 99})
		for _, w := range st.Warnings {
			return w.Code + " " + w.Value
		}
		return ""
	}
	polls, pushes := &lane{stream: polled("a", nil).Stream}, &lane{stream: journal.Stream{Source: "s", Name: "p", Push: true}}
	polls.finished(early)
	pushes.delivered(now, time.Time{}, journal.Receipt{Counts: early.Counts})
	for name, l := range map[string]*lane{"polled": polls, "pushed": pushes} {
		for later, want := range map[time.Duration]string{time.Minute: "GW-R031 2", 23 * time.Hour: "GW-R031 2", 25 * time.Hour: ""} {
			if got := warned(l, later); got != want {
				t.Errorf("%s, %s later: %q, want %q", name, later, got, want)
			}
		}
	}
	if run := pushes.tally.written(); len(run.Notes) != 1 || run.Notes[0].Code != "GW-R031" {
		t.Errorf("the minute's run notes %v", run.Notes)
	}
	polls.finished(whole)
	if got := warned(polls, time.Minute); got != "" {
		t.Errorf("a whole listing has another answer, and %s is still said", got)
	}
}
