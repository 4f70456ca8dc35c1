package journal

import (
	"encoding/binary"
	"math/bits"
)

// Bucket is one of the 256 order-free checksums of a feed: over the live
// records whose SHA-256(id) begins with its number, Sum is the sum modulo
// 2^128 of the first 16 bytes (big-endian) of SHA-256(id "\n" version).
type Bucket struct {
	Count int
	Sum   [16]byte
}

// Add adds what another bucket counts.
func (b *Bucket) Add(o Bucket) {
	hi, lo := b.words()
	ohi, olo := o.words()
	lo, carry := bits.Add64(lo, olo, 0)
	hi, _ = bits.Add64(hi, ohi, carry)
	b.set(b.Count+o.Count, hi, lo)
}

// Take takes away what another bucket counts.
func (b *Bucket) Take(o Bucket) {
	hi, lo := b.words()
	ohi, olo := o.words()
	lo, borrow := bits.Sub64(lo, olo, 0)
	hi, _ = bits.Sub64(hi, ohi, borrow)
	b.set(b.Count-o.Count, hi, lo)
}

func (b *Bucket) words() (hi, lo uint64) {
	return binary.BigEndian.Uint64(b.Sum[:8]), binary.BigEndian.Uint64(b.Sum[8:])
}

func (b *Bucket) set(count int, hi, lo uint64) {
	b.Count = count
	binary.BigEndian.PutUint64(b.Sum[:8], hi)
	binary.BigEndian.PutUint64(b.Sum[8:], lo)
}

// Digest is a feed's checksums at a position.
type Digest struct {
	At      Position
	Buckets [256]Bucket
}

// IDVersion is a record's id with its current version.
type IDVersion struct{ ID, Version string }
