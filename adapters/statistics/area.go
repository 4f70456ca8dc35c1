package statistics

import (
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
)

// areas gathers, for each dimension, values that have the form of codes of
// administrative units, to say of which day's list they are: a code without a
// day is no key, and the file does not give the day.
type areas struct{ dims []areaDim } // by their places in an observation

type areaDim struct {
	id   string
	last string            // the code seen last, most often that of the next cell too
	seen map[string]string // codes and names
	not  bool              // it is something else
}

const (
	fewAreas  = 5      // are too few to tell codes from numbers
	manyAreas = 20_000 // of one dimension
)

func (a *areas) see(o *observation) {
	for len(a.dims) < len(o.dims) {
		a.dims = append(a.dims, areaDim{id: o.dims[len(a.dims)].id, seen: map[string]string{}})
	}
	for i := range o.dims {
		if at := &a.dims[i]; !at.not && i != o.time && at.last != o.dims[i].code {
			at.take(&o.dims[i])
		}
	}
}

func (a *areaDim) take(d *member) {
	a.last = d.code
	if _, there := a.seen[d.code]; !there {
		a.seen[d.code] = d.label
		a.not = a.id != d.id || len(a.seen) > manyAreas || len(a.seen) == fewAreas && !mostlyUnits(a.seen)
	}
}

// mostlyUnits leaves room for a total and the like beside the units.
func mostlyUnits(of map[string]string) bool {
	n := 0
	for code := range of {
		if units.Unitlike(code) && len(code) != 3 {
			n++
		}
	}
	return 2*n >= len(of)
}

// fits says of each dimension of units which list its codes are of.
func (a *areas) fits() (out []problem.Problem) {
	table, err := units.Default()
	if err != nil {
		return nil
	}
	for i := range a.dims {
		of := a.dims[i].seen
		if a.dims[i].not || len(of) < fewAreas || !mostlyUnits(of) {
			continue
		}
		v := units.NewVintage(table)
		for code, name := range of {
			v.Add(code, name, "")
		}
		got := v.Verdict()
		if got.Of < fewAreas || 2*got.Fits[0].Codes < got.Of {
			continue // numbers of something else
		}
		out = append(out, problem.Problem{Code: "GW-D064", Field: problem.Short(a.dims[i].id),
			Value: strconv.Itoa(got.Fits[0].Codes), Want: strconv.Itoa(got.Of),
			Near: string(got.Fits[0].Day), Path: got.Others()})
	}
	return out
}
