package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/sqlite"
)

// flip flips a bit inside a chunk of the file, where SQLite sees nothing.
func flip(t *testing.T, dir string) {
	t.Helper()
	c, err := sqlite.Open(filepath.Join(dir, folder.FileName), "busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	err = c.Rows("SELECT data FROM chunk ORDER BY k LIMIT 1 OFFSET 3", func(v []driver.Value) error {
		data = sqlite.Bytes(v[0])
		return nil
	})
	if err = errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, folder.FileName), func(b []byte) []byte {
		at := bytes.Index(b, data[40:120])
		if at < 0 {
			t.Fatal("the chunk was not found in the file")
		}
		b[at+17] ^= 4
		return b
	})
}

// TestDamageIsCalledDamage: whatever is wrong with the file, the check says
// so, by its code and with the whole path, and so does a start that cannot go on.
func TestDamageIsCalledDamage(t *testing.T) {
	whole := t.TempDir()
	s := mustOpen(t, whole)
	fill(t, s, 1000)
	_ = s.Close()
	for _, c := range []struct {
		name, code string
		harm       func(t *testing.T, dir, path string)
		quick      bool // also found without reading everything
		starts     bool // it can be opened all the same
	}{
		{"a bit flipped in a chunk", "GW-K004", func(t *testing.T, dir, _ string) { flip(t, dir) }, false, true},
		{"cut off", "GW-K004", func(t *testing.T, _, path string) {
			change(t, path, func(b []byte) []byte { return b[:len(b)/2] })
		}, true, false},
		{"garbage", "GW-K004", func(t *testing.T, _, path string) {
			change(t, path, func(b []byte) []byte { return bytes.Repeat([]byte("rác"), len(b)/4) })
		}, true, false},
		{"empty", "GW-K013", func(t *testing.T, _, path string) {
			change(t, path, func([]byte) []byte { return nil })
		}, true, true},
		{"empty, and nobody knows of more", "GW-K004", func(t *testing.T, dir, path string) {
			change(t, path, func([]byte) []byte { return nil })
			if err := os.Remove(filepath.Join(dir, folder.HeadMarkName)); err != nil {
				t.Fatal(err)
			}
		}, true, true},
		{"gone", "GW-K013", func(t *testing.T, _, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, true, true},
		{"of a newer version", "GW-K002", func(t *testing.T, _, path string) {
			c, err := sqlite.Open(path, "busy_timeout(5000)")
			if err == nil {
				err = errors.Join(c.Script("PRAGMA user_version = 99"), c.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copied(t, whole)
			path := filepath.Join(dir, folder.FileName)
			if found, err := Check(t.Context(), dir, true); err != nil || !found.Full || found.Chunks == 0 {
				t.Fatalf("a sound store: %+v, %v", found, err)
			}
			c.harm(t, dir, path)
			before := listing(t, dir)
			for _, full := range []bool{false, true} {
				_, err := Check(t.Context(), dir, full)
				if (full || c.quick) && !isProblem(err, c.code) {
					t.Errorf("full %v: %v, want %s", full, err, c.code)
				}
				if p, ok := problem.As(err); ok && c.code == "GW-K004" && !strings.HasPrefix(p.Value, path) {
					t.Errorf("the place is %q, want all of %s", p.Value, path)
				}
			}
			if after := listing(t, dir); after != before {
				t.Errorf("a check changed the folder:\n%s\n%s", before, after)
			}
			s, err := Open(t.Context(), Options{Dir: dir})
			if c.starts {
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				return
			}
			if !isProblem(err, c.code) {
				t.Fatalf("opened: %v, want %s", err, c.code)
			}
		})
	}
}

// listing is what lies in a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if name := f.Name(); !strings.HasSuffix(name, "-shm") && info.Size() > 0 {
			out.WriteString(name + " " + info.ModTime().String() + "\n")
		}
	}
	return out.String()
}

// TestCheckBesideAGateway: a store in use is looked at, and is in use.
func TestCheckBesideAGateway(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 500)
	if err := folder.Held(dir); !isProblem(err, "GW-K001") {
		t.Fatalf("held: %v", err)
	}
	for n := range 5 {
		if found, err := Check(t.Context(), dir, true); err != nil || found.Loss != nil {
			t.Fatalf("%+v, %v", found, err)
		}
		commit(t, s, page(1000+n*50, 50, 0))
	}
	crashed := copied(t, dir) // its WAL is not folded back
	before := listing(t, crashed)
	if _, err := Check(t.Context(), crashed, true); err != nil {
		t.Fatal(err)
	}
	if after := listing(t, crashed); after != before {
		t.Errorf("what a crash left was changed by a check:\n%s\n%s", before, after)
	}
	if err := folder.Held(crashed); err != nil {
		t.Fatal(err)
	}
}

// TestBackupReadsEveryChecksum: a copy of a damaged store is not called checked.
func TestBackupReadsEveryChecksum(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 1000)
	_ = s.Close()
	flip(t, dir)
	to := t.TempDir()
	_, err := Backup(t.Context(), dir, to)
	if p, _ := problem.As(err); p == nil || p.Code != "GW-K004" || !strings.HasPrefix(p.Value, filepath.Join(dir, folder.FileName)) {
		t.Fatalf("a damaged store was copied: %v", err)
	}
	if left, _ := os.ReadDir(to); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
}

// TestScrub: damage is found before a reader meets it.
func TestScrub(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 1000)
	if err := s.Scrub(t.Context()); err != nil || s.Trouble() != nil {
		t.Fatalf("a sound store: %v, %v", err, s.Trouble())
	}
	_ = s.Close()
	flip(t, dir)
	s = mustOpen(t, dir)
	if err := s.Scrub(t.Context()); !isProblem(err, "GW-K004") || s.Trouble() == nil {
		t.Fatalf("damage was not found: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Scrub(over); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestDamageIsMetAndShown: whoever reads over a damaged chunk is told its
// code, and from then on the store says so of itself.
func TestDamageIsMetAndShown(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 1000)
	_ = s.Close()
	flip(t, dir)
	s = mustOpen(t, dir)
	if found := s.Trouble(); found != nil {
		t.Fatalf("before it was met: %v", found)
	}
	if es, err := s.Read(t.Context(), "dossier", nil, 100); err != nil || len(es) != 100 {
		t.Fatal(len(es), err)
	}
	_, err := s.Changes(t.Context(), "dossier", journal.Filter{}, nil, 1000)
	if !isProblem(err, "GW-K004") {
		t.Fatalf("changes: %v", err)
	}
	if _, err = s.Snapshot(t.Context(), "dossier", journal.Filter{}, nil, s.Head("dossier"), 1000); !isProblem(err, "GW-K004") {
		t.Fatalf("snapshot: %v", err)
	}
	if found := s.Trouble(); found == nil || found.Code != "GW-K004" {
		t.Fatalf("the store says %v of itself", found)
	}
}
