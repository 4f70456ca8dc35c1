package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Cutter cuts an answer into its records in one pass: it finds where each
// begins and ends, and the few members its two tries want. All else is passed
// over unjudged; whoever maps a record judges it.
type Cutter struct {
	Envelope *Trie // around the records; WantRecords marks their place
	Record   *Trie // of each record
	Lone     bool  // an object in the place of the records is the only one
	// Row takes a record, its Cells read: where it begins in the text, and its
	// bytes. An error ends the cutting.
	Row func(at int, payload []byte) error
	// Deep, where it is set, takes in Row's place a record that nests deeper
	// than is read; the Cells before that depth are read. Unset: that is a defect.
	Deep func(at int, payload []byte) error

	Found bool    // the place of the records is there
	Out   []Value // of the envelope
	Cells []Value // of the record at hand

	scan Scanner
	err  error // Row's
}

// NewCutter makes a Cutter for one text.
func NewCutter(envelope, record *Trie, row func(at int, payload []byte) error) *Cutter {
	return &Cutter{Envelope: envelope, Record: record, Row: row, Out: make([]Value, envelope.slots), Cells: make([]Value, record.slots)}
}

// JSON cuts a JSON text.
func (c *Cutter) JSON(b []byte) error {
	s := &c.scan
	s.begin(b, c.Out)
	s.deepest, s.loose, s.anyBytes, s.cutter = MaxDepth, true, true, c
	switch {
	case s.document(c.Envelope.root):
		return nil
	case c.err != nil:
		return c.err
	}
	return s.defect
}

// At is how far the text was read.
func (c *Cutter) At() int { return c.scan.i }

// found reads a value for a node; nil wants nothing of it.
func (s *Scanner) found(t *node) bool {
	start, c := s.i, s.b[s.i]
	if t.rows && (c == '[' || c == '{' && s.cutter.Lone) {
		return s.rows()
	}
	var ok bool
	switch {
	case c == '{' && t.inside():
		ok = s.object(t)
	case c == '[' && t.elements():
		ok = s.array(t)
	default:
		ok = s.skip()
	}
	if ok && t.slot >= 0 {
		v := Of(s.b[start:s.i])
		v.At += uint32(start) //nolint:gosec // begin refuses longer texts
		s.slots[t.slot] = v
	}
	if ok && c == '{' && len(t.picks) > 0 {
		return s.picked(t, start)
	}
	return ok
}

// Twice is Scanner's, of the record at hand: what its Cells say of such a member
// is what stands there last. In XML elements may repeat; then it is one with
// another text.
func (c *Cutter) Twice() string { return c.scan.Twice() }

// Doubtful is Scanner's.
func (c *Cutter) Doubtful(slot int) bool { return c.scan.Doubtful(slot) }

func (s *Scanner) rows() bool {
	s.cutter.Found = true
	if s.b[s.i] == '{' {
		return s.record()
	}
	s.i++
	for s.more(']', false) {
		if !s.record() {
			return false
		}
	}
	return s.defect == Sound
}

func (s *Scanner) record() bool {
	c, from, outer := s.cutter, s.i, s.slots
	clear(c.Cells)
	s.slots, s.within, s.twice = c.Cells, true, s.twice[:0]
	s.mark(c.Record.nodes)
	depth := s.depth
	var ok bool
	if s.b[from] == '{' {
		ok = s.object(c.Record.root)
	} else {
		ok = s.skip()
	}
	s.slots, s.within = outer, false
	take := c.Row
	if !ok && s.defect == TooDeep && c.Deep != nil {
		s.i, s.depth, s.defect = from, depth, Sound
		ok, take = s.abyss(), c.Deep
	}
	if !ok {
		return false
	}
	c.err = take(from, s.b[from:s.i])
	return c.err == nil
}

// abyss passes an object or array of any depth over, as nested does.
func (s *Scanner) abyss() bool {
	var open brackets
	for i := s.i; i < len(s.b); i++ {
		if s.b[i] == '"' {
			end := textEnd(s.b, i+1)
			if end < 0 {
				return s.fail(CutOff)
			}
			i = end
			continue
		}
		if !open.meet(s.b[i]) {
			return s.fail(Broken)
		}
		if open.depth == 0 {
			s.i = i + 1
			return true
		}
	}
	return s.fail(CutOff)
}

// brackets are those that are open: a bit per level, 1 is an object.
type brackets struct {
	kinds []uint64
	depth int
}

// meet takes a byte outside of texts; false: a bracket met another kind.
func (k *brackets) meet(c byte) bool {
	switch c {
	case '{', '[':
		word, bit := k.depth>>6, uint64(1)<<(k.depth&63)
		if word == len(k.kinds) {
			k.kinds = append(k.kinds, 0)
		}
		k.kinds[word] &^= bit
		if c == '{' {
			k.kinds[word] |= bit
		}
		k.depth++
	case '}', ']':
		if k.depth == 0 {
			return false
		}
		k.depth--
		return (c == '}') == (k.kinds[k.depth>>6]>>(k.depth&63)&1 == 1)
	}
	return true
}

// pass passes a member's value over, and blanks before it.
func (s *Scanner) pass() bool {
	s.space()
	if s.i >= len(s.b) {
		return s.fail(CutOff)
	}
	return s.skip()
}

// skip passes one value over. What is no bracket and no text is taken as it
// stands, up to what ends it.
func (s *Scanner) skip() bool {
	switch s.b[s.i] {
	case '"':
		end := textEnd(s.b, s.i+1)
		if end < 0 {
			return s.fail(CutOff)
		}
		s.i = end + 1
		return true
	case '{', '[':
		return s.nested()
	case '}', ']', ',', ':':
		return s.fail(Broken)
	}
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == ',' || c == '}' || c == ']' || c <= ' ':
			return true
		case c == '"' || c == '{' || c == '[' || c == ':':
			return s.fail(Broken)
		}
		s.i++
	}
	return true
}

// nested passes an object or array over; each bracket must meet its own kind,
// so that a broken record cannot swallow the ones after it.
func (s *Scanner) nested() bool {
	b, i := s.b, s.i
	depth, kinds := 0, uint64(0) // a bit per level: 1 is an object
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			end := textEnd(b, i+1)
			if end < 0 {
				return s.fail(CutOff)
			}
			i = end
		case '{', '[':
			if depth == MaxDepth {
				return s.fail(TooDeep)
			}
			kinds <<= 1
			if c == '{' {
				kinds |= 1
			}
			depth++
		case '}', ']':
			if (c == '}') != (kinds&1 == 1) {
				return s.fail(Broken)
			}
			kinds >>= 1
			depth--
			if depth == 0 {
				s.i = i + 1
				return true
			}
		}
		i++
	}
	return s.fail(CutOff)
}

// near is how far a text is looked through word by word: most are short, and
// for the long ones there is bytes.IndexByte.
const near = 64

// textEnd finds the quote that ends the text starting at from; -1 when cut.
func textEnd(b []byte, from int) int {
	i := from
	for last := min(from+near, len(b)-8); i <= last; {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ everyByte*'"'
		slash := w ^ everyByte*'\\'
		mark := ((quote-everyByte)&^quote | (slash-everyByte)&^slash) & highBits
		if mark == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(mark) >> 3; b[i] == '"' {
			return i
		}
		i += 2
	}
	return farTextEnd(b, i)
}

// farTextEnd is textEnd where no escape has begun before from.
func farTextEnd(b []byte, from int) int {
	for i := from; i < len(b); i++ {
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
	}
	return -1
}
