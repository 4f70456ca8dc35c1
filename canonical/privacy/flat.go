package privacy

import (
	"bytes"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"iocgateway/canonical/vntext"
)

// Look is what a look at a text finds.
type Look int

const (
	hasDigit Look = 1 << iota // 0–9
	hasAt                     // @
	hasJoin                   // what stands between letters or digits, or on them: dashes, marks, zero-width characters
	hasAlien                  // what may be a letter or a digit in another dress, and marks of HTML
	hasWords                  // an @ in words: (at), a còng
)

// lookKinds says of each byte what it is to LookAt: d a digit, v and p the
// beginning of a letter of Vietnamese and of a dash unless the next one says otherwise, j and a
// what joins and what is alien, w what may begin or end a word for @ or a mark of HTML.
const lookKinds = "" +
	".....................................aa.w.......dddddddddd..w..." +
	"@......w............w......w...........w............w......w...." +
	"................................................................" +
	"aaa....aaaaajjaaaaaaaaaaaaaaaaaaavpaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// LookAt goes over a text once. Letters of Vietnamese are nothing.
func LookAt(text []byte) Look {
	found := Look(0)
	for i, c := range text {
		switch lookKinds[c] {
		case '.':
		case 'd':
			found |= hasDigit
		case 'v':
			if i+1 >= len(text) || text[i+1] < 0xBA {
				found |= hasAlien
			}
		case '@':
			found |= hasAt
		case 'w':
			found |= lookAround(text, i)
		case 'j':
			found |= hasJoin
		case 'p':
			if found |= hasJoin; i+1 >= len(text) || text[i+1] > 0x81 {
				found |= hasAlien
			}
		default:
			found |= hasAlien
		}
	}
	return found
}

// Written reports whether a text may hold a number or an address at all: most
// hold none, and are not looked at again.
func (l Look) Written() bool { return l&(hasDigit|hasAt|hasAlien|hasWords) != 0 }

// flat is a text as it is searched: every digit 0 to 9, every letter without
// marks, marks and zero-width characters gone, character references taken for what they
// show. A text that is like this already is searched as it stands.
type flat struct {
	b    []byte
	at   []int32 // where each byte of b begins in the text; nil where it is the text
	text []byte
}

// other stands for a letter that is none of ours, mark for a bullet of our masks,
// sign for what is neither letter nor digit.
const (
	other = 0xFF
	mark  = 0x01
	sign  = 0x02
)

func flatten(text []byte, found Look) flat {
	if found&(hasJoin|hasAlien|hasWords) == 0 {
		return flat{b: text, text: text}
	}
	f := flattener{b: make([]byte, 0, len(text)), at: make([]int32, 0, len(text)+1)}
	for i := 0; i < len(text); {
		shown, n := reference(text[i:])
		if n == 0 {
			shown, n = markup(text[i:])
		}
		if n == 0 && found&hasWords != 0 {
			shown, n = inWords(text[i:])
		}
		if n > 0 {
			for _, r := range shown {
				f.add(r, i)
			}
			i += n
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		f.add(r, i)
		i += n
	}
	return flat{b: f.b, at: append(f.at, int32(len(text))), text: text}
}

// reference is what a character reference (&#48;) or percent-encoded bytes at
// the beginning of s show, and how long they are.
func reference(s []byte) (shown string, n int) {
	switch s[0] {
	case '&':
		end := bytes.IndexByte(s[:min(len(s), 12)], ';')
		if end < 2 {
			return "", 0
		}
		written := string(s[:end+1])
		if shown = html.UnescapeString(written); shown != written {
			return shown, end + 1
		}
	case '%':
		var room [utf8.UTFMax]byte
		for whole := room[:0]; len(whole) < cap(whole) && n+2 < len(s) && s[n] == '%'; {
			high, low := hexDigit(s[n+1]), hexDigit(s[n+2])
			if high < 0 || low < 0 {
				break
			}
			whole = append(whole, byte(high<<4|low))
			if n += 3; utf8.FullRune(whole) {
				return string(whole), n
			}
		}
		return "", 0
	}
	return "", 0
}

// hexDigit is a hexadecimal digit's value, or -1.
func hexDigit(c byte) int {
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", c)
}

type flattener struct {
	b    []byte
	at   []int32
	room []byte
}

func (f *flattener) put(c byte, at int) {
	f.b = append(f.b, c)
	f.at = append(f.at, int32(at))
}

// add puts what a character is searched as; nothing for one that shows nothing.
func (f *flattener) add(r rune, at int) {
	switch {
	case r < utf8.RuneSelf:
		f.put(byte(r), at)
		return
	case r == '•':
		f.put(mark, at)
		return
	}
	f.room = vntext.AppendPlain(f.room[:0], r)
	for _, p := range string(f.room) {
		switch {
		case p < utf8.RuneSelf:
			f.put(byte(p), at)
		case unicode.IsLetter(p) || unicode.IsDigit(p):
			f.put(other, at)
		default:
			f.put(sign, at)
		}
	}
}

// place is where bytes from to to of what is searched stand in the text: whole
// characters of it.
func (f *flat) place(from, to int) (start, end int) {
	if f.at == nil {
		return from, to
	}
	last := f.at[to-1]
	for to < len(f.at)-1 && f.at[to] == last {
		to++
	}
	end = int(f.at[to])
	if between := bytes.IndexByte(f.text[last:end], '<'); between > 0 {
		end = int(last) + between // a mark of HTML behind it stays
	}
	return int(f.at[from]), end
}
