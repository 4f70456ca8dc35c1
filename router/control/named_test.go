package control

import (
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// TestADropNamesWhatItDropped: its end has the numbers, the first thousand one
// by one, and a dropped Raw is found by them.
func TestADropNamesWhatItDropped(t *testing.T) {
	w := &world{here: map[string]bool{"a/t": true}}
	w.hold("a/t", 1500, true)
	a := w.actions(t)
	if n, err := a.Drop(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan", "rác"); err != nil || n != 1500 {
		t.Fatal(n, err)
	}
	list, _, err := a.Acts(t.Context(), book.ActQuery{What: dropHeld, Phase: book.Done, Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	n := namedBy(list[0].Result)
	if len(n.IDs) != mostNamed || n.IDs[0] != 1 || n.First != 1 || n.Last != 1500 || n.Count != 1500 {
		t.Errorf("%d named, %d to %d, %d in all", len(n.IDs), n.First, n.Last, n.Count)
	}
	for id, by := range map[int64]string{1: "lan", 1000: "lan", 1001: "lan", 1500: "lan", 1501: ""} {
		d, err := a.Dropped(t.Context(), &journal.HeldRaw{ID: id, Dropped: &journal.Dropped{At: time.Unix(7, 0)}})
		if err != nil || d.By != by || by != "" && (d.Reason != "rác" || d.Row != list[0].Seq) || d.At != time.Unix(7, 0) {
			t.Errorf("%d: %+v %v", id, d, err)
		}
	}
}

// TestAReplayNamesWhatItTried: in the row that ends its job.
func TestAReplayNamesWhatItTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 30)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		defer running(t, j)()
		job, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Wait(t.Context(), job.ID, time.Hour); err != nil {
			t.Fatal(err)
		}
		list, _, err := j.Audit.List(t.Context(), book.ActQuery{What: "job", Phase: book.Done, Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if n := namedBy(list[0].Result); len(n.IDs) != 30 || n.First != 1 || n.Last != 30 || n.Count != 30 {
			t.Errorf("%+v", n)
		}
	})
}
