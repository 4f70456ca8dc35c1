package statistics_test

import (
	"os"
	"path/filepath"
	"testing"
)

func example(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "cases", "statistics", name, "stream.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRealTables(t *testing.T) {
	dir := os.Getenv("REAL_DATA_DIR")
	if dir == "" {
		t.Skip("REAL_DATA_DIR is not set: no real files to try")
	}
	for _, c := range []struct {
		name   string
		cells  int
		prefix string
		spots  map[string]string // key → value
	}{
		{"nso-cpi", 1683, "CPIVNM|", map[string]string{"CPIVNM|_Z|CPI|M|PCPI_IX|VN|2020-09": "103.02090153599998"}},
		{"nso-gdp", 5818, "GDPVNM|", map[string]string{"GDPVNM|_Z|NAG|A|NGDP_XDC|VN|2004": "779337.6704454578"}},
		{"nso-pop", 165, "POPVNM|", map[string]string{"POPVNM|_Z|POP|A|LP_PE_NUM|VN|2010": "87067.267"}},
		{"gso-pxweb-jsonstat", 2940, "E02.01|", map[string]string{"E02.01|Ca Mau|2024|Average population (Thous. pers.)": "1211.998"}},
		{"px-population", 1980 * 3, "TAB001|", map[string]string{
			"TAB001|AT|F|TOTAL|HNMGA|1981": "none:..", "TAB001|AT|F|TOTAL|HNMGA|1991": "4041797", "TAB001|AT|F|Y_LT5|HNMGA|2001": "199944"}},
		{"px-notes", 96, "BE0101A1|", map[string]string{"BE0101A1|01|OG|2004|number|1": "522028.00", "BE0101A1|04|SK|2005|Per cent|2": "54.92"}},
		{"jsonstat-sample", 120, "jsorg-canada|", nil},
		{"jsonstat-large", 3960, "jsorg-galicia|", nil},
		{"sdmx-json-flat", 4, "", map[string]string{"ECB:EXR|NZD|EUR|A|SP00|D|2013-01-21": "1.5925"}},
		{"sdmx-ml-generic", 252, "khaeru-ECB_EXR_1_M.USD.EUR.SP00.A|", nil},
		{"sdmx-csv", 2, "ESTAT:NA_MAIN(1.6.0)|", map[string]string{"ESTAT:NA_MAIN(1.6.0)|A|B|2014-02": "10.8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages := walk(t, open(t, example(t, c.name), folder(filepath.Join(dir, "statistics"))))
			got := byKey(t, pages)
			if len(got) != c.cells {
				n := 0
				for key, one := range got {
					if n++; n < 4 {
						t.Log(key, string(one.raw.Payload))
					}
				}
				t.Errorf("%d cells, want %d", len(got), c.cells)
			}
			for key, want := range c.spots {
				if got[key].value() != want {
					t.Errorf("%s: %s, want %s", key, got[key].value(), want)
				}
			}
			scope := proof(pages)
			if c.prefix == "" && scope != nil || c.prefix != "" && (scope == nil || scope.KeyPrefix != c.prefix) {
				t.Errorf("proved %v, want %q", scope, c.prefix)
			}
		})
	}
}
