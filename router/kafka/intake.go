package kafka

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// View is what a Log needs of the node's own store: batches are decided
// against it, and what stands in the Log is taken into it.
type View interface {
	Decide(ctx context.Context, b journal.Batch) (journal.Decision, error)
	Mirror(ctx context.Context, m journal.Mirror) error
	Origins(ctx context.Context) (map[string]int64, error)
	journal.Known
	journal.Keys
	journal.Raws
	Checkpoint(ctx context.Context, stream string) (canonical.Checkpoint, error)
	Read(ctx context.Context, feed canonical.Feed, after journal.Position, limit int) ([]journal.Entry, error)
	Marked(ctx context.Context, reader string, feed canonical.Feed) (journal.Position, error)
	journal.Pasts
	LastRuns(ctx context.Context, stream string, limit int) ([]journal.Run, error)
	// Dropped gives the verdicts that take held Raws out of quarantine.
	Dropped(ctx context.Context, ids []int64) ([]journal.Verdict, error)
}

const (
	intakeMessages = 4000    // messages taken into the view at once
	intakeBytes    = 8 << 20 // of them
)

// queue is what was read of a partition and waits to be taken in.
type queue struct {
	of       *partition
	messages []fetched
	next     int64 // behind the newest message read
	applied  int64 // behind what the view has
	end      int64 // of what is committed
	started  int64 // the end when this process first asked; -1 before

	waits need      // what its first message has to wait for; no place: nothing
	since time.Time // of that message and that need
}

// intake takes what is read into the view, in pieces. Topics are read apart,
// so a page's parts may come in any order; nothing is taken in before what
// it names: an entry follows its Raw, a checkpoint everything it stands for.
type intake struct {
	view View
	log  *Log

	mu      sync.Mutex
	queues  map[string]*queue
	order   []*queue
	changed chan struct{} // closed when something was applied
	trouble error
	since   time.Time // of the trouble
}

func newIntake(view View, l *Log, parts []*partition) *intake {
	m := &intake{view: view, log: l, queues: map[string]*queue{}, changed: make(chan struct{})}
	for _, p := range parts {
		q := &queue{of: p, next: p.next, applied: p.next, started: -1}
		m.queues[p.name] = q
		m.order = append(m.order, q)
	}
	return m
}

// run takes pieces in until ctx is over or the view fails.
func (m *intake) run(ctx context.Context, in <-chan piece) error {
	for {
		select {
		case p := <-in:
			if err := m.add(p); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
		for more := true; more; {
			select {
			case p := <-in:
				if err := m.add(p); err != nil {
					return err
				}
			default:
				more = false
			}
		}
		for {
			took, err := m.step(ctx)
			if err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			if !took {
				break
			}
		}
	}
}

// add takes a piece in hand. One that does not follow what was read before
// would leave a hole in the view for ever: reading ends, and begins anew from
// what the view has.
func (m *intake) add(p piece) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queues[p.place]
	if p.from != q.next {
		return fmt.Errorf("kafka: %s was read from %d, but what came before ends at %d", p.place, p.from, q.next)
	}
	q.messages = append(q.messages, p.messages...)
	q.next, q.end = max(q.next, p.next), max(q.end, p.end)
	if q.started < 0 {
		q.started = p.end
	}
	if len(q.messages) == 0 && q.applied < q.next { // only marks and aborted pages: nothing to take in
		q.applied = q.next
		m.wake()
	}
	return nil
}

// wake wakes who waits. The caller holds mu.
func (m *intake) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// need is a place that must be taken in first.
type need struct {
	place string
	after int64 // offset: it and everything before it
}

// gathering is a piece for the view.
type gathering struct {
	journal.Mirror
	reach map[string]int64 // with it, each partition is taken in so far
	count map[string]int
	bytes map[string]int
	total int
	size  int
}

// step takes one piece in; false when nothing can be taken now.
func (m *intake) step(ctx context.Context) (bool, error) {
	b := &gathering{reach: map[string]int64{}, count: map[string]int{}, bytes: map[string]int{}}
	for progress := true; progress; {
		progress = false
		for _, q := range m.order {
			n, err := m.gather(q, b)
			if err != nil {
				return false, err
			}
			progress = progress || n > 0
		}
	}
	if b.total == 0 {
		return false, nil
	}
	b.Read = map[string]int64{}
	for place, at := range b.reach {
		b.Read[place] = at
	}
	if err := m.view.Mirror(ctx, b.Mirror); err != nil {
		return false, fmt.Errorf("kafka: taking in: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for place, n := range b.count {
		q := m.queues[place]
		q.messages = q.messages[n:]
		q.applied = b.reach[place]
		q.of.taken(b.bytes[place])
		q.waits = need{}
	}
	m.wake()
	return true, nil
}

// gather adds what can be taken of a queue, in order.
func (m *intake) gather(q *queue, b *gathering) (int, error) {
	m.mu.Lock()
	messages, next := q.messages[b.count[q.of.name]:], q.next
	m.mu.Unlock()
	n := 0
	for i := range messages {
		r := &messages[i]
		if b.total >= intakeMessages || b.size >= intakeBytes {
			return n, nil
		}
		needs, put, err := m.read(r)
		if err != nil {
			return n, err
		}
		if missing := m.missing(needs, b); missing.place != "" {
			m.waiting(q, missing)
			return n, nil
		}
		put(&b.Mirror)
		n++
		b.total++
		b.size += r.size()
		b.count[q.of.name]++
		b.bytes[q.of.name] += r.size()
		b.reach[q.of.name] = r.offset + 1
	}
	if n > 0 {
		b.reach[q.of.name] = next // and the marks behind the last message
	}
	return n, nil
}

// missing is what a message needs that is not in the view and will not be
// with the piece at hand; no place if nothing is.
func (m *intake) missing(needs []need, b *gathering) need {
	if len(needs) == 0 {
		return need{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range needs {
		q := m.queues[n.place]
		if q == nil {
			continue // of a topic this Log does not have: nothing can come of waiting
		}
		if max(q.applied, b.reach[n.place]) <= n.after {
			return n
		}
	}
	return need{}
}

// waiting notes what a queue waits for, and since when.
func (m *intake) waiting(q *queue, missing need) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if q.waits != missing {
		q.waits, q.since = missing, m.log.opts.Now()
	}
}

// read understands a message: what it needs, and how it goes into a piece.
func (m *intake) read(r *fetched) ([]need, func(*journal.Mirror), error) {
	t := m.log.topics
	if r.value == nil {
		return nil, func(*journal.Mirror) {}, nil // thinned out on purpose by a person
	}
	switch short := t.short(r.topic); short {
	case topicRaws:
		raw, err := readRaw(r)
		return nil, func(into *journal.Mirror) { into.Raws = append(into.Raws, raw) }, err
	case topicVerdicts:
		return m.readVerdict(r)
	case topicRuns:
		var run ran
		err := readJSON(r, &run)
		return wrote(run.Wrote), func(into *journal.Mirror) { into.Runs = append(into.Runs, run.Run) }, err
	case topicCheckpoints:
		return m.readState(r)
	default:
		e, err := readEntry(r)
		if short != topicHistory {
			e.Seq = m.log.seqOf(r.offset)
		}
		return m.rawNeed(e.Raw), func(into *journal.Mirror) { into.Entries = append(into.Entries, e) }, err
	}
}

func (m *intake) rawNeed(at journal.Place) []need {
	if at.Seq == 0 {
		return nil
	}
	return []need{{spot(m.log.topics.of(topicRaws), int32(at.Part)), int64(at.Seq) - 1}}
}

func wrote(at map[string]int64) []need {
	needs := make([]need, 0, len(at))
	for place, offset := range at {
		needs = append(needs, need{place, offset})
	}
	return needs
}

func (m *intake) readVerdict(r *fetched) ([]need, func(*journal.Mirror), error) {
	var v journal.Verdict
	if err := readJSON(r, &v); err != nil {
		return nil, nil, err
	}
	var needs []need
	for _, after := range []uint64{v.Seen.After, v.Owner.After} {
		if after > 0 {
			needs = append(needs, need{spot(m.log.topics.feed(v.Kind.Feed()), int32(v.Part)), m.log.offsetOf(after)})
		}
	}
	if v.Held != nil {
		needs = append(needs, m.rawNeed(v.Held.Raw.Place)...)
	}
	return needs, func(into *journal.Mirror) { into.Verdicts = append(into.Verdicts, v) }, nil
}

// readState reads what stands in the checkpoints topic.
func (m *intake) readState(r *fetched) ([]need, func(*journal.Mirror), error) {
	nothing := func(*journal.Mirror) {}
	key := string(r.key)
	switch {
	case strings.HasPrefix(key, keyStream):
		var at reached
		err := readJSON(r, &at)
		c := journal.StreamCheckpoint{Stream: key[len(keyStream):], At: at.Checkpoint}
		return wrote(at.Wrote), func(into *journal.Mirror) {
			into.Checkpoints = append(into.Checkpoints, c)
			if at.Run != nil {
				into.Runs = append(into.Runs, *at.Run)
			}
		}, err
	case strings.HasPrefix(key, keyPause):
		p := journal.StreamPause{Stream: key[len(keyPause):]}
		err := readJSON(r, &p.Pause)
		return nil, func(into *journal.Mirror) { into.Pauses = append(into.Pauses, p) }, err
	case strings.HasPrefix(key, keyPast):
		p := journal.StreamPast{Stream: key[len(keyPast):], Past: r.value}
		return nil, func(into *journal.Mirror) { into.Pasts = append(into.Pasts, p) }, nil
	case strings.HasPrefix(key, keyMark):
		feed, reader, _ := strings.Cut(key[len(keyMark):], "/")
		k := journal.ReaderMark{Reader: reader, Feed: canonical.Feed(feed)}
		err := readJSON(r, &k.At)
		return nil, func(into *journal.Mirror) { into.Marks = append(into.Marks, k) }, err
	case strings.HasPrefix(key, keyAudit):
		var a journal.Audit
		err := readJSON(r, &a)
		return nil, func(into *journal.Mirror) { into.Audits = append(into.Audits, a) }, err
	}
	if strings.HasPrefix(key, keyBridge) {
		var b journal.Bridge
		err := readJSON(r, &b)
		return nil, func(into *journal.Mirror) { into.Bridges = append(into.Bridges, b) }, err
	}
	return nil, nothing, nil // a claim: that it was read is all it is for
}
