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
	trouble func() *problem.Problem                           // nil: nothing is ever wrong
	cluster func(ctx context.Context) (health.Cluster, error) // nil: 501
}

// nodes answers GET /v1/nodes: this node, how level it is, and who shares
// the streams with it.
func (h *nodeHandlers) nodes(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	if h.cluster == nil {
		return answer.New(http.StatusNotImplemented, &problem.Problem{Code: "GW-F026", Want: "several nodes"})
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
	return plain(w, "ok\n")
}

// readyz answers GET /readyz: the own store can be read. A source that fails
// does not make the gateway unready, and neither does what is wrong with the
// data while feeds can be read: that is named by its code, for no token is asked
// for here; the rest of it stands in /v1/nodes.
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
	if h.trouble != nil {
		if found := h.trouble(); found != nil {
			return plain(w, "degraded: "+found.Code+", see /v1/nodes\n")
		}
	}
	return plain(w, "ok\n")
}

func plain(w http.ResponseWriter, text string) *answer.Problem {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text)) // a prober that left needs no answer
	return nil
}
