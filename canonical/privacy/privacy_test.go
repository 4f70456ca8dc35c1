package privacy_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev/seed"
)

func TestMask(t *testing.T) {
	for _, c := range []struct {
		class       privacy.DataClass
		value, want string
	}{
		{"phone", "••••• 0912345412", "09•• ••• 412"},
		{"email", "••••an.nguyen@example.vn", "••••@example.vn"},
		{"phone", "0912345412", "09•• ••• 412"},
		{"phone", "+84 912 345 412", "09•• ••• 412"},
		{"phone", "84912345412", "09•• ••• 412"},
		{"phone", "0255.3822.412", "02••••••412"},
		{"phone", "113", "•••"},
		{"phone", "không có", "••••••••"},
		{"name", "Nguyễn Văn An", "N. V. A."},
		{"name", norm.NFD.String("Đặng Ế Ông"), "Đ. Ế. Ô."},
		{"name", "Y", "•"},
		{"name", "hộ ông Trần B", "H. Ô. T. B."},
		{"email", "an.nguyen@example.vn", "a•••@example.vn"},
		{"email", "a@example.vn", "•@example.vn"},
		{"email", "no address", "••••••••••"},
		{"personal_id", "051090012412", "•••••••••412"},
		{"personal_id", "123", "•••"},
		{"birth", "1990-05-12", "1990-••-••"},
		{"birth", "12/05/1990", "••••••••••"},
		{"address", "12 Nguyễn Trãi, Phường Kon Tum", "•••, Phường Kon Tum"},
		{"address", "tổ 3 thôn An Vĩnh", "•••"},
		{"plate", "76A-123.45", "76A-•••••"},
		{"position", "15.120534", "15.121"}, {"position", "0912345678", "••••••••••"}, {"position", "912345678", "•••••••••"},
		{"position", "1672345.123", "•••••••••••"}, {"position", "-108.79234", "-108.792"}, {"position", "007.5", "•••••"},
		{"free_text", "gọi 912345678.0", "gọi ••••••678.0"}, {"free_text", "84912345678.0", "09•• ••• 678.0"},
		{"free_text", "37.762221815", "37.762221815"},
		{"image", "https://x.vn/anh.jpg", "••••••••••••"},
		{"something new", "abc", "•••"},
		{"name", "", ""},
		{"name", "\xff\xfe", ""},
	} {
		if got := privacy.Mask(c.class, c.value); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.class, c.value, got, c.want)
		}
		if again := privacy.Mask(c.class, c.want); again != c.want {
			t.Errorf("%s: the mask of the mask %q is %q", c.class, c.want, again)
		}
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		"Gọi 0912345412 nhé":                            "Gọi 09•• ••• 412 nhé",
		"Gọi 091 234 5412, 0987.654.321":                "Gọi 09•• ••• 412, 09•• ••• 321",
		"0912345412 0987654321":                         "09•• ••• 412 09•• ••• 321",
		"+84 912 345 412":                               "09•• ••• 412",
		"ĐT0912345412":                                  "ĐT09•• ••• 412",
		"sdt:0912345412.":                               "sdt:09•• ••• 412.",
		"CCCD 051090012412":                             "CCCD •••••••••412",
		"CCCD 051 090 012 412":                          "CCCD ••••••••••••412",
		"CMND 212345678 cấp 2010":                       "CMND ••••••678 cấp 2010",
		"CMND 212 345 678":                              "CMND ••••••••678",
		"thư: an.nguyen@example.vn.":                    "thư: a•••@example.vn.",
		"hồng@example.vn":                               "h•••@example.vn",
		"hồ sơ 000.00.53.H48-220921-0099 trễ":           "hồ sơ 000.00.53.H48-220921-0099 trễ",
		"hồ sơ H48.53-260921-0099":                      "hồ sơ H48.53-260921-0099",
		"ngày 20/11/2026 08:15, số 123/UBND-VX":         "ngày 20/11/2026 08:15, số 123/UBND-VX",
		"nộp 150.000.000 đồng, 2.500.000đ":              "nộp 150.000.000 đồng, 2.500.000đ",
		"từ 20-11-2026 đến 25-11-2026":                  "từ 20-11-2026 đến 25-11-2026",
		"thửa 1234 tờ 56, gọi @UBND hoặc 1022":          "thửa 1234 tờ 56, gọi @UBND hoặc 1022",
		"không có số nào":                               "không có số nào",
		"mã 1.001612.000.00.00.H48 mức 4":               "mã 1.001612.000.00.00.H48 mức 4",
		"dãy rất dài 01234567890123456789012345 ở giữa": "dãy rất dài 01234567890123456789012345 ở giữa",
	} {
		if got := privacy.Scrub(in); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, c := range privacy.Classes() {
		f.Add(string(c), "Nguyễn Văn An 0912345412 a@b.vn")
	}
	f.Add("free_text", "@0@.@x.y\xff+84912345412")
	f.Add("email", "@@")
	f.Add("phone", "+84")
	f.Fuzz(func(t *testing.T, class, value string) {
		got := privacy.Mask(privacy.DataClass(class), value)
		if got != privacy.Mask(privacy.DataClass(class), value) {
			t.Fatal("not stable")
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is no UTF-8", got)
		}
		if class != "free_text" && strings.Count(got, "•") > utf8.RuneCountInString(norm.NFC.String(strings.ToValidUTF8(value, ""))) {
			t.Fatalf("%q hides less than it shows bullets: %q", value, got)
		}
	})
}

func TestPolicy(t *testing.T) {
	a, b := privacy.DefaultPolicy(), privacy.DefaultPolicy()
	if a.Revision() != b.Revision() || len(a.Revision()) != 12 {
		t.Error("the same policy, another revision")
	}
	b[privacy.ClassName] = privacy.ActionKeep
	if a.Revision() == b.Revision() {
		t.Error("another policy, the same revision")
	}
	if (privacy.Policy{}).Action(privacy.ClassName) != privacy.ActionMask {
		t.Error("a forgotten class is open")
	}
	if err := a.Check(); err != nil {
		t.Error(err)
	}
	err := privacy.Policy{"nmae": "mask", "name": "hide"}.Check()
	if got, _ := problem.All(err); len(got) != 2 || got[0].Code != "GW-V031" || got[1].Code != "GW-V032" {
		t.Errorf("%v", errors.Unwrap(err))
	}
}

// TestScrubHidesNumbers: wherever a phone number stands between words, and
// however it is grouped, scrubbing hides it and leaves the words.
func TestScrubHidesNumbers(t *testing.T) {
	words := rapid.SampledFrom([]string{"gọi", "số", "nhà tôi", "trước", "sau 20/11/2026", "mã H48.53-260921-0099", "đường Nguyễn Trãi,",
		"(ông An)", "ĐT:"})
	seed.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`0[35789][0-9]{8}`).Draw(t, "number")
		gap := rapid.SampledFrom([]string{"", " ", ".", "-"}).Draw(t, "gap")
		written := number[:4] + gap + number[4:7] + gap + number[7:]
		before, after := words.Draw(t, "before"), words.Draw(t, "after")
		got := privacy.Scrub(before + " " + written + " " + after)
		if strings.Contains(got, written) || strings.Contains(got, number[2:7]) {
			t.Fatalf("%q is readable in %q", written, got)
		}
		if !strings.HasPrefix(got, before+" ") || !strings.HasSuffix(got, " "+after) {
			t.Fatalf("more than the number went: %q", got)
		}
		if again := privacy.Scrub(got); again != got {
			t.Fatalf("a second time: %q became %q", got, again)
		}
	})
}
