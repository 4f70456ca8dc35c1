package privacy_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/privacy/spelling"
	"iocgateway/canonical/vntext"
)

// TestEverySpelling: however a number, an address or a known name is written,
// nothing readable stays of it, and the words around it do.
func TestEverySpelling(t *testing.T) {
	const name = "Nguyễn Văn Đức"
	words := string(privacy.AppendNameWords(nil, []byte(name)))
	for what, value := range map[string]string{"phone": "0912345678", "old phone": "0623862412", "personal id": "051090012412",
		"e-mail": "duc.nguyen@example.vn", "name": name, "passport": "C1234567", "older id": "CMND 212345679"} {
		for _, way := range spelling.Ways() {
			for _, frame := range [][2]string{{"", ""}, {"gọi ", " nhé"}, {"(", ")"}, {"số: ", ", cảm ơn"}, {"hộ chiếu ", "."}} {
				if what == "passport" && frame[0] != "hộ chiếu " &&
					slices.Contains([]string{"points", "slashes", "commas", "lines", "many blanks"}, way.Name) {
					continue // an amount or a place, unless somebody says what it is
				}
				text := frame[0] + way.Write(value) + frame[1]
				got := privacy.HideName(privacy.Scrub(text), words, privacy.ActionMask)
				left := plainly(strings.TrimSuffix(strings.TrimPrefix(got, frame[0]), frame[1]))
				if !strings.HasPrefix(got, frame[0]) || !strings.HasSuffix(got, frame[1]) || got == text ||
					strings.Contains(left, plainly(value)) || strings.Contains(left, "345") || strings.Contains(left, "duc") {
					t.Errorf("%s, %s: %q is %q", what, way.Name, text, got)
				}
				if again := privacy.HideName(privacy.Scrub(got), words, privacy.ActionMask); again != got {
					t.Errorf("%s, %s: %q a second time is %q", what, way.Name, got, again)
				}
			}
		}
	}
}

// plainly leaves letters and digits.
func plainly(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-+/,\n\u200b", r) {
			return -1
		}
		return r
	}, vntext.Fold(strings.NewReplacer("<b>", "", "</b>", "", "<br>", "").Replace(s)))
}

// TestNumbersBesideOthers: what stands before a number does not shift what is hidden.
func TestNumbersBesideOthers(t *testing.T) {
	for in, want := range map[string]string{
		"2023-01 273 849 516":            "2023-01••••••516",
		"1.0938471625 2.051090012412":    "1.09•• ••• 625 2.•••••••••412",
		"84.938471625, 0938.471625":      "09•• ••• 625, 09•• ••• 625",
		"2026 0938471625":                "2026 09•• ••• 625",
		"05-11-2026 0938471625":          "05-11-2026 09•• ••• 625",
		"an.nguyen@example.vn 093847162": "a•••@example.vn ••••••162",
	} {
		if got := privacy.Scrub(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	for _, c := range [][3]string{{"email", "an@example.vn 0938471625", "••••••••••••"},
		{"address", "12 Lê Lợi, gọi 0938471625", "•••, gọi 09•• ••• 625"}} {
		if got := privacy.Mask(privacy.DataClass(c[0]), c[1]); got != c[2] {
			t.Errorf("%q: %q", c[1], got)
		}
	}
}

// TestVeil: who may not see Raws sees of what is held neither names nor keys that are a person's.
func TestVeil(t *testing.T) {
	v := privacy.NewVeil()
	for in, want := range map[string]string{"Nguyễn Văn An": "N. V. A.", "nguyen.van.an": "N. V. A.",
		"TRUC_TUYEN": "TRUC_TUYEN",
		"12/13/2026": "12/13/2026",
		"0938471625": "09•• ••• 625", "&#78;guy&#7877;n &#65;n": "N. 7. N. 6. N.", "ho-so": "ho-so"} {
		if got := v.Value(in); got != want && !(strings.Contains(in, "&#") && !strings.Contains(got, "guy")) {
			t.Errorf("%q is shown as %q", in, got)
		}
		if (*privacy.Veil)(nil).Value(in) != in {
			t.Errorf("%q is hidden from those who may", in)
		}
	}
	for key, shown := range map[string]bool{"000.00.53.H48-261105-0001": true, "PAKN-2026-17": true, "0938471625": false,
		"Nguyễn Văn An": false, "051090837465": false, "0938 471 625": false} {
		if got := v.Key(key); (got == key) != shown || v.Key(key) != got || !shown && len(got) != 11 {
			t.Errorf("%q is shown as %q", key, got)
		}
	}
	if v.Key("0938471625") == privacy.NewVeil().Key("0938471625") {
		t.Error("what stands for a key can be found by trying all numbers")
	}
}

// TestWhatIsNobodys: what offices write stays as they wrote it.
func TestWhatIsNobodys(t *testing.T) {
	for _, text := range []string{
		"Sở Nông nghiệp và Môi trường", "UBND phường Kon Tum", "000.00.53.H48", "H48.01.05", "000-27-44-H48", "1.001612.000.00.00.H48",
		"123/UBND-VX", "Quyết định số 1234/QĐ-TTg ngày 05-11-2026 08:15", "Nghị định số 45/2020/NĐ-CP", "05.11.2026 08.15.30",
		"hồ sơ G22.99-261105-0001", "V02.01-2026", "từ 01-01-2026 đến 31-12-2026",
		"1.234.567.890 đồng", "2.500.000.000",
		"550e8400-e29b-41d4-a716-044665544000",
		"thửa 1234 tờ 56 diện tích 1.234,5 m2", "giai đoạn 2021 - 2025, 2026 - 2030", "23293", "MST 4300123456", "Mức 4 (toàn trình)",
		"50% 100% 20%", "37.762221815", "331235.970881476", "0.812007874",
		"-0.785854617, 15.1205341", "A & B; c&d", "phòng C12, dãy B1234", "KCN-DQ 2026",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"tin & bài: 12 & 13;", "lô A-1.234.567 đồng", "20261105081530", "2026-11-05T08:15:30+07:00",
		"https://dvc.example.vn/hs/000.00.53.H48-261105-0001",
	} {
		if got := privacy.Scrub(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, id := range []string{"212345678", "C1234567", "0112345678", "4300123456", "000.00.53.H48", "099999999999", "20261105081530"} {
		if got, changed := privacy.ScrubbedIdentifier([]byte(id), privacy.LookAt([]byte(id))); changed {
			t.Errorf("identifier %q became %q", id, got)
		}
	}
	for _, id := range []string{"0912345678", "HS-0912345678", "051090012412", "a.b@example.vn", "+84912345678"} {
		if _, changed := privacy.ScrubbedIdentifier([]byte(id), privacy.LookAt([]byte(id))); !changed {
			t.Errorf("identifier %q is shown", id)
		}
	}
}

// FuzzScrub: whatever comes, what comes of it is text, and says whether it changed.
func FuzzScrub(f *testing.F) {
	f.Add("••• 0912345678 412 345 678")
	f.Add("CMND 051090012412 345 678, C1234567 a@b.vn&#64;x.y %40")
	f.Add("0912 345 678\u200b 1–2 ½ ﬁ ⁰⁹")
	f.Fuzz(func(t *testing.T, text string) {
		once := privacy.Scrub(text)
		if utf8.ValidString(text) && !utf8.ValidString(once) {
			t.Fatalf("%q became %q, which is no text", text, once)
		}
		if _, changed := privacy.Scrubbed([]byte(text), privacy.LookAt([]byte(text))); !changed && once != text {
			t.Fatalf("%q became %q and is said to be unchanged", text, once)
		}
	})
}
