package vntext

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// tcvnHigh is TCVN 5712 (VN1) from 0xA0. ABC fonts (TCVN3) use its small
// letters and Ă Â Ê Ô Ơ Ư Đ; further capitals are another font (.VnTimeH)
// over the small letters, so that their case is lost in plain text.
const tcvnHigh = "" +
	"\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ" +
	"\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ" +
	"ẮẦẨẪẤỀặầẩẫấậèỂẻẽ" +
	"éẹềểễếệìỉỄẾỒĩíịò" +
	"Ổỏõóọồổỗốộờởỡớợù" +
	"ỖủũúụừửữứựỳỷỹýỵỐ"

// tcvnMiddle is TCVN 5712 (VN1) from 0x80 to 0x9F, where TCVN3 text holds the
// quotation marks and dashes of Windows instead.
const tcvnMiddle = "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"

// vowels are the twelve vowels of Vietnamese, each with its six tones: none,
// sắc, huyền, hỏi, ngã, nặng.
const vowels = "" +
	"aáàảãạ" + "ăắằẳẵặ" + "âấầẩẫậ" +
	"eéèẻẽẹ" + "êếềểễệ" + "iíìỉĩị" +
	"oóòỏõọ" + "ôốồổỗộ" + "ơớờởỡợ" +
	"uúùủũụ" + "ưứừửữự" + "yýỳỷỹỵ"

// tones is the number of letters a vowel has in vowels.
const tones = 6

type tables struct {
	tcvn3  [256]rune // 0 where the byte stands for itself in Windows-1252
	vn1    [256]rune
	vowel  map[rune]int // position in vowels
	spoken []rune       // vowels
	rimes  map[string]bool
}

// legacy are the tables, made once and never changed.
var legacy = sync.OnceValue(newTables)

func newTables() *tables {
	t := &tables{vowel: map[rune]int{}, spoken: []rune(vowels), rimes: map[string]bool{}}
	for i, r := range t.spoken {
		t.vowel[r] = i
	}
	for i, r := range []rune(tcvnHigh) {
		t.tcvn3[0xA0+i], t.vn1[0xA0+i] = r, r
	}
	for i, r := range []rune(tcvnMiddle) {
		t.vn1[0x80+i] = r
	}
	for at, r := range map[byte]rune{0x01: 'Ú', 0x02: 'Ụ', 0x04: 'Ừ', 0x05: 'Ử', 0x06: 'Ữ', 0x11: 'Ứ',
		0x12: 'Ự', 0x13: 'Ỳ', 0x14: 'Ỷ', 0x15: 'Ỹ', 0x16: 'Ý', 0x17: 'Ỵ'} {
		t.vn1[at] = r
	}
	for _, rime := range strings.Fields(rimes) {
		t.rimes[rime] = true
	}
	return t
}

// FromTCVN3 reads text that was typed in a TCVN3 (ABC, .VnTime) font and
// stored as if it were Western: as raw bytes, or as the runes of Latin-1 and
// Windows-1252 that Excel keeps. What is no TCVN3 letter stays as it is. Case
// of .VnTimeH (a font of capitals) is lost. Call it before Clean.
func FromTCVN3(s string) string {
	if ascii(s) {
		return s
	}
	return string(appendTCVN(make([]byte, 0, len(s)+len(s)/2), s, &legacy().tcvn3))
}

func appendTCVN(dst []byte, s string, table *[256]rune) []byte {
	utf := utf8.ValidString(s)
	for i := 0; i < len(s); {
		r, n := western(s[i:], utf)
		code := r
		if !utf {
			code = rune(s[i])
		}
		dst = appendLetter(dst, table, code, r)
		i += n
	}
	return dst
}

// appendLetter appends the letter of a code, or other where it has none.
func appendLetter(dst []byte, table *[256]rune, code, other rune) []byte {
	if code > 0xFF || table[code] == 0 {
		return utf8.AppendRune(dst, other)
	}
	if code >= 0xB0 && code <= 0xB4 { // a tone on its own, or the sign that Western text has there
		return combine(dst, table[code], other)
	}
	return utf8.AppendRune(dst, table[code])
}

// combine puts a tone on the vowel that dst ends with; where there is none it
// appends the other rune.
func combine(dst []byte, tone, other rune) []byte {
	last, n := utf8.DecodeLastRune(dst)
	t := legacy()
	at, ok := t.vowel[unicode.ToLower(last)]
	step := strings.IndexRune("\u0301\u0300\u0309\u0303\u0323", tone)
	if !ok || at%tones != 0 || step < 0 {
		return utf8.AppendRune(dst, other)
	}
	r := t.spoken[at+step/2+1]
	if unicode.IsUpper(last) {
		r = unicode.ToUpper(r)
	}
	return utf8.AppendRune(dst[:len(dst)-n], r)
}

// western gives the next rune of text that is UTF-8, or else Windows-1252.
func western(s string, utf bool) (rune, int) {
	if utf {
		return utf8.DecodeRuneInString(s)
	}
	return charmap.Windows1252.DecodeByte(s[0]), 1
}

// FromVNI reads text that was typed in a VNI font (VNI-Times), as raw bytes
// or as Western runes. Longest match: a letter and its marks are two
// characters, í ì æ ó ò î ñ ô ö are one. Call it before Clean.
func FromVNI(s string) string {
	if ascii(s) {
		return s
	}
	return string(appendVNI(make([]byte, 0, len(s)+len(s)/2), s))
}

func appendVNI(dst []byte, s string) []byte {
	utf := utf8.ValidString(s)
	t := legacy()
	for i := 0; i < len(s); {
		r, n := western(s[i:], utf)
		i += n
		base := vniLetter(r)
		if i < len(s) {
			mark, size := western(s[i:], utf)
			if letter := t.vniMarked(base, mark); letter != 0 {
				dst = utf8.AppendRune(dst, letter)
				i += size
				continue
			}
		}
		dst = utf8.AppendRune(dst, base)
	}
	return dst
}

// vniLetter is the letter of one character.
func vniLetter(r rune) rune {
	const from, to = "íìæóòîñôöÍÌÆÓÒÎÑÔÖ", "íìỉĩịỵđơưÍÌỈĨỊỴĐƠƯ"
	if r < utf8.RuneSelf {
		return r
	}
	at := strings.IndexRune(from, r)
	if at < 0 {
		return r
	}
	return []rune(to)[utf8.RuneCountInString(from[:at])]
}

// vniMarked is the letter that a letter and the mark behind it make, or 0.
func (t *tables) vniMarked(base, mark rune) rune {
	small := unicode.ToLower(base)
	at, ok := t.vowel[small]
	if !ok || at%tones != 0 || mark < utf8.RuneSelf {
		return 0
	}
	shape, tone := vniMark(unicode.ToLower(mark))
	switch {
	case tone < 0:
		return 0
	case shape != 0:
		if at, ok = t.shaped(small, shape); !ok {
			return 0
		}
	case small == 'i':
		return 0 // its tones are letters of their own
	}
	r := t.spoken[at+tone]
	if unicode.IsUpper(base) {
		r = unicode.ToUpper(r)
	}
	return r
}

// shaped is the position of a, e or o with a circumflex, or a with a breve.
func (t *tables) shaped(small, shape rune) (int, bool) {
	const circumflex, breve = "aâeêoô", "aă"
	set := circumflex
	if shape == '~' {
		set = breve
	}
	_, after, ok := strings.Cut(set, string(small))
	if !ok {
		return 0, false
	}
	r, _ := utf8.DecodeRuneInString(after)
	return t.vowel[r], true
}

// vniMark takes a mark apart: '^' for a circumflex or '~' for a breve with
// it, and the tone; tone -1 when it is no mark.
func vniMark(mark rune) (shape rune, tone int) {
	const marks = "\x00ùøûõï" + "âáàåãä" + "êéèúüë"
	at := strings.IndexRune(marks, mark)
	if at < 0 {
		return 0, -1
	}
	at = utf8.RuneCountInString(marks[:at])
	return [...]rune{0, '^', '~'}[at/tones], at % tones
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
