package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"iocgateway/router"
)

// TestBackup copies a store that is being written to: the copy is one moment
// of it, whole, and another history.
func TestBackup(t *testing.T) {
	from, dir := t.TempDir(), filepath.Join(t.TempDir(), "a", "copy")
	s := mustOpen(t, from)
	walk := func(n int) router.Batch { // hundred records, and how many hundreds there were
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
	go func() {
		var err error
		for n := 20; err == nil; n++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
				_, err = s.Commit(t.Context(), walk(n))
			}
		}
		done <- err
	}()
	size, err := Backup(t.Context(), from, dir)
	if err != nil || size == 0 {
		t.Fatal(size, err)
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
	for after := (router.Position)(nil); ; {
		es, err := r.Read(t.Context(), "dossier", after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		copied += len(es)
		after = router.Position{es[len(es)-1].Seq}
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
		c, err := openConn(filepath.Join(from, fileName), "busy_timeout(5000)")
		if err == nil {
			err = errors.Join(c.script(script), c.close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change(migrations()[0] + "PRAGMA user_version = 1")
	if _, err := Backup(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	c, err := openConn(filepath.Join(to, fileName), "busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	if version, err := c.version(); version != 1 || errors.Join(err, c.close()) != nil {
		t.Fatalf("version %d, %v", version, err)
	}
	mustOpen(t, to)
	change("PRAGMA user_version = 99")
	if _, err := Backup(t.Context(), from, t.TempDir()); !isProblem(err, "GW-K002") {
		t.Fatalf("a newer file was copied: %v", err)
	}
}

// TestBackupIsRefused: what cannot be copied is said, and leaves nothing behind.
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
	path := filepath.Join(from, fileName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[len(content)/2 : len(content)/2+8192]) // a bad stretch of the disk
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, err := Backup(t.Context(), from, to); !isProblem(err, "GW-K008") {
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
