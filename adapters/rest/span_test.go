package rest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/vntext"
)

// sinceOf walks twice and gives what the second walk asked from.
func sinceOf(t *testing.T, more, layout, format, written string) string {
	t.Helper()
	var asked []string
	src, _ := serve(t, fmt.Sprintf(`  request: {path: /l, query: {s: "{since}"}}
  paging: {kind: none}
  records: {path: d, key: id, at: {path: t, layouts: [%q]}}
  watermark: {kind: since, format: %q, overlap: 10m}
%s`, layout, format, more), func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("s"))
		_, _ = fmt.Fprintf(w, `{"d":[{"id":1,"t":%q}]}`, written)
	})
	_, _, at := walkAll(t, src, nil)
	walkAll(t, src, at)
	if asked[0] != "" {
		t.Errorf("the first walk asked from %q", asked[0])
	}
	return asked[1]
}

// A cursor is written in the zone the source speaks: what comes between two
// zones' clocks is never passed over.
func TestTheZoneOfACursor(t *testing.T) {
	cases := []struct{ name, more, layout, format, written, want string }{
		{"a literal Z is UTC", "", "iso", "yyyy-MM-dd'T'HH:mm:ss'Z'", "2026-01-06T01:00:00Z", "2026-01-06T00:50:00Z"},
		{"a literal Z where a zone is named", "  zone: Asia/Ho_Chi_Minh\n", "iso", "yyyy-MM-dd'T'HH:mm:ss'Z'", "2026-01-06T08:00:00+07:00",
			"2026-01-06T00:50:00Z"},
		{"a literal Z read and written", "", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "2026-01-06T01:00:00Z",
			"2026-01-06T00:50:00Z"},
		{"a literal offset", "", "iso", "dd/MM/yyyy HH:mm:ss'+09:00'", "2026-01-06T01:00:00Z", "06/01/2026 09:50:00+09:00"},
		{"none, and the source writes UTC", "", "iso", "yyyy-MM-dd HH:mm:ss", "2026-01-06T01:00:00Z", "2026-01-06 00:50:00"},
		{"none, and the source writes +07:00", "", "iso", "yyyy-MM-dd HH:mm:ss", "2026-01-06T08:00:00+07:00", "2026-01-06 07:50:00"},
		{"none, and it writes another", "", "rfc3339", "yyyyMMddHHmmss", "2026-01-06T04:00:00+03:00", "20260106035000"},
		{"none, and nothing of it", "", "iso", "yyyy-MM-dd HH:mm:ss", "2026-01-06T08:00:00", "2026-01-06 07:50:00"},
		{"none, and a zone is named", "  zone: UTC\n", "iso", "yyyy-MM-dd HH:mm:ss", "2026-01-06T08:00:00+07:00", "2026-01-06 00:50:00"},
		{"days, and the source writes UTC", "", "iso", "yyyy-MM-dd", "2026-01-06T18:00:00Z", "2026-01-06"},
		{"with its offset", "", "iso", "yyyy-MM-dd'T'HH:mm:ssZ", "2026-01-06T01:00:00Z", "2026-01-06T07:50:00+0700"},
		{"instants have none", "", "iso", "epoch", "2026-01-06T01:00:00Z", "1767660600"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := sinceOf(t, c.more, c.layout, c.format, c.written); got != c.want {
				t.Errorf("asked from %q, want %q", got, c.want)
			}
		})
	}
}

// windowed is a source that lists what lies between two days or times, as it
// understands them.
type windowed struct {
	rows []time.Time
	days *time.Location // whose days; nil: instants
	upTo bool           // the end is included
}

func (s windowed) answer(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	text := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	if s.days != nil {
		text = func(t time.Time) string { return t.In(s.days).Format("2006-01-02") }
	}
	from, to := q.Get("f"), q.Get("t")
	var rows []string
	for i, at := range s.rows {
		if x := text(at); x >= from && (x < to || s.upTo && x == to) {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"t":%q}`, i, at.UTC().Format("2006-01-02T15:04:05.000Z")))
		}
	}
	_, _ = fmt.Fprintf(w, `{"n":%d,"d":[%s]}`, len(rows), strings.Join(rows, ","))
}

// Whatever a source does with the end of a window, and whose days it has:
// every row comes, and what the walk proves is everything.
func TestWindowsMissNothing(t *testing.T) {
	var rows []time.Time
	for i := range 40 { // also in the last second of days, and at midnight sharp
		day := time.Date(2025, 12, 28, 0, 0, 0, 0, vntext.Zone()).AddDate(0, 0, i/3)
		rows = append(rows, day.Add([]time.Duration{0, 24*time.Hour - 300*time.Millisecond, 5 * time.Hour}[i%3]))
	}
	rows = slices.DeleteFunc(rows, func(t time.Time) bool { return t.After(time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)) })
	zone := func(hours int) *time.Location { return time.FixedZone("", hours*3600) }
	cases := map[string]struct {
		format, more string
		from         windowed
	}{
		"days, included":                  {"yyyy-MM-dd", "", windowed{days: zone(7), upTo: true}},
		"days, excluded":                  {"yyyy-MM-dd", "", windowed{days: zone(7)}},
		"days, included, and it is said":  {"yyyy-MM-dd", ", to: included", windowed{days: zone(7), upTo: true}},
		"days, excluded, and it is said":  {"yyyy-MM-dd", ", to: excluded", windowed{days: zone(7)}},
		"days of UTC":                     {"yyyy-MM-dd", "", windowed{days: time.UTC, upTo: true}},
		"days of UTC, excluded":           {"yyyy-MM-dd", "", windowed{days: time.UTC}},
		"days of another zone":            {"yyyy-MM-dd", "", windowed{days: zone(3), upTo: true}},
		"instants, included":              {"yyyy-MM-dd'T'HH:mm:ss'.000Z'", "", windowed{upTo: true}},
		"instants, excluded":              {"yyyy-MM-dd'T'HH:mm:ss'.000Z'", "", windowed{}},
		"instants, with their fractions":  {"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", ", to: included", windowed{upTo: true}},
		"instants, whose zone is unknown": {"yyyy-MM-dd'T'HH:mm:ss", "", windowed{}},
	}
	for name, c := range cases {
		for _, chunk := range []string{"1d", "3d", "31d"} {
			t.Run(name+" "+chunk, func(t *testing.T) {
				c.from.rows = rows
				src, _ := serve(t, fmt.Sprintf(`  request: {path: /l, query: {f: "{from}", t: "{to}"}}
  paging: {kind: none, total: n}
  records: {path: d, key: id, at: {path: t, layouts: [iso]}}
  watermark: {kind: window, format: %q, chunk: %s, history: 20d, reread: 2d%s}
  sweep: {every: 1d, complete: true}
`, c.format, chunk, c.more), c.from.answer)
				got, pages, _ := walkAll(t, src, nil)
				if len(got) != len(rows) {
					t.Errorf("%d of %d rows", len(got), len(rows))
				}
				if scope := pages[len(pages)-1].Complete; scope == nil {
					t.Errorf("nothing is proved; notes %v", notesOf(pages))
				}
			})
		}
	}
}

// A time that is ahead of every clock moves no watermark, and a checkpoint that
// an earlier version let one into begins with everything again.
func TestATimeAheadMovesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration
		moved bool
	}{"a clock that is kept": {2 * time.Minute, true}, "an hour": {time.Hour, false}, "20 hours": {20 * time.Hour, false},
		"years": {9000 * time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, 30)
			f.rows[3].At = f.clock.Now().Add(c.ahead)
			src := openWith(t, f, settings(f))
			_, pages, at := walkAll(t, src, nil)
			st, err := readState(at)
			if err != nil || st.Mark.After(f.clock.Now()) != c.moved || slices.Contains(notesOf(pages), "GW-S022") == c.moved {
				t.Errorf("mark %v at %v, notes %v", st.Mark, f.clock.Now(), notesOf(pages))
			}
			if c.moved {
				return
			}
			st.Mark = f.clock.Now().Add(c.ahead) // as it was believed before
			got, _, at := walkAll(t, src, st.write(nil))
			if st, _ = readState(at); len(got) != 30 || st.Mark.After(f.clock.Now()) {
				t.Errorf("%d rows were read again, mark %v", len(got), st.Mark)
			}
			before := f.requests()
			if walkAll(t, src, at); f.requests() > before+2 {
				t.Error("everything is read again for ever")
			}
		})
	}
	f := newFake(t, 30)
	f.rows[3].At = f.clock.Now().Add(20 * time.Hour)
	_, _, at := walkAll(t, openWith(t, f, settings(f)+"skew: 24h\n"), nil)
	if st, err := readState(at); err != nil || !st.Mark.After(f.clock.Now()) {
		t.Errorf("what is set explicitly stays: %v, %v", st.Mark, err)
	}
}

// asked gives the questions of two walks, their bodies too.
func askedBy(t *testing.T, request, more string) [2]string {
	t.Helper()
	var asked []string
	src, _ := serve(t, request+`  paging: {kind: cursor, next: next}
  records: {path: d, key: id, at: {path: t, layouts: [iso]}}
  watermark: {kind: since, format: rfc3339, overlap: 10m`+more+"}\n  zone: UTC\n", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		text := r.URL.RawQuery + string(b)
		if h := r.Header.Get("X-Since"); h != "" {
			text += " X-Since: " + h
		}
		asked = append(asked, text)
		_, _ = fmt.Fprint(w, `{"d":[{"id":1,"t":"2026-01-06T01:00:00Z"}]}`)
	})
	_, _, at := walkAll(t, src, nil)
	walkAll(t, src, at)
	return [2]string{asked[0], asked[1]}
}

// A filter that needs a time there is not is left out, alone or as a clause.
func TestAFirstWalkAsksForNothingItHasNot(t *testing.T) {
	const since = "2026-01-06T00:50:00Z"
	cases := map[string]struct{ request, more, first, then string }{
		"a parameter": {`  request: {path: /l, query: {filter: "upd ge {since}"}}` + "\n", "", "", "filter=upd+ge+" + since},
		"a clause": {`  request: {path: /l, query: {q: "p = X{?since: AND upd >= '{since}'} ORDER BY upd"}}` + "\n", "",
			"q=p+%3D+X+ORDER+BY+upd", "q=p+%3D+X+AND+upd+%3E%3D+%27" + strings.ReplaceAll(since, ":", "%3A") + "%27+ORDER+BY+upd"},
		"all of it a clause": {`  request: {path: /l, query: {q: "{?since: upd ge {since}}"}}` + "\n", "", "", "q=upd+ge+" + since},
		"a form":             {`  request: {path: /l, form: {a: "1", tu: ">{since}"}}` + "\n", "", "a=1", "a=1&tu=%3E" + since},
		"a body": {`  request: {path: /l, json: {a: 1, f: {upd: {ge: "{since}"}}, c: [{k: st, v: x}, {k: upd, v: "{since}"}]}}` + "\n", "",
			`{"a":1,"c":[{"k":"st","v":"x"}]}`, `{"a":1,"f":{"upd":{"ge":"` + since + `"}},"c":[{"k":"st","v":"x"},{"k":"upd","v":"` + since + `"}]}`},
		"a header":      {`  request: {path: /l, headers: {X-Since: "after {since}"}}` + "\n", "", "", " X-Since: after " + since},
		"kept, as said": {`  request: {path: /l, query: {s: "{since}"}, empty: keep}` + "\n", "", "s=", "s=" + since},
		"a history":     {`  request: {path: /l, query: {s: "{since}"}}` + "\n", ", history: 10d", "s=2025-12-31T09:00:00Z", "s=" + since},
		"a range": {`  request: {path: /l, query: {range: "{offset}-{end}"}, json: {to: "{end}"}}` + "\n", "",
			`range=0-1{"to":1}`, `range=0-1{"to":1}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := askedBy(t, c.request, c.more)
			for i, want := range []string{c.first, c.then} {
				if strings.ReplaceAll(got[i], "%3A", ":") != strings.ReplaceAll(want, "%3A", ":") {
					t.Errorf("walk %d asked %s\nwant        %s", i, got[i], want)
				}
			}
		})
	}
}

func TestClausesThatDoNotRead(t *testing.T) {
	for _, text := range []string{"{?since}", "{?since: a", "{?since: {sinc}}", "{?nobody: {since}}", "{?since: {?cursor: x}}"} {
		if _, err := parseTemplate(text, builtin()); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

// Totals and cursors stand in headers with some.
func TestTotalsAndCursorsInHeaders(t *testing.T) {
	const records = "  records: {key: id}\n  watermark: {kind: none}\n  sweep: {complete: true, plenty: 1000}\n"
	cases := map[string]struct{ wire, name, value string }{
		"a total":      {"  request: {path: /l, query: {o: \"{offset}\"}}\n  paging: {kind: offset, total: \"header:x-total-count\"}\n", "X-Total-Count", "7"},
		"a range":      {"  request: {path: /l, query: {o: \"{offset}\", e: \"{end}\"}}\n  paging: {kind: offset, total: \"header: Content-Range\"}\n", "Content-Range", "items 0-1/7"},
		"pages":        {"  request: {path: /l, query: {o: \"{offset}\"}}\n  paging: {kind: page, pages: \"header:X-Pages\"}\n", "X-Pages", "4"},
		"not readable": {"  request: {path: /l, query: {o: \"{offset}\"}}\n  paging: {kind: offset, total: \"header:Content-Range\"}\n", "Content-Range", "items 0-1/*"},
		"a cursor":     {"  request: {path: /l, query: {o: \"{cursor}\"}}\n  paging: {kind: cursor, next: \"header:X-Next\", total: \"header:X-Total\"}\n", "X-Total", "7"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			src, _ := serve(t, c.wire+records, func(w http.ResponseWriter, r *http.Request) {
				var o int
				_, _ = fmt.Sscan(r.URL.Query().Get("o"), &o)
				w.Header().Set(c.name, c.value)
				if o+2 < 7 {
					w.Header().Set("X-Next", itoa(o+2))
				}
				_, _ = fmt.Fprint(w, ids(min(o, 7), min(o+2, 7)))
			})
			got, pages, _ := walkAll(t, src, nil)
			proved := name != "not readable" && name != "pages"
			if len(got) != 7 || (pages[len(pages)-1].Complete != nil) != proved {
				t.Errorf("%d rows, proved %v, notes %v", len(got), pages[len(pages)-1].Complete, notesOf(pages))
			}
		})
	}
}
