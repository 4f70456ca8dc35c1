package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// serve answers with fn and gives a source on it; settings are added below
// the wire profile's head.
func serve(t *testing.T, wire string, fn http.HandlerFunc) (adapters.Source, *httptest.Server) {
	t.Helper()
	return serveSized(t, 2, wire, fn)
}

func serveSized(t *testing.T, size int, wire string, fn http.HandlerFunc) (adapters.Source, *httptest.Server) {
	t.Helper()
	srv := httptest.NewServer(fn)
	t.Cleanup(srv.Close)
	text := "url: " + srv.URL + "/api\npage_size: " + strconv.Itoa(size) + "\nwire:\n  profile: x\n  vi: x\n  en: x\n  evidence: assumed\n  kind: dossier\n" + wire
	src, err := tryOpen(t, func() time.Time { return time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC) }, text)
	if err != nil {
		t.Fatal(err)
	}
	return src, srv
}

func ids(from, to int) string {
	var rows []string
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf(`{"id":%d}`, i))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func TestPagingKinds(t *testing.T) {
	const records = "  records: {path: d, key: id}\n  watermark: {kind: none}\n"
	number := func(r *http.Request, name string) int { n, _ := strconv.Atoi(r.URL.Query().Get(name)); return n }
	cases := []struct {
		name, wire string
		answer     func(w http.ResponseWriter, r *http.Request)
	}{
		{"page from 1 by pages", "  request: {path: /l, query: {p: \"{page}\", n: \"{size}\"}}\n  paging: {kind: page, base: 1, pages: pages}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				p := number(r, "p")
				_, _ = fmt.Fprintf(w, `{"pages":4,"d":%s}`, ids(2*p-2, min(2*p, 7)))
			}},
		{"offset", "  request: {path: /l, query: {o: \"{offset}\", n: \"{size}\"}}\n  paging: {kind: offset, total: total}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				o := number(r, "o")
				_, _ = fmt.Fprintf(w, `{"total":"7","d":%s}`, ids(o, min(o+2, 7)))
			}},
		{"cursor", "  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: meta.next}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				o := number(r, "c")
				next := ""
				if o+2 < 7 {
					next = strconv.Itoa(o + 2)
				}
				_, _ = fmt.Fprintf(w, `{"meta":{"next":%q},"d":%s}`, next, ids(o, min(o+2, 7)))
			}},
		{"next link", "  request: {path: /l}\n  paging: {kind: next, next: next}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				o := number(r, "o")
				next := `null`
				if o+2 < 7 {
					next = fmt.Sprintf(`"?o=%d"`, o+2)
				}
				_, _ = fmt.Fprintf(w, `{"next":%s,"d":%s}`, next, ids(o, min(o+2, 7)))
			}},
		{"link header", "  request: {path: /l}\n  paging: {kind: link}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				o := number(r, "o")
				if o+2 < 7 {
					w.Header().Set("Link", fmt.Sprintf(`</api/l?o=0>; rel="first", </api/l?o=%d>; rel="next"`, o+2))
				}
				_, _ = fmt.Fprintf(w, `{"d":%s}`, ids(o, min(o+2, 7)))
			}},
		{"one document", "  request: {path: /l}\n  paging: {kind: none}\n" + records,
			func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, `{"d":%s}`, ids(0, 7)) }},
		{"totals in rows", "  request: {path: /l, query: {p: \"{page}\"}}\n  paging: {kind: page, total: T, in_rows: true}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				p := number(r, "p")
				_, _ = fmt.Fprintf(w, `{"d":%s}`, strings.ReplaceAll(ids(2*p, min(2*p+2, 7)), "}", `,"T":7}`))
			}},
		{"short page ends", "  request: {path: /l, query: {p: \"{page}\"}}\n  paging: {kind: page, short_ends: true}\n" + records,
			func(w http.ResponseWriter, r *http.Request) {
				p := number(r, "p")
				_, _ = fmt.Fprintf(w, `{"d":%s}`, ids(2*p, min(2*p+2, 7)))
			}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			src, _ := serve(t, c.wire, func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("Content-Type", "application/json")
				c.answer(w, r)
			})
			got, pages, _ := walkAll(t, src, nil)
			if len(got) != 7 || asked != len(pages) || len(pages) > 4 {
				t.Errorf("%d rows in %d pages, %d requests", len(got), len(pages), asked)
			}
		})
	}
}

func TestCursorThatDoesNotMove(t *testing.T) {
	src, _ := serve(t, "  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: n}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n",
		func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprintf(w, `{"n":"same","d":%s}`, ids(0, 2)) })
	var at canonical.Checkpoint
	for range 20 {
		p, err := src.Pull(context.Background(), at)
		if q, ok := problem.As(err); ok && q.Code == "GW-S016" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		at = p.Next
	}
	t.Error("a cursor that stands still was followed")
}

func TestNextLinkToAnotherHost(t *testing.T) {
	src, _ := serve(t, "  request: {path: /l}\n  paging: {kind: next, next: n}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n",
		func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"n":"http://169.254.169.254/latest","d":%s}`, ids(0, 2))
		})
	var at canonical.Checkpoint
	var err error
	pages := 0
	for ; err == nil && pages < 9; pages++ {
		var p adapters.Page
		if p, err = src.Pull(context.Background(), at); err == nil {
			at = p.Next
		}
	}
	if q, ok := problem.As(err); !ok || q.Code != "GW-S017" || pages != 4 { // it begins again, once
		t.Errorf("got %v after %d pages", err, pages)
	}
}

func TestRequestShapes(t *testing.T) {
	var got []string
	src, _ := serve(t, `  params: {org: {default: "H48.07"}}
  request:
    path: /org/{org}/list
    headers: {X-Org: "{org}"}
    query: {always: "", s: "{since}"}
    json: {Index: "{page}", Size: "{size}", Mine: false, Code: "007", Text: "a {org}", Gone: "{since}", States: [A, 2]}
  paging: {kind: none}
  records: {path: d, key: id}
  watermark: {kind: none}
`, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, r.Method, r.URL.String(), r.Header.Get("X-Org"), string(b))
		_, _ = fmt.Fprint(w, `{"d":[]}`)
	})
	if _, err := src.Pull(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST", "/api/org/H48.07/list?always=", "H48.07", `{"Index":0,"Size":2,"Mine":false,"Code":"007","Text":"a H48.07","States":["A",2]}`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSince(t *testing.T) {
	var asked []string
	src, _ := serve(t, `  request: {path: /l, query: {s: "{since}"}}
  paging: {kind: none}
  records: {path: d, key: id, at: {path: t, layouts: ["yyyy-MM-dd HH:mm:ss"]}}
  watermark: {kind: since, format: "dd/MM/yyyy HH:mm:ss", overlap: 5m}
`, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("s"))
		_, _ = fmt.Fprint(w, `{"d":[{"id":1,"t":"2026-01-09 08:00:00"},{"id":2,"t":"2026-01-09 09:00:00"}]}`)
	})
	got, _, at := walkAll(t, src, nil)
	again, _, next := walkAll(t, src, at)
	if len(got) != 2 || len(again) != 0 || string(at) != string(next) || !slices.Equal(asked, []string{"", "09/01/2026 08:55:00"}) {
		t.Errorf("%v, %v, %q", got, again, asked)
	}
}

func TestWindowsTurnTheYear(t *testing.T) {
	var asked []string
	src, _ := serve(t, `  request: {path: /l, form: {y: "{year}", f: "{from}", t: "{to}"}}
  paging: {kind: page, short_ends: true}
  records: {path: d, key: id, at: {path: t, layouts: [dd/MM/yyyy]}}
  watermark: {kind: window, format: dd/MM/yyyy, by_year: true, chunk: 20d, reread: 12d, history: 30d}
  sweep: {complete: true}
`, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked = append(asked, r.Form.Get("y")+" "+r.Form.Get("f")+"-"+r.Form.Get("t"))
		if r.Form.Get("f") == "31/12/2025" || r.Form.Get("f") == "29/12/2025" {
			_, _ = fmt.Fprint(w, `{"d":[{"id":1,"t":"31/12/2025"}]}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"d":[]}`)
	})
	got, pages, at := walkAll(t, src, nil)
	want := []string{"2025 11/12/2025-31/12/2025", "2025 31/12/2025-31/12/2025", "2025 31/12/2025-31/12/2025", // no short page was this long
		"2026 01/01/2026-12/01/2026"}
	if len(got) != 1 || !slices.Equal(asked, want) {
		t.Errorf("%v, asked %q", got, asked)
	}
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, vntext.Zone()) }
	// Single answers prove their windows, but an empty one proves nothing.
	if c := pages[len(pages)-1].Complete; c == nil || !c.From.Equal(day(2025, 12, 31)) || !c.To.Equal(day(2026, 1, 1)) || !c.Paged {
		t.Errorf("scope %v", c)
	}
	asked = nil
	walkAll(t, src, at)
	if !slices.Equal(asked, []string{"2025 19/12/2025-31/12/2025", "2026 01/01/2026-12/01/2026"}) {
		t.Errorf("later asked %q", asked)
	}
}

func TestQueueIsAcknowledgedAfterCommit(t *testing.T) {
	var mu sync.Mutex
	waiting := []string{"a", "b", "c"}
	src, _ := serve(t, `  request: {path: /pending}
  paging: {kind: none}
  records: {path: d, key: id}
  watermark: {kind: queue}
  detail: {path: "/one/{key}", record: data, as: beside}
  ack: {method: PUT, path: "/one/{key}/received"}
`, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		key := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/one/"), "/")[0]
		switch {
		case r.Method == http.MethodPut:
			waiting = slices.DeleteFunc(waiting, func(k string) bool { return k == key })
		case strings.HasPrefix(r.URL.Path, "/api/one/"):
			_, _ = fmt.Fprintf(w, `{"data":{"full":%q}}`, key)
		default:
			rows := []map[string]string{}
			for _, k := range waiting[:min(2, len(waiting))] {
				rows = append(rows, map[string]string{"id": k})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"d": rows})
		}
	})
	ack := src.(adapters.Acker)
	var at canonical.Checkpoint
	var got []string
	for range 5 {
		p, err := src.Pull(context.Background(), at)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Records {
			got = append(got, string(r.Payload))
		}
		if at = p.Next; len(waiting) == 0 && len(p.Records) > 0 {
			t.Fatal("acknowledged before the commit")
		}
		if err := ack.Ack(context.Background(), at); err != nil {
			t.Fatal(err)
		}
		if !p.More {
			break
		}
	}
	if len(got) != 3 || len(waiting) != 0 || got[0] != `{"list":{"id":"a"},"detail":{"full":"a"}}` {
		t.Errorf("got %v, waiting %v", got, waiting)
	}
}

// A source that grows while it is read, oldest first, does not hold the
// watermark back; a row that moves past us does, until a walk is steady.
func TestSinceOverMovingRows(t *testing.T) {
	type item struct{ id, at int }
	rows := []item{}
	for i := range 7 {
		rows = append(rows, item{i, i})
	}
	grow := func() {}
	src, _ := serve(t, `  request: {path: /l, query: {p: "{page}", s: "{since}"}}
  paging: {kind: page, total: n}
  records: {path: d, key: id, at: {path: t, layouts: [epoch]}}
  watermark: {kind: since, format: epoch, overlap: 1s}
`, func(w http.ResponseWriter, r *http.Request) {
		since, _ := strconv.Atoi(r.URL.Query().Get("s"))
		p, _ := strconv.Atoi(r.URL.Query().Get("p"))
		var out []string
		for _, x := range rows {
			if x.at+1700000000 >= since {
				out = append(out, fmt.Sprintf(`{"id":%d,"t":%d}`, x.id, x.at+1700000000))
			}
		}
		_, _ = fmt.Fprintf(w, `{"n":%d,"d":[%s]}`, len(out), strings.Join(out[min(2*p, len(out)):min(2*p+2, len(out))], ","))
		grow()
	})
	_, _, at := walkAll(t, src, nil)
	for i := 7; i < 20; i++ {
		rows = append(rows, item{i, i})
	}
	grow = func() {
		if len(rows) < 30 {
			rows = append(rows, item{len(rows), len(rows)})
		}
	}
	got, pages, at := walkAll(t, src, at)
	if len(got) < 20 || len(pages) > 14 {
		t.Errorf("%d rows in %d pages: growth made it walk again", len(got), len(pages))
	}
	grow = func() {}
	_, _, at = walkAll(t, src, at)
	before := at
	turn := 0
	for i := 30; i < 36; i++ {
		rows = append(rows, item{i, i})
	}
	grow = func() { // a row already read changes and goes to the end: those after it slip forward
		if turn++; turn == 2 {
			rows = append(slices.Delete(slices.Clone(rows), 30, 31), item{30, 40})
		}
	}
	got, _, at = walkAll(t, src, at)
	for i := 30; i < 36; i++ {
		if got[strconv.Itoa(i)] == "" {
			t.Errorf("row %d slipped through", i)
		}
	}
	if string(before) == string(at) {
		t.Error("the watermark did not move")
	}
}
