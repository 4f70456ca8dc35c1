package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/storetest"
)

var _ interface {
	Feeds(ctx context.Context) ([]journal.FeedInfo, error)
	Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position, limit int) (journal.Changes, error)
	Snapshot(ctx context.Context, feed canonical.Feed, f journal.Filter, after, upTo journal.Position, limit int) (journal.Snapshot, error)
	Digest(ctx context.Context, feed canonical.Feed) (journal.Digest, error)
	DigestBucket(ctx context.Context, feed canonical.Feed, bucket int) (at journal.Position, rows []journal.IDVersion, err error)
	History(ctx context.Context, id string) ([]journal.Entry, error)
	RawOf(ctx context.Context, id, version string) (canonical.Raw, error)
	List(ctx context.Context, q journal.ListQuery) (journal.List, error)
	Changed(feed canonical.Feed) <-chan struct{}
} = (*Store)(nil)

func commit(t *testing.T, s *Store, b journal.Batch) journal.Receipt {
	t.Helper()
	r, err := s.Commit(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Counts.Unexplained(0); n != 0 {
		t.Fatalf("%d raws ended as nothing: %+v", n, r.Counts)
	}
	return r
}

func one(it journal.Item) journal.Batch {
	at := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	return journal.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: at, Items: []journal.Item{it}}
}

func isProblem(err error, code string) bool {
	p, ok := problem.As(err)
	return ok && p.Code == code
}

func recordID(n int) string {
	return canonical.ID(canonical.KindDossier, "dvc", storetest.Synth{}.Key(n))
}

func TestLockedFolder(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir})
	if !isProblem(err, "GW-K001") {
		t.Fatalf("a second writer got %v", err)
	}
}

// TestOptionsThatCannotBeMeant are refused before anything is made.
func TestOptionsThatCannotBeMeant(t *testing.T) {
	for _, o := range []Options{{}, {Dir: t.TempDir(), Keep: -time.Hour}, {Dir: t.TempDir(), Parts: -1}, {Dir: t.TempDir(), Parts: 257}} {
		if _, err := Open(t.Context(), o); err == nil {
			t.Errorf("%+v was opened", o)
		}
		if o.Dir == "" {
			continue
		}
		if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
			t.Errorf("%+v left %v behind: %v", o, left, err)
		}
	}
}

func TestNewerFile(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := s.queue.do(t.Context(), "test", func(t *tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	c, err := sqlite.Open(filepath.Join(dir, folder.FileName), "busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Script("PRAGMA user_version = 99"), c.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Dir: dir})
	if !isProblem(err, "GW-K002") {
		t.Fatalf("a newer file was opened: %v", err)
	}
}

func TestHistoryAndRaws(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	item := storetest.Synth{}.Item
	for _, v := range []int{1, 5, 3, 3, 6} { // 3 is stale, and comes twice
		commit(t, s, one(item(7, v)))
	}
	h, err := s.History(t.Context(), recordID(7))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range h {
		raw, err := s.RawOf(t.Context(), recordID(7), e.Version)
		if err != nil {
			t.Fatal(err)
		}
		if raw.Digest() != e.RawDigest {
			t.Fatalf("version %s has another raw", e.Version)
		}
		name := raw.Version
		if e.Superseded {
			name += " superseded"
		}
		got = append(got, name)
	}
	if text := strings.Join(got, ", "); text != "6, 5, 1, 3 superseded" {
		t.Fatalf("history: %s", text)
	}
	raw, err := s.RawOf(t.Context(), recordID(7), "")
	if err != nil || raw.Version != "6" || string(raw.Payload) != string(item(7, 6).Raw.Payload) {
		t.Fatalf("current raw %q, %v", raw.Version, err)
	}
	if _, err := s.Record(t.Context(), recordID(8)); !errors.Is(err, journal.ErrNotFound) {
		t.Fatalf("a record never seen: %v", err)
	}
}

func TestQuarantine(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	good := storetest.Synth{}.Item(1, 1)
	bad := good
	bad.Record, bad.Problem = nil, &problem.Problem{Code: "GW-V001", Field: "status", Path: "$.TrangThai", Value: strings.Repeat("x", 200)}
	for range 3 {
		if r := commit(t, s, one(bad)); r.Counts.Held != 1 {
			t.Fatalf("%+v", r.Counts)
		}
	}
	held, err := s.HeldRaws(t.Context(), journal.HeldQuery{Stream: "dvc/dossiers", Code: "GW-V001"})
	if err != nil || len(held) != 1 || held[0].Times != 3 || string(held[0].Raw.Payload) != string(good.Raw.Payload) {
		t.Fatalf("held %+v, %v", held, err)
	}
	if n := len([]rune(held[0].Problem.Value)); n > 80 {
		t.Fatalf("a value of %d runes is shown", n)
	}
	groups, err := s.HeldGroups(t.Context())
	if err != nil || len(groups) != 1 || groups[0].Count != 1 || len(groups[0].Values) != 1 {
		t.Fatalf("groups %+v, %v", groups, err)
	}
	replayHeld(t, s, good)
}

// replayHeld maps again, with another mapping, what is held.
func replayHeld(t *testing.T, s *Store, good journal.Item) {
	t.Helper()
	if got := s.Known("dvc/dossiers", good.Raw.Key, good.Digest, "synth@1"); got != journal.Held {
		t.Fatalf("known %q", got)
	}
	b := one(good) // the replay: another mapping reads it
	b.Mapping = "synth@2"
	commit(t, s, b)
	if held, _ := s.Held(t.Context(), journal.HeldQuery{}); len(held) != 0 {
		t.Fatalf("still held: %+v", held)
	}
	if raw, err := s.RawOf(t.Context(), recordID(1), ""); err != nil || raw.Digest() != good.Digest {
		t.Fatal("the raw is lost", err)
	}
	infos, _ := s.Feeds(t.Context())
	for _, f := range infos {
		if f.Feed == "dossier" && (f.Held != 0 || f.Live != 1 || f.Head.Sum() != 1) {
			t.Fatalf("%+v", f)
		}
	}
}

func TestDropHeld(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	bad := storetest.Synth{}.Item(1, 1)
	bad.Record, bad.Problem = nil, &problem.Problem{Code: "GW-V001"}
	commit(t, s, one(bad))
	held, _ := s.Held(t.Context(), journal.HeldQuery{})
	if since, err := s.HeldSince(t.Context(), held[0].Stream); err != nil || !since.Equal(held[0].FirstSeen) {
		t.Fatalf("held since %v, want %v (%v)", since, held[0].FirstSeen, err)
	}
	if since, err := s.HeldSince(t.Context(), "no/such"); err != nil || !since.IsZero() {
		t.Fatalf("a stream nobody knows holds since %v (%v)", since, err)
	}
	if _, err := s.DropHeld(t.Context(), []int64{held[0].ID}, "admin", " "); err == nil {
		t.Fatal("dropped without a reason")
	}
	if n, err := s.DropHeld(t.Context(), []int64{held[0].ID, 999}, "admin", "gửi thử"); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	gone, err := s.Held(t.Context(), journal.HeldQuery{IDs: []int64{held[0].ID}, Dropped: true})
	if err != nil || len(gone) != 1 || gone[0].Dropped == nil || gone[0].Dropped.At.IsZero() {
		t.Fatalf("what was dropped is not found: %+v %v", gone, err)
	}
	if r := commit(t, s, one(bad)); r.Counts.Held != 1 { // the source gives it again: held again
		t.Fatalf("%+v", r.Counts)
	}
	streams, _ := s.Streams(t.Context())
	if len(streams) != 1 || streams[0].Held != 1 {
		t.Fatalf("%+v", streams)
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for v := range 4 { // 200 records; each third changes every day
		b := journal.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: day.AddDate(0, 0, v)}
		for n := range 200 {
			if v == 0 || n%3 == 0 {
				b.Items = append(b.Items, storetest.Synth{}.Item(n, v))
			}
		}
		commit(t, s, b)
	}
	before, _ := s.Digest(t.Context(), "dossier")
	if n, err := s.Prune(t.Context(), day.AddDate(0, 0, 3)); err != nil || n != 67*3 {
		t.Fatalf("%d pruned, %v", n, err)
	}
	for range 2 {
		pruned(t, s, before)
		_ = s.Close()
		s = mustOpen(t, dir)
	}
	if _, err := s.Prune(t.Context(), day.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	head := s.data.Heads.Load().Tracks[3].Head
	if _, err := s.Read(t.Context(), "dossier", journal.Position{head - 1}, 1); !errors.Is(err, journal.ErrExpired) {
		t.Fatalf("an empty page hides that it is too old: %v", err)
	}
	if es, err := s.Read(t.Context(), "dossier", journal.Position{head}, 1); err != nil || len(es) != 0 {
		t.Fatal(err)
	}
}

// pruned checks what TestPrune must have left.
func pruned(t *testing.T, s *Store, before journal.Digest) {
	t.Helper()
	infos, _ := s.Feeds(t.Context())
	info := infos[2]
	oldest := info.Oldest[0]
	if oldest != info.Head[0]-66 || info.Live != 200 {
		t.Fatalf("%+v", info)
	}
	if _, err := s.Read(t.Context(), "dossier", journal.Position{oldest - 2}, 10); !errors.Is(err, journal.ErrExpired) {
		t.Fatalf("too old is answered with %v", err)
	}
	if es, err := s.Read(t.Context(), "dossier", journal.Position{oldest - 1}, 100); err != nil || len(es) != 67 {
		t.Fatal(len(es), err)
	}
	snap, err := s.Snapshot(t.Context(), "dossier", journal.Filter{}, nil, info.Head, 1000)
	if err != nil || len(snap.Entries) != 200 || snap.Next != nil {
		t.Fatal(len(snap.Entries), err)
	}
	if e, err := s.Record(t.Context(), recordID(1)); err != nil || e.ID != recordID(1) {
		t.Fatal(err)
	}
	if _, err := s.RawOf(t.Context(), recordID(1), ""); err != nil {
		t.Fatal(err)
	}
	if h, err := s.History(t.Context(), recordID(3)); err != nil || len(h) != 1 {
		t.Fatal(len(h), err)
	}
	if after, _ := s.Digest(t.Context(), "dossier"); after.Buckets != before.Buckets || after.At[0] != before.At[0] {
		t.Fatal("the digest changed")
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	commit(t, s, page(0, 10, 0))
	err := s.queue.do(t.Context(), "test", func(t *tx) error {
		return t.c.Exec("UPDATE chunk SET data = substr(data, 1, length(data) - 9)")
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Read(t.Context(), "dossier", nil, 10)
	if !isProblem(err, "GW-K004") {
		t.Fatalf("a damaged chunk is read as %v", err)
	}
}

// TestFullDisk: a commit that finds no room fails whole, and the next one works.
func TestFullDisk(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	commit(t, s, page(0, 100, 0))
	limit := func(n string) {
		t.Helper()
		if err := s.queue.do(t.Context(), "test", func(t *tx) error { return t.c.Exec("PRAGMA max_page_count = " + n) }); err != nil {
			t.Fatal(err)
		}
	}
	limit("1")
	b := page(100, 2000, 0)
	b.Next = []byte(`1`)
	if _, err := s.Commit(t.Context(), b); !isProblem(err, "GW-R018") {
		t.Fatalf("committed without room: %v", err)
	}
	if p := s.Writable(); p == nil || p.Code != "GW-R018" {
		t.Fatalf("the store takes nothing, and says %v", p)
	}
	if cp, _ := s.Checkpoint(t.Context(), "dvc/dossiers"); cp != nil {
		t.Fatal("the checkpoint moved")
	}
	limit("1000000")
	if r := commit(t, s, b); r.Counts.Published != 2000 {
		t.Fatalf("%+v", r.Counts)
	}
	es, err := s.Read(t.Context(), "dossier", nil, 5000)
	if err != nil || len(es) != 2100 || es[2099].Seq != 2100 {
		t.Fatal(len(es), err)
	}
}

func TestGroupCommit(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			src := storetest.Synth{Source: "dvc" + string(rune('a'+n))}
			for i := range 20 {
				b := journal.Batch{Stream: src.Source + "/dossiers", Mapping: "m", At: time.Now(), Items: []journal.Item{src.Item(i, 0)}}
				if _, err := s.Commit(t.Context(), b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	st, _ := s.Stats(t.Context())
	if st.LargestJob < 2 || st.Commits >= st.Jobs {
		t.Fatalf("no commit was shared: %+v", st)
	}
	es, err := s.Read(t.Context(), "dossier", nil, 1000)
	if err != nil || len(es) != 320 || es[319].Seq != 320 {
		t.Fatal(len(es), err)
	}
}
