package tabular_test

import (
	"path/filepath"
	"testing"
)

// BenchmarkWorkbook reads 10,000 rows of 6 cells.
func BenchmarkWorkbook(b *testing.B) {
	dir := b.TempDir()
	book(b, filepath.Join(dir, "a.xlsx"), 10_000, "")
	b.ReportAllocs()
	for b.Loop() {
		if got := walk(b, open(b, "key: [id]\nplace: {folder: .}", dir)); len(got) < 10 {
			b.Fatal("too few pages")
		}
	}
}

// BenchmarkCSV reads 50,000 rows.
func BenchmarkCSV(b *testing.B) {
	dir := b.TempDir()
	write(b, dir, "a.csv", many(50_000))
	b.ReportAllocs()
	for b.Loop() {
		if got := walk(b, open(b, "key: [id]\nplace: {folder: .}", dir)); len(got) < 50 {
			b.Fatal("too few pages")
		}
	}
}
