package folder

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

// Checked is what a check of a data folder found to be well.
type Checked struct {
	New    bool  // there is no data yet
	Bytes  int64 // of the database, its WAL included
	Full   bool  // everything was read; otherwise only what a start reads first
	Chunks int   // whose checksums were held against what lies there, with blocks of Raws
	Loss   *Loss // found at some start; nil: none ever was
}

// Check looks at a data folder that a gateway may be using, and changes nothing.
// Full reads all of it: what SQLite can tell of the file, and every checksum.
func Check(ctx context.Context, dir string, full bool) (Checked, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Checked{}, &problem.Problem{Code: "GW-K006", Value: dir, Err: err}
	}
	path := filepath.Join(dir, FileName)
	marked, markErr := ReadHeads(dir, 1) // before the database: a gateway that runs moves both
	found := Checked{Full: full}
	if err := found.size(path, marked); err != nil || found.New {
		return found, err
	}
	c, err := sqlite.OpenForLook(path)
	if err != nil {
		return found, openError(path, err)
	}
	err = found.look(ctx, c, path)
	if err == nil && markErr == nil && marked != nil {
		err = compareHeads(c, marked)
	}
	return found, openError(path, errors.Join(err, c.Close()))
}

// size looks at what files there are.
func (f *Checked) size(path string, marked *Heads) error {
	had := marked != nil && len(marked.Tracks) > 0
	is, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !had:
		f.New = true
		return nil
	case had && (errors.Is(err, fs.ErrNotExist) || err == nil && is.Size() == 0):
		return behind(marked, nil).Problem()
	case err != nil:
		return &problem.Problem{Code: "GW-K006", Value: path, Err: err}
	case is.Size() == 0:
		return damagedFile(path, errors.New("the file is empty"))
	}
	f.Bytes = is.Size()
	if wal, err := os.Stat(path + "-wal"); err == nil {
		f.Bytes += wal.Size()
	}
	return nil
}

// look reads the database.
func (f *Checked) look(ctx context.Context, c *sqlite.Conn, path string) error {
	if _, err := Version(c); err != nil {
		return err
	}
	if err := whole(c, path); err != nil {
		return err
	}
	var err error
	if f.Loss, err = ReadLoss(c); err != nil || !f.Full {
		return err
	}
	if err := sound(c); err != nil {
		return damagedFile(path, err)
	}
	f.Chunks, err = checksums(ctx, c, path, restless)
	return err
}

// whole reports a file that was cut off: SQLite notices only when it comes to
// what is missing. One whose WAL is not folded back may be shorter.
func whole(c *sqlite.Conn, path string) error {
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return nil
	}
	pages, err := c.Int("PRAGMA page_count")
	if err != nil {
		return err
	}
	size, err := c.Int("PRAGMA page_size")
	if err != nil {
		return err
	}
	is, err := os.Stat(path)
	if err == nil && is.Size() < pages*size {
		err = damagedFile(path, fmt.Errorf("%d bytes of %d: the rest is missing", is.Size(), pages*size))
	}
	return err
}

// sumsPage is how many rows are read at a time: no reader may keep the WAL from
// being folded back for long.
const sumsPage = 64

// checksums holds every chunk and every block of Raws against its checksum. rest
// is called between pages, with how many bytes were read.
func checksums(ctx context.Context, c *sqlite.Conn, path string, rest func(bytes int) error) (n int, err error) {
	chunk := func(v []driver.Value) error {
		_, err := wire.Sound(blob(v[1]))
		if err = errors.Join(err, numbers(blob(v[2]), sqlite.Int(v[3]))); err != nil {
			k := sqlite.Int(v[0])
			return damagedFile(path, fmt.Errorf("chunk %d (%s from %d): %w", k, track.FeedName(track.At(k).Feed()), track.Seq(k), err))
		}
		return nil
	}
	raws := func(v []driver.Value) error {
		if _, err := wire.Sound(blob(v[1])); err != nil {
			return damagedFile(path, fmt.Errorf("raws %d: %w", sqlite.Int(v[0]), err))
		}
		return nil
	}
	for _, of := range []struct {
		query string
		check func(v []driver.Value) error
	}{
		{"SELECT k, data, ids, n FROM chunk WHERE k > ? ORDER BY k LIMIT ?", chunk},
		{"SELECT id, data FROM raws WHERE id > ? ORDER BY id LIMIT ?", raws},
	} {
		for after, rows := int64(-1), sumsPage; rows == sumsPage; {
			bytes := 0
			rows = 0
			err := c.Rows(of.query, func(v []driver.Value) error {
				after, rows, bytes = sqlite.Int(v[0]), rows+1, bytes+len(blob(v[1]))
				return of.check(v)
			}, after, int64(sumsPage))
			n += rows
			if err = errors.Join(err, ctx.Err()); err == nil {
				err = rest(bytes)
			}
			if err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func restless(int) error { return nil }

// blob is a column's bytes, good during its row only.
func blob(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}

// Scrub holds every checksum of a folder in use against what lies there, at so
// many bytes a second.
func Scrub(ctx context.Context, dir string, rate int) error {
	path := filepath.Join(dir, FileName)
	c, err := sqlite.OpenForLook(path)
	if err != nil {
		return openError(path, err)
	}
	_, err = checksums(ctx, c, path, func(bytes int) error {
		pause := time.NewTimer(time.Duration(bytes) * time.Second / time.Duration(rate))
		defer pause.Stop()
		select {
		case <-pause.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err = errors.Join(err, c.Close()); ctx.Err() != nil {
		return ctx.Err()
	}
	return openError(path, err)
}

// numbers counts the numbers of entities of a chunk's entries.
func numbers(b []byte, want int64) error {
	var n int64
	for len(b) > 0 {
		id, size := binary.Uvarint(b)
		if size <= 0 || id == 0 {
			return errors.New("an entity's number is damaged")
		}
		b = b[size:]
		n++
	}
	if n != want {
		return fmt.Errorf("%d entities for %d entries", n, want)
	}
	return nil
}

// compareHeads reports a database that stands behind its mark: what a start
// would find to be lost.
func compareHeads(c *sqlite.Conn, marked *Heads) error {
	epoch, err := meta(c, "epoch")
	if err != nil || epoch != marked.Epoch {
		return err // another history was put here, or a backup: a start says so
	}
	heads := map[track.Track]uint64{}
	err = c.Rows("SELECT id, head FROM feed", func(v []driver.Value) error {
		heads[track.Track(sqlite.Int(v[0]))] = uint64(sqlite.Int(v[1]))
		return nil
	})
	if err != nil {
		return err
	}
	if loss := behind(marked, heads); loss != nil {
		return loss.Problem()
	}
	return nil
}

// behind is what heads lack of what was acknowledged; nil when they lack nothing.
func behind(marked *Heads, heads map[track.Track]uint64) *Loss {
	loss := &Loss{At: time.Now()}
	for _, m := range marked.Tracks {
		if heads[m.Track] < m.Head {
			loss.Feeds = append(loss.Feeds, LostFeed{Track: m.Track, Feed: track.FeedName(m.Track.Feed()), Part: m.Track.Part(), Acked: m.Head,
				Found: heads[m.Track]})
		}
	}
	if len(loss.Feeds) == 0 {
		return nil
	}
	return loss
}

// damagedFile says that a file is not what was stored.
func damagedFile(path string, err error) error {
	if p, coded := problem.As(err); coded {
		return p
	}
	return &problem.Problem{Code: "GW-K004", Value: path, Err: err}
}

// openError gives what went wrong with a file its code: damage is not a
// permission that is missing.
func openError(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, coded := problem.As(err); coded {
		return err
	}
	if sqlite.Damaged(err) {
		return &problem.Problem{Code: "GW-K004", Value: path, Err: err}
	}
	return &problem.Problem{Code: "GW-K006", Value: path, Err: err}
}

// Held reports whether a gateway has the folder: GW-K001.
func Held(dir string) error {
	if Holds(dir) != nil {
		return nil
	}
	lock, err := Acquire(dir)
	if err != nil {
		return err
	}
	return lock.Release()
}
