package store

import (
	"sync"
	"testing"

	"iocgateway/adapters"
	"iocgateway/router/journal"
	"iocgateway/router/storetest"
)

// TestAdoptedStream: the records of a stream that took another's place stay
// the same entities of the feed.
func TestAdoptedStream(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	commit(t, s, page(0, 20, 0))
	b := page(0, 20, 0)
	b.Items = append(b.Items, storetest.Synth{}.Item(3, 1))
	b.Stream, b.Adopts = "dvc/ho-so", []string{"dvc/dossiers"}
	r := commit(t, s, b)
	if r.Counts.Unchanged != 20 || r.Counts.Published != 1 {
		t.Fatalf("%+v", r.Counts)
	}
	owns(t, s, map[string]int{"dvc/dossiers": 0, "dvc/ho-so": 20})
	if r := commit(t, s, page(0, 20, 0)); r.Counts.Held != 20 {
		t.Fatalf("the stream that gave them away: %+v", r.Counts)
	}
	owns(t, s, map[string]int{"dvc/dossiers": 0, "dvc/ho-so": 20})
}

// TestWhatChangedHandsIsExported: to whom a record went that did not change, and
// beside it what the stream that had it gave since.
func TestWhatChangedHandsIsExported(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	commit(t, s, page(0, 20, 0))
	b := page(0, 20, 0)
	b.Stream, b.Adopts = "dvc/ho-so", []string{"dvc/dossiers"}
	commit(t, s, b)
	commit(t, s, page(0, 20, 0))
	seen, held := 0, 0
	err := s.Export(t.Context(), func(x journal.Exported) error {
		switch v := x.Verdict; {
		case v == nil:
		case v.Stream == "dvc/ho-so" && v.Held == nil && v.Seen.After > 0:
			seen++
		case v.Stream == "dvc/dossiers" && v.Held != nil && v.Owner.Stream == "dvc/ho-so" && v.Owner.After > 0:
			held++
		default:
			t.Errorf("%+v", v)
		}
		return nil
	})
	if err != nil || seen != 20 || held != 20 {
		t.Fatalf("%d that moved, %d held beside them (%v)", seen, held, err)
	}
}

// owns holds the live records of streams and of the digest against a count.
func owns(t *testing.T, s *Store, live map[string]int) {
	t.Helper()
	all := 0
	for stream, want := range live {
		keys, err := s.LiveKeys(t.Context(), stream, adapters.Scope{})
		if err != nil || len(keys) != want {
			t.Fatalf("%s has %d keys, want %d (%v)", stream, len(keys), want, err)
		}
		all += want
	}
	d, err := s.Digest(t.Context(), "dossier")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range d.Buckets {
		n += d.Buckets[i].Count
	}
	if n != all {
		t.Fatalf("%d live records, want %d", n, all)
	}
}

// TestTwoStreamsOneKey: whichever of two streams comes first has an id, also
// where both come at the same moment; the other's Raws are held, as often as
// they come, and leave with what adopts them.
func TestTwoStreamsOneKey(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	names := []string{"dvc/dossiers", "dvc/ho-so", "dvc/bien-nhan"}
	var mu sync.Mutex
	first := map[string]int{} // published by stream
	round := func(v int) (counts journal.Counts) {
		var wg sync.WaitGroup
		for n, name := range names {
			wg.Go(func() {
				for from := 0; from < 200; from += 20 {
					b := page(from, 20, v+n) // the same keys, another content
					b.Stream = name
					r, err := s.Commit(t.Context(), b)
					mu.Lock()
					if err != nil {
						t.Error(err)
					}
					first[name] += r.Counts.Published
					counts.Add(r.Counts)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		return counts
	}
	if c := round(0); c.Published != 200 || c.Held != 400 {
		t.Fatalf("%+v", c)
	}
	owns(t, s, first)
	if c := round(0); c.Unchanged != 200 || c.Held != 400 || c.Again != 400 || c.Published != 0 {
		t.Fatalf("unchanged data: %+v", c)
	}
	held, err := s.HeldRaws(t.Context(), journal.HeldQuery{Stream: names[0]})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range held {
		if h.Problem.Code != "GW-K015" || h.Problem.Value != names[1] && h.Problem.Value != names[2] {
			t.Fatalf("%+v", h.Problem)
		}
	}
}
