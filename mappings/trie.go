package mappings

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// trie is the set of wanted paths: one node a name or index.
type trie struct {
	id    int
	slot  int // -1 when only something below is wanted
	path  string
	names []*trie // members, looked up by hash
	name  string
	heads [32]uint8 // 1-based index into names; the rest hang on next
	next  uint8
	items []*trie // by index, nil where not wanted
}

// paths collects the wanted paths of one frame.
type paths struct {
	root  *trie
	slots int
	nodes *int // shared between frames, so that ids are unique in a plan
}

func newPaths(nodes *int) *paths {
	p := &paths{nodes: nodes}
	p.root = p.node("", "")
	return p
}

func (p *paths) node(name, path string) *trie {
	n := &trie{id: *p.nodes, slot: -1, name: name, path: path}
	*p.nodes++
	return n
}

// slot gives the slot of a path, the same for the same path.
func (p *paths) slot(path string) int {
	t := p.root
	for _, part := range splitPath(path) {
		t = p.below(t, part)
	}
	if t.slot < 0 {
		t.slot = p.slots
		p.slots++
	}
	return t.slot
}

func (p *paths) below(t *trie, part string) *trie {
	full := part
	if t.path != "" {
		full = t.path + "." + part
	}
	if index, err := strconv.Atoi(part); err == nil && index >= 0 && index < maxIndex {
		for len(t.items) <= index {
			t.items = append(t.items, nil)
		}
		if t.items[index] == nil {
			t.items[index] = p.node(part, full)
		}
		return t.items[index]
	}
	if child := t.member([]byte(part)); child != nil {
		return child
	}
	child := p.node(part, full)
	head := &t.heads[nameHash([]byte(part))]
	child.next = *head
	t.names = append(t.names, child)
	*head = uint8(len(t.names)) //nolint:gosec // a compile check holds it below 256
	return child
}

const (
	maxIndex   = 64
	maxMembers = 250 // of one object that a mapping may name
)

func nameHash(name []byte) int {
	if len(name) == 0 {
		return 0
	}
	return (len(name)*7 + int(name[0])*5 + int(name[len(name)-1])) & 31
}

func (t *trie) member(name []byte) *trie {
	for i := t.heads[nameHash(name)]; i > 0; {
		child := t.names[i-1]
		if child.name == string(name) {
			return child
		}
		i = child.next
	}
	return nil
}

func (t *trie) item(i int) *trie {
	if i < len(t.items) {
		return t.items[i]
	}
	return nil
}

// splitPath takes a path apart at its dots; \. is a dot in a name, and an
// index may be written a[0]. The empty path and "." are the value itself.
func splitPath(path string) []string {
	if path == "" || path == "." {
		return nil
	}
	if !strings.ContainsAny(path, `\[`) {
		return strings.Split(path, ".")
	}
	var parts []string
	var part strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			part.WriteByte(path[i])
		case c == '.' || c == '[':
			parts = append(parts, part.String())
			part.Reset()
		case c == ']' && (i+1 == len(path) || path[i+1] == '.' || path[i+1] == '['):
			if i+1 < len(path) && path[i+1] == '.' {
				i++
				parts = append(parts, part.String())
				part.Reset()
			}
		default:
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}

// badPath says what is wrong with a path, or is empty.
func badPath(path string) string {
	for _, part := range splitPath(path) {
		switch {
		case part == "":
			return "a.b.c"
		case part == "*" || part == "[]" || part == "#":
			return "each: a.b"
		}
	}
	if !utf8.ValidString(path) || len(path) > 400 {
		return "UTF-8, ≤ 400 byte"
	}
	return ""
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 6 {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r |= rune(c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	return r, true
}

// appendUnescaped appends the text of a JSON string's content. The scanner
// has checked it. Half a surrogate pair becomes U+FFFD.
func appendUnescaped(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			continue
		}
		i++
		switch c := src[i]; c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, n := unescapedRune(src[i-1:])
			dst = utf8.AppendRune(dst, r)
			i += n - 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func unescapedRune(b []byte) (rune, int) {
	r, _ := hex4(b)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		low, _ := hex4(b[6:])
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return full, 12
		}
	}
	return utf8.RuneError, 6
}

const hexDigits = "0123456789abcdef"

// appendJSON appends s as the inside of a JSON string, as encoding/json
// without HTML escaping would.
func appendJSON(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				dst = append(dst, "\uFFFD"...)
			case r == 0x2028 || r == 0x2029:
				dst = append(dst, `\u202`...)
				dst = append(dst, hexDigits[r&15])
			default:
				dst = append(dst, s[i:i+n]...)
			}
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}
