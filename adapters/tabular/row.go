package tabular

import (
	"strconv"
	"strings"
)

// row is one row of a table. Cells hold the text of each cell; the number is
// the one an office program or an editor shows.
type row struct {
	n     int
	cells []string
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

// isError reports whether a cell holds one of the error values of a spreadsheet.
func isError(cell string) bool {
	if len(cell) < 4 || cell[0] != '#' {
		return false
	}
	switch cell {
	case "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!":
		return true
	}
	return false
}
