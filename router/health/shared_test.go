package health

import (
	"slices"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

// TestSharedCauses: a link is blamed only for what the facts show.
func TestSharedCauses(t *testing.T) {
	ten := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return ten.Add(time.Duration(minutes) * time.Minute) }
	fails := func(source, code string, since, last int) Status {
		p := &problem.Problem{Code: code}
		return Status{Source: source, Stream: "s", Link: "tslcd", State: StateFailing, Cause: p,
			Besides: Besides{Behind: p, FailedSince: at(since), FailedAt: at(last)}}
	}
	well := func(source string, through int) Status {
		return Status{Source: source, Stream: "s", Link: "tslcd", State: StateHealthy, FreshThrough: at(through)}
	}
	elsewhere := fails("c", "GW-S001", 0, 5)
	elsewhere.Link = "khac"
	second := fails("a", "GW-S002", 0, 5)
	second.Stream = "t"
	for _, c := range []struct {
		name string
		all  []Status
		want Shared // without Since
	}{
		{"two sources are not reached", []Status{fails("a", "GW-S001", 0, 5), fails("b", "GW-S002", 1, 4)},
			Shared{Link: "tslcd", Streams: []string{"a/s", "b/s"}}},
		{"one fails", []Status{fails("a", "GW-S001", 0, 5), well("b", -1)}, Shared{}},
		{"two links", []Status{fails("a", "GW-S001", 0, 5), elsewhere}, Shared{}},
		{"both were answered 401", []Status{fails("a", "GW-S004", 0, 5), fails("b", "GW-S004", 0, 5)}, Shared{}},
		{"both were answered 429", []Status{fails("a", "GW-S006", 0, 5), fails("b", "GW-S006", 0, 5)}, Shared{}},
		{"both were answered 500", []Status{fails("a", "GW-S007", 0, 5), fails("b", "GW-S007", 0, 5)}, Shared{}},
		{"one was not reached, the other answered 500", []Status{fails("a", "GW-S001", 0, 5), fails("b", "GW-S007", 0, 5)}, Shared{}},
		{"our own disk is full", []Status{fails("a", "GW-R018", 0, 5), fails("b", "GW-R018", 0, 5)}, Shared{}},
		{"they failed hours apart", []Status{fails("a", "GW-S001", -200, -100), fails("b", "GW-S001", 0, 5)}, Shared{}},
		{"another was heard over the link meanwhile", []Status{fails("a", "GW-S001", 0, 5), fails("b", "GW-S001", 1, 5), well("c", 3)}, Shared{}},
		{"another was answered 500 over the link meanwhile",
			[]Status{fails("a", "GW-S001", 0, 5), fails("b", "GW-S001", 1, 5), fails("c", "GW-S007", 3, 3)}, Shared{}},
		{"another was heard before", []Status{fails("a", "GW-S001", 0, 5), fails("b", "GW-S001", 1, 5), well("c", -1)},
			Shared{Link: "tslcd", Streams: []string{"a/s", "b/s"}}},
		{"two streams of one source", []Status{fails("a", "GW-S001", 0, 5), second}, Shared{Source: "a", Streams: []string{"a/s", "a/t"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got Shared
			if all := SharedCauses(c.all); len(all) > 0 {
				got = all[0]
			}
			if got.Link != c.want.Link || got.Source != c.want.Source || !slices.Equal(got.Streams, c.want.Streams) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if len(got.Streams) > 0 && !got.Since.Equal(ten) {
				t.Errorf("since %v", got.Since)
			}
		})
	}
}
