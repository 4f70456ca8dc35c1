package drift

import (
	"hash/fnv"
	"slices"
	"time"
)

// members are what is remembered of members that no mapping knows.
type members struct {
	Known  []uint32              `json:"known,omitempty"` // hashes of those that were there from the beginning, sorted
	Looked int                   `json:"looked,omitempty"`
	New    map[string]*candidate `json:"new,omitempty"` // met since, and not often enough yet
}

// candidate is a member on its way to being an item.
type candidate struct {
	Raws    int       `json:"raws"`
	Before  int       `json:"before"` // Raws looked at before it was met
	Example string    `json:"example,omitempty"`
	Met     time.Time `json:"met"`
}

const (
	maxKnown      = 800
	maxCandidates = 30
	// convincing is how often it would have been met before, were it as frequent
	// as it is now: what was only rare does not count as new.
	convincing = 10
)

func hashOf(path string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(path)) // a hash takes everything
	return h.Sum32()
}

func (m *members) knows(path string) bool {
	_, known := slices.BinarySearch(m.Known, hashOf(path))
	return known
}

func (m *members) know(path string) {
	if at, known := slices.BinarySearch(m.Known, hashOf(path)); !known && len(m.Known) < maxKnown {
		m.Known = slices.Insert(m.Known, at, hashOf(path))
	}
	delete(m.New, path)
}

// meet takes in the members nobody decided about; false when nothing changed.
func (p *Past) meet(s *Sight, o Occasion) (changed bool) {
	m := &p.Members
	looked := m.Looked
	m.Looked = min(m.Looked+s.Looked, 1<<20)
	for path, found := range s.Members {
		if m.knows(path) {
			continue
		}
		changed = true
		if !p.Walked || len(m.Known) >= maxKnown { // where there are so many, one more says nothing
			m.know(path)
			continue
		}
		p.candidate(path, found, looked, s.Looked, o)
	}
	return changed
}

func (p *Past) candidate(path string, found *Member, before, now int, o Occasion) {
	m := &p.Members
	c := m.New[path]
	if c == nil {
		if len(m.New) >= maxCandidates {
			return
		}
		if m.New == nil {
			m.New = map[string]*candidate{}
		}
		c = &candidate{Before: before, Met: o.At, Example: cut(found.Example)}
		m.New[path] = c
	}
	c.Raws += found.Raws
	since := before - c.Before + now // Raws looked at since it was first met
	if c.Raws < Least {
		return
	}
	share := float64(c.Raws) / float64(max(since, c.Raws))
	if share*float64(c.Before) >= convincing {
		p.raise(Item{What: New, Path: path, Now: share, Loss: LossNothing, First: o.At, Raws: c.Raws, Met: c.Met, Example: c.Example})
	}
	m.know(path)
}
