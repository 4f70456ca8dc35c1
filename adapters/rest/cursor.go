package rest

import (
	"cmp"
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

// refusedPage gives the status with which the source refused to give a page.
func refusedPage(err error) (status string, refused bool) {
	p, ok := problem.As(err)
	if !ok || p.Reason() != problem.Refused {
		return "", false
	}
	return p.Value, true
}

// begunAgain turns a refused page into what it means for the walk, if it means
// anything: a cursor that died, or a page after the last.
func (s *Source) begunAgain(st *state, from canonical.Checkpoint, err error) (adapters.Page, bool) {
	w := st.Walk
	status, refused := refusedPage(err)
	now := s.now().UTC().Truncate(time.Second)
	if !refused || w.Cursor == "" || status != "400" && status != "404" && status != "410" && status != "422" ||
		!w.Died.IsZero() && !now.Before(w.Died) && now.Before(w.Died.Add(deadAgain)) {
		return adapters.Page{}, false
	}
	page := adapters.Page{Total: -1, More: true, Notes: []problem.Problem{
		{Code: "GW-S036", Path: s.plan.Request.Path, Value: status, Want: itoa(w.Page + s.plan.Paging.Base)}}}
	step := &step{src: s, st: st, w: w}
	step.anew()
	s.seen.again()
	st.Walk.Died = now
	page.Next = st.write(from)
	s.seen.next, s.seen.ended = string(page.Next), false
	return page, true
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
