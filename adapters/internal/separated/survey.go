package separated

import (
	"bytes"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"
)

// What is wrong with a text, or with a row of it.
type What uint8

// The damages.
const (
	OpenQuote   What = iota + 1 // a quote that is never closed: the text is refused
	Swallowed                   // a quote whose cell holds whole rows: the text is refused
	BehindQuote                 // text behind a closing quote: of one row
	Nul                         // bytes that are no text: of one row
	TooLong                     // a line or a cell longer than any may be
)

// Damage is an error with its place.
type Damage struct {
	What      What
	Line, Col int // of the quote; of a cell that is too long its number
}

// Error is what is wrong, and nothing of what stands there.
func (d *Damage) Error() string {
	return [...]string{"", "a quote is never closed", "a quote swallowed the rows behind it", "text behind a closing quote",
		"bytes NUL in the text", "longer than any cell may be"}[d.What]
}

// OfRow reports whether only the row at hand is damaged.
func (d *Damage) OfRow() bool { return d.What == BehindQuote || d.What == Nul }

// survey follows the quotes of the text to its end.
func (r *Reader) survey() error {
	v := view{r: r, widths: map[int]int{}}
	for {
		line, err := r.physical()
		if errors.Is(err, io.EOF) {
			return v.end()
		}
		if err != nil {
			return err
		}
		if err := v.line(line); err != nil {
			return err
		}
	}
}

// view is what a survey knows so far.
type view struct {
	r      *Reader
	scan   scan
	widths map[int]int // of the first rows on one line: how many have so many cells
	rows   int
	many   many
}

// many is a row that goes over several lines.
type many struct {
	line, col int
	shape     string // of its first cell
	like      int    // of the lines in it, those that could be rows
	lines     int
	first     bool // the line it begins in could be a row, were it not for the quote
	last      bool // so could the last line
}

// enough is how many rows tell how wide rows are.
const enough = 64

func (v *view) line(line []byte) error {
	r := v.r
	if !r.marked && bytes.IndexByte(line, 0) >= 0 {
		r.marked = true
	}
	if r.quotes == None {
		return nil
	}
	if !v.scan.inside {
		if bytes.IndexByte(line, '"') < 0 {
			v.note(line, bytes.Count(line, []byte(r.comma))+1)
			return nil
		}
		r.marked = true
		return v.begin(line)
	}
	return v.goOn(line)
}

// note counts how wide a row is.
func (v *view) note(line []byte, cells int) {
	if v.rows < enough && len(line) > 0 {
		v.rows++
		v.widths[cells]++
	}
}

func (v *view) begin(line []byte) error {
	v.scan = scan{comma: v.r.comma, loose: v.r.quotes == Loose}
	var c counting
	v.scan.line(line, &c)
	switch {
	case v.scan.flaw >= 0: // this row alone: the next line is a row again
		v.scan.inside = false
	case v.scan.inside:
		v.many = many{line: v.r.line - v.r.hidden, col: column(line, v.scan.opened), shape: shapeOf(v.first(line)), first: v.wide(line)}
	default:
		v.note(line, c.cells)
	}
	return nil
}

// goOn takes a line that is in a quoted cell at its beginning.
func (v *view) goOn(line []byte) error {
	v.many.lines++
	v.many.last = v.wide(line) && shapeOf(v.first(line)) == v.many.shape
	if v.many.last {
		v.many.like++
	}
	v.scan.line(line, &counting{})
	switch {
	case v.scan.flaw >= 0:
		return v.damage(Swallowed)
	case v.scan.inside:
		return nil
	}
	if m := v.many; v.r.quotes == Strict && m.first && m.last && 2*m.like >= m.lines {
		return v.damage(Swallowed)
	}
	return nil
}

func (v *view) end() error {
	if v.scan.inside {
		return v.damage(OpenQuote)
	}
	return nil
}

func (v *view) damage(what What) error {
	return &Damage{What: what, Line: v.many.line, Col: v.many.col}
}

// wide reports whether a line has as many cells as rows have, quotes aside.
func (v *view) wide(line []byte) bool {
	cells, usual, most := bytes.Count(line, []byte(v.r.comma))+1, 0, 0
	for width, n := range v.widths {
		if n > most || n == most && width > usual {
			usual, most = width, n
		}
	}
	return usual > 1 && cells == usual
}

// first is the first cell of a line, quotes aside.
func (v *view) first(line []byte) []byte {
	if i := bytes.Index(line, []byte(v.r.comma)); i >= 0 {
		line = line[:i]
	}
	return bytes.Trim(line, `" `)
}

// shapeOf tells a code from prose: runs of digits are one digit, runs of
// letters and blanks one letter.
func shapeOf(cell []byte) string {
	var out []byte
	for len(cell) > 0 {
		c, n := utf8.DecodeRune(cell)
		cell = cell[n:]
		as := byte('a')
		switch {
		case unicode.IsDigit(c):
			as = '9'
		case c < utf8.RuneSelf && c != ' ' && !unicode.IsLetter(c):
			as = byte(c)
		}
		if len(out) == 0 || out[len(out)-1] != as {
			out = append(out, as)
		}
	}
	return string(out)
}
