package redis

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"iocgateway/deploy/dev/seed"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"pgregory.net/rapid"
)

// pair are the registry in Redis and the one in memory, given the same calls.
type pair struct {
	srv    *server
	memory *memoryRegistry
	exact  bool // times and tokens agree too
	pass   func(time.Duration)
	seen   map[string]int // what ticks have met
}

// TestTheMemoryIsTheRegistry holds the memory to the scripts, call by call and key
// by key, so that what the simulations show is true of Redis.
func TestTheMemoryIsTheRegistry(t *testing.T) {
	m := miniredis.RunT(t)
	c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker("a")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	seen := map[string]int{}
	all := []string{"given", "shed", "mixed", "register", "ended", "unknown", "quiet", "beyond"}
	seed.CheckUntil(t, seen, all, func(rt *rapid.T) {
		m.FlushAll()
		now := time.UnixMilli(1_764_000_000_000)
		m.SetTime(now)
		p := &pair{srv: c.srv, memory: newMemoryRegistry(func() time.Time { return now }), exact: true, seen: seen}
		p.pass = func(d time.Duration) {
			now = now.Add(d)
			m.SetTime(now)
			m.FastForward(max(d, 0))
		}
		p.live(rt)
	})
}

// TestTheMemoryIsTheRealRegistry does the same on a real server, whose clock
// nobody moves.
func TestTheMemoryIsTheRealRegistry(t *testing.T) {
	c := realClient(t, realServer(t), "a")
	seed.Check(t, func(rt *rapid.T) {
		if err := c.rdb.FlushAll(context.Background()).Err(); err != nil {
			rt.Fatal(err)
		}
		(&pair{srv: c.srv, memory: newMemoryRegistry(time.Now)}).live(rt)
	})
}

// TestAPlantedBugInTheMemoryIsSeen proves that the comparison compares.
func TestAPlantedBugInTheMemoryIsSeen(t *testing.T) {
	for _, bug := range []string{"never sheds", "sheds too much", "keeps the one more"} {
		m := miniredis.RunT(t)
		c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker("a")})
		if err != nil {
			t.Fatal(err)
		}
		now := time.UnixMilli(1_764_000_000_000)
		m.SetTime(now)
		p := &pair{srv: c.srv, memory: newMemoryRegistry(func() time.Time { return now }), exact: true}
		p.memory.bug = bug
		if err := p.scene(); err == nil {
			t.Errorf("%s: nothing was noticed", bug)
		}
		p.memory.bug = ""
		m.FlushAll()
		p.memory.flush()
		if err := p.scene(); err != nil {
			t.Errorf("without the bug: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// scene: one node takes six names, two more come.
func (p *pair) scene() error {
	all := names("n", 6)
	sessions := []session{}
	for i, name := range []string{"a/b/1", "b/b/1", "c/b/1"} {
		s := session{id: name, node: "{}", ttl: 10 * time.Second, work: true, catalogue: "c", size: len(all)}
		sessions = append(sessions, s)
		if err := p.join(s, 0); err != nil {
			return err
		}
		if i == 0 {
			if err := p.register(s, all); err != nil {
				return err
			}
		}
		for _, s := range append(slices.Clone(sessions), sessions...) {
			if err := p.tick(s, tickRequest{limit: 100}); err != nil {
				return err
			}
			over := p.memory.heldBy[s.id].len() - p.memory.quota[s.id]
			if _, held, _ := p.memory.held(context.Background(), s.id); over > 0 {
				if err := p.release(s.id, held[:over]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// live makes random calls.
func (p *pair) live(rt *rapid.T) {
	ctx := context.Background()
	both := names("both", 7)
	catalogues := map[string][]string{"one": append(names("one", 3), both...), "two": append(names("two", 2), both...)}
	ids := rapid.SampledFrom([]string{"a/b/1", "b/b/1", "c/b/1", "d/b/1", "a/b/2"})
	ttl := 10 * time.Second
	if !p.exact {
		ttl = time.Hour
	}
	must := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	sessionOf := func() session {
		s := session{id: ids.Draw(rt, "session"), node: "{}", ttl: ttl, work: true}
		s.work = s.id != "d/b/1"
		s.catalogue = "one"
		if s.id == "c/b/1" && rapid.Bool().Draw(rt, "mixed") {
			s.catalogue = "two"
		}
		if in, ok := p.memory.in[s.id]; ok {
			s.catalogue = in
		}
		s.size = len(catalogues[s.catalogue])
		return s
	}
	some := func(s string) []lease {
		var list []lease
		for _, n := range slices.Sorted(maps.Keys(p.memory.owner)) {
			if o := p.memory.owner[n]; (o.name == s) == (rapid.IntRange(0, 4).Draw(rt, "its") > 0) {
				list = append(list, lease{n, o.token + rapid.SampledFrom([]int64{0, 0, 0, 1}).Draw(rt, "other token")})
			}
		}
		return list
	}
	node := func(rt *rapid.T) { // as a node goes about it, so that random calls meet a registry with life in it
		s := sessionOf()
		in := tickRequest{limit: rapid.IntRange(0, 20).Draw(rt, "limit"), spare: rapid.Bool().Draw(rt, "spare")}
		must(p.join(s, 0))
		must(p.tick(s, in))
		if p.memory.names[s.catalogue].len() < s.size {
			must(p.register(s, catalogues[s.catalogue]))
			must(p.tick(s, in))
		}
		over := p.memory.heldBy[s.id].len() - p.memory.quota[s.id]
		if _, held, _ := p.memory.held(ctx, s.id); over > 0 && rapid.Bool().Draw(rt, "stopped") {
			must(p.release(s.id, held[:over]))
		}
		if p.pass != nil {
			p.pass(time.Duration(rapid.IntRange(0, 2000).Draw(rt, "ms")) * time.Millisecond)
		}
	}
	rt.Repeat(map[string]func(*rapid.T){
		"node": node, "node 2": node, "node 3": node, "node 4": node, "node 5": node, "node 6": node, "node 7": node, "node 8": node,
		"join": func(rt *rapid.T) { must(p.join(sessionOf(), rapid.IntRange(0, 1).Draw(rt, "holds"))) },
		"register": func(rt *rapid.T) {
			s := sessionOf()
			must(p.register(s, catalogues[s.catalogue][:rapid.IntRange(1, s.size).Draw(rt, "names")]))
		},
		"tick": func(rt *rapid.T) {
			must(p.tick(sessionOf(), tickRequest{limit: rapid.IntRange(0, 6).Draw(rt, "limit"), spare: rapid.Bool().Draw(rt, "spare")}))
		},
		"release": func(rt *rapid.T) {
			s := sessionOf()
			if list := some(s.id); len(list) > 0 {
				must(p.release(s.id, list))
			}
		},
		"reclaim": func(rt *rapid.T) {
			s := sessionOf()
			if _, there := p.memory.sessions[s.id]; !there {
				return
			}
			list := some(s.id)
			if rapid.Bool().Draw(rt, "unknown") {
				list = append(list, lease{both[0], 5})
			}
			if len(list) > 0 {
				must(p.reclaim(s.id, list))
			}
		},
		"leave": func(rt *rapid.T) {
			s := sessionOf().id
			if _, there := p.memory.sessions[s]; !there {
				return
			}
			last := rapid.Bool().Draw(rt, "last")
			must(p.srv.leave(ctx, s, last))
			must(p.memory.leave(ctx, s, last))
		},
		"held": func(rt *rapid.T) { must(p.held(sessionOf().id)) },
		"time": func(rt *rapid.T) {
			if p.pass != nil {
				p.pass(time.Duration(rapid.IntRange(-3000, 12000).Draw(rt, "ms")) * time.Millisecond)
			}
		},
		"flush": func(rt *rapid.T) {
			if rapid.IntRange(0, 9).Draw(rt, "really") == 0 {
				must(p.srv.rdb.FlushAll(ctx).Err())
				p.memory.flush()
			}
		},
		"": func(rt *rapid.T) { must(p.same()) },
	})
}

func (p *pair) join(s session, holds int) error {
	a, err := p.srv.join(context.Background(), s, holds)
	b, _ := p.memory.join(context.Background(), s, holds)
	return differ(err, "join", a, b)
}

func (p *pair) register(s session, list []string) error {
	err := p.srv.register(context.Background(), s, list)
	_ = p.memory.register(context.Background(), s, list)
	return differ(err, "register", 0, 0)
}

// tick lets the memory choose what Redis chose.
func (p *pair) tick(s session, r tickRequest) error {
	a, err := p.srv.tick(context.Background(), s, r)
	p.memory.choose = map[string]bool{}
	for _, g := range a.given {
		p.memory.choose[g.name] = true
	}
	before := p.memory.quota[s.id]
	b, _ := p.memory.tick(context.Background(), s, r)
	p.note(before, b)
	for _, v := range []*tickReply{&a, &b} {
		slices.SortFunc(v.given, func(x, y lease) int { return strings.Compare(x.name, y.name) })
		for i := range v.given {
			v.given[i].token = 0 // which of them got which is chance
		}
		if len(v.given) == 0 {
			v.given = nil
		}
		if !p.exact {
			v.at, v.quiet, v.ends = time.Time{}, 0, 0
		}
	}
	p.sync()
	return differ(err, "tick "+s.id, a, b)
}

func (p *pair) note(before int, v tickReply) {
	for what, met := range map[string]bool{"given": len(v.given) > 0,
		"shed": v.known && v.allowed >= 0 && v.allowed < before, "mixed": v.mixed, "register": v.register,
		"ended": v.ended, "unknown": !v.known && !v.ended, "quiet": v.quiet > 0,
		"beyond": v.allowed > v.share && len(v.given) > 0} {
		if met && p.seen != nil {
			p.seen[what]++
		}
	}
}

// sync gives the memory the tokens Redis gave.
func (p *pair) sync() {
	for name, text := range p.srv.rdb.HGetAll(context.Background(), p.srv.prefix+"owner").Val() {
		token, session, _ := strings.Cut(text, "|")
		if o, ok := p.memory.owner[name]; ok && o.name == session {
			o.token, _ = strconv.ParseInt(token, 10, 64)
			p.memory.owner[name] = o
		}
	}
	if !p.exact {
		p.memory.token, _ = strconv.ParseInt(p.srv.rdb.HGet(context.Background(), p.srv.prefix+"meta", "token").Val(), 10, 64)
	}
}

func (p *pair) release(session string, list []lease) error {
	a, err := p.srv.release(context.Background(), session, list)
	b, _ := p.memory.release(context.Background(), session, list)
	return differ(err, "release", a, b)
}

func (p *pair) reclaim(session string, list []lease) error {
	revisionA, a, err := p.srv.reclaim(context.Background(), session, list)
	revisionB, b, _ := p.memory.reclaim(context.Background(), session, list)
	return differ(err, "reclaim", fmt.Sprint(revisionA, a), fmt.Sprint(revisionB, b))
}

func (p *pair) held(session string) error {
	revisionA, a, err := p.srv.held(context.Background(), session)
	revisionB, b, _ := p.memory.held(context.Background(), session)
	for _, l := range [][]lease{a, b} {
		slices.SortFunc(l, func(x, y lease) int { return strings.Compare(x.name, y.name) })
	}
	return differ(err, "held", fmt.Sprint(revisionA, a), fmt.Sprint(revisionB, b))
}

func differ(err error, what string, a, b any) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("%s: Redis has\n%+v\nthe memory\n%+v", what, a, b)
	}
	return nil
}

// same compares all that is kept.
func (p *pair) same() error {
	rdb, prefix, ctx := p.srv.rdb, p.srv.prefix, context.Background()
	b := p.memory
	mine := map[string]string{}
	put := func(kind string, key string, v any) { mine[kind+" "+key] = fmt.Sprint(v) }
	for n, o := range b.owner {
		put("owner", n, fmt.Sprintf("%d|%s", o.token, o.name))
	}
	for s, q := range b.quota {
		put("quota", s, q)
	}
	for s, c := range b.in {
		put("in", s, c)
	}
	for c, n := range b.catalogues {
		put("catalogues", c, n)
		put("names", c, sorted(b.names[c]))
		put("free", c, sorted(b.free[c]))
	}
	for s, end := range b.sessions {
		put("sessions", s, map[bool]int64{p.exact: end}[true])
		put("turn", s, b.revisions[s])
	}
	for s, held := range b.heldBy {
		if held.len() > 0 {
			put("held", s, sorted(held))
		}
	}
	theirs := map[string]string{}
	for _, hash := range []string{"owner", "in", "catalogues", "turn"} {
		for k, v := range rdb.HGetAll(ctx, prefix+hash).Val() {
			theirs[hash+" "+k] = v
		}
	}
	for _, set := range []string{"quota", "sessions"} {
		for _, z := range rdb.ZRangeWithScores(ctx, prefix+set, 0, -1).Val() {
			if set == "sessions" && !p.exact {
				z.Score = 0
			}
			theirs[set+" "+z.Member.(string)] = fmt.Sprint(int64(z.Score))
		}
	}
	for c := range b.catalogues {
		theirs["names "+c], theirs["free "+c] = members(rdb, prefix+"names:"+c), members(rdb, prefix+"free:"+c)
	}
	for _, key := range rdb.Keys(ctx, prefix+"held:*").Val() {
		theirs["held "+strings.TrimPrefix(key, prefix+"held:")] = members(rdb, key)
	}
	if p.exact {
		put("meta", "quiet", b.quiet)
		theirs["meta quiet"] = rdb.HGet(ctx, prefix+"meta", "quiet").Val()
		if theirs["meta quiet"] == "" {
			theirs["meta quiet"] = "0"
		}
	}
	return differ(nil, "what is kept", theirs, mine)
}

func sorted(s *bag) string {
	if s == nil {
		return "[]"
	}
	return fmt.Sprint(slices.Sorted(slices.Values(s.list)))
}

func members(rdb goredis.UniversalClient, key string) string {
	list := rdb.SMembers(context.Background(), key).Val()
	slices.Sort(list)
	return fmt.Sprint(list)
}
