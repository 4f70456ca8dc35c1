package redis

import (
	"context"
	"time"
)

// registry is where the nodes keep who holds which lease: the scripts, one
// method each. The tests have a second one, in memory, that is held to the
// scripts.
type registry interface {
	join(ctx context.Context, s session, holds int) (bool, error)
	register(ctx context.Context, s session, names []string) error
	tick(ctx context.Context, s session, r tickRequest) (tickReply, error)
	release(ctx context.Context, session string, leases []lease) (revision int64, err error)
	reclaim(ctx context.Context, session string, leases []lease) (revision int64, mine []bool, err error)
	held(ctx context.Context, session string) (revision int64, leases []lease, err error)
	leave(ctx context.Context, session string, last bool) error
	// subscribe passes on the signals of other nodes, until ctx is over.
	subscribe(ctx context.Context, receive func(signal)) error
}

// lease is a name held, under its token.
type lease struct {
	name  string
	token int64
}

// session is a node's stay in the registry, and what does not change in it.
type session struct {
	id        string // name/boot/count
	node      string // presence, as JSON
	ttl       time.Duration
	work      bool
	catalogue string // which set of names it knows
	size      int    // how many those are
}

// tickRequest is what changes from tick to tick.
type tickRequest struct {
	offset time.Duration // of this node's clock
	limit  int           // the most names to be given now
	spare  bool          // beyond the share too: they lie idle
}

// tickReply is what a tick gives.
type tickReply struct {
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
	share    int
	revision int64         // changes to what this session holds, counted
	ends     time.Duration // until the next session of another runs out; negative: there is none
	more     bool          // ask again at once
	register bool          // names are missing in the registry: register them
	mixed    bool          // nodes know different sets of names
	given    []lease
}

// signal is what a node publishes for the others to come at once.
type signal string

const (
	signalJoin  signal = "join"  // a node that works came
	signalLeave signal = "leave" // one went
	signalFree  signal = "free"  // names lie free
)

// batch is the most names in one call.
const batch = 500
