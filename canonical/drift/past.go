package drift

import (
	"slices"
	"time"
)

const (
	// Least is how many Raws are judged; fewer are gathered over runs.
	Least = 20
	// MaxBytes is what is remembered of a stream at most.
	MaxBytes = 64 << 10
	// MaxSpots is how many places of a mapping are watched at most.
	MaxSpots = 200

	wider     = 3 * Least // of what only some Raws have
	apartFor  = 5 * Least // Raws: the newest, that are no part of the past yet
	memory    = 5000      // Raws: what lies further back counts half, and half again
	kindBytes = 12000     // of the names of kinds, in the past and in each window
	maxItems  = 30
	maxOver   = 10
)

// Past is what is remembered of a stream. The zero Past has seen nothing.
type Past struct {
	Mapping string   `json:"mapping,omitempty"` // revision the words were seen under
	Walked  bool     `json:"walked,omitempty"`  // one run came to its end: from there on it is judged
	Frames  []frame  `json:"frames,omitempty"`
	Runs    []tally  `json:"runs,omitempty"` // the newest: no part of the past yet
	Members members  `json:"members"`
	Items   []Item   `json:"items,omitempty"` // open
	Over    []Item   `json:"over,omitempty"`  // the latest that are not any more
	Words   []Word   `json:"words,omitempty"`
	Beyond  []uint32 `json:"beyond,omitempty"` // hashes of words that are only counted

	layout *Layout
	fresh  map[string]string // of the run under way: values of a class that a spot never had, by both
}

// frame is the past of the record, or of the elements of a list.
type frame struct {
	Spots   []spot         `json:"spots"`
	Kinds   map[string]int `json:"kinds"`
	Dropped int            `json:"dropped,omitempty"` // of kinds that are forgotten: there are too many
}

// spot is the past of a Spot.
type spot struct {
	ID      string  `json:"id"`
	Is      counts  `json:"is"`
	Windows int     `json:"windows,omitempty"` // judged and found normal
	Low     float64 `json:"low,omitempty"`     // the lowest share seen in one of them
	Example string  `json:"example,omitempty"`
	// Last is when a run last brought one that had a value.
	Last time.Time `json:"last,omitzero"`
}

// tally is what a run brought.
type tally struct {
	At     time.Time `json:"at,omitzero"` // its first page
	Raws   int       `json:"raws"`
	Open   bool      `json:"open,omitempty"` // the run goes on, or was cut
	Frames []count   `json:"frames"`
}

// count is what a run brought of a frame.
type count struct {
	N     int            `json:"n"`
	From  int            `json:"from"`
	Kinds map[string]int `json:"kinds,omitempty"`
	Other []counts       `json:"other,omitempty"` // by spot, of kinds beyond those that are kept apart
	Rest  int            `json:"rest,omitempty"`  // how many those are
}

// mostKinds is how many kinds of so many spots are kept apart.
func (p *Past) mostKinds(spots int) int {
	return min(max(kindBytes/(len(p.Frames)*(spots+8)), 6), 96)
}

// Occasion is when a Sight is taken in.
type Occasion struct {
	At      time.Time
	Mapping string
	Begins  bool // it is a run's first page
	Ends    bool // … its last: the run is judged
	Live    int  // current records of the stream; 0: not known
}

// Take takes in what was seen of a page that is committed; false when nothing
// is to be remembered anew.
func (p *Past) Take(s *Sight, o Occasion) (changed bool) {
	changed = p.Under(o.Mapping)
	if p.fit(s.Layout, o.At); o.Begins && p.open() != nil {
		p.close(o) // its run was cut
		changed = true
	}
	if s.Raws > 0 {
		t := p.open()
		if t == nil {
			p.Runs = append(p.Runs, tally{At: o.At, Open: true, Frames: make([]count, len(p.Frames))})
			t = &p.Runs[len(p.Runs)-1]
		}
		t.Raws += s.Raws
		for i := range s.Frames {
			t.Frames[i].take(&s.Frames[i], len(p.Frames[i].Spots), p.mostKinds(len(p.Frames[i].Spots)))
		}
		p.remember(s)
		changed = true
	}
	changed = p.meet(s, o) || changed
	if o.Ends && p.open() != nil {
		p.close(o)
		p.Walked = p.Walked || p.learned() >= Least
		changed = true
	}
	return changed
}

// learned is how many Raws the past is of.
func (p *Past) learned() (n int) {
	if len(p.Frames) == 0 {
		return 0
	}
	for _, k := range p.Frames[0].Kinds {
		n += k
	}
	return n + p.Frames[0].Dropped
}

// open is the tally of a run that goes on.
func (p *Past) open() *tally {
	if n := len(p.Runs); n > 0 && p.Runs[n-1].Open {
		return &p.Runs[n-1]
	}
	return nil
}

func (c *count) take(g *Glimpse, spots, most int) {
	c.N += g.N
	c.From += g.From
	if c.Kinds == nil {
		c.Kinds = map[string]int{}
	}
	for name, kind := range g.Kinds {
		if _, has := c.Kinds[name]; has || len(c.Kinds) < most {
			c.Kinds[name] += kind.N
			continue
		}
		for len(c.Other) < spots {
			c.Other = append(c.Other, counts{})
		}
		c.spill(name, kind.N)
	}
}

// spill counts a kind among the others.
func (c *count) spill(name string, n int) {
	for len(c.Other) < len(name)-1 {
		c.Other = append(c.Other, counts{})
	}
	c.Rest += n
	for i := range len(name) - 1 {
		c.Other[i].put(name[i], n)
	}
}

// of counts what stood in a spot.
func (c *count) of(i int) counts {
	var all counts
	for name, n := range c.Kinds {
		all.put(name[i], n)
	}
	if i < len(c.Other) {
		all.add(c.Other[i])
	}
	return all
}

// remember keeps an example of each spot that has none, and of what is new in one.
func (p *Past) remember(s *Sight) {
	for i := range p.Frames {
		f := &p.Frames[i]
		for j := range f.Spots {
			if has := &f.Spots[j]; has.Example == "" {
				has.Example = s.Frames[i].example(&s.Layout.Frames[i][j], j, there)
			}
		}
		for name := range s.Frames[i].Kinds {
			if _, met := f.Kinds[name]; !met && p.Walked {
				p.note(i, name, &s.Frames[i])
			}
		}
	}
}

func (p *Past) note(i int, name string, g *Glimpse) {
	for j := range p.Frames[i].Spots {
		class, at := name[j], p.Frames[i].Spots[j].ID+name[j:j+1]
		if _, has := p.fresh[at]; has || !there(class) || !isOdd(class) && p.Frames[i].Spots[j].Is.of(class) > 0 {
			continue
		}
		if p.fresh == nil {
			p.fresh = map[string]string{}
		}
		p.fresh[at] = g.example(&p.layout.Frames[i][j], j, func(c byte) bool { return c == class })
	}
}

// close ends a run: the newest twenty Raws or more are judged, and what is
// older becomes part of the past.
func (p *Past) close(o Occasion) {
	if t := p.open(); t != nil {
		t.Open = false
	}
	defer func() { p.fresh = nil }()
	if !p.Walked { // the first walk shows what is usual, cut or not
		p.learn(len(p.Runs))
		return
	}
	before := -1
	for _, least := range []int{Least, wider} { // what only some have shows in more
		if first, raws := p.newest(least); raws >= least && first != before {
			p.judge(p.Runs[first:], raws, before >= 0, o)
			before = first
		}
	}
	if first, raws := p.newest(apartFor); raws >= apartFor {
		p.learn(first)
	}
}

// newest is where the newest runs begin that brought so many Raws.
func (p *Past) newest(least int) (first, raws int) {
	for first = len(p.Runs); first > 0 && raws < least; raws += p.Runs[first].Raws {
		first--
	}
	return first, raws
}

// learn makes the oldest runs part of the past.
func (p *Past) learn(runs int) {
	for t := range p.Runs[:runs] {
		for i := range p.Frames {
			p.Frames[i].learn(&p.Runs[t].Frames[i], p.hidden(i))
			p.Frames[i].fade()
			p.Frames[i].keep(p.mostKinds(len(p.Frames[i].Spots)))
		}
	}
	p.Runs = slices.Delete(p.Runs, 0, runs)
}

// hidden are the spots of a frame that are not learned: what an item says of
// them is not usual before somebody accepts it.
func (p *Past) hidden(i int) []bool {
	hidden := make([]bool, len(p.Frames[i].Spots))
	for j := range hidden {
		hidden[j] = p.item(p.Frames[i].Spots[j].ID) != nil
	}
	return hidden
}

func (f *frame) learn(c *count, hidden []bool) {
	if f.Kinds == nil {
		f.Kinds = map[string]int{}
	}
	for i := range f.Spots {
		if !hidden[i] {
			f.Spots[i].Is.add(c.of(i))
		}
	}
	for name, n := range c.Kinds {
		f.Kinds[veiled(name, hidden)] += n
	}
	f.Dropped += c.Rest
}

func veiled(name string, hidden []bool) string {
	b := []byte(name)
	for i := range hidden {
		if hidden[i] {
			b[i] = unsaid
		}
	}
	return string(b)
}

// fade lets what lies back count less.
func (f *frame) fade() {
	n := f.Dropped
	for _, k := range f.Kinds {
		n += k
	}
	for ; n > memory; n /= 2 {
		for name, k := range f.Kinds {
			f.Kinds[name] = (k + 1) / 2
		}
		f.Dropped /= 2
		for i := range f.Spots {
			for class, k := range f.Spots[i].Is {
				f.Spots[i].Is[class] = (k + 1) / 2
			}
		}
	}
}
