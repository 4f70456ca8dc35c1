package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

// TestTheFileIsTakenAway: what is written into a file that nobody finds again
// is not acknowledged, and everybody who asks is told so, also where nothing
// is written.
func TestTheFileIsTakenAway(t *testing.T) {
	away := func(path string) error { return os.Rename(path, path+".away") }
	copied := func(path string) error { // as an editor, rsync or sed -i leave it
		from, err := os.Open(path)
		if err != nil {
			return err
		}
		to, err := os.Create(path + ".new")
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		return errors.Join(err, from.Close(), to.Close(), os.Rename(path, path+".away"), os.Rename(path+".new", path))
	}
	for name, take := range map[string]func(string) error{"moved": away, "replaced by a copy": copied} {
		for _, file := range []string{"log.db", "log.db-wal"} {
			t.Run(file+" "+name, func(t *testing.T) {
				dir := t.TempDir()
				s := mustOpen(t, dir)
				commit(t, s, page(0, 20, 0))
				path := filepath.Join(dir, file)
				if err := take(path); err != nil {
					t.Fatal(err)
				}
				if p := s.Writable(); p == nil || p.Code != "GW-R026" || p.Value != path {
					t.Fatalf("nothing is written meanwhile, and it is told %v", p)
				}
				_, err := s.Commit(t.Context(), page(20, 20, 0))
				if !problem.Has(err, problem.CannotWrite) {
					t.Fatalf("a commit was answered with %v", err)
				}
				if es, err := s.Read(t.Context(), "dossier", nil, 100); err != nil || len(es) != 20 {
					t.Fatalf("%d entries are read, want the 20 of before (%v)", len(es), err)
				}
				if err := os.Rename(path+".away", path); err != nil {
					t.Fatal(err)
				}
				waitFor(t, func() bool { return s.Writable() == nil })
				commit(t, s, page(20, 20, 0))
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = mustOpen(t, dir)
				if es, err := s.Read(t.Context(), "dossier", nil, 100); err != nil || len(es) != 40 || s.Trouble() != nil {
					t.Errorf("%d entries after it was put back, want 40 (%v, %v)", len(es), err, s.Trouble())
				}
			})
		}
	}
}

// TestTheFileIsTakenAwayWithinACommit: also where it went between the look and
// the commit, nobody is told that the page is safe.
func TestTheFileIsTakenAwayWithinACommit(t *testing.T) {
	dir := t.TempDir()
	path, armed := filepath.Join(dir, "log.db"), false
	s, err := Open(t.Context(), Options{Dir: dir, hook: func(point string) {
		if armed && point == "before-commit" {
			if err := os.Rename(path, path+".away"); err != nil {
				t.Error(err)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	commit(t, s, page(0, 20, 0))
	armed = true
	if _, err := s.Commit(t.Context(), page(20, 20, 0)); !problem.Has(err, problem.CannotWrite) {
		t.Fatalf("it was answered with %v", err)
	}
}

func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !what(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about in 10 s")
		}
	}
}
