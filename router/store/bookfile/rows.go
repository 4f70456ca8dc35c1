package bookfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// Append adds a row to a part.
func (b *File) Append(_ context.Context, part string, body any) (book.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.write(func() (book.Change, error) { return b.state.NextRow(part, b.opts.Now(), nil, body) })
	if err != nil {
		return book.Row{}, err
	}
	return *c.Row, nil
}

// Head is a part's newest row.
func (b *File) Head(part string) book.Anchor {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Head(part)
}

// Read gives rows of a part behind one.
func (b *File) Read(ctx context.Context, part string, after uint64, limit int) ([]book.Row, error) {
	var found []book.Row
	err := b.each(ctx, part, after, func(r *book.Row) bool {
		found = append(found, *r)
		return len(found) < limit
	})
	return found, err
}

// each gives the rows of a part behind one, in the order they lie in.
func (b *File) each(ctx context.Context, part string, after uint64, yield func(*book.Row) bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.walk(ctx, part, b.behind(part, after), yield)
}

// behind is the first of a part's rows whose number is greater.
func (b *File) behind(part string, after uint64) int {
	rows := b.rows[part]
	if b.watch() != nil || after == 0 {
		return 0 // numbers may not be in order: all are looked at
	}
	return sort.Search(len(rows), func(i int) bool {
		r, err := b.rowAt(rows[i])
		return err != nil || r.Seq > after
	})
}

func (b *File) walk(ctx context.Context, part string, from int, yield func(*book.Row) bool) error {
	for _, at := range b.rows[part][from:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := b.rowAt(at)
		if b.wrong != nil && errors.Is(err, io.EOF) {
			return nil // it was cut here while it was open, which is told
		}
		if err != nil {
			return err
		}
		if !yield(r) {
			return nil
		}
	}
	return nil
}

// rowAt reads a row where it lies. One that is not what was written is given
// all the same, as far as it can be read: its hash tells.
func (b *File) rowAt(at span) (*book.Row, error) {
	line := make([]byte, at.n)
	if _, err := b.f.ReadAt(line, at.at); err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	c, err := decode(line)
	if c.Row == nil {
		return nil, &problem.Problem{Code: "GW-R041", File: b.path, Err: err}
	}
	return c.Row, nil
}

// Verify walks a part from its anchor to its head, from the disk.
func (b *File) Verify(ctx context.Context, part string) (book.Verdict, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	head := b.state.Head(part)
	if b.watch() != nil {
		head = book.Anchor{} // it was found out no further than the damage
	}
	v, err := book.Verify(part, head, func(yield func(*book.Row) bool) error { return b.walk(ctx, part, 0, yield) })
	return against(b, v), err
}

// Prune drops the rows of a part that are older, behind a row that says so.
func (b *File) Prune(ctx context.Context, part string, before time.Time) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.watch(); err != nil {
		return 0, err
	}
	var last book.Anchor
	old := 0
	err := b.walk(ctx, part, 0, func(r *book.Row) bool {
		if !r.At.Before(before) {
			return false
		}
		last, old = book.Anchor{Seq: r.Seq, Hash: r.Hash}, old+1
		return true
	})
	if err != nil || old == 0 {
		return 0, err
	}
	body := map[string]any{"phase": "pruned", "rows": old, "before": before.UTC()}
	if _, err = b.write(func() (book.Change, error) { return b.state.NextRow(part, b.opts.Now(), &last, body) }); err != nil {
		return 0, err
	}
	return old, b.rewrite(map[string]int{part: old})
}

// rewrite writes the file anew without dead lines, and without the first rows
// of some parts.
func (b *File) rewrite(without map[string]int) error {
	path := b.path + ".new"
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	b.opts.hook("rewrite")
	over, err := b.copyLive(f, without)
	if err := errors.Join(err, f.Sync()); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	b.opts.hook("rewritten")
	if err := b.note(&over, true); err != nil { // without it the new one would not be believed
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	if err := os.Rename(path, b.path); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	b.opts.hook("renamed")
	old := b.f
	b.f = f
	waiting := b.state
	err = errors.Join(old.Close(), b.load(), syncFolder(b.opts.Dir))
	b.state.Inherit(waiting)
	if err != nil {
		b.fail(&problem.Problem{Code: "GW-R051", Err: err})
	}
	_ = b.note(nil, true)
	return err
}

// alive are the lines that count, in order, without the first rows of some parts.
func (b *File) alive(without map[string]int) []span {
	var spans []span
	for part, rows := range b.rows {
		spans = append(spans, rows[without[part]:]...)
	}
	for _, of := range b.items {
		for _, at := range of {
			spans = append(spans, at)
		}
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].at < spans[j].at })
	return spans
}

// copyLive writes the lines that count, and gives how far they make a book.
func (b *File) copyLive(to *os.File, without map[string]int) (at stand, err error) {
	out := bufio.NewWriterSize(to, 64<<10)
	for _, from := range b.alive(without) {
		line := make([]byte, from.n)
		if _, err := b.f.ReadAt(line, from.at); err != nil {
			return at, err
		}
		if _, err := out.Write(line); err != nil {
			return at, err
		}
		at = at.next(line)
	}
	return at, out.Flush()
}

// Backup copies the book of a data folder, in use or not, into another folder,
// up to the last whole line there is. A folder of a gateway that had none gives none.
func Backup(from, to string) (bytes int64, err error) {
	f, err := os.Open(filepath.Join(from, Name))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("book: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	if bytes, err = copyLines(f, filepath.Join(to, Name)); err != nil {
		return bytes, fmt.Errorf("book: %w", err)
	}
	return bytes, syncFolder(to)
}

func copyLines(from io.Reader, path string) (n int64, err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Sync(), out.Close()) }()
	in := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return n, nil // a line without an end is being written just now
		}
		if err != nil {
			return n, err
		}
		wrote, err := out.Write(line)
		n += int64(wrote)
		if err != nil {
			return n, err
		}
	}
}
