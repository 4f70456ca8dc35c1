package mappings

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// shape is what stands in a slot.
type shape uint8

const (
	absent shape = iota
	null
	text   // the bytes between the quotes, or decoded text
	number // the literal
	yes
	no
	canonicalCode // written in the mapping, translated already
	object        // the whole literal
	array
)

func (s shape) String() string {
	return [...]string{"∅", "null", `"…"`, "12.5", "true", "false", `"…"`, "{…}", "[…]"}[s]
}

// value is a piece of the Raw, not copied.
type value struct {
	b     []byte
	shape shape
	esc   bool // text between quotes that holds backslashes
}

// defect is why a payload is no JSON the engine takes.
type defect uint8

const (
	sound defect = iota
	broken
	notText
	tooDeep
	twice
)

const maxDepth = 64

// scanner reads JSON once, from the first byte to the last, and puts what
// the trie asks for into slots. It checks all of it, wanted or not.
type scanner struct {
	b      []byte
	i      int
	depth  int
	gen    uint32
	slots  []value
	seen   []uint32 // by trie node: the generation that met it last
	defect defect
	key    string // of the member that stands twice
	keybuf []byte
}

func (s *scanner) fail(d defect) bool {
	if s.defect == sound {
		s.defect = d
	}
	return false
}

// document reads one value and nothing after it.
func (s *scanner) document(t *trie) bool {
	if !s.value(t) {
		return false
	}
	s.space()
	if s.i != len(s.b) {
		return s.fail(broken)
	}
	return true
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) value(t *trie) bool {
	s.space()
	if s.i >= len(s.b) {
		return s.fail(broken)
	}
	var v value
	start := s.i
	ok := false
	switch c := s.b[s.i]; {
	case c == '"':
		s.i++
		v.shape = text
		v.b, v.esc, ok = s.str()
	case c == '{':
		v.shape = object
		ok = s.object(t)
	case c == '[':
		v.shape = array
		ok = s.array(t)
	case c == '-' || c >= '0' && c <= '9':
		v.shape = number
		ok = s.number()
	default:
		v.shape, ok = s.word()
	}
	if !ok {
		return s.fail(broken)
	}
	if t != nil {
		s.keep(t, start, v)
	}
	return true
}

// keep puts a value into its slot. Where a list was expected and one value
// stands, that value is the first of the list.
func (s *scanner) keep(t *trie, start int, v value) {
	if v.shape != text {
		v.b = s.b[start:s.i]
	}
	if t.slot >= 0 {
		s.slots[t.slot] = v
	}
	if first := t.item(0); first != nil && v.shape != array && v.shape != null {
		if first.slot >= 0 {
			s.slots[first.slot] = v
		}
	}
}

func (s *scanner) word() (shape, bool) {
	rest := s.b[s.i:]
	switch {
	case len(rest) >= 4 && string(rest[:4]) == "null":
		s.i += 4
		return null, true
	case len(rest) >= 4 && string(rest[:4]) == "true":
		s.i += 4
		return yes, true
	case len(rest) >= 5 && string(rest[:5]) == "false":
		s.i += 5
		return no, true
	}
	return absent, false
}

func (s *scanner) object(t *trie) bool {
	if s.depth++; s.depth > maxDepth {
		return s.fail(tooDeep)
	}
	if t != nil && len(t.names) == 0 && t.item(0) != nil {
		t = t.item(0)
	}
	s.i++
	for first := true; ; first = false {
		s.space()
		if s.i >= len(s.b) {
			return s.fail(broken)
		}
		if first && s.b[s.i] == '}' {
			break
		}
		if !s.member(t) {
			return false
		}
		s.space()
		if s.i >= len(s.b) {
			return s.fail(broken)
		}
		if s.b[s.i] == '}' {
			break
		}
		if s.b[s.i] != ',' {
			return s.fail(broken)
		}
		s.i++
	}
	s.i++
	s.depth--
	return true
}

func (s *scanner) member(t *trie) bool {
	if s.b[s.i] != '"' {
		return s.fail(broken)
	}
	s.i++
	name, esc, ok := s.str()
	if !ok {
		return s.fail(broken)
	}
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != ':' {
		return s.fail(broken)
	}
	s.i++
	var child *trie
	if t != nil && len(t.names) > 0 {
		if esc {
			s.keybuf = appendUnescaped(s.keybuf[:0], name)
			name = s.keybuf
		}
		child = t.member(name)
	}
	if child != nil {
		if s.seen[child.id] == s.gen {
			s.key = child.path
			return s.fail(twice)
		}
		s.seen[child.id] = s.gen
	}
	return s.value(child)
}

func (s *scanner) array(t *trie) bool {
	if s.depth++; s.depth > maxDepth {
		return s.fail(tooDeep)
	}
	s.i++
	for n := 0; ; n++ {
		s.space()
		if s.i >= len(s.b) {
			return s.fail(broken)
		}
		if n == 0 && s.b[s.i] == ']' {
			break
		}
		var child *trie
		if t != nil {
			child = t.item(n)
		}
		if !s.value(child) {
			return false
		}
		s.space()
		if s.i >= len(s.b) {
			return s.fail(broken)
		}
		if s.b[s.i] == ']' {
			break
		}
		if s.b[s.i] != ',' {
			return s.fail(broken)
		}
		s.i++
	}
	s.i++
	s.depth--
	return true
}

func (s *scanner) digits() bool {
	from := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > from
}

func (s *scanner) number() bool {
	if s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		return s.digits()
	}
	return true
}

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// stops marks the bytes of a word that end a plain run in a string: quote,
// backslash, control. The lowest mark is exact.
func stops(w uint64) uint64 {
	quote := w ^ everyByte*'"'
	slash := w ^ everyByte*'\\'
	return ((quote-everyByte) & ^quote | (slash-everyByte) & ^slash | (w-everyByte*0x20) & ^w) & highBits
}

// str reads to the closing quote; s.i stands after the opening one.
func (s *scanner) str() (content []byte, esc, ok bool) {
	start := s.i
	wide := uint64(0) // has a high bit where bytes are beyond ASCII
	for {
		for s.i+8 <= len(s.b) {
			w := binary.LittleEndian.Uint64(s.b[s.i:])
			wide |= w
			mark := stops(w)
			if mark != 0 {
				s.i += bits.TrailingZeros64(mark) >> 3
				break
			}
			s.i += 8
		}
		if s.i >= len(s.b) {
			return nil, false, false
		}
		switch c := s.b[s.i]; {
		case c == '"':
			content = s.b[start:s.i]
			s.i++
			if wide&highBits != 0 && !utf8.Valid(content) {
				return nil, false, s.fail(notText)
			}
			return content, esc, true
		case c == '\\':
			esc = true
			n := escapeLen(s.b[s.i:])
			if n == 0 {
				return nil, false, false
			}
			s.i += n
		case c < 0x20:
			return nil, false, false
		default:
			wide |= uint64(c)
			s.i++
		}
	}
}

// escapeLen is the length of the escape at the start of b, or 0.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b); ok {
			return 6
		}
	}
	return 0
}
