package statistics

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// sdmxML streams an SDMX-ML data message, StructureSpecific or Generic (2.1;
// the Compact and Generic of 2.0 differ in little). Memory is one series.
type sdmxML struct {
	*emitter
	cfg    *tableSettings
	in     *jsonscan.XML
	table  string
	flow   bool // the table is named by its dataflow
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
	return &sdmxML{emitter: e, cfg: cfg, in: jsonscan.NewXML(in), table: firstOf(cfg.Table, baseName(e.file))}
}

// Close has nothing to close.
func (x *sdmxML) Close() error { return nil }

// Next gives the next observation.
func (x *sdmxML) Next() (tabular.Item, error) {
	for {
		what, err := x.in.Next()
		if errors.Is(err, io.EOF) && x.root {
			return tabular.Item{}, io.EOF
		}
		if errors.Is(err, io.EOF) {
			err = errNotSDMX
		}
		if err == nil && what == jsonscan.Open {
			err = x.start(x.in.Name(), x.in.Attrs())
		}
		if err != nil {
			return tabular.Item{}, damaged("SDMX-ML", x.file, err)
		}
		switch what {
		case jsonscan.Chars:
			if len(x.text) < 4096 {
				x.text = append(x.text, x.in.Chars()...)
			}
		case jsonscan.Close:
			if item, ok := x.end(x.in.Name()); ok {
				return item, nil
			}
		}
	}
}

func (x *sdmxML) start(name string, attrs []jsonscan.Attr) error {
	x.text = x.text[:0]
	if len(x.in.Path()) == 1 {
		x.root = strings.HasSuffix(name, "Data") || name == "MessageGroup"
		if !x.root {
			return errNotSDMX
		}
	}
	switch name {
	case "Ref":
		x.reference(attrs)
	case "DataSet":
		x.series, x.groups = series{}, groups{}
		x.partial(attribute(attrs, "action"))
	case "Group":
		dims, attrs := x.split(attrs)
		x.groups.add(dims, attrs)
		x.series, x.bucket = series{}, "group"
	case "Series":
		x.series.dims, x.series.attrs = x.split(attrs)
		if len(x.series.dims) > 0 {
			x.series.attrs = append(x.series.attrs, x.groups.of(x.series.dims)...)
		}
	case "Obs":
		x.obs = pendingObs{}
		x.flatObs(attrs)
	case "SeriesKey", "GroupKey", "ObsKey":
		x.bucket = name
	case "Attributes":
		x.bucket = name
	case "Value", "ObsDimension", "ObsValue":
		x.generic(name, attrs)
	}
	return nil
}

func attribute(attrs []jsonscan.Attr, name string) string {
	for _, a := range attrs {
		if a.Name.Local == name && (a.Name.Space == "" || name != "id") {
			return a.Value
		}
	}
	return ""
}

// reference takes the dataflow's identity as the table's name, when the header
// gives one: several tables share one structure, so that the structure is none.
func (x *sdmxML) reference(attrs []jsonscan.Attr) {
	path := x.in.Path()
	if len(path) < 2 || x.cfg.Table != "" {
		return
	}
	if parent := path[len(path)-2]; parent == "StructureUsage" {
		x.table = attribute(attrs, "agencyID") + ":" + attribute(attrs, "id")
		x.flow = true
	}
}

// partial minds an action that stands for a part only.
func (x *sdmxML) partial(action string) {
	switch action {
	case "Append", "Merge", "Delete", "A", "M", "D":
		x.whole = false
	}
}

// split takes the attributes of a structure-specific element apart.
func (x *sdmxML) split(from []jsonscan.Attr) (dims, attrs []member) {
	for _, a := range from {
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

func (x *sdmxML) flatObs(attrs []jsonscan.Attr) {
	for _, a := range attrs {
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
func (x *sdmxML) generic(name string, attrs []jsonscan.Attr) {
	m := member{id: firstOf(attribute(attrs, "id"), attribute(attrs, "concept")), code: attribute(attrs, "value")}
	inObs := slices.Contains(x.in.Path(), "Obs")
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
		if slices.Contains(x.in.Path(), "Obs") {
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
