package feed

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/canonical/schema"
	"iocgateway/router/access"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Limits of the API.
const (
	DefaultLimit = 500
	MaxLimit     = 1000
	MaxWait      = 60 * time.Second
	listDefault  = 50
	listMax      = 200
	maxPageBytes = 16 << 20 // of bodies: a page is cut there, and says that there is more
	maxBody      = 64 << 10 // of a request
)

// Options is what the API is made of. View is required, the rest has a
// default or switches something off.
type Options struct {
	View View
	// Bridge finds where a position of a history that this Log took over is in
	// it; epoch is the hash its cursors carry. Nil: none was taken over.
	Bridge func(ctx context.Context, epoch uint64, feed canonical.Feed, seq uint64) (journal.Position, bool, error)
	Base   uint64 // where the sequences of that history end
	// Shared: other nodes serve the same feeds. A cursor may be ahead of this
	// node's view, which then has nothing yet, and is not of another history.
	Shared  bool
	Streams Streams // nil: pages name no stream
	Control Control // nil: the acting routes answer 501
	// Explain says field by field how a record came from its Raw; nil: 501.
	Explain func(ctx context.Context, stream, mapping string, raw canonical.Raw) ([]canonical.Why, error)
	// Timeliness judges a record by the clock; nil: canonical.Timeliness.
	Timeliness func(ix canonical.Index, kind canonical.Kind, now time.Time) string
	// Schema gives the JSON Schema of a kind; nil: the generated ones.
	Schema func(kind canonical.Kind) []byte
	Sinks  Sinks // nil: there are none
	// Cluster tells of this node and the others; nil: 501.
	Cluster func(ctx context.Context) (health.Cluster, error)
	// Ready says whether the own store can be read; nil asks the View.
	Ready   func(ctx context.Context) error
	Auth    *access.Auth         // nil: everything is open (a loopback address without tokens)
	Metrics *prometheus.Registry // nil: a registry of its own
	Prefix  string               // of event types; default vn.gov.quangngai
	Zone    *time.Location       // for days in queries; default +07:00
	Now     func() time.Time     // default time.Now
	Log     *slog.Logger         // default: discarded
	Version string               // of the gateway, for the documents

	MaxStreams int // open SSE connections; default 200
	MaxWaiting int // waiting long polls; default 1000
}

// API is the HTTP API for consumers.
type API struct {
	opts    Options
	mux     *http.ServeMux
	routes  []route
	methods []string
	states  stateCache
	streams gauge
	waiting gauge
	metrics *metrics
	types   cloudevents.Types
	schemas map[canonical.Kind]string // addresses
	pages   sync.Pool
	closing chan struct{}
	closed  sync.Once
}

// New makes the API. It does no input or output.
func New(opts Options) (*API, error) {
	if opts.View == nil {
		return nil, fmt.Errorf("feed: a View is required")
	}
	opts.fill()
	a := &API{opts: opts, mux: http.NewServeMux(), closing: make(chan struct{}),
		types: cloudevents.NewTypes(opts.Prefix), schemas: map[canonical.Kind]string{}}
	for _, k := range canonical.Kinds() {
		a.schemas[k] = schema.ID(k) // absolute, and the same wherever it is served; /v1/feeds says where
	}
	a.pages.New = func() any { b := make([]byte, 0, 256<<10); return &b }
	a.streams.limit, a.waiting.limit = int64(opts.MaxStreams), int64(opts.MaxWaiting)
	m, err := newMetrics(a, opts.Metrics)
	if err != nil {
		return nil, fmt.Errorf("feed: metrics: %w", err)
	}
	a.metrics = m
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(1), gzhttp.SuffixETag(zipSuffix))
	if err != nil {
		return nil, fmt.Errorf("feed: compression: %w", err)
	}
	a.routes = a.table()
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer.New(http.StatusForbidden, &problem.Problem{Code: "GW-F022"}).Write(w, r)
	}))
	for _, rt := range a.routes {
		var h http.Handler = a.serve(rt)
		if !rt.live {
			h = zip(h)
		}
		if !rt.open && opts.Auth != nil {
			h = opts.Auth.Require(rt.role, h)
		}
		if rt.method == http.MethodPost {
			h = cross.Handler(h)
		}
		a.mux.Handle(rt.method+" "+rt.path, a.metrics.observe(rt, h))
		if !slices.Contains(a.methods, rt.method) {
			a.methods = append(a.methods, rt.method)
		}
	}
	return a, nil
}

func (o *Options) fill() {
	if o.Prefix == "" {
		o.Prefix = cloudevents.DefaultPrefix
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("+07:00", 7*3600)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.MaxStreams <= 0 {
		o.MaxStreams = 200
	}
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = 1000
	}
	if o.Schema == nil {
		o.Schema = schema.Get
	}
	if o.Timeliness == nil {
		o.Timeliness = canonical.Timeliness
	}
	if o.Version == "" {
		o.Version = "dev"
	}
}

// Close ends open streams and waiting polls, so that a server can shut down.
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
	if len(allow) == 0 {
		answer.New(http.StatusNotFound, &problem.Problem{Code: "GW-F015", Value: problem.Short(r.URL.Path)}).Write(w, r)
		return
	}
	f := answer.New(http.StatusMethodNotAllowed, &problem.Problem{Code: "GW-F016", Value: problem.Short(r.Method), Want: strings.Join(allow, ", ")})
	f.Allow = strings.Join(allow, ", ")
	f.Write(w, r)
}

// serve reads a route's parameters strictly, then hands over.
func (a *API) serve(rt route) http.Handler {
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
