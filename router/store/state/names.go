package state

import (
	"slices"
	"strings"
	"sync"
)

// Names are the streams and mapping revisions there are, and their numbers
// on disk.
type Names struct {
	mu      sync.RWMutex
	streams map[string]*Stream
	byID    map[uint16]*Stream
	revs    map[string]uint32
	revName map[uint32]string
}

// NewNames makes a registry without names.
func NewNames() *Names {
	return &Names{streams: map[string]*Stream{}, byID: map[uint16]*Stream{}, revs: map[string]uint32{}, revName: map[uint32]string{}}
}

// Stream gives a stream by name; nil when it was never seen.
func (n *Names) Stream(name string) *Stream {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.streams[name]
}

// StreamByID gives a stream by number; nil when there is none.
func (n *Names) StreamByID(id uint16) *Stream {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.byID[id]
}

// Streams gives every stream there ever was, by name.
func (n *Names) Streams() []*Stream {
	n.mu.RLock()
	defer n.mu.RUnlock()
	all := make([]*Stream, 0, len(n.streams))
	for _, st := range n.streams {
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b *Stream) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// OfSource gives the streams of a source.
func (n *Names) OfSource(source string) []*Stream {
	n.mu.RLock()
	defer n.mu.RUnlock()
	var found []*Stream
	for _, st := range n.byID {
		if st.Source == source {
			found = append(found, st)
		}
	}
	return found
}

// Kin counts the commits of the other streams of a source.
func (n *Names) Kin(st *Stream) (gen uint64) {
	for _, o := range n.OfSource(st.Source) {
		if o != st {
			gen += o.Gen()
		}
	}
	return gen
}

// Siblings are the other streams of a source that published this kind.
func (n *Names) Siblings(st *Stream, kind int) []*Stream {
	n.mu.RLock()
	defer n.mu.RUnlock()
	var found []*Stream
	for _, o := range n.byID {
		if o != st && o.Source == st.Source && o.Published(kind) {
			found = append(found, o)
		}
	}
	return found
}

// Any is some stream; nil when there is none.
func (n *Names) Any() *Stream {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, st := range n.byID {
		return st
	}
	return nil
}

// Held counts the Raws in quarantine of a feed.
func (n *Names) Held(feed int) (held int) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, st := range n.byID {
		held += st.Held(feed)
	}
	return held
}

// Rev gives the number of a mapping revision; false when it was never used.
func (n *Names) Rev(mapping string) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	rev, ok := n.revs[mapping]
	return rev, ok
}

// Revision gives the mapping revision with a number.
func (n *Names) Revision(rev uint32) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.revName[rev]
}

// Named gives the stream and the mapping revision with these numbers at once.
func (n *Names) Named(id uint16, rev uint32) (*Stream, string) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.byID[id], n.revName[rev]
}

// AddStream makes a stream known; one that is known already stays.
func (n *Names) AddStream(st *Stream) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.streams[st.Name] == nil {
		n.streams[st.Name], n.byID[st.ID] = st, st
	}
}

// AddRev makes a mapping revision known.
func (n *Names) AddRev(rev uint32, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.revs[name], n.revName[rev] = rev, name
}
