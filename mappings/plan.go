// Package mappings declares in YAML what a source's Raws mean, and makes Records
// of them: it compiles mappings with every mistake named by line, runs them
// in one pass over the bytes, shows field by field why, and tests them.
package mappings

import (
	"regexp"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/vntext"
)

// Units finds administrative units by name, for sources that give no code.
type Units interface {
	// Find gives the code that a unit of this name below parent had on a day
	// (yyyy-mm-dd); ok is false when there is none or more than one.
	Find(name, parent, day string) (code string, ok bool)
	// AsOf is the day of the unit data.
	AsOf() string
}

// Env is what a mapping is compiled with besides its own text.
type Env struct {
	Codes  func(name string) (*CodeList, bool)
	Units  Units          // nil: looking a unit up finds nothing
	Policy privacy.Policy // nil means privacy.DefaultPolicy
}

// Plan is a compiled mapping. It is immutable and safe for concurrent use.
type Plan struct {
	Name     string
	Kind     canonical.Kind
	Evidence string
	File     string
	Notes    string

	xml       bool
	root      *node
	frames    []frame
	at        *node // of the time of change, where the adapter gives none
	anonymous *node
	person    *node // whose matter it is: the name free text may not give away
	exclude   []exclusion
	ignore    []string
	sources   []placed // every path, for coverage
	units     Units
	policy    privacy.Policy
	revision  string
	labels    int  // fields without a class
	unreads   bool // the kind has a place for values nobody understands
	keys      envelope
	checks    checks
	watched   *watched
	runs      sync.Pool
}

// envelope are the keys of what the engine writes around a record.
type envelope struct{ id, kind, unread, field, raw, code, notes []byte }

// checks are the rules of a record that no single field can hold.
type checks struct {
	missing string // the field beside the value; empty where a kind has no value
	last    string // the field of a period's or a validity's end
	strict  bool   // which then lies after the beginning
}

// frame is a set of slots: the record, or one element of a list.
type frame struct {
	paths  *jsonscan.Trie
	prefix string // path of the list from the record, with []
}

type exclusion struct {
	name string
	when *program
}

// placed is a source path with the place it was written at.
type placed struct {
	source
	line, col int
	key       string // of the mapping
	rule      int    // paths that one rule tries in turn have the same
	join      int    // paths that one rule joins have the same; 0: it joins none
	opens     int    // frame of its elements, where it is a list that is walked; 0: none
}

// special is what the engine knows about a field besides its form.
type special uint8

const (
	plain       special = iota
	fixedID             // the record's id
	fixedKind           // the record's kind
	rawCode             // what the source wrote for the coded field before
	precision           // of the due date, from how it was written
	normAgency          // agency identifier in the order province→leaf
	normProcess         // national procedure code
	unitCode            // the code of an area by name
	unitDay             // the day on which the name was a unit's
	namedPeriod         // a period read from its name
	pairHalf            // a latitude or longitude
	place               // a location whose pair is judged
	cutMark             // where unread and notes go
)

// node is one canonical field with what fills it.
type node struct {
	*field
	key       []byte // "name":
	special   special
	rule      *rule
	members   []*node // object
	items     []*node // list written out one by one
	elem      *node   // list by each
	each      *rule   // where the list is
	frame     int     // of elem
	action    privacy.Action
	line      int
	col       int
	pair      [2]*node // latitude and longitude of a location
	labels    int      // of the fields without a class, from 1
	hasRaw    bool     // what the source wrote stands beside
	droppable bool     // a member it must have may be missing
	spot      int      // of the places that are watched, from 1; 0: none
	identity  bool     // lost when the matter is anonymous
}

// rule is how a value is gained.
type rule struct {
	from      []source
	labels    []source
	join      string
	joined    bool
	literal   []byte
	template  []part
	expr      *program
	when      *program
	steps     []step
	lines     bool // keep line breaks
	empty     []string
	layouts   []vntext.Layout
	noDates   []day
	zone      *time.Location
	numbers   vntext.NumberStyle
	codes     *CodeList
	onUnknown string
	onInvalid string
	fallback  []byte // default
	required  bool
	finds     []unitFind
	parts     []periodPart
}

type part struct {
	literal string
	from    source
	path    bool
}

// unitFind is one way to look a unit up by its name.
type unitFind struct {
	name   *node
	parent string
	on     *node // the area's day, where there are no days
	days   []unitDate
}

// unitDate is a day on which a name may be a unit's.
type unitDate struct {
	fixed string
	on    *node // a day the Raw gives
}

// day is a day of the calendar, in whatever zone.
type day struct {
	year  int
	month time.Month
	day   int
}

func dayOf(at time.Time) day {
	y, m, d := at.Date()
	return day{y, m, d}
}

// defaults are the header's settings that rules inherit.
type defaults struct {
	zone      *time.Location
	noDates   []day
	layouts   []vntext.Layout
	numbers   vntext.NumberStyle
	empty     []string
	onInvalid string
	onUnknown string
}

// step changes a value before it is read.
type step struct {
	name  string
	arg   string
	apply func(r *values, v value, s *step) (value, bool)
	re    *regexp.Regexp
	keys  []string
	n     int
}
