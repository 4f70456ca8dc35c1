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

// run is one Run of a Follower.
type run struct {
	f      *Follower
	sink   journal.Sink
	opened bool // the sink, here

	begun   bool
	at      journal.Position // sent, or passed over, up to here
	upTo    journal.Position // of the snapshot under way; nil: changes
	through journal.Position // up to here the Log's Prev is not what was sent before
	newest  journal.Position // the sequence sent last of each partition, since the view began

	dirty    bool // at is not what is marked
	unmarked int  // entries sent since
	markedAt time.Time
}

// step does one thing: it begins, opens, marks, or sends a page. more: there
// is more to do at once.
func (r *run) step(ctx context.Context) (more bool, err error) {
	if !r.begun {
		if err := r.begin(ctx); err != nil {
			return false, err
		}
	}
	if r.sink == nil {
		if r.sink, err = r.f.Open(ctx); err != nil {
			r.sink = nil
			return false, err
		}
		r.opened = true
	}
	if r.due() {
		if err := r.mark(ctx); err != nil {
			return false, err
		}
	}
	page, err := r.read(ctx)
	if err == nil && len(page.Entries) > 0 {
		err = r.send(ctx, page.Entries)
	}
	if err != nil {
		return false, err
	}
	r.moved(page)
	return page.More, nil
}

func (r *run) begin(ctx context.Context) error {
	f := r.f
	at, err := f.Marks.Marked(ctx, f.Name, f.Feed)
	if err != nil {
		return fmt.Errorf("follow: mark of %s in %s: %w", f.Name, f.Feed, err)
	}
	if at != nil {
		r.at = at
		if r.upTo, err = f.Marks.Marked(ctx, f.Name+snapshotMark, f.Feed); err != nil {
			return fmt.Errorf("follow: mark of %s in %s: %w", f.Name, f.Feed, err)
		}
		r.through = r.upTo
		if at.Covers(r.upTo) {
			r.upTo = nil
		} else if err := r.beginSnapshot(ctx); err != nil { // its rest, with what changed meanwhile
			return err
		}
	} else if err := r.beginNew(ctx); err != nil {
		return err
	}
	r.begun = true
	return nil
}

// beginNew writes down where it begins, so that a crash does not begin elsewhere.
func (r *run) beginNew(ctx context.Context) error {
	head := r.f.View.Head(r.f.Feed)
	switch r.f.From {
	case StartNow:
		r.at = head
		return r.mark(ctx)
	case StartSnapshot:
		r.at = make(journal.Position, len(head))
		if err := r.beginSnapshot(ctx); err != nil {
			return err
		}
		return r.mark(ctx)
	default:
		r.at = nil
		return nil
	}
}

// snapshotMark is kept beside a Follower's mark: up to where its newest
// snapshot goes. A mark that is not there yet is inside of it.
const snapshotMark = ".snapshot"

// beginSnapshot goes on with the current records behind where it is.
func (r *run) beginSnapshot(ctx context.Context) error {
	upTo := r.f.View.Head(r.f.Feed)
	if err := r.f.Marks.Mark(ctx, r.f.Name+snapshotMark, r.f.Feed, upTo); err != nil {
		return fmt.Errorf("follow: marking %s in %s: %w", r.f.Name, r.f.Feed, err)
	}
	r.upTo, r.through, r.newest = upTo, upTo, nil
	return nil
}

// read gives the next page, of the snapshot or of the changes.
func (r *run) read(ctx context.Context) (journal.Changes, error) {
	f := r.f
	if r.upTo != nil {
		page, err := f.View.Snapshot(ctx, f.Feed, f.Filter, r.at, r.upTo, f.Page)
		if err != nil {
			return journal.Changes{}, fmt.Errorf("follow: snapshot of %s: %w", f.Feed, err)
		}
		if page.Next == nil {
			page.Next = farther(r.at, r.upTo)
		}
		return journal.Changes{Entries: page.Entries, Next: page.Next, More: true}, nil
	}
	page, err := f.View.Changes(ctx, f.Feed, f.Filter, r.at, f.Page)
	if errors.Is(err, journal.ErrExpired) {
		err := r.expired(ctx)
		return journal.Changes{Next: r.at, More: true}, err
	}
	if err != nil {
		return page, fmt.Errorf("follow: changes of %s: %w", f.Feed, err)
	}
	return page, nil
}

// expired goes on behind what is gone, the way a person decided and not silently.
func (r *run) expired(ctx context.Context) error {
	f := r.f
	kept, err := f.View.Changes(ctx, f.Feed, journal.Filter{}, nil, 1)
	if err != nil {
		return fmt.Errorf("follow: changes of %s: %w", f.Feed, err)
	}
	found := &problem.Problem{Code: "GW-Q027", Field: string(f.Feed), Path: f.Name,
		Value: strconv.FormatUint(r.at.Sum(), 10), Want: strconv.FormatUint(kept.From.Sum(), 10)}
	switch f.Restart {
	case StartSnapshot:
		err = r.beginSnapshot(ctx)
	case StartOldest:
		r.at, r.dirty = farther(r.at, kept.From), true
	default:
		return problem.Halt(found)
	}
	if err == nil {
		f.Log.Warn("changes were gone before they were sent", "sink", f.Name, "feed", f.Feed, "restart", f.Restart, "problem", found)
		f.update(func(s *health.SinkStatus) { s.Passed = found })
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
// gets (invariant 3): of the whole feed that is what the Log names, so that a
// hole in it shows; 0 begins a view anew.
func (r *run) send(ctx context.Context, entries []journal.Entry) error {
	newest := r.newest.Clone()
	view := r.upTo != nil || r.f.Filter != journal.Filter{}
	for i := range entries {
		e := &entries[i]
		for len(newest) <= e.Part {
			newest = append(newest, 0)
		}
		if view || e.Prev <= r.through.At(e.Part) {
			e.Prev = newest[e.Part]
		}
		newest[e.Part] = e.Seq
	}
	// What is being sent when Run is to end is waited for: it need not be sent twice.
	ctx, cancel := graced(ctx)
	defer cancel()
	if err := r.sink.Send(ctx, entries); err != nil {
		return err
	}
	r.newest = newest
	return nil
}

// graced is a context that ends a while after another.
func graced(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(sendGrace, cancel) })
	return late, func() { stop(); cancel() }
}

// moved takes in that a page was sent.
func (r *run) moved(page journal.Changes) {
	r.dirty = r.dirty || !r.at.Covers(page.Next) || r.at == nil
	r.at = page.Next
	r.unmarked += len(page.Entries)
	if r.upTo != nil && r.at.Covers(r.upTo) {
		r.upTo = nil
	}
	now := r.f.Now()
	r.f.update(func(s *health.SinkStatus) {
		s.At, s.Snapshot = r.at.Clone(), r.upTo != nil
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
func (r *run) due() bool {
	return r.dirty && (r.unmarked > (markPages-1)*r.f.Page || r.f.Now().Sub(r.markedAt) >= markEvery)
}

func (r *run) mark(ctx context.Context) error {
	if err := r.f.Marks.Mark(ctx, r.f.Name, r.f.Feed, r.at); err != nil {
		return fmt.Errorf("follow: marking %s in %s: %w", r.f.Name, r.f.Feed, err)
	}
	r.dirty, r.unmarked, r.markedAt = false, 0, r.f.Now()
	return nil
}

// rest waits for something to do.
func (r *run) rest(ctx context.Context, changed <-chan struct{}) {
	var due <-chan time.Time
	if r.dirty {
		timer := time.NewTimer(max(markEvery-r.f.Now().Sub(r.markedAt), 0))
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
func (r *run) pause(ctx context.Context, wait time.Duration) {
	if r.dirty {
		if err := r.mark(ctx); err != nil {
			r.f.Log.Warn("a sink's mark was not kept", "sink", r.f.Name, "error", err)
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
func (r *run) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendGrace)
	defer cancel()
	if r.dirty {
		if err := r.mark(ctx); err != nil {
			r.f.Log.Warn("a sink's last mark was not kept: up to a second of it will be sent again", "sink", r.f.Name, "error", err)
		}
	}
	if c, ok := r.sink.(io.Closer); ok && r.opened {
		if err := c.Close(); err != nil {
			r.f.Log.Warn("a sink was not closed cleanly", "sink", r.f.Name, "error", err)
		}
	}
	r.f.update(func(s *health.SinkStatus) { s.Running = false })
}
