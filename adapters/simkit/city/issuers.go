package city

import (
	"fmt"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
)

// level is who an issuer is: what it may issue hangs on it.
type level int

const (
	government level = iota
	premier
	cabinetOffice
	ministry
	neighbour // the committee of another province
	province
	provinceDepartment
	commune
)

// issuer is who issues documents.
type issuer struct {
	name   string // as printed
	abbr   string // as it stands in the notation
	head   string // who concludes its meetings
	level  level
	agency int // index in Agencies; -1 outside them
	rooms  []room
}

// DocumentType is a kind of document, with the letters its notation bears; a
// letter (công văn) has none.
type DocumentType struct {
	Code       int
	Name, Abbr string
}

// DocumentTypes lists the kinds of documents, by their codes from 1.
func DocumentTypes() []DocumentType {
	return []DocumentType{{1, "Công văn", ""}, {2, "Quyết định", "QĐ"}, {3, "Kế hoạch", "KH"}, {4, "Báo cáo", "BC"}, {5, "Thông báo", "TB"},
		{6, "Tờ trình", "TTr"}, {7, "Giấy mời", "GM"}, {8, "Chỉ thị", "CT"}, {9, "Nghị định", "NĐ"}, {10, "Nghị quyết", "NQ"},
		{11, "Thông tư", "TT"}, {12, "Công điện", "CĐ"}}
}

// yearly is what an issuer of a level issues, and about how many a year: the
// running number follows from it. A letter counts as often as all the rest.
func yearly(l level) map[string]int {
	return map[level]map[string]int{
		government:         {"NĐ": 330, "NQ": 400},
		premier:            {"": 1500, "QĐ": 2600, "CT": 38, "CĐ": 220},
		cabinetOffice:      {"": 12000, "TB": 640, "GM": 900},
		ministry:           {"": 17000, "QĐ": 3200, "TT": 120, "KH": 300, "GM": 700},
		neighbour:          {"": 8000},
		province:           {"": 8000, "QĐ": 2400, "KH": 320, "BC": 500, "TB": 600, "TTr": 260, "GM": 400, "CT": 20},
		provinceDepartment: {"": 4200, "QĐ": 520, "KH": 160, "BC": 420, "TB": 210, "TTr": 240, "GM": 300},
		commune:            {"": 1600, "QĐ": 1100, "KH": 240, "BC": 480, "TB": 260, "TTr": 190, "GM": 210},
	}[l]
}

// outside are those above and beside the province that write to it.
func outside() []issuer {
	letters := func(name, abbr string, rooms ...room) issuer {
		return issuer{name: name, abbr: abbr, head: "Thứ trưởng " + name, level: ministry, agency: -1, rooms: rooms}
	}
	return []issuer{
		{"Chính phủ", "CP", "", government, -1, []room{{"", "quản lý đất đai"}, {"", "đăng ký doanh nghiệp"}, {"", "chuyển đổi số"}}},
		{"Thủ tướng Chính phủ", "TTg", "", premier, -1, []room{{"KSTT", "cải cách thủ tục hành chính"},
			{"NN", "phòng, chống thiên tai và tìm kiếm cứu nạn"}, {"KTTH", "giải ngân vốn đầu tư công"}}},
		{"Văn phòng Chính phủ", "VPCP", "Phó Thủ tướng Chính phủ", cabinetOffice, -1, []room{{"KSTT", "kiểm soát thủ tục hành chính"},
			{"NN", "chống khai thác hải sản bất hợp pháp"}, {"KGVX", "bảo đảm an toàn thực phẩm"}, {"CN", "phát triển kết cấu hạ tầng giao thông"}}},
		letters("Bộ Tài chính", "BTC", room{"NSNN", "điều hành ngân sách nhà nước"}, room{"ĐT", "giải ngân vốn đầu tư công"}),
		letters("Bộ Nội vụ", "BNV", room{"CCHC", "cải cách hành chính"}, room{"CQĐP", "tổ chức chính quyền địa phương hai cấp"}),
		letters("Bộ Khoa học và Công nghệ", "BKHCN", room{"CĐSQG", "chuyển đổi số"}, room{"VT", "phát triển hạ tầng viễn thông"}),
		letters("Bộ Nông nghiệp và Môi trường", "BNNMT", room{"QLĐĐ", "quản lý đất đai"}, room{"ĐĐ", "phòng, chống thiên tai"}),
		letters("Bộ Xây dựng", "BXD", room{"QLN", "phát triển nhà ở xã hội"}),
		letters("Bộ Y tế", "BYT", room{"PB", "phòng, chống dịch bệnh"}, room{"ATTP", "bảo đảm an toàn thực phẩm"}),
		letters("Bộ Công an", "BCA", room{"C06", "chuyển đổi số phục vụ Đề án 06"}),
		{"UBND thành phố Đà Nẵng", "UBND", "", neighbour, -1, []room{{"KGVX", "phát triển du lịch"}, {"KTN", "bảo vệ môi trường"}}},
		{"UBND tỉnh Gia Lai", "UBND", "", neighbour, -1, []room{{"KTN", "quản lý, bảo vệ rừng khu vực giáp ranh"},
			{"NC", "quản lý địa giới đơn vị hành chính"}}},
	}
}

// committee is the people's committee of the province; the rooms of its
// office write its letters.
func (c *maker) committee() issuer {
	out := issuer{name: "UBND tỉnh Quảng Ngãi", abbr: "UBND", head: "Chủ tịch UBND tỉnh", level: province, agency: -1}
	for _, a := range c.Agencies {
		if a.Commune < 0 {
			out.rooms = append(out.rooms, room{a.desk, a.rooms[0].topic})
		}
	}
	return out
}

// issuerOf is the agency with that index as an issuer.
func (c *maker) issuerOf(i int) issuer {
	a := c.Agencies[i]
	out := issuer{name: a.Name, abbr: a.Abbr, head: a.Head, level: provinceDepartment, agency: i, rooms: a.rooms}
	switch {
	case a.Commune >= 0:
		out.level = commune
	case i == 0: // the office announces what the chairman concludes
		out.head = "Chủ tịch UBND tỉnh"
	}
	return out
}

// drawIssuer draws who issues: incoming documents come from above, from beside
// and from below, outgoing ones leave the province's own desks.
func (c *maker) drawIssuer(r simkit.Rand, out bool) issuer {
	departments := c.committeeOf(0)
	switch n := r.IntN(100); {
	case out && n < 55:
		return c.committee()
	case out && n < 75:
		return c.issuerOf(0)
	case !out && n < 30:
		return simkit.Pick(r, outside())
	case n < 80:
		return c.issuerOf(1 + r.IntN(departments-1))
	}
	return c.issuerOf(departments + r.IntN(len(c.Agencies)-departments))
}

// drawType draws a type the issuer may issue; every second one is a letter.
func drawType(r simkit.Rand, by issuer) DocumentType {
	may := yearly(by.level)
	var rest []DocumentType
	for _, t := range DocumentTypes() {
		if _, ok := may[t.Abbr]; ok && t.Abbr != "" {
			rest = append(rest, t)
		}
	}
	if _, letters := may[""]; letters && (len(rest) == 0 || r.Chance(50)) {
		return DocumentTypes()[0]
	}
	return simkit.Pick(r, rest)
}

// notation is what stands behind the number: UBND-KTN of a letter, QĐ-UBND of
// others, 2026/NĐ-CP of what makes law.
func notation(by issuer, t DocumentType, in room, year int) string {
	switch t.Abbr {
	case "":
		return by.abbr + "-" + in.code
	case "NĐ", "TT":
		return fmt.Sprintf("%d/%s-%s", year, t.Abbr, by.abbr)
	}
	return t.Abbr + "-" + by.abbr
}

// running is about the number an issuer has come to on that day of the year.
func running(r simkit.Rand, by issuer, t DocumentType, day time.Time) int {
	all := yearly(by.level)[t.Abbr]
	return max(1, all*day.YearDay()/366+r.Between(-all/50, all/50))
}

// summary is the trích yếu: what a document of that type and issuer is about.
func summary(r simkit.Rand, by issuer, t DocumentType, topic string, out bool, at time.Time) string {
	month := at.AddDate(0, 0, -at.Day()) // reports are of what is over
	quarter := at.AddDate(0, -int(at.Month()-1)%3, -at.Day())
	return strings.NewReplacer("{việc}", topic, "{năm}", fmt.Sprint(at.Year()), "{tháng}", month.Format("01/2006"),
		"{quý}", fmt.Sprintf("%s năm %d", romans()[(int(quarter.Month())+2)/3], quarter.Year()), "{người}", by.head, "{nơi}", where(by)).
		Replace(simkit.Pick(r, phrases(by, t, out)))
}

// phrases are the ways a document of that type and issuer says what it is about.
func phrases(by issuer, t DocumentType, out bool) []string {
	switch t.Abbr {
	case "":
		return letterPhrases(by, out)
	case "QĐ":
		if by.level == premier || by.level == ministry {
			return []string{"Ban hành Kế hoạch nâng cao hiệu quả công tác {việc} đến năm 2030"}
		}
		return []string{"Về việc ban hành Kế hoạch công tác {việc} năm {năm}", "Về việc thành lập Tổ công tác {việc}",
			"Về việc thành lập Đoàn kiểm tra công tác {việc} năm {năm}"}
	}
	return map[string][]string{
		"KH":  {"Thực hiện công tác {việc} {nơi} năm {năm}", "Kiểm tra công tác {việc} năm {năm}"},
		"BC":  {"Kết quả công tác {việc} quý {quý}", "Tình hình thực hiện công tác {việc} tháng {tháng}"},
		"TB":  {"Kết luận của {người} tại cuộc họp về công tác {việc}"},
		"TTr": {"Về việc ban hành Kế hoạch công tác {việc} năm {năm}", "Về việc bổ sung kinh phí công tác {việc} năm {năm}"},
		"GM":  {"Dự họp về công tác {việc}", "Dự hội nghị sơ kết công tác {việc} quý {quý}"},
		"CT":  {"Về tăng cường công tác {việc} {nơi}"},
		"CĐ":  {"Về tập trung thực hiện công tác {việc}"},
		"NĐ":  {"Sửa đổi, bổ sung một số điều của các nghị định về {việc}"},
		"NQ":  {"Về nhiệm vụ, giải pháp trọng tâm công tác {việc} năm {năm}"},
		"TT":  {"Sửa đổi, bổ sung một số điều của các thông tư về {việc}"},
	}[t.Abbr]
}

// letterPhrases are a letter's: who is above asks and urges, who is below
// reports and asks for guidance, who is beside works together.
func letterPhrases(by issuer, out bool) []string {
	switch {
	case by.level == neighbour:
		return []string{"V/v phối hợp trong công tác {việc}", "V/v cung cấp thông tin, kinh nghiệm về công tác {việc}"}
	case !out && by.level == commune:
		return []string{"V/v báo cáo kết quả công tác {việc} tháng {tháng}", "V/v đề nghị hướng dẫn công tác {việc}",
			"V/v đề nghị hỗ trợ kinh phí công tác {việc} năm {năm}"}
	case !out && by.level == provinceDepartment:
		return []string{"V/v báo cáo kết quả công tác {việc} tháng {tháng}", "V/v xin ý kiến chỉ đạo công tác {việc}",
			"V/v tham mưu UBND tỉnh chỉ đạo công tác {việc}"}
	}
	return []string{"V/v tăng cường công tác {việc} năm {năm}", "V/v đôn đốc thực hiện công tác {việc}",
		"V/v góp ý dự thảo kế hoạch công tác {việc}"}
}

func romans() []string { return []string{"", "I", "II", "III", "IV"} }

// where is how far an issuer's word reaches.
func where(by issuer) string {
	switch by.level {
	case province, provinceDepartment:
		return "trên địa bàn tỉnh"
	case commune:
		kind, _, _ := strings.Cut(strings.TrimPrefix(by.name, "UBND "), " ")
		if kind == "đặc" {
			kind = "đặc khu"
		}
		return "trên địa bàn " + kind
	case ministry:
		return "trong toàn ngành"
	}
	return "trong giai đoạn mới"
}
