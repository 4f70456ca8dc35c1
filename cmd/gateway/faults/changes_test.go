package faults_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// since of the rows that a list of changes has, and how many it has at all.
func (tb *table) since(r *http.Request) (rows []row) {
	for _, x := range tb.rows {
		if x.Upd >= r.URL.Query().Get("tu") {
			rows = append(rows, x)
		}
	}
	return rows
}

// changedBy has the first so many rows changed, each in its own minutes of the last hours.
func (tb *table) changedBy(n int) {
	begin := time.Now().UTC().Truncate(time.Minute).Add(-20 * time.Hour)
	for i := range n {
		tb.rows[i].Title = fmt.Sprint("M", tb.rows[i].ID)
		tb.rows[i].Upd = begin.Add(time.Duration(i) * 4 * time.Minute).Format("2006-01-02T15:04:05Z")
	}
}

// said is what stands of so many rows, of which the first so many changed.
func said(all, changed int) string {
	var out []string
	for n := 1; n <= all; n++ {
		title := "T"
		if n <= changed {
			title = "M"
		}
		out = append(out, fmt.Sprintf("%d=%s%d", n, title, n))
	}
	return strings.Join(out, ", ")
}

// settled waits until everything is read once more, which shows that nothing moved.
func settled(*testing.T, *world) { time.Sleep(1100 * time.Millisecond) }

// yesterday has rows of three days ago, in order.
func yesterday(rows int) *table {
	tb := tableOf(1, rows)
	for i := range tb.rows {
		tb.rows[i].Upd = time.Now().UTC().Truncate(time.Minute).Add(time.Duration(i)*time.Minute - 72*time.Hour).Format("2006-01-02T15:04:05Z")
	}
	return tb
}

// TestChangesThatAreCutShort: a list of changes is held to its own total: what it
// lacks is said, and asked for again, however its pages came to be too few.
func TestChangesThatAreCutShort(t *testing.T) {
	const k = "changes that are cut short"
	const size = 20
	// listing gives what a request has, newest first, in pages; sick damages a
	// page of it, by its number from 0, while the source is sick.
	listing := func(tb *table, all func(rows, listed int) int, sick func(page int, rows []row) []row) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			rows := tb.since(r)
			slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(b.Upd, a.Upd) })
			at := number(r, "o", (number(r, "p", 1)-1)*size)
			page := rows[min(at, len(rows)):min(at+size, len(rows))]
			if r.URL.Query().Get("o")+r.URL.Query().Get("p") == "" {
				page = rows
			}
			if r.URL.Path == "/c" {
				reply(rw, http.StatusOK, map[string]any{"n": all(len(tb.rows), len(rows))})
				return
			}
			if sick != nil {
				page = sick(at/size, page)
			}
			reply(rw, http.StatusOK, map[string]any{"rows": page, "total": all(len(tb.rows), len(rows))})
		})
	}
	filtered := func(_, listed int) int { return listed }
	whatever := func(rows, _ int) int { return rows }
	tu := `, records: {path: rows, key: id, at: {path: upd, layouts: [iso]}}, watermark: {kind: since, format: rfc3339, overlap: 10m}, sweep: {never: true}`
	since := func(query, paging string) string {
		return rest("page_size: 20\n", `zone: UTC, request: {path: /t, query: {`+query+`tu: "{since}"}}, paging: {`+paging+`, total: total}`+tu)
	}
	counted := func(count, paging string) string {
		return rest("page_size: 20\n", `zone: UTC, request: {path: /t, query: {p: "{page}", tu: "{since}"}}, count: {path: /c, total: n`+count+
			`}, paging: {kind: page, base: 1`+paging+`}`+tu)
	}
	desc := rest("page_size: 20\n", `zone: UTC, request: {path: /t, query: {p: "{page}"}}, paging: {kind: page, base: 1, total: total}`+
		`, records: {path: rows, key: id, at: {path: upd, layouts: [iso]}}, watermark: {kind: walk-desc, overlap: 10m}, sweep: {never: true}`)
	cut := func(form, source string, changed int, sick func(int, []row) []row) fault {
		tb := yesterday(100)
		return fault{kind: k, form: form, source: source, mapping: tasks, days: []day{
			{answer: listing(tb, filtered, nil), live: "1..100", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: settled, live: "1..100", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: func(_ *testing.T, w *world) {
				tb.changedBy(changed)
				bad := listing(tb, filtered, sick)
				w.answers.Store(&bad)
			}, live: "1..100", state: "data_issue", cause: "GW-S035", notes: "GW-S035", warns: "GW-R022"},
			{answer: listing(tb, filtered, nil), live: said(100, changed), state: "healthy", cause: "-", warns: "GW-R022"}}}
	}
	none := func(at int) func(int, []row) []row {
		return func(page int, rows []row) []row {
			if page == at {
				return []row{}
			}
			return rows
		}
	}
	few := func(page int, rows []row) []row {
		if page == 1 {
			return rows[:min(5, len(rows))]
		}
		return rows
	}
	short := func(_ int, rows []row) []row { return rows[:min(45, len(rows))] }
	tb, turned := yesterday(100), yesterday(100)
	// oldest lists the oldest first, where the newest were to be.
	oldest := turned.locked(func(rw http.ResponseWriter, r *http.Request) {
		rows := slices.Clone(turned.rows)
		slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.Upd, b.Upd) })
		at := (number(r, "p", 1) - 1) * size
		reply(rw, http.StatusOK, map[string]any{"rows": rows[min(at, len(rows)):min(at+size, len(rows))], "total": len(rows)})
	})
	judge(t, []fault{
		cut("an empty page in the middle", since(`p: "{page}", `, "kind: page, base: 1"), 60, none(2)),
		cut("an empty page in the middle, by offset", since(`o: "{offset}", `, "kind: offset"), 60, none(1)),
		cut("the last page is empty", since(`o: "{offset}", `, "kind: offset"), 60, none(2)),
		cut("a short page in the middle", since(`p: "{page}", `, "kind: page, base: 1, short_ends: true"), 60, few),
		cut("counted by a call", counted(`, query: {tu: "{since}"}`, ", short_ends: true"), 60, few),
		cut("counted by a call, an empty page", counted(`, query: {f: "upd>{since}", tu: "{?since: {since}}"}`, ""), 60, none(2)),
		cut("one answer", since("", "kind: none"), 60, short),
		cut("newest first, an empty page in the middle", desc, 60, none(1)),
		{kind: k, form: "a total of everything, and few changes", source: since(`p: "{page}", `, "kind: page, base: 1, short_ends: true"), days: []day{
			{answer: listing(tb, whatever, nil), live: "1..100", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: settled, live: "1..100", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: func(*testing.T, *world) { tb.changedBy(3) }, runs: 2, live: said(100, 3), state: "healthy", cause: "-", warns: "GW-R022"}}},
		{kind: k, form: "newest first was promised, and the oldest come first", source: desc, days: []day{
			{answer: listing(turned, filtered, nil), live: "1..100", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: func(_ *testing.T, w *world) { turned.changedBy(5); w.answers.Store(&oldest) }, live: said(100, 5), state: "healthy", cause: "-",
				notes: "GW-S095", warns: "GW-R022"}}},
	})
}

// TestNotNewestFirst: a list in another order than walk-desc needs is read to its
// end, and the stream says so.
func TestNotNewestFirst(t *testing.T) {
	const k, size = "not newest first", 20
	source := rest("page_size: 20\n", `zone: UTC, request: {path: /t, query: {p: "{page}"}}, paging: {kind: page, base: 1, total: total}`+
		`, records: {path: rows, key: id, at: {path: upd, layouts: [iso]}}, watermark: {kind: walk-desc, overlap: 10m}, sweep: {never: true}`)
	listing := func(tb *table, order func(a, b row) int) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			rows := slices.Clone(tb.rows)
			slices.SortStableFunc(rows, order)
			at := (number(r, "p", 1) - 1) * size
			reply(rw, http.StatusOK, map[string]any{"rows": rows[min(at, len(rows)):min(at+size, len(rows))], "total": len(rows)})
		})
	}
	created := func(a, b row) int { return b.ID - a.ID }
	newest := func(a, b row) int { return strings.Compare(b.Upd, a.Upd) } // it is mended: the next walk sees that
	mixed := func(a, b row) int { return cmp.Compare(b.ID*37%101, a.ID*37%101) }
	seen := func(does func(*testing.T, *world), answer http.HandlerFunc, live string) day {
		return day{does: does, answer: answer, live: live, state: "healthy", cause: "-", notes: "GW-S095", warns: "GW-R022 GW-S095"}
	}
	byCreation, shuffled := yesterday(100), yesterday(100)
	byCreation.rows[9].Upd = byCreation.rows[50].Upd // it changed before anybody read
	judge(t, []fault{
		{kind: k, form: "by creation", source: source, mapping: tasks, days: []day{
			seen(nil, listing(byCreation, created), "1..100"), seen(func(*testing.T, *world) { byCreation.changedBy(3) }, nil, said(100, 3)),
			{answer: listing(byCreation, newest), live: said(100, 3), state: "healthy", cause: "-", warns: "GW-R022 GW-S095"}}},
		{kind: k, form: "in no order", source: source, mapping: tasks, days: []day{
			seen(nil, listing(shuffled, mixed), "1..100"), seen(func(*testing.T, *world) { shuffled.changedBy(3) }, nil, said(100, 3))}},
	})
}

// TestOneAnswerAtALimit: a list of changes that ends where sources like to cut
// is said, and its mark waits; what it left out comes once it is listed.
func TestOneAnswerAtALimit(t *testing.T) {
	const k = "changes at a limit"
	source := func(more, sweep string) string {
		return rest("", `zone: UTC, request: {path: /t, query: {tu: "{since}"}}, paging: {kind: none`+more+`}`+
			`, records: {path: rows, key: id, at: {path: upd, layouts: [iso]}}, watermark: {kind: since, format: rfc3339, overlap: 10m}`+
			`, sweep: {never: true`+sweep+`}`)
	}
	listing := func(tb *table, most int) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			rows := tb.since(r)
			slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(b.Upd, a.Upd) })
			shown := rows[:min(most, len(rows))]
			reply(rw, http.StatusOK, map[string]any{"rows": shown, "total": len(shown), "all": len(rows)})
		})
	}
	cut := func(form, more string, limit int) fault {
		tb := yesterday(300)
		return fault{kind: k, form: form, source: source(more, ""), mapping: tasks, days: []day{
			{answer: listing(tb, 1000), live: "1..300", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: func(_ *testing.T, w *world) {
				tb.changedBy(260)
				bad := listing(tb, limit)
				w.answers.Store(&bad)
			}, state: "data_issue", cause: "GW-S094", notes: "GW-S094", warns: "GW-R022",
				live: saidAfter(260-limit, 300, 260)},
			{answer: listing(tb, 1000), live: said(300, 260), state: "healthy", cause: "-", warns: "GW-R022"}}}
	}
	fair := yesterday(300)
	judge(t, []fault{
		cut("a hundred", "", 100),
		cut("a power of two", "", 128),
		cut("a total of what is shown", ", total: total", 200),
		{kind: k, form: "someone vouches for it", source: source("", ", whole: true"), mapping: tasks, days: []day{
			{answer: listing(fair, 1000), live: "1..300", state: "healthy", cause: "-", warns: "GW-R022"},
			{does: func(*testing.T, *world) { fair.changedBy(100) }, live: said(300, 100), state: "healthy", cause: "-", warns: "GW-R022"}}},
	})
}

// saidAfter is what stands of so many rows, of which those after one up to another changed.
func saidAfter(after, all, upto int) string {
	rows := strings.Split(said(all, upto), ", ")
	return strings.Join(append(strings.Split(said(after, 0), ", "), rows[after:]...), ", ")
}

// TestRoadsThatLedAstrayOnce: a source that led somewhere else once, or round for
// ever, and is right since, is read on without a person who knows how.
func TestRoadsThatLedAstrayOnce(t *testing.T) {
	const k = "roads that led astray once"
	// pages gives nine rows in pages of three; next names the page behind one.
	pages := func(next func(at, asked int) any) http.HandlerFunc {
		tb, asked := tableOf(1, 9), 0
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			asked++
			at := number(r, "c", 0)
			reply(rw, http.StatusOK, map[string]any{"rows": tb.rows[min(at, 9):min(at+3, 9)], "next": next(at, asked)})
		})
	}
	right := func(last any) func(at, _ int) any {
		return func(at, _ int) any {
			if at+3 < 9 {
				return fmt.Sprintf("/t?c=%d", at+3)
			}
			return last
		}
	}
	once := func(bad string) func(at, asked int) any {
		return func(at, asked int) any {
			if asked == 1 {
				return bad
			}
			return right(nil)(at, asked)
		}
	}
	source := rest("", `request: {path: /t}, paging: {kind: next, next: next, max_pages: 5}, records: {path: rows, key: id}, watermark: {kind: none}`)
	astray := func(form, notes string, next func(at, asked int) any) fault {
		return fault{kind: k, form: form, source: source, days: []day{
			{answer: pages(next), runs: 2, live: "1..9", state: "healthy", cause: "-", notes: notes, warns: "GW-R022 GW-S040"}}}
	}
	round := func(step int) func(at, asked int) any {
		return func(at, asked int) any { return fmt.Sprintf("/t?c=%d&n=%d", (at+step)%9, asked) }
	}
	lost := func(form, state, cause string, next func(at, asked int) any) fault {
		return fault{kind: k, form: form, source: source, days: []day{
			{answer: pages(right(nil)), live: "1..9", state: "healthy", cause: "-", warns: "GW-R022 GW-S040"},
			{answer: pages(next), live: "1..9", state: state, cause: cause, notes: cause, warns: "GW-R022 GW-S040"},
			{answer: pages(right(nil)), live: "1..9", state: "healthy", cause: "-", warns: "GW-R022 GW-S040"}}}
	}
	judge(t, []fault{
		astray("to another machine", "GW-S036", once("http://example.invalid/t?c=3")),
		astray("to another machine, without a scheme", "GW-S036", once("//example.invalid/t?c=3")),
		astray("to an address inside", "GW-S036", once("http://169.254.169.254/t?c=3")),
		astray("to where nothing is", "", right(false)),
		lost("back to the first page", "retrying", "GW-S016", round(3)),
		lost("round for ever", "failing", "GW-S027", round(2)),
	})
}
