package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"iocgateway/canonical/problem"
)

// LeaseOptions say what a node can work on, and how.
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

// Leases shares names between the nodes that work. A node without RoleWork
// shares nothing, and Run only keeps its presence.
type Leases struct {
	c      *Client
	o      LeaseOptions
	book   ledger
	seat   seat
	random func() float64

	moved, freed, done chan struct{} // nodes came or went; names lie free; a Lose returned

	// Only the goroutine of Run touches these.
	joined   bool
	turn     int64
	doubt    bool      // an answer was missed: read what the ledger gives us
	doubts   int       // rounds in a row that ended in doubt
	retiring bool      // Run is ending: take nothing more
	idle     time.Time // since when names lie free that nobody took within its share
	told     time.Time // when the names were last registered

	mu       sync.Mutex
	holding  map[string]*holding
	finished []string // Lose has returned, and nobody looked yet
	heard    time.Time
	offset   time.Duration
	last     verdict
	failure  error // of the last call
	deaf     error // why no words of others are heard
	work     context.Context
	recovery *problem.Problem
	mended   time.Time
}

const (
	defaultTTL  = 10 * time.Second
	shortestTTL = time.Second
	defaultStop = 30 * time.Second
)

// Leases prepares the sharing; Run does it.
func (c *Client) Leases(o LeaseOptions) *Leases {
	return newLeases(c, o, c.srv)
}

func newLeases(c *Client, o LeaseOptions, book ledger) *Leases {
	if o.TTL == 0 {
		o.TTL = defaultTTL
	}
	o.TTL = max(o.TTL, shortestTTL)
	if o.StopWithin == 0 {
		o.StopWithin = defaultStop
	}
	o.Names = slices.Compact(slices.Sorted(slices.Values(o.Names)))
	if o.Gained == nil {
		o.Gained = func(string, int64) {}
	}
	if o.Lose == nil {
		o.Lose = func(context.Context, string) {}
	}
	presence, _ := json.Marshal(c.o.Node) // strings, a time: it cannot fail
	return &Leases{c: c, o: o, book: book, random: rand.Float64, holding: map[string]*holding{},
		moved: make(chan struct{}, 1), freed: make(chan struct{}, 1), done: make(chan struct{}, 1),
		seat: seat{session: c.session(), node: string(presence), ttl: o.TTL, work: c.o.Node.Works(),
			catalogue: catalogueOf(o.Names), size: len(o.Names)}}
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
	l.work = call
	listening, deafen := context.WithCancel(call)
	var wg sync.WaitGroup
	wg.Go(func() { l.listen(listening) })
	defer wg.Wait()
	defer deafen()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var due time.Time
	hurry := func(soon time.Duration, react bool) {
		if react && l.now().Add(soon).Before(due) {
			due = l.now().Add(soon)
			timer.Reset(soon)
		}
	}
	for {
		select {
		case <-ctx.Done():
			l.stop(call)
			return nil
		case <-l.done:
			hurry(gather, true)
		case <-l.moved:
			hurry(l.between(0, l.spread()), true)
		case <-l.freed:
			hurry(5*time.Millisecond+l.between(0, l.spread()/4), l.hungry())
		case <-timer.C:
			wait := l.step(call)
			due = l.now().Add(wait)
			timer.Reset(wait)
		}
	}
}

// gather is how long one release waits for others that stop at the same time.
const gather = 10 * time.Millisecond

// listen hears what other nodes say. Without it all goes on, by the ticks.
func (l *Leases) listen(ctx context.Context) {
	wait := time.Second
	for ctx.Err() == nil {
		began := l.now()
		err := l.book.listen(ctx, func(word string) {
			l.setDeaf(nil)
			l.say(word)
		})
		if err != nil {
			l.setDeaf(err)
		}
		if l.now().Sub(began) > time.Minute {
			wait = time.Second
		}
		select {
		case <-ctx.Done():
		case <-time.After(l.between(wait/2, wait)):
		}
		wait = min(2*wait, 30*time.Second)
	}
}

func (l *Leases) setDeaf(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = err
}

// say passes a word of another node on. It never waits: one that was said
// already and not yet heeded need not be said twice.
func (l *Leases) say(word string) {
	if word == wordFree {
		nudge(l.freed)
	} else {
		nudge(l.moved)
	}
}

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *Leases) now() time.Time { return l.c.o.Now() }

// between is a random time, so that many nodes do not come at once.
func (l *Leases) between(least, most time.Duration) time.Duration {
	return least + time.Duration(l.random()*float64(most-least))
}

// spread is over how long nodes that are called together come: two at once,
// hundreds over half a second.
func (l *Leases) spread() time.Duration {
	each := time.Duration(l.c.workers.Load()) * 5 * time.Millisecond
	return min(max(each, 10*time.Millisecond), l.o.TTL/20)
}

// hungry: this node was given less than its share.
func (l *Leases) hungry() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last.allowed < l.last.aim
}

// step settles with Redis until there is nothing more to do now, and says when
// to come again.
func (l *Leases) step(ctx context.Context) time.Duration {
	for {
		again, wait, err := l.round(ctx)
		if err != nil {
			l.failed(err)
			return l.between(l.o.TTL/20, l.o.TTL/10) // soon: a session must not run out over one lost packet
		}
		if !again || ctx.Err() != nil {
			return wait
		}
	}
}

func (l *Leases) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure == nil {
		l.c.o.Log.Warn("Redis does not answer; leases held here are held on", "error", err)
	}
	l.failure = err
	l.doubt = true // the call may have been done though its answer was lost
}

// stop is the orderly end: stop all work at once, leave the sharing, release
// as it stops, end the session. Redis silent in the end costs the others the
// lease time, and this node a few seconds.
func (l *Leases) stop(ctx context.Context) {
	l.retiring = true
	l.loseAll(false)
	l.leave(ctx, false)
	var deadline time.Time
	for {
		wait := l.step(ctx)
		running, unreleased := l.leftovers()
		if running == 0 && deadline.IsZero() {
			deadline = l.now().Add(callTimeout)
		}
		if running == 0 && (unreleased == 0 || l.now().After(deadline)) {
			break
		}
		select {
		case <-l.done:
			time.Sleep(gather)
		case <-time.After(min(wait, l.o.TTL/10)):
		}
	}
	if l.answers() {
		l.leave(ctx, true)
	}
}

func (l *Leases) answers() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure == nil
}

// leave says that we go. A session nobody hears the end of runs out by itself.
func (l *Leases) leave(ctx context.Context, last bool) {
	if !l.joined {
		return
	}
	if err := l.bounded(ctx, func(ctx context.Context) error { return l.book.leave(ctx, l.seat.session, last) }); err != nil {
		l.failed(err)
	}
}

// bounded gives a call the time a call may take.
func (l *Leases) bounded(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, min(callTimeout, l.o.TTL/4))
	defer cancel()
	return call(ctx)
}

// State is what a health page shows.
type State struct {
	Session  string           `json:"session"`
	Joined   bool             `json:"joined"`
	Heard    time.Time        `json:"heard"`              // when Redis last answered
	Nodes    int              `json:"nodes"`              // live
	Workers  int              `json:"workers"`            // of those, the ones that share
	Names    int              `json:"names"`              // all that are shared
	Free     int              `json:"free"`               // held by nobody
	Held     int              `json:"held"`               // worked on here
	Stopping int              `json:"stopping"`           // being stopped here
	Share    int              `json:"share"`              // what this node should hold
	Waiting  bool             `json:"waiting,omitempty"`  // Redis came back or lost its data: nothing is given out before all were heard
	Mixed    bool             `json:"mixed,omitempty"`    // nodes know different names
	Problem  *problem.Problem `json:"problem,omitempty"`  // GW-L…
	Recovery *problem.Problem `json:"recovery,omitempty"` // the last thing that was mended here …
	Mended   time.Time        `json:"mended,omitzero"`    // … and when
}

// State tells how the sharing stands.
func (l *Leases) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := State{Session: l.seat.session, Joined: l.last.known, Heard: l.heard, Nodes: l.last.sessions, Workers: l.last.workers,
		Names: l.last.names, Free: l.last.free, Share: l.last.aim, Waiting: l.last.quiet > 0, Mixed: l.last.mixed,
		Problem: l.trouble(), Recovery: l.recovery, Mended: l.mended}
	for _, h := range l.holding {
		if h.phase == working {
			s.Held++
		} else {
			s.Stopping++
		}
	}
	return s
}

// trouble is what is wrong now. A single answer that failed is none yet.
func (l *Leases) trouble() *problem.Problem {
	switch {
	case l.failure != nil && l.now().Sub(l.heard) > l.o.TTL/2:
		p := l.c.problem(l.failure)
		if p.Code == "GW-L008" && !l.heard.IsZero() {
			p.Value = l.heard.Format(time.RFC3339)
		}
		return p
	case l.offset.Abs() > maxSkew:
		return skewed(l.offset)
	case l.deaf != nil && l.c.problem(l.deaf).Code == "GW-L003":
		return &problem.Problem{Code: "GW-L011", Value: l.c.user(), Want: l.c.o.Prefix, Err: l.deaf}
	}
	return nil
}

// Held gives the names worked on here, with their tokens.
func (l *Leases) Held() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := make(map[string]int64, len(l.holding))
	for name, h := range l.holding {
		if h.phase == working {
			held[name] = h.token
		}
	}
	return held
}

// recovered notes what was mended, for the log and the health page.
func (l *Leases) recovered(code string, count int) {
	p := &problem.Problem{Code: code, Value: strconv.Itoa(count)}
	l.mu.Lock()
	l.recovery, l.mended = p, l.now()
	l.mu.Unlock()
	l.c.o.Log.Warn(p.Text(problem.English), "code", code, "hint", p.Hint(problem.English))
}
