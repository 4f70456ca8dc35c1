package hardapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"iocgateway/adapters"
	"iocgateway/adapters/rest"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/mappings"
)

// open reads a product's stream over a transport.
func (h hard) open(t testing.TB, name string, d *desk, url string, over http.RoundTripper) adapters.Source {
	t.Helper()
	node, err := strict.Parse("gateway.yaml", []byte(h.text(name)))
	if err != nil {
		t.Fatal(err)
	}
	err = strict.Resolve(node, strict.Lookup{Env: func(key string) (string, bool) {
		return map[string]string{"URL": url, "SECRET": secret}[key], true
	}})
	if err != nil {
		t.Fatal(err)
	}
	src, err := rest.Spec().Open(adapters.Settings{Source: "hard", Stream: name, Kind: h.kind, Node: node},
		adapters.Env{HTTP: &http.Client{Transport: over}, Log: slog.New(slog.DiscardHandler), Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// reader keeps what a stream gave.
type reader struct {
	held   map[string]canonical.Raw
	at     canonical.Checkpoint
	proofs int
}

// walk reads to the walk's end, or to the first error.
func (r *reader) walk(ctx context.Context, src adapters.Source) error {
	for {
		page, err := src.Pull(ctx, r.at)
		if err != nil {
			return err
		}
		if err := page.Each(ctx, func(raw canonical.Raw) error {
			r.held[raw.Key] = raw
			return nil
		}); err != nil {
			return err
		}
		if page.Complete != nil {
			r.proofs++
		}
		if r.at = page.Next; !page.More {
			return nil
		}
	}
}

func (h hard) everything(t testing.TB, name string, d *desk, url string) *reader {
	t.Helper()
	r := &reader{held: map[string]canonical.Raw{}}
	if err := r.walk(t.Context(), h.open(t, name, d, url, nil)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// TestChangesComeByThemselves: a poll has what changed, long before everything
// is read again, and asks for little.
func TestChangesComeByThemselves(t *testing.T) {
	for name, h := range products() {
		d, srv := h.start(t)
		src := h.open(t, name, d, srv.URL, nil)
		r := &reader{held: map[string]canonical.Raw{}}
		if err := r.walk(t.Context(), src); err != nil || r.proofs != 1 {
			t.Fatalf("%s: a first walk of %d rows proved %d times: %v", name, len(r.held), r.proofs, err)
		}
		d.clock.Advance(5 * time.Hour)
		if err := r.walk(t.Context(), src); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		now := h.everything(t, name, d, srv.URL)
		for key, want := range now.held {
			if got := r.held[key]; got.Version != want.Version {
				t.Errorf("%s: %s was not read again:\n%s\n%s", name, key, got.Payload, want.Payload)
			}
		}
		if want := h.keys(d); len(now.held) != len(want) || len(want) < 100 {
			t.Errorf("%s: %d rows were read, there are %d", name, len(now.held), len(want))
		}
	}
}

// TestRowsAreMapped: every row becomes a record, with the values that the city
// itself has.
func TestRowsAreMapped(t *testing.T) {
	set, err := mappings.Load(mappings.Options{Dir: "testdata/mappings", Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range products() {
		plan, err := set.Plan("hard/" + name)
		if err != nil {
			t.Fatal(err)
		}
		d, srv := h.start(t)
		d.clock.Advance(24 * time.Hour)
		read, samples := h.everything(t, name, d, srv.URL), []canonical.Raw{}
		mapper := plan.Bind("hard", name)
		for key, raw := range read.held {
			samples = append(samples, raw)
			record, err := mapper.Map(raw)
			if err != nil {
				t.Errorf("%s: %s is held: %v: %s", name, key, err, raw.Payload)
				continue
			}
			var body map[string]any
			if err := json.Unmarshal(record.Body, &body); err != nil {
				t.Fatal(err)
			}
			h.right(t, name, d, key, body)
		}
		c := plan.Coverage(slices.Values(samples))
		if loose, missing := c.Undecided(), c.Missing(plan); len(loose) > 0 || len(missing) > 0 {
			t.Errorf("%s: nobody decided about %v; no row has %v", name, loose, missing)
		}
	}
}

// right holds a record against the city.
func (h hard) right(t *testing.T, name string, d *desk, key string, body map[string]any) {
	t.Helper()
	if h.kind == canonical.KindObservation {
		at := slices.IndexFunc(d.observed(), func(o observed) bool { return o.RowKey() == key })
		o := d.observed()[at]
		value, missing := body["value"], body["missing"]
		if o.value == nil && missing != "not_available" || o.value != nil && fmt.Sprint(value) != fmt.Sprint(o.value) ||
			body["period"].(map[string]any)["start"] != strconv.Itoa(o.year)+"-01-01" {
			t.Errorf("%s: %s is %v of %v", name, key, body, o)
		}
		return
	}
	key = strings.TrimPrefix(key, "IOC-")
	at := slices.IndexFunc(d.now(), func(v city.FeedbackView) bool { return byNumber(v) == key })
	v := d.now()[at]
	status := []string{"new", "processing", "awaiting_info", "resolved", "rejected"}[state(v)]
	if name == "glpi" && state(v) >= solved {
		status = "resolved" // it has one word for both
	}
	channel := city.Channels()[v.Channel].Code
	if channel == "national" {
		channel = "national_portal"
	}
	for field, value := range map[string]string{"status": status, "title": plain(v.Title), "channel": channel} {
		if body[field] != value {
			t.Errorf("%s: %s: %s is %v, want %v", name, key, field, body[field], value)
		}
	}
	for field, value := range map[string]time.Time{"created_at": v.Created, "updated_at": v.Updated} {
		text, _ := body[field].(string)
		if at, err := time.Parse(time.RFC3339, text); err != nil || !at.Equal(value.Truncate(time.Second)) {
			t.Errorf("%s: %s: %s is %v, want %v", name, key, field, text, value)
		}
	}
	if area, mapped := body["area"].(map[string]any); mapped && area["code"] != d.city.Communes[v.Commune].Code {
		t.Errorf("%s: %s is of %v", name, key, area)
	}
	if content, mapped := body["content"].(string); mapped && !strings.HasPrefix(content, plain(v.Content)[:12]) {
		t.Errorf("%s: %s says %q, not %q", name, key, content, v.Content)
	}
}

// plain is a text as mappings give it: composed, with single blanks.
func plain(text string) string { return norm.NFC.String(strings.Join(strings.Fields(text), " ")) }

// spoilt gives another answer to the n-th request of a kind.
type spoilt struct {
	of     func(*http.Request) bool
	at, n  int
	answer func(was *http.Response, body []byte) []byte
}

// RoundTrip is http.RoundTripper's.
func (s *spoilt) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !s.of(r) {
		return res, err
	}
	if s.n++; s.n != s.at {
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	body = s.answer(res, body)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

func isCount(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "count") || strings.HasPrefix(r.URL.Query().Get("$select"), "count")
}

func isList(r *http.Request) bool {
	return !isCount(r) && !strings.Contains(r.URL.Path, "initSession") && !strings.Contains(r.URL.Path, "by_ticket")
}

func says(status int, kind, text string) func(*http.Response, []byte) []byte {
	return func(res *http.Response, _ []byte) []byte {
		res.StatusCode = status
		res.Header.Set("Content-Type", kind)
		return []byte(text)
	}
}

// ownError is a failure in each product's own words, sent with a 200.
func ownError(name string) string {
	return map[string]string{
		"glpi": `["ERROR_SQL","a database error occurred"]`, "jira": `{"errorMessages":["The search is not available"],"errors":{}}`,
		"redmine": `{"errors":["Query is invalid"]}`, "zammad": `{"error":"the search index does not answer"}`,
		"ckan":      `{"success":false,"error":{"message":"the datastore is read-only for now","__type":"Validation Error"}}`,
		"worldbank": `[{"message":[{"id":"120","key":"Invalid value","value":"The provided parameter value is not valid"}]}]`,
		"socrata":   `{"code":"timeout","error":true,"message":"Query coordinator error: timeout"}`}[name]
}

// TestTroubleIsLoud: an answer that is none ends the run with a code, in both
// languages, proves nothing, and costs nothing: the next run goes on there.
func TestTroubleIsLoud(t *testing.T) {
	part := func(content string) func(*http.Response, []byte) []byte {
		return func(res *http.Response, body []byte) []byte {
			res.StatusCode = http.StatusPartialContent
			res.Header.Del("Content-Range")
			if content != "" {
				res.Header.Set("Content-Range", content)
			}
			return body
		}
	}
	for name, h := range products() {
		for trouble, c := range map[string]struct {
			answer func(*http.Response, []byte) []byte
			codes  []string
		}{
			"HTML in a 200":           {says(200, "text/html", "<html><head><title>Bảo trì</title></head></html>"), []string{"GW-S010"}},
			"HTML that says JSON":     {says(200, "application/json", "<!DOCTYPE html><title>Bảo trì</title>"), []string{"GW-S010"}},
			"an error in a 200":       {says(200, "application/json", ownError(name)), []string{"GW-S013", "GW-S014", "GW-S061"}},
			"nothing in a 200":        {says(200, "application/json", ""), []string{"GW-S062"}},
			"nothing yet":             {says(202, "application/json", `{"status":"processing"}`), []string{"GW-S013", "GW-S014", "GW-S061"}},
			"a part of nobody's":      {part(""), []string{"GW-S041"}},
			"a part of its bytes":     {part("bytes 0-99/20000"), []string{"GW-S041"}},
			"half an answer":          {func(_ *http.Response, body []byte) []byte { return body[:len(body)/2] }, []string{"GW-S008"}},
			"half an answer, and 206": {part("bytes 100-199/200"), []string{"GW-S041"}},
		} {
			h.loud(t, name, trouble, &spoilt{of: isList, at: 2, answer: c.answer}, c.codes)
		}
	}
	other := func(res *http.Response, body []byte) []byte {
		res.Header.Set("Content-Range", "0-29/110")
		return body
	}
	glpi().loud(t, "glpi", "other rows than were asked for", &spoilt{of: isList, at: 2, answer: other}, []string{"GW-S042"})
	for _, name := range []string{"jira", "socrata"} {
		for text, code := range map[string]string{`<html><title>Bảo trì</title></html>`: "GW-S010", `{"count":"nhiều"}`: "GW-S043", `[{}]`: "GW-S043",
			ownError(name): "GW-S061", `{"count":`: "GW-S012"} {
			over := &spoilt{of: isCount, at: 1, answer: says(200, "application/json", text)}
			products()[name].loud(t, name, "a count that is none", over, []string{code})
		}
	}
}

func (h hard) loud(t *testing.T, name, trouble string, over *spoilt, codes []string) {
	t.Helper()
	d, srv := h.start(t)
	src := h.open(t, name, d, srv.URL, over)
	r := &reader{held: map[string]canonical.Raw{}}
	err := r.walk(t.Context(), src)
	p, coded := problem.As(err)
	switch {
	case err == nil || !coded:
		t.Errorf("%s: %s: %d rows, %v", name, trouble, len(r.held), err)
		return
	case !slices.Contains(codes, p.Code):
		t.Errorf("%s: %s: %v, want one of %v", name, trouble, err, codes)
	case p.Text(problem.Vietnamese) == p.Code || p.Hint(problem.English) == "" || strings.Contains(p.Text(problem.Vietnamese), "{"):
		t.Errorf("%s: %s: %s has no words: %s", name, trouble, p.Code, p.Text(problem.Vietnamese))
	case trouble == "an error in a 200" && !strings.Contains(ownError(name), p.Value):
		t.Errorf("%s: %s: told as %q", name, trouble, p.Value)
	case r.proofs > 0:
		t.Errorf("%s: %s: it proved something", name, trouble)
	}
	if err := r.walk(t.Context(), src); err != nil || len(r.held) != len(h.keys(d)) || r.proofs != 1 {
		t.Errorf("%s: after %s: %d rows of %d, proved %d times: %v", name, trouble, len(r.held), len(h.keys(d)), r.proofs, err)
	}
}
