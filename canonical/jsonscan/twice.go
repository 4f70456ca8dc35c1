package jsonscan

import "slices"

// Twice is the path of a member that is wanted and stands twice in one object;
// empty: none does.
func (s *Scanner) Twice() string {
	if len(s.twice) == 0 {
		return ""
	}
	return s.twice[0].path
}

// Doubtful reports whether what goes into a slot is such a member, or stands in one.
func (s *Scanner) Doubtful(slot int) bool {
	return slices.ContainsFunc(s.twice, func(n *node) bool { return n.holds(slot) })
}

// again reports whether a wanted member was met before in this generation.
func (s *Scanner) again(child *node) bool {
	if s.seen[child.id] == s.gen {
		return true
	}
	s.seen[child.id] = s.gen
	return false
}

// holds reports whether a slot is the node's or of one below it.
func (n *node) holds(slot int) bool {
	if n == nil {
		return false
	}
	if n.slot == slot {
		return true
	}
	for _, head := range n.heads {
		for child := head; child != nil; child = child.next {
			if child.holds(slot) {
				return true
			}
		}
	}
	for _, child := range n.items {
		if child.holds(slot) {
			return true
		}
	}
	return slices.ContainsFunc(n.picks, func(p pick) bool { return p.node.holds(slot) })
}
