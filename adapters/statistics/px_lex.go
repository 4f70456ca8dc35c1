package statistics

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
)

const maxPXWords = 100_000

// lexPX takes the keywords of a PX file apart: KEYWORD[language]("a","b")=values;
func lexPX(text []byte) (*pxFile, error) {
	px := &pxFile{words: map[string][]string{}}
	rest := text
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n;\x1a\x00")
		if len(rest) == 0 {
			return nil, errNoData
		}
		name, after, err := pxName(rest)
		if err != nil {
			return nil, fmt.Errorf("near byte %d: %w", len(text)-len(rest), err)
		}
		if name == "DATA" {
			end := pxEnd(after)
			if px.open = end < 0; px.open { // cut, or only without its semicolon: the values tell
				after = bytes.TrimRight(after, "\x1a\x00")
				end = len(after)
			}
			px.data = after[:end]
			return px, nil
		}
		end := pxEnd(after)
		if end < 0 || len(px.words) > maxPXWords {
			return nil, fmt.Errorf("%s: %w", problem.Short(name), errOpen)
		}
		px.words[name] = append(px.words[name], pxValues(after[:end])...)
		rest = after[end+1:]
	}
}

var (
	errOpen = fmt.Errorf("a statement does not end with a semicolon")
	errName = fmt.Errorf("a keyword is missing")
)

// pxName reads up to the "=" and gives the keyword in one spelling.
func pxName(text []byte) (name string, after []byte, err error) {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '=' && !quoted:
			return pxSpelling(string(text[:i])), text[i+1:], nil
		case c == ';' && !quoted || i > 64<<10:
			return "", nil, errName
		}
	}
	return "", nil, errName
}

// pxSpelling drops blanks outside quotes and joins what line breaks cut.
func pxSpelling(name string) string {
	head, args, hasArgs := strings.Cut(name, "(")
	head = strings.ToUpper(strings.Join(strings.Fields(head), ""))
	if before, lang, ok := strings.Cut(head, "["); ok {
		head = before + "[" + strings.ToLower(lang)
	}
	if !hasArgs {
		return head
	}
	values := pxValues([]byte(strings.TrimSuffix(strings.TrimSpace(args), ")")))
	for i, v := range values {
		values[i] = strconv.Quote(v)
	}
	return head + "(" + strings.Join(values, ",") + ")"
}

// pxEnd is where the statement ends: a semicolon outside quotes.
func pxEnd(text []byte) int {
	for from := 0; ; {
		i := bytes.IndexAny(text[from:], `";`)
		if i < 0 {
			return -1
		}
		i += from
		if text[i] == ';' {
			return i
		}
		closing := bytes.IndexByte(text[i+1:], '"')
		if closing < 0 {
			return -1
		}
		from = i + 1 + closing + 1
	}
}

// pxValues splits values at commas. Quoted pieces without a comma between them
// are one text that was broken over lines.
func pxValues(text []byte) []string {
	var out []string
	var current strings.Builder
	open, depth := false, 0
	finish := func() {
		if open {
			out = append(out, current.String())
		}
		current.Reset()
		open = false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			end := bytes.IndexByte(text[i+1:], '"')
			if end < 0 {
				end = len(text) - i - 1
			}
			current.Write(text[i+1 : i+1+end])
			i += end + 1
			open = true
		case c == ',' && depth == 0:
			finish()
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		default:
			depth += bytes.Count([]byte{c}, []byte("(")) - bytes.Count([]byte{c}, []byte(")"))
			current.WriteByte(c)
			open = true
		}
	}
	finish()
	return out
}
