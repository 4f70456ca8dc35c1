package drift

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
)

// What is what became of a place of a stream's Raws.
type What string

// What can become of one.
const (
	Vanished What = "vanished" // a mapped member that is there no more
	Codes    What = "codes"    // codes that no list knows
	Type     What = "type"     // another type
	Unread   What = "unread"   // values that cannot be read
	New      What = "new"      // a member that no mapping knows
)

// How an item ended.
const (
	Back     = "back"     // it is as it was before
	Accepted = "accepted" // a person said that this is how it is now
	Mapped   = "mapped"   // the mapping accounts for it
)

// Item is one thing that changed.
type Item struct {
	What     What      `json:"what"`
	Spot     string    `json:"spot,omitempty"`
	Field    string    `json:"field,omitempty"` // canonical
	Path     string    `json:"path"`            // in the Raw
	Before   float64   `json:"before"`          // share of the Raws: that had it, whose code was unknown, of that type
	Now      float64   `json:"now"`
	Was      string    `json:"was,omitempty"` // of a type: how it looked …
	Is       string    `json:"is,omitempty"`  // … and looks
	Example  string    `json:"example,omitempty"`
	Loss     Loss      `json:"loss"`     // of the canonical field
	Breaking bool      `json:"breaking"` // records are less than they were
	First    time.Time `json:"first"`
	Met      time.Time `json:"met,omitzero"` // of a new member: when it was first met
	Raws     int       `json:"raws"`         // it was last judged by
	Ended    time.Time `json:"ended,omitzero"`
	End      string    `json:"end,omitempty"`
}

// Key tells an item of a stream from the others.
func (i *Item) Key() string { return string(i.What) + "/" + i.Path }

// Problem says an item in words; of one that is over, what it was.
func (i *Item) Problem() *problem.Problem {
	p := &problem.Problem{Code: i.code(), Field: i.Field, Path: i.Path, Value: i.Example, Want: share(i.Before),
		Near: fmt.Sprintf("%s / %d, %s", share(i.Now), i.Raws, words.Time(i.First))}
	if !i.Ended.IsZero() {
		p.Near += " – " + words.Time(i.Ended)
	}
	if i.What == Type {
		p.Want, p.Near = i.Was+" "+p.Want, i.Is+" "+p.Near
	}
	return p
}

// code is the code of what happened and of what it does to the record.
func (i *Item) code() string {
	switch i.What {
	case Codes:
		return "GW-R072"
	case Type:
		return "GW-R073"
	case New:
		return "GW-R074"
	case Unread:
		return "GW-R075"
	}
	if i.Loss == LossHeld {
		return "GW-R071"
	}
	return "GW-R070"
}

// share is a share as all people write it.
func share(s float64) string { return fmt.Sprintf("%d %%", int(100*s+0.5)) }

// Breaks gives the items that make records less than they were, oldest first.
func Breaks(items []Item) (out []Item) {
	for i := range items {
		if items[i].Breaking {
			out = append(out, items[i])
		}
	}
	slices.SortStableFunc(out, func(a, b Item) int { return a.First.Compare(b.First) })
	return out
}

// item is the open item of a spot.
func (p *Past) item(id string) *Item {
	for i := range p.Items {
		if p.Items[i].Spot == id && id != "" {
			return &p.Items[i]
		}
	}
	return nil
}

// raise opens an item.
func (p *Past) raise(i Item) {
	if len(p.Items) < maxItems {
		i.Path, i.Field, i.Example = problem.Short(i.Path), problem.Short(i.Field), cut(i.Example)
		p.Items = append(p.Items, i)
	}
}

// end takes items away, and remembers how they ended.
func (p *Past) end(how string, at time.Time, ends func(*Item) bool) (ended []Item) {
	p.Items = slices.DeleteFunc(p.Items, func(i Item) bool {
		if !ends(&i) {
			return false
		}
		i.Ended, i.End = at, how
		ended = append(ended, i)
		return true
	})
	if p.Over = append(p.Over, ended...); len(p.Over) > maxOver {
		p.Over = slices.Delete(p.Over, 0, len(p.Over)-maxOver)
	}
	return ended
}

// mapped ends what a mapping accounts for: it reads the place in another way,
// or knows the member.
func (p *Past) mapped(l *Layout, at time.Time) {
	p.end(Mapped, at, func(i *Item) bool {
		if i.What == New {
			return l.Decided != nil && l.Decided(i.Path)
		}
		return !slices.ContainsFunc(l.Frames, func(spots []Spot) bool {
			return slices.ContainsFunc(spots, func(s Spot) bool { return s.ID == i.Spot })
		})
	})
}

// Accept ends items as a person says: what is now is how it is. Where names are
// given, only those of these fields or paths. It gives those that ended.
func (p *Past) Accept(names []string, at time.Time) []Item {
	ended := p.end(Accepted, at, func(i *Item) bool {
		return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
			return name == i.Field || name == i.Path || slices.Contains(strings.Split(i.Path, ", "), name) ||
				slices.Contains(strings.Split(i.Field, ", "), name)
		})
	})
	for i := range ended {
		p.forget(ended[i].Spot)
		if ended[i].What == New {
			p.Members.know(ended[i].Path)
		}
	}
	return ended
}

// forget has a spot learned anew.
func (p *Past) forget(id string) {
	for f := range p.Frames {
		for j := range p.Frames[f].Spots {
			if s := &p.Frames[f].Spots[j]; s.ID == id && id != "" {
				*s = spot{ID: id}
				hidden := make([]bool, len(p.Frames[f].Spots))
				hidden[j] = true
				kinds := map[string]int{}
				for name, n := range p.Frames[f].Kinds {
					kinds[veiled(name, hidden)] += n
				}
				p.Frames[f].Kinds = kinds
			}
		}
	}
}

// Word is a coded value that no list knows, published as unknown.
type Word struct {
	Field string    `json:"field"`
	Value string    `json:"value"`
	Count int       `json:"count"`
	First time.Time `json:"first"`
}

const (
	maxWords  = 60  // a field that is no code has no end of them …
	maxBeyond = 800 // … and so many more are counted: "and N more" is then "at least N more"
)

// Meet counts a word; false where there are too many.
func (p *Past) Meet(field, value string, at time.Time) bool {
	value = problem.Short(value)
	for i := range p.Words {
		if w := &p.Words[i]; w.Field == field && w.Value == value {
			w.Count++
			return true
		}
	}
	if len(p.Words) >= maxWords {
		at, met := slices.BinarySearch(p.Beyond, hashOf(field+" "+value))
		if met || len(p.Beyond) >= maxBeyond {
			return false
		}
		p.Beyond = slices.Insert(p.Beyond, at, hashOf(field+" "+value))
		return true
	}
	p.Words = append(p.Words, Word{field, value, 1, at})
	return true
}

// Under begins anew with the words where another mapping is in use; it reports
// whether one is.
func (p *Past) Under(mapping string) bool {
	if p.Mapping == mapping {
		return false
	}
	p.Mapping, p.Words, p.Beyond = mapping, nil, nil
	return true
}
