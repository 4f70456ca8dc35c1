package rest

import (
	"context"
	"fmt"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical"
)

// Source reads one stream by a profile.
type Source struct {
	plan   *plan
	cfg    Settings
	kind   canonical.Kind
	client *httpx.Client
	now    func() time.Time
	params vars
	name   string
	space  *adapters.Space
	seen   seen
}

// Pull reads one page.
func (s *Source) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	st, err := readState(from)
	if err != nil {
		return adapters.Page{}, fmt.Errorf("rest: reading the checkpoint: %w", err)
	}
	if s.plan.Watermark.Kind == "queue" {
		return s.pullQueue(ctx, st, from)
	}
	start := st.Walk == nil || st.Walk.Anew
	if st.Walk == nil {
		s.begin(st)
	}
	st.Walk.Anew = false
	s.seen.open(from, start)
	if st.Walk.Page == 0 && !st.Walk.Check {
		s.seen.begin() // before a window's first page there is nothing to remember
	}
	parsed, err := s.ask(ctx, st)
	if err != nil {
		return adapters.Page{}, fmt.Errorf("rest: reading page %d: %w", st.Walk.Page+s.plan.Paging.Base, err)
	}
	step := &step{src: s, st: st, w: st.Walk, parsed: parsed, page: adapters.Page{Start: start, Total: parsed.total}}
	if err := step.run(ctx); err != nil {
		step.forget()
		return adapters.Page{}, fmt.Errorf("rest: page %d: %w", step.w.Page+s.plan.Paging.Base, err)
	}
	if step.page.Tail == nil {
		step.forget()
	}
	step.page.Next = st.write(from)
	step.page.More = st.Walk != nil
	s.seen.next, s.seen.ended = string(step.page.Next), st.Walk == nil
	return step.page, nil
}

// Idle is adapters.Idler's: after a walk's end nobody asks what it listed.
func (s *Source) Idle() {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	if s.seen.ended {
		s.seen.keys = nil
	}
}

// Rewind is adapters.Rewinder's: the next walk reads everything, and what was
// there before it is no measure.
func (s *Source) Rewind(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	st, err := readState(from)
	if err != nil || s.plan.Watermark.Kind == "queue" {
		return from, err
	}
	st.Walk, st.Live, st.Was, st.Found = nil, 0, 0, 0
	st.Passed, st.Due = max(st.Passed, 1), s.now().UTC().Truncate(time.Second)
	return st.write(from), nil
}

// begin starts a walk of the kind that is due.
func (s *Source) begin(st *state) {
	pl, now := s.plan, s.now().UTC().Truncate(time.Second)
	w := &walk{Kind: walkDelta, Size: pl.deltaSize, Total: -1, Began: now}
	switch {
	case pl.Watermark.Kind == "none":
		w.Kind, w.Size, w.Began = walkFull, pl.size, time.Time{}
	case !st.Done, !st.Due.IsZero() && !now.Before(st.Due):
		w.Kind, w.Size = walkFirst, pl.size
	case pl.every > 0 && (!now.Before(st.Swept.Add(pl.every)) || st.Swept.After(now.Add(time.Hour))): // or our clock was wrong then
		w.Kind, w.Size = walkSweep, pl.size
	}
	if pl.Watermark.Kind == "window" {
		s.windows(st, w, now)
	}
	st.Walk = w
}

// windows sets how far a walk over windows reads. The upper bound may come
// from our clock: it only has to lie beyond the newest row.
func (s *Source) windows(st *state, w *walk, now time.Time) {
	pl := s.plan
	if st.Start.IsZero() {
		st.Start = s.day(now.Add(-pl.history))
	}
	newest := now
	if st.Mark.After(now) {
		newest = st.Mark
	}
	w.Until = s.day(newest).AddDate(0, 0, 2)
	span := time.Duration(0)
	switch w.Kind {
	case walkDelta:
		span = max(pl.Watermark.Reread, pl.overlap)
	case walkSweep:
		span = pl.Sweep.Span
	}
	w.Lo = st.Start
	if span > 0 {
		base := newest
		if w.Kind == walkDelta && !st.Mark.IsZero() && st.Mark.Before(now) {
			base = st.Mark // never skip what came while we were away
		}
		w.Lo = maxTime(s.day(base.Add(-span)), st.Start)
	}
	w.From = w.Lo
	w.To = s.windowEnd(w.From, w.Until)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *Source) day(t time.Time) time.Time {
	y, m, d := t.In(s.plan.zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.plan.zone)
}

func (s *Source) windowEnd(from, until time.Time) time.Time {
	end := s.day(from.Add(s.plan.chunk))
	if s.plan.Watermark.ByYear {
		if turn := time.Date(from.In(s.plan.zone).Year()+1, 1, 1, 0, 0, 0, 0, s.plan.zone); turn.Before(end) {
			end = turn
		}
	}
	if until.Before(end) {
		end = until
	}
	return end
}
