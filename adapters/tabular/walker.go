package tabular

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Item is one Raw of a file, or, with a Problem, a piece that cannot be taken.
type Item struct {
	Raw     canonical.Raw
	Problem *problem.Problem
	Cut     *adapters.Refused // the text stops in it: how it is held where lines have ends
}

// Items are the pieces of one file, in the order of the file. The same content
// gives the same items in the same order: a checkpoint counts them.
type Items interface {
	Next() (Item, error) // io.EOF after the last
	Close() error
}

// Scoper is what Items may be besides: they know, once read to the end, which
// keys they listed completely. False: they prove nothing.
type Scoper interface{ KeyPrefix() (string, bool) }

// Noter is what Items may be besides: once read to the end, they tell what is
// worth a person's eye.
type Noter interface{ Notes() []problem.Problem }

// Witness is what Items may be besides: once read to the end, they tell whether
// that was all there is, and what a person should know of it.
type Witness interface {
	Whole() bool
	Notes() []problem.Problem
}

// What a file that was read to its end proves about what it does not list.
const (
	CompleteNone   = "none"   // nothing
	CompleteFile   = "file"   // what this file listed before and lists no more is gone
	CompleteStream = "stream" // what the stream held and this file does not list is gone
)

const (
	pageItems = adapters.PageRecords
	pageBytes = adapters.PageBytes
)

// Walker turns files into pages: one file is one walk. It may keep the file it
// is in open between calls; a Pull from any other checkpoint, or after a
// restart, finds its place again by counting.
type Walker struct {
	Place    Place
	Settle   time.Duration
	Complete string
	Prefix   func(file string) string // of the keys of one file; only with CompleteFile
	Open     func(ctx context.Context, f File, content *Spool) (Items, error)
	Keys     []string // columns that keys are made of; empty: the place of a row
	// AllowEmpty accepts a file without rows where there were some.
	AllowEmpty bool
	// Sheets are the settings by which sheets are read, or not.
	Sheets string
	// MayEnd: a file may end where whoever made it stops, at a length of its own.
	MayEnd bool
	// Apart: the keys of each file are its own.
	Apart bool
	// Vouched: the settings say that no file is ever cut off.
	Vouched bool
	// Weigh is what a file takes in memory while it is read, in bytes; nil: nothing to speak of.
	Weigh func(f File, content *Spool) int64
	Now   func() time.Time
	// Advised is what Advice gives.
	Advised []problem.Problem

	mu     sync.Mutex
	cur    *cursor
	failed failures
	told   bool            // what is odd in the place was noted in this run
	first  bool            // it began with nothing known
	read   map[string]bool // files read to their end in this run
}

// cursor is a file being read: an optimisation, never the truth.
type cursor struct {
	name, hash string
	row        int
	whole      bool // it was read from the file's beginning
	items      Items
	spool      *Spool
}

func (c *cursor) close() {
	if c == nil {
		return
	}
	_ = c.items.Close() // read-only: nothing to lose
	_ = c.spool.Close()
}

// Pull gives the next page of the file being read, or of the next file that
// changed and lies still. An unchanged file costs one line of a listing.
func (w *Walker) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	cp, err := readCheckpoint(from)
	if err != nil {
		return adapters.Page{}, err
	}
	if c := w.cur; c != nil && cp.continues(c) {
		return w.page(ctx, cp, c.name)
	}
	w.drop()
	if cp.settled(w.Sheets); !w.told {
		w.first = len(cp.Files) == 0
	}
	session, err := w.Place.Connect(ctx)
	if err != nil {
		return adapters.Page{}, err
	}
	defer func() { _ = session.Close() }()
	listing, err := session.List(ctx)
	if err != nil {
		return adapters.Page{}, err
	}
	page, found, err := w.next(ctx, session, cp, listing.Files)
	if err != nil {
		return adapters.Page{}, err
	}
	if !w.told {
		if cp.Live > 0 && w.proves() && nothing(listing.Files) {
			listing.Notes = append(listing.Notes, problem.Problem{Code: "GW-D106", Value: strconv.Itoa(cp.Live)})
		}
		page.Notes = append(listing.Notes, page.Notes...)
		w.told = true
	}
	if found {
		return page, nil
	}
	return w.idle(page, cp, from)
}

// nothing: no file is there, or none with anything in it.
func nothing(files []File) bool {
	return !slices.ContainsFunc(files, func(f File) bool { return f.Size != 0 })
}

// next gives the first page of the next file that has something new. What
// fails with one file stops those behind it only where each is the whole
// stream: read out of their order, an older one would undo a newer one.
func (w *Walker) next(ctx context.Context, session Session, cp *checkpoint, files []File) (page adapters.Page, found bool, err error) {
	dirty := cp.prune(files)
	for _, f := range w.order(cp, files) {
		if w.failed.has(f) {
			continue
		}
		before, known := cp.Files[f.Name]
		opened, changed, err := w.enter(ctx, session, cp, f, &page)
		if err == nil && opened {
			notes := page.Notes
			if page, err = w.page(ctx, cp, f.Name); err == nil {
				if w.together(cp, f.Name, before, &page) {
					return w.next(ctx, session, cp, files)
				}
				page.Notes = append(notes, page.Notes...)
				return page, true, nil
			}
		}
		if err == nil {
			dirty = dirty || changed
			continue
		}
		if p, ok := problem.As(err); ok && p.File == "" && p.OfFile() {
			p.File = problem.Short(f.Name)
		}
		if !w.aside(ctx, f, err) {
			return page, false, err
		}
		if cp.Files[f.Name] = before; !known { // what could not be read was not seen
			delete(cp.Files, f.Name)
		}
	}
	page.More = dirty // whether the checkpoint has something new
	return page, false, nil
}

// KeyedBy is adapters.Keyed's.
func (w *Walker) KeyedBy() []string { return w.Keys }

// Idle is adapters.Idler's: a file that a run stopped in is opened again by the next.
func (w *Walker) Idle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop()
	w.failed, w.told, w.read = nil, false, nil
}

func (w *Walker) drop() {
	w.cur.close()
	w.cur = nil
}

// order puts the file that a walk is in the middle of first. Files with rows of
// one table come by name among themselves: which one is newer decides nothing.
func (w *Walker) order(cp *checkpoint, files []File) []File {
	out := make([]File, 0, len(files))
	for _, f := range files {
		if cp.Files[f.Name].Row > 0 {
			out = append(out, f)
		}
	}
	for _, f := range files {
		if cp.Files[f.Name].Row == 0 {
			out = append(out, f)
		}
	}
	several := map[string]bool{}
	for _, names := range cp.byTable() {
		for _, name := range names {
			several[name] = several[name] || len(names) > 1
		}
	}
	var at []int
	var sharing []File
	for i, f := range out {
		if several[f.Name] {
			at, sharing = append(at, i), append(sharing, f)
		}
	}
	slices.SortStableFunc(sharing, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for i, f := range sharing {
		out[at[i]] = f
	}
	return out
}

// enter opens a file when it has something new. changed: the
// checkpoint has something new even though there is nothing to read.
func (w *Walker) enter(ctx context.Context, session Session, cp *checkpoint, f File, page *adapters.Page) (
	opened, changed bool, err error) {
	mark := cp.Files[f.Name]
	if f.Size >= 0 {
		if mark.Done && mark.same(f) {
			return false, false, nil
		}
		if !w.still(&mark, f) {
			changed = mark != cp.Files[f.Name]
			cp.Files[f.Name] = mark
			return false, changed, nil
		}
	}
	known := Validators{}
	if mark.Done && mark.Bad == 0 { // what was damaged on the way may be whole now, under the same tag
		known = Validators{ETag: mark.ETag, Modified: mark.LastModified}
	}
	spool, learned, err := session.Fetch(ctx, f, known)
	if errors.Is(err, errMoved) {
		return false, false, nil // it will have settled next time
	}
	if err != nil || spool == nil {
		return false, false, err
	}
	if spool.Size == 0 {
		return false, false, errors.Join(w.nothing(f, mark, page), spool.Close())
	}
	next := fileMark{Size: f.Size, MTime: stamp(f.Modified), Hash: spool.Hash, ETag: learned.ETag, LastModified: learned.Modified,
		Rows: mark.Rows, Ends: mark.Ends, Tables: mark.Tables}
	if mark.Hash == spool.Hash {
		next.Row, next.Bad, next.Done = mark.Row, mark.Bad, mark.Done
		next.Again = mark.Again
	}

	changed = cp.Files[f.Name] != next
	cp.Files[f.Name] = next
	if next.Done {
		return false, changed, spool.Close()
	}
	return true, true, w.start(ctx, f, spool, next.Row)
}

// start opens the content and counts up to where the checkpoint is.
func (w *Walker) start(ctx context.Context, f File, spool *Spool, row int) error {
	if w.Weigh != nil {
		if err := spool.take(ctx, w.Weigh(f, spool)); err != nil {
			return errors.Join(err, spool.Close())
		}
	}
	items, err := w.Open(ctx, f, spool)
	if err != nil {
		_ = spool.Close() // what counts is why we gave it up
		return err
	}
	c := &cursor{name: f.Name, hash: spool.Hash, row: row, whole: row == 0, items: items, spool: spool}
	for range row {
		if _, err := items.Next(); err != nil {
			c.close()
			return fmt.Errorf("tabular: find the place in %s again: %w", problem.Short(f.Name), err)
		}
	}
	w.cur = c
	return nil
}

// still reports whether a file lies still: its own time is old enough by our
// clock, or we saw it unchanged long enough (for clocks that disagree).
func (w *Walker) still(mark *fileMark, f File) bool {
	now := w.Now()
	if age := now.Sub(f.Modified); age >= w.Settle {
		return true
	}
	if mark.Since == 0 || !mark.same(f) {
		was := *mark
		*mark = fileMark{Size: f.Size, MTime: stamp(f.Modified), Since: now.UnixNano(), Rows: was.Rows, Ends: was.Ends,
			Tables: was.Tables}
		if was.Row > 0 && !was.Done {
			mark.Row, mark.Bad, mark.Hash = was.Row, was.Bad, was.Hash
		}
		return w.Settle <= 0
	}
	return now.Sub(time.Unix(0, mark.Since)) >= w.Settle
}

// page reads one page from the open file.
func (w *Walker) page(ctx context.Context, cp *checkpoint, name string) (adapters.Page, error) {
	mark := cp.Files[name]
	page := adapters.Page{Start: mark.Row == 0, Beside: mark.Row == 0, Same: mark.Row > 0, Whole: w.proves(), Once: w.proves(),
		More: true, Total: -1}
	ended, err := w.fill(ctx, &page, &mark, w.lined(cp, mark))
	tell(ctx, w.cur.items, len(page.Records)+len(page.Refused))
	if err != nil {
		w.drop()
		return adapters.Page{}, err
	}
	if tabled, ok := w.cur.items.(Tabled); ok && w.Complete == CompleteFile {
		mark.Tables = strings.Join(tabled.Tables(), "\n")
		cp.Files[name] = mark
		page.Shared = len(cp.sharing(name)) > 0
		page.Whole = page.Whole && !page.Shared
	}
	if ended {
		if err := w.end(&page, cp, &mark); err != nil {
			w.drop()
			return adapters.Page{}, err
		}
		page.Notes = cp.doubt(name, page.Notes)
		if w.read == nil {
			w.read = map[string]bool{}
		}
		w.read[name] = true
		w.drop()
	} else {
		w.cur.row = mark.Row
	}
	cp.Files[name] = mark
	page.Next, err = cp.encode()
	return page, err
}

func (w *Walker) fill(ctx context.Context, page *adapters.Page, mark *fileMark, lined bool) (ended bool, err error) {
	page.Records = make([]canonical.Raw, 0, min(max(256, mark.Row), pageItems)) // a file that is long by now goes on
	for count, size := 0, 0; count < pageItems && size < pageBytes; count++ {
		if count%128 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		item, err := w.cur.items.Next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		mark.Row++
		size += len(item.Raw.Payload)
		if item.Cut != nil && lined && item.Problem == nil {
			item.Raw, item.Problem = item.Cut.Raw, &item.Cut.Problem
		}
		if item.Problem == nil {
			page.Records = append(page.Records, item.Raw)
			continue
		}
		mark.Bad++
		page.Refused = append(page.Refused, adapters.Refused{Raw: item.Raw, Problem: *item.Problem})
	}
	return false, nil
}
