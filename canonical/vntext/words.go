package vntext

import (
	"unicode"
	"unicode/utf8"
)

// IndexWords finds, from an offset on, where words stand in a text: whole
// words, whatever their case, marks and blanks, and whatever stands between
// them instead of a blank. From eight letters on it finds them also in one word
// and letter by letter. The words are given folded (Fold). It gives -1, -1 where
// they do not stand.
func IndexWords(text, words []byte, from int) (start, end int) {
	if len(words) == 0 {
		return -1, -1
	}
	loosely, first := loose(words), words[0]
	inWord := from > 0 && from <= len(text) && wordBefore(text, from)
	for i := from; i < len(text); {
		c := text[i]
		if !inWord && (c >= utf8.RuneSelf || c|0x20 == first || c == first) {
			if n := prefixWords(text, i, words, loosely); n > 0 {
				return i, i + n
			}
		}
		if c < utf8.RuneSelf {
			inWord = wordByte(c)
			i++
			continue
		}
		n := latinAt(text, i)
		if inWord = n > 0 || inWord; n == 0 {
			var r rune
			r, n = utf8.DecodeRune(text[i:])
			inWord = wordRune(r, inWord)
		}
		i += n
	}
	return -1, -1
}

// latinAt is the length of a letter of Vietnamese beyond ASCII at i, or 0:
// nearly all text is made of them.
func latinAt(text []byte, i int) int {
	c := text[i]
	if c >= 0xC3 && c <= 0xC6 && i+1 < len(text) {
		return 2
	}
	if c == 0xE1 && i+2 < len(text) && text[i+1] >= 0xBA {
		return 3
	}
	return 0
}

func wordByte(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// wordRune reports whether a character belongs to a word; a mark belongs to
// what it stands on.
func wordRune(r rune, before bool) bool {
	if r < utf8.RuneSelf {
		return wordByte(byte(r))
	}
	return foldRune(r) != 0 || unicode.IsLetter(r) || unicode.IsDigit(r) || before && unicode.Is(unicode.Mn, r)
}

func wordBefore(text []byte, i int) bool {
	j := i - 1
	for j > 0 && j > i-utf8.UTFMax && !utf8.RuneStart(text[j]) {
		j--
	}
	r, _ := utf8.DecodeRune(text[j:])
	return wordRune(r, true)
}

// looseLetters is from how many letters on a name is found also where it is
// written in one word, or letter by letter: shorter ones are parts of others.
const looseLetters = 8

// Between two words of a name, or between two letters of one that is written
// apart, may stand so many signs, and so many blanks.
const maxGap, maxBlanks = 3, 12

// isGap reports what people put between the words of a name instead of a blank.
func isGap(r rune) bool {
	switch r {
	case '.', '-', '_', '+', '·', '‐', '‑', '–', ',', '/', ';', ':', '|', '*', '\\', '\'', '"':
		return true
	}
	return false
}

// gap is what was met between two words.
type gap struct{ signs, blanks int }

// take reports whether a character may stand there too.
func (g *gap) take(r rune) bool {
	switch {
	case isGap(r):
		g.signs++
	case isSpace(r):
		g.blanks++
	default:
		return false
	}
	return g.signs <= maxGap && g.blanks <= maxBlanks
}

func isSpace(r rune) bool { return r == ' ' || isBlank(r) || isLineEnd(r) }

// isMark reports what stands on the letter before, or shows nothing.
func isMark(r rune) bool {
	return r >= 0xAD && (r == 0xAD || isNothing(r, 'a') || unicode.Is(unicode.Mn, r))
}

// prefixWords gives the length of the words at i, or 0.
func prefixWords(text []byte, i int, words []byte, loosely bool) int {
	start, at := i, 0
	var between gap
	for i < len(text) {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		if at == len(words) {
			return wholeWord(text, start, i)
		}
		step := foldsTo(r, words, at, loosely || between != (gap{}))
		switch {
		case step > 0:
			at, between = at+step, gap{}
		case at > 0 && isMark(r):
		case at > 0 && (loosely || words[at] == ' ') && between.take(r):
		default:
			return 0
		}
		i += n
	}
	if at < len(words) {
		return 0
	}
	return i - start
}

// wholeWord is the length from start on of what was found up to end, with the
// marks of its last letter; 0 where the word goes on.
func wholeWord(text []byte, start, end int) int {
	for end < len(text) {
		r, n := utf8.DecodeRune(text[end:])
		if !isMark(r) {
			if wordRune(r, false) {
				return 0
			}
			break
		}
		end += n
	}
	return end - start
}

// loose reports whether the words are found written in any way.
func loose(words []byte) bool {
	letters := 0
	for i := range len(words) {
		if words[i] != ' ' && words[i]&0xC0 != 0x80 {
			letters++
		}
	}
	return letters >= looseLetters
}

// foldsTo is how many bytes of the words a character takes up, the blank
// before it included; 0 where it is another.
func foldsTo(r rune, words []byte, at int, apart bool) int {
	from := at
	if words[at] == ' ' {
		if at++; !apart {
			return 0
		}
	}
	base := foldRune(r)
	if r < utf8.RuneSelf {
		base = lower(byte(r))
	}
	if base != 0 {
		if words[at] == base {
			return at + 1 - from
		}
		return 0
	}
	var whole [utf8.UTFMax]byte
	var room [32]byte
	folded := appendFold(room[:0], whole[:utf8.EncodeRune(whole[:], r)])
	if len(folded) == 0 || len(folded) > len(words)-at {
		return 0
	}
	for k, c := range folded {
		if words[at+k] != c {
			return 0
		}
	}
	return at + len(folded) - from
}
