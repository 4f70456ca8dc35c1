package city

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"iocgateway/adapters/simkit"
)

// Person is somebody made up.
type Person struct {
	Name, Phone, Email string
	ID                 string // 12 digits, or 9 of an old card; 000000001 where unknown
	IDType             int    // 1: 12 digits, 2: 9 digits or unknown
	Male               bool
	Birth              time.Time
	Street             string
	Commune            int
	Business           string // the business applying, if one is
}

func surnames() []string {
	return []string{"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Đinh", "Phan", "Trương", "A", "Y"}
}

func middles(male bool) []string {
	if male {
		return []string{"Văn", "Hữu", "Đức", "Quang", "Minh", "Thanh", "Quốc", "Công"}
	}
	return []string{"Thị", "Thị Thu", "Thị Kim", "Ngọc", "Thị Mỹ", "Thúy", "Hoài"}
}

func givens(male bool) []string {
	if male {
		return []string{"Hùng", "Dũng", "Tuấn", "Nghĩa", "Phúc", "Thắng", "Lộc", "Khánh", "Vinh", "Tâm", "Trí", "Hưng"}
	}
	return []string{"Hoa", "Lan", "Hạnh", "Thảo", "Trang", "Yến", "Nga", "Phượng", "Diệu", "Vy", "Loan", "Hiền"}
}

func streets() []string {
	return []string{"Hùng Vương", "Phan Bội Châu", "Quang Trung", "Lê Trung Đình", "Trần Hưng Đạo", "Nguyễn Nghiêm", "Phạm Văn Đồng",
		"Bà Triệu", "Nguyễn Tự Tân", "Chu Văn An", "Trương Định", "Phan Đình Phùng", "Đinh Tiên Hoàng", "Lê Lợi", "Võ Nguyên Giáp"}
}

func person(r simkit.Rand, communes int) Person {
	male := r.Chance(50)
	p := Person{Male: male, Commune: r.IntN(communes),
		Name:  simkit.Pick(r, surnames()) + " " + simkit.Pick(r, middles(male)) + " " + simkit.Pick(r, givens(male)),
		Phone: "09" + r.Digits(8), Street: r.Digits(2) + " " + simkit.Pick(r, streets()),
		Birth: time.Date(1950+r.IntN(55), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, Zone())}
	switch {
	case r.Chance(6):
		p.ID, p.IDType = "000000001", 2
	case r.Chance(8):
		p.ID, p.IDType = "212"+r.Digits(6), 2
	default:
		p.ID, p.IDType = "051"+r.Digits(9), 1
	}
	if r.Chance(30) {
		p.Email = "congdan" + r.Digits(6) + "@example.vn"
	}
	if r.Chance(12) {
		p.Business = "Công ty TNHH " + simkit.Pick(r, []string{"Thiên Ấn", "Sông Trà", "Núi Cấm", "Dung Quất", "Sa Huỳnh", "Măng Đen"}) + " " +
			r.Digits(2)
	}
	return p
}

// rough spoils some texts the way sources do: letters decomposed, blanks
// where none belong. The content is the same once normalized.
func rough(r simkit.Rand, s string) string {
	switch {
	case r.Chance(3):
		return norm.NFD.String(s)
	case r.Chance(3):
		return " " + strings.Replace(s, " ", "  ", 1) + " "
	}
	return s
}
