package tabular_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// realDir is a folder of files that other people published.
func realDir(t *testing.T, sub string) string {
	t.Helper()
	dir := os.Getenv("REAL_DATA_DIR")
	if dir == "" {
		t.Skip("REAL_DATA_DIR is not set: no real files to try")
	}
	return filepath.Join(dir, sub)
}

// example is a stream's settings as testdata/cases keeps them.
func example(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "cases", "tabular", name, "stream.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func realPages(t *testing.T, sub, name string) []adapters.Page {
	t.Helper()
	return walk(t, open(t, example(t, name), realDir(t, sub)))
}

func members(t *testing.T, raw canonical.Raw) map[string]string {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal(raw.Payload, &m); err != nil {
		t.Fatalf("payload of %s: %v: %s", raw.Key, err, raw.Payload)
	}
	return m
}

func TestRealBostonDayFirstIsTheSame(t *testing.T) {
	iso, dmy := realPages(t, "feedback", "boston311"), realPages(t, "feedback", "boston311-dmy")
	a, b := byKey(t, iso), byKey(t, dmy)
	if len(a) != 100 || len(b) != 100 {
		t.Fatalf("%d and %d rows, want 100", len(a), len(b))
	}
	for key, raw := range a {
		if raw.At.IsZero() || !raw.At.Equal(b[key].At) {
			t.Errorf("%s: %v and %v", key, raw.At, b[key].At)
		}
	}
	if got := members(t, a["101004130437"]); got["precinct"] != "0303" || got["location"] != "42 Cross St  Boston  MA  02113" {
		t.Errorf("the cells are not as they were: %v", got)
	}
	if last := lastWith(iso); last.Complete == nil || last.Complete.KeyPrefix != "" {
		t.Errorf("the file is the whole stream, got %v", last.Complete)
	}
}

func TestRealOpen311XML(t *testing.T) {
	got := byKey(t, realPages(t, "feedback", "open311-xml"))
	file, err := os.ReadFile(filepath.Join(realDir(t, "feedback"), "cfa-sf-service_requests.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != strings.Count(string(file), "<request>") || len(got) == 0 {
		t.Fatalf("%d requests", len(got))
	}
	raw := got["638344"]
	if raw.Version != "2010-04-14T06:37:38-08:00" || !strings.Contains(string(file), string(raw.Payload)) ||
		!strings.HasPrefix(string(raw.Payload), "<request>") || !strings.HasSuffix(string(raw.Payload), "</request>") {
		t.Errorf("not byte for byte: %s", raw.Payload)
	}
}

func TestRealIssuesJSON(t *testing.T) {
	got := byKey(t, realPages(t, "feedback", "issues-json"))
	if len(got) != 100 {
		t.Fatalf("%d issues, want 100", len(got))
	}
	if raw := got["108657"]; raw.At.UTC().Format("2006-01-02 15:04:05") != "2011-06-22 18:55:10" || !strings.Contains(string(raw.Payload), `"lat":37.7714364`) {
		t.Errorf("got %v %s", raw.At, raw.Payload)
	}
}

func TestRealMonthlyWorkbook(t *testing.T) {
	cpi := byKey(t, realPages(t, "statistics", "monthly-cpi"))
	find := func(all map[string]canonical.Raw, parts ...string) map[string]string {
		t.Helper()
		for key, raw := range all {
			hit := true
			for _, part := range parts {
				hit = hit && strings.Contains(key, part)
			}
			if hit {
				return members(t, raw)
			}
		}
		t.Fatalf("no cell %v among %d", parts, len(all))
		return nil
	}
	food := find(cpi, "|Trong đó:|Thực phẩm|", "Tháng 12 năm 2024")
	if food["value"] != "100.9734" || food["month"] != "01" || food["year"] != "2025" || food["base"] != "Tháng 12" ||
		food["compared"] != "Tháng 01 năm 2025 so với:" {
		t.Errorf("food against December: %v", food)
	}
	if all := find(cpi, "CHỈ SỐ GIÁ TIÊU DÙNG|||", "Kỳ gốc (2019)"); all["value"] != "118.28602889657844" || all["_row"] != "9" ||
		all["_col"] != "D" {
		t.Errorf("the index itself: %v", all)
	}
	iip := byKey(t, realPages(t, "statistics", "monthly-iip"))
	if len(iip) != 74 {
		t.Errorf("industrial production: %d cells, want 37 rows of 2", len(iip))
	}
	if cars := find(iip, "Sản xuất xe có động cơ", "cùng kỳ năm trước"); cars["value"] != "133.75" {
		t.Errorf("cars: %v", cars)
	}
	if ships := find(iip, "phương tiện vận tải khác", "so với tháng trước"); ships["value"] != "140.55" {
		t.Errorf("stored as 140.55000000000001: %v", ships)
	}
	products := byKey(t, realPages(t, "statistics", "monthly-products"))
	if oil := find(products, "Dầu mỏ thô", "Ước tính tháng 01 năm 2025"); oil["value"] != "652.54999999999995" || oil["unit"] != "Nghìn tấn" {
		t.Errorf("crude oil, its unit by a ditto mark: %v", oil)
	}
}

func TestRealWorksheetEqualsItsCSV(t *testing.T) {
	sheet, text := byKey(t, realPages(t, "statistics", "gdp-quarter-xlsx")), byKey(t, realPages(t, "statistics", "gdp-quarter-csv"))
	compared := 0
	for key, raw := range text {
		want, got := members(t, raw), members(t, sheet[key])
		for name, value := range want {
			other, there := got[name]
			if strings.HasPrefix(name, "_") || !there {
				continue
			}
			a, errA := strconv.ParseFloat(value, 64)
			b, errB := strconv.ParseFloat(other, 64)
			if errA == nil && errB == nil && math.Abs(a-b) <= 1e-9*math.Abs(a) || value == other {
				compared++
				continue
			}
			t.Errorf("%s %s: CSV %q, worksheet %q", key, name, value, other)
		}
	}
	if len(text) != 46 || compared < 400 {
		t.Errorf("%d rows, %d values compared", len(text), compared)
	}
}

func TestRealOldWorkbook(t *testing.T) {
	pages := realPages(t, "units", "old-xls")
	rows := byKey(t, pages)
	if len(rows) < 150 {
		t.Fatalf("%d rows of the old list", len(rows))
	}
	for _, raw := range rows {
		if text := string(raw.Payload); strings.Contains(text, "FormulaCol") || strings.Contains(text, "\ufffd") {
			t.Fatalf("misread: %s", text)
		}
	}
}
