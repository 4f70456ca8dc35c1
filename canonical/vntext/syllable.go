package vntext

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rimes are the rimes of written Vietnamese, without tones.
const rimes = `a ac ach ai ak am an ang anh ao ap at au ay ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
	e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
	o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
	ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
	u ua uc ui um un ung up ut uân uâng uât uây uê uêch uênh uêu uơ uôc uôi uôm uôn uông uôp uôt
	uy uya uych uyên uyêt uyn uynh uyt uyu ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
	y ych ynh yt yêm yên yêng yêt yêu`

// onsets are the consonants a syllable can begin with, the longest first.
const onsets = "ngh gh gi kh ng nh ph qu th tr ch b c d đ g h k l m n p q r s t v x"

// wellFormed reports whether a word in small letters can be a Vietnamese
// syllable: onset, rime, at most one tone, and a tone that its end allows.
func (t *tables) wellFormed(word string) bool {
	var room [16]byte
	bare := room[:0]
	tone := 0
	for _, r := range word {
		if at, ok := t.vowel[r]; ok {
			if at%tones != 0 && tone != 0 {
				return false
			}
			tone += at % tones
			r = t.spoken[at-at%tones]
		}
		bare = utf8.AppendRune(bare, r)
		if len(bare) > 12 {
			return false
		}
	}
	if stopped(bare) && tone != 1 && tone != 5 {
		return false
	}
	if t.rimes[string(bare)] {
		return true
	}
	for _, onset := range strings.Fields(onsets) {
		rime, ok := strings.CutPrefix(string(bare), onset)
		if ok && t.rimes[rime] && spelled(onset, rime) {
			return true
		}
	}
	return false
}

// stopped reports whether a syllable ends in c, ch, k, p or t, which leaves it
// only the tones sắc and nặng.
func stopped(bare []byte) bool {
	return len(bare) > 1 && strings.IndexByte("cpkt", bare[len(bare)-1]) >= 0 || bytes.HasSuffix(bare, []byte("ch"))
}

// spelled reports whether an onset is written so before this rime.
func spelled(onset, rime string) bool {
	first, _ := utf8.DecodeRuneInString(rime)
	front := strings.ContainsRune("eêiy", first)
	switch onset {
	case "k", "gh", "ngh":
		return front
	case "c", "ng":
		return !front
	case "g":
		return !front || first == 'i'
	case "q":
		return first == 'u'
	}
	return true
}

// score counts the words with letters beyond ASCII, and those among them that
// can be Vietnamese syllables.
func (t *tables) score(s string) (good, marked int) {
	s = NFC(s)
	start := -1
	for i, r := range s + " " {
		if inWord(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && !ascii(s[start:i]) {
			marked++
			if t.wellFormed(strings.ToLower(s[start:i])) {
				good++
			}
		}
		start = -1
	}
	return good, marked
}

// inWord takes every character above U+00A0 for part of a word, because in
// text of the wrong charset signs are letters.
func inWord(r rune) bool {
	return r|0x20 >= 'a' && r|0x20 <= 'z' || r > 0xA0 && (r < 0x2000 || r > 0x206F) || r >= 0x80 && unicode.IsLetter(r)
}

// LooksTCVN3 reports whether s, kept as bytes or as Western runes, is text of
// a TCVN3 font rather than Vietnamese as it stands or VNI.
func LooksTCVN3(s string) bool {
	as, vni, ok := legacyScores(s)
	return ok && as.good > vni.good && as.wins()
}

// LooksVNI reports whether s, kept as bytes or as Western runes, is text of a
// VNI font rather than Vietnamese as it stands or TCVN3.
func LooksVNI(s string) bool {
	tcvn, as, ok := legacyScores(s)
	return ok && as.good > tcvn.good && as.wins()
}

type reading struct{ good, marked, plain int }

// wins reports whether the reading makes syllables of words that were none.
func (r reading) wins() bool { return r.good > r.plain && 2*r.good > r.marked }

// maxSample is how much of a text is looked at to find its charset.
const maxSample = 16 << 10

func legacyScores(s string) (tcvn, vni reading, ok bool) {
	if len(s) > maxSample {
		s = s[:maxSample]
		for len(s) > 0 && s[len(s)-1]&0xC0 == 0x80 {
			s = s[:len(s)-1]
		}
		if len(s) > 0 && s[len(s)-1] >= 0xC0 {
			s = s[:len(s)-1]
		}
	}
	if ascii(s) || !westernOnly(s) {
		return tcvn, vni, false
	}
	t := legacy()
	plain, _ := t.score(asWestern(s))
	tcvn.plain, vni.plain = plain, plain
	tcvn.good, tcvn.marked = t.score(FromTCVN3(s))
	vni.good, vni.marked = t.score(FromVNI(s))
	return tcvn, vni, true
}

// westernOnly reports whether s is bytes, or runes that Windows-1252 has:
// Vietnamese text in Unicode nearly always holds others.
func westernOnly(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	for _, r := range s {
		if r > 0xFF && !strings.ContainsRune("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", r) {
			return false
		}
	}
	return true
}

func asWestern(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := make([]byte, 0, len(s)*2)
	for i := range len(s) {
		r, _ := western(s[i:], false)
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
