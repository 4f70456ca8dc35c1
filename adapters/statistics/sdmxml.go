package statistics

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// sdmxML streams an SDMX-ML data message, StructureSpecific or Generic (2.1;
// the Compact and Generic of 2.0 differ in little). Memory is one series.
type sdmxML struct {
	*emitter
	cfg    *tableSettings
	dec    *xml.Decoder
	table  string
	flow   bool // the table is named by its dataflow
	stack  []string
	groups groups
	series series
	obs    pendingObs
	bucket string // what Value elements belong to: the key or the attributes
	text   []byte
	n      int
	root   bool
}

type pendingObs struct {
	dims, attrs []member
	value       string
}

var errNotSDMX = errors.New("no SDMX data message")

func openSDMXML(in io.Reader, cfg *tableSettings, e *emitter) *sdmxML {
	dec := xml.NewDecoder(in)
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 already
	return &sdmxML{emitter: e, cfg: cfg, dec: dec, table: firstOf(cfg.Table, baseName(e.file))}
}

// Close has nothing to close.
func (x *sdmxML) Close() error { return nil }

// Next gives the next observation.
func (x *sdmxML) Next() (tabular.Item, error) {
	for {
		token, err := x.dec.Token()
		if err == io.EOF {
			if !x.root {
				return tabular.Item{}, damaged("SDMX-ML", x.file, errNotSDMX)
			}
			return tabular.Item{}, io.EOF
		}
		if err != nil {
			return tabular.Item{}, damaged("SDMX-ML", x.file, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := x.start(t); err != nil {
				return tabular.Item{}, damaged("SDMX-ML", x.file, err)
			}
		case xml.CharData:
			if len(x.text) < 4096 {
				x.text = append(x.text, t...)
			}
		case xml.EndElement:
			x.stack = x.stack[:len(x.stack)-1]
			if item, ok := x.end(t.Name.Local); ok {
				return item, nil
			}
		}
	}
}

var errDeep = errors.New("nested too deep")

func (x *sdmxML) start(t xml.StartElement) error {
	name := t.Name.Local
	if len(x.stack) > 100 {
		return errDeep
	}
	x.stack = append(x.stack, name)
	x.text = x.text[:0]
	if len(x.stack) == 1 {
		x.root = strings.HasSuffix(name, "Data") || name == "MessageGroup"
		if !x.root {
			return errNotSDMX
		}
	}
	switch name {
	case "Ref":
		x.reference(t)
	case "DataSet":
		x.series, x.groups = series{}, groups{}
		x.partial(attribute(t, "action"))
	case "Group":
		dims, attrs := x.split(t)
		x.groups.add(dims, attrs)
		x.series, x.bucket = series{}, "group"
	case "Series":
		x.series.dims, x.series.attrs = x.split(t)
		if len(x.series.dims) > 0 {
			x.series.attrs = append(x.series.attrs, x.groups.of(x.series.dims)...)
		}
	case "Obs":
		x.obs = pendingObs{}
		x.flatObs(t)
	case "SeriesKey", "GroupKey", "ObsKey":
		x.bucket = name
	case "Attributes":
		x.bucket = name
	case "Value", "ObsDimension", "ObsValue":
		x.generic(name, t)
	}
	return nil
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name && (a.Name.Space == "" || name != "id") {
			return a.Value
		}
	}
	return ""
}

// reference takes the dataflow's identity as the table's name, when the header
// gives one: several tables share one structure, so that the structure is none.
func (x *sdmxML) reference(t xml.StartElement) {
	if len(x.stack) < 2 || x.cfg.Table != "" {
		return
	}
	if parent := x.stack[len(x.stack)-2]; parent == "StructureUsage" {
		x.table = attribute(t, "agencyID") + ":" + attribute(t, "id")
		x.flow = true
	}
}

// partial minds an action that says: this is only a part.
func (x *sdmxML) partial(action string) {
	switch action {
	case "Append", "Merge", "Delete", "A", "M", "D":
		x.whole = false
	}
}

// split takes the attributes of a structure-specific element apart.
func (x *sdmxML) split(t xml.StartElement) (dims, attrs []member) {
	for _, a := range t.Attr {
		if a.Name.Space != "" || strings.HasPrefix(a.Name.Local, "xmlns") {
			continue
		}
		m := member{id: a.Name.Local, code: a.Value}
		if x.cfg.isDimension(m.id) {
			dims = append(dims, m)
		} else {
			attrs = append(attrs, m)
		}
	}
	return dims, attrs
}

func (x *sdmxML) flatObs(t xml.StartElement) {
	for _, a := range t.Attr {
		switch {
		case a.Name.Space != "" || strings.HasPrefix(a.Name.Local, "xmlns") || a.Name.Local == "action":
		case a.Name.Local == "OBS_VALUE":
			x.obs.value = a.Value
		case x.cfg.isDimension(a.Name.Local) && (len(x.series.dims) == 0 || a.Name.Local == "TIME_PERIOD" || len(x.cfg.Dimensions) > 0):
			x.obs.dims = append(x.obs.dims, member{id: a.Name.Local, code: a.Value})
		default: // beside a series, all but the period is an attribute
			x.obs.attrs = append(x.obs.attrs, member{id: a.Name.Local, code: a.Value})
		}
	}
}

// generic takes one Value, ObsDimension or ObsValue.
func (x *sdmxML) generic(name string, t xml.StartElement) {
	m := member{id: firstOf(attribute(t, "id"), attribute(t, "concept")), code: attribute(t, "value")}
	inObs := len(x.stack) > 1 && contains(x.stack, "Obs")
	switch {
	case name == "ObsValue":
		x.obs.value = m.code
	case name == "ObsDimension":
		m.id = firstOf(m.id, "TIME_PERIOD")
		x.obs.dims = append(x.obs.dims, m)
	case x.bucket == "ObsKey":
		x.obs.dims = append(x.obs.dims, m)
	case x.bucket == "SeriesKey" || x.bucket == "GroupKey":
		x.series.dims = append(x.series.dims, m)
	case inObs:
		x.obs.attrs = append(x.obs.attrs, m)
	default:
		x.series.attrs = append(x.series.attrs, m)
	}
}

func contains(stack []string, name string) bool {
	for _, s := range stack {
		if s == name {
			return true
		}
	}
	return false
}

func (x *sdmxML) end(name string) (tabular.Item, bool) {
	switch name {
	case "SeriesKey":
		x.series.attrs = append(x.series.attrs, x.groups.of(x.series.dims)...)
	case "Group":
		x.groups.add(x.series.dims, x.series.attrs)
		x.series, x.bucket = series{}, ""
	case "Series":
		x.series = series{}
	case "DataSetAction":
		x.partial(string(x.text))
	case "Time": // SDMX 2.0
		if contains(x.stack, "Obs") {
			x.obs.dims = append(x.obs.dims, member{id: "TIME_PERIOD", code: strings.TrimSpace(string(x.text))})
		}
	case "Obs":
		x.n++
		o := sdmxObservation(x.table, x.cfg, &x.series, x.obs.dims, x.obs.attrs, x.obs.value)
		o.where = "Obs " + strconv.Itoa(x.n)
		if len(o.dims) == 0 {
			return tabular.Item{Raw: canonical.Raw{Kind: x.kind, Key: x.table + "#" + o.where, Payload: payload(o, Period{}, "", "", false)},
				Problem: &problem.Problem{Code: "GW-D020", File: problem.Short(x.file), Path: o.where, Field: "Obs"}}, true
		}
		return x.item(o), true
	}
	return tabular.Item{}, false
}
