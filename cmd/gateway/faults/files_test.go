package faults_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// input is a small file that was read wrongly.
func input(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const inFolder = "{folder: \"{drop}\", settle: -1s}"

// folder is a tabular source over the folder, with settings of its own.
func folder(more string) string {
	return "adapter: tabular\nplace: {folder: \"{drop}\", settle: -1s}\ntrace: false\n" + more + "\nstreams: {t: {every: 1h, mapping: m/x}}"
}

// address is one over the server.
func address(more string) string {
	return strings.Replace(folder(more), inFolder, "{url: [\"{url}/f\"]}", 1)
}

const ofIDs = "kind: task\nfields:\n  codes: [{system: local, from: id}]\n  title: a\n"

// rows writes eight rows, each by a layout with one argument: its number.
func rows(head, layout, foot string) string {
	text := head
	for n := 1; n <= 8; n++ {
		text += strings.ReplaceAll(layout, "#", fmt.Sprint(n))
	}
	return text + foot
}

func utf16LE(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func workbook(t *testing.T, rows ...[]any) string {
	t.Helper()
	f := excelize.NewFile()
	for i := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestQuotesThatStayOpen: a file is refused with the place of its open quote,
// also where a later one seems to close it; nothing of it counts as gone. The
// kind is any damage by which half of a file reads as a smaller whole one.
func TestQuotesThatStayOpen(t *testing.T) {
	const k, id = "17-csv-unclosed-quote-gone", "key: [id]\n"
	good := rows("id,a,n\n", "#,t#,#\n", "")
	open6 := strings.Replace(good, "6,t6,6", "6,\"t6,6", 1)
	list := rows("[", `{"id":#,"a":"t#"},`, `{"id":9,"a":"t9"}]`)
	tree := rows("<r>", `<i><id>#</id><a>t#</a></i>`, "</r>")
	lines := rows("", `{"id":#,"a":"t#"}`+"\n", "")
	cells := func(n int) (all [][]any) {
		all = [][]any{{"id", "a"}}
		for i := range n {
			all = append(all, []any{i + 1, "t"})
		}
		return all
	}
	book := workbook(t, cells(8)...)
	figures := rows("DATAFLOW,A,TIME_PERIOD,OBS_VALUE,UNIT\n", "F,#,2024,#,n\n", "")
	sdmx := "adapter: statistics\nplace: {folder: \"{drop}\", settle: -1s}\nstreams: {t: {every: 1h, mapping: m/x}}"
	ofF := "F|1|2024, F|2|2024, F|3|2024, F|4|2024, F|5|2024, F|6|2024, F|7|2024, F|8|2024"
	csv := func(form, place, text string, then day) fault {
		then.file, then.text, then.live = "f.csv", text, "1..8"
		then.says = place
		return fault{kind: k, form: form, source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.csv", good, "1..8"), then}}
	}
	judge(t, []fault{
		csv("unclosed", "7", open6, refused("", "", "", "GW-D070")),
		csv("closed by a later one", "4", strings.NewReplacer("3,t3,3", "3,\"t3,3", "5,t5,5", "5,\"t5\",5").Replace(good),
			refused("", "", "", "GW-D071")),
		csv("HTML", "HTML", "<html><body>Service unavailable</body></html>", refused("", "", "", "GW-S010")),
		csv("cut in a row", "8", good[:strings.Index(good, "7,t7")+3], doubtful("", "", "", "GW-R010", "GW-D009", "GW-D016")),
		csv("line ends of an old machine", "", strings.ReplaceAll(good, "\n", "\r"), fine("", "", "")),
		{kind: k, form: "whole rows, and fewer, are an export that has fewer", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.csv", good, "1..8"), fine("f.csv", good[:strings.Index(good, "7,t7")], "1..6")}},
		{kind: k, form: "tabs at an address", source: address(id + "complete: stream\nseparator: tab"), mapping: ofIDs,
			days: []day{fine("", strings.ReplaceAll(good, ",", "\t"), "1..8"),
				refused("", strings.ReplaceAll(strings.Replace(good, "1,t1", `1,"t1`, 1), ",", "\t"), "1..8", "GW-D070")}},
		{kind: k, form: "UTF-16", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.csv", utf16LE(good), "1..8"), refused("f.csv", utf16LE(open6), "1..8", "GW-D070")}},
		{kind: k, form: "half of UTF-16, in the middle of a letter", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.csv", utf16LE(good), "1..8"), refused("f.csv", utf16LE(good)[:77], "1..8", "GW-D011")}},
		{kind: k, form: "JSON cut", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.json", list, "1..9"), refused("f.json", list[:strings.Index(list, ",{\"id\":6")], "1..9", "GW-D017")}},
		{kind: k, form: "JSON with a quote that is open", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.json", list, "1..9"), refused("f.json", strings.Replace(list, `"t3"`, `"t3`, 1), "1..9", "GW-D017")}},
		{kind: k, form: "a line of JSON cut", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.jsonl", lines, "1..8"), refused("f.jsonl", lines[:len(lines)-6], "1..8", "GW-D017")}},
		{kind: k, form: "XML cut behind an element", source: folder(id + "complete: stream\npath: r/i"), mapping: ofIDs,
			days: []day{fine("f.xml", tree, "1..8"), refused("f.xml", tree[:strings.Index(tree, "<i><id>6")], "1..8", "GW-D018")}},
		{kind: k, form: "a comment that stays open", source: folder(id + "complete: stream\npath: r/i"), mapping: ofIDs,
			days: []day{fine("f.xml", tree, "1..8"), refused("f.xml", strings.Replace(tree, "<i><id>6", "<!-- <i><id>6", 1), "1..8", "GW-D018")}},
		{kind: k, form: "half a workbook", source: folder(id + "complete: stream"), mapping: ofIDs,
			days: []day{fine("f.xlsx", book, "1..8"), refused("f.xlsx", book[:len(book)/2], "1..8", "GW-D010")}},
		{kind: k, form: "SDMX-CSV", source: sdmx, mapping: observations,
			days: []day{fine("f.csv", figures, ofF), refused("f.csv", strings.Replace(figures, "F,5,2024", `F,"5,2024`, 1), ofF, "GW-D070")}},
		{kind: k, form: "SDMX-CSV, closed by a later one", source: sdmx, mapping: observations,
			days: []day{fine("f.csv", figures, ofF), refused("f.csv",
				strings.NewReplacer("F,5,2024,5,n", `F,5,2024,5,"n`, "F,7,2024,7,n", `F,7,2024,7,n"`).Replace(figures), ofF, "GW-D071")}},
	})
}

// TestRowsThatAreRepeated: the same row twice, byte for byte, is the same row:
// it is counted and said, and the file still proves absence.
func TestRowsThatAreRepeated(t *testing.T) {
	const k, whole = "csvdup", "key: [id]\ncomplete: stream"
	then := func(form, notes, source, mapping, file, twice, one, live, less string) fault {
		first := fine(file, twice, live)
		first.notes = notes
		return fault{kind: k, form: form, source: source, mapping: mapping, days: []day{first, fine(file, one, less)}}
	}
	wire := "adapter: rest\nurl: {url}\nwire: {profile: p, vi: x, en: x, evidence: assumed, kind: task, request: {path: /t}, paging: {kind: none}, " +
		"records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}}\nstreams: {t: {every: 1h, mapping: m/x}}"
	judge(t, []fault{
		then("separated values", "GW-D079", folder(whole), ofIDs, "a.csv", input(t, "repeated-row.csv"), "id,a\n1,x\n", "1=x, 2=y", "1=x"),
		then("at the two ends of a long file", "GW-D079", folder(whole), ofIDs, "a.csv",
			"id,a\n1,x\n"+strings.Repeat("2,y\n", 2100)+"1,x\n", "id,a\n1,x\n", "1, 2", "1"),
		then("JSON", "", folder(whole), ofIDs, "a.json", `[{"id":1,"a":"x"},{"id":2,"a":"y"},{"id":1,"a":"x"}]`, `[{"id":1,"a":"x"}]`, "1, 2", "1"),
		then("XML", "", folder(whole+"\npath: r/i"), ofIDs, "a.xml", "<r><i><id>1</id><a>x</a></i><i><id>2</id><a>y</a></i><i><id>1</id><a>x</a></i></r>",
			"<r><i><id>1</id><a>x</a></i></r>", "1, 2", "1"),
		then("a workbook", "GW-D079", folder(whole), ofIDs, "a.xlsx", workbook(t, []any{"id", "a"}, []any{1, "x"}, []any{2, "y"}, []any{1, "x"}),
			workbook(t, []any{"id", "a"}, []any{1, "x"}), "1, 2", "1"),
		then("SDMX-CSV", "GW-D079", "adapter: statistics\nplace: {folder: \"{drop}\", settle: -1s}\nstreams: {t: {every: 1h, mapping: m/x}}", observations, "a.csv",
			"DATAFLOW,A,TIME_PERIOD,OBS_VALUE\nF,x,2024,1\nF,y,2024,2\nF,x,2024,1\n", "DATAFLOW,A,TIME_PERIOD,OBS_VALUE\nF,x,2024,1\n",
			"F|x|2024, F|y|2024", "F|x|2024"),
		then("an answer", "GW-S026", wire, ofIDs, "", `{"rows":[{"id":1,"a":"x"},{"id":2,"a":"y"},{"id":1,"a":"x"}]}`, `{"rows":[{"id":1,"a":"x"}]}`, "1, 2", "1"),
	})
}

// TestLinesOfJSON: a file is read by its bytes: one object a line, or a list.
func TestLinesOfJSON(t *testing.T) {
	const k, id = "jsonl", "format: auto\nkey: [id]\ncomplete: stream\n"
	lines := input(t, "lines.jsonl")
	once := func(form, source, file, text, live string) fault {
		return fault{kind: k, form: form, source: source, mapping: ofIDs, days: []day{fine(file, text, live)}}
	}
	judge(t, []fault{
		once("a line each", folder(id), "a.jsonl", lines, "1=x, 2=y, 3=z"),
		once("a list below a member", folder(id+"path: rows"), "b.json", input(t, "rows.json"), "1=x, 2=y"),
		once("called JSON, with a mark, Windows' line ends, blank lines and no last one", folder(id), "a.json",
			"\ufeff"+strings.TrimSpace(strings.ReplaceAll(lines, "\n", "\r\n\r\n")), "1=x, 2=y, 3=z"),
		once("at an address that ends in nothing", address(id), "", lines, "1=x, 2=y, 3=z"),
		once("one line only", folder(id), "a.jsonl", `{"id":1,"a":"x"}`+"\n", "1=x"),
		once("a first line longer than any look ahead", folder(id), "a.jsonl", `{"id":1,"a":"x","more":"`+strings.Repeat("y", 300_000)+"\"}\n"+`{"id":2,"a":"y"}`+"\n", "1=x, 2=y"),
		once("objects over several lines, one after another", folder(id), "a.json",
			"{\n \"id\": 1,\n \"a\": \"x\"\n}\n{\n \"id\": 2,\n \"a\": \"y\"\n}\n", "1=x, 2=y"),
		once("no line ends between them", folder(id), "a.json", `{"id":1,"a":"x"}{"id":2,"a":"y"}`, "1=x, 2=y"),
		{kind: k, form: "two lists of one name", source: folder(id + "path: rows"), mapping: ofIDs, days: []day{
			fine("b.json", `{"rows":[{"id":1,"a":"x"}],"n":"rows"}`, "1=x"),
			refused("b.json", `{"rows":[{"id":1,"a":"x"}],"n":[],"rows":[{"id":2,"a":"y"}]}`, "1=x", "GW-D017")}},
		once("an object whose list is the second member", folder(id+"path: rows"), "b.json", `{"meta":{"rows":0},"rows":[{"id":1,"a":"x"},{"id":2,"a":"y"}]}`, "1=x, 2=y"),
	})
}

// TestListsInLists: a path reaches into a list, in answers, files and deliveries.
func TestListsInLists(t *testing.T) {
	const k = "wbarr"
	text := input(t, "list-in-a-list.json")
	wire := func(path, total string) string {
		return "adapter: rest\nurl: {url}\nwire: {profile: p, vi: x, en: x, evidence: assumed, kind: task, request: {path: /t}, paging: {kind: none" + total +
			"}, records: {path: \"" + path + "\", key: id}, watermark: {kind: none}, sweep: {complete: true}}\nstreams: {t: {every: 1h, mapping: m/x}}"
	}
	var all []fault
	for path, form := range map[string]string{"1": "a number", "[1]": "in brackets"} {
		all = append(all,
			fault{kind: k, form: "an answer, " + form, source: wire(path, ""), days: []day{fine("", text, "a, b")}},
			fault{kind: k, form: "a file, " + form, source: folder("key: [id]\npath: \"" + path + "\""), days: []day{fine("a.json", text, "a, b")}})
	}
	all = append(all,
		fault{kind: k, form: "a total in its first element", source: wire("1", ", total: 0.total"), days: []day{fine("", text, "a, b")}},
		fault{kind: k, form: "two deep, in an answer", source: wire("[1].d[0]", ""), days: []day{fine("", `[0,{"d":[[{"id":"a"},{"id":"b"}]]}]`, "a, b")}},
		fault{kind: k, form: "two deep, in a file", source: folder("key: [id]\npath: \"[1].d[0]\""), days: []day{fine("a.json", `[0,{"d":[[{"id":"a"},{"id":"b"}]]}]`, "a, b")}},
		fault{kind: k, form: "an element there is not is no empty list", source: wire("2", ""),
			days: []day{{text: text, state: "failing", cause: "GW-S014", notes: "GW-S014"}}},
		fault{kind: k, form: "nor in a file", source: folder("key: [id]\npath: \"[2]\"\ncomplete: stream"),
			days: []day{{file: "a.json", text: text, state: "failing", cause: "GW-D017", notes: "GW-D017"}}},
	)
	judge(t, all)
}
