package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// ahead is a time so many hours from now, whole hours away.
func ahead(hours int) string {
	return time.Now().UTC().Truncate(time.Hour).Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15:04:05Z")
}

// changed answers with the rows that changed since the time that a request
// names, as a source does that compares texts.
func (tb *table) changed(since func(r *http.Request) string, refuse func(r *http.Request) bool) http.HandlerFunc {
	return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
		if refuse != nil && refuse(r) {
			reply(rw, http.StatusBadRequest, map[string]any{"message": "filter: a time was expected"})
			return
		}
		from := since(r)
		all := slices.DeleteFunc(slices.Clone(tb.rows), func(x row) bool { return x.Upd != "" && x.Upd < from })
		reply(rw, http.StatusOK, map[string]any{"rows": all, "total": len(all)})
	})
}

func of(name string) func(r *http.Request) string {
	return func(r *http.Request) string { return r.URL.Query().Get(name) }
}

// comes is a day on which rows came, by number and hour.
func (tb *table) comes(d day, n, hours int) day {
	d.does = func(*testing.T, *world) {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		tb.rows = append(tb.rows, row{n, fmt.Sprint("T", n), "a", ahead(hours)})
	}
	return d
}

const byTime = ", records: {path: rows, key: id, at: {path: upd, layouts: [iso]}}, "

// TestCursorsInTheZoneOfTheSource: a source that speaks UTC is asked in UTC,
// whatever zone is ours by default, so that nothing between the two clocks is
// passed over.
func TestCursorsInTheZoneOfTheSource(t *testing.T) {
	const k = "03-literal-z-zone"
	one := func(form, query, format string, since func(r *http.Request) string) fault {
		tb := tableOf(1, 0)
		answer := tb.changed(since, nil)
		return fault{kind: k, form: form, source: rest("", "request: {path: /t, "+query+"}, paging: {kind: none, total: total}"+byTime+
			"watermark: {kind: since, format: \""+format+"\"}"), days: []day{
			tb.comes(day{answer: answer, live: "1", state: "healthy", cause: "-", warns: "GW-R022"}, 1, -15),
			tb.comes(day{live: "1, 2", state: "healthy", cause: "-", warns: "GW-R022"}, 2, -11),
			tb.comes(day{live: "1..3", state: "healthy", cause: "-", warns: "GW-R022"}, 3, -7)}}
	}
	body := func(r *http.Request) string {
		var asked struct{ Tu string }
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &asked) // nothing is asked for the first time
		return asked.Tu
	}
	judge(t, []fault{
		one("a literal Z", `query: {tu: "{since}"}`, "yyyy-MM-dd'T'HH:mm:ss'Z'", of("tu")),
		one("no zone at all", `query: {tu: "{since}"}`, "yyyy-MM-dd HH:mm:ss",
			func(r *http.Request) string { return strings.Replace(of("tu")(r), " ", "T", 1) }),
		one("a literal Z in a body", `method: POST, json: {tu: "{since}"}`, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", body),
		one("days", `query: {tu: "{since}"}`, "yyyy-MM-dd", of("tu")),
		one("a literal offset", `query: {tu: "{since}"}`, "yyyy-MM-dd'T'HH:mm:ss'+00:00'",
			func(r *http.Request) string { return strings.Replace(of("tu")(r), "+00:00", "Z", 1) }),
	})
}

// TestFiltersWithoutATime: a first walk leaves out what needs a time that it
// has not; a history gives it one.
func TestFiltersWithoutATime(t *testing.T) {
	const k = "10-empty-since"
	one := func(form, request, more string, refuse func(r *http.Request) bool) fault {
		tb := tableOf(1, 0)
		answer := tb.changed(func(*http.Request) string { return "" }, refuse)
		d := day{answer: answer, live: "1", state: "healthy", cause: "-", warns: "GW-R022"}
		then := day{live: "1, 2", state: "healthy", cause: "-", warns: "GW-R022"}
		return fault{kind: k, form: form, source: rest("", "zone: UTC, request: {"+request+"}, paging: {kind: none}"+byTime+
			"watermark: {kind: since, format: rfc3339"+more+"}"), days: []day{tb.comes(d, 1, -15), tb.comes(then, 2, -11)}}
	}
	filter := func(r *http.Request) bool {
		f := r.URL.Query()
		return f.Has("filter") && !strings.Contains(f.Get("filter"), "202")
	}
	never := func(r *http.Request) bool { return !strings.Contains(r.URL.Query().Get("filter"), "20") }
	body := func(r *http.Request) bool {
		data, _ := io.ReadAll(r.Body)
		return strings.Contains(string(data), `"op"`) && !strings.Contains(string(data), "202")
	}
	judge(t, []fault{
		one("a filter", `path: /t, query: {filter: "updated ge {since}"}`, "", filter),
		one("a filter, and a history", `path: /t, query: {filter: "updated ge {since}"}`, ", history: 3650d", never),
		one("a clause of a longer one", `path: /t, query: {filter: "project = 2021{?since:  AND updated >= '{since}'} ORDER BY updated"}`, "", filter),
		one("an item of a list in a body", `path: /t, method: POST, json: {a: 1, where: [{f: upd, op: ">", v: "{since}"}]}`, "", body),
		one("a header", `path: /t, headers: {If-Modified-Since: "{since}"}`, "", func(r *http.Request) bool {
			return r.Header["If-Modified-Since"] != nil && r.Header.Get("If-Modified-Since") == ""
		}),
	})
}

// TestTimesAheadOfEveryClock: a row whose time has not come moves no cursor past
// the truth: later rows are asked for, and the odd row is noted.
func TestTimesAheadOfEveryClock(t *testing.T) {
	const k = "25-updated-not-moved"
	// three days: an odd row among others, and a row more each day
	odd := func(form, upd, wire, notes string) fault {
		tb := tableOf(1, 0)
		tb.rows = append(tb.rows, row{1, "T1", "a", ahead(-15)})
		odd := json.RawMessage(upd)
		answer := tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			all := []any{map[string]any{"id": 9, "title": "T9", "st": "a", "upd": odd}}
			for _, x := range tb.rows {
				if x.Upd >= r.URL.Query().Get("tu") {
					all = append(all, x)
				}
			}
			reply(rw, http.StatusOK, map[string]any{"rows": all, "total": len(all)})
		})
		d := func(live string) day {
			return day{answer: answer, live: live, state: "healthy", cause: "-", warns: "GW-R022", notes: notes}
		}
		return fault{kind: k, form: form, source: rest("", wire), mapping: strings.Replace(tasks, "  updated_at: upd\n", "", 1), days: []day{
			d("1, 9"), tb.comes(d("1, 2, 9"), 2, -11), tb.comes(d("1..3, 9"), 3, -7)}}
	}
	since := `zone: UTC, request: {path: /t, query: {tu: "{since}"}}, paging: {kind: none, total: total}` + byTime + `watermark: {kind: since, format: rfc3339}`
	window := `zone: UTC, request: {path: /t, query: {tu: "{from}", den: "{to}"}}, paging: {kind: none, total: total}` + byTime +
		`watermark: {kind: window, format: rfc3339, chunk: 31d, history: 15d, reread: 2d}`
	// then: a row that bears a time that has not come, and then the true one
	const ofTime = "records: rows\nstreams: {t: {mapping: m/x, key: id, at: upd}}"
	soon := time.Now().UTC().Add(time.Minute).Format(time.RFC3339) // after what came before, and believed
	given := func(title, at string) string {
		return fmt.Sprintf(`{"rows":[{"id":1,"title":"%s","upd":"%s"}],"total":1}`, title, at)
	}
	push := func(live, title, at string) day {
		return day{posts: map[string]string{"t": given(title, at)}, live: live, state: "healthy", cause: "-"}
	}
	poll := func(live, title, at, notes, warns string) day {
		return day{text: given(title, at), live: live, state: "healthy", cause: "-", notes: notes, warns: warns}
	}
	waits := func(d day) day { // what came is older than what stands, and that is said; its minute is no run yet
		d.warns = "GW-R031"
		return d
	}
	file := func(title string, hours int, notes string) day {
		d := fine("f.csv", "id,a,upd\n1,"+title+","+ahead(hours)+"\n", "1="+title)
		d.notes = notes
		return d
	}
	judge(t, []fault{
		{kind: k, form: "delivered 20 hours ahead, and then the truth", source: pushed + ofTime,
			days: []day{push("1=A", "A", ahead(20)), waits(push("1=A", "B", soon))}},
		{kind: k, form: "delivered 20 hours ahead, and then what is older", source: pushed + ofTime,
			days: []day{push("1=A", "A", ahead(20)), waits(push("1=A", "B", ahead(-3)))}},
		{kind: k, form: "polled 20 hours ahead, and then the truth", source: rest("", since),
			days: []day{poll("1=A", "A", ahead(20), "GW-S022", "GW-R022"), poll("1=A", "B", soon, "GW-R031", "GW-R022 GW-R031")}},
		{kind: k, form: "20 hours ahead in a file, and then the truth", mapping: ofIDs,
			source: folder("key: [id]\ncomplete: stream\nat: {column: upd, layouts: [iso]}"),
			days:   []day{file("A", 20, ""), file("B", 0, "GW-R029")}},
		odd("far ahead", `"`+ahead(9600)+`"`, since, "GW-S022"),
		odd("20 hours ahead", `"`+ahead(20)+`"`, since, "GW-S022"),
		odd("an hour ahead", `"`+ahead(2)+`"`, since, "GW-S022"),
		odd("null", `null`, since, "GW-S022"),
		odd("no date", `"31/02/2026"`, since, "GW-S022"),
		odd("1970", `"1970-01-01T00:00:00Z"`, since, ""),
		odd("milliseconds", `1767576600000`, since, "GW-S022"),
		odd("20 hours ahead, in windows", `"`+ahead(20)+`"`, window, "GW-S022"),
	})
}

// TestWindowsAsTheSourceHasThem: every row comes, whatever the source does with
// the end of a window, and in whose days it counts.
func TestWindowsAsTheSourceHasThem(t *testing.T) {
	const k = "27-window-exclusive"
	const vietnam = 7
	within := func(form, wire, layout string, zone int, included bool) fault {
		tb := &table{}
		for n := range 30 {
			tb.rows = append(tb.rows, row{n, fmt.Sprint("T", n), "a", ahead(-7 * n)})
		}
		answer := tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			all := []row{}
			from, to := of("tu")(r), of("den")(r)
			for _, x := range tb.rows {
				at, err := time.Parse(time.RFC3339, x.Upd)
				if err != nil {
					t.Error(err)
				}
				day := at.In(time.FixedZone("", zone*3600)).Format(layout)
				if from <= day && (day < to || included && day == to) {
					all = append(all, x)
				}
			}
			reply(rw, http.StatusOK, map[string]any{"rows": all, "total": len(all)})
		})
		return fault{kind: k, form: form, source: rest("", `request: {path: /t, query: {tu: "{from}", den: "{to}"}}, paging: {kind: none, total: total}`+byTime+
			`watermark: {kind: window, `+wire+`history: 15d, reread: 2d}`), days: []day{
			{answer: answer, live: "0..29", state: "healthy", cause: "-", warns: "GW-R022"}}}
	}
	days, instants := "format: yyyy-MM-dd, chunk: 24h, ", "format: \"yyyy-MM-dd'T'HH:mm:ss'Z'\", chunk: 24h, "
	judge(t, []fault{
		within("the end included", days, time.DateOnly, vietnam, true),
		within("the end excluded", days, time.DateOnly, vietnam, false),
		within("days of UTC", days, time.DateOnly, 0, true),
		within("days of UTC, the end excluded", days, time.DateOnly, 0, false),
		within("months", "format: yyyy-MM-dd, chunk: 31d, ", time.DateOnly, vietnam, false),
		within("instants, the end excluded", instants, "2006-01-02T15:04:05Z", 0, false),
	})
}
