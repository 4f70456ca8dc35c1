package index

import (
	"context"
	"encoding/binary"
	"sync"

	"iocgateway/router/journal"
)

const (
	segmentBits = 14
	segmentSize = 1 << segmentBits
)

// Found is all that is known of one entity.
type Found struct {
	ID    uint32
	Slot  Slot
	Other Other
}

// Index finds an entity by its hash: open addressing over entity numbers,
// the slots in segments by number, so that growing copies 4 bytes an entity.
// About 72 bytes an entity in all.
type Index struct {
	mu     sync.RWMutex
	refs   []uint32 // entity numbers; 0 is empty; a power of two long
	used   int
	segs   []*[segmentSize]Slot
	others map[uint32]Other
	ready  chan struct{}
	err    error // why it never became ready
}

// New makes an index that waits to be loaded.
func New() *Index {
	return &Index{refs: make([]uint32, 1024), others: map[uint32]Other{}, ready: make(chan struct{})}
}

// Wait waits until the index is loaded.
func (x *Index) Wait(ctx context.Context) error {
	select {
	case <-x.ready:
	default:
		select {
		case <-x.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return x.err
}

// Ready reports whether the index is loaded, and can be used.
func (x *Index) Ready() bool {
	select {
	case <-x.ready:
		return x.err == nil
	default:
		return false
	}
}

// Load fills the index while nobody can look, and hands every slot to each.
// Who waits for it goes on after.
func (x *Index) Load(fill func() error, each func(s *Slot)) error {
	defer close(x.ready)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err = fill(); x.err == nil {
		x.every(func(_ uint32, s *Slot) { each(s) })
	}
	return x.err
}

// Change holds the index while f puts in what was committed: whoever looks
// sees all of it or nothing.
func (x *Index) Change(f func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f()
}

// Lookup gives an entity's number and slot; 0 when it was never seen.
func (x *Index) Lookup(h Hash) (uint32, Slot) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	id, s := x.find(h)
	if id == 0 {
		return 0, Slot{}
	}
	return id, *s
}

// Get gives an entity's number and all that is known of it; 0 when it was never seen.
func (x *Index) Get(h Hash) (uint32, Slot, Other) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	id, s := x.find(h)
	if id == 0 {
		return 0, Slot{}, Other{}
	}
	return id, *s, x.others[id]
}

// Slot gives the slot of an entity number; zero when there is none.
func (x *Index) Slot(id uint32) Slot {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if s := x.at(id); s != nil {
		return *s
	}
	return Slot{}
}

// Other gives what is known of an entity number beside its slot.
func (x *Index) Other(id uint32) Other {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.others[id]
}

// Outcome is what became of exactly this Raw of an entity under this
// revision; empty when that is not known.
func (x *Index) Outcome(h Hash, raw Fingerprint, rev uint32) journal.Outcome {
	x.mu.RLock()
	defer x.mu.RUnlock()
	id, s := x.find(h)
	if id == 0 {
		return ""
	}
	if out := s.Outcome(Other{}, raw, rev); out != "" || len(x.others) == 0 {
		return out
	}
	return s.Outcome(x.others[id], raw, rev)
}

// Each hands every slot to f, while nothing changes.
func (x *Index) Each(f func(id uint32, s *Slot)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	x.every(f)
}

// All gives all that is known of every entity, as of one moment.
func (x *Index) All() []Found {
	var all []Found
	x.Each(func(id uint32, s *Slot) { all = append(all, Found{ID: id, Slot: *s, Other: x.others[id]}) })
	return all
}

// Size is how many entities there are.
func (x *Index) Size() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.used
}

// What follows runs within Load or Change, or under the lock of the above.

// at gives the slot of an entity number; nil when there is none.
func (x *Index) at(id uint32) *Slot {
	if seg := int(id >> segmentBits); seg < len(x.segs) && x.segs[seg] != nil {
		return &x.segs[seg][id&(segmentSize-1)]
	}
	return nil
}

// find gives an entity's number, 0 when unknown.
func (x *Index) find(h Hash) (uint32, *Slot) {
	mask := uint32(len(x.refs) - 1)
	for i := binary.LittleEndian.Uint32(h[:]) & mask; ; i = (i + 1) & mask {
		id := x.refs[i]
		if id == 0 {
			return 0, nil
		}
		if s := x.at(id); s.Hash == h {
			return id, s
		}
	}
}

// Put stores an entity's slot. An entity whose hash changed leaves its old
// reference behind, which no longer matches anything.
func (x *Index) Put(id uint32, s Slot) {
	for int(id>>segmentBits) >= len(x.segs) {
		x.segs = append(x.segs, new([segmentSize]Slot))
	}
	old := x.at(id)
	fresh := old.Hash != s.Hash
	*old = s
	if fresh {
		x.grow()
		x.ref(id, s.Hash)
		x.used++
	}
}

func (x *Index) ref(id uint32, h Hash) {
	mask := uint32(len(x.refs) - 1)
	i := binary.LittleEndian.Uint32(h[:]) & mask
	for x.refs[i] != 0 && x.refs[i] != id {
		i = (i + 1) & mask
	}
	x.refs[i] = id
}

func (x *Index) grow() {
	if x.used*4 < len(x.refs)*3 {
		return
	}
	x.rehash(len(x.refs) * 2)
}

func (x *Index) rehash(size int) {
	old := x.refs
	x.refs = make([]uint32, size)
	x.used = 0
	for _, id := range old {
		if id != 0 {
			x.ref(id, x.at(id).Hash)
			x.used++
		}
	}
}

// SetOther notes what is known of an entity beside its slot; zero is nothing.
func (x *Index) SetOther(id uint32, o Other) {
	if o == (Other{}) {
		delete(x.others, id)
		return
	}
	x.others[id] = o
}

// Drop forgets an entity.
func (x *Index) Drop(id uint32) {
	if s := x.at(id); s != nil { // numbered and given up at once: never put in
		*s = Slot{}
	}
	delete(x.others, id)
}

// Reset empties the index, with room for n entities.
func (x *Index) Reset(n int) {
	x.refs, x.segs, x.used, x.others = make([]uint32, 1024), nil, 0, map[uint32]Other{}
	x.reserve(n)
}

// reserve makes room for n entities at once.
func (x *Index) reserve(n int) {
	size := 1024
	for size*3 < n*4+4 {
		size *= 2
	}
	if size > len(x.refs) {
		x.rehash(size)
	}
}

// every hands every slot to f.
func (x *Index) every(f func(id uint32, s *Slot)) {
	for seg := range x.segs {
		for i := range x.segs[seg] {
			if s := &x.segs[seg][i]; s.Hash != (Hash{}) {
				f(uint32(seg<<segmentBits|i), s)
			}
		}
	}
}
