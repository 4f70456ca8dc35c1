package tabular

import "iocgateway/canonical/problem"

// tally is what was counted of a table.
type tally struct {
	rows     int
	jumped   int // of them those that are wider or narrower than the header, or broken
	repeated int // rows that stood before, byte for byte
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
	if t.tally.repeated == 0 {
		return nil
	}
	return []problem.Problem{{Code: "GW-D079", File: problem.Short(t.file), Value: itoa(t.tally.repeated)}}
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
