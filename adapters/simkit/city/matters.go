package city

import "iocgateway/adapters/simkit"

// Category is a field of feedback.
type Category struct {
	Code, Name string
	Matters    []Matter
}

// Matter is something citizens report: what it is called, how they put it,
// who has to see to it and what is done.
type Matter struct {
	Title, Text, Answer string
	Holder              string // a department; empty: the commune
	Urban               bool   // seen only where there are streets
	Office              string // where it happens; empty: in the street or village
}

// Categories lists the fields of feedback.
func Categories() []Category {
	const police, works, land, health = policeName, "Sở Xây dựng", "Sở Nông nghiệp và Môi trường", "Sở Y tế"
	const counter, registry = "Trung tâm Phục vụ hành chính công", "Chi nhánh Văn phòng Đăng ký đất đai"
	return []Category{
		{"MT-01", "Vệ sinh môi trường", []Matter{
			{"Rác thải tồn đọng nhiều ngày", "rác thải sinh hoạt không được thu gom, bốc mùi hôi thối",
				"yêu cầu đơn vị thu gom dọn sạch điểm rác tồn đọng và bố trí lại lịch thu gom", "", false, ""},
			{"Đốt rác gây khói bụi", "một số hộ thường xuyên đốt rác, khói bụi bay vào nhà dân",
				"kiểm tra, nhắc nhở và yêu cầu các hộ cam kết không đốt rác", "", false, ""},
			{"Nước thải chảy ra mặt đường", "nước thải chảy tràn ra mặt đường, gây mất vệ sinh",
				"yêu cầu cơ sở xả thải khắc phục và nạo vét đoạn cống bị nghẹt", "", false, ""}}},
		{"GT-01", "Hạ tầng giao thông", []Matter{
			{"Ổ gà trên mặt đường", "mặt đường tỉnh xuất hiện nhiều ổ gà, nguy hiểm cho người đi đường",
				"chỉ đạo đơn vị bảo trì vá, sửa các vị trí hư hỏng trên mặt đường", works, false, ""},
			{"Biển báo giao thông bị gãy", "biển báo giao thông bị gãy, che khuất tầm nhìn",
				"thay thế biển báo giao thông bị gãy", works, false, ""},
			{"Đèn tín hiệu không hoạt động", "đèn tín hiệu giao thông tại ngã tư không hoạt động",
				"sửa chữa tủ điều khiển, đèn tín hiệu đã hoạt động bình thường", works, true, ""}}},
		{"TT-01", "Trật tự đô thị", []Matter{
			{"Lấn chiếm vỉa hè", "các hộ kinh doanh bày bán, để xe lấn chiếm hết vỉa hè",
				"ra quân lập lại trật tự vỉa hè, nhắc nhở và xử phạt các trường hợp tái phạm", "", true, ""},
			{"Hát karaoke gây ồn", "có hộ hát karaoke bằng loa kẹo kéo gây ồn đến đêm khuya",
				"nhắc nhở và yêu cầu hộ gia đình cam kết không gây ồn", "", false, ""},
			{"Đậu xe sai quy định", "xe ô tô đậu sai quy định, cản trở giao thông",
				"xử phạt các trường hợp vi phạm và tăng cường tuần tra tại khu vực", police, true, ""}}},
		{"DN-01", "Điện, nước, viễn thông", []Matter{
			{"Mất nước sinh hoạt", "nước máy mất liên tục, không có nước sinh hoạt",
				"làm việc với đơn vị cấp nước, đơn vị đã sửa xong đường ống và cấp nước trở lại", works, true, ""},
			{"Cột điện nghiêng", "cột điện bị nghiêng, có nguy cơ đổ",
				"yêu cầu đơn vị điện lực gia cố, dựng lại cột điện", "Sở Công Thương", false, ""},
			{"Cáp viễn thông sà xuống đường", "cáp viễn thông sà xuống mặt đường, nguy hiểm cho người đi lại",
				"yêu cầu doanh nghiệp viễn thông chỉnh trang, nâng cao tuyến cáp", "Sở Khoa học và Công nghệ", false, ""}}},
		{"DD-01", "Đất đai, xây dựng", []Matter{
			{"Xây dựng không phép", "có công trình xây dựng không có giấy phép",
				"lập biên bản, yêu cầu chủ công trình dừng thi công và hoàn thiện thủ tục", "", false, ""},
			{"Chậm cấp giấy chứng nhận", "hồ sơ đăng ký biến động đất đai đã nộp quá hạn hẹn trả mà chưa có kết quả",
				"yêu cầu Văn phòng Đăng ký đất đai xin lỗi, trả kết quả cho công dân", land, false, registry}}},
		{"HC-01", "Thủ tục hành chính", []Matter{
			{"Thái độ phục vụ của cán bộ", "cán bộ tiếp nhận hồ sơ có thái độ chưa đúng mực",
				"kiểm điểm, nhắc nhở cán bộ và xin lỗi công dân", "", false, counter},
			{"Hồ sơ trễ hạn không có thư xin lỗi", "hồ sơ thủ tục hành chính trễ hạn mà không có thư xin lỗi",
				"gửi thư xin lỗi và hẹn lại ngày trả kết quả", "", false, counter}}},
		{"AN-01", "An ninh trật tự", []Matter{
			{"Tụ tập đua xe", "thanh niên tụ tập đua xe, nẹt pô vào ban đêm",
				"tổ chức tuần tra, xử lý nhóm thanh niên tụ tập đua xe", police, false, ""},
			{"Mất trộm tài sản", "liên tiếp xảy ra mất trộm tài sản của người dân",
				"tiếp nhận tin báo, xác minh và tăng cường tuần tra ban đêm", police, false, ""}}},
		{"YT-01", "Y tế, an toàn thực phẩm", []Matter{
			{"Thực phẩm không rõ nguồn gốc", "có điểm bán thực phẩm không rõ nguồn gốc",
				"kiểm tra, lấy mẫu và yêu cầu cơ sở ngừng bán thực phẩm không rõ nguồn gốc", health, false, ""},
			{"Bệnh viện quá tải", "người bệnh phải chờ nhiều giờ mới được khám",
				"yêu cầu cơ sở khám, chữa bệnh bố trí thêm bàn khám và nhân lực", health, true, "Trung tâm Y tế khu vực"}}},
	}
}

// placeOf draws the commune a matter is reported from.
func (c *maker) placeOf(r simkit.Rand, m Matter) int {
	for {
		if i := r.IntN(len(c.Communes)); !m.Urban || c.Communes[i].urban() {
			return i
		}
	}
}

// spot is where in the commune it is.
func (c *maker) spot(r simkit.Rand, m Matter, commune int) string {
	at := c.Communes[commune]
	if m.Office != "" {
		return m.Office + ", " + lowerFirst(at.Name)
	}
	where := village(r, at)
	if at.urban() {
		where = "đường " + simkit.Pick(r, streets())
	}
	return where + ", " + lowerFirst(at.Name)
}

// matter is what the feedback is about.
func (c *maker) matter(f *Feedback) Matter { return c.categories[f.Category].Matters[f.Matter] }

// answers is who has to see to a matter, as an index in Agencies.
func (c *maker) answers(f *Feedback) int {
	if name := c.matter(f).Holder; name != "" {
		return c.holder(name)
	}
	return c.committeeOf(f.Commune)
}

// wrongly is who gets it first when it is forwarded by mistake.
func (c *maker) wrongly(r simkit.Rand, f *Feedback) int {
	if own := c.committeeOf(f.Commune); c.answers(f) != own {
		return own
	}
	return 1 + r.IntN(c.committeeOf(0)-1)
}
