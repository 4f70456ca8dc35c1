package canonical_test

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"iocgateway/canonical"
)

func TestMask(t *testing.T) {
	for _, c := range []struct {
		class       canonical.DataClass
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
		{"position", "15.120534", "15.121"},
		{"image", "https://x.vn/anh.jpg", "••••••••••••"},
		{"something new", "abc", "•••"},
		{"name", "", ""},
		{"name", "\xff\xfe", ""},
	} {
		if got := canonical.Mask(c.class, c.value); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.class, c.value, got, c.want)
		}
		if again := canonical.Mask(c.class, c.want); again != c.want {
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
		if got := canonical.Scrub(in); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, c := range canonical.Classes() {
		f.Add(string(c), "Nguyễn Văn An 0912345412 a@b.vn")
	}
	f.Add("free_text", "@0@.@x.y\xff+84912345412")
	f.Add("email", "@@")
	f.Add("phone", "+84")
	f.Fuzz(func(t *testing.T, class, value string) {
		got := canonical.Mask(canonical.DataClass(class), value)
		if got != canonical.Mask(canonical.DataClass(class), value) {
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

func TestPersonalFields(t *testing.T) {
	want := map[string]canonical.DataClass{
		"attachments[].name": "free_text", "title": "free_text", "content": "free_text",
		"location.address": "address", "location.lat": "position", "location.lon": "position",
		"reporter.name": "name", "reporter.phone": "phone", "reporter.email": "email",
		"reporter.personal_id": "personal_id", "reporter.address": "address",
		"answer.content": "free_text", "steps[].content": "free_text",
	}
	got := canonical.PersonalFields(canonical.KindFeedback)
	if !maps.Equal(got, want) {
		t.Errorf("feedback: %v", got)
	}
	got["title"] = "image"
	if canonical.PersonalFields(canonical.KindFeedback)["title"] != "free_text" {
		t.Error("a caller could write into the paths")
	}
	for _, kind := range canonical.Kinds() {
		n := 0
		tagged(reflect.TypeOf(canonical.NewEntity(kind)), "pii", func(_ reflect.Type, f reflect.StructField) {
			n++
			class := canonical.DataClass(f.Tag.Get("pii"))
			if class.Title(canonical.Vietnamese) == string(class) {
				t.Errorf("%s: no class %s", f.Name, class)
			}
		})
		if n != len(canonical.PersonalFields(kind)) {
			t.Errorf("%s: %d tags, %d paths", kind, n, len(canonical.PersonalFields(kind)))
		}
	}
}

func feedback() *canonical.Feedback {
	lat, lon, yes := 15.120534, 108.792345, true
	return &canonical.Feedback{
		Common: canonical.Common{
			Attachments: []canonical.Attachment{{Name: "anh 0912345412.jpg"}},
			Unread: []canonical.Unread{{Field: "reporter.phone", Raw: "0912345412 (con)", Code: "GW-M001"},
				{Field: "sort", Raw: "gọi 0912345412", Code: "GW-M002"}},
		},
		Content:   "Ổ gà trước nhà, gọi 0912345412",
		Location:  &canonical.Location{Address: "12 Nguyễn Trãi, Phường Kon Tum", Lat: &lat, Lon: &lon},
		Reporter:  &canonical.Reporter{Name: "Nguyễn Văn An", Phone: "0912345412"},
		Anonymous: &yes,
	}
}

func TestApplyDefault(t *testing.T) {
	f := feedback()
	f.Anonymous = nil
	if !canonical.DefaultPolicy().Apply(f) {
		t.Error("nothing changed")
	}
	for what, pair := range map[string][2]string{
		"name":       {f.Reporter.Name, "N. V. A."},
		"phone":      {f.Reporter.Phone, "09•• ••• 412"},
		"content":    {f.Content, "Ổ gà trước nhà, gọi 09•• ••• 412"},
		"attachment": {f.Attachments[0].Name, "anh 09•• ••• 412.jpg"},
		"address":    {f.Location.Address, "•••, Phường Kon Tum"},
		"unread":     {f.Unread[0].Raw, "09•• ••• 412"},
		"unread 2":   {f.Unread[1].Raw, "gọi 09•• ••• 412"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if *f.Location.Lat != 15.121 || *f.Location.Lon != 108.792 {
		t.Errorf("position: %v %v", *f.Location.Lat, *f.Location.Lon)
	}
	if canonical.DefaultPolicy().Apply(f) {
		t.Error("a second time changed something")
	}
	d := &canonical.Dossier{Applicant: &canonical.Applicant{Birth: "1990-05-12"}}
	canonical.Policy{canonical.ClassBirth: canonical.ActionMask}.Apply(d)
	if d.Applicant.Birth != "" {
		t.Errorf("a masked date: %s", d.Applicant.Birth)
	}
}

func TestApplyAnonymous(t *testing.T) {
	f := feedback()
	canonical.KeepAll().Apply(f)
	if f.Reporter != nil {
		t.Error("an anonymous reporter stayed")
	}
	if strings.Contains(f.Content, "0912345412") || strings.Contains(f.Attachments[0].Name, "0912345412") {
		t.Error("the phone number of an anonymous reporter stayed in the text")
	}
	if body, err := canonical.Encode(f); err != nil || strings.Contains(string(body), "Nguyễn Văn An") {
		t.Errorf("%v %s", err, body)
	}
	open := feedback()
	open.Anonymous = nil
	if canonical.KeepAll().Apply(open) {
		t.Error("keeping all changed something")
	}
}

func TestPolicy(t *testing.T) {
	a, b := canonical.DefaultPolicy(), canonical.DefaultPolicy()
	if a.Revision() != b.Revision() || len(a.Revision()) != 12 {
		t.Error("the same policy, another revision")
	}
	b[canonical.ClassName] = canonical.ActionKeep
	if a.Revision() == b.Revision() {
		t.Error("another policy, the same revision")
	}
	if (canonical.Policy{}).Action(canonical.ClassName) != canonical.ActionMask {
		t.Error("a forgotten class is open")
	}
	if err := a.Check(); err != nil {
		t.Error(err)
	}
	err := canonical.Policy{"nmae": "mask", "name": "hide"}.Check()
	if got := problemsOf(t, err); len(got) != 2 || got[0].Code != "GW-V031" || got[1].Code != "GW-V032" {
		t.Errorf("%v", errors.Unwrap(err))
	}
}
