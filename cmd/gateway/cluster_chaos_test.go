package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/deploy/dev"
)

// storm is a cluster of four gateways, each a process of its own, over real
// Kafka and Redis, with sources that forget: two work, two serve.
type storm struct {
	t      *testing.T
	random *rand.Rand
	up     *upstream
	kafka  *dev.Cluster
	redis  *dev.RedisServer
	wires  map[string]*dev.TCPProxy // of each node to Redis
	nodes  []*victim
	log    []string
}

const stormLease = 2 * time.Second

func newStorm(t *testing.T) *storm {
	t.Helper()
	s := &storm{t: t, random: rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano()))), up: newUpstream(t), kafka: dev.Kafka(t, 1), redis: dev.Redis(t),
		wires: map[string]*dev.TCPProxy{}}
	prefix := fmt.Sprintf("s%d", time.Now().UnixNano())
	for _, name := range []string{"work-1", "work-2", "serve-1", "serve-2"} {
		s.wires[name] = dev.Proxy(t, s.redis.Addr())
		v := newVictim(t, s.up, false)
		role, _, _ := strings.Cut(name, "-")
		port := freePort(t)
		v.url = fmt.Sprintf("http://127.0.0.1:%d", port)
		v.name = name
		v.add(fmt.Sprintf("engine: kafka\nkafka: {brokers: [%q], prefix: %s, partitions: 2}\nredis: {addrs: [%q], prefix: %s, lease: %s}\nnode: {name: %s, url: %q, roles: [%s]}\n",
			s.kafka.Addrs()[0], prefix, s.wires[name].Addr(), prefix, stormLease, name, v.url, role), fmt.Sprintf("127.0.0.1:%d", port))
		s.nodes = append(s.nodes, v)
	}
	for _, v := range s.nodes {
		v.start()
	}
	return s
}

// add puts a block behind a victim's configuration and gives it an address.
func (v *victim) add(block, addr string) {
	v.t.Helper()
	text, err := os.ReadFile(v.config)
	if err != nil {
		v.t.Fatal(err)
	}
	whole := strings.Replace(string(text), `addr: "127.0.0.1:0"`, fmt.Sprintf("addr: %q", addr), 1) + block
	if err := os.WriteFile(v.config, []byte(whole), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

func (s *storm) some() *victim { return s.nodes[s.random.IntN(len(s.nodes))] }

func (s *storm) pause(most time.Duration) {
	time.Sleep(time.Duration(s.random.Int64N(int64(most))))
}

// strike does one bad thing and sets it right again.
func (s *storm) strike() {
	v := s.some()
	switch s.random.IntN(7) {
	case 0, 1:
		s.say("kill -9 of %s", v.name)
		v.kill()
		s.pause(time.Second)
		v.start()
	case 2:
		s.say("%s sleeps past its lease", v.name)
		s.signal(v, syscall.SIGSTOP)
		time.Sleep(stormLease + stormLease/2)
		s.signal(v, syscall.SIGCONT)
	case 3:
		s.say("the broker restarts")
		s.kafka.Kill(0)
		s.pause(time.Second)
		s.kafka.Start(0)
	case 4:
		s.say("Redis is emptied")
		s.flush()
	case 5:
		s.say("Redis is away")
		s.redis.Kill()
		s.pause(2 * stormLease)
		s.redis.Start()
	case 6:
		s.say("%s is cut off from Redis", v.name)
		s.wires[v.name].Cut()
		s.pause(2 * stormLease)
		s.wires[v.name].Heal()
	}
}

func (s *storm) say(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func (s *storm) signal(v *victim, sig syscall.Signal) {
	if err := v.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("%s: %v", v.name, err)
	}
}

func (s *storm) flush() {
	c, err := net.Dial("tcp", s.redis.Addr())
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("FLUSHALL\r\n")); err != nil {
		s.t.Fatal(err)
	}
	_, _ = c.Read(make([]byte, 16))
}

// TestStormLosesNothing: kill -9, zombies, restarts and losses of Kafka and
// Redis in any order; then each serving node's feed is held against what the
// sources ever had, counted by themselves.
func TestStormLosesNothing(t *testing.T) {
	dev.Need(t, "kafka", "redis")
	if testing.Short() {
		t.Skip("takes a while: not in -short")
	}
	s := newStorm(t)
	n := rounds(t, 5)
	for range n {
		s.up.grow(40)
		s.pause(800 * time.Millisecond)
		s.strike()
	}
	s.up.grow(40)
	for _, v := range s.nodes {
		if wrong := audit(t, v, s.up, 90*time.Second); len(wrong) > 0 {
			t.Errorf("%s: %d findings, among them: %s", v.name, len(wrong), strings.Join(wrong[:min(len(wrong), 5)], "; "))
		}
	}
	s.sameDigests()
	t.Logf("%d rounds: %s", n, strings.Join(s.log, ", "))
}

// sameDigests waits until all nodes prove to have the same.
func (s *storm) sameDigests() {
	s.t.Helper()
	for _, feed := range canonical.Feeds() {
		var told map[string]string
		same := func() bool {
			told = map[string]string{}
			for _, v := range s.nodes {
				told[digestOf(s.t, v.url, feed)] += v.name + " "
			}
			return len(told) == 1
		}
		for deadline := time.Now().Add(15 * time.Second); !same(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				s.t.Errorf("digests of %s differ: %v", feed, told)
				break
			}
		}
	}
}

func digestOf(t *testing.T, base string, feed canonical.Feed) string {
	t.Helper()
	resp, err := http.Get(base + "/v1/feeds/" + string(feed) + "/digest")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var d struct {
		Count   int             `json:"count"`
		Buckets json.RawMessage `json:"buckets"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(d.Count, string(d.Buckets))
}
