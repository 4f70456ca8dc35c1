package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev"
	"iocgateway/router/journal"
)

// inOrder finds what is missing, there twice, or first seen behind a newer
// one of its key.
func inOrder(all map[int32][]*sarama.ConsumerMessage, sent []journal.Entry) error {
	count, firsts, twice := map[string]int{}, 0, 0
	for part, messages := range all {
		newest := map[string]string{}
		for _, m := range messages {
			seq := headersOf(m)["ce_sequence"]
			if count[seq]++; count[seq] > 1 {
				twice++
				continue
			}
			firsts++
			if seq < newest[string(m.Key)] {
				return fmt.Errorf("partition %d: %s of %s came first behind %s", part, seq, m.Key, newest[string(m.Key)])
			}
			newest[string(m.Key)] = seq
		}
	}
	if firsts != len(sent) {
		return fmt.Errorf("%d of %d are there", firsts, len(sent))
	}
	if twice > 0 {
		return duplicates(twice)
	}
	return nil
}

type duplicates int

func (d duplicates) Error() string { return fmt.Sprintf("%d are there twice", int(d)) }

// The brokers answer with errors, some of them after they wrote; connections
// break; leaders move: each message once, each key in order.
func TestSinkOrderAndNoDuplicatesUnderFaults(t *testing.T) {
	c, brokers := consumer(t, kfake.NumBrokers(3), kfake.SeedTopics(4, "dossier"))
	s := openSink(t, SinkOptions{Brokers: brokers})
	var produced atomic.Int64
	wrong := []*kerr.Error{kerr.NotEnoughReplicasAfterAppend, kerr.RequestTimedOut, kerr.NotLeaderForPartition, kerr.NotEnoughReplicas}
	for i, e := range wrong {
		c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: e, Count: -1, When: func(kmsg.Request) bool {
			n := produced.Add(1)
			return n%int64(len(wrong)*3) == int64(i*3)
		}})
	}
	var cut atomic.Int64
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if cut.Add(1)%11 == 0 {
			return nil, errors.New("the line is cut"), true
		}
		return nil, nil, false
	})
	sent := published(0, 6000, 150)
	for i, page := range slices.Collect(slices.Chunk(sent, 500)) {
		if i == 4 || i == 8 {
			go c.ShufflePartitionLeaders()
		}
		if err := s.Send(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d requests, %d of them cut", cut.Load(), cut.Load()/11)
	if err := inOrder(readAll(t, brokers, "dossier"), sent); err != nil {
		t.Error(err)
	}
}

// A Send that fails is sent again, as a Follower does: nothing is missing,
// and nothing is first seen behind a newer version.
func TestSinkOrderOverFailedSends(t *testing.T) {
	for range 3 {
		if err := failing(t, func(s *Sink, page []journal.Entry) error { return s.Send(t.Context(), page) }); err != nil {
			t.Error(err)
		}
	}
}

// The bug that rounds are there against: versions of a key are under way
// together.
func TestSinkOrderTestFindsPlantedBug(t *testing.T) {
	for range 20 {
		err := failing(t, func(s *Sink, page []journal.Entry) error {
			o, err := s.out("dossier")
			if err != nil {
				return err
			}
			var all []message
			for i := range page {
				all = append(all, message{writtenOf(&page[i], false), s.event("dossier", &page[i])})
			}
			return s.deliver(o, all)
		})
		if err != nil {
			t.Log("found:", err)
			return
		}
	}
	t.Error("the planted bug was not found")
}

// failing sends pages until each is taken, while brokers refuse batches for good.
func failing(t *testing.T, send func(*Sink, []journal.Entry) error) error {
	c, brokers := consumer(t, kfake.SeedTopics(1, "dossier"))
	s := openSink(t, SinkOptions{Brokers: brokers})
	var n atomic.Int64
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidTimestamp, Count: -1, When: func(kmsg.Request) bool {
		return n.Add(1)%3 == 0
	}})
	sent := published(0, 600, 20)
	failed := 0
	for page := range slices.Chunk(sent, 60) {
		for send(s, page) != nil {
			if failed++; failed > 1000 {
				t.Fatal("it never goes through")
			}
		}
	}
	if failed == 0 {
		t.Fatal("no Send failed")
	}
	t.Log(failed, "Sends failed")
	return inOrder(readAll(t, brokers, "dossier"), sent)
}

// What a Send did not finish when its context ended goes on, and nothing overtakes it.
func TestSinkSendGivesUpInTimeAndKeepsOrder(t *testing.T) {
	c, brokers := consumer(t)
	s := openSink(t, SinkOptions{Brokers: brokers, Kinds: []canonical.Kind{"dossier"}})
	hold := make(chan struct{})
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.SleepControl(func() { <-hold })
		return nil, nil, false
	})
	sent := published(0, 20, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := s.Send(ctx, sent[:10]); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Fatalf("%v after %v", err, time.Since(start))
	}
	close(hold)
	if err := s.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	err := inOrder(readAll(t, brokers, "dossier"), sent)
	var twice duplicates
	if err != nil && !errors.As(err, &twice) {
		t.Error(err)
	}
}

func wantProblem(t *testing.T, err error, code string, class problem.Fault, near string) {
	t.Helper()
	p, ok := problem.As(err)
	if !ok || p.Code != code {
		t.Fatalf("%v (%v), want %s", err, errors.Unwrap(p), code)
	}
	if got, _ := problem.Class(err); got != class {
		t.Errorf("%s: class %d, want %d", code, got, class)
	}
	if !strings.Contains(p.Near, near) {
		t.Errorf("%s: near %q, want %q in it", code, p.Near, near)
	}
	t.Logf("%s %q ← %q: %s", p.Code, p.Value, p.Err, p.Near)
}

func TestSinkTooLarge(t *testing.T) {
	c, brokers := consumer(t)
	raise(t, brokers, "20000")
	s := openSink(t, SinkOptions{Brokers: brokers, Compression: "none"})
	// Many that fit one by one are no batch too large.
	many := published(0, 500, 500)
	for i := range many {
		many[i].Body = fmt.Appendf(nil, `"%0*d"`, 900, i)
	}
	if err := s.Send(t.Context(), many); err != nil {
		t.Fatal(err, errors.Unwrap(errors.Unwrap(err)))
	}
	page := published(500, 3, 3)
	page[2].Body = append(append([]byte{'"'}, bytes.Repeat([]byte("x"), 30_000)...), '"')
	err := s.Send(t.Context(), page)
	wantProblem(t, err, "GW-Q025", problem.FaultHalt, "kafka-configs.sh --bootstrap-server "+brokers[0]+
		" --alter --entity-type topics --entity-name dossier --add-config max.message.bytes=")
	if p, _ := problem.As(err); p.Want != "20000" || p.Path != "dossier/1/503" || p.Field != "dossier" {
		t.Errorf("%+v", p)
	}
	if got := len(only(t, readAll(t, brokers, "dossier"))); got != 500 {
		t.Errorf("%d messages: something of the page was sent", got)
	}
	raise(t, brokers, "50000")
	if err := s.Send(t.Context(), page); err != nil {
		t.Errorf("after the limit was raised: %v", err)
	}
	// The limit may not be asked for, and is lower than the usual one.
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeConfigs}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	other := openSink(t, SinkOptions{Brokers: brokers, Compression: "none"})
	page[2].Body = append(append([]byte{'"'}, bytes.Repeat([]byte("x"), 60_000)...), '"')
	wantProblem(t, other.Send(t.Context(), page), "GW-Q025", problem.FaultHalt, "max.message.bytes=")
}

// raise sets the largest message of the topic.
func raise(t *testing.T, brokers []string, limit string) {
	config := sarama.NewConfig()
	config.Version = sarama.V3_6_0_0
	admin, err := sarama.NewClusterAdmin(brokers, config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if err := admin.AlterConfig(sarama.TopicResource, "dossier", map[string]*string{"max.message.bytes": &limit}, false); err != nil {
		t.Fatal(err)
	}
}

func TestSinkMissingTopic(t *testing.T) {
	c, brokers := consumer(t)
	o := SinkOptions{Brokers: brokers, Topic: "ioc.{kind}", Kinds: []canonical.Kind{"dossier"}, Types: cloudevents.NewTypes(""), Partitions: 6}
	_, err := OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q024", problem.FaultRetry, "kafka-topics.sh --bootstrap-server "+brokers[0]+
		" --create --topic ioc.dossier --partitions 6 --replication-factor 1 --config cleanup.policy=compact --config max.message.bytes=")
	o.Kinds = nil
	s := openSink(t, o)
	err = s.Send(t.Context(), published(0, 1, 1))
	wantProblem(t, err, "GW-Q024", problem.FaultRetry, "--create --topic ioc.dossier")
	if err := c.CreateTopic("ioc.dossier", 2, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), published(0, 10, 3)); err != nil {
		t.Fatalf("after it was made: %v", err)
	}
	o.Create, o.Topic = true, "made.{feed}"
	if err := openSink(t, o).Send(t.Context(), published(0, 10, 3)); err != nil {
		t.Fatal(err)
	}
	if info := c.TopicInfo("made.dossier"); info == nil {
		t.Error("it was not made")
	}
	// It is taken away while the Sink works, and made anew.
	again := openSink(t, o)
	if err := errors.Join(again.Send(t.Context(), published(0, 1, 1)), c.DeleteTopic("made.dossier")); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err = again.Send(t.Context(), published(0, 10, 3)); err == nil {
			return
		}
		t.Log(err)
	}
	t.Errorf("made anew: %v", err)
}

func TestSinkUnreachable(t *testing.T) {
	port, err := dev.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	_, err = OpenSink(t.Context(), SinkOptions{Brokers: []string{addr}})
	wantProblem(t, err, "GW-Q020", problem.FaultRetry, addr)
	// One that takes connections and never answers: Open ends with its context.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = OpenSink(ctx, SinkOptions{Brokers: []string{silent.Addr().String()}})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// A broker goes away for a while: the Send fails with a reason, and a later
// one goes through.
func TestSinkBrokerGoesAndComesBack(t *testing.T) {
	dev.Long(t)
	dir := t.TempDir()
	c, brokers := consumer(t, kfake.DataDir(dir))
	_, port, _ := net.SplitHostPort(brokers[0])
	s := openSink(t, SinkOptions{Brokers: brokers})
	sent := published(0, 300, 40)
	if err := s.Send(t.Context(), sent[:100]); err != nil {
		t.Fatal(err)
	}
	c.Close()
	start := time.Now()
	for range 3 {
		wantProblem(t, s.Send(t.Context(), sent[100:200]), "GW-Q020", problem.FaultRetry, "kafka-broker-api-versions.sh")
	}
	t.Logf("three failed Sends took %v", time.Since(start))
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		t.Fatal(err)
	}
	again, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.DataDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	start = time.Now()
	within(t, 40*time.Second, "it does not come back", func() bool { return s.Send(t.Context(), sent[100:]) == nil })
	t.Logf("back after %v", time.Since(start))
	if err := inOrder(readAll(t, brokers, "dossier"), sent); err != nil {
		t.Error(err)
	}
}

func TestSinkRefusesNonsense(t *testing.T) {
	for field, o := range map[string]SinkOptions{
		"brokers":     {},
		"topic":       {Brokers: []string{"b:1"}, Topic: "ioc {kind}"},
		"partitions":  {Brokers: []string{"b:1"}, Partitions: -1},
		"replication": {Brokers: []string{"b:1"}, Replication: -1},
		"parts":       {Brokers: []string{"b:1"}, Parts: -1},
		"compression": {Brokers: []string{"b:1"}, Compression: "rar"},
		"sasl":        {Brokers: []string{"b:1"}, SASL: &SASL{Mechanism: "GSSAPI"}},
	} {
		_, err := OpenSink(t.Context(), o)
		wantProblem(t, err, "GW-Q028", problem.FaultHalt, "")
		if p, _ := problem.As(err); p.Field != field {
			t.Errorf("%s: %+v", field, p)
		}
	}
}

func TestSinkClosed(t *testing.T) {
	_, brokers := consumer(t)
	s := openSink(t, SinkOptions{Brokers: brokers, Kinds: []canonical.Kind{"dossier"}})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), published(0, 1, 1)); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}
