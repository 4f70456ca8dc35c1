package units

import (
	"bytes"
	_ "embed"
	"io"
	"slices"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

//go:embed units.txt.gz
var embedded []byte

// Default is the embedded table, read at first use.
func Default() (*Table, error) { return defaultTable() }

var defaultTable = sync.OnceValues(func() (*Table, error) { return Load(bytes.NewReader(embedded)) })

// Table is a list of dated units and of what they were made from. It is safe
// for concurrent use.
type Table struct {
	asOf   canonical.Date
	origin []Origin
	units  []unit // by code, then by the first day
	codes  map[string][]int32
	below  map[string][]int32        // communes by the code of their old district
	names  func() map[string][]named // by their loosest form
	lists  func() []canonical.Date

	aliases []named
}

// named is a name of a unit: its own or another spelling.
type named struct {
	unit int32
	name string
}

// Origin is a list that the table was made from, with its day.
type Origin struct {
	Name string
	Day  canonical.Date
}

// unit is one unit for as long as its name, rank and extent stayed. An empty
// from is: since before the oldest list; an empty to: until further notice.
type unit struct {
	code, name, parent, province, decree string
	from, to                             string
	level                                string
	made                                 []edge // what it was made from
	went                                 []edge // where it went
}

// edge leads to another unit. part is of the older of the two: whether only
// a part of it went into the newer.
type edge struct {
	unit int32
	part bool
}

// Level names.
const (
	levelProvince = "province"
	levelDistrict = "district"
	levelCommune  = "commune"
)

// AsOf is the day on which the newest list of the table took effect.
func (t *Table) AsOf() canonical.Date { return t.asOf }

// Origin is which lists the table was made from.
func (t *Table) Origin() []Origin { return slices.Clone(t.origin) }

// At is the unit that a code meant on a day: two digits for a province, three
// for a district (until 30 June 2025), five for a commune. Days before the
// oldest list are answered from the oldest list.
func (t *Table) At(code string, day canonical.Date) (canonical.Unit, bool) {
	i, ok := t.at(code, day)
	if !ok {
		return canonical.Unit{}, false
	}
	return t.export(i), true
}

// Name is the name that a code had on a day, or empty.
func (t *Table) Name(code string, day canonical.Date) string {
	i, ok := t.at(code, day)
	if !ok {
		return ""
	}
	return t.units[i].name
}

// Province is the code of the province that a code lay in on a day, or empty.
func (t *Table) Province(code string, day canonical.Date) string {
	i, ok := t.at(code, day)
	if !ok {
		return ""
	}
	return t.units[i].province
}

// Units lists the units below a province on a day, by code; without a
// province, all units of that day, provinces included.
func (t *Table) Units(province string, day canonical.Date) []canonical.Unit {
	if !realDay(day) {
		return nil
	}
	var list []canonical.Unit
	for i := range t.units {
		u := &t.units[i]
		if u.on(string(day)) && (province == "" || u.province == province && u.level != levelProvince) {
			list = append(list, t.export(int32(i)))
		}
	}
	return list
}

func (t *Table) at(code string, day canonical.Date) (int32, bool) {
	if !realDay(day) {
		return 0, false
	}
	for _, i := range t.codes[code] {
		if t.units[i].on(string(day)) {
			return i, true
		}
	}
	return 0, false
}

// on reports whether the unit stood on a day. Days compare as text.
func (u *unit) on(day string) bool {
	return u.from <= day && (u.to == "" || day < u.to)
}

func realDay(day canonical.Date) bool {
	_, err := time.Parse(time.DateOnly, string(day))
	return err == nil
}

// IDSource is the source part of the identity of units of this table.
const IDSource = "dvhc"

func (t *Table) export(i int32) canonical.Unit {
	u := &t.units[i]
	since := u.from
	if since == "" {
		since = "0"
	}
	out := canonical.Unit{
		ID: canonical.ID(canonical.KindUnit, IDSource, u.code+"."+since), Kind: canonical.KindUnit,
		Code: u.code, Name: u.name, Level: u.level, Parent: u.parent,
		ValidFrom: canonical.Date(u.from), ValidTo: canonical.Date(u.to), Decree: u.decree,
	}
	for _, e := range u.made {
		out.From = append(out.From, canonical.UnitFrom{Code: t.units[e.unit].code, Share: share(e.part)})
	}
	return out
}

func share(part bool) string {
	if part {
		return "part"
	}
	return "full"
}

// Load reads a table, gzipped or plain. The form is in the README.
func Load(r io.Reader) (*Table, error) {
	text, err := readText(r)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-V030", Err: err}
	}
	l := loader{table: &Table{codes: map[string][]int32{}, below: map[string][]int32{}}}
	if err := l.read(text); err != nil {
		return nil, &problem.Problem{Code: "GW-V030", Line: l.line, Err: err}
	}
	t := l.table
	t.names, t.lists = sync.OnceValue(t.index), sync.OnceValue(t.listsOf)
	return t, nil
}
