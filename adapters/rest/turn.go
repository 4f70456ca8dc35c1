package rest

import (
	"context"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// turn is what one page does to a walk.
type turn struct {
	s    *Source
	st   *state
	w    *walk
	sh   *sheet
	page adapters.Page
	dups int // rows that an earlier page of this walk had
}

// maxTries is how often a page that cannot be right is asked again, and
// maxAgain how often a window is walked again because rows moved.
const (
	maxTries = 2
	maxAgain = 2
)

func (t *turn) run(ctx context.Context) error {
	if t.w.Check {
		return t.closing(ctx)
	}
	if err := t.emptied(); err != nil {
		return err
	}
	t.contradictions()
	if again, err := t.doubtful(); again || err != nil {
		return err
	}
	repeated := t.repeats()
	if !repeated {
		if err := t.emit(ctx); err != nil {
			return err
		}
		t.count()
	}
	if repeated || t.ends() {
		t.endWindow()
		return nil
	}
	return t.onward()
}

// emptied holds back an answer that is empty where there was plenty: a
// source in trouble looks like that, and absence is no deletion (Invariant 6).
func (t *turn) emptied() error {
	whole := t.w.Kind == walkFull || t.s.plan.Watermark.Kind == "walk-desc" || t.s.plan.Watermark.Kind == "since" && t.w.Kind == walkSweep
	if t.sh.rows > 0 || t.w.Page > 0 || t.s.cfg.AllowEmpty || t.onByLink() {
		return nil
	}
	if t.sh.total > 0 {
		return canonical.Retry(&canonical.Problem{Code: "GW-S015", Value: "0", Want: itoa(t.sh.total)}, time.Minute)
	}
	if whole && t.st.Live >= t.s.plan.plenty {
		return canonical.Retry(&canonical.Problem{Code: "GW-S015", Value: "0", Want: itoa(t.st.Live)}, 5*time.Minute)
	}
	return nil
}

// contradictions notes totals that change while walking.
func (t *turn) contradictions() {
	if t.sh.undated > 0 || t.sh.future > 0 {
		t.page.Notes = append(t.page.Notes, canonical.Problem{Code: "GW-S022", Value: itoa(t.sh.undated + t.sh.future)})
	}
	switch {
	case t.sh.total < 0:
		return
	case t.w.Page == 0 || t.w.Total < 0:
		t.w.Total = t.sh.total
		return
	case t.sh.total == t.w.Total:
		return
	}
	t.w.Stir = true
	t.w.Shrunk = t.w.Shrunk || t.sh.total < t.w.Total
	if !t.w.Told {
		t.page.Notes = append(t.page.Notes, canonical.Problem{Code: "GW-S021", Value: itoa(t.sh.total), Want: itoa(t.w.Total)})
		t.w.Told = true
	}
	t.w.Total = t.sh.total
}

// doubtful asks a page again that cannot be right: empty before the end, or
// the same as the page before although the source says there is more.
func (t *turn) doubtful() (again bool, err error) {
	w, sh := t.w, t.sh
	same := w.Page > 0 && sh.rows > 0 && (sh.print == w.Prev || w.Page > 1 && sh.print == w.First)
	early := t.early()
	if !same && !early || same && !t.moreTold() && sh.print == w.Prev {
		return false, nil
	}
	if w.Tries < maxTries {
		w.Tries++
		return true, nil
	}
	if same {
		return false, canonical.Retry(&canonical.Problem{Code: "GW-S016", Value: itoa(w.Page + t.s.plan.Paging.Base)}, 0)
	}
	w.Stir = true
	return false, nil
}

// early says that the page is empty although the source knows of more.
func (t *turn) early() bool {
	w, sh := t.w, t.sh
	return sh.rows == 0 && w.Page > 0 && (w.Total > w.Offset || sh.last == no) && !t.onByLink()
}

// moreTold says whether the source claims that something follows this page.
func (t *turn) moreTold() bool {
	w, sh := t.w, t.sh
	switch t.s.plan.Paging.Kind {
	case "cursor", "next", "link":
		return sh.next != ""
	}
	return sh.last == no || w.Total > w.Offset || sh.pages > w.Page
}

// repeats recognises the last page coming again past the end.
func (t *turn) repeats() bool {
	return t.w.Page > 0 && t.sh.rows > 0 && t.sh.print == t.w.Prev
}

// emit gives the rows on. Rows that the overlap shows again are left out of a
// walk for changes; every other walk lists all.
func (t *turn) emit(ctx context.Context) error {
	known, stale := t.overlapping()
	raws := t.sh.raws
	if t.w.Kind == walkDelta {
		kept := 0
		for i, raw := range raws {
			if content, had := known[t.sh.sights[i].key]; had && content == t.sh.sights[i].content {
				continue
			}
			if !stale.IsZero() && !raw.At.IsZero() && raw.At.Before(stale) {
				continue
			}
			raws[kept] = raw
			kept++
		}
		raws = raws[:kept]
	}
	t.page.Records, t.page.Refused = raws, t.sh.refused
	t.w.Fresh = t.w.Fresh || len(raws) > 0
	return t.s.details(ctx, &t.page)
}

// overlapping gives what a walk for changes leaves out: rows seen, and, where
// the pages are larger than what can be remembered, rows from before the
// overlap. Smaller pages give those too when they are new: rows that became
// visible late.
func (t *turn) overlapping() (known map[uint64]uint64, stale time.Time) {
	kind := t.s.plan.Watermark.Kind
	if t.w.Kind != walkDelta {
		return nil, time.Time{}
	}
	if kind == "walk-desc" && t.w.Size > maxSeen/2 {
		stale = t.limit()
	}
	return t.st.Seen.index(), stale
}

func (t *turn) limit() time.Time { return t.st.Mark.Add(-t.s.plan.overlap) }

// count keeps the walk's books.
func (t *turn) count() {
	w, sh := t.w, t.sh
	here := 0
	for _, x := range sh.sights {
		earlier, twice := t.s.memo.list(x.key)
		if earlier {
			t.dups++
		}
		if twice {
			here++
		}
		if x.at > 0 && t.s.plan.Watermark.Kind != "none" {
			w.New.note(x)
		}
	}
	t.outside()
	if here > 0 {
		t.page.Notes = append(t.page.Notes, canonical.Problem{Code: "GW-S026", Value: itoa(here)})
	}
	w.Twice = w.Twice || t.dups > 0
	w.Stir = w.Stir || t.dups > 0 || here > 0
	if sh.newest.After(w.High) {
		w.High = sh.newest.UTC()
	}
	if w.Page == 0 {
		w.First, w.Eff = sh.print, sh.rows
	}
	w.Prev, w.Tries = sh.print, 0
	w.Offset += sh.rows
	w.Here += sh.rows - t.dups
}

// outside notices rows whose change lies outside the window that listed them:
// then the windows are of another time than Raw.At, and a scope of At would
// say nothing.
func (t *turn) outside() {
	w, sh := t.w, t.sh
	if !w.To.IsZero() && sh.rows > 0 && (sh.oldest.Before(w.From) || !sh.newest.Before(w.To)) {
		w.Moved = true
	}
}

// ends says whether the window has no further page worth asking for.
func (t *turn) ends() bool {
	w, sh, p := t.w, t.sh, t.s.plan
	if sh.rows == 0 && !t.onByLink() || p.Paging.Kind == "none" || sh.last == yes && w.Tries == 0 {
		return true
	}
	if p.Watermark.Kind == "walk-desc" && w.Kind == walkDelta && t.older() {
		return true
	}
	switch p.Paging.Kind {
	case "cursor", "next", "link":
		return sh.next == ""
	}
	return t.counted() || p.Paging.Short && sh.rows < w.Size
}

// onByLink says that the source names a next page although this one is empty:
// pages thinned out after they were cut do that.
func (t *turn) onByLink() bool {
	switch t.s.plan.Paging.Kind {
	case "cursor", "next", "link":
		return t.sh.next != "" && t.sh.next != t.w.Cursor
	}
	return false
}

// counted says whether by the source's own figures nothing follows. Figures
// that contradicted each other on the way count no more: then an empty page,
// or the last one again, is the end.
func (t *turn) counted() bool {
	w, sh := t.w, t.sh
	switch {
	case t.s.plan.Paging.Kind == "offset":
		return w.Total >= 0 && w.Offset >= w.Total
	case w.Told:
		return false
	case sh.pages >= 0:
		return w.Page+1 >= sh.pages
	}
	return w.Total >= 0 && w.Eff > 0 && (w.Page+1)*w.Eff >= w.Total
}

// older says that everything that follows has been read before.
func (t *turn) older() bool {
	if t.sh.newest.IsZero() {
		return false
	}
	limit := t.limit()
	return t.sh.sorted && t.sh.oldest.Before(limit) || t.sh.newest.Before(limit)
}

// onward moves to the next page. A cursor that does not move would go round
// for ever.
func (t *turn) onward() error {
	if kind := t.s.plan.Paging.Kind; kind == "cursor" || kind == "next" || kind == "link" {
		if t.sh.next == t.w.Cursor || len(t.sh.next) > 4096 {
			return canonical.Retry(&canonical.Problem{Code: "GW-S016", Value: itoa(t.w.Page)}, 0)
		}
		t.w.Cursor = t.sh.next
	}
	t.w.Page++
	return nil
}
