package city

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The rules here are those of an office, written down once more and not taken
// from what makes the city.

func plain(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// lettersOf is how an issuer signs its notations.
func lettersOf(issuer string) string {
	if strings.HasPrefix(issuer, "UBND ") {
		return "UBND"
	}
	return map[string]string{"Chính phủ": "CP", "Thủ tướng Chính phủ": "TTg", "Văn phòng Chính phủ": "VPCP", "Bộ Tài chính": "BTC",
		"Bộ Nội vụ": "BNV", "Bộ Khoa học và Công nghệ": "BKHCN", "Bộ Nông nghiệp và Môi trường": "BNNMT", "Bộ Xây dựng": "BXD",
		"Bộ Y tế": "BYT", "Bộ Công an": "BCA", "Văn phòng UBND tỉnh": "VP", "Sở Nội vụ": "SNV", "Sở Tư pháp": "STP", "Sở Tài chính": "STC",
		"Sở Công Thương": "SCT", "Sở Nông nghiệp và Môi trường": "SNNMT", "Sở Xây dựng": "SXD", "Sở Văn hóa, Thể thao và Du lịch": "SVHTTDL",
		"Sở Khoa học và Công nghệ": "SKHCN", "Sở Giáo dục và Đào tạo": "SGDĐT", "Sở Y tế": "SYT", "Sở Dân tộc và Tôn giáo": "SDTTG",
		"Thanh tra tỉnh": "TTT", "Công an tỉnh": "CAT",
		"Ban Quản lý Khu kinh tế Dung Quất và các Khu công nghiệp Quảng Ngãi": "BQL"}[issuer]
}

// mayIssue is what an issuer may issue, by the letters of the type.
func mayIssue(issuer string) []string {
	switch {
	case issuer == "Chính phủ":
		return []string{"NĐ", "NQ"}
	case issuer == "Thủ tướng Chính phủ":
		return []string{"", "QĐ", "CT", "CĐ"}
	case issuer == "Văn phòng Chính phủ":
		return []string{"", "TB", "GM"}
	case strings.HasPrefix(issuer, "Bộ "):
		return []string{"", "TT", "QĐ", "KH", "GM"}
	case issuer == "UBND tỉnh Quảng Ngãi":
		return []string{"", "QĐ", "KH", "BC", "TB", "TTr", "GM", "CT"}
	case strings.HasPrefix(issuer, "UBND tỉnh ") || strings.HasPrefix(issuer, "UBND thành phố "):
		return []string{""}
	}
	return []string{"", "QĐ", "KH", "BC", "TB", "TTr", "GM"}
}

const ourCommittee = "UBND tỉnh Quảng Ngãi"

// notationOf is the form of a notation for that issuer and type.
func notationOf(issuer, kind string, year int) string {
	who := regexp.QuoteMeta(lettersOf(issuer))
	switch kind {
	case "":
		return `^` + who + `-[A-ZĐ0-9]+[0-9]*$`
	case "NĐ", "TT":
		return fmt.Sprintf(`^%d/%s-%s$`, year, kind, who)
	}
	return `^` + kind + `-` + who + `$`
}

// documentFault is what an official would say about a document; empty is well.
func documentFault(d *Document) string {
	kinds := map[string]string{"Công văn": "", "Quyết định": "QĐ", "Kế hoạch": "KH", "Báo cáo": "BC", "Thông báo": "TB", "Tờ trình": "TTr",
		"Giấy mời": "GM", "Chỉ thị": "CT", "Nghị định": "NĐ", "Nghị quyết": "NQ", "Thông tư": "TT", "Công điện": "CĐ"}
	kind, known := kinds[d.Type]
	above := strings.HasPrefix(d.Issuer, "Bộ ") || strings.Contains(d.Issuer, "Chính phủ")
	switch {
	case !known || lettersOf(d.Issuer) == "":
		return "a type or an issuer nobody knows"
	case !slices.Contains(mayIssue(d.Issuer), kind):
		return "an issuer that issues no such thing"
	case !regexp.MustCompile(notationOf(d.Issuer, kind, d.Issued.Year())).MatchString(d.Notation):
		return "a notation of another issuer or type"
	case strings.HasPrefix(plain(d.Subject), "V/v ") != (kind == ""):
		return "V/v on what is no letter, or a letter without"
	case d.Issued.After(d.Arrived) || !d.Due.IsZero() && !d.Due.After(d.Arrived):
		return "dates in the wrong order"
	case d.Issued.Weekday() == time.Saturday || d.Issued.Weekday() == time.Sunday:
		return "issued at a weekend"
	case d.Out && above || !d.Out && d.Issuer == ourCommittee:
		return "in and out confused"
	case len(d.Recipient) == 0 || d.Agency >= 0 && slices.Contains(d.Recipient, d.Agency):
		return "sent to nobody or to its issuer"
	}
	return ""
}

// handlers is who handles a procedure today: a department, or the commune.
func handlers() map[string]string {
	out := map[string]string{"3.000333": "Công an tỉnh", "3.000347": "Công an tỉnh", "2.000488": "Sở Tư pháp", "1.002809": "Sở Xây dựng",
		"1.004227": "Sở Nông nghiệp và Môi trường", "1.013831": "Sở Nông nghiệp và Môi trường", "1.010727": "Sở Nông nghiệp và Môi trường",
		"2.001610": "Sở Tài chính", "1.004552": "Sở Y tế", "2.002288": "Sở Xây dựng", "1.001978": "Sở Nội vụ", "1.014748": "Sở Nội vụ"}
	for _, code := range strings.Fields("1.001612 2.000986 1.011733 1.001193 1.000894 1.000656 1.004873 2.000635 2.000908 2.000815 2.000884 " +
		"1.013225 1.012753 1.001758 1.001776 2.000181") {
		out[code] = "xã"
	}
	return out
}

// dossierFault is what an official would say about a dossier.
func dossierFault(c *City, d *Dossier) string {
	p, a := c.Procedures[d.Procedure], c.Agency(d.Agency)
	police := !d.Created.Before(time.Date(2025, 3, 1, 0, 0, 0, 0, Zone()))
	theirs := strings.Contains(p.Name, "lý lịch tư pháp") || strings.Contains(p.Name, "Giấy phép lái xe")
	once := strings.Fields("1.001612 1.013225 1.012753 2.000181") // with the districts until July 2025
	switch want := handlers()[p.Code]; {
	case want == "":
		return "a procedure nobody knows"
	case want == "xã" && (a.Commune < 0 || a.Commune != d.Commune):
		return "a commune's procedure elsewhere"
	case want != "xã" && a.Name != want:
		return "a department's procedure elsewhere"
	case theirs && police != (a.Name == "Công an tỉnh"):
		return "licences and records certificates are with the police since 1 March 2025, and were not before"
	case slices.Contains(once, p.Code) && d.Created.Before(time.Date(2025, 7, 1, 0, 0, 0, 0, Zone())):
		return "a commune that does the district's work"
	case d.Applicant.IDType == 1 && !numberFits(d.Applicant, c.Communes[d.Commune]):
		return "a personal number that is not its bearer's"
	case d.Applicant.Business != "" && a.Commune >= 0 && p.Code != "2.000181":
		return "a firm that asks for what people ask for"
	}
	return ""
}

func numberFits(p Person, at Commune) bool {
	century := (p.Birth.Year() - 1900) / 100 * 2
	if !p.Male {
		century++
	}
	return regexp.MustCompile(fmt.Sprintf(`^0%s%d%02d\d{6}$`, at.OldProvince, century, p.Birth.Year()%100)).MatchString(p.ID)
}

// feedbackFault is what an official would say about a report.
func feedbackFault(c *City, f *Feedback) string {
	theirs := map[string]string{"Ổ gà trên mặt đường": "Sở Xây dựng", "Biển báo giao thông bị gãy": "Sở Xây dựng",
		"Đèn tín hiệu không hoạt động": "Sở Xây dựng", "Đậu xe sai quy định": "Công an tỉnh", "Mất nước sinh hoạt": "Sở Xây dựng",
		"Cột điện nghiêng": "Sở Công Thương", "Cáp viễn thông sà xuống đường": "Sở Khoa học và Công nghệ",
		"Chậm cấp giấy chứng nhận": "Sở Nông nghiệp và Môi trường", "Tụ tập đua xe": "Công an tỉnh", "Mất trộm tài sản": "Công an tỉnh",
		"Thực phẩm không rõ nguồn gốc": "Sở Y tế", "Bệnh viện quá tải": "Sở Y tế"}
	at, last := c.Communes[f.Commune], f.States[len(f.States)-1]
	who := theirs[plain(f.Title)]
	if who == "" {
		who = "UBND " + lowerFirst(at.Name)
	}
	switch {
	case last.Agency >= 0 && c.Agency(last.Agency).Name != who:
		return "answered by who has no say in it"
	case last.Answer != "" && !strings.HasPrefix(last.Answer, who+" đã "):
		return "an answer in another's name"
	case !strings.Contains(plain(f.Content), f.Place) || !strings.HasSuffix(f.Place, lowerFirst(at.Name)):
		return "a place that is elsewhere"
	case f.Reporter.Commune != f.Commune:
		return "a reporter from elsewhere"
	case (f.Lon < 108.4) != (at.OldProvince == "62" || at.OldDistrict == "530"):
		return "a position on the other side of the mountains"
	}
	return ""
}

func TestWhatBelongsTogetherStandsTogether(t *testing.T) {
	for seed := range uint64(4) {
		c := New(seed, start(), Sizes{Calls: 5})
		if seed == 3 { // a city whose past goes through all of 2025's changes
			c = New(seed, time.Date(2025, 8, 18, 9, 0, 0, 0, Zone()), Sizes{Calls: 5, Behind: 230})
		}
		count := map[string]int{}
		for i := range c.Documents {
			count["document: "+documentFault(&c.Documents[i])]++
		}
		for i := range c.Dossiers {
			count["dossier: "+dossierFault(c, &c.Dossiers[i])]++
		}
		for i := range c.Feedback {
			count["feedback: "+feedbackFault(c, &c.Feedback[i])]++
		}
		for _, fault := range slices.Sorted(maps.Keys(count)) {
			if !strings.HasSuffix(fault, ": ") {
				t.Errorf("seed %d: %s: %d times", seed, fault, count[fault])
			}
		}
		text := norm.NFC.String(fmt.Sprintf("%+v%+v%+v%+v%+v", c.Procedures, c.Documents, c.Tasks, c.Feedback, c.Indicators))
		for _, wrong := range []string{"hàng tháng", "hàng quý", "hàng năm", "Theo Dõi"} {
			if strings.Contains(text, wrong) {
				t.Errorf("seed %d: %q is written somewhere", seed, wrong)
			}
		}
	}
}

// TestWrongThingsAreSeen plants what an official would laugh at.
func TestWrongThingsAreSeen(t *testing.T) {
	c := New(1, start(), Sizes{Dossiers: 400, Feedback: 60})
	for name, plant := range map[string]func(*Document){
		"a suffix on a decision": func(d *Document) {
			d.Type, d.Notation, d.Issuer = "Quyết định", "QĐ-SNV-CCHC", "UBND xã Bình Minh"
		},
		"another's letters": func(d *Document) { d.Type, d.Notation, d.Issuer = "Công văn", "SXD-QLN", "UBND xã Ba Vì" },
		"a decree of a ministry": func(d *Document) {
			d.Type, d.Notation, d.Issuer, d.Out = "Nghị định", "2026/NĐ-BTC", "Bộ Tài chính", false
		},
		"V/v on a decision": func(d *Document) {
			d.Type, d.Notation, d.Subject, d.Issuer = "Quyết định", "QĐ-STC", "V/v x", "Sở Tài chính"
		},
		"due before it came": func(d *Document) { d.Due = d.Arrived.AddDate(0, 0, -3) },
	} {
		d := c.Documents[0]
		if plant(&d); documentFault(&d) == "" {
			t.Errorf("%s: not seen: %s of %s", name, d.Notation, d.Issuer)
		}
	}
	at := func(code string) *Dossier {
		i := slices.IndexFunc(c.Dossiers, func(d Dossier) bool { return c.Procedures[d.Procedure].Code == code })
		d := c.Dossiers[i]
		return &d
	}
	for name, d := range map[string]*Dossier{"an enterprise at the inspectorate": at("2.001610"),
		"a licence at the inspectorate": at("3.000347"), "a birth at the inspectorate": at("2.000986")} {
		d.Agency = slices.IndexFunc(c.Agencies, func(a Agency) bool { return a.Name == "Thanh tra tỉnh" })
		if dossierFault(c, d) == "" {
			t.Errorf("%s: not seen", name)
		}
	}
	if early := at("3.000333"); dossierFault(c, early) == "" {
		early.Created = time.Date(2025, 2, 20, 9, 0, 0, 0, Zone())
		if dossierFault(c, early) == "" {
			t.Error("the police before their time: not seen")
		}
	}
	if f := c.Feedback[0]; true {
		if f.Commune = (f.Commune + 1) % len(c.Communes); feedbackFault(c, &f) == "" {
			t.Error("a report from elsewhere: not seen")
		}
	}
}

func TestOdditiesRemain(t *testing.T) {
	c := New(1, start(), Sizes{})
	n, given := map[string]int{}, map[string]bool{}
	count := func(name string, is bool) {
		if is {
			n[name]++
		}
	}
	for _, d := range c.Documents {
		key := fmt.Sprintf("%d/%s %d", d.Number, d.Notation, d.Issued.Year())
		count("a number twice in a year", given[key])
		given[key] = true
		last := d.States[len(d.States)-1]
		count("renumbered", last.Number != d.Number)
		count("recalled", last.Recalled)
		count("of the year before", d.Arrived.Year() == c.Start.Year()-1)
		count("decomposed or blanks", plain(d.Subject) != d.Subject)
	}
	for _, d := range c.Dossiers {
		count("old order of codes", strings.HasPrefix(d.States[0].Code, "000."))
		count("old name of an agency", c.Agency(d.Agency).NameAt(d.Created) != c.Agency(d.Agency).Name)
		count("nobody's number", d.Applicant.ID == "000000001")
		count("nine digits", d.Applicant.IDType == 2 && d.Applicant.ID != "000000001")
		count("a firm", d.Applicant.Business != "")
		count("linked", len(d.Linked) > 0)
	}
	for _, f := range c.Feedback {
		count("position 0,0", f.BadPlace == 1)
		count("position swapped", f.BadPlace == 2)
		count("anonymous with a phone", f.Anonymous && f.Reporter.Phone != "")
		count("sent back", f.States[len(f.States)-1].Bounced > 0)
	}
	for _, name := range []string{"a number twice in a year", "renumbered", "recalled", "of the year before", "decomposed or blanks",
		"old order of codes", "old name of an agency", "nobody's number", "nine digits", "a firm", "linked", "position 0,0",
		"position swapped", "anonymous with a phone", "sent back"} {
		if n[name] < 5 {
			t.Errorf("%s: only %d", name, n[name])
		}
	}
}

func TestIndicatorsAddUp(t *testing.T) {
	c := New(1, start(), Sizes{})
	values := map[string]float64{}
	for _, v := range c.ObservationsAt(c.Start) {
		if x, err := strconv.ParseFloat(v.Now.Value, 64); err == nil {
			values[v.Code+" "+v.Obs.Area+" "+v.Obs.Period] = x
			if v.Unit == "%" && v.BasePer == "" && (x <= 0 || x > 100) {
				t.Errorf("%s: %v %%", v.Name, x)
			}
		}
	}
	compared := 0
	for total, parts := range map[string][]string{"NGDP": {"NGDPA", "NGDPI", "NGDPS", "NGDPT"}, "REV": {"REVD", "REVX"},
		"EXP": {"EXPI", "EXPC"}, "LP": {"LPM", "LPF"}} {
		for key, want := range values {
			rest, ours := strings.CutPrefix(key, total+" ")
			sum, all := 0.0, true
			for _, p := range parts {
				x, there := values[p+" "+rest]
				sum, all = sum+x, all && there
			}
			if !ours || !all {
				continue
			}
			if compared++; math.Abs(sum-want) > 0.3 {
				t.Errorf("%s: the parts are %.1f", key, sum)
			}
		}
	}
	if people := values["LP 51 2025"]; compared < 100 || people < 1700 || people > 2200 {
		t.Errorf("%d totals compared, %v thousand people", compared, people)
	}
}
