package rest

import (
	"context"
	"fmt"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Source reads one stream by a profile.
type Source struct {
	plan       *plan
	cfg        Settings
	kind       canonical.Kind
	client     *httpx.Client
	now        func() time.Time
	params     vars
	name       string
	space      *adapters.Space
	seen       seen
	stuck      stuck
	standstill standstill
	owned      bool // some detail bore the key of its own record

	limits, advice []problem.Problem
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
	s.aground(st, from)
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
	if page, again := s.begunAgain(ctx, st, from, err); again {
		return page, nil
	}
	if none, beyond := s.none(st, err); beyond {
		parsed, err = none, nil
	}
	if err != nil {
		return adapters.Page{}, fmt.Errorf("rest: reading page %d: %w", st.Walk.Page+s.plan.Paging.Base, s.halts(from, err))
	}
	step := &step{src: s, st: st, w: st.Walk, parsed: parsed, page: adapters.Page{Start: start, Total: parsed.total}}
	step.page.Whole = st.Walk.Kind != walkDelta && s.plan.Watermark.Kind != "window"
	step.page.Once = step.page.Whole && s.plan.Watermark.Kind != "since"
	if err := step.run(ctx); err != nil {
		step.forget()
		return adapters.Page{}, fmt.Errorf("rest: page %d: %w", step.w.Page+s.plan.Paging.Base, s.halts(from, err))
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

// Sweep is adapters.Restarter's: the sweep that the profile has is due now. What
// a queue gives it gives once.
func (s *Source) Sweep(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	st, err := readState(from)
	if err != nil || s.plan.Watermark.Kind == "queue" {
		return from, err
	}
	st.Walk = nil
	if st.Done {
		st.Due = s.now().UTC().Truncate(time.Second)
	}
	return st.write(from), nil
}

// Restart is adapters.Restarter's: the walk that is due is due still.
func (s *Source) Restart(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	st, err := readState(from)
	if err != nil || st.Walk == nil {
		return from, err
	}
	st.Walk = nil
	return st.write(from), nil
}

// Confirm is adapters.Confirmer's. The walk that is wanted again took as long
// as it is since it began; so much waiting keeps it to a tenth of the time.
func (s *Source) Confirm(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	st, err := readState(from)
	if err != nil || st.Walk != nil || st.Swept.IsZero() || !st.Due.IsZero() {
		return from, err // it is asked again by itself, or everything always is
	}
	st.again(st.Swept, s.now().UTC().Truncate(time.Second))
	return st.write(from), nil
}

// begin starts a walk of the kind that is due.
func (s *Source) begin(st *state) {
	pl, now := s.plan, s.now().UTC().Truncate(time.Second)
	w := &walk{Kind: walkDelta, Size: pl.deltaSize, Total: -1, Began: now}
	switch {
	case pl.Watermark.Kind == "none":
		w.Kind, w.Size, w.Began = walkFull, pl.size, time.Time{}
	case !st.Done, s.astray(st), !st.Due.IsZero() && !now.Before(st.Due):
		w.Kind, w.Size = walkFirst, pl.size
		if st.Done && st.Passed == 0 && pl.Sweep.Span > 0 { // confirming: as much as the sweep did
			w.Kind = walkSweep
		}
	case pl.every > 0 && (!now.Before(st.Swept.Add(pl.every)) || st.Swept.After(now.Add(time.Hour))): // or our clock was wrong then
		w.Kind, w.Size = walkSweep, pl.size
	}
	if pl.Watermark.Kind == "window" {
		s.windows(st, w, now)
	}
	if pl.bounded() && st.Start.IsZero() {
		st.Start = now.Add(-pl.history)
	}
	st.Walk = w
}
