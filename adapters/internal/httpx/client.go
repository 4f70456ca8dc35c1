package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/form"
	"iocgateway/canonical/problem"

	"github.com/hashicorp/go-retryablehttp"
)

// The limits of a client, unless its Options set others.
const (
	DefaultTimeout = 60 * time.Second
	DefaultMaxBody = 64 << 20 // decompressed
	DefaultMaxWire = 32 << 20 // as it came
	DefaultRetries = 2
	maxRatio       = 120 // decompressed to compressed, once past ratioFloor
	ratioFloor     = 8 << 20
)

// Options make a Client.
type Options struct {
	HTTP    *http.Client     // lent by the gateway; nil uses a guarded transport of its own
	Now     func() time.Time // the only clock
	Base    string           // absolute URL every path is below
	Hosts   []string         // further hosts (host or host:port) that may be asked
	Auth    AuthConfig
	Timeout time.Duration // of one call, in-call retries included
	MaxBody int64
	MaxWire int64
	Retries int // in-call retries of safe requests; negative is none
	Agent   string
	Space   *adapters.Space // for long bodies; nil bounds nothing
}

// Client asks one system. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	now     func() time.Time
	plain   *http.Client
	safe    *retryablehttp.Client // for requests that may be repeated
	once    *retryablehttp.Client
	auth    auth
	timeout time.Duration
	maxBody int64
	maxWire int64
	agent   string
	space   *adapters.Space
}

// Request is one question. Path is below the client's base, or an absolute
// URL of an allowed host.
type Request struct {
	Method string // empty is GET
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Type   string // of Body
	Accept string // also what a non-empty answer must look like: MediaJSON, MediaXML, or anything else
	Safe   bool   // a POST that only reads: it may be repeated
	NoAuth bool
	// secrets are credentials in the request itself, of one that asks for a token.
	secrets []string
	Lone    bool // that it is denied is about what it asks for: nothing is authenticated again
	Parts   bool // an answer may be a part of a list, and says which: status 206
	Torn    bool // an answer may have bytes that are no UTF-8: whoever asks holds what has them
	// Passing: Check takes what it wants of the body, which is gone after it.
	Passing bool
	// Check looks at a good answer once more. An error made with Expired makes
	// the client authenticate again and repeat the request, once.
	Check func(*Response) error
}

// Response is an answer of status 2xx, decompressed, as UTF-8.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Wire   int64 // bytes as they came
	Torn   bool  // some bytes of it are no UTF-8
}

// New makes a client. It does no input or output.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.Base)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.User != nil {
		return nil, &problem.Problem{Code: "GW-A009", Field: "url", Want: "https://host/path"}
	}
	c := &Client{base: base, now: o.Now, timeout: o.Timeout, maxBody: o.MaxBody, maxWire: o.MaxWire, agent: o.Agent,
		space: o.Space}
	if c.now == nil {
		return nil, errors.New("httpx: Options.Now is missing")
	}
	orDefault(&c.timeout, DefaultTimeout)
	orDefault(&c.maxBody, DefaultMaxBody)
	orDefault(&c.maxWire, DefaultMaxWire)
	if c.agent == "" {
		c.agent = "iocgateway"
	}
	c.plain = guarded(o.HTTP, allowed(base, o.Hosts))
	retries := o.Retries
	if retries == 0 {
		retries = DefaultRetries
	}
	c.safe, c.once = retrying(c.plain, max(retries, 0)), retrying(c.plain, 0)
	c.auth, err = newAuth(o.Auth, c)
	return c, err
}

func orDefault[T int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Do asks, and authenticates again once where the answer is that of a
// stranger: 401, 403, a login page, or a Check that fails.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	resp, err := c.ask(ctx, r)
	var e *expired
	if err == nil || r.NoAuth || !errors.As(err, &e) {
		return resp, err
	}
	if r.Lone && !e.unknown || !c.auth.forget() {
		return nil, e.final(r.Path)
	}
	resp, err = c.ask(ctx, r)
	if errors.As(err, &e) {
		return nil, e.final(r.Path)
	}
	return resp, err
}

// ask is one round: build, authenticate, send, read, look.
func (c *Client) ask(ctx context.Context, r Request) (*Response, error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return nil, err
	}
	before := req.Clone(ctx)
	if !r.NoAuth {
		if err := c.auth.apply(ctx, req.Request, r.Body); err != nil {
			return nil, err
		}
		req = c.shy(req, before)
	}
	client := c.once
	if r.Safe || req.Method == http.MethodGet || req.Method == http.MethodHead {
		client = c.safe
	}
	got, err := client.Do(req)
	if err != nil {
		return nil, failed(ctx, r, err)
	}
	defer func() { _ = got.Body.Close() }()
	if err := c.answered(r, got, req.Request, before); err != nil {
		return nil, err
	}
	resp, release, err := c.read(ctx, got, r.Torn)
	if err != nil {
		return nil, failed(ctx, r, err)
	}
	defer release()
	if err := shaped(r, resp, func(body []byte) []byte { return unsaid(body, carried(req.Request, before), r.secrets) }); err != nil {
		return nil, err
	}
	if r.Check != nil {
		if err := r.Check(resp); err != nil {
			return nil, c.unechoed(err, r, resp, req.Request, before)
		}
	}
	if r.Passing {
		resp.Body = nil
	}
	return resp, nil
}

func (c *Client) build(ctx context.Context, r Request) (*retryablehttp.Request, error) {
	u, err := c.resolve(r.Path)
	if err != nil {
		return nil, err
	}
	if len(r.Query) > 0 {
		q := u.Query()
		for k, v := range r.Query {
			q[k] = v
		}
		u.RawQuery = q.Encode()
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	var body any
	if r.Body != nil {
		body = r.Body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, problem.Halt(fmt.Errorf("httpx: building %s %s: %w", method, u.Path, bare(err)))
	}
	for k, v := range r.Header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept-Encoding", "gzip") // set by us, so that the transport leaves counting and unpacking to read
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	if r.Type != "" {
		req.Header.Set("Content-Type", r.Type)
	}
	return req, nil
}

// resolve puts a path below the base; an absolute URL stays (the guard judges
// its host). A path with a leading slash is still below the base's path.
func (c *Client) resolve(path string) (*url.URL, error) {
	ref, err := url.Parse(path)
	if err != nil {
		return nil, problem.Halt(&problem.Problem{Code: "GW-S017", Value: problem.Short(path), Want: c.base.Host})
	}
	if ref.IsAbs() || strings.HasPrefix(path, "//") {
		return c.base.ResolveReference(ref), nil
	}
	u := *c.base
	u.Path = strings.TrimSuffix(c.base.Path, "/") + "/" + strings.TrimPrefix(ref.Path, "/")
	u.RawPath = ""
	if ref.RawPath != "" || c.base.RawPath != "" {
		u.RawPath = strings.TrimSuffix(c.base.EscapedPath(), "/") + "/" + strings.TrimPrefix(ref.EscapedPath(), "/")
	}
	u.RawQuery = ref.RawQuery
	return &u, nil
}

// Host is the host the client's base names.
func (c *Client) Host() string { return c.base.Host }

// shaped refuses what cannot be what was asked for. Sources answer 200 with a
// login page when a session is gone. unsaid takes credentials out of what is told.
func shaped(r Request, resp *Response, unsaid func([]byte) []byte) error {
	asked := ""
	switch r.Accept {
	case MediaJSON:
		asked = "json"
	case MediaXML:
		asked = "xml"
	}
	if asked == "" || asked == "json" && form.OpensJSON(resp.Body) || len(bytes.Trim(resp.Body, " \t\r\n")) == 0 {
		return nil
	}
	head, whole := resp.Body[:min(len(resp.Body), form.Sample)], len(resp.Body) <= form.Sample
	if form.Refuse(form.Of(head, whole), asked) == nil {
		return nil
	}
	found := form.Of(unsaid(head), whole)
	p := form.Refuse(found, asked)
	if p == nil {
		p = &problem.Problem{Code: "GW-S012"}
	}
	p.Path = pathOnly(r.Path)
	if found.Is == form.Login {
		return Expired(p)
	}
	return problem.Retry(p, 0)
}
