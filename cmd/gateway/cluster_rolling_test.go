package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"iocgateway/deploy/dev"
	"iocgateway/deploy/dev/seed"
)

// balancer is what stands before a cluster: it sends a request to any node
// that is in, and nothing to one that is out.
type balancer struct {
	*httptest.Server
	mu     sync.Mutex
	in     []*url.URL
	random *rand.Rand
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	b := &balancer{random: seed.Rand(t)}
	b.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			b.mu.Lock()
			defer b.mu.Unlock()
			r.SetURL(b.in[b.random.IntN(len(b.in))])
		},
		Transport: &http.Transport{DisableKeepAlives: true}, // a kept connection would go on to a node that is out
	})
	t.Cleanup(b.Close)
	return b
}

func (b *balancer) put(v *victim) {
	at, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.in = append(b.in, at)
}

func (b *balancer) out(v *victim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var left []*url.URL
	for _, u := range b.in {
		if u.String() != v.url {
			left = append(left, u)
		}
	}
	b.in = left
}

// TestRollingRestart restarts every node in turn, as a new version is rolled
// out, with sources and readers running: no reader sees an error, a hole or
// anything twice.
func TestRollingRestart(t *testing.T) {
	dev.Need(t, "kafka", "redis")
	dev.Long(t)
	if testing.Short() {
		t.Skip("takes a while: not in -short")
	}
	s, b := newStorm(t, 1, 0, nil), newBalancer(t)
	for _, v := range s.nodes {
		awaitReady(t, v.url)
		b.put(v)
	}
	stop := make(chan struct{})
	var asked atomic.Int64
	var group sync.WaitGroup
	readers := make([]*reader, 3)
	for i := range readers {
		readers[i] = &reader{t: t, base: b.URL, feed: "feedback", rows: map[string]row{}}
		group.Go(func() { readOn(readers[i], stop, &asked) })
	}
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				s.up.grow(4)
			}
		}
	})
	for range 2 {
		for _, v := range s.nodes {
			b.out(v)
			time.Sleep(100 * time.Millisecond) // who was just being sent there arrives first: what preStop is for
			begun := time.Now()
			s.signal(v, syscall.SIGTERM)
			if err := v.cmd.Wait(); err != nil {
				t.Errorf("%s did not end well: %v", v.name, err)
			}
			v.cmd = nil
			gone := time.Since(begun)
			v.start()
			awaitReady(t, v.url)
			b.put(v)
			t.Logf("%s gone after %v, ready again after %v", v.name, gone.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond))
		}
	}
	close(stop)
	group.Wait()
	for _, v := range s.nodes {
		if wrong := audit(t, v, s.up, 30*time.Second); len(wrong) > 0 {
			t.Errorf("%s: %d findings, among them: %s", v.name, len(wrong), wrong[0])
		}
	}
	for _, r := range readers {
		r.prove()
	}
	t.Logf("%d pages read meanwhile", asked.Load())
}

// readOn reads on and waits for news, as a consumer does; every answer but a
// good one is an error.
func readOn(r *reader, stop <-chan struct{}, asked *atomic.Int64) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		var answer struct {
			Events []cloudEvent
			Next   string
		}
		if err := once(r.base+"/v1/feeds/"+r.feed+"/changes?limit=100&wait=1&after="+url.QueryEscape(r.cursor), &answer); err != nil {
			r.t.Error(err)
			return
		}
		asked.Add(1)
		for _, e := range answer.Events {
			r.take(e)
		}
		r.cursor = answer.Next
	}
}

func once(address string, into any) error {
	resp, err := http.Get(address)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %.300s (%w)", address, resp.Status, text, err)
	}
	return json.Unmarshal(text, into)
}
