package wiring

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestARequestThatNeverEndsKeepsNobodyFromStopping: one is being answered when the
// gateway stops. It is cut after a while, and that is no failure.
func TestARequestThatNeverEndsKeepsNobodyFromStopping(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-end
	}))
	defer close(end)
	cut := make(chan error, 1)
	go func() {
		_, err := server.Client().Get(server.URL) //nolint:noctx,bodyclose // there is no answer
		cut <- err
	}()
	<-begun
	if err := leave(t.Context(), server.Config, slog.New(slog.DiscardHandler), 50*time.Millisecond); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	if err := <-cut; err == nil {
		t.Error("the request had an answer")
	}
}
