package state

import (
	"sync"

	"iocgateway/router/store/track"
)

// Wakes holds the channel of each feed that is closed when it grows.
type Wakes struct {
	mu    sync.Mutex
	feeds [track.Slots]chan struct{}
}

// NewWakes makes a channel for each feed.
func NewWakes() *Wakes {
	w := &Wakes{}
	for i := range w.feeds {
		w.feeds[i] = make(chan struct{})
	}
	return w
}

// Wake wakes everybody who waits for a feed.
func (w *Wakes) Wake(feed int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.feeds[feed])
	w.feeds[feed] = make(chan struct{})
}

// Changed is closed at the next commit that publishes to the feed.
func (w *Wakes) Changed(feed int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.feeds[feed]
}
