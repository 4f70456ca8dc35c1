package router

import (
	"strconv"
	"time"

	"iocgateway/canonical"
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
	heardWithin   = time.Minute // older than this, nothing is known
	failingAfter  = 3           // consecutive failed runs
	heldShare     = 100         // one in a hundred held is an issue …
	heldLeast     = 5           // … from five on …
	heldMost      = 10          // … and one in ten is, however few there are
	mustNotLoseIn = 30 * time.Minute
)

// Signs are what health is computed from: facts, no claims.
type Signs struct {
	Now         time.Time
	Heard       time.Time // when the scheduler last looked at this stream
	Disabled    bool
	Paused      bool
	Push        bool
	Promise     time.Duration
	MaxSilence  time.Duration
	MustNotLose bool

	FreshThrough time.Time     // start of the last complete run, or the last delivery
	LastFailed   bool          // the latest finished run failed
	Failures     int           // consecutive failed runs
	Halted       bool          // a person is needed
	BreakerOpen  bool          // of the source
	NextRun      time.Time     // zero: none planned
	Typical      time.Duration // 95th percentile of a run
	Cause        *canonical.Problem
	Suspicion    *canonical.Problem // a listing held as suspicious

	SourceTime time.Time // newest change seen in the source
	Live, Held int
	HeldOldest time.Time
}

// Health is the answer, with the reason.
type Health struct {
	State  State              `json:"state"`
	Cause  *canonical.Problem `json:"cause,omitempty"`
	Badges []State            `json:"badges,omitempty"` // the other rules that hold
	Age    time.Duration      `json:"-"`
}

type rule struct {
	state State
	holds func(*Signs) bool
	cause func(*Signs) *canonical.Problem
}

// Assess computes a stream's health: a pure function of its signs, so that
// it can never lie by accident (invariant 9).
func Assess(s Signs) Health {
	var h Health
	if !s.FreshThrough.IsZero() {
		h.Age = s.Now.Sub(s.FreshThrough)
	}
	for _, r := range rules() {
		if !r.holds(&s) {
			continue
		}
		if h.State == "" {
			h.State, h.Cause = r.state, r.cause(&s)
			if r.exclusive() {
				return h
			}
			continue
		}
		h.Badges = append(h.Badges, r.state)
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
		{StateUnknown, (*Signs).unheard, said("GW-R013", "")},
		{StateDisabled, func(s *Signs) bool { return s.Disabled }, nothing},
		{StatePaused, func(s *Signs) bool { return s.Paused }, nothing},
		{StateNeverRan, func(s *Signs) bool { return s.FreshThrough.IsZero() && s.Failures == 0 && !s.Halted && !s.BreakerOpen }, nothing},
		{StateFailing, (*Signs).failing, (*Signs).failure},
		{StateLate, (*Signs).late, func(s *Signs) *canonical.Problem { return said("GW-R011", s.Promise.String())(s) }},
		{StateDataIssue, (*Signs).dataIssue, (*Signs).dataCause},
		{StateSourceStale, (*Signs).stale, func(s *Signs) *canonical.Problem { return said("GW-R012", s.MaxSilence.String())(s) }},
		{StateAtRisk, (*Signs).atRisk, nothing},
		{StateRetrying, func(s *Signs) bool { return s.LastFailed && !s.failing() }, (*Signs).failure},
	}
}

func nothing(*Signs) *canonical.Problem { return nil }

func said(code, want string) func(*Signs) *canonical.Problem {
	return func(*Signs) *canonical.Problem { return &canonical.Problem{Code: code, Want: want} }
}

func (s *Signs) unheard() bool {
	return s.Heard.IsZero() || s.Now.Sub(s.Heard) > heardWithin
}

func (s *Signs) failing() bool {
	return s.Halted || s.BreakerOpen || s.Failures >= failingAfter ||
		s.LastFailed && (s.NextRun.IsZero() && !s.Push || s.FreshThrough.IsZero())
}

func (s *Signs) failure() *canonical.Problem {
	if s.Cause == nil && s.BreakerOpen {
		return &canonical.Problem{Code: "GW-R006"}
	}
	return s.Cause
}

func (s *Signs) age() time.Duration {
	if s.FreshThrough.IsZero() {
		return 0
	}
	return s.Now.Sub(s.FreshThrough)
}

func (s *Signs) late() bool {
	return s.Promise > 0 && !s.FreshThrough.IsZero() && s.age() > s.Promise
}

func (s *Signs) dataIssue() bool {
	if s.Suspicion != nil {
		return true
	}
	if s.MustNotLose && s.Held > 0 && !s.HeldOldest.IsZero() && s.Now.Sub(s.HeldOldest) > mustNotLoseIn {
		return true
	}
	all := s.Live + s.Held
	return s.Held*heldMost > all || s.Held >= heldLeast && s.Held*heldShare > all
}

func (s *Signs) dataCause() *canonical.Problem {
	if s.Suspicion != nil {
		return s.Suspicion
	}
	return &canonical.Problem{Code: "GW-R010", Value: strconv.Itoa(s.Held)}
}

func (s *Signs) stale() bool {
	return s.MaxSilence > 0 && !s.SourceTime.IsZero() && s.Now.Sub(s.SourceTime) > s.MaxSilence
}

func (s *Signs) atRisk() bool {
	if s.Promise == 0 || s.Push || s.FreshThrough.IsZero() {
		return false
	}
	if s.age() > s.Promise*8/10 {
		return true
	}
	return !s.NextRun.IsZero() && s.NextRun.Add(s.Typical).Sub(s.FreshThrough) > s.Promise
}
