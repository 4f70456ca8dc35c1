package rest

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// lengths are how long answers were: what is cut off at a length of the
// source's own shows in nothing else.
type lengths struct {
	Short int `json:"short,omitempty"` // rows of the longest short page that was known to be the last
	Most  int `json:"most,omitempty"`  // rows of the longest listing
	// Where is the window that had so many first, and Tied that another had as many, and none more.
	Where time.Time `json:"where,omitzero"`
	Tied  bool      `json:"tied,omitempty"`
}

// tiedLeast is from how many rows on it means something that two windows have
// as many.
const tiedLeast = 5

// limitLeast is the smallest limit of a window that gives a total: of many
// windows some have a round number of rows.
const limitLeast = 100

// vouched reports whether the source's own total says that the listing is
// whole. One that is a round number may be the limit of what it lists.
func (pl *plan) vouched(total int) bool {
	return pl.Sweep.Whole || total >= 0 && (total < limitLeast || !adapters.Round(total))
}

// open reports whether a whole listing may have been cut off where it ends:
// only one that is shorter than an earlier one shows that it was not.
func (s *step) open() bool {
	st, rows := s.st, s.w.Rows
	was := max(st.Most, st.Live)
	st.Most = max(was, rows)
	total := s.parsed.total
	return !s.src.plan.Sweep.Whole && (total < 0 || adapters.Round(total)) && rows >= was
}

// cutOff reports whether the answer for this window may have been cut off at
// a length of the source's own: another window had exactly as many rows, and
// none had more, or it is the longest and has a round number of them.
func (s *step) cutOff() bool {
	st, w := s.st, s.w
	if s.src.plan.vouched(s.parsed.total) || w.Here < tiedLeast || w.Here < st.Most {
		return false
	}
	switch {
	case w.Here > st.Most:
		st.Most, st.Where, st.Tied = w.Here, w.From, adapters.Round(w.Here)
	case !st.Where.Equal(w.From):
		st.Tied = true
	}
	switch {
	case st.Tied && adapters.Round(w.Here):
		w.Capped, st.Capped = true, w.Here
	case st.Tied:
		s.page.Notes = append(s.page.Notes, problem.Problem{Code: "GW-S039", Value: itoa(w.Here)})
	}
	return st.Tied
}
