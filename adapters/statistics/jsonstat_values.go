package statistics

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"iocgateway/canonical/problem"
)

// statValues reads the values (or statuses) of a JSON-stat dataset in order,
// from a list without building it, or from a sparse object. Numbers keep
// their text.
type statValues struct {
	list   *json.Decoder
	cell   int
	last   string
	sparse map[int]string
	single bool // one status for every cell
	none   bool
}

func newStatValues(raw json.RawMessage, status bool) (*statValues, error) {
	raw = bytes.TrimSpace(raw)
	v := &statValues{cell: -1}
	switch {
	case len(raw) == 0 || string(raw) == "null":
		v.none = true
		return v, nil
	case raw[0] == '[':
		v.list = json.NewDecoder(bytes.NewReader(raw))
		v.list.UseNumber()
		if _, err := v.list.Token(); err != nil {
			return nil, err
		}
		if status {
			v.onlyOne(raw)
		}
		return v, nil
	case raw[0] == '{':
		var sparse map[string]json.RawMessage
		if err := json.Unmarshal(raw, &sparse); err != nil {
			return nil, err
		}
		v.sparse = make(map[int]string, len(sparse))
		for key, value := range sparse {
			at, err := strconv.Atoi(key)
			if err != nil {
				return nil, errStatVal
			}
			v.sparse[at] = plain(value)
		}
		return v, nil
	case raw[0] == '"' && status:
		v.single, v.last = true, plain(raw)
		return v, nil
	}
	return nil, errStatVal
}

// onlyOne sees whether a list of statuses holds one for all.
func (v *statValues) onlyOne(raw []byte) {
	if len(raw) > 64 {
		return
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		v.single, v.last, v.list = true, list[0], nil
	}
}

// fit makes sure that there are as many values as the table has cells. A sparse
// object may leave cells out, but may not name one that there is not.
func (v *statValues) fit(c *cube, raw json.RawMessage) error {
	switch {
	case v.list != nil:
		return c.holds(elements(raw))
	case v.sparse == nil:
		return nil
	}
	cells, err := c.cells()
	if err != nil {
		return err
	}
	for at := range v.sparse {
		if at < 0 || at >= cells {
			return &problem.Problem{Code: "GW-D054", Path: problem.Short(c.table), Value: "#" + strconv.Itoa(at), Want: strconv.Itoa(cells)}
		}
	}
	return nil
}

// elements counts the elements of a JSON array.
func elements(list []byte) int {
	depth, count, quoted, empty := 0, 0, false, true
	for i := 0; i < len(list); i++ {
		c := list[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted, empty = !quoted, false
		case quoted:
		case c == '[' || c == '{':
			empty = empty && depth == 0
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 1:
			count++
		case c > ' ':
			empty = false
		}
	}
	if empty {
		return 0
	}
	return count + 1
}

// plain is a JSON value as text: strings without quotes, null as nothing.
func plain(raw json.RawMessage) string {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// at gives the value of a cell; cells are asked for in rising order.
func (v *statValues) at(cell int) (text string, there bool, err error) {
	switch {
	case v.none:
		return "", false, nil
	case v.single:
		return v.last, true, nil
	case v.sparse != nil:
		text, there = v.sparse[cell]
		return text, there, nil
	}
	for v.cell < cell {
		if !v.list.More() {
			return "", false, io.EOF
		}
		var raw json.RawMessage
		if err := v.list.Decode(&raw); err != nil {
			return "", false, damaged("JSON-stat", "value", err)
		}
		v.cell++
		v.last = plain(raw)
	}
	return v.last, true, nil
}
