package statistics_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

func odd(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "odd", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// reading is what became of one file.
type reading struct {
	got     map[string]string // value by key; "gone" for a removal
	at      map[string]string // day and time of update
	cells   map[string]cell
	held    map[string]*problem.Problem // by key
	notes   []string                    // codes
	said    []*problem.Problem
	proved  *adapters.Scope
	failure error

	payloads [][]byte // of what was held
}

func readFile(t *testing.T, name, content, yaml string) reading {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if yaml == "" {
		yaml = "format: auto\n"
	}
	source := open(t, yaml, "place: {folder: '"+dir+"', settle: -1s}")
	pages, err := walkFrom(source, nil)
	r := reading{got: map[string]string{}, at: map[string]string{}, held: map[string]*problem.Problem{}, failure: err, proved: proof(pages)}
	for i := range pages {
		for j := range pages[i].Refused {
			r.held[pages[i].Refused[j].Raw.Key] = &pages[i].Refused[j].Problem
			r.payloads = append(r.payloads, pages[i].Refused[j].Raw.Payload)
		}
		pages[i].Refused = nil
		for j := range pages[i].Notes {
			r.notes, r.said = append(r.notes, pages[i].Notes[j].Code), append(r.said, &pages[i].Notes[j])
		}
	}
	r.cells = byKey(t, pages)
	for key, c := range r.cells {
		r.got[key] = c.value()
		if c.raw.Gone {
			r.got[key] = "gone"
		}
		if !c.raw.At.IsZero() {
			r.at[key] = c.raw.At.Format("2006-01-02 15:04")
		}
	}
	return r
}

func (r *reading) wants(t *testing.T, want map[string]string) {
	t.Helper()
	if r.failure != nil {
		t.Fatal(r.failure)
	}
	for key, value := range want {
		if r.got[key] != value {
			t.Errorf("%s: %q, want %q", key, r.got[key], value)
		}
	}
	if len(r.got) != len(want) {
		t.Errorf("%d observations, want %d: %v", len(r.got), len(want), r.got)
	}
}

func px1(rows ...string) string {
	return "MATRIX=\"M\";STUB=\"a\";HEADING=\"t\";VALUES(\"a\")=\"x\";\n" + strings.Join(rows, "\n")
}

// codesOf are the codes of what was held, each once.
func codesOf(held map[string]*problem.Problem) []string {
	var codes []string
	for _, p := range held {
		codes = append(codes, p.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// TestDoubtsAreSaidUntilAnswered: a file that does not change is not read again,
// and what it left open is still open.
func TestDoubtsAreSaidUntilAnswered(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.xml")
	write := func(foot string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(`<GenericData><DataSet><Series><SeriesKey><Value id="A" value="x"/></SeriesKey><Obs><ObsDimension value="2024"/><ObsValue value="1"/></Obs></Series></DataSet>`+foot+`</GenericData>`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source := open(t, "format: auto\n", "place: {folder: '"+dir+"', settle: -1s}")
	var at []byte
	run := func() (doubts int, proved bool) {
		t.Helper()
		pages, err := walkFrom(source, at)
		if err != nil {
			t.Fatal(err)
		}
		at = pages[len(pages)-1].Next
		for _, page := range pages {
			for i := range page.Notes {
				if page.Notes[i].Reason() == problem.Doubtful {
					doubts++
				}
			}
		}
		return doubts, proof(pages) != nil
	}
	write(`<Footer><Message code="413"><Text>later</Text></Message></Footer>`)
	for i := range 3 {
		if doubts, proved := run(); doubts != 1 || proved {
			t.Errorf("run %d: %d doubts, proved %v", i, doubts, proved)
		}
	}
	write("")
	if doubts, proved := run(); doubts != 0 || !proved {
		t.Errorf("mended: %d doubts, proved %v", doubts, proved)
	}
	write(`<Footer><Message code="413"><Text>later</Text></Message></Footer>`)
	run()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if doubts, _ := run(); doubts != 1 { // that it is gone, and nothing of what it was
		t.Errorf("a file that is gone leaves %d doubts", doubts)
	}
}

func TestOtherThingsAreCalledWhatTheyAre(t *testing.T) {
	for name, content := range map[string]string{"a.csv": "Năm,Dân số\n2024,1\n"} {
		r := readFile(t, name, content, "")
		if r.failure == nil || !strings.Contains(r.failure.Error(), "GW-D063") || !strings.Contains(r.failure.Error(),
			"Dân số") || strings.Count(r.failure.Error(), name) != 1 {
			t.Errorf("%s: %v", name, r.failure)
		}
	}
	for name, c := range map[string]struct{ file, content, format, code, said string }{
		"a page":                      {"a.xml", "<!DOCTYPE html><html><head><title>Bảo trì hệ thống</title></head></html>", "auto", "GW-S010", "Bảo trì hệ thống"},
		"a page, where PX is set":     {"a.px", "<html><title>Lỗi 502</title><body>", "px", "GW-S010", "Lỗi 502"},
		"a page, where JSON is set":   {"a.json", "<html><title>Lỗi 502</title><body>", "jsonstat", "GW-S010", "Lỗi 502"},
		"a login page":                {"a.xml", `<html><title>Đăng nhập</title><input type="password"></html>`, "auto", "GW-S011", "Đăng nhập"},
		"a structure message":         {"a.xml", `<mes:Structure xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"><mes:Header/></mes:Structure>`, "auto", "GW-S060", "SDMX Structure"},
		"a structure message in JSON": {"a.json", `{"meta":{"schema":"sdmx-json-structure"},"data":{"codelists":[],"dataflows":[{"id":"x"}]}}`, "auto", "GW-S060", "SDMX Structure"},
		"XML of something else":       {"a.xml", `<rss><channel/></rss>`, "auto", "GW-S060", "XML <rss>"},
		"XML, where JSON-stat is set": {"a.json", structured, "jsonstat", "GW-S060", "XML <StructureSpecificData>"},
		"XML, where SDMX-JSON is set": {"a.json", structured, "sdmx-json", "GW-S060", "XML <StructureSpecificData>"},
		"JSON, where SDMX-ML is set":  {"a.xml", `{"a":1}`, "sdmx-ml", "GW-S060", "JSON"},
		"JSON of an error":            {"a.json", `{"message":"Quá tải, thử lại sau","code":429,"errors":[{"x":1}]}`, "auto", "GW-S061", "Quá tải"},
		"a PDF":                       {"a.px", "%PDF-1.7\n%âãÏÓ", "auto", "GW-S060", "PDF"},
		"a workbook's ZIP":            {"a.csv", "PK\x03\x04\x14\x00xl/workbook.xml", "auto", "GW-S060", "xlsx"},
		"a list":                      {"a.json", `[{"a":1}]`, "auto", "GW-S060", "JSON"},
		"JSON-stat cut in the middle": {"a.json", `{"class":"dataset","id":["t"],"si`, "auto", "GW-D031", ""},
		"a CSV of something else":     {"a.csv", "Năm,Dân số\n2024,1\n", "auto", "GW-D063", "Dân số"},
	} {
		r := readFile(t, c.file, c.content, "format: "+c.format+"\n")
		p, ok := problem.As(r.failure)
		if !ok || p.Code != c.code || !strings.Contains(p.Text(problem.English), c.said) || strings.Count(r.failure.Error(), c.file) != 1 {
			t.Errorf("%s: %v, want %s %s", name, r.failure, c.code, c.said)
		}
	}
	for name, content := range map[string]string{"a.px": "STUB=\"a\";", "b.json": `{"class":"dataset"}`, "c.xml": structured[:200], "d.json": `{"dataSets":[{"structure":3}]}`} {
		r := readFile(t, name, content, "")
		if r.failure == nil || strings.Count(r.failure.Error(), name) != 1 {
			t.Errorf("%s: the file's name stands not once: %v", name, r.failure)
		}
	}
}
