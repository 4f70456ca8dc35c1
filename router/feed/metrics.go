package feed

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"iocgateway/canonical"
	"iocgateway/canonical/problem/answer"
)

// metrics are the API's own, and what the feeds and streams are like when
// somebody asks.
type metrics struct {
	duration *prometheus.HistogramVec
	events   *prometheus.CounterVec
	handler  http.Handler
}

func newMetrics(a *API, reg *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "iocgateway_http_request_duration_seconds",
			Help: "Time to answer a request of the feed API; long polls and streams wait on purpose.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5, 30, 60}},
			[]string{"method", "route", "status"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "iocgateway_feed_events_served_total",
			Help: "Events given to readers."}, []string{"feed", "call"}),
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "iocgateway_feed_streams_open",
		Help: "Server-sent event connections open now."}, func() float64 { return float64(a.streams.n.Load()) })
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "iocgateway_feed_polls_waiting",
		Help: "Long polls waiting now."}, func() float64 { return float64(a.waiting.n.Load()) })
	for _, c := range []prometheus.Collector{m.duration, m.events, open, waiting, newTruth(a)} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) served(feed canonical.Feed, call string, n int) {
	if n > 0 {
		m.events.WithLabelValues(string(feed), call).Add(float64(n))
	}
}

func (m *metrics) answer(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	m.handler.ServeHTTP(w, r)
	return nil
}

// observe times a route. Labels are the route's pattern, never a path.
func (m *metrics) observe(rt route, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		c := &counted{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			m.duration.WithLabelValues(rt.method, rt.path, strconv.Itoa(c.status)).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(c, r)
	})
}

// counted remembers an answer's status.
type counted struct {
	http.ResponseWriter
	status int
}

func (c *counted) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Flush passes on what is buffered.
func (c *counted) Flush() { _ = http.NewResponseController(c.ResponseWriter).Flush() }

// truth collects what the feeds and streams are like at the moment of asking.
type truth struct {
	a                                     *API
	head, live, held                      *prometheus.Desc
	state, fresh, promise, sheld, lastRun *prometheus.Desc
	behind, catching, nodes, leases       *prometheus.Desc
	unread, silence, free                 *prometheus.Desc
	sinkBehind, sinkFailures, sinkHalted  *prometheus.Desc
	build                                 *prometheus.Desc
}

func newTruth(a *API) *truth {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("iocgateway_"+name, help, labels, nil)
	}
	return &truth{a: a,
		head:    desc("feed_head_sequence", "The newest sequence of a feed.", "feed"),
		live:    desc("feed_live_records", "Current records of a feed.", "feed"),
		held:    desc("feed_held_raws", "Raws of a feed's kinds in quarantine.", "feed"),
		state:   desc("stream_state", "1 for the state a stream is in.", "source", "stream", "state"),
		fresh:   desc("stream_fresh_through_timestamp_seconds", "Up to when a stream's data is complete.", "source", "stream"),
		promise: desc("stream_promise_seconds", "The age a stream promises not to pass.", "source", "stream"),
		sheld:   desc("stream_held_raws", "Raws of a stream in quarantine.", "source", "stream"),
		lastRun: desc("stream_last_run_timestamp_seconds", "When the last run of a stream began.", "source", "stream"),

		behind:   desc("view_behind_messages", "Messages of the Log that this node's view has not taken in yet."),
		catching: desc("view_catching_up", "1 while this node's view has not reached where the Log was when the process began."),
		nodes:    desc("cluster_nodes", "Nodes that share the streams, as this one sees them."),
		leases:   desc("leases_held", "Streams this node holds."),
		unread:   desc("view_unread_seconds", "For how long this node has not been able to read the Log; 0 while it can."),
		silence:  desc("cluster_heard_age_seconds", "How long ago this node last heard who shares the streams."),
		free:     desc("leases_free", "Streams and sinks that no node holds, as this one last heard."),

		sinkBehind:   desc("sink_behind_sequences", "How far a sink is behind its feed.", "sink", "feed"),
		sinkFailures: desc("sink_failures", "Failures of a sink in a row.", "sink", "feed"),
		sinkHalted:   desc("sink_halted", "1 while a sink has stopped and a person is needed.", "sink", "feed"),

		build: desc("build_info", "1, with what runs here.", "version"),
	}
}

// Describe names what is collected.
func (t *truth) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{t.head, t.live, t.held, t.state, t.fresh, t.promise, t.sheld, t.lastRun, t.behind, t.catching, t.nodes, t.leases,
		t.unread, t.silence, t.free, t.sinkBehind, t.sinkFailures, t.sinkHalted, t.build} {
		ch <- d
	}
}

// Collect asks the view and the streams; what cannot be asked is left out,
// so that an alert on absence fires.
func (t *truth) Collect(ch chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if infos, err := t.a.opts.View.Feeds(ctx); err == nil {
		for _, i := range infos {
			put(t.head, float64(i.Head.Sum()), string(i.Feed))
			put(t.live, float64(i.Live), string(i.Feed))
			put(t.held, float64(i.Held), string(i.Feed))
		}
	}
	put(t.build, 1, t.a.opts.Version)
	t.cluster(ctx, put)
	t.sinks(ctx, put)
	if t.a.opts.Streams == nil {
		return
	}
	statuses, err := t.a.opts.Streams.Statuses(ctx)
	if err != nil {
		return
	}
	for _, st := range statuses {
		w := wire(st, st.FreshThrough)
		put(t.state, 1, w.Source, w.Stream, string(w.State))
		put(t.sheld, float64(w.Held), w.Source, w.Stream)
		put(t.promise, w.Promise, w.Source, w.Stream)
		if !st.FreshThrough.IsZero() {
			put(t.fresh, float64(st.FreshThrough.UnixMilli())/1000, w.Source, w.Stream)
		}
		if st.LastRun != nil {
			put(t.lastRun, float64(st.LastRun.Started.UnixMilli())/1000, w.Source, w.Stream)
		}
	}
}

// cluster tells of the view and of who shares the streams, where there are others.
func (t *truth) cluster(ctx context.Context, put func(d *prometheus.Desc, v float64, labels ...string)) {
	if t.a.opts.Cluster == nil || !t.a.opts.Shared {
		return
	}
	c, err := t.a.opts.Cluster(ctx)
	if err != nil || c.View == nil {
		return
	}
	unread := 0.0
	if !c.View.NotSince.IsZero() {
		unread = t.a.opts.Now().Sub(c.View.NotSince).Seconds()
	}
	put(t.behind, float64(c.View.Behind))
	put(t.catching, oneIf(c.View.CatchingUp))
	put(t.unread, unread)
	put(t.nodes, float64(len(c.Nodes)))
	if c.Sharing != nil {
		put(t.leases, float64(c.Sharing.Held))
		put(t.free, float64(c.Sharing.Free))
		if !c.Sharing.Heard.IsZero() {
			put(t.silence, t.a.opts.Now().Sub(c.Sharing.Heard).Seconds())
		}
	}
}

// sinks tells of the sinks that some node holds.
func (t *truth) sinks(ctx context.Context, put func(d *prometheus.Desc, v float64, labels ...string)) {
	if t.a.opts.Sinks == nil {
		return
	}
	for _, st := range t.a.opts.Sinks.SinkStatuses(ctx) {
		if st.Node == "" {
			continue
		}
		put(t.sinkBehind, float64(st.Behind), st.Name, string(st.Feed))
		put(t.sinkFailures, float64(st.Failures), st.Name, string(st.Feed))
		put(t.sinkHalted, oneIf(st.Halted), st.Name, string(st.Feed))
	}
}

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
