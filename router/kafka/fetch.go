package kafka

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"golang.org/x/sync/errgroup"
)

// The library's consumer does not give how far it has read past aborted
// pages and the marks of transactions, so that nobody could know when a view
// is level. This reader asks for all partitions of a broker in one request
// and knows its place exactly.

const (
	fetchBytes = 8 << 20  // a request
	partBytes  = 1 << 20  // a partition of it; a larger message still comes
	queueBytes = 16 << 20 // read ahead and not yet taken in, of one partition
)

// fetched is one message as it was read.
type fetched struct {
	topic   string
	part    int32
	offset  int64
	key     []byte
	value   []byte
	headers []*sarama.RecordHeader
}

func (r *fetched) header(name string) string {
	for _, h := range slices.Backward(r.headers) { // ours is the last
		if string(h.Key) == name {
			return string(h.Value)
		}
	}
	return ""
}

func (r *fetched) size() int { return len(r.key) + len(r.value) + 256 }

// piece is what was read of a partition: its committed messages, and how far
// that was.
type piece struct {
	place    string // topic/partition
	messages []fetched
	from     int64 // the offset asked from: where the piece before went on to
	next     int64 // the offset to go on from
	end      int64 // the end of what is committed, as the broker knew it
}

// partition is one partition as it is being read.
type partition struct {
	topic string
	part  int32
	name  string

	mu      sync.Mutex
	next    int64 // to ask for
	waiting int   // bytes read ahead
	replica int32 // preferred by the leader; -1 for the leader itself

	answered bool // since this process began; the reader's own
}

// room reports whether more of it may be read, and from where.
func (p *partition) room() (next int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next, p.waiting < queueBytes
}

func (p *partition) taken(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting -= bytes
}

// reader reads all partitions of a Log.
type reader struct {
	client sarama.Client
	opts   *Options
	parts  []*partition
	out    chan<- piece
	// trouble, if set, is called with why reading stopped for a while, and with nil when it goes on.
	trouble func(error)
}

var errMoved = errors.New("a partition has another leader now")

// run reads until ctx is over. What fails is tried again with fresh metadata.
func (r *reader) run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := r.round(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if lost := new(lostData); errors.As(err, &lost) {
			return err
		}
		if !errors.Is(err, errMoved) {
			r.note(r.opts.broken(err, ""))
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
		_ = r.client.RefreshMetadata() // its failure shows in the next round
	}
	return nil
}

func (r *reader) note(err error) {
	if r.trouble != nil {
		r.trouble(err)
	}
}

// round reads with the leaders as they are now, until one of them fails.
func (r *reader) round(ctx context.Context) error {
	brokers := map[int32]*sarama.Broker{}
	of := map[int32][]*partition{}
	for _, p := range r.parts {
		b, err := r.brokerOf(p)
		if err != nil {
			return err
		}
		brokers[b.ID()] = b
		of[b.ID()] = append(of[b.ID()], p)
	}
	group, still := errgroup.WithContext(ctx)
	for id, b := range brokers {
		group.Go(func() error {
			for still.Err() == nil {
				// What was read is delivered even when another broker has failed
				// meanwhile: only the end of reading may leave it undelivered.
				if err := r.fetch(ctx, b, of[id]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// once asks the leader of a partition once.
func (r *reader) once(ctx context.Context, p *partition) error {
	b, err := r.brokerOf(p)
	if err == nil {
		err = r.fetch(ctx, b, []*partition{p})
	}
	if errors.Is(err, errMoved) {
		err = r.client.RefreshMetadata(p.topic)
	}
	return errors.Join(err, ctx.Err())
}

func (r *reader) brokerOf(p *partition) (*sarama.Broker, error) {
	p.mu.Lock()
	replica := p.replica
	p.mu.Unlock()
	if replica >= 0 {
		if b, err := r.client.Broker(replica); err == nil {
			if ok, _ := b.Connected(); ok || b.Open(r.client.Config()) == nil || errors.Is(b.Open(r.client.Config()), sarama.ErrAlreadyConnected) {
				return b, nil
			}
		}
	}
	return r.client.Leader(p.topic, p.part)
}

// fetch asks a broker once for all partitions there is room for.
func (r *reader) fetch(ctx context.Context, b *sarama.Broker, parts []*partition) error {
	req := &sarama.FetchRequest{Version: fetchVersion, MaxWaitTime: int32(r.opts.wait.Milliseconds()), MinBytes: 1, MaxBytes: fetchBytes,
		Isolation: sarama.ReadCommitted, SessionEpoch: -1, RackID: r.opts.Rack}
	asked := 0
	for _, p := range parts {
		if !p.answered {
			req.MaxWaitTime = 0 // where the Log ends is not known yet: no time for something to come
		}
		if next, ok := p.room(); ok {
			req.AddBlock(p.topic, p.part, next, partBytes, -1)
			asked++
		}
	}
	if asked == 0 {
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond): // the view is behind: nothing to ask for
		}
		return nil
	}
	resp, err := b.Fetch(req)
	if err != nil {
		_ = b.Close() // the next use opens it again
		return err
	}
	r.note(nil)
	for _, p := range parts {
		block := resp.GetBlock(p.topic, p.part)
		if block == nil {
			continue
		}
		if err := r.block(ctx, p, block); err != nil {
			return err
		}
	}
	return nil
}

// lostData: the Log ends before what was read of it.
type lostData struct {
	place     string
	read, end int64
}

func (e *lostData) Error() string {
	return fmt.Sprintf("%s was read up to %d and ends at %d", e.place, e.read, e.end)
}

func (r *reader) block(ctx context.Context, p *partition, block *sarama.FetchResponseBlock) error {
	switch {
	case block.Err == sarama.ErrNoError:
	case block.Err == sarama.ErrOffsetOutOfRange:
		got, err := r.outside(p)
		if err != nil {
			return err
		}
		r.deliver(ctx, got)
		return nil
	case block.Err == sarama.ErrNotLeaderForPartition, block.Err == sarama.ErrFencedLeaderEpoch, block.Err == sarama.ErrUnknownLeaderEpoch,
		block.Err == sarama.ErrReplicaNotAvailable, block.Err == sarama.ErrLeaderNotAvailable:
		p.mu.Lock()
		p.replica = -1
		p.mu.Unlock()
		return errMoved
	default:
		return block.Err
	}
	if block.PreferredReadReplica >= 0 {
		p.mu.Lock()
		moved := p.replica != block.PreferredReadReplica
		p.replica = block.PreferredReadReplica
		p.mu.Unlock()
		if moved {
			return errMoved
		}
	}
	p.answered = true
	r.deliver(ctx, p.take(block))
	return nil
}

// deliver hands on what was read, unless reading is over for good.
func (r *reader) deliver(ctx context.Context, got piece) {
	select {
	case r.out <- got:
	case <-ctx.Done():
	}
}

// outside is a place that the partition does not have: what was there was
// thinned out, or, behind its end, the cluster lost it.
func (r *reader) outside(p *partition) (piece, error) {
	oldest, err := r.client.GetOffset(p.topic, p.part, sarama.OffsetOldest)
	if err != nil {
		return piece{}, err
	}
	end, err := r.client.GetOffset(p.topic, p.part, sarama.OffsetNewest)
	if err != nil {
		return piece{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next > end {
		return piece{}, &lostData{p.name, p.next, end}
	}
	got := piece{place: p.name, from: p.next, next: max(p.next, oldest), end: end}
	p.next = got.next
	return got, nil
}

// take gives the committed messages of an answer and moves on behind it.
func (p *partition) take(block *sarama.FetchResponseBlock) piece {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := piece{place: p.name, from: p.next, end: block.LastStableOffset}
	aborted, running := block.AbortedTransactions, map[int64]bool{}
	slices.SortFunc(aborted, func(a, b *sarama.AbortedTransaction) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	for _, set := range block.RecordsSet {
		b := set.RecordBatch
		if b == nil || b.PartialTrailingRecord && len(b.Records) == 0 {
			continue
		}
		last := b.FirstOffset + int64(b.LastOffsetDelta)
		for len(aborted) > 0 && aborted[0].FirstOffset <= last {
			running[aborted[0].ProducerID] = true
			aborted = aborted[1:]
		}
		switch {
		case b.Control:
			if isAbort(b) {
				delete(running, b.ProducerID)
			}
		case b.IsTransactional && running[b.ProducerID]:
		default:
			got.messages = p.messages(got.messages, b)
		}
		p.next = max(p.next, last+1)
	}
	got.next = p.next
	return got
}

func (p *partition) messages(into []fetched, b *sarama.RecordBatch) []fetched {
	for _, rec := range b.Records {
		offset := b.FirstOffset + rec.OffsetDelta
		if offset < p.next {
			continue // a batch is given whole
		}
		one := fetched{topic: p.topic, part: p.part, offset: offset, key: rec.Key, value: rec.Value, headers: rec.Headers}
		p.waiting += one.size()
		into = append(into, one)
	}
	return into
}

// isAbort reads the mark at the end of a transaction: version and type.
func isAbort(b *sarama.RecordBatch) bool {
	return len(b.Records) > 0 && len(b.Records[0].Key) >= 4 && binary.BigEndian.Uint16(b.Records[0].Key[2:]) == 0
}
