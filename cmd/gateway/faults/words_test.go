package faults_test

import "testing"

// TestWordsForRemoved: what is gone is gone in whatever letters a source says so,
// and a word that means the same as the one that is set is said.
func TestWordsForRemoved(t *testing.T) {
	const k = "t54"
	const before = `{"rows":[{"id":1,"a":"x","del":"created"},{"id":2,"a":"y","del":"created"},{"id":3,"a":"z"}]}`
	rows := func(word string) string {
		return `{"rows":[{"id":1,"a":"x","del":` + word + `},{"id":2,"a":"y","del":"created"},{"id":3,"a":"z"}]}`
	}
	wire := func(cond string) string {
		return rest("", "request: {path: /t}, paging: {kind: none}, records: {path: rows, key: id, gone: {path: del, "+cond+
			"}}, watermark: {kind: none}, sweep: {complete: true}")
	}
	pushes := pushed + "records: rows\nstreams: {t: {mapping: m/x, key: id, gone_path: del, gone: [deleted]}}"
	over := func(form, source, word, notes, live string) fault {
		a, b := fine("", before, "1..3"), fine("", rows(word), live)
		b.notes = notes
		if source == pushes {
			a.posts, b.posts, b.notes = map[string]string{"t": a.text}, map[string]string{"t": b.text}, ""
		}
		return fault{kind: k, form: form, source: source, days: []day{a, b}}
	}
	judge(t, []fault{
		over("capitals", wire("equals: deleted"), `"DELETED"`, "", "2, 3"),
		over("a blank behind it", wire("in: [deleted, removed]"), `"Deleted "`, "", "2, 3"),
		over("a word of Vietnamese", wire(`equals: "đã xóa"`), `"ĐÃ XÓA"`, "", "2, 3"),
		over("True", wire(`equals: "true"`), `"True"`, "", "2, 3"),
		over("another word", wire("equals: deleted"), `"removed"`, "GW-S085", "1..3"),
		over("a number for true", wire(`equals: "true"`), `1`, "GW-S085", "1..3"),
		over("a code that is none", wire(`equals: "9"`), `1`, "", "1..3"),
		over("capitals, delivered", pushes, `"DELETED"`, "", "2, 3"),
		over("a blank, delivered", pushes, `" Deleted"`, "", "2, 3"),
	})
}

// TestKeysOfSeveralParts: a part with the sign that joins parts is not two parts.
func TestKeysOfSeveralParts(t *testing.T) {
	const k, live = "t66", `a\|b|c=1, a|b\|c=2, a-b|c=3, a|b-c=4, d\|e=5`
	const rows = `[{"x":"a|b","y":"c","a":"1"},{"x":"a","y":"b|c","a":"2"},{"x":"a-b","y":"c","a":"3"},` +
		`{"x":"a","y":"b-c","a":"4"},{"x":"d\\","y":"e","a":"5"}]`
	mapping := "kind: task\nfields:\n  codes: [{system: local, from: x}]\n  title: a\n"
	source := func(key string) string {
		return rest("", "request: {path: /t}, paging: {kind: none}, records: {path: rows, "+key+
			"}, watermark: {kind: none}, sweep: {complete: true}")
	}
	judge(t, []fault{
		{kind: k, form: "in an answer", source: source("key: [x, y]"), mapping: mapping, days: []day{fine("", `{"rows":`+rows+`}`, live)}},
		{kind: k, form: "a key of one part is as it stands", source: source("key: x"), mapping: mapping,
			days: []day{fine("", `{"rows":[{"x":"a|b","a":"1"},{"x":"a\\|b","a":"2"}]}`, `a|b=1, a\|b=2`)}},
		{kind: k, form: "in a file", source: folder("key: [x, y]"), mapping: mapping,
			days: []day{fine("f.csv", "x,y,a\na|b,c,1\na,b|c,2\n", `a\|b|c=1, a|b\|c=2`)}},
	})
}
