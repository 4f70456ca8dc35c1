package vntext_test

import (
	"strings"
	"testing"

	"iocgateway/canonical/vntext"
)

func TestIndexWords(t *testing.T) {
	for _, c := range []struct{ text, words, want string }{
		{"Cấp lại cho Nguyễn Công Khánh, ngày 5", "nguyen cong khanh", "Nguyễn Công Khánh"},
		{"cho NGUYỄN  CÔNG\u00a0KHÁNH", "nguyen cong khanh", "NGUYỄN  CÔNG\u00a0KHÁNH"},
		{"cho Nguye\u0302\u0303n Co\u0302ng Kha\u0301nh.", "nguyen cong khanh", "Nguye\u0302\u0303n Co\u0302ng Kha\u0301nh"},
		{"Nguyễn Công Khánh", "nguyen cong khanh", "Nguyễn Công Khánh"},
		{"Đặng Đức", "dang duc", "Đặng Đức"},
		{"anh Nguyễn Công Khánhh", "nguyen cong khanh", ""},
		{"xNguyễn Công Khánh", "nguyen cong khanh", ""},
		{"êNguyễn Công Khánh", "nguyen cong khanh", ""},
		{"Nguyễn Công", "nguyen cong khanh", ""},
		{"Nguyễn Nguyễn An", "nguyen an", "Nguyễn An"},
		{"张伟 và", "张伟", "张伟"},
		{"", "an", ""}, {"an", "", ""},
		{"gọi Nguyễn.Công.Khánh,", "nguyen cong khanh", "Nguyễn.Công.Khánh"},
		{"nguyen-cong - khanh", "nguyen cong khanh", "nguyen-cong - khanh"},
		{"thư của NguyenCongKhanh:", "nguyen cong khanh", "NguyenCongKhanh"},
		{"N g u y ễ n C ô n g K h á n h", "nguyen cong khanh", "N g u y ễ n C ô n g K h á n h"},
		{"Nguy\u200bễn Cô\u00adng Khá\u2060nh", "nguyen cong khanh", "Nguy\u200bễn Cô\u00adng Khá\u2060nh"},
		{"ba Lê-Na, Lêna", "le na", "Lê-Na"},
		{"lê n a", "le na", ""},
	} {
		from, to := vntext.IndexWords([]byte(c.text), []byte(c.words), 0)
		got := ""
		if from >= 0 {
			got = c.text[from:to]
		}
		if got != c.want {
			t.Errorf("%q in %q: %q", c.words, c.text, got)
		}
	}
}

func FuzzIndexWords(f *testing.F) {
	f.Add("cho NGUYỄN  CÔNG\u00a0KHÁNH", "Nguyễn Công Khánh", 3)
	f.Add("e\u0302", "ê", 0)
	f.Add("\xff\xfe a", "ﬁ ﬂ", 1)
	f.Fuzz(func(t *testing.T, text, words string, from int) {
		if from < 0 || from > len(text) {
			return
		}
		folded := vntext.Fold(words)
		start, end := vntext.IndexWords([]byte(text), []byte(folded), from)
		if start < 0 {
			return
		}
		if start < from || end <= start || end > len(text) || lettersOf(vntext.Fold(text[start:end])) != lettersOf(folded) {
			t.Fatalf("%q: %q is not %q", text, text[start:end], folded)
		}
	})
}

// lettersOf leaves what a name is found by: the rest may stand otherwise.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-_+·‐‑–", r) {
			return -1
		}
		return r
	}, s)
}

func TestIndexWordsAllocatesNothing(t *testing.T) {
	text, words := []byte("Cấp lại giấy chứng nhận quyền sử dụng đất cho Nguyễn Công Khánh"), []byte("nguyen cong khanh")
	if n := testing.AllocsPerRun(100, func() { vntext.IndexWords(text, words, 0) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkIndexWords(b *testing.B) {
	text, words := []byte("Cấp lại giấy chứng nhận quyền sử dụng đất cho hộ ông tại thửa đất số 123"), []byte("nguyen cong khanh")
	for b.Loop() {
		vntext.IndexWords(text, words, 0)
	}
}
