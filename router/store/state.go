package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
)

// laneState is where a partition of a feed stands.
type laneState struct {
	head   uint64
	floor  uint64 // the oldest sequence readable; 1 when nothing was pruned
	at     int64  // Unix milliseconds of the newest entry
	digest [256]journal.Bucket
}

// state is all the writer counts. It works on a copy and shows it when the
// transaction is durable.
type state struct {
	entity uint32 // last numbers given
	block  int64
	lanes  []*laneState
}

func (v *state) clone() *state {
	c := *v
	c.lanes = slices.Clone(v.lanes)
	return &c
}

// lane gives a lane's state to change; a state shown before stays as it was.
func (v *state) lane(shown *state, n int) *laneState {
	if v.lanes[n] == shown.lanes[n] {
		c := *v.lanes[n]
		v.lanes[n] = &c
	}
	return v.lanes[n]
}

// of gives the lanes of a feed, by partition.
func (v *state) of(feed int) []*laneState {
	lanes := make([]*laneState, 0, len(v.lanes)/feedSlots)
	for n := feed; n < len(v.lanes); n += feedSlots {
		lanes = append(lanes, v.lanes[n])
	}
	return lanes
}

// head is the position of a feed's newest entries.
func (v *state) head(feed int) journal.Position {
	lanes := v.of(feed)
	at := make(journal.Position, len(lanes))
	for part, l := range lanes {
		at[part] = l.head
	}
	return at
}

// addShare adds a record's share to, or takes it from, a bucket.
func addShare(b *journal.Bucket, share [16]byte, take bool) {
	if take {
		b.Take(journal.Bucket{Count: 1, Sum: share})
		return
	}
	b.Add(journal.Bucket{Count: 1, Sum: share})
}

func packDigest(d *[256]journal.Bucket) []byte {
	b := make([]byte, 0, 256*20)
	for i := range d {
		b = binary.AppendUvarint(b, uint64(d[i].Count))
		b = append(b, d[i].Sum[:]...)
	}
	return b
}

func unpackDigest(b []byte) (digest [256]journal.Bucket, err error) {
	d := wire.NewDecoder(string(b))
	for i := range digest {
		digest[i] = journal.Bucket{Count: int(d.Uvarint()), Sum: bytes16(&d)}
	}
	return digest, d.Err()
}

// stream is a stream that was seen. gen counts its commits, so that a plan
// made before one is known to be stale.
type stream struct {
	id     uint16
	name   string
	source string
	own    string
	gen    atomic.Uint64
	kinds  atomic.Uint32 // bits of the kinds it published
	live   atomic.Int64
	held   [feedSlots]atomic.Int64

	mu         sync.Mutex
	checkpoint []byte
	pause      string
}

func newStream(id uint16, name string) *stream {
	st := &stream{id: id, name: name, source: name}
	if source, own, ok := strings.Cut(name, "/"); ok {
		st.source, st.own = source, own
	}
	return st
}

func (st *stream) reached(at []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.checkpoint = bytes.Clone(at)
}

func (st *stream) at() []byte {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.checkpoint
}

func (s *Store) streamOf(name string) *stream {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.streams[name]
}

func (s *Store) streamByID(id uint16) *stream {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byID[id]
}

// siblings are the other streams of a source that published this kind.
func (s *Store) siblings(st *stream, kind int) []*stream {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []*stream
	for _, o := range s.byID {
		if o != st && o.source == st.source && o.kinds.Load()&(1<<kind) != 0 {
			found = append(found, o)
		}
	}
	return found
}

func (s *Store) revOf(mapping string) (uint32, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rev, ok := s.revs[mapping]
	return rev, ok
}

// wakes holds the channel of each feed that is closed when it grows.
type wakes struct {
	mu    sync.Mutex
	feeds [feedSlots]chan struct{}
}

func newWakes() *wakes {
	w := &wakes{}
	for i := range w.feeds {
		w.feeds[i] = make(chan struct{})
	}
	return w
}

func (w *wakes) wake(feed int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.feeds[feed])
	w.feeds[feed] = make(chan struct{})
}

// Changed is closed at the next commit that publishes to the feed.
func (s *Store) Changed(feed canonical.Feed) <-chan struct{} {
	s.wakes.mu.Lock()
	defer s.wakes.mu.Unlock()
	return s.wakes.feeds[feedNumber(feed)]
}

func milliTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
