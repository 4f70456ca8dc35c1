// Package drift knows what a stream's Raws look like, and notices when that
// changes: a mapped member that vanishes, codes that become unknown, a type that
// changes, values nobody can read any more, a member no mapping knows.
//
// It is pure: sights of mapped Raws go in, items come out, and what it remembers
// of a stream is one small JSON text, committed with the page.
//
//	a page is mapped          it is committed             the run's last page
//	Sight ──────────────▶ the run's tally ──────────────▶ judged against the past
//	                                                        │ normal: part of the past,
//	                                                        │ once newer ones follow
//	                                                        └ an Item: open until it is
//	                                                          back, accepted or mapped
//
// # What is compared
//
// A record is of a kind: which of the mapped places have a value, and of what
// type. A source has few kinds (its sub-types, its stages), and which of them a
// run brings varies by the hour. So the share of Raws that have a member proves
// nothing by itself: a member has vanished where Raws that lack it are of kinds
// never met before, whose nearest kin has it; or where the run brought all that
// the stream has; or where no window of twenty, in ten, had so few. Fewer than
// twenty Raws are never judged: they are gathered over runs.
package drift

import (
	"strings"

	"iocgateway/canonical"
)

// The classes of what stands in a place. A capital letter is a value that
// nobody understood: a code that no list knows, a text that could not be read.
const (
	Absent byte = '-'
	Blank  byte = '0' // null, or what the mapping calls nothing
	Text   byte = 't'
	Number byte = 'n'
	Truth  byte = 'b'
	Object byte = 'o'
	List   byte = 'l'

	unsaid byte = '?' // not looked at: the place is new, or an item of it is open
)

// Odd is the class of a value that nobody understood.
func Odd(class byte) byte {
	if class >= 'a' && class <= 'z' {
		return class - 'a' + 'A'
	}
	return class
}

// Letter stands for a record's status in the name of its kind, behind the
// classes of its spots: what a record has depends on how far it is. What is
// unknown, or has none, is like any.
func Letter(status string) byte {
	if status == "" || status == canonical.StatusUnknown {
		return unsaid
	}
	n := len(status) * 7
	for i := range len(status) {
		n = n*5 + int(status[i])
	}
	return byte('a' + n%26)
}

func isOdd(class byte) bool { return class >= 'A' && class <= 'Z' }

// there reports whether a class is a value at all.
func there(class byte) bool { return isOdd(class) || class >= 'a' && class <= 'z' }

// Loss is what a record is where a place gives nothing.
type Loss string

// The losses.
const (
	LossNothing Loss = "nothing" // the field is read all the same
	LossEmpty   Loss = "empty"
	LossDefault Loss = "default"
	LossHeld    Loss = "held" // the whole Raw
)

// Spot is one place of a stream's Raws that its mapping reads.
type Spot struct {
	ID    string              // hash of field, paths and rule: under another rule it is another spot
	Field string              // canonical
	Path  string              // in the Raw
	Coded bool                // what nobody understands in it is an unknown code
	State bool                // the record's status: where it is gone, nothing can be said of the rest
	Lax   bool                // values of several types are read alike
	Loss  Loss                // of the record, where it has no value
	Shown func(string) string // masks a value of it
}

// Layout is what a mapping reads: the spots of the record, and of the elements
// of each list.
type Layout struct {
	Frames  [][]Spot
	Decided func(path string) bool // that a member is used, or left out on purpose
}

// Sight is what was seen of Raws while they were mapped.
type Sight struct {
	Layout  *Layout
	Raws    int
	Frames  []Glimpse
	Looked  int                // Raws whose members were looked at one by one
	Members map[string]*Member // those nobody decided about, by path
}

// Glimpse is what was seen of one frame.
type Glimpse struct {
	N     int // records, or elements of a list
	From  int // Raws they were of
	Kinds map[string]*Kind
}

// Kind is how many were of one kind (a class by spot, and the letter of a status), and the values of the first of them.
type Kind struct {
	N      int
	Values []string
}

// Member is a member of Raws that no mapping knows.
type Member struct {
	Raws    int
	Example string
}

// Watch maps Raws and sees what they look like. It is for one after the other;
// several are added up.
type Watch interface {
	Map(raw canonical.Raw) (canonical.Record, error)
	Sight() *Sight
}

// Watcher is a mapping whose Raws can be watched; closely: the members of each
// are looked at, and not only of some.
type Watcher interface{ Watch(closely bool) Watch }

// NewSight is a Sight of nothing yet.
func NewSight(l *Layout) *Sight {
	s := &Sight{Layout: l, Frames: make([]Glimpse, len(l.Frames)), Members: map[string]*Member{}}
	for i := range s.Frames {
		s.Frames[i].Kinds = map[string]*Kind{}
	}
	return s
}

// Add takes another Sight of the same layout in.
func (s *Sight) Add(o *Sight) {
	s.Raws += o.Raws
	s.Looked += o.Looked
	for i := range o.Frames {
		into, from := &s.Frames[i], &o.Frames[i]
		into.N += from.N
		into.From += from.From
		for name, kind := range from.Kinds {
			if has := into.Kinds[name]; has != nil {
				has.N += kind.N
			} else {
				into.Kinds[name] = kind
			}
		}
	}
	for path, m := range o.Members {
		if has := s.Members[path]; has != nil {
			has.Raws += m.Raws
		} else {
			s.Members[path] = m
		}
	}
}

// example is a value of a spot, masked, in the Raws of a class that is wanted.
func (g *Glimpse) example(of *Spot, i int, wanted func(byte) bool) string {
	best := ""
	for name, kind := range g.Kinds {
		if i < len(name) && i < len(kind.Values) && wanted(name[i]) && kind.Values[i] != "" && (best == "" || kind.Values[i] < best) {
			best = kind.Values[i]
		}
	}
	if best == "" || of.Shown == nil {
		return cut(best)
	}
	return cut(of.Shown(best))
}

// longest is how long an example is at most, in bytes.
const longest = 48

// cut shortens a text at the border of a character.
func cut(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
