package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"iocgateway/canonical/problem"
)

// LeaseOptions are what a node can work on, and how.
//
// All nodes should be given the same names. While a change of configuration is
// rolled out they are not: a node is only ever given names it knows itself.
// Meanwhile nobody sheds, as what one sheds the others may not know, and what
// nobody claims within its share goes beyond the share to whoever knows it.
// Once all agree again, shares are evened out.
type LeaseOptions struct {
	Names []string
	TTL   time.Duration // how long a silent node keeps its leases; 10 s where zero, at least 1 s
	// StopWithin ends the context of Lose; 30 s where zero.
	StopWithin time.Duration
	// Gained starts work on a name. It must not block.
	Gained func(name string, token int64)
	// Lose stops the work and returns once it has stopped. Only then is the
	// lease released, where it was not lost already.
	Lose func(ctx context.Context, name string)
}

const (
	defaultTTL  = 10 * time.Second
	shortestTTL = time.Second // below it, one lost packet would end a session
	defaultStop = 30 * time.Second
)

// complete sets what is not set, and refuses what cannot be meant.
func (o *LeaseOptions) complete() error {
	if o.TTL == 0 {
		o.TTL = defaultTTL
	}
	if o.StopWithin == 0 {
		o.StopWithin = defaultStop
	}
	o.Names = slices.Sorted(slices.Values(o.Names))
	switch {
	case o.TTL < shortestTTL:
		return &problem.Problem{Code: "GW-L014", Field: "lease", Value: o.TTL.String(), Want: defaultTTL.String()}
	case o.StopWithin < 0:
		return fmt.Errorf("redis: leases that are to stop within %s", o.StopWithin)
	case len(o.Names) > 0 && (o.Gained == nil || o.Lose == nil):
		return errors.New("redis: leases of names need Gained and Lose")
	case len(o.Names) > 0 && o.Names[0] == "":
		return errors.New("redis: a lease needs a name")
	}
	for i := 1; i < len(o.Names); i++ {
		if o.Names[i] == o.Names[i-1] {
			return fmt.Errorf("redis: two leases are named %s", o.Names[i])
		}
	}
	return nil
}

// Leases shares names between the nodes that work. A node without RoleWork
// shares nothing, and Run only keeps its presence.
type Leases struct {
	ttl      time.Duration
	clock    clock
	holdings *holdings // what this node works on
	answers  *answers  // what Redis answered last
	renewal  *renewal  // the session in the registry
	signals  *signals  // of other nodes
}

// Leases prepares the sharing; Run does it.
func (c *Client) Leases(o LeaseOptions) (*Leases, error) {
	return newLeases(c, o, c.srv)
}

func newLeases(c *Client, o LeaseOptions, r registry) (*Leases, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	presence, err := json.Marshal(c.o.Node)
	if err != nil {
		return nil, fmt.Errorf("redis: presence of %s: %w", c.o.Node.Name, err)
	}
	l := &Leases{ttl: o.TTL, clock: clock{c.o.Now, rand.Float64}, holdings: newHoldings(&o), answers: &answers{c: c, ttl: o.TTL}}
	l.signals = newSignals(r, l.answers, l.clock)
	l.renewal = &renewal{c: c, clock: l.clock, registry: r, holdings: l.holdings, answers: l.answers, names: o.Names,
		session: session{node: string(presence), ttl: o.TTL, work: c.o.Node.Works(), catalogue: catalogueOf(o.Names), size: len(o.Names)}}
	l.renewal.restart()
	return l, nil
}

// catalogueOf names a set of names: nodes with the same configuration share
// one list in Redis.
func catalogueOf(names []string) string {
	h, line := sha256.New(), []byte(nil)
	for _, n := range names {
		line = append(append(strconv.AppendInt(line[:0], int64(len(n)), 10), ':'), n...)
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Run shares until ctx is over; then it stops all work, releases all leases
// and leaves. While Redis does not answer, it holds what it holds.
func (l *Leases) Run(ctx context.Context) error {
	call, stop := context.WithCancel(context.WithoutCancel(ctx)) // what is in hand is ended in order
	defer stop()
	subscribed, unsubscribe := context.WithCancel(call)
	var wg sync.WaitGroup
	wg.Go(func() { l.signals.run(subscribed) })
	defer wg.Wait()
	defer unsubscribe()
	tick := alarm{now: l.clock.now, timer: time.NewTimer(0)}
	defer tick.timer.Stop()
	for {
		select {
		case <-ctx.Done():
			l.stop(call)
			return nil
		case <-l.holdings.returned:
			tick.within(gather)
		case <-l.signals.nodes:
			tick.within(l.clock.between(0, l.renewal.spread()))
		case <-l.signals.free:
			if l.answers.belowShare() {
				tick.within(5*time.Millisecond + l.clock.between(0, l.renewal.spread()/4))
			}
		case <-tick.timer.C:
			tick.in(l.renewal.renew(call))
		}
	}
}

// gather is how long one release waits for others that stop at the same time.
const gather = 10 * time.Millisecond

// alarm is a timer that can be brought forward.
type alarm struct {
	now   func() time.Time
	timer *time.Timer
	due   time.Time
}

func (a *alarm) in(wait time.Duration) {
	a.due = a.now().Add(wait)
	a.timer.Reset(wait)
}

// within brings it forward, where it is due later.
func (a *alarm) within(soon time.Duration) {
	if a.now().Add(soon).Before(a.due) {
		a.in(soon)
	}
}

// stop is the orderly end: stop all work at once, leave the sharing, release
// as it stops, end the session. Redis silent in the end costs the others the
// lease time, and this node a few seconds.
func (l *Leases) stop(ctx context.Context) {
	l.renewal.retire(ctx)
	var deadline time.Time
	for {
		wait := l.renewal.renew(ctx)
		running, unreleased := l.holdings.leftovers()
		if running == 0 && deadline.IsZero() {
			deadline = l.clock.now().Add(callTimeout)
		}
		if running == 0 && (unreleased == 0 || l.clock.now().After(deadline)) {
			break
		}
		select {
		case <-l.holdings.returned:
			time.Sleep(gather)
		case <-time.After(min(wait, l.ttl/10)):
		}
	}
	if l.answers.ok() {
		l.renewal.leave(ctx, true)
	}
}

// LeaseState is what a health page shows.
type LeaseState struct {
	Session  string           `json:"session"`
	Joined   bool             `json:"joined"`
	Answered time.Time        `json:"heard"`              // when Redis last answered
	Nodes    int              `json:"nodes"`              // live
	Workers  int              `json:"workers"`            // of those, the ones that share
	Names    int              `json:"names"`              // all that are shared
	Free     int              `json:"free"`               // held by nobody
	Held     int              `json:"held"`               // worked on here
	Stopping int              `json:"stopping"`           // being stopped here
	Share    int              `json:"share"`              // what this node should hold
	Waiting  bool             `json:"waiting,omitempty"`  // Redis came back or lost its data: nothing is given out before all have come
	Mixed    bool             `json:"mixed,omitempty"`    // nodes know different names
	Problem  *problem.Problem `json:"problem,omitempty"`  // GW-L…
	Recovery *problem.Problem `json:"recovery,omitempty"` // the last thing that was mended here …
	Mended   time.Time        `json:"mended,omitzero"`    // … and when
}

// State is how the sharing stands.
func (l *Leases) State() LeaseState {
	s := l.answers.state()
	s.Held, s.Stopping = l.holdings.counts()
	return s
}

// Held gives the names worked on here, with their tokens.
func (l *Leases) Held() map[string]int64 {
	held := map[string]int64{}
	for _, h := range l.holdings.in(working) {
		held[h.name] = h.token
	}
	return held
}
