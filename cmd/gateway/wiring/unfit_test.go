package wiring

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/adapters/all"
	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/config"
	"iocgateway/router/book"
)

// TestAWrongMappingStopsItsOwnStreams: the others run, the broken ones say where
// they are broken, ask nobody and take nothing, and run as soon as they are
// mended, without a restart.
func TestAWrongMappingStopsItsOwnStreams(t *testing.T) {
	dir := t.TempDir()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/l/sai" {
			asked.Add(1)
		}
		fmt.Fprintf(w, `{"d":[{"ma":"%s","ten":"đèn hỏng","luc":"2026-11-29T08:00:00+07:00"}]}`, r.URL.Path[len("/l/"):])
	}))
	t.Cleanup(s.Close)
	wire := `{profile: x, vi: x, en: x, evidence: assumed, kind: feedback, auth: {kind: none}, request: {path: "/l/{stream}"}, ` +
		`paging: {kind: none}, records: {path: d, key: ma}, watermark: {kind: none}}`
	text := `
http: {addr: "127.0.0.1:0"}
store: {dir: ` + filepath.Join(dir, "data") + `}
mappings: {dir: ` + filepath.Join(dir, "mappings") + `}
sources:
  a:
    adapter: rest
    url: ` + s.URL + `
    wire: ` + wire + `
    streams:
      dung: {every: 1h, mapping: nguon/dung}
      sai: {every: 1h, mapping: nguon/sai}
  b:
    adapter: push
    signature: {kind: bearer, secrets: ["${env:HOOK}"]}
    streams:
      gui: {mapping: nguon/sai, key: [ma]}
  c:
    adapter: rest
    url: ` + s.URL + `
    wire: ` + wire + `
    streams:
      thieu: {every: 1h, mapping: nguon/thieu, kind: feedback}
`
	right := strings.NewReplacer("  codes: [{system: x, from: ma}]\n", "",
		"  status: {from: tt, codelist: hook-1022/status}\n", "").Replace(plainMapping)
	write(t, filepath.Join(dir, "mappings", "nguon", "dung.yaml"), strings.Replace(right, "nguon/phan-anh", "nguon/dung", 1))
	wrong := filepath.Join(dir, "mappings", "nguon", "sai.yaml")
	own := strings.Replace(right, "nguon/phan-anh", "nguon/sai", 1)
	write(t, wrong, strings.Replace(own, "title:", "titel:", 1))
	a := openedWith(t, text, func(a *App) { a.Upkeep = Upkeep{Every: 20 * time.Millisecond} })
	shows := func(path, what string) func() bool {
		return func() bool {
			_, body := answered(t, http.MethodGet, a.Address()+path, "")
			return strings.Contains(body, what)
		}
	}
	until(t, 10*time.Second, shows("/v1/feedback", "feedback:a:dung"))
	until(t, 10*time.Second, shows("/v1/streams/a/dung", `"state":"healthy"`))
	for stream, says := range map[string][]string{"a/sai": {`"code":"GW-M005"`, "sai.yaml:7:3"}, "b/gui": {`"code":"GW-M005"`, "sai.yaml:7:3"},
		"c/thieu": {`"code":"GW-C015"`, "gateway.yaml:23:35"}} {
		for _, what := range append(says, `"state":"failing"`) {
			if !shows("/v1/streams/"+stream, what)() {
				_, body := answered(t, http.MethodGet, a.Address()+"/v1/streams/"+stream, "")
				t.Errorf("%s: no %s in %s", stream, what, body)
			}
		}
	}
	if !shows("/?lang=vi", "sai.yaml:7:3")() {
		t.Error("the console does not say where")
	}
	if code, body := answered(t, http.MethodPost, a.Address()+"/v1/ingest/b/gui", `{"ma":"9"}`); code != http.StatusServiceUnavailable {
		t.Errorf("a delivery nobody can map: %d %s", code, body)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the source was asked %d times for what nobody can map", n)
	}
	if _, err := a.bulk.Plan(t.Context(), book.Ask{Kind: book.ReplayStream, Stream: "a/sai"}, "lan"); err == nil ||
		!strings.Contains(err.Error(), "sai.yaml:7:3") {
		t.Errorf("planned: %v", err)
	}
	write(t, wrong, strings.Replace(own, "  title: ten", "  x: y\n  title: ten", 1)) // wrong in another way
	until(t, 10*time.Second, shows("/v1/streams/a/sai", "unknown"))
	write(t, wrong, own)
	until(t, 10*time.Second, shows("/v1/streams/a/sai", `"state":"healthy"`))
	until(t, 10*time.Second, func() bool { return !shows("/v1/streams/b/gui", `"state":"failing"`)() })
	if code, body := answered(t, http.MethodPost, a.Address()+"/v1/ingest/b/gui", `{"ma":"9","ten":"x","luc":"2026-11-29T08:00:00+07:00"}`); code != 200 {
		t.Errorf("a delivery after it was mended: %d %s", code, body)
	}
	used, _, err := a.audit.List(t.Context(), book.ActQuery{What: "use mapping", Phase: book.Done, Limit: 10})
	if err != nil || len(used) != 2 {
		t.Errorf("%+v %v", used, err)
	}
	write(t, wrong, "mapping: [") // what runs stays, and only its own streams say so
	until(t, 10*time.Second, shows("/v1/streams/a/sai", "GW-R024"))
	if shows("/v1/streams/a/dung", "GW-R024")() || !shows("/v1/streams/a/sai", `"state":"healthy"`)() {
		t.Error("a wrong mapping is another stream's matter")
	}
}

// What is known of a stream decides whether it can wait: without a kind nobody
// can say what it would be. To look at its source nothing need be known.
func TestWithoutAKindNothingStarts(t *testing.T) {
	dir := t.TempDir()
	text := "store: {dir: " + dir + "}\nsources:\n  t:\n    adapter: tabular\n    streams:\n      a: {every: 1m, place: {folder: .}, key: [ma]%s}\n"
	for more, code := range map[string]string{"": "GW-C004", ", mapping: x/y": "GW-C015",
		", mapping: x/y, kind: nonsense": "GW-C015", ", mapping: tep/a": "GW-C034"} {
		write(t, filepath.Join(dir, "mappings", "tep", "a.yaml"), "mapping: tep/a\n")
		cfg, err := config.Load(filepath.Join(dir, "gateway.yaml"), []byte(fmt.Sprintf(text, more)), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, raws := range []bool{false, true} {
			w, err := NewBuilder(cfg, all.Specs(), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			w.Raws = raws
			streams, err := w.Streams()
			if p, ok := problem.As(w.Wrong()); !ok || p.Code != code || p.Line == 0 {
				t.Errorf("%q: %v", more, w.Wrong())
			}
			if raws != (err == nil && len(streams) == 1) {
				t.Errorf("%q, to look only: %v: %v", more, raws, err)
			}
		}
	}
}
