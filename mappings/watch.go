package mappings

import (
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/vntext"
)

// watched is what a plan reads, place by place, so that somebody notices when
// the source gives it no more.
type watched struct {
	spots   int
	frames  [][]watchedPlace
	layout  *drift.Layout
	decided decided
}

// watchedPlace is a place that is watched: the paths one rule tries in turn.
type watchedPlace struct {
	spot    int // number in the plan, from 1
	slots   []int
	empty   []string
	longest int // of what counts as empty
}

// lookEvery: of so many Raws the members of one are looked at, one by one.
const (
	lookEvery  = 64
	lookFirst  = 24 // and those of the first ones, where the stream is watched closely
	lookKind   = 3  // and of the first ones of a kind
	keptValues = 64 // bytes of an example
	maxMemo    = 5000
)

// watch maps Raws and sees what they look like.
type watch struct {
	mapper *Mapper
	sight  *drift.Sight
	close  int // how many more are looked at closely
	name   []byte
	last   []int          // by frame: the Raw that was met there last
	member map[string]int // by path: the same
	path   []byte
}

// Watch maps like the Mapper and sees what the Raws look like.
func (m *Mapper) Watch(closely bool) drift.Watch {
	w := &watch{mapper: m, sight: drift.NewSight(m.plan.watched.layout), last: make([]int, len(m.plan.frames)), member: map[string]int{}}
	if closely {
		w.close = lookFirst
	}
	return w
}

// Map makes the Record of a Raw.
func (w *watch) Map(raw canonical.Raw) (canonical.Record, error) { return w.mapper.watchedBy(w, raw) }

// Sight is what was seen.
func (w *watch) Sight() *drift.Sight { return w.sight }

// of is who watches a Raw: nobody, where it is a removal, which carries what it will.
func (w *watch) of(raw canonical.Raw) *watch {
	if w == nil || raw.Gone {
		return nil
	}
	w.sight.Raws++
	return w
}

// raw ends a Raw.
func (w *watch) raw(r *run) {
	if w == nil {
		return
	}
	fresh := w.met(r, 0)
	if w.close > 0 || fresh || w.sight.Raws%lookEvery == 0 {
		w.close--
		w.sight.Looked++
		w.path = w.path[:0]
		w.look(spanOf(r.in.text()), 0)
	}
}

// met takes in a record, or an element of a list, as it stands in its frame; true
// for one of a kind that few were of.
func (w *watch) met(r *run, frame int) (fresh bool) {
	if w == nil {
		return false
	}
	of, slots := w.mapper.plan.watched.frames[frame], r.in.frames[frame]
	name := w.name[:0]
	for i := range of {
		class := of[i].class(slots)
		if odd := &r.faults.odd[of[i].spot]; *odd {
			class, *odd = drift.Odd(class), false
		}
		name = append(name, class)
	}
	if name = append(name, drift.Letter("")); frame == 0 && r.faults.status != 0 {
		name[len(name)-1] = r.faults.status
	}
	w.name = name
	g := &w.sight.Frames[frame]
	g.N++
	if w.last[frame] != w.sight.Raws {
		w.last[frame] = w.sight.Raws
		g.From++
	}
	kind := g.Kinds[string(name)]
	if kind == nil {
		kind = &drift.Kind{Values: valuesOf(r, of, slots)}
		g.Kinds[string(name)] = kind
		fresh = w.mapper.plan.watched.decided.few(string(name))
	}
	kind.N++
	return fresh
}

// valuesOf keeps the beginnings of what stands in the places, for examples.
func valuesOf(r *run, of []watchedPlace, slots []jsonscan.Value) []string {
	values := make([]string, len(of))
	for i := range of {
		for _, slot := range of[i].slots {
			if v := valueOf(&slots[slot]); v.shape > null && v.shape < object && len(v.b) > 0 {
				values[i] = vntext.Clean(beginning(r.in.decoded(v).b))
				break
			}
		}
	}
	return values
}

func beginning(b []byte) string {
	if len(b) > keptValues {
		b = b[:keptValues]
	}
	return strings.ToValidUTF8(string(b), "")
}

// class is what stands in a place: the first of its paths that has a value counts.
func (p *watchedPlace) class(slots []jsonscan.Value) byte {
	best := drift.Absent
	for _, slot := range p.slots {
		v := &slots[slot]
		switch v.Shape {
		case jsonscan.Absent:
			continue
		case jsonscan.Null:
			best = drift.Blank
			continue
		case jsonscan.Text, jsonscan.Number:
			if n := len(v.Bytes); n > p.longest && v.Bytes[0] > ' ' || !blank(valueOf(v), p.empty) {
				if v.Shape == jsonscan.Text {
					return drift.Text
				}
				return drift.Number
			}
		case jsonscan.Object:
			if len(v.Bytes) > len("{}") {
				return drift.Object
			}
		case jsonscan.Array:
			if len(v.Bytes) > len("[]") {
				return drift.List
			}
		default:
			return drift.Truth
		}
		best = drift.Blank
	}
	return best
}

// look goes through the members of a Raw and notes those nobody decided about.
func (w *watch) look(v value, depth int) {
	if depth > maxDepth {
		return
	}
	inner, length := 0, len(w.path)
	switch v.shape {
	case object:
		eachMember(v.b, func(name []byte, v value) {
			if inner++; length > 0 {
				w.path = append(w.path, '.')
			}
			for _, c := range name {
				if c == '.' {
					w.path = append(w.path, '\\')
				}
				w.path = append(w.path, c)
			}
			w.look(v, depth+1)
			w.path = w.path[:length]
		})
	case array:
		eachItem(v.b, func(v value) bool {
			inner++
			w.path = append(w.path, "[]"...)
			w.look(v, depth+1)
			w.path = w.path[:length]
			return inner < lookEvery
		})
	}
	if inner > 0 || length == 0 || v.shape <= null {
		return
	}
	if path := w.mapper.plan.nobodys(w.path); path != "" && w.member[path] != w.sight.Raws {
		w.note(path, v)
	}
}

func (w *watch) note(path string, v value) {
	w.member[path] = w.sight.Raws
	m := w.sight.Members[path]
	if m == nil {
		m = &drift.Member{}
		if v.shape < object {
			m.Example = privacy.Scrub(beginning(v.b))
		}
		w.sight.Members[path] = m
	}
	m.Raws++
}

// watcher finds the places of a plan.
type watcher struct {
	plan *Plan
	out  *watched
	at   map[string]int // by frame and slots: index in the frame
	laws [][][]string   // by frame and place: what its rules are
}

func watchedOf(p *Plan) *watched {
	w := &watcher{plan: p, out: &watched{}, at: map[string]int{}, laws: make([][][]string, len(p.frames))}
	w.out.frames = make([][]watchedPlace, len(p.frames))
	w.out.layout = &drift.Layout{Frames: make([][]drift.Spot, len(p.frames)), Decided: p.decides}
	w.out.decided.paths, w.out.decided.kinds = map[string]string{}, map[string]int{}
	w.node(p.root, true)
	if p.at != nil {
		w.node(p.at, false)
	}
	for _, x := range p.exclude {
		w.program("exclude: "+x.name, x.when)
	}
	for f := range w.out.layout.Frames {
		for i := range w.out.layout.Frames[f] {
			s := &w.out.layout.Frames[f][i]
			s.ID = hashOf(append([]string{s.Field, s.Path}, w.laws[f][i]...))
		}
	}
	return w.out
}

func (w *watcher) node(n *node, root bool) {
	for _, list := range [][]*node{n.members, n.items} {
		for _, m := range list {
			w.member(m, root)
		}
	}
	if n.rule != nil {
		w.rule(n)
	}
	if n.each != nil {
		w.place(n.path, n.each, drift.Spot{Lax: true, Loss: drift.LossEmpty}, nil)
	}
	if n.elem != nil {
		w.node(n.elem, false)
	}
}

func (w *watcher) member(m *node, root bool) {
	w.node(m, false)
	if m.spot == 0 || !root || !m.required {
		return
	}
	for f := range w.out.frames {
		for i := range w.out.frames[f] {
			if w.out.frames[f][i].spot == m.spot {
				w.out.layout.Frames[f][i].Loss = drift.LossHeld
			}
		}
	}
}

// rule adds the places a rule reads.
func (w *watcher) rule(n *node) {
	ru := n.rule
	spot := drift.Spot{Coded: n.form == formCode, State: n.role == canonical.RoleStatus, Loss: drift.LossEmpty, Shown: shownBy(n)}
	switch n.form {
	case formDecimal, formInt, formFloat, formBool, formCode:
		spot.Lax = true
	}
	switch {
	case ru.required:
		spot.Loss = drift.LossHeld
	case ru.fallback != nil:
		spot.Loss = drift.LossDefault
	}
	if len(ru.from) > 0 {
		n.spot = w.place(n.path, ru, spot, n)
	}
	for _, part := range ru.template {
		if part.path {
			w.place(n.path, &rule{from: []source{part.from}, empty: ru.empty}, spot, nil)
		}
	}
	w.program(n.path, ru.expr)
	w.program(n.path, ru.when)
	for _, find := range ru.finds {
		w.node(find.name, false)
	}
}

// shownBy masks a value as the field it is for is masked.
func shownBy(n *node) func(string) string {
	class := n.class
	return func(s string) string {
		if class != "" && class != privacy.ClassFreeText {
			return privacy.Mask(class, s)
		}
		return privacy.Scrub(s)
	}
}

func (w *watcher) program(field string, p *program) {
	if p == nil {
		return
	}
	for _, s := range p.vars {
		w.place(field, &rule{from: []source{s}, empty: []string{""}}, drift.Spot{Lax: true, Loss: drift.LossEmpty}, nil)
	}
}

// place adds a place, or a field to one that is there; it gives its number.
func (w *watcher) place(field string, ru *rule, spot drift.Spot, n *node) int {
	frame := ru.from[0].frame
	p := watchedPlace{empty: ru.empty}
	var paths []string
	for _, s := range ru.from {
		if s.frame == frame {
			p.slots, paths = append(p.slots, s.slot), append(paths, s.said)
		}
	}
	for _, e := range ru.empty {
		p.longest = max(p.longest, len(e))
	}
	if len(p.slots) == 1 && paths[0] == "" {
		return 0 // the Raw itself
	}
	spot.Field, spot.Path = field, strings.Join(paths, ", ")
	key := itoa(frame) + " " + spot.Path
	spots := &w.out.layout.Frames[frame]
	if i, there := w.at[key]; there {
		has := &(*spots)[i]
		if !slices.Contains(strings.Split(has.Field, ", "), field) {
			has.Field += ", " + field
		}
		has.Coded, has.State, has.Lax = has.Coded || spot.Coded, has.State || spot.State, has.Lax && spot.Lax
		if spot.Loss == drift.LossHeld {
			has.Loss = spot.Loss
		}
		if n != nil && n.class != "" {
			has.Shown = spot.Shown
		}
		w.laws[frame][i] = append(w.laws[frame][i], lawOf(ru, n))
		return w.out.frames[frame][i].spot
	}
	if w.out.spots >= drift.MaxSpots {
		return 0
	}
	w.out.spots++
	p.spot = w.out.spots
	w.at[key] = len(*spots)
	w.out.frames[frame] = append(w.out.frames[frame], p)
	*spots = append(*spots, spot)
	w.laws[frame] = append(w.laws[frame], []string{lawOf(ru, n)})
	return p.spot
}
