package faults_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const pushed = "adapter: push\nsignature: {kind: bearer, secrets: [\"${env:HOOK}\"]}\n"

// TestOneKeyOfTwoStreams: two streams of a source that publish different things
// under one key: the second is held, naming the owner; nothing flips.
func TestOneKeyOfTwoStreams(t *testing.T) {
	const k = "samekey"
	trade := "kind: observation\nfields:\n  indicator: {code: {const: TRADE}}\n  period: {of: {const: \"2024\"}}\n  dims: {name: name}\n  value: v\n"
	stream := func(name, more string) string {
		return name + ": {every: 1h, mapping: m/x, " + more + "}"
	}
	in := func(pattern string) string {
		return "key: [name], place: {folder: \"{drop}\", pattern: " + pattern + ", settle: -1s}"
	}
	two := func(a, b string) string { return "streams: {" + stream("a", a) + ", " + stream("b", b) + "}" }
	both := func(form, warns, source, mapping, live string, first, second day) fault {
		first.live, first.state, first.cause = live, "healthy healthy", "- -"
		first.warns, second.warns = warns, warns
		if first.posts == nil { // the second has nothing yet, and says so
			first.warns = strings.TrimSpace(warns + " GW-R036")
		}
		second.live, second.state, second.cause, second.held = live, "healthy data_issue", "- GW-R010", "GW-K015"
		second.says = "s/a"
		return fault{kind: k, form: form, source: source, mapping: mapping, streams: []string{"a", "b"}, days: []day{first, second, second}}
	}
	lists := func(b string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			rows := `[{"id":1,"title":"of a"}]`
			if r.URL.Path == "/b" {
				rows = b
			}
			_, _ = fmt.Fprintf(rw, `{"rows":%s}`, rows)
		}
	}
	px := func(value string) string {
		return `MATRIX="M";STUB="a";HEADING="t";VALUES("a")="x";VALUES("t")="2024";TIMEVAL("t")=TLIST(A1),"2024";DATA=` + value + ";"
	}
	file := func(pattern string) string {
		return "place: {folder: \"{drop}\", pattern: " + pattern + ", settle: -1s}"
	}
	judge(t, []fault{
		both("two files", "GW-C032", "adapter: tabular\n"+two(in("export.csv"), in("import.csv")), trade, "Total=1",
			day{file: "export.csv", text: input(t, "export.csv")}, day{file: "import.csv", text: input(t, "import.csv")}),
		both("two lists", "", "adapter: rest\nurl: {url}\nwire: {profile: p, vi: x, en: x, evidence: assumed, kind: task, request: {path: \"/{stream}\"}, "+
			"paging: {kind: none}, records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}}\n"+two("fresh: 4h", "fresh: 4h"), tasks,
			"1=of a", day{answer: lists("[]")}, day{answer: lists(`[{"id":1,"title":"of b"}]`)}),
		both("two tables of one name", "", "adapter: statistics\n"+two(file("a.px"), file("b.px")), observations, "M|x|2024=1",
			day{file: "a.px", text: px("1")}, day{file: "b.px", text: px("2")}),
		both("two streams that are delivered to", "", pushed+"streams: {a: {mapping: m/x, key: id}, b: {mapping: m/x, key: id}}", tasks, "1=of a, 2=of b",
			day{posts: map[string]string{"a": `{"id":1,"title":"of a"}`, "b": `{"id":2,"title":"of b"}`}}, day{posts: map[string]string{"b": `{"id":1,"title":"of b"}`}}),
	})
}

// TestSourcesThatChangeTheirMind: a mapped member that vanishes from all rows, or
// codes that are suddenly unknown, are an issue with the field, and the ops
// feed says drift.
func TestSourcesThatChangeTheirMind(t *testing.T) {
	const k = "31-schema-drift"
	mapping := "kind: task\ndates: [\"dd/MM/yyyy\"]\nfields:\n  codes: [{system: local, from: id}]\n  title: title\n" +
		"  status: {from: st, codelist: {a: in_progress, b: finished}}\n  due_at: due\n"
	rows := func(title, st, due string) string {
		var all []string
		for n := range 40 {
			all = append(all, strings.ReplaceAll(`{"id":#,`+title+`,`+st+`,`+due+`}`, "#", fmt.Sprint(n)))
		}
		return `{"rows":[` + strings.Join(all, ",") + `],"total":40}`
	}
	const title, st, due = `"title":"T#"`, `"st":"a"`, `"due":"05/03/2026"`
	before := rows(title, st, due)
	wire := rest("", "request: {path: /t}, paging: {kind: none, total: total}, records: {path: rows, key: id}, watermark: {kind: none}")
	file := folder("key: [id]\npath: rows")
	deliveries := pushed + "records: rows\nstreams: {t: {mapping: m/x, key: id}}"
	over := func(form, source, field, code, then, held, first, second string) fault {
		a, b := fine("f.json", before, "0..39"), doubtful("f.json", then, "0..39", code, "", held)
		a.warns, b.warns, b.says, b.drift = first, second, field, true
		if source == deliveries {
			a.posts, b.posts = map[string]string{"t": before}, map[string]string{"t": then}
			a.file, b.file = "", ""
		}
		return fault{kind: k, form: form, source: source, mapping: mapping, days: []day{a, b}}
	}
	none, known, codes := "GW-R022", "GW-R022 GW-R074", "GW-R022 GW-R025"
	judge(t, []fault{
		over("renamed title", wire, "title", "GW-R070", rows(`"tieuDe":"T#"`, st, due), "", none, known),
		over("title an object", wire, "title", "GW-R073", rows(`"title":{"vi":"T#","en":"x"}`, st, due), "GW-M115", none, none),
		over("title a list", wire, "title", "GW-R073", rows(`"title":["T#","b"]`, st, due), "GW-M115", none, none),
		over("title a number", wire, "title", "GW-R073", rows(`"title":12.50`, st, due), "", none, none),
		over("title null", wire, "title", "GW-R070", rows(`"title":null`, st, due), "", none, none),
		over("status renamed", wire, "st", "GW-R070", rows(title, `"state":"a"`, due), "", none, known),
		over("status an object", wire, "st", "GW-R073", rows(title, `"st":{"id":"a","name":"A"}`, due), "GW-M115", none, none),
		over("new codes", wire, "IN_PROGRESS", "GW-R072", rows(title, `"st":"IN_PROGRESS"`, due), "", none, codes),
		over("due turns a number", wire, "due", "GW-R073", rows(title, st, `"due":1772643600`), "GW-M111", none, none),
		over("status empty", wire, "st", "GW-R070", rows(title, `"st":""`, due), "", none, none),
		over("renamed title in a file", file, "title", "GW-R070", rows(`"tieuDe":"T#"`, st, due), "", "", "GW-R074"),
		over("new codes in a file", file, "IN_PROGRESS", "GW-R072", rows(title, `"st":"IN_PROGRESS"`, due), "", "", "GW-R025"),
		over("renamed title in a delivery", deliveries, "title", "GW-R070", rows(`"tieuDe":"T#"`, st, due), "", "", "GW-R074"),
		over("new codes in a delivery", deliveries, "IN_PROGRESS", "GW-R072", rows(title, `"st":"IN_PROGRESS"`, due), "", "", "GW-R025"),
		over("due renamed", wire, "due", "GW-R070", rows(title, st, `"due_":"05/03/2026"`), "", none, known),
	})
}

// TestLeftOutOfWhatWasPublished: a record whose source says now what a rule of
// the mapping leaves out is served on as it was, and that is said, in the run and
// with the stream, until its source says something else or a listing is without it.
func TestLeftOutOfWhatWasPublished(t *testing.T) {
	const k = "exclude"
	mapping := tasks + "exclude: [{name: drafts, when: \"raw.st == 'x'\"}]\n"
	row := func(id, st string) string { return `{"id":` + id + `,"title":"T` + id + `","st":"` + st + `"}` }
	list := func(rows ...string) string { return `[` + strings.Join(rows, ",") + `]` }
	said := func(file, text, live string) day {
		d := fine(file, text, live)
		d.notes, d.warns = "GW-R032", "GW-R032"
		return d
	}
	file := func(form, source, name string, wrap func(string) string) fault {
		still := said("", "", "1=T1, 2=T2")
		if name != "" { // a file that did not change is not read again
			still.notes = ""
		}
		return fault{kind: k, form: form, source: source, mapping: mapping, days: []day{
			fine(name, wrap(list(row("1", "a"), row("2", "b"), row("3", "x"))), "1=T1, 2=T2"),
			said(name, wrap(list(row("1", "x"), row("2", "b"), row("3", "x"))), "1=T1, 2=T2"),
			still,
			fine(name, wrap(list(row("1", "b"), row("2", "b"), row("3", "x"))), "1=T1, 2=T2"),
			said(name, wrap(list(row("1", "x"), row("2", "x"))), "1=T1, 2=T2"),
			fine(name, wrap(list(row("2", "a"))), "2=T2")}}
	}
	as := func(text string) string { return text }
	rows := func(text string) string { return `{"rows":` + text + `}` }
	wire := rest("", "request: {path: /t}, paging: {kind: none}, records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}")
	posted := func(d day, body string) day {
		d.posts, d.notes = map[string]string{"t": body}, ""
		return d
	}
	judge(t, []fault{
		file("a file", folder("key: [id]\ncomplete: stream"), "a.json", as), file("an answer", wire, "", rows),
		{kind: k, form: "a delivery", source: pushed + "streams: {t: {mapping: m/x, key: id}}", mapping: mapping, days: []day{
			posted(fine("", "", "1=T1"), list(row("1", "a"), row("3", "x"))), posted(said("", "", "1=T1"), row("1", "x"))}},
	})
}

// TestOneKeyOnTwoPages: a row that comes under the key of one that is as it was,
// on another page of the walk, is held with the first day it is there.
func TestOneKeyOnTwoPages(t *testing.T) {
	const k = "one key on two pages"
	pages := func(tb *table) http.HandlerFunc {
		return tb.locked(func(rw http.ResponseWriter, r *http.Request) {
			at := min(3*(number(r, "page", 1)-1), len(tb.rows))
			reply(rw, http.StatusOK, map[string]any{"rows": tb.rows[at:min(at+3, len(tb.rows))]})
		})
	}
	comes := func(tb *table, more row) func(*testing.T, *world) {
		return func(*testing.T, *world) {
			tb.mu.Lock()
			defer tb.mu.Unlock()
			tb.rows = append(tb.rows, more)
		}
	}
	played := func(form, records string, more func(first row) row, held string) fault {
		tb := tableOf(1, 6)
		const six = "1=T1, 2=T2, 3=T3, 4=T4, 5=T5, 6=T6"
		second := day{does: comes(tb, more(tb.rows[0])), live: six, state: "healthy", cause: "-", held: held, warns: "GW-S040"}
		if held != "" {
			second.state, second.cause = "data_issue", "GW-R010"
		}
		return fault{kind: k, form: form, source: rest("page_size: 3\n", `zone: UTC, request: {path: /t, query: {page: "{page}"}}, `+
			`paging: {kind: page, base: 1}, records: {`+records+`}, watermark: {kind: none}, sweep: {complete: true}`),
			days: []day{{answer: pages(tb), live: six, state: "healthy", cause: "-", warns: "GW-S040"}, second}}
	}
	other := func(first row) row { first.Title = "another"; return first }
	same := func(first row) row { return first }
	judge(t, []fault{
		played("with a time", "path: rows, key: id, at: {path: upd, layouts: [iso]}", other, "GW-R014"),
		played("without times", "path: rows, key: id", other, "GW-R014"),
		played("the same once more", "path: rows, key: id", same, ""),
	})
}
