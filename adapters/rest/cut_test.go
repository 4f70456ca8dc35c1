package rest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// A walk that is cut goes on from its checkpoint in another process, which
// remembers nothing of the pages before. These tests open a new Source in
// mid-walk while rows move, and count what arrived against the source itself.

// Cut once, at each boundary, while rows move: nothing is lost, and what the
// walk proves at its end is true.
func TestCutWalkLosesNothing(t *testing.T) {
	everyWalk(t, func(t *testing.T, begin func(t *testing.T) *shiftReader) {
		for boundary := 1; boundary < 100; boundary++ {
			r := begin(t)
			for range boundary {
				if !r.pull() {
					return
				}
			}
			r.cut()
			had := r.from.list()
			r.from.shift()
			r.end()
			r.whole(fmt.Sprintf("cut after page %d", boundary), had)
		}
	})
}

// A process that never lives as long as a walk takes still brings rows in,
// page by page; nothing is given up for lost on the way; and the first walk
// that is not cut is the last.
func TestWalkThatIsCutAgainAndAgain(t *testing.T) {
	everyWalk(t, func(t *testing.T, begin func(t *testing.T) *shiftReader) {
		uncut := begin(t).end()
		r := begin(t)
		r.records = 0
		for i := range 40 {
			if !r.pull() {
				if uncut > 2 {
					t.Fatalf("a walk of %d pages ended, cut after every second one", uncut)
				}
				return
			}
			if i%2 == 1 {
				r.cut()
				r.from.shift()
			}
		}
		if r.records == 0 {
			t.Error("nothing arrived while the walk was cut")
		}
		if took := r.end(); took > 2*uncut+2 {
			t.Errorf("%d pages to the end, where an uncut walk has %d", took, uncut)
		}
		if slices.Contains(r.notes, "GW-S020") {
			t.Error("cuts were counted as rows that moved")
		}
		r.whole("after the last cut", r.from.list())
	})
}

// Rows that never lie still end a walk after so many tries, with a note, also
// where every other pass is cut.
func TestRestlessRowsEndTheWalk(t *testing.T) {
	wire := shiftRequests()["page"] + strings.Replace(shiftWatermarks()["since"], "complete: true", "complete: false", 1)
	r := newShiftReader(t, newShifting(false, true, shiftRows), wire)
	for i := range 200 {
		r.from.move()
		if !r.pull() {
			if !slices.Contains(r.notes, "GW-S020") {
				t.Errorf("ended without a word: %v", r.notes)
			}
			if st, err := readState(r.at); err != nil || r.now.Sub(st.Swept) < 12*time.Hour {
				t.Errorf("what was passed over waits for the sweep of %v (%v)", st.Swept, err)
			}
			return
		}
		if i%11 == 10 { // of the passes of seven pages some are cut
			r.cut()
		}
	}
	t.Error("the walk never ended")
}

// Read in an order that is not newest first, a row that changes moves past us
// and comes twice; where no total shows what is missing, only that does.
func TestRowsMovingWithoutTotals(t *testing.T) {
	r := newShiftReader(t, newShifting(false, false, shiftRows), shiftRequests()["page"]+shiftWatermarks()["since"])
	r.pull()
	r.pull()
	r.from.move()
	r.end()
	r.whole("a row moved to the end", r.from.list())
}

// A sweep that was cut and made again proves removals in the end.
func TestCutSweepProvesWhenMadeAgain(t *testing.T) {
	r := newShiftReader(t, newShifting(true, true, shiftRows), shiftRequests()["page"]+shiftWatermarks()["walk-desc"])
	shiftWalks()["sweep"](r)
	r.proofs = 0
	r.pull()
	r.cut()
	r.end()
	if r.proofs != 1 {
		t.Errorf("%d proofs", r.proofs)
	}
}

// Windows read to their end stay read: a process that lives longer than a
// window takes, and never as long as the walk, comes to the end.
func TestWindowsReadStayRead(t *testing.T) {
	for _, totals := range []bool{true, false} {
		s := newShifting(false, totals, 40)
		for i := range s.rows { // four windows of four pages
			s.rows[i].at = shiftNow.Unix() + int64(i/10-3)*2*shiftDay + int64(i)*60
		}
		r := newShiftReader(t, s, shiftRequests()["page"]+shiftWatermarks()["window"])
		pulls := 1
		for ; r.pull() && pulls < 100; pulls++ {
			if pulls%7 == 0 {
				r.cut()
			}
		}
		if pulls == 100 {
			t.Error("the walk never ended")
		}
		r.whole("at the end", r.from.list())
	}
}

// A checkpoint in mid-walk that an earlier version wrote knows nothing of cuts.
func TestCutByAnUpgrade(t *testing.T) {
	r := newShiftReader(t, newShifting(false, true, shiftRows), shiftRequests()["offset"]+shiftWatermarks()["since"])
	r.pull()
	r.pull()
	old := regexp.MustCompile(`,"here":\d+`).ReplaceAllString(string(r.at), "")
	if old == string(r.at) {
		t.Fatal("the checkpoint is one of an earlier version already")
	}
	r.at = canonical.Checkpoint(old)
	r.cut()
	had := r.from.list()
	r.from.shift()
	r.end()
	r.whole("after the upgrade", had)
}

// More rows than can be remembered are no cut: the walk ends, and proves
// nothing; and a cut of such a walk is still one.
func TestMoreRowsThanRemembered(t *testing.T) {
	for mark, records := range shiftWatermarks() {
		r := newShiftReader(t, newShifting(mark == "walk-desc", true, shiftRows), shiftRequests()["page"]+records)
		open := r.open
		r.open = func() adapters.Source {
			src := open()
			src.(*Source).seen.most = 5
			return src
		}
		r.src = r.open()
		uncut := r.end()
		r.at, r.src = nil, r.open()
		r.pull()
		r.pull()
		r.cut()
		if cut := r.end(); cut <= uncut-2 {
			t.Errorf("%s: %d pages after the cut, %d without: it was not made again", mark, cut, uncut)
		}
		r.whole(mark, r.from.list())
		if r.proofs > 0 {
			t.Errorf("%s: proved what nobody remembers", mark)
		}
	}
}

// What one walk over again lists counts once.
func TestWalkedAgainCountsOnce(t *testing.T) {
	r := newShiftReader(t, newShifting(false, true, shiftRows), shiftRequests()["page"]+shiftWatermarks()["window"])
	for i := range 9 {
		if r.pull(); i%3 == 2 {
			r.cut()
		}
	}
	r.end()
	st, err := readState(r.at)
	if err != nil || st.Live != shiftRows {
		t.Errorf("%d rows counted, the source has %d (%v)", st.Live, shiftRows, err)
	}
}

// What a restless walk passed over is read again, also where the profile has
// no sweep: soon, and then less and less often as long as rows do not lie.
func TestWhatMayHaveBeenPassedOverIsReadAgain(t *testing.T) {
	records, _, _ := strings.Cut(shiftWatermarks()["since"], "  sweep")
	wire := shiftRequests()["page"] + records + "  watermark: {kind: since, format: epoch, overlap: 1s}\n"
	r := newShiftReader(t, newShifting(false, true, shiftRows), wire)
	restless := func() {
		for r.from.move(); r.pull(); r.from.move() {
			continue
		}
	}
	restless()
	var waits []time.Duration
	for range 3 {
		st, err := readState(r.at)
		if err != nil || st.Passed == 0 {
			t.Fatalf("it ended without a doubt: %v", err)
		}
		waits = append(waits, st.Wait)
		r.notes = nil
		if r.end(); !slices.Contains(r.notes, "GW-S020") {
			t.Error("the doubt is not repeated")
		}
		r.now = r.now.Add(st.Wait)
		restless()
	}
	if waits[1] != 2*waits[0] || waits[2] != 2*waits[1] {
		t.Errorf("waits %v", waits)
	}
	st, _ := readState(r.at)
	r.now, r.notes = r.now.Add(st.Wait), nil
	r.end()
	r.whole("once rows lie still", r.from.list())
	if slices.Contains(r.notes, "GW-S020") {
		t.Error("the doubt was answered, and is still noted")
	}
}

// A row that leaves a page already read and one that is added behind it take
// the same total: the row between them is on no page, and no count shows it.
// Where only changes are asked for afterwards, everything is read until two
// walks in a row list the same.
func TestARowThatSlidPastIsFoundSoon(t *testing.T) {
	records, _, _ := strings.Cut(shiftWatermarks()["since"], "  sweep")
	for name, sweep := range map[string]string{"no sweep": "", "a sweep": "  sweep: {every: 30d}\n"} {
		for paging, request := range shiftRequests() {
			t.Run(name+"/"+paging, func(t *testing.T) {
				wire := request + records + sweep + "  watermark: {kind: since, format: epoch, overlap: 1s}\n"
				r := newShiftReader(t, newShifting(false, true, shiftRows), wire)
				r.pull()
				r.pull()
				r.from.shift()
				r.end()
				for range 3 { // the walk again, and once more, for it was another
					st, err := readState(r.at)
					if err != nil {
						t.Fatal(err)
					}
					r.now = r.now.Add(max(st.Wait, time.Minute))
					r.end()
				}
				r.whole("soon", r.from.list())
				before := r.from.pages
				r.now = r.now.Add(time.Hour)
				if r.end(); r.from.pages-before > 2 {
					t.Errorf("what lay still twice is read again and again: %d pages", r.from.pages-before)
				}
			})
		}
	}
}

// As many rows as a page holds are added while nobody reads: the next page is
// the one before, word for word. It is the source that moved, not one that
// does not page.
func TestAPageOfNewRowsIsNoPagingFault(t *testing.T) {
	for _, cut := range []bool{true, false} {
		for _, totals := range []bool{true, false} {
			t.Run(fmt.Sprintf("cut=%v/totals=%v", cut, totals), func(t *testing.T) {
				s := newShifting(true, totals, shiftRows)
				r := newShiftReader(t, s, shiftRequests()["page"]+shiftWatermarks()["walk-desc"])
				for range 3 {
					r.pull()
				}
				if cut {
					r.cut()
				}
				s.mu.Lock()
				for range shiftPage {
					s.rows = append([]shiftRow{{s.next, s.rows[0].at + 60}}, s.rows...)
					s.next++
				}
				s.mu.Unlock()
				r.end()
				r.end() // what was added, where the walk had passed already
				r.whole("after it", s.list())
			})
		}
	}
}

// What a sweep left unproven is read again long before the next sweep, with as
// much as that read, and once.
func TestASweepIsConfirmedSoon(t *testing.T) {
	for _, mark := range []string{"walk-desc", "since", "window"} {
		t.Run(mark, func(t *testing.T) {
			r := newShiftReader(t, newShifting(mark == "walk-desc", true, shiftRows), shiftRequests()["page"]+shiftWatermarks()[mark])
			for range 3 { // what is to be read twice anyway is behind us
				r.end()
				r.now = r.now.Add(time.Hour)
			}
			before := r.from.pages
			r.end()
			changes := r.from.pages - before
			at, err := r.src.(adapters.Confirmer).Confirm(r.at)
			if err != nil {
				t.Fatal(err)
			}
			r.at = at
			r.now = r.now.Add(6 * time.Hour) // far from the next sweep, which is a day after the first
			before = r.from.pages
			r.end()
			if whole := r.from.pages - before; whole <= changes || mark != "window" && r.proofs < 2 {
				t.Errorf("%d pages, as many as for changes (%d); proved %d times", whole, changes, r.proofs)
			}
			r.now = r.now.Add(time.Hour)
			before = r.from.pages
			if r.end(); r.from.pages-before > changes {
				t.Error("it is read again and again")
			}
		})
	}
}
