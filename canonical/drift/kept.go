package drift

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Read reads what Encode wrote; a text that is none is a Past of nothing.
func Read(text []byte) *Past {
	p := &Past{}
	if len(text) > 0 && json.Unmarshal(text, p) != nil {
		p = &Past{}
	}
	return p
}

// Encode writes a Past down, in at most MaxBytes: what is least is left out.
func (p *Past) Encode() json.RawMessage {
	for step := 0; ; step++ {
		text, err := json.Marshal(p)
		if err == nil && len(text) <= MaxBytes {
			return text
		}
		switch step {
		case 0:
			p.Over, p.Beyond, p.Words = nil, nil, p.Words[:min(len(p.Words), 20)]
		case 1:
			p.Members.New = nil
			p.Members.Known = p.Members.Known[:min(len(p.Members.Known), 200)]
		case 2, 3, 4:
			p.thin()
		default:
			return nil // it begins anew
		}
	}
}

// thin keeps half the kinds.
func (p *Past) thin() {
	for i := range p.Frames {
		p.Frames[i].keep(len(p.Frames[i].Kinds) / 2)
	}
	for t := range p.Runs {
		for i := range p.Runs[t].Frames {
			c := &p.Runs[t].Frames[i]
			for _, name := range rarest(c.Kinds, len(c.Kinds)/2) {
				c.spill(name, c.Kinds[name])
				delete(c.Kinds, name)
			}
		}
	}
}

// rarest are the kinds beyond the most frequent.
func rarest(kinds map[string]int, keep int) []string {
	names := slices.SortedFunc(maps.Keys(kinds), func(a, b string) int { return cmp.Or(kinds[b]-kinds[a], strings.Compare(a, b)) })
	return names[min(keep, len(names)):]
}

// keep forgets the rarest kinds.
func (f *frame) keep(most int) {
	if len(f.Kinds) <= most {
		return
	}
	for _, name := range rarest(f.Kinds, most) {
		f.Dropped += f.Kinds[name]
		delete(f.Kinds, name)
	}
}

// fit brings what is remembered in line with a mapping: what it reads as before
// is known as before; of the rest nothing is, and its items are over.
func (p *Past) fit(l *Layout, at time.Time) {
	if p.layout == l {
		return
	}
	p.layout = l
	old := p.Frames
	p.Frames = make([]frame, len(l.Frames))
	for i, spots := range l.Frames {
		var was frame
		if i < len(old) {
			was = old[i]
		}
		from := places(was.Spots, spots)
		f := &p.Frames[i]
		f.Kinds, f.Dropped = moved(was.Kinds, from), was.Dropped
		for j := range spots {
			s := spot{ID: spots[j].ID}
			if from[j] >= 0 {
				s = was.Spots[from[j]]
			}
			f.Spots = append(f.Spots, s)
		}
		for t := range p.Runs {
			p.Runs[t].fit(i, len(l.Frames), from)
		}
	}
	p.mapped(l, at)
}

func (t *tally) fit(i, frames int, from []int) {
	for len(t.Frames) < frames {
		t.Frames = append(t.Frames, count{})
	}
	t.Frames = t.Frames[:frames]
	c := &t.Frames[i]
	c.Kinds = moved(c.Kinds, from)
	other := make([]counts, len(from))
	for j, was := range from {
		if was >= 0 && was < len(c.Other) {
			other[j].add(c.Other[was])
		}
	}
	if c.Other = other; c.Rest == 0 {
		c.Other = nil
	}
}

// places is where each spot was before; -1 for one that is new.
func places(was []spot, now []Spot) []int {
	at := make(map[string]int, len(was))
	for i := range was {
		at[was[i].ID] = i
	}
	from := make([]int, len(now))
	for i := range now {
		if j, known := at[now[i].ID]; known {
			from[i] = j
		} else {
			from[i] = -1
		}
	}
	return from
}

// moved are kinds as they are called where spots stand elsewhere.
func moved(kinds map[string]int, from []int) map[string]int {
	out := make(map[string]int, len(kinds))
	name := make([]byte, len(from)+1)
	for old, n := range kinds {
		if old == "" || n <= 0 {
			continue // nobody here wrote it
		}
		for i, j := range from {
			if name[i] = unsaid; j >= 0 && j < len(old)-1 {
				name[i] = old[j]
			}
		}
		name[len(from)] = old[len(old)-1]
		out[string(name)] += n
	}
	return out
}
