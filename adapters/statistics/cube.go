package statistics

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// dimension is one axis of a cube.
type dimension struct {
	id, label string
	codes     []string
	labels    []string
	units     []string // per value, where the axis carries units
	decimals  []string
	updated   []string // per value, where each has a time of its own
	time      bool
	freq      string   // of a time axis, where the format has it
	when      []string // the periods of a time axis, where the format has them beside its labels
	// ordinal: the codes are only positions: they shift when the
	// source inserts a value, so that the label is the identity.
	ordinal bool
}

func (d *dimension) label0(i int) string {
	if i < len(d.labels) && d.labels[i] != "" {
		return d.labels[i]
	}
	return d.codes[i]
}

// cube is a table whose cells come in row-major order.
type cube struct {
	table, title, updated, unit, decimals string
	dims                                  []dimension
	time                                  int
	// next gives the next cell: its value and status. skip: the table
	// does not list this cell at all.
	next func(cell int) (value, status string, skip bool, err error)
	// place, where set, gives a cell's position instead of its count.
	place func() (cell int, ok bool, err error)
	fits  func() error      // whether there are as many values as cells; nil: that is known
	notes []problem.Problem // what a person should know of the table
	torn  bool              // its file has broken text, somewhere
}

// maxCells is the largest cube: beyond it a table is sliced, not swallowed.
const maxCells = 5_000_000

func (c *cube) cells() (int, error) {
	n := 1
	for _, d := range c.dims {
		if len(d.codes) == 0 {
			return 0, nil
		}
		if n > maxCells/len(d.codes) {
			return 0, &problem.Problem{Code: "GW-D033", Path: problem.Short(c.table), Value: "> " + strconv.Itoa(maxCells),
				Want: strconv.Itoa(maxCells)}
		}
		n *= len(d.codes)
	}
	return n, nil
}

// settle decides what the axes mean: which one is time, and which codes are
// only positions.
func (c *cube) settle(cfg *tableSettings) {
	for i := range c.dims {
		d := &c.dims[i]
		d.ordinal = cfg.ordinal(d.codes, d.labels)
	}
	c.time = c.timeAxis(cfg)
	if c.time >= 0 && c.dims[c.time].freq == "" {
		d := &c.dims[c.time]
		d.freq = numberedFreq(d.names(), d.id, d.label)
	}
}

// names are the values as people see them, but for those that are broken.
func (d *dimension) names() []string {
	out := make([]string, len(d.codes))
	for i := range d.codes {
		out[i] = d.label0(i)
	}
	return slices.DeleteFunc(out, torn[string])
}

// holds makes sure that a table has as many values as its axes ask for: with
// fewer it was cut, with more it contradicts itself.
func (c *cube) holds(values int) error {
	cells, err := c.cells()
	if err != nil || values == cells {
		return err
	}
	found := &problem.Problem{Code: "GW-D032", Path: problem.Short(c.table), Value: strconv.Itoa(values), Want: strconv.Itoa(cells)}
	if values > cells {
		found.Code = "GW-D054"
	}
	return found
}

// ordinal reports whether values are known by their labels.
func (s *tableSettings) ordinal(codes, labels []string) bool {
	return s.Keys == "labels" || s.Keys == "auto" && positional(codes, labels)
}

// timeAxis finds the axis of time: the one named in the settings, the one the
// format marks, one with a usual name, or one whose values all read as periods.
func (c *cube) timeAxis(cfg *tableSettings) int {
	if cfg.Time != "" {
		return slices.IndexFunc(c.dims, func(d dimension) bool { return sameText(d.id, cfg.Time) || sameText(d.label, cfg.Time) })
	}
	for _, fits := range []func(d dimension) bool{
		func(d dimension) bool { return d.time },
		func(d dimension) bool { return timeName(d.id) || timeName(d.label) },
		dimension.periods,
	} {
		if i := slices.IndexFunc(c.dims, fits); i >= 0 {
			return i
		}
	}
	return -1
}

func (d dimension) periods() bool {
	freq := numberedFreq(d.names(), d.id, d.label)
	some := false
	for j := range d.codes {
		label := d.label0(j)
		if torn(label) { // it is held; what the others are does not change by it
			continue
		}
		if some = true; ParsePeriod(label, freq).Freq == "" {
			return false
		}
	}
	return some
}

func sameText(a, b string) bool { return vntext.Fold(a) == vntext.Fold(b) }

func timeName(name string) bool {
	switch vntext.Fold(name) {
	case "time", "time_period", "year", "years", "month", "quarter", "period", "nam", "thang", "quy", "ky", "thoi gian", "thoi ky",
		"tid", "date":
		return true
	}
	return false
}

// positional finds codes that only count from 0, as PX-Web numbers values,
// beside labels that mean something else. Codes that count from 1 are as often
// real ones (1 men, 2 women). A single value counts too: its observations
// would have other keys the day a second one appears.
func positional(codes, labels []string) bool {
	if len(codes) == 0 || len(labels) != len(codes) {
		return false
	}
	for i, code := range codes {
		if code != strconv.Itoa(i) && !torn(code) {
			return false
		}
	}
	return !slices.Equal(codes, labels)
}

// cubeItems walks the cells of a cube.
type cubeItems struct {
	*emitter
	cube  *cube
	cell  int
	cells int
	index []int
}

func newCubeItems(c *cube, e *emitter) (*cubeItems, error) {
	cells, err := c.cells()
	if err == nil && c.fits != nil {
		err = c.fits()
	}
	if err != nil {
		return nil, err
	}
	for i := range c.notes {
		e.note(c.notes[i])
	}
	return &cubeItems{emitter: e, cube: c, cells: cells, index: make([]int, len(c.dims))}, nil
}

// Next gives the next cell that the table lists.
func (x *cubeItems) Next() (tabular.Item, error) {
	for x.cell < x.cells {
		at := x.cell
		if x.cube.place != nil {
			placed, ok, err := x.cube.place()
			if err != nil {
				return tabular.Item{}, x.named(err)
			}
			if !ok {
				x.cell = x.cells
				break
			}
			at = placed
		}
		value, status, skip, err := x.cube.next(at)
		if errors.Is(err, io.EOF) {
			err = x.cube.holds(x.cell)
		}
		if err != nil {
			return tabular.Item{}, x.named(err)
		}
		x.cell++
		if skip {
			continue
		}
		return x.item(x.observation(at, value, status)), nil
	}
	if x.tables == 0 { // a table without a cell is still that table
		x.table(x.cube.table)
	}
	return tabular.Item{}, io.EOF
}

func (x *cubeItems) observation(cell int, value, status string) *observation {
	c := x.cube
	o := &observation{table: c.table, title: c.title, value: value, status: status, unit: c.unit, decimals: c.decimals,
		updated: c.updated, time: c.time, where: fmt.Sprintf("%s[%d]", problem.Short(c.table), cell), dims: make([]member, len(c.dims))}
	for i := len(c.dims) - 1; i >= 0; i-- {
		d := &c.dims[i]
		at := cell % len(d.codes)
		cell /= len(d.codes)
		m := member{id: d.id, code: d.codes[at], label: d.label0(at)}
		if d.ordinal {
			m.code = m.label
		}
		if i == c.time {
			o.freq = d.freq
			if at < len(d.when) {
				o.when = d.when[at]
			}
		}
		o.dims[i] = m
		if at < len(d.units) && d.units[at] != "" {
			o.unit = d.units[at]
		}
		if at < len(d.updated) && d.updated[at] != "" {
			o.updated = d.updated[at]
		}
		if at < len(d.decimals) && d.decimals[at] != "" {
			o.decimals = d.decimals[at]
		}
	}
	return o
}

// Close has nothing to close: a cube is in memory.
func (x *cubeItems) Close() error { return nil }

// damaged is the Problem of a file that its format's reader cannot go on with.
// A Problem that says more than that is passed on.
func damaged(format, where string, err error) error {
	if said, ok := problem.As(err); ok {
		return said
	}
	return &problem.Problem{Code: "GW-D031", Path: problem.Short(strings.TrimSpace(where)), Want: format, Err: err}
}
