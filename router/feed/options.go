package feed

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
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
	maxBody      = 64 << 10 // of a request
)

// Options is what the API is made of. View is required, the rest has a
// default or switches something off.
type Options struct {
	View    View
	Streams Streams // nil: pages name no stream
	Control Control // nil: the acting routes answer 501
	Sinks   Sinks   // nil: there are none
	Admin   Admin   // nil: nothing is written down of who reads what, and the admin routes answer 501
	// Explain gives field by field how a record came from its Raw; nil: 501.
	Explain func(ctx context.Context, stream, mapping string, raw canonical.Raw) ([]canonical.Why, error)
	// Timeliness judges a record by the clock; nil: canonical.Timeliness.
	Timeliness  func(ix canonical.Index, kind canonical.Kind, now time.Time) string
	Node        Node
	Predecessor *Predecessor // nil: no Log was taken over
	Contract    Contract
	Limits      Limits
	Veil        *privacy.Veil        // what viewers see of what is held; default: one of its own
	Auth        *access.Auth         // nil: everything is open (a loopback address without tokens)
	Metrics     *prometheus.Registry // nil: a registry of its own
	Zone        *time.Location       // for days in queries; default +07:00
	Now         func() time.Time     // default time.Now
	Log         *slog.Logger         // default: discarded
}

// Node is this node among the others.
type Node struct {
	// Shared: other nodes serve the same feeds. A cursor may be ahead of this
	// node's view, which then has nothing yet, and is not of another history.
	Shared bool
	// Cluster is this node and the others; nil: 501.
	Cluster func(ctx context.Context) (health.Cluster, error)
	// Ready reports whether the own store can be read; nil asks the View.
	Ready func(ctx context.Context) error
	// Trouble is what is wrong with the data although it can be read; nil: nothing
	// ever is.
	Trouble func() *problem.Problem
	// Disk is how the node's own store fares; nil: nobody knows.
	Disk func(ctx context.Context) (Disk, error)
	// Office reports whether offices work at an instant; nil: nobody knows.
	Office func(time.Time) bool
}

// own is what is wrong with the node itself; nil when nothing is.
func (n *Node) own() *problem.Problem {
	if n.Trouble == nil {
		return nil
	}
	return n.Trouble()
}

// Predecessor is the Log that this one took over, whose cursors readers still
// hold.
type Predecessor struct {
	// Bridge finds where a position of its history is in this one; epoch is the
	// hash its cursors carry.
	Bridge func(ctx context.Context, epoch uint64, feed canonical.Feed, seq uint64) (journal.Position, bool, error)
	Base   uint64 // where its sequences end
}

// Contract is what the documents name.
type Contract struct {
	Prefix  string // of event types; default vn.gov.quangngai
	Version string // of the gateway
	// Schema gives the JSON Schema of a kind; nil: the generated ones.
	Schema func(kind canonical.Kind, lang problem.Lang) []byte
}

// Limits are how many readers are served at once.
type Limits struct {
	SSE     int // open connections; default 200
	Waiting int // waiting long polls; default 1000
}

func (o *Options) fill() {
	if o.Veil == nil {
		o.Veil = privacy.NewVeil()
	}
	if o.Streams == nil {
		o.Streams = noStreams{}
	}
	if o.Sinks == nil {
		o.Sinks = noSinks{}
	}
	if o.Timeliness == nil {
		o.Timeliness = canonical.Timeliness
	}
	if o.Predecessor == nil {
		o.Predecessor = &Predecessor{}
	}
	o.Contract.fill()
	if o.Limits.SSE <= 0 {
		o.Limits.SSE = 200
	}
	if o.Limits.Waiting <= 0 {
		o.Limits.Waiting = 1000
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
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
}

func (c *Contract) fill() {
	if c.Prefix == "" {
		c.Prefix = cloudevents.DefaultPrefix
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Schema == nil {
		c.Schema = schema.Get
	}
}

// View is what the API reads of a Log.
type View interface {
	// Epoch names this history; it is another after a restore.
	Epoch(ctx context.Context) (string, error)
	Feeds(ctx context.Context) ([]journal.FeedInfo, error)
	// Changes reads a filtered feed after a position, nil being the oldest kept.
	// Prev of each entry is that of the whole partition; the API rewrites it for
	// a row filter. ErrExpired when after is older than what is kept, also where
	// the page would be empty.
	Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position, limit int) (journal.Changes, error)
	// Snapshot reads current, not gone records whose sequence is in (after, upTo].
	Snapshot(ctx context.Context, feed canonical.Feed, f journal.Filter, after, upTo journal.Position, limit int) (journal.Snapshot, error)
	Digest(ctx context.Context, feed canonical.Feed) (journal.Digest, error)
	DigestBucket(ctx context.Context, feed canonical.Feed, bucket int) (at journal.Position, rows []journal.IDVersion, err error)
	Record(ctx context.Context, id string) (journal.Entry, error)
	// History gives all versions of a record, newest first, superseded ones included.
	History(ctx context.Context, id string) ([]journal.Entry, error)
	// RawOf gives the Raw behind a version of a record ("" is the current one).
	RawOf(ctx context.Context, id, version string) (canonical.Raw, error)
	List(ctx context.Context, q journal.ListQuery) (journal.List, error)
	Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
	// HeldRaws is Held with the Raws themselves.
	HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
	HeldGroups(ctx context.Context) ([]journal.HeldGroup, error)
	// Changed is closed at the next commit that publishes to the feed.
	Changed(feed canonical.Feed) <-chan struct{}
}
