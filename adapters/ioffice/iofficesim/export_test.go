package iofficesim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"iocgateway/adapters/simkit/city"
)

func TestExports(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	c := city.New(1, start, city.Sizes{Dossiers: 5, Feedback: 5, Calls: 5})
	dir := t.TempDir()
	paths, err := WriteExports(dir, c, start)
	if err != nil || len(paths) != 3 {
		t.Fatalf("%v, %v", paths, err)
	}
	numbers := map[string]int{}
	for i, p := range paths {
		rows := sheetRows(t, p)
		if i < 2 && !slices.Equal(rows[3], Headers()) {
			t.Errorf("headers %v", rows[3])
		}
		for _, r := range rows[4:] {
			if i < 2 {
				numbers[strings.Join(r, "|")]++ // a number may be given twice, on another day
			} else if strings.ContainsAny(r[0], "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ") {
				t.Fatalf("Unicode in the TCVN3 file: %q", r[0])
			}
		}
	}
	twice := 0
	for _, n := range numbers {
		if n == 2 {
			twice++
		}
	}
	if want := len(c.KeysDocuments(start, 0)); len(numbers) != want || twice == 0 {
		t.Errorf("%d different documents, %d in both; the city lists %d", len(numbers), twice, want)
	}
}

func TestTCVN3(t *testing.T) {
	cases := map[string]string{"Quảng Ngãi": "Qu¶ng Ng·i", "đường": "®\u00ad\u00eang", "Đức Phổ": "§øc Phæ", "UBND tỉnh": "UBND tØnh",
		"ASCII 12/3": "ASCII 12/3"}
	for in, want := range cases {
		if got := TCVN3(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func sheetRows(t *testing.T, p string) [][]string {
	t.Helper()
	f, err := excelize.OpenFile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := f.GetMergeCells(f.GetSheetName(0))
	if err != nil || len(merged) != 2 {
		t.Errorf("%s: %d merged cells, %v", p, len(merged), err)
	}
	return rows
}
