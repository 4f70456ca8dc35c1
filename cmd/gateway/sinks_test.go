package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"iocgateway/router/control"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"iocgateway/deploy/dev"
	"iocgateway/router/health"
)

// TestSinkHasWhatTheFeedHas: a gateway of one machine pushes a feed into a
// consumer's Kafka through kills of its own, and the topic ends with the
// newest version of every record, each under its key.
func TestSinkHasWhatTheFeedHas(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u := newUpstream(t)
	v := newVictim(t, u, 0)
	v.add(fmt.Sprintf("sinks:\n  ioc:\n    kafka: {brokers: [%q], topic: \"ioc.{kind}\", create: true, partitions: 2}\n    feeds: [feedback]\n", c.ListenAddrs()[0]), "127.0.0.1:0")
	for range 4 {
		u.grow(50)
		v.start()
		eventually(t, 20*time.Second, "nothing is sent", func() bool { return sinkOf(t, v.url).Sent > 0 })
		v.kill()
	}
	v.start()
	want := func() map[string]string {
		newest := map[string]string{}
		for _, e := range readFeed(t, v.url, "feedback") {
			newest[e.Subject] = e.Sequence
		}
		return newest
	}
	got, reader := map[string]string{}, topicReader(t, c.ListenAddrs()[0])
	for deadline := time.Now().Add(30 * time.Second); ; {
		reader(got)
		feed := want()
		if len(feed) > 200 && u.waiting() == 0 && fmt.Sprint(feed) == fmt.Sprint(got) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d records in the feed, %d in the topic; %s", len(feed), len(got), sinksOf(t, v.url))
		}
	}
	eventually(t, 10*time.Second, "the sink is not shown as level", func() bool {
		text := sinksOf(t, v.url)
		return strings.Contains(text, `"running":true`) && strings.Contains(text, `"behind":0`)
	})
}

// TestSinkIsShownByEveryNode: a sink is held by one node. The other shows all
// the same how far it is and why it stopped, and passes on that it shall try again.
func TestSinkIsShownByEveryNode(t *testing.T) {
	dev.Need(t, "kafka", "redis")
	kafka, redis := dev.SharedKafka(t), dev.Redis(t)
	admin, err := sarama.NewClusterAdmin(kafka.Addrs(), sarama.NewConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	prefix := fmt.Sprintf("out%d", time.Now().UnixNano())
	tight, wide := "200", "1048576" // the largest message: no dossier goes into the first
	err = admin.CreateTopic(prefix+".dossier",
		&sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: -1, ConfigEntries: map[string]*string{"max.message.bytes": &tight}}, false)
	if err != nil {
		t.Fatal(err)
	}
	n := newNodes(t, kafka.Addrs(), redis.Addr())
	n.common += fmt.Sprintf("sinks:\n  ioc:\n    kafka: {brokers: [%q], topic: \"%s.{kind}\"}\n    feeds: [dossier]\n",
		kafka.Addrs()[0], prefix)
	one, two := n.start("one"), n.start("two")
	holder := shown(t, "stopped", one, two, func(st health.SinkStatus) bool {
		return st.State() == health.SinkStopped && st.Problem != nil && st.Problem.Code == "GW-Q025"
	})
	if err := admin.AlterConfig(sarama.TopicResource, prefix+".dossier", map[string]*string{"max.message.bytes": &wide}, false); err != nil {
		t.Fatal(err)
	}
	other := one
	if holder == "one" {
		other = two
	}
	resp, err := http.Post(other.Address()+control.ResumePath("ioc", "dossier"), "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("resume through the other node: %s", resp.Status)
	}
	shown(t, "going on", one, two, func(st health.SinkStatus) bool { return st.State() == health.SinkLevel && st.Sent > 0 })
}

// shown waits until two nodes show this of their one sink, and gives the node
// that holds it, which both name.
func shown(t *testing.T, what string, one, two *member, is func(health.SinkStatus) bool) string {
	t.Helper()
	var here, there health.SinkStatus
	defer func() {
		if t.Failed() {
			t.Logf("they show %+v and %+v", here, there)
		}
	}()
	eventually(t, 30*time.Second, "the nodes do not both show that the sink is "+what, func() bool {
		here, there = sinkOf(t, one.Address()), sinkOf(t, two.Address())
		return is(here) && is(there) && here.Node == there.Node && here.Node != ""
	})
	return here.Node
}

// sinkOf is what a node shows of its one sink.
func sinkOf(t *testing.T, url string) health.SinkStatus {
	t.Helper()
	var answer struct{ Sinks []health.SinkStatus }
	if err := json.Unmarshal([]byte(sinksOf(t, url)), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Sinks[0]
}

// topicReader reads a topic on: the newest sequence of each key.
func topicReader(t *testing.T, broker string) func(into map[string]string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics("ioc.feedback"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return func(into map[string]string) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			for _, h := range r.Headers {
				if h.Key == "ce_sequence" && string(h.Value) > into[string(r.Key)] {
					into[string(r.Key)] = string(h.Value)
				}
			}
		})
	}
}

func sinksOf(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url + "/v1/sinks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return string(body)
}
