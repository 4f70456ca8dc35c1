package kafka

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// SinkOptions name the topics of a consumer's Kafka that a Sink writes, and how.
type SinkOptions struct {
	Brokers []string
	// Topic is a name in which {feed} and {kind} may stand; default {kind}.
	// Never one that a Log of a gateway lies in.
	Topic string
	// Kinds are those that will be sent: their topics are looked at when the
	// Sink is opened, those of others when their first entry comes.
	Kinds []canonical.Kind
	// Parts is how many partitions the feed has in the Log: events name theirs
	// where there are several.
	Parts        int
	Structured   bool   // CloudEvents in structured mode; default binary
	NoTombstones bool   // do not let a compacted topic forget records that are gone
	Compression  string // none, gzip, snappy, lz4, zstd; default lz4
	TLS          *tls.Config
	SASL         *SASL

	Create      bool // make topics that are missing
	Partitions  int  // of those; default 3
	Replication int  // of those; default 3, or as many as there are brokers

	Types cloudevents.Types
	Log   *slog.Logger
}

// Sink publishes entries to a consumer's Kafka as CloudEvents: at least once
// and in order per key. While it is not opened anew none is there twice,
// unless the brokers never answered what became of it.
//
// The key is the record's id and the partition what Java's client takes for
// it (murmur2), so that a consumer's own Java producers and stream tables
// meet the gateway's records in the same partition.
type Sink struct {
	o      SinkOptions
	opts   Options
	client sarama.Client
	admin  sarama.ClusterAdmin
	outs   map[string]*out
	turn   chan struct{} // who has it uses the above
	closed bool
	last   error            // the newest failure in words, for when the library gives none
	there  map[written]bool // what the brokers took of Sends that are not through
}

// written names one message of an entry; entries are never rewritten.
type written struct {
	feed      canonical.Feed
	part      int
	seq       uint64
	tombstone bool
}

func writtenOf(e *journal.Entry, tombstone bool) written {
	return written{e.Feed, e.Part, e.Seq, tombstone}
}

type message struct {
	written
	*sarama.ProducerMessage
}

// out is one topic. Its producer outlives failures: the brokers know by its
// number and epoch what they have of it, and refuse what comes late.
type out struct {
	topic    string
	producer sarama.SyncProducer
	limit    int  // max.message.bytes
	ready    bool // the topic is there
}

// A batch may not be larger than the topic's limit; so much of it is not messages.
const batchRoom = 1 << 10

// OpenSink connects and looks at the topics. Its error names what must be mended,
// with the command for it.
func OpenSink(ctx context.Context, o SinkOptions) (*Sink, error) {
	if err := o.complete(); err != nil {
		return nil, problem.Halt(err)
	}
	s := &Sink{o: o, outs: map[string]*out{}, there: map[written]bool{}, turn: make(chan struct{}, 1),
		opts: Options{Brokers: o.Brokers, Compression: o.Compression, Partitions: o.Partitions, Replication: o.Replication,
			TLS: o.TLS, SASL: o.SASL, Types: o.Types, Log: o.Log}}
	s.opts.fill()
	config, err := s.config()
	if err != nil {
		return nil, problem.Halt(err)
	}
	err = s.use(ctx, func() error { return s.open(config) })
	if err != nil {
		go func() { _ = s.Close() }() // it may be waiting for a broker yet
		return nil, err
	}
	return s, nil
}

func (o *SinkOptions) complete() error {
	o.Topic = cmp.Or(o.Topic, "{kind}")
	bare := strings.NewReplacer("{feed}", "f", "{kind}", "k").Replace(o.Topic)
	switch {
	case len(o.Brokers) == 0:
		return &problem.Problem{Code: "GW-Q028", Field: "brokers", Want: "host:port, …"}
	case !topicName(bare) || len(o.Topic) > 200:
		return &problem.Problem{Code: "GW-Q028", Field: "topic", Value: problem.Short(o.Topic), Want: "A-Z a-z 0-9 . _ - {feed} {kind}"}
	case o.Parts < 0:
		return &problem.Problem{Code: "GW-Q028", Field: "parts", Want: "> 0"}
	case o.Partitions < 0:
		return &problem.Problem{Code: "GW-Q028", Field: "partitions", Want: "> 0"}
	case o.Replication < 0:
		return &problem.Problem{Code: "GW-Q028", Field: "replication", Want: "> 0"}
	case o.Compression != "" && !isCodec(o.Compression):
		return &problem.Problem{Code: "GW-Q028", Field: "compression", Value: problem.Short(o.Compression), Want: codecs}
	case !o.SASL.known():
		return &problem.Problem{Code: "GW-Q028", Field: "sasl", Want: mechanisms}
	}
	return nil
}

func (s *Sink) config() (*sarama.Config, error) {
	c, err := s.opts.config()
	if err != nil {
		return nil, &problem.Problem{Code: "GW-Q028", Field: "sasl", Want: mechanisms, Err: err}
	}
	// The consumer's brokers advertise themselves where they are.
	c.Net.Proxy.Enable, c.Net.Proxy.Dialer = true, outbound.Dialer{Timeout: c.Net.DialTimeout, KeepAlive: c.Net.KeepAlive}
	c.Producer.Partitioner = sarama.NewMurmur2Partitioner // (murmur2(key) & 0x7fffffff) % partitions, as in Java
	// A leader that moves takes seconds: while the library tries again, the
	// brokers leave out what they have already.
	c.Producer.Retry.Max = 14
	c.Producer.Retry.BackoffFunc = func(retries, _ int) time.Duration {
		return min(25*time.Millisecond<<min(retries, 8), time.Second)
	}
	return c, nil
}

func (s *Sink) open(config *sarama.Config) (err error) {
	if s.client, err = sarama.NewClient(s.o.Brokers, config); err != nil {
		return s.broken(err, "")
	}
	if s.admin, err = sarama.NewClusterAdminFromClient(s.client); err != nil {
		return s.broken(err, "")
	}
	for _, kind := range s.o.Kinds {
		if _, err := s.out(s.topic(kind.Feed(), kind)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sink) topic(feed canonical.Feed, kind canonical.Kind) string {
	if s.o.Topic == "{kind}" {
		return string(kind)
	}
	return strings.NewReplacer("{feed}", string(feed), "{kind}", string(kind)).Replace(s.o.Topic)
}

// errClosed: Close was called.
var errClosed = errors.New("kafka: the sink is closed")

// use does something when nothing else is being done. The client library
// cannot be interrupted: when ctx is over first, what was begun goes on to
// its end, and what comes next waits for it, so that nothing overtakes.
func (s *Sink) use(ctx context.Context, do func() error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.closed {
		<-s.turn
		return errClosed
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-s.turn }()
		done <- do()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Send publishes entries and returns when the brokers that must have them
// do. With an error some may be there; sent again, those known to be there
// are left out, and none is first seen behind a newer one of its record.
func (s *Sink) Send(ctx context.Context, entries []journal.Entry) error {
	return s.use(ctx, func() error {
		s.last = s.send(entries)
		return s.last
	})
}

func (s *Sink) send(entries []journal.Entry) error {
	var order []*out
	pages := map[*out][]*journal.Entry{}
	for i := range entries {
		e := &entries[i]
		o, err := s.out(s.topic(e.Feed, e.Kind))
		if err != nil {
			return err
		}
		if pages[o] == nil {
			order = append(order, o)
		}
		pages[o] = append(pages[o], e)
	}
	for _, o := range order {
		if err := s.publish(o, pages[o]); err != nil {
			return err
		}
	}
	for i := range entries {
		delete(s.there, writtenOf(&entries[i], false))
		delete(s.there, writtenOf(&entries[i], true))
	}
	return nil
}

// publish sends a page to a topic in rounds in which each key stands once:
// of messages that are under way together the library may fail one and
// deliver a later one. A round's tombstones follow it.
func (s *Sink) publish(o *out, entries []*journal.Entry) error {
	events := make([]message, len(entries))
	for i, e := range entries {
		events[i] = message{writtenOf(e, false), s.event(o.topic, e)}
		if err := s.fits(o, e, events[i].ProducerMessage); err != nil {
			return err
		}
	}
	in := make(map[string]bool, len(entries))
	from := 0
	for i, e := range entries {
		if in[e.ID] {
			if err := s.round(o, entries[from:i], events[from:i]); err != nil {
				return err
			}
			clear(in)
			from = i
		}
		in[e.ID] = true
	}
	return s.round(o, entries[from:], events[from:])
}

func (s *Sink) round(o *out, entries []*journal.Entry, events []message) error {
	if err := s.deliver(o, events); err != nil || s.o.NoTombstones {
		return err
	}
	var tombstones []message
	for _, e := range entries {
		if e.Op == journal.OpGone {
			tombstones = append(tombstones, message{writtenOf(e, true), tombstone(o.topic, e)})
		}
	}
	return s.deliver(o, tombstones)
}

// deliver sends messages of different keys, but for those that are there.
func (s *Sink) deliver(o *out, messages []message) error {
	send := make([]*sarama.ProducerMessage, 0, len(messages))
	for i := range messages {
		if !s.there[messages[i].written] {
			messages[i].Metadata = &messages[i].written
			send = append(send, messages[i].ProducerMessage)
		}
	}
	if len(send) == 0 {
		return nil
	}
	err := o.producer.SendMessages(send)
	for _, m := range send {
		s.there[*m.Metadata.(*written)] = true
	}
	if err == nil {
		return nil
	}
	var failed sarama.ProducerErrors
	if errors.As(err, &failed) {
		for _, f := range failed {
			delete(s.there, *f.Msg.Metadata.(*written))
		}
	}
	return s.trouble(o, firstOf(err))
}

// trouble takes in that a topic's messages failed.
func (s *Sink) trouble(o *out, err error) error {
	if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		o.ready = false // looked for again, or made again: then nothing is there
		clear(s.there)
	}
	if fenced(err) { // its number means nothing to the brokers any more
		delete(s.outs, o.topic)
		err = errors.Join(err, o.producer.Close())
	}
	return s.broken(err, o.topic)
}

// Close waits for what is being sent, and lets go.
func (s *Sink) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs error
	for _, o := range s.outs {
		errs = errors.Join(errs, o.producer.Close())
	}
	if s.client != nil {
		errs = errors.Join(errs, s.client.Close())
	}
	return errs
}

var _ journal.Sink = (*Sink)(nil)
