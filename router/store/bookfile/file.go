// Package bookfile is the side book in a file beside the embedded Log: a line
// a change, each with a checksum, fsynced before a change is said to be made.
//
//	            written and fsynced                  dead lines outweigh the rest
//	open ─▶ whole ──────────────────▶ whole ──────────────────▶ written anew beside,
//	  │       │                                                 fsynced, renamed over
//	  │       └─ the disk refuses: cut back, the change is refused; where it
//	  │          cannot be cut back, or fsync fails: failed, until it is opened again
//	  ├─ the last line has no end: a crash cut it, nobody was told it is safe: cut off,
//	  │  kept aside, told
//	  ├─ another file lies under its name, or it is shorter than it was left: nothing is
//	  │  written any more, until it is opened again
//	  └─ a line is not what it was, or does not follow: damaged: read as far as
//	     lines are whole, and never written again before a person looked
//
// The folder's lock, which the Log holds, keeps a second process out.
package bookfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// Name is the file's in the data folder.
const Name = "book.jsonl"

const (
	sumDigits = 16      // of SHA-256, before each line
	fileMode  = 0o640   // as the Log's
	deadLeast = 4 << 20 // bytes of dead lines before the file is written anew
)

// Options are where a File lies.
type Options struct {
	Dir string
	Now func() time.Time // default time.Now
	Log *slog.Logger     // default: discarded
	// Known is what the Log knows of the newest rows: a book that lacks them is
	// not the one that was written, also where its mark went with it.
	Known map[string]book.Anchor
	// Grew, if set, is told of rows that are on disk. It must not wait.
	Grew func(heads map[string]book.Anchor)

	hook func(point string) // tests only: named points at which a process may die
	dead int64              // tests only: instead of deadLeast
}

// File is a book in a file. It is safe for concurrent use.
type File struct {
	opts Options
	path string

	mu    sync.Mutex
	f     *os.File
	end   int64 // of what is whole
	live  int64 // bytes of lines that count; the rest is dead
	state *book.State
	rows  map[string][]span          // by part, in order
	items map[string]map[string]span // by section and key
	wrong *problem.Problem           // damage, or why nothing can be written any more

	marker   marker
	readOnly bool

	// Unmarked: it has lines, and no mark stands beside it. It was written by an
	// earlier version, or the mark was taken away; the next change makes one.
	Unmarked bool
}

// span is where a line lies.
type span struct {
	at int64
	n  int
}

var _ book.Book = (*File)(nil)

// Open opens the book of a data folder, or makes it.
func Open(o Options) (*File, error) {
	o = o.complete()
	b := &File{opts: o, path: filepath.Join(o.Dir, Name), marker: marker{dir: o.Dir}}
	if err := b.open(); err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	return b, nil
}

func (o Options) complete() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.hook == nil {
		o.hook = func(string) {}
	}
	if o.dead == 0 {
		o.dead = deadLeast
	}
	return o
}

func (b *File) open() error {
	// Written beside and never renamed: the old one counts.
	if err := os.Remove(b.path + ".new"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(b.path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	b.f = f
	err = b.load()
	if err == nil && b.end == 0 { // new: its name must be durable before what is in it
		err = syncFolder(b.opts.Dir)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	b.Unmarked = b.marker.last == nil && b.marker.at.Lines > 0
	found := b.marker.judge(b.path, b.state.Head)
	if found == nil && b.wrong == nil {
		found = lacking(b)
	}
	if found != nil {
		b.fail(found)
		b.opts.Log.Error("the side book is not what was written", "file", b.path, "code", found.Code, "rows_missing", found.Value)
	}
	return nil
}

// Close lets the file go. What was said to be written is on disk.
func (b *File) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail(&problem.Problem{Code: "GW-R051", Err: os.ErrClosed})
	return errors.Join(b.f.Close(), b.marker.close())
}

// Damage is why the book takes no change; nil when it does.
func (b *File) Damage() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.watch()
}

func (b *File) fail(p *problem.Problem) {
	if b.wrong == nil {
		b.wrong = p
	}
}

// load reads the file from its beginning.
func (b *File) load() error {
	b.state, b.rows, b.items = book.NewState(), map[string][]span{}, map[string]map[string]span{}
	b.end, b.live, b.marker.at = 0, 0, stand{}
	if b.marker.last == nil {
		var err error
		if b.marker.last, err = readMark(b.opts.Dir); err != nil {
			return err
		}
	}
	if _, err := b.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(b.f, 64<<10)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		switch {
		case err != nil && err != io.EOF:
			return err
		case len(line) == 0:
			return nil
		case err == io.EOF:
			return b.tail(line, n)
		case bytes.Contains(line, make([]byte, unwritten)) && last(in):
			return b.tail(line, n)
		}
		b.read(line, n)
	}
}

// unwritten is how many zeros no line has: they are what a part of it reads as
// whose sectors a loss of power kept from the disk, while those behind them
// were written.
const unwritten = 64

func last(in *bufio.Reader) bool {
	_, err := in.Peek(1)
	return err == io.EOF
}

// read takes a whole line in. A damaged one is passed over: what follows is
// still shown, and nothing is written any more.
func (b *File) read(line []byte, n int) {
	c, err := decode(line)
	if err == nil || c.Row != nil { // a row proves itself
		err = errors.Join(err, b.state.Apply(c))
	}
	at := span{b.end, len(line)}
	b.end += int64(len(line))
	b.marker.reached(line)
	if err != nil {
		b.damaged(n, err)
		b.live += int64(len(line))
		if c.Row != nil { // shown all the same: Verify names it
			b.rows[c.Row.Part] = append(b.rows[c.Row.Part], at)
		}
		return
	}
	b.place(c, at)
}

func (b *File) damaged(line int, err error) {
	if b.wrong != nil {
		return // what follows a damaged row does not follow: told once
	}
	b.fail(&problem.Problem{Code: "GW-R041", File: b.path, Line: line, Value: strconv.Itoa(line), Err: err})
	b.opts.Log.Error("the side book is damaged", "file", b.path, "line", line, "error", err)
}

// place notes where a change lies, and what it makes dead.
func (b *File) place(c book.Change, at span) {
	if c.Op == book.OpForget {
		for _, old := range b.rows[c.Row.Part] {
			b.live -= int64(old.n)
		}
		delete(b.rows, c.Row.Part)
		return
	}
	if c.Row != nil {
		b.rows[c.Row.Part] = append(b.rows[c.Row.Part], at)
		b.live += int64(at.n)
		return
	}
	of := b.items[c.Item.Section]
	if of == nil {
		of = map[string]span{}
		b.items[c.Item.Section] = of
	}
	b.live -= int64(of[c.Item.Key].n)
	delete(of, c.Item.Key)
	if c.Op == book.OpPut {
		of[c.Item.Key] = at
		b.live += int64(at.n)
	}
}

// tail judges a last line without an end. A crash cuts a line that nobody was
// told of; what else looks so is damage.
func (b *File) tail(line []byte, n int) error {
	if b.readOnly {
		return nil // whoever opens it sees to it; a gateway may be writing it now
	}
	if c, err := decode(append(bytes.Clone(line), '\n')); err == nil && b.state.Apply(c) == nil {
		// Only its end was cut: it is whole, and may count.
		if _, err := b.f.WriteAt([]byte{'\n'}, b.end+int64(len(line))); err != nil {
			return err
		}
		b.place(c, span{b.end, len(line) + 1})
		b.end += int64(len(line)) + 1
		b.marker.reached(append(bytes.Clone(line), '\n'))
		return b.f.Sync()
	}
	if _, err := decode(append(bytes.Clone(line[:len(line)-1]), '\n')); err == nil {
		b.damaged(n, errors.New("the line's end is another character"))
		return nil
	}
	if b.wrong != nil {
		return nil // damaged before: nothing is touched
	}
	aside := fmt.Sprintf("%s.cut-%d", b.path, b.opts.Now().UnixNano())
	if err := os.WriteFile(aside, line, fileMode); err != nil {
		return err
	}
	note := problem.Problem{Code: "GW-R050", Value: strconv.Itoa(len(line)), Path: aside}
	b.opts.Log.Warn(note.Text(problem.English), "kept", aside)
	return errors.Join(b.f.Truncate(b.end), b.f.Sync())
}

// write makes a change durable and takes it in. The caller holds b.mu.
func (b *File) write(make func() (book.Change, error)) (book.Change, error) {
	if err := b.watch(); err != nil {
		return book.Change{}, err
	}
	c, err := make()
	if err != nil {
		return c, err
	}
	line, err := encode(c)
	if err != nil {
		return c, err
	}
	if err := b.append(line); err != nil {
		return c, err
	}
	if err := b.state.Apply(c); err != nil { // it was made of this State
		b.fail(&problem.Problem{Code: "GW-R041", File: b.path, Err: err})
		return c, b.wrong
	}
	b.place(c, span{b.end, len(line)})
	b.end += int64(len(line))
	b.marker.reached(line)
	_ = b.note(nil, c.Row != nil)
	if dead := b.end - b.live; dead >= b.opts.dead && dead > b.live {
		if err := b.rewrite(nil); err != nil {
			b.opts.Log.Warn("the side book was not written anew", "error", err) // it goes on as it is
		}
	}
	return c, nil
}

func (b *File) append(line []byte) error {
	b.opts.hook("append")
	if _, err := b.f.WriteAt(line, b.end); err != nil {
		if cut := b.f.Truncate(b.end); cut != nil {
			b.fail(&problem.Problem{Code: "GW-R051", Err: errors.Join(err, cut)})
		}
		return &problem.Problem{Code: "GW-R051", Err: err}
	}
	b.opts.hook("written")
	if err := b.f.Sync(); err != nil {
		// What is on disk is not known from here on: only opening it again tells.
		b.fail(&problem.Problem{Code: "GW-R051", Err: err})
		return b.wrong
	}
	b.opts.hook("synced")
	// Nobody is told of a row before it is in the file that lies under the book's name.
	b.end += int64(len(line))
	err := b.watch()
	b.end -= int64(len(line))
	return err
}

// Put writes an item over a revision.
func (b *File) Put(_ context.Context, section, key string, rev uint64, body any) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.write(func() (book.Change, error) { return b.state.NextPut(section, key, rev, body) })
	if err != nil {
		return 0, err
	}
	return c.Item.Rev, nil
}

// Delete deletes an item of a revision.
func (b *File) Delete(_ context.Context, section, key string, rev uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.write(func() (book.Change, error) { return b.state.NextDelete(section, key, rev) })
	return err
}

// Get gives an item.
func (b *File) Get(section, key string) (book.Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Get(section, key)
}

// List gives the items of a section, by key.
func (b *File) List(section string) []book.Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.List(section)
}

// Changed is closed at the next change of a section or part.
func (b *File) Changed(name string) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Changed(name)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
