package health

import (
	"slices"
	"strconv"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Status is what a stream is like now, as screens and the API show it.
type Status struct {
	Source       string            `json:"source"`
	Stream       string            `json:"stream"`
	Title        string            `json:"title,omitempty"`
	Adapter      string            `json:"adapter,omitempty"`
	Profile      string            `json:"profile,omitempty"`
	Evidence     adapters.Evidence `json:"evidence,omitempty"`
	Link         string            `json:"link,omitempty"`
	Kind         canonical.Kind    `json:"kind"`
	Feed         canonical.Feed    `json:"feed"`
	State        State             `json:"state"`
	Cause        *problem.Problem  `json:"cause,omitempty"`
	Badges       []State           `json:"badges,omitempty"`
	Since        time.Time         `json:"since,omitzero"` // of the state
	Running      bool              `json:"running"`
	Push         bool              `json:"push,omitempty"`
	FreshThrough time.Time         `json:"fresh_through,omitzero"` // start of the last complete run; zero: never
	Promise      time.Duration     `json:"-"`
	Over         time.Duration     `json:"-"` // how much later than promised; 0: within
	NextRun      time.Time         `json:"next_run,omitzero"`
	LastRun      *journal.Run      `json:"last_run,omitempty"`
	Delivered    *journal.Counts   `json:"delivered,omitempty"` // what a source delivered since Counted; nil where it is asked
	Live         int               `json:"live"`
	Held         int               `json:"held"`
	Paused       *journal.Pause    `json:"paused,omitempty"`
	Besides
}

// Besides are the facts a status gives beside its state.
type Besides struct {
	SourceTime  time.Time `json:"source_time,omitzero"` // newest change seen in the source
	Counted     time.Time `json:"delivered_since,omitzero"`
	Deliver     *Address  `json:"deliver,omitempty"`     // where a source that delivers does, and how it signs
	Refused     *Refused  `json:"refused,omitempty"`     // deliveries that were not taken
	FailedSince time.Time `json:"failed_since,omitzero"` // of the failures in a row, the first …
	FailedAt    time.Time `json:"failed_at,omitzero"`    // … and the latest
	Seen        Seen      `json:"-"`
	// Drift is what changed in what the source gives, and nobody accepted.
	Drift []drift.Item `json:"drift,omitempty"`
	// Warnings are what a person should know although the state does not follow from it.
	Warnings []problem.Problem `json:"-"`
	// Behind is the failure behind the state, whether the state is its or the clock's.
	Behind *problem.Problem `json:"-"`
}

// Address is where deliveries go.
type Address struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Signed string `json:"signed,omitempty"`
}

// addressOf is where a stream is delivered to; nil of one that is asked.
func addressOf(st *journal.Stream) *Address {
	if !st.Push {
		return nil
	}
	return &Address{Method: "POST", Path: IngestPath + st.Full(), Signed: st.Signed}
}

// IngestPath is before source/stream where deliveries go.
const IngestPath = "/v1/ingest/"

// Name is source/stream.
func (s Status) Name() string { return s.Source + "/" + s.Stream }

// Shown is a status as a reader may see it.
func (s Status) Shown(v *privacy.Veil) Status {
	if s.LastRun != nil {
		run := s.LastRun.Shown(v)
		s.LastRun = &run
	}
	s.Cause, s.Behind, s.Refused = v.Said(s.Cause), v.Said(s.Behind), s.Refused.shown(v)
	if s.Paused != nil && v != nil {
		why := *s.Paused
		why.Reason = privacy.Scrub(why.Reason)
		s.Paused = &why
	}
	s.Warnings = slices.Clone(s.Warnings)
	for i := range s.Warnings {
		s.Warnings[i] = *v.Said(&s.Warnings[i])
	}
	s.Drift = slices.Clone(s.Drift)
	for i := range s.Drift {
		said := v.Said(s.Drift[i].Problem())
		s.Drift[i].Path, s.Drift[i].Example = said.Path, said.Value
	}
	return s
}

// Began is since when a stream is as it is: where runs fail in a row, since the
// first of them, whatever was ordered meanwhile.
func (s *Status) Began() time.Time {
	if s.State == StateFailing && !s.FailedSince.IsZero() {
		return s.FailedSince
	}
	return s.Since
}

// Report is what the node that holds a stream gives the others: facts, from
// which each computes the state with its own clock and its own view, by the
// same rule.
type Report struct {
	Signs     Signs           `json:"signs"`
	State     State           `json:"state"` // as its node computed it
	Since     time.Time       `json:"since,omitzero"`
	Running   bool            `json:"running,omitempty"`
	LastRun   *journal.Run    `json:"last_run,omitempty"`
	Delivered *journal.Counts `json:"delivered,omitempty"`
	// DeliveredSince is since when that is counted.
	DeliveredSince time.Time      `json:"delivered_since,omitzero"`
	Pause          *journal.Pause `json:"pause,omitempty"`
}

// warnings are what a person should know of a stream beside its state: what its
// source cannot show, and what is held without being an issue yet.
func warnings(st *journal.Stream, r *Report) []problem.Problem {
	all := slices.Clone(st.Limits)
	if s := &r.Signs; !st.MayBeEmpty && !s.FreshThrough.IsZero() && s.Live+s.Held == 0 { // its runs are complete, and there is nothing
		all = append(all, problem.Problem{Code: "GW-R036"})
	}
	if r.Signs.Held > 0 && !r.Signs.heldTooMuch() {
		all = append(all, *r.Signs.held())
	}
	all = append(all, r.Signs.Standing...)
	if refused := r.Signs.Refused.Standing(r.Signs.Now); len(refused) > 1 {
		all = append(all, refused[1:]...) // the first is the state's cause
	}
	all = append(all, r.Signs.Refused.Told(r.Signs.Now)...)
	for i := range r.Signs.Codes {
		all = append(all, unknownCode(&r.Signs.Codes[i]))
	}
	breaks := drift.Breaks(r.Signs.Drift)
	for i := range breaks { // the first may be the state's cause
		if p := breaks[i].Problem(); i > 0 || r.Signs.causeBefore() != nil {
			all = append(all, *p)
		}
	}
	for i := range r.Signs.Drift {
		if !r.Signs.Drift[i].Breaking {
			all = append(all, *r.Signs.Drift[i].Problem())
		}
	}
	if n := r.Signs.MoreCodes; n > 0 {
		all = append(all, problem.Problem{Code: "GW-R056", Value: strconv.Itoa(n), Want: strconv.Itoa(len(r.Signs.Codes))})
	}
	return all
}

// shownRun is a stream's last run as its status gives it: one that cannot show
// that it saw everything is not called complete.
func shownRun(run *journal.Run) *journal.Run {
	if run == nil || !run.Unproven {
		return run
	}
	shown := *run
	shown.Complete = false
	return &shown
}

// Describe is a stream's status by a report and what was computed from it.
func Describe(st *journal.Stream, r *Report, h Health) Status {
	return Status{Source: st.Source, Stream: st.Name, Title: st.Title, Adapter: st.Adapter, Profile: st.Profile, Evidence: st.Evidence,
		Link: st.Link, Kind: st.Kind, Feed: st.Kind.Feed(), State: h.State,
		Cause: (*privacy.Veil)(nil).Problem(h.Cause), Badges: h.Badges, Since: r.Since, Running: r.Running,
		Push: st.Push, FreshThrough: r.Signs.FreshThrough, Promise: st.Promise, Over: h.Over, NextRun: r.Signs.NextRun,
		LastRun: shownRun(r.LastRun), Delivered: r.Delivered, Live: r.Signs.Live, Held: r.Signs.Held, Paused: r.Pause,
		Besides: Besides{SourceTime: r.Signs.SourceTime, Counted: r.DeliveredSince,
			Deliver: addressOf(st), Refused: r.Signs.Refused, FailedSince: r.Signs.FailedSince,
			FailedAt: r.Signs.FailedAt, Seen: r.Signs.Seen, Behind: r.Signs.behind(), Drift: r.Signs.Drift,
			Warnings: slices.Concat(hidden(r, h), warnings(st, r))}}
}

// hidden is by what the latest run stopped, where the state is an issue of before.
func hidden(r *Report, h Health) []problem.Problem {
	failure := r.Signs.behind()
	if failure == nil || h.State != StateDataIssue && h.State != StateSourceStale || h.Cause != nil && h.Cause.Code == failure.Code {
		return nil
	}
	return []problem.Problem{*failure}
}

// Holding is how much a stream has: current records, and Raws held.
type Holding struct {
	Live, Held int
	HeldOldest time.Time // first seen; zero when nothing is held, or where nothing asks for it
}

// Posted is a report as a node posted it for the others.
type Posted struct {
	JSON []byte
	At   time.Time // by the board's clock
	Node string    // its name
}

// Fresh reports whether it may still be believed.
func (p *Posted) Fresh() bool { return time.Since(p.At) <= lookedWithin }
