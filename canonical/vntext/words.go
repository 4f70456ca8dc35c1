package vntext

import (
	"unicode"
	"unicode/utf8"
)

// IndexWords finds, from an offset on, where words stand in a text: whole
// words, whatever their case, marks and blanks. The words are given folded
// (Fold). It gives -1, -1 where they do not stand.
func IndexWords[T string | []byte](text, words T, from int) (start, end int) {
	if len(words) == 0 {
		return -1, -1
	}
	inWord := from > 0 && from <= len(text) && wordBefore(text, from)
	for i := from; i < len(text); {
		if c := text[i]; !inWord && (c >= utf8.RuneSelf || lower(c) == words[0]) {
			if n := prefixWords(text, i, words); n > 0 {
				return i, i + n
			}
		}
		if n := letterAt(text, i); n > 0 {
			inWord = true
			i += n
			continue
		}
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = decodeRune(text, i)
		}
		inWord = wordRune(r, inWord)
		i += n
	}
	return -1, -1
}

// letterAt is the length of a letter that surely is one: a to z, and those of
// Vietnamese. Nearly all text is made of them.
func letterAt[T string | []byte](text T, i int) int {
	c := text[i]
	if c < utf8.RuneSelf {
		if c |= 0x20; c >= 'a' && c <= 'z' {
			return 1
		}
		return 0
	}
	if n := plainAt(text, i); n == 3 && c == 0xE1 && text[i+1] >= 0xBA || n == 2 && c >= 0xC4 && c <= 0xC6 {
		return n
	}
	return 0
}

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
		return r >= '0' && r <= '9' || lower(byte(r)) >= 'a' && lower(byte(r)) <= 'z'
	}
	return foldRune(r) != 0 || unicode.IsLetter(r) || unicode.IsDigit(r) || before && unicode.Is(unicode.Mn, r)
}

func wordBefore[T string | []byte](text T, i int) bool {
	j := i - 1
	for j > 0 && j > i-utf8.UTFMax && !utf8.RuneStart(text[j]) {
		j--
	}
	r, _ := decodeRune(text, j)
	return wordRune(r, true)
}

// prefixWords gives the length of the words at i, or 0.
func prefixWords[T string | []byte](text T, i int, words T) int {
	start, at := i, 0
	for i < len(text) {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = decodeRune(text, i)
		}
		if at == len(words) { // what comes may still be a mark of the last letter
			if unicode.Is(unicode.Mn, r) {
				i += n
				continue
			}
			if wordRune(r, false) {
				return 0
			}
			return i - start
		}
		step, ok := foldsTo(r, words, at)
		if !ok {
			return 0
		}
		at += step
		i += n
	}
	if at < len(words) {
		return 0
	}
	return i - start
}

// foldsTo reports how many bytes of the words a character takes up: none for
// a mark and for every blank but the first.
func foldsTo[T string | []byte](r rune, words T, at int) (int, bool) {
	base := foldRune(r)
	if r < utf8.RuneSelf {
		base = lower(byte(r))
	}
	switch {
	case isBlank(r) || isLineEnd(r):
		if words[at] == ' ' {
			return 1, true
		}
		return 0, at > 0 && words[at-1] == ' '
	case base != 0:
		return 1, words[at] == base
	}
	var whole [utf8.UTFMax]byte
	var room [32]byte
	folded := appendFold(room[:0], whole[:utf8.EncodeRune(whole[:], r)])
	if len(folded) > len(words)-at {
		return 0, false
	}
	for k, c := range folded {
		if words[at+k] != c {
			return 0, false
		}
	}
	return len(folded), len(folded) > 0 || at > 0
}
