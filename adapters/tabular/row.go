package tabular

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// row is one row of a table. Cells hold the text of each cell; the number is
// the one an office program or an editor shows.
type row struct {
	n     int
	cells []string
	flaw  *problem.Problem // why this row cannot be taken
	cut   bool             // the text stops in it, in its last cell, with nothing that ends its line
	last  int              // that cell
	lost  []int            // columns whose number is longer than workbooks keep
	torn  bool             // bytes in it are no UTF-8: its cells are kept as they came
}

// rowReader streams the rows of one table. The row it gives is its own until
// the next call.
type rowReader interface {
	next() (row, error) // io.EOF after the last
	close() error
}

func (r row) cell(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// lostIn is the first of the columns that has lost digits; -1: none has.
func (r row) lostIn(columns ...[]int) int {
	for _, at := range r.lost {
		if slices.ContainsFunc(columns, func(some []int) bool { return slices.Contains(some, at) }) {
			return at
		}
	}
	return -1
}

func (r row) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// letters gives the name an office program shows for a column: A, B … AA.
func letters(column int) string {
	var out []byte
	for column++; column > 0; column = (column - 1) / 26 {
		out = append([]byte{byte('A' + (column-1)%26)}, out...)
	}
	return string(out)
}

// reference takes a cell's address apart: "B12" is column 1, row 12.
func reference(ref string) (column, line int, ok bool) {
	i := 0
	for i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4 {
		column = column*26 + int(ref[i]-'A') + 1
		i++
	}
	line, err := strconv.Atoi(ref[i:])
	return column - 1, line, err == nil && i > 0 && line > 0
}

// maxColumns is what a worksheet can have.
const maxColumns = 16384

// noValue stands in a cell whose formula nobody computed: programs that write
// workbooks leave that to whoever opens them.
const noValue = "#NO VALUE!"

// isError reports whether a cell holds one of the error values of a spreadsheet.
func isError(cell string) bool {
	if len(cell) < 4 || cell[0] != '#' {
		return false
	}
	switch cell {
	case "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", noValue:
		return true
	}
	return false
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendJSONString(dst []byte, s string) []byte { return appendString(dst, s, false) }

// appendString leaves invalid UTF-8 as it is where asked to: nobody takes that for JSON.
func appendString(dst []byte, s string, asItIs bool) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 || asItIs {
				i += size
				continue
			}
			dst = append(append(dst, s[from:i]...), "\ufffd"...)
		} else {
			dst = appendControl(append(dst, s[from:i]...), c)
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// AppendMember appends "name":"value" to an object, with a comma where one is needed.
func AppendMember(dst []byte, name, value string) []byte {
	return AppendJSONString(appendName(dst, name), value)
}

func appendName(dst []byte, name string) []byte {
	if len(dst) > 0 && dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(AppendJSONString(dst, name), ':')
}

// JoinKey joins the parts of a key; a part that holds the separator is
// escaped, so that two keys are never one. It is false when all parts are blank.
func JoinKey(prefix string, parts []string) (string, bool) {
	var b strings.Builder
	b.WriteString(prefix)
	some := false
	for i, part := range parts {
		part = vntext.Clean(part)
		some = some || part != ""
		if i > 0 {
			b.WriteByte('|')
		}
		if strings.ContainsAny(part, `|\`) {
			part = keyEscape(part)
		}
		b.WriteString(part)
	}
	return b.String(), some
}

// wholeNumber is a whole number as digits, however it was written; what is none
// stays.
func wholeNumber(part string) string {
	return string(jsonscan.AppendWhole(nil, []byte(vntext.Clean(part))))
}

func keyEscape(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, `\`, `\\`), "|", `\|`)
}

// FilePrefix is what the keys of one file begin with where each file is a
// whole of its own.
func FilePrefix(file string) string {
	return keyEscape(vntext.Clean(file)) + "#"
}
