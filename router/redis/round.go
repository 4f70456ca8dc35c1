package redis

import (
	"context"
	"slices"
	"time"
)

// round is one talk with Redis: join if need be, release what has stopped,
// tick, and do what the answer says. again asks for another at once.
func (l *Leases) round(ctx context.Context) (again bool, wait time.Duration, err error) {
	l.settle()
	switch {
	case l.joined:
	case l.retiring: // without a session there is nothing to release
		l.forget(l.in(stopped))
		return false, l.o.TTL / 10, nil
	default:
		if ok, err := l.rejoin(ctx); err != nil || !ok {
			return err == nil, 0, err
		}
	}
	if err := l.release(ctx); err != nil {
		return false, 0, err
	}
	if l.doubt {
		if err := l.reconcile(ctx); err != nil {
			return false, 0, err
		}
	}
	v, stale, err := l.tick(ctx)
	switch {
	case err != nil:
		return false, 0, err
	case !v.known:
		l.unknown(v.ended)
		return true, 0, nil
	case stale:
		return true, 0, nil
	}
	again, err = l.follow(ctx, v)
	return again, l.next(v), err
}

// rejoin begins a session. What this node works on already is taken back, as
// far as nobody else has it by now.
func (l *Leases) rejoin(ctx context.Context) (ok bool, err error) {
	holds := l.ours()
	err = l.bounded(ctx, func(ctx context.Context) (err error) {
		ok, err = l.book.join(ctx, l.seat, len(holds))
		return err
	})
	if err != nil {
		return false, err
	}
	if !ok { // an answer was lost, and the session it began has run out since
		l.newSession()
		return false, nil
	}
	l.joined, l.doubt, l.turn = true, false, 0
	l.c.o.Log.Info("joined", "session", l.seat.session, "holds", len(holds))
	if len(holds) == 0 {
		return true, nil
	}
	if err := l.reclaim(ctx, holds); err != nil {
		return false, err
	}
	l.recovered("GW-L010", len(l.ours()))
	return true, nil
}

func (l *Leases) newSession() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.joined, l.seat.session = false, l.c.session()
}

// unknown: the ledger does not have this session. Either others ended it, as
// this node was silent for too long: then everything here is lost, and work
// stops. Or the ledger lost its data: then what we work on is still ours.
func (l *Leases) unknown(ended bool) {
	if ended {
		if count := l.loseAll(true); count > 0 {
			l.recovered("GW-L009", count)
		}
	}
	l.newSession()
}

// release gives back what has stopped.
func (l *Leases) release(ctx context.Context) error {
	for some := range slices.Chunk(l.in(stopped), batch) {
		var turn int64
		err := l.bounded(ctx, func(ctx context.Context) (err error) {
			turn, err = l.book.release(ctx, l.seat.session, some)
			return err
		})
		if err != nil {
			return err
		}
		l.follows(turn, 1)
		l.forget(some)
	}
	return nil
}

// follows compares the ledger's count of changes with ours. Any difference
// means that an answer was missed.
func (l *Leases) follows(turn, by int64) {
	if turn != l.turn+by {
		l.doubt = true
	}
	l.turn = turn
}

// reclaim takes back names this node works on; those another has are lost.
func (l *Leases) reclaim(ctx context.Context, names []lease) error {
	for some := range slices.Chunk(names, batch) {
		var turn int64
		var mine []bool
		err := l.bounded(ctx, func(ctx context.Context) (err error) {
			turn, mine, err = l.book.reclaim(ctx, l.seat.session, some)
			return err
		})
		if err != nil {
			return err
		}
		l.follows(turn, 1)
		var gone []string
		for i, yes := range mine {
			if !yes {
				gone = append(gone, some[i].name)
			}
		}
		l.lose(gone, true)
	}
	return nil
}

// reconcile compares what the ledger gives this session with what is worked on
// here. What only the ledger knows is started, so that nothing lies idle; what
// only we know is claimed back or stopped.
func (l *Leases) reconcile(ctx context.Context) error {
	var turn int64
	var there []lease
	err := l.bounded(ctx, func(ctx context.Context) (err error) {
		turn, there, err = l.book.held(ctx, l.seat.session)
		return err
	})
	if err != nil {
		return err
	}
	l.turn, l.doubt = turn, false
	given := make(map[string]int64, len(there))
	for _, g := range there {
		given[g.name] = g.token
	}
	var missing []lease
	for _, w := range l.ours() {
		if given[w.name] == 0 {
			missing = append(missing, w)
		}
	}
	l.gain(l.news(there))
	return l.reclaim(ctx, missing)
}

// news leaves out what is being stopped here under the same token: its release
// is on the way.
func (l *Leases) news(there []lease) []lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(there, func(g lease) bool {
		h := l.holding[g.name]
		return h != nil && (h.token == g.token || h.again == g.token)
	})
}

// tick asks. An answer that took longer than a lease time (this process stood
// still) is stale: others may have ended the session since, so it is not acted
// upon, and Redis is asked again.
func (l *Leases) tick(ctx context.Context) (v verdict, stale bool, err error) {
	in := ask{limit: batch, offset: l.offset, spare: l.spare()}
	if l.retiring {
		in.limit = 0
	}
	sent := l.now()
	err = l.bounded(ctx, func(ctx context.Context) (err error) {
		v, err = l.book.tick(ctx, l.seat, in)
		return err
	})
	if err != nil {
		return verdict{}, false, err
	}
	got := l.now()
	if max(got.Sub(sent), got.Round(0).Sub(sent.Round(0))) > l.o.TTL {
		l.doubt = true
		return v, true, nil
	}
	l.mark(v, sent, got)
	return v, false, nil
}

// spare reports that names have lain free for half a lease time although
// everyone had the time to take them.
func (l *Leases) spare() bool {
	return !l.idle.IsZero() && l.now().Sub(l.idle) > l.o.TTL/2
}

// follow does what a tick's answer says.
func (l *Leases) follow(ctx context.Context, v verdict) (again bool, err error) {
	given := int64(0)
	if len(v.given) > 0 {
		given = 1
	}
	l.follows(v.turn, given)
	l.gain(v.given)
	if v.held != l.believed() {
		l.doubt = true
	}
	if !l.doubt {
		l.doubts = 0
	} else if l.doubts++; l.doubts <= 3 {
		return true, nil
	}
	if !v.mixed || v.free == 0 || given > 0 && v.allowed <= v.aim {
		l.idle = time.Time{}
	} else if l.idle.IsZero() {
		l.idle = l.now()
	}
	if v.register && !l.retiring && l.now().Sub(l.told) > l.o.TTL/5 {
		return true, l.register(ctx)
	}
	l.shed(v)
	return v.more && !l.retiring, nil
}

// shed stops what is above what this node may hold, the newest claims first.
func (l *Leases) shed(v verdict) {
	if v.allowed < 0 || l.retiring || l.count(working) <= v.allowed {
		return
	}
	var names []string
	held := l.in(working)
	for _, h := range held[:len(held)-v.allowed] {
		names = append(names, h.name)
	}
	l.lose(names, false)
}

// register tells the ledger all names this node knows.
func (l *Leases) register(ctx context.Context) error {
	for some := range slices.Chunk(l.o.Names, batch) {
		err := l.bounded(ctx, func(ctx context.Context) error { return l.book.register(ctx, l.seat, some) })
		if err != nil {
			return err
		}
	}
	l.told = l.now()
	return nil
}

// next says when to come again: at a third of the lease time, or when a
// session of another runs out, or when the quiet time ends.
func (l *Leases) next(v verdict) time.Duration {
	wait := l.between(l.o.TTL*4/15, l.o.TTL/3)
	for _, event := range []time.Duration{v.ends, v.quiet} {
		if event > 0 {
			wait = min(wait, event+time.Millisecond+l.between(0, l.spread()))
		}
	}
	return wait
}
