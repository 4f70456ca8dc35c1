package statistics_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

const px = "CHARSET=\"ANSI\";\nCODEPAGE=\"utf-8\";\nMATRIX=\"T1\";\nTITLE=\"Diện tích\";\nUNITS=\"ha\";\nLANGUAGE=\"vi\";LANGUAGES=\"vi\",\"en\";\n" +
	"STUB=\"Địa bàn\";\nHEADING=\"Năm\";\nSTUB[en]=\"Area\";HEADING[en]=\"Year\";\nVALUES(\"Địa bàn\")=\"Cẩm \"\n\"Thành\",\"Sơn; Tịnh\";\n" +
	"VALUES[en](\"Area\")=\"Cam Thanh\",\"Son Tinh\";VALUES[en](\"Year\")=\"2023\",\"Prel. 2024\";\nCODES(\"Địa bàn\")=\"C1\",\"C2\";CODES[en](\"Area\")=\"C1\",\"C2\";\n" +
	"VALUES(\"Năm\")=\"2023\",\"Sơ bộ 2024\";\nTIMEVAL(\"Năm\")=TLIST(A1),\"2023\",\"2024\";\nLAST-UPDATED=\"20250102 08:30\";\nDATA=\n1.50 \"..\"\n- -3e2;\n"

const sparse = "MATRIX=\"T2\";STUB=\"A\",\"B\";HEADING=\"Y\";VALUES(\"A\")=\"a1\",\"a2\";VALUES(\"B\")=\"b1\",\"b2\";VALUES(\"Y\")=\"2023\",\"2024\";\n" +
	"KEYS(\"A\")=VALUES;KEYS(\"B\")=VALUES;DATA=\n\"a1\",\"b2\",5 6\n\"a2\",\"b1\",7 8;\n"

const structured = `<?xml version="1.0"?><m:StructureSpecificData xmlns:m="m" xmlns:ss="s" xmlns:xsi="x"><m:Header><m:DataSetAction>Replace</m:DataSetAction></m:Header>` +
	`<m:DataSet ss:dataScope="x"><Group xsi:type="G" AREA="51" TITLE="Tiêu đề"/><Series FREQ="M" AREA="51" BASE_PER="2019"><Obs TIME_PERIOD="2024-01" OBS_VALUE="1.10" OBS_STATUS="P"/>` +
	`<Obs TIME_PERIOD="2024-02" OBS_VALUE="NaN"/></Series><Obs FREQ="A" AREA="52" TIME_PERIOD="2024" OBS_VALUE="9"/></m:DataSet></m:StructureSpecificData>`

func one(t *testing.T, name, content, yaml string) ([]adapters.Page, map[string]cell) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if yaml == "" {
		yaml = "format: auto\n"
	}
	pages := walk(t, open(t, yaml, "place: {folder: '"+dir+"', settle: -1s}"))
	return pages, byKey(t, pages)
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name, file, content, yaml string
		want                      map[string]string
		partial                   bool
	}{
		{name: "px", file: "a.px", content: px,
			want: map[string]string{"T1|C1|2023": "1.50", "T1|C1|2024": "none:..", "T1|C2|2023": "none:-", "T1|C2|2024": "-3e2"}},
		{name: "px in English", file: "a.px", content: px, yaml: "language: en\n",
			want: map[string]string{"T1|C1|2023": "1.50", "T1|C1|2024": "none:..", "T1|C2|2023": "none:-", "T1|C2|2024": "-3e2"}},
		{name: "px sparse", file: "b.px", content: sparse,
			want: map[string]string{"T2|a1|b2|2023": "5", "T2|a1|b2|2024": "6", "T2|a2|b1|2023": "7", "T2|a2|b1|2024": "8"}},
		{name: "json-stat 2", file: "c.json", content: `{"version":"2.0","class":"dataset","id":["x","time"],"size":["2",1],"dimension":{"x":{"category":{"index":["a","b"],"unit":{"a":{"label":"%","decimals":1}}}},"time":{"category":{"label":{"2024Q1":"Quý I/2024"}}}},"value":{"1":12.50},"status":{"0":"x"}}` + "\x00\x00",
			want: map[string]string{"c|a|2024-Q1": "none:..", "c|b|2024-Q1": "12.50"}},
		{name: "json-stat bundle", file: "d.json", content: `{"p":{"dimension":{"id":["t"],"size":[1],"t":{"category":{"index":{"2020":0}}}},"value":[1]},"q":{"dimension":{"id":["t"],"size":[1],"t":{"category":{"index":{"2020":0}}}},"value":[null]}}`,
			want: map[string]string{"p|2020": "1", "q|2020": "none:.."}, partial: true},
		{name: "sdmx-ml", file: "e.xml", content: structured,
			want: map[string]string{"e|51|M|2024-01": "1.10", "e|51|M|2024-02": "none:NaN", "e|52|A|2024": "9"}},
		{name: "sdmx-ml appended", file: "e.xml", content: strings.Replace(structured, "Replace", "Append", 1),
			want: map[string]string{"e|51|M|2024-01": "1.10", "e|51|M|2024-02": "none:NaN", "e|52|A|2024": "9"}, partial: true},
		{name: "sdmx-csv 1, both, decimal comma", file: "f.csv",
			content: "DATAFLOW;FREQ: Tần suất;TIME_PERIOD: Kỳ;OBS_VALUE;UNIT_MULT\nQ:F(1.0);M: Tháng;2024-03: Tháng 3 năm 2024;12,40;3\n",
			want:    map[string]string{"Q:F(1.0)|M|2024-03": "12.40"}},
		{name: "sdmx-csv 2, deletion", file: "g.csv", content: "STRUCTURE,STRUCTURE_ID,ACTION,A,TIME_PERIOD,OBS_VALUE\ndataflow,Q:G,D,x,2024,\n",
			want: map[string]string{"Q:G|x|2024": "none:.."}, partial: true},
		{name: "sdmx-json 1", file: "h.json", content: `{"header":{},"structure":{"dimensions":{"series":[{"id":"A","values":[{"id":"a0"},{"id":"a1"}]}],"observation":[{"id":"TIME_PERIOD","values":[{"id":"2023"},{"id":"2024"}]}]},"attributes":{"series":[{"id":"UNIT","values":[{"id":"KG","name":"Ki-lô-gam"}]}]}},"dataSets":[{"action":"Replace","series":{"1":{"attributes":[0],"observations":{"0":[1.25],"1":[null]}}}}]}`,
			want: map[string]string{"h|a1|2023": "1.25", "h|a1|2024": "none:.."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages, got := one(t, c.file, c.content, c.yaml)
			for key, want := range c.want {
				if _, there := got[key]; !there || got[key].value() != want {
					t.Errorf("%s: %q, want %q", key, got[key].value(), want)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("%d observations, want %d: %v", len(got), len(c.want), got)
			}
			if (proof(pages) == nil) != c.partial {
				t.Errorf("proved %v", proof(pages))
			}
		})
	}
}

func TestWhatAnObservationCarries(t *testing.T) {
	_, got := one(t, "a.px", px, "")
	c := got["T1|C1|2024"]
	if c.Title != "Diện tích" || c.Unit != "ha" || c.Labels["Địa bàn"] != "Cẩm Thành" || c.Period.Start != "2024-01-01" || len(c.Flags) != 1 ||
		c.Flags[0] != "provisional" {
		t.Errorf("got %s", c.raw.Payload)
	}
	if want := time.Date(2025, 1, 2, 1, 30, 0, 0, time.UTC); !c.raw.At.Equal(want) || strings.Contains(string(c.raw.Payload), "2025") {
		t.Errorf("the time of update is the Raw's, not its content's: %v %s", c.raw.At, c.raw.Payload)
	}
	_, got = one(t, "e.xml", structured, "")
	if c := got["e|51|M|2024-01"]; c.Attributes["BASE_PER"] != "2019" || c.Attributes["TITLE"] != "Tiêu đề" || c.Status != "P" ||
		c.Period.Freq != "M" {
		t.Errorf("got %s", c.raw.Payload)
	}
}

func TestGarbageIsRefusedNotGuessed(t *testing.T) {
	dir := t.TempDir()
	content := strings.Replace(px, "1.50", "1.5O", 1)
	if err := os.WriteFile(filepath.Join(dir, "a.px"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	page, err := open(t, "format: px\n", folder(dir)).Pull(context.Background(), nil)
	if err != nil || len(page.Records) != 3 || len(page.Refused) != 1 || page.Refused[0].Problem.Code != "GW-D055" ||
		page.Refused[0].Raw.Key != "T1|C1|2023" {
		t.Fatalf("%d records, refused %+v, %v", len(page.Records), page.Refused, err)
	}
	if page.Complete != nil {
		t.Error("a table with a refused cell proves nothing about absence")
	}
}

func TestDamagedFilesAreErrors(t *testing.T) {
	for name, content := range map[string]string{
		"cut.px": px[:len(px)-12], "short.px": strings.Replace(px, "- -3e2", "-", 1), "empty.px": "STUB=\"a\";", "a.json": `{"class":"dataset"}`,
		"b.json": `{"id":["x"],"size":[2],"dimension":{"x":{"category":{"index":["a"]}}},"value":[1]}`, "cut.xml": structured[:len(structured)-60],
		"d.csv": "a,b\n1,2\n", "huge.json": `{"id":["x","y"],"size":[1,1],"dimension":{"x":{"category":{"index":["a"]}},"y":{"category":{"index":["a"]}}},"value":[]}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		pages, err := walkFrom(open(t, "format: auto\n", folder(dir)), nil)
		if err == nil || !strings.Contains(err.Error(), "GW-D0") {
			t.Errorf("%s: %d pages, %v", name, len(pages), err)
		}
	}
}

// TestFilesOfAnotherKind are called what they are, never damaged and never empty.
func TestFilesOfAnotherKind(t *testing.T) {
	things := map[string]struct{ content, code, value string }{
		"html":      {"<!DOCTYPE html><html><title>Bảo trì</title></html>", "GW-S010", "Bảo trì"},
		"login":     {"<html><title>Vào</title><input type='password'></html>", "GW-S011", "Vào"},
		"structure": {`<mes:Structure xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"></mes:Structure>`, "GW-S060", "SDMX Structure"},
		"pdf":       {"%PDF-1.7", "GW-S060", "PDF"},
		"book":      {"PK\x03\x04", "GW-S060", "xlsx"},
		"nothing":   {" \n", "GW-S062", ""},
		"zeros":     {strings.Repeat("\x00", 100), "GW-S062", ""},
	}
	for _, format := range []string{"auto", "px", "jsonstat", "sdmx-ml", "sdmx-json", "sdmx-csv"} {
		for name, c := range things {
			if name == "structure" && format != "auto" && format != "sdmx-ml" {
				c.value = "SDMX Structure"
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "f"), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			pages, err := walkFrom(open(t, "format: "+format+"\n", folder(dir)), nil)
			p, ok := problem.As(err)
			if !ok || p.Code != c.code || p.Value != c.value || p.File != "f" || len(pages) != 0 {
				t.Errorf("%s as %s: %d pages, %v", name, format, len(pages), err)
			}
		}
	}
	for format, content := range map[string]string{"sdmx-ml": "<rows><row/></rows>", "sdmx-json": `{"rows":[{"id":1}]}`, "jsonstat": `[{"id":1}]`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "f"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := walkFrom(open(t, "format: "+format+"\n", folder(dir)), nil); err == nil || strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func FuzzFormats(f *testing.F) {
	for i, seed := range []string{px, sparse, structured, `{"id":["x"],"size":[1],"dimension":{"x":{"category":{"index":["a"]}}},"value":[1]}`,
		`{"structure":{"dimensions":{"observation":[{"id":"T","values":[{"id":"2023"}]}]}},"dataSets":[{"observations":{"0":[1]}}]}`, "DATAFLOW,T,OBS_VALUE\nF,2024,1\n"} {
		f.Add([]byte(seed), uint8(i))
	}
	formats := []string{"px", "px", "sdmx-ml", "jsonstat", "sdmx-json", "sdmx-csv"}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "f"), data, 0o600); err != nil {
			t.Skip()
		}
		pages, _ := walkFrom(open(t, "format: "+formats[int(which)%len(formats)]+"\n", "place: {folder: '"+dir+"', settle: -1s}"), nil)
		for _, page := range pages {
			for _, raw := range page.Records {
				if raw.Key == "" || len(raw.Payload) == 0 {
					t.Fatalf("a Raw without key or payload: %+v", raw)
				}
			}
		}
	})
}
