package kafka

import (
	"context"
	"fmt"
	"sync"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// expectation is what this node knows elsewhere of the book's rows: where both
// its copy and the end of the topic went, nothing else tells.
type expectation struct {
	sync.Mutex
	known map[string]book.Anchor
	met   func() // called once, when the book has them all
	end   int64  // of the topic when it was opened: behind it the copy is level
	short *problem.Problem
}

// Expect has the book take no change once its copy is level and lacks rows
// that are known; met is called once when it has them. It is called before
// anything is done with the book.
func (b *Book) Expect(known map[string]book.Anchor, met func()) {
	b.expected.Lock()
	defer b.expected.Unlock()
	b.expected.known, b.expected.met = known, met
}

// Level waits until the copy has all that stood in the topic when it was opened.
func (b *Book) Level(ctx context.Context) error { return b.wait(ctx, b.expected.end-1) }

// lacks is what the level copy lacks; nil where it lacks nothing, or is not level.
func (b *Book) lacks() error {
	b.at.Lock()
	level := b.at.next >= b.expected.end
	b.at.Unlock()
	e := &b.expected
	e.Lock()
	defer e.Unlock()
	if e.short != nil {
		return e.short
	}
	if e.met == nil || !level {
		return nil
	}
	short, err := book.Holds(context.Background(), b.Local, e.known)
	if err != nil {
		return err
	}
	if short == nil {
		e.met()
		e.met = nil
		return nil
	}
	e.short = &problem.Problem{Code: "GW-R054", Value: b.topic, Want: fmt.Sprint(short.Part, " ", short.Has.Seq),
		Near: fmt.Sprint(short.Part, " ", short.Was.Seq)}
	if short.Other() {
		e.short.Want = fmt.Sprintf("%s %d ≠", short.Part, short.Has.Seq)
	}
	b.opts.Log.Error("the shared side book lacks rows that this node knows of", "topic", b.topic, "rows_missing", short.Lost())
	return e.short
}
