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
	"iocgateway/router/store/track"
)

// trackState is where a partition of a feed stands.
type trackState struct {
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
	tracks []*trackState
}

func (v *state) clone() *state {
	c := *v
	c.tracks = slices.Clone(v.tracks)
	return &c
}

// track gives a track's state to change; a state shown before stays as it was.
func (v *state) track(shown *state, n track.Track) *trackState {
	if v.tracks[n] == shown.tracks[n] {
		c := *v.tracks[n]
		v.tracks[n] = &c
	}
	return v.tracks[n]
}

// of gives the tracks of a feed, by partition.
func (v *state) of(feed int) []*trackState {
	tracks := make([]*trackState, 0, len(v.tracks)/track.Slots)
	for n := feed; n < len(v.tracks); n += track.Slots {
		tracks = append(tracks, v.tracks[n])
	}
	return tracks
}

// head is the position of a feed's newest entries.
func (v *state) head(feed int) journal.Position {
	tracks := v.of(feed)
	at := make(journal.Position, len(tracks))
	for part, l := range tracks {
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
		digest[i].Count = int(d.Uvarint())
		copy(digest[i].Sum[:], d.Take(16))
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
	held   [track.Slots]atomic.Int64

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
	feeds [track.Slots]chan struct{}
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
	return s.wakes.feeds[track.FeedNumber(feed)]
}

func milliTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
