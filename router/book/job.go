package book

import (
	"time"

	"iocgateway/canonical/problem"
)

// The sections of plans and jobs.
const (
	Plans    = "plan"
	Jobs     = "job"
	Progress = "progress" // of a job's parts, by job/number
	Moves    = "move"     // which job moves where a stream stands, by stream
)

// What can be planned.
const (
	ReplayHeld   = "replay held"   // map Raws in quarantine again
	ReplayStream = "replay stream" // map all that a stream received again
	Sweep        = "sweep"         // have the source list everything again, now
	RestartWalk  = "restart walk"  // begin the walk under way again at its first page
	Forget       = "forget"        // forget how far the stream got, and what its source was like
)

// Repositions reports whether a kind of act moves where a stream stands in its
// source, and maps nothing itself.
func Repositions(kind string) bool { return kind == Sweep || kind == RestartWalk || kind == Forget }

// Move is a job's claim to a stream's position, made before the job is there.
type Move struct {
	Job string    `json:"job"`
	At  time.Time `json:"at"`
}

// PlanLife is how long a plan can be applied.
const PlanLife = 15 * time.Minute

// Ask is what somebody wants planned.
type Ask struct {
	Kind   string  `json:"kind"`
	Stream string  `json:"stream,omitempty"`
	Code   string  `json:"code,omitempty"`
	Key    string  `json:"key,omitempty"`
	IDs    []int64 `json:"ids,omitempty"`
	Rate   int     `json:"rate,omitempty"` // records a second
}

// Plan is what a bulk act would do, counted and hashed: applying it does
// exactly that, or refuses.
type Plan struct {
	ID      string     `json:"id"`
	Ask     Ask        `json:"ask"`
	By      string     `json:"by"`
	Why     string     `json:"why,omitempty"`
	Made    time.Time  `json:"made"`
	Expires time.Time  `json:"expires"`
	Parts   []PlanPart `json:"parts"`
	Planned int        `json:"planned"` // records, of all parts
	Effects Effects    `json:"effects"`
	// Means is in words what becomes of the stream and of its records, where the
	// counts do not say it.
	Means *problem.Problem `json:"means,omitempty"`
	Hash  string           `json:"hash"` // of what would be done to what
}

// PlanPart is the part of a plan that one stream's node does.
type PlanPart struct {
	Stream  string  `json:"stream"`
	Mapping string  `json:"mapping,omitempty"` // revision it was planned with
	InUse   string  `json:"in_use,omitempty"`  // revision that was in use then, where it was another
	Planned int     `json:"planned"`
	UpTo    int64   `json:"up_to,omitempty"` // the last held Raw it means
	Set     string  `json:"set,omitempty"`   // hash over the held Raws it means
	Effects Effects `json:"effects"`
}

// Effects is what today's mapping makes of the records, tried without
// publishing anything.
type Effects struct {
	Mapped   int `json:"mapped"`   // would be published, unless nothing changed
	Refused  int `json:"refused"`  // would stay held
	Excluded int `json:"excluded"` // by a named rule
	Keyless  int `json:"keyless"`  // nothing a mapping could be asked of: stay held
	Unknown  int `json:"unknown"`  // not tried: everything a stream received
}

// Add adds what another part would do.
func (e *Effects) Add(o Effects) {
	e.Mapped += o.Mapped
	e.Refused += o.Refused
	e.Excluded += o.Excluded
	e.Keyless += o.Keyless
	e.Unknown += o.Unknown
}

// The states of a job.
const (
	Active     = "active"
	Paused     = "paused"
	Cancelling = "cancelling" // the batch in hand ends first
	Cancelled  = "cancelled"
	Finished   = "done"
	Broken     = "failed" // a part could not go on; what it did stands
)

// Job is a plan that is being done, or was.
type Job struct {
	ID      string    `json:"id"`
	Plan    Plan      `json:"plan"`
	State   string    `json:"state"`
	By      string    `json:"by"`
	Why     string    `json:"why,omitempty"`
	Made    time.Time `json:"made"`
	Ended   time.Time `json:"ended,omitzero"`
	Changed string    `json:"changed_by,omitempty"` // who paused, resumed or cancelled it last
	Row     uint64    `json:"row,omitempty"`        // of the audit: where it began
}

// Over reports whether nothing more is done of it.
func (j *Job) Over() bool { return !j.Ended.IsZero() }

// Tally counts what became of a job's records. They add up: planned is the
// sum of all but Tried, which is the sum of the first four.
type Tally struct {
	Planned   int `json:"planned"`
	Tried     int `json:"tried"`
	Published int `json:"published"`
	Unchanged int `json:"unchanged"`
	Held      int `json:"held"`    // still refused
	Other     int `json:"other"`   // superseded, excluded
	Left      int `json:"left"`    // were gone when their turn came: by a new version, by a person, or in a batch whose counts a crash cut
	Waiting   int `json:"waiting"` // not tried yet, or not any more
	// Of the published ones, those that are gone: a source that listed everything
	// does not have them any more.
	Gone int `json:"gone,omitempty"`
}

// Add adds another part's.
func (t *Tally) Add(o Tally) {
	t.Planned += o.Planned
	t.Tried += o.Tried
	t.Published += o.Published
	t.Unchanged += o.Unchanged
	t.Held += o.Held
	t.Other += o.Other
	t.Left += o.Left
	t.Waiting += o.Waiting
	t.Gone += o.Gone
}

// PartProgress is how far a part of a job is.
type PartProgress struct {
	Stream string            `json:"stream"`
	Node   string            `json:"node,omitempty"`  // that worked on it last
	After  int64             `json:"after,omitempty"` // the last held Raw that was tried
	At     []uint64          `json:"at,omitempty"`    // position in the feed: behind what was tried
	UpTo   []uint64          `json:"up_to,omitempty"` // where the feed stood when it began
	Pages  int               `json:"pages,omitempty"`
	Run    int64             `json:"run,omitempty"`   // the stream's newest when it was repositioned; those behind it are the part's
	Moved  time.Time         `json:"moved,omitzero"`  // when it was repositioned
	Notes  []problem.Problem `json:"notes,omitempty"` // of the run that ended it
	Done   Tally             `json:"done"`
	Held   []int64           `json:"held,omitempty"` // the held Raws that were tried, the first thousand
	Began  time.Time         `json:"began,omitzero"`
	Ended  time.Time         `json:"ended,omitzero"`
	Cause  *problem.Problem  `json:"problem,omitempty"` // why it could not go on
}

// JobView is a job as it is shown.
type JobView struct {
	Job
	Parts []PartProgress `json:"parts"`
	Total Tally          `json:"total"`
	// Differs is in words how what came of it is not what was planned.
	Differs *problem.Problem `json:"differs,omitempty"`
}
