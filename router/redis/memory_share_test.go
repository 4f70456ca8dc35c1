package redis

import (
	"context"
	"math"
	"time"
)

// bag is a set with a cheap pop.
type bag struct {
	list []string
	at   map[string]int
}

func (s *bag) len() int {
	if s == nil {
		return 0
	}
	return len(s.list)
}

func (s *bag) has(name string) bool {
	if s == nil {
		return false
	}
	_, ok := s.at[name]
	return ok
}

func (s *bag) add(name string) {
	if !s.has(name) {
		s.at[name] = len(s.list)
		s.list = append(s.list, name)
	}
}

func (s *bag) del(name string) {
	if !s.has(name) {
		return
	}
	i, last := s.at[name], len(s.list)-1
	s.list[i] = s.list[last]
	s.at[s.list[i]] = i
	s.list = s.list[:last]
	delete(s.at, name)
}

func bagOf(m map[string]*bag, key string) *bag {
	if m[key] == nil {
		m[key] = &bag{at: map[string]int{}}
	}
	return m[key]
}

func (m *memoryRegistry) damaged(session string) bool {
	c, within := m.in[session]
	_, shares := m.quota[session]
	return m.epoch == 0 || within != shares || within && m.catalogues[c] == 0
}

func (m *memoryRegistry) tick(_ context.Context, s session, r tickRequest) (tickReply, error) {
	defer m.enter("tick")()
	t, ttl := m.ms(), s.ttl.Milliseconds()
	if _, ok := m.sessions[s.id]; !ok {
		return tickReply{ended: m.over[s.id]}, nil
	}
	if m.damaged(s.id) {
		panic("the registry in memory contradicts itself")
	}
	quiet := m.called(t, ttl)
	m.sessions[s.id] = t + ttl
	if t >= quiet {
		m.bury(t)
	}
	m.drain()
	names, mixed := 0, len(m.catalogues) > 1
	for c := range m.catalogues {
		names = max(names, m.names[c].len())
	}
	v := tickReply{known: true, at: time.UnixMilli(t), quiet: time.Duration(max(0, quiet-t)) * time.Millisecond,
		sessions: len(m.sessions), workers: len(m.quota), names: names, allowed: -1, mixed: mixed, ends: -time.Millisecond}
	if allowed, shares := m.quota[s.id]; shares {
		v.allowed, v.share, v.given = m.share(s, r, t >= quiet, allowed, names, mixed)
		m.quota[s.id] = v.allowed
		there := m.names[s.catalogue].len()
		if there < s.size || !mixed && len(m.owner)+m.free[s.catalogue].len() < there {
			if by := m.registering[s.catalogue]; by.token <= t || by.name == s.id {
				m.registering[s.catalogue] = lease{s.id, t + ttl/4}
				v.register = true
			}
		}
	}
	v.free, v.held, v.revision = m.free[s.catalogue].len(), m.heldBy[s.id].len(), m.revisions[s.id]
	for o, end := range m.sessions {
		if left := time.Duration(max(0, max(end, quiet)-t)) * time.Millisecond; o != s.id && (v.ends < 0 || left < v.ends) {
			v.ends = left
		}
	}
	v.more = len(m.dead) > 0 || len(v.given) > 0 && v.allowed < v.share && v.free > 0
	return v, nil
}

func (m *memoryRegistry) share(s session, r tickRequest, open bool, allowed, names int, mixed bool) (int, int, []lease) {
	floor := names / len(m.quota)
	others := 0
	for o, q := range m.quota {
		if q > floor && o != s.id {
			others++
		}
	}
	aim := floor
	if others < names-floor*len(m.quota) {
		aim = floor + 1
	}
	want := aim - allowed
	if mixed && r.spare && want <= 0 {
		want = int(math.Ceil(float64(m.free[s.catalogue].len()) / float64(m.catalogues[s.catalogue])))
	}
	switch {
	case m.bug == "sheds too much" && want < 0:
		return max(0, allowed-2*(allowed-aim)-1), aim, nil
	case m.bug == "never sheds" && want < 0, m.bug == "keeps the one more" && aim == floor && allowed == floor+1:
		return allowed, aim, nil
	case open && want > 0:
		got := m.take(s.id, s.catalogue, min(want, r.limit))
		return allowed + len(got), aim, got
	case open && want < 0 && !mixed && m.names[s.catalogue].len() >= s.size:
		return aim, aim, nil
	}
	return allowed, aim, nil
}
