package wiring

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/control"
	"iocgateway/router/store/bookfile"
)

// booked has the Log know how far the side book is, behind everybody's back:
// no act waits for it, and one that a full disk keeps from it is done all the same.
type booked struct {
	keep func(ctx context.Context, heads map[string]book.Anchor) error
	log  *slog.Logger
	open atomic.Bool // the book was held against what is known: only then may that move

	mu     sync.Mutex
	latest map[string]book.Anchor
	told   bool // that it could not be noted
	wake   chan struct{}
	stop   context.CancelFunc
	done   chan struct{}
}

const (
	bookedEvery = time.Second      // a row a second needs no commit of its own each
	bookedAgain = 10 * time.Second // after one that failed
	bookedAtEnd = 5 * time.Second
)

func newBooked(ctx context.Context, keep func(context.Context, map[string]book.Anchor) error, log *slog.Logger) *booked {
	b := &booked{keep: keep, log: log, wake: make(chan struct{}, 1), done: make(chan struct{})}
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(b.done)
		b.run(ctx)
	}()
	return b
}

// grew takes in how far the book is on disk. It never waits.
func (b *booked) grew(heads map[string]book.Anchor) {
	b.mu.Lock()
	b.latest = heads
	b.mu.Unlock()
	b.poke()
}

// begin lets what is known move with the book.
func (b *booked) begin() {
	b.open.Store(true)
	b.poke()
}

func (b *booked) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *booked) run(ctx context.Context) {
	for {
		rest := bookedEvery
		select {
		case <-b.wake:
			if err := b.note(ctx); err != nil {
				rest = bookedAgain
				b.poke()
			}
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookedAtEnd)
			defer cancel()
			_ = b.note(ctx) // it lags, as after a kill
			return
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
		}
	}
}

func (b *booked) note(ctx context.Context) error {
	b.mu.Lock()
	heads := b.latest
	b.mu.Unlock()
	if !b.open.Load() || len(heads) == 0 {
		return nil
	}
	err := b.keep(ctx, heads)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && !b.told && ctx.Err() == nil {
		b.log.Warn("the Log could not note how far the side book is; it is tried again", "error", err)
	}
	if b.told = err != nil; err == nil && len(b.latest) > 0 && sameHeads(b.latest, heads) {
		b.latest = nil
	}
	return err
}

func sameHeads(a, b map[string]book.Anchor) bool {
	for part, head := range a {
		if b[part] != head {
			return false
		}
	}
	return len(a) == len(b)
}

// close notes what is left to note.
func (b *booked) close() {
	b.stop()
	<-b.done
}

// noted is a book whose end is noted in the Log before the Log closes.
type noted struct {
	closingBook
	booked *booked
}

// Close ends the book first.
func (n noted) Close() error {
	err := n.closingBook.Close()
	n.booked.close()
	return err
}

// accepted is what an administrator wants the book to go on from, if they do:
// what was found is set aside, and the book opened again as it lies there.
func (a *App) accepted(local *bookfile.File, o bookfile.Options, found error) (*bookfile.File, *control.Act, error) {
	dir := a.Config.Store.Dir
	word, err := bookfile.Accepted(dir)
	if err != nil || word == nil || found == nil && a.cluster != nil { // what a topic lacks is seen later
		return local, nil, err
	}
	p, ok := problem.As(found)
	if !ok {
		a.log.Warn("the side book lacks nothing: what was accepted of it is forgotten")
		return local, nil, bookfile.Forget(dir)
	}
	if err := local.Close(); err != nil {
		return nil, nil, err
	}
	kept, err := bookfile.SetAside(dir, a.cluster != nil, time.Now()) // a node's copy is read again
	if err != nil {
		return nil, nil, err
	}
	known := o.Known
	o.Known = nil
	if local, err = bookfile.Open(o); err != nil {
		return nil, nil, err
	}
	act := &control.Act{What: book.Accepted, Target: bookfile.Name, By: word.By, Why: word.Why, With: map[string]any{"code": p.Code,
		"missing": p.Value, "known": known, "goes_on_from": local.Head(book.Acts), "kept": kept, "accepted_at": word.At}}
	a.log.Warn("the side book goes on as an administrator has accepted it", "by", word.By, "code", p.Code, "kept", kept)
	return local, act, nil
}

// acceptedNow writes down what was accepted; from then on the book is known as
// it is now.
func (a *App) acceptedNow(ctx context.Context, act control.Act) error {
	err := a.audit.Do(ctx, act, func() (any, error) { return nil, nil })
	if err == nil {
		err = a.Store.KeepBooked(ctx, map[string]book.Anchor{book.Acts: a.book.Head(book.Acts)})
	}
	if err == nil {
		err = bookfile.Forget(a.Config.Store.Dir)
	}
	if err != nil {
		return errors.Join(errors.New("what was accepted of the side book was not written down"), err)
	}
	return nil
}
