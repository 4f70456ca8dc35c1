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

	"iocgateway/deploy/dev"
)

// fleet is many nodes with the real code on a registry in memory, in a time
// that jumps.
type fleet struct {
	t      *testing.T
	memory *memoryRegistry
	all    []string
	nodes  []*testNode
	ways   []*faulty
	table  strings.Builder
	seq    int
}

func (f *fleet) add() {
	f.seq++
	way := &faulty{registry: f.memory}
	client := detached(worker(fmt.Sprintf("n%03d", f.seq)), time.Now, slog.New(slog.DiscardHandler))
	f.nodes, f.ways = append(f.nodes, start(f.t, client, LeaseOptions{Names: f.all}, way)), append(f.ways, way)
}

func (f *fleet) drop(n int) (nodes []*testNode, ways []*faulty) {
	nodes, ways = f.nodes[:n], f.ways[:n]
	f.nodes, f.ways = slices.Clone(f.nodes[n:]), slices.Clone(f.ways[n:])
	return nodes, ways
}

// work counts what the nodes work on: all, the most, the least.
func (f *fleet) work() (sum, most, least int) {
	least = len(f.all)
	for _, node := range f.nodes {
		n := node.job.count()
		sum, most, least = sum+n, max(most, n), min(least, n)
	}
	return sum, most, least
}

func (f *fleet) calls() int {
	f.memory.mu.Lock()
	defer f.memory.mu.Unlock()
	sum := 0
	for _, n := range f.memory.ops {
		sum += n
	}
	return sum
}

func (f *fleet) moves() int {
	f.memory.mu.Lock()
	defer f.memory.mu.Unlock()
	return f.memory.moves
}

// phase does something, waits until all is held and fair, and holds what moved
// against the bound.
func (f *fleet) phase(what string, bound int, within time.Duration, do func()) {
	f.t.Helper()
	calls, moves, began, busiest := f.calls(), f.moves(), time.Now(), 0
	do()
	var took time.Duration
	for {
		before := f.calls()
		pass(100 * time.Millisecond)
		busiest = max(busiest, (f.calls()-before)*10)
		took = time.Since(began)
		if sum, most, least := f.work(); sum == len(f.all) && most-least <= 1 {
			break
		}
		if took > within {
			sum, most, least := f.work()
			f.t.Fatalf("%s: after %s %d of %d are worked on, %d to %d a node", what, took, sum, len(f.all), least, most)
		}
	}
	_, most, least := f.work()
	moved := f.moves() - moves
	if moved > bound {
		f.t.Errorf("%s: %d names moved, at most %d may", what, moved, bound)
	}
	fmt.Fprintf(&f.table, "%-34s %4d nodes  %7.1fs  %d-%d a node  %6d moved (bound %6d)  %6d calls, most %5d/s\n",
		what, len(f.nodes), took.Seconds(), least, most, moved, bound, f.calls()-calls, busiest)
}

// TestScale: 70,000 streams on 200 nodes.
func TestScale(t *testing.T) {
	dev.Long(t)
	if testing.Short() {
		t.Skip("-short: no simulation of 200 nodes")
	}
	streams, nodes := 70000, 200
	if raced {
		streams, nodes = 10000, 60 // the race detector is ten times slower
	}
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{t: t, memory: newMemoryRegistry(time.Now), all: names("s", streams)}
		bound := 0 // each that comes may cost its share as it was then
		for n := range nodes {
			bound += streams/(n+1) + 1
		}
		f.phase("all nodes start at once", bound, 30*time.Second, func() {
			for range nodes {
				f.add()
			}
		})
		f.phase("20 come", 20*(streams/(nodes+20)+1), 30*time.Second, func() {
			for range 20 {
				f.add()
			}
		})
		_, _, least := f.work()
		f.phase("20 leave in order", 20*(least+1), 10*time.Second, func() {
			out, _ := f.drop(20)
			var wg sync.WaitGroup
			for _, n := range out {
				wg.Go(n.stop)
			}
			wg.Wait()
		})
		f.phase("one in ten is lost at once", 20*(streams/nodes+1), 13*time.Second, func() {
			_, ways := f.drop(20)
			for _, way := range ways {
				way.isolate()
			}
		})
		f.restart(20, (nodes-20)/20)
		quiet, idle := f.calls(), time.Minute
		pass(idle)
		fmt.Fprintf(&f.table, "%-34s %4d nodes  %5.1f calls/s in a quiet minute\n",
			"at rest", len(f.nodes), float64(f.calls()-quiet)/idle.Seconds())
		t.Logf("%d streams\n%s", streams, f.table.String())
	})
	t.Logf("in %s", time.Since(began).Round(10*time.Millisecond))
}

// restart takes all nodes out in order and puts them back, some at a time.
func (f *fleet) restart(some, times int) {
	bound := times * some * 2 * (len(f.all)/(len(f.nodes)-some) + 1)
	f.phase(fmt.Sprintf("rolling restart, %d at a time", some), bound, 10*time.Minute, func() {
		for range times {
			out, _ := f.drop(some)
			var wg sync.WaitGroup
			for _, n := range out {
				wg.Go(n.stop)
			}
			wg.Wait()
			pass(5 * time.Second)
			for range some {
				f.add()
			}
			pass(15 * time.Second)
			if sum, most, least := f.work(); sum != len(f.all) || most-least > 1 {
				f.t.Errorf("in the middle of it %d of %d are worked on, %d to %d a node", sum, len(f.all), least, most)
			}
		}
	})
}
