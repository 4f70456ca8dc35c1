// Package separated reads separated text (CSV, tabs, semicolons) and judges
// whether it is whole and is itself. Before the first row is given, the quotes
// of the whole text are followed: a quote that is never closed, or one that
// swallowed the rows behind it, damages more than can be told, and the text is
// refused. What damages one row is told with that row, and reading goes on.
package separated

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// How quotes are read.
const (
	Strict = "strict" // as RFC 4180 has them
	Loose  = "loose"  // a quote inside a quoted cell that ends nothing is a character
	None   = "none"   // a quote is a character like any other
)

// The limits of a text.
const (
	MaxCell = 256 << 10
	maxLine = 4 << 20
)

// Options are how a text is read.
type Options struct {
	Separator rune   // 0: detected
	Quotes    string // empty: Strict
}

// Reader gives the rows of a text, one after the other.
type Reader struct {
	in     *bufio.Reader
	comma  string
	quotes string
	end    byte // of a line
	hidden int  // lines that no office program shows: sep=;
	line   int
	marked bool // there are quotes, or NULs: lines have to be looked at
	cut    bool // the line read last has no end
	long   []byte
	text   []byte
	ends   []int
	cells  []string
}

// Open looks through the text, which is UTF-8 without a mark, and goes back to
// its beginning. A text that is not whole is a *Damage.
func Open(in io.ReadSeeker, o Options) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10), quotes: o.Quotes, end: '\n'}
	if r.quotes == "" {
		r.quotes = Strict
	}
	from, err := in.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("separated: find the place: %w", err)
	}
	head, _ := r.in.Peek(64 << 10)
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		r.end = '\r'
	}
	hint, hidden := separatorLine(head)
	switch {
	case o.Separator != 0:
		r.comma = string(o.Separator)
	case hidden:
		r.comma = hint
	default:
		r.comma = guess(head, r.end)
	}
	begin := func() error {
		if _, err := in.Seek(from, io.SeekStart); err != nil {
			return fmt.Errorf("separated: go back: %w", err)
		}
		r.in.Reset(in)
		r.line, r.hidden = 0, 0
		if hidden {
			_, err := r.physical()
			r.hidden = 1
			return err
		}
		return nil
	}
	if err := begin(); err != nil {
		return nil, err
	}
	if err := r.survey(); err != nil {
		return nil, err
	}
	return r, begin()
}

// Separator is the separator in use.
func (r *Reader) Separator() rune {
	c, _ := utf8.DecodeRuneInString(r.comma)
	return c
}

// separatorLine reads the first line that office programs write to name the
// separator, and do not show.
func separatorLine(head []byte) (comma string, ok bool) {
	line := head
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		line = head[:i]
	}
	text := strings.Trim(string(line), `"`)
	if len(text) < 5 || !strings.EqualFold(text[:4], "sep=") {
		return "", false
	}
	c, n := utf8.DecodeRuneInString(text[4:])
	rest := strings.Trim(text[4+n:], ",;\t ")
	return string(c), rest == ""
}

// guess takes the separator that the first lines hold most of, outside quotes.
func guess(head []byte, end byte) string {
	counts := map[rune]int{}
	quoted, lines := false, 0
	for _, c := range string(head) {
		switch {
		case c == '"':
			quoted = !quoted
		case c == rune(end) && !quoted:
			lines++
		case !quoted && strings.ContainsRune(",;\t|", c):
			counts[c]++
		}
		if lines >= 5 {
			break
		}
	}
	best := ','
	for _, c := range []rune{';', '\t', '|'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return string(best)
}

// physical reads the next line, without its end, good until the next one.
func (r *Reader) physical() ([]byte, error) {
	part, err := r.in.ReadSlice(r.end)
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long[:0], part...)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(r.long) > maxLine {
				return nil, &Damage{What: TooLong, Line: r.line + 1 - r.hidden, Col: 1}
			}
			part, err = r.in.ReadSlice(r.end)
			r.long = append(r.long, part...)
		}
		part = r.long
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(part) == 0) {
		return nil, err
	}
	r.line++
	last := part[len(part)-1]
	r.cut = last != r.end && last != '\r' && last != '\x1a'
	if n := len(part); n > 0 && part[n-1] == r.end {
		part = part[:n-1]
	}
	if n := len(part); n > 0 && part[n-1] == '\r' {
		part = part[:n-1]
	}
	return part, nil
}

// Next gives the cells of the next row, good until the next call, and the line
// it begins in; io.EOF after the last. With a *Damage the cells are those of
// the damaged row as far as they can be told, and the next call goes on.
func (r *Reader) Next() (cells []string, line int, err error) {
	var text []byte
	for len(text) == 0 {
		if text, err = r.physical(); err != nil {
			return nil, r.line - r.hidden, err
		}
	}
	line = r.line - r.hidden
	if r.marked && bytes.IndexByte(text, 0) >= 0 {
		col := bytes.IndexByte(text, 0)
		r.split(bytes.ReplaceAll(text, []byte{0}, nil))
		return r.cells, line, &Damage{What: Nul, Line: line, Col: column(text, col)}
	}
	if !r.marked || r.quotes == None || bytes.IndexByte(text, '"') < 0 {
		r.split(text)
		return r.checked(line)
	}
	if err := r.quoted(text); err != nil {
		return r.cells, line, err
	}
	return r.checked(line)
}

// Cut reports whether the text stops behind the row given last, with no end of
// the line: what stands in its last cell may go on.
func (r *Reader) Cut() bool { return r.cut }

func (r *Reader) checked(line int) ([]string, int, error) {
	for i, c := range r.cells {
		if len(c) > MaxCell {
			return r.cells, line, &Damage{What: TooLong, Line: line, Col: i + 1}
		}
	}
	return r.cells, line, nil
}

// split takes a line apart that has no quotes.
func (r *Reader) split(line []byte) {
	text := string(line) // one allocation for all cells of the row
	r.cells = r.cells[:0]
	for {
		i := strings.Index(text, r.comma)
		if i < 0 {
			r.cells = append(r.cells, text)
			return
		}
		r.cells = append(r.cells, text[:i])
		text = text[i+len(r.comma):]
	}
}

// quoted takes a row apart that has quotes; it may go on in the lines behind.
func (r *Reader) quoted(line []byte) error {
	r.text, r.ends = r.text[:0], r.ends[:0]
	s := scan{comma: r.comma, loose: r.quotes == Loose}
	begun := r.line
	for {
		s.line(line, r)
		switch {
		case s.flaw >= 0:
			flaw := &Damage{What: BehindQuote, Line: r.line - r.hidden, Col: column(line, s.flaw)}
			r.split(line)
			return flaw
		case !s.inside:
			r.gather()
			return nil
		case len(r.text) > maxLine:
			return &Damage{What: OpenQuote, Line: begun - r.hidden, Col: 1}
		}
		r.text = append(r.text, '\n')
		var err error
		if line, err = r.physical(); err != nil { // the text was looked through: it changed since
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
}

// gather cuts the row's text into its cells.
func (r *Reader) gather() {
	text, from := string(r.text), 0
	r.cells = r.cells[:0]
	for _, end := range r.ends {
		r.cells = append(r.cells, text[from:end])
		from = end
	}
}

// take and cell are scan's: a piece of a cell's text, and its end.
func (r *Reader) take(text []byte) { r.text = append(r.text, text...) }
func (r *Reader) cell()            { r.ends = append(r.ends, len(r.text)) }

func column(line []byte, at int) int { return utf8.RuneCount(line[:at]) + 1 }
