package tabular

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// csvRows streams separated text: any separator, quotes or none, rows of
// unequal length.
type csvRows struct{ r *csv.Reader }

// maxCell is the most text one cell may hold. More means a quote that is never
// closed, which would swallow the rest of the file in silence.
const maxCell = 256 << 10

func newCSV(spool *Spool, separator, charset string) (*csvRows, error) {
	in, err := decoded(spool, charset)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(in, 64<<10)
	comma := '\t'
	if separator == "" {
		head, _ := buffered.Peek(16 << 10)
		comma = guessSeparator(head)
	} else if separator != "tab" {
		comma, _ = utf8.DecodeRuneInString(separator)
	}
	r := csv.NewReader(buffered)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = comma, true, -1, true
	return &csvRows{r}, nil
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
func decoded(spool *Spool, charset string) (io.Reader, error) {
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

// guessSeparator takes the separator that the first lines hold most of,
// outside quotes.
func guessSeparator(head []byte) rune {
	counts := map[rune]int{}
	quoted, lines := false, 0
	for _, c := range string(head) {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
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
	return best
}

func (c *csvRows) next() (row, error) {
	cells, err := c.r.Read()
	if err == io.EOF {
		return row{}, io.EOF
	}
	if err != nil {
		return row{}, fmt.Errorf("tabular: read CSV: %w", err)
	}
	line, _ := c.r.FieldPos(0)
	for _, cell := range cells {
		if len(cell) > maxCell {
			return row{}, &problem.Problem{Code: "GW-D015", Path: "line " + itoa(line), Err: errors.New("a quote is not closed")}
		}
	}
	return row{n: line, cells: cells}, nil
}

func (c *csvRows) close() error { return nil }

// CSV reads separated text for an adapter that gives its columns a meaning of its own.
type CSV struct{ rows *csvRows }

// OpenCSV opens separated text; separator and charset are detected where they are empty.
func OpenCSV(content *Spool, separator, charset string) (*CSV, error) {
	rows, err := newCSV(content, separator, charset)
	return &CSV{rows}, err
}

// Next gives the cells of the next row, good until the next call, and its line; io.EOF after the last.
func (c *CSV) Next() (cells []string, line int, err error) {
	r, err := c.rows.next()
	return r.cells, r.n, err
}

// Separator is the separator in use.
func (c *CSV) Separator() rune { return c.rows.r.Comma }

// Decoded gives a file's content as UTF-8 without a byte order mark.
func Decoded(content *Spool, charset string) (io.Reader, error) { return decoded(content, charset) }
