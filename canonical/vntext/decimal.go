package vntext

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// NumberStyle is how a source writes numbers.
type NumberStyle string

// The styles.
const (
	StyleVI    NumberStyle = "vi"    // 1.234.567,8
	StyleEN    NumberStyle = "en"    // 1,234,567.8
	StylePlain NumberStyle = "plain" // 1234567.8, also 1.2345678E6
	StyleAuto  NumberStyle = "auto"  // any of these, but only where no two of them differ
)

// Errors of the numbers. They are compared with errors.Is.
var (
	ErrNumber    = errors.New("vntext: not a number of this style")
	ErrAmbiguous = errors.New("vntext: the number reads differently in Vietnamese and English style")
)

const (
	maxNumber   = 256 // bytes of a number as written
	maxExponent = 400 // powers of ten
)

// ParseDecimal reads a number and gives it as canonical exact decimal text:
// an optional minus sign, digits without leading zeros, and a point with
// digits only where there are any that are not zero. Blanks of every kind may
// separate thousands in all styles; nothing else may stand in it.
func ParseDecimal(s string, style NumberStyle) (string, error) {
	var room [maxNumber]byte
	out, err := AppendDecimal(room[:0], s, style)
	if err != nil {
		return "", err
	}
	if string(out) == s {
		return s, nil
	}
	return string(out), nil
}

// AppendDecimal appends ParseDecimal(s, style) to dst.
func AppendDecimal(dst []byte, s string, style NumberStyle) ([]byte, error) {
	var d decimal
	switch style {
	case StyleVI:
		return d.append(dst, s, '.', ',', false)
	case StyleEN:
		return d.append(dst, s, ',', '.', true)
	case StylePlain:
		return d.append(dst, s, 0, '.', true)
	case StyleAuto:
		return appendAuto(dst, s)
	}
	return dst, ErrNumber
}

func appendAuto(dst []byte, s string) ([]byte, error) {
	var v, e decimal
	errV := v.read(s, '.', ',', false)
	errE := e.read(s, ',', '.', true)
	switch {
	case errV != nil && errE != nil:
		return dst, ErrNumber
	case errV != nil:
		return e.write(dst), nil
	case errE != nil:
		return v.write(dst), nil
	}
	var room [2 * maxNumber]byte
	a := v.write(room[:0:maxNumber])
	b := e.write(room[maxNumber:maxNumber])
	if string(a) != string(b) {
		return dst, ErrAmbiguous
	}
	return append(dst, a...), nil
}

// decimal is a number taken apart: its digits without point, and where the
// point stands.
type decimal struct {
	digits   [maxNumber]byte
	n        int
	point    int // digits before the point; may be negative or beyond n
	negative bool
}

func (d *decimal) append(dst []byte, s string, group, point byte, exponent bool) ([]byte, error) {
	if err := d.read(s, group, point, exponent); err != nil {
		return dst, err
	}
	return d.write(dst), nil
}

func (d *decimal) read(s string, group, point byte, exponent bool) error {
	s = strings.TrimFunc(s, isBlank)
	if len(s) > maxNumber {
		return ErrNumber
	}
	s = d.sign(s)
	power := 0
	if at := strings.IndexAny(s, "eE"); exponent && at > 0 {
		var ok bool
		if power, ok = readExponent(s[at+1:]); !ok {
			return ErrNumber
		}
		s = s[:at]
	}
	whole, fraction, pointed := cutByte(s, point)
	bare := whole == "" && pointed // .5, as databases write it
	if !bare && !d.whole(whole, group) || pointed && fraction == "" {
		return ErrNumber
	}
	d.point = d.n + power
	for i := range len(fraction) {
		if !isDigit(fraction[i]) {
			return ErrNumber
		}
		d.digits[d.n] = fraction[i]
		d.n++
	}
	return nil
}

func (d *decimal) sign(s string) string {
	for _, mark := range [...]string{"-", "\u2212", "+"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			d.negative = mark != "+"
			return strings.TrimLeftFunc(rest, isBlank)
		}
	}
	return s
}

// whole reads the digits before the point, in groups of three where a
// separator stands; all separators must be the same one.
func (d *decimal) whole(s string, group byte) bool {
	run, groups := 0, 0
	separator := rune(0)
	for i := 0; i < len(s); {
		if isDigit(s[i]) {
			d.digits[d.n] = s[i]
			d.n++
			run++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != rune(group) && !isBlank(r) || group == 0 && !isBlank(r) {
			return false
		}
		if separator != 0 && r != separator || !groupFits(run, groups) {
			return false
		}
		separator = r
		groups++
		run = 0
		i += size
	}
	if groups == 0 {
		return run > 0
	}
	return run == 3 && d.digits[0] != '0'
}

func groupFits(run, groups int) bool {
	if groups == 0 {
		return run >= 1 && run <= 3
	}
	return run == 3
}

func (d *decimal) write(dst []byte) []byte {
	first, last := 0, d.n
	for first < last && d.digits[first] == '0' {
		first++
	}
	for last > first && d.digits[last-1] == '0' {
		last--
	}
	if first == last {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	at := first
	if d.point <= first {
		dst = append(dst, '0')
	}
	for ; at < d.point; at++ {
		digit := byte('0')
		if at < last {
			digit = d.digits[at]
		}
		dst = append(dst, digit)
	}
	if d.point >= last {
		return dst
	}
	dst = append(dst, '.')
	for zeros := d.point; zeros < first; zeros++ {
		dst = append(dst, '0')
	}
	return append(dst, d.digits[max(first, d.point):last]...)
}

// DecimalShift multiplies canonical decimal text by a power of ten, exactly.
// It gives "" when dec is no plain decimal or the power is beyond ±400.
func DecimalShift(dec string, power int) string {
	var d decimal
	if power < -maxExponent || power > maxExponent || d.read(dec, 0, '.', false) != nil {
		return ""
	}
	d.point += power
	var room [maxNumber + maxExponent + 8]byte
	return string(d.write(room[:0]))
}

// StripFootnote cuts the marks off that tables hang on a number: asterisks,
// daggers, superscript digits and letters, and (1) or (a) or [1] at its end.
func StripFootnote(s string) string {
	for {
		cut := strings.TrimRightFunc(s, func(r rune) bool {
			return isBlank(r) || strings.ContainsRune("*†‡§¹²³⁰⁴⁵⁶⁷⁸⁹ªº⁽⁾⁺", r)
		})
		cut = cutBracket(cutBracket(cut, '(', ')'), '[', ']')
		if cut == s {
			return s
		}
		s = cut
	}
}

// cutBracket cuts "(x)" or "(12)" off the end, unless nothing stands before it.
func cutBracket(s string, open, shut byte) string {
	if s == "" || s[len(s)-1] != shut {
		return s
	}
	at := strings.LastIndexByte(s, open)
	if at < 1 || len(s)-at > 4 {
		return s
	}
	for _, c := range []byte(s[at+1 : len(s)-1]) {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '*' {
			return s
		}
	}
	return s[:at]
}

func readExponent(s string) (int, bool) {
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" || len(s) > 4 {
		return 0, false
	}
	power := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		power = power*10 + int(s[i]-'0')
	}
	if power > maxExponent {
		return 0, false
	}
	if negative {
		power = -power
	}
	return power, true
}

func cutByte(s string, b byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, b); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
