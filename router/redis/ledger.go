package redis

import (
	"context"
	"time"
)

// ledger is what the leases need of Redis: the scripts, one method each. The
// tests have a second one, in memory, that is held to the first.
type ledger interface {
	join(ctx context.Context, s seat, holds int) (bool, error)
	register(ctx context.Context, s seat, names []string) error
	tick(ctx context.Context, s seat, in ask) (verdict, error)
	release(ctx context.Context, session string, leases []lease) (turn int64, err error)
	reclaim(ctx context.Context, session string, leases []lease) (turn int64, mine []bool, err error)
	held(ctx context.Context, session string) (turn int64, leases []lease, err error)
	leave(ctx context.Context, session string, last bool) error
	// listen passes on what other nodes say, until ctx is over.
	listen(ctx context.Context, heard func(word string)) error
}

// lease is a name held, under its token.
type lease struct {
	name  string
	token int64
}

// seat is a session and what does not change in it.
type seat struct {
	session   string
	node      string // presence, as JSON
	ttl       time.Duration
	work      bool
	catalogue string // which set of names it knows
	size      int    // how many those are
}

// ask is what a node says at a tick.
type ask struct {
	offset time.Duration // of its clock
	limit  int           // the most names to be given now
	spare  bool          // beyond the share too: they lie idle
}

// verdict is what a tick answers.
type verdict struct {
	known    bool // the session lives
	ended    bool // it was ended by others: whoever comes back holds nothing any more
	at       time.Time
	quiet    time.Duration // for so long nothing is given out and no session ends
	sessions int
	workers  int
	names    int
	free     int // of those this node knows
	held     int
	allowed  int // how many it may go on holding; -1 where it does not share
	aim      int // its share
	turn     int64
	ends     time.Duration // until the next session of another runs out; negative: there is none
	more     bool          // ask again at once
	register bool          // names are missing in the ledger: register them
	mixed    bool          // nodes know different sets of names
	given    []lease
}

// The words nodes call out to each other.
const (
	wordJoin  = "join"  // a node that works came
	wordLeave = "leave" // one went
	wordFree  = "free"  // names lie free
)

// batch is the most names in one call.
const batch = 500
