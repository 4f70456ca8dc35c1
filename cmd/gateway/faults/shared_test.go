package faults_test

import (
	"strings"
	"testing"
)

// TestOneTableInTwoFiles: two files of one folder that have rows of one table do
// not take each other's rows away, whichever changes; what they say differently
// of one key is held, and that the table stands twice is an issue that is named,
// until one of them is gone.
func TestOneTableInTwoFiles(t *testing.T) {
	const k = "sharedtable"
	px := func(area, a, b string) string {
		return `MATRIX="M";STUB="a";HEADING="t";VALUES("a")="` + strings.ReplaceAll(area, ",", `","`) + `";VALUES("t")="2023","2024";DATA=` + a + " " + b + ";"
	}
	stat := func(area, a, b string) string {
		return `{"class":"dataset","extension":{"px":{"matrix":"M"}},"id":["a","t"],"size":[1,2],"dimension":{"a":{"category":{"index":["` + area +
			`"]}},"t":{"category":{"index":["2023","2024"]}}},"value":[` + a + "," + b + `]}`
	}
	ml := func(area, a, b string) string {
		return `<m:StructureSpecificData xmlns:m="message"><m:DataSet><Series a="` + area + `"><Obs TIME_PERIOD="2023" OBS_VALUE="` + a +
			`"/><Obs TIME_PERIOD="2024" OBS_VALUE="` + b + `"/></Series></m:DataSet></m:StructureSpecificData>`
	}
	csv := func(area, a, b string) string {
		return "DATAFLOW,a,TIME_PERIOD,OBS_VALUE\nM," + area + ",2023," + a + "\nM," + area + ",2024," + b + "\n"
	}
	twice := func(file, text, live, cause, held string) day {
		d := doubtful(file, text, live, cause, "GW-D110", held)
		return d
	}
	gone := func(file string) func(t *testing.T, w *world) {
		return func(t *testing.T, w *world) { remove(t, w, file) }
	}
	var cases []fault
	for _, f := range []struct {
		form, ext string
		text      func(area, a, b string) string
	}{{"PX", ".px", px}, {"JSON-stat", ".json", stat}, {"SDMX-ML", ".xml", ml}, {"SDMX-CSV", ".csv", csv}} {
		one, two := "a"+f.ext, "b"+f.ext
		x, y := "M|x|2023=1, M|x|2024=2", "M|y|2023=3, M|y|2024=4"
		alone := fine(two, f.text("y", "3", "5"), "M|y|2023=3, M|y|2024=5")
		alone.does = gone(one)
		last := fine("", "", "M|x|2023=1, M|x|2024=6, M|y|2023=3, M|y|2024=4")
		last.does = gone(two)
		cases = append(cases,
			fault{kind: k, form: f.form + ", other rows", source: figures("table: M"), mapping: observations, days: []day{
				fine(one, f.text("x", "1", "2"), x),
				twice(two, f.text("y", "3", "4"), x+", "+y, "GW-D110", ""),
				twice(one, f.text("x", "1", "6"), "M|x|2023=1, M|x|2024=6, "+y, "GW-D110", ""),
				twice(two, f.text("y", "3", "4"), "M|x|2023=1, M|x|2024=6, "+y, "GW-D110", ""),
				last, alone}},
			fault{kind: k, form: f.form + ", the same rows", source: figures("table: M"), mapping: observations, days: []day{
				fine(one, f.text("x", "1", "2"), x),
				twice(two, f.text("x", "1", "7"), x, "GW-D110", "GW-R014"),
				twice(two, f.text("x", "1", "8"), x, "GW-D110", "GW-R014"),
				twice(one, f.text("x", "1", "3"), "M|x|2023=1, M|x|2024=3", "GW-D110", "GW-R014")}})
	}
	first := twice("", "", "M|x|2023=1, M|x|2024=2, M|y|2023=3, M|y|2024=4", "GW-D110", "")
	first.does = func(t *testing.T, w *world) {
		put(t, w, "a.px", px("x", "1", "2"))
		put(t, w, "b.px", px("y", "3", "4"))
	}
	cases = append(cases, fault{kind: k, form: "both from the first day", source: figures(""), mapping: observations, days: []day{first}},
		fault{kind: k, form: "each file everything", source: figures("complete: stream"), mapping: observations, days: []day{
			fine("a.px", px("x", "1", "2"), "M|x|2023=1, M|x|2024=2"), fine("b.px", px("y", "3", "4"), "M|y|2023=3, M|y|2024=4")}})
	judge(t, cases)
}
