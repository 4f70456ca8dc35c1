package kafka

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	sdk "github.com/cloudevents/sdk-go/v2/event"
	"github.com/twmb/franz-go/pkg/kfake"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev"
	"iocgateway/router/journal"
)

// consumer is a consumer's Kafka in this process.
func consumer(tb testing.TB, opts ...kfake.Opt) (*kfake.Cluster, []string) {
	tb.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(3, "dossier")}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c, c.ListenAddrs()
}

func openSink(tb testing.TB, o SinkOptions) *Sink {
	tb.Helper()
	o.Types = cloudevents.NewTypes("")
	s, err := OpenSink(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// published makes entries of a feed: versions of n keys in turn.
func published(from, count, keys int) []journal.Entry {
	out := make([]journal.Entry, count)
	for i := range out {
		n := from + i
		key := fmt.Sprintf("H48-%d hồ sơ", n%keys)
		body := fmt.Appendf(nil, `{"kind":"dossier","key":%q,"title":"Cấp lại giấy phép số %d"}`, key, n)
		out[i] = journal.Entry{Feed: "dossier", Kind: "dossier", Part: 1, Seq: uint64(n + 1), Prev: uint64(n), Op: journal.OpChanged,
			ID: canonical.ID("dossier", "dvc-tỉnh", key), Source: "dvc-tỉnh", Stream: "hồ sơ", Key: key, Version: canonical.ContentVersion(body),
			At:         time.Date(2026, 3, 4, 8, 30, 0, n%1000*1_000_000, time.FixedZone("", 7*3600)),
			RecordedAt: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), Mapping: "dvc/ánh-xạ@3f2a", Body: body}
	}
	return out
}

// readAll reads a topic as its consumers do, partition by partition.
func readAll(tb testing.TB, brokers []string, topic string) map[int32][]*sarama.ConsumerMessage {
	tb.Helper()
	config := sarama.NewConfig()
	config.Version = sarama.V3_6_0_0
	config.Consumer.Fetch.Default = 8 << 20
	config.Consumer.MaxWaitTime = 50 * time.Millisecond
	client, err := sarama.NewClient(brokers, config)
	if err != nil {
		tb.Fatal(err)
	}
	defer client.Close()
	c, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		tb.Fatal(err)
	}
	parts, err := c.Partitions(topic)
	if err != nil {
		tb.Fatal(err)
	}
	all := map[int32][]*sarama.ConsumerMessage{}
	for _, part := range parts {
		end, err := client.GetOffset(topic, part, sarama.OffsetNewest)
		if err != nil {
			tb.Fatal(err)
		}
		first, err := client.GetOffset(topic, part, sarama.OffsetOldest)
		if err != nil {
			tb.Fatal(err)
		}
		if end == first {
			continue
		}
		pc, err := c.ConsumePartition(topic, part, first)
		if err != nil {
			tb.Fatal(err)
		}
		for m := range pc.Messages() {
			all[part] = append(all[part], m)
			if m.Offset >= end-1 {
				break
			}
		}
		_ = pc.Close()
	}
	return all
}

func headersOf(m *sarama.ConsumerMessage) map[string]string {
	h := map[string]string{}
	for _, one := range m.Headers {
		h[string(one.Key)] = string(one.Value)
	}
	return h
}

func only(tb testing.TB, all map[int32][]*sarama.ConsumerMessage) []*sarama.ConsumerMessage {
	tb.Helper()
	var flat []*sarama.ConsumerMessage
	for _, some := range all {
		flat = append(flat, some...)
	}
	return flat
}

// checkModes sends a change and a removal in both modes and reads them back.
func checkModes(t *testing.T, brokers []string, binary, structured string) {
	entries := published(4711, 1, 10)
	entries[0].Body = []byte(`{"subject":"Cấp lại giấy phép","n":1}`)
	gone := entries[0]
	gone.Op, gone.Seq, gone.Prev, gone.Version = journal.OpGone, 4713, 4712, "gone-1"
	entries = append(entries, gone)
	for _, o := range []SinkOptions{{Topic: binary}, {Topic: structured, Structured: true}} {
		o.Brokers, o.Parts, o.Kinds, o.Create = brokers, 2, []canonical.Kind{"dossier"}, true
		if err := openSink(t, o).Send(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
	}
	named := func(template string) string {
		return strings.NewReplacer("{feed}", "dossier", "{kind}", "dossier").Replace(template)
	}
	got := only(t, readAll(t, brokers, named(binary)))
	if len(got) != 3 {
		t.Fatalf("%d messages, want a change, a removal and a tombstone", len(got))
	}
	const key = "dossier:dvc-t%E1%BB%89nh:H48-1%20h%E1%BB%93%20s%C6%A1"
	want := map[string]string{
		"content-type": "application/json", "ce_specversion": "1.0", "ce_id": "dossier/00000000000000004712/" + entries[0].Version,
		"ce_source": "/sources/dvc-t%E1%BB%89nh/h%E1%BB%93%20s%C6%A1", "ce_type": "vn.gov.quangngai.dossier.changed.v1",
		"ce_subject": key, "ce_dataschema": "urn:vn-gov-quangngai:ioc-gateway:schema:dossier:v1",
		"ce_sequence": "00000000000000004712", "ce_previous": "00000000000000004711", "ce_partition": "1",
		"ce_time": "2026-03-04T08:30:00.711+07:00", "ce_recordedtime": "2026-03-04T09:00:00Z", "ce_mapping": "dvc/%C3%A1nh-x%E1%BA%A1@3f2a",
	}
	if h := headersOf(got[0]); !mapsEqual(h, want) {
		t.Errorf("headers %v\nwant %v", h, want)
	}
	if string(got[0].Key) != key || !bytes.Equal(got[0].Value, entries[0].Body) {
		t.Errorf("key %s, value %s", got[0].Key, got[0].Value)
	}
	if h := headersOf(got[1]); h["ce_type"] != "vn.gov.quangngai.dossier.gone.v1" || string(got[1].Key) != key ||
		!bytes.Equal(got[1].Value, entries[0].Body) {
		t.Errorf("the removal: %v %s", h, got[1].Value)
	}
	for _, h := range got[0].Headers {
		for _, b := range append(slices.Clone(h.Key), h.Value...) {
			if b < ' ' || b > '~' {
				t.Errorf("header %s holds %q", h.Key, h.Value)
			}
		}
	}
	other := only(t, readAll(t, brokers, named(structured)))
	if len(other) != 3 || headersOf(other[0])["content-type"] != "application/cloudevents+json" ||
		len(other[0].Headers) != 1 || string(other[0].Key) != key {
		t.Fatalf("structured: %d messages, %v", len(other), other)
	}
	var e sdk.Event // the reference implementation reads it
	if err := json.Unmarshal(other[0].Value, &e); err != nil || e.Validate() != nil {
		t.Fatal(err, e.Validate())
	}
	if e.ID() != want["ce_id"] || e.Extensions()["sequence"] != want["ce_sequence"] ||
		e.Extensions()["partition"] != "1" || !bytes.Equal(e.Data(), entries[0].Body) {
		t.Errorf("structured: %s", e)
	}
	for _, m := range []*sarama.ConsumerMessage{got[2], other[2]} {
		if m.Value != nil || string(m.Key) != key || len(m.Headers) != 0 {
			t.Errorf("the tombstone: key %s, value %q, %d headers", m.Key, m.Value, len(m.Headers))
		}
	}
}

func mapsEqual(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func TestSinkModes(t *testing.T) {
	_, brokers := consumer(t)
	checkModes(t, brokers, "ioc.{feed}.v1", "ioc.{kind}.structured.v1")
}

func TestSinkWithoutTombstonesAndPartitions(t *testing.T) {
	_, brokers := consumer(t)
	s := openSink(t, SinkOptions{Brokers: brokers, NoTombstones: true, Parts: 1})
	entries := published(0, 1, 1)
	entries[0].Op, entries[0].Body, entries[0].At = journal.OpGone, nil, time.Time{}
	if err := s.Send(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	got := only(t, readAll(t, brokers, "dossier"))
	if len(got) != 1 || string(got[0].Value) != "null" {
		t.Fatalf("%d messages", len(got))
	}
	h := headersOf(got[0])
	_, parted := h["ce_partition"]
	_, timed := h["ce_time"]
	if parted || timed {
		t.Errorf("%v", h)
	}
}

// A compacted topic forgets what is gone.
func TestSinkCompaction(t *testing.T) {
	c, brokers := consumer(t)
	s := openSink(t, SinkOptions{Brokers: brokers, Topic: "state", Create: true})
	config := sarama.NewConfig()
	config.Version = sarama.V3_6_0_0
	admin, err := sarama.NewClusterAdmin(brokers, config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	entries := published(0, 20, 10)
	if err := s.Send(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	zero := "0"
	compacted := map[string]*string{"cleanup.policy": ptr("compact"), "min.compaction.lag.ms": &zero,
		"delete.retention.ms": &zero, "segment.bytes": ptr("1")}
	if err := admin.AlterConfig(sarama.TopicResource, "state", compacted, false); err != nil {
		t.Fatal(err)
	}
	gone := published(20, 4, 10)
	for i := range gone {
		gone[i].Op = journal.OpGone
	}
	if err := s.Send(t.Context(), append(gone, published(24, 40, 3)...)); err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	within(t, 10*time.Second, gone[3].ID+" is still there", func() bool { // 0, 1 and 2 came back afterwards
		c.Compact()
		clear(left)
		for _, m := range only(t, readAll(t, brokers, "state")) {
			if m.Value != nil && headersOf(m)["ce_type"] != "vn.gov.quangngai.dossier.gone.v1" {
				left[string(m.Key)] = true
			}
		}
		return !left[gone[3].ID]
	})
	if len(left) != 9 {
		t.Errorf("%d records are left, want all but the one: %v", len(left), left)
	}
}

func ptr(s string) *string { return &s }

// Partitions are those of Java's client, so that streams of others join ours.
func TestSinkPartitionsAsJavaDoes(t *testing.T) {
	s := &Sink{}
	s.opts.fill()
	config, err := s.config()
	if err != nil {
		t.Fatal(err)
	}
	// From Kafka's own UtilsTest.java (murmur2) and from partitions that Java's
	// client gave: key → hash.
	known := map[string]int32{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107}
	for key, hash := range known {
		for _, parts := range []int32{1, 3, 100, 1 << 30} {
			got, err := config.Producer.Partitioner("t").Partition(&sarama.ProducerMessage{Key: sarama.StringEncoder(key)}, parts)
			if err != nil || got != hash&0x7fffffff%parts {
				t.Errorf("%s of %d: %d, %v; want %d", key, parts, got, err, hash&0x7fffffff%parts)
			}
		}
	}
	if config.Net.MaxOpenRequests != 1 || !config.Producer.Idempotent || config.Producer.RequiredAcks != sarama.WaitForAll {
		t.Error("order and duplicates hang on these")
	}
	if err := config.Validate(); err != nil {
		t.Error(err)
	}
}

func TestSinkTopicPerKind(t *testing.T) {
	_, brokers := consumer(t, kfake.SeedTopics(2, "unit", "agency"))
	s := openSink(t, SinkOptions{Brokers: brokers})
	entries := published(0, 10, 10)
	for i := range entries {
		entries[i].Feed, entries[i].Kind = canonical.FeedReference, []canonical.Kind{canonical.KindUnit, canonical.KindAgency}[i%2]
	}
	if err := s.Send(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"unit", "agency"} {
		if got := len(only(t, readAll(t, brokers, topic))); got != 5 {
			t.Errorf("%s: %d", topic, got)
		}
	}
}

// speed sends 20,000 entries of 1 KB, 500 at once.
func speed(t *testing.T, brokers []string, topic string) {
	for _, structured := range []bool{false, true} {
		s := openSink(t, SinkOptions{Brokers: brokers, Topic: topic + "." + strconv.FormatBool(structured),
			Structured: structured, Create: true, Kinds: []canonical.Kind{"dossier"}})
		entries := published(0, 20_000, 20_000)
		for i := range entries {
			entries[i].Body = fmt.Appendf(nil, `{"n":%d,"text":%q}`, i, strings.Repeat("ho so "+strconv.Itoa(i*7919)+" ", 150)[:970])
		}
		if err := s.Send(t.Context(), published(0, 1, 1)); err != nil { // the first finds its leaders
			t.Fatal(err)
		}
		start := time.Now()
		for page := range slices.Chunk(entries, 500) {
			if err := s.Send(t.Context(), page); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(start)
		t.Logf("structured %v: %.0f messages/s of %d bytes, %v a Send of 500", structured,
			20_000/took.Seconds(), len(entries[0].Body), (took / 40).Round(time.Microsecond))
	}
}

func TestSinkSpeed(t *testing.T) {
	_, brokers := consumer(t)
	speed(t, brokers, "speed")
}

// TestSinkRealBroker is everything that a broker of Kafka itself may see otherwise.
func TestSinkRealBroker(t *testing.T) {
	dev.Need(t, "kafka")
	list := os.Getenv("KAFKA_BROKERS") // one's own, if named
	if list == "" {
		list = strings.Join(dev.SharedKafka(t).Addrs(), ",")
	}
	brokers := strings.Split(list, ",")
	own := "sink-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	checkModes(t, brokers, own+".binary", own+".structured")
	s := openSink(t, SinkOptions{Brokers: brokers, Topic: own + ".order", Create: true})
	sent := published(0, 5000, 200)
	for page := range slices.Chunk(sent, 500) {
		if err := s.Send(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	if err := inOrder(readAll(t, brokers, own+".order"), sent); err != nil {
		t.Error(err)
	}
	missing := SinkOptions{Brokers: brokers, Topic: own + ".missing", Kinds: []canonical.Kind{"dossier"}}
	_, err := OpenSink(t.Context(), missing)
	wantProblem(t, err, "GW-Q024", problem.FaultRetry, "kafka-topics.sh --bootstrap-server "+list+
		" --create --topic "+own+".missing --partitions 3")
	large := published(9000, 1, 1)
	large[0].Body = append(append([]byte{'"'}, bytes.Repeat([]byte("x"), MaxMessage)...), '"')
	wantProblem(t, s.Send(t.Context(), large), "GW-Q025", problem.FaultHalt, "max.message.bytes=")
	speed(t, brokers, own+".speed")
}
