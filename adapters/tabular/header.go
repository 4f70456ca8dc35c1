package tabular

import (
	"errors"
	"io"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// maxSearch is how far down a header is looked for.
const maxSearch = 200

// header is what the first rows of a table give about its columns.
type header struct {
	names  []string   // joined over the header rows, clean; a letter where there is none
	levels [][]string // per header row, per column, clean
	folded []string
	row    int // the last of them; 0: there is none
}

// readHeader reads up to the last header row. A row behind it that had to be
// read to know is kept for later.
func (t *table) readHeader() error {
	searched := len(t.plan.Header.Find) > 0
	if t.plan.Header.Row == 0 && !searched {
		return nil
	}
	first, last := t.plan.Header.Row, t.plan.Header.Row+t.plan.Header.Rows-1
	for read := 0; ; read++ {
		r, err := t.top(searched && read > maxSearch)
		if err != nil || r.n == 0 {
			return err
		}
		if r.flaw != nil && r.n <= last {
			return r.flaw
		}
		t.convert(r.cells, true)
		if searched && t.holds(r) {
			searched, first, last = false, r.n, r.n+t.plan.Header.Rows-1
		}
		if err := t.heading(r, searched || r.n < first, r.n <= last); err != nil {
			return err
		}
		if !searched && r.n >= last {
			t.head.row = r.n
			return nil
		}
	}
}

// top gives the next row at the top of the table; without a number where the
// table ends in its header.
func (t *table) top(far bool) (row, error) {
	r, err := t.rows.next()
	switch {
	case errors.Is(err, io.EOF) && len(t.head.levels) > 0:
		return row{}, nil
	case errors.Is(err, io.EOF), err == nil && far:
		return r, &problem.Problem{Code: "GW-D013", File: problem.Short(t.file), Want: problem.Short(strings.Join(t.plan.Header.Find, ", "))}
	}
	return r, err
}

// heading takes one row at the top of the table: above the header, of it, or
// already behind it.
func (t *table) heading(r row, above, within bool) error {
	switch {
	case above:
		t.capture(r)
	case within:
		if at := r.tornCell(nil); at >= 0 { // nobody knows what the column is called
			return &problem.Problem{Code: "GW-D100", File: problem.Short(t.file), Path: t.where(r, at)}
		}
		t.capture(r)
		t.head.add(r)
	default:
		t.pending, t.hasPending = r, true
	}
	return nil
}

// holds reports whether a row holds all the headers looked for.
func (t *table) holds(r row) bool {
	for _, want := range t.plan.Header.Find {
		folded := vntext.Fold(want)
		if !slices.ContainsFunc(r.cells, func(c string) bool { return vntext.Fold(c) == folded }) {
			return false
		}
	}
	return true
}

func (h *header) add(r row) {
	level := make([]string, len(r.cells))
	for i, c := range r.cells {
		level[i] = vntext.Clean(c)
	}
	h.levels = append(h.levels, level)
}

// name joins the header rows of each column; columns that share a name are
// kept apart by a number.
func (h *header) name() {
	width := 0
	for _, level := range h.levels {
		width = max(width, len(level))
	}
	seen := map[string]int{}
	for c := range width {
		var parts []string
		for l := range h.levels {
			if text := h.level(l, c); text != "" && (len(parts) == 0 || parts[len(parts)-1] != text) {
				parts = append(parts, text)
			}
		}
		name := strings.Join(parts, " ")
		if name == "" {
			name = letters(c)
		}
		if seen[name]++; seen[name] > 1 {
			name += " #" + itoa(seen[name])
		}
		h.names = append(h.names, name)
		h.folded = append(h.folded, vntext.Fold(name))
	}
}

// narrowest is how many cells a row has at least: as many as have a name.
func (h *header) narrowest() int {
	width := 0
	for _, level := range h.levels {
		for i, text := range level {
			if text != "" {
				width = max(width, i+1)
			}
		}
	}
	return width
}

func (h *header) level(l, column int) string {
	if l >= len(h.levels) || column >= len(h.levels[l]) {
		return ""
	}
	return h.levels[l][column]
}

// column finds a column by its header (case, marks and blanks aside) or by its letter.
func (h *header) column(ref string) (int, bool) {
	folded := vntext.Fold(ref)
	if i := slices.Index(h.folded, folded); i >= 0 {
		return i, true
	}
	// A letter means a column of the table, or of the first 26: a header that is
	// missing (ID, STT) must not be taken for one far to the right.
	if column, _, ok := reference(ref + "1"); ok && (column < max(len(h.names), 26) || len(h.names) == 0 && column < maxColumns) {
		return column, true
	}
	return 0, false
}

// missing is the Problem of a column that settings name and the table has not.
func (t *table) missing(ref string) error {
	return &problem.Problem{Code: "GW-D014", File: problem.Short(t.file), Value: problem.Short(ref),
		Want: problem.Short(strings.Join(t.head.names, ", ")), Near: problem.Near(ref, t.head.names)}
}

// capture takes members from the cells of the rows above the data.
func (t *table) capture(r row) {
	for _, c := range t.plan.captures {
		if column, line, ok := reference(c.of); ok && line == r.n {
			t.captured(c, r.cell(column))
		}
	}
}

func (t *table) captured(c capture, text string) {
	found := c.re.FindStringSubmatch(vntext.Clean(text))
	for i, name := range c.re.SubexpNames() {
		if i > 0 && name != "" && found != nil {
			t.fixed[name] = found[i]
		}
	}
}

// complete makes sure that every member to be captured was.
func (t *table) complete() error {
	for _, c := range t.plan.captures {
		for _, name := range c.re.SubexpNames() {
			if _, ok := t.fixed[name]; !ok && name != "" {
				return &problem.Problem{Code: "GW-D019", File: problem.Short(t.file), Field: name, Path: c.of, Want: problem.Short(c.re.String())}
			}
		}
	}
	return nil
}
