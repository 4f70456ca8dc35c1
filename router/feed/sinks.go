package feed

import (
	"context"
	"errors"
	"net/http"

	"iocgateway/canonical/problem"
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

// noSinks is where there are none.
type noSinks struct{}

func (noSinks) SinkStatuses(context.Context) []health.SinkStatus { return nil }

func (noSinks) ResumeSink(context.Context, string, string, string) error { return journal.ErrNotFound }

// sinkHandlers answer how far sinks are, and let one go on.
type sinkHandlers struct {
	failures
	veiled
	sinks Sinks
}

// list answers GET /v1/sinks.
func (h *sinkHandlers) list(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	all := []health.SinkStatus{}
	for _, st := range h.sinks.SinkStatuses(r.Context()) {
		all = append(all, st.Shown(h.from(r)))
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, r, map[string]any{"sinks": all})
}

// resume answers POST /v1/sinks/{sink}/{feed}/resume.
func (h *sinkHandlers) resume(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	err := h.sinks.ResumeSink(r.Context(), r.PathValue("sink"), r.PathValue("feed"), caller(r))
	if errors.Is(err, journal.ErrNotFound) {
		return answer.New(http.StatusNotFound, &problem.Problem{Code: "GW-F060", Value: problem.Short(r.PathValue("sink")),
			Field: problem.Short(r.PathValue("feed"))})
	}
	if err != nil {
		return h.refused(r, "resume", err)
	}
	return writeJSON(w, r, map[string]string{"done": "resume"})
}
