package units

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"iocgateway/canonical"
)

// Named is a code as somebody gives it, with the name that stands beside it, or
// none.
type Named struct{ Code, Name string }

// Fit is how many codes are units of one list: those that stood from its day
// on, or, for the oldest, until its day.
type Fit struct {
	Day   canonical.Date
	Codes int
	Whole int // units that the list has of these levels, in the provinces of these codes
}

// covers reports whether the codes are about all that the list has there.
func (f *Fit) covers() bool { return f.Codes*10 >= f.Whole*9 }

// Lists are the days that name the lists of the table, oldest first: the last
// day of the oldest, the first of all others.
func (t *Table) Lists() []canonical.Date { return t.lists() }

func (t *Table) listsOf() []canonical.Date {
	var days []canonical.Date
	for i := range t.units {
		if from := t.units[i].from; from != "" {
			days = append(days, canonical.Date(from))
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	if len(days) == 0 {
		return []canonical.Date{t.asOf}
	}
	return slices.Insert(days, 0, dayBefore(string(days[0])))
}

// List is the list that holds on a day, by its name.
func (t *Table) List(day canonical.Date) canonical.Date {
	lists := t.Lists()
	at := lists[0]
	for _, l := range lists[1:] {
		if l <= day {
			at = l
		}
	}
	return at
}

// Unitlike reports whether a code has the form of a unit's: two, three or five
// digits.
func Unitlike(code string) bool {
	_, ok := levelOf(code)
	return ok
}

// Fits tells which list codes are of, the best first and the newer before the
// older. A code alone is little: nearly all codes of today were other units'
// before. Where a name beside it is a unit's of that code on any day, it
// decides; a name of no list (a translation, "whole province") says nothing.
func (t *Table) Fits(codes []Named) []Fit {
	lists := t.Lists()
	fits := make([]Fit, len(lists))
	for i, day := range lists {
		fits[i].Day = day
	}
	in := make([]map[scope]bool, len(lists))
	for _, c := range codes {
		for i, fit := range t.fit(c, lists) {
			if !fit {
				continue
			}
			fits[i].Codes++
			if in[i] == nil {
				in[i] = map[scope]bool{}
			}
			in[i][t.scopeOf(c.Code, lists[i])] = true
		}
	}
	for i := range t.units {
		u := &t.units[i]
		for l, day := range lists {
			if u.on(string(day)) && in[l][u.scope()] {
				fits[l].Whole++
			}
		}
	}
	slices.SortStableFunc(fits, func(a, b Fit) int {
		return cmp.Or(cmp.Compare(b.Codes, a.Codes), strings.Compare(string(b.Day), string(a.Day)))
	})
	return fits
}

// scope is one level of one province; of provinces, all of them.
type scope struct{ level, province string }

func (u *unit) scope() scope {
	if u.level == levelProvince {
		return scope{level: u.level}
	}
	return scope{u.level, u.province}
}

func (t *Table) scopeOf(code string, day canonical.Date) scope {
	i, ok := t.at(code, day)
	if !ok {
		return scope{}
	}
	return t.units[i].scope()
}

// fit tells for each list whether a code is a unit's there.
func (t *Table) fit(c Named, lists []canonical.Date) []bool {
	there, same := make([]bool, len(lists)), make([]bool, len(lists))
	named := false
	asked := fold(c.Name)
	for i, day := range lists {
		u, ok := t.at(c.Code, day)
		there[i] = ok
		same[i] = ok && asked.loose != "" && t.called(u, asked)
		named = named || same[i]
	}
	if named {
		return same
	}
	return there
}

// called reports whether a name is a unit's, or another spelling of it.
func (t *Table) called(i int32, asked folded) bool {
	for _, n := range t.names()[asked.loose] {
		if unit := fold(n.name); n.unit == i && (asked.rank == "" || asked.rank == unit.rank) {
			return true
		}
	}
	return false
}

// Vintage gathers the codes of units that a file or a stream gives, with the
// days that they are taken as of. It is not safe for concurrent use.
type Vintage struct {
	table *Table
	seen  map[taken]struct{}
}

// taken is a code with the list it is taken to be of; empty: nobody says.
type taken struct {
	Named
	as canonical.Date
}

// maxTaken is how many codes a Vintage keeps: a country has 3,400.
const maxTaken = 20_000

// NewVintage gathers for a table; nil gathers nothing.
func NewVintage(t *Table) *Vintage { return &Vintage{table: t, seen: map[taken]struct{}{}} }

// Add takes a code with its name, taken as of a day (empty: nobody says). What
// has not the form of a unit's code is passed over.
func (v *Vintage) Add(code, name string, on canonical.Date) {
	if v.table == nil || !Unitlike(code) {
		return
	}
	t := taken{Named: Named{Code: code, Name: name}}
	if on != "" {
		t.as = v.table.List(on)
	}
	if _, there := v.seen[t]; !there && len(v.seen) < maxTaken {
		t.Code, t.Name = strings.Clone(code), strings.Clone(name)
		v.seen[t] = struct{}{}
	}
}

// Verdict is how the codes fit.
type Verdict struct {
	Of    int            // codes there are
	Fits  []Fit          // of all of them
	As    canonical.Date // the list that codes are taken to be of, wrongly; empty: no other fits better
	Taken int            // how many are taken to be of it
	Right int            // of these, how many it has
	Other Fit            // the list that has more of these
}

// least is how few codes show nothing.
const least = 3

// Verdict judges what was gathered.
func (v *Vintage) Verdict() Verdict {
	all, by := map[string]Named{}, map[canonical.Date][]Named{}
	for t := range v.seen {
		if was, there := all[t.Code]; !there || was.Name < t.Name {
			all[t.Code] = t.Named
		}
		if t.as != "" {
			by[t.as] = append(by[t.as], t.Named)
		}
	}
	out := Verdict{Of: len(all)}
	if len(all) == 0 {
		return out
	}
	codes := make([]Named, 0, len(all))
	for _, c := range all {
		codes = append(codes, c)
	}
	out.Fits = v.table.Fits(codes)
	for as, codes := range by {
		fits := v.table.Fits(codes)
		i := slices.IndexFunc(fits, func(f Fit) bool { return f.Day == as })
		more := fits[0].Codes - fits[i].Codes
		better := more*20 > len(codes) || i > 0 && fits[0].covers() && !fits[i].covers()
		if len(codes) >= least && better && more >= out.Other.Codes-out.Right {
			out.As, out.Taken, out.Right, out.Other = as, len(codes), fits[i].Codes, fits[0]
		}
	}
	return out
}

// Others are the lists but the best, such as "2025-06-30: 31".
func (v *Verdict) Others() string {
	var b strings.Builder
	for i := 1; i < len(v.Fits); i++ {
		fmt.Fprintf(&b, ", %s: %d", v.Fits[i].Day, v.Fits[i].Codes)
	}
	return strings.TrimPrefix(b.String(), ", ")
}
