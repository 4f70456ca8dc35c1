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

// PersonalKey reports a key that hardly is anything but a person's: a mobile
// number, a personal id with its province and century, an address.
func PersonalKey(key string) bool {
	_, found := ScrubbedIdentifier([]byte(key), LookAt([]byte(key)))
	return found
}

func scrub(text []byte, found Look, strict bool) ([]byte, bool) {
	if !found.Written() {
		return text, false
	}
	s := scrubber{flat: flatten(text, found), strict: strict, address: strict && bytes.Contains(text, []byte("://"))}
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
	strict  bool // the text is an identifier …
	address bool // … and a URL
	run     digitRun
	out     []byte
	done    int // of what is searched, before it has been written
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
	domain := i + 1
	if domain < len(s.b) && s.b[domain] == ' ' {
		domain++
	}
	to := s.hostEnd(domain)
	local := bytes.TrimSpace(s.b[from:i])
	if len(local) == 0 || from > 0 && s.b[from-1] == '@' || bytes.IndexByte(s.b[domain:max(to, domain)], '.') < 0 {
		return max(to, i+1)
	}
	host := strings.ReplaceAll(string(s.b[domain:to]), " ", "")
	s.replace(from, to, maskEmail(strings.ToValidUTF8(string(local)+"@"+host, bullet)))
	return max(to, i+1)
}

// hostEnd is where the host that begins at i ends. Some of its letters may be
// of Vietnamese, and blanks may stand around the point before its last part.
func (s *scrubber) hostEnd(i int) int {
	to := i
	for next := i; next > 0; next = s.lastPart(i, to) {
		for to = next; to < len(s.b) && (mailByte(s.b[to]) && s.b[to] != '+' || s.b[to] >= utf8.RuneSelf); {
			to++
		}
	}
	for to > i && (s.b[to-1] == '.' || s.b[to-1] == '-') {
		to--
	}
	return to
}

// lastPart is where the last part of a host goes on behind blanks and a point
// at to; 0 where it does not.
func (s *scrubber) lastPart(from, to int) int {
	next := to
	for next < len(s.b) && (s.b[next] == ' ' || s.b[next] == '.') && next-to < 3 {
		next++
	}
	if next == to || to == from || bytes.IndexByte(s.b[to-1:next], '.') < 0 || !topLevel(s.b[next:]) {
		return 0
	}
	return next
}

// topLevel reports that a host's last part begins here.
func topLevel(b []byte) bool {
	n := 0
	for n < len(b) && letterByte(b[n]) {
		n++
	}
	switch strings.ToLower(string(b[:min(n, 5)])) {
	case "com", "vn", "net", "org", "edu", "gov", "info":
		return true
	}
	return false
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
	if end := s.withLetters(i); end > 0 {
		return end
	}
	run := &s.run
	run.scan(s.b, i, false)
	word := s.wordBefore(i)
	if len(word) > 0 && !announces(word) {
		if end := s.lettered(i, word, run); end > 0 {
			return end
		}
		// Part of a code (H48-220921-0099) unless its first group alone is a
		// whole number written without a space before it (A0912345678).
		if s.class(i, run, 0) != "" {
			run.groups = 1
		} else if !s.address || len(word) > 1 || word[0] != '_' { // in a URL it is a blank
			return codeEnd(s.b, i)
		}
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

// withLetters masks a number at i in which the letter O stands for 0; 0 where
// there is none.
func (s *scrubber) withLetters(i int) int {
	from := i
	for from > s.done && (s.b[from-1] == 'o' || s.b[from-1] == 'O') {
		from--
	}
	if from < i && !zeroLike(s.b, from) || len(s.wordBefore(from)) > 0 {
		return 0
	}
	run := &s.run
	if run.scan(s.b, from, true); !run.guessed {
		return 0
	}
	if end := s.longest(from, run); s.done == end {
		return end
	}
	return 0
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
			written := string(s.b[from:end])
			if run.guessed {
				written = string(run.upTo(k))
			}
			s.replace(from, end, Mask(class, written))
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
