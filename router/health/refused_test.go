package health

import (
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// TestRefusalsOfAnEarlierVersion: a run that version wrote says what was refused in
// its problem alone; an upgrade forgets nothing of it, and makes no stranger of it.
func TestRefusalsOfAnEarlierVersion(t *testing.T) {
	at := time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC)
	for code, want := range map[string]string{"GW-S806": "GW-R110", "GW-S801": "GW-R111"} {
		p := problem.Problem{Code: code}
		run := &journal.Run{Started: at, Ended: at, Problem: &p, Refused: &journal.Refusals{Count: map[string]int{code: 3}, Last: p, At: at}}
		r := (*Refused)(nil).Recount(run)
		told := r.Told(at.Add(time.Minute))
		if !r.Stands(at.Add(time.Minute)) || len(told) != 1 || told[0].Code != want || told[0].Path != code {
			t.Errorf("%s: stands %v, told %+v", code, r.Stands(at.Add(time.Minute)), told)
		}
	}
}
