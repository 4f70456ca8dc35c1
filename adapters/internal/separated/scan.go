package separated

import "bytes"

// sink takes the cells of a row as they are met; nothing wants none.
type sink interface {
	take(text []byte)
	cell()
}

// counting is a sink that counts.
type counting struct{ cells int }

func (c *counting) take([]byte) {}
func (c *counting) cell()       { c.cells++ }

// scan is where in a row with quotes the reading is.
type scan struct {
	comma  string
	loose  bool
	inside bool // a quoted cell
	opened int  // where in this line the quote stands that is open
	flaw   int  // where text stands behind a closing quote; -1: nowhere
}

// line goes through one line of the text.
func (s *scan) line(line []byte, to sink) {
	s.flaw = -1
	i := 0
	for {
		if s.inside {
			if i = s.toClose(line, i, to); s.inside || s.flaw >= 0 {
				return
			}
		} else if i < len(line) && line[i] == '"' {
			s.inside, s.opened = true, i
			i++
			continue
		} else {
			end := bytes.Index(line[i:], []byte(s.comma))
			if end < 0 {
				to.take(line[i:])
				to.cell()
				return
			}
			to.take(line[i : i+end])
			i += end
		}
		to.cell()
		if i >= len(line) {
			return
		}
		i += len(s.comma)
		if i == len(line) { // a separator at the end: one more, empty cell
			to.cell()
			return
		}
	}
}

// toClose reads to the quote that closes the cell, and gives the place of the
// separator behind it, or the end of the line.
func (s *scan) toClose(line []byte, i int, to sink) int {
	for {
		n := bytes.IndexByte(line[i:], '"')
		if n < 0 {
			to.take(line[i:])
			return len(line)
		}
		to.take(line[i : i+n])
		i += n + 1
		switch {
		case i < len(line) && line[i] == '"':
			to.take(line[i : i+1])
			i++
		case i == len(line), bytes.HasPrefix(line[i:], []byte(s.comma)):
			s.inside = false
			return i
		case s.loose:
			to.take([]byte{'"'})
		default:
			at, blank := passBlanks(line, i, s.comma)
			if s.inside = !blank; s.inside {
				s.flaw = i
			}
			return at
		}
	}
}

// passBlanks passes blanks behind a closing quote: they are no text.
func passBlanks(line []byte, i int, comma string) (at int, ok bool) {
	for i < len(line) && line[i] == ' ' {
		i++
	}
	return i, i == len(line) || bytes.HasPrefix(line[i:], []byte(comma))
}
