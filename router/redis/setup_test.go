package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
)

// names makes n names.
func names(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s/%05d", prefix, i)
	}
	return list
}

// worker describes a node that works.
func worker(name string) Node {
	return Node{Name: name, URL: "http://" + name, Roles: []string{RoleWork}, Version: "test"}
}

// inMemory opens a client on a miniredis without a network.
func inMemory(t *testing.T, m *miniredis.Miniredis, n Node) *Client {
	t.Helper()
	c, err := Open(t.Context(), Options{Addrs: []string{"mini:6379"}, Node: n,
		dial: func(context.Context, string, string) (net.Conn, error) { return m.Dial() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// detached is a client without Redis, for leases on a book.
func detached(n Node, now func() time.Time, log *slog.Logger) *Client {
	o := Options{Addrs: []string{"nowhere"}, Node: n, Now: now, Log: log}
	if err := o.complete(); err != nil {
		panic(err)
	}
	return &Client{o: o, boot: "b"}
}

// nowhere is a network without Redis.
func nowhere(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no route to host")
}

// job is what a node does with its names, and judges the order of calls: one
// that is gained twice, or lost without being held, is an error.
type job struct {
	mu     sync.Mutex
	active map[string]int64
	lost   []string
	gains  int
	wrong  []string
	linger func(name string) // how long a stop takes
}

func (j *job) lingers(f func(name string)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.linger = f
}

func (j *job) gained(name string, token int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, twice := j.active[name]; twice {
		j.wrong = append(j.wrong, name+" gained twice")
	}
	if j.active == nil {
		j.active = map[string]int64{}
	}
	j.active[name] = token
	j.gains++
}

func (j *job) lose(_ context.Context, name string) {
	j.mu.Lock()
	linger := j.linger
	j.mu.Unlock()
	if linger != nil {
		linger(name)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, ok := j.active[name]; !ok {
		j.wrong = append(j.wrong, name+" lost without being held")
	}
	delete(j.active, name)
	j.lost = append(j.lost, name)
}

func (j *job) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.active)
}

func (j *job) losses() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.lost)
}

func (j *job) starts() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.gains
}

// fellow is a running node of a test.
type fellow struct {
	*Leases
	job  job
	stop func() // orderly; returns when Run has
	kill context.CancelFunc
}

// start runs leases of a client. With a ledger given, on that instead of Redis.
func start(t *testing.T, c *Client, o LeaseOptions, book ledger) *fellow {
	t.Helper()
	f := &fellow{}
	o.Gained, o.Lose = f.job.gained, f.job.lose
	if book == nil {
		book = c.srv
	}
	f.Leases = newLeases(c, o, book)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	f.kill = cancel
	f.stop = func() { cancel(); <-done }
	t.Cleanup(func() {
		f.stop()
		f.job.mu.Lock()
		defer f.job.mu.Unlock()
		for _, w := range f.job.wrong {
			t.Errorf("%s: %s", c.o.Node.Name, w)
		}
	})
	return f
}

// notes collects what is logged.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// eventually waits, in real time.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began)
}

func plain(t *testing.T, addr string) *goredis.Client {
	t.Helper()
	rdb := goredis.NewClient(&goredis.Options{Addr: addr})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}
