package mappings

import (
	"bytes"

	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
	"iocgateway/mappings/keys"
)

// periodOf compiles a period that is read from its name, or put together from
// parts. Its members are those that are written; freq and label may have rules
// of their own.
func (c *compiler) periodOf(v *strict.Node, f *field) *node {
	n := &node{field: f, line: v.Line, col: v.Col, special: namedPeriod}
	if parts := v.Get("parts"); parts != nil {
		c.keys(v, "parts", "label")
		n.rule = c.periodParts(parts, f)
	} else {
		c.keys(v, "of", "freq", "label")
		n.rule = c.rule(v.Get("of"), &field{name: "of", path: f.path + ".of", form: formText, fixed: true})
	}
	n.members = keyedMembers(f, canonical.RoleFreq, canonical.RoleFirstDay, canonical.RoleLastDay, canonical.RolePeriodName)
	for _, own := range []struct {
		name string
		m    *node
	}{{"freq", n.members[freqMember]}, {"label", n.members[nameMember]}} {
		if given := v.Get(own.name); given != nil {
			own.m.field = &field{name: own.name, path: f.path + ".of." + own.name, form: formText, fixed: true}
			own.m.rule, own.m.line, own.m.col = c.rule(given, own.m.field), given.Line, given.Col
		}
	}
	return n
}

// The members of a period that is read from its name, as they are written.
const (
	freqMember = iota
	firstDayMember
	lastDayMember
	nameMember
)

// periodPart is one of the numbers that a period is put together from.
type periodPart struct {
	freq  string // of a period whose last part it is; D is the day of a month
	words []string
	node  *node
}

// partNames are the parts of a period, the coarsest first, with the words that
// may stand before a bare number of each.
func partNames() []string { return keys.Names(keys.Parts()) }

// periodParts compiles year, quarter and the like, each with a rule.
func (c *compiler) periodParts(v *strict.Node, f *field) *rule {
	out := &rule{}
	if v.Kind != strict.Map || v.Get("year") == nil {
		c.add(v.Wrong("GW-M004", "year"), f.path)
		return out
	}
	c.keys(v, partNames()...)
	if day := v.Get("day"); day != nil && v.Get("month") == nil {
		c.add(day.Wrong("GW-M004", "month"), f.path)
	}
	about := map[string]periodPart{"year": {freq: "A", words: []string{""}}, "half": {freq: "S", words: []string{"", "h "}},
		"quarter": {freq: "Q", words: []string{"", "q "}}, "month": {freq: "M", words: []string{"", "thang "}},
		"week": {freq: "W", words: []string{"", "tuan "}}, "day": {freq: "D"}}
	for _, name := range partNames() {
		given := v.Get(name)
		if given == nil {
			continue
		}
		part := about[name]
		part.node = &node{field: &field{name: name, path: f.path + ".parts." + name, form: formText, fixed: true},
			line: given.Line, col: given.Col}
		part.node.rule = c.rule(given, part.node.field)
		out.from = append(out.from, part.node.rule.from...)
		out.parts = append(out.parts, part)
	}
	return out
}

// namedPeriod writes the period that its name stands for. One that nobody
// could read holds the Raw: a value without its time is none.
func (r *run) namedPeriod(n *node) bool {
	v, p, ok := r.readPeriod(n)
	if !ok {
		return false
	}
	label := r.own(n.members[nameMember])
	if len(label) == 0 {
		label = []byte(p.Label)
	}
	d := &r.draft
	from := len(d.out.dst)
	d.out.dst = append(d.out.dst, '{')
	for i, word := range []string{freqMember: p.Freq, firstDayMember: p.Start, lastDayMember: p.End} {
		d.out.dst = append(d.out.dst, n.members[i].key...)
		d.out.word(word)
		d.out.dst = append(d.out.dst, ',')
	}
	d.out.dst = append(d.out.dst, n.members[nameMember].key...)
	label, _ = d.private.unclassed(n.members[nameMember], label, false)
	d.out.text(label, false)
	d.out.dst = append(d.out.dst, '}')
	d.out.wrote++
	d.noted.first, d.noted.last = p.Start, p.End
	if r.trace != nil {
		r.trace.period(n, v, bytes.Clone(d.out.dst[from:]))
	}
	return true
}

// readPeriod reads a period by its name or its parts.
func (r *run) readPeriod(n *node) (v value, p vntext.Period, ok bool) {
	if len(n.rule.parts) > 0 {
		return r.composed(n)
	}
	v, ok = r.values.gather(n)
	if r.faults.held != nil {
		return v, p, false
	}
	if !ok || v.shape >= object {
		return v, p, r.faults.hold(r.faults.problem(n, "GW-M110", value{}))
	}
	p = r.known.period(r.in.word(v), r.own(n.members[freqMember]))
	if p.Freq == "" {
		return v, p, r.faults.hold(r.faults.problem(n, "GW-M121", v))
	}
	return v, p, true
}

// composed puts a period together. The finest part decides what it is; a part
// that when: leaves out is none, and one that is only blank holds the Raw: a
// month without its number is not its year.
func (r *run) composed(n *node) (v value, p vntext.Period, ok bool) {
	year, month := "", ""
	for i := range n.rule.parts {
		part := &n.rule.parts[i]
		if when := part.node.rule.when; when != nil && !r.values.holds(when, part.node) {
			continue
		}
		v, ok = r.values.obtain(part.node)
		if r.faults.held != nil {
			return v, p, false
		}
		if !ok || v.shape >= object || len(r.in.word(v)) == 0 {
			return v, p, r.faults.hold(r.faults.problem(part.node, "GW-M110", value{}))
		}
		if p = r.partOf(part, string(r.in.word(v)), year, month); p.Freq != part.freq {
			return v, p, r.faults.hold(r.faults.problem(part.node, "GW-M121", v))
		}
		if year == "" {
			year = p.Start[:4]
		}
		if part.freq == "M" {
			month = p.Start[5:7]
		}
	}
	if p.Freq == "" { // when: left out every part
		return v, p, r.faults.hold(r.faults.problem(n, "GW-M110", value{}))
	}
	p.Label = p.Name
	return value{b: []byte(p.Name), shape: text}, p, true
}

// partOf reads one part: a bare number, or a name such as Quý II or March.
func (r *run) partOf(part *periodPart, text, year, month string) vntext.Period {
	if part.freq == "D" {
		return r.known.period([]byte(text+"/"+month+"/"+year), nil)
	}
	for _, word := range part.words {
		for _, between := range []string{"/", " "} {
			name := word + text
			if year != "" {
				name += between + year
			}
			if p := r.known.period([]byte(name), nil); p.Freq == part.freq {
				return p
			}
		}
	}
	return vntext.Period{}
}

// own reads a member of a named period that has a rule of its own.
func (r *run) own(m *node) []byte {
	if m.rule == nil {
		return nil
	}
	if v, ok := r.values.gather(m); ok && v.shape < object {
		return r.in.word(v)
	}
	return nil
}
