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

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"iocgateway/deploy/dev/seed"
)

// twins are the ledger in Redis and the book, given the same calls.
type twins struct {
	srv   *server
	book  *book
	exact bool // times and tokens agree too
	pass  func(time.Duration)
	seen  map[string]int // what ticks have met
}

// TestTheBookIsTheLedger holds the book to the scripts, call by call and key
// by key, so that what the simulations show is true of Redis.
func TestTheBookIsTheLedger(t *testing.T) {
	m := miniredis.RunT(t)
	c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker("a")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	seen := map[string]int{}
	seed.Check(t, func(rt *rapid.T) {
		m.FlushAll()
		now := time.UnixMilli(1_764_000_000_000)
		m.SetTime(now)
		w := &twins{srv: c.srv, book: newBook(func() time.Time { return now }), exact: true, seen: seen, pass: func(d time.Duration) {
			now = now.Add(d)
			m.SetTime(now)
			m.FastForward(max(d, 0))
		}}
		w.live(rt)
	})
	for _, what := range []string{"given", "shed", "mixed", "register", "ended", "unknown", "quiet", "beyond"} {
		if seen[what] == 0 && !testing.Short() {
			t.Errorf("no tick ever met: %s (%v)", what, seen)
		}
	}
}

// TestTheBookIsTheRealLedger does the same on a real server, whose clock
// nobody moves.
func TestTheBookIsTheRealLedger(t *testing.T) {
	c := realClient(t, realServer(t), "a")
	seed.Check(t, func(rt *rapid.T) {
		if err := c.rdb.FlushAll(context.Background()).Err(); err != nil {
			rt.Fatal(err)
		}
		(&twins{srv: c.srv, book: newBook(time.Now)}).live(rt)
	})
}

// TestAPlantedBugInTheBookIsSeen proves that the comparison compares.
func TestAPlantedBugInTheBookIsSeen(t *testing.T) {
	for _, bug := range []string{"never sheds", "sheds too much", "keeps the one more"} {
		m := miniredis.RunT(t)
		c, err := Open(t.Context(), Options{Addrs: []string{m.Addr()}, Node: worker("a")})
		if err != nil {
			t.Fatal(err)
		}
		now := time.UnixMilli(1_764_000_000_000)
		m.SetTime(now)
		w := &twins{srv: c.srv, book: newBook(func() time.Time { return now }), exact: true}
		w.book.bug = bug
		if err := w.scene(); err == nil {
			t.Errorf("%s: nothing was noticed", bug)
		}
		w.book.bug = ""
		m.FlushAll()
		w.book.flush()
		if err := w.scene(); err != nil {
			t.Errorf("without the bug: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// scene: one node takes six names, two more come.
func (w *twins) scene() error {
	all := names("n", 6)
	seats := []seat{}
	for i, name := range []string{"a/b/1", "b/b/1", "c/b/1"} {
		s := seat{session: name, node: "{}", ttl: 10 * time.Second, work: true, catalogue: "c", size: len(all)}
		seats = append(seats, s)
		if err := w.join(s, 0); err != nil {
			return err
		}
		if i == 0 {
			if err := w.register(s, all); err != nil {
				return err
			}
		}
		for _, s := range append(slices.Clone(seats), seats...) {
			if err := w.tick(s, ask{limit: 100}); err != nil {
				return err
			}
			over := w.book.heldBy[s.session].len() - w.book.quota[s.session]
			if _, held, _ := w.book.held(context.Background(), s.session); over > 0 {
				if err := w.release(s.session, held[:over]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// live makes random calls.
func (w *twins) live(rt *rapid.T) {
	ctx := context.Background()
	both := names("both", 7)
	catalogues := map[string][]string{"one": append(names("one", 3), both...), "two": append(names("two", 2), both...)}
	session := rapid.SampledFrom([]string{"a/b/1", "b/b/1", "c/b/1", "d/b/1", "a/b/2"})
	ttl := 10 * time.Second
	if !w.exact {
		ttl = time.Hour
	}
	must := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	seatOf := func() seat {
		s := seat{session: session.Draw(rt, "session"), node: "{}", ttl: ttl, work: true}
		s.work = s.session != "d/b/1"
		s.catalogue = "one"
		if s.session == "c/b/1" && rapid.Bool().Draw(rt, "mixed") {
			s.catalogue = "two"
		}
		if in, ok := w.book.in[s.session]; ok {
			s.catalogue = in
		}
		s.size = len(catalogues[s.catalogue])
		return s
	}
	some := func(s string) []lease {
		var list []lease
		for _, n := range slices.Sorted(maps.Keys(w.book.owner)) {
			if o := w.book.owner[n]; (o.name == s) == (rapid.IntRange(0, 4).Draw(rt, "its") > 0) {
				list = append(list, lease{n, o.token + rapid.SampledFrom([]int64{0, 0, 0, 1}).Draw(rt, "other token")})
			}
		}
		return list
	}
	node := func(rt *rapid.T) { // as a node goes about it, so that random calls meet a ledger with life in it
		s := seatOf()
		in := ask{limit: rapid.IntRange(0, 20).Draw(rt, "limit"), spare: rapid.Bool().Draw(rt, "spare")}
		must(w.join(s, 0))
		must(w.tick(s, in))
		if w.book.names[s.catalogue].len() < s.size {
			must(w.register(s, catalogues[s.catalogue]))
			must(w.tick(s, in))
		}
		over := w.book.heldBy[s.session].len() - w.book.quota[s.session]
		if _, held, _ := w.book.held(ctx, s.session); over > 0 && rapid.Bool().Draw(rt, "stopped") {
			must(w.release(s.session, held[:over]))
		}
		if w.pass != nil {
			w.pass(time.Duration(rapid.IntRange(0, 2000).Draw(rt, "ms")) * time.Millisecond)
		}
	}
	rt.Repeat(map[string]func(*rapid.T){
		"node": node, "node 2": node, "node 3": node, "node 4": node, "node 5": node, "node 6": node, "node 7": node, "node 8": node,
		"join": func(rt *rapid.T) { must(w.join(seatOf(), rapid.IntRange(0, 1).Draw(rt, "holds"))) },
		"register": func(rt *rapid.T) {
			s := seatOf()
			must(w.register(s, catalogues[s.catalogue][:rapid.IntRange(1, s.size).Draw(rt, "names")]))
		},
		"tick": func(rt *rapid.T) {
			must(w.tick(seatOf(), ask{limit: rapid.IntRange(0, 6).Draw(rt, "limit"), spare: rapid.Bool().Draw(rt, "spare")}))
		},
		"release": func(rt *rapid.T) {
			s := seatOf()
			if list := some(s.session); len(list) > 0 {
				must(w.release(s.session, list))
			}
		},
		"reclaim": func(rt *rapid.T) {
			s := seatOf()
			if _, there := w.book.sessions[s.session]; !there {
				return
			}
			list := some(s.session)
			if rapid.Bool().Draw(rt, "unknown") {
				list = append(list, lease{both[0], 5})
			}
			if len(list) > 0 {
				must(w.reclaim(s.session, list))
			}
		},
		"leave": func(rt *rapid.T) {
			s := seatOf().session
			if _, there := w.book.sessions[s]; !there {
				return
			}
			last := rapid.Bool().Draw(rt, "last")
			must(w.srv.leave(ctx, s, last))
			must(w.book.leave(ctx, s, last))
		},
		"held": func(rt *rapid.T) { must(w.held(seatOf().session)) },
		"time": func(rt *rapid.T) {
			if w.pass != nil {
				w.pass(time.Duration(rapid.IntRange(-3000, 12000).Draw(rt, "ms")) * time.Millisecond)
			}
		},
		"flush": func(rt *rapid.T) {
			if rapid.IntRange(0, 9).Draw(rt, "really") == 0 {
				must(w.srv.rdb.FlushAll(ctx).Err())
				w.book.flush()
			}
		},
		"": func(rt *rapid.T) { must(w.same()) },
	})
}

func (w *twins) join(s seat, holds int) error {
	a, err := w.srv.join(context.Background(), s, holds)
	b, _ := w.book.join(context.Background(), s, holds)
	return differ(err, "join", a, b)
}

func (w *twins) register(s seat, list []string) error {
	err := w.srv.register(context.Background(), s, list)
	_ = w.book.register(context.Background(), s, list)
	return differ(err, "register", 0, 0)
}

// tick lets the book choose what Redis chose.
func (w *twins) tick(s seat, in ask) error {
	a, err := w.srv.tick(context.Background(), s, in)
	w.book.choose = map[string]bool{}
	for _, g := range a.given {
		w.book.choose[g.name] = true
	}
	before := w.book.quota[s.session]
	b, _ := w.book.tick(context.Background(), s, in)
	w.note(before, b)
	for _, v := range []*verdict{&a, &b} {
		slices.SortFunc(v.given, func(x, y lease) int { return strings.Compare(x.name, y.name) })
		for i := range v.given {
			v.given[i].token = 0 // which of them got which is chance
		}
		if len(v.given) == 0 {
			v.given = nil
		}
		if !w.exact {
			v.at, v.quiet, v.ends = time.Time{}, 0, 0
		}
	}
	w.sync()
	return differ(err, "tick "+s.session, a, b)
}

func (w *twins) note(before int, v verdict) {
	for what, met := range map[string]bool{"given": len(v.given) > 0, "shed": v.known && v.allowed >= 0 && v.allowed < before,
		"mixed":    v.mixed,
		"register": v.register, "ended": v.ended, "unknown": !v.known && !v.ended, "quiet": v.quiet > 0,
		"beyond": v.allowed > v.aim && len(v.given) > 0} {
		if met && w.seen != nil {
			w.seen[what]++
		}
	}
}

// sync gives the book the tokens Redis gave.
func (w *twins) sync() {
	for name, text := range w.srv.rdb.HGetAll(context.Background(), w.srv.prefix+"owner").Val() {
		token, session, _ := strings.Cut(text, "|")
		if o, ok := w.book.owner[name]; ok && o.name == session {
			o.token, _ = strconv.ParseInt(token, 10, 64)
			w.book.owner[name] = o
		}
	}
	if !w.exact {
		w.book.token, _ = strconv.ParseInt(w.srv.rdb.HGet(context.Background(), w.srv.prefix+"meta", "token").Val(), 10, 64)
	}
}

func (w *twins) release(session string, list []lease) error {
	a, err := w.srv.release(context.Background(), session, list)
	b, _ := w.book.release(context.Background(), session, list)
	return differ(err, "release", a, b)
}

func (w *twins) reclaim(session string, list []lease) error {
	turnA, a, err := w.srv.reclaim(context.Background(), session, list)
	turnB, b, _ := w.book.reclaim(context.Background(), session, list)
	return differ(err, "reclaim", fmt.Sprint(turnA, a), fmt.Sprint(turnB, b))
}

func (w *twins) held(session string) error {
	turnA, a, err := w.srv.held(context.Background(), session)
	turnB, b, _ := w.book.held(context.Background(), session)
	for _, l := range [][]lease{a, b} {
		slices.SortFunc(l, func(x, y lease) int { return strings.Compare(x.name, y.name) })
	}
	return differ(err, "held", fmt.Sprint(turnA, a), fmt.Sprint(turnB, b))
}

func differ(err error, what string, a, b any) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("%s: Redis says\n%+v\nthe book\n%+v", what, a, b)
	}
	return nil
}

// same compares all that is kept.
func (w *twins) same() error {
	rdb, p, ctx := w.srv.rdb, w.srv.prefix, context.Background()
	b := w.book
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
		put("sessions", s, map[bool]int64{w.exact: end}[true])
		put("turn", s, b.turns[s])
	}
	for s, held := range b.heldBy {
		if held.len() > 0 {
			put("held", s, sorted(held))
		}
	}
	theirs := map[string]string{}
	for _, hash := range []string{"owner", "in", "catalogues", "turn"} {
		for k, v := range rdb.HGetAll(ctx, p+hash).Val() {
			theirs[hash+" "+k] = v
		}
	}
	for _, set := range []string{"quota", "sessions"} {
		for _, z := range rdb.ZRangeWithScores(ctx, p+set, 0, -1).Val() {
			if set == "sessions" && !w.exact {
				z.Score = 0
			}
			theirs[set+" "+z.Member.(string)] = fmt.Sprint(int64(z.Score))
		}
	}
	for c := range b.catalogues {
		theirs["names "+c], theirs["free "+c] = members(rdb, p+"names:"+c), members(rdb, p+"free:"+c)
	}
	for _, key := range rdb.Keys(ctx, p+"held:*").Val() {
		theirs["held "+strings.TrimPrefix(key, p+"held:")] = members(rdb, key)
	}
	if w.exact {
		put("meta", "quiet", b.quiet)
		theirs["meta quiet"] = rdb.HGet(ctx, p+"meta", "quiet").Val()
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
