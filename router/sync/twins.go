package sync

import (
	"iocgateway/adapters"
	"iocgateway/router/journal"
)

// tally is what the walks of a run came to, of what is older at the source than
// here. A key that came in a newer version too is not older: a source may list
// every version, and a row that moves while it is read comes twice.
type tally struct {
	older int    // Raws whose keys came in no newer version
	stay  int    // … of listings, and known to be older from before
	slow  string // one of them
	twins int    // keys that a listing had with two contents, as one did before
	moved int    // keys that a listing had with two contents for the first time
	twin  string // one of either
	alone int    // what was held beside another row of its key, and taken where it stood alone
}

// maxBehind is how many keys are remembered of what is older; what lies beyond
// is counted only.
const maxBehind = 1 << 16

// took takes in what became of a page. again are the items whose keys came
// before in this walk.
func (w *walk) took(items []journal.Item, outcomes []journal.Outcome, again []int, page adapters.Page) {
	for i, outcome := range outcomes {
		later := len(again) > 0 && again[0] == i
		if later {
			again = again[1:]
		}
		if older := outcome == journal.Superseded; older || later {
			w.follow(&items[i], outcome, later, page)
		}
	}
}

// follow takes in an item that is older than what is here, or whose key came
// before.
func (w *walk) follow(it *journal.Item, outcome journal.Outcome, later bool, page adapters.Page) {
	hash := keyHash(it.Raw.Key)
	before, behind := w.behind[hash]
	known := it.Record == nil && page.Whole // the Log knew it as that
	switch outcome {
	case journal.Superseded:
		if later && !behind {
			w.paired(it, known, page.Once)
		} else {
			w.late(it, hash, before || known)
		}
	case journal.Published, journal.Unchanged:
		if behind || outcome == journal.Published && !it.Record.Gone {
			delete(w.behind, hash)
			w.paired(it, before, page.Once)
		}
	}
}

// late remembers a key that is older than here; before: as it was already.
func (w *walk) late(it *journal.Item, hash [16]byte, before bool) {
	if len(w.behind) >= maxBehind {
		w.older++
		return
	}
	if w.behind == nil {
		w.behind = map[[16]byte]bool{}
	}
	if w.behind[hash] = before; before && w.slow == "" {
		w.slow = it.Raw.Key
	}
}

// paired counts a key that came in two versions, where each is listed once.
func (t *tally) paired(it *journal.Item, before, once bool) {
	if !once {
		return
	}
	if t.twin == "" || before && t.twins == 0 {
		t.twin = it.Raw.Key
	}
	if before {
		t.twins++
	} else {
		t.moved++
	}
}

// settle counts what is older at a walk's end.
func (w *walk) settle() {
	w.older += len(w.behind)
	for _, before := range w.behind {
		if before {
			w.stay++
		}
	}
	w.behind = nil
}

// twice is how many keys listings have with two contents: a row that moved comes
// twice in one walk, but not in the next one too, and not so many of them.
func (t *tally) twice(received int) int {
	if t.moved >= suspiciousLeast && t.moved*suspiciousShare > received {
		return t.twins + t.moved
	}
	return t.twins
}
