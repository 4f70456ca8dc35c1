package faults_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"
)

// sheet is a sheet of a workbook: rows of id and a.
type sheet struct {
	name   string
	rows   [][]any
	hidden bool
}

func tasksOn(name string, ids ...int) sheet {
	s := sheet{name: name, rows: [][]any{{"id", "a"}}}
	for _, id := range ids {
		s.rows = append(s.rows, []any{id, "t"})
	}
	return s
}

func bookOf(t *testing.T, sheets ...sheet) string {
	t.Helper()
	f := excelize.NewFile()
	for i, s := range sheets {
		if _, err := f.NewSheet(s.name); err != nil {
			t.Fatal(err)
		}
		for n := range s.rows {
			if err := f.SetSheetRow(s.name, fmt.Sprintf("A%d", n+1), &s.rows[n]); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			f.SetActiveSheet(1)
			if err := f.DeleteSheet("Sheet1"); err != nil {
				t.Fatal(err)
			}
		}
		if s.hidden {
			if err := f.SetSheetVisible(s.name, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSheetsNobodyReads: a sheet with rows that no stream reads is told: once
// where it was there from the beginning, as long as it is there where it came
// later. What a stream beside reads, what is left out by name, is hidden or
// holds nothing, is not told.
func TestSheetsNobodyReads(t *testing.T) {
	const k = "sheets"
	in := func(more, streams string) string {
		return "adapter: tabular\nplace: {folder: \"{drop}\", settle: -1s}\nkey: [id]\ncomplete: stream\ntrace: false\n" + more + "\nstreams: {" + streams + "}"
	}
	const one = "t: {every: 1h, mapping: m/x}"
	march, april := tasksOn("Tháng 3", 1, 2), tasksOn("Tháng 4", 3)
	notes := sheet{name: "Ghi chú", rows: [][]any{{"chỉ một dòng"}}}
	codes := tasksOn("Danh mục", 9)
	codes.hidden = true
	book := func(sheets ...sheet) string { return bookOf(t, sheets...) }
	told := func(text, live, notes, warns string) day {
		d := fine("b.xlsx", text, live)
		d.notes, d.warns = notes, warns
		return d
	}
	both := func(live string) day {
		d := told(book(march, april), live, "", "")
		d.state, d.cause, d.warns = "healthy healthy", "- -", "GW-C032" // of keys that are the same columns
		return d
	}
	judge(t, []fault{
		{kind: k, form: "there from the beginning", source: in("", one), mapping: ofIDs, days: []day{
			told(book(march, april), "1, 2", "GW-D108", ""), told(book(tasksOn("Tháng 3", 1), april), "1", "", "")}},
		{kind: k, form: "one that came later", source: in("", one), mapping: ofIDs, days: []day{
			told(book(march, notes), "1, 2", "", ""), told(book(march, april), "1, 2", "GW-D109", "GW-D109"),
			{live: "1, 2", state: "healthy", cause: "-", notes: "GW-D109", warns: "GW-D109"}, told(book(march), "1, 2", "", "")}},
		{kind: k, form: "one that came beside one that was there", source: in("sheet: Tháng 4", one), mapping: ofIDs, days: []day{
			told(book(march, april), "3", "GW-D108", ""), told(book(march, april, tasksOn("Tháng 5", 7)), "3", "GW-D109", "GW-D109")}},
		{kind: k, form: "hidden, or a line", source: in("", one), mapping: ofIDs, days: []day{told(book(march, codes, notes), "1, 2", "", "")}},
		{kind: k, form: "left out by name", source: in("unread: [\"/^Tháng [45]/\", \"#4\", ghi chu]", one), mapping: ofIDs, days: []day{
			told(book(march, april, notes, tasksOn("Khác", 8)), "1, 2", "", "")}},
		{kind: k, form: "read by a stream beside", source: in("", "t: {every: 1h, mapping: m/x, complete: none}, "+
			"u: {every: 1h, mapping: m/x, sheet: Tháng 4, complete: none}"), mapping: ofIDs, streams: []string{"t", "u"}, days: []day{both("1..3")}},
	})
}
