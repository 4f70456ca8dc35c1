package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// TestOnTheScripts runs two nodes on the scripts themselves, in a time that jumps.
func TestOnTheScripts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		t.Cleanup(m.Close)
		ca, cb := inMemory(t, m, worker("a")), inMemory(t, m, worker("b"))
		all := names("s", 21)
		a := start(t, ca, LeaseOptions{Names: all}, nil)
		time.Sleep(time.Second)
		if got := a.job.count(); got != 21 {
			t.Fatalf("alone it has %d of 21", got)
		}
		b := start(t, cb, LeaseOptions{Names: all}, nil)
		time.Sleep(time.Second)
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
		if err != nil || len(nodes) != 2 || nodes[0].Name != "a" || nodes[0].Held != 11 || nodes[1].Held != 10 || !nodes[1].Works() || nodes[1].Version != "test" {
			t.Errorf("nodes: %+v %v", nodes, err)
		}
		a.stop()
		time.Sleep(500 * time.Millisecond)
		if a.job.count() != 0 || b.job.count() != 21 {
			t.Errorf("after the first stopped: %d and %d", a.job.count(), b.job.count())
		}
	})
}

// bubble is a set of nodes on one book, in a synctest bubble.
type bubble struct {
	t    *testing.T
	book *book
	log  *notes
}

func inBubble(t *testing.T, test func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, &bubble{t: t, book: newBook(time.Now), log: &notes{}})
	})
}

func (b *bubble) node(name string, all []string) (*fellow, *wire) {
	b.t.Helper()
	w := &wire{ledger: b.book}
	c := detached(worker(name), time.Now, slog.New(slog.NewTextHandler(b.log, nil)))
	return start(b.t, c, LeaseOptions{Names: all}, w), w
}

// look reads or changes the book.
func (b *bubble) look(do func(*book)) {
	b.book.mu.Lock()
	defer b.book.mu.Unlock()
	do(b.book)
}

func (b *bubble) moves() (n int) {
	b.look(func(k *book) { n = k.moves })
	return n
}

func (b *bubble) empty() { b.look((*book).flush) }

// wire is the way from a node to the ledger, with faults.
type wire struct {
	ledger
	mu    sync.Mutex
	cut   bool                  // nothing arrives
	after func(op string) error // the call was done; an error loses its answer
	ears  []func(string)
}

var errCut = errors.New("the wire is cut")

func (w *wire) set(change func(w *wire)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

func over[T any](w *wire, op string, call func() (T, error)) (T, error) {
	var none T
	w.mu.Lock()
	cut, after := w.cut, w.after
	w.mu.Unlock()
	if cut {
		return none, errCut
	}
	got, err := call()
	if err == nil && after != nil {
		if err := after(op); err != nil {
			return none, err
		}
	}
	return got, err
}

func (w *wire) join(ctx context.Context, s seat, holds int) (bool, error) {
	return over(w, "join", func() (bool, error) { return w.ledger.join(ctx, s, holds) })
}

func (w *wire) register(ctx context.Context, s seat, names []string) error {
	_, err := over(w, "register", func() (int, error) { return 0, w.ledger.register(ctx, s, names) })
	return err
}

func (w *wire) tick(ctx context.Context, s seat, in ask) (verdict, error) {
	return over(w, "tick", func() (verdict, error) { return w.ledger.tick(ctx, s, in) })
}

func (w *wire) release(ctx context.Context, session string, l []lease) (int64, error) {
	return over(w, "release", func() (int64, error) { return w.ledger.release(ctx, session, l) })
}

func (w *wire) reclaim(ctx context.Context, session string, l []lease) (turn int64, mine []bool, err error) {
	turn, err = over(w, "reclaim", func() (int64, error) {
		var err error
		turn, mine, err = w.ledger.reclaim(ctx, session, l)
		return turn, err
	})
	return turn, mine, err
}

func (w *wire) held(ctx context.Context, session string) (turn int64, l []lease, err error) {
	turn, err = over(w, "held", func() (int64, error) {
		var err error
		turn, l, err = w.ledger.held(ctx, session)
		return turn, err
	})
	return turn, l, err
}

func (w *wire) leave(ctx context.Context, session string, last bool) error {
	_, err := over(w, "leave", func() (int, error) { return 0, w.ledger.leave(ctx, session, last) })
	return err
}

func (w *wire) listen(ctx context.Context, heard func(string)) error {
	return w.ledger.listen(ctx, func(word string) {
		w.mu.Lock()
		cut := w.cut
		w.mu.Unlock()
		if !cut {
			heard(word)
		}
	})
}

// counts gives how many each node works on, and fails where two work on one
// name or, with all given, where one lies idle.
func (b *bubble) counts(all []string, nodes ...*fellow) []int {
	b.t.Helper()
	var list []int
	by := map[string]int{}
	for i, f := range nodes {
		f.job.mu.Lock()
		for name := range f.job.active {
			if first, twice := by[name]; twice {
				b.t.Errorf("%s is worked on by node %d and node %d", name, first, i)
			}
			by[name] = i
		}
		list = append(list, len(f.job.active))
		f.job.mu.Unlock()
	}
	for _, name := range all {
		if _, ok := by[name]; !ok {
			b.t.Errorf("%s lies idle", name)
		}
	}
	return list
}

func TestAKilledNodeIsReplacedAfterTheLeaseTime(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 100)
		a, cut := b.node("a", all)
		c, _ := b.node("b", all)
		time.Sleep(5 * time.Second)
		shed := a.job.losses()
		cut.set(func(w *wire) { w.cut = true }) // the others hear no more of it
		began := time.Now()
		for c.job.count() < 100 {
			time.Sleep(10 * time.Millisecond)
			if time.Since(began) > 12*time.Second {
				t.Fatalf("after %s the other has %d of 100", time.Since(began), c.job.count())
			}
		}
		if took := time.Since(began); took < 6*time.Second {
			t.Errorf("taken over after %s, before the lease time was over", took)
		}
		// The one cut off works on: Kafka fences it.
		if a.job.count() != 50 || a.State().Problem == nil || a.State().Problem.Code != "GW-L008" {
			t.Errorf("the node cut off works on %d, and says %v", a.job.count(), a.State().Problem)
		}
		// When it hears Redis again, it learns that all is lost, stops, joins, and gets its share.
		cut.set(func(w *wire) { w.cut = false })
		time.Sleep(3 * time.Second)
		if got := b.counts(all, a, c); !slices.Equal(got, []int{50, 50}) {
			t.Errorf("in the end %v", got)
		}
		if a.job.losses()-shed != 50 || a.State().Recovery == nil || a.State().Recovery.Code != "GW-L009" || a.State().Problem != nil {
			t.Errorf("%d were lost, it says %v, %v", a.job.losses(), a.State().Recovery, a.State().Problem)
		}
	})
}

func TestRedisAwayMovesNothing(t *testing.T) {
	for _, away := range []time.Duration{3 * time.Second, 9 * time.Second, 11 * time.Second, time.Minute, time.Hour} {
		t.Run(away.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble) {
				all := names("s", 99)
				var nodes []*fellow
				var wires []*wire
				for _, name := range []string{"a", "b", "c"} {
					f, w := b.node(name, all)
					nodes, wires = append(nodes, f), append(wires, w)
				}
				time.Sleep(10 * time.Second)
				before := []map[string]int64{nodes[0].Held(), nodes[1].Held(), nodes[2].Held()}
				lost := nodes[0].job.losses() + nodes[1].job.losses() + nodes[2].job.losses()
				for _, w := range wires {
					w.set(func(w *wire) { w.cut = true })
				}
				time.Sleep(away)
				for i, f := range nodes {
					if away > 9*time.Second && (f.State().Problem == nil || f.State().Problem.Code != "GW-L008") {
						t.Errorf("node %d says %v", i, f.State().Problem)
					}
					if !maps.Equal(f.Held(), before[i]) {
						t.Errorf("node %d let go of what it held", i)
					}
				}
				for _, w := range wires {
					w.set(func(w *wire) { w.cut = false })
				}
				time.Sleep(30 * time.Second)
				for i, f := range nodes {
					if !maps.Equal(f.Held(), before[i]) || f.State().Problem != nil {
						t.Errorf("afterwards node %d holds others than before, or says %v", i, f.State().Problem)
					}
				}
				if now := nodes[0].job.losses() + nodes[1].job.losses() + nodes[2].job.losses(); now != lost {
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
		time.Sleep(10 * time.Second)
		before, lost, lostC := a.Held(), a.job.losses(), c.job.losses()
		for range 3 {
			b.empty()
			time.Sleep(30 * time.Second)
			if got := b.counts(all, a, c); !slices.Equal(got, []int{600, 600}) || !maps.Equal(a.Held(), before) || a.job.losses() != lost || c.job.losses() != lostC {
				t.Fatalf("%v, %d and %d were stopped", got, a.job.losses()-lost, c.job.losses()-lostC)
			}
			if a.State().Recovery == nil || a.State().Recovery.Code != "GW-L010" {
				t.Errorf("it says %v", a.State().Recovery)
			}
		}
		// Sharing goes on, and tokens go on growing.
		d, _ := b.node("c", all)
		time.Sleep(10 * time.Second)
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

// Whoever lost a race stops: here a node was cut off while the ledger was
// emptied, and came back after the others took all.
func TestWhoeverLostARaceStops(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		all := names("s", 60)
		a, cut := b.node("a", all)
		c, _ := b.node("b", all)
		time.Sleep(10 * time.Second)
		lost := a.job.losses()
		cut.set(func(w *wire) { w.cut = true })
		b.empty()
		time.Sleep(40 * time.Second)
		if c.job.count() != 60 || a.job.count() != 30 {
			t.Fatalf("meanwhile %d and %d", a.job.count(), c.job.count())
		}
		cut.set(func(w *wire) { w.cut = false })
		time.Sleep(10 * time.Second)
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
				var nodes []*fellow
				lossy := func(f *fellow, w *wire) *fellow {
					calls := 0
					w.set(func(w *wire) {
						w.after = func(did string) error {
							if calls++; (did == op || op == "any") && calls%3 == 0 {
								return context.DeadlineExceeded
							}
							return nil
						}
					})
					return f
				}
				for i := range 5 {
					nodes = append(nodes, lossy(b.node(fmt.Sprint("n", i), all)))
					time.Sleep(4 * time.Second)
				}
				nodes[0].stop()
				time.Sleep(40 * time.Second)
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
		a.job.lingers(func(name string) {
			if strings.HasSuffix(name, "7") {
				time.Sleep(25 * time.Second) // longer than the lease time
			}
		})
		time.Sleep(5 * time.Second)
		c, _ := b.node("b", all)
		time.Sleep(100 * time.Millisecond)
		go a.stop()
		time.Sleep(2 * time.Second)
		if got := b.counts(nil, a, c); got[0] != 4 || got[1] != 36 {
			t.Errorf("two seconds after the stop: %v", got)
		}
		time.Sleep(20 * time.Second)
		if got := b.counts(nil, a, c); got[0] != 4 || got[1] != 36 {
			t.Errorf("while the slow ones stop: %v", got)
		}
		time.Sleep(5 * time.Second)
		if got := b.counts(all, a, c); got[0] != 0 || got[1] != 40 {
			t.Errorf("in the end: %v", got)
		}
	})
}
