package tabular_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// pull reads one small file whole.
func pull(t *testing.T, name, content, yaml string) (adapters.Page, error) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, name, content)
	return open(t, yaml+"\nplace: {folder: .}\n", dir).Pull(context.Background(), nil)
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name, file, content, yaml string
		want                      map[string]string // key → part of the payload
		refused                   string            // codes
	}{
		{name: "separator, BOM, quotes, lines in a cell", file: "a.csv", content: "\xef\xbb\xbfmã;tên\r\n1;\"a;b\nc\"\r\n\r\n2;d \"x\"\r\n",
			yaml: "key: [mã]",
			want: map[string]string{"1": `"tên":"a;b\nc"`, "2": `"tên":"d \"x\""`}},
		{name: "ragged rows", file: "a.csv", content: "id,a\n1,x\n2\n3,y,,\n4,y,z\n", yaml: "key: [id]",
			want: map[string]string{"1": `"a":"x"`, "3": `"_row":"4"`}, refused: "GW-D016 GW-D016"},
		{name: "short rows filled", file: "a.csv", content: "id,a,\n1,x,\n2\n3,y\n", yaml: "key: [id]\nshort_rows: fill",
			want: map[string]string{"1": `"a":"x"`, "2": `"a":""`, "3": `"a":"y"`}},
		{name: "narrower than a header with blanks at its end", file: "a.csv", content: "id,a,,\n1,x\n2,y\n", yaml: "key: [id]",
			want: map[string]string{"1": `"a":"x"`, "2": `"a":"y"`}},
		{name: "repeats", file: "a.csv", content: "id,a\n1,x\n2,y\n1,x\n2,y\n", yaml: "key: [id]\ncomplete: stream",
			want: map[string]string{"1": `"_row":"2"`, "2": `"_row":"3"`}},
		{name: "broken rows are held alone", file: "a.csv", content: "id,a\n1,\"Cty \"ABC\"\"\n2,y\n3,\x00\x00\n4,z\n", yaml: "key: [id]",
			want: map[string]string{"2": `"a":"y"`, "4": `"a":"z"`}, refused: "GW-D072 GW-D073"},
		{name: "sep=, header row as an office program counts", file: "a.csv", content: "sep=;\r\nid;a,b\r\n1;x\r\n", yaml: "key: [id]",
			want: map[string]string{"1": `"a,b":"x","_file":"a.csv","_row":"2"`}},
		{name: "CR alone", file: "a.csv", content: "id,a\r1,x\r2,y", yaml: "key: [id]", want: map[string]string{"1": `"a":"x"`, "2": ""}},
		{name: "UTF-16 without a mark", file: "a.csv", content: "i\x00d\x00\t\x00a\x00\n\x001\x00\t\x00x\x00\n\x00", yaml: "key: [id]",
			want: map[string]string{"1": `"a":"x"`}},
		{name: "auto: lines", file: "a.jsonl", yaml: "key: [id]",
			content: "{\"id\":1,\"a\":\"x\"}\n{\"id\":2,\"a\":\"y\"}\n{\"id\":3,\"a\":\"z\"}\n",
			want:    map[string]string{"1": "", "2": "", "3": ""}},
		{name: "auto: one line", file: "a", content: `{"id":1,"error":"đã sửa","sub":[{"x":1}]}`, yaml: "key: [id]", want: map[string]string{"1": ""}},
		{name: "auto: an object with a path", file: "b.json", content: `{"rows":[{"id":1,"a":"x"},{"id":2,"a":"y"}]}`, yaml: "key: [id]\npath: rows",
			want: map[string]string{"1": "", "2": ""}},
		{name: "auto: a list", file: "a.txt", content: "\xef\xbb\xbf [{\"id\":1}]", yaml: "key: [id]", want: map[string]string{"1": ""}},
		{name: "a list in a list", file: "a.json", content: `[{"page":1,"pages":1,"total":2},[{"id":"a","v":1},{"id":"b","v":2}]]`, yaml: "key: [id]\npath: '1'",
			want: map[string]string{"a": `"v":1`, "b": `"v":2`}},
		{name: "a step in brackets", file: "a.json", content: `{"d":[{},{"rows":[{"id":"a"}],"more":[[]]}],"x":"]"}`, yaml: "format: json\nkey: [id]\npath: 'd[1].rows'",
			want: map[string]string{"a": ""}},
		{name: "an element by a member's value", file: "a.json", content: `{"d":[{"n":"w","rows":[{"id":"z"}]},{"n":"x","rows":[{"id":1.0}]}]}`,
			yaml: "format: json\nkey: [id]\npath: 'd[n=x].rows'", want: map[string]string{"1": ""}},
		{name: "a key by a member's value", file: "a.json", content: `[{"f":[{"id":1,"value":"k"}]},{"f":[{"id":2,"value":"l"}]}]`, yaml: "format: json\nkey: ['f[id=1].value']",
			want: map[string]string{"k": ""}, refused: "GW-D020"},
		{name: "auto: a list that is empty", file: "a.json", content: "[]", yaml: "key: [id]"},
		{name: "no key, twice a key, error cell", file: "a.csv", content: "id,a\n,x\n1,x\n1,y\n2,#N/A\n", yaml: "key: [id]",
			want: map[string]string{"1": `"a":"x"`}, refused: "GW-D020 GW-D022 GW-D021"},
		{name: "joined key is never ambiguous", file: "a.csv", content: "a,b\nx|y,z\nx,y|z\n", yaml: "key: [a, b]", want: map[string]string{`x\|y|z`: "", `x|y\|z`: ""}},
		{name: "header found, three rows, renamed, dropped", file: "a.csv",
			content: "BÁO CÁO,,\nngày,1,\nMã,Số,Ghi chú\n,lượng,\n7,5,x\nTổng,5,\n",
			yaml:    "header: {find: [ma, so], rows: 2}\ncolumns: {id: Mã, count: Số lượng}\ndrop: [Ghi chú]\nkey: [id]\nskip: [{column: id, match: '^Tổng'}]\ntrace: false\nconstants: {unit: kg}",
			want:    map[string]string{"7": `{"unit":"kg","id":"7","count":"5"}`}},
		{name: "stop, fill down, ditto, capture", file: "thang-03.csv", content: "g,i,u\nA,1,kg\n,2,\"\"\"\"\nB,,t\nHết,,\n9,9,9\n",
			yaml: "fill_down: [g, i]\nditto: {columns: [u]}\nkey: [g, i]\nstop: [{match: '^Hết'}]\ncapture: [{of: file, match: 'thang-(?P<month>\\d+)'}]",
			want: map[string]string{"A|1": `"month":"03"`, "A|2": `"u":"kg"`, "B|": `"u":"t"`}},
		{name: "legacy font", file: "a.csv", content: "id,name\n1,\xa7\xad\xea\x6e\x67\n", yaml: "charset: windows-1252\nkey: [id]\nlegacy: {tcvn3: [name]}", want: map[string]string{"1": `"name":"Đường"`}},
		{name: "unpivot", file: "a.csv", content: "area,2023,2024\nX,1,\nY,#REF!,4\n", yaml: "unpivot: {ids: [area], header: year, match: '^20'}",
			want: map[string]string{"X|2023": `"area":"X","year":"2023","value":"1"`, "Y|2024": `"value":"4"`}, refused: "GW-D021"},
		{name: "whole keys", file: "a.csv", content: "id,a\n12.0,x\n1.3E1,y\n007,z\n1.5,w\n", yaml: "key: [id]\nwhole_keys: true",
			want: map[string]string{"12": `"id":"12.0"`, "13": "", "007": "", "1.5": ""}},
		{name: "whole keys, texts", file: "a.json",
			content: `[{"id":"12.0"},{"id":13.0}]`,
			yaml:    "key: [id]\nwhole_keys: true", want: map[string]string{"12": "", "13": ""}},
		{name: "position as key", file: "a.csv", content: "a\nx\n", yaml: "format: csv", want: map[string]string{"a.csv#!2": `"a":"x"`}},
		{name: "json at a path", file: "a.json", content: `{"skip":{"x":[1]},"r":{"rows":[{"id":1,"v":1.50},{"v":2}]}} `, yaml: "format: json\npath: r.rows\nkey: [id]", want: map[string]string{"1": `{"id":1,"v":1.50}`}, refused: "GW-D020"},
		{name: "ndjson", file: "a.ndjson", content: "{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n", yaml: "format: ndjson\nkey: [id]\nversion: id", want: map[string]string{"a": `{"id":"a"}`, "b": ""}},
		{name: "xml", file: "a.xml", content: `<?xml version="1.0"?><r xmlns:n="u"><n:i id="7"><k>x &amp; y</k></n:i><o/><i><k></k></i></r>`, yaml: "format: xml\npath: r/i\nkey: ['@id', k]", want: map[string]string{"7|x & y": `<n:i id="7"><k>x &amp; y</k></n:i>`}, refused: "GW-D020"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := pull(t, c.file, c.content, c.yaml)
			if err != nil {
				t.Fatal(err)
			}
			for _, raw := range page.Records {
				part, wanted := c.want[raw.Key]
				if !wanted || !strings.Contains(string(raw.Payload), part) {
					t.Errorf("%q: %s, want %s in it", raw.Key, raw.Payload, part)
				}
			}
			var codes []string
			for _, r := range page.Refused {
				codes = append(codes, r.Problem.Code)
				if r.Raw.Key == "" || len(r.Raw.Payload) == 0 {
					t.Errorf("refused without a key or content: %+v", r)
				}
			}
			if len(page.Records) != len(c.want) || strings.Join(codes, " ") != c.refused {
				t.Errorf("%d records, want %d; refused %v, want %q", len(page.Records), len(c.want), codes, c.refused)
			}
		})
	}
}

func TestUnreadableFiles(t *testing.T) {
	locked := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	for name, c := range map[string]struct{ content, yaml, code string }{
		"a.csv":  {"id\n1\n", "key: [di]", "GW-D014"},
		"b.csv":  {"\n\n\r\n", "format: csv", "GW-S062"},
		"c.csv":  {"id\n\"" + strings.Repeat("x\n", 200_000), "format: csv", "GW-D070"},
		"c1.csv": {"id\n" + strings.Repeat("x", 300_000), "format: csv", "GW-D015"},
		"c2.csv": {"id,a\n1,x\n2,\"y\n3,z\"\n", "key: [id]", "GW-D071"},
		"c3.csv": {"id;a;b\n1,2;x\n2,2;x\n3,2;x\n4,4,4\n", "key: [id]\nseparator: ';'", "GW-D074"},
		"c4.csv": {"a,b,c\n1;2;3\n1;2;3\n1;2;3\n", "header: {row: 1}", "GW-D074"},
		"c5.csv": {"\"id\"x,a\n1,2\n", "key: [id]", "GW-D072"},
		"k.csv":  {"<html><head><title>Bảo trì</title></head></html>", "format: csv", "GW-S010"},
		"k1.xml": {"<html><title>Bảo trì</title><rows></rows></html>", "format: xml\npath: html/x\nkey: [k]", "GW-S010"},
		"k2":     {"<form><html><input type=password></html></form>", "key: [id]", "GW-S060"},
		"k3":     {"<!doctype html><input type=password>", "key: [id]", "GW-S011"},
		"k4.csv": {`{"error":"hết hạn"}`, "key: [id]", "GW-S061"},
		"k5.csv": {`[{"id":1}]`, "format: csv\nkey: [id]", "GW-S060"},
		"k6.xml": {"<Envelope><Body><Fault><faultstring>x</faultstring></Fault></Body></Envelope>", "format: xml\npath: '*/Body/rows/row'\nkey: [k]",
			"GW-S061"},
		"k7.xml":  {"<other><row/></other>", "format: xml\npath: rows/row\nkey: [k]", "GW-D018"},
		"k8.xlsx": {"%PDF-1.4", "format: xlsx\nkey: [id]", "GW-S060"},
		"k9.csv":  {"PK\x03\x04\x14\x00\x00\x00\x00\x00............\x08\x00....\x05\x00\x00\x00a.csv", "key: [id]", "GW-S060"},
		"l.csv":   {strings.Repeat("\x00", 5000), "key: [id]", "GW-S062"},
		"m1.json": {`{"rows":[{"id":1}]`, "format: json\npath: rows\nkey: [id]", "GW-D017"},
		"m2.json": {`[{"id":1}] [`, "format: json\nkey: [id]", "GW-D017"},
		"m3.json": {`{"d":[{"n":"x","rows":[{"id":1}]},{"n"`, "format: json\npath: 'd[n=x].rows'\nkey: [id]", "GW-D017"},
		"m4.json": {`{"d":{"rows":[{"id":1}]}}`, "format: json\npath: 'd[0].rows'\nkey: [id]", "GW-D017"},
		"m5":      {`[{"id":1}]`, "key: ['a.#.b']", "GW-D082"},
		"l2.json": {`{"meta":"` + strings.Repeat("x", 100_000) + `","rows":[{"id":1}]}`, "key: [id]", "GW-D017"},
		"l3":      {"{\"id\":1}\n{\"id\":", "key: [id]", "GW-D017"},
		"l4":      {"{\"id\":1}\n<html>", "key: [id]", "GW-D017"},
		"l1.json": {`{"data":{"rows":[{"id":1}]}}`, "key: [id]", "GW-D017"},
		"d.xlsx":  {"PK\x03\x04 rubbish", "key: [id]", "GW-D010"},
		"e.xlsx":  {locked, "key: [id]", "GW-D010"},
		"f.json":  {`{"rows":{}}`, "format: json\npath: rows\nkey: [id]", "GW-D017"},
		"g.json":  {`[{"id":1},{"id":`, "format: json\nkey: [id]", "GW-D017"},
		"h.xml":   {`<r><i><k>1</k></i><i>`, "format: xml\npath: r/i\nkey: [k]", "GW-D018"},
		"i.csv":   {"id\n1\n", "key: [id]\ncapture: [{of: file, match: 'nam-(?P<y>\\d+)'}]", "GW-D019"},
	} {
		_, err := pull(t, name, c.content, c.yaml)
		if p, ok := problem.As(err); !ok || p.Code != c.code || p.Hint(problem.Vietnamese) == "" {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// book writes a workbook with another library than the one under test.
func book(t testing.TB, path string, rows int, protect string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	stamp, err2 := f.NewStyle(&excelize.Style{CustomNumFmt: ptr("dd/mm/yyyy hh:mm")})
	money, err3 := f.NewStyle(&excelize.Style{CustomNumFmt: ptr(`#,##0\ "đ"`)})
	if err != nil || err2 != nil || err3 != nil {
		t.Fatal(err, err2, err3)
	}
	set := func(cell string, v any) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	for i, h := range []string{"id", "ngày", "lúc", "tiền", "đúng", "chữ"} {
		set(string(rune('A'+i))+"1", h)
	}
	for r := 2; r < rows+2; r++ {
		n := fmt.Sprint(r)
		set("A"+n, r)
		set("B"+n, 45658)
		set("C"+n, 45658.5)
		set("D"+n, 1234.5)
		set("E"+n, r%2 == 0)
		set("F"+n, "a < b & \"c\"\nsố "+n)
	}
	last := fmt.Sprint(rows + 1)
	for column, style := range map[string]int{"B": date, "C": stamp, "D": money} {
		if err := f.SetCellStyle("Sheet1", column+"2", column+last, style); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.MergeCell("Sheet1", "F2", "F3"); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(path, excelize.Options{Password: protect}); err != nil {
		t.Fatal(err)
	}
}

func ptr(s string) *string { return &s }

func TestWorkbookOfAnotherWriter(t *testing.T) {
	dir := t.TempDir()
	book(t, filepath.Join(dir, "a.xlsx"), 5, "")
	got := byKey(t, walk(t, open(t, "key: [id]\nplace: {folder: .}", dir)))
	want := `{"id":"2","ngày":"2025-01-01","lúc":"2025-01-01T12:00:00","tiền":"1234.5","đúng":"true","chữ":"a < b & \"c\"\nsố 2","_file":"a.xlsx","_sheet":"Sheet1","_row":"2"}`
	if string(got["2"].Payload) != want {
		t.Errorf("got  %s\nwant %s", got["2"].Payload, want)
	}
	if len(got) != 5 || !strings.Contains(string(got["3"].Payload), "số 2") {
		t.Errorf("%d rows; a merged cell: %s", len(got), got["3"].Payload)
	}
}

func TestProtectedWorkbook(t *testing.T) {
	dir := t.TempDir()
	book(t, filepath.Join(dir, "a.xlsx"), 2, "secret")
	_, err := walkFrom(open(t, "key: [id]\nplace: {folder: .}", dir), nil)
	if p, ok := problem.As(err); !ok || p.Code != "GW-D008" {
		t.Errorf("got %v", err)
	}
}

func TestSheetChoice(t *testing.T) {
	dir := t.TempDir()
	book(t, filepath.Join(dir, "a.xlsx"), 2, "")
	for _, sheet := range []string{"sheet1", "#1", "/^She/"} {
		if got := byKey(t, walk(t, open(t, "key: [id]\nsheet: '"+sheet+"'\nplace: {folder: .}", dir))); len(got) != 2 {
			t.Errorf("%s: %d rows", sheet, len(got))
		}
	}
	_, err := walkFrom(open(t, "key: [id]\nsheet: Trang2\nplace: {folder: .}", dir), nil)
	if p, ok := problem.As(err); !ok || p.Code != "GW-D012" {
		t.Errorf("got %v", err)
	}
}

func FuzzFiles(f *testing.F) {
	dir := f.TempDir()
	book(f, filepath.Join(dir, "a.xlsx"), 3, "")
	xlsx, err := os.ReadFile(filepath.Join(dir, "a.xlsx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(xlsx, uint8(0))
	f.Add([]byte("id;a\n1;\"x\ny\"\n"), uint8(1))
	f.Add([]byte(`[{"id":1}]`), uint8(2))
	f.Add([]byte(`<r><i><id>1</id></i></r>`), uint8(3))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x09\x08\x10\x00", 400)), uint8(0))
	settings := []string{"format: auto", "format: csv", "format: json\nkey: [id]", "format: xml\npath: r/i\nkey: [id]"}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		dir := t.TempDir()
		write(t, dir, "f", string(data))
		pages, _ := walkFrom(open(t, settings[int(which)%len(settings)]+"\nplace: {folder: ., settle: -1s}", dir), nil)
		for _, page := range pages {
			for _, raw := range page.Records {
				if raw.Key == "" {
					t.Fatal("a Raw without a key")
				}
			}
		}
	})
}
