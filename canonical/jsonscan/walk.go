package jsonscan

// EachMember walks the members of an object that a scan has checked, in the
// order in which they stand. Names come without their escapes.
func EachMember(b []byte, visit func(name []byte, v Value)) {
	s := walkOf(b)
	for first := true; s.more('}', first); first = false {
		if s.i >= len(b) || b[s.i] != '"' {
			return
		}
		s.i++
		name, escaped, ok := s.text()
		if escaped {
			s.name = AppendUnescaped(s.name[:0], name)
			name = s.name
		}
		s.space()
		s.i++ // the colon
		v, there := s.next()
		if !ok || !there {
			return
		}
		visit(name, v)
	}
}

// EachItem walks the elements of a list that a scan has checked, until visit
// is false.
func EachItem(b []byte, visit func(v Value) bool) {
	s := walkOf(b)
	for first := true; s.more(']', first); first = false {
		if v, there := s.next(); !there || !visit(v) {
			return
		}
	}
}

func walkOf(b []byte) Scanner { return Scanner{b: b, i: 1, deepest: MaxDepth} }

// next reads one value and gives it.
func (s *Scanner) next() (Value, bool) {
	s.space()
	start := s.i
	if !s.value(nil) || start >= s.i {
		return Value{}, false
	}
	v := Of(s.b[start:s.i])
	v.At += uint32(start) //nolint:gosec // a part of a text that was scanned
	return v, true
}
