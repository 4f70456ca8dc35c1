package bookfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

func open(t *testing.T, o Options) *File {
	t.Helper()
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// fill writes items over and over, and rows, and gives how many rows.
func fill(t *testing.T, b *File, rounds int) int {
	t.Helper()
	for i := range rounds {
		item, _ := b.Get("job", "a") // revision 0 where there is none
		if _, err := b.Put(t.Context(), "job", "a", item.Rev, map[string]int{"n": i}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Append(t.Context(), "audit", map[string]string{"who": "Lan <lan@>", "what": fmt.Sprint("việc ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	return rounds
}

func isWhole(t *testing.T, b *File, rows int) {
	t.Helper()
	v, err := b.Verify(t.Context(), "audit")
	if err != nil || !v.Whole || v.Rows != rows || b.Damage() != nil {
		t.Fatalf("%+v %v, want %d rows; damage %v", v, err, rows, b.Damage())
	}
}

// TestSurvivesAnOpen: what was written is there again, and goes on.
func TestSurvivesAnOpen(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir})
	rows := fill(t, b, 5)
	if err := b.Delete(t.Context(), "job", "a", 5); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Append(t.Context(), "audit", 1); err == nil {
		t.Error("a closed book takes rows")
	}
	b = open(t, Options{Dir: dir})
	isWhole(t, b, rows)
	if items := b.List("job"); len(items) != 0 {
		t.Errorf("deleted, and there: %+v", items)
	}
	fill(t, b, 2)
	isWhole(t, b, rows+2)
	got, err := b.Read(t.Context(), "audit", 3, 2)
	if err != nil || len(got) != 2 || got[0].Seq != 4 || got[1].Seq != 5 {
		t.Errorf("behind 3: %+v %v", got, err)
	}
}

// TestAnyByteOfTheFile: whatever single byte of the file is changed, the book
// says that it is damaged, takes no change and leaves the file as it is.
func TestAnyByteOfTheFile(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir})
	fill(t, b, 2)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, Name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range text {
		for _, with := range []byte{text[at] ^ 1<<(at%8), '\n'} {
			if with == text[at] {
				continue
			}
			changed := bytes.Clone(text)
			changed[at] = with
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := Open(Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			p, ok := problem.As(b.Damage())
			if !ok || p.Code != "GW-R041" {
				t.Fatalf("byte %d is %q instead of %q: %v", at, with, text[at], b.Damage())
			}
			if _, err := b.Append(t.Context(), "audit", 1); err == nil {
				t.Fatalf("byte %d: a damaged book takes rows", at)
			}
			if _, err := b.Prune(t.Context(), "audit", time.Now().Add(time.Hour)); err == nil {
				t.Fatalf("byte %d: a damaged book is pruned", at)
			}
			if _, err := b.Verify(t.Context(), "audit"); err != nil && !errors.As(err, new(*problem.Problem)) {
				t.Fatalf("byte %d: %v", at, err)
			}
			_ = b.Close()
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, changed) {
				t.Fatalf("byte %d: the evidence was changed (%v)", at, err)
			}
		}
	}
}

// TestTornTail: a last line cut anywhere was never told to be safe: it is cut
// off, kept aside and told; everything before it stays.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir})
	rows := fill(t, b, 3)
	whole := b.end
	if _, err := b.Append(t.Context(), "audit", strings.Repeat("dài ", 50)); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	path := filepath.Join(dir, Name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, torn []byte, want int) {
		t.Helper()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, Name), torn, 0o600); err != nil {
			t.Fatal(err)
		}
		b := open(t, Options{Dir: dir})
		if b.Damage() != nil {
			t.Fatalf("%s: %v", what, b.Damage())
		}
		isWhole(t, b, want)
		aside, _ := filepath.Glob(filepath.Join(dir, Name+".cut-*"))
		if cut := want == rows && len(torn) > int(whole); cut != (len(aside) == 1) {
			t.Errorf("%s: kept aside %v", what, aside)
		}
		fill(t, b, 1)
		isWhole(t, b, want+1)
		_ = b.Close()
		isWhole(t, open(t, Options{Dir: dir}), want+1)
	}
	for n := int(whole); n < len(text); n += 7 {
		want := rows
		if n == len(text)-1 {
			want++
		}
		try(fmt.Sprint("cut at ", n), text[:n], want)
	}
	try("only its end is missing", text[:len(text)-1], rows+1)
	holed := bytes.Clone(text)
	clear(holed[whole+40 : whole+140])
	try("sectors in its middle", holed, rows)
}

// TestPruneLeavesAnAnchor: what is older goes, what is left still proves
// itself, over an open too; and so it does when nothing is left but the word of it.
func TestPruneLeavesAnAnchor(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	b := open(t, Options{Dir: dir, Now: func() time.Time { return now }})
	fill(t, b, 4)
	now = now.Add(time.Hour)
	fill(t, b, 3)
	n, err := b.Prune(t.Context(), "audit", now.Add(-time.Minute))
	if err != nil || n != 4 {
		t.Fatalf("%d pruned, %v", n, err)
	}
	v, err := b.Verify(t.Context(), "audit")
	if err != nil || !v.Whole || v.First != 5 || v.Pruned != 4 || v.Rows != 4 {
		t.Fatalf("%+v %v", v, err)
	}
	if n, err := b.Prune(t.Context(), "audit", now.Add(-time.Minute)); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	fill(t, b, 1)
	_ = b.Close()
	b = open(t, Options{Dir: dir, Now: func() time.Time { return now }})
	isWhole(t, b, 5)
	now = now.Add(time.Hour)
	if n, err := b.Prune(t.Context(), "audit", now); n != 5 || err != nil {
		t.Errorf("all: %d, %v", n, err)
	}
	isWhole(t, b, 1)
	if item, err := b.Get("job", "a"); err != nil || item.Rev != 8 {
		t.Errorf("an item after three prunings: %+v %v", item, err)
	}
}

// TestWrittenAnew: dead lines do not gather without bound, and who waits for a
// change still hears of it.
func TestWrittenAnew(t *testing.T) {
	b := open(t, Options{Dir: t.TempDir(), dead: 2000})
	rows := fill(t, b, 5)
	woken := b.Changed("plan")
	for i := range 200 {
		item, _ := b.Get("job", "b")
		if _, err := b.Put(t.Context(), "job", "b", item.Rev, i); err != nil {
			t.Fatal(err)
		}
	}
	if b.end > b.live+4000 {
		t.Errorf("%d bytes, of which %d count", b.end, b.live)
	}
	isWhole(t, b, rows)
	if item, err := b.Get("job", "b"); err != nil || string(item.Body) != "199" || item.Rev != 200 {
		t.Errorf("%+v %v", item, err)
	}
	if _, err := b.Put(t.Context(), "plan", "p", 0, 1); err != nil {
		t.Fatal(err)
	}
	<-woken
}

// TestDiskRefuses: a change that cannot be written is refused; where the file
// is not left as it was, so is everything after it.
func TestDiskRefuses(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir})
	rows := fill(t, b, 2)
	f := b.f
	readOnly, err := os.Open(filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	b.f = readOnly
	for range 2 {
		_, err := b.Append(t.Context(), "audit", 1)
		if p, ok := problem.As(err); !ok || p.Code != "GW-R051" {
			t.Fatalf("%v", err)
		}
	}
	_ = readOnly.Close()
	_ = f.Close()
	isWhole(t, open(t, Options{Dir: dir}), rows)
}

// TestBackupOfAnOpenBook: a copy made while it is written is whole.
func TestBackupOfAnOpenBook(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	b := open(t, Options{Dir: dir})
	rows := fill(t, b, 4)
	if _, err := b.f.WriteAt([]byte("0123456789abcdef {\"op\":"), b.end); err != nil { // being written just now
		t.Fatal(err)
	}
	if n, err := Backup(dir, to); err != nil || n != b.end {
		t.Fatalf("%d bytes of %d, %v", n, b.end, err)
	}
	isWhole(t, open(t, Options{Dir: to}), rows)
	if _, err := Backup(dir, to); !errors.Is(err, os.ErrExist) {
		t.Errorf("copied over another: %v", err)
	}
	if n, err := Backup(t.TempDir(), t.TempDir()); n != 0 || err != nil {
		t.Errorf("a folder without a book: %d, %v", n, err)
	}
}

// TestPartsAreApart: two parts have a chain each, whoever writes between.
func TestPartsAreApart(t *testing.T) {
	b := open(t, Options{Dir: t.TempDir()})
	for i := range 6 {
		if _, err := b.Append(t.Context(), []string{"audit", "sharing"}[i%2], i); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"audit", "sharing"} {
		if v, err := b.Verify(t.Context(), part); err != nil || !v.Whole || v.Rows != 3 || v.Head != b.Head(part) {
			t.Errorf("%+v %v", v, err)
		}
	}
	if v, err := b.Verify(t.Context(), "nothing"); err != nil || !v.Whole || v.Rows != 0 {
		t.Errorf("%+v %v", v, err)
	}
}
