package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// row is one of a source's rows.
type row struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
	St    string `json:"st"`
	Upd   string `json:"upd"`
}

// table is a source over HTTP whose rows a case changes.
type table struct {
	mu    sync.Mutex
	rows  []row
	asked []string
}

func tableOf(from, to int) *table {
	tb := &table{}
	for n := from; n <= to; n++ {
		tb.add(n)
	}
	return tb
}

// add puts a row behind the others, an hour younger than the last.
func (tb *table) add(n int) {
	tb.rows = append(tb.rows, row{n, fmt.Sprint("T", n), "a", hour(n)})
}

// hour is a time of yesterday and the day before, by the row's number.
func hour(n int) string {
	return time.Now().UTC().Truncate(time.Hour).Add(time.Duration(n-45) * time.Hour).Format("2006-01-02T15:04:05Z")
}

// locked is an answer that is given one at a time.
func (tb *table) locked(answer func(rw http.ResponseWriter, r *http.Request)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		tb.asked = append(tb.asked, r.URL.String())
		answer(rw, r)
	}
}

func reply(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body) // the judge sees what is missing
}

func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return otherwise
	}
	return n
}

// rest is a source over HTTP with a profile of one line.
func rest(more, wire string) string {
	return "adapter: rest\nurl: {url}\n" + more + "wire: {profile: p, vi: x, en: x, evidence: assumed, kind: task, " + wire +
		"}\nstreams: {t: {every: 1h, mapping: m/x}}"
}

// TestRowsThatSlideBetweenPages: what slid past the reader is found at the
// latest by the next walk, and a listing that cannot be proved says so.
func TestRowsThatSlideBetweenPages(t *testing.T) {
	const k = "01-page-drift"
	since := `, records: {path: rows, key: id, at: {path: upd, layouts: [iso]}}, watermark: {kind: since, format: rfc3339}`
	none := `, records: {path: rows, key: id}, watermark: {kind: none}`
	// slide is a source whose second row leaves its place once the first page was read.
	slide := func(total bool, leave func(tb *table)) http.HandlerFunc {
		tb, n := tableOf(1, 9), 0
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			all := slices.Clone(tb.rows)
			slices.SortFunc(all, func(a, b row) int { return strings.Compare(a.Upd, b.Upd) })
			all = slices.DeleteFunc(all, func(x row) bool { return x.Upd < r.URL.Query().Get("tu") })
			at := number(r, "offset", (number(r, "page", 1)-1)*3)
			at = min(at, len(all))
			answer := map[string]any{"rows": all[at:min(at+3, len(all))]}
			if total {
				answer["total"] = len(all)
			}
			if at+3 < len(all) {
				answer["next"] = fmt.Sprintf("/t?offset=%d", at+3)
			}
			if n++; n == 1 {
				leave(tb)
			}
			reply(rw, http.StatusOK, answer)
		})
	}
	update := func(tb *table) { tb.rows[1].Upd = hour(20) }
	remove := func(tb *table) { tb.rows = slices.Delete(tb.rows, 1, 2) }
	wire := func(query, paging, rest string) string {
		return `zone: UTC, request: {path: /t, query: {` + query + `}}, paging: {` + paging + `}` + rest
	}
	offset, page, tu := `offset: "{offset}"`, `page: "{page}"`, `, tu: "{since}"`
	judge(t, []fault{
		{kind: k, form: "offset, with a total", source: rest("page_size: 3\n", wire(offset+tu, "kind: offset, total: total", since)),
			days: []day{{answer: slide(true, update), runs: 3, live: "1..9", state: "healthy", cause: "-", warns: "GW-R022"}}},
		{kind: k, form: "offset, no total", source: rest("page_size: 3\n", wire(offset+tu, "kind: offset", since)),
			days: []day{{answer: slide(false, update), runs: 3, live: "1..9", state: "healthy", cause: "-", warns: "GW-R022 GW-S040"}}},
		{kind: k, form: "page, no total", source: rest("page_size: 3\n", wire(page+tu, "kind: page, base: 1", since)),
			days: []day{{answer: slide(false, update), runs: 3, live: "1..9", state: "healthy", cause: "-", warns: "GW-R022 GW-S040"}}},
		{kind: k, form: "everything each time, page, a row removed", source: rest("page_size: 3\n", wire(page, "kind: page, base: 1", none)),
			days: []day{{answer: slide(false, remove), runs: 3, live: "1..9", state: "healthy", cause: "-", warns: "GW-R022 GW-S040"}}},
		{kind: k, form: "next links, a row removed", source: rest("", wire("", "kind: next, next: next, total: total", none+`, sweep: {complete: true}`)),
			days: []day{{answer: slide(true, remove), runs: 3, live: "1, 3..9", state: "healthy", cause: "-", notes: "GW-R027 GW-S021"}}},
	})
}

// TestAnswersCutOffAtALength: an answer that always has the same length is
// never complete, whatever is said of sweeps; no live row is told gone.
func TestAnswersCutOffAtALength(t *testing.T) {
	const k = "24-sweep-short-answer"
	// newest lists no more than so many rows, the newest first.
	newest := func(tb *table, most int, total func(n int) int) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			all := slices.Clone(tb.rows)
			slices.Reverse(all)
			all = all[:min(len(all), most)]
			size := number(r, "size", len(all))
			at := min((number(r, "page", 1)-1)*size, len(all))
			answer := map[string]any{"rows": all[at:min(at+size, len(all))]}
			if total != nil {
				answer["total"] = total(len(tb.rows))
			}
			reply(rw, http.StatusOK, answer)
		})
	}
	// four days: ten rows, and a new one each day
	grows := func(form, source string, total func(n int) int, cause, warns string) fault {
		tb := tableOf(1, 10)
		c := fault{kind: k, form: form, source: source}
		for i := range 4 {
			d := fine("", "", fmt.Sprintf("1..%d", 10+i))
			if d.warns = warns; i > 0 && cause != "" {
				d.state, d.cause, d.notes = "data_issue", cause, cause
			}
			d.does = func(*testing.T, *world) {
				tb.mu.Lock()
				defer tb.mu.Unlock()
				if i > 0 {
					tb.add(10 + i)
				}
			}
			d.answer = newest(tb, 10, total)
			c.days = append(c.days, d)
		}
		return c
	}
	wire := func(query, paging string) string {
		return `zone: UTC, request: {path: /t, query: {` + query + `}}, paging: {` + paging + `}, records: {path: rows, key: id}, ` +
			`watermark: {kind: none}, sweep: {complete: true}`
	}
	paged := func(more string) string { return wire(`page: "{page}", size: "{size}"`, "kind: page, base: 1"+more) }
	walls := &table{}
	for n := 1; n <= 120; n++ {
		at := time.Now().UTC().Add(time.Duration(n-200) * time.Minute)
		walls.rows = append(walls.rows, row{n, fmt.Sprint("T", n), "a", at.Format(time.RFC3339)})
	}
	walled := walls.locked(func(rw http.ResponseWriter, r *http.Request) {
		all := slices.DeleteFunc(slices.Clone(walls.rows), func(x row) bool { return x.Upd < r.URL.Query().Get("tu") })
		at := 50 * (number(r, "page", 1) - 1)
		if at >= 100 {
			reply(rw, http.StatusBadRequest, map[string]any{"message": "no more than 100"})
			return
		}
		at = min(at, len(all))
		reply(rw, http.StatusOK, map[string]any{"rows": all[at:min(at+50, len(all))], "total": min(len(all), 100)})
	})
	ten, all := func(int) int { return 10 }, func(n int) int { return n }
	judge(t, []fault{
		grows("one answer", rest("", wire("", "kind: none")), nil, "GW-R028", ""),
		grows("pages larger than it", rest("page_size: 50\n", paged("")), nil, "", "GW-S040"),
		grows("pages smaller than it", rest("page_size: 4\n", paged("")), nil, "", "GW-S040"),
		grows("a total of what it lists", rest("", wire("", "kind: none, total: total")), ten, "GW-R028", ""),
		grows("pages, and a total of what they list", rest("page_size: 4\n", paged(", total: total")), ten, "GW-R028", ""),
		grows("a total of what there is", rest("", wire("", "kind: none, total: total")), all, "GW-S035", ""),
		grows("pages, and a total of what there is", rest("page_size: 4\n", paged(", total: total")), all, "GW-S035", ""),
		{kind: k, form: "less than its total from the first day on, and no sweeps", source: rest("", strings.Replace(
			wire("", "kind: none, total: total"), ", sweep: {complete: true}", "", 1)), days: []day{
			{answer: newest(tableOf(1, 13), 10, all), live: "4..13", state: "data_issue", cause: "GW-S035", notes: "GW-S035", warns: "GW-R022"}}},
		{kind: k, form: "no page behind the length it lists, and then a poll of changes", source: rest("page_size: 50\n",
			`zone: UTC, request: {path: /t, query: {page: "{page}", tu: "{since}"}}, paging: {kind: page, base: 1, total: total}`+byTime+
				`watermark: {kind: since, format: rfc3339}`), days: []day{
			{answer: walled, live: "1..100", state: "data_issue", cause: "GW-S038", notes: "GW-S038", warns: "GW-R022"},
			{runs: 2, live: "1..120", state: "data_issue", cause: "GW-S038", notes: "GW-S038", warns: "GW-R022"}}},
		{kind: k, form: "a total for people", source: rest("", wire("", "kind: none, total: total")), days: []day{
			{text: `{"rows":[{"id":1,"title":"x"}],"total":"1.234"}`, live: "1", state: "data_issue", cause: "GW-S035", notes: "GW-S035"}}},
		{kind: k, form: "a total that is no number", source: rest("", wire("", "kind: none, total: total")), days: []day{
			{text: `{"rows":[{"id":1,"title":"x"},{"id":2,"title":"y"}],"total":"nhiều"}`, live: "1, 2", state: "data_issue", cause: "GW-S046", notes: "GW-S046"},
			{text: `{"rows":[{"id":1,"title":"x"}],"total":"nhiều"}`, live: "1, 2", state: "data_issue", cause: "GW-S046", notes: "GW-S046"}}},
		{kind: k, form: "a file of a round number of rows", source: folder("key: [id]\ncomplete: stream"), days: []day{
			fine("a.csv", numbered(1, 100), "1..100"), doubtful("a.csv", numbered(2, 101), "1..101", "GW-R028", "GW-R028", "")}},
	})
}

// numbered is a file of rows by number.
func numbered(from, to int) string {
	text := "id,a\n"
	for n := from; n <= to; n++ {
		text += fmt.Sprintf("%d,t\n", n)
	}
	return text
}

// TestCursorsThatDie: a page cursor that is dead for ever begins the walk
// again, by itself and once, and says so.
func TestCursorsThatDie(t *testing.T) {
	const k = "28-dead-cursor"
	// mortal is a source whose first cursors all die in mid-walk.
	mortal := func(dead func(rw http.ResponseWriter), link string) http.HandlerFunc {
		tb, gen, died := tableOf(1, 9), 1, false
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			at := 0
			if c := r.URL.Query().Get("c"); c != "" {
				of, from, _ := strings.Cut(c, "-")
				if at, _ = strconv.Atoi(from); at == 6 && !died {
					died, gen = true, 2
				}
				if of != strconv.Itoa(gen) {
					dead(rw)
					return
				}
			}
			answer := map[string]any{"rows": tb.rows[at:min(at+3, 9)]}
			if at+3 < 9 {
				answer["next"] = link + fmt.Sprintf("%d-%d", gen, at+3)
			}
			reply(rw, http.StatusOK, answer)
		})
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(rw http.ResponseWriter) { reply(rw, code, map[string]any{"error": "cursor expired"}) }
	}
	wire := func(query, paging, more string) string {
		return `request: {path: /t` + query + `}, paging: {kind: ` + paging + `, next: next}, records: {path: rows, key: id}, watermark: {kind: none}` + more
	}
	cursor := wire(`, query: {c: "{cursor}"}`, "cursor", "")
	again := func(form, notes, source string, answer http.HandlerFunc) fault {
		return fault{kind: k, form: form, source: rest("", source), days: []day{
			{answer: answer, runs: 5, live: "1..9", state: "healthy", cause: "-", notes: notes, warns: "GW-R022 GW-S040"}}}
	}
	judge(t, []fault{
		again("410", "GW-S036", cursor, mortal(status(410), "")),
		again("400", "GW-S036", cursor, mortal(status(400), "")),
		again("404 of a link", "GW-S036", wire("", "next", ""), mortal(status(404), "/t?c=")),
		again("422", "GW-S036", cursor, mortal(status(422), "")),
		again("410 with a page of HTML", "GW-S036", cursor, mortal(func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(http.StatusGone)
			_, _ = rw.Write([]byte("<html><title>Gone</title></html>"))
		}, "")),
		again("an error in a 200", "GW-S036 GW-S061", cursor, mortal(status(200), "")),
		again("an error in a 200 of which the profile knows", "GW-S013 GW-S036", wire(`, query: {c: "{cursor}"}`, "cursor", ", success: [{path: error, absent: true}]"),
			mortal(status(200), "")),
		again("500", "GW-S007 GW-S036", cursor, mortal(status(500), "")),
		again("nothing in a 200", "", cursor, mortal(func(rw http.ResponseWriter) { reply(rw, 200, map[string]any{"rows": []row{}}) }, "")),
	})
}
