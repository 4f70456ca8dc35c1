package redis

import (
	"context"
	"path"
	"slices"
	"sync"
	"time"
)

// book is the ledger in memory: what the scripts do, said again in Go.
// TestTheBookIsTheLedger holds it to the scripts; the simulations run on it.
type book struct {
	mu  sync.Mutex
	now func() time.Time

	epoch, pulse, quiet, token int64
	sessions                   map[string]int64 // end, in ms
	seats                      map[string]seat  // hash node
	quota                      map[string]int
	in                         map[string]string
	catalogues                 map[string]int
	names, free                map[string]*bag
	owner                      map[string]lease // name → session, token
	heldBy                     map[string]*bag
	turns                      map[string]int64
	over                       map[string]bool // ended
	dead                       []string
	registering                map[string]lease // catalogue → session, until

	choose map[string]bool // the names take must choose; nil: any
	bug    string          // a planted one
	ops    map[string]int
	moves  int // names given out

	ears []func(string)
}

func newBook(now func() time.Time) *book {
	b := &book{now: now, ops: map[string]int{}}
	b.flush()
	return b
}

func (b *book) flush() {
	b.epoch, b.pulse, b.quiet, b.token = 0, 0, 0, 0
	b.sessions, b.seats, b.quota, b.in = map[string]int64{}, map[string]seat{}, map[string]int{}, map[string]string{}
	b.catalogues, b.names, b.free = map[string]int{}, map[string]*bag{}, map[string]*bag{}
	b.owner, b.heldBy, b.turns, b.over = map[string]lease{}, map[string]*bag{}, map[string]int64{}, map[string]bool{}
	b.dead, b.registering = nil, map[string]lease{}
}

func (b *book) enter(op string) (unlock func()) {
	b.mu.Lock()
	b.ops[op]++
	return b.mu.Unlock
}

func (b *book) ms() int64 { return b.now().UnixMilli() }

func (b *book) tell(word string) {
	for _, heard := range b.ears {
		heard(word)
	}
}

func (b *book) listen(ctx context.Context, heard func(string)) error {
	b.mu.Lock()
	b.ears = append(b.ears, heard)
	b.mu.Unlock()
	<-ctx.Done()
	return nil
}

func (b *book) beat(t, ttl int64) int64 {
	last := b.pulse
	if last == 0 {
		last = t
	}
	switch {
	case t < last-1000:
		for s := range b.sessions {
			b.sessions[s] += t - last
		}
		b.quiet = min(b.quiet, t+ttl)
	case float64(t-last) > float64(ttl)/2 && len(b.sessions) > 0:
		b.quiet = t + ttl
	}
	b.pulse = t
	return b.quiet
}

func (b *book) release1(names []string) {
	tell := false
	for c := range b.catalogues {
		was := b.free[c].len()
		for _, n := range names {
			if b.names[c].has(n) {
				bagOf(b.free, c).add(n)
			}
		}
		tell = tell || was == 0 && b.free[c].len() > 0
	}
	if tell {
		b.tell(wordFree)
	}
}

func (b *book) taken(name string) {
	for c := range b.catalogues {
		b.free[c].delIf(name)
	}
}

func (s *bag) delIf(name string) {
	if s != nil {
		s.del(name)
	}
}

func (b *book) retire(s string) {
	delete(b.quota, s)
	c, ok := b.in[s]
	if !ok {
		return
	}
	delete(b.in, s)
	if b.catalogues[c]--; b.catalogues[c] <= 0 {
		delete(b.catalogues, c)
		delete(b.names, c)
		delete(b.free, c)
		delete(b.registering, c)
	}
}

func (b *book) finish(s string) {
	b.retire(s)
	delete(b.sessions, s)
	delete(b.seats, s)
	delete(b.turns, s)
	b.over[s] = true
	if b.heldBy[s].len() > 0 {
		b.dead = append(b.dead, s)
	}
}

func (b *book) turn(s string) int64 {
	if _, ok := b.sessions[s]; !ok {
		return 0
	}
	b.turns[s]++
	return b.turns[s]
}

func (b *book) join(_ context.Context, s seat, holds int) (bool, error) {
	defer b.enter("join")()
	t, ttl := b.ms(), s.ttl.Milliseconds()
	if b.over[s.session] {
		return false, nil
	}
	if b.epoch == 0 {
		b.epoch = t
	}
	quiet := b.beat(t, ttl)
	if ripe := b.epoch + ttl; holds > 0 && t < ripe && quiet < ripe {
		b.quiet = ripe
	}
	_, had := b.sessions[s.session]
	b.sessions[s.session] = t + ttl
	if !had {
		b.seats[s.session], b.turns[s.session] = s, 0
		if s.work {
			b.in[s.session] = s.catalogue
			b.catalogues[s.catalogue]++
			b.quota[s.session] = 0
			b.tell(wordJoin)
		}
	}
	return true, nil
}

func (b *book) register(_ context.Context, s seat, names []string) error {
	defer b.enter("register")()
	if b.catalogues[s.catalogue] == 0 {
		return nil
	}
	b.registering[s.catalogue] = lease{s.session, b.ms() + s.ttl.Milliseconds()/4}
	var idle []string
	for _, n := range names {
		bagOf(b.names, s.catalogue).add(n)
		if _, owned := b.owner[n]; !owned {
			idle = append(idle, n)
		}
	}
	b.release1(idle)
	return nil
}

func (b *book) bury(t int64) {
	type end struct {
		session string
		at      int64
	}
	var gone []end
	for s, at := range b.sessions {
		if at <= t {
			gone = append(gone, end{s, at})
		}
	}
	slices.SortFunc(gone, func(x, y end) int { return int(x.at - y.at) })
	for _, e := range gone[:min(len(gone), 100)] {
		b.finish(e.session)
	}
	if len(gone) > 0 {
		b.tell(wordLeave)
	}
}

func (b *book) drain() {
	for budget := batch; len(b.dead) > 0 && budget > 0; {
		s := b.dead[0]
		var mine []string
		for held := b.heldBy[s]; held.len() > 0 && budget > 0; budget-- {
			n := held.list[len(held.list)-1]
			held.del(n)
			if b.owner[n].name == s {
				mine = append(mine, n)
				delete(b.owner, n)
			}
		}
		b.release1(mine)
		if b.heldBy[s].len() == 0 {
			delete(b.heldBy, s)
			b.dead = b.dead[1:]
		}
	}
}

func (b *book) take(session, id string, k int) []lease {
	var got []lease
	for free := b.free[id]; k > 0 && free.len() > 0; {
		n := free.list[len(free.list)-1]
		if b.choose != nil {
			i := slices.IndexFunc(free.list, func(n string) bool { return b.choose[n] })
			if i < 0 {
				break
			}
			n = free.list[i]
		}
		k--
		b.taken(n)
		if _, owned := b.owner[n]; owned {
			continue
		}
		b.token = max(b.token, b.now().UnixMicro()) + 1
		b.owner[n] = lease{session, b.token}
		bagOf(b.heldBy, session).add(n)
		got = append(got, lease{n, b.token})
	}
	if len(got) > 0 {
		b.turn(session)
		b.moves += len(got)
	}
	return got
}

func (b *book) release(_ context.Context, session string, leases []lease) (int64, error) {
	defer b.enter("release")()
	var gone []string
	for _, l := range leases {
		if b.owner[l.name] == (lease{session, l.token}) {
			delete(b.owner, l.name)
			b.heldBy[session].del(l.name)
			gone = append(gone, l.name)
		}
	}
	b.release1(gone)
	if q, ok := b.quota[session]; ok {
		b.quota[session] = min(q, b.heldBy[session].len())
	}
	return b.turn(session), nil
}

func (b *book) reclaim(_ context.Context, session string, leases []lease) (int64, []bool, error) {
	defer b.enter("reclaim")()
	mine := make([]bool, len(leases))
	for i, l := range leases {
		o, owned := b.owner[l.name]
		_, alive := b.sessions[o.name]
		if mine[i] = !owned || path.Dir(o.name) == path.Dir(session) || !alive; !mine[i] {
			continue
		}
		b.heldBy[o.name].delIf(l.name)
		b.owner[l.name] = lease{session, l.token}
		bagOf(b.heldBy, session).add(l.name)
		b.taken(l.name)
		b.token = max(b.token, l.token)
	}
	if _, ok := b.quota[session]; ok {
		b.quota[session] = b.heldBy[session].len()
	}
	return b.turn(session), mine, nil
}

func (b *book) held(_ context.Context, session string) (int64, []lease, error) {
	defer b.enter("held")()
	var leases []lease
	if held := b.heldBy[session]; held != nil {
		for _, n := range slices.Clone(held.list) {
			if o := b.owner[n]; o.name == session {
				leases = append(leases, lease{n, o.token})
			} else {
				held.del(n)
			}
		}
	}
	return b.turns[session], leases, nil
}

func (b *book) leave(_ context.Context, session string, last bool) error {
	defer b.enter("leave")()
	if last {
		b.finish(session)
	} else {
		b.retire(session)
	}
	b.tell(wordLeave)
	return nil
}
