package vntext

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// Parse reads one date. zone is meant where the text names none (nil is
// Zone()); hasZone and hasTime are what the text itself held. It is strict: a
// day that does not exist, rubbish behind the date and dates that stand for
// "none" are errors. White space around the date is passed over; inside, any
// blanks are one, and 24:00 is the end of its day.
func (l Layout) Parse(s []byte, zone *time.Location) (t time.Time, hasZone, hasTime bool, err error) {
	t, hasZone, hasTime, err = l.parse(trim(s), zone)
	if err != ErrLayout { //nolint:errorlint // it is never wrapped here, and this is a hot path
		return t, hasZone, hasTime, err
	}
	var room [64]byte
	if plain, changed := plainBlanks(room[:0], s); changed {
		return l.parse(plain, zone)
	}
	return t, hasZone, hasTime, err
}

// plainBlanks writes every run of blanks, no-break and wide ones too, as one,
// and those around not at all.
func plainBlanks(dst, s []byte) (plain []byte, changed bool) {
	if len(s) > cap(dst) {
		return nil, false
	}
	gap := false
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		if r == '\u200b' || r == '\ufeff' || unicode.IsSpace(r) {
			changed = changed || gap || r != ' '
			gap = true
			continue
		}
		if gap && len(dst) > 0 {
			dst = append(dst, ' ')
		}
		gap = false
		dst = utf8.AppendRune(dst, r)
	}
	return dst, changed
}

func (l Layout) parse(s []byte, zone *time.Location) (t time.Time, hasZone, hasTime bool, err error) {
	if zone == nil {
		zone = hoChiMinh()
	}
	var c clock
	switch l.named {
	case byEpoch, byEpochMS:
		t, err = parseEpoch(s, l.named == byEpochMS)
		return instant(t, zone, err)
	case byDotNet:
		t, err = parseDotNet(s)
		return instant(t, zone, err)
	case byExcel, byExcel1904:
		return parseExcel(s, l.named == byExcel1904, zone)
	case byRFC3339:
		err = c.rfc3339(s)
	case byISO:
		err = c.iso(s)
	default:
		err = c.pattern(l.ops, s)
		if l.fixed != nil {
			zone, c.zoned, c.offset = l.fixed, false, 0
		}
	}
	if err != nil {
		return time.Time{}, false, false, err
	}
	if t, err = c.time(zone, l.HasDate()); err != nil {
		return time.Time{}, false, false, err
	}
	return t, c.zoned || l.fixed != nil, c.timed, nil
}

func instant(t time.Time, zone *time.Location, err error) (time.Time, bool, bool, error) {
	if err != nil {
		return time.Time{}, false, false, err
	}
	return t.In(zone), true, true, nil
}

// clock holds the numbers of a date while it is read.
type clock struct {
	year, month, day     int
	hour, minute, second int
	nano, offset         int
	pm, am, zoned, timed bool
}

func trim(s []byte) []byte {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

func (c *clock) pattern(ops []op, s []byte) error {
	if len(ops) == 0 {
		return ErrLayout
	}
	at := 0
	for _, o := range ops {
		if o.field == literal {
			if at >= len(s) || s[at] != o.lit {
				return ErrLayout
			}
			at++
			continue
		}
		var n int
		if o.field == half || o.field == offset {
			n = c.word(o.field, s[at:])
		} else {
			n = c.number(o, s[at:])
		}
		if n == 0 {
			return ErrLayout
		}
		at += n
	}
	if at != len(s) {
		return ErrLayout
	}
	return nil
}

func (c *clock) number(o op, s []byte) int {
	value, n := 0, 0
	for n < int(o.most) && n < len(s) && isDigit(s[n]) {
		value = value*10 + int(s[n]-'0')
		n++
	}
	if n < int(o.least) {
		return 0
	}
	switch o.field {
	case year:
		c.year = value
		if o.most == 2 {
			c.year = century(value)
		}
	case month:
		c.month = value
	case day:
		c.day = value
	case hour:
		c.hour, c.timed = value, true
	case minute:
		c.minute = value
	case second:
		c.second = value
	default:
		c.nano = value * pow10(9-n)
	}
	return n
}

// century reads a year of two digits: 70–99 are 19xx, the rest 20xx.
func century(yy int) int {
	if yy >= 70 {
		return 1900 + yy
	}
	return 2000 + yy
}

func (c *clock) word(f field, s []byte) int {
	if f == offset {
		return c.zone(s)
	}
	if len(s) < 2 {
		return 0
	}
	switch string([]byte{s[0] &^ 0x20, s[1] &^ 0x20}) {
	case "AM", "SA":
		c.am = true
	case "PM", "CH":
		c.pm = true
	default:
		return 0
	}
	return 2
}

// zone reads Z, +07, +0700 or +07:00 and gives its length, or 0.
func (c *clock) zone(s []byte) int {
	if len(s) > 0 && (s[0] == 'Z' || s[0] == 'z') {
		c.zoned, c.offset = true, 0
		return 1
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0
	}
	hours, ok := two(s[1:])
	minutes, n := zoneMinutes(s[3:])
	if !ok || n < 0 || hours > 15 || minutes > 59 {
		return 0
	}
	c.zoned, c.offset = true, hours*3600+minutes*60
	if s[0] == '-' {
		c.offset = -c.offset
	}
	return 3 + n
}

// zoneMinutes reads what may follow the hours: 30, :30 or nothing. n is -1
// when it begins so and is not.
func zoneMinutes(s []byte) (minutes, n int) {
	switch {
	case len(s) > 0 && s[0] == ':':
		n = 1
	case len(s) == 0 || !isDigit(s[0]):
		return 0, 0
	}
	minutes, ok := two(s[n:])
	if !ok {
		return 0, -1
	}
	return minutes, n + 2
}

func two(s []byte) (int, bool) {
	if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

func (c *clock) rfc3339(s []byte) error {
	if err := c.iso(s); err != nil {
		return err
	}
	if !c.zoned || !c.timed || len(s) < 20 || s[10] == ' ' || s[16] != ':' {
		return ErrLayout
	}
	if tail := s[len(s)-1]; tail != 'Z' && tail != 'z' && s[len(s)-3] != ':' {
		return ErrLayout
	}
	return nil
}

// iso reads yyyy-MM-dd, then optionally T or a blank, HH:mm, seconds with up
// to nine digits behind a point or comma, and a zone.
func (c *clock) iso(s []byte) error {
	ok := len(s) >= 10 && s[4] == '-' && s[7] == '-'
	if !ok || !c.put(&c.month, s[5:]) || !c.put(&c.day, s[8:]) {
		return ErrLayout
	}
	high, okHigh := two(s)
	low, okLow := two(s[2:])
	c.year = high*100 + low
	if !okHigh || !okLow {
		return ErrLayout
	}
	if len(s) == 10 {
		return nil
	}
	if s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return ErrLayout
	}
	return c.isoTime(s[11:])
}

func (c *clock) put(into *int, s []byte) bool {
	value, ok := two(s)
	*into = value
	return ok
}

func (c *clock) isoTime(s []byte) error {
	if len(s) < 5 || s[2] != ':' || !c.put(&c.hour, s) || !c.put(&c.minute, s[3:]) {
		return ErrLayout
	}
	c.timed = true
	s = s[5:]
	if len(s) >= 3 && s[0] == ':' {
		if !c.put(&c.second, s[1:]) {
			return ErrLayout
		}
		s = s[3:]
		n := c.isoFraction(s)
		if n < 0 {
			return ErrLayout
		}
		s = s[n:]
	}
	if len(s) == 0 {
		return nil
	}
	if s[0] == ' ' { // "… 10:00:00 +07:00", as some databases print it
		s = s[1:]
	}
	if n := c.zone(s); n == 0 || n != len(s) {
		return ErrLayout
	}
	return nil
}

// isoFraction gives the length of the fraction with its point, or -1.
func (c *clock) isoFraction(s []byte) int {
	if len(s) == 0 || s[0] != '.' && s[0] != ',' {
		return 0
	}
	n := 1
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == 1 || n > 10 {
		return -1
	}
	c.number(op{field: fraction, least: 1, most: 9}, s[1:n])
	return n
}

// time checks the numbers and makes an instant of them.
func (c *clock) time(zone *time.Location, dated bool) (time.Time, error) {
	if !dated {
		c.year, c.month, c.day = 1, 1, 1
	}
	if dated && (c.year < firstYear || c.year >= lastYear) {
		return time.Time{}, ErrSentinel
	}
	if !c.halfDay() || c.month < 1 || c.month > 12 || c.day < 1 || c.day > daysIn(c.year, c.month) ||
		c.hour > 23 && !c.midnight(dated) || c.minute > 59 || c.second > 59 {
		return time.Time{}, ErrRange
	}
	if c.zoned {
		zone = zoneAt(c.offset)
	}
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nano, zone), nil
}

// midnight reports whether the time is 24:00, the end of its day.
func (c *clock) midnight(dated bool) bool {
	last := c.year == lastYear-1 && c.month == 12 && c.day == 31
	return dated && !last && c.hour == 24 && c.minute == 0 && c.second == 0 && c.nano == 0 && !c.am && !c.pm
}

// halfDay turns the twelve hours of AM and PM into those of the day.
func (c *clock) halfDay() bool {
	if !c.am && !c.pm {
		return true
	}
	if c.hour < 1 || c.hour > 12 {
		return false
	}
	c.hour %= 12
	if c.pm {
		c.hour += 12
	}
	return true
}

// Years outside are what systems write for "no date".
const (
	firstYear = 1900
	lastYear  = 9999 // and later
)

// zoneAt is the zone of an offset; whole hours cost no allocation.
func zoneAt(offset int) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	if offset == 7*60*60 {
		return hoChiMinh()
	}
	return time.FixedZone("", offset)
}

func daysIn(y, m int) int {
	if m == 2 {
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (m+m>>3)&1
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
