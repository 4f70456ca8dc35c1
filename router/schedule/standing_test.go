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
