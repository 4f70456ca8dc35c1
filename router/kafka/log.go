package kafka

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"golang.org/x/sync/errgroup"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Log is the Log in Kafka, as one node has it: pages are decided against the
// node's view, written as transactions, and read back into the view. Known,
// Keys and Raws answer from the view.
type Log struct {
	View
	opts   Options
	topics topics
	epoch  string
	base   uint64 // entries' sequences begin behind it
	intake *intake

	writers []sarama.Client // of transactions; a connection carries one request at a time
	admin   sarama.SyncProducer
	end     context.CancelFunc
	done    chan struct{}
	failed  error // why reading ended, once done is closed

	mu      sync.Mutex
	streams map[string]*ownStream
	turn    int
}

var _ interface {
	journal.Log
	journal.Known
	journal.Keys
	journal.Raws
	journal.Runs
} = (*Log)(nil)

// writeClients is how many connections a node writes to each broker over.
const writeClients = 4

// Open connects, makes or checks the topics, and begins to read them into
// the view. It returns before the view is level: see Lag.
func Open(ctx context.Context, o Options, view View) (*Log, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	l := &Log{View: view, opts: o, topics: topics{o.Prefix, o.Partitions}, streams: map[string]*ownStream{}, done: make(chan struct{})}
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	reading, err := sarama.NewClient(o.Brokers, config)
	if err != nil {
		return nil, o.broken(err, "")
	}
	if err := l.open(ctx, reading, config); err != nil {
		return nil, errors.Join(err, l.closeWriters(), reading.Close())
	}
	return l, nil
}

func (l *Log) open(ctx context.Context, reading sarama.Client, config *sarama.Config) error {
	admin, err := sarama.NewClusterAdminFromClient(reading)
	if err != nil {
		return l.opts.broken(err, "")
	}
	if err := l.opts.checkVersions(reading); err != nil {
		return err
	}
	if l.epoch, err = ensure(admin, &l.opts); err != nil {
		return err
	}
	for range writeClients {
		c, err := sarama.NewClient(l.opts.Brokers, config)
		if err != nil {
			return l.opts.broken(err, "")
		}
		l.writers = append(l.writers, c)
	}
	if l.admin, err = sarama.NewSyncProducerFromClient(l.writers[0]); err != nil {
		return l.opts.broken(err, "")
	}
	parts, err := l.partitions(ctx, reading)
	if err != nil {
		return err
	}
	l.intake = newIntake(l.View, l, parts)
	pieces := make(chan piece, 16)
	r := &reader{client: reading, opts: &l.opts, parts: parts, out: pieces, trouble: l.intake.note}
	ctx, l.end = context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.run(ctx) })
	group.Go(func() error { return l.intake.run(ctx, pieces) })
	go func() {
		l.failed = l.named(errors.Join(group.Wait(), reading.Close()))
		if l.failed != nil {
			l.intake.note(l.failed)
		}
		close(l.done)
	}()
	return nil
}

// named names the one end of reading that nothing but a person can mend.
func (l *Log) named(err error) error {
	if lost := new(lostData); errors.As(err, &lost) {
		return problem.Halt(&problem.Problem{Code: "GW-Q011", Field: lost.place, Value: fmt.Sprint(lost.read),
			Want: fmt.Sprint(lost.end), Err: err})
	}
	return err
}

// sameLog refuses a view that was read from other topics, even of the same
// names: its offsets mean nothing here.
func (l *Log) sameLog(ctx context.Context, client sarama.Client, origins map[string]int64) error {
	name := "epoch/" + l.epoch // and with it the base
	if base, same := origins[name]; same {
		l.base = uint64(base)
		return nil
	}
	if len(origins) > 0 {
		return &problem.Problem{Code: "GW-Q014", Value: l.opts.Prefix}
	}
	if err := l.readBase(ctx, client); err != nil {
		return err
	}
	return l.View.Mirror(ctx, journal.Mirror{Read: map[string]int64{name: int64(l.base)}})
}

// readBase looks for what a Log that was taken over wrote last. A new Log
// has neither that nor the mark of one being taken over.
func (l *Log) readBase(ctx context.Context, client sarama.Client) error {
	topic, n := l.topics.of(topicCheckpoints), int32(journal.Partition(keyBase, l.topics.parts))
	p := &partition{topic: topic, part: n, name: spot(topic, n), replica: -1}
	end, err := offset(client, topic, n, sarama.OffsetNewest)
	if err == nil {
		p.next, err = offset(client, topic, n, sarama.OffsetOldest)
	}
	if err != nil {
		return l.opts.broken(err, topic)
	}
	pieces := make(chan piece, 1)
	r := &reader{client: client, opts: &l.opts, parts: []*partition{p}, out: pieces}
	taking, whole := false, false
	for p.next < end && !whole {
		if err := patiently(func() error { return r.once(ctx, p) }); err != nil {
			return l.opts.broken(err, topic)
		}
		for len(pieces) > 0 {
			for _, rec := range (<-pieces).messages {
				p.taken(rec.size())
				taking = taking || string(rec.key) == keyTaking
				if string(rec.key) != keyBase {
					continue
				}
				if whole, err = true, readJSON(&rec, &l.base); err != nil {
					return err
				}
			}
		}
	}
	if taking && !whole {
		return &problem.Problem{Code: "GW-Q016", Value: l.opts.Prefix}
	}
	return nil
}

// offset asks where a partition begins or ends. Right after its topic was
// made, not every broker knows it yet.
func offset(client sarama.Client, topic string, part int32, which int64) (at int64, err error) {
	err = patiently(func() error {
		at, err = client.GetOffset(topic, part, which)
		return err
	})
	return at, err
}

// partitions are all of them, each from where the view has read it.
func (l *Log) partitions(ctx context.Context, client sarama.Client) ([]*partition, error) {
	origins, err := l.View.Origins(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.sameLog(ctx, client, origins); err != nil {
		return nil, err
	}
	var parts []*partition
	for _, topic := range l.topics.all() {
		for n := range int32(l.topics.parts) {
			p := &partition{topic: topic, part: n, name: spot(topic, n), replica: -1}
			at, known := origins[p.name]
			if !known {
				if at, err = offset(client, topic, n, sarama.OffsetOldest); err != nil {
					return nil, l.opts.broken(err, topic)
				}
			}
			p.next = at
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// Epoch names this Log; it is the same on every node.
func (l *Log) Epoch(context.Context) (string, error) { return l.epoch, nil }

// Base is what the sequences of entries begin behind: where those of a Log
// that was taken over ended.
func (l *Log) Base() uint64 { return l.base }

// Lag is how far this node's view is behind.
func (l *Log) Lag() Lag { return l.intake.lag() }

// Failed is closed when reading has ended for good; Err then gives why.
func (l *Log) Failed() <-chan struct{} { return l.done }

// Err is why reading ended, after Failed.
func (l *Log) Err() error {
	select {
	case <-l.done:
		return l.failed
	default:
		return nil
	}
}

// WaitLevel waits until the view has what the Log had when this process
// began to read.
func (l *Log) WaitLevel(ctx context.Context) error {
	for l.intake.lag().CatchUp {
		l.intake.mu.Lock()
		changed := l.intake.changed
		l.intake.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond):
		case <-l.done:
			return l.failed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends reading and lets go of all streams.
func (l *Log) Close() error {
	l.end()
	<-l.done
	return l.closeWriters()
}

func (l *Log) closeWriters() error {
	var errs error
	if l.admin != nil {
		errs = l.admin.Close()
	}
	for _, c := range l.writers {
		if err := c.Close(); !errors.Is(err, sarama.ErrClosedClient) {
			errs = errors.Join(errs, err)
		}
	}
	return errs
}

// Commit writes a page as one transaction: Raws, records, verdicts and the
// checkpoint, all or nothing (invariant 2). When it returns, the page was read
// back as committed and is in the view; with an error nothing of it is there,
// or, where that could not be learned, Checkpoint shows it and what is given
// again is unchanged.
func (l *Log) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	st := l.stream(b.Stream)
	if b.Behalf != "" {
		st = l.stream(b.Behalf)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.ready(ctx); err != nil {
		return journal.Receipt{}, err
	}
	if (b.From != nil || b.Next != nil) && string(st.at) != string(b.From) {
		return journal.Receipt{}, journal.ErrCheckpoint
	}
	d, err := l.View.Decide(ctx, b)
	if err != nil {
		return journal.Receipt{}, err
	}
	if d.Empty() && b.Past == nil && (b.Next == nil || string(b.Next) == string(b.From)) {
		return d.Receipt, nil
	}
	return d.Receipt, st.write(ctx, &b, &d)
}

// Checkpoint is how far a stream got, whoever read it last: this node takes
// the stream over first, so that nobody else can move it afterwards.
func (l *Log) Checkpoint(ctx context.Context, stream string) (canonical.Checkpoint, error) {
	st := l.stream(stream)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.ready(ctx); err != nil {
		return nil, err
	}
	return bytes.Clone(st.at), nil
}

// Past answers once the view has all that this node wrote.
func (l *Log) Past(ctx context.Context, stream string) (json.RawMessage, error) {
	st := l.stream(stream)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.level(ctx); err != nil {
		return nil, err
	}
	return l.View.Past(ctx, stream)
}

// LiveKeys answers once the view has all that this node wrote.
func (l *Log) LiveKeys(ctx context.Context, stream string, scope Scope) ([]string, error) {
	st := l.stream(stream)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.level(ctx); err != nil {
		return nil, err
	}
	return l.View.LiveKeys(ctx, stream, scope)
}

// HeldKeys answers once the view has all that this node wrote.
func (l *Log) HeldKeys(ctx context.Context, stream string, scope Scope) ([]string, error) {
	st := l.stream(stream)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.level(ctx); err != nil {
		return nil, err
	}
	return l.View.HeldKeys(ctx, stream, scope)
}

// Release lets go of a stream: another node may take it over.
func (l *Log) Release(stream string) error {
	l.mu.Lock()
	st := l.streams[stream]
	delete(l.streams, stream)
	l.mu.Unlock()
	if st == nil {
		return nil
	}
	st.mu.Lock() // a page at hand ends first
	defer st.mu.Unlock()
	st.writer = nil
	return nil
}

func (l *Log) stream(name string) *ownStream {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.streams[name]
	if st == nil {
		st = &ownStream{l: l, name: name, client: l.writers[l.turn%len(l.writers)]}
		l.turn++
		l.streams[name] = st
	}
	return st
}
