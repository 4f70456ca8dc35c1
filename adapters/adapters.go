// Package adapters is the whole contract between the gateway and the
// systems it reads: Source, Page, Spec, Env and the abilities a source may
// have besides. An adapter knows its wire; it stores nothing, moves no
// checkpoint, retries nothing for long and starts no goroutine that outlives
// a call.
package adapters

import (
	"context"
	"iter"
	"log/slog"
	"math/bits"
	"net/http"
	"slices"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Source reads one stream of one system. Pull is a function of the
// checkpoint and holds no state between calls that a restart could lose.
//
// An empty checkpoint means: from the beginning. The same checkpoint may be
// asked again at any time. Errors carry a class (problem.Retry, Halt); an
// unclassed one is Retry with backoff. A Problem in the chain names the
// code the console shows.
type Source interface {
	Pull(ctx context.Context, from canonical.Checkpoint) (Page, error)
}

// Page is one answer of a source. Records, Refused and Next are committed
// together or not at all (invariant 2).
type Page struct {
	Records []canonical.Raw
	Refused []Refused // what the adapter itself could not take apart
	// Tail is the rest of an answer that holds more than a page may; nil where
	// there is none. Whoever has the page reads it to its end or closes it.
	// Next, Complete and Notes count once the tail is committed too: until
	// then the checkpoint stays, and the whole answer is asked for again.
	Tail  Tail
	Next  canonical.Checkpoint // where to go on; must differ from the one asked while More
	More  bool                 // there is more now; otherwise the walk is at its end
	Start bool                 // this page begins a walk
	Whole bool                 // of a walk that lists what there is now, all of it, and not what changed
	// Beside, with Start: the walk is of another file than the walks before it,
	// and no newer. One key with different content in both is a contradiction.
	Beside bool
	// Once: of a walk that lists each matter once, as it is now, and not version after version: two rows of one key in one answer
	// are two matters.
	Once bool
	// Shared: another file has rows of the same table. Each row is mapped, so that
	// what the two say differently of one key shows, also where one of them is as it was.
	Shared bool
	Same   bool // it goes on in the answer, or the file, of the page before: nothing moved between the two
	// Complete, on the last page of a walk, proves that the pages since Start
	// listed everything in the scope, so that what was not listed is gone.
	// More may still be true: where one file is one walk, the next one follows.
	Complete *Scope
	// Unproven, on the last page of a walk, is the scope that it read to its end
	// where nothing shows that it saw everything: nothing is gone for it, and what
	// it misses is said.
	Unproven *Scope
	// Total is what the source claims to hold in this walk; -1 when it gives none.
	Total int
	// Notes are things worth a person's eye that stop nothing: totals that
	// contradict each other, rows that moved while walking.
	Notes []problem.Problem
}

// Tail gives the rest of a long answer, a page's worth at a time, in order and once.
type Tail interface {
	// Next gives what comes next; last: there is no more after it.
	Next(ctx context.Context) (records []canonical.Raw, refused []Refused, last bool, err error)
	Close() error // again, or after the last, is fine
}

// Refused is a piece of an answer that is no Raw yet: without a key, or cut.
// It is held with its reason under the key given (made up from its content
// where the source gave none).
type Refused struct {
	Raw     canonical.Raw
	Problem problem.Problem
	Rule    string // left out on purpose, by the rule of this name, and not held
}

// Scope is what a complete listing covered. The zero Scope is the whole stream.
//
// A listing can be everything there was and still not name what is there. Paged
// says that it came in several answers, between which rows may have slid: what
// it does not name is gone when the next one does not name it either. Open says
// that it may have been cut off where it ends: only a longer one shows that it
// was not.
type Scope struct {
	KeyPrefix   string
	From, To    time.Time // of Raw.At; To exclusive; zero is open
	Paged, Open bool
}

// Round reports whether a number of rows is one that people choose for a
// limit: a list of so many may have been cut off there.
func Round(n int) bool {
	m, zeros := n, 0
	for m >= 10 && m%10 == 0 {
		m, zeros = m/10, zeros+1
	}
	return zeros > 0 && slices.Contains([]int{1, 2, 3, 4, 5, 15, 25}, m) || n >= 32 && bits.OnesCount(uint(n)) == 1
}

// Env is all the gateway lends an adapter.
type Env struct {
	HTTP *http.Client     // guarded: time-outs, size caps and the hosts it may reach are the caller's
	Log  *slog.Logger     // for state changes only; never bodies, never secrets
	Now  func() time.Time // the only clock
	// Space bounds what answers take; nil bounds nothing.
	Space *Space
}

// Prober tries a source without taking anything: address, credentials, shape.
type Prober interface {
	Probe(ctx context.Context) error
}

// Receiver takes a delivery that a source made to us. It authenticates and
// parses; the gateway stores, and answers 2xx only after that (invariant 1).
// A delivery is one page, without a tail.
type Receiver interface {
	Receive(r *http.Request) (Page, error)
}

// Limited is a source that, as it is set up, cannot show everything: what a
// person must know who looks at its stream.
type Limited interface {
	Limits() []problem.Problem
}

// Advised is a source of which something, as it is set up, is likely not meant:
// for whoever sets it up, and no warning of its stream.
type Advised interface {
	Advice() []problem.Problem
}

// Signed is a Receiver that can say how deliveries to it are signed, in a line
// without secrets: whoever sets the source up needs it.
type Signed interface {
	Signed() string
}

// Keyed is a source that knows what its keys are made of, as far as that is
// set: columns of a table. Two streams with the same may name one thing.
type Keyed interface {
	KeyedBy() []string // empty where that is not known, or where it tells files apart
}

// Stamp is a key with the version the source gives it.
type Stamp struct{ Key, Version string }

// Lister lists keys and versions as the source has them, for reconciliation.
type Lister interface {
	List(ctx context.Context, scope Scope) iter.Seq2[Stamp, error]
}

// Fetcher asks for one matter by its key.
type Fetcher interface {
	Fetch(ctx context.Context, key string) (canonical.Raw, error)
}

// Acker acknowledges to a queue-like source what has been committed. It is called only
// after the commit, and may be called again for the same checkpoint.
type Acker interface {
	Ack(ctx context.Context, upTo canonical.Checkpoint) error
}

// Idler is told when a run is over: what it keeps in memory for the next page
// may go. It finds its place again by the checkpoint.
type Idler interface{ Idle() }

// Confirmer gives the checkpoint from which everything is listed once more
// before long: what a listing in several answers did not name is gone with the
// second that does not name it, and its own time may be a day away.
type Confirmer interface {
	Confirm(from canonical.Checkpoint) (canonical.Checkpoint, error)
}

// Rewinder gives the checkpoint from which everything is listed again, with
// nothing believed of what was there before: a person asked for that.
type Rewinder interface {
	Rewind(from canonical.Checkpoint) (canonical.Checkpoint, error)
}

// Restarter gives the checkpoints that people's orders make of one. What was
// listed before stays the measure of what is listed then.
type Restarter interface {
	// Sweep gives the one from which the whole listing is read again with the next
	// walk; a walk under way is given up for it.
	Sweep(from canonical.Checkpoint) (canonical.Checkpoint, error)
	// Restart gives the one from which the walk under way begins again at its first
	// page; from itself where none is.
	Restart(from canonical.Checkpoint) (canonical.Checkpoint, error)
}
