package statistics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"iocgateway/adapters/tabular"
	"iocgateway/canonical/problem"
)

// sdmxDoc is an SDMX-JSON data message: 1.0 has one structure, 2.0 a list.
type sdmxDoc struct {
	Data       *sdmxDoc        `json:"data"`
	Structure  *sdmxStructure  `json:"structure"`
	Structures []sdmxStructure `json:"structures"`
	DataSets   []sdmxDataSet   `json:"dataSets"`
	Errors     json.RawMessage `json:"errors"`
}

type sdmxStructure struct {
	Links []struct {
		Rel string `json:"rel"`
		URN string `json:"urn"`
	} `json:"links"`
	Dimensions sdmxLevels `json:"dimensions"`
	Attributes sdmxLevels `json:"attributes"`
}

type sdmxLevels struct {
	DataSet     []sdmxComponent `json:"dataSet"`
	Series      []sdmxComponent `json:"series"`
	Observation []sdmxComponent `json:"observation"`
}

type sdmxComponent struct {
	ID     string `json:"id"`
	Role   any    `json:"role"`
	Values []struct {
		ID    string          `json:"id"`
		Name  json.RawMessage `json:"name"`
		Value json.RawMessage `json:"value"`
	} `json:"values"`
}

type sdmxDataSet struct {
	Structure    int               `json:"structure"`
	Action       string            `json:"action"`
	Attributes   []json.RawMessage `json:"attributes"`
	Series       json.RawMessage   `json:"series"`
	Observations json.RawMessage   `json:"observations"`
}

// structural reports whether an SDMX-JSON message defines tables, and holds none.
func structural(text []byte) bool {
	var doc struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if json.NewDecoder(bytes.NewReader(tabular.TrimJSON(text))).Decode(&doc) != nil {
		return false
	}
	return slices.ContainsFunc([]string{"dataStructures", "dataflows", "codelists", "conceptSchemes", "categorySchemes", "contentConstraints"},
		func(name string) bool { return len(doc.Data[name]) > 0 })
}

// empty: the data set names no observation and no series.
func (s *sdmxDataSet) empty() bool {
	for _, raw := range []json.RawMessage{s.Series, s.Observations} {
		if text := string(bytes.TrimSpace(raw)); text != "" && text != "null" && text != "{}" {
			return false
		}
	}
	return true
}

// sdmxJSON gives the observations of a document in the order they stand in.
type sdmxJSON struct {
	*emitter
	pull func() (*observation, error, bool)
	stop func()
}

var (
	errNoSets  = errors.New("no dataSets with a structure")
	errBadKey  = errors.New("a key names a position that its dimension has not")
	errBadList = errors.New("an observation is no list")
)

func openSDMXJSON(data []byte, cfg *tableSettings, e *emitter) (*sdmxJSON, error) {
	var doc sdmxDoc
	if err := json.NewDecoder(bytes.NewReader(markedJSON(data))).Decode(&doc); err != nil {
		return nil, other(data, "SDMX-JSON", damaged("SDMX-JSON", "", err))
	}
	d := &doc
	if doc.Data != nil {
		d = doc.Data
	}
	said := append(notices(doc.Errors), notices(d.Errors)...)
	if doc.Data == nil {
		said = notices(doc.Errors)
	}
	if d.Structure != nil {
		d.Structures = []sdmxStructure{*d.Structure}
	}
	for _, set := range d.DataSets {
		if set.Structure < 0 || set.Structure >= len(d.Structures) {
			return nil, damaged("SDMX-JSON", "", errNoSets)
		}
		if e.act(actionOf(set.Action)) && set.empty() {
			e.note(problem.Problem{Code: "GW-D061", Value: problem.Short(firstOf(cfg.Table, d.Structures[set.Structure].flow(), baseName(e.file)))})
		}
	}
	if len(d.DataSets) == 0 && len(said) > 0 {
		return nil, &problem.Problem{Code: "GW-D050", Value: said[0].text, Path: said[0].code}
	}
	if len(d.DataSets) == 0 && len(d.Structures) == 0 {
		return nil, other(data, "SDMX-JSON", damaged("SDMX-JSON", "", errNoSets))
	}
	for _, p := range doubts(cfg, said) {
		e.note(p)
	}
	x := &sdmxJSON{emitter: e}
	x.pull, x.stop = iter.Pull2(d.observations(cfg, e.file))
	return x, nil
}

// Next gives the next observation.
func (x *sdmxJSON) Next() (tabular.Item, error) {
	o, err, ok := x.pull()
	if !ok {
		return tabular.Item{}, io.EOF
	}
	if err != nil {
		return tabular.Item{}, x.named(damaged("SDMX-JSON", "", err))
	}
	return x.item(o), nil
}

// Close ends the walk.
func (x *sdmxJSON) Close() error {
	x.stop()
	return nil
}

func (d *sdmxDoc) observations(cfg *tableSettings, file string) iter.Seq2[*observation, error] {
	return func(yield func(*observation, error) bool) {
		for i := range d.DataSets {
			set := &setReader{set: &d.DataSets[i], structure: &d.Structures[d.DataSets[i].Structure], cfg: cfg}
			set.table = firstOf(cfg.Table, set.structure.flow(), baseName(file))
			set.gone = actionOf(d.DataSets[i].Action) == deletes
			if err := set.walk(func(o *observation) bool { return yield(o, nil) }); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// flow is the dataflow's identity without its version: agency:id.
func (s *sdmxStructure) flow() string {
	for _, link := range s.Links {
		if link.Rel != "dataflow" {
			continue
		}
		if _, name, ok := strings.Cut(link.URN, "Dataflow="); ok {
			name, _, _ = strings.Cut(name, "(")
			return name
		}
	}
	return ""
}

type setReader struct {
	set       *sdmxDataSet
	structure *sdmxStructure
	cfg       *tableSettings
	table     string
	common    series
	gone      bool // the data set removes
	n         int
}

var errStop = errors.New("stop")

func (r *setReader) walk(give func(*observation) bool) error {
	for _, d := range r.structure.Dimensions.DataSet {
		m, err := d.at(0)
		if err != nil {
			return err
		}
		r.common.dims = append(r.common.dims, m)
	}
	r.common.attrs = attributesOf(r.structure.Attributes.DataSet, r.set.Attributes)
	err := eachMember(r.set.Observations, func(key string, list json.RawMessage) error {
		return r.observation(&r.common, key, list, give)
	})
	if err == nil {
		err = eachMember(r.set.Series, func(key string, raw json.RawMessage) error { return r.series(key, raw, give) })
	}
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

func (r *setReader) series(key string, raw json.RawMessage, give func(*observation) bool) error {
	var doc struct {
		Attributes   []json.RawMessage `json:"attributes"`
		Observations json.RawMessage   `json:"observations"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return err
	}
	dims, err := membersAt(r.structure.Dimensions.Series, key)
	if err != nil {
		return err
	}
	s := &series{dims: append(dims, r.common.dims...),
		attrs: append(attributesOf(r.structure.Attributes.Series, doc.Attributes), r.common.attrs...)}
	before := r.n
	err = eachMember(doc.Observations, func(key string, list json.RawMessage) error {
		return r.observation(s, key, list, give)
	})
	if err != nil || !r.gone || r.n > before {
		return err
	}
	o := sdmxObservation(r.table, r.cfg, s, []member{{id: "TIME_PERIOD"}}, nil, "") // no observation is named
	o.where, o.gone = problem.Short(key), true
	if r.n++; !give(o) {
		return errStop
	}
	return nil
}

func (r *setReader) observation(s *series, key string, raw json.RawMessage, give func(*observation) bool) error {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil && !(r.gone && len(raw) > 0) { // a removal needs no value
		return errBadList
	}
	dims, err := membersAt(r.structure.Dimensions.Observation, key)
	if err != nil {
		return err
	}
	value, rest := "", []json.RawMessage(nil)
	if len(list) > 0 {
		value, rest = plain(list[0]), list[1:]
	}
	o := sdmxObservation(r.table, r.cfg, s, dims, attributesOf(r.structure.Attributes.Observation, rest), value)
	o.where, o.gone = fmt.Sprintf("%s #%d", problem.Short(key), r.n), r.gone
	r.n++
	if !give(o) {
		return errStop
	}
	return nil
}

// membersAt resolves a key such as 0:3:1.
func membersAt(components []sdmxComponent, key string) ([]member, error) {
	if len(components) == 0 {
		return nil, nil
	}
	parts := strings.Split(key, ":")
	if len(parts) != len(components) {
		return nil, errBadKey
	}
	out := make([]member, len(parts))
	for i, part := range parts {
		at, err := strconv.Atoi(part)
		if err != nil {
			return nil, errBadKey
		}
		if out[i], err = components[i].at(at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *sdmxComponent) at(i int) (member, error) {
	if i < 0 || i >= len(c.Values) {
		return member{}, errBadKey
	}
	v := c.Values[i]
	m := member{id: c.ID, code: v.ID, label: localised(v.Name)}
	if m.code == "" {
		m.code = firstOf(plain(v.Value), m.label)
	}
	return m, nil
}

// localised takes a name that is a text, or one text a language.
func localised(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] == '"' {
		return plain(raw)
	}
	var texts map[string]string
	if json.Unmarshal(raw, &texts) != nil {
		return ""
	}
	return firstOf(texts["vi"], texts["en"])
}

// attributesOf resolves attributes: a number is a position where the attribute
// lists values, anything else is the value itself.
func attributesOf(components []sdmxComponent, values []json.RawMessage) []member {
	var out []member
	for i := range components {
		if i >= len(values) || string(values[i]) == "null" {
			continue
		}
		m := member{id: components[i].ID, code: plain(values[i])}
		if at, err := strconv.Atoi(string(values[i])); err == nil && len(components[i].Values) > 0 {
			resolved, err := components[i].at(at)
			if err != nil {
				continue
			}
			m = resolved
		}
		out = append(out, m)
	}
	return out
}

// eachMember walks an object in the order it is written.
func eachMember(raw json.RawMessage, visit func(key string, value json.RawMessage) error) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return errBadList
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		key, _ := token.(string)
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}
