package health

import (
	"maps"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
)

// Faults are the signs of what goes wrong, each with whom it accuses
// (invariant 14).
type Faults struct {
	Own         *problem.Problem `json:"own,omitempty"`         // what keeps the node that holds the stream from writing
	Breaker     *problem.Problem `json:"breaker,omitempty"`     // whose failures opened the source's breaker
	Refused     *Refused         `json:"refused,omitempty"`     // deliveries
	FailedSince time.Time        `json:"failed_since,omitzero"` // of the failures in a row, the first …
	FailedAt    time.Time        `json:"failed_at,omitzero"`    // … and the latest
	Seen        Seen             `json:"seen,omitzero"`
	Codes       []UnknownCode    `json:"codes,omitempty"`     // those seen most
	Advancing   bool             `json:"advancing,omitempty"` // a run is under way, and gives pages
}

// Seen counts what a stream's holder saw of it since its process began.
type Seen struct {
	FailedRuns int `json:"failed_runs,omitempty"`
	Unknown    int `json:"unknown_codes,omitempty"` // coded values that no list knows, in what was published
}

// UnknownCode is a coded value that no list knows, published as unknown.
type UnknownCode struct {
	Field string    `json:"field"`
	Value string    `json:"value"`
	Count int       `json:"count"`
	First time.Time `json:"first"` // seen by this process, under this mapping
}

func (c *UnknownCode) problem() problem.Problem {
	return problem.Problem{Code: "GW-R025", Field: c.Field, Value: c.Value, Want: strconv.Itoa(c.Count),
		Near: c.First.In(time.FixedZone("+07:00", 7*3600)).Format("02/01/2006 15:04")}
}

// Refused is what a source delivered and we did not take: for its signature,
// its size or its form.
type Refused struct {
	Count map[string]int  `json:"count"` // by code, since the process began
	Last  problem.Problem `json:"last"`
	At    time.Time       `json:"at"`
	// Answered: after the latest, which was by somebody we do not know, the
	// source itself delivered.
	Answered bool `json:"answered,omitempty"`
}

// refusedStands is for how long a refused delivery is an issue: the source
// tries again in that time, and is refused again or taken.
const refusedStands = time.Hour

// Stands reports whether deliveries that were refused are an issue now.
func (r *Refused) Stands(now time.Time) bool {
	return r != nil && !r.Answered && now.Sub(r.At) <= refusedStands
}

// Refuse is r with one more delivery that was refused.
func (r *Refused) Refuse(p *problem.Problem, now time.Time) *Refused {
	next := &Refused{Count: map[string]int{p.Code: 1}, Last: *p, At: now}
	if r != nil {
		for code, n := range maps.All(r.Count) {
			next.Count[code] += n
		}
	}
	return next
}

// Take is r after a delivery that was taken. It answers for one refused for
// its signature before, which was a stranger's or has been mended; what was
// refused for its size or form is still not here.
func (r *Refused) Take() *Refused {
	if r == nil || r.Answered || r.Last.Blames() != problem.BlamesCredentials {
		return r
	}
	next := *r
	next.Answered = true
	return &next
}
