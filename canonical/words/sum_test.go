package words_test

import (
	"testing"

	"iocgateway/canonical/words"
)

// A sum says something: where all became the same, it says that.
func TestSum(t *testing.T) {
	for _, c := range []struct {
		received, proved int
		shares           []words.Share
		want             string
	}{
		{1682, 0, []words.Share{{Word: "ghi nhận", N: 43}, {Word: "không đổi", N: 1639}}, "1.682 = 43 ghi nhận + 1.639 không đổi"},
		{97, 0, []words.Share{{Word: "ghi nhận", N: 97}}, "97, tất cả ghi nhận"},
		{1, 0, []words.Share{{Word: "cách ly", N: 1}}, "1 cách ly"},
		{5, 0, []words.Share{{Word: "ghi nhận", N: 3}}, "5 = 3 ghi nhận"}, // it does not add up, and that is seen
		{0, 2, []words.Share{{Word: "đã xóa", N: 2}}, "0 + 2 xóa do đối soát = 2 đã xóa"},
		{0, 0, nil, "0"},
	} {
		if got := words.Sum(c.received, c.proved, c.shares, words.Vietnamese); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// How a value was read is told in words; an expression stands as it was written.
func TestNote(t *testing.T) {
	for note, want := range map[string]string{
		"": "", "const": "giá trị cố định", "text_of": "lấy phần chữ", "match, upper default": "lấy phần khớp mẫu, viết hoa, giá trị mặc định",
		"expression: present(raw.a) ? 'b' : 'c, d'": "biểu thức: present(raw.a) ? 'b' : 'c, d'", "trim": "trim",
	} {
		if got := words.Note(note, words.Vietnamese); got != want {
			t.Errorf("%q: %q, want %q", note, got, want)
		}
	}
}
