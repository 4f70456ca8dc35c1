package vntext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"iocgateway/canonical/vntext"
	"iocgateway/deploy/dev/seed"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"   ":                       "",
		"Quảng Ngãi":                "Quảng Ngãi",
		" Quảng\u00a0\u2003 Ngãi\t": "Quảng Ngãi",
		norm.NFD.String("Độc lập"):  "Độc lập",
		"a\u200bb\ufeffc\u2060":     "abc",
		"một\r\nhai\n\n\nba":        "một hai ba",
		"a\x00b\x1fc\x7f\u0085d":    "abc d",
		"\u00a0":                    "",
		"x\xffy":                    "x\uFFFDy",
		"C\u00adn":                  "C\u00adn", // may be TCVN3
		"👨\u200d👩":                  "👨\u200d👩",
		"a\u200db":                  "ab",
		"\u202eabc\u202c":           "abc",
		"m²":                        "m²",
		"a\u200b\u0301":             "á", // NFC after taking out
	} {
		if got := vntext.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if got := string(vntext.AppendClean([]byte("> "), []byte(in))); got != "> "+want {
			t.Errorf("AppendClean(%q) = %q", in, got)
		}
	}
}

func TestCleanLines(t *testing.T) {
	in := " Kính gửi: UBND \r\n\r\n\r\n  Tôi  phản ánh\n việc\u2028này \n"
	if got, want := vntext.CleanLines(in), "Kính gửi: UBND\n\nTôi phản ánh\nviệc\nnày"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Đắk Lắk":                      "dak lak",
		"Ðà Nẵng":                      "da nang", // U+00D0
		"  UBND\u00a0TỈNH  Quảng Ngãi": "ubnd tinh quang ngai",
		norm.NFD.String("Nguyễn Thị"):  "nguyen thi",
		"123/UBND-VX":                  "123/ubnd-vx",
		"Müller Ångström Æ":            "muller angstrom æ",
		"ŒUVRE ΆΝΘΡΩΠΟΣ":               "œuvre ανθρωποσ",
		"\u00adsoft":                   "soft",
		"":                             "",
	} {
		if got := vntext.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
		if got := string(vntext.AppendFold([]byte("> "), []byte(in))); got != "> "+want {
			t.Errorf("AppendFold(%q) = %q", in, got)
		}
	}
}

func TestFoldEveryLetter(t *testing.T) {
	for _, r := range letters + strings.ToUpper(letters) {
		got := vntext.Fold(string(r))
		if len(got) != 1 || !strings.Contains("aeiouyd", got) {
			t.Errorf("Fold(%c) = %q", r, got)
		}
	}
}

func TestCleanCostsNothingWhenClean(t *testing.T) {
	s := "Phản ánh về việc thu gom rác tại xã Đăk Cấm, tỉnh Quảng Ngãi"
	b, dst := []byte(s), make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		if vntext.Clean(s) != s || vntext.NFC(s) != s || len(vntext.AppendClean(dst, b)) != len(b) || len(vntext.AppendFold(dst, b)) == 0 {
			t.Error("changed")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func textGen() *rapid.Generator[string] {
	odd := []rune(" \t\n\u00a0\u200b\u200d\u0301\u0323\u0302đĐéẹ\u1e9b가\u1100\u1161\u00ad\ufeff𝒳Å\u212b-a1")
	return rapid.StringOf(rapid.OneOf(rapid.RuneFrom(odd), rapid.RuneFrom([]rune(letters)), rapid.Rune()))
}

func TestCleanProperties(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		s := textGen().Draw(t, "s")
		c := vntext.Clean(s)
		if vntext.Clean(c) != c {
			t.Fatalf("Clean is not idempotent: %q, %q", c, vntext.Clean(c))
		}
		if !norm.NFC.IsNormalString(c) || strings.TrimSpace(c) != c || strings.Contains(c, "  ") {
			t.Fatalf("not clean: %q", c)
		}
		if vntext.NFC(s) != norm.NFC.String(s) {
			t.Fatalf("NFC(%q) = %q", s, vntext.NFC(s))
		}
		f := vntext.Fold(s)
		if vntext.Fold(f) != f || vntext.Fold(norm.NFD.String(s)) != f {
			t.Fatalf("Fold: %q of %q; again %q; of NFD %q", f, s, vntext.Fold(f), vntext.Fold(norm.NFD.String(s)))
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", " a  b ", "x\xff", "e\u0301\u200b", "\u0301", "\r\n\r\n", "\u200d👩"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range []string{vntext.Clean(s), vntext.CleanLines(s), vntext.Fold(s)} {
			if !utf8.ValidString(c) {
				t.Fatalf("not UTF-8: %q", c)
			}
		}
		if c := vntext.Clean(s); vntext.Clean(c) != c || !norm.NFC.IsNormalString(c) {
			t.Fatalf("Clean(%q) = %q, again %q", s, c, vntext.Clean(c))
		}
	})
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":      "UBND phuong Tran Hung Dao - so 123/UBND-VX",
		"vietnamese": "Phản ánh về việc thu gom rác tại xã Đăk Cấm, tỉnh Quảng Ngãi",
		"dirty":      " Phản ánh về  việc thu\u00a0gom rác tại xã Đăk Cấm ",
	} {
		src, dst := []byte(s), make([]byte, 0, 256)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				dst = vntext.AppendClean(dst[:0], src)
			}
		})
	}
}

func BenchmarkFold(b *testing.B) {
	src, dst := []byte("Phản ánh về việc thu gom rác tại xã Đăk Cấm, tỉnh Quảng Ngãi"), make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst = vntext.AppendFold(dst[:0], src)
	}
}
