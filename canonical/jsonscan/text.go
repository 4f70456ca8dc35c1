package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// stops marks the bytes of a word that end a plain run in a string: quote,
// backslash, control. The lowest mark is exact.
func stops(w uint64) uint64 {
	quote := w ^ everyByte*'"'
	slash := w ^ everyByte*'\\'
	return ((quote-everyByte) & ^quote | (slash-everyByte) & ^slash | (w-everyByte*0x20) & ^w) & highBits
}

// text reads to the closing quote; s.i stands after the opening one.
func (s *Scanner) text() (content []byte, escaped, ok bool) {
	start := s.i
	wide := uint64(0) // has a high bit where bytes are beyond ASCII
	for {
		for s.i+8 <= len(s.b) {
			w := binary.LittleEndian.Uint64(s.b[s.i:])
			wide |= w
			mark := stops(w)
			if mark != 0 {
				s.i += bits.TrailingZeros64(mark) >> 3
				break
			}
			s.i += 8
		}
		if s.i >= len(s.b) {
			return nil, false, s.fail(CutOff)
		}
		switch c := s.b[s.i]; {
		case c == '"':
			content = s.b[start:s.i]
			s.i++
			if wide&highBits != 0 && !s.anyBytes && !utf8.Valid(content) {
				return nil, false, s.fail(NotText)
			}
			return content, escaped, true
		case c == '\\':
			escaped = true
			n := escapeLen(s.b[s.i:])
			if n == 0 {
				if !s.loose {
					return nil, false, s.fail(Broken)
				}
				n = 2
			}
			s.i += n
		case c < 0x20 && !s.loose:
			return nil, false, s.fail(Broken)
		default:
			wide |= uint64(c)
			s.i++
		}
	}
}

// escapeLen is the length of the escape at the start of b, or 0.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b); ok {
			return 6
		}
	}
	return 0
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 6 {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r |= rune(c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	return r, true
}

// AppendUnescaped appends the text of a JSON string's content, which a scan
// has checked. Half a surrogate pair becomes U+FFFD.
func AppendUnescaped(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			continue
		}
		i++
		switch c := src[i]; c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, n := unescapedRune(src[i-1:])
			dst = utf8.AppendRune(dst, r)
			i += n - 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func unescapedRune(b []byte) (rune, int) {
	r, _ := hex4(b)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		low, _ := hex4(b[6:])
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return full, 12
		}
	}
	return utf8.RuneError, 6
}

// Halved reports whether a JSON text names half of a character (\ud83d without
// what belongs behind it): whoever cut it there lost the other half.
func Halved(b []byte) bool {
	if !bytes.Contains(b, []byte(`\ud`)) && !bytes.Contains(b, []byte(`\uD`)) {
		return false
	}
	for i := 0; i < len(b); i++ {
		next := bytes.IndexByte(b[i:], '\\')
		if next < 0 {
			return false
		}
		i += next
		if escapeLen(b[i:]) == 6 {
			r, n := unescapedRune(b[i:])
			if named, _ := hex4(b[i:]); r == utf8.RuneError && named != r {
				return true
			}
			i += n - 2
		}
		i++
	}
	return false
}

const hexDigits = "0123456789abcdef"

// AppendEscaped appends s as the inside of a JSON string, as encoding/json
// without HTML escaping would.
func AppendEscaped(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				dst = append(dst, "\uFFFD"...)
			case r == 0x2028 || r == 0x2029:
				dst = append(dst, `\u202`...)
				dst = append(dst, hexDigits[r&15])
			default:
				dst = append(dst, s[i:i+n]...)
			}
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}
