package privacy

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/vntext"
)

// maxMark is how long a mark of HTML may be.
const maxMark = 256

// markup is what a mark of HTML at the beginning of s shows, and how long it
// is: nothing within a word (<b>), a blank where it begins a line (<br>, <td>).
// One whose settings may hold what is looked for is text like any other.
func markup(s []byte) (shown string, n int) {
	if s[0] != '<' || len(s) < 3 {
		return "", 0
	}
	end := bytes.IndexByte(s[:min(len(s), maxMark)], '>')
	if end < 2 || bytes.IndexByte(s[1:end], '<') >= 0 {
		return "", 0
	}
	inside := bytes.Trim(s[1:end], "/ ")
	name, settings := inside, []byte(nil)
	if at := bytes.IndexAny(inside, " \t\n"); at > 0 {
		name, settings = inside[:at], inside[at:]
	}
	switch strings.ToLower(string(name)) {
	case "b", "i", "u", "s", "em", "strong", "span", "font", "a", "small", "big", "mark", "sub", "sup", "wbr", "code", "tt", "!---", "!----":
	case "br", "p", "div", "td", "th", "tr", "table", "tbody", "li", "ul", "ol", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "img", "pre",
		"label":
		shown = " "
	default:
		return "", 0
	}
	if bytes.ContainsAny(settings, "&%") || bytes.ContainsFunc(settings, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return "", 0
	}
	if _, personal := scrub(settings, LookAt(settings), false); personal {
		return "", 0
	}
	return shown, end + 1
}

// lookAround is what there is around a byte of lookKinds' w.
func lookAround(text []byte, i int) Look {
	switch c := text[i]; c {
	case '<':
		if _, n := markup(text[i:]); n > 0 {
			return hasAlien
		}
		fallthrough
	case '(', '[', '{':
		if shown, _ := bracketed(text[i:]); shown == "@" {
			return hasWords
		}
	default: // the end of " at " or " a còng "
		from := i - len(" a")
		if i+1 >= len(text) || text[i+1] != ' ' || from < 0 {
			return 0
		}
		if c|0x20 == 'g' {
			if from = bytes.LastIndex(text[:i], []byte(" ")) - len(" a"); from < 0 || i-from > len(" a còng") {
				return 0
			}
		}
		if text[from] != ' ' || text[from+1]|0x20 != 'a' {
			return 0
		}
		if shown, _ := inWords(text[from:]); shown == "@" {
			return hasWords
		}
	}
	return 0
}

// inWords is what words for @ and for a point in an address show, and how long
// they are with the blanks around them.
func inWords(s []byte) (shown string, n int) {
	if shown, n = bracketed(s); n > 0 {
		return shown, n
	}
	if s[0] != ' ' {
		return "", 0
	}
	word, end := nextWord(s)
	if end >= len(s) || s[end] != ' ' {
		return "", 0
	}
	if word == "a" { // a còng
		rest, to := nextWord(s[end:])
		if rest != "cong" || end+to >= len(s) || s[end+to] != ' ' {
			return "", 0
		}
		return "@", end + to + 1
	}
	switch word {
	case "at":
		if host, to := nextWord(s[end:]); mailHost(host) || pointed(s[end+to:]) {
			return "@", end + 1
		}
	case "dot", "cham":
		return ".", end + 1
	}
	return "", 0
}

// pointed reports that a point in words follows: at gmail dot com.
func pointed(s []byte) bool {
	word, end := nextWord(s)
	return len(s) > 0 && s[0] == ' ' && (word == "dot" || word == "cham") && end < len(s)
}

// mailHost reports who gives addresses to everybody: what stands before "at
// gmail.com" is one.
func mailHost(word string) bool {
	host, _, _ := strings.Cut(word, ".")
	switch host {
	case "gmail", "yahoo", "outlook", "hotmail", "icloud", "live", "ymail", "proton", "protonmail", "zoho", "email", "mail":
		return host != word || host == "gmail" || host == "yahoo" || host == "hotmail"
	}
	return false
}

// nextWord is the folded word behind the blanks at the beginning of s, and
// where it ends.
func nextWord(s []byte) (word string, end int) {
	from := 0
	for from < len(s) && s[from] == ' ' && from < 2 {
		from++
	}
	end = from
	for end < len(s) && s[end] != ' ' && end-from < 32 {
		end++
	}
	return vntext.Fold(strings.ToValidUTF8(string(s[from:end]), "")), end
}

// bracketed is what a word in brackets shows, and how long it is with the
// blanks around it: (at), [@], {dot}, ( a còng ).
func bracketed(s []byte) (shown string, n int) {
	from := 0
	for from < len(s) && s[from] == ' ' && from < 2 {
		from++
	}
	if from >= len(s) {
		return "", 0
	}
	var closing byte
	switch s[from] {
	case '(':
		closing = ')'
	case '[':
		closing = ']'
	case '{':
		closing = '}'
	case '<':
		closing = '>'
	default:
		return "", 0
	}
	const longest = 16
	end := bytes.IndexByte(s[from:min(len(s), from+longest)], closing)
	if end < 0 {
		return "", 0
	}
	end += from
	switch vntext.Fold(strings.ToValidUTF8(strings.TrimSpace(string(s[from+1:end])), "")) {
	case "at", "@", "a cong", "acong", "a-cong", "a vong", "a moc":
		shown = "@"
	case "dot", "cham", ".":
		shown = "."
	default:
		return "", 0
	}
	for end++; end < len(s) && s[end] == ' ' && n < 2; n++ {
		end++
	}
	return shown, end
}
