package folder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/track"
)

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}

func open(t *testing.T, o Options) *Folder {
	t.Helper()
	f, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func leave(t *testing.T, f *Folder) {
	t.Helper()
	if err := errors.Join(f.Conn.Close(), f.Release()); err != nil {
		t.Fatal(err)
	}
}

// TestIdentity: what a folder is was settled when it was made; a token is
// good for one start.
func TestIdentity(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	f := open(t, Options{Dir: dir, Parts: 3})
	made := f.Identity
	if made.Epoch == "" || made.Parts != 3 || made.Token != "" {
		t.Fatalf("made as %+v", made)
	}
	if _, err := Open(Options{Dir: dir}); codeOf(err) != "GW-K001" {
		t.Fatalf("two have one folder: %v", err)
	}
	if err := SetToken(f.Conn, "left by a Close"); err != nil {
		t.Fatal(err)
	}
	leave(t, f)
	for _, c := range []struct {
		o    Options
		code string
	}{{Options{Dir: dir, Parts: 2}, "GW-K011"}, {Options{Dir: dir, View: true}, "GW-K012"}} {
		if _, err := Open(c.o); codeOf(err) != c.code {
			t.Errorf("opened as %+v: %v, want %s", c.o, err, c.code)
		}
	}
	for _, token := range []string{"left by a Close", ""} {
		f = open(t, Options{Dir: dir})
		if f.Epoch != made.Epoch || f.Parts != 3 || f.Token != token {
			t.Errorf("opened as %+v, want the token %q", f.Identity, token)
		}
		leave(t, f)
	}
}

// TestRefusedBeforeAnythingIsMade: what cannot be meant leaves no folder behind.
func TestRefusedBeforeAnythingIsMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	for _, parts := range []int{-1, track.MaxParts + 1} {
		if _, err := Open(Options{Dir: dir, Parts: parts}); err == nil {
			t.Errorf("opened with %d partitions", parts)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a folder was made: %v", err)
	}
	if err := Holds(dir); codeOf(err) != "GW-K006" {
		t.Fatalf("no folder holds data: %v", err)
	}
}

// TestReadersCannotWrite: there is one writer, whatever a reader tries.
func TestReadersCannotWrite(t *testing.T) {
	f := open(t, Options{Dir: t.TempDir()})
	defer leave(t, f)
	if _, err := f.Readers.ExecContext(t.Context(), "UPDATE meta SET v = ''"); err == nil {
		t.Fatal("a reader wrote")
	}
	if n, err := f.Conn.Changed("UPDATE meta SET v = v WHERE k = ?", "epoch"); err != nil || n != 1 {
		t.Fatalf("the writer changed %d rows: %v", n, err)
	}
}
