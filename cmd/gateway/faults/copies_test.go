package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesThatAreCopies: where each file has records of its own, a copy of one
// doubles them: that is said, with both names, until a file is read and one of them
// is there no more.
func TestFilesThatAreCopies(t *testing.T) {
	const k, text = "t34", "id,a\n1,x\n2,y\n"
	files := folder("key: [id]\ncomplete: file")
	const one, two = "a.csv#1, a.csv#2", "a.csv#1, a.csv#2, a (1).csv#1, a (1).csv#2"
	copied := fine("a (1).csv", text, two)
	copied.warns, copied.notes = "GW-D123", "GW-D123"
	away := fine("", "", two)
	away.warns = "GW-D123"
	away.does = func(t *testing.T, w *world) {
		if err := os.Remove(filepath.Join(w.drop, "a (1).csv")); err != nil {
			t.Fatal(err)
		}
	}
	tree := strings.Replace(folder("key: [id]\nformat: xml\npath: r.i\ncomplete: stream"), "\n\n", "\n", 1)
	dots := day{file: "f.xml", text: "<r><i><id>1</id></i></r>", state: "failing", cause: "GW-D018", notes: "GW-D018", says: "r/i"}
	judge(t, []fault{
		{kind: k, form: "a copy beside it", source: files, mapping: ofIDs, days: []day{fine("a.csv", text, one), copied, copied, away,
			fine("a.csv", "id,a\n1,x\n2,z\n", two)}},
		{kind: k, form: "the same rows, otherwise written, are another file", source: files, mapping: ofIDs,
			days: []day{fine("a.csv", text, one), fine("a (1).csv", strings.ReplaceAll(text, "\n", "\r\n"), two)}},
		{kind: k, form: "where the whole stream is each file's", source: folder("key: [id]"), mapping: ofIDs,
			days: []day{fine("a.csv", text, "1, 2"), fine("b.csv", text, "1, 2")}},
		{kind: "t46", form: "steps of XML parted by dots", source: tree, mapping: ofIDs, days: []day{dots}},
	})
}
