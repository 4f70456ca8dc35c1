package feed

import (
	"context"
	"errors"
	"net/http"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// broken turns an error of the view into an answer. What it says is logged
// once here and not shown: it may name paths of the machine.
func (a *API) broken(r *http.Request, doing string, err error) *answer.Problem {
	switch {
	case errors.Is(err, context.Canceled):
		return answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F030"}) // the reader left; nobody sees it
	case errors.Is(err, journal.ErrNotFound):
		return answer.New(http.StatusNotFound, &problem.Problem{Code: "GW-F012"})
	}
	a.opts.Log.ErrorContext(r.Context(), "feed: "+doing, "err", err, "path", r.URL.Path)
	f := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-F030"})
	f.Retry = 5 * time.Second
	return f
}
