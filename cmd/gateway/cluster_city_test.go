package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/cmd/gateway/verbs/sandbox"
)

// sourcesOf is the part of the sandbox's configuration that names them.
func sourcesOf(t *testing.T, c *sandbox.City) string {
	t.Helper()
	text, err := c.Config("", "")
	if err != nil {
		t.Fatal(err)
	}
	_, sources, ok := strings.Cut(string(text), "\nsources:\n")
	if !ok {
		t.Fatal("the sandbox's configuration has no sources")
	}
	return sources
}

// openHotline lets the city's hotline deliver to whatever node a balancer
// chooses, be it awake or not.
func (s *storm) openHotline(c *sandbox.City) {
	b := newBalancer(s.t)
	for _, v := range s.nodes {
		b.put(v)
	}
	c.Deliver(s.t.Context(), b.URL, hotlineOpened(c.City))
}

// countedKinds are what the streams that the city counts publish.
var countedKinds = map[string]canonical.Kind{
	"dvc-tinh/ho-so": canonical.KindDossier, "ioffice/nhiem-vu": canonical.KindTask, "pakn/cong-tinh": canonical.KindFeedback,
	"hien-truong/phan-anh": canonical.KindFeedback, "tong-dai-1022/phan-anh": canonical.KindFeedback,
}

// hasTheCity holds each node's feeds against what the city counts by itself,
// stream by stream, and those it does not count against a gateway that reads
// the same city alone, in peace.
func (s *storm) hasTheCity(c *sandbox.City) {
	s.t.Helper()
	c.Clock.SetSpeed(0) // what follows has to come to an end
	if n := len(counted(c)); n != len(countedKinds) {
		s.t.Errorf("the city counts %d streams, want %d", n, len(countedKinds))
	}
	for _, v := range s.nodes {
		for stream, keys := range counted(c) {
			if wrong := lacks(s.t, v, stream, keys, 2*time.Minute); wrong != "" {
				s.t.Errorf("%s: %s; it reports %s", v.name, wrong, v.problems())
			}
			if lacks(s.t, v, stream, keys[1:], 0) == "" {
				s.t.Error("the count finds nothing where the city has a matter less")
			}
		}
	}
	alone := watching(s.t, c, sandbox.Options{Addr: "127.0.0.1:0"}, s.t.TempDir())
	for _, feed := range []canonical.Feed{"observation", canonical.FeedReference} {
		var here, there string
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			if here, there = digestOf(s.t, alone.Address(), feed), digestOf(s.t, s.nodes[2].url, feed); here == there &&
				!strings.HasPrefix(here, "0 ") {
				break
			}
		}
		if here != there || strings.HasPrefix(here, "0 ") {
			s.t.Errorf("digests of %s differ from those of a gateway alone: %.40s … and %.40s …", feed, there, here)
		}
	}
}

// lacks is what a node's feed has not of a stream, or has too much.
func lacks(t *testing.T, v *victim, stream string, keys []string, patience time.Duration) string {
	t.Helper()
	kind := countedKinds[stream]
	source, _, _ := strings.Cut(stream, "/")
	want := map[string]bool{}
	for _, key := range keys {
		want[canonical.ID(kind, source, key)] = true
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		has := map[string]bool{}
		for _, e := range readFeed(t, v.url, kind.Feed()) {
			if !strings.HasPrefix(e.Source, "/sources/"+source+"/") {
				continue
			}
			has[e.Subject] = true
			if strings.HasSuffix(e.Type, ".gone.v1") {
				delete(has, e.Subject)
			}
		}
		if maps.Equal(has, want) {
			return ""
		}
		if time.Now().After(deadline) {
			got, wanted := slices.Sorted(maps.Keys(has)), slices.Sorted(maps.Keys(want))
			return fmt.Sprintf("%s: %d in the feed, %d in the city; %s", stream, len(got), len(wanted), firstDifference(got, wanted))
		}
	}
}
