package httpx

import (
	"context"
	"net/http"
	"slices"
	"time"

	"iocgateway/canonical/problem"
)

// Exchange is one request with its answer, without secrets: of the query only
// the names, of bodies only sizes, of headers only the content type.
type Exchange struct {
	Method string        `json:"method"`
	Host   string        `json:"host"`
	Path   string        `json:"path"`
	Query  []string      `json:"query,omitempty"` // names
	Auth   bool          `json:"auth"`            // credentials went along
	Status int           `json:"status,omitempty"`
	Media  string        `json:"media,omitempty"`
	Took   time.Duration `json:"took"` // to the answer's head
	Error  string        `json:"error,omitempty"`
}

type recorderKey struct{}

// Record makes every request under the context give fn what was asked and
// how it was answered.
func Record(ctx context.Context, fn func(Exchange)) context.Context {
	return context.WithValue(ctx, recorderKey{}, fn)
}

// watch is the innermost layer: it judges the host and records.
type watch struct {
	next  http.RoundTripper
	hosts hosts
	now   func() time.Time
}

// RoundTrip is http.RoundTripper's.
func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := w.hosts.check(req.URL); err != nil {
		return nil, err
	}
	fn, ok := req.Context().Value(recorderKey{}).(func(Exchange))
	if !ok {
		return w.next.RoundTrip(req)
	}
	x := Exchange{Method: req.Method, Host: req.URL.Host, Path: problem.Short(req.URL.Path), Auth: req.Header.Get("Authorization") != ""}
	for name := range req.URL.Query() {
		x.Query = append(x.Query, name)
	}
	slices.Sort(x.Query)
	start := w.now()
	resp, err := w.next.RoundTrip(req)
	x.Took = w.now().Sub(start)
	if err != nil {
		x.Error = problem.Short(bare(err).Error())
	} else {
		x.Status, x.Media = resp.StatusCode, problem.Short(resp.Header.Get("Content-Type"))
	}
	fn(x)
	return resp, err
}
