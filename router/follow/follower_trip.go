package follow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// trip is one Run of a Follower.
type trip struct {
	f      *Follower
	sink   journal.Sink
	opened bool // the sink, here

	begun   bool
	at      journal.Position // sent, or passed over, up to here
	upTo    journal.Position // of the snapshot under way; nil: changes
	through journal.Position // up to here the Log's Prev is not what was sent before
	told    journal.Position // the newest sequence sent of each partition, since the view began

	dirty    bool // at is not what is marked
	unmarked int  // entries sent since
	markedAt time.Time
}

// step does one thing: it begins, opens, marks, or sends a page. more: there
// is more to do at once.
func (t *trip) step(ctx context.Context) (more bool, err error) {
	if !t.begun {
		if err := t.begin(ctx); err != nil {
			return false, err
		}
	}
	if t.sink == nil {
		if t.sink, err = t.f.Open(ctx); err != nil {
			t.sink = nil
			return false, err
		}
		t.opened = true
	}
	if t.due() {
		if err := t.mark(ctx); err != nil {
			return false, err
		}
	}
	page, err := t.read(ctx)
	if err == nil && len(page.Entries) > 0 {
		err = t.send(ctx, page.Entries)
	}
	if err != nil {
		return false, err
	}
	t.moved(page)
	return page.More, nil
}

func (t *trip) begin(ctx context.Context) error {
	f := t.f
	at, err := f.Marks.Marked(ctx, f.Name, f.Feed)
	if err != nil {
		return fmt.Errorf("router: mark of %s in %s: %w", f.Name, f.Feed, err)
	}
	if at != nil {
		t.at = at
		if t.upTo, err = f.Marks.Marked(ctx, f.Name+snapshotMark, f.Feed); err != nil {
			return fmt.Errorf("router: mark of %s in %s: %w", f.Name, f.Feed, err)
		}
		t.through = t.upTo
		if at.Covers(t.upTo) {
			t.upTo = nil
		} else if err := t.beginSnapshot(ctx); err != nil { // its rest, with what changed meanwhile
			return err
		}
	} else if err := t.beginNew(ctx); err != nil {
		return err
	}
	t.begun = true
	return nil
}

// beginNew writes down where it begins, so that a crash does not begin elsewhere.
func (t *trip) beginNew(ctx context.Context) error {
	head := t.f.View.Head(t.f.Feed)
	switch t.f.From {
	case StartNow:
		t.at = head
		return t.mark(ctx)
	case StartSnapshot:
		t.at = make(journal.Position, len(head))
		if err := t.beginSnapshot(ctx); err != nil {
			return err
		}
		return t.mark(ctx)
	default:
		t.at = nil
		return nil
	}
}

// snapshotMark is kept beside a Follower's mark: up to where its newest
// snapshot goes. A mark that is not there yet is inside of it.
const snapshotMark = ".snapshot"

// beginSnapshot turns to the current records behind where it is.
func (t *trip) beginSnapshot(ctx context.Context) error {
	upTo := t.f.View.Head(t.f.Feed)
	if err := t.f.Marks.Mark(ctx, t.f.Name+snapshotMark, t.f.Feed, upTo); err != nil {
		return fmt.Errorf("router: marking %s in %s: %w", t.f.Name, t.f.Feed, err)
	}
	t.upTo, t.through, t.told = upTo, upTo, nil
	return nil
}

// read gives the next page, of the snapshot or of the changes.
func (t *trip) read(ctx context.Context) (journal.Changes, error) {
	f := t.f
	if t.upTo != nil {
		page, err := f.View.Snapshot(ctx, f.Feed, f.Filter, t.at, t.upTo, f.Page)
		if err != nil {
			return journal.Changes{}, fmt.Errorf("router: snapshot of %s: %w", f.Feed, err)
		}
		if page.Next == nil {
			page.Next = farther(t.at, t.upTo)
		}
		return journal.Changes{Entries: page.Entries, Next: page.Next, More: true}, nil
	}
	page, err := f.View.Changes(ctx, f.Feed, f.Filter, t.at, f.Page)
	if errors.Is(err, journal.ErrExpired) {
		err := t.expired(ctx)
		return journal.Changes{Next: t.at, More: true}, err
	}
	if err != nil {
		return page, fmt.Errorf("router: changes of %s: %w", f.Feed, err)
	}
	return page, nil
}

// expired goes on behind what is gone, the way a person decided and not silently.
func (t *trip) expired(ctx context.Context) error {
	f := t.f
	kept, err := f.View.Changes(ctx, f.Feed, journal.Filter{}, nil, 1)
	if err != nil {
		return fmt.Errorf("router: changes of %s: %w", f.Feed, err)
	}
	found := &problem.Problem{Code: "GW-Q027", Field: string(f.Feed), Path: f.Name,
		Value: strconv.FormatUint(t.at.Sum(), 10), Want: strconv.FormatUint(kept.From.Sum(), 10)}
	switch f.Restart {
	case StartSnapshot:
		err = t.beginSnapshot(ctx)
	case StartOldest:
		t.at, t.dirty = farther(t.at, kept.From), true
	default:
		return problem.Halt(found)
	}
	if err == nil {
		f.Log.Warn("changes were gone before they were sent", "sink", f.Name, "feed", f.Feed, "restart", f.Restart, "problem", found)
		f.tell(func(s *health.SinkStatus) { s.Passed = found })
	}
	return err
}

// farther is a position that covers both.
func farther(a, b journal.Position) journal.Position {
	out := make(journal.Position, max(len(a), len(b)))
	for part := range out {
		out[part] = max(a.At(part), b.At(part))
	}
	return out
}

// send sends a page, each entry naming the one before it in what this Sink
// gets (invariant 3): of the whole feed that is the Log's own word, so that a
// hole in it shows; 0 begins a view anew.
func (t *trip) send(ctx context.Context, entries []journal.Entry) error {
	told := t.told.Clone()
	view := t.upTo != nil || t.f.Filter != journal.Filter{}
	for i := range entries {
		e := &entries[i]
		for len(told) <= e.Part {
			told = append(told, 0)
		}
		if view || e.Prev <= t.through.At(e.Part) {
			e.Prev = told[e.Part]
		}
		told[e.Part] = e.Seq
	}
	// What is being sent when Run is to end is waited for: it need not be sent twice.
	ctx, cancel := graced(ctx)
	defer cancel()
	if err := t.sink.Send(ctx, entries); err != nil {
		return err
	}
	t.told = told
	return nil
}

// graced is a context that ends a while after another.
func graced(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(sendGrace, cancel) })
	return late, func() { stop(); cancel() }
}

// moved takes in that a page was sent.
func (t *trip) moved(page journal.Changes) {
	t.dirty = t.dirty || !t.at.Covers(page.Next) || t.at == nil
	t.at = page.Next
	t.unmarked += len(page.Entries)
	if t.upTo != nil && t.at.Covers(t.upTo) {
		t.upTo = nil
	}
	now := t.f.Now()
	t.f.tell(func(s *health.SinkStatus) {
		s.At, s.Snapshot = t.at.Clone(), t.upTo != nil
		s.Failures, s.Error, s.Problem, s.NextTry = 0, "", nil, time.Time{}
		if len(page.Entries) > 0 {
			s.Sent += uint64(len(page.Entries))
			s.LastSent = now
		}
		if !page.More {
			s.LevelAt = now
		}
	})
}

// due: another page must not be sent before the mark has moved.
func (t *trip) due() bool {
	return t.dirty && (t.unmarked > (markPages-1)*t.f.Page || t.f.Now().Sub(t.markedAt) >= markEvery)
}

func (t *trip) mark(ctx context.Context) error {
	if err := t.f.Marks.Mark(ctx, t.f.Name, t.f.Feed, t.at); err != nil {
		return fmt.Errorf("router: marking %s in %s: %w", t.f.Name, t.f.Feed, err)
	}
	t.dirty, t.unmarked, t.markedAt = false, 0, t.f.Now()
	return nil
}

// rest waits for something to do.
func (t *trip) rest(ctx context.Context, changed <-chan struct{}) {
	var due <-chan time.Time
	if t.dirty {
		timer := time.NewTimer(max(markEvery-t.f.Now().Sub(t.markedAt), 0))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-changed:
	case <-due:
	}
}

// pause waits after a failure. What was sent before it is marked first: the
// wait may be long.
func (t *trip) pause(ctx context.Context, wait time.Duration) {
	if t.dirty {
		if err := t.mark(ctx); err != nil {
			t.f.Log.Warn("a sink's mark was not kept", "sink", t.f.Name, "error", err)
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// end marks what was sent and lets go of what was opened here.
func (t *trip) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendGrace)
	defer cancel()
	if t.dirty {
		if err := t.mark(ctx); err != nil {
			t.f.Log.Warn("a sink's last mark was not kept: up to a second of it will be sent again", "sink", t.f.Name, "error", err)
		}
	}
	if c, ok := t.sink.(io.Closer); ok && t.opened {
		if err := c.Close(); err != nil {
			t.f.Log.Warn("a sink was not closed cleanly", "sink", t.f.Name, "error", err)
		}
	}
	t.f.tell(func(s *health.SinkStatus) { s.Running = false })
}
