package rest

import (
	"slices"
	"strings"

	"iocgateway/adapters"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// cond is a compiled condition.
type cond struct {
	slot int
	Cond
	folded string
}

func compileCond(c Cond, slot int) cond {
	return cond{slot: slot, Cond: c, folded: vntext.Fold(c.Contains)}
}

// holds reports whether every part of the condition is true of the value.
func (c cond) holds(values []value) bool {
	v := values[c.slot]
	if c.Absent && !v.Empty() || c.Present && v.Empty() {
		return false
	}
	if c.Equals == nil && len(c.In) == 0 && c.Contains == "" {
		return true
	}
	if v.Shape == jsonscan.Absent {
		return false
	}
	text := string(appendKey(nil, v))
	switch {
	case c.Equals != nil && !adapters.Matches(text, *c.Equals):
		return false
	case len(c.In) > 0 && !adapters.Matches(text, c.In...):
		return false
	case c.Contains != "" && !strings.Contains(vntext.Fold(v.String()), c.folded):
		return false
	}
	return true
}

// alike is a value that does not hold, and means the same as one that would; empty: it is none.
func (c cond) alike(values []value) string {
	wanted := c.In
	if c.Equals != nil {
		wanted = append(slices.Clip(wanted), *c.Equals)
	}
	if text := string(appendKey(nil, values[c.slot])); adapters.Alike(text, wanted...) {
		return text
	}
	return ""
}

func (c cond) want() string {
	switch {
	case c.Equals != nil:
		return c.Path + " = " + *c.Equals
	case len(c.In) > 0:
		return c.Path + " ∈ " + strings.Join(c.In, ", ")
	case c.Contains != "":
		return c.Path + " ∋ " + c.Contains
	case c.Absent:
		return c.Path + " ∅"
	default:
		return c.Path
	}
}

// alike notes a word that may mean that a record is gone.
func (pl *plan) alike(word string) []problem.Problem {
	if word == "" {
		return nil
	}
	return []problem.Problem{{Code: "GW-S085", Path: pl.gone.Path, Value: problem.Short(word), Want: pl.gone.want()}}
}
