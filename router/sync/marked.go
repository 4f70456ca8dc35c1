package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

const (
	markedLeast = 20       // records at once: fewer are no news
	markedRoom  = 16 << 20 // bytes of removals that a walk keeps back at most
	keptBeside  = 1 << 10  // about what each takes beside its payload and body
)

// marking are the removals that a walk of everything was told by a mark at its
// rows. They are kept back until it ends, for a mark that flips removes as much
// as a list that is empty. What a kill takes of them the next walk is told again.
type marking struct {
	back  []journal.Item // kept back
	bytes int
	told  int  // records that are here, and marked
	gone  int  // of those, removed by now
	flips bool // suspicious: they are held
}

// suspicious reports whether the marks are, where so many records live.
func (m *marking) suspicious(live int) bool {
	return m.flips || m.told >= markedLeast && m.told*suspiciousShare > live+m.gone
}

// keepBack takes out of a page what it says is gone and is here. Once that is a
// suspicious share of all that is here, it is held.
//
// Invariant 6.
func (w *walk) keepBack(ctx context.Context, s *Syncer, got *mapped) error {
	at, err := got.marks(ctx, s)
	if err != nil || len(at) == 0 {
		return err
	}
	m, items, again := &w.marked, make([]journal.Item, 0, len(got.items)), []int(nil)
	for i := range got.items {
		_, twice := slices.BinarySearch(got.again, i)
		switch _, mark := slices.BinarySearch(at, i); {
		case mark:
			m.keep(got.items[i])
			if !twice {
				m.told++
			}
			continue
		case twice:
			again = append(again, len(items))
		}
		items = append(items, got.items[i])
	}
	got.items, got.again = items, again
	switch {
	case m.suspicious(s.Live()):
		got.items = append(got.items, m.hold()...)
	case m.bytes > markedRoom:
		m.gone += len(m.back)
		got.items = append(got.items, m.take()...)
	}
	return nil
}

// keep keeps a removal back, with bytes of its own: its page's would stay with it.
func (m *marking) keep(it journal.Item) {
	it.Raw.Payload = bytes.Clone(it.Raw.Payload)
	it.Raw.Key, it.Raw.Version = strings.Clone(it.Raw.Key), strings.Clone(it.Raw.Version)
	m.back, m.bytes = append(m.back, it), m.bytes+len(it.Raw.Payload)+len(it.Record.Body)+keptBeside
}

// marks are the items of a page that would remove what is here.
func (m *mapped) marks(ctx context.Context, s *Syncer) (at []int, err error) {
	if !m.page.Whole || s.Newest == nil || s.Live == nil {
		return nil, nil
	}
	for i := range m.items {
		it := &m.items[i]
		if it.Record == nil || !it.Record.Gone || it.Proved {
			continue
		}
		last, err := s.Newest(ctx, it.Record.ID)
		switch {
		case errors.Is(err, journal.ErrNotFound):
		case err != nil:
			return nil, fmt.Errorf("sync: newest of %s: %w", s.name(), err)
		case last.Op != journal.OpGone && (it.Record.At.IsZero() || !it.Record.At.Before(last.At)):
			at = append(at, i)
		}
	}
	return at, nil
}

// hold gives what was kept back, to be held.
func (m *marking) hold() []journal.Item {
	m.flips = true
	held := m.take()
	for i := range held {
		held[i].Record, held[i].Rule, held[i].Problem = nil, "", &problem.Problem{Code: "GW-R038"}
	}
	return held
}

func (m *marking) take() []journal.Item {
	items := slices.Clone(m.back)
	m.back, m.bytes = nil, 0
	return items
}

// marksEnd gives, at a walk's end, what was kept back: removals, or what is held and
// said. How much is suspicious is measured by what the walk covered.
func (w *walk) marksEnd(ctx context.Context, s *Syncer, got *mapped) ([]journal.Item, error) {
	m, page := &w.marked, &got.page
	if m.told == 0 || page.Complete == nil && page.Unproven == nil && (got.more || got.piece) {
		return nil, nil
	}
	live := s.Live()
	if keys, able := s.Log.(journal.Keys); able && page.Complete != nil && *page.Complete != (adapters.Scope{}) && m.told >= markedLeast {
		covered, err := keys.LiveKeys(ctx, s.name(), *page.Complete)
		if err != nil {
			return nil, fmt.Errorf("sync: live keys of %s: %w", s.name(), err)
		}
		live = len(covered)
	}
	items := m.take()
	if m.suspicious(live) {
		m.back = items
		items = m.hold()
		page.Notes = append(page.Notes, problem.Problem{Code: "GW-R038", Value: strconv.Itoa(m.told), Want: strconv.Itoa(live + m.gone)})
	}
	w.marked = marking{}
	return items, nil
}

// cameBack notes records that were gone and came back in one walk of everything,
// where they are many: a mark that is not there any more brings them all back.
func cameBack(s *Syncer, run *journal.Run) {
	n := run.Counts.Back
	if run.Whole && s.Live != nil && n >= markedLeast && n*suspiciousShare > s.Live() {
		s.note(run, problem.Problem{Code: "GW-R039", Value: strconv.Itoa(n), Want: strconv.Itoa(s.Live())})
	}
}
