package statistics_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"iocgateway/canonical/problem"
)

// The parts of a table of four areas, a to d, in each format.
const (
	tornPX   = "MATRIX=\"M\";TITLE=\"Tên bảng\";UNITS=\"người\";STUB=\"khu\";HEADING=\"năm\";VALUES(\"khu\")=\"Đức Phổ\",\"Sơn Tịnh\",\"Trà Bồng\",\"Lý Sơn\";\nVALUES(\"năm\")=\"2023\",\"2024\";NOTE=\"Ghi chú\";DATA=\n1 2\n3 4\n5 6\n7 8;\n"
	tornStat = `{"class":"dataset","label":"Tên bảng","id":["khu","t"],"size":[4,2],"dimension":{"khu":{"category":{"index":["Đức Phổ","Sơn Tịnh","Trà Bồng","Lý Sơn"]}},` +
		`"t":{"category":{"index":["2023","2024"]}}},"value":[1,2,3,4,5,6,7,8],"note":["Ghi chú"]}`
)

func tornXML(areas ...string) string {
	text := `<?xml version="1.0" encoding="UTF-8"?><m:StructureSpecificData xmlns:m="message"><m:Header><m:ID>Ghi chú</m:ID></m:Header><m:DataSet>`
	for i, a := range areas {
		text += `<Series khu="` + a + `"><Obs TIME_PERIOD="2023" OBS_VALUE="` + strconv.Itoa(1+2*i) + `"/><Obs TIME_PERIOD="2024" OBS_VALUE="` + strconv.Itoa(2+2*i) + `"/></Series>`
	}
	return text + `</m:DataSet></m:StructureSpecificData>`
}

func tornJSON() string {
	return `{"meta":{"note":"Ghi chú"},"data":{"structures":[{"dimensions":{"series":[{"id":"khu","values":[{"id":"Đức Phổ"},{"id":"Sơn Tịnh"},{"id":"Trà Bồng"},{"id":"Lý Sơn"}]}],` +
		`"observation":[{"id":"TIME_PERIOD","values":[{"id":"2023"},{"id":"2024"}]}]}}],"dataSets":[{"series":{"0":{"observations":{"0":[1],"1":[2]}},` +
		`"1":{"observations":{"0":[3],"1":[4]}},"2":{"observations":{"0":[5],"1":[6]}},"3":{"observations":{"0":[7],"1":[8]}}}}]}}`
}

func tornCSV() string {
	return "DATAFLOW,khu,TIME_PERIOD,OBS_VALUE,ghi_chu\nF,Đức Phổ,2023,1,Ghi chú\nF,Đức Phổ,2024,2,x\nF,Sơn Tịnh,2023,3,x\nF,Sơn Tịnh,2024,4,x\n" +
		"F,Trà Bồng,2023,5,x\nF,Trà Bồng,2024,6,x\nF,Lý Sơn,2023,7,x\nF,Lý Sơn,2024,8,x\n"
}

// TestBrokenTextHoldsItsObservations: a byte that is no letter holds what it
// stands in, with its place, and what is held of it is what came; nobody knows
// what the whole table is when what all its cells share is broken.
func TestBrokenTextHoldsItsObservations(t *testing.T) {
	files := map[string]string{"a.px": tornPX, "a.json": tornStat, "s.json": tornJSON(),
		"a.xml": tornXML("Đức Phổ", "Sơn Tịnh", "Trà Bồng", "Lý Sơn"), "a.csv": tornCSV()}
	formats := map[string]string{"a.px": "px", "a.json": "jsonstat", "s.json": "sdmx-json", "a.xml": "sdmx-ml", "a.csv": "sdmx-csv"}
	for name, text := range files {
		whole := readFile(t, name, text, "format: "+formats[name]+"\ncharset: utf-8\n")
		if len(whole.got) != 8 || whole.failure != nil || len(whole.held) != 0 {
			t.Fatalf("%s as it was: %v %v", name, whole.got, whole.failure)
		}
		for form, c := range map[string]struct {
			text string
			held int // of eight
			code string
			raw  string // stands in what is held
		}{
			"a letter cut in two":    {strings.Replace(text, "Sơn Tịnh", "S\xc6n Tịnh", 99), 2, "GW-D100", "S\xc6n Tịnh"},
			"another charset":        {strings.Replace(text, "Lý Sơn", "L\xfd S\xbdn", 99), 2, "GW-D100", "L\xfd S\xbdn"},
			"two of them":            {strings.NewReplacer("Lý Sơn", "L\xfd S\xbdn", "Sơn Tịnh", "S\xbdn").Replace(text), 4, "GW-D100", "S\xbdn"},
			"a NUL":                  {strings.Replace(text, "Trà Bồng", "Tr\x00\x00Bồng", 99), 2, "GW-D107", "Tr\x00\x00Bồng"},
			"beside what is read":    {strings.Replace(text, "Ghi chú", "Ghi ch\xc3", 1), 0, "", ""},
			"a mark that came as it": {strings.Replace(text, "Lý Sơn", "L\uFFFD Sơn", 99), 0, "", ""},
		} {
			if name == "a.csv" && form == "beside what is read" {
				c.held, c.code, c.raw = 1, "GW-D100", "Ghi ch\xc3" // an attribute
			}
			if name == "a.csv" && form == "a NUL" {
				c.code = "GW-D073" // the reader of rows says it
				c.raw = ""
			}
			r := readFile(t, name, c.text, "format: "+formats[name]+"\ncharset: utf-8\ncomplete: file\n")
			if r.failure != nil || len(r.held) != c.held || len(r.got) != 8-c.held {
				t.Errorf("%s, %s: %v, held %v, read %v", name, form, r.failure, r.held, slices.Sorted(maps.Keys(r.got)))
				continue
			}
			if (r.proved == nil) != (c.held > 0) {
				t.Errorf("%s, %s: proves %v", name, form, r.proved)
			}
			for key, value := range whole.got {
				if now, there := r.got[key]; there && now != value {
					t.Errorf("%s, %s: %s is %s", name, form, key, now)
				}
			}
			for key := range r.got {
				if _, known := whole.got[key]; !known && form != "a mark that came as it" {
					t.Errorf("%s, %s: %s is another key", name, form, key)
				}
			}
			for key, p := range r.held {
				if p.Code != c.code || p.File != name || p.Path == "" {
					t.Errorf("%s, %s: %s: %+v", name, form, key, p)
				}
			}
			if c.raw != "" && !slices.ContainsFunc(r.payloads, func(b []byte) bool { return strings.Contains(string(b), c.raw) }) {
				t.Errorf("%s, %s: %q is not what is held: %q", name, form, c.raw, r.payloads)
			}
			for _, b := range r.payloads {
				if c.code == "GW-D100" && utf8.Valid(b) {
					t.Errorf("%s, %s: held so that it can be mapped: %q", name, form, b)
				}
			}
		}
	}
}

// TestMuchBrokenIsTheFile: where most observations have some it is the charset;
// where all have it in the same part, that part.
func TestMuchBrokenIsTheFile(t *testing.T) {
	most := strings.NewReplacer("ă", "\xa8", "ơ", "\xac", "ư", "\xad", "ý", "\xfd", "ị", "\xde",
		"à", "\xb5", "ồ", "\xe5", "Đ", "\xa7", "ứ", "\xf8", "ổ", "\xe6", "ú", "\xf3", "ê", "\xaa", "ả", "\xb6", "ờ", "\xea")
	for name, c := range map[string]struct{ file, text, format, code, field string }{
		"PX":             {"a.px", most.Replace(tornPX), "px", "GW-D100", "title"},
		"JSON-stat":      {"a.json", most.Replace(tornStat), "jsonstat", "GW-D100", "title"},
		"SDMX-ML":        {"a.xml", most.Replace(tornXML("Đức Phổ", "Sơn Tịnh", "Trà Bồng", "Ly Son")), "sdmx-ml", "GW-D101", ""},
		"most":           {"a.xml", tornXML("\xa7", "\xa8", "\xa9", "Lý Sơn"), "sdmx-ml", "GW-D101", ""},
		"a title":        {"a.px", strings.Replace(tornPX, "Tên", "T\xean", 1), "px", "GW-D100", "title"},
		"a unit":         {"a.px", strings.Replace(tornPX, "người", "ng\xadời", 1), "px", "GW-D100", "unit"},
		"an axis' name":  {"a.px", strings.ReplaceAll(tornPX, "\"khu\"", "\"kh\xfa\""), "px", "GW-D100", "kh?"},
		"a CSV's column": {"a.csv", strings.Replace(tornCSV(), "khu", "kh\xfa", 1), "sdmx-csv", "GW-D100", "kh?"},
	} {
		r := readFile(t, c.file, c.text, "format: "+c.format+"\ncharset: utf-8\n")
		p, ok := problem.As(r.failure)
		if !ok || p.Code != c.code || p.Field != c.field || p.File != c.file || strings.ContainsRune(p.Error(), utf8.RuneError) {
			t.Errorf("%s: %v %+v, held %v", name, r.failure, p, r.held)
		}
	}
}

// TestABrokenPeriodMovesNoOther: which axis is time, and what its numbers mean,
// is told by the periods that are whole.
func TestABrokenPeriodMovesNoOther(t *testing.T) {
	for name, text := range map[string]string{
		"a.px":   strings.Replace(strings.ReplaceAll(tornPX, "\"năm\"", "\"x\""), "\"2024\"", "\"20\xff4\"", 1),
		"a.json": strings.Replace(strings.ReplaceAll(tornStat, `"t"`, `"x"`), `"2024"`, "\"20\xff4\"", 1),
	} {
		r := readFile(t, name, text, "charset: utf-8\n")
		if len(r.got) != 4 || len(r.held) != 4 {
			t.Errorf("%s: %v, held %v", name, r.got, r.held)
		}
		for key, c := range r.cells {
			if c.Period.Start != "2023-01-01" {
				t.Errorf("%s: %s has no period: %+v", name, key, c.Period)
			}
		}
	}
}

// TestBrokenTextReadAgain: a page that begins in the middle of such a file goes
// on where it was.
func TestBrokenTextReadAgain(t *testing.T) {
	dir := t.TempDir()
	var areas []string
	for range 1200 {
		areas = append(areas, "k"+string(rune(0x4e00+len(areas))))
	}
	areas[7], areas[1100] = "\xff", "\xc3"
	if err := os.WriteFile(filepath.Join(dir, "a.xml"), []byte(tornXML(areas...)), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func(again bool) (read, held int) {
		source := open(t, "format: auto\n", "place: {folder: '"+dir+"', settle: -1s}")
		var at []byte
		for more := true; more; {
			page, err := source.Pull(context.Background(), at)
			if err != nil {
				t.Fatal(err)
			}
			read, held, at, more = read+len(page.Records), held+len(page.Refused), page.Next, page.More
			if again {
				source = open(t, "format: auto\n", "place: {folder: '"+dir+"', settle: -1s}")
			}
		}
		return read, held
	}
	for _, again := range []bool{false, true} {
		if read, held := count(again); read != 2*1198 || held != 4 {
			t.Errorf("again %v: %d read, %d held", again, read, held)
		}
	}
}
