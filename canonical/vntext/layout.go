package vntext

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Errors of Layout.Parse. They are compared with errors.Is, carry no text of
// the value, and cost no allocation.
var (
	ErrLayout   = errors.New("vntext: the text does not have the form of the layout")
	ErrRange    = errors.New("vntext: there is no such day or time")
	ErrSentinel = errors.New("vntext: the date stands for no date (before 1900, or the year 9999)")
)

// Layout is a compiled date layout. The zero Layout parses nothing; make one
// with ParseLayout. It is small, immutable and safe for concurrent use.
type Layout struct {
	named   named
	ops     []op
	pattern string
	has     uint16 // bit set of the fields
	hour12  bool
	fixed   *time.Location // of a zone that stands in the pattern as it is: 'Z', +07:00
}

type named uint8

const (
	byPattern named = iota
	byRFC3339
	byISO
	byEpoch
	byEpochMS
	byDotNet
	byExcel
	byExcel1904
)

type field uint8

const (
	literal field = iota
	year
	month
	day
	hour
	minute
	second
	fraction
	half // AM, PM
	offset
)

// op is one step of a layout: a literal byte, or a field of least to most
// digits (then lit is its letter).
type op struct {
	field       field
	least, most uint8
	lit         byte
}

func (l Layout) had(f field) bool { return l.has&(1<<f) != 0 }

// String is the pattern the layout was made from.
func (l Layout) String() string { return l.pattern }

// HasDate reports whether the layout holds a day; without one (HH:mm) Parse
// gives the first day of the year 1.
func (l Layout) HasDate() bool { return l.named != byPattern || l.had(day) }

// LayoutNames lists the layouts that have a name instead of a pattern.
func LayoutNames() []string {
	return []string{"rfc3339", "iso", "epoch", "epoch_ms", "dotnet", "excel", "excel1904"}
}

// Zone is the zone of Vietnam, where a source gives none: +07:00, all year.
func Zone() *time.Location { return hoChiMinh() }

var hoChiMinh = sync.OnceValue(func() *time.Location { return time.FixedZone("", 7*60*60) })

// ParseLayout compiles a pattern of y M d H h m s S a Z as integrators write
// them (dd/MM/yyyy HH:mm:ss), or one of LayoutNames. Text in single quotes and
// anything that is no letter stands for itself; two quotes are one quote.
//
// One letter of d M H h m s takes one or two digits, two letters exactly two;
// S takes as many digits as there are letters; Z (or X) takes Z, +07, +0700 or
// +07:00; a takes AM, PM, SA, CH. A zone behind a time that stands for itself
// ('Z', '+07:00') is the zone of that time.
func ParseLayout(pattern string) (Layout, error) {
	for i, name := range LayoutNames() {
		if pattern == name {
			return Layout{named: byRFC3339 + named(i), pattern: pattern}, nil
		}
	}
	l := Layout{pattern: pattern}
	if len(pattern) > 64 {
		return Layout{}, l.wrong("longer than 64 letters")
	}
	for rest := pattern; rest != ""; {
		var err error
		if rest, err = l.step(rest); err != nil {
			return Layout{}, err
		}
	}
	if err := l.whole(); err != nil {
		return Layout{}, err
	}
	if l.had(hour) && !l.had(offset) {
		l.fixed = l.written()
	}
	return l, nil
}

// HasZone reports whether what is written in this layout names its own zone.
func (l Layout) HasZone() bool {
	return l.named != byPattern && l.named < byExcel || l.had(offset) || l.fixed != nil
}

// HasTime reports whether it holds a time of day.
func (l Layout) HasTime() bool { return l.named != byPattern || l.had(hour) }

// written is the zone that ends the pattern letter for letter: who writes 'Z'
// behind a time has seen texts that end so, and they are in UTC.
func (l *Layout) written() *time.Location {
	at := len(l.ops)
	for at > 0 && l.ops[at-1].field == literal {
		at--
	}
	var tail []byte
	for _, o := range l.ops[at:] {
		tail = append(tail, o.lit)
	}
	switch text := strings.TrimSpace(string(tail)); strings.ToUpper(text) {
	case "":
		return nil
	case "Z", "UTC", "GMT":
		return time.UTC
	default:
		var c clock
		if text[0] != '+' && text[0] != '-' || c.zone([]byte(text)) != len(text) {
			return nil
		}
		return time.FixedZone("", c.offset)
	}
}

func (l *Layout) wrong(format string, args ...any) error {
	return fmt.Errorf("vntext: date layout %q: %s", l.pattern, fmt.Sprintf(format, args...))
}

func (l *Layout) step(rest string) (string, error) {
	c := rest[0]
	if c == '\'' {
		return l.quoted(rest)
	}
	if !isLetter(c) {
		l.ops = append(l.ops, op{lit: c})
		return rest[1:], nil
	}
	n := 1
	for n < len(rest) && rest[n] == c {
		n++
	}
	return rest[n:], l.letters(c, n)
}

// quoted takes text up to the closing quote; two quotes are one, inside and
// outside of such text.
func (l *Layout) quoted(rest string) (string, error) {
	if strings.HasPrefix(rest, "''") {
		l.ops = append(l.ops, op{lit: '\''})
		return rest[2:], nil
	}
	for i := 1; i < len(rest); i++ {
		if rest[i] == '\'' {
			if i+1 == len(rest) || rest[i+1] != '\'' {
				return rest[i+1:], nil
			}
			i++
		}
		l.ops = append(l.ops, op{lit: rest[i]})
	}
	return "", l.wrong("a quote is not closed")
}

func (l *Layout) letters(c byte, n int) error {
	f, ok := fieldOf(c)
	if !ok {
		return l.wrong("%s", hintFor(c))
	}
	least, most, err := l.width(f, c, n)
	if err != nil {
		return err
	}
	if l.had(f) {
		return l.wrong("%q stands twice (months are MM, minutes are mm; hours are HH or hh)", string(c))
	}
	l.has |= 1 << f
	l.hour12 = l.hour12 || c == 'h'
	l.ops = append(l.ops, op{field: f, least: least, most: most, lit: c})
	return nil
}

func (l *Layout) width(f field, c byte, n int) (least, most uint8, err error) {
	switch {
	case f == year && n != 4 && n != 2:
		return 0, 0, l.wrong("a year is yyyy or yy")
	case f == fraction && n > 9:
		return 0, 0, l.wrong("a fraction has at most nine S")
	case f == half || f == offset || f == fraction || f == year:
		return uint8(n), uint8(n), nil
	case n > 2:
		return 0, 0, l.wrong("%q can stand once or twice in a row (names of months and days are not read)", string(c))
	}
	return uint8(n), 2, nil
}

func fieldOf(c byte) (field, bool) {
	const letters = "?yMdHmsSaZ"
	switch c {
	case 'h':
		return hour, true
	case 'X':
		return offset, true
	}
	at := strings.IndexByte(letters, c)
	return field(max(at, 0)), at > 0
}

func hintFor(c byte) string {
	switch c {
	case 'D':
		return "D is the day of the year; the day of the month is dd"
	case 'Y':
		return "Y is the week year; the year is yyyy"
	case 'k', 'K':
		return "hours are HH (0-23) or hh (1-12)"
	case 'z', 'x', 'O', 'V':
		return "a zone is Z (+0700, +07:00 or Z)"
	}
	return fmt.Sprintf("the letter %q is no date field; letters that stand for themselves go in quotes, as in HH'h'mm", string(c))
}

// whole checks that the fields make a date, a time, or both.
func (l *Layout) whole() error {
	dates := 0
	for _, f := range [...]field{year, month, day} {
		if l.had(f) {
			dates++
		}
	}
	switch {
	case l.had(minute) && !l.had(hour):
		return l.wrong("mm is minutes; months are MM")
	case dates != 0 && dates != 3:
		return l.wrong("a date has year, month and day (yyyy, MM, dd)")
	case dates == 0 && !l.had(hour):
		return l.wrong("there is neither a date nor a time in it")
	case l.had(second) && !l.had(minute), l.had(fraction) && !l.had(second):
		return l.wrong("seconds need minutes, fractions need seconds")
	case l.hour12 != l.had(half):
		return l.wrong("hh (1-12) and a (AM, PM) go together; HH is 0-23")
	}
	return l.adjacent()
}

// adjacent refuses a field of open width right before another number, where
// nobody could know which digit belongs to which.
func (l *Layout) adjacent() error {
	for i := 0; i+1 < len(l.ops); i++ {
		a, b := l.ops[i], l.ops[i+1]
		digits := b.field != literal && b.field != half && b.field != offset || b.field == literal && isDigit(b.lit)
		if a.field != literal && a.least != a.most && digits {
			return l.wrong("a field without a fixed width (d, M, H …) must be followed by a separator")
		}
	}
	return nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
