// Package book is the side book: durable state that is neither Log nor Raw.
// It has named sections, whose items are put and deleted against the revision
// that was read, and parts, which only grow and are hash-chained.
//
// What a change is, whether it fits, and what it comes to is decided here,
// once; engines make changes durable and put them in one order:
//
//	           Next               durable              Apply
//	wanted ───────────▶ change ─────────────▶ written ─────────▶ in the State
//	  │   fits the State? (revision,          a line of a file (router/store/bookfile),
//	  ▼   number and hash of a part)          a message of a topic (router/kafka)
//	refused: ErrConflict, ErrNotFound
//
// # A part
//
//	       row 7               row 8               row 9
//	┌────────────────┐  ┌────────────────┐  ┌────────────────┐
//	│ seq at body    │  │ seq at body    │  │ seq at body    │
//	│ prev = hash 6  │◀─│ prev = hash 7  │◀─│ prev = hash 8  │◀─ head
//	│ hash           │  │ hash           │  │ hash           │
//	└────────────────┘  └────────────────┘  └────────────────┘
//
// A hash is over number, time, prev, anchor and body. Pruning writes a
// row that names the last one pruned, its anchor, and only then drops those
// up to it: what is left still proves itself, and the cut stands in the chain.
package book

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Errors callers branch on.
var (
	// ErrConflict: the item has another revision than the change was made for.
	ErrConflict = errors.New("book: somebody changed it meanwhile")
	// ErrNotFound: there is no such item.
	ErrNotFound = errors.New("book: not found")
)

// Item is what stands in a section under a key.
type Item struct {
	Section string          `json:"section"`
	Key     string          `json:"key"`
	Rev     uint64          `json:"rev"` // from 1; each change is the next
	Body    json.RawMessage `json:"body"`
}

// Row is one of a part's.
type Row struct {
	Part   string          `json:"part"`
	Seq    uint64          `json:"seq"` // from 1, without holes
	At     time.Time       `json:"at"`
	Prev   string          `json:"prev,omitempty"` // hash of the row before; empty for the first
	Anchor *Anchor         `json:"anchor,omitempty"`
	Body   json.RawMessage `json:"body"` // canonical JSON
	Hash   string          `json:"hash"`
}

// Anchor is the last row that was pruned.
type Anchor struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// Book is the side book of a gateway. All of its methods may be called at the
// same time; what changes something is durable when it returns.
type Book interface {
	// Put writes an item over revision rev, 0 where there must be none, and
	// gives its new revision.
	Put(ctx context.Context, section, key string, rev uint64, body any) (uint64, error)
	Delete(ctx context.Context, section, key string, rev uint64) error
	// Get gives an item; ErrNotFound when there is none.
	Get(section, key string) (Item, error)
	// List gives the items of a section, by key.
	List(section string) []Item
	// Changed is closed at the next change of a section.
	Changed(section string) <-chan struct{}
	// Append adds a row to a part.
	Append(ctx context.Context, part string, body any) (Row, error)
	// Read gives rows of a part whose number is greater than after, at most limit.
	Read(ctx context.Context, part string, after uint64, limit int) ([]Row, error)
	// Head is a part's newest row, by number and hash.
	Head(part string) Anchor
	// Prune drops the rows of a part that are older, and gives how many.
	Prune(ctx context.Context, part string, before time.Time) (int, error)
	// Verify walks a part from its anchor to its head.
	Verify(ctx context.Context, part string) (Verdict, error)
	// Damage is what is wrong with the book itself; nil when nothing is. A
	// damaged book is read as far as it can be, and takes no change.
	Damage() error
}

// Verdict is what Verify found.
type Verdict struct {
	Part   string `json:"part"`
	Rows   int    `json:"rows"`
	First  uint64 `json:"first"`            // oldest row kept; 0 where there is none
	Head   Anchor `json:"head"`             // keep it elsewhere: a chain that was cut short proves itself, but not against it
	Pruned uint64 `json:"pruned,omitempty"` // rows up to this one were pruned
	Whole  bool   `json:"whole"`
	// What is wrong first, and at which row.
	At   uint64 `json:"at,omitempty"`
	What Fault  `json:"what,omitempty"`
	Lost uint64 `json:"lost,omitempty"` // rows that were cut off the end, which what stands outside of the book tells
}

// Fault is how a chain can be broken.
type Fault string

// The faults.
const (
	Changed Fault = "changed" // the row is not what its hash was made of
	Missing Fault = "missing" // rows before this one are not there
	Moved   Fault = "moved"   // the row does not stand where its number says, or stands twice
	Joined  Fault = "joined"  // the row does not name the one before it: one of the two was replaced
)

// Origin is how far a book that follows another has read it.
type Origin struct {
	Of   string `json:"of"`   // which one
	Next int64  `json:"next"` // behind what was taken in
}

// Local is what a node keeps of a book that all nodes share: it is read here,
// and changed only by what stands in the shared one, in its order.
type Local interface {
	Book
	NextPut(section, key string, rev uint64, body any) (Change, error)
	NextDelete(section, key string, rev uint64) (Change, error)
	NextRow(part string, at time.Time, anchor *Anchor, body any) (Change, error)
	// Take takes changes in, and keeps how far that was. What it has already is
	// passed over.
	Take(ctx context.Context, changes []Change, origin Origin) error
	Origin() Origin
}
