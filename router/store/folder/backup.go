package folder

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
)

// Backup writes a consistent copy of all that the data folder from holds into
// the folder to, which must hold no data yet, and gives its size in bytes. The
// gateway that writes to from may go on meanwhile. The copy is checked, and
// opens as a Log on one machine with a new epoch: readers take the snapshot again.
func Backup(ctx context.Context, from, to string) (bytes int64, err error) {
	if err := Holds(from); err != nil {
		return 0, err
	}
	bytes, err = backup(ctx, filepath.Join(from, FileName), filepath.Join(to, FileName))
	if ctx.Err() != nil {
		return 0, fmt.Errorf("store: backup: %w", ctx.Err())
	}
	switch _, coded := problem.As(err); {
	case err == nil || coded:
	case sqlite.Damaged(err):
		err = &problem.Problem{Code: "GW-K004", Value: filepath.Join(from, FileName), Err: err}
	default:
		err = &problem.Problem{Code: "GW-K008", Value: to, Err: err}
	}
	return bytes, err
}

func backup(ctx context.Context, from, path string) (int64, error) {
	from, err := filepath.Abs(from) // the driver takes a relative path for a host name
	if err != nil {
		return 0, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return 0, err
	}
	if _, err := os.Stat(path); err == nil {
		return 0, os.ErrExist
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return 0, err
	}
	part := path + ".part"
	if err := os.WriteFile(part, nil, 0o640); err != nil {
		return 0, err
	}
	if err := errors.Join(copyTo(ctx, from, part), ctx.Err()); err != nil {
		return 0, errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return 0, err
	}
	is, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return is.Size(), syncPath(filepath.Dir(path))
}

func copyTo(ctx context.Context, path, part string) error {
	from, err := sqlite.Open(path, "busy_timeout(5000)", "cache_size(-4096)")
	if err != nil {
		return err
	}
	if _, err = Version(from); err == nil {
		err = from.ExecContext(ctx, "VACUUM INTO ?", part)
	}
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	to, err := sqlite.Open(part, "synchronous(FULL)")
	if err != nil {
		return err
	}
	if err := errors.Join(checked(ctx, to, path), standAlone(to), to.Close()); err != nil {
		return err
	}
	return syncPath(part)
}

// checked reads all of a copy: SQLite knows nothing of what lies in a chunk, and
// copies a bit that flipped there like any other. What is damaged is the file it
// was made of.
func checked(ctx context.Context, c *sqlite.Conn, of string) error {
	if err := sound(c); err != nil {
		return damagedFile(of, err)
	}
	_, err := checksums(ctx, c, of, restless)
	return err
}

// sound reports what SQLite finds wrong with a file.
func sound(c *sqlite.Conn) error {
	var found []error
	err := c.Rows("PRAGMA quick_check(3)", func(v []driver.Value) error {
		if word, _ := v[0].(string); word != "ok" {
			word, _, _ = strings.Cut(strings.TrimPrefix(word, "*** in database main ***\n"), "\n") // the first of them is enough
			found = append(found, fmt.Errorf("SQLite says: %s", word))
		}
		return nil
	})
	return errors.Join(append(found, err)...)
}

// standAlone makes of a copy another history, which readers notice, and of the
// copy of a view a Log of its own: what the view has, and nothing after. A
// file of an older gateway stays one, so that one can go back to it.
func standAlone(c *sqlite.Conn) error {
	err := c.Script("UPDATE meta SET v = '' WHERE k IN ('epoch', 'index'); UPDATE meta SET v = '" + kindLog + "' WHERE k = 'kind'")
	for _, table := range []string{"origin", "rawpos", "bridge"} { // of views
		has, failed := c.Int("SELECT count(*) FROM sqlite_master WHERE name = ?", table)
		if err = errors.Join(err, failed); has > 0 {
			err = errors.Join(err, c.Script("DELETE FROM "+table))
		}
	}
	return err
}

// syncPath makes a file, or the names in a folder, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
