package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func unpacked(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSameAgain: the lists give exactly the table that is checked in.
func TestSameAgain(t *testing.T) {
	dir := os.Getenv("REAL_DATA_DIR")
	if dir == "" {
		t.Skip("REAL_DATA_DIR is not set: the table is not made again")
	}
	output := filepath.Join(t.TempDir(), "units.txt.gz")
	if err := run(filepath.Join(dir, "units"), output); err != nil {
		t.Fatal(err)
	}
	if unpacked(t, output) != unpacked(t, filepath.Join("..", "units.txt.gz")) {
		t.Error("the lists give another table than the one checked in")
	}
}

func TestCompareFindsWhatDisagrees(t *testing.T) {
	in := &lists{
		official: map[string]string{"00001": "Xã A"}, province: map[string]string{"51": "Quảng Ngãi"},
		merges: []newProvince{{Code: "51", Name: "Tỉnh Quảng Ngai"}},
		splits: []splitProvince{{}},
	}
	if got := in.compare(); len(got) != 1 {
		t.Errorf("%d remarks: %v", len(got), got)
	}
	if _, err := in.communes(); err == nil {
		t.Error("a lost commune was not seen")
	}
	if err := in.correct(); err == nil {
		t.Error("a correction that fits nothing was not seen")
	}
}
