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

func (b *book) damaged(session string) bool {
	c, within := b.in[session]
	_, shares := b.quota[session]
	return b.epoch == 0 || within != shares || within && b.catalogues[c] == 0
}

func (b *book) tick(_ context.Context, s seat, in ask) (verdict, error) {
	defer b.enter("tick")()
	t, ttl := b.ms(), s.ttl.Milliseconds()
	if _, ok := b.sessions[s.session]; !ok {
		return verdict{ended: b.over[s.session]}, nil
	}
	if b.damaged(s.session) {
		panic("the book contradicts itself")
	}
	quiet := b.beat(t, ttl)
	b.sessions[s.session] = t + ttl
	if t >= quiet {
		b.bury(t)
	}
	b.drain()
	names, mixed := 0, len(b.catalogues) > 1
	for c := range b.catalogues {
		names = max(names, b.names[c].len())
	}
	v := verdict{known: true, at: time.UnixMilli(t), quiet: time.Duration(max(0, quiet-t)) * time.Millisecond,
		sessions: len(b.sessions), workers: len(b.quota), names: names, allowed: -1, mixed: mixed, ends: -time.Millisecond}
	if allowed, shares := b.quota[s.session]; shares {
		v.allowed, v.aim, v.given = b.share(s, in, t >= quiet, allowed, names, mixed)
		b.quota[s.session] = v.allowed
		there := b.names[s.catalogue].len()
		if there < s.size || !mixed && len(b.owner)+b.free[s.catalogue].len() < there {
			if by := b.registering[s.catalogue]; by.token <= t || by.name == s.session {
				b.registering[s.catalogue] = lease{s.session, t + ttl/4}
				v.register = true
			}
		}
	}
	v.free, v.held, v.turn = b.free[s.catalogue].len(), b.heldBy[s.session].len(), b.turns[s.session]
	for o, end := range b.sessions {
		if left := time.Duration(max(0, max(end, quiet)-t)) * time.Millisecond; o != s.session && (v.ends < 0 || left < v.ends) {
			v.ends = left
		}
	}
	v.more = len(b.dead) > 0 || len(v.given) > 0 && v.allowed < v.aim && v.free > 0
	return v, nil
}

func (b *book) share(s seat, in ask, open bool, allowed, names int, mixed bool) (int, int, []lease) {
	floor := names / len(b.quota)
	others := 0
	for o, q := range b.quota {
		if q > floor && o != s.session {
			others++
		}
	}
	aim := floor
	if others < names-floor*len(b.quota) {
		aim = floor + 1
	}
	want := aim - allowed
	if mixed && in.spare && want <= 0 {
		want = int(math.Ceil(float64(b.free[s.catalogue].len()) / float64(b.catalogues[s.catalogue])))
	}
	switch {
	case b.bug == "sheds too much" && want < 0:
		return max(0, allowed-2*(allowed-aim)-1), aim, nil
	case b.bug == "never sheds" && want < 0, b.bug == "keeps the one more" && aim == floor && allowed == floor+1:
		return allowed, aim, nil
	case open && want > 0:
		got := b.take(s.session, s.catalogue, min(want, in.limit))
		return allowed + len(got), aim, got
	case open && want < 0 && !mixed && b.names[s.catalogue].len() >= s.size:
		return aim, aim, nil
	}
	return allowed, aim, nil
}
