package redis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bubble is a set of nodes on one registry in memory, in a synctest bubble.
type bubble struct {
	t      *testing.T
	memory *memoryRegistry
	log    *logged
}

func inBubble(t *testing.T, test func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, &bubble{t: t, memory: newMemoryRegistry(time.Now), log: &logged{}})
	})
}

func (b *bubble) node(name string, all []string) (*testNode, *faulty) {
	b.t.Helper()
	f := &faulty{registry: b.memory}
	c := detached(worker(name), time.Now, slog.New(slog.NewTextHandler(b.log, nil)))
	return start(b.t, c, LeaseOptions{Names: all}, f), f
}

// look reads or changes the registry.
func (b *bubble) look(do func(*memoryRegistry)) {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	do(b.memory)
}

func (b *bubble) moves() (n int) {
	b.look(func(m *memoryRegistry) { n = m.moves })
	return n
}

func (b *bubble) empty() { b.look((*memoryRegistry).flush) }

// faulty is the way from a node to its registry, with faults.
type faulty struct {
	registry
	mu    sync.Mutex
	cut   bool                  // nothing arrives
	after func(op string) error // the call was done; an error loses its answer
}

var errCut = errors.New("the way to the registry is cut")

// isolate lets nothing arrive any more, and no signal come back.
func (f *faulty) isolate() { f.set(true) }

// heal ends that.
func (f *faulty) heal() { f.set(false) }

func (f *faulty) set(cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = cut
}

// afterEach does something behind each call that was done.
func (f *faulty) afterEach(do func(op string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after = do
}

func over[T any](f *faulty, op string, call func() (T, error)) (T, error) {
	var none T
	f.mu.Lock()
	cut, after := f.cut, f.after
	f.mu.Unlock()
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

func (f *faulty) join(ctx context.Context, s session, holds int) (bool, error) {
	return over(f, "join", func() (bool, error) { return f.registry.join(ctx, s, holds) })
}

func (f *faulty) register(ctx context.Context, s session, names []string) error {
	_, err := over(f, "register", func() (int, error) { return 0, f.registry.register(ctx, s, names) })
	return err
}

func (f *faulty) tick(ctx context.Context, s session, r tickRequest) (tickReply, error) {
	return over(f, "tick", func() (tickReply, error) { return f.registry.tick(ctx, s, r) })
}

func (f *faulty) release(ctx context.Context, session string, l []lease) (int64, error) {
	return over(f, "release", func() (int64, error) { return f.registry.release(ctx, session, l) })
}

func (f *faulty) reclaim(ctx context.Context, session string, l []lease) (revision int64, mine []bool, err error) {
	revision, err = over(f, "reclaim", func() (int64, error) {
		var err error
		revision, mine, err = f.registry.reclaim(ctx, session, l)
		return revision, err
	})
	return revision, mine, err
}

func (f *faulty) held(ctx context.Context, session string) (revision int64, l []lease, err error) {
	revision, err = over(f, "held", func() (int64, error) {
		var err error
		revision, l, err = f.registry.held(ctx, session)
		return revision, err
	})
	return revision, l, err
}

func (f *faulty) leave(ctx context.Context, session string, last bool) error {
	_, err := over(f, "leave", func() (int, error) { return 0, f.registry.leave(ctx, session, last) })
	return err
}

func (f *faulty) subscribe(ctx context.Context, receive func(signal)) error {
	return f.registry.subscribe(ctx, func(got signal) {
		f.mu.Lock()
		cut := f.cut
		f.mu.Unlock()
		if !cut {
			receive(got)
		}
	})
}

// problem is the code of what a node shows to be wrong; recovered, of what it
// shows to have mended.
func (n *testNode) problem() string {
	if p := n.State().Problem; p != nil {
		return p.Code
	}
	return ""
}

func (n *testNode) recovered() string {
	if p := n.State().Recovery; p != nil {
		return p.Code
	}
	return ""
}

// losses counts the stops on all nodes.
func losses(nodes ...*testNode) (sum int) {
	for _, n := range nodes {
		sum += n.job.losses()
	}
	return sum
}

// counts gives how many each node works on, and fails where two work on one
// name or, with all given, where one lies idle.
func (b *bubble) counts(all []string, nodes ...*testNode) []int {
	b.t.Helper()
	var list []int
	by := map[string]int{}
	for i, n := range nodes {
		n.job.mu.Lock()
		for name := range n.job.active {
			if first, twice := by[name]; twice {
				b.t.Errorf("%s is worked on by node %d and node %d", name, first, i)
			}
			by[name] = i
		}
		list = append(list, len(n.job.active))
		n.job.mu.Unlock()
	}
	for _, name := range all {
		if _, ok := by[name]; !ok {
			b.t.Errorf("%s lies idle", name)
		}
	}
	return list
}
