// Package state is what is committed, as memory knows it beside the index of
// entities: how far each track got, which streams and mapping revisions there
// are and what each stream has, and who waits for a feed to grow.
package state

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"

	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

// Extent is where a partition of a feed stands.
type Extent struct {
	Head   uint64
	Floor  uint64 // the oldest sequence readable; 1 when nothing was pruned
	At     int64  // Unix milliseconds of the newest entry
	Digest [256]journal.Bucket
	stood  []stand // where it stood last, newest at the end; never written to once it is shown
}

// stand is where a track stood after a commit, and what is there.
type stand struct {
	seq  uint64
	foot uint32
}

// standsKept is of how many commits it is known without reading what entry
// they ended with: readers that follow closely stand there.
const standsKept = 16

// Reach moves the head to an entry.
func (x *Extent) Reach(e *journal.Entry) {
	x.Head, x.At = e.Seq, e.RecordedAt.UnixMilli()
	x.Stand(e)
}

// Stand notes what entry the head is.
func (x *Extent) Stand(e *journal.Entry) {
	kept := x.stood[max(0, len(x.stood)+1-standsKept):]
	x.stood = append(slices.Clone(kept), stand{e.Seq, journal.Foot(e)})
}

// Foot is what stands at a sequence, where a commit ended there lately; 0 when
// that is not known here.
func (x *Extent) Foot(seq uint64) uint32 {
	for i := len(x.stood) - 1; i >= 0; i-- {
		if x.stood[i].seq == seq {
			return x.stood[i].foot
		}
	}
	return 0
}

// Heads is all the writer counts. It works on a copy and shows it when the
// transaction is durable.
type Heads struct {
	Entity uint32 // last numbers given
	Block  int64
	Tracks []*Extent
}

// NewHeads is where a new store with so many partitions a feed stands.
func NewHeads(parts int) (*Heads, error) {
	if parts < 1 {
		return nil, fmt.Errorf("store: %d partitions", parts)
	}
	h := &Heads{Tracks: make([]*Extent, track.Slots*parts)}
	for n := range h.Tracks {
		h.Tracks[n] = &Extent{Floor: 1}
	}
	return h, nil
}

// Clone is a copy whose numbers may change; its tracks change by Change only.
func (h *Heads) Clone() *Heads {
	c := *h
	c.Tracks = slices.Clone(h.Tracks)
	return &c
}

// Change gives a track to change; as it was in base it stays.
func (h *Heads) Change(base *Heads, t track.Track) *Extent {
	if h.Tracks[t] == base.Tracks[t] {
		c := *h.Tracks[t]
		h.Tracks[t] = &c
	}
	return h.Tracks[t]
}

// Of gives the tracks of a feed, by partition.
func (h *Heads) Of(feed int) []*Extent {
	tracks := make([]*Extent, 0, len(h.Tracks)/track.Slots)
	for n := feed; n < len(h.Tracks); n += track.Slots {
		tracks = append(tracks, h.Tracks[n])
	}
	return tracks
}

// Head is the position of a feed's newest entries.
func (h *Heads) Head(feed int) journal.Position {
	tracks := h.Of(feed)
	at := make(journal.Position, len(tracks))
	for part, t := range tracks {
		at[part] = t.Head
	}
	return at
}

// Grown gives the numbers of the feeds that have more than they had.
func (h *Heads) Grown(before *Heads) (feeds []int) {
	for n := range h.Tracks {
		if h.Tracks[n].Head != before.Tracks[n].Head {
			feeds = append(feeds, track.Track(n).Feed())
		}
	}
	return feeds
}

// Shown is what everybody sees: the heads of the newest durable transaction.
type Shown struct{ heads atomic.Pointer[Heads] }

// Load gives the heads as they are shown now.
func (s *Shown) Load() *Heads { return s.heads.Load() }

// Show shows the heads of a transaction that is durable.
func (s *Shown) Show(h *Heads) { s.heads.Store(h) }

// AddShare adds a record's share to, or takes it from, a bucket.
func AddShare(b *journal.Bucket, share [16]byte, take bool) {
	if take {
		b.Take(journal.Bucket{Count: 1, Sum: share})
		return
	}
	b.Add(journal.Bucket{Count: 1, Sum: share})
}

// PackDigest is a track's digest as it lies on disk.
func PackDigest(d *[256]journal.Bucket) []byte {
	b := make([]byte, 0, 256*20)
	for i := range d {
		b = binary.AppendUvarint(b, uint64(d[i].Count))
		b = append(b, d[i].Sum[:]...)
	}
	return b
}

// UnpackDigest reads what PackDigest wrote.
func UnpackDigest(b []byte) (digest [256]journal.Bucket, err error) {
	d := wire.NewDecoder(string(b))
	for i := range digest {
		digest[i].Count = int(d.Uvarint())
		copy(digest[i].Sum[:], d.Take(16))
	}
	return digest, d.Err()
}
