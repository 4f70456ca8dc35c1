package kafka

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// Scope is what a complete listing was complete in.
type Scope = adapters.Scope

// ownStream is one stream as this node writes it. Its transactions bear its name, so
// that the brokers fence whoever wrote it before (invariant 2): after a node
// took a stream over, nothing of the old one's can be committed any more.
type ownStream struct {
	l      *Log
	name   string
	client sarama.Client

	mu     sync.Mutex
	writer *writer              // nil: not taken over
	at     canonical.Checkpoint // as this node left it
	wrote  map[string]int64     // newest offset of each topic/partition, since the stream was taken over
	unread map[string]int64     // of those, what the view has not been seen to have
	run    int64                // number of the newest run

	pending sync.RWMutex
	keys    map[string]struct{} // of the page on its way into the view: what is decided of them waits for it
}

// ready makes sure that the stream is this node's.
func (st *ownStream) ready(ctx context.Context) error {
	if err := st.l.intake.down(); err != nil {
		return err
	}
	if st.writer != nil {
		return nil
	}
	return st.claim(ctx)
}

// level makes sure that the stream is this node's and that the view has all
// that was written of it.
func (st *ownStream) level(ctx context.Context) error {
	if err := st.ready(ctx); err != nil {
		return err
	}
	return st.settle(ctx)
}

// markAfter is how long what was committed may stay unread before its marks
// are written again.
const markAfter = 5 * time.Second

// settle waits until what this node wrote of the stream was read back as
// committed. Until then no other transaction of it begins, and no source is
// answered that its records are safe: brokers have been seen to commit a
// transaction and forget to mark it in some partition (KAFKA-20734), where it
// would end as the next one does.
func (st *ownStream) settle(ctx context.Context) error {
	if len(st.unread) == 0 {
		return nil
	}
	m := st.l.intake
	soon, cancel := context.WithTimeout(ctx, markAfter)
	err := m.wait(soon, st.unread)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		if err = st.writer.mark(st.l.topics.everywhere(), true); err == nil {
			err = m.wait(ctx, st.unread)
		}
	}
	if err != nil {
		st.writer = nil // what became of it is read back by the next claim
		return st.l.opts.broken(err, st.name)
	}
	st.unread = nil
	st.carry(nil)
	return nil
}

// carry names the keys on their way into the view.
func (st *ownStream) carry(keys map[string]struct{}) {
	st.pending.Lock()
	defer st.pending.Unlock()
	st.keys = keys
}

// claim takes the stream over: the brokers end what its last writer had
// begun and refuse it from then on. The claim is written behind the stream's
// last checkpoint, so that a view that has read it has all up to that one.
func (st *ownStream) claim(ctx context.Context) error {
	if err := st.l.WaitLevel(ctx); err != nil {
		return err
	}
	writer, err := st.l.takeOver(st.client, st.l.opts.Prefix+"."+st.name)
	if err != nil {
		return st.l.opts.broken(err, st.name)
	}
	st.writer, st.wrote, st.unread = writer, nil, nil
	st.carry(nil)
	part := st.part()
	msg, err := jsonMessage(st.l.topics.of(topicCheckpoints), part, keyClaim+st.name, reached{At: st.l.opts.Now(), Node: st.l.opts.Node})
	if err != nil {
		return err
	}
	if err := st.transact(ctx, nil, func() error { return st.send(msg) }); err != nil {
		return err
	}
	if err := st.recall(ctx); err != nil {
		st.writer = nil
		return err
	}
	return nil
}

// recall learns from the view how far the stream is, once it has the claim.
func (st *ownStream) recall(ctx context.Context) error {
	if err := st.settle(ctx); err != nil {
		return err
	}
	at, err := st.l.View.Checkpoint(ctx, st.name)
	if err != nil {
		return err
	}
	last, err := st.l.View.LastRuns(ctx, st.name, 1)
	if err != nil {
		return err
	}
	st.at, st.run = at, 0
	if len(last) > 0 {
		st.run = last[0].ID
	}
	return nil
}

// part is where the stream's own state stands.
func (st *ownStream) part() int { return journal.Partition(st.name, st.l.topics.parts) }

// send writes messages within the transaction and remembers where they are.
func (st *ownStream) send(msgs ...*sarama.ProducerMessage) error {
	if len(msgs) == 0 {
		return nil
	}
	if err := st.writer.send(msgs); err != nil {
		return err
	}
	if st.wrote == nil {
		st.wrote = map[string]int64{}
	}
	if st.unread == nil {
		st.unread = map[string]int64{}
	}
	for _, m := range msgs {
		place := spot(m.Topic, m.Partition)
		st.wrote[place] = max(st.wrote[place], m.Offset)
		st.unread[place] = max(st.unread[place], m.Offset)
	}
	return nil
}

// firstOf is the first of many messages' errors: they fail for one reason.
func firstOf(err error) error {
	var all sarama.ProducerErrors
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Err
	}
	return err
}

// transact runs one transaction. After a failure the stream is taken over
// anew before anything else is written: the brokers then end this one, and
// what became of it is read back rather than guessed.
func (st *ownStream) transact(ctx context.Context, keys map[string]struct{}, write func() error) error {
	if err := st.settle(ctx); err != nil {
		return err
	}
	st.carry(keys)
	err := write()
	if err == nil {
		err = st.writer.end(true)
	}
	if err != nil {
		if !away(err) {
			st.writer.undo()
		}
		st.writer = nil
		return st.l.opts.broken(err, st.name)
	}
	return nil
}

// write writes what a batch came to. Raws go first, because entries name
// their places; the checkpoint goes last, because it names everything's.
func (st *ownStream) write(ctx context.Context, b *journal.Batch, d *journal.Decision) error {
	err := st.transact(ctx, keysOf(d), func() error {
		if err := st.writer.join(st.touches(b, d)); err != nil {
			return err
		}
		places, err := st.raws(b.Stream, d.Raws)
		if err != nil {
			return err
		}
		seqs, err := st.entries(d, places)
		if err != nil {
			return err
		}
		if err := st.verdicts(d, places, seqs); err != nil {
			return err
		}
		if err := st.remember(b); err != nil {
			return err
		}
		return st.reached(b, b.Ran(d.Receipt))
	})
	if err == nil {
		err = st.settle(ctx)
	}
	if err == nil && b.Next != nil && b.Stream == st.name {
		st.at = bytes.Clone(b.Next)
	}
	return err
}

// remember writes what is remembered of the stream from a page on, if it says so.
func (st *ownStream) remember(b *journal.Batch) error {
	if b.Past == nil {
		return nil
	}
	msg, err := jsonMessage(st.l.topics.of(topicCheckpoints), st.part(), keyPast+b.Stream, b.Past)
	if err != nil {
		return err
	}
	return st.send(msg)
}

// reached writes how far the stream got with a page, and in the same message
// what its run has come to: no partition more, and no message more. The end
// of the run names the offset of it, so that no view takes it in after that. A
// page that moves no checkpoint, of a replay, writes its run among the runs.
func (st *ownStream) reached(b *journal.Batch, run *journal.Run) error {
	if b.Next == nil {
		if run == nil {
			return nil
		}
		return st.sendRun(*run)
	}
	msg, err := jsonMessage(st.l.topics.of(topicCheckpoints), st.part(), keyStream+b.Stream,
		reached{Checkpoint: b.Next, At: b.At, Node: st.l.opts.Node, Wrote: maps.Clone(st.wrote), Run: run})
	if err != nil {
		return err
	}
	return st.send(msg)
}

// touches are the partitions a page writes to, for one request to name them all.
func (st *ownStream) touches(b *journal.Batch, d *journal.Decision) []tp {
	l := st.l
	source, _, _ := cutStream(b.Stream)
	var all []tp
	for i := range d.Raws {
		all = append(all, tp{l.topics.of(topicRaws), l.rawPart(source, &d.Raws[i])})
	}
	for i := range d.Entries {
		all = append(all, tp{l.entryTopic(&d.Entries[i]), int32(d.Entries[i].Part)})
	}
	for i := range d.Verdicts {
		all = append(all, tp{l.topics.of(topicVerdicts), int32(d.Verdicts[i].Part)})
	}
	if b.Next != nil || b.Past != nil {
		all = append(all, tp{l.topics.of(topicCheckpoints), int32(st.part())})
	}
	if b.Next == nil && b.Progress != nil {
		all = append(all, tp{l.topics.of(topicRuns), int32(st.part())})
	}
	return all
}

// keysOf are the keys a page changes something about.
func keysOf(d *journal.Decision) map[string]struct{} {
	keys := make(map[string]struct{}, len(d.Entries)+len(d.Verdicts))
	for i := range d.Entries {
		keys[d.Entries[i].Key] = struct{}{}
	}
	for i := range d.Verdicts {
		keys[d.Verdicts[i].Key] = struct{}{}
	}
	return keys
}

func (st *ownStream) raws(stream string, raws []canonical.Raw) ([]journal.Place, error) {
	source, _, _ := cutStream(stream)
	msgs := make([]*sarama.ProducerMessage, len(raws))
	for i := range raws {
		msgs[i] = st.l.rawMessage(source, stream, &raws[i])
	}
	if err := st.send(msgs...); err != nil {
		return nil, err
	}
	places := make([]journal.Place, len(msgs))
	for i, m := range msgs {
		places[i] = journal.Place{Part: int(m.Partition), Seq: rawSeq(m.Offset)}
	}
	return places, nil
}

func placed(r journal.RawRef, places []journal.Place) journal.Place {
	if r.New > 0 {
		return places[r.New-1]
	}
	return r.Place
}

func (st *ownStream) entries(d *journal.Decision, places []journal.Place) ([]uint64, error) {
	msgs := make([]*sarama.ProducerMessage, len(d.Entries))
	for i := range d.Entries {
		msgs[i] = st.l.entryMessage(&d.Entries[i], placed(d.Entries[i].Raw, places))
	}
	if err := st.send(msgs...); err != nil {
		return nil, err
	}
	seqs := make([]uint64, len(msgs))
	for i, m := range msgs {
		seqs[i] = st.l.seqOf(m.Offset)
	}
	return seqs, nil
}

func (st *ownStream) verdicts(d *journal.Decision, places []journal.Place, seqs []uint64) error {
	msgs := make([]*sarama.ProducerMessage, len(d.Verdicts))
	for i, v := range d.Verdicts {
		if v.Seen.AfterNew > 0 {
			v.Seen.After = seqs[v.Seen.AfterNew-1]
		}
		if v.Held != nil {
			hold := *v.Held
			hold.Raw = journal.RawRef{Place: placed(hold.Raw, places)}
			v.Held = &hold
		}
		var err error
		if msgs[i], err = jsonMessage(st.l.topics.of(topicVerdicts), v.Part, v.Stream+"\x00"+v.Key, v); err != nil {
			return err
		}
	}
	return st.send(msgs...)
}

// Known answers from the view, but not about keys that are on their way into it.
func (l *Log) Known(stream, key string, digest [sha256.Size]byte, mapping string) journal.Outcome {
	l.mu.Lock()
	st := l.streams[stream]
	l.mu.Unlock()
	if st == nil {
		return ""
	}
	st.pending.RLock()
	_, busy := st.keys[key]
	st.pending.RUnlock()
	if busy {
		return ""
	}
	return l.View.Known(stream, key, digest, mapping)
}
