package tabular

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"

	"iocgateway/canonical/problem"
)

const oleMagicText = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// The records of an .xls workbook that matter (BIFF8).
const (
	recFormula, recEOF, recDateMode, recFilePass, recContinue = 0x06, 0x0A, 0x22, 0x2F, 0x3C
	recBoundSheet, recMulRK, recXF, recMerge, recSST          = 0x85, 0xBD, 0xE0, 0xE5, 0xFC
	recLabelSST, recNumber, recLabel, recBoolErr, recString   = 0xFD, 0x203, 0x204, 0x205, 0x207
	recRK, recFormat, recBOF                                  = 0x27E, 0x41E, 0x809
)

var (
	errOldXLS = errors.New("a workbook of Excel 95 or before: save it as .xlsx")
	errXLS    = errors.New("the workbook is damaged")
	errNoBook = errors.New("there is no workbook in this file")
)

// xlsRows gives the rows of one sheet of an old binary workbook. The cells of
// the sheet are in memory, which the size of a file bounds.
type xlsRows struct {
	book   *xlsBook
	cells  []xlsCell
	merge  *merges
	buffer []string
}

type xlsCell struct {
	lost     bool // it is longer a number than workbooks keep
	row, col int
	text     string
}

// newXLS reads a sheet. Should the reader ever stumble over damaged
// bytes, that is an error here and never the end of the process.
func newXLS(spool *Spool, want string, how ExcelSettings) (rows *xlsRows, sheet string, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			rows, err = nil, fmt.Errorf("%w: %v", errXLS, broken)
		}
	}()
	stream, err := bookStream(spool)
	if err != nil {
		return nil, "", err
	}
	book := &xlsBook{data: stream, shown: how.As == "shown"}
	if err := book.globals(); err != nil {
		return nil, "", err
	}
	names, visible := book.names()
	at, err := pickSheet(names, visible, want)
	if err != nil {
		return nil, "", err
	}
	rows = &xlsRows{book: book}
	if how.Merged == "fill" {
		rows.merge = &merges{}
	}
	if err := book.sheet(book.sheets[at].offset, rows); err != nil {
		return nil, "", err
	}
	sort.SliceStable(rows.cells, func(i, j int) bool { return rows.cells[i].row < rows.cells[j].row })
	if rows.merge != nil {
		sort.SliceStable(rows.merge.areas, func(i, j int) bool { return rows.merge.areas[i].top < rows.merge.areas[j].top })
	}
	return rows, names[at], nil
}

// bookStream takes the workbook out of its container. A container that holds
// an encrypted package is an .xlsx with a password.
func bookStream(spool *Spool) ([]byte, error) {
	data, err := spool.Bytes()
	if err != nil {
		return nil, err
	}
	container, err := openCompound(data)
	if err != nil {
		return nil, err
	}
	if container.find("EncryptedPackage") != nil {
		return nil, &problem.Problem{Code: "GW-D008"}
	}
	if book := container.find("Workbook"); book != nil {
		return container.read(book)
	}
	if container.find("Book") != nil {
		return nil, errOldXLS
	}
	return nil, errNoBook
}

func (x *xlsRows) close() error { return nil }

func (x *xlsRows) next() (row, error) {
	if len(x.cells) == 0 {
		return row{}, io.EOF
	}
	r := row{n: x.cells[0].row + 1}
	x.buffer = x.buffer[:0]
	for len(x.cells) > 0 && x.cells[0].row+1 == r.n {
		c := x.cells[0]
		x.cells = x.cells[1:]
		for len(x.buffer) <= c.col {
			x.buffer = append(x.buffer, "")
		}
		x.buffer[c.col] = c.text
		if c.lost {
			r.lost = append(r.lost, c.col)
		}
	}
	r.cells = x.buffer
	if x.merge != nil {
		r.cells = x.merge.fill(r)
		x.buffer = r.cells
	}
	return r, nil
}

type xlsBook struct {
	data     []byte
	sheets   []xlsSheet
	strings  []string
	styles   []cellFormat
	codes    []string // as numbers are shown
	formats  map[int]string
	shown    bool
	date1904 bool
}

type xlsSheet struct {
	name   string
	offset int
	hidden bool
}

// record gives the record at an offset and where the next one begins.
func (b *xlsBook) record(at int) (id int, body []byte, next int, err error) {
	if at < 0 || at+4 > len(b.data) {
		return 0, nil, 0, errXLS
	}
	id = int(binary.LittleEndian.Uint16(b.data[at:]))
	next = at + 4 + int(binary.LittleEndian.Uint16(b.data[at+2:]))
	if next > len(b.data) {
		return 0, nil, 0, errXLS
	}
	return id, b.data[at+4 : next], next, nil
}

// continued gives a record's body with those of the continuations behind it.
func (b *xlsBook) continued(body []byte, next int) ([][]byte, int) {
	parts := [][]byte{body}
	for {
		id, more, after, err := b.record(next)
		if err != nil || id != recContinue {
			return parts, next
		}
		parts, next = append(parts, more), after
	}
}

func (b *xlsBook) globals() error {
	b.formats = map[int]string{}
	var xfs []int
	for at := 0; ; {
		id, body, next, err := b.record(at)
		if err != nil {
			return err
		}
		switch id {
		case recBOF:
			if len(body) < 2 || binary.LittleEndian.Uint16(body) != 0x0600 {
				return errOldXLS
			}
		case recFilePass:
			return &problem.Problem{Code: "GW-D008"}
		case recDateMode:
			b.date1904 = len(body) > 0 && body[0] == 1
		case recXF:
			if len(body) >= 4 {
				xfs = append(xfs, int(binary.LittleEndian.Uint16(body[2:])))
			}
		case recSST:
			var parts [][]byte
			parts, next = b.continued(body, next)
			b.strings = sharedStrings(parts)
		case recEOF:
			b.style(xfs)
			return nil
		default:
			b.global(id, body)
		}
		at = next
	}
}

func (b *xlsBook) global(id int, body []byte) {
	switch {
	case id == recFormat && len(body) >= 5:
		b.formats[int(binary.LittleEndian.Uint16(body))] = (&pieces{parts: [][]byte{body[2:]}}).text(2)
	case id == recBoundSheet && len(body) >= 8 && body[5] == 0: // 0: a worksheet, not a chart or a macro
		name := (&pieces{parts: [][]byte{body[6:]}}).text(1)
		b.sheets = append(b.sheets, xlsSheet{name: name, offset: int(binary.LittleEndian.Uint32(body)), hidden: body[4]&3 != 0})
	}
}

func (b *xlsBook) style(xfs []int) {
	for _, id := range xfs {
		format, code := styleOf(b.formats, id)
		b.styles, b.codes = append(b.styles, format), append(b.codes, code)
	}
}

// sheet reads the cells of one sheet.
func (b *xlsBook) sheet(at int, into *xlsRows) error {
	depth, pending := 0, -1 // pending: the cell whose formula gave a text, which comes in its own record
	for {
		id, body, next, err := b.record(at)
		if err != nil {
			return err
		}
		switch id {
		case recBOF:
			depth++
		case recEOF:
			if depth--; depth <= 0 {
				return nil
			}
		case recString:
			if pending >= 0 {
				parts, _ := b.continued(body, next)
				into.cells[pending].text = (&pieces{parts: parts}).text(2)
				pending = -1
			}
		case recMerge:
			if into.merge != nil {
				mergeAreas(body, into.merge)
			}
		default:
			if depth == 1 && len(body) >= 6 {
				before := len(into.cells)
				if b.cell(id, body, into) {
					pending = before
				}
			}
		}
		at = next
	}
}

func mergeAreas(body []byte, into *merges) {
	for i := 2; i+8 <= len(body) && len(into.areas) < maxMerges; i += 8 {
		u := func(at int) int { return int(binary.LittleEndian.Uint16(body[i+at:])) }
		into.areas = append(into.areas, area{top: u(0) + 1, bottom: u(2) + 1, left: u(4), right: min(u(6), 255)})
	}
}

// cell takes one cell record; true: its text is in the next STRING record.
func (b *xlsBook) cell(id int, body []byte, into *xlsRows) (textFollows bool) {
	r, c := int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
	xf, rest := int(binary.LittleEndian.Uint16(body[4:])), body[6:]
	put := func(col int, text string) {
		into.cells = append(into.cells, xlsCell{row: r, col: min(col, 255), text: text})
	}
	switch {
	case id == recLabelSST && len(rest) >= 4:
		put(c, b.shared(binary.LittleEndian.Uint32(rest)))
	case id == recLabel && len(rest) >= 3:
		put(c, (&pieces{parts: [][]byte{rest}}).text(2))
	case id == recNumber && len(rest) >= 8:
		put(c, b.number(math.Float64frombits(binary.LittleEndian.Uint64(rest)), xf))
		into.lose(b, rest)
	case id == recRK && len(rest) >= 4:
		put(c, b.number(rk(binary.LittleEndian.Uint32(rest)), xf))
	case id == recMulRK:
		b.numbers(body, c, put)
	case id == recBoolErr && len(rest) >= 2:
		put(c, boolOrError(rest[0], rest[1] != 0))
	case id == recFormula && len(rest) >= 8:
		defer into.lose(b, rest)
		return b.formula(rest, xf, c, put)
	}
	return false
}

// lose marks the cell read last where its number is longer than workbooks keep.
func (x *xlsRows) lose(b *xlsBook, number []byte) {
	n := math.Abs(math.Float64frombits(binary.LittleEndian.Uint64(number)))
	if n >= 1e15 && n <= math.MaxFloat64 { // a text or an error is none
		x.cells[len(x.cells)-1].lost = !b.shown
	}
}

func (b *xlsBook) shared(i uint32) string {
	if int64(i) >= int64(len(b.strings)) {
		return ""
	}
	return b.strings[i]
}

// numbers takes a run of numbers side by side.
func (b *xlsBook) numbers(body []byte, c int, put func(int, string)) {
	for i := 4; i+6 <= len(body)-2; i += 6 {
		put(c, b.number(rk(binary.LittleEndian.Uint32(body[i+2:])), int(binary.LittleEndian.Uint16(body[i:]))))
		c++
	}
}

// formula takes the result that the writer left in the cell.
func (b *xlsBook) formula(result []byte, xf, c int, put func(int, string)) (textFollows bool) {
	if result[6] != 0xFF || result[7] != 0xFF {
		put(c, b.number(math.Float64frombits(binary.LittleEndian.Uint64(result)), xf))
		return false
	}
	switch result[0] {
	case 0:
		put(c, "")
		return true
	case 1, 2:
		put(c, boolOrError(result[2], result[0] == 2))
	}
	return false
}

func boolOrError(value byte, isError bool) string {
	if !isError {
		return strconv.FormatBool(value != 0)
	}
	switch value {
	case 0x00:
		return "#NULL!"
	case 0x07:
		return "#DIV/0!"
	case 0x0F:
		return "#VALUE!"
	case 0x17:
		return "#REF!"
	case 0x1D:
		return "#NAME?"
	case 0x24:
		return "#NUM!"
	default:
		return "#N/A"
	}
}

func (b *xlsBook) number(n float64, xf int) string {
	text := strconv.AppendFloat(nil, n, 'f', -1, 64)
	switch {
	case xf >= len(b.styles):
	case b.styles[xf] != formatNumber:
		text = appendSerial(nil, text, b.styles[xf], b.date1904)
	case b.shown:
		if as, ok := shown(b.codes[xf], text); ok {
			return as
		}
	}
	return string(text)
}

// rk is a number in the short form: an integer or the upper half of a float,
// possibly a hundredfold.
func rk(v uint32) float64 {
	n := float64(int32(v) >> 2)
	if v&2 == 0 {
		n = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		n /= 100
	}
	return n
}
