package kafka

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/router"
)

// View is what a Log needs of the node's own store: batches are decided
// against it, and what the Log says is taken into it.
type View interface {
	Decide(ctx context.Context, b router.Batch) (router.Decision, error)
	Mirror(ctx context.Context, m router.Mirror) error
	Origins(ctx context.Context) (map[string]int64, error)
	router.Known
	router.Keys
	router.Raws
	Checkpoint(ctx context.Context, stream string) (canonical.Checkpoint, error)
	Read(ctx context.Context, feed canonical.Feed, after router.Position, limit int) ([]router.Entry, error)
	Marked(ctx context.Context, reader string, feed canonical.Feed) (router.Position, error)
	LastRuns(ctx context.Context, stream string, limit int) ([]router.Run, error)
	// Dropped gives the verdicts that take held Raws out of quarantine.
	Dropped(ctx context.Context, ids []int64) ([]router.Verdict, error)
}

const (
	mirrorRecords = 4000    // messages taken into the view at once
	mirrorBytes   = 8 << 20 // of them
)

// queue is what was read of a partition and waits to be taken in.
type queue struct {
	of      *partition
	records []record
	next    int64 // behind the newest record read
	applied int64 // behind what the view has
	end     int64 // of what is committed
	started int64 // the end when this process first asked; -1 before
}

// mirror takes what is read into the view, in pieces. Topics are read apart,
// so a page's parts may come in any order; nothing is taken in before what
// it names: an entry follows its Raw, a checkpoint everything it stands for.
type mirror struct {
	view View
	log  *Log

	mu      sync.Mutex
	queues  map[string]*queue
	order   []*queue
	changed chan struct{} // closed when something was applied
	trouble error
	since   time.Time // of the trouble
}

func newMirror(view View, l *Log, parts []*partition) *mirror {
	m := &mirror{view: view, log: l, queues: map[string]*queue{}, changed: make(chan struct{})}
	for _, p := range parts {
		q := &queue{of: p, next: p.next, applied: p.next, started: -1}
		m.queues[p.name] = q
		m.order = append(m.order, q)
	}
	return m
}

// run takes pieces in until ctx is over or the view fails.
func (m *mirror) run(ctx context.Context, in <-chan piece) error {
	for {
		select {
		case p := <-in:
			m.add(p)
		case <-ctx.Done():
			return nil
		}
		for more := true; more; {
			select {
			case p := <-in:
				m.add(p)
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

func (m *mirror) add(p piece) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queues[p.place]
	q.records = append(q.records, p.records...)
	q.next, q.end = max(q.next, p.next), max(q.end, p.end)
	if q.started < 0 {
		q.started = p.end
	}
	if len(q.records) == 0 && q.applied < q.next { // only marks and aborted pages: nothing to take in
		q.applied = q.next
		m.wake()
	}
}

// wake tells who waits. The caller holds mu.
func (m *mirror) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// need is a place that must be taken in first.
type need struct {
	place string
	after int64 // offset: it and everything before it
}

// batch gathers a piece for the view.
type batch struct {
	router.Mirror
	reach map[string]int64 // with it, each partition is taken in so far
	count map[string]int
	bytes map[string]int
	total int
	size  int
}

// step takes one piece in; false when nothing can be taken now.
func (m *mirror) step(ctx context.Context) (bool, error) {
	b := &batch{reach: map[string]int64{}, count: map[string]int{}, bytes: map[string]int{}}
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
		q.records = q.records[n:]
		q.applied = b.reach[place]
		q.of.taken(b.bytes[place])
	}
	m.wake()
	return true, nil
}

// gather adds what can be taken of a queue, in order.
func (m *mirror) gather(q *queue, b *batch) (int, error) {
	m.mu.Lock()
	records, next := q.records[b.count[q.of.name]:], q.next
	m.mu.Unlock()
	n := 0
	for i := range records {
		r := &records[i]
		if b.total >= mirrorRecords || b.size >= mirrorBytes {
			return n, nil
		}
		needs, put, err := m.read(r)
		if err != nil {
			return n, err
		}
		if !m.met(needs, b) {
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

// met reports whether what a message needs is in the view, or will be with
// the piece at hand.
func (m *mirror) met(needs []need, b *batch) bool {
	if len(needs) == 0 {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range needs {
		q := m.queues[n.place]
		if q == nil {
			continue // of a topic this Log does not have: nothing can come of waiting
		}
		if max(q.applied, b.reach[n.place]) <= n.after {
			return false
		}
	}
	return true
}

// read understands a message: what it needs, and how it goes into a piece.
func (m *mirror) read(r *record) ([]need, func(*router.Mirror), error) {
	t := m.log.topics
	if r.value == nil {
		return nil, func(*router.Mirror) {}, nil // thinned out on purpose by a person
	}
	switch short := t.short(r.topic); short {
	case topicRaws:
		raw, err := readRaw(r)
		return nil, func(into *router.Mirror) { into.Raws = append(into.Raws, raw) }, err
	case topicVerdicts:
		return m.readVerdict(r)
	case topicRuns:
		var run ran
		err := readJSON(r, &run)
		return wrote(run.Wrote), func(into *router.Mirror) { into.Runs = append(into.Runs, run.Run) }, err
	case topicCheckpoints:
		return m.readState(r)
	default:
		e, err := readEntry(r)
		if short != topicHistory {
			e.Seq = m.log.seqOf(r.offset)
		}
		return m.rawNeed(e.Raw), func(into *router.Mirror) { into.Entries = append(into.Entries, e) }, err
	}
}

func (m *mirror) rawNeed(at router.Place) []need {
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

func (m *mirror) readVerdict(r *record) ([]need, func(*router.Mirror), error) {
	var v router.Verdict
	if err := readJSON(r, &v); err != nil {
		return nil, nil, err
	}
	var needs []need
	if v.Seen.After > 0 {
		needs = append(needs, need{spot(m.log.topics.feed(v.Kind.Feed()), int32(v.Part)), m.log.offsetOf(v.Seen.After)})
	}
	if v.Held != nil {
		needs = append(needs, m.rawNeed(v.Held.Raw.Place)...)
	}
	return needs, func(into *router.Mirror) { into.Verdicts = append(into.Verdicts, v) }, nil
}

// readState reads what stands in the checkpoints topic.
func (m *mirror) readState(r *record) ([]need, func(*router.Mirror), error) {
	nothing := func(*router.Mirror) {}
	key := string(r.key)
	switch {
	case strings.HasPrefix(key, keyStream):
		var at reached
		err := readJSON(r, &at)
		c := router.StreamCheckpoint{Stream: key[len(keyStream):], At: at.Checkpoint}
		return wrote(at.Wrote), func(into *router.Mirror) { into.Checkpoints = append(into.Checkpoints, c) }, err
	case strings.HasPrefix(key, keyPause):
		p := router.StreamPause{Stream: key[len(keyPause):]}
		err := readJSON(r, &p.Pause)
		return nil, func(into *router.Mirror) { into.Pauses = append(into.Pauses, p) }, err
	case strings.HasPrefix(key, keyMark):
		feed, reader, _ := strings.Cut(key[len(keyMark):], "/")
		k := router.ReaderMark{Reader: reader, Feed: canonical.Feed(feed)}
		err := readJSON(r, &k.At)
		return nil, func(into *router.Mirror) { into.Marks = append(into.Marks, k) }, err
	case strings.HasPrefix(key, keyAudit):
		var a router.Audit
		err := readJSON(r, &a)
		return nil, func(into *router.Mirror) { into.Audits = append(into.Audits, a) }, err
	}
	if strings.HasPrefix(key, keyBridge) {
		var b router.Bridge
		err := readJSON(r, &b)
		return nil, func(into *router.Mirror) { into.Bridges = append(into.Bridges, b) }, err
	}
	return nil, nothing, nil // a claim: that it was read is all it is for
}

// wait returns when the view has everything up to these offsets.
func (m *mirror) wait(ctx context.Context, at map[string]int64) error {
	for {
		m.mu.Lock()
		missing := ""
		for place, offset := range at {
			if q := m.queues[place]; q != nil && q.applied <= offset {
				missing = place
			}
		}
		changed, trouble := m.changed, m.trouble
		m.mu.Unlock()
		if missing == "" {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if trouble != nil {
				return trouble
			}
			return fmt.Errorf("kafka: waiting for the view to read %s: %w", missing, ctx.Err())
		}
	}
}

// Lag is how far a view is behind its Log.
type Lag struct {
	Behind   int64     // messages that were committed and are not in the view
	CatchUp  bool      // it has not yet reached where the Log was when this process began
	Trouble  error     // why nothing is read now; nil when it is
	NotSince time.Time // since when nothing is read; zero when it is
}

func (m *mirror) lag() Lag {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := Lag{Trouble: m.trouble, NotSince: m.since}
	for _, q := range m.order {
		l.Behind += max(0, q.end-q.applied)
		if q.started < 0 || q.applied < q.started {
			l.CatchUp = true
		}
	}
	return l
}

// downAfter is how long nothing is read before nothing is tried to be written.
const downAfter = 2 * time.Second

// down is why nothing can be read for a while, or nil: what would be written
// then would only keep its caller waiting.
func (m *mirror) down() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trouble != nil && m.log.opts.Now().Sub(m.since) > downAfter {
		return m.trouble
	}
	return nil
}

// hear takes note of trouble with reading, and of its end.
func (m *mirror) hear(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if (err == nil) != (m.trouble == nil) && err != nil {
		m.since = m.log.opts.Now()
	}
	if err == nil {
		m.since = time.Time{}
	}
	m.trouble = err
}
