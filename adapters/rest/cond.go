package rest

import (
	"slices"
	"strings"

	"iocgateway/canonical/jsonscan"
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
	text := strings.TrimSpace(string(appendKey(nil, v)))
	switch {
	case c.Equals != nil && text != *c.Equals:
		return false
	case len(c.In) > 0 && !slices.Contains(c.In, text):
		return false
	case c.Contains != "" && !strings.Contains(vntext.Fold(v.String()), c.folded):
		return false
	}
	return true
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
