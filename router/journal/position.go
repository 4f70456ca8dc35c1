package journal

import (
	"crypto/sha256"
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
