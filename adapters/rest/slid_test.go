package rest

import (
	"slices"
	"strings"
	"testing"
)

// slide takes a row away that was read and adds one behind where we are: the
// total stays, the first page too, and a row slips through between two pages.
func (s *shifting) slide(from int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.rows[len(s.rows)-1]
	last.id, last.at = s.next, last.at+1
	if s.desc {
		last.at -= 2
	}
	s.next++
	s.rows = append(slices.Delete(slices.Clone(s.rows), from, from+1), last)
}

// What slid between two pages is in no page, and all totals agree. It is not
// taken for removed; it comes with the next walk.
func TestRowsThatSlideBetweenPagesAreNotGone(t *testing.T) {
	for paging, request := range shiftRequests() {
		for _, mark := range []string{"none", "walk-desc", "since"} {
			for _, after := range []int{2, 3, 5} {
				t.Run(strings.Join([]string{paging, mark, itoa(after)}, "/"), func(t *testing.T) {
					r := newShiftReader(t, newShifting(mark == "walk-desc", true, shiftRows), request+shiftWatermarks()[mark])
					for range after {
						r.pull()
					}
					r.from.slide(4) // of the second page
					r.end()
					if r.proofs == 0 || !r.slid {
						t.Fatal("nothing slid unseen: the test proves nothing")
					}
					shiftWalks()["sweep"](r)
					r.end()
					for _, x := range r.from.list() {
						if _, ok := r.got[itoa(x.id)]; !ok {
							t.Errorf("row %d never came", x.id)
						}
					}
				})
			}
		}
	}
}

// A single answer cannot slide.
func TestASingleAnswerProvesAtOnce(t *testing.T) {
	r := newShiftReader(t, newShifting(true, true, 3), shiftRequests()["page"]+shiftWatermarks()["none"])
	r.end()
	if r.proofs != 1 || r.slid {
		t.Errorf("%d proofs", r.proofs)
	}
}
