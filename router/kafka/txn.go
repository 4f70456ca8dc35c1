package kafka

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// The library's producer hands every message through four goroutines, sends
// what has gathered whenever a request returns, and names a transaction's
// partitions one by one as it comes upon them: three times the requests, for
// pages that are known as a whole. This writer gives each broker one request
// for all it gets.

const (
	batchBytes = 1 << 20          // of one partition in one request, before compression; a larger message goes alone
	patience   = 15 * time.Second // for what passes by itself: elections, restarts
)

// tp is a partition of a topic.
type tp struct {
	topic string
	part  int32
}

// writer writes transactions under a name, of which there is one writer: the
// brokers refuse every earlier one. After an error it is of no more use; what
// it had begun is ended by its successor.
type writer struct {
	client  sarama.Client
	name    string
	timeout time.Duration // the transaction's, with the broker

	id    int64 // as the brokers know this writer
	epoch int16
	next  map[tp]int32 // sequence number: a request sent twice counts once
	in    map[tp]bool  // in the transaction at hand
}

// newWriter takes a name over: what its last writer had begun is undone.
func newWriter(client sarama.Client, name string, timeout time.Duration) (*writer, error) {
	w := &writer{client: client, name: name, timeout: timeout, next: map[tp]int32{}, in: map[tp]bool{}}
	err := w.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.InitProducerID(&sarama.InitProducerIDRequest{Version: 4, TransactionalID: &w.name, TransactionTimeout: timeout, ProducerID: -1, ProducerEpoch: -1})
		if err != nil {
			return 0, err
		}
		w.id, w.epoch = resp.ProducerID, resp.ProducerEpoch
		return resp.Err, nil
	})
	return w, err
}

// ask asks the coordinator of the transactions until it answers for good.
func (w *writer) ask(request func(*sarama.Broker) (sarama.KError, error)) error {
	return patiently(func() error {
		b, err := w.client.TransactionCoordinator(w.name)
		if err != nil {
			return err
		}
		refused, err := request(b)
		if err != nil {
			_ = b.Close()
			_ = w.client.RefreshTransactionCoordinator(w.name)
			return err
		}
		switch refused {
		case sarama.ErrNoError:
			return nil
		case sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrNotCoordinatorForConsumer:
			_ = w.client.RefreshTransactionCoordinator(w.name)
		}
		return refused
	})
}

// patiently tries what fails for a while. A coordinator refuses a transaction
// while it writes the marks of the one before, which takes milliseconds; one
// that moves takes seconds.
func patiently(try func() error) error {
	began := time.Now()
	for n := 0; ; n++ {
		err := try()
		if err == nil || !passes(err) || time.Since(began) > patience {
			return err
		}
		time.Sleep(min(time.Millisecond<<min(n, 8), 100*time.Millisecond))
	}
}

// passes reports whether a failure can pass by itself.
func passes(err error) bool {
	var refused sarama.KError
	if !errors.As(err, &refused) {
		return network(err)
	}
	switch refused {
	case sarama.ErrConcurrentTransactions, sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrNotCoordinatorForConsumer, sarama.ErrOffsetsLoadInProgress,
		sarama.ErrLeaderNotAvailable, sarama.ErrNotLeaderForPartition, sarama.ErrFencedLeaderEpoch, sarama.ErrUnknownLeaderEpoch, sarama.ErrUnknownTopicOrPartition,
		sarama.ErrNotEnoughReplicas, sarama.ErrNotEnoughReplicasAfterAppend, sarama.ErrRequestTimedOut, sarama.ErrNetworkException,
		sarama.ErrReplicaNotAvailable, sarama.ErrKafkaStorageError, sarama.ErrThrottlingQuotaExceeded:
		return true
	}
	return false
}

// undo gives the transaction up, so that readers need not wait for its time
// to run out. If that fails the next claim does it.
func (w *writer) undo() {
	b, err := w.client.TransactionCoordinator(w.name)
	if err == nil && len(w.in) > 0 {
		_, _ = b.EndTxn(&sarama.EndTxnRequest{Version: 2, TransactionalID: w.name, ProducerID: w.id, ProducerEpoch: w.epoch})
	}
}

// join takes partitions into the transaction: before anything is written to them.
func (w *writer) join(all []tp) error {
	req := &sarama.AddPartitionsToTxnRequest{Version: 2, TransactionalID: w.name, ProducerID: w.id, ProducerEpoch: w.epoch, TopicPartitions: map[string][]int32{}}
	fresh := map[tp]bool{}
	for _, p := range all {
		if !w.in[p] && !fresh[p] {
			fresh[p] = true
			req.TopicPartitions[p.topic] = append(req.TopicPartitions[p.topic], p.part)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	err := w.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.AddPartitionsToTxn(req)
		if err != nil {
			return 0, err
		}
		return worst(resp.Errors), nil
	})
	for p := range fresh {
		w.in[p] = true
	}
	return err
}

// worst is why partitions were refused: one is refused for its own sake, and
// the others then say only that nothing was done.
func worst(errs map[string][]*sarama.PartitionError) sarama.KError {
	found := sarama.ErrNoError
	for _, of := range errs {
		for _, e := range of {
			if e.Err != sarama.ErrNoError && (found == sarama.ErrNoError || found == sarama.ErrOperationNotAttempted) {
				found = e.Err
			}
		}
	}
	return found
}

// end commits the transaction.
func (w *writer) end() error {
	if len(w.in) == 0 {
		return nil
	}
	err := w.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.EndTxn(&sarama.EndTxnRequest{Version: 2, TransactionalID: w.name, ProducerID: w.id, ProducerEpoch: w.epoch, TransactionResult: true})
		if err != nil {
			return 0, err
		}
		return resp.Err, nil
	})
	if err == nil {
		clear(w.in)
	}
	return err
}

// send writes messages and gives each its offset.
func (w *writer) send(msgs []*sarama.ProducerMessage) error {
	queues, order := map[tp][]*sarama.ProducerMessage{}, []tp(nil)
	for _, m := range msgs {
		p := tp{m.Topic, m.Partition}
		if queues[p] == nil {
			order = append(order, p)
		}
		queues[p] = append(queues[p], m)
	}
	if err := w.join(order); err != nil {
		return err
	}
	for len(queues) > 0 {
		var lots []*lot
		for _, p := range order {
			if rest := queues[p]; len(rest) > 0 {
				l, err := w.lot(p, rest)
				if err != nil {
					return err
				}
				lots = append(lots, l)
				if queues[p] = rest[len(l.msgs):]; len(queues[p]) == 0 {
					delete(queues, p)
				}
			}
		}
		if err := w.produce(lots); err != nil {
			return err
		}
	}
	return nil
}

// lot is what one partition gets in one request.
type lot struct {
	tp
	msgs  []*sarama.ProducerMessage
	batch *sarama.RecordBatch
	done  bool
}

// lot takes as many messages as go into one request.
func (w *writer) lot(p tp, msgs []*sarama.ProducerMessage) (*lot, error) {
	config, now := w.client.Config(), time.Now().Truncate(time.Millisecond)
	b := &sarama.RecordBatch{Version: 2, Codec: config.Producer.Compression, CompressionLevel: config.Producer.CompressionLevel, FirstTimestamp: now, MaxTimestamp: now,
		PartitionLeaderEpoch: -1, ProducerID: w.id, ProducerEpoch: w.epoch, FirstSequence: w.next[p], IsTransactional: true}
	size, records := 0, make([]sarama.Record, len(msgs))
	for i, m := range msgs {
		r := &records[i]
		if err := fill(r, m); err != nil {
			return nil, err
		}
		mine := sizeOf(r)
		if mine > MaxMessage {
			return nil, fmt.Errorf("%d bytes: %w", mine, sarama.ErrMessageSizeTooLarge)
		}
		if size += mine; i > 0 && size > batchBytes {
			break
		}
		r.OffsetDelta = int64(i)
		b.Records = append(b.Records, r)
	}
	b.LastOffsetDelta = int32(len(b.Records) - 1)
	w.next[p] = after(w.next[p], len(b.Records))
	return &lot{tp: p, msgs: msgs[:len(b.Records)], batch: b}, nil
}

// after is a sequence number so much later; they go round.
func after(seq int32, n int) int32 {
	return int32((int64(seq) + int64(n)) & math.MaxInt32)
}

func fill(r *sarama.Record, m *sarama.ProducerMessage) (err error) {
	if m.Key != nil {
		if r.Key, err = m.Key.Encode(); err != nil {
			return err
		}
	}
	if m.Value != nil {
		if r.Value, err = m.Value.Encode(); err != nil {
			return err
		}
	}
	r.Headers = make([]*sarama.RecordHeader, len(m.Headers))
	for i := range m.Headers {
		r.Headers[i] = &m.Headers[i]
	}
	return nil
}

// sizeOf is what a record takes, about.
func sizeOf(r *sarama.Record) int {
	n := len(r.Key) + len(r.Value) + 32
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 4
	}
	return n
}

// produce brings lots to their leaders. What a leader took whose answer was
// lost it knows by its sequence numbers when it comes again.
func (w *writer) produce(lots []*lot) error {
	return patiently(func() error {
		of, err := w.leaders(lots)
		if err != nil {
			return err
		}
		var group sync.WaitGroup
		errs := make(chan error, len(of))
		for b, some := range of {
			group.Go(func() { errs <- w.request(b, some) })
		}
		group.Wait()
		close(errs)
		for e := range errs {
			if err == nil || e != nil && !passes(e) {
				err = e
			}
		}
		return err
	})
}

// leaders tells who leads the partitions of the lots that are still to go.
func (w *writer) leaders(lots []*lot) (map[*sarama.Broker][]*lot, error) {
	of := map[*sarama.Broker][]*lot{}
	for _, l := range lots {
		if l.done {
			continue
		}
		b, err := w.client.Leader(l.topic, l.part)
		if err != nil {
			return nil, err
		}
		of[b] = append(of[b], l)
	}
	return of, nil
}

func (w *writer) request(b *sarama.Broker, lots []*lot) error {
	config := w.client.Config()
	req := &sarama.ProduceRequest{TransactionalID: &w.name, RequiredAcks: sarama.WaitForAll, Timeout: int32(config.Producer.Timeout.Milliseconds()), Version: 7}
	for _, l := range lots {
		req.AddBatch(l.topic, l.part, l.batch)
	}
	resp, err := b.Produce(req)
	if err != nil {
		_ = b.Close() // the next use opens it again
		_ = w.client.RefreshMetadata(topicsOf(lots)...)
		return err
	}
	for _, l := range lots {
		block := resp.GetBlock(l.topic, l.part)
		switch {
		case block == nil:
			err = errors.Join(err, sarama.ErrIncompleteResponse)
		case block.Err != sarama.ErrNoError:
			err = errors.Join(err, block.Err)
		default:
			l.done = true
			for i, m := range l.msgs {
				m.Offset = block.Offset + int64(i)
			}
		}
	}
	if err != nil {
		_ = w.client.RefreshMetadata(topicsOf(lots)...)
	}
	return err
}

func topicsOf(lots []*lot) []string {
	seen, names := map[string]bool{}, []string(nil)
	for _, l := range lots {
		if !seen[l.topic] {
			seen[l.topic] = true
			names = append(names, l.topic)
		}
	}
	return names
}
