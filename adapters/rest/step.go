package rest

import (
	"cmp"
	"context"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// step is what one page does to a walk.
type step struct {
	src    *Source
	st     *state
	w      *walk
	parsed *parsedPage
	page   adapters.Page
	dups   int              // rows that an earlier page of this walk had
	again  bool             // the last page came again
	sick   map[uint64]int64 // keys whose detail is to be asked for again
}

// maxTries is how often a page that cannot be right is asked again, and
// maxAgain how often a window is walked again because rows moved.
const (
	maxTries = 2
	maxAgain = 2
)

func (s *step) run(ctx context.Context) error {
	if s.w.Check {
		return s.closing(ctx)
	}
	if err := cmp.Or(s.emptied(), s.src.plan.misled(s.parsed)); err != nil {
		return err
	}
	s.contradictions()
	if s.parsed.walled != "" { // figures that end right where the source lists no more vouch for nothing
		s.w.Moved = true
		if !s.src.plan.vouched(s.parsed.total) {
			said := doubts{Walled: s.parsed.walled, Limit: s.w.Offset}
			if s.w.Walled = true; s.w.Kind != walkDelta { // of changes the next walk will show
				s.st.Walled, s.st.Limit = said.Walled, said.Limit
			}
			s.page.Notes = append(s.page.Notes, said.walled())
		}
	}
	if again, err := s.doubtful(); again || err != nil {
		return err
	}
	s.again = s.repeats()
	if s.again && s.mayHaveSlid() {
		s.again, s.w.Same = false, true
		s.w.Offset += s.parsed.count
		return s.onward()
	}
	if !s.again {
		if err := s.emit(ctx); err != nil {
			return err
		}
		s.count()
	}
	if s.again || s.ends() {
		s.endWindow()
		return nil
	}
	return s.onward()
}

// emptied holds back an answer that is empty where there was plenty: a
// source in trouble looks like that, and absence is no deletion (Invariant 6).
func (s *step) emptied() error {
	kind := s.src.plan.Watermark.Kind
	whole := s.w.Kind == walkFull || kind == "walk-desc" || kind == "since" && s.w.Kind == walkSweep
	if s.parsed.count > 0 || s.w.Page > 0 || s.onByLink() {
		return nil
	}
	if s.parsed.total > 0 && whole { // two words of one answer: no setting says which is right
		return problem.Retry(s.src.plan.noRows(s.parsed), time.Minute)
	}
	if s.src.cfg.AllowEmpty {
		return nil
	}
	if s.parsed.total > 0 {
		return problem.Retry(&problem.Problem{Code: "GW-S015", Value: "0", Want: itoa(s.parsed.total)}, time.Minute)
	}
	if whole && s.st.Live >= s.src.plan.plenty {
		return problem.Retry(&problem.Problem{Code: "GW-S015", Value: "0", Want: itoa(s.st.Live)}, 5*time.Minute)
	}
	return nil
}

// contradictions notes totals that change while walking.
func (s *step) contradictions() {
	if s.parsed.says != "" { // whoever says so may have left rows out
		s.page.Notes, s.w.Moved = append(s.page.Notes, problem.Problem{Code: "GW-S045", Value: s.parsed.says}), true
	}
	s.page.Notes = append(s.page.Notes, s.src.plan.alike(s.parsed.alike)...)
	s.w.Counted = s.w.Counted || s.parsed.total >= 0 || s.parsed.pages >= 0
	s.w.Future += s.parsed.future
	s.w.Dated = s.w.Dated || s.parsed.undated < s.parsed.count
	if s.parsed.undated > 0 || s.parsed.future > 0 {
		s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S022", Value: itoa(s.parsed.undated + s.parsed.future)})
	}
	switch {
	case s.w.Beyond && s.parsed.count == 0: // past the end sources count as they like
		s.parsed.total = s.w.Total
		return
	case s.parsed.total < 0, s.w.Over: // it was no total
		return
	case s.w.Page == 0 || s.w.Total < 0:
		s.w.Total = s.parsed.total
		return
	case s.parsed.total == s.w.Total:
		return
	}
	s.w.Stir = true
	s.w.Shrunk = s.w.Shrunk || s.parsed.total < s.w.Total
	if !s.w.Contradicted {
		s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S021", Value: itoa(s.parsed.total), Want: itoa(s.w.Total)})
		s.w.Contradicted = true
	}
	s.w.Total = s.parsed.total
}

// doubtful asks a page again that cannot be right: empty before the end, or
// the same as the page before although the source promises more.
func (s *step) doubtful() (again bool, err error) {
	w, parsed := s.w, s.parsed
	same := w.has(parsed) && !w.Beyond // past the end sources give what they had
	early := s.early()
	if !same && !early || same && !s.hasMore() && parsed.print == w.Prev {
		return false, nil
	}
	if w.Tries < maxTries {
		w.Tries++
		return true, nil
	}
	switch {
	case same && s.src.seen.lost():
		s.anew()
	case same && w.Again < maxAgain:
		// As many rows as a page holds may have been added meanwhile: then this is the
		// page before, and asking for it again would never end. A source that does not
		// page gives it after the next beginning too.
		w.Again++
		w.settle()
		s.src.seen.again()
		s.rewind()
	case same:
		return false, problem.Retry(&problem.Problem{Code: "GW-S016", Value: itoa(w.Page + s.src.plan.Paging.Base)}, 0)
	default:
		w.Stir = true
		return false, nil
	}
	return true, nil
}

// has reports whether a page is one that was read already.
func (w *walk) has(parsed *parsedPage) bool {
	return w.Page > 0 && parsed.count > 0 && (parsed.print == w.Prev || w.Page > 1 && parsed.print == w.First)
}

// early: the page is empty although the source knows of more.
func (s *step) early() bool {
	w, parsed := s.w, s.parsed
	return parsed.count == 0 && w.Page > 0 && (w.Total > w.Offset || parsed.last == no) && !s.onByLink()
}

// hasMore reports whether the source has shown that something follows this page.
func (s *step) hasMore() bool {
	w, parsed := s.w, s.parsed
	switch s.src.plan.Paging.Kind {
	case "cursor", "next", "link":
		return parsed.next != "" && (w.Total < 0 || w.Total > w.Offset)
	}
	return parsed.last == no || w.Total > w.Offset || parsed.pages > w.Page
}

// repeats recognises the last page coming again past the end.
func (s *step) repeats() bool {
	w := s.w
	return w.Page > 0 && s.parsed.count > 0 && s.parsed.print == w.Prev || w.Beyond && w.has(s.parsed)
}

// mayHaveSlid: nothing tells whether the list is at its end or as many rows as
// a page holds were added meanwhile. The page after it does: it is the same
// once more where the source repeats its last one.
func (s *step) mayHaveSlid() bool {
	w := s.w
	switch s.src.plan.Paging.Kind {
	case "page", "offset":
		return !w.Same && w.Total < 0 && s.parsed.pages < 0 && (s.parsed.count >= w.Size || w.Page > 1 && s.parsed.count >= w.Eff)
	}
	return false
}

// emit gives the rows on.
func (s *step) emit(ctx context.Context) error {
	if err := s.parsed.answer.Page(&s.page); err != nil {
		return err
	}
	s.w.Fresh = s.w.Fresh || len(s.page.Records) > 0
	asked, err := s.src.details(ctx, &s.page)
	if err != nil {
		return err
	}
	s.sick = asked.sick
	s.st.Sick.took(s.page.Records, asked.sick)
	return nil
}

// forget lets go of what was set aside of an answer that is not given on.
func (s *step) forget() { _ = s.parsed.answer.Close() }

// overlapping says what a walk for changes leaves out, as every other walk
// lists all: rows seen, and, where the pages are larger than what can be
// remembered, rows from before the overlap. Smaller pages give those too when
// they are new: rows that became visible late.
func (s *Source) overlapping(st *state) (pass func(x row, at time.Time) bool) {
	if st.Walk.Kind != walkDelta {
		return nil
	}
	known, stale := st.Recent.index(), time.Time{}
	if s.plan.Watermark.Kind == "walk-desc" && st.Walk.Size > maxRecent/2 {
		stale = st.from().Add(-s.plan.overlap)
	}
	return func(x row, at time.Time) bool {
		content, had := known[x.key]
		return had && content == x.content || !stale.IsZero() && !at.IsZero() && at.Before(stale)
	}
}

// count keeps the walk's books.
func (s *step) count() {
	w, parsed := s.w, s.parsed
	here := 0
	for _, key := range parsed.keys {
		earlier, twice := s.src.seen.list(key)
		if earlier {
			s.dups++
		}
		if twice {
			here++
		}
	}
	s.remember()
	s.outside()
	s.st.led(s.src.plan, w, parsed)
	if here > 0 {
		s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S026", Value: itoa(here)})
	}
	w.Moved = w.Moved || parsed.keyless > 0 // one of them may be the row that seems gone
	w.Twice = w.Twice || s.dups > 0
	w.Stir = w.Stir || s.dups > 0
	w.Doubled += here // nothing moved: they came in one answer
	if parsed.zoned {
		s.st.Zone = &parsed.east
	}
	w.Risen = w.Risen || parsed.rises
	if parsed.newest.After(w.High) {
		w.High = parsed.newest.UTC()
	}
	if w.Page == 0 {
		w.First, w.Eff = parsed.print, parsed.count
	}
	w.Stir = w.Stir || w.Same
	w.Prev, w.Tries, w.Same = parsed.print, 0, false
	if parsed.count > 0 {
		w.Several = w.Several || w.Page > 0
		s.overrun()
	}
	w.Offset += parsed.count
	w.Here += parsed.count - s.dups
}

// remember keeps the newest rows, so that the overlap does not give them twice;
// those whose detail did not come are to be given again.
func (s *step) remember() {
	for _, x := range s.parsed.recent {
		if _, sick := s.sick[x.key]; !sick {
			s.w.New.note(x)
		}
	}
}

// onByLink: the source names a next page although this one is empty:
// pages thinned out after they were cut do that. So do sources that name one
// behind their last: where as many rows came as there are, nothing follows.
func (s *step) onByLink() bool {
	total := s.w.Total
	if s.w.Page == 0 {
		total = s.parsed.total
	}
	switch s.src.plan.Paging.Kind {
	case "cursor", "next", "link":
		listed := s.parsed.count == 0 && total >= 0 && s.w.Offset >= total
		return s.parsed.next != "" && s.parsed.next != s.w.Cursor && !listed
	}
	return false
}

// older: everything that follows is from before the limit, and was read then.
// Of a page that does not list the newest first nothing follows from that.
func (page *parsedPage) older(limit time.Time) bool {
	if page.newest.IsZero() || page.rises {
		return false
	}
	return page.sorted && page.oldest.Before(limit) || page.newest.Before(limit)
}

// onward moves to the next page. A cursor that does not move would go round
// for ever.
func (s *step) onward() error {
	if kind := s.src.plan.Paging.Kind; kind == "cursor" || kind == "next" || kind == "link" {
		if s.parsed.next == s.w.Cursor || len(s.parsed.next) > 4096 || s.src.seen.circle(s.parsed.next) {
			return problem.Retry(&problem.Problem{Code: "GW-S016", Value: itoa(s.w.Page)}, 0)
		}
		s.w.Cursor = s.parsed.next
	}
	s.w.Page++
	return nil
}
