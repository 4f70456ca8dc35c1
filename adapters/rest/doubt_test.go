package rest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
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
