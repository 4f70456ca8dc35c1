package vntext_test

import (
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
	} {
		from, to := vntext.IndexWords(c.text, c.words, 0)
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
		start, end := vntext.IndexWords(text, folded, from)
		b, e := vntext.IndexWords([]byte(text), []byte(folded), from)
		if start != b || end != e {
			t.Fatalf("%d %d in bytes, %d %d in text", b, e, start, end)
		}
		if start < 0 {
			return
		}
		if start < from || end <= start || end > len(text) || vntext.Fold(text[start:end]) != folded {
			t.Fatalf("%q: %q is not %q", text, text[start:end], folded)
		}
	})
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
