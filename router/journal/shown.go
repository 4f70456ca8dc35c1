package journal

import (
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

// Shown is a held Raw as a reader may see it; the Raw itself is not in it but
// for those who may (the nil Veil). Holds of older versions were kept as they came.
func (h HeldRaw) Shown(v *privacy.Veil) HeldRaw {
	h.Problem = *v.Problem(&h.Problem)
	h.Key = v.Key(h.Key)
	return h
}

// Shown is a group as a reader may see it: values that look the same behind
// the veil are one.
func (g HeldGroup) Shown(v *privacy.Veil) HeldGroup {
	g.Example = *v.Problem(&g.Example)
	where := v.Problem(&problem.Problem{Code: g.Code, Field: g.Field, Path: g.Path})
	g.Field, g.Path = where.Field, where.Path
	var values []ValueCount
	place := map[string]int{}
	for _, one := range g.Values {
		shown := v.Value(privacy.Scrub(one.Value))
		i, known := place[shown]
		if !known {
			i = len(values)
			place[shown] = i
			values = append(values, ValueCount{Value: shown})
		}
		values[i].Count += one.Count
	}
	g.Values = values
	return g
}

// Shown is a run as a reader may see it: what failed is to be read, but for
// what it quotes of the source. Checkpoints may name keys.
func (r Run) Shown(v *privacy.Veil) Run {
	r.Error = v.SaidIn(r.Error, r.Problem)
	r.Problem = v.Said(r.Problem)
	notes := r.Notes
	r.Notes = nil
	for i := range notes {
		r.Notes = append(r.Notes, *v.Said(&notes[i]))
	}
	for _, keys := range []*[]string{&r.Unlisted, &r.Stays} {
		shown := make([]string, 0, len(*keys))
		for _, key := range *keys {
			shown = append(shown, v.Key(key))
		}
		*keys = shown
	}
	if r.Refused != nil {
		shown := *r.Refused
		shown.Last = *v.Said(&shown.Last)
		for _, kind := range []**Refusal{&shown.Content, &shown.Strangers} {
			if *kind != nil {
				said := **kind
				said.Problem = *v.Said(&said.Problem)
				*kind = &said
			}
		}
		r.Refused = &shown
	}
	if v != nil {
		r.From, r.To = nil, nil
	}
	return r
}
