package kafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev"
	"iocgateway/router/book"
	"iocgateway/router/store/bookfile"
)

// sharer is one node's share of the book.
type sharer struct {
	*Book
	local *bookfile.File
}

func share(t *testing.T, dir string, o Options) *sharer {
	t.Helper()
	local, err := bookfile.Open(bookfile.Options{Dir: dir, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenBook(t.Context(), o, local)
	if err != nil {
		t.Fatal(err)
	}
	s := &sharer{b, local}
	t.Cleanup(func() { _ = s.stop() })
	return s
}

func (s *sharer) stop() error {
	if s.Book == nil {
		return nil
	}
	err := errors.Join(s.Book.Close(), s.local.Close())
	s.Book = nil
	return err
}

// ofTopic is what the topic is known by, as a node's copy has it.
func (s *sharer) ofTopic(t *testing.T, o Options) string {
	t.Helper()
	fresh := share(t, t.TempDir(), o)
	defer func() { _ = fresh.stop() }()

	id, err := fresh.ensure()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// until waits until a node's copy has a head.
func (s *sharer) until(t *testing.T, head book.Anchor) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); s.Head("audit") != head; {
		if time.Now().After(deadline) {
			t.Fatalf("the copy has %+v, not %+v; damage %v", s.Head("audit"), head, s.Damage())
		}
		<-time.After(5 * time.Millisecond)
	}
}

func isWhole(t *testing.T, b book.Book, rows int) book.Verdict {
	t.Helper()
	v, err := b.Verify(t.Context(), "audit")
	if err != nil || !v.Whole || v.Rows != rows || b.Damage() != nil {
		t.Fatalf("%+v %v, want %d rows; damage %v", v, err, rows, b.Damage())
	}
	return v
}

// judgeBook has two nodes write at once, lose a disk and prune.
func judgeBook(t *testing.T, o Options, each int) {
	now := time.Now()
	o.Now = func() time.Time { return now }
	dir := t.TempDir()
	one, two := share(t, t.TempDir(), o), share(t, dir, o)
	var group sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]string{}
	won := map[uint64]int{}
	for name, s := range map[string]*sharer{"one": one, "two": two} {
		group.Go(func() {
			for i := range each {
				what := fmt.Sprint(name, " ", i)
				r, err := s.Append(t.Context(), "audit", what)
				if err != nil {
					t.Error(err)
					return
				}
				item, err := s.Get("job", "a")
				rev := uint64(0)
				if err == nil {
					rev = item.Rev
				}
				rev, puts := s.Put(t.Context(), "job", "a", rev, what)
				mu.Lock()
				acknowledged[r.Hash] = what
				if puts == nil {
					won[rev]++
				} else if !errors.Is(puts, book.ErrConflict) {
					t.Error(puts)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	last, err := one.Append(t.Context(), "audit", "last")
	if err != nil {
		t.Fatal(err)
	}
	two.until(t, book.Anchor{Seq: last.Seq, Hash: last.Hash})
	for _, s := range []*sharer{one, two} {
		isWhole(t, s, 2*each+1)
		rows, err := s.Read(t.Context(), "audit", 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, r := range rows {
			if want, ok := acknowledged[r.Hash]; ok && string(r.Body) == fmt.Sprintf("%q", want) {
				found++
			}
		}
		if found != 2*each {
			t.Errorf("%d of %d acknowledged rows are there", found, 2*each)
		}
	}
	for rev, times := range won {
		if times != 1 {
			t.Errorf("revision %d was won %d times", rev, times)
		}
	}
	if item, err := one.Get("job", "a"); err != nil || int(item.Rev) != len(won) {
		t.Errorf("%+v %v after %d changes", item, err, len(won))
	}
	now = now.Add(time.Hour)
	judgeLoss(t, o, one, two, dir, 2*each+1)
}

// judgeLoss: a copy that is made anew is the same, before and after a pruning.
func judgeLoss(t *testing.T, o Options, one, two *sharer, dir string, rows int) {
	if err := one.Delete(t.Context(), "job", "a", mustRev(t, one)); err != nil {
		t.Fatal(err)
	}
	if err := two.stop(); err != nil {
		t.Fatal(err)
	}
	two = share(t, dir, o) // goes on where it was
	two.until(t, one.Head("audit"))
	isWhole(t, two, rows)
	if err := two.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, bookfile.Name)); err != nil {
		t.Fatal(err)
	}
	two = share(t, dir, o)
	two.until(t, one.Head("audit"))
	isWhole(t, two, rows)
	if n, err := two.Prune(t.Context(), "audit", o.Now().Add(-time.Minute)); err != nil || n != rows {
		t.Fatalf("%d pruned, %v", n, err)
	}
	one.until(t, two.Head("audit"))
	for _, s := range []*sharer{one, two} {
		if v := isWhole(t, s, 1); v.Pruned != uint64(rows) {
			t.Errorf("%+v", v)
		}
	}
	if _, err := one.Append(t.Context(), "audit", "after"); err != nil {
		t.Fatal(err)
	}
	late := share(t, t.TempDir(), o) // reads a topic that is thinned out, or not yet
	late.until(t, one.Head("audit"))
	if v, err := late.Verify(t.Context(), "audit"); err != nil || !v.Whole {
		t.Errorf("a copy made after the pruning: %+v %v", v, err)
	}
	if _, err := late.Get("job", "a"); !errors.Is(err, book.ErrNotFound) {
		t.Errorf("a deleted item is there again: %v", err)
	}
}

func mustRev(t *testing.T, s *sharer) uint64 {
	t.Helper()
	item, err := s.Get("job", "a")
	if err != nil {
		t.Fatal(err)
	}
	return item.Rev
}

func TestBookOfTwoNodes(t *testing.T) {
	judgeBook(t, options(fake(t)), 15)
}

func TestBookOfTwoNodesKafka(t *testing.T) {
	dev.Need(t, "kafka")
	judgeBook(t, options(dev.SharedKafka(t).Addrs()), 25)
}

// TestBookOldWriterIsRefused: a node that slept while another took the book
// over writes nothing of what it had made; it makes it anew behind the other's.
func TestBookOldWriterIsRefused(t *testing.T) {
	o := options(fake(t))
	one, two := share(t, t.TempDir(), o), share(t, t.TempDir(), o)
	first, err := one.Append(t.Context(), "audit", "first")
	if err != nil {
		t.Fatal(err)
	}
	stale, err := one.NextRow("audit", time.Now(), nil, "stale") // made before the other's
	if err != nil {
		t.Fatal(err)
	}
	second, err := two.Append(t.Context(), "audit", "second")
	if err != nil || second.Prev != first.Hash {
		t.Fatalf("%+v %v", second, err)
	}
	msg, err := messageOf(one.topic, stale)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.transact(t.Context(), msg); err == nil {
		t.Fatal("a writer that was fenced wrote")
	}
	third, err := one.Append(t.Context(), "audit", "third")
	if err != nil || third.Prev != second.Hash || third.Seq != 3 {
		t.Fatalf("%+v %v", third, err)
	}
	isWhole(t, one, 3)
}

// TestBookWithoutKafka: what cannot be written is said within its time, and
// what is there can be read.
func TestBookWithoutKafka(t *testing.T) {
	o := options(fake(t))
	s := share(t, t.TempDir(), o)
	if _, err := s.Append(t.Context(), "audit", "first"); err != nil {
		t.Fatal(err)
	}
	s.end() // nothing is read back any more
	<-s.done
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := s.Append(ctx, "audit", "second"); err == nil || s.Damage() == nil {
		t.Error("a row that was not read back is said to be written")
	}
	if rows, err := s.Read(t.Context(), "audit", 0, 10); err != nil || len(rows) == 0 {
		t.Errorf("%+v %v", rows, err)
	}
	local, err := bookfile.Open(bookfile.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	if err := local.Take(t.Context(), nil, book.Origin{Of: "another topic", Next: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBook(t.Context(), o, local); codeOf(err) != "GW-Q014" {
		t.Errorf("a copy of another book: %v", err)
	}
	_ = s.stop()
	if local, err = bookfile.Open(bookfile.Options{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	if err := local.Take(t.Context(), nil, book.Origin{Of: s.ofTopic(t, o), Next: 5000}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBook(t.Context(), o, local); codeOf(err) != "GW-R054" {
		t.Errorf("a topic that is shorter than what was read of it: %v", err)
	}
}

// TestBookMovesIn: a chain goes on as it was, and moves into a new topic only.
func TestBookMovesIn(t *testing.T) {
	old, err := bookfile.Open(bookfile.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	for i := range 1200 {
		if _, err := old.Append(t.Context(), "audit", i); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := old.Put(t.Context(), "job", "a", 0, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Put(t.Context(), "job", "a", 1, "y"); err != nil {
		t.Fatal(err)
	}
	o := options(fake(t))
	s := share(t, t.TempDir(), o)
	if n, err := s.Import(t.Context(), old.Export); err != nil || n != 1201 {
		t.Fatalf("%d changes, %v", n, err)
	}
	if v := isWhole(t, s, 1200); v.Head != old.Head("audit") {
		t.Errorf("%+v", v)
	}
	if item, err := s.Get("job", "a"); err != nil || item.Rev != 2 || string(item.Body) != `"y"` {
		t.Errorf("%+v %v", item, err)
	}
	if r, err := s.Append(t.Context(), "audit", "on"); err != nil || r.Seq != 1201 {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := s.Import(t.Context(), old.Export); codeOf(err) != "GW-Q015" {
		t.Errorf("into a book that has something: %v", err)
	}
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return fmt.Sprint(err)
}

// TestBookLacksWhatIsKnown: where both the copy and the end of the topic went,
// what is known elsewhere tells; before the copy is level nothing is concluded.
func TestBookLacksWhatIsKnown(t *testing.T) {
	o := options(fake(t))
	first := share(t, t.TempDir(), o)
	for range 3 {
		if _, err := first.Append(t.Context(), "audit", "x"); err != nil {
			t.Fatal(err)
		}
	}
	none := codeOf(nil)
	head := first.Head("audit")
	for name, c := range map[string]struct {
		known book.Anchor
		code  string
	}{
		"all of it":            {head, none},
		"older":                {book.Anchor{Seq: 3, Hash: head.Hash}, none},
		"nothing known":        {book.Anchor{}, none},
		"more than there is":   {book.Anchor{Seq: 9, Hash: "of a topic that was removed"}, "GW-R054"},
		"another last row":     {book.Anchor{Seq: 3, Hash: "another"}, "GW-R054"},
		"another row before":   {book.Anchor{Seq: 2, Hash: "another"}, "GW-R054"},
		"one row more than is": {book.Anchor{Seq: 4, Hash: "x"}, "GW-R054"},
	} {
		t.Run(name, func(t *testing.T) {
			s := share(t, t.TempDir(), o) // its copy was lost too
			met := make(chan struct{}, 1)
			s.Expect(map[string]book.Anchor{"audit": c.known}, func() { met <- struct{}{} })
			if err := s.Level(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := codeOf(s.Damage()); got != c.code || (len(met) == 1) != (c.code == none) {
				t.Errorf("%q, met %d, want %q: %v", got, len(met), c.code, s.Damage())
			}
			_, put := s.Put(t.Context(), "job", name, 0, 1)
			if got := codeOf(put); got != c.code {
				t.Errorf("a change: %q, want %q", got, c.code)
			}
		})
	}
}
