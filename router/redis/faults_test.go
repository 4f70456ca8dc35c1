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
)

// A process that stood still (SIGSTOP) reads an answer that is long out of
// date: what it was given then is another's by now.
func TestAnAnswerThatIsTooOldIsNotBelieved(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 100)
		a, way := b.node("a", all)
		_, other := b.node("b", all)
		pass(5 * time.Second)
		// b is gone; the very tick that gives a its names finds a standing still.
		other.isolate()
		var stood atomic.Bool
		moves := b.moves()
		way.afterEach(func(op string) error {
			if op == "tick" && b.moves() > moves && stood.CompareAndSwap(false, true) {
				time.Sleep(40 * time.Second) // no context ends this: the whole process stands still
			}
			return nil
		})
		pass(12 * time.Second)
		if !stood.Load() {
			t.Fatal("the tick was not met")
		}
		d, _ := b.node("c", all) // takes over everything meanwhile
		pass(25 * time.Second)
		if d.job.count() != 100 {
			t.Fatalf("meanwhile another has %d of 100", d.job.count())
		}
		gains := a.job.starts()
		pass(25 * time.Second)
		if got := b.counts(all, a, d); !slices.Equal(got, []int{50, 50}) {
			t.Errorf("in the end %v", got)
		}
		if a.job.starts() != gains+50 || a.recovered() != "GW-L009" {
			t.Errorf("%d were started after it, it shows %q", a.job.starts()-gains, a.recovered())
		}
		other.heal()
	})
}

// A name comes back while its work is still being stopped: it is started anew
// once that has ended, never beside it.
func TestANameThatComesBackWhileItStops(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 10)
		a, _ := b.node("a", all)
		a.job.lingers(func(string) time.Duration { return 8 * time.Second })
		pass(time.Second)
		session := a.State().Session
		b.look(func(m *memoryRegistry) { m.finish(session) }) // as others do with a silent node
		pass(5 * time.Second)
		var owner lease
		b.look(func(m *memoryRegistry) { owner = m.owner[all[0]] })
		if s := a.State(); s.Held != 0 || s.Stopping != 10 || owner.name != s.Session {
			t.Errorf("while it stops: %+v, %v", s, owner)
		}
		pass(10 * time.Second)
		if got := b.counts(all, a); got[0] != 10 || a.job.starts() != 20 || a.job.losses() != 10 {
			t.Errorf("in the end %v, %d starts, %d stops", got, a.job.starts(), a.job.losses())
		}
	})
}

// It is lost once more before the first stop has ended: then only what came
// back for good is started.
func TestANameThatIsLostTwiceWhileItStops(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 10)
		a, _ := b.node("a", all)
		a.job.lingers(func(string) time.Duration { return 8 * time.Second })
		pass(time.Second)
		end := func() {
			session := a.State().Session
			b.look(func(m *memoryRegistry) { m.finish(session) })
		}
		end()
		pass(4 * time.Second) // it has joined again, and has all of them to come
		c, _ := b.node("b", all)
		end()
		pass(20 * time.Second)
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
		var nodes []*testNode
		for i := range 4 {
			f, _ := b.node(fmt.Sprint("old", i), old)
			nodes = append(nodes, f)
		}
		pass(10 * time.Second)
		for i := range 4 {
			nodes[i].stop()
			nodes[i], _ = b.node(fmt.Sprint("new", i), new)
			pass(20 * time.Second)
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
		b.look(func(m *memoryRegistry) {
			if len(m.names) != 1 || len(m.owner) != len(new) {
				t.Errorf("%d catalogues and %d owners are left", len(m.names), len(m.owner))
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
		pass(time.Minute)
		b.counts(append(names("a", 50), common...), a, c)
		lost, moves := losses(a, c), b.moves()
		pass(10 * time.Minute)
		if losses(a, c) != lost || b.moves() != moves {
			t.Errorf("%d stops and %d moves in ten minutes", losses(a, c)-lost, b.moves()-moves)
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
		api := start(t, detached(n, time.Now, nil), LeaseOptions{}, b.memory)
		pass(10 * time.Second)
		if s := api.State(); !s.Joined || s.Held != 0 || s.Nodes != 2 || s.Workers != 1 || s.Problem != nil || a.job.count() != 10 {
			t.Errorf("%+v; the other works on %d", s, a.job.count())
		}
	})
}

// Another registry than the one that answered last (a replica that lagged took
// over): the counts agree, the names do not.
func TestAnOlderRegistry(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 20)
		a, _ := b.node("a", all)
		c, _ := b.node("b", all)
		pass(10 * time.Second)
		var mine, theirs string
		for mine = range a.Held() {
		}
		for theirs = range c.Held() {
		}
		sa, sc := a.State().Session, c.State().Session
		b.look(func(m *memoryRegistry) { // as if each had one name less, and had claimed another since
			m.owner[mine], m.owner[theirs] = lease{sc, m.owner[mine].token}, lease{sa, m.owner[theirs].token}
			m.heldBy[sa].del(mine)
			m.heldBy[sa].add(theirs)
			m.heldBy[sc].del(theirs)
			m.heldBy[sc].add(mine)
			m.revisions[sa]--
			m.revisions[sc]--
		})
		pass(10 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{10, 10}) {
			t.Errorf("%v", got)
		}
		if a.Held()[theirs] == 0 || c.Held()[mine] == 0 {
			t.Error("they go by what they remember, not by what the registry has")
		}
	})
}

// All nodes died; the first that comes again cannot know that Redis was not
// away instead, and gives the old ones one lease time to come.
func TestTheFirstAfterAllDied(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 40)
		_, wayA := b.node("a", all)
		_, wayB := b.node("b", all)
		pass(10 * time.Second)
		for _, way := range []*faulty{wayA, wayB} {
			way.isolate()
		}
		pass(time.Minute)
		c, _ := b.node("c", all)
		pass(5 * time.Second)
		if s := c.State(); s.Held != 0 || !s.Waiting {
			t.Errorf("after five seconds: %+v", s)
		}
		pass(6 * time.Second)
		if c.job.count() != 40 {
			t.Errorf("after eleven seconds it has %d of 40", c.job.count())
		}
	})
}

// No signals of others arrive: all goes on, by the ticks, and the state shows it.
func TestUnsubscribed(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 30)
		a := start(t, detached(worker("a"), time.Now, nil), LeaseOptions{Names: all}, unsubscribed{b.memory})
		c := start(t, detached(worker("b"), time.Now, nil), LeaseOptions{Names: all}, unsubscribed{b.memory})
		pass(10 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{15, 15}) {
			t.Errorf("%v", got)
		}
		if p := a.problem(); p != "GW-L011" {
			t.Errorf("it shows %q", p)
		}
	})
}

type unsubscribed struct{ registry }

func (unsubscribed) subscribe(context.Context, func(signal)) error {
	return errors.New("NOPERM No permissions to access a channel")
}

// The server's clock jumps: no session ends over it, and those of the dead
// still do.
func TestTheServersClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, -7 * time.Second, 7 * time.Second, time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shift := time.Duration(0)
				b := &bubble{t: t, log: &logged{}, memory: newMemoryRegistry(func() time.Time { return time.Now().Add(shift) })}
				all := names("s", 30)
				a, _ := b.node("a", all)
				c, way := b.node("b", all)
				d, _ := b.node("c", all)
				pass(20 * time.Second)
				lost := losses(a, c, d)
				b.look(func(*memoryRegistry) { shift = jump })
				pass(20 * time.Second)
				if got := b.counts(all, a, c, d); !slices.Equal(got, []int{10, 10, 10}) || losses(a, c, d) != lost {
					t.Errorf("%v, %d were stopped over it", got, losses(a, c, d)-lost)
				}
				if p := a.problem(); p != "GW-L007" {
					t.Errorf("it shows %q", p)
				}
				way.isolate()
				pass(11 * time.Second)
				if got := b.counts(nil, a, d); !slices.Equal(got, []int{15, 15}) {
					t.Errorf("eleven seconds after one died: %v", got)
				}
				way.heal()
				pass(time.Second)
			})
		})
	}
}

// One key is gone, evicted or deleted by hand, whichever it is: it all comes
// right again, on the scripts themselves.
func TestAnyKeyMayVanish(t *testing.T) {
	for _, key := range []string{"sessions", "quota", "in", "catalogues", "node", "turn", "owner", "meta", "offset", "ended",
		"names:*", "free:*", "held:*"} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := bubbled(t)
				all := names("s", 24)
				b := &bubble{t: t}
				a := start(t, inMemory(t, m, worker("a")), LeaseOptions{Names: all}, nil)
				c := start(t, inMemory(t, m, worker("b")), LeaseOptions{Names: all}, nil)
				pass(8 * time.Second)
				lost := losses(a, c)
				for _, k := range m.Keys() {
					pattern, many := strings.CutSuffix(key, "*")
					if name := strings.TrimPrefix(k, "{gateway}:"); name == key || many && strings.HasPrefix(name, pattern) {
						m.Del(k)
					}
				}
				pass(40 * time.Second)
				if got := b.counts(all, a, c); !slices.Equal(got, []int{12, 12}) {
					t.Errorf("%v", got)
				}
				if after := losses(a, c); after != lost {
					t.Errorf("%d were stopped over it", after-lost)
				}
				// And the registry works: a third gets its share.
				d := start(t, inMemory(t, m, worker("c")), LeaseOptions{Names: all}, nil)
				pass(5 * time.Second)
				if got := b.counts(all, a, c, d); !slices.Equal(got, []int{8, 8, 8}) {
					t.Errorf("with a third: %v", got)
				}
			})
		})
	}
}

// What happened is logged in whole sentences, once.
func TestTheLogIsQuiet(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		a, way := b.node("a", names("s", 10))
		pass(time.Minute)
		way.isolate()
		pass(10 * time.Minute)
		way.heal()
		pass(time.Minute)
		a.stop()
		for _, line := range []string{"joined", "Redis does not answer", "Redis answers again"} {
			if n := strings.Count(b.log.String(), line); n != 1 {
				t.Errorf("%q is logged %d times:\n%s", line, n, b.log)
			}
		}
	})
}
