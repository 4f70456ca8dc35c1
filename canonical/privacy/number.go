package privacy

import (
	"strings"

	"iocgateway/canonical/vntext"
)

// digitRun is a run of digit groups with little between them.
type digitRun struct {
	digits [maxPersonalDigits + 2]byte
	ends   [maxPersonalDigits]groupEnd
	count  int // of the digits
	groups int
	dotted bool // some groups are parted by a point
}

// upTo are the digits up to the end of the k-th group.
func (r *digitRun) upTo(k int) []byte { return r.digits[:r.ends[k].count] }

type groupEnd struct{ count, at int }

// maxPersonalDigits is the longest number looked for: 0084 and the ten digits
// after it.
const maxPersonalDigits = 14

// maxBetween is how many characters may stand between two groups: ") ", " - ".
const maxBetween = 3

// scan reads the run that begins at i.
func (r *digitRun) scan(text []byte, i int) {
	r.count, r.groups, r.dotted = 0, 0, false
	for r.groups < len(r.ends) {
		for i < len(text) && digitByte(text[i]) {
			if r.count <= maxPersonalDigits {
				r.digits[r.count] = text[i]
				r.count++
			}
			i++
		}
		r.ends[r.groups] = groupEnd{count: r.count, at: i}
		r.groups++
		from := i
		for i < len(text) && separator(text[i]) && i-from < maxBetween {
			r.dotted = r.dotted || text[i] == '.'
			i++
		}
		if i == from || i >= len(text) || !digitByte(text[i]) || r.count > maxPersonalDigits {
			break
		}
	}
}

func separator(c byte) bool {
	return c == ' ' || c == '.' || c == '-' || c == '(' || c == ')' || c == '_'
}

// size is how many digits the k-th group has.
func (r *digitRun) size(k int) int {
	if k == 0 {
		return r.ends[0].count
	}
	return r.ends[k].count - r.ends[k-1].count
}

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
	listed := len(first) <= 2 && len(rest) <= maxPersonalDigits && certain(sensitive(rest, 1, false), rest)
	return string(first) != "84" && (first[0] != '0' || len(first) == 1) && !listed
}

// class is what the digits up to the k-th group are, or empty.
func (s *scrubber) class(i int, r *digitRun, k int) DataClass {
	d, groups := r.upTo(k), k+1
	class := sensitive(d, groups, r.dotted && groups > 1)
	if len(d) == 9 && groups == 3 && (r.size(0) != 3 || r.size(1) != 3) {
		class = "" // 2026-01 273…: what follows would be the last three
	}
	switch {
	case s.strict && class != "" && !certain(class, d) && !s.beside(i):
		return ""
	case s.strict:
	case class == "" && (len(d) == 9 || len(d) == 10) && s.announced(i):
		return ClassPersonalID
	}
	return class
}

// sensitive is what digits in this many groups are by themselves, or empty.
func sensitive(d []byte, groups int, dotted bool) DataClass {
	switch n := len(d); {
	case n == 12 && d[0] == '0':
		return ClassPersonalID // căn cước: the province codes begin with 0
	case n == 9 && (groups == 1 || groups == 3 && !dotted):
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
	if s.strict && !s.beside(from) || !s.opens(from) {
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
	return k == 0 || k < 3 && (!r.dotted || s.announced(from))
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
	return i == 0 || !wordByte(s.b[i-1]) && s.b[i-1] != '-' && s.b[i-1] != '.' && s.b[i-1] != '/'
}

// inCode reports that a code goes on at i.
func (s *scrubber) inCode(i int) bool {
	if i >= len(s.b) {
		return false
	}
	c := s.b[i]
	return wordByte(c) || (c == '-' || c == '.' || c == '/') && i+1 < len(s.b) && wordByte(s.b[i+1])
}

// maxAnnouncement is how far before a number the word stands that says what it is.
const maxAnnouncement = 32

// announced reports that the words before i say that a number of a person follows.
func (s *scrubber) announced(i int) bool {
	before := strings.ReplaceAll(vntext.Fold(strings.ToValidUTF8(string(s.b[max(0, i-maxAnnouncement):i]), "")), ".", "")
	for _, word := range []string{"cmnd", "cmt", "cccd", "can cuoc", "chung minh", "dinh danh", "ho chieu", "passport", "bhxh", "bhyt",
		"bao hiem", "mst ca nhan", "ma so thue ca nhan", "giay to"} {
		if strings.Contains(before, word) {
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
