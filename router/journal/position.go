package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Position is how far something got in a feed: of each of its partitions
// the sequence reached, 0 being before all. On one machine a feed has one
// partition. Nil is the beginning: the oldest that is kept, whatever was
// dropped before it.
type Position []uint64

// Partition is where a record's entries are, of so many partitions: it
// follows from the record's bucket in the digest, so that it never changes.
func Partition(id string, parts int) int {
	var room [256]byte
	sum := sha256.Sum256(append(room[:0], id...))
	return int(sum[0]) * parts >> 8
}

// At is the sequence reached in a partition.
func (p Position) At(part int) uint64 {
	if part < len(p) {
		return p[part]
	}
	return 0
}

// Covers reports whether p has reached everything q has.
func (p Position) Covers(q Position) bool {
	for part, seq := range q {
		if p.At(part) < seq {
			return false
		}
	}
	return true
}

// Sum adds the sequences up: one number that grows with every entry. With
// one partition it is the sequence.
func (p Position) Sum() (sum uint64) {
	for _, seq := range p {
		sum += seq
	}
	return sum
}

// Clone is a copy to change.
func (p Position) Clone() Position { return slices.Clone(p) }

// Footing is what a position stands on: of each partition Foot of the entry at
// its sequence. A Log that lost its end, or was put back, has the same numbers
// again some time, and not the same entries. 0 where it is not known.
type Footing []uint32

// At is what a position stands on in a partition; 0 when that is not known.
func (f Footing) At(part int) uint32 {
	if part < len(f) {
		return f[part]
	}
	return 0
}

// Known reports whether anything is known of what a position stands on.
func (f Footing) Known() bool {
	return slices.ContainsFunc(f, func(foot uint32) bool { return foot != 0 })
}

// Differs reports whether something is known to stand elsewhere than it did.
func (f Footing) Differs(now Footing) bool {
	for part, foot := range f {
		if is := now.At(part); foot != 0 && is != 0 && is != foot {
			return true
		}
	}
	return false
}

// Foot is a few bytes of the hash of an entry as it was published, when it was
// recorded included; never 0. The same entry read again has the same. It goes
// out in cursors, and has nothing of the Raw in it: whoever reads a cursor would
// find what is masked in a record by trying all.
func Foot(e *Entry) uint32 { return foot(e, nil) }

// OldFoot is Foot as head marks of earlier versions have it.
func OldFoot(e *Entry) uint32 { return foot(e, e.RawDigest[:]) }

func foot(e *Entry, raw []byte) uint32 {
	var room [512]byte
	b := binary.BigEndian.AppendUint64(room[:0], e.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(e.RecordedAt.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(e.RecordedAt.Nanosecond()))
	b = append(b, raw...)
	b = append(append(b, e.Op...), 0)
	b = append(append(b, e.Version...), 0)
	sum := sha256.Sum256(append(b, e.ID...))
	return max(binary.BigEndian.Uint32(sum[:]), 1)
}
