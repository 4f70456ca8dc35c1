package rest

import (
	"cmp"
	"sync"

	"iocgateway/canonical"

	"github.com/cespare/xxhash/v2"
)

// seen remembers which keys the walk under way has listed. It can be lost at
// any time (a restart, a hand-over): then the window is walked again before it
// is believed (invariant 16). Pull stays a function of the checkpoint.
type seen struct {
	mu     sync.Mutex
	from   string // the checkpoint the last page was pulled from
	next   string // and the one it led to
	keys   map[uint64]int32
	page   int32 // of the walk, counted over windows and re-walks
	window int32 // the page at which this window began
	before int   // keys of earlier windows
	partly bool  // it began in mid-walk: it does not know of earlier windows
	ended  bool  // the last page was the walk's last
	full   bool  // there were more keys than it keeps; keys is nil
	most   int   // keys it keeps; 0 is maxSeen

	cursors map[uint64]int32 // of this window, and the page that named each
}

// circle notes the cursor that a page names; it reports whether an earlier page
// named it: then the walk would go round for ever.
func (s *seen) circle(cursor string) bool {
	h := xxhash.Sum64String(cursor)
	page, had := s.cursors[h]
	if had && page != s.page {
		return true
	}
	if s.cursors == nil {
		s.cursors = map[uint64]int32{}
	}
	s.cursors[h] = s.page
	return false
}

// maxSeen bounds it: a walk of more rows proves nothing.
const maxSeen = 4 << 20

// open gets ready for the page pulled from this checkpoint.
func (s *seen) open(from canonical.Checkpoint, start bool) {
	switch at := string(from); {
	case start:
		s.keys, s.cursors = map[uint64]int32{}, nil
		s.page, s.window, s.before, s.partly, s.full = 0, 0, 0, false, false
	case !s.lost() && at == s.next:
		s.page++
	case !s.lost() && at == s.from: // the page is asked for again
		s.drop(s.page)
	default:
		s.keys, s.full, s.cursors = nil, false, nil
	}
	s.from = string(from)
}

// begin remembers from a window's first page on, where nothing is remembered.
func (s *seen) begin() {
	if s.keys == nil {
		s.keys = map[uint64]int32{}
		s.window, s.before, s.partly, s.full = s.page, 0, true, false
	}
}

// lost: pages were read which it does not know: by another process,
// or on another way here.
func (s *seen) lost() bool { return s.keys == nil && !s.full }

func (s *seen) drop(since int32) {
	for k, page := range s.keys {
		if page >= since {
			delete(s.keys, k)
		}
	}
}

// list notes a key; it reports whether an earlier page had it, and whether this
// page did.
func (s *seen) list(key uint64) (earlier, here bool) {
	if s.keys == nil {
		return false, false
	}
	page, had := s.keys[key]
	if had && page < s.window { // windows overlap: it is one of this one now
		s.keys[key] = s.page
		s.before--
		return false, false
	}
	if !had {
		if len(s.keys) >= cmp.Or(s.most, maxSeen) {
			s.keys, s.full = nil, true
			return false, false
		}
		s.keys[key] = s.page
		return false, false
	}
	return page != s.page, page == s.page
}

// distinct is how many keys this window listed; -1 when that is not known.
func (s *seen) distinct() int {
	if s.keys == nil {
		return -1
	}
	return len(s.keys) - s.before
}

// sum sums up which keys were listed, in whatever order; 0 when that is not known.
func (s *seen) sum() (sum uint64) {
	for key := range s.keys {
		sum += key
	}
	return sum
}

func (s *seen) nextWindow() {
	s.cursors = nil
	s.before, s.window = len(s.keys), s.page+1
}

// again forgets this window's keys: it is about to be listed from its first
// page.
func (s *seen) again() {
	s.cursors = nil
	s.drop(s.window)
}
