package city

import (
	"time"

	"iocgateway/adapters/simkit"
)

// Procedure is an administrative procedure of the national catalogue, as it
// was between two days: codes and competences change.
type Procedure struct {
	Code      string // national: 1.004227
	Name      string
	Field     string
	FieldCode string
	Days      int
	Fee       int    // đồng
	Holder    string // the department that handles it; empty: the commune
	Linked    bool   // linked with the national hub
	From      time.Time
	Until     time.Time // zero: still in force

	ask   string // what the applicant wants, with their name
	firm  string // how a firm that applies is called; empty: people apply
	share int    // how often, beside the others
	since int    // who applies was born in that year or later; 0: any
	desk  bool   // the original is shown at the counter
}

// Suffixed is the code as a local system writes it.
func (p Procedure) Suffixed() string { return p.Code + ".000.00.00.H48" }

// In tells whether the procedure was in force at t.
func (p Procedure) In(t time.Time) bool {
	return !t.Before(p.From) && (p.Until.IsZero() || t.Before(p.Until))
}

// drawProcedure draws a procedure in force at t, the frequent ones more often.
func (c *maker) drawProcedure(r simkit.Rand, t time.Time) int {
	total := 0
	for _, p := range c.Procedures {
		if p.In(t) {
			total += p.share
		}
	}
	left := r.IntN(total)
	for i, p := range c.Procedures {
		if !p.In(t) {
			continue
		}
		if left -= p.share; left < 0 {
			return i
		}
	}
	return 0 // the shares above add up to total
}

func procedures() []Procedure {
	return append(communeProcedures(), departmentProcedures()...)
}

// communeProcedures stand with the communes. What districts did until July
// 2025 begins on that day.
func communeProcedures() []Procedure {
	const civil, certify, social = "Hộ tịch", "Chứng thực", "Bảo trợ xã hội"
	day := twoLevels()
	return []Procedure{
		{Code: "1.001612", Name: "Đăng ký thành lập hộ kinh doanh", Field: "Thành lập và hoạt động của hộ kinh doanh", FieldCode: "G05-KD02",
			Days: 3, Fee: 100000, From: day, ask: "Đăng ký thành lập hộ kinh doanh do %s làm chủ hộ", share: 8},
		{Code: "2.000986", Name: "Liên thông thủ tục đăng ký khai sinh, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi", Field: civil,
			FieldCode: "G15-HT01", Days: 3, Linked: true, ask: "Đăng ký khai sinh, cấp thẻ bảo hiểm y tế cho trẻ em theo đề nghị của %s", share: 7},
		{Code: "1.011733", Name: "Liên thông các thủ tục đăng ký khai tử, xóa đăng ký thường trú", Field: civil, FieldCode: "G15-HT01",
			Days: 3, Linked: true, ask: "Đăng ký khai tử, xóa đăng ký thường trú cho người thân của %s", share: 4},
		{Code: "1.001193", Name: "Đăng ký khai sinh", Field: civil, FieldCode: "G15-HT01", Days: 1,
			ask: "Đăng ký khai sinh cho trẻ em theo đề nghị của %s", share: 6},
		{Code: "1.000894", Name: "Đăng ký kết hôn", Field: civil, FieldCode: "G15-HT01", Days: 1, ask: "Đăng ký kết hôn của %s", since: earning,
			share: 4},
		{Code: "1.000656", Name: "Đăng ký khai tử", Field: civil, FieldCode: "G15-HT01", Days: 1,
			ask: "Đăng ký khai tử cho người thân của %s", share: 3},
		{Code: "1.004873", Name: "Cấp Giấy xác nhận tình trạng hôn nhân", Field: civil, FieldCode: "G15-HT01", Days: 3, Fee: 10000,
			ask: "Cấp Giấy xác nhận tình trạng hôn nhân cho %s", share: 8},
		{Code: "2.000635", Name: "Cấp bản sao trích lục hộ tịch, bản sao Giấy khai sinh", Field: civil, FieldCode: "G15-HT01", Days: 1,
			Fee: 8000, ask: "Cấp bản sao trích lục hộ tịch cho %s", share: 8},
		{Code: "2.000908", Name: "Cấp bản sao từ sổ gốc", Field: certify, FieldCode: "G15-CT01", Days: 1,
			ask: "Cấp bản sao từ sổ gốc cho %s", share: 3},
		{Code: "2.000815", Field: certify, FieldCode: "G15-CT01", Days: 1, Fee: 10000,
			Name: "Chứng thực bản sao từ bản chính giấy tờ, văn bản do cơ quan, tổ chức có thẩm quyền của Việt Nam cấp hoặc chứng nhận",
			ask:  "Chứng thực bản sao từ bản chính cho %s", desk: true, share: 14},
		{Code: "2.000884", Name: "Chứng thực chữ ký trong các giấy tờ, văn bản", Field: certify, FieldCode: "G15-CT01", Days: 1, Fee: 10000,
			ask: "Chứng thực chữ ký của %s", desk: true, share: 5},
		{Code: "1.013225", Name: "Cấp giấy phép xây dựng mới đối với công trình cấp III, cấp IV và nhà ở riêng lẻ",
			Field: "Hoạt động xây dựng", FieldCode: "G17-XD03", Days: 15, Fee: 75000, From: day, ask: "Cấp giấy phép xây dựng nhà ở riêng lẻ cho %s",
			share: 6},
		{Code: "1.012753", Field: "Đất đai", FieldCode: "G10-DD01", Days: 17, Fee: 100000, From: day, share: 5,
			Name: "Đăng ký đất đai, tài sản gắn liền với đất, cấp Giấy chứng nhận lần đầu đối với cá nhân, hộ gia đình",
			ask:  "Đăng ký đất đai, cấp Giấy chứng nhận lần đầu cho hộ ông (bà) %s"},
		{Code: "1.001758", Name: "Chi trả trợ cấp xã hội hằng tháng khi đối tượng thay đổi nơi cư trú", Field: social, FieldCode: "G18-BT01",
			Days: 6, ask: "Chi trả trợ cấp xã hội hằng tháng tại nơi cư trú mới cho %s", share: 2},
		{Code: "1.001776", Name: "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội hằng tháng, hỗ trợ kinh phí chăm sóc, nuôi dưỡng hằng tháng",
			Field: social, FieldCode: "G18-BT01", Days: 10, ask: "Thực hiện trợ cấp xã hội hằng tháng theo đề nghị của %s", share: 5},
		{Code: "2.000181", Name: "Cấp Giấy phép bán lẻ sản phẩm thuốc lá", Field: "Lưu thông hàng hóa trong nước", FieldCode: "G02-LT01",
			Days: 15, Fee: 600000, From: day, ask: "Cấp Giấy phép bán lẻ sản phẩm thuốc lá cho %s", firm: "Công ty TNHH Thương mại", share: 2},
	}
}

// departmentProcedures stand with the departments of the province. Driving
// licences and records certificates went to the police when the departments
// were merged, and bear other codes since.
func departmentProcedures() []Procedure {
	day, law2026 := merged(), time.Date(2026, 1, 1, 0, 0, 0, 0, Zone())
	const record, licence, land = "Lý lịch tư pháp", "Đường bộ", "Đất đai"
	return []Procedure{
		{Code: "2.000488", Name: "Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam, người nước ngoài đang cư trú tại Việt Nam", Field: record,
			FieldCode: "G15-LL01", Days: 10, Fee: 200000, Holder: "Sở Tư pháp", Linked: true, Until: day,
			ask: "Cấp Phiếu lý lịch tư pháp số 1 cho %s", share: 7},
		{Code: "3.000333", Name: "Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam, người nước ngoài đang cư trú tại Việt Nam", Field: record,
			FieldCode: "G01-LL01", Days: 10, Fee: 200000, Holder: policeName, Linked: true, From: day,
			ask: "Cấp Phiếu lý lịch tư pháp số 1 cho %s", share: 7},
		{Code: "1.002809", Name: "Đổi Giấy phép lái xe do ngành Giao thông vận tải cấp", Field: licence, FieldCode: "G04-DB02", Days: 5,
			Fee: 135000, Holder: "Sở Xây dựng", Linked: true, Until: day, ask: "Đổi Giấy phép lái xe cho %s", share: 7},
		{Code: "3.000347", Name: "Đổi Giấy phép lái xe", Field: "Sát hạch, cấp giấy phép lái xe", FieldCode: "G01-GP01", Days: 5,
			Fee: 135000, Holder: policeName, Linked: true, From: day, ask: "Đổi Giấy phép lái xe cho %s", share: 7},
		{Code: "1.004227", Name: "Đăng ký biến động về quyền sử dụng đất do thay đổi thông tin người được cấp Giấy chứng nhận", Field: land,
			FieldCode: "G10-DD01", Days: 10, Fee: 28000, Holder: "Sở Nông nghiệp và Môi trường", share: 4,
			ask: "Đăng ký thay đổi thông tin trên Giấy chứng nhận quyền sử dụng đất của %s"},
		{Code: "1.013831", Field: land, FieldCode: "G10-DD01", Days: 8, Fee: 100000, Holder: "Sở Nông nghiệp và Môi trường", From: twoLevels(),
			share: 8,
			Name:  "Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất trong các trường hợp chuyển nhượng, thừa kế, tặng cho",
			ask:   "Đăng ký biến động đất đai do nhận chuyển nhượng của %s"},
		{Code: "1.010727", Name: "Cấp giấy phép môi trường", Field: "Môi trường", FieldCode: "G10-MT01", Days: 30, Fee: 8500000,
			Holder: "Sở Nông nghiệp và Môi trường", ask: "Cấp giấy phép môi trường cho dự án của %s", firm: "Công ty Cổ phần", share: 2},
		{Code: "2.001610", Name: "Đăng ký thành lập doanh nghiệp tư nhân", Field: "Thành lập và hoạt động của doanh nghiệp",
			FieldCode: "G05-DN01", Days: 3, Fee: 50000, Holder: "Sở Tài chính", ask: "Đăng ký thành lập %s", firm: "Doanh nghiệp tư nhân", share: 3},
		{Code: "1.004552", Name: "Cấp Giấy chứng nhận đủ điều kiện kinh doanh dược", Field: "Dược phẩm", FieldCode: "G18-DP01", Days: 20,
			Fee: 1000000, Holder: "Sở Y tế", ask: "Cấp Giấy chứng nhận đủ điều kiện kinh doanh dược cho %s", firm: "Nhà thuốc", share: 2},
		{Code: "2.002288", Name: "Cấp phù hiệu xe ô tô kinh doanh vận tải", Field: licence, FieldCode: "G17-DB02", Days: 2,
			Holder: "Sở Xây dựng", ask: "Cấp phù hiệu xe ô tô kinh doanh vận tải cho %s", firm: "Hợp tác xã vận tải", share: 4},
		{Code: "1.001978", Name: "Giải quyết hưởng trợ cấp thất nghiệp", Field: "Việc làm", FieldCode: "G09-VL01", Days: 20,
			Holder: "Sở Nội vụ", Until: law2026, ask: "Giải quyết hưởng trợ cấp thất nghiệp cho %s", since: earning,
			share: 4},
		{Code: "1.014748", Name: "Hưởng trợ cấp thất nghiệp", Field: "Việc làm", FieldCode: "G09-VL01", Days: 17,
			Holder: "Sở Nội vụ", From: law2026, ask: "Giải quyết hưởng trợ cấp thất nghiệp cho %s", since: earning,
			share: 4},
	}
}
