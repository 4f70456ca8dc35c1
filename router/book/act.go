package book

import (
	"strings"
	"time"

	"iocgateway/canonical/problem"
)

// Acts is the part of the book that the audit is.
const Acts = "audit"

// The phases of an act in the audit. One that began and has no other row was
// cut short: what became of it, what it acted on tells.
const (
	Begun  = "begun"
	Done   = "done"
	Failed = "failed"
	Pruned = "pruned" // rows that were kept long enough went
	Older  = "older"  // what an earlier version had written down, taken over
)

// Acts of the gateway on the book itself.
const (
	Remarked = "book marked anew" // it had no mark: its end is guarded from here on
	Accepted = "book accepted"    // an administrator let it go on although rows are missing
)

// ActRow is what a row of the audit says.
type ActRow struct {
	Phase  string    `json:"phase"`
	Of     uint64    `json:"of,omitempty"` // the row by which this act began
	Who    string    `json:"who,omitempty"`
	Role   string    `json:"role,omitempty"`
	From   string    `json:"from,omitempty"` // address
	Via    string    `json:"via,omitempty"`  // api, cli, console
	Node   string    `json:"node,omitempty"` // that did it
	What   string    `json:"what,omitempty"`
	Target string    `json:"target,omitempty"`
	Why    string    `json:"why,omitempty"`
	With   any       `json:"with,omitempty"`   // what it was asked with
	Result any       `json:"result,omitempty"` // what it came to
	Code   string    `json:"code,omitempty"`
	Error  string    `json:"error,omitempty"`
	When   time.Time `json:"when,omitzero"` // of what was taken over
}

// ActQuery asks for rows, newest first. Empty members do not filter.
type ActQuery struct {
	Who, What, Target, Phase string // What and Target: what they contain
	Before                   uint64 // rows older than this one; 0 is from the newest
	Limit                    int
}

// Wants reports whether a row is asked for.
func (q *ActQuery) Wants(e *ActEntry) bool {
	return (q.Who == "" || e.Who == q.Who) && (q.Phase == "" || e.Phase == q.Phase) &&
		strings.Contains(e.What, q.What) && strings.Contains(e.Target, q.Target)
}

// ActEntry is a row of the audit as it is shown: its place in the chain, and
// what it says.
type ActEntry struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Hash string    `json:"hash"`
	ActRow
}

// GuardsAnew reports whether what guards the chain's end began anew with this row.
func (e *ActEntry) GuardsAnew() bool {
	return e.Phase == Begun && (e.What == Remarked || e.What == Accepted)
}

// Verified is what a look at a whole chain found, in words too.
type Verified struct {
	Verdict
	Problem *problem.Problem `json:"problem,omitempty"`
	// Guarded is since which row something outside of the chain guards its end,
	// where that began anew: what was cut off before it nothing tells.
	Guarded *ActEntry `json:"guarded,omitempty"`
}
