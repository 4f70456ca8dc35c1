package feed

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/router/journal"
)

type event struct {
	SpecVersion, ID, Source, Type, Subject, Sequence, Previous, Mapping, RecordedTime, DataSchema string
	Data                                                                                          json.RawMessage
}

func (e event) seq() uint64     { n, _ := strconv.ParseUint(e.Sequence, 10, 64); return n }
func (e event) prev() uint64    { n, _ := strconv.ParseUint(e.Previous, 10, 64); return n }
func (e event) gone() bool      { return strings.Contains(e.Type, ".gone.") }
func (e event) version() string { return e.ID[strings.LastIndexByte(e.ID, '/')+1:] }

type pageBody struct {
	Events       []event
	Next         string
	Head         uint64
	More         bool
	Held         int
	Fresh        []map[string]any
	Page, Cursor string
	Sequence     string
}

func newAPI(t testing.TB, v *memView, change func(*Options)) *API {
	t.Helper()
	streams := &memStreams{now: v.now}
	opts := Options{View: v, Streams: streams, Control: streams, Now: v.now}
	if change != nil {
		change(&opts)
	}
	a, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	var v T
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

func fill(v *memView, n int) {
	for i := range n {
		v.put(canonical.KindDossier, "dvc", "dossiers", "HS/"+strconv.Itoa(i), journal.OpChanged, []string{"A", "B", "C"}[i%3], i)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	v := newMemView()
	fill(v, 10)
	a := newAPI(t, v, nil)
	after, seen := "", uint64(0)
	for range 4 {
		pg := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?limit=4&after="+after), 200)
		for _, e := range pg.Events {
			if e.prev() != seen || e.seq() != seen+1 {
				t.Fatalf("after %d came %s after %s", seen, e.Sequence, e.Previous)
			}
			seen = e.seq()
		}
		if pg.More != (seen < 10) || pg.Head != 10 {
			t.Fatalf("at %d: more=%v head=%d", seen, pg.More, pg.Head)
		}
		after = pg.Next
	}
	if seen != 10 {
		t.Fatalf("saw %d of 10", seen)
	}
}

func TestEventIsACloudEvent(t *testing.T) {
	v := newMemView()
	e := v.put(canonical.KindDossier, "dvc tỉnh", "hồ\"sơ", "000.00/19", journal.OpCorrected, "A", 1)
	a := newAPI(t, v, nil)
	w := get(a, "/v1/feeds/dossier/changes")
	got := decode[pageBody](t, w, 200).Events[0]
	want := event{SpecVersion: "1.0", ID: "dossier/00000000000000000001/" + e.Version,
		Source: "/sources/dvc%20t%E1%BB%89nh/h%E1%BB%93%22s%C6%A1",
		Type:   "vn.gov.quangngai.dossier.corrected.v1", Subject: e.ID, Sequence: "00000000000000000001", Previous: "00000000000000000000",
		Mapping: "dvc/ho-s%C6%A1@1", RecordedTime: "2026-11-05T08:00:00+07:00",
		DataSchema: "urn:vn-gov-quangngai:ioc-gateway:schema:dossier:v1"}
	data := string(got.Data)
	got.Data = nil
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if data != string(e.Body) {
		t.Errorf("body changed: %s", data)
	}
	for _, raw := range decode[struct{ Events []json.RawMessage }](t, w, 200).Events {
		read, err := cloudevents.Parse(raw)
		if err != nil || read.Subject != e.ID || read.Sequence != 1 || string(read.Data) != string(e.Body) {
			t.Errorf("as a CloudEvent: %+v %v", read, err)
		}
	}
	if !strings.Contains(w.Body.String(), `"held":0`) || !strings.Contains(w.Body.String(), `"state":"unknown"`) {
		t.Errorf("the page hides what is missing: %s", w.Body)
	}
}

func TestFilteredViewHasItsOwnPrevious(t *testing.T) {
	v := newMemView()
	fill(v, 30)
	a := newAPI(t, v, nil)
	after, last, n := "", uint64(0), 0
	for more := true; more; {
		pg := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?area=B&limit=3&after="+after), 200)
		for _, e := range pg.Events {
			if e.prev() != last {
				t.Fatalf("previous %d, sent last %d", e.prev(), last)
			}
			last = e.seq()
			n++
		}
		after, more = pg.Next, pg.More
	}
	if n != 10 {
		t.Fatalf("%d of 10", n)
	}
	// A snapshot's sequence is the previous of the first event after it.
	snap := decode[pageBody](t, get(a, "/v1/feeds/dossier/snapshot?area=B"), 200)
	fill(v, 3)
	pg := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?area=B&after="+snap.Cursor), 200)
	if len(pg.Events) != 1 || pg.Events[0].Previous != snap.Sequence {
		t.Fatalf("after the snapshot at %s came %+v", snap.Sequence, pg.Events)
	}
}

func TestCursorsThatMustBeRefused(t *testing.T) {
	v := newMemView()
	fill(v, 10)
	a := newAPI(t, v, nil)
	cur := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes?limit=2"), 200).Next
	tip := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes"), 200).Next
	for name, c := range map[string]struct {
		target string
		status int
		code   string
		resync string
	}{
		"garbage":      {"/v1/feeds/dossier/changes?after=zzzz", 400, "GW-F001", ""},
		"one bit":      {"/v1/feeds/dossier/changes?after=" + flip(cur), 400, "GW-F001", ""},
		"other feed":   {"/v1/feeds/task/changes?after=" + cur, 409, "GW-F002", "/v1/feeds/task/snapshot"},
		"other filter": {"/v1/feeds/dossier/changes?area=A&after=" + cur, 409, "GW-F004", "/v1/feeds/dossier/snapshot?area=A"},
		"other use":    {"/v1/feeds/dossier/snapshot?page=" + cur, 400, "GW-F001", ""},
	} {
		got := decode[problemJSON](t, get(a, c.target), c.status)
		if got.Code != c.code || got.Resync != c.resync || got.Detail == "" || got.Status != c.status {
			t.Errorf("%s: %+v", name, got)
		}
	}
	v.prune("dossier", 8)
	if got := decode[problemJSON](t, get(a, "/v1/feeds/dossier/changes?after="+cur), 410); got.Code != "GW-F010" || got.Resync == "" {
		t.Errorf("expired: %+v", got)
	}
	// Also where the page would be empty: everything is pruned, nothing follows.
	v.prune("dossier", 12)
	decode[problemJSON](t, get(a, "/v1/feeds/dossier/changes?after="+tip), 410)
	v.prune("dossier", 8)
	if pg := decode[pageBody](t, get(a, "/v1/feeds/dossier/changes"), 200); pg.Events[0].seq() != 8 {
		t.Errorf("from the oldest kept: %v", pg.Events[0].Sequence)
	}
	v.mu.Lock()
	v.all["dossier"] = v.all["dossier"][:9]
	v.mu.Unlock()
	if got := decode[problemJSON](t, get(a, "/v1/feeds/dossier/changes?after="+tip), 409); got.Code != "GW-F005" {
		t.Errorf("ahead of the log: %+v", got)
	}
	v.mu.Lock()
	v.epoch = "e2"
	v.mu.Unlock()
	if got := decode[problemJSON](t, get(a, "/v1/feeds/dossier/changes?after="+tip), 409); got.Code != "GW-F003" {
		t.Errorf("other epoch: %+v", got)
	}
}

func flip(s string) string {
	b := []byte(s)
	if b[10] == 'A' {
		b[10] = 'B'
	} else {
		b[10] = 'A'
	}
	return string(b)
}

func TestForms(t *testing.T) {
	v := newMemView()
	fill(v, 10)
	a := newAPI(t, v, nil)
	w := get(a, "/v1/feeds/dossier/changes?limit=4", "Accept", mediaLines)
	lines := strings.Split(strings.TrimSuffix(w.Body.String(), "\n"), "\n")
	if len(lines) != 4 || !json.Valid([]byte(lines[3])) || w.Header().Get("Content-Type") != mediaLines {
		t.Errorf("ndjson: %q", lines)
	}
	var batch []event
	w = get(a, "/v1/feeds/dossier/changes?limit=4", "Accept", mediaBatch+", application/json;q=0.5")
	if err := json.Unmarshal(w.Body.Bytes(), &batch); err != nil || len(batch) != 4 {
		t.Errorf("batch: %v %s", err, w.Body)
	}
	next := strings.TrimSuffix(strings.TrimPrefix(w.Header().Values("Link")[0], "<"), `>; rel="next"`)
	if pg := decode[pageBody](t, get(a, next), 200); pg.Events[0].seq() != 5 {
		t.Errorf("Link next leads to %s", pg.Events[0].Sequence)
	}
	if w.Header().Get("Gateway-Held") == "" || w.Header().Get("Gateway-More") != "true" {
		t.Errorf("the bare forms hide what is missing: %v", w.Header())
	}
	decode[problemJSON](t, get(a, "/v1/feeds/dossier/changes", "Accept", "text/csv"), 406)
	v.mu.Lock()
	v.all["dossier"][0].Body = []byte("{\n\"a\":1}")
	v.mu.Unlock()
	if w = get(a, "/v1/feeds/dossier/changes?limit=2", "Accept", mediaLines); strings.Count(w.Body.String(), "\n") != 2 {
		t.Errorf("a body broke its line: %q", w.Body)
	}
}

func TestTagsAndCompression(t *testing.T) {
	v := newMemView()
	fill(v, 100)
	a := newAPI(t, v, nil)
	for _, media := range []string{mediaLines, mediaBatch, mediaPage} {
		target := "/v1/feeds/dossier/changes?limit=50"
		plain := get(a, target, "Accept", media)
		tag, cache := plain.Header().Get("ETag"), plain.Header().Get("Cache-Control")
		if !strings.HasPrefix(tag, `"`) || strings.Contains(cache, "immutable") != (media != mediaPage) {
			t.Errorf("%s: tag %s, cache %s", media, tag, cache)
		}
		zipped := get(a, target, "Accept", media, "Accept-Encoding", "gzip")
		if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Header().Get("ETag") == tag {
			t.Errorf("%s: gzip %v", media, zipped.Header())
		}
		zr, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(zr); err != nil || string(b) != plain.Body.String() {
			t.Errorf("%s: compressed differs: %v", media, err)
		}
		for _, given := range []string{tag, zipped.Header().Get("ETag"), `"x", ` + tag, "*"} {
			w := get(a, target, "Accept", media, "If-None-Match", given, "Accept-Encoding", "gzip")
			if w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("ETag") == "" {
				t.Errorf("%s If-None-Match %s: %d", media, given, w.Code)
			}
		}
		fill(v, 1) // the head moves; a closed page of bare events does not
		w := get(a, target, "Accept", media, "If-None-Match", tag)
		if (w.Code == 304) != (media != mediaPage) {
			t.Errorf("%s after a change: %d", media, w.Code)
		}
	}
	if w := get(a, "/v1/feeds/dossier/changes", "Accept", mediaLines); strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("the tip is called immutable")
	}
}

func TestHeadAnswersWithoutABody(t *testing.T) {
	v := newMemView()
	fill(v, 3)
	srv := httptest.NewServer(newAPI(t, v, nil))
	defer srv.Close()
	for _, p := range []string{"/v1/feeds", "/v1/feeds/dossier/changes", "/v1/dossiers", "/livez", "/v1/feeds/dossier/stream"} {
		resp, err := srv.Client().Head(srv.URL + p)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("HEAD %s: %d", p, resp.StatusCode)
		}
	}
}

func TestHeldIsOfTheStreamsAskedFor(t *testing.T) {
	v := newMemView()
	v.held = []journal.HeldRaw{{ID: 1, Kind: canonical.KindDossier}}
	a := newAPI(t, v, nil)
	for query, want := range map[string][2]int{"": {2, 1}, "?source=c%C5%A9": {1, 3},
		"?source=dvc&stream=dossiers": {1, 0}, "?source=none": {0, 0}} {
		w := get(a, "/v1/feeds/dossier/changes"+query)
		held := w.Header().Get("Gateway-Held")
		if pg := decode[pageBody](t, w, 200); len(pg.Fresh) != want[0] || pg.Held != want[1] || held != strconv.Itoa(want[1]) {
			t.Errorf("%s: %d streams, %d held, want %v", query, len(pg.Fresh), pg.Held, want)
		}
	}
}

func BenchmarkPage500(b *testing.B) {
	v := newMemView()
	fill(v, 1000)
	v.mu.Lock()
	for i := range v.all["dossier"] {
		v.all["dossier"][i].Body = []byte(`{"id":"x","pad":"` + strings.Repeat("Hồ sơ ", 120) + `"}`)
	}
	v.mu.Unlock()
	a := newAPI(b, v, nil)
	cur := v.view500(a)
	b.ReportAllocs()
	for b.Loop() {
		if w := get(a, "/v1/feeds/dossier/changes?limit=500&after="+url.QueryEscape(cur)); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

func (m *memView) view500(a *API) string {
	c := selection{feed: "dossier", epoch: "e1"}.start(useChanges)
	c.pos, c.last = journal.Position{400}, journal.Position{400}
	return c.encode()
}
