package kafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/deploy/dev"
	"iocgateway/router/journal"
	"iocgateway/router/store"
	"iocgateway/router/storetest"
)

// fake is a broker in this process: a real socket, no Java.
func fake(tb testing.TB) []string {
	tb.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c.ListenAddrs()
}

// node is one gateway's share of a Log: a view, and the Log read into it.
type node struct {
	*Log
	view *store.Store
	dir  string
	opts Options
}

func openNode(tb testing.TB, dir string, o Options) *node {
	tb.Helper()
	n, err := startNode(dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = n.stop() })
	return n
}

func startNode(dir string, o Options) (*node, error) {
	o.fill()
	view, err := store.Open(context.Background(), store.Options{Dir: dir, Parts: o.Partitions, View: true})
	if err != nil {
		return nil, err
	}
	l, err := Open(context.Background(), o, view)
	if err != nil {
		return nil, errors.Join(err, view.Close())
	}
	return &node{Log: l, view: view, dir: dir, opts: o}, nil
}

func (n *node) stop() error {
	if n.Log == nil {
		return nil
	}
	err := errors.Join(n.Log.Close(), n.view.Close())
	n.Log, n.view = nil, nil // a long test remembers all its nodes
	return err
}

// level waits until the view has everything that was committed.
func (n *node) level(ctx context.Context) error {
	n.mu.Lock()
	var all []*ownStream
	for _, st := range n.streams {
		all = append(all, st)
	}
	n.mu.Unlock()
	for _, st := range all {
		st.mu.Lock()
		err := st.settle(ctx)
		st.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *node) Digest(ctx context.Context, feed canonical.Feed) (journal.Digest, error) {
	return n.view.Digest(ctx, feed)
}

func (n *node) Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position,
	limit int) (journal.Changes, error) {
	return n.view.Changes(ctx, feed, f, after, limit)
}

func (n *node) HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error) {
	return n.view.HeldRaws(ctx, q)
}

var prefixes int

func options(brokers []string) Options {
	prefixes++
	return Options{Brokers: brokers, Prefix: fmt.Sprintf("t%d", prefixes), Partitions: 2,
		Types: cloudevents.NewTypes(""), wait: 20 * time.Millisecond}
}

func (n *node) harness() storetest.Harness {
	closeAll := func() error { return errors.Join(n.stop(), os.RemoveAll(n.dir)) }
	opened := 0
	return storetest.Harness{Log: n, Sparse: true, Settle: n.level, Close: closeAll, Reopen: func() (journal.Log, error) {
		if err := n.stop(); err != nil {
			return nil, err
		}
		if opened++; opened%2 == 1 { // a node that lost its disk, or is new: each topic is read at its own pace
			if err := os.RemoveAll(n.dir); err != nil {
				return nil, err
			}
		}
		again, err := startNode(n.dir, n.opts)
		if err != nil {
			return nil, err
		}
		*n = *again
		return n, n.WaitLevel(context.Background())
	}}
}

func tempDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp(tb.TempDir(), "view")
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

func TestJudge(t *testing.T) {
	dev.Long(t)
	brokers := fake(t)
	start := time.Now()
	err := storetest.Judge(t.Context(), func() (storetest.Harness, error) {
		return openNode(t, tempDir(t), options(brokers)).harness(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start))
}
