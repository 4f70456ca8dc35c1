package health

import (
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// SinkStatus is what a Follower is like now. Health is computed from it.
type SinkStatus struct {
	Name     string           `json:"name"`
	Node     string           `json:"node,omitempty"` // the node that holds it and posted this; empty: none is known to
	Feed     canonical.Feed   `json:"feed"`
	Running  bool             `json:"running"`
	Halted   bool             `json:"halted,omitempty"`   // a person is needed, then Run again
	Snapshot bool             `json:"snapshot,omitempty"` // it sends current records; changes come after
	At       journal.Position `json:"at"`                 // sent up to here
	Head     journal.Position `json:"head"`
	Behind   uint64           `json:"behind"` // sequences; not all of them are entries, or match the filter
	Sent     uint64           `json:"sent"`   // entries, since the process began
	LastSent time.Time        `json:"last_sent,omitzero"`
	LevelAt  time.Time        `json:"level_at,omitzero"` // when it last had nothing left to send
	Failures int              `json:"failures"`          // in a row
	NextTry  time.Time        `json:"next_try,omitzero"`
	Error    string           `json:"error,omitempty"` // of the last failure, until something succeeds
	Problem  *problem.Problem `json:"problem,omitempty"`
	Passed   *problem.Problem `json:"passed,omitempty"` // a restart went on behind what is gone: this was not sent
}

// Shown is a sink as a reader may see it: what failed may quote what was sent.
func (s SinkStatus) Shown(v *privacy.Veil) SinkStatus {
	s.Error = v.SaidIn(s.Error, s.Problem)
	s.Problem, s.Passed = v.Said(s.Problem), v.Said(s.Passed)
	return s
}

// SinkState is what a Follower is doing, in a word.
type SinkState string

// What a Follower may be doing.
const (
	SinkStopped  SinkState = "stopped"  // a person is needed
	SinkRetrying SinkState = "retrying" // it failed and tries again
	SinkCopying  SinkState = "copying"  // the first copy is under way
	SinkSending  SinkState = "sending"
	SinkLevel    SinkState = "level"   // nothing is left to send
	SinkUnknown  SinkState = "unknown" // no node is known to hold it: none does, or the one that does is silent
)

// State is what it is doing.
func (s *SinkStatus) State() SinkState {
	switch {
	case s.Halted:
		return SinkStopped
	case !s.Running:
		return SinkUnknown
	case s.Failures > 0:
		return SinkRetrying
	case s.Snapshot:
		return SinkCopying
	case s.Behind == 0:
		return SinkLevel
	}
	return SinkSending
}
