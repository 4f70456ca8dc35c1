package kafka

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

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
	b := &sarama.RecordBatch{Version: 2, Codec: config.Producer.Compression, CompressionLevel: config.Producer.CompressionLevel,
		FirstTimestamp: now, MaxTimestamp: now, PartitionLeaderEpoch: -1,
		ProducerID: w.id, ProducerEpoch: w.epoch, FirstSequence: w.next[p], IsTransactional: true}
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

// leaders finds who leads the partitions of the lots that are still to go.
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
	req := &sarama.ProduceRequest{Version: produceVersion,
		TransactionalID: &w.name, RequiredAcks: sarama.WaitForAll, Timeout: int32(config.Producer.Timeout.Milliseconds())}
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
