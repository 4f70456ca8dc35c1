package vntext

import (
	"math/bits"
	"time"
)

// parseEpoch reads seconds or milliseconds since 1970, with a fraction if
// there is one.
func parseEpoch(s []byte, millis bool) (time.Time, error) {
	whole, frac, negative, ok := splitNumber(s)
	if !ok {
		return time.Time{}, ErrLayout
	}
	sec, nano := whole, int64(frac/(fractionUnit/1e9))
	if millis {
		nano = whole%1000*1e6 + int64(frac/(fractionUnit/1e6))
		sec = whole / 1000
	}
	if negative {
		sec, nano = -sec, -nano
	}
	return inRange(sec, nano)
}

// parseDotNet reads /Date(1735689600000)/ and /Date(1735689600000+0700)/;
// the offset is how to show it, not when it is.
func parseDotNet(s []byte) (time.Time, error) {
	const head, tail = "/Date(", ")/"
	if len(s) < len(head)+len(tail)+1 || string(s[:len(head)]) != head || string(s[len(s)-len(tail):]) != tail {
		return time.Time{}, ErrLayout
	}
	s = s[len(head) : len(s)-len(tail)]
	var c clock
	if at := len(s) - 5; at > 0 && c.zone(s[at:]) == 5 {
		s = s[:at]
	}
	for _, digit := range s {
		if !isDigit(digit) && digit != '-' {
			return time.Time{}, ErrLayout
		}
	}
	return parseEpoch(s, true)
}

func inRange(sec, nano int64) (time.Time, error) {
	const limit = 1 << 40 // seconds: far beyond the year 30,000
	if sec > limit || sec < -limit {
		return time.Time{}, ErrRange
	}
	t := time.Unix(sec, nano).UTC()
	switch y := t.Year(); {
	case y > lastYear:
		return time.Time{}, ErrRange
	case y < firstYear || y == lastYear:
		return time.Time{}, ErrSentinel
	}
	return t, nil
}

// parseExcel reads a serial day number. The 1900 system counts a 29 February
// 1900 that never was (serial 60): days before it are one less than they
// seem. A serial without a fraction is a day without a time.
func parseExcel(s []byte, system1904 bool, zone *time.Location) (t time.Time, hasZone, hasTime bool, err error) {
	whole, frac, negative, ok := splitNumber(s)
	switch {
	case !ok:
		return time.Time{}, false, false, ErrLayout
	case negative || whole == 0 && !system1904:
		return time.Time{}, false, false, ErrSentinel
	case !system1904 && whole == 60 || whole > 2958465: // 31 December 9999
		return time.Time{}, false, false, ErrRange
	}
	first := 30 // the day zero is 30 December 1899
	switch {
	case system1904:
		whole += 1462
	case whole < 60:
		first = 31
	}
	// A serial is a binary fraction of a day, exact to about a millisecond.
	high, low := bits.Mul64(frac, 24*60*60*1000)
	low, carry := bits.Add64(low, fractionUnit/2, 0)
	milli, _ := bits.Div64(high+carry, low, fractionUnit)
	t = time.Date(1899, time.December, first+int(whole), 0, 0, 0, 0, time.UTC)
	y, m, d := t.Date()
	if y >= lastYear {
		return time.Time{}, false, false, ErrSentinel
	}
	ms := int(milli)
	t = time.Date(y, m, d, ms/3600000, ms/60000%60, ms/1000%60, ms%1000*1e6, zone)
	return t, false, frac != 0, nil
}

const fractionUnit = 1_000_000_000_000_000_000 // of splitNumber's fraction

// splitNumber reads an optional sign, digits and a fraction, kept in units of
// 10^-18; further digits are dropped. An exponent moves the point.
func splitNumber(s []byte) (whole int64, frac uint64, negative, ok bool) {
	if len(s) == 0 || len(s) > 32 {
		return 0, 0, false, false
	}
	if whole, frac, negative, ok = splitPlain(s); ok {
		return whole, frac, negative, true
	}
	var room [maxNumber + maxExponent]byte
	plain, err := AppendDecimal(room[:0], string(s), StylePlain)
	if err != nil {
		return 0, 0, false, false
	}
	return splitPlain(plain)
}

// splitPlain reads what has no exponent and no blanks: nearly everything.
func splitPlain(s []byte) (whole int64, frac uint64, negative, ok bool) {
	i := 0
	if s[0] == '-' {
		negative = true
		i++
	}
	first := i
	for ; i < len(s) && isDigit(s[i]); i++ {
		if whole > 1<<53 {
			return 0, 0, false, false
		}
		whole = whole*10 + int64(s[i]-'0')
	}
	if i == first || i == len(s) {
		return whole, 0, negative, i > first
	}
	if s[i] != '.' || i+1 == len(s) {
		return 0, 0, false, false
	}
	unit := uint64(fractionUnit / 10)
	for i++; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, 0, false, false
		}
		frac += uint64(s[i]-'0') * unit // further digits count nothing: unit is 0
		unit /= 10
	}
	return whole, frac, negative, true
}
