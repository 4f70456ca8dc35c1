package city

import (
	"fmt"
	"strings"
)

// Agency is a department of the province or the committee of a commune.
type Agency struct {
	ID      string // province first: H48.05, H48.21.07
	OldID   string // leaf first: 000.00.05.H48, 000.07.21.H48
	Name    string
	Commune int // index in Communes; -1 for a department
	Mongo   string
	GUID    string
}

func departments() []string {
	return []string{"Văn phòng UBND tỉnh", "Sở Nội vụ", "Sở Tư pháp", "Sở Tài chính", "Sở Công Thương",
		"Sở Nông nghiệp và Môi trường", "Sở Xây dựng", "Sở Văn hóa, Thể thao và Du lịch", "Sở Khoa học và Công nghệ",
		"Sở Giáo dục và Đào tạo", "Sở Y tế", "Sở Dân tộc và Tôn giáo", "Thanh tra tỉnh",
		"Ban Quản lý Khu kinh tế Dung Quất và các Khu công nghiệp Quảng Ngãi", "Công an tỉnh"}
}

func agencies(communes []Commune) []Agency {
	var out []Agency
	for i, name := range departments() {
		out = append(out, Agency{ID: fmt.Sprintf("H48.%02d", i+1), OldID: fmt.Sprintf("000.00.%02d.H48", i+1), Name: name, Commune: -1,
			Mongo: fmt.Sprintf("60a1f0b2c3d4e5f6a7b8%04d", i+1), GUID: fmt.Sprintf("d1a00000-0000-4000-a000-%012d", i+1)})
	}
	for i, c := range communes {
		out = append(out, Agency{ID: fmt.Sprintf("H48.21.%02d", i+1), OldID: fmt.Sprintf("000.%02d.21.H48", i+1),
			Name: "UBND " + lowerFirst(c.Name), Commune: i,
			Mongo: fmt.Sprintf("60a1f0b2c3d4e5f6a7b9%04d", i+1), GUID: fmt.Sprintf("d1b00000-0000-4000-a000-%012d", i+1)})
	}
	return out
}

func lowerFirst(s string) string {
	for _, p := range []string{"Xã ", "Phường ", "Đặc khu "} {
		if strings.HasPrefix(s, p) {
			return strings.ToLower(p) + s[len(p):]
		}
	}
	return s
}

// Procedure is an administrative procedure of the national catalogue.
type Procedure struct {
	Code       string // national: 1.004227
	Name       string
	Field      string
	FieldCode  string
	Days       int
	CommuneDue bool // handled by communes
	Linked     bool // linked with the national hub
}

// Suffixed is the code as a local system writes it.
func (p Procedure) Suffixed() string { return p.Code + ".000.00.00.H48" }

func procedures() []Procedure {
	return []Procedure{
		{"1.001612", "Đăng ký thành lập hộ kinh doanh", "Thành lập và hoạt động của hộ kinh doanh", "G05-KD02", 3, true, false},
		{"1.004227", "Đăng ký biến động về quyền sử dụng đất do thay đổi thông tin người được cấp Giấy chứng nhận", "Đất đai", "G10-DD01", 10,
			true, false},
		{"2.000986", "Liên thông thủ tục đăng ký khai sinh, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi", "Hộ tịch", "G15-HT01", 3, true, true},
		{"1.011733", "Liên thông các thủ tục đăng ký khai tử, xóa đăng ký thường trú", "Hộ tịch", "G15-HT01", 3, true, true},
		{"1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân", "Hộ tịch", "G15-HT01", 3, true, false},
		{"2.000908", "Cấp bản sao từ sổ gốc", "Chứng thực", "G15-CT01", 1, true, false},
		{"2.000815", "Chứng thực bản sao từ bản chính giấy tờ, văn bản", "Chứng thực", "G15-CT01", 1, true, false},
		{"1.009994", "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ", "Hoạt động xây dựng", "G17-XD03", 20, true, false},
		{"2.000488", "Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam", "Lý lịch tư pháp", "G15-LL01", 10, false, true},
		{"1.002809", "Đổi Giấy phép lái xe do ngành Giao thông vận tải cấp", "Đường bộ", "G16-DB02", 5, false, true},
		{"2.001610", "Đăng ký thành lập doanh nghiệp tư nhân", "Thành lập và hoạt động của doanh nghiệp", "G05-DN01", 3, false, false},
		{"1.004552", "Cấp giấy chứng nhận đủ điều kiện kinh doanh dược", "Dược phẩm", "G18-DP01", 20, false, false},
		{"1.001758", "Chi trả trợ cấp xã hội hàng tháng", "Bảo trợ xã hội", "G09-BT01", 7, true, false},
		{"2.000181", "Cấp Giấy phép bán lẻ sản phẩm thuốc lá", "Lưu thông hàng hóa trong nước", "G04-LT01", 15, true, false},
		{"1.003003", "Đăng ký và cấp Giấy chứng nhận quyền sử dụng đất lần đầu", "Đất đai", "G10-DD01", 20, false, false},
		{"1.010724", "Cấp giấy phép môi trường", "Môi trường", "G10-MT01", 30, false, false},
	}
}
