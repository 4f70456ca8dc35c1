package jsonscan

import (
	"bytes"
	"strconv"
)

// AppendWhole writes a whole number the same however it stands there: 12, 12.0
// and 1.2E1 are 12. What is no such number is written as it is, and so is a long
// one with an exponent: who writes it so has lost digits of it.
func AppendWhole(dst, raw []byte) []byte {
	d, ok := takeApart(raw)
	if !ok || len(d.digits) > d.point || d.exponent && !d.exact() {
		return append(dst, raw...)
	}
	return d.append(dst, len(d.digits) > 0)
}

// AppendPlain writes a number without an exponent, and without zeros that say
// nothing; what is no number, or has hundreds of digits then, as it is.
func AppendPlain(dst, raw []byte) []byte {
	d, ok := takeApart(raw)
	if !ok {
		return append(dst, raw...)
	}
	return d.append(dst, true)
}

// decimal is a number as it is written, taken apart digit by digit: a float
// would make two keys of 17 digits one.
type decimal struct {
	minus    bool
	digits   []byte // without zeros at its ends; none is zero
	point    int    // how many digits stand before the point
	exponent bool
}

// furthest is how far from its digits a point may stand.
const furthest = 308

// takeApart reads a number with a point or an exponent; of all others how they
// are written is no question.
func takeApart(raw []byte) (d decimal, ok bool) {
	mark := bytes.IndexAny(raw, ".eE")
	if mark < 0 {
		return d, false
	}
	text := raw
	if text[0] == '-' || text[0] == '+' {
		d.minus, text = text[0] == '-', text[1:]
	}
	if at := bytes.IndexAny(text, "eE"); at >= 0 {
		shift, err := strconv.Atoi(string(text[at+1:]))
		if err != nil || shift > furthest || shift < -furthest {
			return d, false
		}
		d.exponent, d.point, text = true, shift, text[:at]
	}
	before, behind, _ := bytes.Cut(text, []byte("."))
	d.point += len(before)
	d.digits = append(append(make([]byte, 0, len(text)), before...), behind...)
	if len(d.digits) == 0 || bytes.ContainsFunc(d.digits, func(c rune) bool { return c < '0' || c > '9' }) {
		return d, false
	}
	short := bytes.TrimLeft(d.digits, "0")
	d.point -= len(d.digits) - len(short)
	if d.digits = bytes.TrimRight(short, "0"); len(d.digits) == 0 {
		d.point = 0
	}
	return d, true
}

// exact reports whether a float holds the whole number: whoever wrote it from
// one may have lost nothing.
func (d decimal) exact() bool {
	n, err := strconv.ParseUint(string(d.append(nil, false)), 10, 64)
	return err == nil && n <= 1<<53
}

// append writes the number.
func (d decimal) append(dst []byte, signed bool) []byte {
	if d.minus && signed {
		dst = append(dst, '-')
	}
	if d.point <= 0 {
		dst = append(dst, '0')
		if len(d.digits) == 0 {
			return dst
		}
		dst = append(dst, '.')
		return append(append(dst, bytes.Repeat([]byte("0"), -d.point)...), d.digits...)
	}
	if len(d.digits) <= d.point {
		return append(append(dst, d.digits...), bytes.Repeat([]byte("0"), d.point-len(d.digits))...)
	}
	return append(append(append(dst, d.digits[:d.point]...), '.'), d.digits[d.point:]...)
}
