// Package feed is the HTTP API for consumers: ordered, gap-free feeds with
// cursors, snapshots and digests, lists of current records, and the
// contracts that describe them.
package feed

import (
	"github.com/prometheus/client_golang/prometheus/collectors"

	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzhttp"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
)

// API is the HTTP API for consumers: the table of routes, served.
type API struct {
	mux     *http.ServeMux
	routes  []route
	methods []string
	closing chan struct{}
	closed  sync.Once
}

// New makes the API. It does no input or output.
func New(opts Options) (*API, error) {
	if opts.View == nil {
		return nil, fmt.Errorf("feed: a View is required")
	}
	opts.fill()
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(1), gzhttp.SuffixETag(zipSuffix))
	if err != nil {
		return nil, fmt.Errorf("feed: compression: %w", err)
	}
	a := &API{mux: http.NewServeMux(), closing: make(chan struct{})}
	h, err := newHandlers(&opts, a.closing)
	if err != nil {
		return nil, fmt.Errorf("feed: metrics: %w", err)
	}
	a.routes = h.table()
	h.contract.routes = a.routes
	sameSite := onlySameSite()
	for _, rt := range a.routes {
		if rt.handle == nil {
			continue // described here, served beside
		}
		next := serve(rt)
		if !rt.live {
			next = zip(next)
		}
		if !rt.open && opts.Auth != nil {
			next = opts.Auth.Require(rt.role, next)
		}
		if rt.method == http.MethodPost {
			next = sameSite.Handler(next)
		}
		a.mux.Handle(rt.method+" "+rt.path, h.metrics.observe(rt, next))
		if !slices.Contains(a.methods, rt.method) {
			a.methods = append(a.methods, rt.method)
		}
	}
	return a, nil
}

// onlySameSite refuses what another site's page makes a browser post.
func onlySameSite() *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer.New(http.StatusForbidden, &problem.Problem{Code: "GW-F022"}).Write(w, r)
	}))
	return p
}

// handlers answer the routes, each kind with the few things it needs.
type handlers struct {
	catalogue  *catalogueHandlers
	feed       *feedHandlers
	record     *recordHandlers
	stream     *streamHandlers
	quarantine *quarantineHandlers
	sink       *sinkHandlers
	admin      *adminHandlers
	node       *nodeHandlers
	contract   *contractHandlers
	metrics    *metrics
}

func newHandlers(o *Options, closing chan struct{}) (*handlers, error) {
	log := failures{o.Log}
	fresh := &freshnessCache{view: o.View, streams: o.Streams, now: o.Now}
	m := newMetrics(o.Metrics)
	admin := &adminHandlers{failures: log, admin: o.Admin}
	h := &handlers{
		catalogue: &catalogueHandlers{failures: log, veiled: veiled{o.Veil}, view: o.View, streams: o.Streams, now: o.Now},
		feed:      newFeedHandlers(o, fresh, m, closing),
		record: &recordHandlers{failures: log, noted: admin.noted, view: o.View, fresh: fresh, explain: o.Explain, timeliness: o.Timeliness,
			zone: o.Zone, now: o.Now},
		stream: &streamHandlers{failures: log, veiled: veiled{o.Veil}, streams: o.Streams, control: o.Control, now: o.Now, own: o.Node.own},
		quarantine: &quarantineHandlers{failures: log, veiled: veiled{o.Veil}, noted: admin.noted, looked: admin.looked, view: o.View,
			dropped: admin.dropped, control: o.Control, now: o.Now},
		sink:  &sinkHandlers{failures: log, veiled: veiled{o.Veil}, sinks: o.Sinks},
		admin: admin,
		node: &nodeHandlers{failures: log, view: o.View, ready: o.Node.Ready, trouble: o.Node.Trouble,
			cluster: o.Node.Cluster},
		contract: &contractHandlers{failures: log, Contract: o.Contract},
		metrics:  m,
	}
	return h, m.register(o.Metrics, h.feed.openConnections(), h.feed.waitingPolls(), admin.unwritten(), admin.whole(), newCollector(o),
		newDiskCollector(&o.Node), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Close ends open connections and waiting polls, so that a server can shut
// down.
func (a *API) Close() { a.closed.Do(func() { close(a.closing) }) }

// Patterns lists the routes served, as http.ServeMux writes them.
func (a *API) Patterns() []string {
	out := make([]string, 0, len(a.routes))
	for _, rt := range a.routes {
		out = append(out, rt.method+" "+rt.path)
	}
	return out
}

// ServeHTTP answers one request; what no route knows is a problem too.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if _, pattern := a.mux.Handler(r); pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	allow := a.allowed(r)
	if allow == "" {
		answer.New(http.StatusNotFound, &problem.Problem{Code: "GW-F015", Value: problem.Short(r.URL.Path)}).Write(w, r)
		return
	}
	f := answer.New(http.StatusMethodNotAllowed, &problem.Problem{Code: "GW-F016", Value: problem.Short(r.Method), Want: allow})
	f.Allow = allow
	f.Write(w, r)
}

// allowed lists the methods that a request's path knows, as Allow does.
func (a *API) allowed(r *http.Request) string {
	var allow []string
	for _, m := range a.methods {
		probe := *r
		probe.Method = m
		if _, pattern := a.mux.Handler(&probe); pattern != "" {
			if allow = append(allow, m); m == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
	}
	return strings.Join(allow, ", ")
}

// serve reads a route's parameters strictly, then hands over.
func serve(rt route) http.Handler {
	known := make([]string, 0, len(rt.params))
	for _, p := range rt.params {
		if p.in == "query" {
			known = append(known, p.name)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := newParams(r, known)
		f := p.bad
		if f == nil {
			f = rt.handle(w, r, p)
		}
		if f != nil {
			f.Write(w, r)
		}
	})
}

// caller names who asks: the token, or this machine where none is asked for.
func caller(r *http.Request) string {
	if name := access.Caller(r.Context()).Name; name != "" {
		return name
	}
	return "local"
}
