package rest

import (
	"sync"

	"iocgateway/canonical"
)

// memo remembers which keys the walk under way has listed. It can be lost at
// any time (a restart, a hand-over): then the window is walked again before it
// is believed (invariant 16). Pull stays a function of the checkpoint.
type memo struct {
	mu     sync.Mutex
	from   string // the checkpoint the last page was pulled from
	next   string // and the one it led to
	keys   map[uint64]int32
	page   int32 // of the walk, counted over windows and re-walks
	window int32 // the page at which this window began
	before int   // keys of earlier windows
	partly bool  // it began in mid-walk: it does not know of earlier windows
	full   bool  // there were more keys than it keeps; keys is nil
}

// maxMemo bounds it: a walk of more rows proves nothing.
const maxMemo = 4 << 20

// open gets ready for the page pulled from this checkpoint.
func (m *memo) open(from canonical.Checkpoint, start bool) {
	switch at := string(from); {
	case start:
		m.keys = map[uint64]int32{}
		m.page, m.window, m.before, m.partly, m.full = 0, 0, 0, false, false
	case !m.lost() && at == m.next:
		m.page++
	case !m.lost() && at == m.from: // the page is asked for again
		m.drop(m.page)
	default:
		m.keys, m.full = nil, false
	}
	m.from = string(from)
}

// begin remembers from a window's first page on, where nothing is remembered.
func (m *memo) begin() {
	if m.keys == nil {
		m.keys = map[uint64]int32{}
		m.window, m.before, m.partly, m.full = m.page, 0, true, false
	}
}

// lost says that pages were read which it does not know: by another process,
// or on another way here.
func (m *memo) lost() bool { return m.keys == nil && !m.full }

func (m *memo) drop(since int32) {
	for k, page := range m.keys {
		if page >= since {
			delete(m.keys, k)
		}
	}
}

// list notes a key; it says whether an earlier page had it, and whether this
// page did.
func (m *memo) list(key uint64) (earlier, here bool) {
	if m.keys == nil {
		return false, false
	}
	page, had := m.keys[key]
	if !had {
		if len(m.keys) >= maxMemo {
			m.keys, m.full = nil, true
			return false, false
		}
		m.keys[key] = m.page
		return false, false
	}
	return page != m.page, page == m.page
}

// distinct is how many keys this window listed; -1 when that is not known.
func (m *memo) distinct() int {
	if m.keys == nil {
		return -1
	}
	return len(m.keys) - m.before
}

func (m *memo) nextWindow() {
	m.before, m.window = len(m.keys), m.page+1
}

// again forgets this window's keys: it is about to be listed from its first
// page.
func (m *memo) again() { m.drop(m.window) }
