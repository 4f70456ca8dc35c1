package privacy

import (
	"strings"
	"unicode/utf8"
)

// Scrub masks phone numbers, personal ids and e-mail addresses inside free
// text and leaves the rest as it is. It errs on the side of masking: nine
// digits in a row are masked whatever they count. Dossier codes, dates and
// amounts grouped by points are left alone.
func Scrub(text string) string {
	if !strings.ContainsAny(text, "@0123456789") {
		return text
	}
	s := scrubber{text: text}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '@':
			i = s.email(i)
		case c >= '0' && c <= '9':
			i = s.number(i)
		default:
			i++
		}
	}
	if s.done == 0 {
		return text
	}
	s.out.WriteString(text[s.done:])
	return s.out.String()
}

type scrubber struct {
	text string
	out  strings.Builder
	done int // text before it has been written
}

func (s *scrubber) replace(from, to int, with string) {
	s.out.WriteString(s.text[s.done:from])
	s.out.WriteString(with)
	s.done = to
}

// email masks the address around the @ at i.
func (s *scrubber) email(i int) int {
	from := i
	for from > s.done && (mailByte(s.text[from-1]) || s.text[from-1] >= utf8.RuneSelf) {
		from--
	}
	to := i + 1
	for to < len(s.text) && (mailByte(s.text[to]) && s.text[to] != '+') {
		to++
	}
	for to > i+1 && (s.text[to-1] == '.' || s.text[to-1] == '-') {
		to--
	}
	if from < i && strings.Contains(s.text[i+1:to], ".") {
		s.replace(from, to, maskEmail(s.text[from:to]))
	}
	return max(to, i+1)
}

func mailByte(c byte) bool {
	return wordByte(c) || c == '.' || c == '-' || c == '+' || c == '%'
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// number judges the digits that begin at i: the longest run of groups that
// reads as a phone number or a personal id is masked. It gives where to go on.
func (s *scrubber) number(i int) int {
	run := scanDigits(s.text, i)
	glued := i > 0 && wordByte(s.text[i-1])
	if glued {
		// Part of a code (H48-220921-0099) unless its first group alone is a
		// whole number written without a space before it (ĐT0912345678).
		if sensitive(run.digits[:run.ends[0].count], 1, false) == "" {
			return codeEnd(s.text, i)
		}
		run.ends = run.ends[:1]
	}
	for k := len(run.ends) - 1; k >= 0; k-- {
		end := run.ends[k]
		class := sensitive(run.digits[:end.count], k+1, run.dotted)
		if class == "" || end.at < len(s.text) && wordByte(s.text[end.at]) && !glued {
			continue
		}
		from := i
		if i > s.done && s.text[i-1] == '+' {
			from--
		}
		s.replace(from, end.at, Mask(class, s.text[from:end.at]))
		return end.at
	}
	return run.ends[0].at
}

// codeEnd is where a code glued to a letter ends: its groups are joined by
// hyphens, points or slashes, not by spaces.
func codeEnd(text string, i int) int {
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

// digitRun is a run of digit groups with single separators between them.
type digitRun struct {
	digits []byte
	ends   []groupEnd
	dotted bool // some separator is a point
}

type groupEnd struct{ count, at int }

// maxPersonalDigits is the longest number looked for: a personal id; +84 and
// the nine digits after it are shorter.
const maxPersonalDigits = 12

func scanDigits(text string, i int) digitRun {
	var run digitRun
	run.digits = make([]byte, 0, maxPersonalDigits+1)
	for i < len(text) && len(run.ends) < maxPersonalDigits {
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			if len(run.digits) <= maxPersonalDigits {
				run.digits = append(run.digits, text[i])
			}
			i++
		}
		run.ends = append(run.ends, groupEnd{count: len(run.digits), at: i})
		if i+1 >= len(text) || !separator(text[i]) || text[i+1] < '0' || text[i+1] > '9' || len(run.digits) > maxPersonalDigits {
			break
		}
		run.dotted = run.dotted || text[i] == '.'
		i++
	}
	return run
}

func separator(c byte) bool { return c == ' ' || c == '.' || c == '-' }

// sensitive is what digits in this many groups are, or empty.
func sensitive(d []byte, groups int, dotted bool) DataClass {
	switch n := len(d); {
	case n == 12 && d[0] == '0':
		return ClassPersonalID // căn cước: the province codes begin with 0
	case n == 9 && (groups == 1 || groups == 3 && !dotted):
		return ClassPersonalID // chứng minh nhân dân; 150.000.000 is an amount
	case (n == 10 || n == 11) && d[0] == '0' && d[1] != '0':
		return ClassPhone
	case (n == 11 || n == 12) && d[0] == '8' && d[1] == '4':
		return ClassPhone
	}
	return ""
}
