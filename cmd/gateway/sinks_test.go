package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"iocgateway/deploy/dev"
	"iocgateway/router"
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
		time.Sleep(300 * time.Millisecond)
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
	eventually(t, 10*time.Second, "the sink does not tell that it is level", func() bool {
		text := sinksOf(t, v.url)
		return strings.Contains(text, `"running":true`) && strings.Contains(text, `"behind":0`)
	})
}

// TestSinkIsToldByEveryNode: a sink is held by one node; the other tells how
// far it is all the same, and passes on that it shall go on.
func TestSinkIsToldByEveryNode(t *testing.T) {
	dev.Need(t, "kafka", "redis")
	kafka, redis := dev.SharedKafka(t), dev.Redis(t)
	n := newNodes(t, kafka.Addrs(), redis.Addr())
	n.common += fmt.Sprintf("sinks:\n  ioc:\n    kafka: {brokers: [%q], topic: \"out%d.{kind}\", create: true, partitions: 2}\n    feeds: [dossier]\n", kafka.Addrs()[0], time.Now().UnixNano())
	one, two := n.start("one"), n.start("two")
	var told [2]struct{ Sinks []router.FollowerStatus }
	eventually(t, 30*time.Second, "the nodes do not tell the same of the sink", func() bool {
		for i, m := range []*member{one, two} {
			if err := json.Unmarshal([]byte(sinksOf(t, m.address())), &told[i]); err != nil {
				t.Fatal(err)
			}
		}
		a, b := told[0].Sinks[0], told[1].Sinks[0]
		return a.Running && b.Running && a.Node == b.Node && a.Sent > 0 && b.Sent > 0
	})
	if node := told[0].Sinks[0].Node; node != "one" && node != "two" {
		t.Errorf("the sink is held by %q", node)
	}
	for _, m := range []*member{one, two} {
		resp, err := http.Post(m.address()+sinkPath("ioc", "dossier"), "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: resume: %s", m.cfg.Node.Name, resp.Status)
		}
	}
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
