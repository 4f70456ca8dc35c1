package sync

import (
	"context"
	"strconv"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// markedRows are rows of which those from..to bear a mark of removal, in pages of 20.
func markedRows(n, from, to int) []adapters.Page {
	var pages []adapters.Page
	raws := journaltest.Numbered(0, n)
	for i := from; i < to; i++ {
		raws[i].Gone = true
	}
	for at := 0; at < n; at += 20 {
		end := min(at+20, n)
		pages = append(pages, adapters.Page{Records: raws[at:end], Start: at == 0, Whole: true, Once: true, More: end < n, Total: -1,
			Next: canonical.Checkpoint(strconv.Itoa(end % n / 20))})
	}
	return pages
}

// marking100 is a syncer with 100 records that live.
func marking100(t *testing.T) (*Syncer, *journaltest.Memory, *journaltest.Source) {
	source := &journaltest.Source{Pages: markedRows(100, 0, 0)}
	s, m := syncing(source)
	s.Newest = m.Record
	s.Live = func() int { return len(m.Records["s/t"]) }
	run(t, s, journal.Order{})
	return s, m, source
}

// TestMarksAreHeldWhereverTheyStand: in the first pages or the last ones, each
// Raw ends as something, and what is not suspicious is removed.
func TestMarksAreHeldWhereverTheyStand(t *testing.T) {
	for name, c := range map[string]struct{ from, to, live, held int }{
		"first":              {0, 40, 100, 40},
		"last":               {70, 100, 100, 30},
		"over all pages":     {10, 95, 100, 85},
		"a fifth":            {40, 60, 80, 0},
		"few":                {0, 19, 81, 0},
		"just over a fifth":  {50, 71, 100, 21},
		"one page of nobody": {0, 0, 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, m, source := marking100(t)
			source.Pages = markedRows(100, c.from, c.to)
			got := run(t, s, journal.Order{})
			note := got.Noted(problem.Walked)
			if len(m.Records["s/t"]) != c.live || got.Counts.Held != c.held || (note != nil) != (c.held > 0) || got.Counts.Received != 100 {
				t.Errorf("%d live, %+v, notes %v; want %d live and %d held", len(m.Records["s/t"]), got.Counts, got.Notes, c.live, c.held)
			}
			if note != nil && (note.Value != strconv.Itoa(c.held) || note.Want != "100") {
				t.Errorf("%+v", note)
			}
		})
	}
}

// TestChangesAreTakenAtTheirWord: a list of changes says what was removed, however much.
func TestChangesAreTakenAtTheirWord(t *testing.T) {
	s, m, source := marking100(t)
	source.Pages = markedRows(100, 0, 80)
	for i := range source.Pages {
		source.Pages[i].Whole, source.Pages[i].Start = false, false
	}
	if got := run(t, s, journal.Order{}); len(m.Records["s/t"]) != 20 || len(got.Notes) > 0 {
		t.Errorf("%d live, %v", len(m.Records["s/t"]), got.Notes)
	}
}

// TestMarksKeptBackOutliveARunThatFails: what was kept back is not lost where
// the walk goes on in the next run.
func TestMarksKeptBackOutliveARunThatFails(t *testing.T) {
	s, m, source := marking100(t)
	source.Pages, source.Fail = markedRows(100, 5, 15), map[int]error{3: problem.Retry(&problem.Problem{Code: "GW-S031"}, 1)}
	if _, err := s.Run(context.Background(), journal.Order{}); err == nil {
		t.Fatal("the run claims success")
	}
	source.Fail = nil
	if got := run(t, s, journal.Order{}); len(m.Records["s/t"]) != 90 || got.Counts.Published != 10 {
		t.Errorf("%d live, %+v", len(m.Records["s/t"]), got.Counts)
	}
}

// TestManyMarksInAnOrderAreRemovals: a person's word is one.
func TestManyMarksInAnOrderAreRemovals(t *testing.T) {
	s, m, source := marking100(t)
	source.Pages = markedRows(100, 0, 80)
	run(t, s, journal.Order{})
	if got := run(t, s, journal.Order{AcceptRemovals: true}); len(m.Records["s/t"]) != 20 || got.Noted(problem.Walked) != nil {
		t.Errorf("%d live, %v", len(m.Records["s/t"]), got.Notes)
	}
}

// TestWhatIsKeptBackHasBytesOfItsOwn: a removal of some bytes does not keep the
// page that it came in, of megabytes, until the walk ends; and it counts as what
// it takes.
func TestWhatIsKeptBackHasBytesOfItsOwn(t *testing.T) {
	page := []byte(`[{"id":1},{"id":2}]`)
	var m marking
	m.keep(journal.Item{Raw: canonical.Raw{Key: "1", Payload: page[1:9]}, Record: &canonical.Record{Gone: true, Body: []byte("{}")}})
	clear(page)
	if got := string(m.back[0].Raw.Payload); got != `{"id":1}` {
		t.Errorf("kept: %q", got)
	}
	if m.bytes < keptBeside+len(`{"id":1}{}`) {
		t.Errorf("counted as %d bytes", m.bytes)
	}
}
