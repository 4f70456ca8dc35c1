package track

import (
	"iocgateway/canonical"
)

// The numbers of feeds and kinds on disk never change their meaning.

// FeedNumber is a feed's number; 0 when there is no such feed.
func FeedNumber(f canonical.Feed) int {
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

// FeedName is the feed with a number; empty when there is none.
func FeedName(n int) canonical.Feed {
	for _, f := range canonical.Feeds() {
		if FeedNumber(f) == n {
			return f
		}
	}
	return ""
}

// KindNumber is a kind's number; 0 when there is no such kind.
func KindNumber(k canonical.Kind) int {
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

// KindName is the kind with a number; empty when there is none.
func KindName(n int) canonical.Kind {
	names := [...]canonical.Kind{"", canonical.KindDocument, canonical.KindTask, canonical.KindDossier,
		canonical.KindFeedback, canonical.KindObservation, canonical.KindUnit, canonical.KindAgency,
		canonical.KindProcedure, canonical.KindOps}
	if n < 0 || n >= len(names) {
		return ""
	}
	return names[n]
}

// KindFeed is the number of the feed that carries a kind.
func KindFeed(kind int) int {
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
