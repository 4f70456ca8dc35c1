package vntext

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NFC gives s in Normalization Form C. Text that already is costs a scan and
// no allocation.
func NFC(s string) string {
	if plainNFC(s) || norm.NFC.IsNormalString(s) {
		return s
	}
	return norm.NFC.String(s)
}

// NFCBytes is NFC for bytes; it gives b itself when b already is NFC.
func NFCBytes(b []byte) []byte {
	if plainNFC(b) || norm.NFC.IsNormal(b) {
		return b
	}
	return norm.NFC.Bytes(b)
}

// plainNFC reports whether s holds only ASCII and precomposed Latin letters,
// which is what nearly every text is: then it is NFC without asking the big
// tables. False means: not known.
func plainNFC[T string | []byte](s T) bool {
	for i := 0; i < len(s); {
		n := plainAt(s, i)
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}

// plainAt is the length of the ASCII byte or precomposed Latin letter at i,
// or 0 for anything else: U+0080–U+02FF and U+1E80–U+1EFF compose with
// nothing before them.
func plainAt[T string | []byte](s T, i int) int {
	c := s[i]
	switch {
	case c < utf8.RuneSelf:
		return 1
	case c >= 0xC2 && c <= 0xCB:
		if i+1 < len(s) && s[i+1]&0xC0 == 0x80 {
			return 2
		}
	case c == 0xE1:
		if i+2 < len(s) && (s[i+1] == 0xBA || s[i+1] == 0xBB) && s[i+2]&0xC0 == 0x80 {
			return 3
		}
	}
	return 0
}

// Clean gives s as the canonical model keeps text: NFC, trimmed, every run of
// white space (NBSP and line breaks too) one blank, zero-width and control
// characters gone. Text that is clean already is given back as it is, without
// an allocation. Invalid UTF-8 becomes U+FFFD.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	return string(appendClean(make([]byte, 0, len(s)+8), []byte(s), false))
}

// CleanLines is Clean for long texts: line breaks stay (as \n), at most one
// blank line in a row.
func CleanLines(s string) string {
	if isClean(s) {
		return s
	}
	return string(appendClean(make([]byte, 0, len(s)+8), []byte(s), true))
}

// AppendClean appends Clean(src) to dst.
func AppendClean(dst, src []byte) []byte {
	if isClean(src) {
		return append(dst, src...)
	}
	return appendClean(dst, src, false)
}

// isClean reports whether s certainly is clean. Being unsure only costs time.
func isClean[T string | []byte](s T) bool {
	gap := true // a blank here would be a leading or a second one
	for i := 0; i < len(s); {
		c := s[i]
		if c > ' ' && c < 0x7F {
			gap = false
			i++
			continue
		}
		if c == ' ' && !gap {
			gap = true
			i++
			continue
		}
		n := plainAt(s, i)
		if n < 2 || c == 0xC2 && (s[i+1] <= 0xA0) {
			return false
		}
		gap = false
		i += n
	}
	return !gap || len(s) == 0
}

func appendClean(dst, src []byte, lines bool) []byte {
	start := len(dst)
	blanks, breaks := false, 0
	last := rune(0)
	for i := 0; i < len(src); {
		if c := src[i]; c > ' ' && c < 0x7F && !blanks {
			dst = append(dst, c)
			last = rune(c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		i += n
		switch class := classOf(r, last, src[i:]); class {
		case passed:
			continue
		case blank, lineEnd:
			blanks = true
			breaks += int(class)
			continue
		}
		if len(dst) > start {
			dst = appendGap(dst, blanks, breaks, lines)
		}
		blanks, breaks = false, 0
		dst = utf8.AppendRune(dst, r)
		last = r
	}
	// Only now: what was taken out may have stood between a letter and its tone.
	if kept := dst[start:]; !plainNFC(kept) && !norm.NFC.IsNormal(kept) {
		return append(dst[:start], norm.NFC.Bytes(kept)...)
	}
	return dst
}

// class is what a rune is to Clean.
type class int

const (
	blank   class = 0
	lineEnd class = 1
	kept    class = 2
	passed  class = 3 // shows nothing and means nothing
)

func classOf(r, last rune, rest []byte) class {
	switch {
	case r == '\r' && len(rest) > 0 && rest[0] == '\n':
		return passed // the line ends once
	case isLineEnd(r):
		return lineEnd
	case isBlank(r):
		return blank
	case isNothing(r, last):
		return passed
	}
	return kept
}

func isLineEnd(r rune) bool {
	return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

func appendGap(dst []byte, blanks bool, breaks int, lines bool) []byte {
	switch {
	case lines && breaks > 1:
		return append(dst, '\n', '\n')
	case lines && breaks == 1:
		return append(dst, '\n')
	case blanks:
		return append(dst, ' ')
	}
	return dst
}

func isBlank(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || r >= '\t' && r <= '\r'
	}
	return r == 0xA0 || r == 0x2800 || unicode.Is(unicode.Zs, r)
}

// isNothing reports whether r shows nothing and means nothing: control
// characters, marks of direction, zero-width blanks, byte order marks. A
// zero-width joiner after a pictograph holds it together and stays; the soft
// hyphen stays too, because in TCVN3 text it is the letter ư.
func isNothing(r, last rune) bool {
	switch {
	case r < ' ' || r >= 0x7F && r < 0xA0:
		return true
	case r == 0x200D:
		return last < 0x2190 || unicode.IsLetter(last)
	}
	return r == 0x200B || r == 0x200C || r == 0x200E || r == 0x200F || r == 0x2060 || r == 0xFEFF ||
		r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
