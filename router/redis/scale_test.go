package redis

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// city is many nodes with the real code on the book, in a time that jumps.
type city struct {
	t     *testing.T
	book  *book
	all   []string
	nodes []*fellow
	wires []*wire
	table strings.Builder
	seq   int
}

func (c *city) add() {
	c.seq++
	w := &wire{ledger: c.book}
	client := detached(worker(fmt.Sprintf("n%03d", c.seq)), time.Now, slog.New(slog.DiscardHandler))
	c.nodes, c.wires = append(c.nodes, start(c.t, client, LeaseOptions{Names: c.all}, w)), append(c.wires, w)
}

func (c *city) drop(n int) (nodes []*fellow, wires []*wire) {
	nodes, wires = c.nodes[:n], c.wires[:n]
	c.nodes, c.wires = slices.Clone(c.nodes[n:]), slices.Clone(c.wires[n:])
	return nodes, wires
}

// work counts what the nodes work on: all, the most, the least.
func (c *city) work() (sum, most, least int) {
	least = len(c.all)
	for _, f := range c.nodes {
		n := f.job.count()
		sum, most, least = sum+n, max(most, n), min(least, n)
	}
	return sum, most, least
}

func (c *city) calls() int {
	c.book.mu.Lock()
	defer c.book.mu.Unlock()
	sum := 0
	for _, n := range c.book.ops {
		sum += n
	}
	return sum
}

func (c *city) moves() int {
	c.book.mu.Lock()
	defer c.book.mu.Unlock()
	return c.book.moves
}

// phase does something, waits until all is held and fair, and holds what moved
// against the bound.
func (c *city) phase(what string, bound int, within time.Duration, do func()) {
	c.t.Helper()
	calls, moves, began, busiest := c.calls(), c.moves(), time.Now(), 0
	do()
	var took time.Duration
	for {
		before := c.calls()
		time.Sleep(100 * time.Millisecond)
		busiest = max(busiest, (c.calls()-before)*10)
		took = time.Since(began)
		if sum, most, least := c.work(); sum == len(c.all) && most-least <= 1 {
			break
		}
		if took > within {
			sum, most, least := c.work()
			c.t.Fatalf("%s: after %s %d of %d are worked on, %d to %d a node", what, took, sum, len(c.all), least, most)
		}
	}
	_, most, least := c.work()
	moved := c.moves() - moves
	if moved > bound {
		c.t.Errorf("%s: %d names moved, at most %d may", what, moved, bound)
	}
	fmt.Fprintf(&c.table, "%-34s %4d nodes  %7.1fs  %d-%d a node  %6d moved (bound %6d)  %6d calls, most %5d/s\n",
		what, len(c.nodes), took.Seconds(), least, most, moved, bound, c.calls()-calls, busiest)
}

// TestScale: 70,000 streams on 200 nodes.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no simulation of 200 nodes")
	}
	streams, nodes := 70000, 200
	if raced {
		streams, nodes = 10000, 60 // the race detector is ten times slower
	}
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		c := &city{t: t, book: newBook(time.Now), all: names("s", streams)}
		bound := 0 // each that comes may cost its share as it was then
		for n := range nodes {
			bound += streams/(n+1) + 1
		}
		c.phase("all nodes start at once", bound, 30*time.Second, func() {
			for range nodes {
				c.add()
			}
		})
		c.phase("20 come", 20*(streams/(nodes+20)+1), 30*time.Second, func() {
			for range 20 {
				c.add()
			}
		})
		_, _, least := c.work()
		c.phase("20 leave in order", 20*(least+1), 10*time.Second, func() {
			out, _ := c.drop(20)
			var wg sync.WaitGroup
			for _, f := range out {
				wg.Go(f.stop)
			}
			wg.Wait()
		})
		c.phase("one in ten is lost at once", 20*(streams/nodes+1), 13*time.Second, func() {
			_, wires := c.drop(20)
			for _, w := range wires {
				w.set(func(w *wire) { w.cut = true })
			}
		})
		c.restart(20, (nodes-20)/20)
		quiet, idle := c.calls(), time.Minute
		time.Sleep(idle)
		fmt.Fprintf(&c.table, "%-34s %4d nodes  %5.1f calls/s in a quiet minute\n", "at rest", len(c.nodes), float64(c.calls()-quiet)/idle.Seconds())
		t.Logf("%d streams\n%s", streams, c.table.String())
	})
	t.Logf("in %s", time.Since(began).Round(10*time.Millisecond))
}

// restart takes all nodes out in order and puts them back, some at a time.
func (c *city) restart(some, times int) {
	bound := times * some * 2 * (len(c.all)/(len(c.nodes)-some) + 1)
	c.phase(fmt.Sprintf("rolling restart, %d at a time", some), bound, 10*time.Minute, func() {
		for range times {
			out, _ := c.drop(some)
			var wg sync.WaitGroup
			for _, f := range out {
				wg.Go(f.stop)
			}
			wg.Wait()
			time.Sleep(5 * time.Second)
			for range some {
				c.add()
			}
			time.Sleep(15 * time.Second)
			if sum, most, least := c.work(); sum != len(c.all) || most-least > 1 {
				c.t.Errorf("in the middle of it %d of %d are worked on, %d to %d a node", sum, len(c.all), least, most)
			}
		}
	})
}
