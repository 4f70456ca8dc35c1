package health

import (
	"strconv"
	"time"

	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
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
