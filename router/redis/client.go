package redis

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical/problem"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// RoleWork is the role of nodes that work on streams; only they share leases.
const RoleWork = "work"

// Options are where Redis is and who this node is.
type Options struct {
	Addrs    []string // one address, or several of a Redis Cluster or of Sentinels
	Master   string   // the name Sentinels know the master by; Addrs are Sentinels then
	Username string
	Password string
	TLS      *tls.Config
	DB       int
	Prefix   string // of every key; "gateway" where empty
	Node     Node
	Now      func() time.Time
	Log      *slog.Logger

	dial func(ctx context.Context, network, addr string) (net.Conn, error) // of tests
}

// Node is one process of the gateway.
type Node struct {
	Name    string    `json:"name"`
	URL     string    `json:"url,omitempty"` // where others reach it
	Roles   []string  `json:"roles,omitempty"`
	Version string    `json:"version,omitempty"`
	Started time.Time `json:"started"`

	// What Redis knows of it; empty in Options.
	Session string        `json:"session,omitempty"`
	Held    int           `json:"held,omitempty"`   // leases
	Offset  time.Duration `json:"offset,omitempty"` // of its clock, against the server's
	Silent  bool          `json:"silent,omitempty"` // its session has run out, and nobody ended it yet
}

// Works reports whether the node works on streams.
func (n Node) Works() bool { return slices.Contains(n.Roles, RoleWork) }

// Client is one node's connection to Redis.
type Client struct {
	o        Options
	rdb      goredis.UniversalClient
	srv      *server
	boot     string       // two starts of one node differ in it
	sessions atomic.Int64 // begun by this process
	workers  atomic.Int64 // nodes that work, as Redis counted them last
	close    sync.Once
}

// quietLibrary keeps go-redis from writing to stderr on its own; what matters
// comes back as an error. It is one setting for the whole process.
var quietLibrary = sync.OnceFunc(logging.Disable)

const (
	callTimeout = 2 * time.Second // of one call
	openTimeout = 5 * time.Second
)

// Open connects, and refuses a server that would not do: unreachable, wrong
// password, no permission, too old, read-only, or one that evicts.
func Open(ctx context.Context, o Options) (*Client, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	quietLibrary()
	all, err := loadScripts()
	if err != nil {
		return nil, err
	}
	boot := make([]byte, 4)
	_, _ = rand.Read(boot) // never fails
	rdb := newLibrary(&o)
	c := &Client{o: o, rdb: rdb, boot: hex.EncodeToString(boot),
		srv: &server{rdb: rdb, prefix: "{" + o.Prefix + "}:", scripts: all}}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	for _, p := range c.Check(ctx) {
		if !advice(p) {
			return nil, errors.Join(p, c.Close())
		}
		o.Log.Warn("Redis: "+p.Text(problem.English), "code", p.Code, "hint", p.Hint(problem.English))
	}
	return c, nil
}

// nodeName is what a name may be: it stands between other things in values.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)

func (o *Options) complete() error {
	if o.Prefix == "" {
		o.Prefix = "gateway"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Node.Started.IsZero() {
		o.Node.Started = o.Now()
	}
	switch {
	case len(o.Addrs) == 0:
		return &problem.Problem{Code: "GW-L014", Field: "addrs", Want: "host:6379"}
	case strings.ContainsAny(o.Prefix, "{} \r\n"):
		return &problem.Problem{Code: "GW-L014", Field: "prefix", Value: o.Prefix, Want: "gateway"}
	case !nodeName.MatchString(o.Node.Name):
		return &problem.Problem{Code: "GW-L014", Field: "node.name", Value: o.Node.Name, Want: "gateway-1"}
	}
	return nil
}

// newLibrary leaves nothing to the library's own retries: a script that claims
// and is sent twice claims twice. Who calls decides.
func newLibrary(o *Options) goredis.UniversalClient {
	return goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs: o.Addrs, MasterName: o.Master, DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLS, Dialer: o.dial,
		ClientName: o.Node.Name, DisableIdentity: true,
		MaxRetries: -1, DialTimeout: callTimeout, DialerRetries: 1, ReadTimeout: callTimeout, WriteTimeout: callTimeout,
		ContextTimeoutEnabled: true, PoolSize: 8,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// Close ends the connection. Leases are given up by the end of Run, not here.
func (c *Client) Close() error {
	var err error
	c.close.Do(func() { err = c.rdb.Close() })
	if err != nil {
		return fmt.Errorf("redis: close: %w", err)
	}
	return nil
}

// newSession is the id of a new session of this process.
func (c *Client) newSession() string {
	return c.o.Node.Name + "/" + c.boot + "/" + strconv.FormatInt(c.sessions.Add(1), 10)
}

// Holder is the node that holds a name, so that a request can be passed on.
func (c *Client) Holder(ctx context.Context, name string) (Node, bool, error) {
	text, err := c.srv.run(ctx, "holder", name).Text()
	if errors.Is(err, goredis.Nil) {
		return Node{}, false, nil
	}
	if err != nil {
		return Node{}, false, fmt.Errorf("redis: holder of %s: %w", name, err)
	}
	var n Node
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return Node{}, false, fmt.Errorf("redis: holder of %s: %w", name, err)
	}
	return n, true, nil
}

// Nodes lists who is there, by name.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	reply, err := c.srv.run(ctx, "nodes").Slice()
	if err != nil {
		return nil, fmt.Errorf("redis: nodes: %w", err)
	}
	nodes := make([]Node, 0, len(reply))
	for _, row := range reply {
		n, err := readNode(row)
		if err != nil {
			return nil, fmt.Errorf("redis: nodes: %w", err)
		}
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b Node) int {
		return strings.Compare(a.Name+"\x00"+a.Session, b.Name+"\x00"+b.Session)
	})
	return nodes, nil
}

func readNode(row any) (Node, error) {
	cells, ok := row.([]any)
	if !ok || len(cells) != 5 {
		return Node{}, errReply
	}
	session, _ := cells[0].(string)
	text, _ := cells[1].(string)
	offset, _ := cells[2].(int64)
	held, _ := cells[3].(int64)
	left, _ := cells[4].(int64)
	n := Node{Name: session} // where all that is known is that there is one
	if err := json.Unmarshal([]byte(text), &n); err != nil && text != "" {
		return Node{}, fmt.Errorf("session %s: %w", session, err)
	}
	n.Session, n.Offset, n.Held, n.Silent = session, time.Duration(offset)*time.Millisecond, int(held), left < 0
	return n, nil
}
