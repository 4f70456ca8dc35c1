package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/all"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/sandbox"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
	"iocgateway/deploy/dev"
)

// nodes are gateways that share the streams of one city.
type nodes struct {
	t      *testing.T
	city   *sandbox.City
	text   []byte
	common string // of every node's configuration
	dir    string
	sh     *shell.Shell
}

// member is one running gateway of a cluster.
type member struct {
	*wiring.App
	stop func() error
}

func newNodes(t *testing.T, brokers []string, redis string) *nodes {
	t.Helper()
	dir, c := t.TempDir(), newCity(t, sandbox.Options{})
	text, err := c.Config(filepath.Join(dir, "unused"), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	prefix := fmt.Sprintf("c%d", time.Now().UnixNano())
	return &nodes{t: t, city: c, text: text, dir: dir,
		common: fmt.Sprintf("\nengine: kafka\nkafka: { brokers: [%q], prefix: %s, partitions: 3 }\nredis: { addrs: [%q], prefix: %s, lease: 3s }\n", brokers[0], prefix, redis, prefix),
		sh:     &shell.Shell{Terminal: shell.Terminal{Out: io.Discard, Err: io.Discard, Environ: os.Environ()}, Lang: "en"}}
}

// start runs a node of this name; its data outlives a stop.
func (n *nodes) start(name string) *member {
	n.t.Helper()
	port := freePort(n.t)
	text := string(n.text) + n.common + fmt.Sprintf("node: { name: %s, url: \"http://127.0.0.1:%d\" }\n", name, port)
	cfg, err := config.Load("gateway.yaml", []byte(text), append(n.sh.Environ, n.city.Environment()...),
		map[string]any{"http.addr": fmt.Sprintf("127.0.0.1:%d", port), "store.dir": filepath.Join(n.dir, name)})
	if err != nil {
		n.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("CLUSTER_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("node", name)
	}
	a, err := wiring.Open(n.t.Context(), cfg, all.Specs(), log)
	if err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	m := &member{App: a}
	stopped := false
	m.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	n.t.Cleanup(func() {
		if err := m.stop(); err != nil {
			n.t.Error(err)
		}
	})
	return m
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := dev.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// whole waits until a node has what the city counts by itself, key by key.
func (n *nodes) whole(m *member, within time.Duration) {
	n.t.Helper()
	deadline := time.Now().Add(within)
	for stream, keys := range counted(n.city) {
		sort.Strings(keys)
		for {
			got, err := m.Store.LiveKeys(n.t.Context(), stream, adapters.Scope{})
			if err != nil {
				n.t.Fatal(err)
			}
			sort.Strings(got)
			if slices.Equal(got, keys) {
				break
			}
			if time.Now().After(deadline) {
				n.t.Fatalf("%s of %s: %d keys in the view, %d in the city; %s", stream, m.Config.Node.Name, len(got), len(keys),
					firstDifference(got, keys))
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// same waits until two nodes prove to have the same.
func (n *nodes) same(a, b *member) {
	n.t.Helper()
	for _, feed := range canonical.Feeds() {
		for deadline := time.Now().Add(10 * time.Second); ; {
			x, err := a.Store.Digest(n.t.Context(), feed)
			if err != nil {
				n.t.Fatal(err)
			}
			y, err := b.Store.Digest(n.t.Context(), feed)
			if err != nil {
				n.t.Fatal(err)
			}
			if reflect.DeepEqual(x, y) {
				break
			}
			if time.Now().After(deadline) {
				n.t.Fatalf("digests of %s differ: %v and %v", feed, x.At, y.At)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func holding(m *member) (held int) {
	for _, st := range m.Streams {
		if m.Jobs.Holds(st.Stream.Full()) {
			held++
		}
	}
	return held
}

func eventually(t *testing.T, within time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !holds() {
		if time.Since(begun) > within {
			t.Fatalf("after %v: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(begun)
}

// TestTwoNodesShareACity: two gateways over one Log take a city's streams
// between them, have the same, and hand everything over.
func TestTwoNodesShareACity(t *testing.T) {
	dev.Need(t, "kafka", "redis")
	kafka, redis := dev.Kafka(t, 1), dev.Redis(t)
	n := newNodes(t, kafka.Addrs(), redis.Addr())
	one, two := n.start("one"), n.start("two")
	all := len(one.Streams)
	eventually(t, 20*time.Second, "the nodes do not share all streams", func() bool {
		return holding(one)+holding(two) == all && holding(one) > 0 && holding(two) > 0
	})
	t.Logf("%d streams: %d and %d", all, holding(one), holding(two))
	n.city.Deliver(t.Context(), one.Address(), hotlineOpened(n.city.City))
	n.whole(one, 3*time.Minute)
	n.whole(two, 10*time.Second)
	n.same(one, two)
	crossing(t, one.Address(), two.Address())
	for _, policy := range []string{"allkeys-lru", "noeviction"} { // set wrong while they run, and right again
		commandRedis(t, redis.Addr(), "CONFIG SET maxmemory-policy "+policy)
		eventually(t, 10*time.Second, "the nodes do not report that Redis evicts, or go on reporting it", func() bool {
			return nodesReport(t, one, "GW-L005") == (policy != "noeviction") && nodesReport(t, two, "GW-L005") == (policy != "noeviction")
		})
	}
	begun := time.Now()
	if err := one.stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the other node does not hold everything", func() bool { return holding(two) == all })
	t.Logf("everything handed over after %v", time.Since(begun).Round(time.Millisecond))
	again := n.start("one")
	eventually(t, 20*time.Second, "the node that came back gets no share", func() bool {
		return holding(again) > 0 && holding(again)+holding(two) == all
	})
	n.whole(again, 20*time.Second)
	n.same(again, two)
}

// commandRedis sends it a command.
func commandRedis(t *testing.T, addr, command string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(command + "\r\n")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	if n, err := c.Read(answer); err != nil || answer[0] != '+' {
		t.Fatalf("%s: %v %s", command, err, answer[:n])
	}
}

// nodesReport reports whether a node names a problem of this code.
func nodesReport(t *testing.T, m *member, code string) bool {
	t.Helper()
	c, err := m.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(c.Problems, func(p problem.Problem) bool { return p.Code == code })
}

// crossing reads a feed with another node at every page: no gap, nothing
// twice.
func crossing(t *testing.T, bases ...string) {
	t.Helper()
	last, seen := map[string]string{}, map[string]int{}
	cursor := ""
	for page := 0; ; page++ {
		var answer struct {
			Events []struct{ ID, Subject, Sequence, Previous, Partition string }
			Next   string
			More   bool
		}
		r := &reader{t: t, base: bases[page%len(bases)], feed: "dossier"}
		query := map[string][]string{"limit": {"333"}}
		if cursor != "" {
			query["after"] = []string{cursor}
		}
		if status := r.get("/v1/feeds/dossier/changes", query, &answer); status != http.StatusOK {
			t.Fatalf("page %d: status %d", page, status)
		}
		for _, e := range answer.Events {
			if before, seen := last[e.Partition]; seen && e.Previous != before {
				t.Fatalf("page %d: %s follows %s in partition %s, %s was last", page, e.Sequence, e.Previous, e.Partition, before)
			}
			last[e.Partition] = e.Sequence
			seen[e.ID]++
		}
		if cursor = answer.Next; !answer.More {
			break
		}
	}
	for id, times := range seen {
		if times > 1 {
			t.Fatalf("%s came %d times", id, times)
		}
	}
	if len(seen) < 5000 || len(last) < 2 {
		t.Fatalf("%d events in %d partitions", len(seen), len(last))
	}
}
