package rest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// deadAgain is how long a walk that began again because its cursor was refused
// has to live before that is tried once more: a source that takes no cursor of
// its own is an error that a person must see.
const deadAgain = 10 * time.Minute

// links reports whether the source names its pages by address.
func (pl *plan) links() bool { return pl.Paging.Kind == "next" || pl.Paging.Kind == "link" }

// refusedPage gives the status with which the source refused to give a page.
func refusedPage(err error) (status string, refused bool) {
	p, ok := problem.As(err)
	if !ok || p.Reason() != problem.Refused {
		return "", false
	}
	return p.Value, true
}

// deadAfter is how often in a row a page must not have been given, in whatever
// words, before its cursor is doubted.
const deadAfter = 3

// stuck counts in memory how often in a row the page at a cursor was not given.
type stuck struct {
	cursor string
	times  int
}

// dead reports whether the cursor that a page was asked with is the reason that
// none came, and in what words the source said so. Some statuses mean that; of
// any other failure (an error in a 200, a fault of the server) nobody knows
// until the same page fails again while the walk's beginning is answered.
func (s *Source) dead(ctx context.Context, st *state, err error) (said string, dead bool) {
	w := st.Walk
	if err == nil || w.Cursor == "" {
		s.stuck = stuck{}
		return "", false
	}
	if p, coded := problem.As(err); coded && p.Blames() == problem.BlamesAddress && s.plan.links() {
		return p.Code, true // the source led to where nobody may ask
	}
	if status, refused := refusedPage(err); refused {
		return status, slices.Contains([]string{"400", "404", "410", "422"}, status)
	}
	p, coded := problem.As(err)
	if class, _ := problem.Class(err); !coded || class != problem.FaultRetry || p.Blames() != problem.BlamesContent ||
		p.Reason() == problem.Throttled {
		return "", false
	}
	if s.stuck.cursor != w.Cursor {
		s.stuck = stuck{cursor: w.Cursor}
	}
	if s.stuck.times++; s.stuck.times < deadAfter {
		return "", false
	}
	beginning, first := *st, *w
	first.Page, first.Offset, first.Cursor, first.Total = 0, 0, "", -1
	beginning.Walk = &first
	parsed, err := s.ask(ctx, &beginning)
	if err != nil {
		return "", false
	}
	_ = parsed.answer.Close() // it is asked for again
	return p.Code, true
}

// begunAgain turns a page that did not come into what it means for the walk, if
// it means anything: its cursor died.
func (s *Source) begunAgain(ctx context.Context, st *state, from canonical.Checkpoint, err error) (adapters.Page, bool) {
	w := st.Walk
	now := s.now().UTC().Truncate(time.Second)
	if !w.Died.IsZero() && !now.Before(w.Died) && now.Before(w.Died.Add(deadAgain)) {
		return adapters.Page{}, false
	}
	said, dead := s.dead(ctx, st, err)
	if !dead {
		return adapters.Page{}, false
	}
	page := adapters.Page{Total: -1, More: true, Notes: []problem.Problem{
		{Code: "GW-S036", Path: s.plan.Request.Path, Value: said, Want: itoa(w.Page + s.plan.Paging.Base)}}}
	step := &step{src: s, st: st, w: w}
	step.anew()
	s.seen.again()
	s.stuck = stuck{}
	st.Walk.Died = now
	page.Next = st.write(from)
	s.seen.next, s.seen.ended = string(page.Next), false
	return page, true
}

// standstill is where a walk could not go on: its pages came again, or went on for ever.
type standstill struct {
	from  string    // the checkpoint
	again time.Time // when a walk began again because of that, by our clock
}

// aground has a walk begin again that could not go on from this checkpoint: it
// stopped there, and was told. Otherwise it would stand there however right the
// source is by now. A source that stays wrong is read anew no oftener than its
// dead cursors are.
func (s *Source) aground(st *state, from canonical.Checkpoint) {
	now := s.now()
	if st.Walk == nil || s.standstill.from != string(from) || now.Before(s.standstill.again.Add(deadAgain)) {
		return
	}
	s.standstill = standstill{again: now}
	(&step{src: s, st: st, w: st.Walk}).anew()
	s.seen.again()
}

// halts remembers where a walk could not go on.
func (s *Source) halts(from canonical.Checkpoint, err error) error {
	if p, ok := problem.As(err); ok && p.Reason() == problem.Endless {
		s.standstill.from = string(from)
	}
	return err
}

// none is the answer of a source that has none for the page after its last.
// What is wrong with that page stops nobody: by the source's own figures there
// is nothing on it. A status that the profile gives for such pages means no
// more on any other page than that rows went meanwhile.
func (s *Source) none(st *state, err error) (*parsedPage, bool) {
	if err == nil {
		return nil, false
	}
	found, _ := problem.As(err)
	status, refused := refusedPage(err)
	known := refused && s.plan.beyond(status)
	if !(st.Walk.Page > 0 && known) && !(st.Walk.Beyond && ofOne(found)) {
		return nil, false
	}
	page := s.parser(0, nil).page
	if !known && (!refused || status != "404" && status != "416") {
		page.walled = cmp.Or(found.Value, found.Code)
	}
	return page, true
}

// beyond reports whether the profile gives this status for pages after the last.
func (pl *plan) beyond(status string) bool {
	return slices.ContainsFunc(pl.Paging.Beyond, func(known int) bool { return itoa(known) == status })
}
