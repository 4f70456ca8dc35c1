package shell

import (
	"strings"
	"testing"
)

// A table fits the window it is read in: in columns, in broken cells, or as
// blocks, of which each value keeps its head and what is wrong comes first.
func TestATableFitsItsWindow(t *testing.T) {
	names := []string{"STATE", "STREAM", "HELD", "CAUSE"}
	head := []string{"TRẠNG THÁI", "LUỒNG", "ĐANG CÁCH LY", "NGUYÊN NHÂN"}
	rows := [][]string{{"Lỗi", "a/b", "41", "GW-S001 Không kết nối được tới nguồn này, máy chủ từ chối kết nối"}, {"Bình thường", "dvc/ho-so", "0", ""}}
	for wide, want := range map[int]string{
		0: "TRẠNG THÁI   LUỒNG      ĐANG CÁCH LY  NGUYÊN NHÂN\n" +
			"Lỗi          a/b        41            GW-S001 Không kết nối được tới nguồn này, máy chủ từ chối kết nối\n" +
			"Bình thường  dvc/ho-so  0             –\n",
		72: "TRẠNG THÁI   LUỒNG      ĐANG CÁCH LY  NGUYÊN NHÂN\n" +
			"Lỗi          a/b        41            GW-S001 Không kết nối được tới\n" +
			"                                      nguồn này, máy chủ từ chối kết nối\n" +
			"Bình thường  dvc/ho-so  0             –\n",
		40: "TRẠNG THÁI: Lỗi  LUỒNG: a/b\n" +
			"    NGUYÊN NHÂN: GW-S001 Không kết nối\n" +
			"    được tới nguồn này, máy chủ từ chối\n" +
			"    kết nối\n" +
			"    ĐANG CÁCH LY: 41\n" +
			"TRẠNG THÁI: Bình thường\nLUỒNG: dvc/ho-so\n" +
			"    ĐANG CÁCH LY: 0\n",
	} {
		got := laid(head, names, rows, wide)
		for line := range strings.Lines(got) {
			if n := columns(strings.TrimRight(line, "\n")); wide > 0 && n > wide {
				t.Errorf("%d columns of %d: %s", n, wide, line)
			}
		}
		if got != want {
			t.Errorf("%d columns:\n%s\nwant\n%s", wide, got, want)
		}
	}
}

// Marks that are set upon a letter take no column, whichever way a text is written.
func TestMarksTakeNoColumn(t *testing.T) {
	for text, want := range map[string]int{"Chậm cập nhật": 13, "Cha\u0323\u0302m": 4, "": 0, "中文": 4, "e\u200b": 1} {
		if got := columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

// COLUMNS says how wide a window is.
func TestWidth(t *testing.T) {
	for line, want := range map[string]int{"COLUMNS=60": 60, "COLUMNS=x": 0, "COLUMNS=-1": 0, "LINES=3": 0} {
		if got := Width(Terminal{Environ: []string{line}}); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}
