package statistics

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"iocgateway/adapters"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// sdmxCSV streams SDMX-CSV, versions 1 and 2.
type sdmxCSV struct {
	*emitter
	cfg    *tableSettings
	csv    *tabular.CSV
	cols   []csvColumn
	value  int // position of OBS_VALUE
	flow   int // of STRUCTURE_ID or DATAFLOW
	action int // of ACTION
	comma  bool

	updated int // of LAST UPDATE
}

type csvColumn struct {
	id, label string
	dim, attr bool
	names     int               // the column with the names of its codes; -1: none
	known     map[string]string // name by code
}

func openSDMXCSV(content *tabular.Spool, cfg *tableSettings, e *emitter) (*sdmxCSV, error) {
	reader, err := tabular.OpenCSV(content, cfg.Separator, cfg.Charset)
	if err != nil {
		return nil, err
	}
	x := &sdmxCSV{emitter: e, cfg: cfg, csv: reader, value: -1, flow: -1, action: -1, updated: -1, comma: reader.Separator() != ','}
	header, line, flaw, err := reader.Next()
	for _, cell := range header { // nobody knows what the column is called
		if name := vntext.Question([]byte(cell)); flaw == nil && !utf8.ValidString(cell) {
			flaw = &problem.Problem{Code: "GW-D100", Path: "line " + strconv.Itoa(line), Field: problem.Short(string(name))}
		}
	}
	if flaw != nil {
		return nil, flaw
	}
	if err == nil {
		x.header(header)
	}
	if x.value < 0 {
		return nil, other(content.Head(64<<10), "SDMX-CSV",
			&problem.Problem{Code: "GW-D063", Value: problem.Short(strings.Join(header, ", "))})
	}
	return x, nil
}

// header sorts the columns. Before OBS_VALUE stand the dimensions,
// behind it the attributes, whatever they are called.
func (x *sdmxCSV) header(cells []string) {
	named := namedColumns(cells)
	for i, cell := range cells {
		if id, _ := both(vntext.Clean(cell)); slices.Contains(x.cfg.Dimensions, id) {
			delete(named, i)
		}
	}
	for i, cell := range cells {
		id, label := both(vntext.Clean(cell))
		c := csvColumn{id: id, label: label, names: -1}
		structural := named[i] || x.structural(i, id)
		switch {
		case structural:
		case len(x.cfg.Dimensions) > 0:
			c.dim = x.cfg.isDimension(id)
		default:
			c.dim = x.value < 0 && x.cfg.isDimension(id) || id == "TIME_PERIOD"
		}
		c.attr = !structural && !c.dim
		if !structural && i+1 < len(cells) && named[i+1] {
			c.names = i + 1
		}
		x.cols = append(x.cols, c)
	}
}

// structural notes a column that is neither dimension nor attribute.
func (x *sdmxCSV) structural(i int, id string) bool {
	switch strings.ToUpper(strings.TrimSuffix(id, "[;]")) {
	case "OBS_VALUE":
		x.value = i
	case "STRUCTURE_ID", "DATAFLOW":
		x.flow = i
	case "ACTION":
		x.action = i
	case "LAST UPDATE":
		x.updated = i
	case "STRUCTURE", "STRUCTURE_NAME", "SERIES_KEY", "OBS_KEY", "OBS_ATTRIBUTE":
	default:
		return strings.HasPrefix(id, "STRUCTURE[")
	}
	return true
}

// namedColumns finds the columns that labels=name puts behind those of codes:
// each of them has names of the column before it. They are labels, whatever
// they are called, and no part of a key.
func namedColumns(cells []string) map[int]bool {
	first, announced := 0, false
	ids := make([]string, len(cells))
	for i, cell := range cells {
		ids[i], _ = both(vntext.Clean(cell))
		switch strings.ToUpper(strings.TrimSuffix(ids[i], "[;]")) {
		case "STRUCTURE_NAME":
			announced = true
			fallthrough
		case "STRUCTURE", "STRUCTURE_ID", "DATAFLOW", "ACTION", "LAST UPDATE":
			first = i + 1
		}
	}
	named := map[int]bool{}
	if paired(ids[first:], announced) {
		for i := first + 1; i < len(ids); i += 2 {
			named[i] = true
		}
		return named
	}
	for i := first + 1; announced && i < len(ids); i++ { // not for every column
		named[i] = !named[i-1] && identifier(ids[i-1]) && (!identifier(ids[i]) || titled(ids[i]) && !titled(ids[i-1]))
	}
	return named
}

// paired reports whether columns come in twos, code and name. Where no
// STRUCTURE_NAME announces that, one name at least must be no identifier.
func paired(ids []string, announced bool) bool {
	if len(ids) < 4 || len(ids)%2 == 1 {
		return false
	}
	shown := announced
	for i, id := range ids {
		core := id == "OBS_VALUE" || id == "TIME_PERIOD"
		if core && i%2 == 1 || i%2 == 0 && !identifier(id) {
			return false
		}
		shown = shown || i%2 == 1 && !identifier(id)
	}
	return shown && slices.Contains(ids, "OBS_VALUE")
}

// titled reports a word as people write it, where ids are all of one case.
func titled(id string) bool {
	return strings.ToLower(id) != id && strings.ToUpper(id) != id && strings.ToLower(id[1:]) == id[1:]
}

// identifier reports whether SDMX allows it as the id of a component.
func identifier(id string) bool {
	bare := strings.TrimSuffix(id, "[;]")
	return bare != "" && strings.Trim(bare, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@$-") == ""
}

// both takes "M: Monthly" apart, as labels=both writes it.
func both(cell string) (id, label string) {
	if before, after, ok := strings.Cut(cell, ": "); ok && !strings.ContainsAny(before, " ") {
		return before, after
	}
	return cell, ""
}

// Ending is tabular.Ending's.
func (x *sdmxCSV) Ending() (open, lines bool) { return x.csv.Cut(), true }

// Close has nothing to close.
func (x *sdmxCSV) Close() error { return nil }

var decimalComma = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[+-]?\d+,\d+$`) })

// Next gives the observation of the next row.
func (x *sdmxCSV) Next() (tabular.Item, error) {
	for {
		cells, line, flaw, err := x.csv.Next()
		if errors.Is(err, io.EOF) {
			return tabular.Item{}, io.EOF
		}
		if err != nil {
			return tabular.Item{}, x.named(err)
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if flaw == nil {
			flaw = x.misshapen(cells, line)
		}
		if flaw != nil {
			return x.held(cells, line, flaw), nil
		}

		for i := range cells {
			cells[i] = string(marked([]byte(cells[i]), false))
		}
		item := x.item(x.row(cells, line))
		if x.csv.Cut() {
			held := x.held(cells, line, &problem.Problem{Code: "GW-D120", Path: "line " + strconv.Itoa(line)})
			item.Cut = &adapters.Refused{Raw: held.Raw, Problem: *held.Problem}
			if !x.cols[min(len(cells), len(x.cols))-1].dim {
				item.Cut.Raw.Key = item.Raw.Key
			}
		}
		if x.torn && item.Problem != nil { // its names are no measure for others
			return item, nil
		}
		if p := x.misnamed(cells); p != nil && item.Problem == nil {
			p.File, p.Path = problem.Short(x.file), "line "+strconv.Itoa(line)
			item.Problem = p
		}
		return item, nil
	}
}

const maxNames = 100_000 // of one column

// misnamed finds a code that has two names: then the column of names is none,
// and what it has belongs into the key.
func (x *sdmxCSV) misnamed(cells []string) *problem.Problem {
	for i := range x.cols {
		c := &x.cols[i]
		if c.names < 0 || c.names >= len(cells) || !c.dim {
			continue
		}
		name, there := c.known[cells[i]]
		switch {
		case there && name != cells[c.names]:
			return &problem.Problem{Code: "GW-D062", Field: c.id, Near: problem.Short(x.cols[c.names].id), Value: problem.Short(cells[i])}
		case there || len(c.known) >= maxNames:
		case c.known == nil:
			c.known = map[string]string{}
			fallthrough
		default:
			c.known[strings.Clone(cells[i])] = strings.Clone(cells[c.names])
		}
	}
	return nil
}

// misshapen is why a row has not the header's shape: a row that was cut would
// be read as one without a value.
func (x *sdmxCSV) misshapen(cells []string, line int) *problem.Problem {
	width := len(x.cols)
	if len(cells) == width || len(cells) > width && strings.TrimSpace(strings.Join(cells[width:], "")) == "" {
		return nil
	}
	return &problem.Problem{Code: "GW-D016", Path: "line " + strconv.Itoa(line), Value: strconv.Itoa(len(cells)), Want: strconv.Itoa(width)}
}

// held is a row that cannot be taken, with what it holds.
func (x *sdmxCSV) held(cells []string, line int, why *problem.Problem) tabular.Item {
	why.File = problem.Short(x.file)
	text := []byte{'{'}
	for i, cell := range cells {
		name := "#" + strconv.Itoa(i+1)
		if i < len(x.cols) {
			name = x.cols[i].id
		}
		text = tabular.AppendMember(text, name, cell)
	}
	key := placeKey(x.prefix, x.tableOf(cells), x.file+" "+strconv.Itoa(line))
	return tabular.Item{Raw: canonical.Raw{Kind: x.kind, Key: key, Payload: append(text, '}')}, Problem: why}
}

// tableOf is the table that a row names, or its file is.
func (x *sdmxCSV) tableOf(cells []string) string {
	flow := ""
	if x.flow >= 0 && x.flow < len(cells) {
		flow, _ = both(cells[x.flow])
	}
	return firstOf(x.cfg.Table, flow, baseName(x.file))
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
	o := sdmxObservation(x.tableOf(cells), x.cfg, &series{}, dims, attrs, value)
	o.where = "line " + strconv.Itoa(line)
	if o.time < 0 && x.cfg.Time == "" { // no TIME_PERIOD: the last dimension that reads as a period
		for i := len(o.dims) - 1; i >= 0 && o.time < 0; i-- {
			if x.period(o.dims[i].code, "").Freq != "" {
				o.time = i
			}
		}
	}
	o.gone = x.act(actionOf(cell(x.action)))
	o.updated = cell(x.updated)
	return o
}

// members are a row's dimensions and attributes.
func (x *sdmxCSV) members(cell func(int) string) (dims, attrs []member) {
	for i, c := range x.cols {
		if !c.dim && !c.attr {
			continue
		}
		m := member{id: c.id, code: cell(i)}
		switch {
		case c.label != "":
			m.code, m.label = both(m.code)
		case c.names >= 0:
			m.label = vntext.Clean(cell(c.names))
		}
		if c.dim {
			dims = append(dims, m)
		} else {
			attrs = append(attrs, m)
		}
	}
	return dims, attrs
}
