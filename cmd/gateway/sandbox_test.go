package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"sort"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/all"
	"iocgateway/adapters/simkit/city"
	"iocgateway/cmd/gateway/verbs/sandbox"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/cmd/gateway/wiring"
)

// sandboxed runs the sandbox's gateway over a city whose clock stands still,
// until every stream has reached its end.
func sandboxed(t *testing.T, faults string) (*wiring.App, *sandbox.City) {
	t.Helper()
	o := sandbox.Options{Addr: "127.0.0.1:0", Faults: faults}
	c := newCity(t, o)
	return watching(t, c, o, t.TempDir()), c
}

// newCity is the sandbox's city; without a speed its clock stands still.
func newCity(t *testing.T, o sandbox.Options) *sandbox.City {
	t.Helper()
	o.Seed = 7
	c, err := sandbox.StartCity(o, t.TempDir(), time.Now())
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

// watching runs the sandbox's gateway over a city.
func watching(t *testing.T, c *sandbox.City, o sandbox.Options, dir string) *wiring.App {
	t.Helper()
	sh := &shell.Shell{Terminal: shell.Terminal{Out: io.Discard, Err: io.Discard, Environ: os.Environ()}, Lang: "en"}
	cfg, err := sandbox.Config(sh, o, dir, c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := wiring.Open(t.Context(), cfg, all.Specs(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	c.Deliver(ctx, a.Address(), hotlineOpened(c.City))
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return a
}

// counted is what the city counts by itself: the keys each stream must have.
func counted(c *sandbox.City) map[string][]string {
	now := c.Clock.Now()
	return map[string][]string{
		"dvc-tinh/ho-so":         c.City.KeysDossiers(now),
		"ioffice/nhiem-vu":       c.City.KeysTasks(now),
		"pakn/cong-tinh":         matters(c.City, now, sandbox.Portal, func(v city.FeedbackView) string { return v.ID }),
		"hien-truong/phan-anh":   matters(c.City, now, sandbox.Field, func(v city.FeedbackView) string { return v.Mongo }),
		"tong-dai-1022/phan-anh": delivered(c.City, now),
	}
}

// TestSandboxHasTheWholeCity compares what the gateway holds with what the
// city counts by itself, key by key: nothing missing, nothing extra.
func TestSandboxHasTheWholeCity(t *testing.T) {
	a, c := sandboxed(t, "")
	want := counted(c)
	deadline := time.Now().Add(2 * time.Minute)
	for stream, keys := range want {
		sort.Strings(keys)
		for {
			got, err := a.Store.LiveKeys(t.Context(), stream, adapters.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			sort.Strings(got)
			if slices.Equal(got, keys) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("%s: %d keys in the gateway, %d in the city; %s", stream, len(got), len(keys), firstDifference(got, keys))
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	report, err := sandbox.LookAt(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for stream, n := range report.Open {
		if n != 0 {
			t.Errorf("%s: %d Raws unexplained", stream, n)
		}
	}
}

// matters are the keys of the matters that come in one way.
func matters(c *city.City, now time.Time, way int, key func(city.FeedbackView) string) []string {
	var keys []string
	for _, v := range c.FeedbackAt(now) {
		if sandbox.Through(way)(v) {
			keys = append(keys, key(v))
		}
	}
	return keys
}

// hotlineOpened is when the hotline begins to deliver: two days back, so that
// the test ends soon.
func hotlineOpened(c *city.City) time.Time { return c.Start.AddDate(0, 0, -2) }

// delivered are the keys of what happened at the hotline since it opened.
func delivered(c *city.City, now time.Time) []string {
	var keys []string
	for _, v := range c.FeedbackAt(now) {
		if sandbox.Through(sandbox.Hotline)(v) && v.Updated.After(hotlineOpened(c)) {
			keys = append(keys, v.Code)
		}
	}
	for _, call := range c.CallsAt(now) {
		if call.At.After(hotlineOpened(c)) {
			keys = append(keys, call.ID)
		}
	}
	return keys
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return got[i] + " is not " + want[i]
		}
	}
	return "one is longer"
}
