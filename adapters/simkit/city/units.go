package city

import "strings"

// Commune is a unit in force since 1 July 2025, with the unit that bore the
// same code before and the district that is no more.
type Commune struct {
	Code, Name            string
	OldName               string // empty where the code had no commune (Lý Sơn)
	OldProvince           string // 51 Quảng Ngãi, 62 Kon Tum
	OldDistrict, District string // code and name
}

// Province is the code and the name in force since 1 July 2025.
const (
	ProvinceCode = "51"
	ProvinceName = "Tỉnh Quảng Ngãi"
)

// konTum is the province that was merged into this one.
const konTum = "62"

// urban tells whether the commune has streets with names: wards, and those
// around a former town.
func (c Commune) urban() bool {
	for _, sign := range []string{"Phường ", "Thị trấn ", "Thị Trấn "} {
		if strings.HasPrefix(c.Name, sign) || strings.HasPrefix(c.OldName, sign) {
			return true
		}
	}
	return false
}

// centre is about where the old district lies: latitude and longitude.
func (c Commune) centre() [2]float64 {
	return map[string][2]float64{"522": {15.12, 108.80}, "534": {14.81, 108.96}, "524": {15.30, 108.76}, "527": {15.18, 108.70},
		"528": {15.07, 108.74}, "532": {15.03, 108.77}, "533": {14.94, 108.88}, "525": {15.25, 108.52}, "529": {15.04, 108.47},
		"530": {14.99, 108.35}, "531": {14.93, 108.70}, "535": {14.77, 108.72}, "536": {15.38, 109.12}, "608": {14.35, 108.00},
		"615": {14.52, 107.92}, "612": {14.66, 107.83}, "611": {14.70, 107.67}, "610": {15.08, 107.74}, "616": {14.41, 107.79},
		"614": {14.53, 108.17}, "613": {14.60, 108.28}}[c.OldDistrict]
}

// Communes lists 44 of the 96 communes.
func Communes() []Commune {
	return []Commune{
		{"21211", "Xã Tịnh Khê", "Xã Tịnh Khê", "51", "522", "Thành phố Quảng Ngãi"},
		{"21172", "Phường Trương Quang Trọng", "Phường Trương Quang Trọng", "51", "522", "Thành phố Quảng Ngãi"},
		{"21034", "Xã An Phú", "Xã Nghĩa Dũng", "51", "522", "Thành phố Quảng Ngãi"},
		{"21025", "Phường Cẩm Thành", "Phường Nguyễn Nghiêm", "51", "522", "Thành phố Quảng Ngãi"},
		{"21028", "Phường Nghĩa Lộ", "Phường Nghĩa Lộ", "51", "522", "Thành phố Quảng Ngãi"},
		{"21451", "Phường Trà Câu", "Phường Phổ Văn", "51", "534", "Thị xã Đức Phổ"},
		{"21457", "Xã Nguyễn Nghiêm", "Xã Phổ Nhơn", "51", "534", "Thị xã Đức Phổ"},
		{"21439", "Phường Đức Phổ", "Phường Nguyễn Nghiêm", "51", "534", "Thị xã Đức Phổ"},
		{"21478", "Phường Sa Huỳnh", "Phường Phổ Thạnh", "51", "534", "Thị xã Đức Phổ"},
		{"21085", "Xã Bình Minh", "Xã Bình Minh", "51", "524", "Huyện Bình Sơn"},
		{"21100", "Xã Bình Chương", "Xã Bình Chương", "51", "524", "Huyện Bình Sơn"},
		{"21040", "Xã Bình Sơn", "Thị Trấn Châu Ổ", "51", "524", "Huyện Bình Sơn"},
		{"21061", "Xã Vạn Tường", "Xã Bình Trị", "51", "524", "Huyện Bình Sơn"},
		{"21109", "Xã Đông Sơn", "Xã Bình Tân Phú", "51", "524", "Huyện Bình Sơn"},
		{"21220", "Xã Sơn Tịnh", "Thị trấn Tịnh Hà", "51", "527", "Huyện Sơn Tịnh"},
		{"21181", "Xã Thọ Phong", "Xã Tịnh Phong", "51", "527", "Huyện Sơn Tịnh"},
		{"21235", "Xã Tư Nghĩa", "Thị trấn La Hà", "51", "528", "Huyện Tư Nghĩa"},
		{"21238", "Xã Vệ Giang", "Thị trấn Sông Vệ", "51", "528", "Huyện Tư Nghĩa"},
		{"21250", "Xã Nghĩa Giang", "Xã Nghĩa Kỳ", "51", "528", "Huyện Tư Nghĩa"},
		{"21364", "Xã Nghĩa Hành", "Thị trấn Chợ Chùa", "51", "532", "Huyện Nghĩa Hành"},
		{"21385", "Xã Đình Cương", "Xã Hành Phước", "51", "532", "Huyện Nghĩa Hành"},
		{"21370", "Xã Phước Giang", "Xã Hành Dũng", "51", "532", "Huyện Nghĩa Hành"},
		{"21421", "Xã Mỏ Cày", "Xã Đức Thạnh", "51", "533", "Huyện Mộ Đức"},
		{"21400", "Xã Mộ Đức", "Thị trấn Mộ Đức", "51", "533", "Huyện Mộ Đức"},
		{"21115", "Xã Trà Bồng", "Thị trấn Trà Xuân", "51", "525", "Huyện Trà Bồng"},
		{"21154", "Xã Tây Trà", "Xã Trà Phong", "51", "525", "Huyện Trà Bồng"},
		{"21289", "Xã Sơn Hà", "Thị trấn Di Lăng", "51", "529", "Huyện Sơn Hà"},
		{"21340", "Xã Sơn Tây", "Xã Sơn Dung", "51", "530", "Huyện Sơn Tây"},
		{"21361", "Xã Minh Long", "Xã Long Hiệp", "51", "531", "Huyện Minh Long"},
		{"21529", "Xã Ba Vì", "Xã Ba Vì", "51", "535", "Huyện Ba Tơ"},
		{"21484", "Xã Ba Tơ", "Thị trấn Ba Tơ", "51", "535", "Huyện Ba Tơ"},
		{"21520", "Xã Đặng Thùy Trâm", "Xã Ba Trang", "51", "535", "Huyện Ba Tơ"},
		{"21548", "Đặc khu Lý Sơn", "", "51", "536", "Huyện Lý Sơn"},
		{"23293", "Phường Kon Tum", "Phường Thắng Lợi", "62", "608", "Thành phố Kon Tum"},
		{"23284", "Phường Đăk Cấm", "Phường Duy Tân", "62", "608", "Thành phố Kon Tum"},
		{"23302", "Phường Đăk Bla", "Phường Lê Lợi", "62", "608", "Thành phố Kon Tum"},
		{"23326", "Xã Ia Chim", "Xã Ia Chim", "62", "608", "Thành phố Kon Tum"},
		{"23500", "Xã Đăk Hà", "Thị trấn Đắk Hà", "62", "615", "Huyện Đắk Hà"},
		{"23401", "Xã Đăk Tô", "Thị trấn Đắk Tô", "62", "612", "Huyện Đắk Tô"},
		{"23377", "Xã Bờ Y", "Thị trấn Plei Kần", "62", "611", "Huyện Ngọc Hồi"},
		{"23341", "Xã Đăk Pék", "Thị trấn Đắk Glei", "62", "610", "Huyện Đắk Glei"},
		{"23527", "Xã Sa Thầy", "Thị trấn Sa Thầy", "62", "616", "Huyện Sa Thầy"},
		{"23497", "Xã Kon Braih", "Xã Tân Lập", "62", "614", "Huyện Kon Rẫy"},
		{"23473", "Xã Măng Đen", "Thị trấn Măng Đen", "62", "613", "Huyện Kon Plông"},
	}
}
