// Package health is one pure rule for the state of every stream, on every
// node: facts go in, a state with its cause comes out. It also has the words
// in which sinks and nodes are described.
package health

import (
	"strconv"
	"time"

	"iocgateway/canonical/calendar"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// State is the health of a stream. Running is never a state, only an overlay.
type State string

// The states, in the order of precedence: the first rule that holds wins.
const (
	StateUnknown     State = "unknown"
	StateDisabled    State = "disabled"
	StatePaused      State = "paused"
	StateNeverRan    State = "never_ran"
	StateFailing     State = "failing"
	StateLate        State = "late"
	StateDataIssue   State = "data_issue"
	StateSourceStale State = "source_stale"
	StateAtRisk      State = "at_risk"
	StateRetrying    State = "retrying"
	StateHealthy     State = "healthy"
)

// States lists the states, worst first as screens sort them.
func States() []State {
	return []State{StateFailing, StateLate, StateDataIssue, StateUnknown, StateSourceStale, StateAtRisk,
		StateRetrying, StateNeverRan, StatePaused, StateDisabled, StateHealthy}
}

const (
	lookedWithin  = time.Minute // older than this, nothing is known
	FailingAfter  = 3           // consecutive failed runs
	heldShare     = 100         // one in a hundred held is an issue …
	heldLeast     = 5           // … from five on …
	heldMost      = 10          // … and one in ten is, however few there are
	mustNotLoseIn = 30 * time.Minute
)

// Signs are what health is computed from: facts, no claims.
type Signs struct {
	Now      time.Time `json:"-"`
	LookedAt time.Time `json:"-"` // when the node that holds the stream last looked at it

	// Declared, by each node's own configuration.
	Disabled    bool          `json:"-"`
	Push        bool          `json:"-"`
	Promise     time.Duration `json:"-"`
	MaxSilence  time.Duration `json:"-"`
	MustNotLose bool          `json:"-"`
	Office      bool          `json:"-"` // the promise counts office hours only

	Calendar *calendar.Calendar `json:"-"` // nil: every hour counts

	Paused       bool             `json:"paused,omitempty"`
	FreshThrough time.Time        `json:"fresh_through,omitzero"` // start of the last complete run, or the last delivery
	LastFailed   bool             `json:"last_failed,omitempty"`  // the latest finished run failed
	Failures     int              `json:"failures,omitempty"`     // consecutive failed runs
	Halted       bool             `json:"halted,omitempty"`       // a person is needed
	BreakerOpen  bool             `json:"breaker_open,omitempty"` // of the source
	NextRun      time.Time        `json:"next_run,omitzero"`      // zero: none planned
	Typical      time.Duration    `json:"typical_ns,omitempty"`   // 95th percentile of a run
	Cause        *problem.Problem `json:"cause,omitempty"`
	Suspicion    *problem.Problem `json:"suspicion,omitempty"`  // a listing held as suspicious
	SourceTime   time.Time        `json:"source_time,omitzero"` // newest change seen in the source
	Faults

	// What the view of this node holds.
	Live       int       `json:"-"`
	Held       int       `json:"-"`
	HeldOldest time.Time `json:"-"`
}

// Declare takes in what is declared of the stream.
func (s *Signs) Declare(st *journal.Stream) {
	s.Disabled, s.Push, s.Promise, s.MaxSilence, s.MustNotLose = st.Disabled, st.Push, st.Promise, st.MaxSilence, st.MustNotLose
	s.Office, s.Calendar = st.Office, st.Calendar
}

// Hold takes in how much the stream has.
func (s *Signs) Hold(has Holding) {
	s.Live, s.Held, s.HeldOldest = has.Live, has.Held, has.HeldOldest
}

// Health is the answer, with the reason.
type Health struct {
	State  State            `json:"state"`
	Cause  *problem.Problem `json:"cause,omitempty"`
	Badges []State          `json:"badges,omitempty"` // the other rules that hold
	Over   time.Duration    `json:"-"`                // how much later than promised; 0: within
}

type rule struct {
	state State
	holds func(*Signs) bool
	cause func(*Signs) *problem.Problem
}

// Assess computes a stream's health: a pure function of its signs, so that
// it can never lie by accident (invariant 9).
func Assess(s Signs) Health {
	var h Health
	if s.late() {
		h.Over = s.age() - s.Promise
	}
	for _, r := range rules() {
		if !r.holds(&s) {
			continue
		}
		switch {
		case h.State == "":
			h.State, h.Cause = r.state, r.cause(&s)
			if r.exclusive() {
				return h
			}
		case h.State != r.state:
			h.Badges = append(h.Badges, r.state)
		}
	}
	if h.State == "" {
		h.State = StateHealthy
	}
	return h
}

// exclusive rules make all later ones moot.
func (r rule) exclusive() bool {
	switch r.state {
	case StateUnknown, StateDisabled, StatePaused:
		return true
	default:
		return false
	}
}

func rules() []rule {
	return []rule{
		{StateUnknown, (*Signs).unheard, because("GW-R013", "")},
		{StateDisabled, func(s *Signs) bool { return s.Disabled }, nothing},
		{StatePaused, func(s *Signs) bool { return s.Paused }, nothing},
		// What keeps us from writing is ours, whatever the sources are like.
		{StateFailing, func(s *Signs) bool { return s.Own != nil }, func(s *Signs) *problem.Problem { return s.Own }},
		{StateFailing, func(s *Signs) bool { return s.Unfit != nil }, func(s *Signs) *problem.Problem { return s.Unfit }},
		{StateNeverRan, (*Signs).neverRan, nothing},
		{StateFailing, (*Signs).failing, (*Signs).failure},
		{StateLate, (*Signs).late, (*Signs).lateness},
		{StateDataIssue, (*Signs).dataIssue, (*Signs).dataCause},
		{StateSourceStale, (*Signs).stale, func(s *Signs) *problem.Problem { return because("GW-R012", s.MaxSilence.String())(s) }},
		{StateAtRisk, (*Signs).atRisk, (*Signs).risk},
		{StateRetrying, func(s *Signs) bool { return s.LastFailed && !s.failing() && !s.Advancing }, (*Signs).failure},
	}
}

func nothing(*Signs) *problem.Problem { return nil }

func because(code, want string) func(*Signs) *problem.Problem {
	return func(*Signs) *problem.Problem { return &problem.Problem{Code: code, Want: want} }
}

func (s *Signs) unheard() bool {
	return s.LookedAt.IsZero() || s.Now.Sub(s.LookedAt) > lookedWithin
}

// unfinished: no run was ever complete, and none says why.
func (s *Signs) unfinished() bool {
	return s.FreshThrough.IsZero() && (s.Failures == 0 && !s.Halted && !s.BreakerOpen || s.Advancing)
}

// neverRan: nothing came, and nothing was refused either.
func (s *Signs) neverRan() bool {
	return s.unfinished() && s.Live == 0 && s.Held == 0 && !s.Refused.Stands(s.Now)
}

// failing: a run under way that gives pages is not, whatever came before it.
func (s *Signs) failing() bool {
	return !s.Advancing && s.failed()
}

func (s *Signs) failed() bool {
	return s.Halted || s.BreakerOpen || s.Failures >= FailingAfter ||
		s.LastFailed && (s.NextRun.IsZero() && !s.Push || s.FreshThrough.IsZero())
}

func (s *Signs) failure() *problem.Problem {
	switch {
	case s.Cause != nil || !s.BreakerOpen:
		return s.Cause
	case s.Breaker != nil:
		return s.Breaker
	}
	return &problem.Problem{Code: "GW-R006"} // a node of a version that names no culprit
}

// behind is the failure behind a state that the clock gives; nil when the
// latest run did not fail.
//
// Invariant 14.
func (s *Signs) behind() *problem.Problem {
	if s.Own != nil {
		return s.Own
	}
	if (s.LastFailed || s.BreakerOpen) && !s.Advancing {
		return s.failure()
	}
	return nil
}

func (s *Signs) risk() *problem.Problem {
	if s.unfinished() && !s.Push {
		return &problem.Problem{Code: "GW-R020", Value: strconv.Itoa(s.Live)}
	}
	return s.behind()
}

func (s *Signs) lateness() *problem.Problem {
	if known := s.behind(); known != nil {
		return known
	}
	return &problem.Problem{Code: "GW-R011", Want: s.Promise.String()}
}

func (s *Signs) age() time.Duration {
	if s.FreshThrough.IsZero() {
		return 0
	}
	return s.span(s.Now)
}

// span is how old the data is at an instant, as the promise counts.
func (s *Signs) span(at time.Time) time.Duration {
	if s.Office && s.Calendar != nil {
		return s.Calendar.Between(s.FreshThrough, at)
	}
	return at.Sub(s.FreshThrough)
}

// silence is how long the source has changed nothing. Days on which nobody
// works are left out: over Tết every source is silent.
func (s *Signs) silence() time.Duration {
	if s.Calendar != nil {
		return s.Calendar.Elapsed(s.SourceTime, s.Now)
	}
	return s.Now.Sub(s.SourceTime)
}

func (s *Signs) late() bool {
	return s.Promise > 0 && !s.FreshThrough.IsZero() && s.age() > s.Promise
}

func (s *Signs) dataIssue() bool {
	return s.Suspicion != nil || s.Refused.Stands(s.Now) || len(drift.Breaks(s.Drift)) > 0 || s.heldTooMuch()
}

func (s *Signs) heldTooMuch() bool {
	if s.MustNotLose && s.Held > 0 && !s.HeldOldest.IsZero() && s.Now.Sub(s.HeldOldest) > mustNotLoseIn {
		return true
	}
	if s.Barren > 0 && s.Held > 0 {
		return true // all that came new is held; what stayed as it was is no evidence against that
	}
	all := s.Live + s.Held
	return s.Held*heldMost > all || s.Held >= heldLeast && s.Held*heldShare > all
}

func (s *Signs) dataCause() *problem.Problem {
	if known := s.causeBefore(); known != nil {
		return known
	}
	if breaks := drift.Breaks(s.Drift); len(breaks) > 0 {
		return breaks[0].Problem() // it explains what is held, where something is
	}
	return s.held()
}

// causeBefore is what comes before a drift as the cause of a data issue.
func (s *Signs) causeBefore() *problem.Problem {
	if s.Suspicion != nil {
		return s.Suspicion
	}
	if refused := s.Refused.Standing(s.Now); len(refused) > 0 {
		return &refused[0]
	}
	return nil
}

func (s *Signs) held() *problem.Problem {
	return &problem.Problem{Code: "GW-R010", Value: strconv.Itoa(s.Held)}
}

func (s *Signs) stale() bool {
	return s.MaxSilence > 0 && !s.SourceTime.IsZero() && s.silence() > s.MaxSilence
}

func (s *Signs) atRisk() bool {
	if s.unfinished() && !s.Push && s.Live+s.Held > 0 {
		return true // what is here is not all
	}
	if s.Promise == 0 || s.Push || s.FreshThrough.IsZero() {
		return false
	}
	if s.age() > s.Promise*8/10 {
		return true
	}
	return !s.NextRun.IsZero() && s.span(s.NextRun.Add(s.Typical)) > s.Promise
}
