package sqlite

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"testing"
)

func TestConn(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "a.db"), "journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Script("CREATE TABLE a(n INTEGER PRIMARY KEY, t TEXT, b BLOB); INSERT INTO a VALUES(1, 'một', x'00ff'), (2, NULL, NULL)")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Exec("INSERT INTO a VALUES(?,?,?)", int64(3), "ba", []byte{7}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Changed("UPDATE a SET n = n + 10 WHERE n > ?", int64(1)); err != nil || n != 2 {
		t.Fatalf("%d rows changed: %v", n, err)
	}
	if mode, err := c.Pragma("journal_mode"); err != nil || mode != "wal" {
		t.Fatalf("journal mode %q: %v", mode, err)
	}
	if n, err := c.Int("SELECT n FROM a WHERE t = ?", "no such"); err != nil || n != 0 {
		t.Fatalf("no row is %d: %v", n, err)
	}
	walk(t, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// walk reads the rows that TestConn wrote: bytes that are kept outlive their row.
func walk(t *testing.T, c *Conn) {
	t.Helper()
	var kept [][]byte
	var text string
	var sum int64
	err := c.Rows("SELECT n, t, b FROM a ORDER BY n", func(v []driver.Value) error {
		sum, text, kept = sum+Int(v[0]), text+Text(v[1]), append(kept, Bytes(v[2]))
		return nil
	})
	if err != nil || sum != 1+12+13 || text != "mộtba" {
		t.Fatalf("%d %q: %v", sum, text, err)
	}
	if !bytes.Equal(kept[0], []byte{0, 0xff}) || len(kept[1]) != 0 || !bytes.Equal(kept[2], []byte{7}) {
		t.Fatalf("kept %v", kept)
	}
	enough := errors.New("enough")
	seen := 0
	err = c.Rows("SELECT n FROM a", func([]driver.Value) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Fatalf("went on after %d rows: %v", seen, err)
	}
}
