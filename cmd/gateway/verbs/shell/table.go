package shell

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	narrow = 16 // a column of prose is made no narrower
	tall   = 6  // lines of a cell: a taller row is read as a block
	gap    = 2
)

// nothing is what stands in a cell that has nothing, on pages and in tables.
const nothing = "–"

// filled is a cell: that nothing is there is said, not left out.
func filled(cell string) string {
	if cell == "" || cell == "-" {
		return nothing
	}
	return cell
}

// laid is a table as people read it: in columns where they fit, cells broken at
// their blanks where they do not, and as blocks where that would be no table.
// names are the heads in English.
func laid(head, names []string, rows [][]string, wide int) string {
	all := make([][]string, 0, len(rows))
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = columns(h)
	}
	for _, row := range rows {
		cells := make([]string, 0, len(row))
		for i, cell := range row {
			cells = append(cells, filled(cell))
			widths[i] = max(widths[i], columns(cells[i]))
		}
		all = append(all, cells)
	}
	if wide <= 0 || total(widths) <= wide {
		return ranked(append([][]string{head}, all...), widths)
	}
	if shrunk(widths, append([][]string{head}, all...), wide) {
		if text, low := broken(append([][]string{head}, all...), widths); low {
			return text
		}
	}
	return stacked(head, names, all, wide)
}

func total(widths []int) (n int) {
	for _, w := range widths {
		n += w + gap
	}
	return n - gap
}

// ranked are rows of cells that fit their columns.
func ranked(rows [][]string, widths []int) string {
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += padded(cell, widths[i]+gap)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// shrunk makes the widest columns narrower until all fit; a word is never
// broken, for it may be a name that is copied. False: they cannot fit.
func shrunk(widths []int, rows [][]string, wide int) bool {
	least := make([]int, len(widths))
	for i := range least {
		least[i] = min(widths[i], narrow)
		for _, row := range rows {
			for _, word := range strings.Fields(row[i]) {
				least[i] = max(least[i], columns(word))
			}
		}
	}
	for total(widths) > wide {
		at := -1
		for i := range widths {
			if widths[i] > least[i] && (at < 0 || widths[i] > widths[at]) {
				at = i
			}
		}
		if at < 0 {
			return false
		}
		widths[at]--
	}
	return true
}

// broken are rows whose cells go on in further lines; low: none has many.
func broken(rows [][]string, widths []int) (text string, low bool) {
	low = true
	for _, row := range rows {
		cells, height := make([][]string, 0, len(row)), 1
		for i, cell := range row {
			cells = append(cells, folded(cell, widths[i]))
			height = max(height, len(cells[i]))
		}
		low = low && height <= tall
		for n := range height {
			line := make([]string, len(row))
			for i := range row {
				if n < len(cells[i]) {
					line[i] = cells[i][n]
				}
			}
			text += ranked([][]string{line}, widths)
		}
	}
	return text, low
}

// folded breaks a text into lines of at most so many columns, at its blanks.
func folded(text string, wide int) (all []string) {
	if columns(text) <= wide {
		return []string{text}
	}
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && columns(line)+1+columns(word) > wide {
			all, line = append(all, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(all, line)
}

// foremost are the columns that say what is wrong, or what it came to: of a
// block they are read first.
var foremost = []string{"CAUSE", "WHAT", "RESULT"}

// stacked is a table that does not fit a terminal: what a row is about on a line,
// each with its head, and behind it what is said of it, what is wrong first.
// What is empty is left out.
func stacked(head, names []string, rows [][]string, wide int) string {
	var order []int
	for i := 2; i < len(head); i++ {
		if slices.Contains(foremost, names[i]) {
			order = append(order, i)
		}
	}
	for i := 2; i < len(head); i++ {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var about []string
		for i := range row[:min(2, len(row))] {
			about = append(about, called(head[i], row[i]))
		}
		if first := strings.Join(about, "  "); columns(first) <= wide {
			about = []string{first}
		}
		for _, one := range about {
			b.WriteString(strings.Join(folded(one, wide), "\n") + "\n")
		}
		for _, i := range order {
			if row[i] == nothing {
				continue
			}
			for _, line := range folded(called(head[i], row[i]), wide-4) {
				b.WriteString("    " + line + "\n")
			}
		}
	}
	return b.String()
}

func called(head, cell string) string {
	if head == "" {
		return cell
	}
	return head + ": " + cell
}

// padded fills a text up with blanks.
func padded(text string, wide int) string {
	return text + strings.Repeat(" ", max(0, wide-columns(text)))
}

// Width is how wide the reader's window is: as COLUMNS says, where somebody set
// it, and else the terminal itself; 0: there is none.
func Width(t Terminal) int {
	for _, line := range t.Environ {
		if text, is := strings.CutPrefix(line, "COLUMNS="); is {
			if n, err := strconv.Atoi(text); err == nil && n > 0 {
				return n
			}
		}
	}
	return Columns(t.Out)
}

// columns is how many columns of a terminal a text takes: a mark that is set
// upon the letter before it takes none, a letter of the Far East two.
func columns(text string) (n int) {
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0xFF01 && r <= 0xFF60:
			n += 2
		default:
			n++
		}
	}
	return n
}

// wrapped is a text in lines of at most so many columns, each behind an indent.
func wrapped(text string, wide int, indent string) string {
	var b strings.Builder
	for _, line := range folded(strings.Join(strings.Fields(text), " "), wide-columns(indent)) {
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
	return b.String()
}
