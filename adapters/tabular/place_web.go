package tabular

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"iocgateway/adapters/internal/form"
	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// web is a list of addresses, each one file. Unchanged content costs one
// conditional request.
type web struct {
	client *http.Client
	files  []File
	at     map[string]string // file name → address
	spools spooler
}

func newWeb(addresses []string, spools spooler, node *strict.Node, client *http.Client) (Place, error) {
	w := &web{client: client, spools: spools, at: map[string]string{}}
	for i, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, wrong(node, "place", "an address such as https://host/file.xml")
		}
		name := path.Base(u.Path)
		if name == "/" || name == "." || w.at[name] != "" {
			name = strings.Trim(name, "/.") + "#" + strconv.Itoa(i+1)
		}
		w.at[name] = address
		w.files = append(w.files, File{Name: name, Size: -1})
	}
	return w, nil
}

// Connect has nothing to do: every file is its own request.
func (w *web) Connect(context.Context) (Session, error) { return w, nil }

// Close has nothing to close.
func (w *web) Close() error { return nil }

// List gives the addresses as files.
func (w *web) List(context.Context) (Listing, error) { return Listing{Files: w.files}, nil }

// Fetch asks for the content unless it is still the known one.
func (w *web) Fetch(ctx context.Context, f File, known Validators) (*Spool, Validators, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.at[f.Name], nil)
	if err != nil {
		return nil, known, problem.Halt(fmt.Errorf("tabular: fetch %s: %w", problem.Short(f.Name), err))
	}
	if known.ETag != "" {
		req.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		req.Header.Set("If-Modified-Since", known.Modified)
	}
	res, err := w.client.Do(req)
	if err != nil {
		return nil, known, Unreached(f.Name, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotModified {
		return nil, known, nil
	}
	if err := StatusError(res, f.Name); err != nil {
		return nil, known, err
	}
	spool, err := w.spools.copy(ctx, f.Name, res.Body)
	if err != nil {
		return nil, known, err
	}
	if res.ContentLength >= 0 && spool.Size < res.ContentLength {
		return nil, known, failed(spool.File, fmt.Errorf("tabular: fetch %s: %w", problem.Short(f.Name), io.ErrUnexpectedEOF))
	}
	return spool, Validators{ETag: shortHeader(res, "ETag"), Modified: shortHeader(res, "Last-Modified")}, nil
}

// Unreached is the Problem of a request that got no answer. The address is cut
// out of the cause: it may carry a key.
func Unreached(what string, err error) error {
	var refused *outbound.Refusal
	if errors.As(err, &refused) {
		p := refused.Problem() // tried again: who redirects now may not for long
		p.File = problem.Short(what)
		return p
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return &problem.Problem{Code: "GW-D007", File: problem.Short(what), Err: err}
}

// shortHeader keeps a header short: it is stored in the checkpoint.
func shortHeader(res *http.Response, name string) string {
	if v := res.Header.Get(name); len(v) <= 200 {
		return v
	}
	return ""
}

// StatusError classes an answer that is not 200: what passes by itself is
// tried again (Retry-After is minded), what needs a person stops the stream.
func StatusError(res *http.Response, what string) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	p := &problem.Problem{Code: "GW-D004", File: problem.Short(what), Value: strconv.Itoa(res.StatusCode)}
	if head, err := io.ReadAll(io.LimitReader(res.Body, shortAnswer)); err == nil {
		p.Err = form.Refusal(unasked(head, res))
	}
	switch {
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout,
		res.StatusCode == http.StatusTooEarly, res.StatusCode >= 500:
		return problem.Retry(p, retryAfter(res))
	default:
		return problem.Halt(p)
	}
}

// shortAnswer is how much of an answer that is not 200 is looked at.
const shortAnswer = 16 << 10

// unasked is a body without what the address carried: keys travel there.
func unasked(body []byte, res *http.Response) []byte {
	if res.Request == nil || res.Request.URL == nil {
		return body
	}
	for _, values := range res.Request.URL.Query() {
		for _, value := range values {
			if len(value) >= 4 {
				body = bytes.ReplaceAll(body, []byte(value), []byte("••••"))
				body = bytes.ReplaceAll(body, []byte(url.QueryEscape(value)), []byte("••••"))
			}
		}
	}
	return body
}

const longestWait = 24 * time.Hour

func retryAfter(res *http.Response) time.Duration {
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1<<20))*time.Second, longestWait)
	}
	at, err := http.ParseTime(res.Header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	// The server's own clock decides how long that is.
	now, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil || !at.After(now) {
		return 0
	}
	return min(at.Sub(now), longestWait)
}
