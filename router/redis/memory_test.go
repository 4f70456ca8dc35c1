package redis

import (
	"context"
	"path"
	"slices"
	"sync"
	"time"
)

// memoryRegistry is the registry in memory: what the scripts do, once more in
// Go. TestTheMemoryIsTheRegistry holds it to them; the simulations run on it.
type memoryRegistry struct {
	mu  sync.Mutex
	now func() time.Time

	epoch, pulse, quiet, token int64
	sessions                   map[string]int64 // end, in ms
	quota                      map[string]int
	in                         map[string]string
	catalogues                 map[string]int
	names, free                map[string]*bag
	owner                      map[string]lease // name → session, token
	heldBy                     map[string]*bag
	revisions                  map[string]int64
	over                       map[string]bool // ended
	dead                       []string
	registering                map[string]lease // catalogue → session, until

	choose map[string]bool // the names take must choose; nil: any
	bug    string          // a planted one
	ops    map[string]int
	moves  int // names given out

	receivers []func(signal)
}

func newMemoryRegistry(now func() time.Time) *memoryRegistry {
	m := &memoryRegistry{now: now, ops: map[string]int{}}
	m.flush()
	return m
}

func (m *memoryRegistry) flush() {
	m.epoch, m.pulse, m.quiet, m.token = 0, 0, 0, 0
	m.sessions, m.quota, m.in = map[string]int64{}, map[string]int{}, map[string]string{}
	m.catalogues, m.names, m.free = map[string]int{}, map[string]*bag{}, map[string]*bag{}
	m.owner, m.heldBy, m.revisions, m.over = map[string]lease{}, map[string]*bag{}, map[string]int64{}, map[string]bool{}
	m.dead, m.registering = nil, map[string]lease{}
}

func (m *memoryRegistry) enter(op string) (unlock func()) {
	m.mu.Lock()
	m.ops[op]++
	return m.mu.Unlock
}

func (m *memoryRegistry) ms() int64 { return m.now().UnixMilli() }

func (m *memoryRegistry) signal(s signal) {
	for _, receive := range m.receivers {
		receive(s)
	}
}

func (m *memoryRegistry) subscribe(ctx context.Context, receive func(signal)) error {
	m.mu.Lock()
	m.receivers = append(m.receivers, receive)
	m.mu.Unlock()
	<-ctx.Done()
	return nil
}

func (m *memoryRegistry) called(t, ttl int64) int64 {
	last := m.pulse
	if last == 0 {
		last = t
	}
	switch {
	case t < last-1000:
		for s := range m.sessions {
			m.sessions[s] += t - last
		}
		m.quiet = min(m.quiet, t+ttl)
	case float64(t-last) > float64(ttl)/2 && len(m.sessions) > 0:
		m.quiet = t + ttl
	}
	m.pulse = t
	return m.quiet
}

func (m *memoryRegistry) setFree(names []string) {
	first := false
	for c := range m.catalogues {
		was := m.free[c].len()
		for _, n := range names {
			if m.names[c].has(n) {
				bagOf(m.free, c).add(n)
			}
		}
		first = first || was == 0 && m.free[c].len() > 0
	}
	if first {
		m.signal(signalFree)
	}
}

func (m *memoryRegistry) taken(name string) {
	for c := range m.catalogues {
		m.free[c].delIf(name)
	}
}

func (s *bag) delIf(name string) {
	if s != nil {
		s.del(name)
	}
}

func (m *memoryRegistry) retire(s string) {
	delete(m.quota, s)
	c, ok := m.in[s]
	if !ok {
		return
	}
	delete(m.in, s)
	if m.catalogues[c]--; m.catalogues[c] <= 0 {
		delete(m.catalogues, c)
		delete(m.names, c)
		delete(m.free, c)
		delete(m.registering, c)
	}
}

func (m *memoryRegistry) finish(s string) {
	m.retire(s)
	delete(m.sessions, s)
	delete(m.revisions, s)
	m.over[s] = true
	if m.heldBy[s].len() > 0 {
		m.dead = append(m.dead, s)
	}
}

func (m *memoryRegistry) revise(s string) int64 {
	if _, ok := m.sessions[s]; !ok {
		return 0
	}
	m.revisions[s]++
	return m.revisions[s]
}

func (m *memoryRegistry) join(_ context.Context, s session, holds int) (bool, error) {
	defer m.enter("join")()
	t, ttl := m.ms(), s.ttl.Milliseconds()
	if m.over[s.id] {
		return false, nil
	}
	if m.epoch == 0 {
		m.epoch = t
	}
	quiet := m.called(t, ttl)
	if ripe := m.epoch + ttl; holds > 0 && t < ripe && quiet < ripe {
		m.quiet = ripe
	}
	_, had := m.sessions[s.id]
	m.sessions[s.id] = t + ttl
	if !had {
		m.revisions[s.id] = 0
		if s.work {
			m.in[s.id] = s.catalogue
			m.catalogues[s.catalogue]++
			m.quota[s.id] = 0
			m.signal(signalJoin)
		}
	}
	return true, nil
}

func (m *memoryRegistry) register(_ context.Context, s session, names []string) error {
	defer m.enter("register")()
	if m.catalogues[s.catalogue] == 0 {
		return nil
	}
	m.registering[s.catalogue] = lease{s.id, m.ms() + s.ttl.Milliseconds()/4}
	var idle []string
	for _, n := range names {
		bagOf(m.names, s.catalogue).add(n)
		if _, owned := m.owner[n]; !owned {
			idle = append(idle, n)
		}
	}
	m.setFree(idle)
	return nil
}

func (m *memoryRegistry) bury(t int64) {
	type end struct {
		session string
		at      int64
	}
	var gone []end
	for s, at := range m.sessions {
		if at <= t {
			gone = append(gone, end{s, at})
		}
	}
	slices.SortFunc(gone, func(x, y end) int { return int(x.at - y.at) })
	for _, e := range gone[:min(len(gone), 100)] {
		m.finish(e.session)
	}
	if len(gone) > 0 {
		m.signal(signalLeave)
	}
}

func (m *memoryRegistry) drain() {
	for budget := batch; len(m.dead) > 0 && budget > 0; {
		s := m.dead[0]
		var mine []string
		for held := m.heldBy[s]; held.len() > 0 && budget > 0; budget-- {
			n := held.list[len(held.list)-1]
			held.del(n)
			if m.owner[n].name == s {
				mine = append(mine, n)
				delete(m.owner, n)
			}
		}
		m.setFree(mine)
		if m.heldBy[s].len() == 0 {
			delete(m.heldBy, s)
			m.dead = m.dead[1:]
		}
	}
}

func (m *memoryRegistry) take(session, id string, k int) []lease {
	var got []lease
	for free := m.free[id]; k > 0 && free.len() > 0; {
		n := free.list[len(free.list)-1]
		if m.choose != nil {
			i := slices.IndexFunc(free.list, func(n string) bool { return m.choose[n] })
			if i < 0 {
				break
			}
			n = free.list[i]
		}
		k--
		m.taken(n)
		if _, owned := m.owner[n]; owned {
			continue
		}
		m.token = max(m.token, m.now().UnixMicro()) + 1
		m.owner[n] = lease{session, m.token}
		bagOf(m.heldBy, session).add(n)
		got = append(got, lease{n, m.token})
	}
	if len(got) > 0 {
		m.revise(session)
		m.moves += len(got)
	}
	return got
}

func (m *memoryRegistry) release(_ context.Context, session string, leases []lease) (int64, error) {
	defer m.enter("release")()
	var gone []string
	for _, l := range leases {
		if m.owner[l.name] == (lease{session, l.token}) {
			delete(m.owner, l.name)
			m.heldBy[session].del(l.name)
			gone = append(gone, l.name)
		}
	}
	m.setFree(gone)
	if q, ok := m.quota[session]; ok {
		m.quota[session] = min(q, m.heldBy[session].len())
	}
	return m.revise(session), nil
}

func (m *memoryRegistry) reclaim(_ context.Context, session string, leases []lease) (int64, []bool, error) {
	defer m.enter("reclaim")()
	mine := make([]bool, len(leases))
	for i, l := range leases {
		o, owned := m.owner[l.name]
		_, alive := m.sessions[o.name]
		if mine[i] = !owned || path.Dir(o.name) == path.Dir(session) || !alive; !mine[i] {
			continue
		}
		m.heldBy[o.name].delIf(l.name)
		m.owner[l.name] = lease{session, l.token}
		bagOf(m.heldBy, session).add(l.name)
		m.taken(l.name)
		m.token = max(m.token, l.token)
	}
	if _, ok := m.quota[session]; ok {
		m.quota[session] = m.heldBy[session].len()
	}
	return m.revise(session), mine, nil
}

func (m *memoryRegistry) held(_ context.Context, session string) (int64, []lease, error) {
	defer m.enter("held")()
	var leases []lease
	if held := m.heldBy[session]; held != nil {
		for _, n := range slices.Clone(held.list) {
			if o := m.owner[n]; o.name == session {
				leases = append(leases, lease{n, o.token})
			} else {
				held.del(n)
			}
		}
	}
	return m.revisions[session], leases, nil
}

func (m *memoryRegistry) leave(_ context.Context, session string, last bool) error {
	defer m.enter("leave")()
	if last {
		m.finish(session)
	} else {
		m.retire(session)
	}
	m.signal(signalLeave)
	return nil
}
