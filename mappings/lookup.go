package mappings

import (
	"iocgateway/canonical"
	"iocgateway/canonical/units"
	"iocgateway/canonical/vntext"
)

// known is what lookups came to. It outlives a Raw: a source has few agencies,
// places and periods and many records. It is bounded, and a pure function's
// memory changes nothing (invariant 4).
type known struct {
	agencies, procedures, words, places norms
	periods                             map[string]vntext.Period
}

func newKnown() known {
	return known{agencies: norms{}, procedures: norms{}, words: norms{}, places: norms{}, periods: map[string]vntext.Period{}}
}

// norms are texts that others came to.
type norms map[string]string

const maxNorms = 2048

func (m norms) get(id []byte, of func(string) (string, bool)) string {
	if len(id) == 0 || len(id) > 64 {
		return ""
	}
	norm, found := m[string(id)]
	if !found {
		norm, _ = of(string(id))
		if len(m) < maxNorms {
			m[string(id)] = norm
		}
	}
	return norm
}

func (k *known) agency(id []byte) string    { return k.agencies.get(id, canonical.NormAgency) }
func (k *known) procedure(id []byte) string { return k.procedures.get(id, canonical.NormProcedure) }

// word gives the one copy that is kept of a text many records have; empty for
// one that is too long for that.
func (k *known) word(b []byte) string { return k.words.get(b, asWritten) }

func asWritten(s string) (string, bool) { return s, true }

// unit finds the code of a unit by its name on a day; empty where there is
// none or more than one.
func (k *known) unit(table Units, name []byte, parent, day string) string {
	if day == "" || len(name) > 400 {
		return ""
	}
	var room [128]byte
	key := append(append(append(room[:0], day...), parent...), 0)
	key = append(key, name...)
	code, found := k.places[string(key)]
	if !found {
		var one bool
		if code, one = table.Find(string(name), parent, day); !one {
			code = ""
		}
		if len(k.places) < maxNorms {
			k.places[string(key)] = code
		}
	}
	return code
}

// period reads the name of a period. A table has few periods and many cells.
func (k *known) period(name, freq []byte) vntext.Period {
	var room [96]byte
	key := append(append(append(room[:0], freq...), 0), name...)
	p, found := k.periods[string(key)]
	if !found {
		p = vntext.ParsePeriod(string(name), string(freq))
		if len(k.periods) < maxNorms && len(name) <= 80 {
			k.periods[string(key)] = p
		}
	}
	return p
}

// unitOf asks every day. Two units of one name on different days are nobody's:
// the name does not decide which is meant.
func (r *values) unitOf(find *unitFind, name []byte) (code, day string) {
	if len(find.days) == 0 {
		day = r.dayOf(find.on)
		return r.known.unit(r.plan.units, name, find.parent, day), day
	}
	for _, d := range find.days {
		on := d.fixed
		if d.on != nil {
			on = r.dayOf(d.on)
		}
		switch got := r.known.unit(r.plan.units, name, find.parent, on); {
		case got == "" || got == code:
		case code != "":
			return "", ""
		default:
			code, day = got, on
		}
	}
	return code, day
}

// dayOf reads the day of an area before its turn.
func (r *values) dayOf(on *node) string {
	at, ok := r.moment(on)
	if !ok {
		return ""
	}
	var room [16]byte
	return string(vntext.AppendDate(room[:0], at.In(on.rule.zone)))
}

// stepPeriod gives the first or last day of a named period, or how firm its
// name makes the values.
func stepPeriod(pick func(vntext.Period) string) func(*values, value, *step) (value, bool) {
	return func(r *values, v value, _ *step) (value, bool) {
		p := r.known.period(r.in.word(v), nil)
		if p.Freq == "" {
			return v, false
		}
		if got := pick(p); got != "" {
			return value{b: []byte(got), shape: text}, true
		}
		return value{}, true
	}
}

func periodStart(p vntext.Period) string { return p.Start }
func periodEnd(p vntext.Period) string   { return p.End }
func periodFlag(p vntext.Period) string  { return p.Flag }

// UnitTable lends a table of administrative units to mappings.
func UnitTable(t *units.Table) Units { return unitTable{t} }

type unitTable struct{ table *units.Table }

func (u unitTable) AsOf() string { return string(u.table.AsOf()) }

// Find takes a name that is one unit's only: two of one name are nobody's.
func (u unitTable) Find(name, parent, day string) (string, bool) {
	found := u.table.Find(name, parent, canonical.Date(day))
	if len(found) != 1 {
		return "", false
	}
	return found[0].Code, true
}
