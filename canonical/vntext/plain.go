package vntext

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AppendPlain appends what a character is to somebody who looks for words and
// numbers: a letter without marks and in lower case, a digit 0 to 9 whatever
// its script, width or place, '-' for every dash, '.' for every point in the
// middle, a blank for every blank. Marks and what shows nothing are nothing.
func AppendPlain(dst []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		return append(dst, lower(byte(r)))
	case unicode.In(r, unicode.Mn, unicode.Cf, unicode.Me):
		return dst
	case unicode.Is(unicode.Pd, r) || r == '−':
		return append(dst, '-')
	case isBlank(r) || isLineEnd(r):
		return append(dst, ' ')
	case r == '·' || r == '∙' || r == '⋅':
		return append(dst, '.')
	}
	if d, ok := decimalDigit(r); ok {
		return append(dst, d)
	}
	var whole [utf8.UTFMax]byte
	var room [64]byte
	parts := norm.NFKD.Append(room[:0], whole[:utf8.EncodeRune(whole[:], r)]...)
	return AppendFold(dst, parts)
}

// decimalDigit is a decimal digit of any script: they stand in tens, from 0.
func decimalDigit(r rune) (byte, bool) {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return byte('0' + (r-rune(t.Lo))%10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return byte('0' + (r-rune(t.Lo))%10), true
		}
	}
	return 0, false
}

// NFD gives s with its marks apart, as some systems write it.
func NFD(s string) string { return norm.NFD.String(s) }
