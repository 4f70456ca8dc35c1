package bookfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/router/book"
)

func copied(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, fileMode); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// over puts a text in the place of a file as editors, sed -i and rsync do.
func over(t *testing.T, path string, text []byte) {
	t.Helper()
	must(t, os.WriteFile(path+".tmp", text, fileMode))
	must(t, os.Rename(path+".tmp", path))
}

// TestAFileThatIsReplacedWhileInUse: what is written into a file that nobody
// opens again is lost; so nothing is, and whoever asks is told what happened.
func TestAFileThatIsReplacedWhileInUse(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, path string, text []byte)
		code   string // while it is open
		then   string // when it is opened again
		lost   uint64
	}{
		"a copy put over it": {func(t *testing.T, path string, text []byte) { over(t, path, text) }, "GW-R055", "", 0},
		"it and its mark put over": {func(t *testing.T, path string, text []byte) {
			over(t, path, text)
			mark := filepath.Join(filepath.Dir(path), MarkName)
			text, err := os.ReadFile(mark)
			must(t, err)
			over(t, mark, text)
		}, "GW-R055", "", 0},
		"an older copy put over it": {func(t *testing.T, path string, text []byte) {
			over(t, path, text[:bytes.LastIndexByte(text[:len(text)-1], '\n')+1])
		}, "GW-R055", "GW-R053", 1},
		"a word changed by sed -i": {func(t *testing.T, path string, text []byte) {
			over(t, path, bytes.Replace(text, []byte("Lan"), []byte("Ban"), 1))
		}, "GW-R055", "GW-R041", 0},
		"removed":    {func(t *testing.T, path string, _ []byte) { must(t, os.Remove(path)) }, "GW-R055", "GW-R053", 4},
		"moved away": {func(t *testing.T, path string, _ []byte) { must(t, os.Rename(path, path+".old")) }, "GW-R055", "GW-R053", 4},
		"emptied":    {func(t *testing.T, path string, _ []byte) { must(t, os.Truncate(path, 0)) }, "GW-R053", "GW-R053", 4},
		"cut in a line": {func(t *testing.T, path string, text []byte) {
			must(t, os.Truncate(path, int64(len(text)-9)))
		}, "GW-R053", "GW-R053", 1},
		"something written behind it": {func(t *testing.T, path string, text []byte) {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteString("ghi thêm\n")
			must(t, err)
			must(t, f.Close())
		}, "GW-R041", "GW-R041", 0},
	} {
		for _, first := range []string{"an act", "a look", "a page of the audit", "verify"} {
			t.Run(name+", seen by "+first, func(t *testing.T) {
				dir := t.TempDir()
				b := open(t, Options{Dir: dir})
				fill(t, b, 4)
				path := filepath.Join(dir, Name)
				text, err := os.ReadFile(path)
				must(t, err)
				c.change(t, path, text)
				switch first {
				case "a look":
					_ = b.Damage()
				case "a page of the audit":
					if rows, err := b.Read(t.Context(), "audit", 2, 10); err != nil && codeOf(err) == "" {
						t.Errorf("%d rows, %v", len(rows), err)
					}
				case "verify":
					if v, err := b.Verify(t.Context(), "audit"); err != nil || c.code == "GW-R053" && v.Lost != c.lost {
						t.Errorf("%+v %v", v, err)
					}
				}
				if _, err := b.Append(t.Context(), "audit", "x"); codeOf(err) != c.code {
					t.Errorf("an act: %v, want %s", err, c.code)
				}
				if _, err := b.Put(t.Context(), "job", "b", 0, "x"); codeOf(err) != c.code {
					t.Errorf("an item: %v", err)
				}
				if got := codeOf(b.Damage()); got != c.code {
					t.Errorf("damage %q, want %q", got, c.code)
				}
				must(t, b.Close())
				again := open(t, Options{Dir: dir})
				if got := codeOf(again.Damage()); got != c.then {
					t.Errorf("opened again: %q, want %q: %v", got, c.then, again.Damage())
				}
				v, err := again.Verify(t.Context(), "audit")
				if c.then != "GW-R041" && (err != nil || v.Lost != c.lost || v.Whole != (c.then == "")) {
					t.Errorf("opened again: %+v %v", v, err)
				}
			})
		}
	}
}

// TestReplacedWhileARowIsWritten: between the look and the disk; the act that
// asked for the row is not done.
func TestReplacedWhileARowIsWritten(t *testing.T) {
	for _, point := range []string{"append", "written", "synced"} {
		t.Run(point, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, Name)
			armed := false
			b := open(t, Options{Dir: dir, hook: func(at string) {
				if armed && at == point {
					armed = false
					text, err := os.ReadFile(path)
					must(t, err)
					over(t, path, text)
				}
			}})
			fill(t, b, 2)
			armed = true
			if _, err := b.Append(t.Context(), "audit", "x"); codeOf(err) != "GW-R055" {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestWhatTheLogKnowsOfTheBook: a book that went with its mark, or came back
// with an older one, proves itself; the Log's word tells.
func TestWhatTheLogKnowsOfTheBook(t *testing.T) {
	both := func(t *testing.T, from, to string) {
		copied(t, filepath.Join(from, Name), filepath.Join(to, Name))
		copied(t, filepath.Join(from, MarkName), filepath.Join(to, MarkName))
	}
	gone := func(t *testing.T, dir string) {
		must(t, os.Remove(filepath.Join(dir, Name)))
		must(t, os.Remove(filepath.Join(dir, MarkName)))
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, dir, older string)
		code   string
		value  string
		lost   uint64
	}{
		"untouched":     {func(*testing.T, string, string) {}, "", "", 0},
		"both removed":  {func(t *testing.T, dir, _ string) { gone(t, dir) }, "GW-R053", "9", 9},
		"both emptied":  {func(t *testing.T, dir, _ string) { gone(t, dir); setLines(t, dir) }, "GW-R053", "9", 9},
		"an older pair": {func(t *testing.T, dir, older string) { both(t, older, dir) }, "GW-R053", "4", 4},
		"an older one, without a mark": {func(t *testing.T, dir, older string) {
			gone(t, dir)
			copied(t, filepath.Join(older, Name), filepath.Join(dir, Name))
		}, "GW-R053", "4", 4},
		"cut, and its mark removed": {func(t *testing.T, dir, _ string) {
			lines := linesOf(t, dir)
			gone(t, dir)
			setLines(t, dir, lines[:len(lines)-4]...)
		}, "GW-R053", "2", 2},
		"another of as many rows": {func(t *testing.T, dir, _ string) { gone(t, dir); another(t, dir, 9) }, "GW-R053", "≤ 9", 9},
		"another of more rows":    {func(t *testing.T, dir, _ string) { gone(t, dir); another(t, dir, 12) }, "GW-R053", "≤ 9", 9},
		"an older one that went on": {func(t *testing.T, dir, older string) {
			both(t, older, dir)
			another(t, dir, 6)
		}, "GW-R053", "≤ 9", 9},
		"it went on, which the Log does not know yet": {func(t *testing.T, dir, _ string) { another(t, dir, 3) }, "", "", 0},
		"pruned": {func(t *testing.T, dir, _ string) {
			b, err := Open(Options{Dir: dir, Now: func() time.Time { return time.Now().Add(time.Hour) }})
			must(t, err)
			_, err = b.Prune(t.Context(), "audit", time.Now().Add(time.Minute))
			must(t, err)
			must(t, b.Close())
		}, "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir, older := t.TempDir(), t.TempDir()
			var known map[string]book.Anchor
			b := open(t, Options{Dir: dir, Grew: func(heads map[string]book.Anchor) { known = heads }})
			fill(t, b, 5)
			both(t, dir, older)
			fill(t, b, 4)
			must(t, b.Close())
			if known["audit"].Seq != 9 {
				t.Fatalf("the Log was told %+v", known)
			}
			c.change(t, dir, older)
			if got := codeOf(Check(dir, known)); got != c.code {
				t.Errorf("looked at from outside: %q, want %q", got, c.code)
			}
			b = open(t, Options{Dir: dir, Known: known})
			p := b.Damage()
			if codeOf(p) != c.code || c.code != "" && b.wrong.Value != c.value {
				t.Fatalf("%v, want %s %s", p, c.code, c.value)
			}
			if v, err := b.Verify(t.Context(), "audit"); err != nil || v.Lost != c.lost || v.Whole != (c.code == "") {
				t.Errorf("%+v %v", v, err)
			}
			if _, err := b.Append(t.Context(), "audit", 1); codeOf(err) != c.code {
				t.Errorf("an act on it: %v", err)
			}
		})
	}
}

// another writes rows that nobody else wrote.
func another(t *testing.T, dir string, rows int) {
	t.Helper()
	b, err := Open(Options{Dir: dir})
	must(t, err)
	for i := range rows {
		_, err := b.Append(t.Context(), "audit", map[string]any{"forged": i})
		must(t, err)
	}
	must(t, b.Close())
}
