package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/deploy/dev"
)

// TestMigrationIsGapless moves a Log with a reader attached from one machine
// into Kafka: the reader goes on with its old cursor, sees no hole, takes no
// second snapshot, and proves that it has everything. Then a copy goes back.
func TestMigrationIsGapless(t *testing.T) {
	dev.Need(t, "kafka")
	brokers := dev.SharedKafka(t).Addrs()
	u := newUpstream(t)
	old := newVictim(t, u, 0)
	u.grow(120)
	old.start()
	r := &reader{t: t, base: old.url, feed: "feedback"}
	for deadline := time.Now().Add(20 * time.Second); len(r.rows) == 0 && time.Now().Before(deadline); {
		r.snapshot()
	}
	u.grow(60)
	r.gains(20 * time.Second)
	had, events := r.last, len(readFeed(t, old.url, "feedback"))
	u.grow(40) // and something the reader has not had yet
	eventually(t, 20*time.Second, "the feed does not grow", func() bool { return len(readFeed(t, old.url, "feedback")) > events })
	old.kill()

	r.snapshots = 1
	data := filepath.Join(filepath.Dir(old.config), "data")
	young := newVictim(t, u, 0)
	young.add(fmt.Sprintf("engine: kafka\nkafka: {brokers: [%q], prefix: m%d, partitions: 3}\n", brokers[0], time.Now().UnixNano()),
		"127.0.0.1:0")
	run(t, "migrate", "--to", "kafka", "-c", young.config, "--from", data)
	young.start()
	r.base = young.url
	u.grow(50)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		r.follow()
		if wrong := compare(t, readFeed(t, young.url, "feedback"), u); len(wrong) == 0 && u.waiting() == 0 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d findings, among them %s", len(wrong), wrong[0])
		}
	}
	r.prove()
	if r.snapshots != 1 {
		t.Errorf("%d snapshots: the move must not cost one", r.snapshots)
	}
	if r.parts == nil {
		t.Errorf("the reader, who had %s, saw nothing of the new Log", had)
	}

	count := len(r.rows)
	copied := newVictim(t, u, 0) // of a node that goes on
	run(t, "migrate", "--to", "embedded", "--from", filepath.Join(filepath.Dir(young.config), "data"), "--dir",
		filepath.Join(filepath.Dir(copied.config), "data"))
	young.kill()
	copied.start()
	back := &reader{t: t, base: copied.url, feed: "feedback"}
	back.snapshot()
	back.prove()
	if len(back.rows) < count {
		t.Errorf("the copy has %d records of %d", len(back.rows), count)
	}
}

// run runs a verb as a person would.
func run(t *testing.T, args ...string) {
	t.Helper()
	var out, words bytes.Buffer
	if code := execute(context.Background(), shell.Terminal{In: nil, Out: &out, Err: &words, Environ: os.Environ()},
		args); code != shell.ExitOK {
		t.Fatalf("%v ended with %d: %s%s", args, code, out.String(), words.String())
	}
	t.Log(words.String())
}
