package kafka

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev"
	"iocgateway/router/journal"
	"iocgateway/router/storetest"
)

func page(stream string, from, next string, items ...journal.Item) journal.Batch {
	b := journal.Batch{Stream: stream, Mapping: "synth@1", At: time.Now(), Items: items, Next: []byte(next)}
	if from != "" {
		b.From = []byte(from)
	}
	return b
}

func code(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}

// all reads a feed of a node from its beginning.
func (n *node) all(t *testing.T, feed canonical.Feed) []journal.Entry {
	t.Helper()
	es, err := n.Read(t.Context(), feed, nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return es
}

// TestZombieIsFenced: a node that was asleep while another took its stream
// over can commit nothing any more, and what it then reads is the truth.
func TestZombieIsFenced(t *testing.T) {
	o := options(fake(t))
	old, young := openNode(t, tempDir(t), o), openNode(t, tempDir(t), o)
	synth := storetest.Synth{}
	if _, err := old.Commit(t.Context(), page("dvc/dossiers", "", `"1"`, synth.Item(1, 1))); err != nil {
		t.Fatal(err)
	}
	at, err := young.Checkpoint(t.Context(), "dvc/dossiers")
	if err != nil || string(at) != `"1"` {
		t.Fatalf("the new holder reads the checkpoint %s (%v)", at, err)
	}
	if _, err := young.Commit(t.Context(), page("dvc/dossiers", `"1"`, `"2"`, synth.Item(2, 1))); err != nil {
		t.Fatal(err)
	}
	_, err = old.Commit(t.Context(), page("dvc/dossiers", `"1"`, `"zombie"`, synth.Item(3, 1)))
	if err == nil {
		t.Fatal("a zombie committed a page")
	}
	if !errors.Is(err, journal.ErrCheckpoint) && code(err) != "GW-Q008" {
		t.Errorf("a zombie is answered %v", err)
	}
	if at, err = old.Checkpoint(t.Context(), "dvc/dossiers"); err != nil || string(at) != `"2"` {
		t.Fatalf("awake again it reads the checkpoint %s (%v)", at, err)
	}
	for _, n := range []*node{old, young} {
		if err := n.WaitLevel(t.Context()); err != nil {
			t.Fatal(err)
		}
		if es := n.all(t, "dossier"); len(es) != 2 {
			t.Errorf("%d entries, want 2", len(es))
		}
	}
}

// TestNewTopicsTakeAMoment: right after they were made, not every broker
// knows them. A gateway that starts on a new cluster asks again.
func TestNewTopicsTakeAMoment(t *testing.T) {
	for _, asked := range []kmsg.Key{kmsg.Metadata, kmsg.DescribeConfigs, kmsg.ListOffsets} {
		t.Run(asked.Name(), func(t *testing.T) {
			c, err := kfake.NewCluster(kfake.NumBrokers(1))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.Fault(kfake.Fault{Keys: []kmsg.Key{asked}, Err: kerr.UnknownTopicOrPartition, Count: 3})
			openNode(t, tempDir(t), options(c.ListenAddrs()))
		})
	}
}

// TestWrongTopicIsRefused: with the command that mends it.
func TestWrongTopicIsRefused(t *testing.T) {
	o := options(fake(t))
	o.fill()
	config, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sarama.NewClusterAdmin(o.Brokers, config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	short := "1048576"
	for topic, detail := range map[string]*sarama.TopicDetail{
		o.Prefix + ".dossier.v1": {NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: map[string]*string{"max.message.bytes": &short}},
		o.Prefix + ".raws.v1":    {NumPartitions: 7, ReplicationFactor: 1},
	} {
		if err := admin.CreateTopic(topic, detail, false); err != nil {
			t.Fatal(err)
		}
	}
	_, err = startNode(tempDir(t), o)
	if err == nil {
		t.Fatal("wrong topics were taken")
	}
	text := problems(err)
	for _, want := range []string{"GW-Q006 ", ".raws.v1", "GW-Q005 ",
		"kafka-configs.sh --bootstrap-server " + o.Brokers[0] + " --alter --entity-type topics --entity-name " + o.Prefix +
			".dossier.v1 --add-config cleanup.policy=compact",
		"--add-config max.message.bytes="} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not stand in:\n%s", want, text)
		}
	}
}

// problems are the words of all problems in an error, hints included.
func problems(err error) string {
	all, rest := problem.All(err)
	var text []string
	for _, p := range all {
		text = append(text, p.Code+" "+p.Text(problem.English)+" "+p.Hint(problem.English))
	}
	for _, other := range rest {
		text = append(text, other.Error())
	}
	return strings.Join(text, "\n")
}

// TestTopicsMadeAnew: offsets of topics that are gone mean nothing.
func TestTopicsMadeAnew(t *testing.T) {
	o := options(fake(t))
	dir := tempDir(t)
	n := openNode(t, dir, o)
	if _, err := n.Commit(t.Context(), page("dvc/dossiers", "", `"1"`, storetest.Synth{}.Item(1, 1))); err != nil {
		t.Fatal(err)
	}
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	o.Brokers = fake(t)
	if _, err := startNode(dir, o); code(err) != "GW-Q014" {
		t.Fatalf("a view of another Log was taken: %v", err)
	}
}

// TestKafkaGone: what cannot be written is refused at once, not after all the
// retries of a client, and works again when Kafka is back.
func TestKafkaGone(t *testing.T) {
	dev.Need(t, "kafka")
	dev.Long(t)
	kafka := dev.Kafka(t, 1)
	n := openNode(t, tempDir(t), options(kafka.Addrs()))
	synth := storetest.Synth{}
	if _, err := n.Commit(t.Context(), page("dvc/dossiers", "", `"1"`, synth.Item(1, 1))); err != nil {
		t.Fatal(err)
	}
	if err := n.level(t.Context()); err != nil {
		t.Fatal(err)
	}
	kafka.Kill(0)
	within(t, 30*time.Second, "nobody notices", func() bool { return n.intake.down() != nil })
	begun := time.Now()
	_, err := n.Commit(t.Context(), page("dvc/dossiers", `"1"`, `"2"`, synth.Item(2, 1)))
	if took := time.Since(begun); err == nil || took > time.Second || code(err) != "GW-Q001" {
		t.Fatalf("after %v: %v", took, err)
	}
	if es := n.all(t, "dossier"); len(es) != 1 {
		t.Errorf("readers get %d entries while Kafka is away", len(es))
	}
	if lag := n.Lag(); lag.Trouble == nil || lag.NotSince.IsZero() {
		t.Errorf("the node shows nothing of it: %+v", lag)
	}
	kafka.Start(0)
	within(t, 30*time.Second, "nothing can be written again", func() bool {
		_, err := n.Commit(t.Context(), page("dvc/dossiers", `"1"`, `"2"`, synth.Item(2, 1)))
		return err == nil
	})
	if err := n.level(t.Context()); err != nil {
		t.Fatal(err)
	}
	if es := n.all(t, "dossier"); len(es) != 2 {
		t.Errorf("%d entries, want 2", len(es))
	}
}

// TestNobodyThere: an address nobody answers at.
func TestNobodyThere(t *testing.T) {
	o := options([]string{"127.0.0.1:1"})
	begun := time.Now()
	_, err := startNode(tempDir(t), o)
	if code(err) != "GW-Q001" {
		t.Fatalf("%v", err)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestAHoleIsNotRead: a piece that does not follow the one before ends
// reading, which then begins anew from what the view has.
func TestAHoleIsNotRead(t *testing.T) {
	p := &partition{topic: "t", name: "t/0", next: 7}
	m := newIntake(nil, nil, []*partition{p})
	if err := m.add(piece{place: "t/0", from: 7, next: 9}); err != nil {
		t.Fatal(err)
	}
	if err := m.add(piece{place: "t/0", from: 10, next: 12}); err == nil {
		t.Fatal("what lies between 9 and 10 is passed over")
	}
}
