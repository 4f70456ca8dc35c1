package rest

import (
	"slices"
	"strings"
	"testing"
)

// noSweep is a profile whose walks prove no removals.
func noSweep(t *testing.T, watermark string) string {
	t.Helper()
	records := strings.Replace(shiftWatermarks()[watermark], "complete: true, plenty: 1000", "complete: false, plenty: 10", 1)
	wire := shiftRequests()["page"] + records
	if !strings.Contains(wire, "complete: false") {
		t.Fatal(wire)
	}
	return wire
}

// A list that collapsed stands as a doubt until it is back, or a person says
// that the rows went, where no walk can prove it.
func TestCollapsedListIsNotForgotten(t *testing.T) {
	s := newShifting(false, true, shiftRows)
	r := newShiftReader(t, s, noSweep(t, "none"))
	r.end()
	all := s.rows
	s.rows = s.rows[:4]
	for range 3 {
		if r.notes = nil; r.end() == 0 || !slices.Contains(r.notes, "GW-S032") {
			t.Fatalf("4 rows of %d: %v", shiftRows, r.notes)
		}
	}
	s.rows = all
	if r.notes = nil; r.end() == 0 || slices.Contains(r.notes, "GW-S032") {
		t.Errorf("they are back: %v", r.notes)
	}
	s.rows = s.rows[:4]
	r.end()
	at, err := r.src.(*Source).Rewind(r.at)
	if err != nil {
		t.Fatal(err)
	}
	r.at, r.notes = at, nil
	if r.end(); slices.Contains(r.notes, "GW-S032") {
		t.Errorf("a person accepted it: %v", r.notes)
	}
}

// A total that is never reached is not called rows that moved.
func TestTotalThatIsNeverReached(t *testing.T) {
	for _, watermark := range []string{"none", "since"} {
		s := newShifting(false, true, shiftRows)
		s.claims = 400
		r := newShiftReader(t, s, noSweep(t, watermark))
		r.end()
		if !slices.Contains(r.notes, "GW-S035") || slices.Contains(r.notes, "GW-S020") {
			t.Errorf("%s: %v", watermark, r.notes)
		}
		r.whole("all the same", s.list())
		if r.notes = nil; r.end() == 0 || !slices.Contains(r.notes, "GW-S035") {
			t.Errorf("%s: the doubt is not repeated: %v", watermark, r.notes)
		}
		s.claims, r.notes = 0, nil
		r.now = r.now.Add(waitMost)
		r.end()
		if slices.Contains(r.notes, "GW-S035") {
			t.Errorf("%s: they agree again: %v", watermark, r.notes)
		}
	}
}

// Asked to take everything anew, the next walk lists everything.
func TestRewindListsEverything(t *testing.T) {
	for watermark := range shiftWatermarks() {
		r := newShiftReader(t, newShifting(watermark == "walk-desc", true, shiftRows), shiftRequests()["page"]+shiftWatermarks()[watermark])
		r.end()
		first := r.proofs
		at, err := r.src.(*Source).Rewind(r.at)
		if err != nil {
			t.Fatal(err)
		}
		r.at, r.records, r.proofs = at, 0, 0
		if r.end(); r.records < shiftRows || r.proofs != first {
			t.Errorf("%s: %d of %d rows, %d proofs, %d the first time", watermark, r.records, shiftRows, r.proofs, first)
		}
	}
}

// TestAListWithoutAnEndIsMeasuredByItsLongest: a list that says nothing of its
// length proves nothing, and one that was short once is no measure for the next.
func TestAListWithoutAnEndIsMeasuredByItsLongest(t *testing.T) {
	s := newShifting(false, true, shiftRows)
	r := newShiftReader(t, s, noSweep(t, "none"))
	r.end()
	all := s.rows
	s.rows = all[:shiftRows*7/10]
	for range 2 {
		if r.notes = nil; r.end() == 0 || !slices.Contains(r.notes, "GW-S044") {
			t.Fatalf("7 rows of 10: %v", r.notes)
		}
	}
	s.rows = all
	if r.notes = nil; r.end() == 0 || slices.Contains(r.notes, "GW-S044") {
		t.Errorf("they are back: %v", r.notes)
	}
}
