package console

import (
	"html/template"
	"slices"
	"strings"
	"unicode"
)

// Hint writes a hint: commands stand out from prose.
func (w *voice) Hint(hint string) template.HTML {
	var b strings.Builder
	esc := template.HTMLEscapeString
	for {
		at, end := command(hint)
		if at < 0 {
			b.WriteString(esc(hint))
			return template.HTML(b.String()) // every part escaped
		}
		b.WriteString(esc(hint[:at]) + "<code>" + esc(hint[at:end]) + "</code>")
		hint = hint[end:]
	}
}

// command is where the first command line of the gateway stands in a hint: from
// its name to the last of its verbs, operands, options and their values. Prose
// that only names the gateway is none. -1: nowhere.
func command(hint string) (at, end int) {
	const name = "gateway "
	for from := 0; ; from = at + len(name) {
		at = strings.Index(hint[from:], name)
		if at < 0 {
			return -1, -1
		}
		at += from
		if at > 0 && hint[at-1] != ' ' && hint[at-1] != '(' {
			continue
		}
		line := &commandLine{rest: hint[at+len(name)-1:]}
		if line.verb() {
			line.arguments()
			return at, len(hint) - len(line.rest)
		}
	}
}

// commandLine reads a command word by word; rest is what is not part of it.
type commandLine struct {
	rest    string
	operand func(word string) bool // nil: it takes none, or has it
	closed  bool                   // a sign of prose stood behind the last word
}

// verb reads the verb, and the one below it where it is a group's.
func (l *commandLine) verb() bool {
	word, rest := l.next()
	takes, known := verbs()[word]
	if !known {
		return false
	}
	l.take(rest)
	if takes != nil {
		l.operand = takes[""]
	}
	if below, rest := l.next(); !l.closed {
		if operand, known := takes[below]; known && below != "" {
			l.operand = operand
			l.take(rest)
		}
	}
	return true
}

// arguments reads operands and options as far as they go.
func (l *commandLine) arguments() {
	for !l.closed {
		word, rest := l.next()
		switch {
		case word == "":
			return
		case word == ">" || strings.HasPrefix(word, "-") && len(word) > 1:
			l.take(rest)
			if value, rest := l.next(); !l.closed && !slices.Contains(alone(), word) && !strings.Contains(word, "=") && said(value) {
				l.take(rest)
			}
		case l.operand != nil && said(word) && l.operand(word):
			l.operand = nil
			l.take(rest)
		default:
			return
		}
	}
}

// next is the next word, without the signs of prose behind it.
func (l *commandLine) next() (word, rest string) {
	text := strings.TrimPrefix(l.rest, " ")
	if text == "" || text == l.rest || text[0] == ' ' {
		return "", l.rest
	}
	end := strings.IndexByte(text, ' ')
	if text[0] == '"' {
		if closing := strings.IndexByte(text[1:], '"'); closing >= 0 {
			end = closing + 2
		}
	}
	if end < 0 {
		end = len(text)
	}
	word = strings.TrimRight(text[:end], ".,;:()")
	return word, text[len(word):]
}

// take makes the next word part of the command.
func (l *commandLine) take(rest string) {
	l.rest = rest
	l.closed = rest != "" && rest[0] != ' '
}

// said reports whether a word may be typed: it is no option and no Vietnamese
// prose. Quoted text and names in capitals, which stand for a name, may be.
func said(word string) bool {
	if word == "" || word[0] == '-' {
		return false
	}
	return word[0] == '"' || !strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLower(r) })
}

// alone are the options that take no value.
func alone() []string {
	return []string{"-v", "--accept-removals", "--deep", "--show-personal", "--tests", "--trace", "--wait"}
}

// verbs are the verbs that hints name, those below each, and what each takes:
// without it the prose behind a verb would pass for its operand.
func verbs() map[string]map[string]func(string) bool {
	stream := func(word string) bool { return strings.Contains(word, "/") }
	any := func(string) bool { return true }
	return map[string]map[string]func(string) bool{
		"audit":      {"accept": nil, "export": nil, "list": nil, "verify": nil},
		"backup":     nil,
		"doctor":     nil,
		"explain":    {"": any},
		"feed":       {"list": nil, "show": any},
		"init":       nil,
		"job":        {"cancel": any, "list": nil, "resume": any, "show": any},
		"mapping":    {"list": nil, "show": stream},
		"migrate":    nil,
		"nodes":      nil,
		"pull":       {"": stream},
		"quarantine": {"drop": nil, "groups": nil, "list": nil, "plan": nil, "replay": nil, "show": any},
		"ready":      nil,
		"record":     {"": any},
		"run":        nil,
		"sink":       {"list": nil, "resume": any},
		"source": {"accept": stream, "forget": stream, "list": nil, "pause": stream, "ping": any, "replay": stream, "restart-walk": stream,
			"resume": stream, "run": stream, "runs": stream, "sweep": stream},
		"status":   nil,
		"validate": nil,
	}
}
