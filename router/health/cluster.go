package health

import (
	"time"

	"iocgateway/canonical/problem"
)

// Cluster is what a node knows of itself among the others.
type Cluster struct {
	Node    string   `json:"node"`
	Roles   []string `json:"roles"`
	Engine  string   `json:"engine"` // embedded, kafka
	Version string   `json:"version"`
	// Problems are what an administrator should look at now, worst first.
	Problems []problem.Problem `json:"problems"`
	View     *ViewReport       `json:"view,omitempty"`    // beyond one machine
	Sharing  *SharingReport    `json:"sharing,omitempty"` // where nodes share streams
	Nodes    []NodeReport      `json:"nodes"`
}

// ViewReport is how far a node's view is behind the Log.
type ViewReport struct {
	Behind     int64     `json:"behind_messages"`
	CatchingUp bool      `json:"catching_up"`
	NotSince   time.Time `json:"not_read_since,omitzero"` // since when nothing is read; absent while it is
}

// SharingReport is how the streams are shared, as Redis last answered.
type SharingReport struct {
	Answered time.Time `json:"heard"` // when Redis last answered
	Workers  int       `json:"workers"`
	Streams  int       `json:"streams"`
	Free     int       `json:"free"` // held by nobody
	Held     int       `json:"held"` // by this node
	Share    int       `json:"share"`
}

// NodeReport is one node as the others see it.
type NodeReport struct {
	Name    string        `json:"name"`
	URL     string        `json:"url,omitempty"`
	Roles   []string      `json:"roles"`
	Version string        `json:"version,omitempty"`
	Started time.Time     `json:"started,omitzero"`
	Held    int           `json:"held"`
	Clock   time.Duration `json:"clock_offset_ns"`  // of its clock, against the shared one
	Silent  bool          `json:"silent,omitempty"` // its time has run out
}
