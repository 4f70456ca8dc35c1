package share

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
)

// forwardedBy names the node that passed a request on. One is passed on
// once: when the job has moved again meanwhile, the caller tries again.
const forwardedBy = "Gateway-Forwarded-By"

// authKey is where a request's Authorization is kept for what is asked of
// other nodes on its behalf.
type authKey struct{}

// passedKey marks what another node has passed on already.
type passedKey struct{}

// KeepCaller lets what a request sets off act in the caller's name, and keeps
// it from being passed on twice.
func KeepCaller(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.Header.Get("Authorization"); token != "" && r.Method == http.MethodPost {
			r = r.WithContext(context.WithValue(r.Context(), authKey{}, token))
		}
		if r.Header.Get(forwardedBy) != "" {
			r = r.WithContext(context.WithValue(r.Context(), passedKey{}, true))
		}
		next.ServeHTTP(w, r)
	})
}

// ForwardOptions are how requests reach the other nodes.
type ForwardOptions struct {
	Node string // this node's name
	// Locate gives the address of the node that holds a job; empty when none
	// is known to. Nil: there are no other nodes.
	Locate func(ctx context.Context, job string) (string, error)
	Client *http.Client // default http.DefaultClient
	Log    *slog.Logger
}

// Forwarder passes on what is asked of jobs that other nodes hold.
type Forwarder struct {
	ForwardOptions
	holder *Holder
}

// NewForwarder makes a Forwarder beside a Holder.
func NewForwarder(holder *Holder, o ForwardOptions) (*Forwarder, error) {
	if holder == nil || o.Log == nil {
		return nil, errors.New("share: a Forwarder needs a Holder and a Log")
	}
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	return &Forwarder{ForwardOptions: o, holder: holder}, nil
}

// Here reports whether a job's requests are answered on this node: it holds
// it, or there is no other.
func (f *Forwarder) Here(job string) bool { return f.Locate == nil || f.holder.Holds(job) }

// locate is where the node that holds a job can be reached.
func (f *Forwarder) locate(ctx context.Context, job string) (*url.URL, error) {
	nobody := &problem.Problem{Code: "GW-R017", Value: job}
	if f.Locate == nil || ctx.Value(passedKey{}) != nil {
		return nil, problem.Retry(nobody, time.Second)
	}
	at, err := f.Locate(ctx, job)
	if err != nil || at == "" {
		nobody.Err = err
		return nil, problem.Retry(nobody, time.Second)
	}
	return url.Parse(at)
}

// Onward answers requests about a stream here, or has the node answer that
// holds it: one node writes a stream, and any takes its requests. A stream
// nobody knows is answered here.
func (f *Forwarder) Onward(here http.Handler, known func(stream string) bool) http.Handler {
	if f.Locate == nil {
		return here
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("source") + "/" + r.PathValue("stream")
		if !known(stream) || f.holder.Holds(stream) {
			here.ServeHTTP(w, r)
			return
		}
		to, err := f.locate(r.Context(), stream)
		if err != nil {
			f.nobody(w, r, stream)
			return
		}
		proxy := &httputil.ReverseProxy{
			Rewrite: func(p *httputil.ProxyRequest) {
				p.SetURL(to)
				p.Out.Header.Set(forwardedBy, f.Node)
			},
			ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
				f.Log.Warn("the node that holds a stream did not answer", "stream", stream, "at", to.Host, "error", err)
				f.nobody(w, r, stream)
			}}
		proxy.ServeHTTP(w, r)
	})
}

func (f *Forwarder) nobody(w http.ResponseWriter, r *http.Request, stream string) {
	p := answer.New(http.StatusServiceUnavailable, &problem.Problem{Code: "GW-R017", Value: stream})
	p.Retry = time.Second
	p.Write(w, r)
}

// Ask posts to the node that holds a job, in the caller's name, and reads its
// answer into a value.
func (f *Forwarder) Ask(ctx context.Context, job, path string, body map[string]any, into any) error {
	to, err := f.locate(ctx, job)
	if err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.JoinPath(path).String(), bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(forwardedBy, f.Node)
	if token, ok := ctx.Value(authKey{}).(string); ok {
		req.Header.Set("Authorization", token)
	}
	resp, err := f.Client.Do(req)
	if err != nil {
		return problem.Retry(&problem.Problem{Code: "GW-R017", Value: job, Err: err}, time.Second)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%s: %w", to.Host, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", to.Host, resp.Status, strings.TrimSpace(string(reply[:min(len(reply), 500)])))
	}
	return json.Unmarshal(reply, into)
}
