package health

import (
	"maps"
	"strconv"
	"time"

	"iocgateway/canonical/drift"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Faults are the signs of what goes wrong, each with whom it accuses
// (invariant 14).
type Faults struct {
	Own         *problem.Problem `json:"own,omitempty"`         // what keeps the node that holds the stream from writing
	Unfit       *problem.Problem `json:"unfit,omitempty"`       // why nothing of it can be mapped
	Breaker     *problem.Problem `json:"breaker,omitempty"`     // whose failures opened the source's breaker
	Refused     *Refused         `json:"refused,omitempty"`     // deliveries
	FailedSince time.Time        `json:"failed_since,omitzero"` // of the failures in a row, the first …
	FailedAt    time.Time        `json:"failed_at,omitzero"`    // … and the latest
	Seen        Seen             `json:"seen,omitzero"`
	Codes       []drift.Word     `json:"codes,omitempty"`      // unknown ones, those seen most
	MoreCodes   int              `json:"more_codes,omitempty"` // values beside those
	Drift       []drift.Item     `json:"drift,omitempty"`      // what changed in what the source gives, and nobody accepted
	Settled     []drift.Item     `json:"-"`                    // … and the latest that is over
	Advancing   bool             `json:"advancing,omitempty"`  // a run is under way, and gives pages
	Barren      int              `json:"barren,omitempty"`     // Raws held since a run last published something
	// Standing is what the last whole walk showed, and is no issue.
	Standing []problem.Problem `json:"standing,omitempty"`
}

// Seen counts what a stream's holder saw of it since its process began.
type Seen struct {
	FailedRuns int `json:"failed_runs,omitempty"`
	Unknown    int `json:"unknown_codes,omitempty"` // coded values that no list knows, in what was published
}

// unknownCode says in words that no list knows a code.
func unknownCode(c *drift.Word) problem.Problem {
	return problem.Problem{Code: "GW-R025", Field: c.Field, Value: c.Value, Want: strconv.Itoa(c.Count),
		Near: c.First.In(time.FixedZone("+07:00", 7*3600)).Format("02/01/2006 15:04")}
}

// Refused is what was delivered and not taken: from the source itself, for its
// size or its form, or from somebody we do not know.
type Refused struct {
	Count map[string]int  `json:"count"` // by code, as far back as runs are kept
	Since time.Time       `json:"since,omitzero"`
	Last  problem.Problem `json:"last"` // the latest of either
	At    time.Time       `json:"at"`
	// The two have clocks of their own, and neither clears the other: a stranger
	// has no say in what is told of the source.
	Content   *Refusal `json:"content,omitempty"`
	Strangers *Refusal `json:"strangers,omitempty"`
	// Answered: after the latest of a stranger, the source itself delivered.
	Answered bool `json:"answered,omitempty"`
}

// Refusal is the latest delivery that was refused for one of the two reasons.
type Refusal struct {
	Problem problem.Problem `json:"problem"`
	At      time.Time       `json:"at"`
}

// refusedStands is for how long a refused delivery is an issue: the source
// tries again in that time, and is refused again or taken.
const refusedStands = time.Hour

func (r *Refusal) stands(now time.Time) bool { return r != nil && now.Sub(r.At) <= refusedStands }

// Standing are the refusals that are an issue now, what is lost first.
func (r *Refused) Standing(now time.Time) []problem.Problem {
	if r == nil {
		return nil
	}
	content, strangers := r.Content, r.Strangers
	if content == nil && strangers == nil { // posted by a node of a version that kept only the latest
		if content = &(Refusal{r.Last, r.At}); Stranger(&r.Last) {
			content, strangers = nil, content
		}
	}
	var all []problem.Problem
	if content.stands(now) {
		all = append(all, content.Problem)
	}
	if strangers.stands(now) && !r.Answered {
		all = append(all, strangers.Problem)
	}
	return all
}

// shown is r as a reader may see it.
func (r *Refused) shown(v *privacy.Veil) *Refused {
	if r == nil {
		return nil
	}
	next := *r
	next.Last = *v.Said(&r.Last)
	for _, kind := range []**Refusal{&next.Content, &next.Strangers} {
		if *kind != nil {
			*kind = &Refusal{*v.Said(&(*kind).Problem), (*kind).At}
		}
	}
	return &next
}

// Stands reports whether deliveries that were refused are an issue now.
func (r *Refused) Stands(now time.Time) bool { return len(r.Standing(now)) > 0 }

// Refuse is r with one more delivery that was refused.
func (r *Refused) Refuse(p *problem.Problem, now time.Time) *Refused {
	next := &Refused{}
	if r != nil {
		*next = *r
	}
	next.Count, next.Last, next.At = map[string]int{p.Code: 1}, *p, now
	if next.Since.IsZero() {
		next.Since = now
	}
	if r != nil {
		for code, n := range maps.All(r.Count) {
			next.Count[code] += n
		}
	}
	if latest := (&Refusal{*p, now}); Stranger(p) {
		next.Strangers, next.Answered = latest, false
	} else {
		next.Content = latest
	}
	return next
}

// Recount is r, of which one of each kind was taken in from a run, with all
// that the run counted; before is what was counted before that run.
func (r *Refused) Recount(before *Refused, run *journal.Run) *Refused {
	next := &Refused{}
	if r != nil {
		*next = *r
	}
	next.Count, next.Last, next.At = map[string]int{}, run.Refused.Last, run.Refused.At
	if before != nil {
		maps.Copy(next.Count, before.Count)
	}
	for code, n := range run.Refused.Count {
		next.Count[code] += n
	}
	if before == nil || before.Since.IsZero() {
		next.Since = run.Started
	}
	if next.Content == nil && next.Strangers == nil { // a stranger's, behind which the source delivered
		next.Strangers, next.Answered = &Refusal{next.Last, next.At}, true
	}
	return next
}

// Latest is when one of p's kind was last refused; zero: never.
func (r *Refused) Latest(p *problem.Problem) time.Time {
	var of *Refusal
	if r != nil {
		if of = r.Content; Stranger(p) {
			of = r.Strangers
		}
	}
	if of == nil {
		return time.Time{}
	}
	return of.At
}

// Stranger reports whether a delivery was refused because nobody knows whose it is.
func Stranger(p *problem.Problem) bool { return p.Blames() == problem.BlamesCredentials }

// Take is r after a delivery that was taken. It answers for those refused for
// their signature before, which were a stranger's or have been mended; what
// was refused for its size or form is still not here.
func (r *Refused) Take() *Refused {
	if r == nil || r.Answered || r.Strangers == nil {
		return r
	}
	next := *r
	next.Answered = true
	return &next
}
