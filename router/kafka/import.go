package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/IBM/sarama"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Old is the Log of one machine that is taken over.
type Old interface {
	Export(ctx context.Context, each func(journal.Exported) error) error
	Floors() (floors, heads map[canonical.Feed]uint64)
	Parts() int
}

// Taken is how much was taken over.
type Taken struct {
	Entries, History, Raws, Verdicts, Streams, Runs int
}

const (
	importBatch  = 500
	bridgeLength = 1 << 20 // entries a bridge leads over
)

// Import writes everything an embedded Log holds into new topics. Nobody
// reads them before it is whole: the base, without which no node opens this
// Log, is written last. oldEpoch is how the old Log's cursors name it.
func Import(ctx context.Context, o Options, from Old, oldEpoch uint64, progress func(Taken)) (Taken, error) {
	if err := o.complete(); err != nil {
		return Taken{}, err
	}
	if from.Parts() != 1 {
		return Taken{}, errors.New("kafka: the Log to take over has several partitions: it is no Log of one machine")
	}
	config, err := o.config()
	if err != nil {
		return Taken{}, err
	}
	client, err := sarama.NewClient(o.Brokers, config)
	if err != nil {
		return Taken{}, o.broken(err, "")
	}
	im := &importer{o: &o, l: &Log{opts: o, topics: topics{o.Prefix, o.Partitions}}, client: client, epoch: oldEpoch,
		raws: map[int64]journal.Place{}, seqs: map[canonical.Feed]map[uint64]journal.Place{}, bridges: map[canonical.Feed]*journal.Bridge{},
		counts: map[canonical.Feed]journal.Position{}, last: map[canonical.Feed]uint64{}, progress: progress}
	err = im.run(ctx, from)
	return im.taken, errors.Join(err, client.Close())
}

// importer takes over a Log. The places it writes to are known beforehand:
// the topics are new, and one idempotent producer writes each message once.
type importer struct {
	o        *Options
	l        *Log
	client   sarama.Client
	out      sarama.SyncProducer
	epoch    uint64
	taken    Taken
	progress func(Taken)

	raws    map[int64]journal.Place
	seqs    map[canonical.Feed]map[uint64]journal.Place // where old entries are now
	bridges map[canonical.Feed]*journal.Bridge
	counts  map[canonical.Feed]journal.Position // entries in each partition
	last    map[canonical.Feed]uint64           // old sequence taken over last
	floors  map[canonical.Feed]uint64
	done    []journal.Bridge
	next    map[string]int64 // offset each partition goes on at
	batch   []*sarama.ProducerMessage
	want    []int64
}

func (im *importer) run(ctx context.Context, from Old) error {
	admin, err := sarama.NewClusterAdminFromClient(im.client)
	if err != nil {
		return im.o.broken(err, "")
	}
	if err := im.o.checkVersions(im.client); err != nil {
		return err
	}
	if _, err := ensure(admin, im.o); err != nil {
		return err
	}
	if err := im.empty(); err != nil {
		return err
	}
	if im.out, err = sarama.NewSyncProducerFromClient(im.client); err != nil {
		return im.o.broken(err, "")
	}
	defer func() { _ = im.out.Close() }() // every message was acknowledged
	im.next = map[string]int64{}
	if err := im.state(topicCheckpoints, keyBase, keyTaking, true); err != nil {
		return err
	}
	if err := im.flush(); err != nil {
		return err
	}
	var heads map[canonical.Feed]uint64
	im.floors, heads = from.Floors()
	for _, head := range heads {
		im.l.base = max(im.l.base, head)
	}
	err = from.Export(ctx, func(x journal.Exported) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return im.take(&x)
	})
	if err != nil {
		return err
	}
	return im.finish()
}

// empty refuses topics that hold anything.
func (im *importer) empty() error {
	for _, topic := range im.l.topics.all() {
		for part := range int32(im.o.Partitions) {
			end, err := im.client.GetOffset(topic, part, sarama.OffsetNewest)
			if err != nil {
				return im.o.broken(err, topic)
			}
			if end != 0 {
				return &problem.Problem{Code: "GW-Q015", Value: spot(topic, part), Want: strconv.FormatInt(end, 10)}
			}
		}
	}
	return nil
}

func (im *importer) take(x *journal.Exported) error {
	switch {
	case x.Entry != nil:
		return im.entry(x)
	case x.Verdict != nil:
		return im.verdict(x)
	case x.Checkpoint != nil:
		im.taken.Streams++
		return im.state(topicCheckpoints, x.Checkpoint.Stream, keyStream+x.Checkpoint.Stream,
			reached{Checkpoint: x.Checkpoint.At, At: im.o.Now(), Node: im.o.Node})
	case x.Run != nil:
		im.taken.Runs++
		return im.state(topicRuns, x.Run.Stream, x.Run.Stream, ran{Run: *x.Run})
	case x.Pause != nil:
		return im.state(topicCheckpoints, x.Pause.Stream, keyPause+x.Pause.Stream, x.Pause.Pause)
	case x.Past != nil:
		return im.state(topicCheckpoints, x.Past.Stream, keyPast+x.Past.Stream, x.Past.Past)
	case x.Audit != nil:
		return im.state(topicCheckpoints, x.Audit.Target, keyAudit+x.Audit.Target+"/"+strconv.FormatInt(x.Audit.ID, 10), x.Audit)
	case x.Mark != nil:
		return im.mark(x.Mark)
	}
	return nil
}

func (im *importer) state(topic, of, key string, value any) error {
	msg, err := jsonMessage(im.l.topics.of(topic), journal.Partition(of, im.o.Partitions), key, value)
	if err != nil {
		return err
	}
	_, err = im.put(msg)
	return err
}

// put adds a message to the batch and gives the that it will have.
func (im *importer) put(msg *sarama.ProducerMessage) (int64, error) {
	place := spot(msg.Topic, msg.Partition)
	offset := im.next[place]
	im.next[place]++
	im.batch, im.want = append(im.batch, msg), append(im.want, offset)
	if len(im.batch) < importBatch {
		return offset, nil
	}
	return offset, im.flush()
}

func (im *importer) flush() error {
	if len(im.batch) == 0 {
		return nil
	}
	if err := im.out.SendMessages(im.batch); err != nil {
		return im.o.broken(firstOf(err), im.batch[0].Topic)
	}
	for i, msg := range im.batch {
		if msg.Offset != im.want[i] {
			return &problem.Problem{Code: "GW-Q015", Value: spot(msg.Topic, msg.Partition), Want: strconv.FormatInt(msg.Offset, 10)}
		}
	}
	im.batch, im.want = im.batch[:0], im.want[:0]
	if im.progress != nil {
		im.progress(im.taken)
	}
	return nil
}

func (im *importer) raw(source, stream string, x *journal.Exported) (journal.Place, error) {
	if x.Raw == nil {
		return journal.Place{}, nil
	}
	if at, there := im.raws[x.RawID]; there {
		return at, nil
	}
	msg := im.l.rawMessage(source, stream, x.Raw)
	offset, err := im.put(msg)
	at := journal.Place{Part: int(msg.Partition), Seq: rawSeq(offset)}
	im.raws[x.RawID] = at
	im.taken.Raws++
	return at, err
}

func (im *importer) entry(x *journal.Exported) error {
	e := x.Entry
	raw, err := im.raw(e.Source, e.Source+"/"+e.Stream, x)
	if err != nil {
		return err
	}
	old := e.Seq
	id := e.ID
	if id == "" {
		id = canonical.ID(e.Kind, e.Source, e.Key)
	}
	e.Part = journal.Partition(id, im.o.Partitions)
	offset, err := im.put(im.l.entryMessage(e, raw))
	if err != nil || e.Aside() {
		im.taken.History++
		return err
	}
	im.taken.Entries++
	im.bridge(e.Feed, old, e.Part)
	if im.seqs[e.Feed] == nil {
		im.seqs[e.Feed] = map[uint64]journal.Place{}
	}
	im.seqs[e.Feed][old] = journal.Place{Part: e.Part, Seq: im.l.seqOf(offset)}
	return nil
}

// bridge remembers where an old entry went.
func (im *importer) bridge(feed canonical.Feed, old uint64, part int) {
	if im.counts[feed] == nil {
		im.counts[feed] = make(journal.Position, im.o.Partitions)
	}
	b := im.bridges[feed]
	if b == nil || len(b.Seqs) >= 2*bridgeLength {
		if b != nil {
			im.done = append(im.done, *b)
		}
		b = im.open(feed)
		im.bridges[feed] = b
	}
	b.Add(im.last[feed], old, part)
	im.last[feed] = old
	im.counts[feed][part]++
}

// open begins a bridge where the feed stands.
func (im *importer) open(feed canonical.Feed) *journal.Bridge {
	b := &journal.Bridge{Epoch: im.epoch, Feed: feed, Floor: im.floors[feed], First: im.last[feed],
		Start: make(journal.Position, im.o.Partitions)}
	for part := range b.Start {
		b.Start[part] = im.l.base + im.counts[feed].At(part)
	}
	return b
}

func (im *importer) verdict(x *journal.Exported) error {
	v := x.Verdict
	source, _, _ := cutStream(v.Stream)
	raw, err := im.raw(source, v.Stream, x)
	if err != nil {
		return err
	}
	v.Part = journal.Partition(canonical.ID(v.Kind, source, v.Key), im.o.Partitions)
	if v.Seen.After > 0 {
		v.Seen.After = im.seqs[v.Kind.Feed()][v.Seen.After].Seq
	}
	if v.Owner.After > 0 {
		v.Owner.After = im.seqs[v.Kind.Feed()][v.Owner.After].Seq
	}
	if v.Held != nil {
		v.Held.Raw = journal.RawRef{Place: raw}
	}
	msg, err := jsonMessage(im.l.topics.of(topicVerdicts), v.Part, v.Stream+"\x00"+v.Key, v)
	if err != nil {
		return err
	}
	im.taken.Verdicts++
	_, err = im.put(msg)
	return err
}

// mark leads a reader's mark over its bridge.
func (im *importer) mark(m *journal.ReaderMark) error {
	at := make(journal.Position, im.o.Partitions)
	for part := range at {
		at[part] = im.l.base
	}
	for old, place := range im.seqs[m.Feed] {
		if old <= m.At.Sum() {
			at[place.Part] = max(at[place.Part], place.Seq)
		}
	}
	key := keyMark + string(m.Feed) + "/" + m.Reader
	return im.state(topicCheckpoints, key, key, at)
}

// finish writes the bridges, and last the base that opens the Log.
func (im *importer) finish() error {
	for _, feed := range canonical.Feeds() {
		b := im.bridges[feed]
		if b == nil {
			b = im.open(feed)
		}
		im.done = append(im.done, *b)
	}
	for i := range im.done {
		b := &im.done[i]
		key := fmt.Sprintf("%s%d/%s/%d", keyBridge, b.Epoch, b.Feed, b.First)
		if err := im.state(topicCheckpoints, key, key, b); err != nil {
			return err
		}
	}
	if err := im.state(topicCheckpoints, keyBase, keyBase, im.l.base); err != nil {
		return err
	}
	return im.flush()
}
