package follow

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// tape is a feed in memory with what a Follower reads of it, and a world that
// can be killed: after so many effects nothing has any effect any more.
type tape struct {
	mu      sync.Mutex
	parts   [][]journal.Entry
	floor   []uint64
	marks   map[string]journal.Position
	marked  int // times
	changed chan struct{}

	effects int // until the kill; negative: none
	kill    context.CancelFunc
	dead    bool

	got    []journal.Entry // what the sink took
	fail   func(send int) error
	sends  int
	times  []time.Time
	slow   time.Duration
	open   int
	closed int
}

func newTape(parts int) *tape {
	t := &tape{parts: make([][]journal.Entry, parts), floor: make([]uint64, parts), marks: map[string]journal.Position{},
		changed: make(chan struct{}), effects: -1}
	for i := range t.floor {
		t.floor[i] = 1
	}
	return t
}

var errDead = errors.New("killed")

// effect reports whether there is one more; the caller holds t.mu.
func (t *tape) effect() bool {
	if t.dead {
		return false
	}
	if t.effects == 0 {
		t.dead = true
		t.kill()
		return false
	}
	t.effects--
	return true
}

// add publishes versions of n keys in turn, so that each key has several.
func (t *tape) add(count, keys int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range count {
		key := "k" + strconv.Itoa(i*7%keys)
		part := journal.Partition(key, len(t.parts))
		own := &t.parts[part]
		seq := uint64(len(*own) + 1)
		*own = append(*own, journal.Entry{Feed: "task", Kind: "task", Source: sourceOf(key), Part: part, Seq: seq, Prev: seq - 1,
			ID: key, Version: fmt.Sprint("v", seq)})
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

// sourceOf is one of two sources, by the key.
func sourceOf(key string) string { return []string{"a", "b"}[len(key)%2] }

func (t *tape) head() journal.Position {
	at := make(journal.Position, len(t.parts))
	for p := range t.parts {
		at[p] = uint64(len(t.parts[p]))
	}
	return at
}

// now is what was sent, in how many sends, how often it was marked, and where
// the feed ends.
func (t *tape) now() (got, sends, marked int, head journal.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.got), t.sends, t.marked, t.head()
}

func (t *tape) Head(canonical.Feed) journal.Position {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head()
}

func (t *tape) Changed(canonical.Feed) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

func (t *tape) page(f journal.Filter, from, upTo journal.Position, limit int,
	take func(*journal.Entry) bool) (entries []journal.Entry, next journal.Position) {
	next = from.Clone()
	for p := range t.parts {
		for next[p] < upTo.At(p) && len(entries) < limit {
			e := &t.parts[p][next[p]]
			next[p]++
			if (f.Source == "" || f.Source == e.Source) && take(e) {
				entries = append(entries, *e)
			}
		}
	}
	return entries, next
}

func (t *tape) Changes(_ context.Context, _ canonical.Feed, f journal.Filter, after journal.Position,
	limit int) (journal.Changes, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	from := make(journal.Position, len(t.parts))
	for p := range from {
		from[p] = after.At(p)
		if after == nil {
			from[p] = t.floor[p] - 1
		} else if from[p]+1 < t.floor[p] {
			return journal.Changes{}, journal.ErrExpired
		}
	}
	c := journal.Changes{From: from, Head: t.head()}
	c.Entries, c.Next = t.page(f, from, c.Head, limit, func(*journal.Entry) bool { return true })
	c.More = !c.Next.Covers(c.Head)
	return c, nil
}

func (t *tape) Snapshot(_ context.Context, _ canonical.Feed, f journal.Filter, after, upTo journal.Position,
	limit int) (journal.Snapshot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	newest := map[string]uint64{}
	for _, own := range t.parts {
		for _, e := range own {
			newest[e.ID] = e.Seq
		}
	}
	from := farther(after, make(journal.Position, len(t.parts)))
	entries, next := t.page(f, from, upTo, limit, func(e *journal.Entry) bool { return newest[e.ID] == e.Seq && e.Op != journal.OpGone })
	if next.Covers(upTo) {
		next = nil
	}
	return journal.Snapshot{Entries: entries, Next: next}, nil
}

func (t *tape) Mark(_ context.Context, reader string, _ canonical.Feed, at journal.Position) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.effect() {
		return errDead
	}
	t.marks[reader] = at.Clone()
	t.marked++
	return nil
}

func (t *tape) Marked(_ context.Context, reader string, _ canonical.Feed) (journal.Position, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.marks[reader].Clone(), nil
}

func (t *tape) Send(_ context.Context, entries []journal.Entry) error {
	if t.slow > 0 {
		time.Sleep(t.slow) // a receiver that takes its time; no context ends it
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sends++
	t.times = append(t.times, time.Now())
	if t.fail != nil {
		if err := t.fail(t.sends); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if !t.effect() {
			return errDead
		}
		t.got = append(t.got, e)
	}
	return nil
}

func (t *tape) Close() error { t.closed++; return nil }

// follower is one that sends everything that is kept.
func (t *tape) follower(page int) *Follower {
	return &Follower{Marks: t, View: t, Feed: "task", Name: "x", From: StartOldest, Sink: t, Page: page,
		Jitter: func(d time.Duration) time.Duration { return d }}
}

// run runs a follower until nothing has happened for a while, in a bubble.
func (t *tape) run(tb testing.TB, f *Follower) error {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.mu.Lock()
	t.kill, t.dead = cancel, false
	t.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	pass(30 * time.Second)
	cancel()
	return <-done
}

// pass lets the time of a bubble go by, and all that it sets off come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// judge finds what breaks the promise: everything once at least, first seen
// in order per key, and no more again than so much.
func (t *tape) judge(again int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := map[string]uint64{}
	twice := 0
	had := map[string]bool{}
	for _, e := range t.got {
		name := fmt.Sprint(e.Part, "/", e.Seq)
		if had[name] {
			twice++
			continue
		}
		if e.Seq < seen[e.ID] {
			return fmt.Errorf("%s of %s came first behind %d", name, e.ID, seen[e.ID])
		}
		had[name], seen[e.ID] = true, e.Seq
	}
	for p, own := range t.parts {
		for _, e := range own {
			if e.Seq >= t.floor[p] && !had[fmt.Sprint(p, "/", e.Seq)] {
				return fmt.Errorf("%d/%d was never sent", p, e.Seq)
			}
		}
	}
	if twice > again {
		return fmt.Errorf("%d sent again, at most %d", twice, again)
	}
	return nil
}
