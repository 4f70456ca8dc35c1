package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/wiring"
)

// TestStrangersKeepNobodyOut: 2,000 connections on which nobody says anything
// and 1,000 half requests, and still whoever looks whether the gateway lives,
// and every reader, is answered as if there were none; a poll that waits and a
// stream that is open are not cut.
func TestStrangersKeepNobodyOut(t *testing.T) {
	text := "http:\n  addr: \"127.0.0.1:0\"\n  tokens: [{name: a, role: viewer, secret: \"${env:TOKEN}\"}]\nstore: {dir: " +
		filepath.Join(t.TempDir(), "data") + "}\n"
	cfg, err := config.Load("g.yaml", []byte(text), []string{"TOKEN=" + leakToken("viewer")}, nil)
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
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	poll, stream := waits(a, "/v1/feeds/dossier/changes?wait=5"), waits(a, "/v1/feeds/dossier/stream")
	underWay(t, a)
	flood(t, strings.TrimPrefix(a.Address(), "http://"))
	longest := map[string]time.Duration{}
	for range 25 {
		for _, path := range []string{"/livez", "/v1/feeds/dossier/changes?limit=10"} {
			begun := time.Now()
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(asked(t.Context(), a, path))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %d", path, resp.StatusCode)
			}
			longest[path] = max(longest[path], time.Since(begun))
		}
	}
	t.Logf("with 3,000 strangers, the longest of 25 each: %v", longest)
	for path, took := range longest {
		if took > 2*time.Second { // 200 ms on a machine of one's own; this one may be shared
			t.Errorf("%s took %v", path, took)
		}
	}
	if got := <-poll; got != "200 with a page" {
		t.Errorf("the waiting poll: %s", got)
	}
	select {
	case got := <-stream:
		t.Errorf("the open stream ended: %s", got)
	default:
	}
}

func asked(ctx context.Context, a *wiring.App, path string) *http.Request {
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, a.Address()+path, nil)
	req.Header.Set("Authorization", "Bearer "+leakToken("viewer"))
	return req
}

// waits asks and tells how the answer ended.
func waits(a *wiring.App, path string) <-chan string {
	ended := make(chan string, 1)
	go func() {
		resp, err := http.DefaultClient.Do(asked(context.Background(), a, path))
		if err != nil {
			ended <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || !strings.Contains(string(b), `"next"`) {
			ended <- resp.Status + " " + string(b)
			return
		}
		ended <- "200 with a page"
	}()
	return ended
}

// underWay waits until a poll waits and a stream is open.
func underWay(t *testing.T, a *wiring.App) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		resp, err := http.DefaultClient.Do(asked(t.Context(), a, "/metrics"))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if strings.Contains(string(b), "iocgateway_feed_polls_waiting 1\n") && strings.Contains(string(b), "iocgateway_feed_streams_open 1\n") {
			return
		}
	}
	t.Fatal("neither a poll that waits nor an open stream")
}

// flood opens connections that come to nothing.
func flood(t *testing.T, addr string) {
	t.Helper()
	for i := range 3000 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(i, err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if i >= 2000 {
			_, _ = io.WriteString(c, "GET /v1/feeds HTTP/1.1\r\nHost: x\r\nX-Half: ") // cut by the gateway perhaps
		}
	}
}
