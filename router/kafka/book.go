package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// Book is the side book that all nodes share: a topic of one partition, whose
// order is the order of the changes, and on each node a copy that is read.
//
//	             takeOver, claim written,
//	unclaimed    everything before it read          change committed, read back
//	─────────▶ claiming ─────────────────▶ level ───────────────────────────────▶ level
//	    ▲                                    │
//	    └────────────────────────────────────┘
//	      refused (another node has taken the book over), failed, or not read
//	      back: what became of it is read behind the next claim
//
// A change is made of a copy that has everything, because nobody can have
// written since: whoever takes the book over fences the writer before, in the
// brokers, and then reads up to its own claim. So a chain cannot fork: of two
// nodes that append at once, one is refused, reads the other's row, and makes
// its own anew.
type Book struct {
	book.Local
	opts    Options
	topic   string
	client  sarama.Client // writes
	reading sarama.Client
	end     context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex // of writing
	writer *writer    // nil: not this node's

	expected expectation

	at struct {
		sync.Mutex
		next    int64
		changed chan struct{}
		failed  error
	}
}

var _ book.Book = (*Book)(nil)

const (
	topicBook  = "book"
	keyItem    = "item/" // item/<section>/<key>
	keyRow     = "row/"  // row/<part>/<seq>
	bookWithin = 20 * time.Second
	bookTries  = 30 // nodes that write at once refuse each other in turn
	bookRest   = 30 * time.Millisecond
)

// OpenBook opens the topic, makes it where it is not there, and begins to read
// it into the node's copy. It returns before the copy is level.
func OpenBook(ctx context.Context, o Options, local book.Local) (*Book, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	b := &Book{Local: local, opts: o, topic: topics{prefix: o.Prefix}.of(topicBook), done: make(chan struct{})}
	b.at.changed = make(chan struct{})
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	for _, c := range []*sarama.Client{&b.client, &b.reading} {
		if *c, err = sarama.NewClient(o.Brokers, config); err != nil {
			return nil, errors.Join(o.broken(err, b.topic), b.closeClients())
		}
	}
	if err := b.open(ctx); err != nil {
		return nil, errors.Join(err, b.closeClients())
	}
	return b, nil
}

func (b *Book) open(ctx context.Context) error {
	id, err := b.ensure()
	if err != nil {
		return err
	}
	has := b.Local.Origin()
	if has.Of != "" && has.Of != id {
		return &problem.Problem{Code: "GW-Q014", Value: b.topic}
	}
	if has.Of == "" {
		if has.Next, err = offset(b.reading, b.topic, 0, sarama.OffsetOldest); err != nil {
			return b.opts.broken(err, b.topic)
		}
	}
	end, err := offset(b.reading, b.topic, 0, sarama.OffsetNewest)
	if err != nil {
		return b.opts.broken(err, b.topic)
	}
	if has.Next > end { // Kafka lost what this node has, or somebody cut it off
		return &problem.Problem{Code: "GW-R054", Value: b.topic, Want: strconv.FormatInt(end, 10), Near: strconv.FormatInt(has.Next, 10)}
	}
	b.at.next, b.expected.end = has.Next, end
	p := &partition{topic: b.topic, name: spot(b.topic, 0), next: has.Next, replica: -1}
	pieces := make(chan piece, 16)
	r := &reader{client: b.reading, opts: &b.opts, parts: []*partition{p}, out: pieces}
	ctx, b.end = context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan error, 1)
	go func() { stopped <- r.run(ctx) }()
	go func() {
		defer close(b.done)
		err := b.follow(ctx, id, p, pieces, stopped)
		b.end()
		b.moved(-1, err)
	}()
	return nil
}

// ensure makes the topic, and gives what it is known by: made anew it is another.
func (b *Book) ensure() (id string, err error) {
	admin, err := sarama.NewClusterAdminFromClient(b.client)
	if err != nil {
		return "", b.opts.broken(err, b.topic)
	}
	replication, err := b.opts.replication(admin)
	if err != nil {
		return "", err
	}
	has, err := admin.ListTopics()
	if err != nil {
		return "", b.opts.broken(err, b.topic)
	}
	if _, there := has[b.topic]; !there {
		one := b.opts
		one.Partitions = 1
		if err := one.create(admin, b.topic, topicCheckpoints, replication); err != nil { // kept as those are
			return "", err
		}
	}
	for tries := 0; ; tries++ {
		found, err := admin.DescribeTopics([]string{b.topic})
		if err != nil {
			return "", b.opts.broken(err, b.topic)
		}
		if settled(found) && len(found) == 1 || tries == madeWithin {
			if found[0].Err != sarama.ErrNoError {
				return "", b.opts.broken(found[0].Err, b.topic)
			}
			return fmt.Sprint(found[0].Uuid), nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// follow takes what is read into the copy, until ctx is over.
func (b *Book) follow(ctx context.Context, id string, p *partition, pieces <-chan piece, stopped <-chan error) error {
	for {
		select {
		case got := <-pieces:
			var changes []book.Change
			size := 0
			for i := range got.messages {
				size += got.messages[i].size()
				c, ok, err := readChange(&got.messages[i])
				if err != nil {
					return err
				}
				if ok {
					changes = append(changes, c)
				}
			}
			if len(changes) > 0 {
				if err := b.Local.Take(ctx, changes, book.Origin{Of: id, Next: got.next}); err != nil {
					return err
				}
			}
			p.taken(size)
			b.moved(got.next, nil)
			_ = b.lacks() // who asks for a change is told
		case err := <-stopped:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

// readChange understands a message; a claim is no change.
func readChange(r *fetched) (c book.Change, ok bool, err error) {
	key := string(r.key)
	if r.value == nil {
		section, name, _ := strings.Cut(strings.TrimPrefix(key, keyItem), "/")
		if !strings.HasPrefix(key, keyItem) {
			return c, false, nil // a row that was pruned
		}
		return book.Change{Op: book.OpDelete, Item: &book.Item{Section: section, Key: name}}, true, nil
	}
	if key == keyClaim {
		return c, false, nil
	}
	err = readJSON(r, &c)
	return c, err == nil, err
}

// moved notes how far was read, or why no more is.
func (b *Book) moved(next int64, err error) {
	b.at.Lock()
	defer b.at.Unlock()
	b.at.next = max(b.at.next, next)
	if next < 0 && b.at.failed == nil {
		b.at.failed = errors.Join(err, sarama.ErrClosedClient)
	}
	close(b.at.changed)
	b.at.changed = make(chan struct{})
}

// wait waits until the copy has everything up to an offset.
func (b *Book) wait(ctx context.Context, offset int64) error {
	for {
		b.at.Lock()
		next, failed, changed := b.at.next, b.at.failed, b.at.changed
		b.at.Unlock()
		switch {
		case next > offset:
			return nil
		case failed != nil:
			return failed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("kafka: reading back %s: %w", b.topic, ctx.Err())
		}
	}
}

// Damage is why the book takes no change.
func (b *Book) Damage() error {
	if err := b.Local.Damage(); err != nil {
		return err
	}
	b.at.Lock()
	failed := b.at.failed
	b.at.Unlock()
	if failed != nil {
		return b.opts.broken(failed, b.topic)
	}
	return b.lacks()
}

// Close ends reading.
func (b *Book) Close() error {
	b.end()
	<-b.done
	return b.closeClients()
}

func (b *Book) closeClients() (err error) {
	for _, c := range []sarama.Client{b.client, b.reading} {
		if c == nil {
			continue
		}
		if failed := c.Close(); !errors.Is(failed, sarama.ErrClosedClient) {
			err = errors.Join(err, failed)
		}
	}
	return err
}
