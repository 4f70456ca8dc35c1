package redis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// answerWithin is how long a request waits for Redis before the node goes by
// its own share of the budget.
const answerWithin = 250 * time.Millisecond

// A node alone asks Redis again after one to two seconds.
const (
	askLeast  = time.Second
	askSpread = time.Second
)

// Limiter keeps the requests of all nodes to a source within one budget. In
// any stretch of time there are at most the budget of that time and burst
// more.
//
// While Redis does not answer, each node keeps to its share: the budget over
// the working nodes as last counted. Nodes that Redis still answers then use the
// whole of it, so a network that is cut in two may let through up to twice
// the budget; a Redis that is gone does not.
type Limiter struct {
	c        *Client
	source   string
	interval time.Duration
	burst    int
	answer   time.Duration // answerWithin
	slots    chan struct{} // only these many stand in line in Redis, the rest waits here

	mu    sync.Mutex
	alone gcra      // the share, while Redis is away
	until time.Time // Redis is not asked again before; zero: it answers
	cold  bool      // Redis has not seen what was used meanwhile
	both  time.Time // it is back, but others may not know yet: until then the share counts too
}

// Limiter keeps requests to source to so many per time, with so many at once
// after a rest. All nodes must be given the same.
func (c *Client) Limiter(source string, requests int, per time.Duration, burst int) *Limiter {
	// Rounded up to whole microseconds: rather a little less than the budget.
	us := math.Ceil(float64(per.Microseconds()) / float64(max(requests, 1)))
	interval := time.Duration(max(us, 1)) * time.Microsecond
	// A few stand in line at a time where requests come faster than Redis
	// answers; otherwise one. Whoever goes away in line costs a place.
	slots := min(max(int(20*time.Millisecond/interval), 1), 16)
	return &Limiter{c: c, source: source, interval: interval, burst: max(burst, 1), answer: answerWithin, slots: make(chan struct{}, slots)}
}

// Wait returns when the next request may be made, or an error where ctx ends
// before. A wait that would outlast ctx's deadline is refused at once and
// takes no place.
func (l *Limiter) Wait(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return l.wrong(ctx.Err())
	}
	for {
		p, err := l.reserve(ctx)
		if err != nil {
			return l.wrong(err)
		}
		if err := l.sleep(ctx, p); err != nil {
			return l.wrong(err)
		}
		if !p.again {
			return nil
		}
	}
}

// place is a place in line: how long to wait, and what gives it back. Again is
// no place: ask once more after the wait.
type place struct {
	wait   time.Duration
	ticket string
	again  bool
}

func (l *Limiter) sleep(ctx context.Context, p place) error {
	if p.wait <= 0 {
		return nil
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		l.giveBack(ctx, p.ticket)
		return ctx.Err()
	}
}

func (l *Limiter) wrong(err error) error {
	return fmt.Errorf("redis: budget of %s: %w", l.source, err)
}

// lookAgain is how long a node alone waits at most before it sees whether Redis
// is back: its share of a small budget may be hours away.
const lookAgain = time.Second

// nearly is how much earlier than its context a call to Redis may give up.
const nearly = 10 * time.Millisecond

// reserve takes the next place, in Redis or alone.
func (l *Limiter) reserve(ctx context.Context) (place, error) {
	most := time.Duration(-1)
	end, ends := ctx.Deadline()
	if ends {
		most = max(time.Until(end), 0)
	}
	if cold, ask := l.ask(); ask {
		p, err := l.shared(ctx, most, cold)
		if err == nil {
			got, refused := l.answered(p, most)
			if refused != nil {
				l.giveBack(ctx, p.ticket)
			}
			return got, refused
		}
		if ctx.Err() != nil {
			return place{}, ctx.Err()
		}
		if most >= 0 && time.Until(end) < nearly { // it is the caller's time that is over, not Redis'
			return place{}, context.DeadlineExceeded
		}
		l.away(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	interval, burst := l.share()
	upTo := lookAgain
	if most >= 0 {
		upTo = min(upTo, most)
	}
	wait, ok := l.alone.reserve(l.c.o.Now(), interval, burst, upTo, false)
	switch {
	case ok:
		return place{wait: wait}, nil
	case most >= 0 && wait > most:
		return place{}, tooLate(wait)
	default:
		return place{wait: lookAgain, again: true}, nil
	}
}

// answered takes Redis' answer in. For a while after it came back, this node
// goes by its share as well: the first to be answered would else use the whole
// budget while the others still use theirs.
func (l *Limiter) answered(p place, most time.Duration) (place, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.o.Now()
	l.until = time.Time{}
	if p.ticket == "" {
		return place{}, tooLate(p.wait)
	}
	if l.cold {
		l.cold, l.both = false, now.Add(askLeast+askSpread+2*answerWithin)
	}
	if now.Before(l.both) {
		interval, burst := l.share()
		wait, ok := l.alone.reserve(now, interval, burst, most, false)
		if !ok {
			return place{}, tooLate(wait)
		}
		p.wait = max(p.wait, wait)
	}
	return p, nil
}

func tooLate(wait time.Duration) error {
	return fmt.Errorf("the next request may be made in %s: %w", wait.Round(time.Millisecond), context.DeadlineExceeded)
}

// ask reports whether to ask Redis now, and whether it has missed something.
func (l *Limiter) ask() (cold, ask bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		return l.cold, true
	}
	if l.c.o.Now().Before(l.until) {
		return false, false
	}
	l.until = l.c.o.Now().Add(answerWithin) // one asks, the others do not wait for it
	return true, true
}

// away begins, or goes on with, a time without Redis. Nothing is saved up at
// its beginning, as the budget may just have been used, and the nodes begin at
// different moments.
func (l *Limiter) away(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.o.Now()
	if !l.cold {
		l.cold = true
		interval, burst := l.share()
		l.alone.empty(now.Add(time.Duration(rand.Float64()*float64(interval))), interval, burst)
		l.c.o.Log.Warn("Redis does not answer; this node keeps to its share of the budget", "source", l.source, "error", err)
	}
	l.until = now.Add(askLeast + rand.N(askSpread))
}

// share is this node's part of the budget. The caller holds l.mu.
func (l *Limiter) share() (time.Duration, int) {
	workers := max(int(l.c.workers.Load()), 1)
	return l.interval * time.Duration(workers), max(l.burst/workers, 1)
}

// shared takes a place in the one line in Redis.
func (l *Limiter) shared(ctx context.Context, most time.Duration, cold bool) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, l.answer)
	defer cancel()
	us := int64(-1)
	if most >= 0 {
		us = most.Microseconds()
	}
	reply, err := l.c.srv.run(ctx, "reserve", l.source, l.interval.Microseconds(), l.burst, us, cold).Slice()
	if err != nil {
		return place{}, fmt.Errorf("redis: reserve: %w", err)
	}
	if len(reply) != 3 {
		return place{}, fmt.Errorf("redis: reserve: %w", errReply)
	}
	wait, okWait := reply[0].(int64)
	workers, okWorkers := reply[1].(int64)
	ticket, okTicket := reply[2].(string)
	if !okWait || !okWorkers || !okTicket {
		return place{}, fmt.Errorf("redis: reserve: %w", errReply)
	}
	if workers > 0 {
		l.c.workers.Store(workers)
	}
	return place{wait: time.Duration(wait) * time.Microsecond, ticket: ticket}, nil
}

// giveBack frees a place in line that will not be used, where nobody stands
// behind it. Otherwise it passes: at most one place for each cancelled Wait,
// and no more than cap(slots) for a node that stops.
func (l *Limiter) giveBack(ctx context.Context, ticket string) {
	if ticket == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	err := l.c.srv.run(ctx, "giveback", l.source, ticket, l.interval.Microseconds()).Err()
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		l.c.o.Log.Debug("a place in the budget passes unused", "source", l.source, "error", err)
	}
}

// gcra is the algorithm of reserve.lua, for one node alone. tat is when the
// budget would be whole again, in microseconds, as is all else inside.
type gcra struct{ tat, last int64 }

// reserve takes the next place and gives how long to wait for it; not ok where
// that is more than most, a negative most being any.
func (g *gcra) reserve(now time.Time, interval time.Duration, burst int, most time.Duration, cold bool) (wait time.Duration, ok bool) {
	us, step := now.UnixMicro(), interval.Microseconds()
	tat := us
	if g.tat != 0 {
		tat = g.tat
		if us < g.last-1000000 { // the clock was set back
			tat += us - g.last
		}
	}
	if cold {
		tat = max(tat, us+int64(burst)*step)
	}
	due := max(0, tat-int64(burst-1)*step-us)
	wait = time.Duration(due) * time.Microsecond
	if most >= 0 && wait > most {
		return wait, false
	}
	g.tat, g.last = max(tat, us)+step, us
	return wait, true
}

// empty begins with nothing saved.
func (g *gcra) empty(now time.Time, interval time.Duration, burst int) {
	g.tat, g.last = now.UnixMicro()+int64(burst)*interval.Microseconds(), now.UnixMicro()
}
