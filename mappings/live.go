package mappings

import (
	"fmt"
	"sync/atomic"

	"iocgateway/canonical"
)

// Live is a stream's mapping as it is today: a corrected file is taken in
// without a restart. Whoever maps a page asks for Current once, so that the
// page is mapped with one mapping throughout.
type Live struct {
	name, source, stream string
	bound                atomic.Pointer[Mapper]
}

// NewLive binds a plan to a stream, for now.
func NewLive(name, source, stream string, plan *Plan) *Live {
	m := &Live{name: name, source: source, stream: stream}
	m.bound.Store(plan.Bind(source, stream))
	return m
}

// Current is the mapping of this moment; it never changes.
func (m *Live) Current() *Mapper { return m.bound.Load() }

// Change is a mapping that became another.
type Change struct{ Stream, From, To string }

// LiveSet holds the live mappings of all streams, by source/stream.
type LiveSet struct {
	load func() (*Set, error)
	live map[string]*Live
}

// NewLiveSet makes a set that reads the mapping files anew by load.
func NewLiveSet(load func() (*Set, error)) *LiveSet {
	return &LiveSet{load: load, live: map[string]*Live{}}
}

// Add takes a stream's mapping in. All are added before the set is used.
func (s *LiveSet) Add(m *Live) { s.live[m.source+"/"+m.stream] = m }

// Reload takes in what the mapping files say now. When one of them is wrong,
// nothing changes and its problems are the error.
func (s *LiveSet) Reload() ([]Change, error) {
	set, err := s.load()
	if err != nil {
		return nil, err
	}
	fresh := make(map[string]*Mapper, len(s.live))
	for stream, m := range s.live {
		plan, err := set.Plan(m.name)
		if err != nil {
			return nil, err
		}
		fresh[stream] = plan.Bind(m.source, m.stream)
	}
	var changes []Change
	for stream, b := range fresh {
		m := s.live[stream]
		if b.Revision() != m.Current().Revision() {
			changes = append(changes, Change{stream, m.Current().Revision(), b.Revision()})
			m.bound.Store(b)
		}
	}
	return changes, nil
}

// Why says field by field how a stream's mapping reads a Raw today.
func (s *LiveSet) Why(stream string, raw canonical.Raw) ([]canonical.Why, error) {
	m, ok := s.live[stream]
	if !ok {
		return nil, fmt.Errorf("mappings: no mapping of stream %s", stream)
	}
	return m.Current().Why(raw)
}
