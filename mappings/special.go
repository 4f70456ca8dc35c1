package mappings

// special writes what the engine knows by itself.
func (r *run) special(n *node) bool {
	d := &r.draft
	switch n.special {
	case fixedID:
		d.out.word(d.id)
		return true
	case fixedKind:
		d.out.word(string(r.plan.Kind))
		return true
	case rawCode:
		return d.rawCode(n)
	case precision:
		return d.precision(n)
	case normAgency:
		return d.norm(n, r.known.agency(d.noted.id))
	case normProcess:
		return d.norm(n, r.known.procedure(d.noted.id))
	case unitCode:
		return r.unit(n)
	case unitDay:
		return r.unitDay(n)
	case namedPeriod:
		return r.namedPeriod(n)
	case place:
		if n.form == formObject {
			return r.location(n)
		}
		return d.pairQuality()
	case pairHalf:
		return d.noted.pair == pairExact && r.leaf(n)
	}
	return false
}

// norm writes what an identifier came to.
func (d *draft) norm(n *node, norm string) bool {
	if norm == "" {
		return false
	}
	d.out.word(norm)
	d.index.word(n, norm)
	return true
}

// rawCode writes what the source wrote for a coded field: code and label.
func (d *draft) rawCode(n *node) bool {
	code, label := d.raw(n.members[0], d.noted.coded), d.raw(n.members[1], d.noted.label)
	if d.noted.coded.shape <= null {
		code = nil
	}
	if d.noted.label.shape <= null {
		label = nil
	}
	if len(code)+len(label) == 0 {
		return false
	}
	d.out.dst = append(d.out.dst, '{')
	if len(code) > 0 {
		d.out.dst = append(d.out.dst, n.members[0].key...)
		d.out.text(code, false)
	}
	if len(label) > 0 {
		if len(code) > 0 {
			d.out.dst = append(d.out.dst, ',')
		}
		d.out.dst = append(d.out.dst, n.members[1].key...)
		d.out.text(label, false)
	}
	d.out.dst = append(d.out.dst, '}')
	return true
}

// raw is a value as the source wrote it, but for what is a person's in it.
func (d *draft) raw(n *node, v value) []byte {
	word := d.in.word(v)
	if v.shape > null {
		word, _ = d.private.unclassed(n, word, false)
	}
	return word
}

// precision writes whether the due date was a day or a minute.
func (d *draft) precision(n *node) bool {
	switch d.noted.due {
	case dueDay:
		d.put(n, "day")
	case dueMinute:
		d.put(n, "minute")
	}
	return d.noted.due != dueNever
}

// What became of a pair of coordinates: codes of location_quality.
const (
	pairNone    = "none"
	pairZero    = "zero"
	pairExact   = "exact"
	pairSwapped = "swapped"
	pairOutside = "outside"
)

// location judges the pair of coordinates before writing: 0,0 and swapped
// pairs are not positions.
func (r *run) location(n *node) bool {
	lat, latThere := r.values.degrees(n.pair[0])
	lon, lonThere := r.values.degrees(n.pair[1])
	r.draft.noted.pair = pairNone
	if latThere && lonThere {
		r.draft.noted.pair = judgePair(lat, lon)
	}
	return r.faults.held == nil && r.object(n)
}

// judgePair judges a pair. Vietnam with its islands lies between 6.5 and 24
// north, 101 and 118.5 east.
func judgePair(lat, lon float64) string {
	inside := func(lat, lon float64) bool { return lat >= 6.5 && lat <= 24 && lon >= 101 && lon <= 118.5 }
	switch {
	case lat == 0 && lon == 0:
		return pairZero
	case inside(lat, lon):
		return pairExact
	case inside(lon, lat):
		return pairSwapped
	}
	return pairOutside
}

func (d *draft) pairQuality() bool {
	if d.noted.pair != pairNone {
		d.out.wrote++ // what became of a pair is worth keeping without the pair
	}
	d.out.word(d.noted.pair)
	return true
}

// unit writes the code of a unit or, where none is given, looks it up by its
// name. The first way that has a name decides.
func (r *run) unit(n *node) bool {
	if r.valued(n) || r.faults.held != nil {
		return r.faults.held == nil
	}
	d := &r.draft
	for i := range n.rule.finds {
		find := &n.rule.finds[i]
		v, ok := r.values.gather(find.name)
		if r.faults.held != nil {
			return false
		}
		if !ok || v.shape >= object {
			continue
		}
		name := r.in.word(v)
		if len(name) == 0 {
			continue
		}
		d.noted.unitNamed = true
		d.out.wrote++
		if r.plan.units == nil {
			r.trace.unit(n, v, "", "no_unit_table")
			return false
		}
		code, day := r.values.unitOf(find, name)
		if code == "" {
			r.trace.unit(n, v, "", "unit_not_found")
			return r.faults.refuse(find.name, r.faults.problem(find.name, "GW-M120", v), v)
		}
		d.noted.areaDay = day
		r.trace.unit(n, v, code, "unit_by_name")
		d.out.text([]byte(code), false)
		d.index.word(n, code)
		return true
	}
	return false
}

// unitDay writes the day a unit was found on.
func (r *run) unitDay(n *node) bool {
	if r.draft.noted.areaDay == "" {
		return r.valued(n)
	}
	r.draft.out.word(r.draft.noted.areaDay)
	return true
}
