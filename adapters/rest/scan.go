package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// A page is taken apart in one pass over its bytes: the pass finds where each
// record begins and ends, and the few members the engine needs. Everything
// else is skipped, and judged later by whoever maps the record.

var (
	errCut    = errors.New("the text ends in the middle")
	errSyntax = errors.New("not JSON")
	errDeep   = errors.New("nested deeper than 64 levels")
)

// trie holds wanted paths by member name.
type trie struct {
	edges []edge
	lens  uint64 // lengths of the names, to pass most members over without a look
	slots []int
	rows  bool // the records are here
}

type edge struct {
	name string
	to   *trie
}

// want adds a dotted path and says which slot its value goes to.
func (t *trie) want(path string, slot int) {
	t.at(path).slots = append(t.at(path).slots, slot)
}

func (t *trie) at(path string) *trie {
	for name := range strings.SplitSeq(path, ".") {
		if name == "" {
			continue
		}
		next := t.kid([]byte(name))
		if next == nil {
			next = &trie{}
			t.edges = append(t.edges, edge{name, next})
			t.lens |= 1 << (len(name) & 63)
		}
		t = next
	}
	return t
}

func (t *trie) kid(name []byte) *trie {
	if t.lens&(1<<(len(name)&63)) == 0 {
		return nil
	}
	for i := range t.edges {
		if t.edges[i].name == string(name) {
			return t.edges[i].to
		}
	}
	return nil
}

// value is a member found: raw as it stands, without the quotes of a string.
type value struct {
	raw  []byte
	at   int  // where raw begins in the page's text
	kind byte // 0 absent, '"' text, '0' number, 't', 'f', 'n', '{', '['
}

func (v value) empty() bool {
	return v.kind == 0 || v.kind == 'n' || v.kind == '"' && len(bytes.TrimSpace(v.raw)) == 0
}

// text is the value as text: a string unescaped, anything else as it stands.
func (v value) text() string {
	if v.kind == '"' && bytes.IndexByte(v.raw, '\\') >= 0 {
		var s string
		quoted := append(append([]byte{'"'}, v.raw...), '"')
		if json.Unmarshal(quoted, &s) == nil {
			return s
		}
	}
	if v.kind == 'n' {
		return ""
	}
	return string(v.raw)
}

// appendKey writes the value as part of a key: blanks around it fall away,
// and a whole number is the same key however it is written (12, 12.0, 1.2E1).
func (v value) appendKey(dst []byte) []byte {
	switch {
	case v.kind == '0':
		return appendWhole(dst, v.raw)
	case v.kind == '"' && bytes.IndexByte(v.raw, '\\') >= 0:
		return append(dst, strings.TrimSpace(v.text())...)
	default:
		return append(dst, bytes.TrimSpace(v.raw)...)
	}
}

func appendWhole(dst, raw []byte) []byte {
	if bytes.IndexAny(raw, ".eE") < 0 {
		return append(dst, raw...)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -(1<<53) {
		return append(dst, raw...)
	}
	return strconv.AppendInt(dst, int64(f), 10)
}

// integer reads a whole number, also one written as text; -1 when it is none.
func (v value) integer() int {
	if v.kind != '0' && v.kind != '"' {
		return -1
	}
	n, err := strconv.Atoi(string(appendWhole(nil, bytes.TrimSpace(v.raw))))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// scanner walks one JSON text.
type scanner struct {
	b     []byte
	i     int
	out   []value // of the envelope
	rec   *trie
	found bool // the place of the records was there
	one   bool // a lone object may stand there
	row   func(payload []byte, s *scanner) error
	cells []value // of the record being read
	start int     // where that record begins; of JSON only
}

// value reads one value for a node of the trie.
func (s *scanner) value(t *trie, out []value) error {
	s.blanks()
	if s.i >= len(s.b) {
		return errCut
	}
	c, from := s.b[s.i], s.i
	if t.rows && (c == '[' || c == '{' && s.one) {
		return s.rows(c)
	}
	var err error
	if c == '{' && len(t.edges) > 0 {
		err = s.object(t, out)
	} else {
		err = s.skip()
	}
	for _, slot := range t.slots {
		out[slot] = valueOf(s.b[from:s.i], from)
	}
	return err
}

func valueOf(raw []byte, at int) value {
	if len(raw) == 0 {
		return value{}
	}
	switch c := raw[0]; c {
	case '"':
		return value{raw: raw[1:max(len(raw)-1, 1)], at: at + 1, kind: '"'}
	case '{', '[', 't', 'f', 'n':
		return value{raw: raw, at: at, kind: c}
	default:
		return value{raw: raw, at: at, kind: '0'}
	}
}

func (s *scanner) object(t *trie, out []value) error {
	s.i++
	for {
		s.blanks()
		if s.i >= len(s.b) {
			return errCut
		}
		switch s.b[s.i] {
		case '}':
			s.i++
			return nil
		case ',':
			s.i++
			continue
		case '"':
		default:
			return errSyntax
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if kid := t.kid(name); kid != nil {
			err = s.value(kid, out)
		} else {
			err = s.skip()
		}
		if err != nil {
			return err
		}
	}
}

// name reads a member's name and the colon after it.
func (s *scanner) name() ([]byte, error) {
	from := s.i + 1
	end := stringEnd(s.b, from)
	if end < 0 {
		return nil, errCut
	}
	s.i = end + 1
	s.blanks()
	if s.i >= len(s.b) {
		return nil, errCut
	}
	if s.b[s.i] != ':' {
		return nil, errSyntax
	}
	s.i++
	name := s.b[from:end]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(value{raw: name, kind: '"'}.text())
	}
	return name, nil
}

func (s *scanner) rows(c byte) error {
	s.found = true
	if c == '{' {
		return s.record()
	}
	s.i++
	for {
		s.blanks()
		if s.i >= len(s.b) {
			return errCut
		}
		switch s.b[s.i] {
		case ']':
			s.i++
			return nil
		case ',':
			s.i++
		default:
			if err := s.record(); err != nil {
				return err
			}
		}
	}
}

func (s *scanner) record() error {
	s.start = s.i
	clear(s.cells)
	var err error
	if s.b[s.i] == '{' {
		err = s.object(s.rec, s.cells)
	} else {
		err = s.skip()
	}
	if err != nil {
		return err
	}
	return s.row(s.b[s.start:s.i], s)
}

func (s *scanner) blanks() {
	for s.i < len(s.b) && s.b[s.i] <= ' ' {
		s.i++
	}
}

// stringEnd finds the quote that ends the text starting at from; -1 when cut.
func stringEnd(b []byte, from int) int {
	for i := from; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		back := i
		for back > from && b[back-1] == '\\' {
			back--
		}
		if (i-back)&1 == 0 {
			return i
		}
		i++
	}
}

// skip passes one value over.
func (s *scanner) skip() error {
	s.blanks()
	if s.i >= len(s.b) {
		return errCut
	}
	switch s.b[s.i] {
	case '"':
		end := stringEnd(s.b, s.i+1)
		if end < 0 {
			return errCut
		}
		s.i = end + 1
		return nil
	case '{', '[':
		return s.nested()
	case '}', ']', ',', ':':
		return errSyntax
	}
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == ',' || c == '}' || c == ']' || c <= ' ':
			return nil
		case c == '"' || c == '{' || c == '[' || c == ':':
			return errSyntax
		}
		s.i++
	}
	return nil
}

// nested passes an object or array over; each bracket must meet its own kind,
// so that a broken record cannot swallow the ones after it.
func (s *scanner) nested() error {
	b, i := s.b, s.i
	depth, kinds := 0, uint64(0) // a bit per level: 1 is an object
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				return errCut
			}
			i = end
		case '{', '[':
			if depth == 64 {
				return errDeep
			}
			kinds <<= 1
			if c == '{' {
				kinds |= 1
			}
			depth++
		case '}', ']':
			if (c == '}') != (kinds&1 == 1) {
				return errSyntax
			}
			kinds >>= 1
			depth--
			if depth == 0 {
				s.i = i + 1
				return nil
			}
		}
		i++
	}
	return errCut
}

// whole scans a page.
func (s *scanner) whole(t *trie) error {
	if err := s.value(t, s.out); err != nil {
		return err
	}
	s.blanks()
	if s.i < len(s.b) {
		return errSyntax
	}
	return nil
}
