package city

import "strings"

// indicatorName is an indicator's name, unit and size: about how large it was
// when the series began, and by how many ten-thousandths it moves in a period.
type indicatorName struct {
	code, name, unit string
	power, decimals  int
	base             int64 // in the last decimal
	index            string
	low, high        int
	south            int    // what of a thousand lay in old Quảng Ngãi; 0 is 680
	spread           int    // by how many hundredths a rate differs between the areas
	sum              string // the total it is a part of, with which it moves
	side             string // the communes it is all or nothing of: Phường, Xã
}

// family is whose growth it shares.
func (n indicatorName) family() string {
	if n.sum != "" {
		return n.sum
	}
	return n.code
}

// at is the level in an area: shares of the province for amounts, the same for
// rates and indices, which never leave what they can be.
func (n indicatorName) at(area string, grown float64) int64 {
	all := float64(n.base) * grown
	if n.unit == "%" {
		return int64(min(all*(1+float64(n.spread)/100*lean(area)), n.most()) + 0.5)
	}
	south := float64(n.south)
	if n.south == 0 {
		south = 680
	}
	share := map[string]float64{ProvinceCode: 1000, "51.C": south, "62.C": 1000 - south}[area]
	if share == 0 { // a commune: one to two hundredths of the whole
		share = 9 + float64(area[len(area)-1]-'0')
		if n.side != "" {
			return n.sided(area, int64(float64(heads)*grown*share/1000+0.5))
		}
	}
	return max(int64(all*share/1000+0.5), 1)
}

// heads is the people of the province when the series began.
const heads = 17600

// sided is all there is in a commune on the indicator's side, and nothing on the other.
func (n indicatorName) sided(area string, all int64) int64 {
	for _, c := range Communes() {
		if c.Code == area && strings.HasPrefix(c.Name, n.side) {
			return all
		}
	}
	return 0
}

// most is what the level cannot pass: a rate ends short of a hundred.
func (n indicatorName) most() float64 {
	if n.index != "" {
		return 1e6
	}
	return 9950
}

// lean is how far an area's rates stand from the province's, from -1 to 1.
func lean(area string) float64 {
	switch area {
	case ProvinceCode:
		return 0
	case "51.C":
		return -0.47
	case "62.C":
		return 1
	}
	return float64(area[len(area)-1]-'0')/4.5 - 1
}

func indicatorNames(topic string) []indicatorName {
	return map[string]func() []indicatorName{"CPI": prices, "IIP": industry, "GDP": economy, "BUD": budget, "POP": people,
		"AGR": farming}[topic]()
}

func prices() []indicatorName {
	index := func(code, name string) indicatorName {
		return indicatorName{code: code, name: name, unit: "%", decimals: 2, base: 10700, index: "2019", low: -25, high: 70}
	}
	return []indicatorName{index("PCPI_IX", "Chỉ số giá tiêu dùng chung"), index("PCPIF_IX", "Lương thực, thực phẩm"),
		index("PCPIA_IX", "Đồ uống và thuốc lá"),
		index("PCPIC_IX", "May mặc, mũ nón, giày dép"), index("PCPIH_IX", "Nhà ở và vật liệu xây dựng"),
		index("PCPIHO_IX", "Thiết bị và đồ dùng gia đình"),
		index("PCPIM_IX", "Thuốc và dịch vụ y tế"), index("PCPIT_IX", "Giao thông"), index("PCPIED_IX", "Giáo dục"),
		index("PCPI_CP_011FS_IX", "Hàng ăn và dịch vụ ăn uống")}
}

func industry() []indicatorName {
	index := func(code, name string) indicatorName {
		return indicatorName{code: code, name: name, unit: "%", decimals: 2, base: 10300, index: "2019", low: -180, high: 240}
	}
	amount := func(code, name, unit string, power, decimals int, base int64) indicatorName {
		return indicatorName{code: code, name: name, unit: unit, power: power, decimals: decimals, base: base, low: -300, high: 330}
	}
	return []indicatorName{index("AIP_IX", "Toàn ngành công nghiệp"), index("AIPMI_IX", "Khai khoáng"),
		index("AIPMA_IX", "Công nghiệp chế biến, chế tạo"), index("AIPEL_IX", "Sản xuất và phân phối điện"),
		index("AIPWA_IX", "Cung cấp nước, thu gom và xử lý rác thải, nước thải"),
		amount("OIL", "Sản phẩm lọc hóa dầu", "Nghìn tấn", 3, 1, 5200), amount("STEEL", "Sắt, thép", "Nghìn tấn", 3, 1, 4600),
		amount("BEER", "Bia các loại", "Triệu lít", 6, 1, 210), amount("SUGAR", "Đường RS", "Tấn", 0, 0, 1800),
		amount("POWER", "Điện sản xuất", "Triệu kWh", 6, 1, 3900)}
}

func economy() []indicatorName {
	amount := func(code, name string, base int64, sum string) indicatorName {
		return indicatorName{code: code, name: name, unit: "Tỷ đồng", power: 9, decimals: 1, base: base, low: -100, high: 340, sum: sum}
	}
	trade := func(code, name string, base int64) indicatorName {
		return indicatorName{code: code, name: name, unit: "Triệu USD", power: 6, decimals: 1, base: base, low: -250, high: 380}
	}
	return []indicatorName{amount("NGDP", "Tổng sản phẩm theo giá hiện hành", 310000, ""),
		amount("NGDP_R", "Tổng sản phẩm theo giá so sánh", 190000, ""),
		amount("NGDPA", "Nông, lâm nghiệp và thủy sản", 61000, "NGDP"), amount("NGDPI", "Công nghiệp và xây dựng", 130000, "NGDP"),
		amount("NGDPS", "Dịch vụ", 90000, "NGDP"), amount("NGDPT", "Thuế sản phẩm trừ trợ cấp sản phẩm", 29000, "NGDP"),
		amount("NFI", "Vốn đầu tư thực hiện toàn xã hội", 88000, ""),
		amount("RETAIL", "Tổng mức bán lẻ hàng hóa và doanh thu dịch vụ tiêu dùng", 230000, ""),
		trade("EXPORT", "Kim ngạch xuất khẩu", 7200), trade("IMPORT", "Kim ngạch nhập khẩu", 9900)}
}

func budget() []indicatorName {
	amount := func(code, name string, base int64, sum string) indicatorName {
		return indicatorName{code: code, name: name, unit: "Tỷ đồng", power: 9, decimals: 1, base: base, low: -150, high: 240, sum: sum}
	}
	return []indicatorName{amount("REV", "Tổng thu ngân sách nhà nước trên địa bàn", 82000, ""), amount("REVD", "Thu nội địa", 52000, "REV"),
		amount("REVX", "Thu từ hoạt động xuất nhập khẩu", 30000, "REV"),
		amount("EXP", "Tổng chi ngân sách địa phương", 64000, ""), amount("EXPI", "Chi đầu tư phát triển", 22000, "EXP"),
		amount("EXPC", "Chi thường xuyên", 42000, "EXP"), amount("PUBINV", "Giải ngân vốn đầu tư công", 19000, ""),
		{code: "FIRMS", name: "Doanh nghiệp thành lập mới", unit: "Doanh nghiệp", base: 290, low: -400, high: 500},
		{code: "FIRMX", name: "Doanh nghiệp giải thể", unit: "Doanh nghiệp", base: 41, low: -700, high: 900},
		{code: "TOUR", name: "Lượt khách du lịch", unit: "Nghìn lượt", power: 3, decimals: 1, base: 8200, low: -200, high: 500}}
}

func people() []indicatorName {
	count := func(code, name string, base int64, sum, side string) indicatorName {
		return indicatorName{code: code, name: name, unit: "Nghìn người", power: 3, decimals: 1, base: base, low: 40, high: 90, sum: sum,
			side: side}
	}
	rate := func(code, name string, base int64, low, high, spread int) indicatorName {
		return indicatorName{code: code, name: name, unit: "%", decimals: 2, base: base, low: low, high: high, spread: spread}
	}
	return []indicatorName{count("LP", "Dân số trung bình", heads, "", ""), count("LPM", "Dân số nam", 8760, "LP", ""),
		count("LPF", "Dân số nữ", 8840, "LP", ""), count("LPU", "Dân số thành thị", 4750, "LP", "Phường"),
		count("LPR", "Dân số nông thôn", 12850, "LP", "Xã"),
		count("LF", "Lực lượng lao động từ 15 tuổi trở lên", 9800, "", ""),
		count("LE", "Lao động có việc làm", 9570, "LF", ""),
		rate("LUR", "Tỷ lệ thất nghiệp", 231, -300, 300, 15), rate("POV", "Tỷ lệ hộ nghèo đa chiều", 1240, -1500, -600, 35),
		rate("HI", "Tỷ lệ dân số tham gia bảo hiểm y tế", 8950, 20, 90, 2)}
}

func farming() []indicatorName {
	amount := func(code, name, unit string, base int64, south int, sum string) indicatorName {
		return indicatorName{code: code, name: name, unit: unit, power: 3, decimals: 1, base: base, low: -250, high: 300, south: south,
			sum: sum}
	}
	return []indicatorName{amount("RICE", "Sản lượng lúa", "Nghìn tấn", 5700, 820, ""),
		amount("RICEA", "Diện tích gieo trồng lúa", "Nghìn ha", 970, 750, "RICE"),
		amount("CASSAVA", "Sản lượng sắn", "Nghìn tấn", 9200, 380, ""), amount("CANE", "Sản lượng mía", "Nghìn tấn", 1400, 350, ""),
		amount("COFFEE", "Sản lượng cà phê", "Nghìn tấn", 480, 10, ""), amount("RUBBER", "Sản lượng cao su", "Nghìn tấn", 620, 30, ""),
		amount("FISH", "Sản lượng thủy sản", "Nghìn tấn", 2500, 975, ""), amount("CATTLE", "Đàn bò", "Nghìn con", 3600, 770, ""),
		amount("PIG", "Đàn lợn", "Nghìn con", 5300, 740, ""),
		{code: "FOREST", name: "Tỷ lệ che phủ rừng", unit: "%", decimals: 2, base: 5620, low: 0, high: 40, spread: 12}}
}
