package tabular

import (
	"bytes"
	"errors"
	"io"
	"math"
	"sort"
	"strconv"

	"iocgateway/canonical/problem"
)

// xlsxRows streams the rows of one worksheet. Reading a worksheet as it comes
// takes a tenth of the time of building it, and memory for one row.
type xlsxRows struct {
	book     *workbook
	part     io.ReadCloser
	m        *markup
	cells    []string
	arena    []byte
	spans    [][2]int // of the texts of this row in the arena; [0] < 0 for a shared string
	lost     []int    // columns of this row whose number is longer than workbooks keep
	line     int
	merge    *merges
	sheet    string
	shown    bool // numbers as the cell shows them
	shortest bool // numbers as short as they are exact, not with the digits a float is stored with
}

func newXLSX(spool *Spool, sheet string, fillMerged bool) (*xlsxRows, sheetEntry, error) {
	book, err := openWorkbook(spool)
	if err != nil {
		return nil, sheetEntry{}, err
	}
	entry, err := book.sheet(sheet)
	if err != nil {
		return nil, entry, err
	}
	x := &xlsxRows{book: book, sheet: entry.name}
	if fillMerged {
		if x.merge, err = book.readMerges(entry.part); err != nil {
			return nil, entry, err
		}
	}
	if x.part, err = book.open(entry.part, maxPart); err != nil {
		return nil, entry, err
	}
	x.m = newMarkup(x.part)
	return x, entry, nil
}

func (x *xlsxRows) close() error { return x.part.Close() }

// next reads the next row.
func (x *xlsxRows) next() (row, error) {
	r, err := x.read()
	if _, known := problem.As(err); err == nil || known || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return r, err
	}
	return r, &problem.Problem{Code: "GW-D076", Path: problem.Short(x.sheet + "!" + strconv.Itoa(x.line)), Err: err}
}

// read reads up to the end of the next row.
func (x *xlsxRows) read() (row, error) {
	for {
		if err := x.m.next(); err != nil {
			return row{}, unexpected(err)
		}
		switch {
		case x.m.name == "row" && !x.m.end:
			return x.row()
		case x.m.name == "sheetData" && (x.m.end || x.m.self):
			return row{}, io.EOF
		}
	}
}

func (x *xlsxRows) row() (row, error) {
	x.line++
	if n, err := strconv.Atoi(string(x.m.value("r"))); err == nil {
		if n < x.line {
			return row{}, errMarkup
		}
		x.line = n
	}
	x.cells, x.arena, x.spans, x.lost = x.cells[:0], x.arena[:0], x.spans[:0], x.lost[:0]
	for empty := x.m.self; !empty; {
		if err := x.m.next(); err != nil {
			return row{}, unexpected(err)
		}
		if x.m.name == "row" && x.m.end {
			break
		}
		if x.m.name == "c" && !x.m.end {
			if err := x.cell(); err != nil {
				return row{}, err
			}
		}
	}
	text := string(x.arena) // one allocation for all texts of the row
	for i, span := range x.spans {
		if span[0] >= 0 {
			x.cells[i] = text[span[0]:span[1]]
		}
	}
	out := row{n: x.line, cells: x.cells, lost: x.lost}
	if x.merge != nil {
		out.cells = x.merge.fill(out)
		x.cells = out.cells
	}
	return out, nil
}

var errColumns = errors.New("a row has more columns than a worksheet can have")

func (x *xlsxRows) cell() error {
	column, err := x.column()
	if err != nil {
		return err
	}
	for len(x.cells) <= column {
		x.cells = append(x.cells, "")
		x.spans = append(x.spans, [2]int{})
	}
	kind := cellKind(x.m.value("t"))
	style, _ := strconv.Atoi(string(x.m.value("s")))
	if x.m.self {
		return nil
	}
	from := len(x.arena)
	if err := x.content(column, kind, style); err != nil {
		return err
	}
	if x.spans[column][0] == 0 {
		x.spans[column] = [2]int{from, len(x.arena)}
	}
	return nil
}

// column is where the cell stands: at its reference, or behind the one before.
func (x *xlsxRows) column() (int, error) {
	column := len(x.cells)
	if ref := x.m.value("r"); len(ref) > 0 {
		c, _, ok := reference(string(ref))
		if !ok || c < column {
			return 0, errMarkup
		}
		column = c
	}
	if column >= maxColumns {
		return 0, errColumns
	}
	return column, nil
}

// content reads to the end of the cell.
func (x *xlsxRows) content(column int, kind byte, style int) error {
	phonetic, formula, from := false, false, len(x.arena)
	for {
		if err := x.m.next(); err != nil {
			return unexpected(err)
		}
		switch {
		case x.m.name == "c" && x.m.end:
			if formula && kind != 't' {
				x.uncomputed(column, from)
			}
			return nil
		case x.m.name == "f":
			formula = true
		case x.m.name == "rPh":
			phonetic = !x.m.end
		case x.m.name == "v" && x.m.end:
			if err := x.value(column, kind, style); err != nil {
				return err
			}
		case x.m.name == "t" && x.m.end && !phonetic:
			x.arena = appendText(x.arena, x.m.text)
		}
	}
}

// uncomputed marks the cell of a formula that has no value.
func (x *xlsxRows) uncomputed(column, from int) {
	if len(x.arena) == from && x.spans[column][0] >= 0 {
		x.arena = append(x.arena, noValue...)
	}
}

func cellKind(t []byte) byte {
	switch string(t) {
	case "s":
		return 's'
	case "b":
		return 'b'
	case "str", "inlineStr", "e", "d":
		return 't'
	}
	return 'n'
}

// value takes the stored value of a cell. Of a formula it is the result that
// the writer left there.
func (x *xlsxRows) value(column int, kind byte, style int) error {
	text := x.m.text
	switch kind {
	case 's':
		i, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		if err != nil || i < 0 || i >= len(x.book.strings) {
			return errMarkup
		}
		x.cells[column] = x.book.strings[i]
		x.spans[column] = [2]int{-1, 0}
	case 'b':
		if len(text) == 1 && text[0] == '1' {
			x.arena = append(x.arena, "true"...)
		} else {
			x.arena = append(x.arena, "false"...)
		}
	case 't':
		x.arena = appendText(x.arena, text)
	default:
		if style >= 0 && style < len(x.book.formats) && x.book.formats[style] != formatNumber {
			x.arena = appendSerial(x.arena, text, x.book.formats[style], x.book.date1904)
		} else {
			if !x.shown && tooLong(text) {
				x.lost = append(x.lost, column)
			}
			x.arena = x.number(x.arena, text, style)
		}
	}
	return nil
}

// tooLong reports whether a number has more than the 15 digits that office
// programs keep of one: those behind them are made up.
func tooLong(stored []byte) bool {
	if len(stored) <= 15 && bytes.IndexByte(stored, 'E') < 0 {
		return false
	}
	n, err := strconv.ParseFloat(string(stored), 64)
	return err == nil && math.Abs(n) >= 1e15
}

// number keeps a number as it is stored. Office programs store 2.3 as
// 2.2999999999999998; asked for the shortest, both are 2.3, and asked for what
// the cell shows, 123 may be 00123.
func (x *xlsxRows) number(dst, stored []byte, style int) []byte {
	if x.shown && style >= 0 && style < len(x.book.codes) {
		if text, ok := shown(x.book.codes[style], stored); ok {
			return append(dst, text...)
		}
	}
	if x.shortest || x.shown {
		if n, err := strconv.ParseFloat(string(stored), 64); err == nil {
			return strconv.AppendFloat(dst, n, 'f', -1, 64)
		}
	}
	return append(dst, stored...)
}

// merges are the merged areas of a sheet, in the order of their first row.
type merges struct {
	areas  []area
	next   int
	active []area
}

type area struct {
	left, top, right, bottom int
	text                     string
}

const maxMerges = 100_000

// readMerges reads the merged areas, which stand behind the rows.
func (w *workbook) readMerges(part string) (*merges, error) {
	body, err := w.open(part, maxPart)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	m := newMarkup(body)
	for { // to the end of the rows, without taking them apart
		tag, err := m.until('>')
		if err != nil {
			return &merges{}, nil //nolint:nilerr // the reader of the rows reports what is wrong
		}
		if bytes.HasSuffix(tag, []byte("sheetData>")) || bytes.HasSuffix(tag, []byte("sheetData/>")) {
			if !bytes.HasSuffix(tag, []byte("<sheetData>")) && !bytes.HasSuffix(tag, []byte(":sheetData>")) ||
				bytes.Contains(tag, []byte("</")) {
				break
			}
		}
	}
	out := &merges{}
	for {
		if err := m.next(); err != nil || len(out.areas) > maxMerges {
			break
		}
		if m.name == "mergeCell" && !m.end {
			out.add(string(m.value("ref")))
		}
	}
	sort.SliceStable(out.areas, func(i, j int) bool { return out.areas[i].top < out.areas[j].top })
	return out, nil
}

func (g *merges) add(ref string) {
	from, to, ok := bytes.Cut([]byte(ref), []byte(":"))
	left, top, ok1 := reference(string(from))
	right, bottom, ok2 := reference(string(to))
	if ok && ok1 && ok2 && left <= right && top <= bottom && right < maxColumns {
		g.areas = append(g.areas, area{left: left, top: top, right: right, bottom: bottom})
	}
}

// fill gives every cell of a merged area the text of its first one.
func (g *merges) fill(r row) []string {
	cells := r.cells
	for g.next < len(g.areas) && g.areas[g.next].top <= r.n {
		a := g.areas[g.next]
		g.next++
		if a.top == r.n {
			a.text = r.cell(a.left)
		}
		if a.text != "" {
			g.active = append(g.active, a)
		}
	}
	kept := g.active[:0]
	for _, a := range g.active {
		if a.bottom < r.n {
			continue
		}
		kept = append(kept, a)
		for len(cells) <= a.right {
			cells = append(cells, "")
		}
		for c := a.left; c <= a.right; c++ {
			if cells[c] == "" {
				cells[c] = a.text
			}
		}
	}
	g.active = kept
	return cells
}
