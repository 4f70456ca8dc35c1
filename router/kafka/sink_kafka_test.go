package kafka

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev"
	"iocgateway/router/follow"
	"iocgateway/router/journal"
	"iocgateway/router/store"
	"iocgateway/router/storetest"
)

// Brokers are killed while pages are sent: each message is there once, in order.
func TestSinkKilledBrokers(t *testing.T) {
	dev.Need(t, "kafka")
	three := dev.Kafka(t, 3)
	s := openSink(t, SinkOptions{Brokers: three.Addrs(), Topic: "o", Create: true, Partitions: 6, Kinds: []canonical.Kind{"dossier"}})
	sent := published(0, 30_000, 300)
	failed := 0
	for i, page := range slices.Collect(slices.Chunk(sent, 500)) {
		switch i {
		case 10:
			three.Kill(1)
		case 25:
			three.Start(1)
		case 40:
			three.Kill(2)
		}
		start := time.Now()
		within(t, 50*time.Second, "it does not come back", func() bool {
			err := s.Send(t.Context(), page)
			if err != nil {
				failed++
			}
			return err == nil
		})
		if took := time.Since(start); took > time.Second {
			t.Logf("page %d took %v", i, took)
		}
	}
	t.Log(failed, "Sends failed")
	if err := inOrder(readAll(t, three.Addrs(), "o"), sent); err != nil {
		t.Error(err)
	}
}

func TestSinkRefusedByKafka(t *testing.T) {
	dev.Need(t, "kafka")
	safe := dev.Kafka(t, 1, dev.WithSASL("an", "secret"), dev.WithACL())
	openSink(t, SinkOptions{Brokers: safe.Inside(), Create: true, Kinds: []canonical.Kind{"dossier"}})
	o := SinkOptions{Brokers: safe.Addrs(), Kinds: []canonical.Kind{"dossier"}, Types: cloudevents.NewTypes(""),
		SASL: &SASL{"SCRAM-SHA-512", "an", "wrong"}}
	_, err := OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q021", problem.FaultHalt, "--entity-name an")
	o.SASL.Password = "secret"
	_, err = OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q023", problem.FaultHalt, "--allow-principal User:an --operation Write")
	o.SASL = nil
	_, err = OpenSink(t.Context(), o)
	wantProblem(t, err, "GW-Q020", problem.FaultRetry, "")
}

// A feed goes from the embedded engine to a consumer's Kafka, over a restart.
func TestSinkFollowsAFeed(t *testing.T) {
	_, brokers := consumer(t)
	log, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	commit := func(version int) {
		for first := 0; first < 1500; first += 500 {
			b := journal.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: time.Now()}
			for n := range 500 {
				b.Items = append(b.Items, storetest.Synth{}.Item(first+n, version))
			}
			if _, err := log.Commit(t.Context(), b); err != nil {
				t.Error(err)
			}
		}
	}
	follow := func(until uint64) {
		f := &follow.Follower{Marks: log, View: log, Feed: "dossier", Name: "ioc", Open: func(ctx context.Context) (journal.Sink, error) {
			return OpenSink(ctx, SinkOptions{Brokers: brokers, Types: cloudevents.NewTypes(""), Kinds: []canonical.Kind{"dossier"}})
		}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		within(t, 20*time.Second, "the feed is not followed to its end", func() bool { return f.Status().At.Sum() >= until })
		cancel()
		if err := errors.Join(<-done, t.Context().Err()); err != nil {
			t.Error(err)
		}
		if st := f.Status(); st.Behind != 0 || st.Failures != 0 {
			t.Errorf("%+v", st)
		}
	}
	commit(1)
	follow(1500)
	commit(2)
	follow(3000)
	sent := make([]journal.Entry, 3000)
	if err := inOrder(readAll(t, brokers, "dossier"), sent); err != nil {
		t.Error(err)
	}
}
