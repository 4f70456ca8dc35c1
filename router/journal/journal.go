// Package journal has the words of a Log: what is committed to it and what
// it answers, its positions and its query view. It is the ground floor of the
// router: every room may use it, and it uses none.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Outcome is what became of a Raw. Every Raw ends as exactly one (invariant 8).
type Outcome string

// The outcomes.
const (
	Published  Outcome = "published"
	Unchanged  Outcome = "unchanged"
	Superseded Outcome = "superseded" // older than what is current: kept in history only
	Held       Outcome = "held"       // in quarantine, with the reason
	Excluded   Outcome = "excluded"   // by a named rule
)

// Counts is how many Raws of a run ended how.
type Counts struct {
	Received   int `json:"received"`
	Published  int `json:"published"`
	Unchanged  int `json:"unchanged"`
	Superseded int `json:"superseded"`
	Held       int `json:"held"`
	Excluded   int `json:"excluded"`
	Gone       int `json:"gone"`    // of the published ones, removals (also those a complete listing proved, without a Raw)
	Unknown    int `json:"unknown"` // coded values that no list knows, in what was published
	// Of the held ones, those that were held before just as they are: a listing
	// names them every time.
	Again int `json:"again,omitempty"`
	// What left quarantine because a whole listing does not name it any more.
	Unlisted int `json:"unlisted,omitempty"`
	// Of the published ones, those that replaced a version whose time was ahead
	// when it came.
	Ahead int `json:"ahead,omitempty"`
	// Of the superseded ones, those that are older than a version whose time has
	// not come yet: what is served may be the older one of the two.
	Early int `json:"early,omitempty"`
	// Of the excluded ones, those of which a record was published before: it is
	// served as it was.
	Stays int `json:"stays,omitempty"`
	// Of the published ones, records that were gone before.
	Back int `json:"back,omitempty"`
}

// MostAhead is how far ahead of our clock a source's time may be and still be a
// clock that is kept: later than that when it came, it gives way to what a whole
// listing has now.
const MostAhead = 10 * time.Minute

// FarAhead is how far ahead a time may lie to be taken at all.
const FarAhead = 24 * time.Hour

// Notes are what a clock of the source that was ahead did, and what is served
// though a rule leaves it out, as a run notes it.
func (c Counts) Notes() (notes []problem.Problem) {
	if c.Ahead > 0 {
		notes = append(notes, problem.Problem{Code: "GW-R029", Value: strconv.Itoa(c.Ahead)})
	}
	if c.Early > 0 {
		notes = append(notes, problem.Problem{Code: "GW-R031", Value: strconv.Itoa(c.Early)})
	}
	if c.Stays > 0 {
		notes = append(notes, problem.Problem{Code: "GW-R032", Value: strconv.Itoa(c.Stays)})
	}
	return notes
}

// Add adds another page's counts.
func (c *Counts) Add(o Counts) {
	c.Received += o.Received
	c.Published += o.Published
	c.Unchanged += o.Unchanged
	c.Superseded += o.Superseded
	c.Held += o.Held
	c.Excluded += o.Excluded
	c.Gone += o.Gone
	c.Unknown += o.Unknown
	c.Again += o.Again
	c.Unlisted += o.Unlisted
	c.Ahead += o.Ahead
	c.Early += o.Early
	c.Stays += o.Stays
	c.Back += o.Back
}

// Unexplained is how many Raws ended as nothing: always 0, or there is a defect.
// proved is the number of removals that a complete listing proved.
func (c Counts) Unexplained(proved int) int {
	return c.Received + proved - c.Published - c.Unchanged - c.Superseded - c.Held - c.Excluded
}

// Part is how many Raws ended in one way, by the name of a member of Counts.
type Part struct {
	Name string
	N    int
}

// Parts are the ways in which Raws end, in the order in which people read them:
// with what is not explained they come to what was received and proved. Removals
// are published too, and stand apart: a line without them reads as if so much
// had come. What nothing ended as is left out.
func (c Counts) Parts() (parts []Part) {
	for _, p := range []Part{{"published", c.Published - c.Gone}, {"gone", c.Gone}, {"unchanged", c.Unchanged},
		{"superseded", c.Superseded}, {"held", c.Held}, {"excluded", c.Excluded}} {
		if p.N > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// MaxRaw is the largest payload taken as one record, in bytes.
const MaxRaw = 8 << 20

// Item is one Raw on its way into the Log, with what the mapping made of it.
// Exactly one of Record, Problem and Rule is set, or none: then Known has
// answered for it, nothing was mapped, and it ends as that again.
type Item struct {
	Raw     canonical.Raw
	Digest  [sha256.Size]byte
	Record  *canonical.Record
	Problem *problem.Problem // refused: why
	Rule    string           // excluded: by which rule
	Proved  bool             // no Raw: a complete listing proved the removal
	Listed  bool             // what its source has of this key now: the one Raw of it in a listing of everything
	// Proved and Listed: no Raw, and no removal: the listing named the key, and
	// nothing of it had to be held: what is held of it is of before, and ends.
}

// Batch is one page of one stream, committed with its checkpoint or not at
// all (invariant 2).
type Batch struct {
	Stream  string // source/stream
	Behalf  string // the stream whose reader commits this, where it is another: the gateway reports it
	Run     int64  // of this stream, from 1; 0 outside a run
	Mapping string // revision the items were mapped with
	Items   []Item
	// Adopts are the streams of the same source whose records this one takes
	// over: full names. An id belongs to the stream that published it; a Raw of
	// any other stream with it is held (invariant 11).
	Adopts []string
	// From is the checkpoint the page was pulled from and Next the one after
	// it. A Log that holds another checkpoint than From refuses the batch with
	// ErrCheckpoint: somebody else moved it. Both nil (a delivery, a replay)
	// moves nothing and checks nothing.
	From, Next canonical.Checkpoint
	At         time.Time // the gateway's clock: recordedtime
	// Progress is the run with this page, but for the page's counts, which
	// only the commit knows: it is written down with the page, so that a run that
	// is cut is known up to its last page. Nil outside a run.
	Progress *Run
	// Past is what is remembered of the stream from this page on (Pasts); nil
	// leaves what is. It is committed with the page, because what was mapped is
	// unchanged from then on, and is never seen again.
	Past json.RawMessage
}

// Ran is the run with what a page came to; nil outside a run.
func (b *Batch) Ran(r Receipt) *Run {
	if b.Progress == nil {
		return nil
	}
	run := *b.Progress
	run.Counts.Add(r.Counts)
	run.Unlisted = append(slices.Clone(run.Unlisted), r.Unlisted...)
	run.Unlisted = run.Unlisted[:min(len(run.Unlisted), UnlistedTold)]
	run.Stays = append(slices.Clone(run.Stays), r.Stays...)
	run.Stays = run.Stays[:min(len(run.Stays), UnlistedTold)]
	return &run
}

// Receipt is what a commit did.
type Receipt struct {
	Counts   Counts
	Outcomes []Outcome // one per item, in order
	Unlisted []string  // keys of what left quarantine with Counts.Unlisted, the first few
	Stays    []string  // keys of Counts.Stays, the first few
}

// UnlistedTold is how many keys are kept as examples of what left quarantine, and
// of what stays though a rule leaves it out.
const UnlistedTold = 5

// Op is what an entry does to its record.
type Op string

// The operations: a correction is marked as one (invariant 3).
const (
	OpChanged   Op = "changed"
	OpCorrected Op = "corrected" // same Raw, another mapping
	OpGone      Op = "gone"
)

// Entry is one published version of a record.
type Entry struct {
	Feed       canonical.Feed
	Part       int    // of the feed's partitions; a record's entries are all in one
	Seq, Prev  uint64 // of the partition, growing; Prev is the one before it there
	Op         Op
	Kind       canonical.Kind
	ID         string
	Source     string
	Stream     string
	Key        string
	Version    string
	At         time.Time
	RecordedAt time.Time
	Mapping    string
	RawDigest  [sha256.Size]byte
	Index      canonical.Index
	Body       []byte // canonical JSON; a gone entry keeps the last known body
	Superseded bool   // in history only: it arrived after a newer one and is in no feed (Seq 0)
}

// Log is the durable, ordered heart. The embedded store and Kafka implement
// it; storetest judges both.
type Log interface {
	// Commit makes a page durable, all or nothing: raws, records, refusals,
	// counts and checkpoint. When it returns, the data is safe.
	Commit(ctx context.Context, b Batch) (Receipt, error)
	// Checkpoint is how far a stream got; nil when it never ran.
	Checkpoint(ctx context.Context, stream string) (canonical.Checkpoint, error)
	// Read gives the entries of a feed after a position, in order within each
	// partition, at most limit. It gives some unless there are none.
	Read(ctx context.Context, feed canonical.Feed, after Position, limit int) ([]Entry, error)
	// Mark keeps how far a named reader (a sink) has got in a feed.
	Mark(ctx context.Context, reader string, feed canonical.Feed, at Position) error
	// Marked is how far a named reader got; nil when it never did.
	Marked(ctx context.Context, reader string, feed canonical.Feed) (Position, error)
}

// Known is the cheap half of "unchanged?": a Log that knows, before any
// mapping, what became of exactly this Raw under exactly this mapping
// revision. The empty Outcome means: not known, map it.
type Known interface {
	Known(stream, key string, digest [sha256.Size]byte, mapping string) Outcome
}

// Keys is the other half of a proven removal: the keys of a stream's live
// records in a scope.
type Keys interface {
	LiveKeys(ctx context.Context, stream string, scope adapters.Scope) ([]string, error)
	// HeldKeys are those that the stream has in quarantine.
	HeldKeys(ctx context.Context, stream string, scope adapters.Scope) ([]string, error)
}

// Pasts is what is remembered of a stream, whoever wrote it last: the newest
// Batch.Past. Nil where there is none.
type Pasts interface {
	Past(ctx context.Context, stream string) (json.RawMessage, error)
}

// Raws is what a replay reads: the Raws behind a stream's live records, in
// feed order, up to where the feed stood when the replay began.
type Raws interface {
	Head(feed canonical.Feed) Position
	CurrentRaws(ctx context.Context, feed canonical.Feed, stream string, after, upTo Position, limit int) (raws []canonical.Raw,
		next Position, err error)
}

// Mapper makes Records of one stream's Raws. It is pure and safe for
// concurrent use. An error is classed: FaultReject (with a Problem in the
// chain) or FaultExclude.
type Mapper interface {
	Map(raw canonical.Raw) (canonical.Record, error)
	// Revision names the mapping and what it was compiled from; it changes
	// exactly when the outcome of Map could.
	Revision() string
}

// Sink takes entries somewhere else: at least once, in order per key.
type Sink interface {
	Send(ctx context.Context, entries []Entry) error
}
