package tabular

import (
	"slices"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// tally is what was counted of a table.
type tally struct {
	rows     int
	jumped   int // of them those that are wider or narrower than the header, or broken
	repeated int // rows that stood before, byte for byte
	headed   int // rows that are the header once more
	torn     int // rows with bytes that are no UTF-8
	width    int // cells a row has at least
}

// misshapen is why a row of a text is not of this table: it is damaged, or has
// more or fewer cells than the header. Blank cells beyond are cut.
func (t *table) misshapen(r *row) *problem.Problem {
	if r.flaw != nil || !t.ragged {
		return r.flaw
	}
	width := len(t.head.names)
	if width == 0 && t.tally.width == 0 {
		t.tally.width = len(r.cells) // no header: as the first row
	}
	off := t.plan.ShortRows != "fill" && len(r.cells) < t.tally.width
	if width > 0 && len(r.cells) > width {
		extra := row{cells: r.cells[width:]}
		if off = !extra.blank(); !off {
			r.cells = r.cells[:width]
		}
	}
	if !off {
		return nil
	}
	return &problem.Problem{Code: "GW-D016", Path: t.where(*r, -1), Value: itoa(len(r.cells)), Want: itoa(max(width, t.tally.width))}
}

// itself refuses a text of which most rows do not have the header's width:
// it is of another kind, or the separator is another one.
func (t *table) itself() error {
	n := t.tally
	if n.torn >= fewJumps && 2*n.torn > n.rows && (t.ended || n.rows%judged == 0) {
		return &problem.Problem{Code: "GW-D101", File: problem.Short(t.file), Value: itoa(n.torn), Want: itoa(n.rows)}
	}
	if n.jumped < fewJumps || 2*n.jumped <= n.rows || !t.ended && n.rows%judged != 0 {
		return nil
	}
	return &problem.Problem{Code: "GW-D074", File: problem.Short(t.file), Value: itoa(n.jumped), Want: itoa(n.rows)}
}

const (
	fewJumps = 3   // rows that may always be held alone
	judged   = 500 // rows after which the table is looked at; fewer than a page has
)

// Notes is Noter's.
func (t *table) Notes() []problem.Problem {
	var notes []problem.Problem
	for code, n := range map[string]int{"GW-D079": t.tally.repeated, "GW-D102": t.tally.headed} {
		if n > 0 {
			notes = append(notes, problem.Problem{Code: code, File: problem.Short(t.file), Value: itoa(n)})
		}
	}
	slices.SortFunc(notes, func(a, b problem.Problem) int { return strings.Compare(a.Code, b.Code) })
	return notes
}

// repeats reports whether a row says what a row of the header says, in all columns
// that it names: an export that was put together from pages has it once a page.
func (h *header) repeats(r row) bool {
	return r.flaw == nil && slices.ContainsFunc(h.levels, func(level []string) bool {
		named := 0
		for i := range max(len(level), len(r.cells)) {
			text := ""
			if i < len(level) {
				text = level[i]
			}
			if vntext.Clean(r.cell(i)) != text {
				return false
			}
			if text != "" {
				named++
			}
		}
		return named > 1 // one word may be a value
	})
}

// tornCell is the first cell that counts and has bytes that are no UTF-8; -1: none.
func (r row) tornCell(cols []column) int {
	for i, c := range r.cells {
		if !utf8.ValidString(c) && (i >= len(cols) || cols[i].member != "") {
			return i
		}
	}
	return -1
}

// tear holds a row with broken text, under its key where that is whole.
func (t *table) tear(r row, at int) {
	t.tally.torn++
	r.torn = true
	key, whole := t.position(r), t.plan.Unpivot == nil && len(t.refs.key) > 0
	for _, column := range t.refs.key {
		whole = whole && utf8.ValidString(r.cell(column))
	}
	if joined, ok := JoinKey(t.prefix, t.parts(r, t.refs.key)); ok && whole {
		key = joined
	}
	t.refuse(r, key, &problem.Problem{Code: "GW-D100", Path: t.where(r, at), Field: problem.Short(t.cols[at].member)})
}

// Placed is Placed's.
func (t *table) Placed() (where, header string, columns []string) {
	if t.head.row > 0 {
		header = t.where(row{n: t.head.row}, -1)
	}
	return t.sheet, header, t.head.names
}

// Header is Headed's: where columns are named, or are data, nothing is called
// by its header alone.
func (t *table) Header() []string {
	if len(t.plan.Columns) > 0 || t.plan.Unpivot != nil {
		return nil
	}
	return t.head.names
}
