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
	acts   actions
	said   saying
	refuse func(error) error // says what a text is that is no SDMX message
}

type pendingObs struct {
	dims, attrs []member
	value       string
	gone        bool
}

// actions are what is to be done with the observations that follow.
type actions struct {
	message, set, series action
	observed             int // observations since the data set or series began
}

func (a *actions) now() action { return firstOf(a.series, a.set, a.message) }

// action is an SDMX action, as far as it matters.
type action string

const (
	deletes action = "D"
	adds    action = "A" // or merges: what is not named stays
	whole   action = "R"
)

// actionOf reads an action by its name or its letter.
func actionOf(text string) action {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "d", "delete":
		return deletes
	case "a", "append", "m", "merge", "u", "update":
		return adds
	case "r", "replace", "i", "information":
		return whole
	}
	return ""
}

// act minds an action that stands for a part only, and reports whether it removes.
func (e *emitter) act(a action) (gone bool) {
	e.whole = e.whole && (a == "" || a == whole)
	return a == deletes
}

var errNotSDMX = errors.New("no SDMX data message")

func openSDMXML(in io.Reader, cfg *tableSettings, e *emitter, refuse func(error) error) *sdmxML {
	return &sdmxML{emitter: e, cfg: cfg, in: jsonscan.NewXML(in), table: firstOf(cfg.Table, baseName(e.file)), refuse: refuse}
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
			err = firstError(x.said.refusal(), errNotSDMX)
		}
		if err == nil && what == jsonscan.Open {
			err = x.start(x.in.Name(), x.in.Attrs())
		}
		if err != nil && !x.root {
			err = x.refuse(err)
		}
		if err != nil {
			return tabular.Item{}, x.named(damaged("SDMX-ML", "", err))
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
	if len(x.in.Path()) == 1 && !x.message(name) {
		return errNotSDMX
	}
	switch name {
	case "Ref":
		x.reference(attrs)
	case "Message", "ErrorMessage":
		if x.speaks() {
			x.said.open(attribute(attrs, "code"))
		}
	default:
		x.startData(name, attrs)
	}
	return nil
}

// message takes the root: of data, or of an error.
func (x *sdmxML) message(root string) bool {
	x.root = strings.HasSuffix(root, "Data") || root == "MessageGroup"
	return x.root || x.said.failing(root)
}

func (x *sdmxML) startData(name string, attrs []jsonscan.Attr) {
	switch name {
	case "DataSet":
		x.series, x.groups = series{}, groups{}
		x.acts = actions{message: x.acts.message, set: actionOf(attribute(attrs, "action"))}
	case "Group":
		dims, attrs := x.split(attrs)
		x.groups.add(dims, attrs)
		x.series, x.bucket = series{}, "group"
	case "Series":
		x.acts.series, x.acts.observed = actionOf(attribute(attrs, "action")), 0
		x.series.dims, x.series.attrs = x.split(attrs)
		if len(x.series.dims) > 0 {
			x.series.attrs = append(x.series.attrs, x.groups.of(x.series.dims)...)
		}
	case "Obs":
		x.acts.observed++
		x.obs = pendingObs{gone: x.act(firstOf(actionOf(attribute(attrs, "action")), x.acts.now()))}
		x.flatObs(attrs)
	case "SeriesKey", "GroupKey", "ObsKey":
		x.bucket = name
	case "Attributes":
		x.bucket = name
	case "Value", "ObsDimension", "ObsValue":
		x.generic(name, attrs)
	}
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

// split takes the attributes of a structure-specific element apart.
func (x *sdmxML) split(from []jsonscan.Attr) (dims, attrs []member) {
	for _, a := range from {
		if a.Name.Space != "" || strings.HasPrefix(a.Name.Local, "xmlns") || a.Name.Local == "action" {
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
		item, ok := x.bulk()
		x.series, x.acts.series = series{}, ""
		return item, ok
	case "Time": // SDMX 2.0
		if slices.Contains(x.in.Path(), "Obs") {
			x.obs.dims = append(x.obs.dims, member{id: "TIME_PERIOD", code: strings.TrimSpace(string(x.text))})
		}
	case "Obs":
		return x.observation(), true
	default:
		x.endMessage(name)
	}
	return tabular.Item{}, false
}

// endMessage takes what is about the message and its data sets.
func (x *sdmxML) endMessage(name string) {
	switch name {
	case "DataSet":
		x.act(x.acts.now())
		if x.acts.now() == deletes && x.acts.observed == 0 {
			x.note(problem.Problem{Code: "GW-D061", Value: problem.Short(x.table)})
		}
	case "DataSetAction":
		x.acts.message = actionOf(string(x.text))
	case "Text", "faultstring", "faultcode":
		if x.speaks() {
			x.said.add(name, string(x.text))
		}
	case "Message":
		if x.speaks() && !x.said.error {
			for _, p := range doubts(x.cfg, x.said.close()) {
				x.note(p)
			}
		}
	}
}

// speaks reports whether what is read are a footer's or an error's own words.
func (x *sdmxML) speaks() bool { return x.said.error || slices.Contains(x.in.Path(), "Footer") }

func (x *sdmxML) observation() tabular.Item {
	x.n++
	o := sdmxObservation(x.table, x.cfg, &x.series, x.obs.dims, x.obs.attrs, x.obs.value)
	o.where, o.gone = "Obs "+strconv.Itoa(x.n), x.obs.gone
	if len(o.dims) == 0 {
		return x.keyless(o, "GW-D020", "Obs")
	}
	return x.item(o)
}

// keyless is a piece that names no observation.
func (x *sdmxML) keyless(o *observation, code, field string) tabular.Item {
	return tabular.Item{Raw: canonical.Raw{Kind: x.kind, Key: placeKey("", x.table, o.where), Payload: payload(o, Period{}, number{}, false)},
		Problem: &problem.Problem{Code: code, File: problem.Short(x.file), Path: o.where, Field: field}}
}

// bulk refuses a series that is to be removed without naming its observations:
// which ones it has only its source knows.
func (x *sdmxML) bulk() (tabular.Item, bool) {
	if x.acts.now() != deletes || x.acts.observed > 0 || len(x.series.dims) == 0 {
		return tabular.Item{}, false
	}
	x.act(deletes)
	o := sdmxObservation(x.table, x.cfg, &x.series, nil, nil, "")
	o.where = "Series"
	for _, d := range o.dims {
		o.where += " " + d.code
	}
	x.acts.observed++
	return x.keyless(o, "GW-D061", "Series"), true
}
