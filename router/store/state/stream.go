package state

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"

	"iocgateway/router/store/track"
)

// Stream is a stream that was seen, and what it has.
type Stream struct {
	ID     uint16 // its number on disk
	Name   string // source/stream
	Source string
	Own    string // its name without the source

	gen   atomic.Uint64
	kinds atomic.Uint32 // bits of the kinds it published
	live  atomic.Int64
	held  [track.Slots]atomic.Int64

	mu         sync.Mutex
	checkpoint []byte
	pause      string
}

// NewStream makes a stream that has nothing yet.
func NewStream(id uint16, name string) *Stream {
	st := &Stream{ID: id, Name: name, Source: name}
	if source, own, ok := strings.Cut(name, "/"); ok {
		st.Source, st.Own = source, own
	}
	return st
}

// Gen counts the commits of the stream, so that a plan made before one is
// known to be stale.
func (st *Stream) Gen() uint64 { return st.gen.Load() }

// Committed makes every plan of the stream that was made before now stale.
func (st *Stream) Committed() { st.gen.Add(1) }

// Live counts its records that are not gone.
func (st *Stream) Live() int { return int(st.live.Load()) }

// AddLive counts n records more.
func (st *Stream) AddLive(n int64) { st.live.Add(n) }

// Held counts its Raws of a feed's kinds in quarantine.
func (st *Stream) Held(feed int) int { return int(st.held[feed].Load()) }

// AllHeld counts its Raws in quarantine.
func (st *Stream) AllHeld() (n int) {
	for feed := range st.held {
		n += st.Held(feed)
	}
	return n
}

// AddHeld counts n Raws in quarantine more.
func (st *Stream) AddHeld(feed int, n int64) { st.held[feed].Add(n) }

// Published reports whether it ever published this kind.
func (st *Stream) Published(kind int) bool { return st.kinds.Load()&(1<<kind) != 0 }

// AddKind notes that it published this kind.
func (st *Stream) AddKind(kind int) { st.kinds.Or(1 << kind) }

// Reached moves its checkpoint.
func (st *Stream) Reached(at []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.checkpoint = bytes.Clone(at)
}

// At is its checkpoint; nil before its first page.
func (st *Stream) At() []byte {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.checkpoint
}

// Paused is a person's pause as it lies on disk; empty when there is none.
func (st *Stream) Paused() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.pause
}

// SetPaused notes a pause; an empty one lifts it.
func (st *Stream) SetPaused(text string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.pause = text
}
