package redis

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/deploy/dev"
)

// The tests here want a real redis-server; times are short so that they are
// over soon, except where a measure is asked for.
const shortTTL = 2 * time.Second

func TestRealHandOver(t *testing.T) {
	p := realServer(t)
	all := names("s", 1000)
	a := start(t, realClient(t, p, "a"), LeaseOptions{Names: all}, nil)
	b := start(t, realClient(t, p, "b"), LeaseOptions{Names: all}, nil)
	stopping := func(string) time.Duration { return 50 * time.Millisecond } // a page in hand is committed
	a.job.lingers(stopping)
	b.job.lingers(stopping)
	eventually(t, 8*time.Second, "500 each", func() bool { return a.job.count() == 500 && b.job.count() == 500 })
	began := time.Now()
	go a.stop()
	took := eventually(t, 2*time.Second, "all 1000 with the other", func() bool { return b.job.count() == 1000 })
	a.stop()
	t.Logf("500 of 1000 names handed over in %s, the node gone in %s (stopping a stream takes 50 ms)",
		took.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	began = time.Now()
	c := start(t, realClient(t, p, "c"), LeaseOptions{Names: all}, nil)
	eventually(t, 2*time.Second, "500 with a new node", func() bool { return c.job.count() == 500 && b.job.count() == 500 })
	t.Logf("500 taken over by a new node in %s", time.Since(began).Round(time.Millisecond))
}

func TestRealKill(t *testing.T) {
	t.Parallel()
	p := realServer(t)
	const size = 300
	ch := startChild(t, p, size, shortTTL)
	eventually(t, 5*time.Second, "the child has all", func() bool { return ch.count() == size })
	a := start(t, realClient(t, p, "a"), LeaseOptions{Names: names("s", size), TTL: shortTTL}, nil)
	eventually(t, 5*time.Second, "half each", func() bool { return ch.count() == size/2 && a.job.count() == size/2 })
	ch.signal(syscall.SIGKILL)
	took := eventually(t, shortTTL+2*time.Second, "all with the other", func() bool { return a.job.count() == size })
	if took < shortTTL/2 {
		t.Errorf("taken over after %s, before the lease time", took)
	}
	t.Logf("after kill -9: all taken over in %s, of a lease time of %s", took.Round(time.Millisecond), shortTTL)
}

func TestRealStop(t *testing.T) {
	t.Parallel()
	p := realServer(t)
	const size = 300
	ch := startChild(t, p, size, shortTTL)
	eventually(t, 5*time.Second, "the child has all", func() bool { return ch.count() == size })
	a := start(t, realClient(t, p, "a"), LeaseOptions{Names: names("s", size), TTL: shortTTL}, nil)
	eventually(t, 5*time.Second, "half each", func() bool { return ch.count() == size/2 && a.job.count() == size/2 })
	lost := ch.losses()
	ch.signal(syscall.SIGSTOP)
	eventually(t, shortTTL+2*time.Second, "all with the other", func() bool { return a.job.count() == size })
	ch.signal(syscall.SIGCONT)
	eventually(t, 5*time.Second, "half each again", func() bool { return ch.count() == size/2 && a.job.count() == size/2 })
	if got := ch.losses() - lost; got != size/2 {
		t.Errorf("the child stopped %d of the %d it had lost", got, size/2)
	}
}

func TestRealFlush(t *testing.T) {
	t.Parallel()
	p := realServer(t)
	all := names("s", 700)
	a := start(t, realClient(t, p, "a"), LeaseOptions{Names: all, TTL: shortTTL}, nil)
	b := start(t, realClient(t, p, "b"), LeaseOptions{Names: all, TTL: shortTTL}, nil)
	eventually(t, 5*time.Second, "half each", func() bool { return a.job.count() == 350 && b.job.count() == 350 })
	before, lost := a.Held(), losses(a, b)
	if err := admin(t, p).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*shortTTL, "both have taken back what they hold", func() bool {
		return a.recovered() == "GW-L010" && b.recovered() == "GW-L010"
	})
	goesOn(t, a, b)
	if !maps.Equal(before, a.Held()) || b.job.count() != 350 || losses(a, b) != lost {
		t.Fatalf("%d and %d, %d were stopped", a.job.count(), b.job.count(), losses(a, b)-lost)
	}
	if a.problem() != "" {
		t.Errorf("it shows %q", a.problem())
	}
}

// goesOn waits until the time in which nothing is given out is over on each
// node, and a lease time more in which it ticked: what was to move has moved.
func goesOn(t *testing.T, nodes ...*testNode) {
	t.Helper()
	for _, n := range nodes {
		eventually(t, 4*shortTTL, "names are given out again", func() bool {
			s := n.State()
			return s.Joined && !s.Waiting && s.Problem == nil
		})
	}
	for _, n := range nodes {
		from := n.State().Answered
		eventually(t, 4*shortTTL, "it ticks for a lease time", func() bool { return n.State().Answered.Sub(from) > shortTTL })
	}
}

func TestRealServerGone(t *testing.T) {
	t.Parallel()
	for what, gone := range map[string]struct {
		args []string
		end  func(*dev.RedisServer)
		back func(*dev.RedisServer)
	}{
		"killed, nothing kept": {nil, (*dev.RedisServer).Kill, (*dev.RedisServer).Start},
		"stopped, everything kept": {[]string{"--appendonly", "yes", "--appendfsync", "always"},
			(*dev.RedisServer).Stop, (*dev.RedisServer).Start},
		"frozen": {nil, (*dev.RedisServer).Freeze, (*dev.RedisServer).Thaw},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := realServer(t, gone.args...)
			all := names("s", 200)
			a := start(t, realClient(t, p, "a"), LeaseOptions{Names: all, TTL: shortTTL}, nil)
			b := start(t, realClient(t, p, "b"), LeaseOptions{Names: all, TTL: shortTTL}, nil)
			eventually(t, 5*time.Second, "half each", func() bool { return a.job.count() == 100 && b.job.count() == 100 })
			before, lost := a.Held(), losses(a, b)
			gone.end(p)
			eventually(t, 5*time.Second, "the state shows it", func() bool {
				p := a.State().Problem
				return p != nil && p.Code == "GW-L008" && p.Value != ""
			})
			eventually(t, 5*time.Second, "it is gone for longer than the lease time", func() bool {
				return time.Since(a.State().Answered) > shortTTL && time.Since(b.State().Answered) > shortTTL
			})
			gone.back(p)
			eventually(t, 5*time.Second, "Redis answers again", func() bool { return a.problem() == "" && b.problem() == "" })
			goesOn(t, a, b)
			if !maps.Equal(before, a.Held()) || b.job.count() != 100 || losses(a, b) != lost {
				t.Errorf("%d and %d, %d were stopped over it", a.job.count(), b.job.count(), losses(a, b)-lost)
			}
			c := start(t, realClient(t, p, "c"), LeaseOptions{Names: all, TTL: shortTTL}, nil)
			eventually(t, 5*time.Second, "a third gets its share", func() bool {
				return c.job.count() >= 66 && a.job.count() <= 67 && b.job.count() <= 67
			})
		})
	}
}

// A node that stops while Redis is away does not wait for it for ever.
func TestRealStopWhileAway(t *testing.T) {
	t.Parallel()
	p := realServer(t)
	a := start(t, realClient(t, p, "a"), LeaseOptions{Names: names("s", 50), TTL: time.Second}, nil)
	eventually(t, 5*time.Second, "all", func() bool { return a.job.count() == 50 })
	p.Freeze()
	began := time.Now()
	a.stop()
	if took := time.Since(began); took > 8*time.Second || a.job.count() != 0 {
		t.Errorf("stopped after %s, %d still at work", took, a.job.count())
	}
	p.Thaw()
}

// Over TLS, with a certificate the client knows.
func TestRealTLS(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crtFile, keyFile := filepath.Join(dir, "crt"), filepath.Join(dir, "key")
	crt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, text := range map[string][]byte{crtFile: crt, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	port, err := dev.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	number := strconv.Itoa(port)
	addr := net.JoinHostPort("127.0.0.1", number)
	realServer(t, "--tls-port", number, "--tls-cert-file", crtFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no")
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(crt)
	works(t, Options{Addrs: []string{addr}, TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}, nil)
	refused(t, "GW-L001", Options{Addrs: []string{addr}}, addr, "--tls")
	refused(t, "GW-L001", Options{Addrs: []string{addr}, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}, "certificate")
}

// A cluster places keys by their names, and refuses a script that reaches
// for a key elsewhere.
func TestRealCluster(t *testing.T) {
	t.Parallel()
	p := realServer(t, "--cluster-enabled", "yes")
	if err := admin(t, p).Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the cluster is up", func() bool {
		return strings.Contains(admin(t, p).ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	o := Options{Addrs: []string{p.Addr(), p.Addr()}, Node: worker("a"), Prefix: "city-a"}
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	all := names("s", 50)
	a := start(t, c, LeaseOptions{Names: all}, nil)
	b := start(t, c, LeaseOptions{Names: all}, nil)
	defer a.stop()
	defer b.stop()
	eventually(t, 5*time.Second, "half each", func() bool { return a.job.count() == 25 && b.job.count() == 25 })
	if err := c.PutStatus(t.Context(), map[string][]byte{"x/y": []byte(`{}`)}); err != nil {
		t.Error(err)
	}
	if got, err := c.Statuses(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("statuses: %v %v", got, err)
	}
	if err := c.Limiter("x", 100, time.Second, 1).Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := c.Nodes(t.Context()); err != nil || len(n) != 2 {
		t.Errorf("nodes: %v %v", n, err)
	}
}

// TestScaleOnTheRealServer measures what each script costs with 70,000 names
// and 200 sessions.
func TestScaleOnTheRealServer(t *testing.T) {
	dev.Long(t)
	if testing.Short() {
		t.Skip("-short: nothing is measured")
	}
	const streams, nodes = 70000, 200
	p := realServer(t)
	c := realClient(t, p, "a")
	ctx := context.Background()
	all := names("source/stream-with-a-usual-name", streams)
	var sessions []session
	measure := func(what string, times int, do func(i int) error) {
		t.Helper()
		began := time.Now()
		for i := range times {
			if err := do(i); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		t.Logf("%-44s %6d × %8s", what, times, (time.Since(began) / time.Duration(times)).Round(time.Microsecond))
	}
	measure("join", nodes, func(int) error {
		s := session{id: c.newSession(), node: `{"name":"n"}`, ttl: time.Hour, work: true, catalogue: "c", size: streams}
		sessions = append(sessions, s)
		_, err := c.srv.join(ctx, s, 0)
		return err
	})
	measure("register 500 names", streams/batch, func(i int) error { return c.srv.register(ctx, sessions[0], all[i*batch:(i+1)*batch]) })
	measure("tick that gives 350 names", nodes, func(i int) error {
		v, err := c.srv.tick(ctx, sessions[i], tickRequest{limit: batch})
		if err == nil && len(v.given) != streams/nodes {
			return errors.New("another number was given")
		}
		return err
	})
	tick := func(i int) error { _, err := c.srv.tick(ctx, sessions[i%nodes], tickRequest{limit: batch}); return err }
	measure("tick at rest", 20000, tick)
	_, held, err := c.srv.held(ctx, sessions[0].id)
	if err != nil {
		t.Fatal(err)
	}
	measure("release 350 names", 1, func(int) error { _, err := c.srv.release(ctx, sessions[0].id, held); return err })
	measure("a session ends", nodes/2, func(i int) error { return c.srv.leave(ctx, sessions[i].id, true) })
	measure("tick that frees 500 names of the dead", 70, func(int) error { return tick(nodes - 1) })
	status := map[string][]byte{}
	for _, n := range all[:streams/nodes] {
		status[n] = []byte(`{"state":"healthy","fresh_through":"2026-11-23T10:00:00+07:00","held":0,"live":12345}`)
	}
	measure("put 350 statuses", 200, func(int) error { return c.PutStatus(ctx, status) })
	l := c.Limiter("measured", 1e9, time.Second, 1000)
	measure("reserve a request", 5000, func(int) error { return l.Wait(ctx) })
	measure("put 70,000 statuses, 3,500 at once", 20, func(i int) error {
		some := map[string][]byte{}
		for _, n := range all[i*streams/20 : (i+1)*streams/20] {
			some[n] = status[all[0]]
		}
		return c.PutStatus(ctx, some)
	})
	measure("read 70,000 statuses", 1, func(int) error { _, err := c.Statuses(ctx); return err })
	for line := range strings.Lines(admin(t, p).Info(ctx, "memory").Val()) {
		if strings.HasPrefix(line, "used_memory_human") {
			t.Log(strings.TrimSpace(line))
		}
	}
	measure("list the nodes", 100, func(int) error { _, err := c.Nodes(ctx); return err })
}
