package wiring

import (
	"testing"

	"iocgateway/router/journal"
	"iocgateway/router/store/query"
	streamsync "iocgateway/router/sync"
)

// TestRecordsOfNobodyAreSaid: those of a stream that was renamed, taken out, or
// adopted by one that lists fewer are served on, in silence otherwise.
func TestRecordsOfNobodyAreSaid(t *testing.T) {
	stream := func(source, name string) *streamsync.Syncer {
		return &streamsync.Syncer{Stream: journal.Stream{Source: source, Name: name}}
	}
	all := []*streamsync.Syncer{stream("s", "b"), stream("s", "c"), stream("other", "x")}
	known := []query.StreamInfo{{Stream: "s/a", Live: 18}, {Stream: "s/b", Live: 12}, {Stream: "s/never"}, {Stream: "gone/y", Live: 3},
		{Stream: "gateway/health", Live: 3}}
	left := leftBehind(all, known)
	if len(left) != 2 || left[0].Stream != "s/a" || left[1].Stream != "gone/y" {
		t.Errorf("left behind: %v", left)
	}
	for i, want := range []int{1, 0, 0} {
		got := all[i].Stream.Limits
		if len(got) != want || want == 1 && (got[0].Code != "GW-C035" || got[0].Value != "s/a" || got[0].Want != "18") {
			t.Errorf("%s: %v", all[i].Stream.Full(), got)
		}
	}
}
