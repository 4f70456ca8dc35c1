package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/access"
	"iocgateway/router/journal"
)

func post(h http.Handler, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestParametersAreStrict(t *testing.T) {
	v := newMemView()
	fill(v, 3)
	a := newAPI(t, v, nil)
	for _, c := range []struct {
		target string
		status int
		code   string
		hint   string
	}{
		{"/v1/feeds/dossier/changes?sorce=x", 400, "GW-F018", "source"},
		{"/v1/feeds/dossier/changes?limit=1001", 400, "GW-F019", "1–1000"},
		{"/v1/feeds/dossier/changes?limit=0", 400, "GW-F019", "1–1000"},
		{"/v1/feeds/dossier/changes?wait=61", 400, "GW-F019", "0–60"},
		{"/v1/feeds/dossier/changes?wait=NaN", 400, "GW-F019", "0–60"},
		{"/v1/feeds/dossier/changes?area=A&area=B", 400, "GW-F019", "once"},
		{"/v1/feeds/dossier/changes?kind=task", 400, "GW-F019", "dossier"},
		{"/v1/feeds/hoso/changes", 404, "GW-F011", "dossier"},
		{"/v1/feeds/dossier/digest/256", 400, "GW-F019", "0–255"},
		{"/v1/dossiers?sort=title", 400, "GW-F019", "-due_at"},
		{"/v1/dossiers?due_from=05/11/2026", 400, "GW-F019", "2026-11-05"},
		{"/v1/dossiers?open=maybe", 400, "GW-F019", "true"},
		{"/v1/dossiers/task:dvc:1", 404, "GW-F012", ""},
		{"/v1/dossiers/dossier:dvc:none", 404, "GW-F012", ""},
		{"/v1/nothing", 404, "GW-F015", "/docs"},
		{"/v1/streams/dvc/none", 404, "GW-F013", "gateway source list"},
		{"/v1/streams?state=green", 400, "GW-F019", "healthy"},
		{"/v1/quarantine/99", 404, "GW-F014", ""},
		{"/schemas/x.json", 404, "GW-F027", "dossier.json"},
		{"/v1/feeds/dossier/changes?%zz", 400, "GW-F019", ""},
	} {
		w := get(a, c.target, "Accept-Language", "en-US,vi;q=0.3")
		got := decode[problemJSON](t, w, c.status)
		if got.Code != c.code || !strings.Contains(got.Hint, c.hint) || w.Header().Get("Content-Type") != "application/problem+json" ||
			w.Header().Get("Content-Language") != "en" || got.Type != "/docs#"+c.code {
			t.Errorf("%s: %+v", c.target, got)
		}
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest("DELETE", "/v1/feeds", nil))
	allow := w.Header().Get("Allow")
	if got := decode[problemJSON](t, w, 405); got.Code != "GW-F016" || allow != "GET, HEAD" || got.Title != "Phương thức không được hỗ trợ" {
		t.Errorf("405: %+v, Allow %s", got, allow)
	}
}

func TestEveryProblemHasWords(t *testing.T) {
	n := 0
	for code, words := range problem.Codes() {
		if !strings.HasPrefix(code, "GW-F") {
			continue
		}
		n++
		if words.VI == "" || words.EN == "" || words.HintVI == "" || words.HintEN == "" {
			t.Errorf("%s lacks words: %+v", code, words)
		}
	}
	if n < 25 {
		t.Errorf("%d codes only", n)
	}
}

type list struct {
	Items []recordJSON
	Next  string
	Total *int
	Held  *int
	Fresh []any
}

// explained is an API over a record with two versions and one that is gone.
func explained(t *testing.T) (*API, journal.Entry) {
	t.Helper()
	v := newMemView()
	fill(v, 5)
	e := v.put(canonical.KindDossier, "dvc", "dossiers", "HS/4", journal.OpCorrected, "A", 77)
	v.put(canonical.KindDossier, "dvc", "dossiers", "HS/0", journal.OpGone, "A", 0)
	v.raws[e.ID] = canonical.Raw{Kind: canonical.KindDossier, Key: "HS/4", Payload: []byte(`{}`)}
	a := newAPI(t, v, func(o *Options) {
		o.Explain = func(_ context.Context, stream, mapping string, raw canonical.Raw) ([]canonical.Why, error) {
			return []canonical.Why{{Field: "subject", Value: json.RawMessage(`"x"`), Path: "$.a",
				Rule: stream + " " + mapping + " " + raw.Key}}, nil
		}
	})
	return a, e
}

func TestLists(t *testing.T) {
	a, _ := explained(t)
	got := decode[list](t, get(a, "/v1/dossiers?limit=3&total=true"), 200)
	if len(got.Items) != 3 || got.Next == "" || got.Total == nil || got.Held == nil || len(got.Fresh) != 2 {
		t.Fatalf("%+v", got)
	}
	if got.Items[0].Timeliness == "" || strings.Contains(string(got.Items[0].Record), "timeliness") {
		t.Errorf("timeliness: %+v", got.Items[0])
	}
	if rest := decode[list](t, get(a, "/v1/dossiers?page="+got.Next), 200); len(rest.Items) != 1 || rest.Next != "" {
		t.Errorf("second page: %+v", rest)
	}
	if gone := decode[list](t, get(a, "/v1/dossiers?gone=true"), 200); len(gone.Items) != 5 {
		t.Errorf("with the removed: %d", len(gone.Items))
	}
}

func TestOneRecord(t *testing.T) {
	a, e := explained(t)
	for _, path := range []string{"dossier:dvc:HS%252F4", "dossier:dvc:HS%2F4"} { // encoded once more as a URL asks, or as it is
		one := decode[recordJSON](t, get(a, "/v1/dossiers/"+path), 200)
		if one.Version != e.Version || one.Op != "corrected" || one.Key != "HS/4" {
			t.Errorf("%s: %+v", path, one)
		}
	}
	h := decode[list](t, get(a, "/v1/dossiers/dossier:dvc:HS%252F4/history"), 200)
	if len(h.Items) != 2 || h.Items[0].Version != e.Version {
		t.Errorf("history: %+v", h)
	}
	w := get(a, "/v1/dossiers/dossier:dvc:HS%252F4/why")
	if !strings.Contains(w.Body.String(), `"rule":"dvc/dossiers dvc/ho-sơ@1 HS/4"`) {
		t.Errorf("why: %s", w.Body)
	}
	decode[problemJSON](t, get(a, "/v1/dossiers/dossier:dvc:HS%252F4/why?version=old"), 404)
}

func guarded(t *testing.T) *API {
	t.Helper()
	v := newMemView()
	fill(v, 1)
	v.held = []journal.HeldRaw{{ID: 1, Stream: "dvc/dossiers", Kind: canonical.KindDossier, Problem: problem.Problem{Code: "GW-F031"},
		Raw: canonical.Raw{Payload: []byte("<x/>"), Media: canonical.MediaXML}}}
	var tokens []access.Token
	for _, r := range []access.Role{access.Viewer, access.Operator, access.Admin} {
		tokens = append(tokens, access.Token{Name: "n-" + r.String(), Role: r, Hash: access.HashToken("secret-" + r.String())})
	}
	return newAPI(t, v, func(o *Options) { o.Auth = access.NewAuth(tokens) })
}

func TestAuthMatrix(t *testing.T) {
	a := guarded(t)
	for _, rt := range a.routes {
		target := strings.NewReplacer("{feed}", "dossier", "{bucket}", "1", "{source}", "dvc", "{stream}", "dossiers",
			"{file}", "x").Replace(rt.path)
		if strings.HasSuffix(rt.path, "/stream") {
			continue // it would not end; the middleware is the same
		}
		if rt.handle == nil {
			continue // described here, served beside
		}
		for _, role := range []access.Role{0, access.Viewer, access.Operator, access.Admin} {
			r := httptest.NewRequest(rt.method, strings.ReplaceAll(target, "{id}", "1"), nil)
			if role > 0 {
				r.Header.Set("Authorization", "Bearer secret-"+role.String())
			}
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			if !lets(rt, role, w) {
				t.Errorf("%s %s as %s: %d", rt.method, rt.path, role, w.Code)
			}
		}
	}
}

// lets reports whether an answer is the one a role must get of a route.
func lets(rt route, role access.Role, w *httptest.ResponseRecorder) bool {
	switch {
	case rt.open:
		return w.Code == 200
	case role == 0:
		return w.Code == 401 && w.Header().Get("WWW-Authenticate") != ""
	case role < rt.role:
		return w.Code == 403
	}
	return w.Code != 401 && w.Code != 403
}

func TestTokens(t *testing.T) {
	a := guarded(t)
	for _, bad := range []string{"Bearer ", "Bearer x", "secret-admin", "Basic !!", "Bearer " + strings.Repeat("x", 5000)} {
		if w := get(a, "/v1/feeds", "Authorization", bad); w.Code != 401 || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
	if w := get(a, "/v1/feeds", "Authorization", "Basic YW55OnNlY3JldC12aWV3ZXI="); w.Code != 200 {
		t.Errorf("the token as a browser's password: %d", w.Code)
	}
	w := get(a, "/v1/quarantine/1", "Authorization", "Bearer secret-operator")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "payload") {
		t.Errorf("held: %s", w.Body)
	}
	held := get(a, "/v1/quarantine", "Authorization", "Bearer secret-viewer").Body.String()
	if strings.Contains(held, "payload") || !strings.Contains(held, `"vi"`) {
		t.Errorf("the list shows a Raw: %s", held)
	}
}

func TestActions(t *testing.T) {
	v := newMemView()
	s := &memStreams{now: v.now}
	a := newAPI(t, v, func(o *Options) { o.Streams, o.Control = s, s })
	for _, c := range []struct {
		path, body string
		status     int
		asked      string
	}{
		{"/v1/streams/dvc/dossiers/run", "", 200, "run dvc/dossiers local"},
		{"/v1/streams/dvc/none/run", "", 404, ""},
		{"/v1/streams/dvc/dossiers/accept", `{"reason": "đã đổi", "fields": ["title"]}`, 200, "accept dvc/dossiers title local"},
		{"/v1/streams/dvc/dossiers/accept", `{"fields": ["title"]}`, 400, ""},
		{"/v1/streams/dvc/dossiers/pause", `{}`, 400, ""},
		{"/v1/streams/dvc/dossiers/pause", ``, 415, ""},
		{"/v1/streams/dvc/dossiers/pause", `{"reason":"bảo trì","until":"2020-01-01T00:00:00Z"}`, 400, ""},
		{"/v1/streams/dvc/dossiers/pause", `{"reason":"bảo trì","until":"2026-11-06T00:00:00+07:00"}`, 200,
			"pause dvc/dossiers local bảo trì"},
		{"/v1/streams/c%C5%A9/h%E1%BB%93%20s%C6%A1/resume", "", 200, "resume cũ/hồ sơ local"},
		{"/v1/quarantine/replay", `{"stream":"dvc/dossiers"}`, 200, "replay dvc/dossiers local"},
		{"/v1/quarantine/replay", `{}`, 400, ""},
		{"/v1/quarantine/replay", `{"all":true}`, 400, ""},
		{"/v1/quarantine/drop", `{"stream":"dvc/dossiers"}`, 400, ""},
		{"/v1/quarantine/drop", `{"stream":"dvc/dossiers","reason":"rác"}`, 200, "drop dvc/dossiers local rác"},
		{"/v1/quarantine/drop", `{"reason":"` + strings.Repeat("x", maxBody) + `"}`, 413, ""},
	} {
		s.asked = nil
		header := []string{}
		if c.body == "" {
			header = []string{"Content-Type", ""}
		}
		w := post(a, c.path, c.body, header...)
		if c.body == "" && c.status == 415 {
			w = post(a, c.path, c.body, "Content-Type", "text/plain")
		}
		if got := strings.Join(s.asked, "|"); w.Code != c.status || got != c.asked {
			t.Errorf("%s %s: %d %q %s", c.path, c.body, w.Code, got, w.Body)
		}
	}
	s.asked = nil
	w := post(a, "/v1/streams/dvc/dossiers/run", "", "Sec-Fetch-Site", "cross-site")
	if w.Code != 403 || s.asked != nil || !strings.Contains(w.Body.String(), "GW-F022") {
		t.Errorf("from another site: %d %s", w.Code, w.Body)
	}
	s.fail = &problem.Problem{Code: "GW-R006"}
	if w := post(a, "/v1/streams/dvc/dossiers/run", ""); w.Code != 503 && w.Code != 409 {
		t.Errorf("refused: %d %s", w.Code, w.Body)
	}
	b := newAPI(t, v, func(o *Options) { o.Control = nil })
	decode[problemJSON](t, post(b, "/v1/streams/dvc/dossiers/run", ""), 501)
}

func TestStoreFailureIsAProblemWithoutSecrets(t *testing.T) {
	v := newMemView()
	v.fail = errors.New("disk /secret/path is gone")
	a := newAPI(t, v, nil)
	for _, p := range []string{"/v1/feeds", "/v1/feeds/dossier/changes", "/v1/feeds/dossier/snapshot", "/v1/feeds/dossier/digest",
		"/v1/dossiers", "/readyz", "/v1/quarantine"} {
		w := get(a, p)
		if decode[problemJSON](t, w, 503); strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %s", p, w.Body)
		}
	}
	if w := get(a, "/livez"); w.Code != 200 {
		t.Errorf("alive all the same: %d", w.Code)
	}
}

func TestMetricsAreWellNamed(t *testing.T) {
	v := newMemView()
	fill(v, 2)
	reg := prometheus.NewRegistry()
	a := newAPI(t, v, func(o *Options) { o.Metrics = reg })
	get(a, "/v1/feeds/dossier/changes")
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
		ofProcess := strings.HasPrefix(f.GetName(), "go_") || strings.HasPrefix(f.GetName(), "process_")
		if !strings.HasPrefix(f.GetName(), "iocgateway_") && !ofProcess {
			t.Errorf("%s has another prefix", f.GetName())
		}
	}
	for _, want := range []string{"iocgateway_feed_events_served_total", "iocgateway_http_request_duration_seconds",
		"iocgateway_stream_state", "iocgateway_stream_fresh_through_timestamp_seconds", "iocgateway_store_writable",
		"go_goroutines", "process_start_time_seconds"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing of %v", want, names)
		}
	}
	w := get(a, "/metrics")
	if !strings.Contains(w.Body.String(), `iocgateway_stream_state{source="cũ",state="unknown",stream="hồ sơ"} 1`) {
		t.Errorf("a stream without a state must be unknown: %s", w.Body)
	}
	if _, err := New(Options{View: v, Metrics: reg}); err == nil {
		t.Error("a second API in one registry must be an error")
	}
}

// TestReadyzNamesTrouble: feeds can be read, so that a prober sees 200, and a
// person why to look.
func TestReadyzNamesTrouble(t *testing.T) {
	var found *problem.Problem
	a := newAPI(t, newMemView(), func(o *Options) { o.Node.Trouble = func() *problem.Problem { return found } })
	for _, want := range []string{"ok\n", "degraded: GW-K013, see /v1/nodes\n"} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if w.Code != http.StatusOK || w.Body.String() != want {
			t.Fatalf("%d %q, want %q", w.Code, w.Body, want)
		}
		found = &problem.Problem{Code: "GW-K013", Value: "dossier 4000 → 1500 (−2500)"}
	}
}

// TestDamageIsAnswered: damage is named, by pages, snapshots and digests; trying
// again would bring nothing.
func TestDamageIsAnswered(t *testing.T) {
	v := newMemView()
	fill(v, 5)
	v.fail = fmt.Errorf("reading: %w", &problem.Problem{Code: "GW-K004", Value: "chunk 7", Err: errors.New("of /srv/data")})
	a := newAPI(t, v, nil)
	for _, target := range []string{"changes", "snapshot", "digest"} {
		w := get(a, "/v1/feeds/dossier/"+target)
		p := decode[problemJSON](t, w, 500)
		if p.Code != "GW-K004" || !strings.Contains(p.Detail, "chunk 7") || strings.Contains(p.Detail, "/srv") ||
			w.Header().Get("Retry-After") != "" {
			t.Errorf("%s: %+v", target, p)
		}
	}
}

// TestHeldKeysAreNotTried: what stands behind a viewer's word for a key cannot
// be found by asking for all there are, nor from how it is made.
func TestHeldKeysAreNotTried(t *testing.T) {
	a := guarded(t)
	for _, key := range []string{"0912345678", "nokey:0123456789abcdef01234567", "an.nguyen@example.vn", "Nguyễn Văn An"} {
		path := "/v1/quarantine?key=" + url.QueryEscape(key)
		if w := get(a, path, "Authorization", "Bearer secret-viewer"); w.Code != 403 || !strings.Contains(w.Body.String(), "GW-F021") {
			t.Errorf("%s: %d", key, w.Code)
		}
		if w := get(a, path, "Authorization", "Bearer secret-operator"); w.Code != 200 {
			t.Errorf("%s: %d", key, w.Code)
		}
	}
	if w := get(a, "/v1/quarantine?key=000.00.53.H48-261105-0001", "Authorization", "Bearer secret-viewer"); w.Code != 200 {
		t.Errorf("a code: %d", w.Code)
	}
}
