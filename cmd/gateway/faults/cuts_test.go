package faults_test

import (
	"strings"
	"testing"
)

// TestTextsCutInTheirLastCell: a number that is cut is a number. Where texts ended
// in a line end before, the last row of one that does not is held with its place;
// where they never did, the first says so.
func TestTextsCutInTheirLastCell(t *testing.T) {
	const k, id = "t35", "key: [id]\n"
	const before, live = "id,a\n11,x\n12,45\n", "11=x, 12=45"
	sdmx := "adapter: statistics\nplace: {folder: \"{drop}\", settle: -1s}\n%\nstreams: {t: {every: 1h, mapping: m/x}}"
	figures := "DATAFLOW,A,TIME_PERIOD,OBS_VALUE\nF,x,2024,11\nF,y,2024,4556\n"
	const both = "F|x|2024=11, F|y|2024=4556"
	over := func(form, source, mapping, file, good, cut, live, place string) fault {
		a, b := fine(file, good, live), doubtful(file, cut, live, "GW-R010", "GW-D009", "GW-D120")
		b.says = place
		mended := fine(file, good, live)
		mended.notes = "*"
		return fault{kind: k, form: form, source: source, mapping: mapping, days: []day{a, b, mended}}
	}
	files := folder(id + "complete: stream")
	never := fine("f.csv", before[:len(before)-1], live)
	never.notes = "GW-D121"
	first := fine("1.csv", before, live)
	judge(t, []fault{
		over("a number", files, ofIDs, "f.csv", before, before[:len(before)-2], live, "B3"),
		over("a row more, cut", files, ofIDs, "f.csv", before, before+"13,98", live, "B4"),
		over("nothing of it is lost", files, ofIDs, "f.csv", before, before[:len(before)-1], live, "B3"),
		over("semicolons", files, ofIDs, "f.csv", strings.ReplaceAll(before, ",", ";"), "id;a\n11;x\n12;4", live, "B3"),
		over("tabs at an address", address(id+"complete: stream\nseparator: tab"), ofIDs, "",
			strings.ReplaceAll(before, ",", "\t"), "id\ta\n11\tx\n12\t4", live, "B3"),
		over("Windows' line ends, each file for itself", folder(id+"complete: file"), ofIDs, "f.csv",
			strings.ReplaceAll(before, "\n", "\r\n"), "id,a\r\n11,x\r\n12,4", "f.csv#11=x, f.csv#12=45", "B3"),
		over("behind a quote that is doubled", files, ofIDs, "f.csv",
			"id,a\n11,x\n12,\"4\"\"5\"\n", "id,a\n11,x\n12,\"4\"", "11=x, 12=4\"5", "B3"),
		over("UTF-16", files, ofIDs, "f.csv", utf16LE(before), utf16LE("id,a\n11,x\n12,4"), live, "B3"),
		over("SDMX-CSV", strings.Replace(sdmx, "%\n", "", 1), observations, "f.csv", figures, figures[:len(figures)-3], both, " 3"),
		{kind: k, form: "in the key, which is not known then", source: folder(id + "complete: stream\ncolumns: {id: B, a: A}"), mapping: ofIDs,
			days: []day{
				fine("f.csv", "t,k\nx,11\ny,12\n", "11=x, 12=y"),
				doubtful("f.csv", "t,k\nx,11\ny,12\nz,1", "11=x, 12=y", "GW-R010", "GW-D009", "GW-D120")}},
		{kind: k, form: "a file a day, all others with a line end", source: folder(id), mapping: ofIDs, days: []day{first,
			doubtful("2.csv", "id,a\n13,y\n14,9", "11=x, 12=45, 13=y", "GW-R010", "", "GW-D120")}},
		{kind: k, form: "files that never have one", source: files, mapping: ofIDs, days: []day{never,
			fine("f.csv", "id,a\n11,x\n12,45\n13,y", live+", 13=y")}},
		{kind: k, form: "files that have none any more, which is known", source: folder(id + "complete: stream\nwhole: true"), mapping: ofIDs,
			days: []day{fine("f.csv", before, live), fine("f.csv", before[:len(before)-1], live)}},
		{kind: k, form: "the same of figures", source: strings.Replace(sdmx, "%", "whole: true", 1), mapping: observations, days: []day{
			fine("f.csv", figures, both), fine("f.csv", figures[:len(figures)-1], both)}},
	})
}
