package wiring

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const driftingMapping = "mapping: nguon/viec\nkind: task\ndates: [\"dd/MM/yyyy\"]\nfields:\n  codes: [{system: local, from: id}]\n" +
	"  title: title\n  status: {from: st, codelist: {a: in_progress, b: finished}}\n  due_at: due\n"

// drifting is a source whose rows all change in one night.
type drifting struct {
	change atomic.Pointer[func(map[string]any)]
}

func (d *drifting) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	rows := make([]map[string]any, 40)
	for i := range rows {
		rows[i] = map[string]any{"id": i, "title": fmt.Sprint("Việc của Nguyễn Văn An ", i), "st": "a", "due": "05/03/2026"}
		if change := d.change.Load(); change != nil {
			(*change)(rows[i])
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"rows": rows, "total": len(rows)}) // the test sees what is missing
}

// changing is what the stream's status says, as the API gives it.
type changing struct {
	State string
	Cause struct{ Code, VI, EN string }
	Warns []struct{ Code string } `json:"warnings"`
	Drift []struct {
		What, Field, Path, Example string
		Before, Now                float64
		Breaking                   bool
	}
}

// TestASourceThatDriftsIsSaid: by the next run, over a restart, in the ops feed,
// until somebody accepts it by name and with a reason; then it is how it is.
func TestASourceThatDriftsIsSaid(t *testing.T) {
	dir := t.TempDir()
	source := &drifting{}
	s := httptest.NewServer(source)
	defer s.Close()
	write(t, filepath.Join(dir, "mappings", "nguon", "viec.yaml"), driftingMapping)
	text := `
http: {addr: "127.0.0.1:0"}
store: {dir: ` + filepath.Join(dir, "data") + `}
mappings: {dir: ` + filepath.Join(dir, "mappings") + `}
sources:
  day:
    adapter: rest
    url: ` + s.URL + `
    wire: {profile: p, vi: x, en: x, evidence: assumed, kind: task, request: {path: /t}, paging: {kind: none, total: total}, ` +
		`records: {path: rows, key: id}, watermark: {kind: none}}
    streams: {viec: {every: 1h, mapping: nguon/viec}}
`
	open := func(t *testing.T) *watched {
		return &watched{t: t, a: openedWith(t, text, func(*App) {})}
	}
	t.Run("renamed", func(t *testing.T) {
		g := open(t)
		g.until(func(c *changing) bool { return c.State == "healthy" })
		renamed := func(r map[string]any) { r["tieuDe"] = r["title"]; delete(r, "title") }
		source.change.Store(&renamed)
		g.post("run", "")
		c := g.until(func(c *changing) bool { return c.State == "data_issue" })
		if c.Cause.Code != "GW-R070" || !strings.Contains(c.Cause.EN, "title") || !strings.Contains(c.Cause.VI, "100 %") {
			t.Errorf("%+v", c.Cause)
		}
		if len(c.Drift) != 2 || c.Drift[0].Path+c.Drift[1].Path != "titletieuDe" && c.Drift[0].Path+c.Drift[1].Path != "tieuDetitle" {
			t.Errorf("%+v", c.Drift)
		}
		g.ops("open", 2)
	})
	t.Run("opened again", func(t *testing.T) {
		g := open(t)
		g.until(func(c *changing) bool { return c.State == "data_issue" && len(c.Drift) == 2 })
		g.ops("open", 2)
		if code, body := g.post("accept", `{"fields": ["title"]}`); code != http.StatusBadRequest {
			t.Errorf("without a reason: %d %s", code, body)
		}
		if code, body := g.post("accept", `{"reason": "x", "fields": ["due"]}`); code != http.StatusNotFound || !strings.Contains(body, "title") {
			t.Errorf("of another field: %d %s", code, body)
		}
		code, body := g.post("accept", `{"reason": "nguồn đã đổi tên trường", "fields": ["title"]}`)
		if code != http.StatusOK || !strings.Contains(body, `"accepted":1`) {
			t.Errorf("accepted: %d %s", code, body)
		}
		g.until(func(c *changing) bool { return c.State == "healthy" && len(c.Drift) == 1 && len(c.Warns) > 0 })
		g.ops("accepted", 1)
		_, body = answered(t, http.MethodGet, g.a.Address()+"/v1/admin/audit", "")
		if !strings.Contains(body, "accept drift") || !strings.Contains(body, "nguồn đã đổi tên trường") {
			t.Errorf("the audit has nothing of it: %s", body)
		}
		_, body = answered(t, http.MethodGet, g.a.Address()+"/metrics", "")
		if !strings.Contains(body, `iocgateway_stream_drift{source="day",stream="viec",what="new"} 1`) {
			t.Error("no metric")
		}
	})
	t.Run("a mapping that accounts for it", func(t *testing.T) {
		mended := strings.Replace(driftingMapping, "title: title", "title: [title, tieuDe]", 1)
		write(t, filepath.Join(dir, "mappings", "nguon", "viec.yaml"), mended)
		g := open(t)
		g.post("run", "")
		g.until(func(c *changing) bool { return c.State == "healthy" && len(c.Drift) == 0 })
		g.ops("mapped", 1)
	})
}

type watched struct {
	t *testing.T
	a *App
}

func (w *watched) until(holds func(*changing) bool) (c changing) {
	w.t.Helper()
	body := ""
	for range 300 {
		_, body = answered(w.t, http.MethodGet, w.a.Address()+"/v1/streams/day/viec", "")
		c = changing{}
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			w.t.Fatal(err)
		}
		if holds(&c) {
			return c
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Fatalf("it did not come about: %s", body)
	return c
}

func (w *watched) post(what, body string) (int, string) {
	return answered(w.t, http.MethodPost, w.a.Address()+"/v1/streams/day/viec/"+what, body)
}

// ops waits until the ops feed says so many drifts in a state.
func (w *watched) ops(state string, n int) {
	w.t.Helper()
	body := ""
	for range 200 {
		_, body = answered(w.t, http.MethodGet, w.a.Address()+"/v1/feeds/ops/snapshot", "")
		var page struct {
			Events []struct {
				Data struct{ What, State, Stream, Text string }
			}
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			w.t.Fatal(err)
		}
		has := 0
		for _, e := range page.Events {
			if e.Data.What == "drift" && e.Data.State == state && e.Data.Stream == "day/viec" {
				has++
			}
			if strings.Contains(e.Data.Text, "Nguyễn Văn An") {
				w.t.Fatalf("the feed names a person: %s", e.Data.Text)
			}
		}
		if has == n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Fatalf("want %d drifts %s: %s", n, state, body)
}
