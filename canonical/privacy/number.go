package privacy

import (
	"bytes"
	"strings"

	"iocgateway/canonical/vntext"
)

// day is where a run goes on that begins with a date (05-11-2026 08…), or 0.
func (r *digitRun) day() int {
	if r.groups < 3 || r.size(0) > 2 || r.size(1) > 2 || r.size(2) != 4 {
		return 0
	}
	day, month, year := number(r.upTo(0)), number(r.digits[r.ends[0].count:r.ends[1].count]),
		number(r.digits[r.ends[1].count:r.ends[2].count])
	if day < 1 || day > 31 || month < 1 || month > 12 || year < 1900 || year > 2100 {
		return 0
	}
	return r.ends[2].at
}

func number(digits []byte) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

// fraction reports a decimal number: 37.762221815. A number of a person that is
// parted by one point begins with 0 or 84, or stands whole behind it (1.0912345678).
func (s *scrubber) fraction(r *digitRun) bool {
	if r.groups < 2 {
		return false
	}
	first, point, end := r.upTo(0), r.ends[0].at, r.ends[1].at
	if s.b[point] != '.' || !digitByte(s.b[point+1]) || end+1 < len(s.b) && s.b[end] == '.' && digitByte(s.b[end+1]) {
		return false
	}
	rest := s.b[point+1 : end]
	if len(bytes.Trim(rest, "0")) == 0 {
		return false // a number that a spreadsheet or a table of floats took for one: 912345678.0
	}
	listed := len(first) <= 2 && len(rest) <= maxPersonalDigits && certain(sensitive(rest, 1, false), rest)
	return string(first) != "84" && (first[0] != '0' || len(first) == 1) && !listed
}

// class is what the digits up to the k-th group are, or empty.
func (s *scrubber) class(i int, r *digitRun, k int) DataClass {
	d, class := r.upTo(k), r.bare(k)
	announcible := len(d) == 9 || len(d) == 10
	switch {
	case class == "" && !announcible || r.guessed && !certain(class, d) || s.amount(r, k):
		return ""
	case class != "" && s.taken(i, r, k, class):
		return class
	case announcible && s.announced(i):
		return ClassPersonalID
	}
	return ""
}

// bare is what the groups up to the k-th are by themselves, or empty.
func (r *digitRun) bare(k int) DataClass {
	d := r.upTo(k)
	if len(d) == 9 && k == 2 && (r.size(0) != 3 || r.size(1) != 3) {
		return "" // 2026-01 273…: what follows would be the last three
	}
	return sensitive(d, k+1, r.ends[k].dotted || r.ends[k].loose)
}

// taken reports whether digits that may be a number of a class are taken for
// one: by how they are parted, by what stands before them.
func (s *scrubber) taken(i int, r *digitRun, k int, class DataClass) bool {
	end, sure := r.ends[k], certain(class, r.upTo(k))
	switch {
	case sure && i > 0 && s.b[i-1] == '+':
		return true
	case s.strict:
		return (!end.loose || sure && r.likely(class, k)) && (sure || s.beside(i) || s.inAddress(i, r, k))
	}
	return !end.loose || s.says(i, class) || r.likely(class, k) && (sure || end.by != 0 && k < 3)
}

// says reports that a word before i says that a number of this class follows.
func (s *scrubber) says(i int, class DataClass) bool {
	return class == ClassPersonalID && s.announced(i) || class == ClassPhone && s.calls(i)
}

// likely reports that the groups up to the k-th, parted by what seldom stands
// within a number, are those of a number all the same, and not a list, a
// document's number with its year, or a place.
func (r *digitRun) likely(class DataClass, k int) bool {
	if r.digits[0] != '0' || r.size(0) < 3 || k > 3 || k == 3 && r.ends[k].by == 0 {
		return false
	}
	for n := 1; n <= k; n++ {
		if r.size(n) < 2 || n < k && r.year(n) {
			return false
		}
	}
	return class == ClassPhone || !r.ends[k].listed() && r.size(0)%3 == 0 && r.size(k) == r.size(0)
}

// year reports whether the n-th group may be a year.
func (r *digitRun) year(n int) bool {
	if r.size(n) != 4 {
		return false
	}
	year := number(r.digits[r.ends[n-1].count:r.ends[n].count])
	return year >= 1990 && year < 2040
}

// amount reports digits grouped by thousands with a unit behind them.
func (s *scrubber) amount(r *digitRun, k int) bool {
	end := r.ends[k]
	if k == 0 || end.by != '.' && end.by != ',' || r.size(0) > 3 {
		return false
	}
	for n := 1; n <= k; n++ {
		if r.size(n) != 3 {
			return false
		}
	}
	return unit(s.b[end.at:min(len(s.b), end.at+12)])
}

// unit reports that a text begins with what is counted in thousands.
func unit(text []byte) bool {
	var room [64]byte
	behind := vntext.AppendFold(room[:0], bytes.ToValidUTF8(text, nil))
	word, _, _ := bytes.Cut(bytes.TrimLeft(behind, " "), []byte(" "))
	switch string(bytes.TrimRight(word, ".,;:)")) {
	case "dong", "d", "vnd", "usd", "trieu", "ty", "ti", "nghin", "ngan", "m2", "m3", "m", "ha", "kg", "tan", "nguoi", "ho":
		return true
	}
	return false
}

// inAddress reports a landline's number that is a piece of its own in a URL.
func (s *scrubber) inAddress(i int, r *digitRun, k int) bool {
	return s.address && k == 0 && r.digits[0] == '0' && r.digits[1] == '2' && (i == 0 || !wordByte(s.b[i-1]) || s.b[i-1] == '_')
}

// sensitive is what digits in this many groups are by themselves, or empty.
func sensitive(d []byte, groups int, parted bool) DataClass {
	switch n := len(d); {
	case n == 12 && d[0] == '0':
		return ClassPersonalID // căn cước: the province codes begin with 0
	case n == 9 && (groups == 1 || groups == 3 && !parted):
		return ClassPersonalID // chứng minh nhân dân; 150.000.000 is an amount
	case athome(d, groups), abroad(d) != nil:
		return ClassPhone
	}
	return ""
}

// beside reports a number that stands behind a blank: codes have none.
func (s *scrubber) beside(i int) bool { return i > 0 && s.b[i-1] == ' ' }

// athome reports a phone number as it is called in the country.
func athome(d []byte, groups int) bool {
	switch len(d) {
	case 10:
		return d[0] == '0' && (d[1] > '1' || d[1] == '1' && groups <= 3)
	case 11:
		return d[0] == '0' && d[1] != '0'
	}
	return false
}

// abroad is what follows 84 or 0084 where that is a number of the country.
func abroad(d []byte) []byte {
	switch {
	case len(d) >= 13 && string(d[:4]) == "0084":
		d = d[4:]
	case (len(d) == 11 || len(d) == 12) && d[0] == '8' && d[1] == '4':
		d = d[2:]
	default:
		return nil
	}
	if d[0] == '0' && len(d) > 9 {
		d = d[1:]
	}
	if d[0] < '2' || len(d) > 10 {
		return nil
	}
	return d
}

// certain reports digits that can hardly be anything else: a mobile number, a
// personal id with a province and a birth century.
func certain(class DataClass, d []byte) bool {
	if class == ClassPersonalID {
		return len(d) == 12 && number(d[:3]) <= 96 && number(d[:3]) > 0 && d[3] <= '3'
	}
	if rest := abroad(d); rest != nil {
		return len(rest) == 9 && mobile(rest[0])
	}
	return len(d) == 10 && d[0] == '0' && mobile(d[1])
}

func mobile(c byte) bool { return c == '3' || c == '5' || c >= '7' && c <= '9' }

// passport masks a letter with seven or eight digits, and gives where to go
// on; 0 where there is none.
func (s *scrubber) passport(i int, r *digitRun) int {
	if s.strict || i < 2 || (s.b[i-1] != ' ' && s.b[i-1] != '-' && s.b[i-1] != '.') || !letterByte(s.b[i-2]) || s.b[i-2] == other {
		return 0
	}
	if len(s.wordBefore(i-1)) != 1 || !s.opens(i-2) || !s.announced(i-2) {
		return 0
	}
	for k := range r.groups {
		if n := r.ends[k].count; (n == 7 || n == 8) && !s.inCode(r.ends[k].at) {
			s.replace(i-2, r.ends[k].at, maskTail(string(s.b[i-2:r.ends[k].at])))
			return r.ends[k].at
		}
	}
	return 0
}

// lettered masks numbers that begin with letters: a passport's, a health
// insurance card's. It gives where to go on, or 0.
func (s *scrubber) lettered(i int, word []byte, r *digitRun) int {
	from := i - len(word)
	if s.strict && !s.beside(from) && !s.announced(from) || !s.opens(from) {
		return 0
	}
	card := len(word) == 2 && r.size(0) == 13
	for k := range r.groups {
		passport := len(word) == 1 && (r.ends[k].count == 7 || r.ends[k].count == 8) && s.apart(from, k, r)
		if end := r.ends[k].at; (passport || card && k == 0) && !s.inCode(end) {
			s.replace(from, end, maskTail(string(s.b[from:end])))
			return end
		}
	}
	return 0
}

// apart reports whether a passport's number may be written in as many groups:
// C1.234.567 is an amount, unless somebody says what it is.
func (s *scrubber) apart(from, k int, r *digitRun) bool {
	return k == 0 || k < 3 && (!r.ends[k].dotted && !r.ends[k].loose || s.announced(from))
}

// wordBefore are the letters right before i.
func (s *scrubber) wordBefore(i int) []byte {
	from := i
	for from > 0 && letterByte(s.b[from-1]) {
		from--
	}
	if from > 0 && digitByte(s.b[from-1]) && from < i {
		return s.b[from-1 : i] // letters within a code
	}
	if from == i && i > 0 && s.b[i-1] == '_' {
		return s.b[i-1 : i]
	}
	return s.b[from:i]
}

// opens reports that nothing before i joins what begins there to a code.
func (s *scrubber) opens(i int) bool {
	return i == 0 || !wordByte(s.b[i-1]) && s.b[i-1] != '-' && s.b[i-1] != '.' && s.b[i-1] != '/' || s.address && !wordByte(s.b[i-1])
}

// inCode reports that a code goes on at i.
func (s *scrubber) inCode(i int) bool {
	if i >= len(s.b) {
		return false
	}
	c := s.b[i]
	return wordByte(c) || !s.address && (c == '-' || c == '.' || c == '/') && i+1 < len(s.b) && wordByte(s.b[i+1])
}

// maxAnnouncement is how far before a number the word stands that says what it is.
const maxAnnouncement = 32

// announced reports that the words before i say that a number of a person follows.
func (s *scrubber) announced(i int) bool {
	before := strings.NewReplacer(".", "", "_", " ", "-", " ").Replace(vntext.Fold(strings.ToValidUTF8(string(s.b[max(0, i-maxAnnouncement):i]), "")))
	for _, word := range []string{"cmnd", "cmt", "cccd", "can cuoc", "chung minh", "dinh danh", "ho chieu", "passport", "bhxh", "bhyt",
		"bao hiem", "mst ca nhan", "ma so thue ca nhan", "giay to"} {
		if strings.Contains(before, word) || s.address && strings.Contains(before, strings.ReplaceAll(word, " ", "")) {
			return true
		}
	}
	return false
}

// calls reports that the words before i say that a number to call follows.
func (s *scrubber) calls(i int) bool {
	var room [2 * maxAnnouncement]byte
	before := vntext.AppendFold(append(room[:0], ' '), bytes.ToValidUTF8(s.b[max(0, i-maxAnnouncement):i], nil))
	words := string(bytes.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return ' '
	}, before)) + " "
	for _, word := range []string{" dt ", " sdt ", " dien thoai ", " di dong ", " may ban ", " tel ", " phone ", " mobile ", " hotline ",
		" zalo ", " fax ", " goi ", " lien he ", " lh "} {
		if strings.Contains(words, word) {
			return true
		}
	}
	return false
}

// announces reports words that people write right before a number of theirs,
// without a blank: what follows is a number, not the rest of a code.
func announces(word []byte) bool {
	var room [32]byte
	if len(word) > 16 {
		return false
	}
	switch string(vntext.AppendFold(room[:0], word)) {
	case "dt", "sdt", "tel", "phone", "mobile", "zalo", "hotline", "so", "cccd", "cmnd", "cmt", "dd", "didong", "dienthoai":
		return true
	}
	return false
}
