package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"iocgateway/adapters/internal/separated"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// csvRows streams separated text: any separator, quotes or none, rows of
// unequal length.
type csvRows struct{ r *separated.Reader }

func newCSV(spool *Spool, separator, charset, quotes string) (*csvRows, error) {
	in, err := decoded(spool, charset)
	if err != nil {
		return nil, err
	}
	o := separated.Options{Quotes: quotes}
	switch separator {
	case "":
	case "tab":
		o.Separator = '\t'
	default:
		o.Separator, _ = utf8.DecodeRuneInString(separator)
	}
	r, err := separated.Open(in, o)
	if err != nil {
		return nil, csvProblem(err)
	}
	return &csvRows{r}, nil
}

// csvProblem is what a person is told of a text that is not whole, or of a row
// of it.
func csvProblem(err error) error {
	var d *separated.Damage
	if !errors.As(err, &d) {
		return fmt.Errorf("tabular: read CSV: %w", err)
	}
	p := &problem.Problem{Line: d.Line, Col: d.Col, Path: itoa(d.Line)}
	switch d.What {
	case separated.OpenQuote:
		p.Code = "GW-D070"
	case separated.Swallowed:
		p.Code = "GW-D071"
	case separated.BehindQuote:
		p.Code = "GW-D072"
	case separated.Nul:
		p.Code = "GW-D073"
	default:
		p.Code, p.Want = "GW-D015", itoa(separated.MaxCell>>10)+" kB"
	}
	return p
}

// charsetOf is the charset that is set, or the one that a file's head shows.
func charsetOf(head []byte, set string) string {
	if set != "" {
		return set
	}
	return vntext.Detect(trimCut(head), "")
}

// weight is what a text takes in memory while it is read: nothing to speak of
// where it is streamed, else the file and its text.
func weight(content *Spool, charset string) int64 {
	if charsetOf(content.Head(64<<10), charset) == "utf-8" {
		return 0
	}
	return 3 * content.Size
}

// decoded gives the content as UTF-8 without a byte order mark. UTF-8 is
// streamed; other charsets are converted whole, which the size of a file bounds.
func decoded(spool *Spool, charset string) (io.ReadSeeker, error) {
	head := spool.Head(64 << 10)
	name := charsetOf(head, charset)
	if name == "utf-8" {
		skip := int64(0)
		if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
			skip = 3
		}
		return io.NewSectionReader(spool, skip, spool.Size-skip), nil
	}
	data, err := spool.Bytes()
	if err != nil {
		return nil, err
	}
	text, err := vntext.Decode(data, name)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-D011", Value: name, Err: err}
	}
	return bytes.NewReader(text), nil
}

// trimCut drops a letter that the end of a sample cut in two.
func trimCut(sample []byte) []byte {
	for i := 1; i <= 3 && i <= len(sample); i++ {
		if c := sample[len(sample)-i]; utf8.RuneStart(c) {
			if c >= 0x80 && !utf8.Valid(sample[len(sample)-i:]) {
				return sample[:len(sample)-i]
			}
			break
		}
	}
	return sample
}

func (c *csvRows) next() (row, error) {
	cells, line, err := c.r.Next()
	if err == nil {
		return row{n: line, cells: cells, cut: c.r.Cut(), last: len(cells) - 1}, nil
	}
	if errors.Is(err, io.EOF) {
		return row{}, io.EOF
	}
	var d *separated.Damage
	if errors.As(err, &d) && d.OfRow() {
		flaw, _ := problem.As(csvProblem(d))
		return row{n: line, cells: cells, flaw: flaw}, nil
	}
	return row{}, csvProblem(err)
}

func (c *csvRows) close() error { return nil }

// lines are a table in separated text.
type lines struct {
	*table
	text *separated.Reader
}

// Ending is Ending's.
func (l lines) Ending() (open, lines bool) { return l.text.Cut(), true }

// CSV reads separated text for an adapter that gives its columns a meaning of its own.
type CSV struct{ rows *csvRows }

// OpenCSV opens separated text; separator and charset are detected where they are empty.
func OpenCSV(content *Spool, separator, charset string) (*CSV, error) {
	rows, err := newCSV(content, separator, charset, separated.Strict)
	return &CSV{rows}, err
}

// Next gives the cells of the next row, good until the next call, and its
// line; io.EOF after the last. flaw is why this row cannot be taken; bytes that are
// no UTF-8 stay in its cells.
func (c *CSV) Next() (cells []string, line int, flaw *problem.Problem, err error) {
	r, err := c.rows.next()
	return r.cells, r.n, r.flaw, err
}

// Cut reports whether the text stops in the row given last.
func (c *CSV) Cut() bool { return c.rows.r.Cut() }

// Separator is the separator in use.
func (c *CSV) Separator() rune { return c.rows.r.Separator() }

// Decoded gives a file's content as UTF-8 without a byte order mark.
func Decoded(content *Spool, charset string) (io.ReadSeeker, error) { return decoded(content, charset) }
