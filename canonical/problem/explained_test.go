package problem

import (
	"strings"
	"testing"
)

// What a hole is called in an explanation is what its code puts there: "the
// closest" is said only where something is the closest.
func TestHolesAreCalledWhatTheyAre(t *testing.T) {
	for code, w := range Codes() {
		if text := w.VI + w.HintVI; strings.Contains(text, "{near}") || strings.Contains(text, "{near|") {
			if _, told := holeName(code, w, "near"); !told {
				t.Errorf("%s: nothing says what stands at {near} (ownHoles): %s | %s", code, w.VI, w.HintVI)
			}
		}
		for _, lang := range []Lang{Vietnamese, English} {
			text, hint, _ := Explained(code, lang)
			if strings.ContainsAny(text+hint, "[]") && strings.Contains(text+hint, "[[") || strings.Contains(text+hint, "‹›") {
				t.Errorf("%s: %s | %s", code, text, hint)
			}
		}
	}
	for key := range ownHoles {
		code, name, _ := strings.Cut(key, ".")
		w, known := WordsOf(code)
		if all := w.VI + w.HintVI; !known || !strings.Contains(all, "{"+name+"}") && !strings.Contains(all, "{"+name+"|") {
			t.Errorf("%s names a hole that its code never fills", key)
		}
	}
}

func TestExplained(t *testing.T) {
	for code, want := range map[string][]string{
		"GW-R070": {"trước có ở ‹tỷ lệ› bản ghi, ‹tỷ lệ hiện nay›"}, "GW-Q004": {"Người quản trị Kafka chạy: ‹lệnh›"},
		"GW-R025": {"‹trường›: mã \"‹mã›\"", "‹số› bản ghi", "từ ‹thời điểm›"}, "GW-A001": {"Có phải ý bạn là \"‹gần nhất›\"?"},
		"GW-C047": {"Không có ‹thứ cần tìm› \"‹tên›\"", "Xem danh sách: ‹lệnh›"}, "GW-C025": {"openssl pkey -in ‹khóa›"},
	} {
		text, hint, _ := Explained(code, Vietnamese)
		for _, part := range want {
			if !strings.Contains(text+" | "+hint, part) {
				t.Errorf("%s: %s | %s lacks %s", code, text, hint, part)
			}
		}
	}
	if text, _, _ := Explained("GW-R070", English); !strings.Contains(text, "‹share›") || strings.Contains(text, "closest") {
		t.Error(text)
	}
}
