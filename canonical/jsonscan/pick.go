package jsonscan

import "bytes"

// picked reads an element that was passed once more, where it is one that is
// known by a member's value.
func (s *Scanner) picked(t *node, start int) bool {
	element, end := s.b[start:s.i], s.i
	for i := range t.picks {
		p := &t.picks[i]
		if !p.is(element) {
			continue
		}
		if !s.loose {
			if s.again(p.node) {
				s.twice = append(s.twice, p.node)
				return s.fail(Twice)
			}
		}
		if s.i = start; !s.value(p.node) {
			return false
		}
		s.i = end
	}
	return true
}

// is reports whether an element has the member's value.
func (p *pick) is(element []byte) (yes bool) {
	element = bytes.TrimLeft(element, " \t\r\n")
	if len(element) == 0 || element[0] != '{' {
		return false
	}
	EachMember(element, func(name []byte, v Value) {
		if string(name) == p.member && v.Shape < Object && v.String() == p.value {
			yes = true
		}
	})
	return yes
}
