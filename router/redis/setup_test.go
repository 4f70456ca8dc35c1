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
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"iocgateway/deploy/dev"
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

// bubbled is a miniredis in a synctest bubble, whose clock is the bubble's.
func bubbled(t *testing.T) *miniredis.Miniredis {
	m := miniredis.NewMiniRedis()
	m.ClockTTL(true)
	t.Cleanup(m.Close)
	return m
}

// detached is a client without Redis, for leases on a registry in memory.
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

// realServer starts a redis-server of this test, or skips where there is none.
func realServer(t *testing.T, args ...string) *dev.RedisServer {
	t.Helper()
	return dev.Redis(t, dev.WithArgs(args...))
}

func realClient(t *testing.T, p *dev.RedisServer, name string) *Client {
	t.Helper()
	c, err := Open(t.Context(), Options{Addrs: []string{p.Addr()}, Node: worker(name), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// admin is a plain client of a server.
func admin(t *testing.T, p *dev.RedisServer) *goredis.Client {
	t.Helper()
	rdb := goredis.NewClient(&goredis.Options{Addr: p.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// job is what a node does with its names, and judges the order of calls: one
// that is gained twice, or lost without being held, is an error.
type job struct {
	mu     sync.Mutex
	active map[string]int64
	lost   []string
	gains  int
	wrong  []string
	linger func(name string) time.Duration // how long a stop takes
}

func (j *job) lingers(f func(name string) time.Duration) {
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
		time.Sleep(linger(name)) // the work that a stop takes; it ends with no context
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

// testNode is a running node of a test.
type testNode struct {
	*Leases
	job  job
	stop func() // orderly; returns when Run has
}

// start runs leases of a client. With a registry given, on that instead of Redis.
func start(t *testing.T, c *Client, o LeaseOptions, r registry) *testNode {
	t.Helper()
	n := &testNode{}
	o.Gained, o.Lose = n.job.gained, n.job.lose
	if r == nil {
		r = c.srv
	}
	var err error
	if n.Leases, err = newLeases(c, o, r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	n.stop = func() { cancel(); <-done }
	t.Cleanup(func() {
		n.stop()
		n.job.mu.Lock()
		defer n.job.mu.Unlock()
		for _, w := range n.job.wrong {
			t.Errorf("%s: %s", c.o.Node.Name, w)
		}
	})
	return n
}

// logged collects what is logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// pass lets the time of a bubble go by, and all that it sets off come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// eventually waits for a condition, in the time of a bubble or in real time,
// and gives how long it took.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began, look := time.Now(), time.NewTicker(5*time.Millisecond)
	defer look.Stop()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		<-look.C
	}
	return time.Since(began)
}
