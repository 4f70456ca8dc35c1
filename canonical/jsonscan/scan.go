package jsonscan

import "math"

// Defect is why a text is not what was to be read. It is an error, and errors
// of this package can be asked for it with errors.Is.
type Defect uint8

// The defects.
const (
	Sound   Defect = iota
	CutOff         // it ends in the middle
	Broken         // it is no JSON, or no XML
	NotText        // bytes in a text are no UTF-8
	TooDeep
	Twice   // a wanted member stands twice in one object
	TooLong // longer than any text may be
)

// Error is what is wrong, and nothing of what stands there.
func (d Defect) Error() string {
	return [...]string{"sound", "the text ends in the middle", "not well-formed", "bytes that are no UTF-8", "nested too deep",
		"a member stands twice", "longer than 4 GiB"}[d]
}

// MaxDepth is how deep JSON nests at most.
const MaxDepth = 64

// Scanner reads JSON once, from the first byte to the last, and puts what a
// trie asks for into slots. It checks all of it, wanted or not. The zero
// Scanner is ready, and is used again for the next text.
type Scanner struct {
	b        []byte
	i        int
	depth    int
	deepest  int
	loose    bool // a Cutter's: only what it takes to find the records is checked
	anyBytes bool // texts need not be UTF-8
	defect   Defect
	gen      uint32
	seen     []uint32 // by node: the generation that met it last
	slots    []Value
	name     []byte  // of a member, without its escapes
	twice    []*node // stand twice in one object
	within   bool    // what is wanted of this text stands once in an object
	cutter   *Cutter
}

// Scan reads one value and nothing after it. The slots are cleared first; t
// may be nil: then the text is only checked.
func (s *Scanner) Scan(t *Trie, b []byte, slots []Value) Defect {
	s.begin(b, slots)
	s.deepest, s.loose, s.anyBytes = MaxDepth, false, false
	clear(slots)
	var root *node
	if t != nil {
		root = t.root
		s.mark(t.nodes)
	}
	s.document(root)
	return s.defect
}

// Find is Scan for a value that somebody else judges: what is wanted is found
// as a Cutter finds it.
func (s *Scanner) Find(t *Trie, b []byte, slots []Value) Defect {
	s.begin(b, slots)
	s.deepest, s.loose, s.anyBytes, s.within = MaxDepth, true, true, true
	clear(slots)
	s.mark(t.nodes)
	s.document(t.root)
	return s.defect
}

func (s *Scanner) begin(b []byte, slots []Value) {
	s.b, s.i, s.depth, s.slots, s.defect, s.twice, s.within = b, 0, 0, slots, Sound, s.twice[:0], false
	if uint64(len(b)) > math.MaxUint32 {
		s.fail(TooLong)
	}
}

// mark begins a generation: what earlier texts met counts no more.
func (s *Scanner) mark(nodes int) {
	if len(s.seen) < nodes {
		s.seen, s.gen = make([]uint32, nodes), 0
	}
	if s.gen++; s.gen == 0 {
		clear(s.seen)
		s.gen = 1
	}
}

// Check reports what is wrong with a JSON text that nests at most so deep.
// Its texts may be of any bytes.
func Check(b []byte, deepest int) Defect {
	var s Scanner
	s.begin(b, nil)
	s.deepest, s.anyBytes = deepest, true
	s.document(nil)
	return s.defect
}

// Text is what was read last.
func (s *Scanner) Text() []byte { return s.b }

// At is how far it was read.
func (s *Scanner) At() int { return s.i }

// Release forgets the text, so that nothing of it is held.
func (s *Scanner) Release() { s.b, s.slots = nil, nil }

func (s *Scanner) fail(d Defect) bool {
	if s.defect == Sound {
		s.defect = d
	}
	return false
}

func (s *Scanner) document(t *node) bool {
	if s.defect != Sound || !s.value(t) {
		return false
	}
	s.space()
	if s.i != len(s.b) {
		return s.fail(Broken)
	}
	return true
}

// space passes blanks; a Cutter takes every control character for one.
func (s *Scanner) space() {
	for s.i < len(s.b) && s.b[s.i] <= ' ' {
		if c := s.b[s.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' && !s.loose {
			return
		}
		s.i++
	}
}

func (s *Scanner) value(t *node) bool {
	s.space()
	if s.i >= len(s.b) {
		return s.fail(CutOff)
	}
	if s.loose && t == nil {
		return s.skip()
	}
	if s.loose {
		return s.found(t)
	}
	v := Value{}
	start := s.i
	var ok bool
	switch c := s.b[s.i]; {
	case c == '"':
		s.i++
		v.Shape = Text
		v.Bytes, v.Escaped, ok = s.text()
	case c == '{':
		v.Shape = Object
		ok = s.object(t)
	case c == '[':
		v.Shape = Array
		ok = s.array(t)
	case c == '-' || c >= '0' && c <= '9':
		v.Shape = Number
		ok = s.number()
	default:
		v.Shape, ok = s.word()
	}
	if !ok {
		return s.fail(Broken)
	}
	if t != nil {
		s.keep(t, start, v)
		return v.Shape != Object || len(t.picks) == 0 || s.picked(t, start)
	}
	return true
}

// keep puts a value into its slot. Where a list was expected and one value
// stands, that value is the first of the list.
func (s *Scanner) keep(t *node, start int, v Value) {
	if v.Shape != Text {
		v.Bytes = s.b[start:s.i]
	} else {
		start++
	}
	v.At = uint32(start) //nolint:gosec // begin refuses longer texts
	if t.slot >= 0 {
		s.slots[t.slot] = v
	}
	if first := t.item(0); first != nil && v.Shape != Array && v.Shape != Null {
		if first.slot >= 0 && (v.Shape != Object || s.slots[first.slot].Shape == Absent) { // it may have a member so called
			s.slots[first.slot] = v
		}
	}
}

func (s *Scanner) word() (Shape, bool) {
	rest := s.b[s.i:]
	switch {
	case len(rest) >= 4 && string(rest[:4]) == "null":
		s.i += 4
		return Null, true
	case len(rest) >= 4 && string(rest[:4]) == "true":
		s.i += 4
		return True, true
	case len(rest) >= 5 && string(rest[:5]) == "false":
		s.i += 5
		return False, true
	}
	return Absent, false
}

func (s *Scanner) object(t *node) bool {
	if s.depth++; s.depth > s.deepest {
		return s.fail(TooDeep)
	}
	var one *node // this object, where it stands for a list
	if t != nil && t.names == t.lone {
		one = t.item(0)
	}
	s.i++
	for first := true; s.nextMember(first) || s.more('}', first); first = false {
		if !s.member(t, one) {
			return false
		}
	}
	s.depth--
	return s.defect == Sound
}

// nextMember passes the comma before a member where no blanks are around it:
// more does the same more slowly.
func (s *Scanner) nextMember(first bool) bool {
	i := s.i
	if first || i+1 >= len(s.b) || s.b[i] != ',' || s.b[i+1] != '"' {
		return false
	}
	s.i = i + 1
	return true
}

// more comes to the next member or element, or passes the closing bracket.
func (s *Scanner) more(closing byte, first bool) bool {
	for {
		s.space()
		if s.i >= len(s.b) {
			return s.fail(CutOff)
		}
		switch c := s.b[s.i]; {
		case c == closing:
			s.i++
			return false
		case c == ',' && s.loose: // any number of them, anywhere
			s.i++
			continue
		case first || s.loose:
			return true
		case c != ',':
			return s.fail(Broken)
		}
		s.i++
		s.space()
		return true
	}
}

func (s *Scanner) member(t, one *node) bool {
	if s.i >= len(s.b) {
		return s.fail(CutOff)
	}
	if s.b[s.i] != '"' {
		return s.fail(Broken)
	}
	s.i++
	name, escaped, ok := s.text()
	if !ok {
		return false
	}
	s.space()
	if s.i >= len(s.b) {
		return s.fail(CutOff)
	}
	if s.b[s.i] != ':' {
		return s.fail(Broken)
	}
	s.i++
	var child *node
	if t != nil && (t.names > 0 || one != nil) {
		child = s.wanted(t, one, name, escaped)
	}
	if s.loose {
		if child == nil {
			return s.pass()
		}
		if s.within && s.again(child) {
			s.twice = append(s.twice, child)
		}
		return s.value(child)
	}
	if child != nil && s.again(child) {
		s.twice = append(s.twice, child)
		return s.fail(Twice)
	}
	return s.value(child)
}

// wanted is the node of a member; one is that of the first of a list, where
// this object stands for it.
func (s *Scanner) wanted(t, one *node, name []byte, escaped bool) *node {
	if escaped {
		name = s.unescaped(name)
	}
	if child := t.member(name); child != nil || one == nil {
		return child
	}
	return one.member(name)
}

func (s *Scanner) unescaped(name []byte) []byte {
	if s.loose { // escapes in it are not checked
		return []byte(Value{Bytes: name, Shape: Text, Escaped: true}.String())
	}
	s.name = AppendUnescaped(s.name[:0], name)
	return s.name
}

func (s *Scanner) array(t *node) bool {
	if s.depth++; s.depth > s.deepest {
		return s.fail(TooDeep)
	}
	s.i++
	for n := 0; s.more(']', n == 0); n++ {
		var child *node
		if t != nil {
			child = t.item(n)
		}
		start := s.i
		if !s.value(child) || t != nil && len(t.picks) > 0 && !s.picked(t, start) {
			return false
		}
	}
	s.depth--
	return s.defect == Sound
}

func (s *Scanner) digits() bool {
	from := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > from
}

func (s *Scanner) number() bool {
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
