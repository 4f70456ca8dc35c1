package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"

	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

// hash identifies an entity: 128 bits of SHA-256 over stream and key. Two of
// a hundred million entities share one with odds of 1 in 10^22.
type hash [16]byte

// digest8 is the head of a Raw's SHA-256. It is only ever compared for one
// entity (128 bits matched first): a changed Raw is taken for unchanged with
// odds of 1 in 2^64 a change, less than undetected faults of memory or disk.
type digest8 uint64

func short(d [sha256.Size]byte) digest8 { return digest8(binary.BigEndian.Uint64(d[:8])) }

func keyHash(stream, key string) hash { return keyHashBytes(stream, []byte(key)) }

func keyHashBytes(stream string, key []byte) hash {
	var room [256]byte
	b := append(room[:0], stream...)
	b = append(b, 0)
	b = append(b, key...)
	sum := sha256.Sum256(b)
	return hash(sum[:16])
}

// The states of an entity.
const (
	stateNone = 0 // seen, never published
	stateLive = 1
	stateGone = 2
)

// slot is what memory knows of an entity: 64 bytes.
type slot struct {
	hash   hash
	ver    [16]byte // whole: the digest of a feed is kept up without reading the old record
	raw    digest8  // of the Raw behind the current record
	seq    uint64   // in its feed; 0 when never published
	at     int64    // Unix milliseconds of the source's time; noTime when unknown
	rev    uint32   // number of the mapping revision
	stream uint16
	bucket uint8 // of the feed's digest
	bits   uint8 // kind<<4 | held<<2 | state
}

const noTime = -1 << 62

func (s *slot) state() int  { return int(s.bits & 3) }
func (s *slot) held() bool  { return s.bits&4 != 0 }
func (s *slot) kind() int   { return int(s.bits >> 4) }
func (s *slot) feed() int   { return track.KindFeed(s.kind()) }
func (s *slot) live() bool  { return s.bits&3 == stateLive }
func (s *slot) known() bool { return s.bits&3 != stateNone }

// trackOf is the track of an entity's entries.
func (s *Store) trackOf(sl *slot) track.Track {
	return track.Of(sl.feed(), track.PartOf(sl.bucket, s.parts))
}

func (s *slot) set(kind, state int, held bool) {
	s.bits = uint8(kind<<4 | state)
	if held {
		s.bits |= 4
	}
}

// Outcomes other than published, as numbers on disk.
const (
	verdictNone = iota
	verdictHeld
	verdictExcluded
	verdictSuperseded
)

// other is what became of an entity's latest Raw that is not its current record.
type other struct {
	raw     digest8
	aside   uint64 // newest entry in the aside space; 0 when none
	rev     uint32
	verdict uint8
	feed    uint8 // whose held count it is in
}

func (o other) outcome() journal.Outcome {
	switch o.verdict {
	case verdictHeld:
		return journal.Held
	case verdictExcluded:
		return journal.Excluded
	case verdictSuperseded:
		return journal.Superseded
	}
	return ""
}

const (
	segmentBits = 14
	segmentSize = 1 << segmentBits
)

// index finds an entity by its hash: open addressing over entity numbers,
// the slots in segments by number, so that growing copies 4 bytes an entity.
// About 72 bytes an entity in all.
type index struct {
	mu     sync.RWMutex
	refs   []uint32 // entity numbers; 0 is empty; a power of two long
	used   int
	segs   []*[segmentSize]slot
	others map[uint32]other
	ready  chan struct{}
	err    error // why it never became ready
}

func newIndex() *index {
	return &index{refs: make([]uint32, 1024), others: map[uint32]other{}, ready: make(chan struct{})}
}

func (x *index) wait(ctx context.Context) error {
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

var errClosed = errors.New("store: closed")

// at gives the slot of an entity number; nil when there is none. Callers hold mu.
func (x *index) at(id uint32) *slot {
	if seg := int(id >> segmentBits); seg < len(x.segs) && x.segs[seg] != nil {
		return &x.segs[seg][id&(segmentSize-1)]
	}
	return nil
}

// find gives an entity's number, 0 when unknown. Callers hold mu.
func (x *index) find(h hash) (uint32, *slot) {
	mask := uint32(len(x.refs) - 1)
	for i := binary.LittleEndian.Uint32(h[:]) & mask; ; i = (i + 1) & mask {
		id := x.refs[i]
		if id == 0 {
			return 0, nil
		}
		if s := x.at(id); s.hash == h {
			return id, s
		}
	}
}

// put stores an entity's slot. An entity whose hash changed leaves its old
// reference behind, which no longer matches anything. Callers hold mu.
func (x *index) put(id uint32, s slot) {
	for int(id>>segmentBits) >= len(x.segs) {
		x.segs = append(x.segs, new([segmentSize]slot))
	}
	old := x.at(id)
	fresh := old.hash != s.hash
	*old = s
	if fresh {
		x.grow()
		x.ref(id, s.hash)
		x.used++
	}
}

func (x *index) ref(id uint32, h hash) {
	mask := uint32(len(x.refs) - 1)
	i := binary.LittleEndian.Uint32(h[:]) & mask
	for x.refs[i] != 0 && x.refs[i] != id {
		i = (i + 1) & mask
	}
	x.refs[i] = id
}

func (x *index) grow() {
	if x.used*4 < len(x.refs)*3 {
		return
	}
	x.rehash(len(x.refs) * 2)
}

func (x *index) rehash(size int) {
	old := x.refs
	x.refs = make([]uint32, size)
	x.used = 0
	for _, id := range old {
		if id != 0 {
			x.ref(id, x.at(id).hash)
			x.used++
		}
	}
}

// verdict tells what became of exactly this Raw under this revision. Callers hold mu.
func (x *index) verdict(id uint32, s *slot, raw digest8, rev uint32) journal.Outcome {
	if s.known() && s.raw == raw && s.rev == rev {
		return journal.Unchanged
	}
	if len(x.others) == 0 {
		return ""
	}
	if o, ok := x.others[id]; ok && o.raw == raw && o.rev == rev {
		return o.outcome()
	}
	return ""
}

// appendSlot packs what the entity row keeps beside its own columns.
func appendSlot(b []byte, s *slot, o other) []byte {
	b = append(b, s.ver[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.raw))
	b = binary.AppendUvarint(b, s.seq)
	b = binary.AppendVarint(b, s.at)
	b = binary.AppendUvarint(b, uint64(s.rev))
	b = append(b, s.bucket, s.bits, o.verdict)
	if o == (other{}) {
		return b
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(o.raw))
	b = binary.AppendUvarint(b, o.aside)
	b = binary.AppendUvarint(b, uint64(o.rev))
	return append(b, o.feed)
}

func decodeSlot(x []byte) (s slot, o other, err error) {
	d := wire.NewDecoder(string(x))
	copy(s.ver[:], d.Take(16))
	s.raw = raw8(&d)
	s.seq = d.Uvarint()
	s.at = d.Varint()
	s.rev = uint32(d.Uvarint())
	s.bucket, s.bits, o.verdict = d.Byte(), d.Byte(), d.Byte()
	if d.Err() == nil && d.More() {
		o.raw = raw8(&d)
		o.aside = d.Uvarint()
		o.rev = uint32(d.Uvarint())
		o.feed = d.Byte()
	}
	return s, o, d.Err()
}

func raw8(d *wire.Decoder) digest8 {
	b := d.Take(8)
	if d.Err() != nil {
		return 0
	}
	return digest8(binary.LittleEndian.Uint64([]byte(b)))
}
