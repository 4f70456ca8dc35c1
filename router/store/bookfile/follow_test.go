package bookfile

import (
	"context"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// told are the changes of another book: rows, and an item over and over.
func told(t *testing.T, rows int) []book.Change {
	t.Helper()
	from := open(t, Options{Dir: t.TempDir()})
	var all []book.Change
	for i := range rows {
		r, err := from.Append(t.Context(), "audit", i)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, book.Change{Op: book.OpAppend, Row: &r},
			book.Change{Op: book.OpPut, Item: &book.Item{Section: "job", Key: "a", Rev: uint64(i + 1), Body: []byte("1")}})
	}
	return all
}

// TestTakeAgain: what a crash cut is taken in again, and what is there already
// passed over; how far that was outlives an open.
func TestTakeAgain(t *testing.T) {
	dir := t.TempDir()
	all := told(t, 6)
	b := open(t, Options{Dir: dir})
	if !b.Empty() {
		t.Error("a new book is not empty")
	}
	for i, part := range [][]book.Change{all[:4], all[2:8], all} {
		if err := b.Take(t.Context(), part, book.Origin{Of: "x", Next: int64(i)}); err != nil {
			t.Fatal(err)
		}
		_ = b.Close()
		b = open(t, Options{Dir: dir})
		if b.Origin() != (book.Origin{Of: "x", Next: int64(i)}) {
			t.Errorf("read up to %+v", b.Origin())
		}
	}
	isWhole(t, b, 6)
	if item, err := b.Get("job", "a"); err != nil || item.Rev != 6 {
		t.Errorf("%+v %v", item, err)
	}
	exported := 0
	if err := b.Export(t.Context(), func(book.Change) error { exported++; return nil }); err != nil || exported != 7 {
		t.Errorf("%d changes were given, %v", exported, err)
	}
}

// TestTakeAFork: another row under the same number is no copy's to keep.
func TestTakeAFork(t *testing.T) {
	b := open(t, Options{Dir: t.TempDir()})
	if err := b.Take(t.Context(), told(t, 3), book.Origin{}); err != nil {
		t.Fatal(err)
	}
	other := told(t, 3)[4] // made at another time
	if err := b.Take(t.Context(), []book.Change{other}, book.Origin{}); err == nil {
		t.Fatal("a fork was taken in")
	}
	if p, ok := problem.As(b.Damage()); !ok || p.Code != "GW-R041" {
		t.Errorf("%v", b.Damage())
	}
}

// TestTakeAHole: rows that are not there any more were pruned, or Verify says
// that they are missing; over an open too.
func TestTakeAHole(t *testing.T) {
	from := open(t, Options{Dir: t.TempDir()})
	fill(t, from, 5)
	var all []book.Change
	collect := func() {
		all = nil
		if err := from.Export(t.Context(), func(c book.Change) error { all = append(all, c); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	collect()
	first := all[:2]
	for name, prune := range map[string]bool{"pruned": true, "missing": false} {
		dir := t.TempDir()
		b := open(t, Options{Dir: dir})
		if err := b.Take(context.Background(), first, book.Origin{}); err != nil {
			t.Fatal(err)
		}
		if prune {
			if _, err := from.Prune(t.Context(), "audit", time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			fill(t, from, 1)
		}
		collect()
		rest := all
		if !prune {
			rest = all[len(all)-1:] // the last row alone
		}
		if err := b.Take(t.Context(), rest, book.Origin{}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			v, err := b.Verify(t.Context(), "audit")
			if err != nil || v.Whole != prune || b.Damage() != nil {
				t.Errorf("%s: %+v %v %v", name, v, err, b.Damage())
			}
			_ = b.Close()
			b = open(t, Options{Dir: dir})
		}
	}
}
