package faults_test

import (
	"net/http"
	"testing"
)

// TestRowsThatStoodBesideAnother: a row that was held because another of its key
// stood beside it in a listing is what the source has once a whole listing names
// it alone; until then what was served is served on.
func TestRowsThatStoodBesideAnother(t *testing.T) {
	const k = "rows that stood beside another"
	// pages gives a table's rows, three a page; a second row of key 4 stands at the end.
	pages := func(tb *table, second *row) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			rows := append([]row(nil), tb.rows...)
			if second != nil {
				rows = append(rows, *second)
			}
			at := (number(r, "p", 1) - 1) * 3
			reply(rw, http.StatusOK, map[string]any{"rows": rows[min(at, len(rows)):min(at+3, len(rows))], "total": len(rows)})
		})
	}
	late := row{4, "M4", "b", hour(4)}
	played := func(form, more string) fault {
		tb := tableOf(1, 8)
		warns := "GW-R022"
		if more != "" {
			warns = ""
		}
		return fault{kind: k, form: form, source: rest("page_size: 3\n", `request: {path: /t, query: {p: "{page}"}}, `+
			`paging: {kind: page, base: 1, total: total}, records: {path: rows, key: id}, watermark: {kind: none}`+more), days: []day{
			{answer: pages(tb, nil), live: "1..8", state: "healthy", cause: "-", warns: warns},
			{answer: pages(tb, &late), live: "1..8", state: "data_issue", cause: "GW-S020", notes: "GW-S020", held: "GW-R014", warns: warns},
			{does: func(_ *testing.T, w *world) { tb.rows[3] = late; right := pages(tb, nil); w.answers.Store(&right) },
				live: "1=T1, 2=T2, 3=T3, 4=M4, 5=T5, 6=T6, 7=T7, 8=T8", state: "healthy", cause: "-", notes: "GW-R113", warns: warns}}}
	}
	judge(t, []fault{
		played("on another page", ""),
		played("on another page of a list that proves", ", sweep: {complete: true}"),
	})
}
