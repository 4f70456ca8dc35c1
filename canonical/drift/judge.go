package drift

import (
	"cmp"
	"slices"
	"time"

	"iocgateway/canonical/jsonscan"
)

const (
	fewest    = 10   // Raws an item rests on at least, among twenty or more
	usual     = 0.95 // a type that this share has is the type
	oddShare  = 0.2  // of values nobody understands, and three times what it was
	novelty   = 0.1  // of Raws of kinds never met, and three times what is usual
	histories = 10   // windows that show how low a share falls by itself …
	always    = 0.8  // … of what nearly every Raw has
)

// window is the newest Raws of a stream, twenty or more, of one frame.
type window struct {
	n, from int
	kinds   map[string]int
	runs    []tally
	at      int // the frame
}

func windowOf(runs []tally, at int) window {
	w := window{kinds: map[string]int{}, runs: runs, at: at}
	for t := range runs {
		c := &runs[t].Frames[at]
		w.n += c.N
		w.from += c.From
		for name, n := range c.Kinds {
			w.kinds[name] += n
		}
	}
	return w
}

// of counts what stood in a spot.
func (w *window) of(i int) counts {
	var all counts
	for t := range w.runs {
		all.add(w.runs[t].Frames[w.at].of(i))
	}
	return all
}

// judge compares the newest runs with the past, place by place.
func (p *Past) judge(runs []tally, raws int, wide bool, o Occasion) {
	whole := o.Live > 0 && 10*raws >= 9*o.Live
	for i := range p.Frames {
		w := windowOf(runs, i)
		if w.n < Least || w.from < Least {
			continue
		}
		f := &p.Frames[i]
		j := judgement{frame: f, spots: p.layout.Frames[i], window: &w, wide: wide, whole: whole && i == 0}
		for k := range f.Spots {
			p.spot(&j, k, o)
		}
	}
}

// judgement is a frame under judgement.
type judgement struct {
	*frame
	spots  []Spot
	window *window
	wide   bool  // there was a narrower window before this one
	whole  bool  // the window is all that the stream has
	lost   []int // by spot: of kinds never met, those whose nearest kin has it
	odds   float64
}

// spot judges one place: one item at most, what explains most first.
func (p *Past) spot(j *judgement, k int, o Occasion) {
	of, was, is := &p.layout.Frames[j.window.at][k], &j.Spots[k], j.window.of(k)
	if open := p.item(was.ID); open != nil {
		if !j.wide && again(open, was.Is, is) { // in the wider one are Raws of before
			p.end(Back, o.At, func(i *Item) bool { return i.Spot == was.ID })
		}
		return
	}
	if was.Is.all() < Least || p.behind(j, was.ID) {
		return
	}
	last := was.Last
	if newest := j.window.runs[len(j.window.runs)-1].Frames[j.window.at].of(k); newest.sum(there) > 0 {
		was.Last = o.At
	}
	item := Item{Spot: was.ID, Field: of.Field, Path: of.Path, Loss: of.Loss, First: o.At, Raws: j.window.n, Example: was.Example}
	switch {
	case j.vanished(k, was, is) || p.renamed(j, k, is, last):
		item.What, item.Breaking = Vanished, true
		item.Before, item.Now = shareOf(was.Is, there), shareOf(is, there)
	case of.Coded && odd(was.Is, is) && 2*(is.either(Object)+is.either(List)) < is.sum(there):
		item.What, item.Breaking = Codes, true
		p.strange(&item, was.Is, is)
	case p.typed(&item, of, was.Is, is):
		item.Example = cmp.Or(p.fresh[was.ID+item.Is], p.fresh[was.ID+string(Odd(item.Is[0]))])
		item.Was, item.Is = shown(item.Was), shown(item.Is)
	case odd(was.Is, is):
		item.What, item.Breaking = Unread, true
		p.strange(&item, was.Is, is)
	default:
		if !j.wide {
			was.calm(shareOf(is, there))
		}
		return
	}
	p.raise(item)
}

// behind reports whether a wider window reaches back to before an item of the
// spot was over: it holds what was wrong then, and would open it anew.
func (p *Past) behind(j *judgement, id string) bool {
	begin := j.window.runs[0].At
	return j.wide && slices.ContainsFunc(p.Over, func(i Item) bool { return i.Spot == id && i.End == Back && !i.Ended.Before(begin) })
}

// calm notes a window in which nothing was wrong.
func (s *spot) calm(seen float64) {
	if s.Windows++; s.Windows == 1 || seen < s.Low {
		s.Low = seen
	}
}

func shareOf(c counts, of func(byte) bool) float64 {
	if all := c.all(); all > 0 {
		return float64(c.sum(of)) / float64(all)
	}
	return 0
}

// vanished: at most half as many have it as Raws of their status had before,
// and that is not because the run brought Raws of other kinds.
func (j *judgement) vanished(k int, was *spot, is counts) bool {
	n, have := is.all(), is.sum(there)
	if n < Least || shareOf(is, there) > shareOf(was.Is, there)/2 {
		return false
	}
	expected := j.expected(k)
	if 2*float64(have) > expected || expected-float64(have) < fewest {
		return false
	}
	lost := j.missing()[k]
	return lost >= fewest && lost >= have && float64(lost) >= j.odds*float64(n) || j.whole || // of kinds never met; or of all there are
		have == 0 && (strangely(Blank, was.Is, is) || strangely(Absent, was.Is, is)) || // null in all, which it never was
		was.Windows >= histories && was.Low >= always // no window ever had so few
}

// strangely: nearly all are of a class that hardly any were of.
func strangely(class byte, was, is counts) bool {
	return 10*is.of(class) >= 9*is.all() && 100*was.of(class) <= was.all()
}

// renamed: none has it since a member that nobody knows came up, and that one
// is about as frequent.
func (p *Past) renamed(j *judgement, k int, is counts, last time.Time) bool {
	if is.sum(there) > 0 || is.all() < Least || last.IsZero() || len(p.Items) == 0 {
		return false
	}
	expected := j.expected(k)
	if expected < fewest/2 {
		return false
	}
	before := expected / float64(is.all())
	return slices.ContainsFunc(p.Items, func(i Item) bool {
		return i.What == New && i.Met.After(last) && i.Now >= before/2 && i.Now <= 2*before
	})
}

// expected is how many would have a value, by what Raws of their status had before.
func (j *judgement) expected(k int) (sum float64) {
	had, of := map[byte]int{}, map[byte]int{}
	for name, n := range j.Kinds {
		if status := name[len(name)-1]; name[k] != unsaid {
			if of[status] += n; there(name[k]) {
				had[status] += n
			}
		}
	}
	if j.spots[k].State { // what it is lost with
		had[unsaid], of[unsaid] = 0, 0
		for name, n := range j.Kinds {
			if of[unsaid] += n; there(name[k]) {
				had[unsaid] += n
			}
		}
	}
	for name, n := range j.window.kinds {
		if status := name[len(name)-1]; of[status] > 0 {
			sum += float64(n) * float64(had[status]) / float64(of[status])
		}
	}
	return sum
}

// missing counts, of the Raws whose kind was never met, what their nearest kin
// has and they do not.
func (j *judgement) missing() []int {
	if j.lost != nil {
		return j.lost
	}
	j.lost, j.odds = make([]int, len(j.Spots)), j.novel()
	spots := j.spots
	of := map[byte]int{} // Raws of the window, by status
	for name, n := range j.window.kinds {
		of[name[len(name)-1]] += n
	}
	for name, n := range j.window.kinds {
		kin := j.kin(name, float64(n)/float64(of[name[len(name)-1]]))
		if kin == "" {
			continue
		}
		for i := range j.lost {
			lost := there(kin[i]) && !there(name[i]) && name[i] != unsaid
			if lost && (spots[i].State || name[len(name)-1] != unsaid || kin[len(kin)-1] == unsaid) {
				j.lost[i] += n
			}
		}
	}
	return j.lost
}

// novel is what share of the Raws has to be of kinds never met before that
// means something. Of a source whose kinds are many, some are always new: about
// as many as were met only once.
func (j *judgement) novel() float64 {
	once, all := j.Dropped, j.Dropped
	for _, n := range j.Kinds {
		if all += n; n == 1 {
			once++
		}
	}
	return max(novelty, 3*float64(once)/float64(max(all, 1)))
}

// grown is how many times as many of a kind there may be, among the Raws of its
// status, before it counts as one never met: a handful slips into the past.
const grown = 15

// kin is the kind of the past that is nearest to another, of those that are
// about as frequent: itself, mostly. Empty where there is none.
func (j *judgement) kin(name string, share float64) (kin string) {
	all, best, most := 0, 1<<20, 0
	status := name[len(name)-1]
	for other, n := range j.Kinds {
		if other[len(other)-1] == status || status == unsaid {
			all += n
		}
	}
	for other, n := range j.Kinds {
		if grown*float64(n+2) < share*float64(all) { // one of a few may as well be three
			continue
		}
		if d := apart(name, other); d < best || d == best && (n > most || n == most && other < kin) {
			best, most, kin = d, n, other
		}
	}
	if best == 1<<20 || all < Least { // of a status that few had, nothing is usual yet
		return ""
	}
	return kin
}

// apart is in how many places one kind has what another has not.
func apart(a, b string) (n int) {
	if len(a) != len(b) {
		return 1 << 20
	}
	for i := range len(a) {
		switch {
		case a[i] == b[i]:
		case i == len(a)-1 && a[i] != unsaid: // a that has none may have lost it
			return 1 << 20 // of another status: it is no kin
		case a[i] == unsaid || b[i] == unsaid:
		case level(a[i]) != level(b[i]):
			n++
		}
	}
	return n
}

// level is what counts of a class where the question is what is there.
func level(class byte) byte {
	if there(class) {
		return Text
	}
	return class
}

// odd: of the values, many more than before are understood by nobody.
func odd(was, is counts) bool {
	before, now, n := was.sum(isOdd), is.sum(isOdd), is.sum(there)
	had := was.sum(there)
	if had < Least || now < fewest || n == 0 {
		return false
	}
	share := float64(now) / float64(n)
	return share >= oddShare && share >= 3*float64(before)/float64(had)
}

// strange fills in an item of values that nobody understands.
func (p *Past) strange(item *Item, was, is counts) {
	item.Before = float64(was.sum(isOdd)) / float64(max(was.sum(there), 1))
	item.Now = float64(is.sum(isOdd)) / float64(max(is.sum(there), 1))
	item.Example = ""
	for _, class := range types() {
		item.Example = cmp.Or(item.Example, p.fresh[item.Spot+string(Odd(class))])
	}
}

// typed: what was nearly always of one type is mostly of another that was
// hardly ever met. The types are left in the item as classes.
func (p *Past) typed(item *Item, of *Spot, was, is counts) bool {
	had, have := was.sum(there), is.sum(there)
	if had < Least || have < fewest {
		return false
	}
	for _, from := range types() {
		if float64(was.either(from)) < usual*float64(had) {
			continue
		}
		for _, to := range types() {
			if n := is.either(to); to == from || n < fewest || float64(n) < oddShare*float64(have) || 100*was.either(to) > had {
				continue
			}
			item.What, item.Was, item.Is = Type, string(from), string(to)
			item.Before, item.Now = float64(was.either(from))/float64(had), float64(is.either(to))/float64(have)
			if item.Breaking = !of.Lax || is.of(Odd(to)) > 0; !item.Breaking {
				item.Loss = LossNothing
			}
			return true
		}
	}
	return false
}

func types() []byte { return []byte{Text, Number, Truth, Object, List} }

// shown is a class as people see it in a Raw.
func shown(class string) string {
	switch class[0] {
	case Number:
		return jsonscan.Number.String()
	case Truth:
		return "true"
	case Object:
		return jsonscan.Object.String()
	case List:
		return jsonscan.Array.String()
	}
	return jsonscan.Text.String()
}

// again reports that an item's place is as it was before, and not only that
// nothing is known of it.
func again(i *Item, was, is counts) bool {
	have, n := is.sum(there), is.all()
	switch i.What {
	case Vanished:
		return have >= fewest/2 && float64(have) > float64(n)*i.Before/2
	case Codes, Unread:
		// Fewer than would open it is not as before: a tenth that nobody
		// understands is still coming, where there was none.
		share := float64(is.sum(isOdd)) / float64(max(have, 1))
		return have >= fewest && share < oddShare && share <= 2*i.Before
	case Type:
		same := 0
		for _, class := range types() {
			if 2*was.either(class) > was.sum(there) {
				same = is.either(class)
			}
		}
		return have >= fewest && float64(same) >= 0.9*float64(have)
	}
	return false
}
