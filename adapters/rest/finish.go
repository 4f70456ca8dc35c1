package rest

import (
	"context"
	"strconv"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

func itoa(n int) string { return strconv.Itoa(n) }

// endWindow is reached when a window has been read to its end: it is walked
// again where rows may have slipped through, checked where something is to be
// proved, and left.
func (s *step) endWindow() {
	w := s.w
	if w.Page > 0 && s.src.seen.lost() {
		s.anew()
		return
	}
	s.page.Notes = append(s.page.Notes, w.lacking(s.src.plan, s.st, s.parsed, s.src.seen.distinct())...)
	s.page.Notes = append(s.page.Notes, w.round(s.src.plan, s.parsed)...)
	if s.slipped() {
		if w.Again < maxAgain && !s.single() { // what one answer left out no other one will have
			w.Again++
			w.settle()
			s.src.seen.again()
			s.rewind()
			return
		}
		w.Moved, w.Lost = true, true
		s.st.Passed, s.st.Listed, s.st.Claimed = max(w.Again, 1), 0, 0
		if distinct := s.src.seen.distinct(); w.lacks(distinct) {
			s.st.Listed, s.st.Claimed = distinct, w.Total
		}
		s.page.Notes = append(s.page.Notes, s.st.passedOver())
	}
	s.overran()
	s.page.Notes = append(s.page.Notes, w.goesOn(s.src.plan, s.parsed, s.again)...)
	if s.proving() && !s.single() && !w.Moved && !w.Stir && !w.Over {
		w.Check = true
		s.rewind()
		return
	}
	s.leaveWindow()
}

// anew makes a walk again that was cut: while nobody read, rows may have moved
// past the place where it went on, and who listed the pages before is gone.
// Of windows only this one is walked again: those before were read to their
// end by one process. Cuts are never a reason to give up; what counts for that
// are rows that moved in a walk that was not cut.
//
// Invariant 16.
func (s *step) anew() {
	w := s.w
	if w.To.IsZero() {
		s.src.begin(s.st)
		s.st.Walk.Anew, s.st.Walk.Again, s.st.Walk.Died = true, w.Again, w.Died
		return
	}
	w.settle()
	s.rewind()
}

// lacks reports whether there are fewer rows than the source says, and nothing moved.
func (w *walk) lacks(distinct int) bool {
	return !w.Twice && !w.Shrunk && !w.Contradicted && distinct >= 0 && distinct < w.Total
}

// settle forgets what moved in this window: it is read anew, or left.
func (w *walk) settle() {
	w.Stir, w.Shrunk, w.Twice, w.Contradicted, w.Here = false, false, false, false, 0
	w.Beyond, w.Over, w.Said, w.Doubled = false, false, 0, 0
}

func (s *step) rewind() {
	s.w.Page, s.w.Offset, s.w.Cursor, s.w.Total, s.w.Tries = 0, 0, "", -1, 0
}

// slipped reports whether a row may have been passed over: rows that leave pages
// already read pull the following ones forward past the next page's start.
func (s *step) slipped() bool {
	w := s.w
	if s.single() { // one page is one answer: nothing moved, but it may have less than the source says there is
		one := s.src.plan.Paging.Kind == "none" || s.src.plan.blocked(s.parsed)
		return one && w.Kind != walkDelta && s.src.seen.distinct()+w.Doubled < w.Total
	}
	if w.Shrunk {
		return true
	}
	distinct := s.src.seen.distinct()
	// Newest first, a row that changes moves to pages the next walk reads; read
	// in another order, it moves past us, and comes twice.
	since := s.src.plan.Watermark.Kind == "since"
	if w.Kind == walkDelta {
		return since && (w.Twice || distinct < 0)
	}
	if w.Total < 0 {
		return since && w.Twice
	}
	if distinct < 0 { // more than can be remembered
		return w.Offset < w.Total
	}
	return distinct+w.Doubled < w.Total
}

// proving reports whether this walk can prove absence.
func (s *step) proving() bool {
	return s.src.plan.Sweep.Complete && s.w.Kind != walkDelta && s.src.seen.keys != nil && !s.src.seen.partly
}

// closing compares the window's first page with what it was: had anything
// been added or removed on the way, a newest-first list would show it there.
func (s *step) closing(ctx context.Context) error {
	w := s.w
	if s.parsed.print != w.First {
		w.Stir = true
		if err := s.emit(ctx); err != nil {
			return err
		}
	}
	w.Check = false
	s.leaveWindow()
	return nil
}

func (s *step) leaveWindow() {
	w := s.w
	// Invariant 6: a scope is proved only where the source gave how much there
	// is, exactly that much was listed, and nothing moved meanwhile.
	distinct, total := s.src.seen.distinct(), s.parsed.total
	if s.past() && s.short() && !w.Over {
		s.st.Short = max(s.st.Short, w.Eff)
	}
	if w.Over || distinct < 0 || total >= 0 && distinct+w.Doubled != total || total < 0 && !s.oneAnswer() {
		w.Moved = true
	}
	w.Moved = w.Moved || w.Stir || s.src.seen.partly
	w.Rows += w.Here
	s.narrow()
	w.settle()
	if !w.To.IsZero() && w.To.Before(w.Until) {
		w.From = w.To
		w.To = s.src.windowEnd(w.From, w.Until)
		w.Again, w.First, w.Prev, w.Several = 0, 0, 0, true
		s.rewind()
		s.src.seen.nextWindow()
		return
	}
	s.finish()
}

// narrow takes a window that came back empty out of what the walk can prove:
// a source in trouble answers like that, and one window is not missed by the
// count of all. So is one that may have been cut off. The scope becomes what
// lies after it, or before the last one.
func (s *step) narrow() {
	w := s.w
	empty := s.parsed.count == 0 && w.Page == 0 && !s.src.cfg.AllowEmpty // and nobody said that this is well
	if w.To.IsZero() || !empty && !s.cutOff() {
		return
	}
	if w.To.Before(w.Until) {
		w.Lo = w.To
	} else {
		w.Until = w.From
	}
}

// oneAnswer: the window was a single answer that left room for more. Where a
// number of rows is named and was never met, nobody knows what room it left.
func (s *step) oneAnswer() bool {
	w, p := s.w, s.src.plan
	if p.names() != "" && !w.Counted {
		return false
	}
	return p.Paging.Kind == "none" || s.single() && (w.Eff < w.Size && p.Paging.Short || s.parsed.last == yes)
}

// finish ends the walk and moves the watermark.
func (s *step) finish() {
	st, w, pl := s.st, s.w, s.src.plan
	kind := pl.Watermark.Kind
	steady := !w.Cut && (kind == "walk-desc" || w.Kind != walkDelta || !w.Lost) && st.Ended == 0
	fresh := w.High.After(st.Mark)
	if fresh && steady {
		st.Mark = w.High // Invariant 2: it counts once the page is committed
	}
	if kind != "none" {
		if w.New.trim(); w.Fresh || fresh || w.Kind != walkDelta {
			st.Recent = w.New
		}
	}
	if w.Kind != walkDelta {
		s.whole()
	} else {
		s.doubt()
	}
	if kind != "none" {
		st.Done = true
	}
	st.Walk = nil
}

// whole ends a walk that read everything (or all of its span).
func (s *step) whole() {
	st, w, pl := s.st, s.w, s.src.plan
	proved, open := pl.Sweep.Complete && !w.Moved, false
	if pl.Watermark.Kind != "window" {
		open = s.open()
	}
	if span := w.Kind == walkSweep && pl.Sweep.Span > 0; !span {
		proved = s.halved() && proved
	}
	s.answered()
	s.doubt()
	scope := w.scope(pl, st.Start, adapters.Scope{Paged: w.Several, Open: open})
	switch {
	case proved && (w.Rows > 0 || s.src.cfg.AllowEmpty): // nothing at all proves nothing
		s.page.Complete = scope
	case pl.Sweep.Complete && !w.Lost:
		s.page.Unproven = scope
	}
	if pl.Watermark.Kind != "none" {
		st.Swept = w.swept(pl, proved)
	}
}

// scope is what a whole walk read to its end; nil where windows that prove
// nothing left none of it.
func (w *walk) scope(pl *plan, start time.Time, scope adapters.Scope) *adapters.Scope {
	switch {
	case pl.Watermark.Kind == "window":
		scope.From, scope.To = w.Lo, w.Until
	case pl.bounded():
		scope.From = start
	}
	if !scope.To.IsZero() && !scope.From.Before(scope.To) {
		return nil
	}
	return &scope
}

// answered keeps what a whole walk leaves open, and forgets what it answers.
func (s *step) answered() {
	st, w := s.st, s.w
	if !w.Walled {
		st.Walled, st.Limit = "", 0
	}
	if !w.Capped {
		st.Capped = 0
	}
	if !w.Lost {
		st.Passed = 0
		if !w.Overran {
			st.Listed, st.Claimed = 0, 0
		}
	}
	if w.Lost || s.slid() {
		st.again(w.Began, s.src.now().UTC().Truncate(time.Second))
	} else {
		st.Due, st.Wait = time.Time{}, 0
	}
}

// slid reports whether rows may have slid past this walk without a trace: one
// that leaves a page already read and one that is added behind it take the same
// total, and the row in between is on no page. Where changes are all that is
// asked for afterwards, nobody would meet it again: everything is read until
// two walks in a row list the same keys. Newest first, what is added pushes rows
// back to where they are read; and where every walk reads everything, the next one finds it.
func (s *step) slid() bool {
	if s.src.plan.Watermark.Kind != "since" || !s.w.Several {
		s.st.Named = 0
		return false
	}
	named := s.src.seen.sum()
	same := named == s.st.Named
	s.st.Named = named
	return !same
}

// halved keeps the count of rows; false: half of them are missing. The first
// time that is noted and proves nothing. A walk that proves nothing by itself is
// no new measure unless it is longer: it stands until they are back, or a person
// says that they went. Where lists claim to prove nothing, a fifth is said too.
func (s *step) halved() bool {
	st, w, claims := s.st, s.w, s.src.plan.Sweep.Complete
	proves, was := claims && !w.Moved, st.Live
	st.Was, st.Found = 0, 0
	empty := w.Rows == 0 && was > 0 && !s.src.cfg.AllowEmpty // that proves nothing, and what was there is served on
	if st.Live = max(was, w.Rows); proves && !empty {
		st.Live = w.Rows
	}
	if empty && was < s.src.plan.plenty {
		s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S050", Value: itoa(was)})
	}
	if was < s.src.plan.plenty || w.Rows >= was/2 {
		if !claims && was >= s.src.plan.plenty && (was-w.Rows)*fifth > was {
			s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S044", Value: itoa(w.Rows), Want: itoa(was)})
		}
		return true
	}
	st.Was, st.Found = was, w.Rows
	return false
}

const fifth = 5

// doubt notes what the last whole walk left open.
func (s *step) doubt() {
	s.page.Notes = append(s.page.Notes, s.src.plan.unmet(s.st, s.w)...)
	if s.st.Was > 0 {
		s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S032", Value: itoa(s.st.Found), Want: itoa(s.st.Was)})
	}
	if s.st.Passed > 0 && !s.w.Lost { // a walk that gave up itself has said so
		s.page.Notes = append(s.page.Notes, s.st.passedOver())
	}
	if s.st.Walled != "" && !s.w.Walled {
		s.page.Notes = append(s.page.Notes, s.st.walled())
	}
	if st := s.st; st.Listed > st.Claimed && !s.w.Overran {
		s.page.Notes = append(s.page.Notes, s.src.plan.moreThanSaid(st.Listed, st.Claimed))
	}
}

// swept is when everything was read last, or earlier, so that it is tried
// again before long.
func (w *walk) swept(pl *plan, proved bool) time.Time {
	if pl.Sweep.Complete && !proved || w.Lost {
		return w.Began.Add(-pl.every + max(pl.every/4, time.Minute))
	}
	return w.Began
}
