package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

func codes(notes []problem.Problem) (all []string) {
	for _, n := range notes {
		all = append(all, n.Code)
	}
	return all
}

// An error beside the list is no part of it to pass over: what the list lacks
// may be what the error speaks of.
func TestErrorBesideTheList(t *testing.T) {
	const wire = "  request: {path: /l}\n  paging: {kind: none}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n  sweep: {complete: true, whole: true}\n"
	for body, says := range map[string]string{
		`{"d":ROWS,"error":"shard 2 down, partial result","success":false}`:    "error: shard 2 down, partial result",
		`{"d":ROWS,"truncated":true}`:                                          "truncated: true",
		`{"success":false,"d":ROWS}`:                                           "success: false",
		`{"d":ROWS,"errors":[{"message":"hết giờ ở nút 3"}]}`:                  "errors: hết giờ ở nút 3",
		`{"error":{"code":504,"message":"timeout"},"d":ROWS}`:                  "error: timeout",
		`{"d":ROWS,"errorCode":17}`:                                            "errorCode: 17",
		`{"d":ROWS,"errorCode":2}`:                                             "errorCode: 2",
		`{"d":ROWS,"error_code":"2000"}`:                                       "error_code: 2000",
		`{"success":"false","d":ROWS}`:                                         "success: false",
		`{"d":ROWS,"timed_out":true}`:                                          "timed_out: true",
		`{"d":ROWS,"error":null,"errors":[],"success":true,"truncated":false}`: "",
		`{"d":ROWS,"error":{"code":0,"message":"Success"}}`:                    "",
		`{"d":ROWS,"error":{"code":"200","message":"Thành công"}}`:             "",
		`{"d":ROWS,"errorCode":"00","error_code":0,"errorMessage":""}`:         "",
		`{"d":ROWS,"error":false,"errors":{}}`:                                 "",
	} {
		src, _ := serve(t, wire, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, strings.Replace(body, "ROWS", ids(0, 3), 1))
		})
		page, err := src.Pull(t.Context(), nil)
		if err != nil || len(page.Records) != 3 {
			t.Fatalf("%s: %d rows, %v", body, len(page.Records), err)
		}
		said := ""
		for _, n := range page.Notes {
			if n.Code == "GW-S045" {
				said = n.Value
			}
		}
		if said != says || (page.Complete != nil) != (says == "") {
			t.Errorf("%s: says %q, want %q; proves absence: %v", body, said, says, page.Complete != nil)
		}
	}
	spoken := strings.Replace(wire, "  paging", "  success: [{path: error, present: true}]\n  paging", 1)
	src, _ := serve(t, spoken, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"d":[{"id":1}],"error":"E00 fine"}`)
	})
	if page, err := src.Pull(t.Context(), nil); err != nil || page.Complete == nil || slices.Contains(codes(page.Notes), "GW-S045") {
		t.Errorf("what the profile speaks of: %v, %v", page.Notes, err)
	}
}

// A list of few that becomes empty proves nothing, and is told for as long as
// it is so.
func TestFewBecomeNone(t *testing.T) {
	for name, c := range map[string]struct {
		settings string
		rows     int
		want     string
	}{
		"five": {"", 5, "GW-S050"}, "one": {"", 1, "GW-S050"}, "plenty": {"", 25, "GW-S015"},
		"as a matter of course": {"allow_empty: true\n", 5, ""},
	} {
		rows := c.rows
		src, _ := serveSized(t, 100, "  request: {path: /l}\n  paging: {kind: none, total: n}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n"+
			"  sweep: {complete: true, whole: true}\n"+c.settings, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"n":%d,"d":%s}`, rows, ids(0, rows))
		})
		page, err := src.Pull(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		rows = 0
		var got []string
		for range 3 { // it stands
			next, err := src.Pull(t.Context(), page.Next)
			if p, ok := problem.As(err); ok {
				got = []string{p.Code}
				continue
			}
			page, got = next, codes(next.Notes)
		}
		if slices.Contains(got, "GW-S050") != (c.want == "GW-S050") || slices.Contains(got, "GW-S015") != (c.want == "GW-S015") {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// The detail of another record is not published under the key that was asked for.
func TestDetailOfAnotherRecord(t *testing.T) {
	for name, c := range map[string]struct {
		detail func(key string) string
		held   int
	}{
		"their own":                 {func(key string) string { return `{"id":` + key + `,"x":1}` }, 0},
		"all that of one of them":   {func(string) string { return `{"id":3,"x":1}` }, 5},
		"all that of one elsewhere": {func(string) string { return `{"id":99,"x":1}` }, 6},
		"two that of one elsewhere": {func(key string) string {
			return `{"id":"` + strings.NewReplacer("2", "k", "4", "k").Replace(key) + `","x":1}`
		}, 2},
		"one is another's":            {func(key string) string { return `{"id":` + strings.Replace(key, "2", "4", 1) + `,"x":1}` }, 1},
		"one of no page":              {func(key string) string { return `{"id":` + strings.Replace(key, "4", "77", 1) + `,"x":1}` }, 1},
		"no key":                      {func(key string) string { return `{"x":` + key + `}` }, 0},
		"keys of a kind of their own": {func(key string) string { return `{"id":"detail-` + key + `","x":1}` }, 0},
		"all empty":                   {func(string) string { return `{}` }, 6},
		"all of nothing":              {func(string) string { return `{"id":null,"x":{"y":[]}}` }, 6},
	} {
		src, _ := serveSized(t, 100, "  request: {path: /l}\n  paging: {kind: none}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n"+
			"  detail: {path: \"/d/{key}\", as: replace}\n", func(w http.ResponseWriter, r *http.Request) {
			if _, key, one := strings.Cut(r.URL.Path, "/d/"); one {
				_, _ = fmt.Fprint(w, c.detail(key))
				return
			}
			_, _ = fmt.Fprintf(w, `{"d":%s}`, ids(0, 6))
		})
		page, err := src.Pull(t.Context(), nil)
		if err != nil || len(page.Refused) != c.held || len(page.Records) != 6-c.held {
			t.Errorf("%s: %d held, want %d; %d rows (%v)", name, len(page.Refused), c.held, len(page.Records), err)
		}
		for _, r := range page.Refused {
			if r.Problem.Code != "GW-S028" {
				t.Errorf("%s: held for %s", name, r.Problem.Code)
			}
		}
	}
}

// What a record has under the names of errors is its own, where the answer is the record.
func TestARecordsOwnStatus(t *testing.T) {
	own := `{"id":1,"status":"failed","complete":false,"code":404,"result":"error","hasMore":true}`
	for detail, held := range map[string]int{own: 0, `{"error":"timeout"}`: 1} {
		src, _ := serveSized(t, 100, "  request: {path: /l}\n  paging: {kind: none}\n  records: {path: \"\", key: id, single: true}\n  watermark: {kind: none}\n"+
			"  detail: {path: \"/d/{key}\"}\n", func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/d/") {
				_, _ = fmt.Fprint(w, detail)
				return
			}
			_, _ = fmt.Fprint(w, own)
		})
		page, err := src.Pull(t.Context(), nil)
		if err != nil || len(page.Refused) != held || len(page.Records) != 1-held || slices.Contains(codes(page.Notes), "GW-S045") {
			t.Errorf("%s: %d held, want %d; %v, %v", detail, len(page.Refused), held, codes(page.Notes), err)
		}
	}
}

// A queue that gives the same again after it was acknowledged is stuck.
func TestQueueIsStuck(t *testing.T) {
	deaf := true
	acked := map[string]bool{}
	src, _ := serveSized(t, 2, "  request: {path: /q}\n  paging: {kind: none}\n  records: {path: d, key: id}\n  watermark: {kind: queue}\n  ack: {method: POST, path: \"/ack/{key}\"}\n",
		func(w http.ResponseWriter, r *http.Request) {
			if _, key, ack := strings.Cut(r.URL.Path, "/ack/"); ack {
				acked[key] = acked[key] || !deaf
				_, _ = fmt.Fprint(w, `{"error":"not acknowledged"}`)
				return
			}
			first := 0
			for acked[fmt.Sprint(first)] {
				first++
			}
			_, _ = fmt.Fprintf(w, `{"d":%s}`, ids(first, min(first+2, 6)))
		})
	var page adapters.Page
	var err error
	for n := range 6 {
		if page, err = src.Pull(t.Context(), page.Next); err != nil {
			t.Fatal(err)
		}
		if err := src.(adapters.Acker).Ack(t.Context(), page.Next); err != nil {
			t.Fatal(err)
		}
		if told := slices.Contains(codes(page.Notes), "GW-S049"); told != (n == 2 || n == 3) {
			t.Errorf("look %d: told %v", n, told)
		}
		deaf = n < 2
	}
}

// Cursors that lead back to where they came from are noticed, however many are
// in the circle; a page that is asked for again is none.
func TestCursorsInACircle(t *testing.T) {
	for _, circle := range []int{1, 2, 3, 7} {
		asked := 0
		src, _ := serve(t, "  request: {path: /l, query: {c: \"{cursor}\"}}\n  paging: {kind: cursor, next: n}\n  records: {path: d, key: id}\n  watermark: {kind: none}\n",
			func(w http.ResponseWriter, r *http.Request) {
				asked++
				at := 0
				_, _ = fmt.Sscan(r.URL.Query().Get("c"), &at)
				next := at + 1
				if next > 9 {
					next = 9 - circle + 1
				}
				_, _ = fmt.Fprintf(w, `{"n":"%d","d":%s}`, next, ids(100*asked, 100*asked+2))
			})
		var page adapters.Page
		var err error
		for n := 0; n < 40 && err == nil; n++ {
			page, err = src.Pull(t.Context(), page.Next)
		}
		if p, ok := problem.As(err); !ok || p.Code != "GW-S016" || asked > 20 {
			t.Errorf("a circle of %d: %v after %d pages", circle, err, asked)
		}
	}
}
