package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/sqlite"
)

// TestBackup copies a store that is being written to: the copy is one moment
// of it, whole, and another history.
func TestBackup(t *testing.T) {
	from, dir := t.TempDir(), filepath.Join(t.TempDir(), "a", "copy")
	s := mustOpen(t, from)
	walk := func(n int) journal.Batch { // hundred records, and how many hundreds there were
		b := page(n*100, 100, 0)
		b.Next = []byte(strconv.Itoa(n + 1))
		if n > 0 {
			b.From = []byte(strconv.Itoa(n))
		}
		return b
	}
	for n := range 20 {
		commit(t, s, walk(n))
	}
	stop, done := make(chan struct{}), make(chan error)
	var pages atomic.Int64
	go func() {
		var err error
		for n := 20; err == nil; n++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
				_, err = s.Commit(t.Context(), walk(n))
				pages.Add(1)
			}
		}
		done <- err
	}()
	before := pages.Load()
	size, err := Backup(t.Context(), from, dir)
	if err != nil || size == 0 || pages.Load() == before {
		t.Fatalf("%d bytes, %d pages meanwhile, %v", size, pages.Load()-before, err)
	}
	if _, err := Backup(t.Context(), from, dir); !isProblem(err, "GW-K008") {
		t.Fatalf("a backup was written over: %v", err)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r := mustOpen(t, dir)
	copied := 0
	for after := (journal.Position)(nil); ; {
		es, err := r.Read(t.Context(), "dossier", after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		copied += len(es)
		after = journal.Position{es[len(es)-1].Seq}
	}
	at, err := r.Checkpoint(t.Context(), "dvc/dossiers")
	if err != nil || copied < 2000 || string(at) != strconv.Itoa(copied/100) || copied%100 != 0 {
		t.Fatalf("%d entries and the checkpoint %s: not one moment (%v)", copied, at, err)
	}
	old, _ := s.Epoch(t.Context())
	now, _ := r.Epoch(t.Context())
	if old == now || now == "" {
		t.Fatalf("epochs %q and %q", old, now)
	}
	_ = r.Close()
	r = mustOpen(t, dir)
	if again, _ := r.Epoch(t.Context()); again != now {
		t.Fatal("the epoch changes with every start")
	}
}

// TestBackupOfAnOlderFile: a copy before an upgrade is what one goes back to.
func TestBackupOfAnOlderFile(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	change := func(script string) {
		c, err := sqlite.Open(filepath.Join(from, folder.FileName), "busy_timeout(5000)")
		if err == nil {
			err = errors.Join(c.Script(script), c.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change(folder.Migrations()[0] + "PRAGMA user_version = 1")
	if _, err := Backup(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	c, err := sqlite.Open(filepath.Join(to, folder.FileName), "busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	if version, err := folder.Version(c); version != 1 || errors.Join(err, c.Close()) != nil {
		t.Fatalf("version %d, %v", version, err)
	}
	mustOpen(t, to)
	change("PRAGMA user_version = 99")
	if _, err := Backup(t.Context(), from, t.TempDir()); !isProblem(err, "GW-K002") {
		t.Fatalf("a newer file was copied: %v", err)
	}
}

// TestBackupIsRefused: what cannot be copied is refused, and leaves nothing behind.
func TestBackupIsRefused(t *testing.T) {
	if _, err := Backup(t.Context(), t.TempDir(), t.TempDir()); !isProblem(err, "GW-K006") {
		t.Fatalf("a folder without data: %v", err)
	}
	from := t.TempDir()
	s := mustOpen(t, from)
	for n := range 20 {
		commit(t, s, page(n*100, 100, 0))
	}
	_ = s.Close()
	path := filepath.Join(from, folder.FileName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[len(content)/2 : len(content)/2+8192]) // a bad stretch of the disk
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, err := Backup(t.Context(), from, to); !isProblem(err, "GW-K004") {
		t.Fatalf("damage was copied: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backup(over, from, to); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(to); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
}

// BenchmarkBackup copies a store of preloaded() records while pages of 500
// new ones come: how long it takes, and what the slowest page waits.
func BenchmarkBackup(b *testing.B) {
	from := benchDir(b)
	s := mustOpen(b, from)
	next, slowest := int(s.data.Heads.Load().Entity), time.Duration(0)
	b.ResetTimer()
	for range b.N {
		over, end := context.WithCancel(b.Context())
		done := make(chan error)
		go func() {
			for ; over.Err() == nil; next += 500 {
				begun := time.Now()
				if _, err := s.Commit(b.Context(), page(next, 500, 0)); err != nil {
					done <- err
					return
				}
				slowest = max(slowest, time.Since(begun))
			}
			done <- nil
		}()
		size, err := Backup(b.Context(), from, filepath.Join(b.TempDir(), "copy"))
		end()
		if err := errors.Join(err, <-done); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(size)
	}
	b.ReportMetric(float64(slowest.Milliseconds()), "slowest-page-ms")
}
