package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
)

// marked is a source of rows 1 to n, of which those that gone names bear a mark.
// Without a mark for the others the field is not there at all.
func marked(n int, field string, mark, others any, gone ...int) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var all []map[string]any
		for i := 1; i <= n; i++ {
			x := map[string]any{"id": i, "title": fmt.Sprint("T", i), "st": "a"}
			if others != nil {
				x[field] = others
			}
			all = append(all, x)
		}
		for from, to := 0, len(gone)-1; from < to; from += 2 { // pairs: from one to another
			for i := gone[from]; i <= gone[from+1]; i++ {
				all[i-1][field] = mark
			}
		}
		size := number(r, "size", n)
		at := min((number(r, "page", 1)-1)*size, n)
		answer := map[string]any{"rows": all[at:min(at+size, n)], "total": n}
		text, _ := json.Marshal(answer)
		_, _ = rw.Write(text)
	}
}

// ordered runs the stream with a person's word that what is gone is gone.
func ordered(t *testing.T, w *world) {
	w.until("to accept", func() bool {
		return w.call(http.MethodPost, "/v1/streams/s/t/run", `{"accept_removals": true, "reason": "asked"}`, nil) == http.StatusOK
	})
	w.until("the accepted run", func() bool {
		runs, err := w.app.Store.LastRuns(t.Context(), "s/t", 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) == 0 || runs[0].ID <= w.ran["t"] || runs[0].Ended.IsZero() {
			return false
		}
		w.ran["t"] = runs[0].ID
		return true
	})
}

// TestMarksOfRemovalThatFlip: a mark at the rows of a whole listing is held back
// like absence is, where it would remove a suspicious share at once; until a
// person accepts it, or the source takes it back.
func TestMarksOfRemovalThatFlip(t *testing.T) {
	const k = "flipped-mark"
	records := func(gone string) string {
		return `records: {path: rows, key: id, gone: ` + gone + `}, watermark: {kind: none}`
	}
	paged := func(gone, more string) string {
		return rest("page_size: 20\n", `request: {path: /t, query: {page: "{page}", size: "{size}"}}, paging: {kind: page, base: 1, total: total}, `+
			records(gone)+more)
	}
	once := func(gone, more string) string {
		return rest("", `request: {path: /t}, paging: {kind: none}, `+records(gone)+more)
	}
	xoa, sweep := `{path: xoa, equals: "1"}`, ", sweep: {complete: true}"
	is := func(d day, answer http.HandlerFunc) day {
		d.answer = answer
		return d
	}
	right := func(n int) day { return fine("", "", "1.."+strconv.Itoa(n)) }
	flips := func(n int) day { return doubtful("", "", "1.."+strconv.Itoa(n), "GW-R038", "GW-R038", "GW-R038") }
	mended := func(n int) day {
		d := right(n)
		d.notes = "GW-R057"
		return d
	}
	unswept := func(d day) day {
		d.warns = "GW-R022"
		return d
	}
	accepted := right(97)
	accepted.live, accepted.does = "81..97", ordered
	judge(t, []fault{
		{kind: k, form: "pages, a field", source: paged(xoa, sweep), days: []day{
			is(right(97), marked(97, "xoa", "1", "0")), is(flips(97), marked(97, "xoa", "1", "0", 1, 80)), flips(97),
			is(mended(97), marked(97, "xoa", "1", "0"))}},
		{kind: k, form: "one answer, a number that was not there before", source: once(`{path: del, in: ["1", "2"]}`, sweep), days: []day{
			is(right(60), marked(60, "del", 2, nil)), is(flips(60), marked(60, "del", 2, nil, 31, 60)), flips(60),
			is(mended(60), marked(60, "del", 2, nil))}},
		{kind: k, form: "pages, all rows, nothing swept", source: paged(`{path: st2, equals: deleted}`, ""), days: []day{
			unswept(is(right(45), marked(45, "st2", "deleted", "open"))), unswept(is(flips(45), marked(45, "st2", "deleted", "open", 1, 45))),
			unswept(flips(45)), unswept(is(mended(45), marked(45, "st2", "deleted", "open")))}},
		{kind: k, form: "a person accepts", source: paged(xoa, sweep), days: []day{
			is(right(97), marked(97, "xoa", "1", "0")), is(flips(97), marked(97, "xoa", "1", "0", 1, 80)), accepted}},
		{kind: k, form: "fewer than twenty, day by day", source: paged(xoa, sweep), days: []day{
			is(right(60), marked(60, "xoa", "1", "0")), is(fine("", "", "20..60"), marked(60, "xoa", "1", "0", 1, 19)),
			is(fine("", "", "30..60"), marked(60, "xoa", "1", "0", 1, 29))}},
		{kind: k, form: "less than a fifth", source: paged(xoa, sweep), days: []day{
			is(right(200), marked(200, "xoa", "1", "0")), is(fine("", "", "36..200"), marked(200, "xoa", "1", "0", 1, 35))}},
	})
}

// TestMarksOfRemovalThatVanish: what was removed by a mark comes back when the
// mark goes away; many at once are said.
func TestMarksOfRemovalThatVanish(t *testing.T) {
	const k = "vanished-mark"
	wire := func(gone string) string {
		return rest("page_size: 25\n", `request: {path: /t, query: {page: "{page}", size: "{size}"}}, paging: {kind: page, base: 1, total: total}, `+
			`records: {path: rows, key: id, gone: `+gone+`}, watermark: {kind: none}, sweep: {complete: true}`)
	}
	days := func(field string, mark, others any, n, gone int, warned string) []day {
		var all []day
		first := fine("", "", "1.."+strconv.Itoa(n))
		first.answer = marked(n, field, mark, others)
		all = append(all, first)
		for to := 15; to <= gone; to += 15 {
			d := fine("", "", fmt.Sprintf("%d..%d", to+1, n))
			d.answer = marked(n, field, mark, others, 1, to)
			all = append(all, d)
		}
		back := fine("", "", "1.."+strconv.Itoa(n))
		back.answer, back.notes, back.warns = marked(n, field, mark, nil), warned, warned
		return append(all, back, fine("", "", "1.."+strconv.Itoa(n)))
	}
	judge(t, []fault{
		{kind: k, form: "a field of text", source: wire(`{path: xoa, equals: "1"}`), days: days("xoa", "1", "0", 97, 45, "GW-R039")},
		{kind: k, form: "a boolean", source: wire(`{path: da_xoa, equals: "true"}`), days: days("da_xoa", true, false, 60, 30, "GW-R039")},
		{kind: k, form: "a few", source: wire(`{path: xoa, equals: "1"}`), days: days("xoa", "1", "0", 60, 15, "")},
	})
}
