package feed

import (
	"context"
	"net/http"

	"iocgateway/canonical/problem/answer"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Sinks are the places that feeds are pushed to; of those that another node
// holds, as it posted last.
type Sinks interface {
	SinkStatuses(ctx context.Context) []health.SinkStatus
	// ResumeSink lets a sink that needed a person try again.
	ResumeSink(ctx context.Context, sink, feed, by string) error
}

// sinks answers GET /v1/sinks.
func (a *API) sinks(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	all := []health.SinkStatus{}
	if a.opts.Sinks != nil {
		all = append(all, a.opts.Sinks.SinkStatuses(r.Context())...)
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, r, map[string]any{"sinks": all})
}

// resumeSink answers POST /v1/sinks/{sink}/{feed}/resume.
func (a *API) resumeSink(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	err := journal.ErrNotFound
	if a.opts.Sinks != nil {
		err = a.opts.Sinks.ResumeSink(r.Context(), r.PathValue("sink"), r.PathValue("feed"), caller(r))
	}
	if err != nil {
		return a.refused(r, "resume", err)
	}
	return writeJSON(w, r, map[string]string{"done": "resume"})
}
