package journal

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// The types below are the query view of a Log, as the feed API and the
// console read it. Each of those states the few methods it needs of them.

// Filter narrows a feed to rows; the zero Filter is the whole feed.
type Filter struct {
	Source, Stream, Area, Agency, Kind string
}

// FeedInfo is what a feed holds now.
type FeedInfo struct {
	Feed   canonical.Feed
	Oldest Position // the oldest sequence kept of each partition; 0 where it is empty
	Head   Position // the newest sequence of each partition
	Stands Footing  // what Head stands on
	Live   int      // current records that are not gone
	Held   int      // Raws of its kinds in quarantine
	HeadAt time.Time
}

// PageBytes is how many bytes of bodies a page has at most, but for its last
// entry: a page that reaches it ends there, whatever was asked for, and has
// more behind it. Memory follows what is in hand, never what a source sends
// (invariant 15).
const PageBytes = 8 << 20

// Changes is one page of a feed.
type Changes struct {
	Entries []Entry
	From    Position // where the page began: what was asked, or what is before the oldest kept
	Next    Position // continue after this one (it may lie beyond the last entry when a filter passed rows over)
	Head    Position
	More    bool
	Under   Footing // what the position asked for stands on, where the read came by
	Stands  Footing // what Next stands on
}

// Snapshot is one page of the current records, in sequence order within each
// partition.
type Snapshot struct {
	Entries []Entry
	Next    Position // continue after this one; nil at the end
	Stands  Footing  // what upTo stands on
}

// ListQuery asks for current records. Empty members do not filter.
type ListQuery struct {
	Kind        canonical.Kind
	Filter      Filter
	Status      []string
	Open        bool   // status not among the finished ones of the kind
	Text        string // folded search in the title and the key
	DueFrom     time.Time
	DueTo       time.Time
	UpdatedFrom time.Time
	UpdatedTo   time.Time
	Indicator   string // observations
	Sort        string // updated_at, -updated_at, due_at, -due_at, created_at, -created_at
	After       string // opaque, from the page before
	Limit       int
	IncludeGone bool
	CountAll    bool // fill List.Total (it costs a scan)
}

// List is one page of current records.
type List struct {
	Entries []Entry
	Next    string // opaque; empty at the end
	Total   int    // -1 when not asked
}

// HeldRaw is one Raw in quarantine.
type HeldRaw struct {
	ID        int64           `json:"id"`
	Stream    string          `json:"stream"`
	Key       string          `json:"key"`
	Kind      canonical.Kind  `json:"kind"`
	Problem   problem.Problem `json:"problem"`
	Mapping   string          `json:"mapping"`
	FirstSeen time.Time       `json:"first_seen"`
	LastSeen  time.Time       `json:"last_seen"`
	Times     int             `json:"times"` // how often the source gave it
	Dropped   *Dropped        `json:"dropped,omitempty"`
	Raw       canonical.Raw   `json:"-"`
}

// Dropped is that a person took a held Raw out; who and why stands in the audit.
type Dropped struct {
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Row    uint64    `json:"row,omitempty"` // of the audit
}

// HeldGroup is what one mend would free: same stream, code, field and path.
type HeldGroup struct {
	Stream  string          `json:"stream"`
	Code    string          `json:"code"`
	Field   string          `json:"field,omitempty"`
	Path    string          `json:"path,omitempty"`
	Count   int             `json:"count"`
	First   time.Time       `json:"first_seen"`
	Last    time.Time       `json:"last_seen"`
	Values  []ValueCount    `json:"values"` // the most frequent, at most 5
	Example problem.Problem `json:"example"`
}

// ValueCount is a raw value and how often it stood there.
type ValueCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Ending is how a run ended, by the name that people's words for it go by: one
// that took deliveries and refused others was not complete, and neither was one
// that left something open.
func (r *Run) Ending() string {
	failed := r.Error != "" || r.Problem != nil
	switch {
	case r.Ended.IsZero():
		return "open"
	case failed && (r.Refused != nil || r.Complete):
		return "refusing"
	case !r.Complete:
		return "stopped"
	case r.Unproven:
		return "unproven"
	case r.Noted(problem.Suspicious, problem.Displaced, problem.Doubtful, problem.Walked) != nil:
		return "doubtful"
	}
	return "complete"
}

// HeldQuery asks for held Raws. Empty members do not filter.
type HeldQuery struct {
	Stream, Code, Key string
	IDs               []int64
	Dropped           bool // what was dropped instead, while it is kept
	After             int64
	Limit             int
}

// Run is one run of a stream: from its first request to its last page.
type Run struct {
	ID         int64             `json:"id"` // per stream, from 1
	Stream     string            `json:"stream"`
	Started    time.Time         `json:"started_at"`
	Ended      time.Time         `json:"ended_at,omitzero"`
	Replay     bool              `json:"replay,omitempty"` // over what was received, without asking the source
	Pages      int               `json:"pages"`
	Counts     Counts            `json:"counts"`
	Proved     int               `json:"proved_gone"`
	Complete   bool              `json:"complete"`           // it reached the walk's end without an error
	Listed     bool              `json:"listed,omitempty"`   // it saw a whole listing and judged what was not in it
	Whole      bool              `json:"whole,omitempty"`    // a walk over everything ended in it, whatever that proves
	Unproven   bool              `json:"unproven,omitempty"` // a walk over everything ended, and nothing shows that it saw everything
	Problem    *problem.Problem  `json:"problem,omitempty"`
	Error      string            `json:"error,omitempty"`
	Notes      []problem.Problem `json:"notes,omitempty"`
	SourceTime time.Time         `json:"source_time,omitzero"` // newest change time seen
	From       json.RawMessage   `json:"from,omitempty"`
	To         json.RawMessage   `json:"to,omitempty"`
	Unlisted   []string          `json:"unlisted_keys,omitempty"` // examples of Counts.Unlisted
	Stays      []string          `json:"stays_keys,omitempty"`    // … and of Counts.Stays
	Refused    *Refusals         `json:"refused,omitempty"`       // deliveries, of a minute of a stream that is delivered to
}

// Refusals counts deliveries that were not taken.
type Refusals struct {
	Count map[string]int  `json:"count"` // by code
	Last  problem.Problem `json:"last"`
	At    time.Time       `json:"at"` // of the last
	// The source's own, and those of strangers behind which nothing was taken.
	Content   *Refusal  `json:"content,omitempty"`
	Strangers *Refusal  `json:"strangers,omitempty"`
	Replaced  bool      `json:"replaced,omitempty"` // behind the latest of Content one was taken
	Known     time.Time `json:"known,omitzero"`     // when one was last taken behind a stranger's
}

// Refusal is deliveries in a row that were refused for one of the two reasons.
type Refusal struct {
	Problem problem.Problem `json:"problem"` // of the latest
	At      time.Time       `json:"at"`      // of the latest
	Since   time.Time       `json:"since,omitzero"`
	Count   int             `json:"count,omitempty"`
}

// With is r, which may be nil, and more behind it.
func (r *Refusal) With(more *Refusal) *Refusal {
	if r == nil {
		return more
	}
	next := *more
	next.Count += r.Count
	if !r.Since.IsZero() {
		next.Since = r.Since
	}
	return &next
}

// Runs keeps the history of runs. BeginRun writes before the first pull, so
// that a crash is seen as a run that never ended; each page's commit brings
// what the run has come to (Batch.Progress).
type Runs interface {
	BeginRun(ctx context.Context, stream string, at time.Time) (int64, error)
	EndRun(ctx context.Context, run Run) error
	LastRuns(ctx context.Context, stream string, limit int) ([]Run, error)
}

// Pause is a stream stopped by a person.
type Pause struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero: until resumed
}

// Order is how a person may ask for a run.
type Order struct {
	AcceptRemovals bool // a suspicious listing is right: take its removals
}

// Suspicion is the note by which a run held a whole listing as suspicious;
// nil when it did not.
func (r *Run) Suspicion() *problem.Problem { return r.Noted(problem.Suspicious, problem.Displaced) }

// Noted is the last note of a reason; nil when there is none.
func (r *Run) Noted(reasons ...problem.Reason) *problem.Problem {
	for i := len(r.Notes) - 1; i >= 0; i-- {
		if slices.Contains(reasons, r.Notes[i].Reason()) {
			return &r.Notes[i]
		}
	}
	return nil
}

// Replayed counts what a replay did with held Raws.
type Replayed struct {
	Tried     int `json:"tried"`
	Published int `json:"published"`
	Unchanged int `json:"unchanged"`
	Held      int `json:"held"` // still refused
	Other     int `json:"other"`
}

// Add adds what came of another part.
func (r *Replayed) Add(o Replayed) {
	r.Tried += o.Tried
	r.Published += o.Published
	r.Unchanged += o.Unchanged
	r.Held += o.Held
	r.Other += o.Other
}
