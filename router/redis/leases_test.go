package redis

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical/problem"
)

// TestLeasesRefuse: what cannot be meant is refused before anything is shared.
func TestLeasesRefuse(t *testing.T) {
	c := detached(worker("a"), time.Now, nil)
	whole := func() LeaseOptions {
		return LeaseOptions{Names: []string{"a", "b"}, Gained: func(string, int64) {}, Lose: func(context.Context, string) {}}
	}
	for what, spoil := range map[string]func(*LeaseOptions){
		"nothing to start a name with": func(o *LeaseOptions) { o.Gained = nil },
		"nothing to stop it with":      func(o *LeaseOptions) { o.Lose = nil },
		"no name":                      func(o *LeaseOptions) { o.Names = []string{"a", ""} },
		"one name twice":               func(o *LeaseOptions) { o.Names = []string{"b", "a", "b"} },
		"too short":                    func(o *LeaseOptions) { o.TTL = 999 * time.Millisecond },
		"negative":                     func(o *LeaseOptions) { o.TTL = -time.Second },
		"a stop that is over already":  func(o *LeaseOptions) { o.StopWithin = -time.Second },
	} {
		o := whole()
		spoil(&o)
		if _, err := newLeases(c, o, newMemoryRegistry(time.Now)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	for what, o := range map[string]LeaseOptions{"whole": whole(), "a node that shares nothing": {}} {
		l, err := newLeases(c, o, newMemoryRegistry(time.Now))
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if l.ttl != 10*time.Second || l.holdings.stopWithin != 30*time.Second {
			t.Errorf("%s: lease time %s, stop within %s", what, l.ttl, l.holdings.stopWithin)
		}
	}
	o := whole()
	o.TTL = time.Millisecond
	_, err := newLeases(c, o, newMemoryRegistry(time.Now))
	if p, ok := problem.As(err); !ok || p.Code != "GW-L014" || p.Field != "lease" || p.Value != "1ms" {
		t.Errorf("a lease time that is too short: %v", err)
	}
}

// TestOnTheScripts runs two nodes on the scripts themselves, in a time that jumps.
func TestOnTheScripts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := bubbled(t)
		ca, cb := inMemory(t, m, worker("a")), inMemory(t, m, worker("b"))
		all := names("s", 21)
		a := start(t, ca, LeaseOptions{Names: all}, nil)
		pass(time.Second)
		if got := a.job.count(); got != 21 {
			t.Fatalf("alone it has %d of 21", got)
		}
		b := start(t, cb, LeaseOptions{Names: all}, nil)
		pass(time.Second)
		if a.job.count() != 11 || b.job.count() != 10 || a.job.losses() != 10 {
			t.Fatalf("after a second came: %d and %d, %d stopped", a.job.count(), b.job.count(), a.job.losses())
		}
		for name := range b.Held() {
			n, ok, err := ca.Holder(t.Context(), name)
			if err != nil || !ok || n.Name != "b" || n.URL != "http://b" {
				t.Fatalf("holder of %s: %+v %v %v", name, n, ok, err)
			}
		}
		if _, ok, err := ca.Holder(t.Context(), "nobody/s"); ok || err != nil {
			t.Errorf("a name nobody knows is held: %v %v", ok, err)
		}
		nodes, err := ca.Nodes(t.Context())
		if err != nil || len(nodes) != 2 {
			t.Fatalf("nodes: %+v %v", nodes, err)
		}
		if a, b := nodes[0], nodes[1]; a.Name != "a" || a.Held != 11 || b.Held != 10 || !b.Works() || b.Version != "test" {
			t.Errorf("nodes: %+v", nodes)
		}
		a.stop()
		pass(500 * time.Millisecond)
		if a.job.count() != 0 || b.job.count() != 21 {
			t.Errorf("after the first stopped: %d and %d", a.job.count(), b.job.count())
		}
	})
}

func TestAKilledNodeIsReplacedAfterTheLeaseTime(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 100)
		a, way := b.node("a", all)
		c, _ := b.node("b", all)
		pass(5 * time.Second)
		shed := a.job.losses()
		way.isolate() // nothing more of it arrives
		took := eventually(t, 12*time.Second, "all with the other", func() bool { return c.job.count() == 100 })
		if took < 6*time.Second {
			t.Errorf("taken over after %s, before the lease time was over", took)
		}
		// The one cut off works on: Kafka fences it.
		if a.job.count() != 50 || a.problem() != "GW-L008" {
			t.Errorf("the node cut off works on %d, and shows %q", a.job.count(), a.problem())
		}
		// When Redis answers again, it finds that all is lost, stops, joins, and gets its share.
		way.heal()
		pass(3 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{50, 50}) {
			t.Errorf("in the end %v", got)
		}
		if a.job.losses()-shed != 50 || a.recovered() != "GW-L009" || a.problem() != "" {
			t.Errorf("%d were lost, it shows %q, %q", a.job.losses()-shed, a.recovered(), a.problem())
		}
	})
}

func TestRedisAwayMovesNothing(t *testing.T) {
	for _, away := range []time.Duration{3 * time.Second, 9 * time.Second, 11 * time.Second, time.Minute, time.Hour} {
		t.Run(away.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				all := names("s", 99)
				var nodes []*testNode
				var ways []*faulty
				for _, name := range []string{"a", "b", "c"} {
					n, way := b.node(name, all)
					nodes, ways = append(nodes, n), append(ways, way)
				}
				pass(10 * time.Second)
				before := []map[string]int64{nodes[0].Held(), nodes[1].Held(), nodes[2].Held()}
				lost := losses(nodes...)
				for _, way := range ways {
					way.isolate()
				}
				pass(away)
				for i, n := range nodes {
					if away > 9*time.Second && n.problem() != "GW-L008" {
						t.Errorf("node %d shows %q", i, n.problem())
					}
					if !maps.Equal(n.Held(), before[i]) {
						t.Errorf("node %d let go of what it held", i)
					}
				}
				for _, way := range ways {
					way.heal()
				}
				pass(30 * time.Second)
				for i, n := range nodes {
					if !maps.Equal(n.Held(), before[i]) || n.problem() != "" {
						t.Errorf("afterwards node %d holds others than before, or shows %q", i, n.problem())
					}
				}
				if now := losses(nodes...); now != lost {
					t.Errorf("%d were stopped over it", now-lost)
				}
			})
		})
	}
}

func TestRedisEmptiedMovesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 1200)
		a, _ := b.node("a", all)
		c, _ := b.node("b", all)
		pass(10 * time.Second)
		before, lost := a.Held(), losses(a, c)
		for range 3 {
			b.empty()
			pass(30 * time.Second)
			if got := b.counts(all, a, c); !slices.Equal(got, []int{600, 600}) || !maps.Equal(a.Held(), before) || losses(a, c) != lost {
				t.Fatalf("%v, %d were stopped", got, losses(a, c)-lost)
			}
			if a.recovered() != "GW-L010" {
				t.Errorf("it shows %q", a.recovered())
			}
		}
		// Sharing goes on, and tokens go on growing.
		d, _ := b.node("c", all)
		pass(10 * time.Second)
		if got := b.counts(all, a, c, d); !slices.Equal(got, []int{400, 400, 400}) {
			t.Errorf("with a third: %v", got)
		}
		for name, token := range d.Held() {
			if token <= before[name] {
				t.Fatalf("%s: token %d after %d", name, token, before[name])
			}
		}
	})
}

// Whoever lost a race stops: here a node was cut off while the registry was
// emptied, and came back after the others took all.
func TestWhoeverLostARaceStops(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 60)
		a, way := b.node("a", all)
		c, _ := b.node("b", all)
		pass(10 * time.Second)
		lost := a.job.losses()
		way.isolate()
		b.empty()
		pass(40 * time.Second)
		if c.job.count() != 60 || a.job.count() != 30 {
			t.Fatalf("meanwhile %d and %d", a.job.count(), c.job.count())
		}
		way.heal()
		pass(10 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{30, 30}) || a.job.losses() != lost+30 {
			t.Errorf("in the end %v, %d were stopped", got, a.job.losses()-lost)
		}
	})
}

// Every kind of call has its answer lost, some of the time: nothing lies idle,
// nothing is worked on twice.
func TestLostAnswers(t *testing.T) {
	for _, op := range []string{"join", "register", "tick", "release", "reclaim", "held", "leave", "any"} {
		t.Run(op, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				all := names("s", 300)
				var nodes []*testNode
				lossy := func(n *testNode, way *faulty) *testNode {
					calls := 0
					way.afterEach(func(did string) error {
						if calls++; (did == op || op == "any") && calls%3 == 0 {
							return context.DeadlineExceeded
						}
						return nil
					})
					return n
				}
				for i := range 5 {
					nodes = append(nodes, lossy(b.node(fmt.Sprint("n", i), all)))
					pass(4 * time.Second)
				}
				nodes[0].stop()
				pass(40 * time.Second)
				got := b.counts(all, nodes[1:]...)
				if slices.Max(got)-slices.Min(got) > 1 {
					t.Errorf("shares %v", got)
				}
			})
		})
	}
}

func TestASlowStopHoldsTheLeaseAndDelaysNoOther(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 40)
		a, _ := b.node("a", all)
		a.job.lingers(func(name string) time.Duration {
			if strings.HasSuffix(name, "7") {
				return 25 * time.Second // longer than the lease time
			}
			return 0
		})
		pass(5 * time.Second)
		c, _ := b.node("b", all)
		pass(100 * time.Millisecond)
		go a.stop()
		pass(2 * time.Second)
		if got := b.counts(nil, a, c); got[0] != 4 || got[1] != 36 {
			t.Errorf("two seconds after the stop: %v", got)
		}
		pass(20 * time.Second)
		if got := b.counts(nil, a, c); got[0] != 4 || got[1] != 36 {
			t.Errorf("while the slow ones stop: %v", got)
		}
		pass(5 * time.Second)
		if got := b.counts(all, a, c); got[0] != 0 || got[1] != 40 {
			t.Errorf("in the end: %v", got)
		}
	})
}
