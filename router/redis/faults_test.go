package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// A process that stood still (SIGSTOP) reads an answer that is long out of
// date: what it was given then is another's by now.
func TestAnAnswerThatIsTooOldIsNotBelieved(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 100)
		a, wa := b.node("a", all)
		c, wc := b.node("b", all)
		time.Sleep(5 * time.Second)
		// b is gone; the very tick that gives a its names finds a standing still.
		wc.set(func(w *wire) { w.cut = true })
		var stood atomic.Bool
		moves := b.moves()
		wa.set(func(w *wire) {
			w.after = func(op string) error {
				if op == "tick" && b.moves() > moves && stood.CompareAndSwap(false, true) {
					time.Sleep(40 * time.Second) // no context ends this: the whole process stands still
				}
				return nil
			}
		})
		time.Sleep(12 * time.Second)
		if !stood.Load() {
			t.Fatal("the tick was not met")
		}
		d, _ := b.node("c", all) // takes over everything meanwhile
		time.Sleep(25 * time.Second)
		if d.job.count() != 100 {
			t.Fatalf("meanwhile another has %d of 100", d.job.count())
		}
		gains := a.job.starts()
		time.Sleep(25 * time.Second)
		if got := b.counts(all, a, d); !slices.Equal(got, []int{50, 50}) {
			t.Errorf("in the end %v", got)
		}
		if a.job.starts() != gains+50 || a.State().Recovery == nil || a.State().Recovery.Code != "GW-L009" {
			t.Errorf("%d were started after it, it says %v", a.job.starts()-gains, a.State().Recovery)
		}
		wc.set(func(w *wire) { w.cut = false })
		_ = c
	})
}

// A name comes back while its work is still being stopped: it is started anew
// once that has ended, never beside it.
func TestANameThatComesBackWhileItStops(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 10)
		a, cut := b.node("a", all)
		a.job.lingers(func(string) { time.Sleep(8 * time.Second) })
		time.Sleep(time.Second)
		session := a.State().Session
		b.look(func(k *book) { k.finish(session) }) // as others do with a silent node
		time.Sleep(5 * time.Second)
		var owner lease
		b.look(func(k *book) { owner = k.owner[all[0]] })
		if s := a.State(); s.Held != 0 || s.Stopping != 10 || owner.name != s.Session {
			t.Errorf("while it stops: %+v, %v", s, owner)
		}
		time.Sleep(10 * time.Second)
		if got := b.counts(all, a); got[0] != 10 || a.job.starts() != 20 || a.job.losses() != 10 {
			t.Errorf("in the end %v, %d starts, %d stops", got, a.job.starts(), a.job.losses())
		}
		_ = cut
	})
}

// It is lost once more before the first stop has ended: then only what came
// back for good is started.
func TestANameThatIsLostTwiceWhileItStops(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 10)
		a, _ := b.node("a", all)
		a.job.lingers(func(string) { time.Sleep(8 * time.Second) })
		time.Sleep(time.Second)
		end := func() {
			session := a.State().Session
			b.look(func(k *book) { k.finish(session) })
		}
		end()
		time.Sleep(4 * time.Second) // it has joined again, and has all of them to come
		c, _ := b.node("b", all)
		end()
		time.Sleep(20 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{5, 5}) || a.job.starts() != 15 {
			t.Errorf("%v, %d starts", got, a.job.starts())
		}
	})
}

// A change of configuration is rolled out: some names go, some come, and for a
// while nodes know different ones.
func TestNodesThatKnowDifferentNames(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		kept, gone, fresh := names("kept", 60), names("gone", 30), names("fresh", 30)
		old, new := append(slices.Clone(kept), gone...), append(slices.Clone(kept), fresh...)
		var nodes []*fellow
		for i := range 4 {
			f, _ := b.node(fmt.Sprint("old", i), old)
			nodes = append(nodes, f)
		}
		time.Sleep(10 * time.Second)
		for i := range 4 {
			nodes[i].stop()
			nodes[i], _ = b.node(fmt.Sprint("new", i), new)
			time.Sleep(20 * time.Second)
			// Whatever any node knows is worked on, even where the one that knows it has its share.
			want := new
			if i < 3 {
				want = append(slices.Clone(new), gone...)
			}
			b.counts(want, nodes...)
			for name := range nodes[i].Held() {
				if strings.HasPrefix(name, "gone") {
					t.Errorf("new node %d was given %s", i, name)
				}
			}
			if mixed := nodes[i].State().Mixed; mixed != (i < 3) {
				t.Errorf("after %d of 4: mixed %v", i+1, mixed)
			}
		}
		if got := b.counts(new, nodes...); slices.Max(got)-slices.Min(got) > 1 {
			t.Errorf("when all agree again: %v", got)
		}
		b.look(func(k *book) {
			if len(k.names) != 1 || len(k.owner) != len(new) {
				t.Errorf("%d catalogues and %d owners are left", len(k.names), len(k.owner))
			}
		})
	})
}

// Nodes that know different names for good: no name lies idle, and nothing
// goes to and fro.
func TestNodesThatKnowDifferentNamesForGood(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		common := names("common", 20)
		a, _ := b.node("a", append(names("a", 50), common...))
		c, _ := b.node("b", common)
		time.Sleep(time.Minute)
		b.counts(append(names("a", 50), common...), a, c)
		losses, moves := a.job.losses()+c.job.losses(), b.moves()
		time.Sleep(10 * time.Minute)
		if a.job.losses()+c.job.losses() != losses || b.moves() != moves {
			t.Errorf("%d stops and %d moves in ten minutes", a.job.losses()+c.job.losses()-losses, b.moves()-moves)
		}
	})
}

// A node without the role takes no leases, is seen, and finds the dead.
func TestANodeThatDoesNotWork(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 10)
		a, _ := b.node("a", all)
		n := worker("api")
		n.Roles = []string{"api"}
		api := start(t, detached(n, time.Now, nil), LeaseOptions{}, b.book)
		time.Sleep(10 * time.Second)
		if s := api.State(); !s.Joined || s.Held != 0 || s.Nodes != 2 || s.Workers != 1 || s.Problem != nil || a.job.count() != 10 {
			t.Errorf("%+v; the other works on %d", s, a.job.count())
		}
	})
}

// Another ledger than the one it last spoke to (a replica that lagged took
// over): the counts agree, the names do not.
func TestAnOlderLedger(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 20)
		a, _ := b.node("a", all)
		c, _ := b.node("b", all)
		time.Sleep(10 * time.Second)
		var mine, theirs string
		for mine = range a.Held() {
		}
		for theirs = range c.Held() {
		}
		sa, sc := a.State().Session, c.State().Session
		b.look(func(k *book) { // as if each had one name less, and had claimed another since
			k.owner[mine], k.owner[theirs] = lease{sc, k.owner[mine].token}, lease{sa, k.owner[theirs].token}
			k.heldBy[sa].del(mine)
			k.heldBy[sa].add(theirs)
			k.heldBy[sc].del(theirs)
			k.heldBy[sc].add(mine)
			k.turns[sa]--
			k.turns[sc]--
		})
		time.Sleep(10 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{10, 10}) {
			t.Errorf("%v", got)
		}
		if a.Held()[theirs] == 0 || c.Held()[mine] == 0 {
			t.Error("they go by what they remember, not by what the ledger says")
		}
	})
}

// All nodes died; the first that comes again cannot know that Redis was not
// away instead, and gives the old ones one lease time to be heard.
func TestTheFirstAfterAllDied(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 40)
		_, cutA := b.node("a", all)
		_, cutB := b.node("b", all)
		time.Sleep(10 * time.Second)
		for _, w := range []*wire{cutA, cutB} {
			w.set(func(w *wire) { w.cut = true })
		}
		time.Sleep(time.Minute)
		c, _ := b.node("c", all)
		time.Sleep(5 * time.Second)
		if s := c.State(); s.Held != 0 || !s.Waiting {
			t.Errorf("after five seconds: %+v", s)
		}
		time.Sleep(6 * time.Second)
		if c.job.count() != 40 {
			t.Errorf("after eleven seconds it has %d of 40", c.job.count())
		}
	})
}

// Words of others are not heard: all goes on, by the ticks, and the state says so.
func TestDeaf(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 30)
		a := start(t, detached(worker("a"), time.Now, nil), LeaseOptions{Names: all}, deaf{b.book})
		c := start(t, detached(worker("b"), time.Now, nil), LeaseOptions{Names: all}, deaf{b.book})
		time.Sleep(10 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{15, 15}) {
			t.Errorf("%v", got)
		}
		if p := a.State().Problem; p == nil || p.Code != "GW-L011" {
			t.Errorf("it says %v", p)
		}
	})
}

type deaf struct{ ledger }

func (deaf) listen(context.Context, func(string)) error {
	return errors.New("NOPERM No permissions to access a channel")
}

// The server's clock jumps: no session ends over it, and those of the dead
// still do.
func TestTheServersClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, -7 * time.Second, 7 * time.Second, time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shift := time.Duration(0)
				b := &bubble{t: t, log: &notes{}, book: newBook(func() time.Time { return time.Now().Add(shift) })}
				all := names("s", 30)
				a, _ := b.node("a", all)
				c, cut := b.node("b", all)
				d, _ := b.node("c", all)
				time.Sleep(20 * time.Second)
				losses := a.job.losses() + c.job.losses() + d.job.losses()
				b.look(func(*book) { shift = jump })
				time.Sleep(20 * time.Second)
				if got := b.counts(all, a, c, d); !slices.Equal(got, []int{10, 10, 10}) || a.job.losses()+c.job.losses()+d.job.losses() != losses {
					t.Errorf("%v, %d were stopped over it", got, a.job.losses()+c.job.losses()+d.job.losses()-losses)
				}
				if p := a.State().Problem; p == nil || p.Code != "GW-L007" {
					t.Errorf("it says %v", p)
				}
				cut.set(func(w *wire) { w.cut = true })
				time.Sleep(11 * time.Second)
				if got := b.counts(nil, a, d); !slices.Equal(got, []int{15, 15}) {
					t.Errorf("eleven seconds after one died: %v", got)
				}
				cut.set(func(w *wire) { w.cut = false })
				time.Sleep(time.Second)
			})
		})
	}
}

// One key is gone, evicted or deleted by hand, whichever it is: it all comes
// right again, on the scripts themselves.
func TestAnyKeyMayVanish(t *testing.T) {
	for _, key := range []string{"sessions", "quota", "in", "catalogues", "node", "turn", "owner", "meta", "offset", "ended", "names:*", "free:*", "held:*"} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := miniredis.NewMiniRedis()
				m.ClockTTL(true)
				t.Cleanup(m.Close)
				all := names("s", 24)
				b := &bubble{t: t}
				a := start(t, inMemory(t, m, worker("a")), LeaseOptions{Names: all}, nil)
				c := start(t, inMemory(t, m, worker("b")), LeaseOptions{Names: all}, nil)
				time.Sleep(8 * time.Second)
				losses := a.job.losses() + c.job.losses()
				for _, k := range m.Keys() {
					pattern, many := strings.CutSuffix(key, "*")
					if name := strings.TrimPrefix(k, "{gateway}:"); name == key || many && strings.HasPrefix(name, pattern) {
						m.Del(k)
					}
				}
				time.Sleep(40 * time.Second)
				if got := b.counts(all, a, c); !slices.Equal(got, []int{12, 12}) {
					t.Errorf("%v", got)
				}
				if after := a.job.losses() + c.job.losses(); after != losses {
					t.Errorf("%d were stopped over it", after-losses)
				}
				// And the ledger works: a third gets its share.
				d := start(t, inMemory(t, m, worker("c")), LeaseOptions{Names: all}, nil)
				time.Sleep(5 * time.Second)
				if got := b.counts(all, a, c, d); !slices.Equal(got, []int{8, 8, 8}) {
					t.Errorf("with a third: %v", got)
				}
			})
		})
	}
}

// The log says what happened in whole sentences, once.
func TestTheLogIsQuiet(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		a, w := b.node("a", names("s", 10))
		time.Sleep(time.Minute)
		w.set(func(w *wire) { w.cut = true })
		time.Sleep(10 * time.Minute)
		w.set(func(w *wire) { w.cut = false })
		time.Sleep(time.Minute)
		a.stop()
		for _, line := range []string{"joined", "Redis does not answer", "Redis answers again"} {
			if n := strings.Count(b.log.String(), line); n != 1 {
				t.Errorf("%q is said %d times:\n%s", line, n, b.log)
			}
		}
	})
}
