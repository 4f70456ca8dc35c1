package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/router"
	"iocgateway/router/feed"
)

// forwardedBy names the node that passed a request on. One is passed on
// once: when the stream has moved again meanwhile, the caller tries again.
const forwardedBy = "Gateway-Forwarded-By"

// authKey is where a request's Authorization is kept for what is asked of
// other nodes on its behalf.
type authKey struct{}

// passedKey marks what another node has passed on already.
type passedKey struct{}

// keepingAuth lets what a request sets off act in the caller's name, and
// keeps it from being passed on twice.
func keepingAuth(next http.Handler) http.Handler {
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

// shared reports whether other nodes may hold streams.
func (d *desk) shared() bool { return d.cluster != nil && d.cluster.redis != nil }

// holder is where the node that holds a stream can be reached.
func (d *desk) holder(ctx context.Context, stream string) (*url.URL, error) {
	nobody := &canonical.Problem{Code: "GW-R017", Value: stream}
	if !d.shared() || ctx.Value(passedKey{}) != nil {
		return nil, canonical.Retry(nobody, time.Second)
	}
	node, held, err := d.cluster.redis.Holder(ctx, stream)
	if err != nil || !held || node.URL == "" {
		nobody.Err = err
		return nil, canonical.Retry(nobody, time.Second)
	}
	return url.Parse(node.URL)
}

// onward answers requests about a stream here, or has the node answer that
// holds it: one node writes a stream, and any takes its deliveries.
func (d *desk) onward(here http.Handler) http.Handler {
	if !d.shared() {
		return here
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("source") + "/" + r.PathValue("stream")
		if _, err := d.scheduler.Stream(stream); err != nil || d.scheduler.Holds(stream) {
			here.ServeHTTP(w, r)
			return
		}
		to, err := d.holder(r.Context(), stream)
		if err != nil {
			d.elsewhere(w, r, stream)
			return
		}
		proxy := &httputil.ReverseProxy{
			Rewrite: func(p *httputil.ProxyRequest) {
				p.SetURL(to)
				p.Out.Header.Set(forwardedBy, d.cfg.nodeName())
			},
			ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
				d.log.Warn("the node that holds a stream did not answer", "stream", stream, "at", to.Host, "error", err)
				d.elsewhere(w, r, stream)
			}}
		proxy.ServeHTTP(w, r)
	})
}

func (d *desk) elsewhere(w http.ResponseWriter, r *http.Request, stream string) {
	w.Header().Set("Retry-After", "1")
	feed.Refuse(w, r, http.StatusServiceUnavailable, &canonical.Problem{Code: "GW-R017", Value: stream})
}

// ask has the node that holds a stream act on what it holds of it.
func (d *desk) ask(ctx context.Context, stream, path string, body map[string]any, into any) error {
	to, err := d.holder(ctx, stream)
	if err != nil {
		return err
	}
	body["stream"] = stream
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.JoinPath(path).String(), bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(forwardedBy, d.cfg.nodeName())
	if token, ok := ctx.Value(authKey{}).(string); ok {
		req.Header.Set("Authorization", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return canonical.Retry(&canonical.Problem{Code: "GW-R017", Value: stream, Err: err}, time.Second)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%s: %w", to.Host, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", to.Host, resp.Status, strings.TrimSpace(string(answer[:min(len(answer), 500)])))
	}
	return json.Unmarshal(answer, into)
}

// replayThere replays held Raws on the node that holds their stream.
func (d *desk) replayThere(ctx context.Context, stream string, ids []int64, total *feed.Replayed) error {
	var got feed.Replayed
	if err := d.ask(ctx, stream, "/v1/quarantine/replay", map[string]any{"ids": ids}, &got); err != nil {
		return err
	}
	total.Tried += got.Tried
	total.Published += got.Published
	total.Unchanged += got.Unchanged
	total.Held += got.Held
	total.Other += got.Other
	return nil
}

// drop drops those of the held Raws whose streams this node holds, and
// has the other nodes drop theirs.
func (d *desk) drop(ctx context.Context, held []router.HeldRaw, by, reason string) (int, error) {
	of := map[string][]int64{}
	for _, h := range held {
		of[h.Stream] = append(of[h.Stream], h.ID)
	}
	dropped := 0
	for stream, ids := range of {
		n, err := d.dropOf(ctx, stream, ids, by, reason)
		dropped += n
		if err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

func (d *desk) dropOf(ctx context.Context, stream string, ids []int64, by, reason string) (int, error) {
	if !d.shared() || d.scheduler.Holds(stream) {
		return d.journal.DropHeld(ctx, ids, by, reason)
	}
	if _, err := d.scheduler.Stream(stream); errors.Is(err, router.ErrNotFound) {
		return d.journal.DropHeld(ctx, ids, by, reason) // of a stream that is configured no more
	}
	var got struct {
		Dropped int `json:"dropped"`
	}
	err := d.ask(ctx, stream, "/v1/quarantine/drop", map[string]any{"ids": ids, "reason": reason}, &got)
	return got.Dropped, err
}
