package faults_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestMembersThatStandTwice: what a record is called, and as of when, is not to be
// guessed: one that says it twice is held, however it comes.
func TestMembersThatStandTwice(t *testing.T) {
	const k, held = "t55", "GW-S084"
	const fine1, fine2 = `{"id":1,"a":"x","upd":"2026-11-29T08:00:00+07:00"}`, `{"id":2,"a":"y","upd":"2026-11-29T08:00:00+07:00"}`
	twice := []struct{ form, row, member string }{
		{"the key", `{"id":15,"id":16,"a":"z"}`, "id"},
		{"the same key twice, once with an escape", `{"id":15,"\u0069d":15,"a":"z"}`, "id"},
		{"the time", `{"id":15,"upd":"2026-11-28T08:00:00+07:00","a":"z","upd":"2026-11-29T08:00:00+07:00"}`, "upd"},
		{"its state", `{"id":15,"del":false,"upd":"2026-11-29T08:00:00+07:00","del":true}`, "del"},
	}
	wire := rest("", "request: {path: /t}, paging: {kind: none}, records: {path: rows, key: id, at: {path: upd, layouts: [iso]}, "+
		"gone: {path: del, equals: \"true\"}}, watermark: {kind: none}, sweep: {complete: true}")
	files := folder("key: [id]\npath: rows\nat: {column: upd, layouts: [iso]}\ncomplete: stream")
	deliveries := pushed + "records: rows\nstreams: {t: {mapping: m/x, key: id, at: upd, gone_path: del, gone: [\"true\"]}}"
	var all []fault
	over := func(form, source, file, text, says string) {
		d := doubtful(file, text, "1=x, 2=y", "GW-R010", "", held)
		d.says = says
		if source == deliveries {
			d.posts, d.file = map[string]string{"t": text}, ""
		}
		if source != wire && source != deliveries {
			d.notes = "GW-D009"
		}
		all = append(all, fault{kind: k, form: form, source: source, mapping: tasks, days: []day{d}})
	}
	for _, c := range twice {
		text := fmt.Sprintf(`{"rows":[%s,%s,%s]}`, fine1, c.row, fine2)
		over(c.form+", in an answer", wire, "", text, c.member)
		over(c.form+", in a delivery", deliveries, "", text, c.member)
		if c.member != "del" {
			over(c.form+", in a file", files, "f.json", text, c.member)
		}
	}
	lines := strings.Join([]string{fine1, twice[0].row, fine2}, "\n") + "\n"
	over("the key, in lines of JSON", folder("key: [id]\ncomplete: stream"), "f.jsonl", lines, "id")
	over("an object around it, in a file", folder("key: [of.id]\npath: rows\ncomplete: stream"), "f.json",
		`{"rows":[{"of":{"id":1},"id":1,"a":"x"},{"of":{"id":9},"id":9,"of":{"x":1}},{"of":{"id":2},"id":2,"a":"y"}]}`, "of")
	over("the key, in XML", folder("key: [id]\npath: r/i\ncomplete: stream"), "f.xml",
		"<r><i><id>1</id><a>x</a></i><i><id>15</id><id>16</id></i><i><id>2</id><a>y</a></i></r>", "id")
	all = append(all,
		fault{kind: k, form: "elements of XML may repeat that are no keys", source: folder("key: [id]\npath: r/i\ncomplete: stream"),
			mapping: tasks, days: []day{fine("f.xml", "<r><i><id>1</id><a>x</a><n>1</n><n>2</n></i></r>", "1=x")}})
	judge(t, all)
}

// TestDigitsOfKeys: no digit of a number that is a key is lost; where it was lost
// before, the row is held.
func TestDigitsOfKeys(t *testing.T) {
	const k = "t08"
	const numbers = `{"id":9007199254740993.0,"a":"x"},{"id":9007199254740992,"a":"y"},{"id":12.0,"a":"z"}`
	const live = "9007199254740993=x, 9007199254740992=y, 12=z"
	wire := rest("", "request: {path: /t}, paging: {kind: none}, records: {path: rows, key: id, whole: true}, "+
		"watermark: {kind: none}, sweep: {complete: true}")
	deliveries := pushed + "records: rows\nstreams: {t: {mapping: m/x, key: id, whole_keys: true}}"
	then := fine("", "", live)
	then.posts = map[string]string{"t": `{"rows":[` + numbers + `]}`}
	book := workbook(t, []any{"id", "a"}, []any{1234567890123456789, "x"}, []any{"1234567890123456789", "y"}, []any{123456789012345, "z"})
	lost := doubtful("f.xlsx", book, "1234567890123456789=y, 123456789012345=z", "GW-R010", "GW-D009", "GW-D122")
	lost.says = "Sheet1!A2"
	judge(t, []fault{
		{kind: k, form: "in an answer", source: wire, mapping: ofIDs, days: []day{fine("", `{"rows":[`+numbers+`]}`, live)}},
		{kind: k, form: "in a file", source: folder("key: [id]"), mapping: ofIDs, days: []day{fine("f.json", "["+numbers+"]", live)}},
		{kind: k, form: "in a delivery", source: deliveries, mapping: ofIDs, days: []day{then}},
		{kind: k, form: "in a workbook", source: folder("key: [id]\ncomplete: stream"), mapping: ofIDs, days: []day{lost}},
		{kind: k, form: "in a wide one", source: folder("unpivot: {ids: [id], header: h, value: a}\ncomplete: stream"), mapping: ofIDs,
			days: []day{doubtful("f.xlsx", workbook(t, []any{"id", "2024"}, []any{-12345678901234567.0, 1}, []any{"2", 3}), "2|2024=3",
				"GW-R010", "GW-D009", "GW-D122")}},
		{kind: k, form: "in a workbook, as it is shown", source: folder("key: [id]\nas: shown"), mapping: ofIDs,
			days: []day{fine("f.xlsx", workbook(t, []any{"id", "a"}, []any{1234567890123456, "x"}), "1234567890123456=x")}},
	})
}

// TestHalfACharacter: a text that was cut in the middle of a character holds its
// record, as bytes that are no text do.
func TestHalfACharacter(t *testing.T) {
	const k = "t52"
	rows := func(row string) string {
		return `{"rows":[{"id":1,"a":"Đường \ud83d\ude00"},` + row + `,{"id":3,"a":"\\ud83d \ufffd"}]}`
	}
	const live = `1=Đường 😀, 3=\ud83d ` + "\ufffd"
	wire := rest("", "request: {path: /t}, paging: {kind: none}, records: {path: rows, key: id}, watermark: {kind: none}, sweep: {complete: true}")
	deliveries := pushed + "records: rows\nstreams: {t: {mapping: m/x, key: id}}"
	day := func(file, row, notes, code, says string) []day {
		d := doubtful(file, rows(row), live, "GW-R010", notes, code)
		d.says = says
		return []day{d}
	}
	delivered := day("", `{"id":2,"a":"abc\ud83d"}`, "", "GW-S080", "a")
	delivered[0].posts = map[string]string{"t": delivered[0].text}
	judge(t, []fault{
		{kind: k, form: "at the end of a text", source: wire, mapping: ofIDs, days: day("", `{"id":2,"a":"abc\ud83d"}`, "", "GW-S080", "rows")},
		{kind: k, form: "the second half", source: wire, mapping: ofIDs, days: day("", `{"id":2,"a":"\uDE00c"}`, "", "GW-S080", "rows")},
		{kind: k, form: "in the key", source: wire, mapping: ofIDs, days: day("", `{"id":"2\ud83d","a":"b"}`, "", "GW-S080", "rows")},
		{kind: k, form: "in a file", source: folder("key: [id]\npath: rows\ncomplete: stream"), mapping: ofIDs,
			days: day("f.json", `{"id":2,"a":"\ud83d\u0041"}`, "GW-D009", "GW-D100", "rows[1]")},
		{kind: k, form: "in a delivery", source: deliveries, mapping: ofIDs, days: delivered},
	})
}
