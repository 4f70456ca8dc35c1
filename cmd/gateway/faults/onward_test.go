package faults_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestListsThatLeadNowhere: a list that goes on where its answers lead, and is read
// by another name, is never taken for its first page.
func TestListsThatLeadNowhere(t *testing.T) {
	const k = "no way on"
	// pages of ten, a cursor in each but the last, and what else the answer says
	paged := func(tb *table, more func(answer map[string]any, rw http.ResponseWriter, next, all int)) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			var all []row
			for _, x := range tb.rows {
				if x.Upd >= r.URL.Query().Get("tu") {
					all = append(all, x)
				}
			}
			from := min(number(r, "con", 0), len(all))
			answer, next := map[string]any{"rows": all[from:min(from+10, len(all))]}, -1
			if from+10 < len(all) {
				next = from + 10
				answer["tiep"] = fmt.Sprint(next)
			}
			more(answer, rw, next, len(all))
			reply(rw, http.StatusOK, answer)
		})
	}
	pages := func(more func(answer map[string]any, rw http.ResponseWriter, next, all int)) http.HandlerFunc {
		return paged(tableOf(1, 25), more)
	}
	last := func(answer map[string]any, _ http.ResponseWriter, next, _ int) { answer["het"] = next < 0 }
	total := func(answer map[string]any, _ http.ResponseWriter, _, all int) { answer["total"] = all }
	mute := func(map[string]any, http.ResponseWriter, int, int) {}
	link := func(_ map[string]any, rw http.ResponseWriter, next, _ int) {
		if next > 0 {
			rw.Header().Set("Link", fmt.Sprintf(`</t?con=%d>; rel="following"`, next))
		}
	}
	wire := func(paging, rest string) string {
		return `zone: UTC, request: {path: /t, query: {con: "{cursor}", tu: "{since}"}}, paging: {` + paging + `}` + rest
	}
	since := byTime + `watermark: {kind: since, format: rfc3339}`
	none := `, records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}`
	at := func(form, wire string, answer http.HandlerFunc, live, state, cause, warns string) fault {
		d := day{answer: answer, runs: 2, live: live, state: state, cause: cause, notes: strings.Trim(cause, "-"), warns: warns}
		return fault{kind: k, form: form, source: rest("page_size: 10\n", wire), days: []day{d}}
	}
	few := tableOf(1, 8)
	grows := paged(few, total)
	more := func(*testing.T, *world) {
		few.mu.Lock()
		defer few.mu.Unlock()
		for n := 9; n <= 25; n++ {
			few.add(n)
		}
	}
	judge(t, []fault{
		at("the source says that it is not the last", wire("kind: cursor, next: sau, last: {path: het, equals: true}", since),
			pages(last), "", "failing", "GW-S081", "GW-R022"),
		at("the same, where everything is read each time", wire("kind: cursor, next: sau, last: {path: het, equals: true}", none),
			pages(last), "", "failing", "GW-S081", ""),
		{kind: k, form: "there are more changes than a page holds", source: rest("page_size: 10\n",
			wire("kind: cursor, next: sau, total: total", since)), days: []day{
			{answer: grows, live: "1..8", state: "healthy", cause: "-", warns: "GW-R022"},
			{answer: grows, does: more, live: "1..17", state: "data_issue", cause: "GW-S035", notes: "GW-S035", warns: "GW-R022"}}},
		at("the source says how many there are", wire("kind: cursor, next: sau, total: total", none),
			pages(total), "1..10", "data_issue", "GW-S035", ""),
		at("the source says nothing", wire("kind: cursor, next: sau", since),
			pages(mute), "1..10", "data_issue", "GW-S082", "GW-R022 GW-S040"),
		at("links by another relation", wire("kind: link", none), pages(link), "1..10", "data_issue", "GW-S082", "GW-S040"),
		at("it leads on by its own name", wire("kind: cursor, next: tiep", none), pages(mute), "1..25", "healthy", "-", "GW-S040"),
	})
}

// TestListsThatSayTheyAreNotAll: what stands beside a list and says that it is not
// whole, or goes on, is said, and proves nothing.
func TestListsThatSayTheyAreNotAll(t *testing.T) {
	const k = "beside the list"
	wire := `zone: UTC, request: {path: /t}, paging: {kind: none, total: total}, records: {path: rows, key: id}, ` +
		`watermark: {kind: none}, sweep: {complete: true}`
	list := func(n int, more string) string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"title":"T%d","st":"a"}`, i+1, i+1))
		}
		return fmt.Sprintf(`{"rows":[%s],"total":%d%s}`, strings.Join(rows, ","), n, more)
	}
	// a list of eight, and then one of six that says it is not all
	less := func(more string) fault {
		return fault{kind: k, form: more, source: rest("", wire), days: []day{
			{text: list(8, ""), live: "1..8", state: "healthy", cause: "-"},
			{text: list(6, ","+more), live: "1..8", state: "data_issue", cause: "GW-S045", notes: "GW-S045"}}}
	}
	fine := func(more string) fault {
		return fault{kind: k, form: more, source: rest("", wire), days: []day{
			{text: list(8, ""), live: "1..8", state: "healthy", cause: "-"},
			{text: list(6, ","+more), live: "1..6", state: "healthy", cause: "-"}}}
	}
	judge(t, []fault{
		less(`"hasMore":true`), less(`"isSuccess":false`), less(`"status":"error"`), less(`"@odata.nextLink":"/t?skip=6"`),
		less(`"_shards":{"failed":2}`), less(`"code":500`), fine(`"hasMore":false,"status":"ok","code":0`),
	})
}

// TestGreenWithoutAReason: a stream that never had a record, windows that all end
// at a limit, and times that have all to come are not simply well.
func TestGreenWithoutAReason(t *testing.T) {
	const k = "green without a reason"
	nothing := func(form, source, text, notes string) fault {
		return fault{kind: k, form: form, source: source, mapping: ofIDs, days: []day{
			{file: "a.csv", text: text, live: "", state: "healthy", cause: "-", warns: "GW-R036", notes: notes}}}
	}
	usual := func(f fault) fault { // a person said that it is well
		f.form, f.days[0].warns = "may be empty: "+f.form, ""
		return f
	}
	list := "request: {path: /t}, paging: {kind: none}, records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}"
	// windows of a source that lists no more than so many rows of each
	capped := func(form string, most int, state, cause, notes string) fault {
		tb := &table{}
		for n := range 130 {
			tb.rows = append(tb.rows, row{n, fmt.Sprint("T", n), "a", ahead(-1 - n/2)})
		}
		answer := tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			var all []row
			for _, x := range tb.rows {
				if x.Upd >= r.URL.Query().Get("tu") && x.Upd < r.URL.Query().Get("den") && len(all) < most {
					all = append(all, x)
				}
			}
			reply(rw, http.StatusOK, map[string]any{"rows": all})
		})
		live := "0..129"
		if most < 130 {
			live = fmt.Sprintf("0..%d", most-1)
		}
		return fault{kind: k, form: form, source: rest("", `zone: UTC, request: {path: /t, query: {tu: "{from}", den: "{to}"}}, paging: {kind: none}`+byTime+
			`watermark: {kind: window, format: rfc3339, chunk: 31d, history: 15d, reread: 2d}`), days: []day{
			{answer: answer, live: live, state: state, cause: cause, notes: notes, warns: "GW-R022"}}}
	}
	times := func(form string, hours int, warns string) fault {
		var rows []string
		for n := range 20 {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"title":"T","st":"a","upd":"%s"}`, n+1, ahead(hours)))
		}
		notes := ""
		if hours > 0 {
			notes = "GW-S022 GW-S091"
		}
		return fault{kind: k, form: form, mapping: strings.Replace(tasks, "  updated_at: upd\n", "", 1), source: rest("",
			`zone: UTC, request: {path: /t}, paging: {kind: none, total: total}`+byTime+`watermark: {kind: none}, sweep: {complete: true}`), days: []day{
			{text: `{"rows":[` + strings.Join(rows, ",") + `],"total":20}`, live: "1..20", state: "healthy", cause: "-", notes: notes, warns: warns}}}
	}
	judge(t, []fault{
		nothing("rows that are all skipped", folder("key: [id]\ncomplete: stream\nskip: [{match: .}]"), "id,a\n1,x\n", "GW-D023"),
		usual(nothing("rows that are all skipped", folder("key: [id]\ncomplete: stream\nallow_empty: true\nskip: [{match: .}]"), "id,a\n1,x\n", "")),
		nothing("a list of nothing from the first day on", rest("", list), `{"rows":[]}`, ""),
		usual(nothing("a list of nothing from the first day on", rest("allow_empty: true\n", list), `{"rows":[]}`, "")),
		capped("windows of a round number of rows", 100, "data_issue", "GW-S090", "GW-S090"),
		capped("windows of as many as there are", 200, "healthy", "-", ""),
		times("all seven hours ahead", 7, "GW-S091"), times("all of yesterday", -20, ""),
	})
}
