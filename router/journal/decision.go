package journal

import (
	"encoding/json"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// The types below pass between a Log that lies beyond one machine and the
// view each node keeps of it: what a batch comes to is decided against the
// view, written to the Log, and taken into every view from there.

// Place is where something stands: a partition and the sequence in it, from
// 1. The zero Place is nowhere.
type Place struct {
	Part int    `json:"part"`
	Seq  uint64 `json:"seq"`
}

// RawRef names a Raw: the New-th of a Decision's Raws, from 1, or one kept
// before at a Place. The zero RawRef names none.
type RawRef struct {
	New int `json:"-"`
	Place
}

// Decision is what a batch comes to, decided and written nowhere yet.
type Decision struct {
	Receipt  Receipt
	Raws     []canonical.Raw // to be kept
	Entries  []Decided
	Verdicts []Verdict
}

// Empty reports whether there is nothing to write.
func (d *Decision) Empty() bool {
	return len(d.Raws) == 0 && len(d.Entries) == 0 && len(d.Verdicts) == 0
}

// Decided is an entry on its way: without Seq and Prev, which the Log gives.
// One that is Superseded, or left out by a Rule, is history only.
type Decided struct {
	Entry
	Raw  RawRef
	Rule string // left out by this rule: kept for its Raw only
}

// Aside reports whether the entry is in no feed.
func (d *Decided) Aside() bool { return d.Superseded || d.Rule != "" }

// Verdict is all that is known of a key of a stream beside its entries: the
// newest one counts, whatever came before.
type Verdict struct {
	Stream string         `json:"stream"` // source/stream
	Key    string         `json:"key"`
	Kind   canonical.Kind `json:"kind"`
	Part   int            `json:"part"`          // of its record
	Seen   Seen           `json:"seen,omitzero"` // of its record, when a later Raw had the same content
	Last   Last           `json:"last,omitzero"` // the latest Raw that made no entry
	Held   *Hold          `json:"held,omitempty"`
	Owner  Owner          `json:"owner,omitzero"` // whose record it is, where it is another stream's
	// Dropped: what was held was taken out by a person, who stands in the audit.
	Dropped bool `json:"dropped,omitempty"`
}

// Seen is the last Raw with the current content. It is in every verdict over a
// record, and says with it whose the record was after that entry. Zero: there
// was no record, or none of this stream's.
type Seen struct {
	Digest  uint64 `json:"digest"` // first 8 bytes of the Raw's digest; 0 with an empty Mapping
	Mapping string `json:"mapping"`
	At      int64  `json:"at"`    // Unix milliseconds of the source's time; -1<<62 when unknown
	After   uint64 `json:"after"` // the entry it was seen after; with AfterNew, that one of the Decision's Entries, from 1
	// AfterNew is set by who decides and resolved by who writes.
	AfterNew int `json:"-"`
}

// Owner is the stream that has what a key of another one names, as of its entry
// After. Whoever reads the verdicts of both later, and of each only the newest,
// could not tell otherwise whether one was over the record or over what the
// stream gave beside it.
type Owner struct {
	Stream string `json:"stream"` // source/stream
	After  uint64 `json:"after"`
}

// Last is what became of a Raw that made no entry.
type Last struct {
	Digest  uint64  `json:"digest"`
	Mapping string  `json:"mapping"`
	Outcome Outcome `json:"outcome"` // held, excluded, superseded; empty: there is none
}

// Hold is a Raw in quarantine.
type Hold struct {
	ID      int64           `json:"id"`     // the same on every node
	Digest  []byte          `json:"digest"` // SHA-256 of the Raw
	Problem problem.Problem `json:"problem"`
	Mapping string          `json:"mapping"`
	First   time.Time       `json:"first"`
	Last    time.Time       `json:"last"`
	Times   int             `json:"times"`
	Raw     RawRef          `json:"raw"`
}

// Mirror is a piece of a Log on its way into a view, taken in whole or not
// at all together with how far it was read.
type Mirror struct {
	Raws        []MirrorRaw
	Entries     []MirrorEntry // those of one partition in order
	Verdicts    []Verdict     // those of one key in order; Raw places, no new ones
	Checkpoints []StreamCheckpoint
	Runs        []Run
	Pauses      []StreamPause
	Pasts       []StreamPast
	Marks       []ReaderMark
	Audits      []Audit
	Bridges     []Bridge
	// Read is how far each part of the Log was read, by a name that is the
	// Log's business: what the view answers to Origins after a restart.
	Read map[string]int64
}

// MirrorRaw is a Raw at its place.
type MirrorRaw struct {
	Place
	Raw canonical.Raw
}

// MirrorEntry is an entry at its place (Part and Seq), with its Raw's.
type MirrorEntry struct {
	Entry
	Raw  Place
	Rule string
}

// StreamCheckpoint is how far a stream got.
type StreamCheckpoint struct {
	Stream string
	At     canonical.Checkpoint
}

// StreamPast is what is remembered of a stream.
type StreamPast struct {
	Stream string
	Past   json.RawMessage
}

// StreamPause is a person's pause of a stream; nil lifts it.
type StreamPause struct {
	Stream string
	Pause  *Pause
}

// ReaderMark is how far a named reader got.
type ReaderMark struct {
	Reader string
	Feed   canonical.Feed
	At     Position
}

// Audit is something a person did to the data.
type Audit struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	What   string    `json:"what"`
	Target string    `json:"target"`
	Reason string    `json:"reason"`
}
