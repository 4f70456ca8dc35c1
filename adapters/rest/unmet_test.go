package rest

import (
	"fmt"
	"net/http"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// What a profile names and no answer has is never taken for nothing: a list
// that stands elsewhere, a number of rows under another name, a time of change
// that is none.
func TestWhatIsNamedAndNeverMet(t *testing.T) {
	const rows = `[{"id":1,"at":"2026-11-20T08:00:00Z"},{"id":2,"at":"2026-11-20T09:00:00Z"}]`
	profile := func(paging, records, watermark string) string {
		return fmt.Sprintf("  request: {path: /l, query: {p: \"{page}\"}}\n  paging: {kind: page, short_ends: true, size: 10, %s}\n"+
			"  records: {key: id, %s}\n  watermark: {%s}\n  sweep: {complete: true, every: 1d}\n", paging, records, watermark)
	}
	const none, dated = "kind: none", "at: {path: at, layouts: [iso]}"
	for _, c := range []struct {
		name, profile, settings, answer string
		err, note                       string
	}{
		{"all is where it is said", profile("total: n", "path: d", none), "", `{"n":2,"d":` + rows + `}`, "", ""},
		{"the list elsewhere", profile("total: m", "path: rows, missing: empty", none), "", `{"n":2,"d":` + rows + `}`, "GW-S014", ""},
		{"the list elsewhere, and no total", profile("max_pages: 9", "path: rows, missing: empty", none), "", `{"d":` + rows + `}`, "GW-S014", ""},
		{"the list elsewhere, two levels down", profile("max_pages: 9", "path: rows, missing: empty", none), "", `{"x":{"d":` + rows + `}}`, "GW-S014", ""},
		{"another list, said to be well", profile("max_pages: 9", "path: rows, missing: empty", none), "allow_empty: true\n", `{"facets":[{"a":1}]}`, "", ""},
		{"nothing, and no list", profile("total: n", "path: d, missing: empty", none), "", `{"n":0}`, "", ""},
		{"rows that are said and not listed, whatever is allowed", profile("total: n", "path: rows, missing: empty", none), "allow_empty: true\n",
			`{"n":2,"d":[]}`, "GW-S047", ""},
		{"the number under another name", profile("total: total", "path: d", none), "", `{"n":2,"d":` + rows + `}`, "", "GW-S046"},
		{"the pages under another name", profile("pages: pages", "path: d", none), "", `{"n":2,"d":` + rows + `}`, "", "GW-S046"},
		{"the number in a header that does not come", profile("total: 'header:X-Total'", "path: d", none), "", `{"d":` + rows + `}`, "", "GW-S046"},
		{"the number in rows that have none", profile("total: n, in_rows: true", "path: d", none), "", `{"d":` + rows + `}`, "", "GW-S046"},
		{"times of change under another name", profile("total: n", "path: d, at: {path: updated, layouts: [iso]}", "kind: walk-desc"), "",
			`{"n":2,"d":` + rows + `}`, "", "GW-S048"},
		{"times of change in another form", profile("total: n", "path: d, at: {path: at, layouts: [dd/MM/yyyy]}", "kind: walk-desc"), "",
			`{"n":2,"d":` + rows + `}`, "", "GW-S048"},
		{"times of change", profile("total: n", "path: d, "+dated, "kind: walk-desc"), "", `{"n":2,"d":` + rows + `}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, _ := serveSized(t, 10, c.profile+c.settings, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, c.answer) })
			page, err := src.Pull(t.Context(), nil)
			for err == nil && page.More {
				next, notes := page.Next, page.Notes
				page, err = src.Pull(t.Context(), next)
				page.Notes = append(notes, page.Notes...)
			}
			if p, ok := problem.As(err); ok != (c.err != "") || ok && p.Code != c.err {
				t.Fatalf("got %v, want %q", err, c.err)
			}
			met := map[string]bool{}
			for _, n := range page.Notes {
				met[n.Code] = true
			}
			for _, code := range []string{"GW-S046", "GW-S048"} {
				if met[code] != (c.note == code) {
					t.Errorf("notes %v, want %q", page.Notes, c.note)
				}
			}
			if prober := src.(adapters.Prober); c.err != "" || c.note != "" { // whoever sets it up is told at once
				want := c.err + c.note
				if p, ok := problem.As(prober.Probe(t.Context())); !ok || p.Code != want {
					t.Errorf("the probe says %v, want %s", p, want)
				}
			}
		})
	}
}
