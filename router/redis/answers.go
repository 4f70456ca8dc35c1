package redis

import (
	"strconv"
	"sync"
	"time"

	"iocgateway/canonical/problem"
)

// answers is what Redis answered last, and what has failed since. The renewal
// writes it, health pages read it.
type answers struct {
	c   *Client
	ttl time.Duration

	mu           sync.Mutex
	session      string    // its id, as it is now
	last         tickReply // of the last tick that was answered
	at           time.Time // when that was sent
	offset       time.Duration
	failure      error // of the last call
	unsubscribed error // why no signals of other nodes arrive
	recovery     *problem.Problem
	mended       time.Time
}

// began notes the id of a new session.
func (a *answers) began(session string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.session = session
}

// ticked notes that Redis answered a tick.
func (a *answers) ticked(r tickReply, sent, got time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failure != nil && !a.at.IsZero() {
		a.c.o.Log.Info("Redis answers again", "silent", got.Sub(a.at).Round(time.Second))
	}
	a.last, a.failure, a.at = r, nil, sent
	if r.known {
		a.offset = offset(sent, got, r.at)
		a.c.workers.Store(int64(r.workers))
	}
}

// failed notes that a call failed.
func (a *answers) failed(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failure == nil {
		a.c.o.Log.Warn("Redis does not answer; leases held here are held on", "error", err)
	}
	a.failure = err
}

// ok reports whether the last call was answered.
func (a *answers) ok() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failure == nil
}

// clock is how far this node's clock was ahead of the server's at the last tick.
func (a *answers) clock() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.offset
}

// subscribed notes why no signals of other nodes arrive; nil: they do.
func (a *answers) subscribed(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unsubscribed = err
}

// belowShare: this node was given less than its share.
func (a *answers) belowShare() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last.allowed < a.last.share
}

// recovered notes what was mended, for the log and the health page.
func (a *answers) recovered(code string, count int) {
	p := &problem.Problem{Code: code, Value: strconv.Itoa(count)}
	a.mu.Lock()
	a.recovery, a.mended = p, a.c.o.Now()
	a.mu.Unlock()
	a.c.o.Log.Warn(p.Text(problem.English), "code", code, "hint", p.Hint(problem.English))
}

// state is the part of LeaseState that Redis answered.
func (a *answers) state() LeaseState {
	a.mu.Lock()
	defer a.mu.Unlock()
	return LeaseState{Session: a.session, Joined: a.last.known, Answered: a.at, Nodes: a.last.sessions, Workers: a.last.workers,
		Names: a.last.names, Free: a.last.free, Share: a.last.share, Waiting: a.last.quiet > 0, Mixed: a.last.mixed,
		Problem: a.trouble(), Recovery: a.recovery, Mended: a.mended}
}

// trouble is what is wrong now. A single call that failed is nothing yet. The
// caller holds a.mu.
func (a *answers) trouble() *problem.Problem {
	switch {
	case a.failure != nil && a.c.o.Now().Sub(a.at) > a.ttl/2:
		p := a.c.problem(a.failure)
		if p.Reason() == problem.NoAnswer && !a.at.IsZero() {
			p.Value = a.at.Format(time.RFC3339)
		}
		return p
	case a.offset.Abs() > maxSkew:
		return skewed(a.offset)
	case a.unsubscribed != nil && a.c.problem(a.unsubscribed).Reason() == problem.NotPermitted:
		return &problem.Problem{Code: "GW-L011", Value: a.c.user(), Want: a.c.o.Prefix, Err: a.unsubscribed}
	}
	return nil
}
