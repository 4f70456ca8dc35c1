package city

import (
	"fmt"
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
	return []string{"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Đinh", "Phan", "Trương"}
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

// highland are names without a surname: men are A, women are Y.
func highland(male bool) (first string, names []string) {
	if male {
		return "A ", []string{"Thiu", "Hyang", "Brui", "Lung", "Khưu", "Blong", "Đê", "Tro", "Nhin"}
	}
	return "Y ", []string{"Blan", "Hlim", "Vin", "Ban", "Phương", "Nhung", "Krông", "Bui", "Lơi"}
}

func fullName(r simkit.Rand, male bool) string {
	return simkit.Pick(r, surnames()) + " " + simkit.Pick(r, middles(male)) + " " + simkit.Pick(r, givens(male))
}

// official is the nth officer of an agency: the same one each time.
func (c *maker) official(agency string, n int) string {
	r := simkit.NewRand(c.Seed, "official "+agency, n)
	return fullName(r, r.Chance(50))
}

// staff is how many officers of an agency appear by name.
const staff = 6

// hire names the officers of every agency.
func (c *maker) hire() {
	for _, a := range c.Agencies {
		var names [staff]string
		for n := range names {
			names[n] = c.official(a.Name, n)
		}
		c.staff = append(c.staff, names)
	}
}

// officer draws an officer of the agency with that index.
func (c *maker) officer(r simkit.Rand, agency int) string { return c.staff[agency][r.IntN(staff)] }

func streets() []string {
	return []string{"Hùng Vương", "Phan Bội Châu", "Quang Trung", "Lê Trung Đình", "Trần Hưng Đạo", "Nguyễn Nghiêm", "Phạm Văn Đồng",
		"Bà Triệu", "Nguyễn Tự Tân", "Chu Văn An", "Trương Định", "Phan Đình Phùng", "Đinh Tiên Hoàng", "Lê Lợi", "Võ Nguyên Giáp"}
}

// village is a place in the country.
func village(r simkit.Rand, c Commune) string {
	if c.OldProvince == konTum {
		return fmt.Sprintf("thôn %d", r.Between(1, 9))
	}
	return "thôn " + simkit.Pick(r, []string{"An Bình", "Phú Lâm", "Tân Hội", "Vĩnh Thuận",
		"Phước Lộc", "Thuận Hòa", "Trường Thọ", "Đồng Xuân"})
}

// eldest is the year the oldest people were born in, earning that of those who may work.
const eldest, earning = 1950, 1967

// person is somebody born since then who lives in the commune with that index.
func (c *maker) person(r simkit.Rand, commune, since int) Person {
	at := c.Communes[commune]
	p := Person{Male: r.Chance(50), Commune: commune, Phone: "09" + r.Digits(8),
		Birth: time.Date(since+r.IntN(2005-since), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, Zone())}
	p.Name = fullName(r, p.Male)
	if at.OldProvince == konTum && r.Chance(40) {
		first, names := highland(p.Male)
		p.Name = first + simkit.Pick(r, names)
	}
	p.Street = "T" + strings.TrimPrefix(village(r, at), "t")
	if at.urban() {
		p.Street = fmt.Sprintf("%d %s", r.Between(1, 420), simkit.Pick(r, streets()))
	}
	switch {
	case r.Chance(6):
		p.ID, p.IDType = "000000001", 2
	case r.Chance(8):
		p.ID, p.IDType = map[bool]string{true: "233", false: "212"}[at.OldProvince == konTum]+r.Digits(6), 2
	default:
		p.ID, p.IDType = citizenNumber(p, at)+r.Digits(6), 1
	}
	if r.Chance(30) {
		p.Email = "congdan" + r.Digits(6) + "@example.vn"
	}
	return p
}

// citizenNumber is the head of a personal number: the province of birth, sex
// and century in one digit, the year of birth.
func citizenNumber(p Person, at Commune) string {
	sex := 1
	if p.Male {
		sex = 0
	}
	if p.Birth.Year() >= 2000 {
		sex += 2
	}
	return fmt.Sprintf("0%s%d%02d", at.OldProvince, sex, p.Birth.Year()%100)
}

// firm is a business made up.
func firm(r simkit.Rand, kind string) string {
	return kind + " " + simkit.Pick(r, []string{"Thiên Ấn", "Sông Trà", "Núi Cấm", "Dung Quất", "Sa Huỳnh", "Măng Đen"}) + " " + r.Digits(2)
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
