package canonical

// Kind is the kind of a record.
type Kind string

// The kinds of the model, version 1. KindOps is the gateway's own
// trustworthiness as records.
const (
	KindDocument    Kind = "document"
	KindTask        Kind = "task"
	KindDossier     Kind = "dossier"
	KindFeedback    Kind = "feedback"
	KindObservation Kind = "observation"
	KindUnit        Kind = "unit"
	KindAgency      Kind = "agency"
	KindProcedure   Kind = "procedure"
	KindOps         Kind = "ops"
)

// Kinds lists every kind, in the order they are shown.
func Kinds() []Kind {
	return []Kind{KindDocument, KindTask, KindDossier, KindFeedback, KindObservation,
		KindUnit, KindAgency, KindProcedure, KindOps}
}

// Valid reports whether k is a kind of the model.
func (k Kind) Valid() bool {
	for _, known := range Kinds() {
		if k == known {
			return true
		}
	}
	return false
}

// Feed names an ordered view readers follow. Reference kinds share one.
type Feed string

// FeedReference carries units, agencies and procedures.
const FeedReference Feed = "reference"

// Feeds lists every feed, in the order they are shown.
func Feeds() []Feed {
	return []Feed{"document", "task", "dossier", "feedback", "observation", FeedReference, "ops"}
}

// Feed is the feed that carries records of this kind.
func (k Kind) Feed() Feed {
	switch k {
	case KindUnit, KindAgency, KindProcedure:
		return FeedReference
	default:
		return Feed(k)
	}
}

// Kinds lists the kinds a feed carries; nil when there is no such feed.
func (f Feed) Kinds() []Kind {
	var kinds []Kind
	for _, k := range Kinds() {
		if k.Feed() == f {
			kinds = append(kinds, k)
		}
	}
	return kinds
}
