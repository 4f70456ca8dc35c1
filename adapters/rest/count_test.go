package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

const bare = "  request: {path: /l, query: {o: \"{offset}\", n: \"{size}\"}}\n  paging: {kind: offset}\n"

// A call that counts is what a total is elsewhere: with it a list is read to
// its end, and proves what it does not name.
func TestACountProvesAList(t *testing.T) {
	cases := map[string]struct {
		count  string // of the profile
		body   string // of its answer; {n} is how many rows there are
		header string
		note   string
		proved bool
	}{
		"none":                {"", "", "", "", false},
		"in an object":        {"  count: {path: /c, total: n}\n", `{"n":{n}}`, "", "", true},
		"a text in a list":    {"  count: {path: /c, total: \"[0].count\"}\n", `[{"count":"{n}"}]`, "", "", true},
		"in a header":         {"  count: {path: /c, total: \"header:X-Rows\"}\n", "", "{n}", "", true},
		"with a body":         {"  count: {path: /c, json: {q: all}, total: n}\n", `{"n":{n}}`, "", "", true},
		"one too many":        {"  count: {path: /c, total: n}\n", `{"n":8}`, "", "GW-S035", false},
		"nothing at all":      {"  count: {path: /c, total: n}\n", `{"n":0}`, "", "GW-S037", false},
		"of something larger": {"  count: {path: /c, total: n}\n", `{"n":700}`, "", "GW-S035", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			const rows = 7
			asked := 0
			src, _ := serve(t, bare+c.count+proving, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/c") {
					asked++
					if (r.Method == http.MethodPost) != strings.Contains(c.count, "json") {
						t.Errorf("counted by %s", r.Method)
					}
					w.Header().Set("X-Rows", strings.ReplaceAll(c.header, "{n}", strconv.Itoa(rows)))
					_, _ = fmt.Fprint(w, strings.ReplaceAll(c.body, "{n}", strconv.Itoa(rows)))
					return
				}
				from, _ := strconv.Atoi(r.URL.Query().Get("o"))
				_, _ = fmt.Fprintf(w, `{"d":%s}`, ids(min(from, rows), min(from+2, rows)))
			})
			got, pages, _ := walkAll(t, src, nil)
			proved := pages[len(pages)-1].Complete != nil
			notes := notesOf(pages)
			if len(got) != rows || proved != c.proved || c.note != "" && !slices.Contains(notes, c.note) || c.note == "" && len(notes) > 0 {
				t.Errorf("%d rows, proved %v, notes %v", len(got), proved, notes)
			}
			limits := src.(adapters.Limited).Limits()
			if says := slices.ContainsFunc(limits, func(p problem.Problem) bool { return p.Code == "GW-S040" }); says != (c.count == "") {
				t.Errorf("it says that it cannot be proved: %v", says)
			}
			if c.count != "" && (asked == 0 || asked > 2+maxAgain) {
				t.Errorf("counted %d times", asked)
			}
		})
	}
}

// A total and a count would be two words for one thing.
func TestATotalAndACountAreRefused(t *testing.T) {
	for text, field := range map[string]string{
		wire("evidence: assumed", "evidence: assumed\ncount: {path: /c, total: n}"):                                          "count",
		wire("evidence: assumed", "evidence: assumed\ncount: {path: /c}"):                                                    "count.total",
		wire("total: totalElements, ", "", "evidence: assumed", "evidence: assumed\ncount: {path: /c, total: 'n[*]'}"):       "count.total",
		wire("total: totalElements, ", "", "evidence: assumed", "evidence: assumed\ncount: {path: '/{pgae}', total: n}"):     "count.path",
		wire("paging: {kind: page,", "paging: {kind: page, beyond: [200],"):                                                  "paging.beyond",
		wire("paging: {kind: page,", "paging: {kind: page, beyond: [no],"):                                                   "paging.beyond",
		wire("total: totalElements, ", "", "evidence: assumed", "evidence: assumed\ncount: {path: /c, total: n, page: '1'}"): "count.page",
	} {
		_, err := Check("p.yaml", []byte(text))
		if p, ok := problem.As(err); !ok || p.Line == 0 || !strings.HasPrefix(p.Field+p.Path, field) {
			t.Errorf("%s: %v (%+v)", field, err, p)
		}
	}
}

// A source that answers 400 for the page after its last does so too where rows
// went while they were read: neither stops the stream.
func TestStatusesOfPagesBehindTheLast(t *testing.T) {
	for name, c := range map[string]struct {
		beyond        string
		rows          int
		goes          int // rows that go after the second answer
		note          string
		proved, stops bool
	}{
		"said, on a page boundary":            {", beyond: [400]", 200, 0, "", true, false},
		"said, and rows go meanwhile":         {", beyond: [400]", 5, 2, "", true, false},
		"another one, and rows go":            {", beyond: [416]", 5, 2, "", false, true},
		"not said, and rows go":               {"", 5, 2, "", false, true},
		"not said, a total that is no limit":  {"", 202, 0, "", false, false},
		"not said, a total that may be a cap": {"", 200, 0, "GW-S038", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			rows, asked := c.rows, 0
			src, _ := serve(t, strings.Replace(byOffset, "total: n", "total: n"+c.beyond, 1)+proving, func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked == 3 {
					rows -= c.goes
				}
				from, _ := strconv.Atoi(r.URL.Query().Get("o"))
				if from > 0 && from >= rows {
					http.Error(w, `["ERROR_RANGE_EXCEED_TOTAL"]`, http.StatusBadRequest)
					return
				}
				_, _ = fmt.Fprintf(w, `{"n":%d,"d":%s}`, rows, ids(from, min(from+2, rows)))
			})
			var pages []adapters.Page
			var at []byte
			for {
				page, err := src.Pull(t.Context(), at)
				if err != nil {
					if class, _ := problem.Class(err); !c.stops || class != problem.FaultHalt {
						t.Fatal(err)
					}
					return
				}
				pages, at = append(pages, page), page.Next
				if !page.More {
					break
				}
			}
			notes := notesOf(pages)
			if c.stops || (c.note == "") != (len(notes) == 0) || c.note != "" && !slices.Contains(notes, c.note) {
				t.Errorf("it ended with notes %v", notes)
			}
			if proved := pages[len(pages)-1].Complete != nil; proved != c.proved {
				t.Errorf("proved %v", proved)
			}
		})
	}
}

// A source may name a next page behind its last, for ever: the total is where
// it ends, whatever comes after it.
func TestANextPageBehindTheLast(t *testing.T) {
	const next = "  request: {path: /l, query: {o: \"0\"}}\n  paging: {kind: next, next: next, total: n}\n"
	for name, behind := range map[string]string{"nothing": "[]", "the last again": ids(6, 8)} {
		for _, rows := range []int{7, 8} {
			asked := 0
			src, _ := serve(t, next+proving, func(w http.ResponseWriter, r *http.Request) {
				asked++
				from, _ := strconv.Atoi(r.URL.Query().Get("o"))
				page := ids(min(from, rows), min(from+2, rows))
				if from >= rows && rows == 8 {
					page = behind
				}
				_, _ = fmt.Fprintf(w, `{"n":%d,"d":%s,"next":"/api/l?o=%d"}`, rows, page, from+2)
			})
			got, pages, _ := walkAll(t, src, nil)
			if len(got) != rows || asked > 8 || pages[len(pages)-1].Complete == nil {
				t.Errorf("%s behind %d rows: %d came in %d requests, %+v", name, rows, len(got), asked, notesOf(pages))
			}
		}
	}
}
