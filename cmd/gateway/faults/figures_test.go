package faults_test

import (
	"strings"
	"testing"
)

// figures is a statistics source over the folder, with settings of its own.
func figures(more string) string {
	return "adapter: statistics\nplace: {folder: \"{drop}\", settle: -1s}\n" + more + "\nstreams: {t: {every: 1h, mapping: m/x}}"
}

const (
	genericHead = `<mes:GenericData xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" ` +
		`xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"><mes:Header><mes:ID>x</mes:ID></mes:Header><mes:DataSet>`
	later = `<Footer><Message code="413" severity="Information"><com:Text>too large, delivered later</com:Text></Message></Footer>`
)

// series writes so many series of one observation each.
func series(n int) (text string) {
	for i := range n {
		text += `<Series><SeriesKey><Value id="GEO" value="A` + string(rune('0'+i)) + `"/></SeriesKey><Obs><ObsDimension value="2024"/>` +
			`<ObsValue value="1.5"/></Obs></Series>`
	}
	return text
}

func generic(n int, behind string) string {
	return genericHead + series(n) + "</mes:DataSet>" + behind + "</mes:GenericData>"
}

// jsonstat is a table of ten cells, with values and what stands beside them.
func jsonstat(values, more string) string {
	return `{"class":"dataset","id":["GEO","t"],"size":[10,1],"dimension":{"GEO":{"category":{"index":` +
		`["A0","A1","A2","A3","A4","A5","A6","A7","A8","A9"]}},"t":{"category":{"index":["2024"]}}},"value":` + values + more + `}`
}

func geos(table string, n int) string {
	var all []string
	for i := range n {
		all = append(all, table+"|A"+string(rune('0'+i))+"|2024")
	}
	return strings.Join(all, ", ")
}

// TestNoticesBesideData: what a server says beside its data, or instead of it,
// is told in its words; it is a part, removes nothing, and is not healthy.
func TestNoticesBesideData(t *testing.T) {
	const k = "20-sdmx-footer-413"
	good, ten := generic(10, ""), geos("f", 10)
	ml := func(form, text string, then day) fault {
		then.file, then.text, then.live = "f.xml", text, ten
		return fault{kind: k, form: form, source: figures(""), mapping: observations, days: []day{fine("f.xml", good, ten), then}}
	}
	part := doubtful("", "", "", "GW-D051", "GW-D051", "")
	part.says = "too large, delivered later"
	json := `{"data":{"structures":[{"dimensions":{"series":[{"id":"GEO","values":[{"id":"A0"},{"id":"A1"}]}],"observation":` +
		`[{"id":"TIME_PERIOD","values":[{"id":"2024"}]}]}}],"dataSets":[{"series":{"0":{"observations":{"0":[1]}}#}}]}@}`
	two := strings.NewReplacer("#", `,"1":{"observations":{"0":[2]}}`, "@", "").Replace(json)
	one := strings.NewReplacer("#", "", "@", `,"errors":[{"code":413,"title":"Too many"}]`).Replace(json)
	stat, half := jsonstat("[1,1,1,1,1,1,1,1,1,1]", ""), jsonstat(`{"0":1,"1":1}`, `,"warning":{"status":413,"label":"later"}`)
	judge(t, []fault{
		ml("a footer alone", generic(0, later), part),
		ml("half the data and a footer", generic(9, later), part),
		ml("an error", `<mes:Error xmlns:mes="m" xmlns:com="c"><mes:ErrorMessage code="140"><com:Text>Semantic error: GEO</com:Text></mes:ErrorMessage></mes:Error>`,
			refused("", "", "", "GW-D050")),
		ml("a fault of SOAP", `<S:Envelope xmlns:S="s"><S:Body><S:Fault><faultcode>100</faultcode><faultstring>later</faultstring></S:Fault></S:Body></S:Envelope>`,
			refused("", "", "", "GW-D050")),
		ml("a footer before the data", strings.Replace(generic(9, ""), "<mes:DataSet>", later+"<mes:DataSet>", 1), part),
		{kind: k, form: "SDMX-JSON, half and an error", source: figures("complete: stream"), mapping: observations,
			days: []day{fine("f.json", two, geos("f", 2)), doubtful("f.json", one, geos("f", 2), "GW-D051", "GW-D051", "")}},
		{kind: k, form: "JSON-stat, half and a warning", source: figures(""), mapping: observations,
			days: []day{fine("f.json", stat, ten), doubtful("f.json", half, ten, "GW-D051", "GW-D051", "")}},
		{kind: k, form: "at an address", source: strings.Replace(figures(""), inFolder, "{url: [\"{url}/f.xml\"]}", 1), mapping: observations,
			days: []day{fine("", good, ten), doubtful("", generic(9, later), ten, "GW-D051", "GW-D051", ""),
				fine("", generic(9, ""), geos("f", 9))}},
	})
}

// TestRemovalsOfSDMX: action Delete takes away what it names, in every form of
// SDMX, and proves nothing of all else.
func TestRemovalsOfSDMX(t *testing.T) {
	const flat = `<StructureSpecificData><DataSet><Series A="x" FREQ="A"><Obs TIME_PERIOD="2023" OBS_VALUE="6"/><Obs TIME_PERIOD="2024" OBS_VALUE="7"/></Series></DataSet></StructureSpecificData>`
	const json = `{"data":{"dataSets":[{"action":"Replace","series":{"0":{"observations":{"0":[7],"1":[6]}}}}],"structure":{"dimensions":{"dataSet":[],"series":[{"id":"A","values":[{"id":"x"}]}],"observation":[{"id":"TIME_PERIOD","values":[{"id":"2024"},{"id":"2023"}]}]},"attributes":{"dataSet":[],"series":[],"observation":[]}}}}`
	const csv = "DATAFLOW,ACTION,A,TIME_PERIOD,OBS_VALUE\n"
	const both, less = "d|x|2023, d|x|2024", "d|x|2023"
	then := func(kind, form, name, first, second, live, then string) fault {
		return fault{kind: kind, form: form, source: figures(""), mapping: observations,
			days: []day{fine(name, first, live), fine(name, second, then)}}
	}
	judge(t, []fault{
		then("sdel", "in JSON", "d.json", json, input(t, "delete.json"), both, less),
		then("sdelx", "in ML", "d.xml", flat, input(t, "delete.xml"), "d|x|A|2023, d|x|A|2024", "d|x|A|2023"),
		then("sdel", "in CSV", "d.csv", csv+"d,R,x,2023,6\nd,R,x,2024,7\n", csv+"d,D,x,2024,\n", both, less),
		then("sdel", "in CSV, given anew in the same file", "d.csv", csv+"d,R,x,2023,6\nd,R,x,2024,7\n",
			csv+"d,D,x,2023,\nd,D,x,2024,\nd,A,x,2023,8\n", both, less),
		then("sdelx", "in generic ML, by its header", "d.xml",
			`<GenericData><DataSet><Series><SeriesKey><Value id="A" value="x"/></SeriesKey><Obs><ObsDimension value="2023"/><ObsValue value="6"/></Obs>`+
				`<Obs><ObsDimension value="2024"/><ObsValue value="7"/></Obs></Series></DataSet></GenericData>`,
			`<GenericData><Header><DataSetAction>Delete</DataSetAction></Header><DataSet><Series><SeriesKey><Value id="A" value="x"/></SeriesKey>`+
				`<Obs><ObsDimension value="2024"/></Obs></Series></DataSet></GenericData>`, both, less),
		then("sdelx", "of an observation, among others", "d.xml", flat,
			`<StructureSpecificData><DataSet action="Append"><Series A="x" FREQ="A"><Obs TIME_PERIOD="2024" action="Delete"/><Obs TIME_PERIOD="2023" OBS_VALUE="8"/></Series></DataSet></StructureSpecificData>`,
			"d|x|A|2023=6, d|x|A|2024=7", "d|x|A|2023=8"),
	})
}

// TestWhenAndWhatOfPX: periods, times of update and the last semicolon, as
// offices write them; more forms in adapters/statistics/odd_px_test.go.
func TestWhenAndWhatOfPX(t *testing.T) {
	px := func(form, kind, text, live string, notes string) fault {
		d := fine("a.px", text, live)
		d.notes = notes
		return fault{kind: kind, form: form, source: figures(""), mapping: observations, days: []day{d}}
	}
	head := `MATRIX="M";STUB="a";HEADING="t";VALUES("a")="x";`
	quarters := input(t, "quarters-by-letter.px")
	open := input(t, "no-last-semicolon.px")
	whole := strings.TrimSpace(open) + ";\n"
	cut := strings.Replace(open, "3 4\n", "3\n", 1)
	judge(t, []fault{
		px("quarters by a letter", "pxtime", quarters, "M2|x|2007-Q1=1, M2|x|2007-Q2=2, M2|y|2007-Q1=3, M2|y|2007-Q2=4", ""),
		px("half-years by another", "pxtime", head+`VALUES("t")="2007T1","2007T2";TIMEVAL("t")=TLIST(H1),"20071","20072";DATA=1 2;`, "M|x|2007-S1=1, M|x|2007-S2=2", ""),
		px("weeks over the turn of a year", "pxtime", head+`VALUES("t")="2007U52","2008U01";TIMEVAL("t")=TLIST(W1),"200752","200801";DATA=1 2;`, "M|x|2007-W52=1, M|x|2008-W01=2", ""),
		px("months in words", "pxtime", head+`VALUES("t")="tammikuu 2007","helmikuu 2007";TIMEVAL("t")=TLIST(M1),"200701","200702";DATA=1 2;`, "M|x|2007-01=1, M|x|2007-02=2", ""),
		px("the last semicolon is missing", "pxsemi", open, "M1|x|2023=1, M1|x|2024=2, M1|y|2023=3, M1|y|2024=4", "GW-D057"),
		{kind: "pxsemi", form: "and then a value, too", source: figures(""), mapping: observations, days: []day{
			fine("a.px", whole, "M1|x|2023=1, M1|x|2024=2, M1|y|2023=3, M1|y|2024=4"),
			refused("a.px", cut, "M1|x|2023=1, M1|x|2024=2, M1|y|2023=3, M1|y|2024=4", "GW-D032")}},
		{kind: "pxsemi", form: "and then half a value", source: figures(""), mapping: observations, days: []day{
			fine("a.px", whole, "M1|x|2023=1, M1|x|2024=2, M1|y|2023=3, M1|y|2024=4"),
			doubtful("a.px", strings.TrimSpace(open), "M1|x|2023=1, M1|x|2024=2, M1|y|2023=3, M1|y|2024=4", "GW-D058", "GW-D058", "")}},
	})
}

// TestTimesOfUpdate: what bears the time of a record is what was updated last,
// content by content; the time at which a file was made only where there is no other.
func TestTimesOfUpdate(t *testing.T) {
	const k = "lastupd"
	by := input(t, "updated-by-content.px")
	once := func(form, text, live string) fault {
		return fault{kind: k, form: form, source: figures(""), mapping: observations, times: true, days: []day{fine("a.px", text, live)}}
	}
	drop := func(text string, lines ...string) string {
		for _, line := range lines {
			text = strings.Replace(text, line, "", 1)
		}
		return text
	}
	x, y := "LAST-UPDATED(\"x\")=\"20251027 08:00\";\n", "LAST-UPDATED(\"y\")=\"20251028 08:00\";\n"
	judge(t, []fault{
		once("by content", by, "M4|x|2023=1 2025-10-27T08:00, M4|x|2024=2 2025-10-27T08:00, M4|y|2023=3 2025-10-28T08:00, M4|y|2024=4 2025-10-28T08:00"),
		once("of the table", drop(by, x, `("y")`), "M4|x|2023=1 2025-10-28T08:00, M4|x|2024=2 2025-10-28T08:00, M4|y|2023=3 2025-10-28T08:00, M4|y|2024=4 2025-10-28T08:00"),
		once("none but the file's", drop(by, x, y), "M4|x|2023=1 2026-02-23T22:57, M4|x|2024=2 2026-02-23T22:57, M4|y|2023=3 2026-02-23T22:57, M4|y|2024=4 2026-02-23T22:57"),
	})
}

// TestStatusesOfJSONStat: a status that nobody can read costs no value.
func TestStatusesOfJSONStat(t *testing.T) {
	const k = "jsstatus"
	once := func(form, text, live, notes string) fault {
		d := fine("a.json", text, live)
		d.notes = notes
		return fault{kind: k, form: form, source: figures("table: d"), mapping: observations, days: []day{d}}
	}
	ten := strings.ReplaceAll(geos("d", 10), "2024", "2024=1")
	judge(t, []fault{
		once("of unknown form", input(t, "status-unknown-form.json"), "d|x|2023=1, d|x|2024=2", "GW-D060"),
		once("a number", jsonstat("[1,1,1,1,1,1,1,1,1,1]", `,"status":7`), ten, "GW-D060"),
		once("by names", jsonstat("[1,1,1,1,1,1,1,1,1,1]", `,"status":{"A0|2024":"p"}`), ten, "GW-D060"),
		once("of two cells there are not", jsonstat("[1,1,1,1,1,1,1,1,1,1]", `,"status":{"10":"p","99":"e"}`), ten, ""),
		once("before the values", strings.Replace(jsonstat("[1,1,1,1,1,1,1,1,1,1]", ""), `"class"`, `"status":[[1],{}],"class"`, 1), ten, ""),
	})
}

// TestValuesWithMarks: what has marks beside its digits is held with the
// setting that lets it through whole.
func TestValuesWithMarks(t *testing.T) {
	const k = "suffix"
	text := input(t, "values-with-marks.xml")
	all := "a|x|Q|2023-Q1=519.4, a|x|Q|2023-Q2=1336167.72, a|x|Q|2023-Q3=1234.5"
	set := "strip: [\" \", \",\"]\nflag: {s: E, b: B}"
	csv := "DATAFLOW,A,TIME_PERIOD,OBS_VALUE\nF,x,2023,519.4 sb\nF,y,2023,\"1,234.5\"\n"
	stat := jsonstat(`["519.4sb","1 234","1","1","1","1","1","1","1","1"]`, "")
	held := func(form, file, text, live, codes string) fault {
		d := doubtful(file, text, live, "GW-R010", "GW-D009", codes)
		d.says = "flag" // the setting, in the hint
		return fault{kind: k, form: form + ", held", source: figures(""), mapping: observations, days: []day{d}}
	}
	through := func(form, file, text, live string) fault {
		return fault{kind: k, form: form + ", let through", source: figures(set), mapping: observations, days: []day{fine(file, text, live)}}
	}
	judge(t, []fault{
		held("SDMX-ML", "a.xml", text, "", "GW-D055 GW-D056"), through("SDMX-ML", "a.xml", text, all),
		held("SDMX-CSV", "a.csv", csv, "", "GW-D055 GW-D056"), through("SDMX-CSV", "a.csv", csv, "F|x|2023=519.4, F|y|2023=1234.5"),
		held("JSON-stat", "a.json", stat, "a|A2|2024, a|A3|2024, a|A4|2024, a|A5|2024, a|A6|2024, a|A7|2024, a|A8|2024, a|A9|2024", "GW-D055 GW-D056"),
		held("PX", "a.px", `MATRIX="M";STUB="a";HEADING="t";VALUES("a")="x";VALUES("t")="2023","2024";DATA="519.4sb" 2;`, "M|x|2024", "GW-D055"),
	})
}

// TestBrokenTextInFigures: a byte that is no letter, or a NUL, holds the
// observations that it stands in; the others, and what was published of those,
// stay. Damage that all share refuses the file. More forms in adapters/statistics/torn_test.go.
func TestBrokenTextInFigures(t *testing.T) {
	const k = "17-csv-unclosed-quote-gone"
	px := `MATRIX="M";TITLE="Dân số";STUB="a";HEADING="t";VALUES("a")="Đức Phổ","Sơn Tịnh","Lý Sơn";VALUES("t")="2023","2024";DATA=1 2 3 4 5 6;`
	stat := `{"class":"dataset","label":"Dân số","id":["a","t"],"size":[3,2],"dimension":{"a":{"category":{"index":["Đức Phổ","Sơn Tịnh","Lý Sơn"]}},` +
		`"t":{"category":{"index":["2023","2024"]}}},"value":[1,2,3,4,5,6]}`
	ml := genericHead
	for i, a := range []string{"Đức Phổ", "Sơn Tịnh", "Lý Sơn"} {
		ml += `<Series><SeriesKey><Value id="a" value="` + a + `"/></SeriesKey>`
		for j, year := range []string{"2023", "2024"} {
			ml += `<Obs><ObsDimension value="` + year + `"/><ObsValue value="` + string(rune('1'+2*i+j)) + `"/></Obs>`
		}
		ml += `</Series>`
	}
	ml += "</mes:DataSet></mes:GenericData>"
	json := `{"data":{"structures":[{"dimensions":{"series":[{"id":"a","values":[{"id":"Đức Phổ"},{"id":"Sơn Tịnh"},{"id":"Lý Sơn"}]}],` +
		`"observation":[{"id":"TIME_PERIOD","values":[{"id":"2023"},{"id":"2024"}]}]}}],"dataSets":[{"series":{"0":{"observations":{"0":[1],"1":[2]}},` +
		`"1":{"observations":{"0":[3],"1":[4]}},"2":{"observations":{"0":[5],"1":[6]}}}}]}}`
	all := "M|Đức Phổ|2023=1, M|Đức Phổ|2024=2, M|Sơn Tịnh|2023=3, M|Sơn Tịnh|2024=4, M|Lý Sơn|2023=5, M|Lý Sơn|2024=6"
	cut := strings.NewReplacer("Sơn Tịnh", "S\xc6n Tịnh")
	var cases []fault
	for _, f := range []struct{ form, file, text, shared string }{{"PX", "a.px", px, "Dân số"}, {"JSON-stat", "a.json", stat, "Dân số"},
		{"SDMX-ML", "a.xml", ml, ""}, {"SDMX-JSON", "a.json", json, ""}} {
		c := fault{kind: k, form: "a letter cut in " + f.form, source: figures("table: M\ncharset: utf-8"), mapping: observations, days: []day{
			fine(f.file, f.text, all), doubtful(f.file, cut.Replace(f.text), all, "GW-R010", "GW-D009", "GW-D100")}}
		cases = append(cases, c)
		if f.shared != "" {
			c.form += ", of all"
			c.days = []day{c.days[0], refused(f.file, strings.Replace(f.text, f.shared, f.shared[:2]+"\xc3"+f.shared[4:], 1), all, "GW-D100")}
			cases = append(cases, c)
		}
	}
	nul := doubtful("a.px", strings.Replace(px, "Lý", "L\x00\x00", 1), all, "GW-R010", "GW-D009", "GW-D107")
	judge(t, append(cases, fault{kind: k, form: "NULs in PX", source: figures(""), mapping: observations,
		days: []day{fine("a.px", px, all), nul}}))
}

// TestHeldByTheirPlaceAreMended: a row that names no observation is held by its
// place, and leaves quarantine once its table is listed without it.
func TestHeldByTheirPlaceAreMended(t *testing.T) {
	const k, head = "t-held-rows", "DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE,NOTE\n"
	const csv = head + "f,A0,2024,1,Phường\n"
	mended := func(form, file, bad, good, live, then, codes string) fault {
		second := fine(file, good, then)
		second.notes = "GW-R057" // it left quarantine
		return fault{kind: k, form: form, source: figures(""), mapping: observations,
			days: []day{doubtful(file, bad, live, "GW-R010", "GW-D009", codes), second}}
	}
	ml := genericHead + series(1) + `<Series><Obs><ObsValue value="2"/></Obs></Series></mes:DataSet></mes:GenericData>`
	judge(t, []fault{
		mended("SDMX-CSV, too many cells", "f.csv", csv+"f,A1,2024,2,3,4\n", csv+"f,A1,2024,2,\n", "f|A0|2024", geos("f", 2), "GW-D016"),
		mended("SDMX-CSV, the first row", "f.csv", head+"f,A1,2024,2,3,4\nf,A0,2024,1,Phường\n", csv+"f,A1,2024,2,\n",
			"f|A0|2024", geos("f", 2), "GW-D016"),
		mended("SDMX-CSV, a broken key", "f.csv", csv+"f,A\xc3,2024,2,\n", csv+"f,A1,2024,2,\n", "f|A0|2024", geos("f", 2), "GW-D100"),
		mended("SDMX-CSV, a broken table", "f.csv", csv+"f\xc3,A1,2024,2,\n", csv+"f,A1,2024,2,\n", "f|A0|2024", geos("f", 2), "GW-D100"),
		mended("SDMX-ML, no key", "f.xml", ml, generic(2, ""), "f|A0|2024", geos("f", 2), "GW-D020"),
	})
}
