package vntext_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical/vntext"
	"iocgateway/deploy/dev/seed"
)

func TestParseDecimal(t *testing.T) {
	const vi, en, plain, auto = vntext.StyleVI, vntext.StyleEN, vntext.StylePlain, vntext.StyleAuto
	bad, two := vntext.ErrNumber, vntext.ErrAmbiguous
	for _, c := range []struct {
		in    string
		style vntext.NumberStyle
		want  string
		err   error
	}{
		{"1.234,5", vi, "1234.5", nil},
		{"1.234.567", vi, "1234567", nil},
		{"1234,50", vi, "1234.5", nil},
		{"-1.234", vi, "-1234", nil},
		{"\u2212 5", vi, "-5", nil},
		{"12.5", vi, "", bad},
		{"0.123", vi, "", bad},
		{"1.23.456", vi, "", bad},
		{"1.234,", vi, "", bad},
		{"1 234\u00a0567", vi, "", bad}, // two kinds of blank
		{"1\u202f234\u202f567,8", vi, "1234567.8", nil},
		{"1 234 567", plain, "1234567", nil},
		{"1 234.567,8", vi, "", bad},
		{"1,234.5", en, "1234.5", nil},
		{"1,2345", en, "", bad},
		{"007", plain, "7", nil},
		{"-0,00", vi, "0", nil},
		{".5", plain, "0.5", nil},
		{"5.", plain, "", bad},
		{".", plain, "", bad},
		{"1.5E+3", plain, "1500", nil},
		{"1.2345E-5", plain, "0.000012345", nil},
		{"1E5", vi, "", bad},
		{"1e999", plain, "", bad},
		{"e5", plain, "", bad},
		{"0.1", plain, "0.1", nil},
		{"100", plain, "100", nil},
		{"+7", plain, "7", nil},
		{"--7", plain, "", bad},
		{"", plain, "", bad},
		{"NaN", plain, "", bad},
		{"12%", vi, "", bad},
		{"١٢", plain, "", bad},
		{"1.234", auto, "", two},
		{"1,234", auto, "", two},
		{"1.234.567", auto, "1234567", nil},
		{"1.234,5", auto, "1234.5", nil},
		{"1,234.5", auto, "1234.5", nil},
		{"12.5", auto, "12.5", nil},
		{"12,5", auto, "12.5", nil},
		{"0.123", auto, "0.123", nil},
		{"1234.567", auto, "1234.567", nil},
		{"1234", auto, "1234", nil},
		{"0", auto, "0", nil},
		{"1.2.3", auto, "", bad},
		{"1", "roman", "", bad},
		{strings.Repeat("9", 257), plain, "", bad},
	} {
		got, err := vntext.ParseDecimal(c.in, c.style)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("ParseDecimal(%q, %s) = %q, %v; want %q, %v", c.in, c.style, got, err, c.want, c.err)
		}
	}
}

func TestDecimalShift(t *testing.T) {
	for _, c := range []struct {
		dec   string
		power int
		want  string
	}{
		{"12.5", 9, "12500000000"}, {"12.5", -3, "0.0125"}, {"-0.001", 3, "-1"}, {"0", 5, "0"},
		{"1", 0, "1"}, {"1200", -2, "12"}, {"x", 1, ""}, {"1", 401, ""}, {"1", -400, "0." + strings.Repeat("0", 399) + "1"},
	} {
		if got := vntext.DecimalShift(c.dec, c.power); got != c.want {
			t.Errorf("DecimalShift(%q, %d) = %q, want %q", c.dec, c.power, got, c.want)
		}
	}
}

func TestStripFootnote(t *testing.T) {
	for in, want := range map[string]string{
		"1.234*": "1.234", "12,5 (1)": "12,5", "7²": "7", "8 [a]": "8", "9(*)": "9", "(5)": "(5)", "10 **) ": "10 **)",
		"12": "12", "": "", "3 (năm)": "3 (năm)", "4(1)(2)": "4",
	} {
		if got := vntext.StripFootnote(in); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("StripFootnote(%q) = %q, want %q", in, got, want)
		}
	}
}

// write puts canonical text in a style, with groups.
func write(dec string, group, point string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(dec, "-"); ok {
		sign, dec = "-", rest
	}
	whole, fraction, pointed := strings.Cut(dec, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + group + whole[at:]
	}
	if pointed {
		return sign + whole + point + fraction
	}
	return sign + whole
}

func TestDecimalProperties(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`-?(0|[1-9][0-9]{0,30})(\.[0-9]{0,12}[1-9])?`).Draw(t, "number")
		if digits == "-0" {
			return
		}
		for style, marks := range map[vntext.NumberStyle][2]string{
			vntext.StyleVI: {".", ","}, vntext.StyleEN: {",", "."}, vntext.StylePlain: {"", "."},
		} {
			text := write(digits, marks[0], marks[1])
			if got, err := vntext.ParseDecimal(text, style); err != nil || got != digits {
				t.Fatalf("%s: %q = %q, %v; want %q", style, text, got, err, digits)
			}
			if got, err := vntext.ParseDecimal(text, vntext.StyleAuto); err == nil && got != digits {
				other, _ := vntext.ParseDecimal(text, vntext.StylePlain)
				if style != vntext.StylePlain && got != other {
					t.Fatalf("auto guessed: %q = %q, want %q", text, got, digits)
				}
			}
		}
		power := rapid.IntRange(-40, 40).Draw(t, "power")
		shifted := vntext.DecimalShift(digits, power)
		if back := vntext.DecimalShift(shifted, -power); back != digits {
			t.Fatalf("%s shifted by %d and back: %s", digits, power, back)
		}
		want, _ := new(big.Rat).SetString(digits)
		factor := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil))
		if power < 0 {
			factor.Inv(factor)
		}
		if got, ok := new(big.Rat).SetString(shifted); !ok || got.Cmp(want.Mul(want, factor)) != 0 {
			t.Fatalf("%s × 10^%d = %s", digits, power, shifted)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"1.234,5", "1,234.5", "−1 234", "1E-400", ".5", "", "1.234", "00000", "9e400"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, style := range []vntext.NumberStyle{vntext.StyleVI, vntext.StyleEN, vntext.StylePlain, vntext.StyleAuto} {
			got, err := vntext.ParseDecimal(s, style)
			if err != nil {
				continue
			}
			again, err := vntext.ParseDecimal(got, vntext.StylePlain)
			if len(got) <= 256 && (err != nil || again != got) {
				t.Fatalf("%s: %q = %q, which reads as %q (%v)", style, s, got, again, err)
			}
		}
		vntext.StripFootnote(s)
		vntext.DecimalShift(s, len(s))
	})
}

func BenchmarkParseDecimal(b *testing.B) {
	b.ReportAllocs()
	var dst [64]byte
	for b.Loop() {
		if _, err := vntext.AppendDecimal(dst[:0], "1.234.567,89", vntext.StyleVI); err != nil {
			b.Fatal(err)
		}
	}
}
