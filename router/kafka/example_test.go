package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"iocgateway/canonical"
	"iocgateway/canonical/cloudevents"
	"iocgateway/router/journal"
	"iocgateway/router/kafka"
	"iocgateway/router/store"
	"iocgateway/router/storetest"
)

// A node opens the Log over a view of its own, commits a page and reads it
// back. The broker is one in this process.
func ExampleOpen() {
	if err := commitAndRead(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// published: 2
	// checkpoint: "page 1"
	// dossier dvc/dossiers changed
	// dossier dvc/dossiers changed
}

func commitAndRead(ctx context.Context) (err error) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		return err
	}
	defer broker.Close()
	dir, err := os.MkdirTemp("", "view-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	o := kafka.Options{Brokers: broker.ListenAddrs(), Partitions: 1, Types: cloudevents.NewTypes("")}
	view, err := store.Open(ctx, store.Options{Dir: dir, Parts: o.FeedPartitions(), View: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	log, err := kafka.Open(ctx, o, view)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()

	synth := storetest.Synth{Source: "dvc", Stream: "dossiers"}
	receipt, err := log.Commit(ctx, journal.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: time.Now(),
		Items: []journal.Item{synth.Item(1, 1), synth.Item(2, 1)}, Next: canonical.Checkpoint(`"page 1"`)})
	if err != nil {
		return err
	}
	fmt.Println("published:", receipt.Counts.Published)
	at, err := log.Checkpoint(ctx, "dvc/dossiers")
	if err != nil {
		return err
	}
	fmt.Println("checkpoint:", string(at))
	entries, err := log.Read(ctx, canonical.KindDossier.Feed(), nil, 10)
	if err != nil {
		return err
	}
	for _, e := range entries {
		fmt.Println(e.Kind, e.Source+"/"+e.Stream, e.Op)
	}
	return nil
}
