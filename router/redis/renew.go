package redis

import (
	"context"
	"slices"
	"time"
)

// renewal is this node's session in the registry: joined, renewed by ticks,
// joined anew where it ended, left. Only the goroutine of Run touches it.
type renewal struct {
	c        *Client
	clock    clock
	registry registry
	holdings *holdings
	answers  *answers
	names    []string

	session    session
	joined     bool
	revision   int64
	missed     bool      // an answer was: read what the registry has for this session
	misses     int       // ticks in a row that found that
	retiring   bool      // Run is ending: take nothing more
	idle       time.Time // since when names lie free that nobody took within its share
	registered time.Time // when the names were last registered
}

// renew settles with Redis until there is nothing more to do now, and gives
// how long to wait before the next time.
func (r *renewal) renew(ctx context.Context) time.Duration {
	for {
		again, wait, err := r.once(ctx)
		if err != nil {
			r.failed(err)
			return r.clock.between(r.session.ttl/20, r.session.ttl/10) // soon: a session must not run out over one lost packet
		}
		if !again || ctx.Err() != nil {
			return wait
		}
	}
}

// once joins if need be, releases what has stopped, ticks, and does what the
// reply asks for. again: it is to be called again at once.
func (r *renewal) once(ctx context.Context) (again bool, wait time.Duration, err error) {
	r.holdings.settle()
	switch {
	case r.joined:
	case r.retiring: // without a session there is nothing to release
		r.holdings.forget(r.holdings.in(stopped))
		return false, r.session.ttl / 10, nil
	default:
		if ok, err := r.join(ctx); err != nil || !ok {
			return err == nil, 0, err
		}
	}
	if err := r.release(ctx); err != nil {
		return false, 0, err
	}
	if r.missed {
		if err := r.compare(ctx); err != nil {
			return false, 0, err
		}
	}
	reply, stale, err := r.tick(ctx)
	switch {
	case err != nil:
		return false, 0, err
	case !reply.known:
		r.over(ctx, reply.ended)
		return true, 0, nil
	case stale:
		return true, 0, nil
	}
	again, err = r.follow(ctx, reply)
	return again, r.next(reply), err
}

// join begins a session. What this node works on already is taken back, as
// far as nobody else has it by now.
func (r *renewal) join(ctx context.Context) (ok bool, err error) {
	holds := r.holdings.ours()
	err = r.bounded(ctx, func(ctx context.Context) (err error) {
		ok, err = r.registry.join(ctx, r.session, len(holds))
		return err
	})
	if err != nil {
		return false, err
	}
	if !ok { // an answer was lost, and the session it began has run out since
		r.restart()
		return false, nil
	}
	r.joined, r.missed, r.revision = true, false, 0
	r.c.o.Log.Info("joined", "session", r.session.id, "holds", len(holds))
	if len(holds) == 0 {
		return true, nil
	}
	if err := r.reclaim(ctx, holds); err != nil {
		return false, err
	}
	r.answers.recovered("GW-L010", len(r.holdings.ours()))
	return true, nil
}

// restart takes a new session, which is yet to join.
func (r *renewal) restart() {
	r.joined, r.session.id = false, r.c.newSession()
	r.answers.began(r.session.id)
}

// over: the registry does not have this session. Either others ended it, as
// this node was silent for too long: then everything here is lost, and work
// stops. Or the registry lost its data: then what we work on is still ours.
func (r *renewal) over(ctx context.Context, ended bool) {
	if ended {
		if count := r.holdings.loseAll(ctx, true); count > 0 {
			r.answers.recovered("GW-L009", count)
		}
	}
	r.restart()
}

// release gives back what has stopped.
func (r *renewal) release(ctx context.Context) error {
	for some := range slices.Chunk(r.holdings.in(stopped), batch) {
		var revision int64
		err := r.bounded(ctx, func(ctx context.Context) (err error) {
			revision, err = r.registry.release(ctx, r.session.id, some)
			return err
		})
		if err != nil {
			return err
		}
		r.revised(revision, 1)
		r.holdings.forget(some)
	}
	return nil
}

// revised compares the registry's count of changes with ours. Any difference
// means that an answer was missed.
func (r *renewal) revised(revision, by int64) {
	if revision != r.revision+by {
		r.missed = true
	}
	r.revision = revision
}

// reclaim takes back names this node works on; those another has are lost.
func (r *renewal) reclaim(ctx context.Context, names []lease) error {
	for some := range slices.Chunk(names, batch) {
		var revision int64
		var mine []bool
		err := r.bounded(ctx, func(ctx context.Context) (err error) {
			revision, mine, err = r.registry.reclaim(ctx, r.session.id, some)
			return err
		})
		if err != nil {
			return err
		}
		r.revised(revision, 1)
		var gone []string
		for i, yes := range mine {
			if !yes {
				gone = append(gone, some[i].name)
			}
		}
		r.holdings.lose(ctx, gone, true)
	}
	return nil
}

// compare holds what the registry has for this session against what is worked
// on here. What only the registry has is started, so that nothing lies idle;
// what only we have is claimed back or stopped.
func (r *renewal) compare(ctx context.Context) error {
	var revision int64
	var there []lease
	err := r.bounded(ctx, func(ctx context.Context) (err error) {
		revision, there, err = r.registry.held(ctx, r.session.id)
		return err
	})
	if err != nil {
		return err
	}
	r.revision, r.missed = revision, false
	given := make(map[string]int64, len(there))
	for _, g := range there {
		given[g.name] = g.token
	}
	var missing []lease
	for _, w := range r.holdings.ours() {
		if given[w.name] == 0 {
			missing = append(missing, w)
		}
	}
	r.holdings.gain(ctx, r.holdings.news(there))
	return r.reclaim(ctx, missing)
}

// tick renews the session. An answer that took longer than a lease time (this
// process stood still) is stale: others may have ended the session since, so
// it is not acted upon, and Redis is asked again.
func (r *renewal) tick(ctx context.Context) (reply tickReply, stale bool, err error) {
	request := tickRequest{limit: batch, offset: r.answers.clock(), spare: r.spare()}
	if r.retiring {
		request.limit = 0
	}
	sent := r.clock.now()
	err = r.bounded(ctx, func(ctx context.Context) (err error) {
		reply, err = r.registry.tick(ctx, r.session, request)
		return err
	})
	if err != nil {
		return tickReply{}, false, err
	}
	got := r.clock.now()
	if max(got.Sub(sent), got.Round(0).Sub(sent.Round(0))) > r.session.ttl {
		r.missed = true
		return reply, true, nil
	}
	r.answers.ticked(reply, sent, got)
	return reply, false, nil
}

// spare reports that names have lain free for half a lease time although
// everyone had the time to take them.
func (r *renewal) spare() bool {
	return !r.idle.IsZero() && r.clock.now().Sub(r.idle) > r.session.ttl/2
}

// follow does what a tick's reply asks for.
func (r *renewal) follow(ctx context.Context, reply tickReply) (again bool, err error) {
	given := int64(0)
	if len(reply.given) > 0 {
		given = 1
	}
	r.revised(reply.revision, given)
	r.holdings.gain(ctx, reply.given)
	if reply.held != r.holdings.expected() {
		r.missed = true
	}
	if !r.missed {
		r.misses = 0
	} else if r.misses++; r.misses <= 3 {
		return true, nil
	}
	if !reply.mixed || reply.free == 0 || given > 0 && reply.allowed <= reply.share {
		r.idle = time.Time{}
	} else if r.idle.IsZero() {
		r.idle = r.clock.now()
	}
	if reply.register && !r.retiring && r.clock.now().Sub(r.registered) > r.session.ttl/5 {
		return true, r.register(ctx)
	}
	r.shed(ctx, reply.allowed)
	return reply.more && !r.retiring, nil
}

// shed stops what is above what this node may hold, the newest claims first.
func (r *renewal) shed(ctx context.Context, allowed int) {
	if count, _ := r.holdings.counts(); allowed < 0 || r.retiring || count <= allowed {
		return
	}
	var names []string
	held := r.holdings.in(working)
	for _, h := range held[:len(held)-allowed] {
		names = append(names, h.name)
	}
	r.holdings.lose(ctx, names, false)
}

// register puts all names this node knows into the registry.
func (r *renewal) register(ctx context.Context) error {
	for some := range slices.Chunk(r.names, batch) {
		err := r.bounded(ctx, func(ctx context.Context) error { return r.registry.register(ctx, r.session, some) })
		if err != nil {
			return err
		}
	}
	r.registered = r.clock.now()
	return nil
}

// next is how long to wait before the next tick: a third of the lease time, or
// until a session of another runs out, or until the quiet time ends.
func (r *renewal) next(reply tickReply) time.Duration {
	wait := r.clock.between(r.session.ttl*4/15, r.session.ttl/3)
	for _, event := range []time.Duration{reply.ends, reply.quiet} {
		if event > 0 {
			wait = min(wait, event+time.Millisecond+r.clock.between(0, r.spread()))
		}
	}
	return wait
}

// spread is over how long nodes that are called together come: two at once,
// hundreds over half a second.
func (r *renewal) spread() time.Duration {
	each := time.Duration(r.c.workers.Load()) * 5 * time.Millisecond
	return min(max(each, 10*time.Millisecond), r.session.ttl/20)
}

// retire stops all work and takes this node out of the sharing. What it still
// holds it releases as it stops.
func (r *renewal) retire(ctx context.Context) {
	r.retiring = true
	r.holdings.retire()
	r.holdings.loseAll(ctx, false)
	r.leave(ctx, false)
}

// leave takes this node out of the sharing, and at last ends its session. One
// whose end does not arrive runs out by itself.
func (r *renewal) leave(ctx context.Context, last bool) {
	if !r.joined {
		return
	}
	if err := r.bounded(ctx, func(ctx context.Context) error { return r.registry.leave(ctx, r.session.id, last) }); err != nil {
		r.failed(err)
	}
}

// failed notes that a call failed. It may have been done though its answer was
// lost.
func (r *renewal) failed(err error) {
	r.answers.failed(err)
	r.missed = true
}

// bounded gives a call the time a call may take.
func (r *renewal) bounded(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, min(callTimeout, r.session.ttl/4))
	defer cancel()
	return call(ctx)
}
