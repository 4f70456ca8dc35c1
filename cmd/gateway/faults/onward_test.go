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
	pages := func(more func(answer map[string]any, rw http.ResponseWriter, next, all int)) http.HandlerFunc {
		tb := tableOf(1, 25)
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
	judge(t, []fault{
		at("the source says that it is not the last", wire("kind: cursor, next: sau, last: {path: het, equals: true}", since),
			pages(last), "", "failing", "GW-S081", "GW-R022"),
		at("the same, where everything is read each time", wire("kind: cursor, next: sau, last: {path: het, equals: true}", none),
			pages(last), "", "failing", "GW-S081", ""),
		at("the source says how many there are", wire("kind: cursor, next: sau, total: total", since),
			pages(total), "1..19", "data_issue", "GW-S035", "GW-R022"),
		at("the same, where everything is read each time", wire("kind: cursor, next: sau, total: total", none),
			pages(total), "1..10", "data_issue", "GW-S035", ""),
		at("the source says nothing", wire("kind: cursor, next: sau", since),
			pages(mute), "1..10", "data_issue", "GW-S082", "GW-R022 GW-S040"),
		at("links by another relation", wire("kind: link", none), pages(link), "1..10", "data_issue", "GW-S082", "GW-S040"),
		at("it leads on by its own name", wire("kind: cursor, next: tiep", none), pages(mute), "1..25", "healthy", "-", "GW-S040"),
	})
}
