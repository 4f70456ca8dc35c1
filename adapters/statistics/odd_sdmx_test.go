package statistics_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

func TestRemovalsOfSDMX(t *testing.T) {
	structure := func(sets string) string {
		return `{"data":{"structures":[{"dimensions":{"series":[{"id":"A","values":[{"id":"x"},{"id":"y"}]}],"observation":[{"id":"TIME_PERIOD","values":[{"id":"2023"},{"id":"2024"}]}]}}],"dataSets":[` + sets + `]}}`
	}
	generic := func(header, set string) string {
		return `<GenericData><Header>` + header + `</Header><DataSet` + set + `><Series><SeriesKey><Value id="A" value="x"/></SeriesKey><Obs><ObsDimension value="2024"/></Obs></Series></DataSet></GenericData>`
	}
	flat := func(sets string) string { return `<StructureSpecificData>` + sets + `</StructureSpecificData>` }
	for name, c := range map[string]struct {
		file, content string
		want          map[string]string
		held, note    string
	}{
		"json":                             {file: "d.json", content: odd(t, "delete.json"), want: map[string]string{"d|x|2024": "gone"}},
		"ml":                               {file: "d.xml", content: odd(t, "delete.xml"), want: map[string]string{"d|x|A|2024": "gone"}},
		"ml, generic, by its header":       {file: "d.xml", content: generic(`<DataSetAction>Delete</DataSetAction>`, ""), want: map[string]string{"d|x|2024": "gone"}},
		"ml, generic, by its data set":     {file: "d.xml", content: generic("", ` action="Delete"`), want: map[string]string{"d|x|2024": "gone"}},
		"ml, the data set over the header": {file: "d.xml", content: generic(`<DataSetAction>Delete</DataSetAction>`, ` action="Append"`), want: map[string]string{"d|x|2024": "none:.."}},
		"ml, removed and given anew": {file: "d.xml", content: flat(`<DataSet action="Delete"><Obs A="x" TIME_PERIOD="2023"/><Obs A="x" TIME_PERIOD="2024"/></DataSet><DataSet action="Append"><Obs A="y" TIME_PERIOD="2024" OBS_VALUE="3"/></DataSet>`),
			want: map[string]string{"d|x|2023": "gone", "d|x|2024": "gone", "d|y|2024": "3"}},
		"ml, one observation": {file: "d.xml", content: flat(`<DataSet action="Replace"><Obs A="x" TIME_PERIOD="2023" action="Delete"/><Obs A="y" TIME_PERIOD="2023" OBS_VALUE="1"/></DataSet>`),
			want: map[string]string{"d|x|2023": "gone", "d|y|2023": "1"}},
		"ml, a value that is no number": {file: "d.xml", content: flat(`<DataSet action="Delete"><Obs A="x" TIME_PERIOD="2023" OBS_VALUE="?"/></DataSet>`), want: map[string]string{"d|x|2023": "gone"}},
		"ml, a whole series":            {file: "d.xml", content: flat(`<DataSet action="Delete"><Series A="x"/></DataSet>`), want: map[string]string{}, held: "GW-D061"},
		"ml, everything":                {file: "d.xml", content: flat(`<DataSet action="Delete"/>`), want: map[string]string{}, note: "GW-D061"},
		"json 2, null values":           {file: "d.json", content: structure(`{"action":"Delete","series":{"0":{"observations":{"0":null,"1":[]}}}}`), want: map[string]string{"d|x|2023": "gone", "d|x|2024": "gone"}},
		"json 2, appended beside":       {file: "d.json", content: structure(`{"action":"Delete","series":{"0":{"observations":{"0":[1]}}}},{"action":"Append","series":{"1":{"observations":{"0":[1]}}}}`), want: map[string]string{"d|x|2023": "gone", "d|y|2023": "1"}},
		"json, a whole series":          {file: "d.json", content: structure(`{"action":"Delete","series":{"1":{}}}`), want: map[string]string{}, held: "GW-D061"},
		"json, everything":              {file: "d.json", content: structure(`{"action":"Delete"}`), want: map[string]string{}, note: "GW-D061"},
		"csv, by its word":              {file: "d.csv", content: "DATAFLOW,ACTION,A,TIME_PERIOD,OBS_VALUE\nd,Delete,x,2023,\nd,I,y,2023,1\n", want: map[string]string{"d|x|2023": "gone", "d|y|2023": "1"}},
		"csv, any period":               {file: "d.csv", content: "DATAFLOW,ACTION,A,TIME_PERIOD,OBS_VALUE\nd,D,x,,\nd,I,y,2023,1\n", want: map[string]string{"d|y|2023": "1"}, held: "GW-D061"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, complete := range []string{"file", "stream"} { // a part proves nothing, whatever a file is said to prove
				r := readFile(t, c.file, c.content, "complete: "+complete+"\n")
				r.wants(t, c.want)
				if r.proved != nil {
					t.Errorf("%s: proved %+v", complete, r.proved)
				}
				if codes := codesOf(r.held); c.held != strings.Join(codes, " ") {
					t.Errorf("held %v, want %q", codes, c.held)
				}
				if c.note != "" && !slices.Contains(r.notes, c.note) {
					t.Errorf("notes %v, want %s", r.notes, c.note)
				}
			}
		})
	}
}

// TestRemovedAndGivenAnew: a message may take an observation away and give it
// anew: that is no removal, and no repetition.
func TestRemovedAndGivenAnew(t *testing.T) {
	dir := t.TempDir()
	text := `<StructureSpecificData><DataSet action="Delete"><Obs A="x" TIME_PERIOD="2024"/><Obs A="x" TIME_PERIOD="2023"/></DataSet>` +
		`<DataSet action="Append"><Obs A="x" TIME_PERIOD="2024" OBS_VALUE="5"/><Obs A="x" TIME_PERIOD="2024" OBS_VALUE="6"/></DataSet></StructureSpecificData>`
	if err := os.WriteFile(filepath.Join(dir, "a.xml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	page := walk(t, open(t, "format: auto\n", "place: {folder: '"+dir+"', settle: -1s}"))[0]
	if len(page.Records) != 2 || page.Records[0].Gone || page.Records[0].Key != "a|x|2024" ||
		!page.Records[1].Gone || page.Records[1].Key != "a|x|2023" {
		t.Errorf("%+v", page.Records)
	}
	if len(page.Refused) != 1 || page.Refused[0].Problem.Code != "GW-D036" {
		t.Errorf("refused %+v", page.Refused)
	}
}

// TestSourcesOwnWords: what a source says beside its data, or instead of it, is
// told as it said it; beside data it makes a part of them, until another answer
// stands for the whole.
func TestSourcesOwnWords(t *testing.T) {
	footer := func(message string) string {
		return `<mes:GenericData xmlns:mes="m" xmlns:com="c"><mes:DataSet><Series><SeriesKey><Value id="A" value="x"/></SeriesKey><Obs><ObsDimension value="2024"/><ObsValue value="1"/></Obs></Series></mes:DataSet>` +
			`<Footer>` + message + `</Footer></mes:GenericData>`
	}
	dataset := func(more string) string {
		return `{"class":"dataset","id":["t"],"size":[1],"dimension":{"t":{"category":{"index":["2024"]}}},"value":[1]` + more + `}`
	}
	sdmx := `"data":{"structures":[{"dimensions":{"observation":[{"id":"TIME_PERIOD","values":[{"id":"2024"}]}]}}],"dataSets":[{"observations":{"0":[1]}}]}`
	for name, c := range map[string]struct {
		file, content, yaml, said, code string
		read                            int
		whole                           bool
	}{
		"ml, too large": {file: "a.xml", content: footer(`<Message code="413" severity="Information"><com:Text>too large, delivered later</com:Text></Message>`), read: 1, said: "too large, delivered later", code: "413"},
		"ml, two texts": {file: "a.xml", content: footer(`<Message code="510"><com:Text xml:lang="en">Response size exceeds limit</com:Text><com:Text xml:lang="fr">trop grand</com:Text></Message>`),
			read: 1, said: "Response size exceeds limit; trop grand", code: "510"},
		"ml, a footer alone":        {file: "a.xml", content: `<GenericData><DataSet/><Footer><Message code="413"><Text>later</Text></Message></Footer></GenericData>`, said: "later", code: "413"},
		"ml, one the settings know": {file: "a.xml", content: footer(`<Message code="413"><com:Text>fine</com:Text></Message>`), yaml: "footers: ['413']\n", read: 1, whole: true},
		"json 2":                    {file: "a.json", content: `{` + sdmx + `,"errors":[{"code":413,"title":"Too many","detail":"first 1 only"}]}`, read: 1, said: "Too many: first 1 only", code: "413"},
		"json 2, no errors":         {file: "a.json", content: `{` + sdmx + `,"errors":[]}`, read: 1, whole: true},
		"json-stat, a warning":      {file: "a.json", content: dataset(`,"warning":{"status":413,"label":"asynchronous"}`), read: 1, said: "asynchronous", code: "413"},
		"json-stat, errors":         {file: "a.json", content: dataset(`,"error":[{"id":"B1","label":"a part only"}]`), read: 1, said: "a part only", code: "B1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readFile(t, c.file, c.content, c.yaml)
			if r.failure != nil || len(r.got) != c.read || (r.proved != nil) != c.whole {
				t.Fatalf("read %v, proved %v, %v", r.got, r.proved, r.failure)
			}
			if c.whole {
				if len(r.notes) > 0 {
					t.Errorf("notes %v", r.said)
				}
				return
			}
			i := slices.Index(r.notes, "GW-D051")
			if i < 0 || r.said[i].Value != c.said || r.said[i].Path != c.code || r.said[i].Reason() != problem.Doubtful {
				t.Errorf("said %v, want %q", r.said, c.said)
			}
		})
	}
	for name, c := range map[string]struct{ file, content, said, code string }{
		"ml":                 {"a.xml", `<mes:Error xmlns:mes="m" xmlns:com="c"><mes:ErrorMessage code="140"><com:Text>Semantic error: GEO</com:Text></mes:ErrorMessage></mes:Error>`, "Semantic error: GEO", "140"},
		"ml, two languages":  {"a.xml", `<Error><ErrorMessage code="100"><Text>No results</Text><Text>Không có</Text></ErrorMessage></Error>`, "No results; Không có", "100"},
		"soap":               {"a.xml", `<S:Fault xmlns:S="s"><faultcode>100</faultcode><faultstring>No results found.</faultstring></S:Fault>`, "No results found.", "100"},
		"soap, wrapped":      {"a.xml", `<S:Envelope xmlns:S="s"><S:Body><S:Fault><faultcode>S:Server</faultcode><faultstring>later</faultstring></S:Fault></S:Body></S:Envelope>`, "later", "S:Server"},
		"sdmx-json":          {"a.json", `{"meta":{},"data":{"dataSets":[]},"errors":[{"code":100,"title":"No results found"}]}`, "No results found", "100"},
		"json-stat, class":   {"a.json", `{"version":"2.0","class":"error","status":"400","label":"invalid dataset code"}`, "invalid dataset code", "400"},
		"json-stat, member":  {"a.json", `{"error":[{"status":400,"id":100,"label":"no such table"}]}`, "no such table", "400"},
		"json-stat, warning": {"a.json", `{"warning":{"status":413,"label":"will be delivered later"}}`, "will be delivered later", "413"},
	} {
		t.Run("error "+name, func(t *testing.T) {
			r := readFile(t, c.file, c.content, "")
			p, ok := problem.As(r.failure)
			if !ok || p.Code != "GW-D050" || p.Value != c.said || p.Path != c.code || strings.Count(r.failure.Error(), c.file) != 1 {
				t.Errorf("%v, want %q (%s)", r.failure, c.said, c.code)
			}
		})
	}
}

func TestLabelsAreNoKeys(t *testing.T) {
	const names = "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,FREQ,Frequency,REF_AREA,Reference area,TIME_PERIOD,Time period,OBS_VALUE,Observation value,OBS_STATUS,Observation status\n" +
		"dataflow,Q:F(1.0),CPI,I,M,Monthly,51,Quảng Ngãi,2024-01,,1.5,,P,Provisional\n"
	for name, c := range map[string]struct {
		content, yaml, label string
		want                 map[string]string
		held                 string
	}{
		"as one office writes it": {content: names, label: "Quảng Ngãi", want: map[string]string{"Q:F(1.0)|M|51|2024-01": "1.5"}},
		"one word names": {content: strings.ReplaceAll(names, "Reference area", "Area"),
			label: "Quảng Ngãi", want: map[string]string{"Q:F(1.0)|M|51|2024-01": "1.5"}},
		"renamed by the office": {content: strings.ReplaceAll(names, "Quảng Ngãi", "Tỉnh Quảng Ngãi"),
			label: "Tỉnh Quảng Ngãi", want: map[string]string{"Q:F(1.0)|M|51|2024-01": "1.5"}},
		"semicolons, lower case": {content: "STRUCTURE;STRUCTURE_ID;STRUCTURE_NAME;freq;Time frequency;geo;Geopolitical entity (reporting);TIME_PERIOD;Time;OBS_VALUE;Observation value\ndataflow;E:F;x;A;Annual;VN;Việt Nam;2024;;7,5;\n", label: "Việt Nam", want: map[string]string{"E:F|A|VN|2024": "7.5"}},
		"not announced":          {content: "DATAFLOW,REF_AREA,Địa bàn,TIME_PERIOD,Kỳ,OBS_VALUE,Giá trị\nF,51,Quảng Ngãi,2024,2024,3,\n", label: "Quảng Ngãi", want: map[string]string{"F|51|2024": "3"}},
		"for some columns only":  {content: "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,FREQ,REF_AREA,Reference area,TIME_PERIOD,OBS_VALUE\ndataflow,F,x,A,51,Quảng Ngãi,2024,3\n", label: "Quảng Ngãi", want: map[string]string{"F|A|51|2024": "3"}},
		"none for periods and values": {content: "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,FREQ,Frequency,REF_AREA,Area,TIME_PERIOD,OBS_VALUE,OBS_STATUS,Status\n" +
			"dataflow,F,x,A,Annual,51,Quảng Ngãi,2024,3,P,Provisional\n", label: "Quảng Ngãi", want: map[string]string{"F|A|51|2024": "3"}},
		"ids in small letters": {content: "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,freq,sex,Sex,geo,Country,TIME_PERIOD,OBS_VALUE\n" +
			"dataflow,F,x,A,F,Nữ,VN,Việt Nam,2024,3\n", label: "Việt Nam", want: map[string]string{"F|A|VN|F|2024": "3"}},
		"a dimension in Vietnamese":           {content: "DATAFLOW,FREQ,Khu vực,TIME_PERIOD,OBS_VALUE\nF,A,Thành thị,2024,3\nF,A,Nông thôn,2024,4\n", want: map[string]string{"F|A|Thành thị|2024": "3", "F|A|Nông thôn|2024": "4"}},
		"a column that only looks like names": {content: "DATAFLOW,REF_AREA,Khu vực,TIME_PERIOD,Kỳ,OBS_VALUE,Giá trị\nF,51,Thành thị,2024,,3,\nF,51,Nông thôn,2023,,4,\n", want: map[string]string{"F|51|2024": "3"}, held: "GW-D062"},
		"the same, set right": {content: "DATAFLOW,REF_AREA,Khu vực,TIME_PERIOD,Kỳ,OBS_VALUE,Giá trị\nF,51,Thành thị,2024,,3,\nF,51,Nông thôn,2024,,4,\n", yaml: "dimensions: [REF_AREA, Khu vực, TIME_PERIOD]\n",
			want: map[string]string{"F|Thành thị|51|2024": "3", "F|Nông thôn|51|2024": "4"}},
		"a moment of update is no dimension": {content: "DATAFLOW,LAST UPDATE,freq,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nE:F(1.0),23/05/24 23:00:00,A,VN,2024,3,p\n", want: map[string]string{"E:F(1.0)|A|VN|2024": "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := readFile(t, "a.csv", c.content, c.yaml)
			r.wants(t, c.want)
			if codes := strings.Join(codesOf(r.held), " "); codes != c.held {
				t.Errorf("held %q, want %q", codes, c.held)
			}
			for key := range r.got {
				labels := r.cells[key].Labels
				if c.label != "" && labels["REF_AREA"]+labels["geo"] != c.label {
					t.Errorf("labels %v, want %q", labels, c.label)
				}
			}
		})
	}
	if r := readFile(t, "a.csv", "DATAFLOW,LAST UPDATE,geo,TIME_PERIOD,OBS_VALUE\nF,23/05/24 23:00:00,VN,2024,3\n", ""); r.at["F|VN|2024"] != "2024-05-23 23:00" {
		t.Errorf("updated %v", r.at)
	}
}
