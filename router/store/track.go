package store

import (
	"iocgateway/canonical"
)

// The numbers of feeds and kinds on disk. They never change their meaning.
const (
	asideFeed = 15 // history only: superseded and excluded; one partition, whatever the feeds have
	feedSlots = 16
	maxParts  = 256
	seqBits   = 48
	seqMask   = 1<<seqBits - 1
)

func feedNumber(f canonical.Feed) int {
	switch f {
	case "document":
		return 1
	case "task":
		return 2
	case "dossier":
		return 3
	case "feedback":
		return 4
	case "observation":
		return 5
	case canonical.FeedReference:
		return 6
	case "ops":
		return 7
	}
	return 0
}

func feedName(n int) canonical.Feed {
	for _, f := range canonical.Feeds() {
		if feedNumber(f) == n {
			return f
		}
	}
	return ""
}

func kindNumber(k canonical.Kind) int {
	switch k {
	case canonical.KindDocument:
		return 1
	case canonical.KindTask:
		return 2
	case canonical.KindDossier:
		return 3
	case canonical.KindFeedback:
		return 4
	case canonical.KindObservation:
		return 5
	case canonical.KindUnit:
		return 6
	case canonical.KindAgency:
		return 7
	case canonical.KindProcedure:
		return 8
	case canonical.KindOps:
		return 9
	}
	return 0
}

func kindName(n int) canonical.Kind {
	names := [...]canonical.Kind{"", canonical.KindDocument, canonical.KindTask, canonical.KindDossier,
		canonical.KindFeedback, canonical.KindObservation, canonical.KindUnit, canonical.KindAgency,
		canonical.KindProcedure, canonical.KindOps}
	if n < 0 || n >= len(names) {
		return ""
	}
	return names[n]
}

// A lane is one partition of a feed: where its entries lie and what numbers
// them. Those of partition 0 have the feeds' own numbers.
func laneOf(feed, part int) int { return part*feedSlots + feed }

func laneFeed(lane int) int { return lane % feedSlots }

func lanePart(lane int) int { return lane / feedSlots }

// partOf spreads records over partitions by their bucket in the digest, so
// that a record is always in the same one.
func partOf(bucket uint8, parts int) int { return int(bucket) * parts >> 8 }

func chunkKey(lane int, seq uint64) int64 { return int64(uint64(lane)<<seqBits | seq&seqMask) }

// kindFeed is the number of the feed that carries a kind.
func kindFeed(kind int) int {
	switch {
	case kind < 1 || kind > 9:
		return 0
	case kind <= 5:
		return kind
	case kind <= 8:
		return 6
	}
	return 7
}
