package rest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

func notesOf(pages []adapters.Page) (codes []string) {
	for _, p := range pages {
		for _, n := range p.Notes {
			codes = append(codes, n.Code)
		}
	}
	return codes
}

// TestHalfAListingIsNotedUntilAnswered: at once, by every walk after it, and
// until a whole one has looked again.
func TestHalfAListingIsNotedUntilAnswered(t *testing.T) {
	for name, c := range map[string]struct{ back, proved bool }{"the rows are back": {true, true}, "they are not": {false, true}} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, 60)
			src := openWith(t, f, settings(f))
			_, _, at := walkAll(t, src, nil)
			all := slices.Clone(f.rows)
			f.rows = f.rows[40:]
			f.clock.Advance(25 * time.Hour)
			_, pages, at := walkAll(t, src, at) // the sweep
			if last := pages[len(pages)-1]; !slices.Contains(notesOf(pages), "GW-S032") || last.Complete != nil {
				t.Fatalf("half a listing: notes %v, proved %v", notesOf(pages), last.Complete != nil)
			}
			_, pages, at = walkAll(t, src, at) // changes only
			if !slices.Contains(notesOf(pages), "GW-S032") {
				t.Errorf("the poll after it noted %v", notesOf(pages))
			}
			if c.back {
				f.rows = all
			}
			f.clock.Advance(25 * time.Hour)
			_, pages, _ = walkAll(t, src, at)
			if last := pages[len(pages)-1]; slices.Contains(notesOf(pages), "GW-S032") || (last.Complete != nil) != c.proved {
				t.Errorf("the next whole walk: notes %v, proved %v", notesOf(pages), last.Complete != nil)
			}
		})
	}
}

// TestAWalkThatGaveUpIsNotedUntilProven: rows that may have been passed over
// are doubted by the polls after it, and not by the whole walk that lay still.
func TestAWalkThatGaveUpIsNotedUntilProven(t *testing.T) {
	f := newFake(t, 60)
	restless := true
	f.before = func(n int) {
		if restless && len(f.rows) > 20 && n%2 == 0 {
			f.remove(f.rows[len(f.rows)-1].ID) // of a page already read
		}
	}
	src := openWith(t, f, settings(f))
	_, pages, at := walkAll(t, src, nil)
	if !slices.Contains(notesOf(pages), "GW-S020") {
		t.Fatalf("rows never lay still, and the walk noted %v", notesOf(pages))
	}
	restless = false
	_, pages, at = walkAll(t, src, at)
	if !slices.Contains(notesOf(pages), "GW-S020") {
		t.Errorf("the poll after it noted %v", notesOf(pages))
	}
	f.clock.Advance(25 * time.Hour)
	if _, pages, _ = walkAll(t, src, at); slices.Contains(notesOf(pages), "GW-S020") {
		t.Errorf("a whole walk that lay still noted %v", notesOf(pages))
	}
}

// TestAProfileWithoutSweepSaysSo: nobody must find out from what is missing.
func TestAProfileWithoutSweepSaysSo(t *testing.T) {
	f := newFake(t, 1)
	for _, c := range []struct {
		sweep string
		says  bool
	}{{"sweep: {every: 1d, complete: true}", false}, {"sweep: {every: 1d}", true}, {"sweep: {complete: true}", true}} {
		src := openWith(t, f, strings.Replace(settings(f), "sweep: {every: 1d, complete: true}", c.sweep, 1))
		limited, able := src.(adapters.Limited)
		if !able {
			t.Fatal("it cannot say what it cannot show")
		}
		if got := limited.Limits(); (len(got) == 1 && got[0].Code == "GW-R022") != c.says {
			t.Errorf("%s: %v", c.sweep, got)
		}
	}
}

// A list that cannot show that it was read whole says so, and where changes are
// asked for everything is read again by itself.
func TestWhatCannotBeProvedSaysSo(t *testing.T) {
	const since = "  records: {path: d, key: id, at: {path: t, layouts: [epoch]}}\n  watermark: {kind: since, format: epoch}\n"
	request := func(paging string) string {
		return "  request: {path: /l, query: {s: \"{since}\", o: \"{offset}\"}}\n  paging: " + paging + "\n" + since
	}
	for name, c := range map[string]struct {
		wire   string
		says   bool
		sweeps time.Duration
	}{
		"offset":                 {request("{kind: offset}"), true, 24 * time.Hour},
		"page":                   {request("{kind: page}"), true, 24 * time.Hour},
		"page, by their number":  {request("{kind: page, pages: n}"), true, 24 * time.Hour},
		"never, as said":         {request("{kind: page}") + "  sweep: {never: true}\n", true, 0},
		"seldom, as said":        {request("{kind: page}") + "  sweep: {every: 30d}\n", true, 30 * 24 * time.Hour},
		"a total":                {request("{kind: offset, total: n}"), false, 0},
		"a total in a header":    {request("{kind: offset, total: \"header:X-Total\"}"), false, 0},
		"a cursor":               {request("{kind: cursor, next: n}"), true, 0},
		"one answer":             {request("{kind: none}"), false, 0},
		"a sign of the last one": {request("{kind: page, last: {path: last, equals: \"true\"}}"), false, 24 * time.Hour},
	} {
		src, _ := serve(t, c.wire, nil)
		says := slices.ContainsFunc(src.(adapters.Limited).Limits(), func(p problem.Problem) bool { return p.Code == "GW-S040" })
		if plain := src.(*Source); says != c.says || plain.plan.every != c.sweeps {
			t.Errorf("%s: says %v, read again every %v", name, says, plain.plan.every)
		}
	}
}
