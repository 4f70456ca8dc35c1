package wiring

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// lastWords is how long requests that are being answered may take once the gateway stops.
const lastWords = 10 * time.Second

// leave lets requests end; one that does not is cut and said: it keeps no gateway
// from stopping, and is no failure of it.
func leave(ctx context.Context, server *http.Server, log *slog.Logger, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := server.Shutdown(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	log.Warn("requests that did not end are cut: the gateway stops", "after", within)
	return server.Close()
}
