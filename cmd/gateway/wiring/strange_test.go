package wiring

import (
	"testing"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	streamsync "iocgateway/router/sync"
)

// TestAdoptingNobodyIsSaid: a mistyped name takes nothing over, in silence otherwise.
func TestAdoptingNobodyIsSaid(t *testing.T) {
	stream := func(name string, adopts ...string) *streamsync.Syncer {
		st := journal.Stream{Source: "s", Name: name, Kind: canonical.KindTask}
		for _, a := range adopts {
			st.Adopts = append(st.Adopts, journal.Adoption{Stream: "s/" + a})
		}
		return &streamsync.Syncer{Stream: st}
	}
	all := []*streamsync.Syncer{stream("a", "b", "gone"), stream("b"), stream("c", "gonne", "a")}
	strange(all, []string{"s/gone"})
	for i, want := range []int{0, 0, 1} {
		limits := all[i].Stream.Limits
		if len(limits) != want || want == 1 && (limits[0].Code != "GW-C033" || limits[0].Value != "s/gonne") {
			t.Errorf("%s: %v", all[i].Stream.Name, limits)
		}
	}
}
