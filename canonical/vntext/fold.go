package vntext

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives s as search and matching compare it: lower case, without any
// mark, đ as d (also where the Icelandic ð was typed for it), blanks
// collapsed, zero-width characters gone. Digits and punctuation stay.
func Fold(s string) string {
	if folded(s) {
		return s
	}
	return string(appendFold(make([]byte, 0, len(s)), s))
}

// AppendFold appends Fold(src) to dst.
func AppendFold(dst, src []byte) []byte { return appendFold(dst, src) }

// folded reports whether s certainly is folded already.
func folded(s string) bool {
	gap := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' && !gap:
			gap = true
		case c > ' ' && c < 0x7F && (c < 'A' || c > 'Z'):
			gap = false
		default:
			return false
		}
	}
	return !gap || s == ""
}

func appendFold[T string | []byte](dst []byte, s T) []byte {
	start := len(dst)
	gap := false
	for i := 0; i < len(s); {
		c := s[i]
		if c > ' ' && c < 0x7F {
			i++
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = appendBase(dst, start, gap, c)
			gap = false
			continue
		}
		r, n := decodeRune(s, i)
		i += n
		if base := foldRune(r); base != 0 {
			dst = appendBase(dst, start, gap, base)
			gap = false
			continue
		}
		if isBlank(r) || isLineEnd(r) {
			gap = true
			continue
		}
		var grew bool
		if dst, grew = foldOther(dst, start, gap, r); grew {
			gap = false
		}
	}
	return dst
}

// foldOther folds what is no Latin letter of the tables.
func foldOther(dst []byte, start int, gap bool, r rune) ([]byte, bool) {
	if r < utf8.RuneSelf || isNothing(r, 0) || r == 0xAD || unicode.Is(unicode.Mn, r) {
		return dst, false
	}
	var whole [utf8.UTFMax]byte
	var parts [64]byte
	n := utf8.EncodeRune(whole[:], unicode.ToLower(r))
	grew := false
	for rest := norm.NFD.Append(parts[:0], whole[:n]...); len(rest) > 0; {
		p, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		if unicode.Is(unicode.Mn, p) {
			continue
		}
		dst = appendFolded(dst, start, gap, p)
		gap, grew = false, true
	}
	return dst, grew
}

func appendBase(dst []byte, start int, gap bool, c byte) []byte {
	if gap && len(dst) > start {
		dst = append(dst, ' ')
	}
	return append(dst, c)
}

func appendFolded(dst []byte, start int, gap bool, r rune) []byte {
	if gap && len(dst) > start {
		dst = append(dst, ' ')
	}
	return utf8.AppendRune(dst, r)
}

// decodeRune is utf8.DecodeRune for both types, quick for Latin letters.
func decodeRune[T string | []byte](s T, i int) (rune, int) {
	switch n := plainAt(s, i); n {
	case 2:
		return rune(s[i]&0x1F)<<6 | rune(s[i+1]&0x3F), n
	case 3:
		return rune(s[i]&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), n
	}
	var b [utf8.UTFMax]byte
	n := copy(b[:], s[i:])
	return utf8.DecodeRune(b[:n])
}

// foldRune is the base letter of a Latin letter with marks, or 0.
func foldRune(r rune) byte {
	var base byte
	switch {
	case r >= 0xC0 && r <= 0x24F:
		base = foldLatin[r-0xC0]
	case r >= 0x1E00 && r <= 0x1EFF:
		base = foldExtended[r-0x1E00]
	}
	if base == '.' {
		return 0
	}
	return base
}

// foldLatin is the base letter of U+00C0–U+024F; a dot where there is none.
const foldLatin = "" +
	"aaaaaa.ceeeeiiiidnooooo..uuuuy..aaaaaa.ceeeeiiiidnooooo..uuuuy.y" +
	"aaaaaaccccccccddddeeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll." +
	"...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz." +
	"................................oo.............uu..............." +
	".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...." +
	"aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............" +
	"................"

// foldExtended is the base letter of U+1E00–U+1EFF.
const foldExtended = "" +
	"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm" +
	"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv" +
	"wwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee" +
	"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......"
