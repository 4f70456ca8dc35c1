package rest

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// ends reports whether the window has no further page worth asking for.
func (s *step) ends() bool {
	w, parsed, p := s.w, s.parsed, s.src.plan
	if parsed.count == 0 && !s.onByLink() || p.Paging.Kind == "none" || parsed.last == yes && w.Tries == 0 && !w.Over {
		return true
	}
	if w.Kind == walkDelta && p.reached(s.st, parsed) {
		return true
	}
	switch p.Paging.Kind {
	case "cursor", "next", "link":
		return p.blocked(parsed)
	}
	if w.Over || !s.counted() && !s.short() {
		return false
	}
	if s.oneMore() {
		w.Beyond, w.Said = true, max(w.Total, w.Offset)
		return false
	}
	return true
}

// counted reports whether by the source's own figures nothing follows. Figures
// that contradicted each other on the way count no more: then an empty page,
// or the last one again, is the end.
func (s *step) counted() bool {
	w, parsed := s.w, s.parsed
	switch {
	case s.src.plan.Paging.Kind == "offset":
		return w.Total >= 0 && w.Offset >= w.Total
	case w.Contradicted:
		return false
	case parsed.pages >= 0:
		return w.Page+1 >= parsed.pages
	}
	return w.Total >= 0 && w.Eff > 0 && (w.Page+1)*w.Eff >= w.Total
}

// short: a page with fewer rows than were asked for is the last, where the
// profile says so.
func (s *step) short() bool { return s.src.plan.Paging.Short && s.parsed.count < s.w.Size }

// oneMore reports whether the page after the end is asked for all the same. A
// total can be a cap, the number of pages, or of this page's rows, and then
// the page where it is reached is a full one; a server may give fewer rows a
// page than it is asked for, and then each of them is short. Where the answer
// has room left, nothing is asked.
func (s *step) oneMore() bool {
	w, parsed := s.w, s.parsed
	switch {
	case w.Beyond:
		return false
	case w.Page > 0:
		return parsed.count >= w.Eff
	case parsed.count >= w.Size:
		return true
	case s.short() && !s.counted():
		return parsed.count > s.st.Short
	}
	return w.Kind != walkDelta && parsed.count == w.Total && adapters.Round(w.Total)
}

// overrun notices rows after the end that the source's own figures give: they
// are taken, its figures count no more, and the walk goes on until there is
// nothing more.
func (s *step) overrun() {
	w := s.w
	listed := s.src.seen.distinct()
	if listed < 0 {
		listed = w.Here + s.parsed.count - s.dups
	}
	switch {
	case w.Over:
	case w.Beyond:
		w.Over = true
	case w.Total >= 0 && listed > w.Total:
		w.Over, w.Said = true, w.Total
	}
}

// past: the page after the end was asked for, and is none.
func (s *step) past() bool { return s.w.Beyond && (s.parsed.count == 0 || s.again) }

// single: one answer had all of this window.
func (s *step) single() bool { return s.w.Page == 0 || s.w.Page == 1 && s.past() }

// overran notes a window that had more rows than the source says there are.
// Where totals changed on the way, or rows came twice, that explains it.
func (s *step) overran() {
	w := s.w
	if !w.Over || w.Contradicted || w.Twice {
		return
	}
	n := max(s.src.seen.distinct(), w.Here)
	w.Overran = true
	s.page.Notes = append(s.page.Notes, s.src.plan.moreThanSaid(n, w.Said))
	if w.Kind != walkDelta {
		s.st.Listed, s.st.Claimed = n, w.Said
	}
}

// moreThanSaid: a source that says no number gave fewer rows than a page holds, and went on.
func (pl *plan) moreThanSaid(listed, said int) problem.Problem {
	if pl.names() == "" && pl.count == nil {
		return problem.Problem{Code: "GW-S092", Value: itoa(listed), Want: itoa(said)}
	}
	return problem.Problem{Code: "GW-S037", Value: itoa(listed), Want: itoa(said)}
}

// blocked reports whether the list goes on only where this answer leads, and it
// leads nowhere.
func (pl *plan) blocked(parsed *parsedPage) bool {
	switch pl.Paging.Kind {
	case "cursor", "next", "link":
		return parsed.next == ""
	}
	return false
}

// misled: the answer says that it is not the last, and leads nowhere.
func (pl *plan) misled(parsed *parsedPage) error {
	if parsed.last != no || !pl.blocked(parsed) {
		return nil
	}
	return problem.Retry(&problem.Problem{Code: "GW-S081", Path: at(pl.Paging.Last.Path), Field: pl.leads()}, time.Minute)
}

// led takes in whether answers lead on at all: a name that no answer has looks
// like the end of the list, at the first page of each walk.
func (d *doubts) led(pl *plan, w *walk, parsed *parsedPage) {
	switch {
	case parsed.next != "":
		d.Led, d.Ended = true, 0
	case d.Led || !pl.blocked(parsed) || parsed.last != unknown || w.Total >= 0:
	case parsed.count >= w.Size || adapters.Round(parsed.count):
		d.Ended = parsed.count
	case w.Kind != walkDelta:
		d.Ended = 0
	}
}

// lacking: by its total the list of changes had more than came, and nothing moved.
func (w *walk) lacking(pl *plan, st *state, parsed *parsedPage, distinct int) (notes []problem.Problem) {
	listed := distinct + w.Doubled
	if w.Kind != walkDelta || distinct < 0 || !w.lacks(listed) || pl.reached(st, parsed) || pl.ofAll(st, w.Total, listed) {
		return nil
	}
	w.Lost, w.Cut = true, true // the mark stays where it is
	return []problem.Problem{{Code: "GW-S035", Value: itoa(listed), Want: itoa(w.Total)}}
}

// round: the list of changes is one answer, and ends at a number of rows that is
// often a limit. What it left out nobody would ask for again: the mark stays
// where it is, until a list has another number of rows.
func (w *walk) round(pl *plan, parsed *parsedPage) (notes []problem.Problem) {
	if w.Kind != walkDelta || pl.Watermark.Kind != "since" || pl.Paging.Kind != "none" || parsed.last == yes ||
		w.Here < limitLeast || !adapters.Round(w.Here) || pl.vouched(w.Total) {
		return nil
	}
	w.Cut = true
	return []problem.Problem{{Code: "GW-S094", Value: itoa(w.Here)}}
}

// reached: newest first, the rows came that were read before, and no more was to be read.
func (pl *plan) reached(st *state, parsed *parsedPage) bool {
	return pl.Watermark.Kind == "walk-desc" && !st.Risen && parsed.older(st.from().Add(-pl.overlap))
}

// ofAll reports whether a list of changes came with the number of all rows: some
// sources count without their filter. That number is about as high as the last
// whole walk's, and far from what came.
func (pl *plan) ofAll(st *state, total, listed int) bool {
	return pl.Watermark.Kind == "since" && st.Live > 0 && total*10 >= st.Live*9 && listed*2 <= total
}

// goesOn: beside what was read as the end of the list stands that it goes on.
// Newest first, changes are not read to the end; a page that came again is none.
func (w *walk) goesOn(pl *plan, parsed *parsedPage, again bool) (notes []problem.Problem) {
	if parsed.more == "" || again || parsed.says != "" || w.Kind == walkDelta && pl.Watermark.Kind == "walk-desc" {
		return nil
	}
	w.Moved = true
	return []problem.Problem{{Code: "GW-S045", Value: parsed.more}}
}
