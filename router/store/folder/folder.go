// Package folder is the data folder of a store: who may use it, which file
// lies in it, how that file is opened and brought up to date, what it is, and
// whether it is well, and how it is copied while it is being written to.
package folder

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"iocgateway/canonical/problem"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

// FileName is the database in the data folder; a backup put there under this
// name is opened as a new history.
const FileName = "log.db"

// Options are what a folder must be.
type Options struct {
	Dir   string // made when it is not there
	View  bool   // of a Log that lies elsewhere: no fsync for each commit
	Parts int    // partitions a feed must have; 0: what it has, and one when it is new
}

// Folder is a data folder that this process has to itself.
type Folder struct {
	Dir string // absolute
	Identity
	Conn    *sqlite.Conn // of the one who writes, who closes it
	Readers *sql.DB
	Made    bool // there was no data in it when it was opened
	lock    *Lock
	place   place
}

// Open takes the folder for this process, brings its file up to date and
// finds out what it is. What it was opened with is checked: a file that is
// not durable in the way it was asked for is refused.
func Open(o Options) (*Folder, error) {
	if o.Parts < 0 || o.Parts > track.MaxParts {
		return nil, fmt.Errorf("store: opening: %d partitions, at most %d", o.Parts, track.MaxParts)
	}
	dir, err := filepath.Abs(o.Dir) // the driver takes a relative path for a host name
	if err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: o.Dir, Err: err}
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, &problem.Problem{Code: "GW-K006", Value: dir, Err: err}
	}
	lock, err := Acquire(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{Dir: dir, lock: lock, place: place{dir: dir}}
	if err := f.open(o.View, o.Parts); err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return f, nil
}

func (f *Folder) open(view bool, parts int) error {
	path := filepath.Join(f.Dir, FileName)
	c, err := sqlite.Open(path, "busy_timeout(5000)", "journal_mode(WAL)", "synchronous("+durability(view)+")", "cache_size(-16384)",
		"temp_store(MEMORY)", "wal_autocheckpoint(0)", "journal_size_limit(67108864)", "foreign_keys(ON)")
	if err != nil {
		return openError(path, err)
	}
	if err := errors.Join(f.settle(c, view, parts), whole(c, path)); err != nil {
		return errors.Join(openError(path, fmt.Errorf("store: opening: %w", err)), c.Close())
	}
	if f.Readers, err = sqlite.OpenReaders(path); err != nil {
		return errors.Join(fmt.Errorf("store: opening for reading: %w", err), c.Close())
	}
	f.Conn = c
	_ = f.InPlace() // as it lies now is how it is to stay
	return nil
}

// settle makes of an open file one of this version, and finds out what it is.
func (f *Folder) settle(c *sqlite.Conn, view bool, parts int) error {
	before, err := Migrate(c)
	if err != nil {
		return err
	}
	f.Made = before == 0
	if err := isDurable(c, view); err != nil {
		return err
	}
	f.Identity, err = identify(c, view, parts)
	return err
}

// durability is SQLite's word for when a commit is on disk.
func durability(view bool) string {
	if view {
		return "NORMAL"
	}
	return "FULL"
}

// isDurable checks that SQLite took the settings on which all promises stand.
func isDurable(c *sqlite.Conn, view bool) error {
	if mode, err := c.Pragma("journal_mode"); err != nil || mode != "wal" {
		return fmt.Errorf("journal mode is %q, not wal: %w", mode, err)
	}
	want := "2"
	if view {
		want = "1"
	}
	if level, err := c.Pragma("synchronous"); err != nil || level != want {
		return fmt.Errorf("synchronous is %q, not %s: %w", level, want, err)
	}
	return nil
}

// Release lets readers and the folder go, once the writer has closed its connection.
func (f *Folder) Release() error { return errors.Join(f.Readers.Close(), f.lock.Release()) }

// Holds refuses a folder that holds no data: opening would make some.
func Holds(dir string) error {
	_, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil {
		return &problem.Problem{Code: "GW-K006", Value: dir, Err: errors.Unwrap(err)}
	}
	return nil
}
