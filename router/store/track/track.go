// Package track names the places of entries: a track is one partition of one
// feed, where its entries lie in their order and what numbers them.
package track

import "iocgateway/router/journal"

// Track is one partition of a feed. Those of partition 0 have the feeds' own
// numbers.
type Track int

// Aside is the track of what is in history only: superseded and excluded. It
// is one, whatever partitions the feeds have.
const Aside Track = 15

// MaxParts is the most partitions a feed can have: one a bucket.
const MaxParts = 256

// Slots is how many tracks a partition has.
const Slots = 16

const (
	seqBits = 48
	seqMask = 1<<seqBits - 1
)

// Of is a partition of the feed with a number.
func Of(feed, part int) Track { return Track(part*Slots + feed) }

// Feed is the number of the track's feed.
func (t Track) Feed() int { return int(t) % Slots }

// Part is the track's partition.
func (t Track) Part() int { return int(t) / Slots }

// Key is a sequence of the track as the key of a row.
func (t Track) Key(seq uint64) int64 { return int64(uint64(t)<<seqBits | seq&seqMask) }

// Last is the greatest key of the track.
func (t Track) Last() int64 { return t.Key(seqMask) }

// At is the track of a key.
func At(key int64) Track { return Track(uint64(key) >> seqBits) }

// Seq is the sequence of a key.
func Seq(key int64) uint64 { return uint64(key) & seqMask }

// BucketOf is a record id's place in the digest of its feed.
func BucketOf(id string) uint8 { return uint8(journal.Partition(id, 256)) }

// PartOf spreads records over partitions by their bucket in the digest, so
// that a record is always in the same one.
func PartOf(bucket uint8, parts int) int { return int(bucket) * parts >> 8 }
