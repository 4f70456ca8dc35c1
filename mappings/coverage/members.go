// Package coverage names what stands in sample Raws and says of each whether
// a mapping asks for it. It keeps names and counts, never values.
package coverage

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/privacy"
)

// Sighting is in how many samples something was met, and in how many of them
// with a value.
type Sighting struct {
	Count, Filled    int
	last, lastFilled int
}

// See notes that a sample, counted from 1, has it.
func (s *Sighting) See(sample int, filled bool) {
	if s.last != sample {
		s.last = sample
		s.Count++
	}
	if filled && s.lastFilled != sample {
		s.lastFilled = sample
		s.Filled++
	}
}

// Filled reports a value that is more than null, nothing or an empty list.
func Filled(v jsonscan.Value) bool {
	switch v.Shape {
	case jsonscan.Absent, jsonscan.Null:
		return false
	case jsonscan.Text:
		return strings.TrimSpace(string(v.Bytes)) != ""
	case jsonscan.Object, jsonscan.Array:
		return strings.Trim(string(v.Bytes), "{}[] \t\r\n") != ""
	}
	return true
}

// Member is a field of the samples. Elements of a list are called [], or [0]
// and [id=1] where the mapping takes single ones; […] are those it does not take.
type Member struct {
	Sighting
	Name  string
	Plain string // with [] for every element
	Used  bool
}

// Members are what stands in samples.
type Members struct {
	wanted *Wanted
	found  map[string]*Member
	chosen map[string]int // by list, and by name: elements called by what they are chosen by
	sample int
}

// NewMembers begins without a sample.
func NewMembers(w *Wanted) *Members {
	return &Members{wanted: w, found: map[string]*Member{}, chosen: map[string]int{}}
}

const (
	maxMembers    = 5000
	maxChosen     = 64 // elements of one list that have a name; where there are more, they are no names
	maxChosenName = 40
)

// Take goes through a sample, counted from 1: JSON that was found sound.
func (m *Members) Take(sample int, json []byte) {
	m.sample = sample
	m.walk(&place{Value: jsonscan.Of(json), wanted: m.wanted.frames[:1:1]}, 0)
}

// Found is what was met, by name.
func (m *Members) Found() []*Member {
	out := make([]*Member, 0, len(m.found))
	for _, name := range slices.Sorted(maps.Keys(m.found)) {
		out = append(out, m.found[name])
	}
	return out
}

// place is a value on the way through a sample.
type place struct {
	jsonscan.Value
	wanted      []*wanted
	name, plain string
	whole       bool // something above it is taken whole
}

// walk notes scalars, and objects and lists without anything in them.
func (m *Members) walk(at *place, depth int) {
	if depth > jsonscan.MaxDepth {
		return
	}
	at.wanted = meant(at.wanted, at.Value)
	listed := false
	for _, w := range at.wanted {
		at.whole = at.whole || w.whole
		listed = listed || w.list
	}
	inner := 0
	switch at.Shape {
	case jsonscan.Object:
		jsonscan.EachMember(at.Bytes, func(name []byte, v jsonscan.Value) {
			inner++
			m.walk(at.member(string(name), v), depth+1)
		})
	case jsonscan.Array:
		jsonscan.EachItem(at.Bytes, func(v jsonscan.Value) bool {
			m.walk(m.element(at, inner, v), depth+1)
			inner++
			return true
		})
	}
	if inner == 0 && at.name != "" {
		m.leaf(at, at.whole || listed)
	}
}

func (m *Members) leaf(at *place, used bool) {
	seen := m.found[at.name]
	if seen == nil {
		if len(m.found) >= maxMembers {
			return
		}
		seen = &Member{Name: at.name, Plain: at.plain}
		m.found[at.name] = seen
	}
	seen.Used = seen.Used || used
	seen.See(m.sample, Filled(at.Value))
}

func (p *place) member(name string, v jsonscan.Value) *place {
	part := name
	if strings.ContainsAny(name, ".[") {
		part = strings.NewReplacer(".", `\.`, "[", `\[`).Replace(name)
	}
	in := &place{Value: v, whole: p.whole, name: strings.TrimPrefix(p.name+"."+part, "."), plain: strings.TrimPrefix(p.plain+"."+part, ".")}
	for _, w := range p.wanted {
		if child := w.names[name]; child != nil {
			in.wanted = append(in.wanted, child)
		}
	}
	return in
}

// element is an element of a list, called by what the mapping takes it by.
func (m *Members) element(at *place, i int, v jsonscan.Value) *place {
	in := &place{Value: v, whole: at.whole, plain: at.plain + "[]"}
	taken, other, all := "", "", at.whole
	for _, w := range at.wanted {
		in.wanted = append(in.wanted, w.each...)
		all = all || w.whole || len(w.each) > 0
		if child := w.items[i]; child != nil {
			in.wanted = append(in.wanted, child)
			taken = "[" + strconv.Itoa(i) + "]"
		} else if len(w.items) > 0 {
			other = "[…]"
		}
		for _, p := range w.picks {
			if !p.step.Is(v.Bytes) {
				other = m.chosenName(at.name, p.step.Member, v)
				in.wanted = append(in.wanted, chosenBy(p.step.Member))
				continue
			}
			in.wanted = append(in.wanted, p.wanted)
			taken = "[" + p.step.Member + "=" + p.step.Value + "]"
		}
	}
	switch {
	case taken != "":
		in.name = at.name + taken
	case all || other == "":
		in.name = at.name + "[]"
	default:
		in.name = at.name + other
	}
	return in
}

// chosenName is the name of an element that the mapping does not choose.
func (m *Members) chosenName(list, member string, v jsonscan.Value) string {
	word := ""
	if v.Shape == jsonscan.Object {
		jsonscan.EachMember(v.Bytes, func(name []byte, v jsonscan.Value) {
			if string(name) == member && v.Shape < jsonscan.Object && len(v.Bytes) <= maxChosenName {
				word = privacy.Scrub(v.String())
			}
		})
	}
	name := "[" + member + "=" + word + "]"
	if _, known := m.chosen[list+name]; !known && word != "" {
		if m.chosen[list] >= maxChosen {
			word = ""
		} else {
			m.chosen[list+name]++
			m.chosen[list]++
		}
	}
	if word == "" {
		return "[…]"
	}
	return name
}
