package feed

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// metrics are the API's own.
type metrics struct {
	duration *prometheus.HistogramVec
	events   *prometheus.CounterVec
	handler  http.Handler
}

func newMetrics(reg *prometheus.Registry) *metrics {
	return &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "iocgateway_http_request_duration_seconds",
			Help:    "Time to answer a request of the feed API; long polls and streams wait on purpose.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5, 30, 60}},
			[]string{"method", "route", "status"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "iocgateway_feed_events_served_total",
			Help: "Events given to readers."}, []string{"feed", "call"}),
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}
}

// register adds the API's own to a registry, and others besides.
func (m *metrics) register(reg *prometheus.Registry, others ...prometheus.Collector) error {
	for _, c := range append([]prometheus.Collector{m.duration, m.events}, others...) {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// openConnections counts the readers of server-sent events.
func (h *feedHandlers) openConnections() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "iocgateway_feed_streams_open",
		Help: "Server-sent event connections open now."}, func() float64 { return float64(h.sse.n.Load()) })
}

// waitingPolls counts the long polls that wait.
func (h *feedHandlers) waitingPolls() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "iocgateway_feed_polls_waiting",
		Help: "Long polls waiting now."}, func() float64 { return float64(h.waiting.n.Load()) })
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

// collector collects what the feeds, streams and sinks are like at the moment
// of asking.
type collector struct {
	opts  *Options
	build *prometheus.Desc

	head, live, held                           *prometheus.Desc // of feeds
	state, fresh, promise, streamHeld, lastRun *prometheus.Desc // of streams
	over                                       *prometheus.Desc // … later than promised
	warns, drift                               *prometheus.Desc
	refused, failedRuns, unknown               *prometheus.Desc // … since their node's process began
	behind, catching, unread                   *prometheus.Desc // of the view
	nodes, leases, free, silence               *prometheus.Desc // of the others
	sink                                       sinkDescs
}

// sinkDescs are of sinks.
type sinkDescs struct{ behind, failures, halted *prometheus.Desc }

func newCollector(o *Options) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("iocgateway_"+name, help, labels, nil)
	}
	return &collector{opts: o,
		head:       desc("feed_head_sequence", "The newest sequence of a feed.", "feed"),
		live:       desc("feed_live_records", "Current records of a feed.", "feed"),
		held:       desc("feed_held_raws", "Raws of a feed's kinds in quarantine.", "feed"),
		state:      desc("stream_state", "1 for the state a stream is in.", "source", "stream", "state"),
		fresh:      desc("stream_fresh_through_timestamp_seconds", "Up to when a stream's data is complete.", "source", "stream"),
		promise:    desc("stream_promise_seconds", "The age a stream promises not to pass.", "source", "stream"),
		streamHeld: desc("stream_held_raws", "Raws of a stream in quarantine.", "source", "stream"),
		lastRun:    desc("stream_last_run_timestamp_seconds", "When the last run of a stream began.", "source", "stream"),
		over:       desc("stream_over_seconds", "How much later a stream is than promised, as its promise counts; 0: within.", "source", "stream"),
		warns:      desc("stream_warning", "1 for what a person should know of a stream, its state apart.", "source", "stream", "code"),
		drift:      desc("stream_drift", "Changes in what a stream's source gives that nobody accepted.", "source", "stream", "what"),
		refused:    desc("stream_refused_deliveries_total", "Deliveries not taken: signature, size or form.", "source", "stream", "code"),
		failedRuns: desc("stream_failed_runs_total", "Runs of a stream that failed.", "source", "stream"),
		unknown:    desc("stream_unknown_codes_total", "Coded values that no list knows, in what a stream published.", "source", "stream"),

		behind:   desc("view_behind_messages", "Messages of the Log that this node's view has not taken in yet."),
		catching: desc("view_catching_up", "1 while this node's view has not reached where the Log was when the process began."),
		nodes:    desc("cluster_nodes", "Nodes that share the streams, as this one sees them."),
		leases:   desc("leases_held", "Streams this node holds."),
		unread:   desc("view_unread_seconds", "For how long this node has not been able to read the Log; 0 while it can."),
		silence:  desc("cluster_heard_age_seconds", "How long ago Redis last answered this node who shares the streams."),
		free:     desc("leases_free", "Streams and sinks that no node holds, as Redis last answered."),

		sink: sinkDescs{behind: desc("sink_behind_sequences", "How far a sink is behind its feed.", "sink", "feed"),
			failures: desc("sink_failures", "Failures of a sink in a row.", "sink", "feed"),
			halted:   desc("sink_halted", "1 while a sink has stopped and a person is needed.", "sink", "feed")},

		build: desc("build_info", "1, with what runs here.", "version"),
	}
}

// Describe names what is collected.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.build, c.head, c.live, c.held, c.state, c.fresh, c.promise, c.streamHeld, c.lastRun,
		c.over, c.warns, c.drift, c.refused, c.failedRuns, c.unknown,
		c.behind, c.catching, c.unread, c.nodes, c.leases, c.free, c.silence, c.sink.behind, c.sink.failures, c.sink.halted} {
		ch <- d
	}
}

// putFunc gives a value to a scrape.
type putFunc func(d *prometheus.Desc, v float64, labels ...string)

// Collect asks the view and the streams; what cannot be asked is left out,
// so that an alert on absence fires.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	put(c.build, 1, c.opts.Contract.Version)
	c.feeds(ctx, put)
	c.cluster(ctx, put)
	c.sinks(ctx, put)
	c.streams(ctx, put, func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	})
}

func (c *collector) feeds(ctx context.Context, put putFunc) {
	infos, err := c.opts.View.Feeds(ctx)
	if err != nil {
		return
	}
	for _, i := range infos {
		put(c.head, float64(i.Head.Sum()), string(i.Feed))
		put(c.live, float64(i.Live), string(i.Feed))
		put(c.held, float64(i.Held), string(i.Feed))
	}
}

func (c *collector) streams(ctx context.Context, put, count putFunc) {
	statuses, err := c.opts.Streams.Statuses(ctx)
	if err != nil {
		return
	}
	for _, st := range statuses {
		s := statusOf(st, st.FreshThrough, nil)
		put(c.state, 1, s.Source, s.Stream, string(s.State))
		put(c.streamHeld, float64(s.Held), s.Source, s.Stream)
		put(c.promise, s.Promise, s.Source, s.Stream)
		if st.Promise > 0 && !st.FreshThrough.IsZero() {
			put(c.over, st.Over.Seconds(), s.Source, s.Stream)
		}
		if !st.FreshThrough.IsZero() {
			put(c.fresh, float64(st.FreshThrough.UnixMilli())/1000, s.Source, s.Stream)
		}
		if st.LastRun != nil {
			put(c.lastRun, float64(st.LastRun.Started.UnixMilli())/1000, s.Source, s.Stream)
		}
		drifts := map[string]int{}
		for i := range st.Drift {
			drifts[string(st.Drift[i].What)]++
		}
		for what, n := range drifts {
			put(c.drift, float64(n), s.Source, s.Stream, what)
		}
		for code := range codesOf(st.Warnings) {
			put(c.warns, 1, s.Source, s.Stream, code)
		}
		count(c.failedRuns, float64(st.Seen.FailedRuns), s.Source, s.Stream)
		count(c.unknown, float64(st.Seen.Unknown), s.Source, s.Stream)
		if st.Refused != nil {
			for code, n := range st.Refused.Count {
				count(c.refused, float64(n), s.Source, s.Stream, code)
			}
		}
	}
}

// codesOf are the codes of Problems, each once: a series must not come twice.
func codesOf(all []problem.Problem) map[string]bool {
	codes := map[string]bool{}
	for i := range all {
		codes[all[i].Code] = true
	}
	return codes
}

// cluster collects the view and who shares the streams, where there are others.
func (c *collector) cluster(ctx context.Context, put putFunc) {
	if c.opts.Node.Cluster == nil || !c.opts.Node.Shared {
		return
	}
	has, err := c.opts.Node.Cluster(ctx)
	if err != nil || has.View == nil {
		return
	}
	unread := 0.0
	if !has.View.NotSince.IsZero() {
		unread = c.opts.Now().Sub(has.View.NotSince).Seconds()
	}
	put(c.behind, float64(has.View.Behind))
	put(c.catching, oneIf(has.View.CatchingUp))
	put(c.unread, unread)
	put(c.nodes, float64(len(has.Nodes)))
	if has.Sharing == nil {
		return
	}
	put(c.leases, float64(has.Sharing.Held))
	put(c.free, float64(has.Sharing.Free))
	if !has.Sharing.Answered.IsZero() {
		put(c.silence, c.opts.Now().Sub(has.Sharing.Answered).Seconds())
	}
}

// sinks collects the sinks that some node holds.
func (c *collector) sinks(ctx context.Context, put putFunc) {
	for _, st := range c.opts.Sinks.SinkStatuses(ctx) {
		if st.Node == "" {
			continue
		}
		put(c.sink.behind, float64(st.Behind), st.Name, string(st.Feed))
		put(c.sink.failures, float64(st.Failures), st.Name, string(st.Feed))
		put(c.sink.halted, oneIf(st.Halted), st.Name, string(st.Feed))
	}
}

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// Disk is how a node's own store fares.
type Disk struct {
	Bytes, WALBytes int64 // of the store
	Free, Size      int64 // of the disk it lies on; 0 where that is not known
	Commits, Failed int   // transactions since the start
	P50, P99        time.Duration
}

// diskCollector collects how the node's own store fares: what it cannot write
// is nobody else's fault.
type diskCollector struct {
	node *Node

	writable, free, size, bytes, wal *prometheus.Desc
	office                           *prometheus.Desc
	commits, failed, took            *prometheus.Desc
}

func newDiskCollector(n *Node) *diskCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("iocgateway_"+name, help, labels, nil)
	}
	return &diskCollector{node: n,
		writable: desc("store_writable", "1 while this node's Log can be written; 0 with a full disk, or a Log that takes nothing."),
		office:   desc("office_hours", "1 while offices work, by the working calendar: what can wait waits until then."),
		free:     desc("store_disk_free_bytes", "Room left on the disk the store lies on."),
		size:     desc("store_disk_size_bytes", "Size of the disk the store lies on."),
		bytes:    desc("store_size_bytes", "Size of the store's database."),
		wal:      desc("store_wal_bytes", "Size of the store's write-ahead log."),
		commits:  desc("store_commits_total", "Transactions made durable since the process began, each one fsync."),
		failed:   desc("store_commits_failed_total", "Transactions that failed since the process began."),
		took:     desc("store_commit_seconds", "How long the newest transactions took, statements and fsync.", "quantile"),
	}
}

// Describe names what is collected.
func (c *diskCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.writable, c.office, c.free, c.size, c.bytes, c.wal, c.commits, c.failed, c.took} {
		ch <- d
	}
}

// Collect asks the store; what is not known is left out.
func (c *diskCollector) Collect(ch chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	put(c.writable, prometheus.GaugeValue, oneIf(!unwritable(c.node.own())))
	if c.node.Office != nil {
		put(c.office, prometheus.GaugeValue, oneIf(c.node.Office(time.Now())))
	}
	if c.node.Disk == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	disk, err := c.node.Disk(ctx)
	if err != nil {
		return
	}
	put(c.bytes, prometheus.GaugeValue, float64(disk.Bytes))
	put(c.wal, prometheus.GaugeValue, float64(disk.WALBytes))
	put(c.commits, prometheus.CounterValue, float64(disk.Commits))
	put(c.failed, prometheus.CounterValue, float64(disk.Failed))
	put(c.took, prometheus.GaugeValue, disk.P50.Seconds(), "0.5")
	put(c.took, prometheus.GaugeValue, disk.P99.Seconds(), "0.99")
	if disk.Size > 0 {
		put(c.free, prometheus.GaugeValue, float64(disk.Free))
		put(c.size, prometheus.GaugeValue, float64(disk.Size))
	}
}

func unwritable(p *problem.Problem) bool { return p != nil && p.Reason() == problem.CannotWrite }
