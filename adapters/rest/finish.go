package rest

import (
	"context"
	"strconv"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

func itoa(n int) string { return strconv.Itoa(n) }

// endWindow is reached when a window has been read to its end: it is walked
// again where rows may have slipped through, checked where something is to be
// proved, and left.
func (t *turn) endWindow() {
	w := t.w
	if w.Page > 0 && t.s.memo.lost() {
		t.anew()
		return
	}
	if t.slipped() {
		if w.Again < maxAgain {
			w.Again++
			w.settle()
			t.s.memo.again()
			t.rewind()
			return
		}
		w.Moved, w.Lost = true, true
		t.page.Notes = append(t.page.Notes, canonical.Problem{Code: "GW-S020", Value: itoa(w.Again)})
	}
	if t.proving() && w.Page > 0 && !w.Moved && !w.Stir {
		w.Check = true
		t.rewind()
		return
	}
	t.leaveWindow()
}

// anew makes a walk again that was cut: while nobody read, rows may have moved
// past the place where it went on, and who listed the pages before is gone.
// Of windows only this one is walked again: those before were read to their
// end by one process. Cuts are never a reason to give up; what counts for that
// are rows that moved in a walk that was not cut.
//
// Invariant 16.
func (t *turn) anew() {
	w := t.w
	if w.To.IsZero() {
		t.s.begin(t.st)
		t.st.Walk.Anew, t.st.Walk.Again = true, w.Again
		return
	}
	w.settle()
	t.rewind()
}

// settle forgets what moved in this window: it is read anew, or left.
func (w *walk) settle() {
	w.Stir, w.Shrunk, w.Twice, w.Told, w.Here = false, false, false, false, 0
}

func (t *turn) rewind() {
	t.w.Page, t.w.Offset, t.w.Cursor, t.w.Total, t.w.Tries = 0, 0, "", -1, 0
}

// slipped says whether a row may have been passed over: rows that leave pages
// already read pull the following ones forward past the next page's start.
func (t *turn) slipped() bool {
	w := t.w
	if w.Page == 0 {
		return false // one page is one answer
	}
	if w.Shrunk {
		return true
	}
	distinct := t.s.memo.distinct()
	// Newest first, a row that changes moves to pages the next walk reads; read
	// in another order, it moves past us, and comes twice.
	since := t.s.plan.Watermark.Kind == "since"
	if w.Kind == walkDelta {
		return since && (w.Twice || distinct < 0)
	}
	if w.Total < 0 {
		return since && w.Twice
	}
	if distinct < 0 { // more than can be remembered
		return w.Offset < w.Total
	}
	return distinct < w.Total
}

// proving says whether this walk can prove absence.
func (t *turn) proving() bool {
	return t.s.plan.Sweep.Complete && t.w.Kind != walkDelta && t.s.memo.keys != nil && !t.s.memo.partly
}

// closing compares the window's first page with what it was: had anything
// been added or removed on the way, a newest-first list would show it there.
func (t *turn) closing(ctx context.Context) error {
	w := t.w
	if t.sh.print != w.First {
		w.Stir = true
		if err := t.emit(ctx); err != nil {
			return err
		}
	}
	w.Check = false
	t.leaveWindow()
	return nil
}

func (t *turn) leaveWindow() {
	w := t.w
	// Invariant 6: a scope is proved only where the source said how much there
	// is, exactly that much was listed, and nothing moved meanwhile.
	if distinct := t.s.memo.distinct(); distinct < 0 || t.sh.total >= 0 && distinct != t.sh.total || t.sh.total < 0 && !t.oneAnswer() {
		w.Moved = true
	}
	w.Moved = w.Moved || w.Stir || t.s.memo.partly
	w.Rows += w.Here
	w.settle()
	t.narrow()
	if !w.To.IsZero() && w.To.Before(w.Until) {
		w.From = w.To
		w.To = t.s.windowEnd(w.From, w.Until)
		w.Again, w.First, w.Prev = 0, 0, 0
		t.rewind()
		t.s.memo.nextWindow()
		return
	}
	t.finish()
}

// narrow takes a window that came back empty out of what the walk can prove:
// a source in trouble answers like that, and one window is not missed by the
// count of all. The scope becomes what lies after it, or before the last one.
func (t *turn) narrow() {
	w := t.w
	if w.To.IsZero() || t.sh.rows > 0 || w.Page > 0 || t.s.cfg.AllowEmpty {
		return
	}
	if w.To.Before(w.Until) {
		w.Lo = w.To
	} else {
		w.Until = w.From
	}
}

// oneAnswer says that the window was a single answer that left room for more.
func (t *turn) oneAnswer() bool {
	w, p := t.w, t.s.plan
	return p.Paging.Kind == "none" || w.Page == 0 && (t.sh.rows < w.Size && p.Paging.Short || t.sh.last == yes)
}

// finish ends the walk and moves the watermark.
func (t *turn) finish() {
	st, w, pl := t.st, t.w, t.s.plan
	kind := pl.Watermark.Kind
	steady := kind == "walk-desc" || w.Kind != walkDelta || !w.Lost
	fresh := w.High.After(st.Mark)
	if fresh && steady {
		st.Mark = w.High // Invariant 2: it counts once the page is committed
	}
	if kind != "none" {
		if w.New.trim(); w.Fresh || fresh || w.Kind != walkDelta {
			st.Seen = w.New
		}
	}
	if w.Kind != walkDelta {
		t.whole()
	}
	if kind != "none" {
		st.Done = true
	}
	st.Walk = nil
}

// whole ends a walk that read everything (or all of its span).
func (t *turn) whole() {
	st, w, pl := t.st, t.w, t.s.plan
	proved := pl.Sweep.Complete && !w.Moved
	span := w.Kind == walkSweep && pl.Sweep.Span > 0
	if !span {
		if st.Live >= pl.plenty && w.Rows < st.Live/2 {
			// The first time, a loss of half the rows is said and proves nothing.
			proved = false
			t.page.Notes = append(t.page.Notes, canonical.Problem{Code: "GW-S032", Value: itoa(w.Rows), Want: itoa(st.Live)})
		}
		st.Live = w.Rows
	}
	if proved && (w.Rows > 0 || t.s.cfg.AllowEmpty) { // nothing at all proves nothing
		scope := adapters.Scope{}
		if pl.Watermark.Kind == "window" {
			scope.From, scope.To = w.Lo, w.Until
		}
		if pl.Watermark.Kind != "window" || w.Lo.Before(w.Until) {
			t.page.Complete = &scope
		}
	}
	if pl.Watermark.Kind != "none" {
		st.Swept = w.swept(pl, proved)
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
