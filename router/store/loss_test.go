package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
)

// copied is what a crash would leave of a folder now.
func copied(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "-shm") {
			continue // memory of the process that is gone
		}
		put(t, filepath.Join(from, f.Name()), filepath.Join(to, f.Name()))
	}
	return to
}

func put(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// change rewrites a file's bytes.
func change(t *testing.T, path string, f func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, f(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// withLog opens a folder and gives what was logged meanwhile.
func withLog(t *testing.T, dir string) (*Store, string) {
	t.Helper()
	var out bytes.Buffer
	s, err := Open(t.Context(), Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, out.String()
}

func epochOf(t *testing.T, s *Store) string {
	t.Helper()
	epoch, err := s.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

// TestLossIsNoticed: a Log that lost its end, its file, or was put back says
// so, counts it, and goes on as another history.
func TestLossIsNoticed(t *testing.T) {
	live := t.TempDir()
	s := mustOpen(t, live)
	fill(t, s, 4000)
	older := copied(t, live)
	for n := range 8 {
		commit(t, s, page(4000+n*500, 500, 0))
	}
	epoch, marked := epochOf(t, s), s.Head("dossier")[0]
	if marked != 8000 {
		t.Fatal(marked)
	}
	crashed := copied(t, live) // with all of the WAL
	_ = s.Close()
	for _, c := range []struct {
		name, from string
		harm       func(dir string)
		least      uint64 // sequences lost, at least
	}{
		{"a bit of the WAL flipped", crashed, func(dir string) {
			change(t, filepath.Join(dir, "log.db-wal"), func(b []byte) []byte { b[len(b)*3/4] ^= 1; return b })
		}, 500},
		{"the WAL is gone", crashed, func(dir string) {
			if err := os.Remove(filepath.Join(dir, "log.db-wal")); err != nil {
				t.Fatal(err)
			}
		}, 500},
		{"the file is gone", live, func(dir string) {
			if err := os.Remove(filepath.Join(dir, folder.FileName)); err != nil {
				t.Fatal(err)
			}
		}, 8000},
		{"an empty file is there instead", live, func(dir string) {
			change(t, filepath.Join(dir, folder.FileName), func([]byte) []byte { return nil })
		}, 8000},
		{"an older copy was put back", live, func(dir string) {
			put(t, filepath.Join(older, folder.FileName), filepath.Join(dir, folder.FileName))
			put(t, filepath.Join(older, "log.db-wal"), filepath.Join(dir, "log.db-wal"))
		}, 4000},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copied(t, c.from)
			c.harm(dir)
			s, said := withLog(t, dir)
			found := s.Trouble()
			if found == nil || found.Code != "GW-K013" {
				t.Fatalf("nothing was noticed: %v, at %d", found, s.Head("dossier"))
			}
			loss, err := folder.ReadLoss(s.folder.Conn)
			if err != nil || len(loss.Feeds) != 1 {
				t.Fatalf("%+v, %v", loss, err)
			}
			left, err := s.Read(t.Context(), "dossier", nil, 10_000)
			if f := loss.Feeds[0]; err != nil || f.Acked != marked || f.Found != uint64(len(left)) || f.Acked-f.Found < c.least {
				t.Errorf("the loss is counted as %+v; there are %d (%v)", f, len(left), err)
			}
			if !strings.Contains(said, "level=WARN") || !strings.Contains(said, "GW-K013") {
				t.Errorf("the log says %q", said)
			}
			renewed := epochOf(t, s)
			if renewed == epoch {
				t.Error("it goes on as the same history")
			}
			audit, err := s.Audits(t.Context(), 0, 1)
			if err != nil || len(audit) != 1 || audit[0].What != "loss" {
				t.Errorf("the audit says %+v (%v)", audit, err)
			}
			commit(t, s, page(20_000, 500, 0)) // it can be lived with, and no sequence is given out twice
			es, err := s.Read(t.Context(), "dossier", journal.Position{loss.Feeds[0].Found}, 1)
			if err != nil || len(es) != 1 || es[0].Seq != marked+1 || es[0].Prev != marked {
				t.Errorf("it goes on with %+v (%v)", es, err)
			}
			_ = s.Close()
			s, _ = withLog(t, dir)
			if epochOf(t, s) != renewed || s.Trouble() == nil {
				t.Error("a second start does not know of it any more, or found another loss")
			}
		})
	}
}

// TestRewrittenHistoryIsNoticed: the sequences are there again, and the
// entries are others.
func TestRewrittenHistoryIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	commit(t, s, page(0, 500, 0))
	_ = s.Close()
	older := copied(t, dir)
	s = mustOpen(t, dir)
	commit(t, s, page(500, 500, 0))
	_ = s.Close()
	if err := os.Remove(filepath.Join(older, folder.HeadMarkName)); err != nil {
		t.Fatal(err)
	}
	o, _ := withLog(t, older) // as one that keeps no mark would go on
	commit(t, o, page(5000, 800, 0))
	_ = o.Close()
	put(t, filepath.Join(dir, folder.HeadMarkName), filepath.Join(older, folder.HeadMarkName))
	s, _ = withLog(t, older)
	if found := s.Trouble(); found == nil || !strings.Contains(found.Value, "≠") {
		t.Fatalf("noticed is %v", found)
	}
}

// TestOlderFolderIsNoticedByCursors: when a whole older folder is put back, its
// mark too, and the Log has grown again, only what a cursor stands on tells.
func TestOlderFolderIsNoticedByCursors(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	commit(t, s, page(0, 500, 0))
	early, err := s.Changes(t.Context(), "dossier", journal.Filter{}, nil, 300)
	if err != nil {
		t.Fatal(err)
	}
	older := copied(t, dir)
	commit(t, s, page(500, 500, 0))
	filtered := journal.Filter{Area: "none has it"}
	for name, f := range map[string]journal.Filter{"whole": {}, "filtered": filtered} {
		for _, limit := range []int{130, 500} { // in the middle of a chunk, and at the head
			late, err := s.Changes(t.Context(), "dossier", f, journal.Position{500}, limit)
			if err != nil || !late.Stands.Known() {
				t.Fatalf("%s: %+v, %v", name, late.Stands, err)
			}
			o, _ := withLog(t, copied(t, older))
			commit(t, o, page(5000, 700, 0))
			again, err := o.Changes(t.Context(), "dossier", f, late.Next, 10)
			if err != nil || o.Trouble() != nil || !late.Stands.Differs(again.Under) {
				t.Errorf("%s: at %d stood %x, and stands %x (%v)", name, late.Next, late.Stands, again.Under, err)
			}
			same, err := o.Changes(t.Context(), "dossier", f, early.Next, 10)
			if err != nil || early.Stands.Differs(same.Under) || same.Under[0] != early.Stands[0] {
				t.Errorf("%s: what is the same at %d differs (%v)", name, early.Next, err)
			}
			_ = o.Close()
		}
	}
}

// TestNoFalseLoss: what takes nothing away is no loss, and a mark that says
// nothing is no alarm.
func TestNoFalseLoss(t *testing.T) {
	for name, c := range map[string]struct {
		between func(dir string)
		says    string
	}{
		"nothing": {func(string) {}, ""},
		"the mark is gone, as after an older gateway": {func(dir string) {
			if err := os.Remove(filepath.Join(dir, folder.HeadMarkName)); err != nil {
				t.Fatal(err)
			}
		}, "no head mark"},
		"an older gateway, which keeps no mark, went on": {func(dir string) {
			mark := filepath.Join(dir, folder.HeadMarkName)
			put(t, mark, mark+".was")
			s, _ := withLog(t, dir)
			commit(t, s, page(9000, 700, 0))
			_ = s.Close()
			put(t, mark+".was", mark)
		}, ""},
		"the mark cannot be kept": {func(dir string) {
			mark := filepath.Join(dir, folder.HeadMarkName)
			if err := errors.Join(os.Remove(mark), os.Mkdir(mark, 0o750)); err != nil {
				t.Fatal(err)
			}
		}, "cannot be read"},
		"the mark is cut": {func(dir string) {
			change(t, filepath.Join(dir, folder.HeadMarkName), func(b []byte) []byte { return b[:20] })
		}, "cannot be read"},
		"the newest mark is torn": {func(dir string) {
			h, err := folder.ReadHeads(dir, 1)
			if err != nil {
				t.Fatal(err)
			}
			change(t, filepath.Join(dir, folder.HeadMarkName), func(b []byte) []byte {
				clear(b[uint64(len(b)/2)*(h.Count%2)+30:][:8])
				return b
			})
		}, ""},
		"a backup was restored": {func(dir string) {
			to := t.TempDir()
			if _, err := Backup(t.Context(), dir, to); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(to, folder.FileName), filepath.Join(dir, folder.FileName))
			if err := os.Remove(filepath.Join(dir, "log.db-wal")); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}, "of another history"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			for n := range 3 {
				commit(t, s, page(n*100, 100, 0))
			}
			if _, err := s.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
			c.between(dir)
			s, said := withLog(t, dir)
			if found := s.Trouble(); found != nil {
				t.Fatalf("a loss was seen where none is: %v", found)
			}
			if !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Fatalf("the log says %q, want %q", said, c.says)
			}
		})
	}
}

// TestMarkCoversWhatWasAcknowledged: whoever was told that data is safe is
// covered by the mark on disk at that moment.
func TestMarkCoversWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	for n := range 5 {
		commit(t, s, page(n*100, 100, 0))
		h, err := folder.ReadHeads(dir, 1)
		if err != nil || h == nil || len(h.Tracks) != 1 || h.Tracks[0].Head != uint64(n+1)*100 {
			t.Fatalf("after %d: %+v, %v", n, h, err)
		}
		es, err := s.Read(t.Context(), "dossier", journal.Position{h.Tracks[0].Head - 1}, 1)
		if err != nil || len(es) != 1 || journal.Foot(&es[0]) != h.Tracks[0].Foot {
			t.Fatalf("what is marked is not what is read: %v", err)
		}
	}
}

// TestViewsKeepNoMark: what a view lost is read again from the Log.
func TestViewsKeepNoMark(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir, View: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(filepath.Join(dir, folder.HeadMarkName)); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a view keeps a head mark")
	}
}

// TestMarksOfEarlierVersions: their feet were made of the Raw too, and are no loss.
func TestMarksOfEarlierVersions(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 100)
	epoch := epochOf(t, s)
	all, err := s.Read(t.Context(), "dossier", nil, 1000)
	if err != nil || len(all) != 100 {
		t.Fatal(len(all), err)
	}
	_ = s.Close()
	last := &all[99]
	var now, was [4]byte
	binary.BigEndian.PutUint32(now[:], journal.Foot(last))
	binary.BigEndian.PutUint32(was[:], journal.OldFoot(last))
	for name, c := range map[string]struct {
		foot [4]byte
		lost bool
	}{"an earlier version's": {was, false}, "another entry's": {[4]byte{1, 2, 3, 4}, true}} {
		dir := copied(t, dir)
		change(t, filepath.Join(dir, folder.HeadMarkName), func(b []byte) []byte {
			for slot := range 2 { // each slot ends in the checksum of what stands before it
				half := b[slot*len(b)/2 : (slot+1)*len(b)/2]
				at := bytes.Index(half, now[:])
				if at < 0 {
					continue
				}
				copy(half[at:], c.foot[:])
				binary.BigEndian.PutUint32(half[at+4:], crc32.Checksum(half[:at+4], crc32.MakeTable(crc32.Castagnoli)))
			}
			return b
		})
		s := mustOpen(t, dir)
		if found := s.Trouble(); (found != nil) != c.lost || (epochOf(t, s) != epoch) != c.lost {
			t.Errorf("%s: %v", name, found)
		}
		_ = s.Close()
	}
}

// TestEverythingIsGone: the database went with its mark, and only what lies
// beside them shows that there was one.
func TestEverythingIsGone(t *testing.T) {
	for _, expected := range []bool{true, false} {
		s, err := Open(t.Context(), Options{Dir: t.TempDir(), Expected: expected})
		if err != nil {
			t.Fatal(err)
		}
		if p := s.Trouble(); (p != nil && p.Code == "GW-K013") != expected || (s.LossFound() != "") != expected {
			t.Errorf("expected %v: %v, %q", expected, p, s.LossFound())
		}
		commit(t, s, page(0, 20, 0))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
