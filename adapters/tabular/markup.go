package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// markup is a small pull reader for the XML that office programs write. It
// knows tags, text, entities and nothing else; a document type is refused.
// What it gives is valid until the next call.
type markup struct {
	r    *bufio.Reader
	long []byte // for what does not fit the buffer of r
	text []byte // between the tag before and this one, entities not yet resolved
	name string // of the tag, without its prefix
	attr []byte
	end  bool // a closing tag
	self bool // a tag that closes itself
}

const maxMarkup = 1 << 20 // one text or tag

var (
	errMarkup  = errors.New("the XML inside the workbook is damaged")
	errTooLong = errors.New("a text inside the workbook is longer than 1 MB")
)

func newMarkup(r io.Reader) *markup { return &markup{r: bufio.NewReaderSize(r, 64<<10)} }

// until reads up to and including the byte c.
func (m *markup) until(c byte) ([]byte, error) {
	part, err := m.r.ReadSlice(c)
	if !errors.Is(err, bufio.ErrBufferFull) {
		return part, err
	}
	m.long = append(m.long[:0], part...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(m.long) > maxMarkup {
			return nil, errTooLong
		}
		part, err = m.r.ReadSlice(c)
		m.long = append(m.long, part...)
	}
	return m.long, err
}

// next reads the text before the next tag, and the tag.
func (m *markup) next() error {
	m.text = m.text[:0]
	for {
		text, err := m.until('<')
		if err != nil {
			return err
		}
		m.text = append(m.text, text[:len(text)-1]...)
		tag, err := m.tag()
		if err != nil {
			return err
		}
		switch {
		case tag[0] == '?' || bytes.HasPrefix(tag, []byte("!--")):
		case bytes.HasPrefix(tag, []byte("![CDATA[")):
			m.text = appendEscaped(m.text, tag[len("![CDATA["):len(tag)-2])
		case tag[0] == '!':
			return errMarkup
		default:
			m.take(tag)
			return nil
		}
		if len(m.text) > maxMarkup {
			return errTooLong
		}
	}
}

// tag reads up to the ">" that closes this tag.
func (m *markup) tag() ([]byte, error) {
	tag, err := m.until('>')
	if err != nil {
		return nil, unexpected(err)
	}
	if len(tag) < 2 {
		return nil, errMarkup
	}
	if closed(tag) {
		return tag[:len(tag)-1], nil
	}
	whole := append([]byte(nil), tag...)
	for !closed(whole) {
		if len(whole) > maxMarkup {
			return nil, errTooLong
		}
		part, err := m.until('>')
		if err != nil {
			return nil, unexpected(err)
		}
		whole = append(whole, part...)
	}
	return whole[:len(whole)-1], nil
}

// closed reports whether the ">" at the end really ends this tag: not one inside
// a comment, a CDATA section or a quoted value.
func closed(tag []byte) bool {
	switch {
	case bytes.HasPrefix(tag, []byte("!--")):
		return len(tag) >= 6 && bytes.HasSuffix(tag, []byte("-->"))
	case bytes.HasPrefix(tag, []byte("![CDATA[")):
		return len(tag) >= 11 && bytes.HasSuffix(tag, []byte("]]>"))
	default:
		return bytes.Count(tag, []byte{'"'})%2 == 0
	}
}

func (m *markup) take(tag []byte) {
	m.end = tag[0] == '/'
	if m.end {
		tag = tag[1:]
	}
	m.self = len(tag) > 0 && tag[len(tag)-1] == '/'
	if m.self {
		tag = tag[:len(tag)-1]
	}
	name := tag
	m.attr = nil
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		name, m.attr = tag[:i], tag[i:]
	}
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	m.name = known(name)
}

// known gives the name without an allocation where it is one of those that
// stand in every cell.
func known(name []byte) string {
	switch string(name) {
	case "c":
		return "c"
	case "v":
		return "v"
	case "f":
		return "f"
	case "row":
		return "row"
	case "t":
		return "t"
	case "si":
		return "si"
	case "is":
		return "is"
	case "r":
		return "r"
	}
	return string(name)
}

// value gives an attribute of the tag, entities not resolved.
func (m *markup) value(name string) []byte {
	rest := m.attr
	for {
		i := bytes.IndexByte(rest, '=')
		if i < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:i])
		rest = bytes.TrimLeft(rest[i+1:], " \t\r\n")
		if len(rest) < 2 {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func appendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendText appends text with its entities resolved, and _x000D_ as Excel
// writes control characters.
func appendText(dst, text []byte) []byte {
	for len(text) > 0 {
		i := bytes.IndexAny(text, "&_")
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		used := 0
		if text[0] == '&' {
			dst, used = appendEntity(dst, text)
		} else if len(text) >= 7 && text[1] == 'x' && text[6] == '_' {
			if code, err := strconv.ParseUint(string(text[2:6]), 16, 16); err == nil {
				dst, used = utf8.AppendRune(dst, rune(code)), 7
			}
		}
		if used == 0 {
			dst, used = append(dst, text[0]), 1
		}
		text = text[used:]
	}
	return dst
}

func appendEntity(dst, text []byte) ([]byte, int) {
	end := bytes.IndexByte(text[:min(len(text), 12)], ';')
	if end < 0 {
		return dst, 0
	}
	switch name := string(text[1:end]); name {
	case "amp":
		dst = append(dst, '&')
	case "lt":
		dst = append(dst, '<')
	case "gt":
		dst = append(dst, '>')
	case "quot":
		dst = append(dst, '"')
	case "apos":
		dst = append(dst, '\'')
	default:
		digits, isNumber := strings.CutPrefix(name, "#")
		base := 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		code, err := strconv.ParseUint(digits, base, 21)
		if !isNumber || err != nil {
			return dst, 0
		}
		dst = utf8.AppendRune(dst, rune(code))
	}
	return dst, end + 1
}
