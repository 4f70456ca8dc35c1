package book

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Op is what a change does.
type Op string

// The operations.
const (
	OpPut    Op = "put"
	OpDelete Op = "delete"
	OpAppend Op = "append"
	// OpForget: what came before of a part is not kept here any more; the next
	// row begins it, on its own word until a later row names its anchor.
	OpForget Op = "forget"
)

// Change is one change as it is written: exactly one of Item and Row counts.
type Change struct {
	Op   Op    `json:"op"`
	Item *Item `json:"item,omitempty"`
	Row  *Row  `json:"row,omitempty"`
}

// State is what a book holds in memory: every item, and of each part where it
// begins and ends. It is not safe for concurrent use.
type State struct {
	sections map[string]map[string]Item
	chains   map[string]*chain
	changed  map[string]chan struct{}
}

// NewState is an empty book.
func NewState() *State {
	return &State{sections: map[string]map[string]Item{}, chains: map[string]*chain{}, changed: map[string]chan struct{}{}}
}

// NextPut makes the change that puts an item over a revision.
func (s *State) NextPut(section, key string, rev uint64, body any) (Change, error) {
	if section == "" || key == "" {
		return Change{}, fmt.Errorf("book: section %q, key %q: both are needed", section, key)
	}
	text, err := Canonical(body)
	if err != nil {
		return Change{}, err
	}
	if has := s.sections[section][key].Rev; has != rev {
		return Change{}, fmt.Errorf("%s/%s has revision %d, not %d: %w", section, key, has, rev, ErrConflict)
	}
	return Change{Op: OpPut, Item: &Item{section, key, rev + 1, text}}, nil
}

// NextDelete makes the change that deletes an item of a revision.
func (s *State) NextDelete(section, key string, rev uint64) (Change, error) {
	has, ok := s.sections[section][key]
	switch {
	case !ok:
		return Change{}, fmt.Errorf("%s/%s: %w", section, key, ErrNotFound)
	case has.Rev != rev:
		return Change{}, fmt.Errorf("%s/%s has revision %d, not %d: %w", section, key, has.Rev, rev, ErrConflict)
	}
	return Change{Op: OpDelete, Item: &Item{Section: section, Key: key, Rev: rev + 1}}, nil
}

// NextRow makes the change that appends a row to a part.
func (s *State) NextRow(part string, at time.Time, anchor *Anchor, body any) (Change, error) {
	if part == "" {
		return Change{}, fmt.Errorf("book: a part needs a name")
	}
	text, err := Canonical(body)
	if err != nil {
		return Change{}, err
	}
	row := s.chain(part).next(at, anchor, text)
	return Change{Op: OpAppend, Row: &row}, nil
}

func (s *State) chain(part string) *chain {
	c := s.chains[part]
	if c == nil {
		c = &chain{part: part}
		s.chains[part] = c
	}
	return c
}

// Apply takes a written change in. An error means that it does not follow
// what was written before.
func (s *State) Apply(c Change) error {
	switch {
	case c.Op == OpAppend && c.Row != nil:
		if fault := s.chain(c.Row.Part).take(c.Row); fault != "" {
			return fmt.Errorf("book: %s row %d: %s", c.Row.Part, c.Row.Seq, fault)
		}
		if c.Row.Anchor != nil {
			s.chain(c.Row.Part).cut = *c.Row.Anchor
		}
		s.wake(c.Row.Part)
		return nil
	case c.Op == OpForget && c.Row != nil:
		delete(s.chains, c.Row.Part)
		return nil
	case c.Op == OpPut && c.Item != nil:
		if s.sections[c.Item.Section] == nil {
			s.sections[c.Item.Section] = map[string]Item{}
		}
		s.sections[c.Item.Section][c.Item.Key] = *c.Item
	case c.Op == OpDelete && c.Item != nil:
		delete(s.sections[c.Item.Section], c.Item.Key)
	default:
		return fmt.Errorf("book: a change %q that nobody knows", c.Op)
	}
	s.wake(c.Item.Section)
	return nil
}

func (s *State) wake(name string) {
	if ch := s.changed[name]; ch != nil {
		close(ch)
		delete(s.changed, name)
	}
}

// Changed is closed at the next change of a section or part.
func (s *State) Changed(name string) <-chan struct{} {
	if s.changed[name] == nil {
		s.changed[name] = make(chan struct{})
	}
	return s.changed[name]
}

// Get gives an item.
func (s *State) Get(section, key string) (Item, error) {
	if item, ok := s.sections[section][key]; ok {
		return item, nil
	}
	return Item{}, fmt.Errorf("%s/%s: %w", section, key, ErrNotFound)
}

// List gives the items of a section, by key.
func (s *State) List(section string) []Item {
	return slices.SortedFunc(maps.Values(s.sections[section]), func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
}

// Items gives every item, by section and key.
func (s *State) Items() (all []Item) {
	for _, section := range slices.Sorted(maps.Keys(s.sections)) {
		all = append(all, s.List(section)...)
	}
	return all
}

// Head is a part's newest row.
func (s *State) Head(part string) Anchor {
	if c := s.chains[part]; c != nil {
		return c.head
	}
	return Anchor{}
}

// Cut is the newest row of a part that was pruned.
func (s *State) Cut(part string) Anchor {
	if c := s.chains[part]; c != nil {
		return c.cut
	}
	return Anchor{}
}

// Decode reads an item's body.
func (i *Item) Decode(into any) error {
	if err := json.Unmarshal(i.Body, into); err != nil {
		return fmt.Errorf("book: %s/%s: %w", i.Section, i.Key, err)
	}
	return nil
}

// Inherit takes over who waits for changes of a State that this one replaces.
func (s *State) Inherit(from *State) { s.changed = from.changed }
