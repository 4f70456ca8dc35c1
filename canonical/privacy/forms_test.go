package privacy_test

import (
	"testing"

	"iocgateway/canonical/privacy"
)

// TestForms: numbers and addresses in forms that strangers found, and their
// neighbours; what only looks like them stays.
func TestForms(t *testing.T) {
	for in, want := range map[string]string{
		"gọi 0912/345/692 nhé":                       "gọi 09•• ••• 692 nhé",
		"0912, 345, 702":                             "09•• ••• 702",
		"0912\n345\n692":                             "09•• ••• 692",
		"0912\t\t345      692":                       "09•• ••• 692",
		"0912|345|692 và 0912*345*693":               "09•• ••• 692 và 09•• ••• 693",
		"0912345692/0912345702":                      "09•• ••• 692/09•• ••• 702",
		"0912<b>345</b>704 nhé":                      "09•• ••• 704 nhé",
		"<p>0912345704</p><i>x</i>":                  "<p>09•• ••• 704</p><i>x</i>",
		"0912<span class=\"so\">345</span><br/>704":  "09•• ••• 704",
		`<a href="tel:0912345678">gọi</a>`:           `<a href="tel:09•• ••• 678">gọi</a>`,
		"0912&#32;345&nbsp;&nbsp;704":                "09•• ••• 704",
		"O912 345 678, 09O2345678":                   "09•• ••• 678, 09•• ••• 678",
		"ĐT: 0255/3822/412":                          "ĐT: 02••••••412",
		"+84/912/345/678":                            "09•• ••• 678",
		"CMND 212.345.679, nộp 212.345.679 đồng":     "CMND ••••••••679, nộp 212.345.679 đồng",
		"CCCD: 051.090.012.412":                      "CCCD: ••••••••••••412",
		"chứng minh số 212/345/679":                  "chứng minh số ••••••••679",
		"căn cước 051,090,012,412":                   "căn cước ••••••••••••412",
		"an.nguyen4 (at) gmail.com.":                 "a•••@gmail.com.",
		"an.nguyen[at]so.quangngai[dot]gov[dot]vn":   "a•••@so.quangngai.gov.vn",
		"an.nguyen AT gmail DOT com":                 "a•••@gmail.com",
		"an.nguyen a còng gmail chấm com":            "a•••@gmail.com",
		"thư ấn.nguyễn6@thư.vn nhé":                  "thư ấ•••@thư.vn nhé",
		"nguyễn.đức@ủy-ban.quảng-ngãi.vn":            "n•••@ủy-ban.quảng-ngãi.vn",
		"an.nguyen @ gmail . com":                    "a•••@gmail.com",
		"Nguyễn An <an.nguyen@x.vn>":                 "Nguyễn An <a•••@x.vn>",
		"lô 12.345.678 đồng, 84.912.345.678 đồng":    "lô 12.345.678 đồng, 84.912.345.678 đồng",
		"nộp 0,5%; 1,234,567,890 VND; 212,345,679 đ": "nộp 0,5%; 1,234,567,890 VND; 212,345,679 đ",
	} {
		if got := privacy.Scrub(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	for _, in := range []string{
		"số 0123/2026/QĐ-UBND", "công văn 0912/2026/0034", "01/2026, 02/2026, 03/2026", "thửa 051, 090, 012, 412", "08, 09, 10, 11, 12",
		"từ 08:15, 09:30 đến 10:45", "C12, 34567", "2026-01-05, 09:12:34", "05/11/2026 08:15", "0,912,345,678", "212.345.679", "212,345,679",
		"tọa độ 15,1205341; 108,8012345", "<td>2026</td><td>123456</td>", "look at example.vn", "đạt 5 chấm 6 điểm (a)", "hồ sơ H48/260921/0099",
		"1. 2. 3. 4. 5. 6. 7. 8. 9. 0.", "mã 000.00.53.H48-220921-0099, 0100", "x(at)y", "a < b, c > d 12",
		"1008249 847553 \n433655 428071", "84755\n343365", "849,123,456,78",
	} {
		if got := privacy.Scrub(in); got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"https://x.vn/f/0255382241.jpg":         "https://x.vn/f/02•• ••• 241.jpg",
		"https://x.vn/f?cmnd=212345679&x=1":     "https://x.vn/f?cmnd=••••••679&x=1",
		"https://x.vn/can-cuoc_051090012412":    "https://x.vn/can-cuoc_•••••••••412",
		"https://x.vn/hochieu/C1234567.pdf":     "https://x.vn/hochieu/•••••567.pdf",
		"https://x.vn/anh_0912-345-678.jpg":     "https://x.vn/anh_09•• ••• 678.jpg",
		"https://x.vn/an.nguyen%40gmail.com/1":  "https://x.vn/a•••@gmail.com/1",
		"https://x.vn/f/212345679.pdf":          "https://x.vn/f/212345679.pdf", // the number of a file, as far as anybody can tell
		"https://x.vn/hs/000.00.53.H48-261-001": "https://x.vn/hs/000.00.53.H48-261-001",
		"https://x.vn/tep?id=C1234567":          "https://x.vn/tep?id=C1234567",
	} {
		if got, _ := privacy.ScrubbedIdentifier([]byte(in), privacy.LookAt([]byte(in))); string(got) != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
