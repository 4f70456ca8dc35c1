package units

import (
	"slices"
	"time"

	"iocgateway/canonical"
)

// MoveKind is how a unit and its successors or predecessors correspond. It
// always reads from old to new.
type MoveKind string

// The kinds of move. With OneToMany no figure or address can be carried over
// without more knowledge than the code gives.
const (
	Unchanged MoveKind = "unchanged"   // same code, name and extent
	OneToOne  MoveKind = "one_to_one"  // another code or name, the same extent
	ManyToOne MoveKind = "many_to_one" // it went, whole, into a wider one
	OneToMany MoveKind = "one_to_many" // it was divided
	Unknown   MoveKind = "unknown"     // no such code on that day, or in no list
)

// Move is what became of a unit, or what it was made from.
type Move struct {
	Kind MoveKind
	To   []Part
}

// Part is a unit at the other end of a move. Code is meant on the day On.
type Part struct {
	Code, Name string
	On         canonical.Date
	Share      string // full or part: how much of the older unit is in the newer
}

// Forward gives what became of a unit until today's list. A district went
// where its communes went.
func (t *Table) Forward(code string, day canonical.Date) Move {
	i, ok := t.at(code, day)
	if !ok {
		return Move{Kind: Unknown}
	}
	ends := t.forward(i)
	m := Move{Kind: t.forwardKind(i, ends)}
	for _, e := range ends {
		u := &t.units[e.unit]
		m.To = append(m.To, Part{Code: u.code, Name: u.name, On: t.onOf(u), Share: share(e.part)})
	}
	return m
}

// Backward gives what a unit was made from, in the list before it.
func (t *Table) Backward(code string, day canonical.Date) Move {
	i, ok := t.at(code, day)
	if !ok {
		return Move{Kind: Unknown}
	}
	u := &t.units[i]
	if len(u.made) == 0 {
		kind := Unknown
		if u.from == "" {
			kind = Unchanged
		}
		return Move{Kind: kind, To: []Part{{Code: u.code, Name: u.name, On: day, Share: "full"}}}
	}
	m := Move{Kind: t.backwardKind(u)}
	for _, e := range u.made {
		old := &t.units[e.unit]
		m.To = append(m.To, Part{Code: old.code, Name: old.name, On: dayBefore(old.to), Share: share(e.part)})
	}
	return m
}

// forward follows a unit to units that still stand. Every step leads to a
// later first day, so it ends.
func (t *Table) forward(i int32) []edge {
	u := &t.units[i]
	if u.to == "" {
		return []edge{{unit: i}}
	}
	steps := u.went
	if len(steps) == 0 && u.level == levelDistrict {
		steps = t.ofCommunes(u)
	}
	var ends []edge
	for _, s := range steps {
		for _, e := range t.forward(s.unit) {
			e.part = e.part || s.part
			if k := slices.IndexFunc(ends, func(o edge) bool { return o.unit == e.unit }); k < 0 {
				ends = append(ends, e)
			}
		}
	}
	return ends
}

// ofCommunes gathers where the communes of a district went.
func (t *Table) ofCommunes(district *unit) []edge {
	var steps []edge
	for _, c := range t.below[district.code] {
		if t.units[c].to != district.to {
			continue
		}
		for _, e := range t.units[c].went {
			if k := slices.IndexFunc(steps, func(o edge) bool { return o.unit == e.unit }); k < 0 {
				steps = append(steps, edge{unit: e.unit})
			}
		}
	}
	if len(steps) > 1 {
		for k := range steps {
			steps[k].part = true
		}
	}
	slices.SortFunc(steps, func(a, b edge) int { return int(a.unit - b.unit) })
	return steps
}

func (t *Table) forwardKind(i int32, ends []edge) MoveKind {
	switch {
	case len(ends) == 0:
		return Unknown
	case len(ends) > 1:
		return OneToMany
	case ends[0].unit == i:
		return Unchanged
	}
	u, end := &t.units[i], &t.units[ends[0].unit]
	for _, e := range end.made {
		if o := &t.units[e.unit]; e.unit != i && o.parent != u.code {
			return ManyToOne
		}
	}
	if u.code == end.code && u.name == end.name {
		return Unchanged
	}
	return OneToOne
}

func (t *Table) backwardKind(u *unit) MoveKind {
	old := &t.units[u.made[0].unit]
	switch {
	case len(u.made) > 1:
		return ManyToOne
	case u.made[0].part || len(old.went) > 1:
		return OneToMany
	case old.code == u.code && old.name == u.name:
		return Unchanged
	default:
		return OneToOne
	}
}

// onOf is a day on which a standing unit's code is meant: its first, or that
// of the newest list where it is older than the oldest.
func (t *Table) onOf(u *unit) canonical.Date {
	if u.from != "" {
		return canonical.Date(u.from)
	}
	return t.asOf
}

func dayBefore(day string) canonical.Date {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return canonical.Date(d.AddDate(0, 0, -1).Format(time.DateOnly))
}
