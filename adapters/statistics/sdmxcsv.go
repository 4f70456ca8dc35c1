package statistics

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical/vntext"
)

// sdmxCSV streams SDMX-CSV, versions 1 and 2.
type sdmxCSV struct {
	*emitter
	cfg   *tableSettings
	csv   *tabular.CSV
	cols  []csvColumn
	value int // position of OBS_VALUE
	flow  int // of STRUCTURE_ID or DATAFLOW
	act   int // of ACTION
	comma bool
}

type csvColumn struct {
	id, label string
	dim, attr bool
}

var errNoObs = errors.New("no OBS_VALUE column")

func openSDMXCSV(content *tabular.Spool, cfg *tableSettings, e *emitter) (*sdmxCSV, error) {
	reader, err := tabular.OpenCSV(content, cfg.Separator, cfg.Charset)
	if err != nil {
		return nil, err
	}
	x := &sdmxCSV{emitter: e, cfg: cfg, csv: reader, value: -1, flow: -1, act: -1, comma: reader.Separator() != ','}
	header, _, err := reader.Next()
	if err != nil {
		return nil, damaged("SDMX-CSV", e.file, errNoObs)
	}
	x.header(header)
	if x.value < 0 {
		return nil, damaged("SDMX-CSV", e.file, errNoObs)
	}
	return x, nil
}

// header sorts the columns. Before OBS_VALUE stand the dimensions,
// behind it the attributes, whatever they are called.
func (x *sdmxCSV) header(cells []string) {
	for i, cell := range cells {
		id, label := both(vntext.Clean(cell))
		c := csvColumn{id: id, label: label}
		structural := false
		switch strings.TrimSuffix(id, "[;]") {
		case "OBS_VALUE":
			x.value, structural = i, true
		case "STRUCTURE_ID", "DATAFLOW":
			x.flow, structural = i, true
		case "ACTION":
			x.act, structural = i, true
		case "STRUCTURE", "STRUCTURE_NAME", "SERIES_KEY", "OBS_KEY", "OBS_ATTRIBUTE":
			structural = true
		}
		if strings.HasPrefix(id, "STRUCTURE[") {
			structural = true
		}
		switch {
		case structural:
		case len(x.cfg.Dimensions) > 0:
			c.dim = x.cfg.isDimension(id)
		default:
			c.dim = x.value < 0 && x.cfg.isDimension(id) || id == "TIME_PERIOD"
		}
		c.attr = !structural && !c.dim
		x.cols = append(x.cols, c)
	}
}

// both takes "M: Monthly" apart, as labels=both writes it.
func both(cell string) (id, label string) {
	if before, after, ok := strings.Cut(cell, ": "); ok && !strings.ContainsAny(before, " ") {
		return before, after
	}
	return cell, ""
}

// Close has nothing to close.
func (x *sdmxCSV) Close() error { return nil }

var decimalComma = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[+-]?\d+,\d+$`) })

// Next gives the observation of the next row.
func (x *sdmxCSV) Next() (tabular.Item, error) {
	for {
		cells, line, err := x.csv.Next()
		if errors.Is(err, io.EOF) {
			return tabular.Item{}, io.EOF
		}
		if err != nil {
			return tabular.Item{}, err
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		return x.item(x.row(cells, line)), nil
	}
}

func (x *sdmxCSV) row(cells []string, line int) *observation {
	cell := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return cells[i]
	}
	dims, attrs := x.members(cell)
	value := cell(x.value)
	if x.comma && decimalComma().MatchString(value) {
		value = strings.Replace(value, ",", ".", 1)
	}
	flow, _ := both(cell(x.flow))
	o := sdmxObservation(firstOf(x.cfg.Table, flow, baseName(x.file)), x.cfg, &series{}, dims, attrs, value)
	o.where = "line " + strconv.Itoa(line)
	if o.time < 0 && x.cfg.Time == "" { // no TIME_PERIOD: the last dimension that reads as a period
		for i := len(o.dims) - 1; i >= 0 && o.time < 0; i-- {
			if x.period(o.dims[i].code, "").Freq != "" {
				o.time = i
			}
		}
	}
	switch cell(x.act) {
	case "D":
		o.gone = true
		x.whole = false
	case "A", "M":
		x.whole = false
	}
	return o
}

// members are a row's dimensions and attributes.
func (x *sdmxCSV) members(cell func(int) string) (dims, attrs []member) {
	for i, c := range x.cols {
		if !c.dim && !c.attr {
			continue
		}
		m := member{id: c.id, code: cell(i)}
		if c.label != "" {
			m.code, m.label = both(m.code)
		}
		if c.dim {
			dims = append(dims, m)
		} else {
			attrs = append(attrs, m)
		}
	}
	return dims, attrs
}
