package city

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Agency is a department of the province or the committee of a commune.
type Agency struct {
	ID      string // province first: H48.05, H48.21.07
	OldID   string // leaf first: 000.00.05.H48, 000.07.21.H48; H34 in old Kon Tum
	Name    string
	Abbr    string // as its notations have it: STC, UBND
	Head    string // who leads it: Giám đốc Sở Tài chính
	Commune int    // index in Communes; -1 for a department
	Mongo   string
	GUID    string

	rooms []room
	desk  string // the room of the province's office that follows its field
	was   string // whose work it took over in 2025
	until time.Time
}

// room is a unit inside an agency, as its letters name it, and a field of work it writes about.
type room struct{ code, topic string }

// NameAt is what the agency was called then: records from before the mergers
// of 2025 bear the names of those days.
func (a Agency) NameAt(t time.Time) string {
	if a.was != "" && t.Before(a.until) {
		return a.was
	}
	return a.Name
}

// merged is the day the departments of the province were merged, and the day
// the police took over driving licences and records certificates.
func merged() time.Time { return time.Date(2025, 3, 1, 0, 0, 0, 0, Zone()) }

// twoLevels is the day the districts ended.
func twoLevels() time.Time { return time.Date(2025, 7, 1, 0, 0, 0, 0, Zone()) }

type department struct {
	name, abbr, head, desk, was string
	rooms                       []room
}

func departments() []department {
	return []department{
		{"Văn phòng UBND tỉnh", "VP", "Chánh Văn phòng UBND tỉnh", "TH", "", []room{
			{"KSTTHC", "kiểm soát thủ tục hành chính"}, {"TH", "tổng hợp, báo cáo kinh tế - xã hội"}, {"HCTC", "văn thư, lưu trữ điện tử"}}},
		{"Sở Nội vụ", "SNV", "Giám đốc", "NC", "Sở Lao động - Thương binh và Xã hội", []room{
			{"CCHC", "cải cách hành chính"}, {"TCBC", "quản lý biên chế và vị trí việc làm"}, {"LĐVL", "giải quyết việc làm"},
			{"NCC", "chăm sóc người có công với cách mạng"}}},
		{"Sở Tư pháp", "STP", "Giám đốc", "NC", "", []room{
			{"HCTP", "đăng ký hộ tịch, chứng thực"}, {"PBPL", "phổ biến, giáo dục pháp luật"},
			{"VBPL", "kiểm tra, rà soát văn bản quy phạm pháp luật"}}},
		{"Sở Tài chính", "STC", "Giám đốc", "KTTH", "Sở Kế hoạch và Đầu tư", []room{
			{"NS", "điều hành ngân sách nhà nước"}, {"ĐTC", "giải ngân vốn đầu tư công"}, {"GCS", "quản lý giá và tài sản công"},
			{"ĐKKD", "đăng ký doanh nghiệp"}}},
		{"Sở Công Thương", "SCT", "Giám đốc", "KTTH", "", []room{
			{"QLTM", "bình ổn thị trường, chống hàng giả"}, {"QLNL", "cung ứng điện"}, {"QLCN", "phát triển cụm công nghiệp"}}},
		{"Sở Nông nghiệp và Môi trường", "SNNMT", "Giám đốc", "KTN", "Sở Tài nguyên và Môi trường", []room{
			{"QLĐĐ", "quản lý đất đai"}, {"BVMT", "bảo vệ môi trường"}, {"TL", "phòng, chống thiên tai và tìm kiếm cứu nạn"},
			{"CNTY", "phòng, chống dịch bệnh động vật"}}},
		{"Sở Xây dựng", "SXD", "Giám đốc", "CNXD", "Sở Giao thông vận tải", []room{
			{"QLN", "phát triển nhà ở xã hội"}, {"QHKT", "quản lý quy hoạch và trật tự xây dựng"}, {"QLVT", "quản lý vận tải"},
			{"KCHT", "bảo trì kết cấu hạ tầng giao thông"}}},
		{"Sở Văn hóa, Thể thao và Du lịch", "SVHTTDL", "Giám đốc", "KGVX", "", []room{
			{"QLDL", "phát triển du lịch"}, {"QLVH", "quản lý lễ hội và di tích"}}},
		{"Sở Khoa học và Công nghệ", "SKHCN", "Giám đốc", "KGVX", "Sở Thông tin và Truyền thông", []room{
			{"CĐS", "chuyển đổi số"}, {"BCVT", "phát triển hạ tầng viễn thông"}, {"QLKH", "quản lý nhiệm vụ khoa học và công nghệ"}}},
		{"Sở Giáo dục và Đào tạo", "SGDĐT", "Giám đốc", "KGVX", "", []room{
			{"GDPT", "quản lý dạy thêm, học thêm"}, {"CTHS", "bảo đảm an toàn trường học"}}},
		{"Sở Y tế", "SYT", "Giám đốc", "KGVX", "", []room{
			{"NVY", "phòng, chống dịch bệnh"}, {"NVD", "quản lý dược"}, {"ATTP", "bảo đảm an toàn thực phẩm"}, {"BTXH", "bảo trợ xã hội"}}},
		{"Sở Dân tộc và Tôn giáo", "SDTTG", "Giám đốc", "NC", "Ban Dân tộc", []room{
			{"CSDT", "dân tộc"}, {"TG", "quản lý hoạt động tôn giáo"}}},
		{"Thanh tra tỉnh", "TTT", "Chánh Thanh tra tỉnh", "NC", "", []room{
			{"NV1", "tiếp công dân, giải quyết khiếu nại, tố cáo"}, {"NV2", "phòng, chống tham nhũng, lãng phí, tiêu cực"}}},
		{"Ban Quản lý Khu kinh tế Dung Quất và các Khu công nghiệp Quảng Ngãi", "BQL", "Trưởng Ban Quản lý", "CNXD", "", []room{
			{"QLĐT", "thu hút đầu tư vào Khu kinh tế Dung Quất"}, {"QHXD", "quản lý quy hoạch, xây dựng trong khu công nghiệp"}}},
		{policeName, "CAT", "Giám đốc", "NC", "", []room{
			{"PC08", "bảo đảm trật tự, an toàn giao thông"}, {"PC06", "chuyển đổi số phục vụ Đề án 06"},
			{"PC07", "phòng cháy, chữa cháy và cứu nạn, cứu hộ"}}},
	}
}

const policeName = "Công an tỉnh"

// holder is the index of the department of that name.
func (c *maker) holder(name string) int {
	return slices.IndexFunc(c.Agencies, func(a Agency) bool { return a.Name == name })
}

// committeeOf is the index of a commune's committee.
func (c *maker) committeeOf(commune int) int {
	return len(c.Agencies) - len(c.Communes) + commune
}

func agencies(communes []Commune) []Agency {
	var out []Agency
	for i, d := range departments() {
		if d.head == "Giám đốc" {
			d.head += " " + d.name
		}
		out = append(out, Agency{ID: fmt.Sprintf("H48.%02d", i+1), OldID: fmt.Sprintf("000.00.%02d.H48", i+1), Name: d.name, Commune: -1,
			Abbr: d.abbr, Head: d.head, Mongo: fmt.Sprintf("60a1f0b2c3d4e5f6a7b8%04d", i+1),
			GUID: fmt.Sprintf("d1a00000-0000-4000-a000-%012d", i+1), rooms: d.rooms, desk: d.desk, was: d.was, until: merged()})
	}
	for i, c := range communes {
		a := Agency{ID: fmt.Sprintf("H48.21.%02d", i+1), OldID: fmt.Sprintf("000.%02d.21.%s", i+1, oldLetters(c)),
			Name: "UBND " + lowerFirst(c.Name), Abbr: "UBND", Commune: i, Mongo: fmt.Sprintf("60a1f0b2c3d4e5f6a7b9%04d", i+1),
			GUID: fmt.Sprintf("d1b00000-0000-4000-a000-%012d", i+1), rooms: communeRooms(c), desk: "TH",
			was: "UBND " + lowerFirst(c.OldName), until: twoLevels()}
		a.Head = "Chủ tịch " + a.Name
		if c.OldName == "" { // an island district without communes
			a.was = "UBND " + lowerFirst(c.District)
		}
		out = append(out, a)
	}
	return out
}

// oldLetters are the letters of the province the commune was in.
func oldLetters(c Commune) string {
	if c.OldProvince == konTum {
		return "H34"
	}
	return "H48"
}

// communeRooms are the offices a commune has; a ward's and the island's
// looks after the town as well.
func communeRooms(c Commune) []room {
	economy := room{"KT", "xây dựng nông thôn mới"}
	if !strings.HasPrefix(c.Name, "Xã ") {
		economy = room{"KTHTĐT", "quản lý trật tự đô thị"}
	}
	return []room{economy, {economy.code, "quản lý đất đai"}, {economy.code, "phòng, chống thiên tai và tìm kiếm cứu nạn"},
		{"VHXH", "giảm nghèo và bảo trợ xã hội"}, {"VHXH", "chuyển đổi số"}, {"VP", "tiếp công dân, giải quyết đơn thư"}}
}

func lowerFirst(s string) string {
	for _, p := range []string{"Xã ", "Phường ", "Đặc khu ", "Thị trấn ", "Thị Trấn ", "Huyện ", "Thị xã ", "Thành phố "} {
		if strings.HasPrefix(s, p) {
			return strings.ToLower(p) + s[len(p):]
		}
	}
	return s
}
