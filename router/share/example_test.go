package share_test

import (
	"context"
	"fmt"
	"log/slog"

	"iocgateway/router/share"
)

// A stream that this node is given, and gives up again: Release returns when
// the page in hand is committed.
func ExampleHolder() {
	jobs := share.NewHolder(slog.New(slog.DiscardHandler))
	running := make(chan struct{})
	err := jobs.Add(share.Job{Name: "dvc/dossiers", Run: func(ctx context.Context) {
		fmt.Println("runs")
		close(running)
		<-ctx.Done()
		fmt.Println("commits the page in hand")
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	jobs.Hold("dvc/dossiers")
	<-running
	fmt.Println("held:", jobs.Holds("dvc/dossiers"))
	if err := jobs.Release(context.Background(), "dvc/dossiers"); err != nil {
		fmt.Println(err)
	}
	fmt.Println("held:", jobs.Holds("dvc/dossiers"))
	// Output:
	// runs
	// held: true
	// commits the page in hand
	// held: false
}
