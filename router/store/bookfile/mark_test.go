package bookfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// linesOf are a book's lines on disk.
func linesOf(t *testing.T, dir string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(bytes.TrimSuffix(text, nil), []byte{'\n'})
}

func setLines(t *testing.T, dir string, lines ...[]byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, Name), bytes.Join(lines, nil), fileMode); err != nil {
		t.Fatal(err)
	}
}

// TestACutTailIsFound: a book without its last lines proves itself; what
// stands outside of it tells that they are gone, and how many rows.
func TestACutTailIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string, lines [][]byte)
		code   string
		lost   uint64
	}{
		"untouched": {func(*testing.T, string, [][]byte) {}, "", 0},
		"four lines": {func(t *testing.T, dir string, lines [][]byte) {
			setLines(t, dir, lines[:len(lines)-5]...) // behind the last line feed is nothing
		}, "GW-R053", 2},
		"an item": {func(t *testing.T, dir string, lines [][]byte) { setLines(t, dir, lines[:len(lines)-2]...) }, "GW-R053", 0},
		"all of it": {func(t *testing.T, dir string, _ [][]byte) {
			setLines(t, dir)
		}, "GW-R053", 5},
		"the file": {func(t *testing.T, dir string, _ [][]byte) {
			if err := os.Remove(filepath.Join(dir, Name)); err != nil {
				t.Fatal(err)
			}
		}, "GW-R053", 5},
		"in the middle of a line": {func(t *testing.T, dir string, lines [][]byte) {
			setLines(t, dir, append(append([][]byte{}, lines[:len(lines)-3]...), lines[len(lines)-3][:40])...)
		}, "GW-R053", 1},
		"an item made anew, with its checksum": {func(t *testing.T, dir string, lines [][]byte) {
			text := bytes.Replace(lines[0][sumDigits+1:len(lines[0])-1], []byte(`"n":0`), []byte(`"n":7`), 1)
			lines[0] = append(append([]byte(sumOf(text)+" "), text...), '\n')
			setLines(t, dir, lines...)
		}, "GW-R041", 0},
		"a mark that lags": {func(t *testing.T, dir string, _ [][]byte) {
			path := filepath.Join(dir, MarkName) // as after a loss of power: the newer slot never came to the disk
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, _ := readMark(dir)
			copy(text[int(m.Count%2)*markSlot:], make([]byte, markSlot))
			if err := os.WriteFile(path, text, fileMode); err != nil {
				t.Fatal(err)
			}
		}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, Options{Dir: dir})
			rows := fill(t, b, 5)
			item, _ := b.Get("job", "a")
			if _, err := b.Put(t.Context(), "job", "a", item.Rev, "last"); err != nil {
				t.Fatal(err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			c.change(t, dir, linesOf(t, dir))
			if got := codeOf(Check(dir, nil)); got != c.code {
				t.Errorf("looked at from outside: %q, want %q", got, c.code)
			}
			b = open(t, Options{Dir: dir})
			if got := codeOf(b.Damage()); got != c.code {
				t.Fatalf("%q, want %q: %v", got, c.code, b.Damage())
			}
			v, err := b.Verify(t.Context(), "audit")
			if err != nil || v.Lost != c.lost || v.Whole != (c.lost == 0) || v.Rows != rows-int(c.lost) {
				t.Errorf("%+v %v", v, err)
			}
			if _, err := b.Append(t.Context(), "audit", 1); (err == nil) != (c.code == "") {
				t.Errorf("an act on it: %v", err)
			}
			_ = b.Close()
			if got := codeOf(open(t, Options{Dir: dir}).Damage()); got != c.code { // it does not heal by being opened again
				t.Errorf("opened again: %q, want %q", got, c.code)
			}
		})
	}
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return ""
}

// TestMarksFollowEverything: over prunings, books written anew, and books that
// follow another.
func TestMarksFollowEverything(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir, dead: 300})
	rows := fill(t, b, 30)
	again := func() {
		t.Helper()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = open(t, Options{Dir: dir, dead: 300})
		if b.Damage() != nil || b.Unmarked {
			t.Fatalf("%v, unmarked %v", b.Damage(), b.Unmarked)
		}
	}
	again()
	isWhole(t, b, rows)
	if n, err := b.Prune(t.Context(), "audit", b.opts.Now().Add(1e9)); err != nil || n != rows {
		t.Fatal(n, err)
	}
	again()
	c, err := b.NextRow("audit", b.opts.Now(), nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Take(t.Context(), []book.Change{c}, book.Origin{Of: "t", Next: 1}); err != nil {
		t.Fatal(err)
	}
	again()
	isWhole(t, b, 2)
	_ = b.Close()
	if err := os.Remove(filepath.Join(dir, MarkName)); err != nil {
		t.Fatal(err)
	}
	if b = open(t, Options{Dir: dir}); !b.Unmarked || b.Damage() != nil {
		t.Error("that there is no mark is not said, or stops it")
	}
}
