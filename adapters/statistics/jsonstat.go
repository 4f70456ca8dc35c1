package statistics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"iocgateway/canonical/problem"
)

// jsonStat is what a JSON-stat dataset holds, versions 1.0 to 2.0.
type jsonStat struct {
	Class     string                     `json:"class"`
	Label     json.RawMessage            `json:"label"`
	Href      string                     `json:"href"`
	Updated   string                     `json:"updated"`
	ID        []string                   `json:"id"`
	Size      []flexInt                  `json:"size"`
	Role      jsonRole                   `json:"role"`
	Dimension map[string]json.RawMessage `json:"dimension"`
	Value     json.RawMessage            `json:"value"`
	Status    json.RawMessage            `json:"status"`
	Error     json.RawMessage            `json:"error"`   // what went wrong beside the data
	Warning   json.RawMessage            `json:"warning"` // likewise
	Link      json.RawMessage            `json:"link"`
	Extension struct {
		PX struct {
			TableID string `json:"tableid"`
			Matrix  string `json:"matrix"`
		} `json:"px"`
	} `json:"extension"`
}

type jsonRole struct {
	Time   []string `json:"time"`
	Geo    []string `json:"geo"`
	Metric []string `json:"metric"`
}

// UnmarshalJSON takes an empty list or null, which some writers leave where a
// role should stand.
func (r *jsonRole) UnmarshalJSON(data []byte) error {
	type plain jsonRole
	if len(data) == 0 || data[0] != '{' {
		return nil
	}
	return json.Unmarshal(data, (*plain)(r))
}

// flexInt is a number that some writers put in quotes.
type flexInt int

// UnmarshalJSON reads 3 and "3".
func (f *flexInt) UnmarshalJSON(data []byte) error {
	n, err := strconv.Atoi(string(bytes.Trim(data, `"`)))
	*f = flexInt(n)
	return err
}

var (
	errNotStat = errors.New("no dataset with dimensions")
	errNoSet   = errors.New("a response without a dataset")
	errSize    = errors.New("a dimension's size and its values differ")
	errStatVal = errors.New("the values are neither a list nor an object")
)

// openJSONStat reads a document: a dataset, a bundle of datasets, or a
// collection that holds some. Whatever stands behind the JSON (NUL bytes, a
// second document) is left alone.
func openJSONStat(data []byte, cfg *tableSettings, file string) ([]*cube, error) {
	var document json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(markedJSON(data)))
	if err := dec.Decode(&document); err != nil {
		return nil, other(data, "JSON-stat", damaged("JSON-stat", "", err))
	}
	b := &bundle{}
	if err := b.document(document); err != nil {
		return nil, other(data, "JSON-stat", damaged("JSON-stat", "", err))
	}
	var out []*cube
	for i, d := range b.sets {
		c, err := d.cube(cfg, file, b.names[i])
		if err != nil {
			return nil, damaged("JSON-stat", b.names[i], err)
		}
		out = append(out, c)
	}
	if b.linked > 0 {
		out[0].notes = append(out[0].notes, problem.Problem{Code: "GW-D059", Value: strconv.Itoa(b.linked), Want: strconv.Itoa(len(out))})
	}
	return out, nil
}

func (j *jsonStat) cube(cfg *tableSettings, file, name string) (*cube, error) {
	if len(j.ID) == 0 { // version 1: id, size and role stand among the dimensions
		if err := j.oldForm(); err != nil {
			return nil, err
		}
	}
	if len(j.ID) == 0 || len(j.ID) != len(j.Size) {
		return nil, errNotStat
	}
	c := &cube{title: localised(j.Label), updated: sane(j.Updated),
		table: firstOf(cfg.Table, j.Extension.PX.TableID, j.Extension.PX.Matrix, baseName(file))}
	if name != "" && (cfg.Table == "" || len(j.Extension.PX.TableID) > 0) {
		c.table = firstOf(cfg.Table, name)
	}
	for i, id := range j.ID {
		d, err := statDimension(id, j.Dimension[id], int(j.Size[i]))
		if err != nil {
			return nil, fmt.Errorf("dimension %q: %w", problem.Short(id), err)
		}
		for _, role := range j.Role.Time {
			d.time = d.time || role == id
		}
		c.dims = append(c.dims, *d)
	}
	c.settle(cfg)
	values, err := newStatValues(j.Value, false)
	if err != nil {
		return nil, err
	}
	c.fits = func() error { return values.fit(c, j.Value) } // a description has no values to fit
	statuses, err := newStatValues(j.Status, true)
	if err != nil { // what they mean nobody can tell; the values stand for themselves
		statuses = &statValues{none: true}
		c.notes = append(c.notes, problem.Problem{Code: "GW-D060", Path: problem.Short(c.table), Err: err})
	}
	c.notes = append(c.notes, j.said(cfg)...)
	c.next = cellsOf(values, statuses)
	return c, nil
}

// cellsOf gives a table's cells by their number. One that only describes the
// table has none to give.
func cellsOf(values, statuses *statValues) func(cell int) (value, status string, skip bool, err error) {
	if values.none {
		return func(int) (string, string, bool, error) {
			return "", "", false, damaged("JSON-stat", "value", errStatVal)
		}
	}
	return func(cell int) (value, status string, skip bool, err error) {
		status, listed, err := statuses.at(cell)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", "", false, err
		}
		value, there, err := values.at(cell)
		return value, status, !there && (!listed || statuses.single) && err == nil, err
	}
}

func (j *jsonStat) oldForm() error {
	for name, into := range map[string]any{"id": &j.ID, "size": &j.Size, "role": &j.Role} {
		if raw, ok := j.Dimension[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// sane drops a time that stands for "none".
func sane(updated string) string {
	if len(updated) >= 4 && updated[:4] == "9999" {
		return ""
	}
	return updated
}

func statDimension(id string, raw json.RawMessage, size int) (*dimension, error) {
	var doc struct {
		Label    string `json:"label"`
		Category struct {
			Index json.RawMessage   `json:"index"`
			Label map[string]string `json:"label"`
			Unit  map[string]struct {
				Label    string  `json:"label"`
				Base     string  `json:"base"`
				Symbol   string  `json:"symbol"`
				Decimals flexInt `json:"decimals"`
			} `json:"unit"`
		} `json:"category"`
	}
	if len(raw) == 0 {
		return nil, errNotStat
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	d := &dimension{id: id, label: doc.Label}
	codes, err := statIndex(doc.Category.Index, doc.Category.Label)
	if err != nil {
		return nil, err
	}
	if len(codes) != size {
		return nil, errSize
	}
	d.codes = codes
	for _, code := range codes {
		d.labels = append(d.labels, doc.Category.Label[code])
		unit, has := doc.Category.Unit[code]
		if !has {
			d.units, d.decimals = append(d.units, ""), append(d.decimals, "")
			continue
		}
		d.units = append(d.units, firstOf(unit.Label, unit.Base, unit.Symbol))
		d.decimals = append(d.decimals, strconv.Itoa(int(unit.Decimals)))
	}
	return d, nil
}

// statIndex gives the codes of a dimension in order: from a list, from an
// object of positions, or from the only label where no index stands.
func statIndex(index json.RawMessage, labels map[string]string) ([]string, error) {
	switch {
	case len(index) == 0 || string(index) == "null":
		if len(labels) != 1 {
			return nil, errSize
		}
		for code := range labels {
			return []string{code}, nil
		}
	case index[0] == '[':
		var codes []string
		err := json.Unmarshal(index, &codes)
		return codes, err
	}
	var positions map[string]flexInt
	if err := json.Unmarshal(index, &positions); err != nil {
		return nil, err
	}
	codes := make([]string, len(positions))
	taken := make([]bool, len(positions))
	for code, at := range positions {
		if int(at) < 0 || int(at) >= len(codes) || taken[at] {
			return nil, errSize
		}
		codes[at], taken[at] = code, true
	}
	return codes, nil
}
