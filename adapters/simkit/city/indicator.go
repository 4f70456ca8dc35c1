package city

import (
	"fmt"
	"strconv"
	"time"

	"iocgateway/adapters/simkit"
)

// Indicator is one statistical indicator and its values.
type Indicator struct {
	Code      string // PCPI_IX …
	Name      string
	Unit      string // as printed: Nghìn tấn, %, Tỷ đồng
	UnitPower int    // power of ten of the unit: 9 for Tỷ đồng
	Freq      string // M, Q or A
	Topic     string // the table it stands in: one of Topics
	Decimals  int
	BasePer   string // base period of an index
	Obs       []Obs
}

// Topic is a table of ten indicators of one frequency.
type Topic struct {
	Code, Name, Folder string
	Freq               string
	Table              string // the table's number: V01.01
}

// Topics lists the tables.
func Topics() []Topic {
	return []Topic{
		{"CPI", "Chỉ số giá tiêu dùng", "Thương mại và giá cả", "M", "V08.01"},
		{"IIP", "Chỉ số sản xuất công nghiệp", "Công nghiệp", "M", "V07.01"},
		{"GDP", "Tổng sản phẩm trên địa bàn", "Tài khoản quốc gia", "Q", "V03.01"},
		{"BUD", "Thu, chi ngân sách nhà nước", "Tài khoản quốc gia", "Q", "V03.02"},
		{"POP", "Dân số và lao động", "Dân số và lao động", "A", "V02.01"},
		{"AGR", "Nông, lâm nghiệp và thủy sản", "Nông, lâm nghiệp và thủy sản", "A", "V06.01"},
	}
}

// Area is an area statistics are given for.
type Area struct{ Code, Name string }

// Areas lists the areas a topic's table has. Older provinces and new communes
// stand in one table, as in the originals.
func Areas(topic string) []Area {
	out := []Area{{ProvinceCode, "Toàn tỉnh"}}
	if topic == "POP" || topic == "AGR" {
		out = append(out, Area{"51.C", "Quảng Ngãi (cũ)"}, Area{"62.C", "Kon Tum (cũ)"})
	}
	if topic == "POP" {
		for _, c := range Communes()[:6] {
			out = append(out, Area{c.Code, c.Name})
		}
	}
	return out
}

// Obs is one value of an indicator in all its vintages.
type Obs struct {
	Area     string
	Period   string // 2026-09, 2026-Q3, 2026
	Start    time.Time
	Plan     string // the plan for the same period; empty where none
	Vintages []Vintage
}

// Vintage is what was published at a moment. Flag is "" final, P provisional,
// E estimated. An empty value was published as missing.
type Vintage struct {
	At    time.Time
	Value string
	Flag  string
}

// When is the moment.
func (v Vintage) When() time.Time { return v.At }

// ObsView is a value as of a moment.
type ObsView struct {
	*Indicator
	Obs  *Obs
	Now  Vintage
	Past int // how many vintages came before
}

// RowKey names the value.
func (v ObsView) RowKey() string { return v.Code + "|" + v.Obs.Area + "|" + v.Obs.Period }

// RowTime is when this vintage was published.
func (v ObsView) RowTime() time.Time { return v.Now.At }

// ObservationsAt lists what is published at t: indicator by indicator, area by
// area, period by period.
func (c *City) ObservationsAt(t time.Time) []ObsView {
	var out []ObsView
	for i := range c.Indicators {
		for k := range c.Indicators[i].Obs {
			o := &c.Indicators[i].Obs[k]
			if h := upTo(o.Vintages, t); len(h) > 0 {
				out = append(out, ObsView{&c.Indicators[i], o, h[len(h)-1], len(h) - 1})
			}
		}
	}
	return out
}

// Published is the time of the newest vintage at t of a topic ("" is any).
func (c *City) Published(topic string, t time.Time) time.Time {
	var last time.Time
	for _, v := range c.ObservationsAt(t) {
		if (topic == "" || v.Topic == topic) && v.Now.At.After(last) {
			last = v.Now.At
		}
	}
	return last
}

type indicatorName struct {
	code, name, unit string
	power, decimals  int
	base             int64 // in the last decimal
	index            string
}

func indicatorNames(topic string) []indicatorName {
	index := func(code, name string) indicatorName {
		return indicatorName{code, name, "%", 0, 2, 10300, "2019"}
	}
	many := map[string][]indicatorName{
		"CPI": {index("PCPI_IX", "Chỉ số giá tiêu dùng chung"), index("PCPIF_IX", "Lương thực, thực phẩm"),
			index("PCPIA_IX", "Đồ uống và thuốc lá"),
			index("PCPIC_IX", "May mặc, giày dép"), index("PCPIH_IX", "Nhà ở và vật liệu xây dựng"), index("PCPIHO_IX", "Thiết bị gia đình"),
			index("PCPIM_IX", "Thuốc và dịch vụ y tế"), index("PCPIT_IX", "Giao thông"), index("PCPIED_IX", "Giáo dục"),
			index("PCPI_CP_011FS_IX", "Hàng ăn và dịch vụ ăn uống")},
		"IIP": {index("AIP_IX", "Toàn ngành công nghiệp"), index("AIPMI_IX", "Khai khoáng"), index("AIPMA_IX", "Chế biến, chế tạo"),
			index("AIPEL_IX", "Sản xuất và phân phối điện"),
			index("AIPWA_IX", "Cung cấp nước, xử lý rác thải"), {"OIL", "Dầu nhựa đường và xăng dầu", "Nghìn tấn", 3, 1, 5200, ""},
			{"STEEL", "Sắt, thép", "Nghìn tấn", 3, 1, 4100, ""},
			{"BEER", "Bia các loại", "Triệu lít", 6, 1, 210, ""}, {"SUGAR", "Đường", "Tấn", 0, 0, 1800, ""},
			{"POWER", "Điện sản xuất", "Triệu kWh", 6, 1, 1900, ""}},
		"GDP": {{"NGDP", "Tổng sản phẩm theo giá hiện hành", "Tỷ đồng", 9, 1, 310000, ""},
			{"NGDP_R", "Tổng sản phẩm theo giá so sánh", "Tỷ đồng", 9, 1, 180000, ""},
			{"NGDPA", "Nông, lâm nghiệp và thủy sản", "Tỷ đồng", 9, 1, 61000, ""}, {"NGDPI", "Công nghiệp và xây dựng", "Tỷ đồng", 9, 1, 130000, ""},
			{"NGDPS", "Dịch vụ", "Tỷ đồng", 9, 1, 90000, ""},
			{"NGDPT", "Thuế sản phẩm trừ trợ cấp", "Tỷ đồng", 9, 1, 29000, ""}, {"NFI", "Vốn đầu tư thực hiện", "Tỷ đồng", 9, 1, 88000, ""},
			{"RETAIL", "Tổng mức bán lẻ hàng hóa", "Tỷ đồng", 9, 1, 230000, ""},
			{"EXPORT", "Kim ngạch xuất khẩu", "Triệu USD", 6, 1, 7200, ""}, {"IMPORT", "Kim ngạch nhập khẩu", "Triệu USD", 6, 1, 9900, ""}},
		"BUD": {{"REV", "Tổng thu ngân sách", "Tỷ đồng", 9, 1, 82000, ""}, {"REVD", "Thu nội địa", "Tỷ đồng", 9, 1, 51000, ""},
			{"REVX", "Thu từ hoạt động xuất nhập khẩu", "Tỷ đồng", 9, 1, 30000, ""},
			{"EXP", "Tổng chi ngân sách", "Tỷ đồng", 9, 1, 64000, ""}, {"EXPI", "Chi đầu tư phát triển", "Tỷ đồng", 9, 1, 21000, ""},
			{"EXPC", "Chi thường xuyên", "Tỷ đồng", 9, 1, 40000, ""},
			{"PUBINV", "Giải ngân vốn đầu tư công", "Tỷ đồng", 9, 1, 19000, ""},
			{"FIRMS", "Doanh nghiệp thành lập mới", "Doanh nghiệp", 0, 0, 260, ""},
			{"FIRMX", "Doanh nghiệp giải thể", "Doanh nghiệp", 0, 0, 41, ""}, {"TOUR", "Lượt khách du lịch", "Nghìn lượt", 3, 1, 8200, ""}},
		"POP": {{"LP", "Dân số trung bình", "Nghìn người", 3, 1, 186100, ""}, {"LPM", "Dân số nam", "Nghìn người", 3, 1, 92500, ""},
			{"LPF", "Dân số nữ", "Nghìn người", 3, 1, 93600, ""},
			{"LPU", "Dân số thành thị", "Nghìn người", 3, 1, 54000, ""}, {"LPR", "Dân số nông thôn", "Nghìn người", 3, 1, 132000, ""},
			{"LF", "Lực lượng lao động", "Nghìn người", 3, 1, 98000, ""},
			{"LE", "Lao động có việc làm", "Nghìn người", 3, 1, 96000, ""}, {"LUR", "Tỷ lệ thất nghiệp", "%", 0, 2, 231, ""},
			{"POV", "Tỷ lệ hộ nghèo", "%", 0, 2, 540, ""}, {"HI", "Tỷ lệ tham gia bảo hiểm y tế", "%", 0, 2, 9420, ""}},
		"AGR": {{"RICE", "Sản lượng lúa", "Nghìn tấn", 3, 1, 4300, ""}, {"RICEA", "Diện tích lúa", "Nghìn ha", 3, 1, 730, ""},
			{"CASSAVA", "Sản lượng sắn", "Nghìn tấn", 3, 1, 3100, ""},
			{"CANE", "Sản lượng mía", "Nghìn tấn", 3, 1, 900, ""}, {"COFFEE", "Sản lượng cà phê", "Nghìn tấn", 3, 1, 680, ""},
			{"RUBBER", "Sản lượng cao su", "Nghìn tấn", 3, 1, 770, ""},
			{"FISH", "Sản lượng thủy sản", "Nghìn tấn", 3, 1, 2800, ""}, {"CATTLE", "Đàn bò", "Nghìn con", 3, 1, 3600, ""},
			{"PIG", "Đàn lợn", "Nghìn con", 3, 1, 5400, ""}, {"FOREST", "Tỷ lệ che phủ rừng", "%", 0, 2, 5750, ""}},
	}
	return many[topic]
}

func (c *City) makeIndicators() {
	for _, t := range Topics() {
		for _, n := range indicatorNames(t.Code) {
			if len(c.Indicators) >= c.Sizes.Indicators {
				return
			}
			ind := Indicator{Code: n.code, Name: n.name, Unit: n.unit, UnitPower: n.power, Freq: t.Freq, Topic: t.Code, Decimals: n.decimals,
				BasePer: n.index}
			r := simkit.NewRand(c.Seed, "indicator", len(c.Indicators))
			for k, a := range Areas(t.Code) {
				base := n.base
				if k > 0 && n.unit != "%" {
					base = max(n.base/int64(k*3+1), 1)
				}
				c.series(r, &ind, a.Code, base)
			}
			c.Indicators = append(c.Indicators, ind)
		}
	}
}

// series writes the values of one area, from the first year until the end of
// what the city knows of its future.
func (c *City) series(r simkit.Rand, ind *Indicator, area string, base int64) {
	start, months := time.Date(2023, 1, 1, 0, 0, 0, 0, Zone()), 1
	switch ind.Freq {
	case "Q":
		start, months = time.Date(2021, 1, 1, 0, 0, 0, 0, Zone()), 3
	case "A":
		start, months = time.Date(2016, 1, 1, 0, 0, 0, 0, Zone()), 12
	}
	end := c.Start.AddDate(0, 0, c.Sizes.Ahead)
	level := base
	for ; ; start = start.AddDate(0, months, 0) {
		out := start.AddDate(0, months, 5).Add(9 * time.Hour)
		if out.After(end) {
			return
		}
		level += level * int64(r.Between(-15, 28)) / 1000
		o := Obs{Area: area, Period: periodLabel(ind.Freq, start), Start: start}
		value := fixed(level, ind.Decimals)
		later := fixed(level+level*int64(r.Between(-9, 9))/1000, ind.Decimals)
		revised := r.Chance(35)
		if len(area) == 5 && start.Year() < 2025 || r.Chance(0.5) { // a commune that did not exist, or a value that was not to be had
			value, revised = "", false
		}
		o.Vintages = append(o.Vintages, Vintage{out, value, firstFlag(ind.Freq, value)})
		if value != "" {
			if !revised {
				later = value
			}
			o.Vintages = append(o.Vintages, Vintage{start.AddDate(0, 2*months, 5).Add(9 * time.Hour), later, ""})
		}
		if ind.UnitPower > 0 && ind.Freq != "M" && area == ProvinceCode {
			o.Plan = fixed(level+level/50, ind.Decimals)
		}
		ind.Obs = append(ind.Obs, o)
	}
}

func firstFlag(freq, value string) string {
	switch {
	case value == "":
		return ""
	case freq == "M":
		return "E"
	}
	return "P"
}

func periodLabel(freq string, t time.Time) string {
	switch freq {
	case "M":
		return t.Format("2006-01")
	case "Q":
		return fmt.Sprintf("%d-Q%d", t.Year(), (int(t.Month())+2)/3)
	}
	return strconv.Itoa(t.Year())
}

// fixed writes n, counted in the last decimal, as an exact decimal number.
func fixed(n int64, decimals int) string {
	if decimals == 0 {
		return strconv.FormatInt(n, 10)
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%0*d", decimals+1, n)
	return sign + s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}
