package sync

import (
	"context"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// nowListed remembers what was committed as listed now.
type nowListed struct {
	*journaltest.Memory
	listed map[string]bool
	ahead  int
}

func (l *nowListed) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	for i := range b.Items {
		l.listed[b.Items[i].Raw.Key] = l.listed[b.Items[i].Raw.Key] || b.Items[i].Listed
	}
	b.Progress.Counts.Ahead += l.ahead
	return l.Memory.Commit(ctx, b)
}

// Only what a listing of everything names once is what its source has now.
func TestWhatIsListedNow(t *testing.T) {
	raws := func(keys ...string) []canonical.Raw { return journaltest.Raws(keys...) }
	twice := append(raws("d"), raws("d")...)
	twice[1].Payload = []byte(`{"other":1}`)
	cases := map[string]struct {
		pages []adapters.Page
		want  map[string]bool
	}{
		"a listing": {[]adapters.Page{{Start: true, Whole: true, More: true, Records: raws("a", "b")}, {Whole: true, Records: raws("c")}},
			map[string]bool{"k-a": true, "k-b": true, "k-c": true}},
		"changes":                {[]adapters.Page{{Start: true, Records: raws("a")}}, map[string]bool{"k-a": false}},
		"twice on a page":        {[]adapters.Page{{Start: true, Whole: true, Records: append(twice, raws("a")...)}}, map[string]bool{"k-d": false, "k-a": true}},
		"a listing that was cut": {[]adapters.Page{{Whole: true, Records: raws("a")}}, map[string]bool{"k-a": false}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, m := syncing(&journaltest.Source{Pages: c.pages})
			log := &nowListed{Memory: m, listed: map[string]bool{}}
			s.Log = log
			got := run(t, s, journal.Order{})
			for key, want := range c.want {
				if log.listed[key] != want {
					t.Errorf("%s: %v", key, !want)
				}
			}
			if len(got.Notes) > 0 {
				t.Errorf("notes %v", got.Notes)
			}
		})
	}
	s, m := syncing(&journaltest.Source{Pages: cases["a listing"].pages})
	s.Log = &nowListed{Memory: m, listed: map[string]bool{}, ahead: 1}
	if got := run(t, s, journal.Order{}); len(got.Notes) != 1 || got.Notes[0].Code != "GW-R029" {
		t.Errorf("a clock that was ahead is not noted: %v", got.Notes)
	}
}

// A share of older versions is measured by the stream's own past.
func TestOlderThanItsOwnPast(t *testing.T) {
	runOf := func(id int64, older, received int) journal.Run {
		return journal.Run{ID: id, Complete: true, Counts: journal.Counts{Received: received, Superseded: older, Published: received - older}}
	}
	flagged := runOf(3, 50, 100)
	flagged.Notes = []problem.Problem{{Code: "GW-R021"}}
	cases := map[string]struct {
		now  journal.Run
		past []journal.Run
		want bool
	}{
		"no past":                     {runOf(9, 40, 100), nil, false},
		"none before":                 {runOf(9, 40, 100), []journal.Run{runOf(1, 0, 50), runOf(2, 0, 50), runOf(3, 0, 50)}, true},
		"a few, and none before":      {runOf(9, 4, 100), []journal.Run{runOf(1, 0, 50), runOf(2, 0, 50), runOf(3, 0, 50)}, false},
		"as always":                   {runOf(9, 40, 100), []journal.Run{runOf(1, 20, 50), runOf(2, 15, 50), runOf(3, 22, 50)}, false},
		"much more than always":       {runOf(9, 40, 100), []journal.Run{runOf(1, 2, 50), runOf(2, 3, 50), runOf(3, 2, 50)}, true},
		"what was unusual is no past": {runOf(9, 40, 100), []journal.Run{runOf(1, 0, 50), runOf(2, 0, 50), flagged, runOf(4, 0, 50)}, true},
		"this run is not its own past": {runOf(9, 40, 100), []journal.Run{runOf(1, 0, 5), runOf(2, 0, 5), runOf(3, 0, 5), runOf(9, 40, 100)},
			true},
		"runs that brought nothing": {runOf(9, 40, 100), []journal.Run{runOf(1, 0, 0), runOf(2, 0, 0), runOf(3, 0, 0)}, false},
		"a run that was cut is no past": {runOf(9, 40, 100), []journal.Run{{ID: 1, Counts: journal.Counts{Received: 9}}, runOf(2, 0, 5),
			runOf(3, 0, 5)}, false},
	}
	for name, c := range cases {
		if got := unusual(&c.now, c.past); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestAFewStayOlder: what a whole listing has in older versions than are here is
// said from the second on, and so after a restart; a tenth of all is an issue.
func TestAFewStayOlder(t *testing.T) {
	rows := func(older int) []canonical.Raw {
		all := journaltest.Numbered(0, 99)
		for i := range all {
			all[i].At = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
			if i < older {
				all[i].Payload, all[i].At = []byte(`"old"`), all[i].At.Add(-24*time.Hour)
			}
		}
		return all
	}
	for older, want := range map[int]string{4: "GW-R030 4", 12: "GW-R021 12"} {
		source := &journaltest.Source{}
		s, m := syncing(source)
		for i, said := range []string{"", "", want, want, ""} {
			if i == 3 {
				again, _ := syncing(source)
				again.Log, again.Runs = m, m
				s = again
			}
			page := adapters.Page{Records: rows(0), Start: true, Whole: true, Once: true, Next: canonical.Checkpoint("0"), Total: -1}
			if i > 0 && i < 4 {
				page.Records = rows(older)
			}
			source.Pages = []adapters.Page{page}
			got, note := "", run(t, s, journal.Order{})
			if p := note.Noted(problem.Standing, problem.Backward); p != nil {
				got = p.Code + " " + p.Value
			}
			if i == 1 && older >= backwardLeast {
				said = want // nothing new came beside them
			}
			if got != said {
				t.Errorf("%d older, run %d: %q, want %q (%+v)", older, i, got, said, note.Counts)
			}
		}
	}
}
