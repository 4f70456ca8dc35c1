package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// counting is a source that lists what it has by pages, and counts as it likes.
type counting struct {
	rows  int
	page  int    // rows a page it gives at most; 0: as asked
	cap   int    // rows it lists at most; 0: all
	wall  int    // status beyond the cap; 0: nothing more
	past  string // what it answers past its end; "first": its first page
	total func(rows, page int) string
}

func (c *counting) answer(w http.ResponseWriter, r *http.Request) {
	number := func(name string) int { n, _ := strconv.Atoi(r.URL.Query().Get(name)); return n }
	size := number("n")
	if c.page > 0 {
		size = min(size, c.page)
	}
	at := number("p")*size + number("o")
	have := c.rows
	if c.cap > 0 && have > c.cap {
		if have = c.cap; at >= have && c.wall > 0 {
			http.Error(w, `{"error":"result window"}`, c.wall)
			return
		}
	}
	if at >= c.rows && c.past == "first" {
		at = 0
	} else if at >= c.rows && c.past != "" {
		_, _ = fmt.Fprint(w, c.past)
		return
	}
	rows := ids(min(at, have), min(at+size, have))
	_, _ = fmt.Fprintf(w, `{%s"d":%s}`, c.total(c.rows, strings.Count(rows, "id")), rows)
}

func totalIs(n int) func(int, int) string {
	return func(int, int) string { return fmt.Sprintf(`"n":%d,`, n) }
}

const (
	byPage   = "  request: {path: /l, query: {p: \"{page}\", n: \"{size}\"}}\n  paging: {kind: page, total: n, pages: pages}\n"
	byOffset = "  request: {path: /l, query: {o: \"{offset}\", n: \"{size}\"}}\n  paging: {kind: offset, total: n}\n"
	byShort  = "  request: {path: /l, query: {p: \"{page}\", n: \"{size}\"}}\n  paging: {kind: page, short_ends: true}\n"
	proving  = "  records: {path: d, key: id}\n  watermark: {kind: none}\n  sweep: {complete: true, plenty: 1000}\n"
)

func TestTotalsThatAreTooSmall(t *testing.T) {
	truth := func(rows, _ int) string { return fmt.Sprintf(`"n":%d,`, rows) }
	none := func(int, int) string { return "" }
	cases := map[string]struct {
		wire   string
		from   counting
		rows   int
		note   string // of which nothing else comes
		proved bool
		most   int // requests
	}{
		"right":                         {byPage, counting{rows: 7, total: truth}, 7, "", true, 5},
		"right, on a page boundary":     {byPage, counting{rows: 8, total: truth}, 8, "", true, 6},
		"right, past the end another":   {byPage, counting{rows: 8, total: func(_, page int) string { return fmt.Sprintf(`"n":%d,`, 8*min(page, 1)) }}, 8, "", true, 6},
		"right, and 404 past the end":   {byOffset, counting{rows: 8, cap: 8, wall: 404, total: truth}, 8, "", true, 6},
		"0":                             {byPage, counting{rows: 7, total: totalIs(0)}, 7, "GW-S037", false, 5},
		"0, by offset":                  {byOffset, counting{rows: 7, total: totalIs(0)}, 7, "GW-S037", false, 5},
		"the number of pages":           {byPage, counting{rows: 7, total: totalIs(4)}, 7, "GW-S037", false, 5},
		"the rows of the page":          {byOffset, counting{rows: 7, total: func(_, page int) string { return fmt.Sprintf(`"n":%d,`, page) }}, 7, "GW-S037", false, 5},
		"a cap":                         {byPage, counting{rows: 9, total: totalIs(6)}, 9, "GW-S037", false, 6},
		"a cap, by offset":              {byOffset, counting{rows: 9, total: totalIs(6)}, 9, "GW-S037", false, 6},
		"a cap beyond which is a wall":  {strings.Replace(byOffset, "{size}", "20", 1), counting{rows: 130, cap: 100, wall: 400, total: totalIs(100)}, 100, "GW-S038", false, 7},
		"an odd one proves nothing too": {byOffset, counting{rows: 9, cap: 6, wall: 422, total: totalIs(6)}, 6, "", false, 5},
		"one too low":                   {byPage, counting{rows: 8, total: totalIs(7)}, 8, "GW-S037", false, 5},
		"one too low on a boundary":     {byPage, counting{rows: 7, total: totalIs(6)}, 7, "GW-S037", false, 5},
		"pages too few":                 {byPage, counting{rows: 9, total: func(int, int) string { return `"pages":2,` }}, 9, "GW-S037", false, 6},
		"one page, and there are more":  {byPage, counting{rows: 5, total: func(int, int) string { return `"pages":1,` }}, 5, "GW-S037", false, 4},
		"shorter pages than were asked": {strings.Replace(byShort, "{size}", "20", 1), counting{rows: 9, page: 4, total: none}, 9, "GW-S092",
			false, 4},
		"shorter pages, counted by page": {strings.Replace(byPage, "{size}", "20", 1), counting{rows: 35, page: 10, total: func(_, page int) string { return fmt.Sprintf(`"n":%d,`, page) }}, 35, "GW-S037", false, 5},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			asked := 0
			wire := c.wire
			src, _ := serveSized(t, map[bool]int{true: 20, false: 2}[strings.Contains(wire, `"20"`)], wire+proving,
				func(w http.ResponseWriter, r *http.Request) {
					asked++
					c.from.answer(w, r)
				})
			got, pages, at := walkAll(t, src, nil)
			notes := slices.Compact(notesOf(pages))
			if len(got) != c.rows || (pages[len(pages)-1].Complete != nil) != c.proved || asked > c.most {
				t.Errorf("%d rows in %d requests, proved %v, notes %v", len(got), asked, pages[len(pages)-1].Complete, notes)
			}
			if c.note == "" && len(notes) > 0 || c.note != "" && !slices.Contains(notes, c.note) {
				t.Errorf("notes %v, want %q", notes, c.note)
			}
			again, pages, _ := walkAll(t, src, at)
			if len(again) != c.rows || (pages[len(pages)-1].Complete != nil) != c.proved {
				t.Errorf("the second time %d rows, proved %v", len(again), pages[len(pages)-1].Complete)
			}
		})
	}
}

// The doubt stays until a whole walk has answered it: a poll for changes says it too.
func TestMoreThanItsTotalIsDoubtedUntilAnswered(t *testing.T) {
	f := newFake(t, 30)
	src := openWith(t, f, strings.Replace(settings(f), "total: totalElements, last: {path: last, equals: \"true\"}", "total: pretended", 1))
	_, pages, at := walkAll(t, src, nil)
	if slices.Contains(notesOf(pages), "GW-S037") {
		t.Fatalf("there is no total: %v", notesOf(pages))
	}
	st, err := readState(at)
	if err != nil {
		t.Fatal(err)
	}
	st.Listed, st.Claimed = 30, 0
	if _, pages, at = walkAll(t, src, st.write(nil)); !slices.Contains(notesOf(pages), "GW-S037") {
		t.Errorf("the poll after it noted %v", notesOf(pages))
	}
	f.clock.Advance(25 * 60 * 60 * 1e9)
	if _, pages, _ = walkAll(t, src, at); slices.Contains(notesOf(pages), "GW-S037") {
		t.Errorf("the whole walk that found nothing of it noted %v", notesOf(pages))
	}
}

// An answer that is as long as the longest vouches for nothing beyond its end.
func TestAnswersOfOneLength(t *testing.T) {
	const one = "  request: {path: /l}\n  paging: {kind: none}\n"
	cases := map[string]struct {
		wire string
		open []bool
		rows []int
	}{
		"the same length": {one + proving, []bool{true, true, true}, []int{7, 7, 7}},
		"it grows":        {one + proving, []bool{true, true}, []int{7, 9}},
		"it was longer":   {one + proving, []bool{true, false}, []int{9, 7}},
		"a total vouches": {strings.Replace(one, "kind: none", "kind: none, total: n", 1) + proving, []bool{false, false}, []int{7, 7}},
		"not one that is a limit": {strings.Replace(one, "kind: none", "kind: none, total: n", 1) + proving, []bool{true, true}, []int{200,
			200}},
		"a person vouches": {one + strings.Replace(proving, "complete: true", "complete: true, whole: true", 1), []bool{false,
			false}, []int{7, 7}},
		"short pages":               {byShort + proving, []bool{true, false}, []int{1, 0}},
		"a limit that was exceeded": {one + proving, []bool{true, false}, []int{12, 10}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			n := 0
			src, _ := serve(t, c.wire+"", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("p") == "1" {
					_, _ = fmt.Fprint(w, `{"d":[]}`)
					return
				}
				_, _ = fmt.Fprintf(w, `{"n":%d,"d":%s}`, c.rows[n], ids(0, c.rows[n]))
			})
			var at []byte
			for i, open := range c.open {
				var pages []adapters.Page
				n = i
				_, pages, at = walkAll(t, src, at)
				scope := pages[len(pages)-1].Complete
				if c.rows[i] == 0 {
					continue
				}
				if scope == nil || scope.Open != open || scope.Paged {
					t.Errorf("walk %d of %d rows: %+v", i, c.rows[i], scope)
				}
			}
		})
	}
}

func TestRoundNumbers(t *testing.T) {
	for n, want := range map[int]bool{0: false, 1: false, 5: false, 7: false, 10: true, 13: false, 25: false, 20: true, 50: true, 64: true,
		96:  false,
		100: true, 110: false, 128: true, 150: true, 200: true, 250: true, 999: false, 1000: true, 1024: true, 1234: false, 2500: true,
		10000: true} {
		if adapters.Round(n) != want {
			t.Errorf("%d: %v", n, !want)
		}
	}
}

// A list by pages that gives no total proves nothing, and stays measured by its
// longest; one row twice on a page is no row that moved, and blocks no proof.
func TestWhatNoTotalVouchesFor(t *testing.T) {
	rows := 60
	short, unproven := "", ""
	wire := byPageless + strings.Replace(proving, "plenty: 1000", "plenty: 10", 1)
	src, _ := serveSized(t, 20, wire, func(w http.ResponseWriter, r *http.Request) {
		(&counting{rows: rows, total: func(int, int) string { return "" }}).answer(w, r)
	})
	var at canonical.Checkpoint
	for _, n := range []int{60, 10, 10, 10, 59} {
		rows = n
		_, pages, next := walkAll(t, src, at)
		at = next
		last := pages[len(pages)-1]
		short += fmt.Sprint(slices.Contains(notesOf(pages), "GW-S032"), " ")
		unproven += fmt.Sprint(last.Complete == nil && last.Unproven != nil, " ")
	}
	if short != "false true true true false " || unproven != "true true true true true " {
		t.Errorf("short %s, unproven %s", short, unproven)
	}
	one, _ := serve(t, "  request: {path: /l}\n  paging: {kind: none, total: n}\n"+proving, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"n":4,"d":[{"id":"a"},{"id":"b"},{"id":"b","x":1},{"id":"c"}]}`)
	})
	_, pages, _ := walkAll(t, one, nil)
	if last := pages[len(pages)-1]; last.Complete == nil || !slices.Contains(notesOf(pages), "GW-S026") {
		t.Errorf("one key twice: %+v", last.Notes)
	}
}

const byPageless = "  request: {path: /l, query: {p: \"{page}\", n: \"{size}\"}}\n  paging: {kind: page}\n"
