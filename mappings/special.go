package mappings

import (
	"slices"
	"strconv"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// engine writes what the engine knows by itself.
func (r *run) engine(n *node) bool {
	switch n.special {
	case fixedID:
		r.dst = append(append(append(r.dst, '"'), r.id...), '"')
		return true
	case fixedKind:
		r.dst = append(append(append(r.dst, '"'), r.plan.Kind...), '"')
		return true
	case rawCode:
		return r.writeRaw()
	case precision:
		return r.writePrecision(n)
	case normAgency:
		return r.writeNorm(n, r.agencies.get(r.lastID, canonical.NormAgency))
	case normProcess:
		return r.writeNorm(n, r.procedures.get(r.lastID, canonical.NormProcedure))
	case unitCode:
		return r.writeUnit(n)
	case unitDay:
		return r.writeUnitDay(n)
	case namedPeriod:
		return r.namedPeriod(n)
	case pairHalf:
		return r.quality == "exact" && r.leaf(n)
	}
	return false
}

// norms remembers what identifiers come to: a source has few agencies and
// many records. It is bounded, and a pure function's memory changes nothing.
type norms map[string]string

const maxNorms = 2048

func (m norms) get(id []byte, of func(string) (string, bool)) string {
	if len(id) == 0 || len(id) > 64 {
		return ""
	}
	norm, known := m[string(id)]
	if !known {
		norm, _ = of(string(id))
		if len(m) < maxNorms {
			m[string(id)] = norm
		}
	}
	return norm
}

// asWritten keeps one copy of a text that many records have.
func asWritten(s string) (string, bool) { return s, true }

func (r *run) writeNorm(n *node, norm string) bool {
	if norm == "" {
		return false
	}
	r.dst = append(append(append(r.dst, '"'), norm...), '"')
	r.catchWord(n.capture, norm)
	return true
}

// writeRaw says what the source said: its code and its label.
func (r *run) writeRaw() bool {
	code, label := r.wordOf(r.coded), r.wordOf(r.label)
	if r.coded.shape <= null {
		code = nil
	}
	if r.label.shape <= null {
		label = nil
	}
	if len(code)+len(label) == 0 {
		return false
	}
	r.dst = append(r.dst, '{')
	if len(code) > 0 {
		r.dst = append(r.dst, `"code":`...)
		r.putText(code, false)
	}
	if len(label) > 0 {
		if len(code) > 0 {
			r.dst = append(r.dst, ',')
		}
		r.dst = append(r.dst, `"label":`...)
		r.putText(label, false)
	}
	r.dst = append(r.dst, '}')
	return true
}

// writePrecision says whether the due date was a day or a minute.
func (r *run) writePrecision(n *node) bool {
	if !r.hasDue {
		return false
	}
	word := "minute"
	if r.dueDay {
		word = "day"
	}
	r.putCode(n, word)
	return true
}

// location judges the pair of coordinates before writing: 0,0 and swapped
// pairs are not positions.
func (r *run) location(n *node) bool {
	lat, latThere := r.degrees(member(n, "lat"))
	lon, lonThere := r.degrees(member(n, "lon"))
	r.quality = pairQuality(lat, lon, latThere, lonThere)
	return r.err == nil && r.object(n)
}

// pairQuality says what became of a pair. Vietnam with its islands lies
// between 6.5 and 24 north, 101 and 118.5 east.
func pairQuality(lat, lon float64, latThere, lonThere bool) string {
	inside := func(lat, lon float64) bool { return lat >= 6.5 && lat <= 24 && lon >= 101 && lon <= 118.5 }
	switch {
	case !latThere || !lonThere:
		return "none"
	case lat == 0 && lon == 0:
		return "zero"
	case inside(lat, lon):
		return "exact"
	case inside(lon, lat):
		return "swapped"
	}
	return "outside"
}

// degrees reads one half of a pair; what is no number is not there.
func (r *run) degrees(n *node) (float64, bool) {
	v, ok := r.gather(n)
	if !ok || v.shape != text && v.shape != number {
		return 0, false
	}
	style := n.rule.numbers
	if v.shape == number || style == "" {
		style = vntext.StylePlain
	}
	dec, err := vntext.ParseDecimal(string(r.plainBytes(v)), style)
	if err != nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(dec, 64)
	return f, err == nil
}

func (r *run) writeQuality() bool {
	if r.quality != "none" {
		r.wrote++ // what became of a pair is worth saying without the pair
	}
	r.putText([]byte(r.quality), true)
	return true
}

// dictOf appends the members of an object of the Raw, sorted, and gives how many.
func (r *run) dictOf(n *node) int {
	v, ok := r.obtain(n)
	if !ok {
		return 0
	}
	if v.shape != object {
		p := r.problem(n, "GW-M115", value{})
		p.Value, p.Want = v.shape.String(), object.String()
		r.refuse(n, p, v)
		return 0
	}
	said := map[string][]byte{}
	eachMember(v.b, func(name []byte, v value) {
		if v.shape > null && v.shape < object && len(said) < maxMembers {
			if word := r.wordOf(v); len(word) > 0 {
				said[vntext.Clean(string(name))] = word
			}
		}
	})
	names := make([]string, 0, len(said))
	for name := range said {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		r.putText([]byte(name), false)
		r.dst = append(r.dst, ':')
		r.putText(said[name], false)
	}
	r.wrote += len(names)
	return len(names)
}

// cross checks the rules no single field can say.
func (r *run) cross() bool {
	switch r.plan.Kind {
	case canonical.KindObservation:
		switch {
		case r.hasVal && r.hasMiss:
			return r.fail(&problem.Problem{Code: "GW-V010", Field: "missing"})
		case !r.hasVal && !r.hasMiss:
			return r.fail(&problem.Problem{Code: "GW-V001", Field: "missing"})
		case r.start != "" && r.end != "" && r.end < r.start:
			return r.fail(&problem.Problem{Code: "GW-V007", Field: "period.end", Value: r.end, Want: r.start})
		}
	case canonical.KindUnit, canonical.KindAgency, canonical.KindProcedure:
		if r.start != "" && r.end != "" && r.end <= r.start {
			return r.fail(&problem.Problem{Code: "GW-V007", Field: "valid_to", Value: r.end, Want: r.start})
		}
	}
	return true
}
