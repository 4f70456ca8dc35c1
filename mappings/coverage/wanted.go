package coverage

import "iocgateway/canonical/jsonscan"

// Wanted is what a mapping asks for: paths from the record, and from the
// elements of the lists that it walks. It is made of the paths alone.
type Wanted struct{ frames []*wanted }

// NewWanted makes room for a record and its walked lists: frame 0 is the record.
func NewWanted(frames int) *Wanted {
	w := &Wanted{frames: make([]*wanted, frames)}
	for i := range w.frames {
		w.frames[i] = &wanted{}
	}
	return w
}

// Want notes a path of a frame. Where it is a list that is walked, opens is
// the frame of its elements; 0: what stands there is taken with all below.
func (w *Wanted) Want(frame int, path string, opens int) {
	steps, err := jsonscan.ParsePath(path)
	if err != nil {
		return
	}
	at := w.frames[frame].down(steps)
	if opens == 0 {
		at.whole = true
		return
	}
	at.list, at.each = true, append(at.each, w.frames[opens])
}

// wanted is what is asked for at a place, and below it.
type wanted struct {
	names map[string]*wanted
	items map[int]*wanted
	picks []pick
	each  []*wanted
	whole bool
	list  bool // its members count one by one
}

// pick is an element of a list that a member's value chooses.
type pick struct {
	step   jsonscan.Step
	wanted *wanted
}

func (w *wanted) down(steps []jsonscan.Step) *wanted {
	for _, s := range steps {
		switch {
		case s.Member != "":
			w = w.pick(s)
		case s.Index >= 0:
			child := below(&w.items, s.Index)
			if !s.Only { // without brackets it is a member so called too
				if w.names == nil {
					w.names = map[string]*wanted{}
				}
				w.names[s.Name] = child
			}
			w = child
		default:
			w = below(&w.names, s.Name)
		}
	}
	return w
}

func below[K comparable](in *map[K]*wanted, k K) *wanted {
	if *in == nil {
		*in = map[K]*wanted{}
	}
	if (*in)[k] == nil {
		(*in)[k] = &wanted{}
	}
	return (*in)[k]
}

func (w *wanted) pick(s jsonscan.Step) *wanted {
	for _, p := range w.picks {
		if p.step.Member == s.Member && p.step.Value == s.Value {
			return p.wanted
		}
	}
	child := chosenBy(s.Member)
	w.picks = append(w.picks, pick{s, child})
	return child
}

// chosenBy wants nothing but the member that elements are chosen by.
func chosenBy(member string) *wanted {
	return &wanted{names: map[string]*wanted{member: {whole: true}}}
}

// meant adds what one value stands for where a list was expected.
func meant(active []*wanted, v jsonscan.Value) []*wanted {
	if v.Shape == jsonscan.Array {
		return active
	}
	for i := 0; i < len(active); i++ {
		w := active[i]
		active = append(active, w.each...)
		if v.Shape != jsonscan.Object {
			continue
		}
		if child := w.items[0]; child != nil {
			active = append(active, child)
		}
		for _, p := range w.picks {
			if p.step.Is(v.Bytes) {
				active = append(active, p.wanted)
			}
		}
	}
	return active
}
