package wiring

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/cmd/gateway/config"
)

const hook = "0123456789abcdef0123456789abcdef"

func opened(t *testing.T, text string) *App {
	t.Helper()
	return openedWith(t, text, func(*App) {})
}

// openedWith runs a gateway of a configuration until the test is over.
func openedWith(t *testing.T, text string, prepare func(*App)) *App {
	t.Helper()
	cfg, err := config.Load("gateway.yaml", []byte(text), []string{"HOOK=" + hook}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, all.Specs(), slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	prepare(a)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return a
}

func answered(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+hook)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// until waits for what others do.
func until(t *testing.T, within time.Duration, holds func() bool) {
	t.Helper()
	deadline := time.After(within)
	for !holds() {
		select {
		case <-deadline:
			t.Fatal("it did not come about")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// delivered gives a delivery to a stream, as soon as this node holds it.
func delivered(t *testing.T, a *App, stream, body string) {
	t.Helper()
	until(t, 20*time.Second, func() bool {
		code, text := answered(t, http.MethodPost, a.Address()+"/v1/ingest/"+stream, body)
		if code != http.StatusOK && !strings.Contains(text, "GW-R017") {
			t.Fatalf("%d %s", code, text)
		}
		return code == http.StatusOK
	})
}
