// Package index is what memory knows of every entity, so that "unchanged?"
// asks no disk; and the file in which a Close leaves it for the next start.
package index

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

// Hash identifies an entity: 128 bits of SHA-256 over stream and key. Two of
// a hundred million entities share one with odds of 1 in 10^22.
type Hash [16]byte

// Fingerprint is the head of a Raw's SHA-256. It is only ever compared for one
// entity (128 bits matched first): a changed Raw is taken for unchanged with
// odds of 1 in 2^64 a change, less than undetected faults of memory or disk.
type Fingerprint uint64

// Short is the head of a Raw's digest.
func Short(d [sha256.Size]byte) Fingerprint { return Fingerprint(binary.BigEndian.Uint64(d[:8])) }

// KeyHash is the hash of the entity that a stream's key names.
func KeyHash(stream, key string) Hash { return KeyHashBytes(stream, []byte(key)) }

// KeyHashBytes is KeyHash of a key that was just read.
func KeyHashBytes(stream string, key []byte) Hash {
	var room [256]byte
	b := append(room[:0], stream...)
	b = append(b, 0)
	b = append(b, key...)
	sum := sha256.Sum256(b)
	return Hash(sum[:16])
}

// The states of an entity.
const (
	StateNone = 0 // seen, never published
	StateLive = 1
	StateGone = 2
)

// Slot is what memory knows of an entity: 64 bytes.
type Slot struct {
	Hash   Hash
	Ver    [16]byte    // whole: the digest of a feed is kept up without reading the old record
	Raw    Fingerprint // of the Raw behind the current record
	Seq    uint64      // in its feed; 0 when never published
	At     int64       // Unix milliseconds of the source's time; noTime when unknown
	Rev    uint32      // number of the mapping revision
	Stream uint16
	Bucket uint8 // of the feed's digest
	bits   uint8 // kind<<4 | held<<2 | state
}

// NoTime is the time of a source that gave none.
const NoTime = -1 << 62

// Stamp is a source's time in a slot.
func Stamp(t time.Time) int64 {
	if t.IsZero() {
		return NoTime
	}
	return t.UnixMilli()
}

// State is one of the states above.
func (s *Slot) State() int { return int(s.bits & 3) }

// Held reports whether a Raw of the entity is in quarantine.
func (s *Slot) Held() bool { return s.bits&4 != 0 }

// Kind is the number of its kind; 0 before it published.
func (s *Slot) Kind() int { return int(s.bits >> 4) }

// Feed is the number of the feed that carries it.
func (s *Slot) Feed() int { return track.KindFeed(s.Kind()) }

// Live reports whether the feed has a record of it that is not gone.
func (s *Slot) Live() bool { return s.bits&3 == StateLive }

// Known reports whether it ever published.
func (s *Slot) Known() bool { return s.bits&3 != StateNone }

// Track is where an entity's entries lie, with so many partitions a feed.
func (s *Slot) Track(parts int) track.Track { return track.Of(s.Feed(), track.PartOf(s.Bucket, parts)) }

// Set settles kind, state and whether a Raw is in quarantine.
func (s *Slot) Set(kind, state int, held bool) {
	s.bits = uint8(kind<<4 | state)
	if held {
		s.bits |= 4
	}
}

// Outcomes other than published, as numbers on disk.
const (
	VerdictNone = iota
	VerdictHeld
	VerdictExcluded
	VerdictSuperseded
)

// Other is what became of an entity's latest Raw that is not its current record.
type Other struct {
	Raw     Fingerprint
	Aside   uint64 // newest entry in the aside space; 0 when none
	Rev     uint32
	Verdict uint8
	Feed    uint8 // whose held count it is in
}

// Outcome is what became of exactly this Raw under this revision; empty when
// that is not known.
func (s *Slot) Outcome(o Other, raw Fingerprint, rev uint32) journal.Outcome {
	switch {
	case s.Known() && s.Raw == raw && s.Rev == rev:
		return journal.Unchanged
	case o.Raw == raw && o.Rev == rev:
		return o.Outcome()
	}
	return ""
}

// Outcome is the verdict as callers of a Log know it.
func (o Other) Outcome() journal.Outcome {
	switch o.Verdict {
	case VerdictHeld:
		return journal.Held
	case VerdictExcluded:
		return journal.Excluded
	case VerdictSuperseded:
		return journal.Superseded
	}
	return ""
}

// AppendSlot packs what the entity row keeps beside its own columns.
func AppendSlot(b []byte, s *Slot, o Other) []byte {
	b = append(b, s.Ver[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Raw))
	b = binary.AppendUvarint(b, s.Seq)
	b = binary.AppendVarint(b, s.At)
	b = binary.AppendUvarint(b, uint64(s.Rev))
	b = append(b, s.Bucket, s.bits, o.Verdict)
	if o == (Other{}) {
		return b
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Raw))
	b = binary.AppendUvarint(b, o.Aside)
	b = binary.AppendUvarint(b, uint64(o.Rev))
	return append(b, o.Feed)
}

// DecodeSlot reads what AppendSlot wrote; hash and stream stand in columns.
func DecodeSlot(x []byte) (s Slot, o Other, err error) {
	d := wire.NewDecoder(string(x))
	copy(s.Ver[:], d.Take(16))
	s.Raw = raw8(&d)
	s.Seq = d.Uvarint()
	s.At = d.Varint()
	s.Rev = uint32(d.Uvarint())
	s.Bucket, s.bits, o.Verdict = d.Byte(), d.Byte(), d.Byte()
	if d.Err() == nil && d.More() {
		o.Raw = raw8(&d)
		o.Aside = d.Uvarint()
		o.Rev = uint32(d.Uvarint())
		o.Feed = d.Byte()
	}
	return s, o, d.Err()
}

func raw8(d *wire.Decoder) Fingerprint {
	b := d.Take(8)
	if d.Err() != nil {
		return 0
	}
	return Fingerprint(binary.LittleEndian.Uint64([]byte(b)))
}
