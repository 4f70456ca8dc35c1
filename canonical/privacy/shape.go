package privacy

import (
	"strings"
	"unicode/utf8"
)

// Shapes gives a text of a source's, or its beginning, with the shape in the place
// of each value that may be about a person, which is all that is no code: names,
// numbers, dates and codes stay to be read. Shape is how many letters stood there.
//
// No mapping is asked: what a source answers is looked at before there is one.
func Shapes(text string, shape func(letters int) string) string {
	switch start := strings.TrimLeft(text, "\ufeff \t\r\n"); {
	case strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[") || strings.HasPrefix(start, `"`):
		return shapedJSON(text, shape)
	case strings.HasPrefix(start, "<"):
		return shapedXML(text, shape)
	}
	return shapedRows(text, shape)
}

// maxCode is how long a text may be and still be a code.
const maxCode = 64

// Code reports whether a text reads as a code, a number or a date: letters,
// digits and signs of ASCII without blanks, or digits and signs with them.
func Code(text string) bool {
	letters, blanks := false, false
	for _, r := range text {
		switch {
		case r >= utf8.RuneSelf && r != '•':
			return false
		case r|0x20 >= 'a' && r|0x20 <= 'z':
			letters = true
		case r <= ' ':
			blanks = true
		}
	}
	return len(text) <= maxCode && !(letters && blanks)
}

func shaped(text string, shape func(int) string) string {
	if Code(text) {
		return text
	}
	return shape(utf8.RuneCountInString(text))
}

// shapedJSON goes from text to text: one behind which a colon stands is a name.
func shapedJSON(text string, shape func(int) string) string {
	var out strings.Builder
	for {
		begin := strings.IndexByte(text, '"')
		if begin < 0 {
			return out.String() + text
		}
		out.WriteString(text[:begin+1])
		text = text[begin+1:]
		end := closing(text)
		rest := text[min(end+1, len(text)):]
		if strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), ":") {
			out.WriteString(text[:end])
		} else {
			out.WriteString(shaped(text[:end], shape))
		}
		if end == len(text) {
			return out.String()
		}
		out.WriteByte('"')
		text = rest
	}
}

// closing is where a JSON text ends; the end of what there is where it was cut.
func closing(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

// shapedXML keeps tags, and in them names; values of attributes are texts.
func shapedXML(text string, shape func(int) string) string {
	var out strings.Builder
	for text != "" {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			open = len(text)
		}
		out.WriteString(around(text[:open], shape))
		text = text[open:]
		end := strings.IndexByte(text, '>') + 1
		if end == 0 {
			end = len(text)
		}
		out.WriteString(shapedTag(text[:end], shape))
		text = text[end:]
	}
	return out.String()
}

// shapedTag shapes what stands in quotes of either kind.
func shapedTag(tag string, shape func(int) string) string {
	var out strings.Builder
	for {
		begin := strings.IndexAny(tag, `"'`)
		if begin < 0 {
			return out.String() + tag
		}
		value, rest, closed := strings.Cut(tag[begin+1:], tag[begin:begin+1])
		out.WriteString(tag[:begin+1] + shaped(value, shape))
		if !closed {
			return out.String()
		}
		out.WriteByte(tag[begin])
		tag = rest
	}
}

// shapedRows keeps the first row, which names the columns, and what stands
// between cells.
func shapedRows(text string, shape func(int) string) string {
	head, rest, more := strings.Cut(text, "\n")
	if !more {
		return head
	}
	var out strings.Builder
	out.WriteString(head + "\n")
	for rest != "" {
		at := strings.IndexAny(rest, ",;\t|\n\"")
		if at < 0 {
			at = len(rest)
		}
		out.WriteString(around(rest[:at], shape))
		if at < len(rest) {
			out.WriteByte(rest[at])
			at++
		}
		rest = rest[at:]
	}
	return out.String()
}

// around keeps the blanks around a text.
func around(text string, shape func(int) string) string {
	bare := strings.TrimSpace(text)
	if bare == "" {
		return text
	}
	before, after, _ := strings.Cut(text, bare)
	return before + shaped(bare, shape) + after
}
