package router

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// Status is what a stream is like now, as screens and the API tell it.
type Status struct {
	Source       string             `json:"source"`
	Stream       string             `json:"stream"`
	Title        string             `json:"title,omitempty"`
	Adapter      string             `json:"adapter,omitempty"`
	Profile      string             `json:"profile,omitempty"`
	Evidence     adapters.Evidence  `json:"evidence,omitempty"`
	Link         string             `json:"link,omitempty"`
	Kind         canonical.Kind     `json:"kind"`
	Feed         canonical.Feed     `json:"feed"`
	State        State              `json:"state"`
	Cause        *canonical.Problem `json:"cause,omitempty"`
	Badges       []State            `json:"badges,omitempty"`
	Since        time.Time          `json:"since,omitzero"` // of the state
	Running      bool               `json:"running"`
	Push         bool               `json:"push,omitempty"`
	FreshThrough time.Time          `json:"fresh_through,omitzero"` // start of the last complete run; zero: never
	Promise      time.Duration      `json:"-"`
	NextRun      time.Time          `json:"next_run,omitzero"`
	LastRun      *Run               `json:"last_run,omitempty"`
	Delivered    *Counts            `json:"delivered,omitempty"` // what a source delivered since the process began; nil where it is asked
	Live         int                `json:"live"`
	Held         int                `json:"held"`
	Paused       *Pause             `json:"paused,omitempty"`
	SourceTime   time.Time          `json:"source_time,omitzero"` // newest change seen in the source
}

// Name is source/stream.
func (s Status) Name() string { return s.Source + "/" + s.Stream }

// Holding is how much a stream has: current records, and Raws held.
type Holding struct {
	Live, Held int
	HeldOldest time.Time // first seen; zero when nothing is held, or where nothing asks for it
}
