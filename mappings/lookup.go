package mappings

import (
	"bytes"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
)

// writeUnit writes the code of a unit or, where none is given, looks it up by
// its name. The first way that has a name decides.
func (r *run) writeUnit(n *node) bool {
	if r.valued(n) || r.err != nil {
		return r.err == nil
	}
	for i := range n.rule.finds {
		find := &n.rule.finds[i]
		v, ok := r.gather(find.name)
		if r.err != nil {
			return false
		}
		if !ok || v.shape >= object {
			continue
		}
		name := r.wordOf(v)
		if len(name) == 0 {
			continue
		}
		r.told = true
		r.wrote++
		if r.plan.units == nil {
			r.traceUnit(n, v, "", "no_unit_table")
			return false
		}
		code, day := r.unitOf(find, name)
		if code == "" {
			r.traceUnit(n, v, "", "unit_not_found")
			return r.refuse(find.name, r.problem(find.name, "GW-M120", v), v)
		}
		r.areaDay = day
		r.traceUnit(n, v, code, "unit_by_name")
		r.putText([]byte(code), false)
		r.catchWord(n.capture, code)
		return true
	}
	return false
}

// unitOf asks every day. Two units of one name on different days are nobody's:
// the name does not say which is meant.
func (r *run) unitOf(find *unitFind, name []byte) (code, day string) {
	if len(find.days) == 0 {
		day = r.dayOf(find.on)
		return r.unitOn(find, name, day), day
	}
	for _, d := range find.days {
		on := d.fixed
		if d.rule != nil {
			on = r.dayOf(d.rule)
		}
		switch got := r.unitOn(find, name, on); {
		case got == "" || got == code:
		case code != "":
			return "", ""
		default:
			code, day = got, on
		}
	}
	return code, day
}

// unitOn remembers what was found: a source has few places and many records.
func (r *run) unitOn(find *unitFind, name []byte, day string) string {
	if day == "" || len(name) > 400 {
		return ""
	}
	var room [128]byte
	key := append(append(append(room[:0], day...), find.parent...), 0)
	key = append(key, name...)
	code, known := r.places[string(key)]
	if !known {
		var one bool
		if code, one = r.plan.units.Find(string(name), find.parent, day); !one {
			code = ""
		}
		if len(r.places) < maxNorms {
			r.places[string(key)] = code
		}
	}
	return code
}

func (r *run) traceUnit(n *node, v value, code, note string) {
	if r.trace == nil {
		return
	}
	w := canonical.Why{Field: n.path, Rule: r.rule(n), Note: note}
	if code != "" {
		w.Value = []byte(`"` + code + `"`)
	}
	r.trace.add(w, r.shown(n, v))
}

// valued is a field by its own rule.
func (r *run) valued(n *node) bool {
	if r.trace != nil {
		return r.traced(n)
	}
	return r.leaf(n)
}

func (r *run) writeUnitDay(n *node) bool {
	if r.areaDay == "" {
		return r.valued(n)
	}
	r.dst = append(append(append(r.dst, '"'), r.areaDay...), '"')
	return true
}

// dayOf reads the day of an area before its turn.
func (r *run) dayOf(on *rule) string {
	v, ok := r.gather(&node{field: &field{path: "area.on"}, rule: on})
	if !ok {
		return ""
	}
	at, ok := on.moment(r.plainBytes(v))
	if !ok {
		return ""
	}
	return string(vntext.AppendDate(r.day[:0], at.In(on.zone)))
}

// moment reads a date by the first layout that fits.
func (r *rule) moment(b []byte) (time.Time, bool) {
	for i := range r.layouts {
		if at, _, _, err := r.layouts[i].Parse(b, r.zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// namedPeriod writes the period that its name tells. One that nobody could
// read holds the Raw: a value without its time is none.
func (r *run) namedPeriod(n *node) bool {
	v, ok := r.gather(n)
	if r.err != nil {
		return false
	}
	if !ok || v.shape >= object {
		return r.fail(r.problem(n, "GW-M110", value{}))
	}
	var freq, label []byte
	for _, m := range n.members {
		if given, ok := r.gather(m); ok && given.shape < object {
			if m.name == "freq" {
				freq = r.wordOf(given)
			} else {
				label = r.wordOf(given)
			}
		}
	}
	p := r.periodNamed(r.wordOf(v), freq)
	if p.Freq == "" {
		return r.fail(r.problem(n, "GW-M121", v))
	}
	from := len(r.dst)
	r.dst = append(append(r.dst, `{"freq":"`...), p.Freq...)
	r.dst = append(append(r.dst, `","start":"`...), p.Start...)
	r.dst = append(append(append(r.dst, `","end":"`...), p.End...), `","label":`...)
	if len(label) == 0 {
		label = []byte(p.Label)
	}
	r.putText(label, false)
	r.dst = append(r.dst, '}')
	r.wrote++
	r.start, r.end = p.Start, p.End
	if r.trace != nil {
		var paths []string
		for _, s := range n.rule.from {
			paths = append(paths, s.full)
		}
		r.trace.add(canonical.Why{Field: n.path, Value: bytes.Clone(r.dst[from:]), Path: strings.Join(paths, ", "), Rule: r.rule(n), Note: "period_by_name"}, r.shown(n, v))
	}
	return true
}

// periodNamed remembers what names came to: a table has few periods and many
// cells.
func (r *run) periodNamed(name, freq []byte) vntext.Period {
	var room [96]byte
	key := append(append(append(room[:0], freq...), 0), name...)
	p, known := r.periods[string(key)]
	if !known {
		p = vntext.ParsePeriod(string(name), string(freq))
		if len(r.periods) < maxNorms && len(name) <= 80 {
			r.periods[string(key)] = p
		}
	}
	return p
}

// stepPeriod gives the first or last day of a named period, or how firm its
// name says that values are.
func stepPeriod(pick func(vntext.Period) string) func(*run, value, *step) (value, bool) {
	return func(r *run, v value, _ *step) (value, bool) {
		p := r.periodNamed(r.wordOf(v), nil)
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
