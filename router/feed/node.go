package feed

import (
	"context"
	"net/http"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/health"
)

// nodeHandlers answer whether this node lives, is ready, and stands among
// others.
type nodeHandlers struct {
	failures
	view    View
	ready   func(ctx context.Context) error                   // nil: the View is asked
	cluster func(ctx context.Context) (health.Cluster, error) // nil: 501
}

// nodes answers GET /v1/nodes: this node, how level it is, and who shares
// the streams with it.
func (h *nodeHandlers) nodes(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	if h.cluster == nil {
		return answer.New(http.StatusNotImplemented, &problem.Problem{Code: "GW-F026", Want: "Cluster"})
	}
	c, err := h.cluster(r.Context())
	if err != nil {
		return h.broken(r, "nodes", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, r, c)
}

// livez answers GET /livez: the process is there.
func (h *nodeHandlers) livez(w http.ResponseWriter, _ *http.Request, _ *params) *answer.Problem {
	return plainOK(w)
}

// readyz answers GET /readyz: the own store can be read. A source that fails
// does not make the gateway unready.
func (h *nodeHandlers) readyz(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	var err error
	if h.ready != nil {
		err = h.ready(r.Context())
	} else {
		_, err = h.view.Epoch(r.Context())
	}
	if err != nil {
		return h.broken(r, "ready", err)
	}
	return plainOK(w)
}

func plainOK(w http.ResponseWriter) *answer.Problem {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n")) // a prober that left needs no answer
	return nil
}
