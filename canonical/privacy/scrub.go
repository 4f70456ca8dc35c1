package privacy

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Scrub masks phone numbers, personal ids, passport numbers and e-mail
// addresses inside a text, however they are written, and leaves the rest as it
// is. It errs on the side of masking: nine digits in a row are masked whatever
// they count. Dossier codes, dates and amounts grouped by points are left alone.
func Scrub(text string) string {
	b := []byte(text)
	if shown, changed := Scrubbed(b, LookAt(b)); changed {
		return string(shown)
	}
	return text
}

// Scrubbed is Scrub for bytes that were looked at; it gives text itself, and no
// allocation, where nothing is masked.
func Scrubbed(text []byte, found Look) (shown []byte, changed bool) { return scrub(text, found, false) }

// ScrubbedIdentifier masks in an identifier of a matter, an agency or a
// document only what can hardly be anything but a person's: a code is not
// destroyed for having nine digits.
func ScrubbedIdentifier(text []byte, found Look) (shown []byte, changed bool) {
	return scrub(text, found, true)
}

func scrub(text []byte, found Look, strict bool) ([]byte, bool) {
	if !found.Written() {
		return text, false
	}
	s := scrubber{flat: flatten(text, found), strict: strict}
	for i := 0; i < len(s.b); {
		switch c := s.b[i]; {
		case c == '@':
			i = s.email(i)
		case digitByte(c):
			i = s.number(i)
		default:
			i++
		}
	}
	if s.done == 0 {
		return text, false
	}
	_, end := s.place(0, s.done)
	return append(s.out, text[end:]...), true
}

type scrubber struct {
	flat
	strict bool
	run    digitRun
	out    []byte
	done   int // of what is searched, before it has been written
}

func (s *scrubber) replace(from, to int, with string) {
	written := 0
	if s.done > 0 {
		_, written = s.place(0, s.done)
	}
	start, _ := s.place(from, to)
	s.out = append(append(s.out, s.text[min(written, start):start]...), with...)
	s.done = to
}

// email masks the address around the @ at i. People put blanks around it.
func (s *scrubber) email(i int) int {
	from := s.localPart(i)
	to := i + 1
	if to < len(s.b) && s.b[to] == ' ' {
		to++
	}
	domain := to
	for to < len(s.b) && mailByte(s.b[to]) && s.b[to] != '+' {
		to++
	}
	for to > domain && (s.b[to-1] == '.' || s.b[to-1] == '-') {
		to--
	}
	local := bytes.TrimSpace(s.b[from:i])
	if len(local) == 0 || from > 0 && s.b[from-1] == '@' || bytes.IndexByte(s.b[domain:max(to, domain)], '.') < 0 {
		return max(to, i+1)
	}
	s.replace(from, to, maskEmail(strings.ToValidUTF8(string(local), bullet)+"@"+string(s.b[domain:to])))
	return max(to, i+1)
}

// localPart is where the part of an address before the @ at i begins.
func (s *scrubber) localPart(i int) int {
	from := i
	if from > s.done && s.b[from-1] == ' ' {
		from--
	}
	for from > s.done && (mailByte(s.b[from-1]) || s.b[from-1] >= utf8.RuneSelf) {
		from--
	}
	return from
}

func mailByte(c byte) bool {
	return wordByte(c) || c == '.' || c == '-' || c == '+' || c == '%'
}

func digitByte(c byte) bool { return c >= '0' && c <= '9' }

func letterByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digitByte(c) || c == '_'
}

// number judges the digits that begin at i: the longest run of groups that
// reads as a phone number or a personal id is masked. It gives where to go on.
func (s *scrubber) number(i int) int {
	if s.masked(i) {
		return s.groupEnd(i)
	}
	run := &s.run
	run.scan(s.b, i)
	word := s.wordBefore(i)
	if len(word) > 0 && !announces(word) {
		if end := s.lettered(i, word, run); end > 0 {
			return end
		}
		// Part of a code (H48-220921-0099) unless its first group alone is a
		// whole number written without a space before it (A0912345678).
		if s.class(i, run, 0) == "" {
			return codeEnd(s.b, i)
		}
		run.groups = 1
	}
	if end := s.passport(i, run); end > 0 {
		return end
	}
	if day := run.day(); day > 0 {
		return day
	}
	if s.fraction(run) {
		return run.ends[1].at
	}
	return s.longest(i, run)
}

// longest masks the longest run of groups from i that is a number of somebody's,
// unless the first is one by itself: what follows is another then.
func (s *scrubber) longest(i int, run *digitRun) int {
	last := run.groups - 1
	if certain(s.class(i, run, 0), run.upTo(0)) {
		last = 0
	}
	for k := last; k >= 0; k-- {
		class := s.class(i, run, k)
		if end := run.ends[k].at; class != "" && !s.goesOn(end, class, run.upTo(k)) {
			from := i
			if i > s.done && s.b[i-1] == '+' {
				from--
			}
			s.replace(from, end, Mask(class, string(s.b[from:end])))
			return end
		}
	}
	return run.ends[0].at
}

// masked reports digits that a mask left: the last three of a number.
func (s *scrubber) masked(i int) bool {
	if s.groupEnd(i)-i != 3 {
		return false
	}
	const grouped = "\x01\x01 \x01\x01\x01 " // of a mobile number: 09•• ••• 412
	return i > 0 && s.b[i-1] == mark || bytes.HasSuffix(s.b[:i], []byte(grouped))
}

func (s *scrubber) groupEnd(i int) int {
	for i < len(s.b) && digitByte(s.b[i]) {
		i++
	}
	return i
}

// goesOn reports that letters follow right behind, so that the digits are part
// of something longer: a hash, a measure. A word after a whole number does not make it one.
func (s *scrubber) goesOn(end int, class DataClass, digits []byte) bool {
	if end >= len(s.b) || !wordByte(s.b[end]) {
		return false
	}
	for i := end; i < len(s.b) && wordByte(s.b[i]); i++ {
		if c := s.b[i] | 0x20; c >= 'g' && c <= 'z' {
			return !certain(class, digits)
		}
	}
	return true
}

// codeEnd is where a code glued to a letter ends: its groups are joined by
// hyphens, points or slashes, not by spaces.
func codeEnd(text []byte, i int) int {
	for i < len(text) {
		c := text[i]
		joined := (c == '-' || c == '.' || c == '/') && i+1 < len(text) && wordByte(text[i+1])
		if !wordByte(c) && !joined {
			break
		}
		if c == '@' {
			break
		}
		i++
	}
	return i
}
