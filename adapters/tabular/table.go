package tabular

import (
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// table turns the rows of one table into Items.
type table struct {
	plan   *plan
	rows   rowReader
	file   string
	sheet  string
	ragged bool // columns beyond the header are a damaged row, not a wider sheet

	others     // of the workbook
	head       header
	fixed      map[string]string
	pending    row
	hasPending bool
	started    bool
	ended      bool

	cols   []column
	refs   refs
	above  []string // for fill_down and ditto
	lead   []byte   // the payload's members that are the same in every row
	queue  []Item   // what a row came to,
	given  int      // and how much of it was given on
	seed   maphash.Seed
	seen   map[uint64]uint64 // key → content, as hashes
	prefix string
	tally  tally
}

// column is what becomes of one column of the table.
type column struct {
	member string // its name in the payload; "" leaves it out
	legacy func(string) string
}

// refs are the columns that settings name, as positions.
type refs struct {
	key, fill, ditto, ids, values []int
	version, at                   int
	skip, stop                    []int
}

func newTable(p *plan, rows rowReader, file, sheet string) *table {
	return &table{plan: p, rows: rows, file: file, sheet: sheet, prefix: p.prefix(file), fixed: map[string]string{},
		seed: maphash.MakeSeed(), seen: map[uint64]uint64{}}
}

// Close closes the rows.
func (t *table) Close() error { return t.rows.close() }

// Next gives the next row, or cell, as an Item.
func (t *table) Next() (Item, error) {
	if !t.started {
		t.started = true
		if err := t.start(); err != nil {
			return Item{}, err
		}
	}
	for {
		if t.given < len(t.queue) {
			t.given++
			return t.queue[t.given-1], nil
		}
		clear(t.queue) // its room serves again, what was in it need not stay
		t.queue, t.given = t.queue[:0], 0
		if t.ended {
			return Item{}, io.EOF
		}
		r, err := t.read()
		if errors.Is(err, io.EOF) {
			t.ended = true
		} else if err != nil {
			return Item{}, err
		} else {
			t.take(r)
		}
		if err := t.itself(); err != nil {
			return Item{}, err
		}
	}
}

func (t *table) read() (row, error) {
	if t.hasPending {
		t.hasPending = false
		return t.pending, nil
	}
	r, err := t.rows.next()
	if err == nil {
		t.convert(r.cells, false)
	}
	return r, err
}

// start reads the header and finds every column that the settings name.
func (t *table) start() error {
	for _, c := range t.plan.captures {
		switch c.of {
		case "file":
			t.captured(c, t.file)
		case "sheet":
			t.captured(c, t.sheet)
		}
	}
	if err := t.readHeader(); err != nil {
		return err
	}
	if err := t.complete(); err != nil {
		return err
	}
	t.head.name()
	for range t.head.names {
		t.cols = append(t.cols, column{})
	}
	for i := range t.cols {
		t.cols[i].member = t.head.names[i]
	}
	t.tally.width = t.head.narrowest()
	if err := t.resolve(); err != nil {
		return err
	}
	t.leadMembers()
	if t.hasPending { // it was read before it was known which columns are in a legacy font
		t.convert(t.pending.cells, false)
	}
	return nil
}

func (t *table) leadMembers() {
	t.lead = append(t.lead, '{')
	for _, members := range []map[string]string{t.plan.Constants, t.fixed} {
		for _, name := range sorted(members) {
			t.lead = AppendMember(t.lead, name, members[name])
		}
	}
}

// find gives the columns of a list of references.
func (t *table) find(names []string) ([]int, error) {
	out := make([]int, 0, len(names))
	for _, name := range names {
		at, ok := t.head.column(name)
		if renamed, given := t.plan.Columns[name]; given {
			at, ok = t.head.column(renamed)
		}
		if !ok {
			return nil, t.missing(name)
		}
		t.widen(at)
		out = append(out, at)
	}
	return out, nil
}

// widen makes room for a column that has no header.
func (t *table) widen(at int) {
	for len(t.cols) <= at {
		t.cols = append(t.cols, column{member: letters(len(t.cols))})
	}
}

func (t *table) resolve() (err error) {
	for _, member := range sorted(t.plan.Columns) {
		at, ok := t.head.column(t.plan.Columns[member])
		if !ok {
			if slices.Contains(t.plan.Optional, member) {
				continue
			}
			return t.missing(t.plan.Columns[member])
		}
		t.widen(at)
		t.cols[at].member = member
	}
	lists := []struct {
		names []string
		into  *[]int
	}{{t.plan.Key, &t.refs.key}, {t.plan.FillDown, &t.refs.fill}, {t.plan.Ditto.Columns, &t.refs.ditto}}
	if t.plan.Unpivot != nil {
		lists = append(lists, struct {
			names []string
			into  *[]int
		}{t.plan.Unpivot.IDs, &t.refs.ids})
	}
	for _, list := range lists {
		if *list.into, err = t.find(list.names); err != nil {
			return err
		}
	}
	if err := t.resolveRest(); err != nil {
		return err
	}
	t.resolveValues()
	t.above = make([]string, len(t.cols))
	return nil
}

func (t *table) resolveRest() error {
	one := func(name string) (int, error) {
		if name == "" {
			return -1, nil
		}
		at, err := t.find([]string{name})
		if err != nil {
			return -1, err
		}
		return at[0], nil
	}
	var err error
	if t.refs.version, err = one(t.plan.Version); err != nil {
		return err
	}
	t.refs.at = -1
	if t.plan.at != nil {
		if t.refs.at, err = one(t.plan.at.column); err != nil {
			return err
		}
	}
	for _, rules := range []struct {
		from []rule
		into *[]int
	}{{t.plan.skip, &t.refs.skip}, {t.plan.stop, &t.refs.stop}} {
		for _, r := range rules.from {
			at, err := one(r.column)
			if err != nil {
				return err
			}
			*rules.into = append(*rules.into, at)
		}
	}
	dropped, err := t.find(t.plan.Drop)
	if err != nil {
		return err
	}
	for _, at := range dropped {
		t.cols[at].member = ""
	}
	return t.resolveLegacy()
}

func (t *table) resolveLegacy() error {
	for _, font := range []struct {
		names   []string
		convert func(string) string
	}{{t.plan.Legacy.TCVN3, vntext.FromTCVN3}, {t.plan.Legacy.VNI, vntext.FromVNI}} {
		if slices.Contains(font.names, "*") {
			continue // convert does every cell then
		}
		at, err := t.find(font.names)
		if err != nil {
			return err
		}
		for _, i := range at {
			t.cols[i].legacy = font.convert
		}
	}
	return nil
}

func (t *table) resolveValues() {
	if t.plan.Unpivot == nil {
		return
	}
	for i := range t.cols {
		if slices.Contains(t.refs.ids, i) || t.cols[i].member == "" {
			continue
		}
		if t.plan.match != nil && (i >= len(t.head.names) || !t.plan.match.MatchString(t.head.names[i])) {
			continue
		}
		t.refs.values = append(t.refs.values, i)
	}
}

// convert reads legacy fonts: whole rows where every column is one, else the
// columns named.
func (t *table) convert(cells []string, heading bool) {
	every := func(names []string) bool { return slices.Contains(names, "*") }
	for i, c := range cells {
		switch {
		case c == "":
		case every(t.plan.Legacy.TCVN3):
			if heading || !t.hasPending {
				cells[i] = vntext.FromTCVN3(c)
			}
		case every(t.plan.Legacy.VNI):
			if heading || !t.hasPending {
				cells[i] = vntext.FromVNI(c)
			}
		case !heading && i < len(t.cols) && t.cols[i].legacy != nil:
			cells[i] = t.cols[i].legacy(c)
		}
	}
}

// matched reports whether one of the rules means this row.
func matched(rules []rule, at []int, r row) bool {
	for i, rule := range rules {
		var text string
		if at[i] >= 0 {
			text = r.cell(at[i])
		} else {
			text = strings.Join(r.cells, " ")
		}
		if rule.re.MatchString(vntext.Clean(text)) {
			return true
		}
	}
	return false
}

// take turns one row into what it gives.
func (t *table) take(r row) {
	switch {
	case t.head.repeats(r):
		t.tally.headed++
		return
	case r.blank() || r.n <= t.plan.Header.Below || matched(t.plan.skip, t.refs.skip, r):
		return
	case matched(t.plan.stop, t.refs.stop, r):
		t.ended = true
		return
	}
	t.tally.rows++
	if flaw := t.misshapen(&r); flaw != nil {
		t.tally.jumped++
		t.refuse(r, t.position(r), flaw)
		return
	}
	t.widen(len(r.cells) - 1)
	for len(t.above) < len(t.cols) {
		t.above = append(t.above, "")
	}
	for len(r.cells) < len(t.cols) {
		r.cells = append(r.cells, "")
	}
	t.fill(r.cells)
	if at := r.tornCell(t.cols); at >= 0 {
		t.tear(r, at)
		return
	}
	if at := r.lostIn(t.refs.key, t.refs.ids); at >= 0 {
		t.refuse(r, t.position(r), &problem.Problem{Code: "GW-D122", Path: t.where(r, at), Field: problem.Short(t.cols[at].member),
			Value: problem.Short(r.cell(at))})
		return
	}
	if t.plan.Unpivot != nil {
		t.cells(r)
		return
	}
	t.whole(r)
}

// fill completes blank and ditto cells from the row above. A value in an outer
// column begins a new group, so that the inner ones start blank again.
func (t *table) fill(cells []string) {
	for i, at := range t.refs.fill {
		if strings.TrimSpace(cells[at]) == "" {
			cells[at] = t.above[at]
			continue
		}
		t.above[at] = strings.Clone(cells[at])
		for _, inner := range t.refs.fill[i+1:] {
			t.above[inner] = ""
		}
	}
	for _, at := range t.refs.ditto {
		if slices.Contains(t.plan.Ditto.Marks, strings.TrimSpace(cells[at])) {
			cells[at] = t.above[at]
		} else if cells[at] != "" {
			t.above[at] = strings.Clone(cells[at])
		}
	}
}
