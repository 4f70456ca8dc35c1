package tabular

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// Bound is what Items may be besides: the file may hold more tables than the one
// they are of, and nobody reads some of them.
type Bound interface {
	Book() bool
	Unread() []string
}

// Headed is what Items may be besides: their members are called as a header
// says. Nil where the settings name them.
type Headed interface{ Header() []string }

// Tabled is what Items may be besides: their keys begin with the table that they
// are of, so that two files may list the same one.
type Tabled interface{ Tables() []string }

// together sees to it that files with rows of one table are read in one run, in
// their order, where one of them has something new: what they say of one key is
// held against each other then, and not taken from the one that changed last.
func (w *Walker) together(cp *checkpoint, name string, before fileMark, page *adapters.Page) (again bool) {
	if !page.Shared || !page.Start {
		return false
	}
	before.Tables = cp.Files[name].Tables
	for _, other := range cp.sharing(name) {
		if mark := cp.Files[other]; mark.Done && !w.read[other] {
			mark.Done, mark.Row, mark.Bad, mark.Since = false, 0, 0, 1 // it lies still
			cp.Files[other], again = mark, true
		}
	}
	if again {
		before.Done, before.Row, before.Again = false, 0, before.Again+1 // it is still to come
		cp.Files[name] = before
		w.drop()
	}
	return again
}

// aside reports whether the files behind one that failed are read all the same.
func (w *Walker) aside(ctx context.Context, f File, err error) bool {
	if p, ok := problem.As(err); ok && p.Ours() || ctx.Err() != nil || w.Complete == CompleteStream {
		return false
	}
	if f.Size < 0 && len(w.failed) >= maxFailed {
		return false
	}
	w.failed.add(f, err)
	return true
}

// idle is the page where no file has anything new: what failed on the way is
// told once all the others were read.
func (w *Walker) idle(page adapters.Page, cp *checkpoint, from canonical.Checkpoint) (adapters.Page, error) {
	dirty, failed := page.More, w.failed.join()
	if !dirty || failed == nil {
		w.failed, w.told, w.read = nil, false, nil
	}
	if failed != nil && !dirty {
		return adapters.Page{}, failed
	}
	page.Next, page.Total = from, -1
	page.Notes = append(page.Notes, cp.doubts()...)
	if w.Complete == CompleteFile {
		page.Notes = append(page.Notes, cp.shared()...)
	}
	if w.Apart {
		page.Notes = append(page.Notes, cp.copies()...)
	}
	page.More = dirty && failed != nil // the next call tells it, once this is committed
	if !dirty {
		return page, nil
	}
	var err error
	page.Next, err = cp.encode()
	return page, err
}

// nothing is what is said of a file of 0 bytes. In a folder it may be one whose
// content is still to come: it is noted, and looked at again. What had rows, or
// was asked for by its address, is expected to hold some.
func (w *Walker) nothing(f File, mark fileMark, page *adapters.Page) error {
	p := problem.Problem{Code: "GW-S062", File: problem.Short(f.Name)}
	switch {
	case mark.Rows > 0 && !w.AllowEmpty:
		w.failed.add(f, suspicious(f.Name, mark.Rows))
		return nil
	case f.Size < 0:
		return &p
	}
	w.failed.add(f, nil)
	page.Notes = append(page.Notes, p)
	return nil
}

// end is reached when a file was read to its last item.
func (w *Walker) end(page *adapters.Page, cp *checkpoint, mark *fileMark) error {
	c := w.cur
	if err := w.emptied(cp, *mark); err != nil {
		return err
	}
	page.Complete, page.Notes = w.scope(c, *mark)
	if page.Shared { // Invariant 6: what it does not list, the other file may
		page.Complete = nil
	}
	if page.Complete != nil && !c.whole { // Invariant 16: nobody remembers what the pages before listed
		page.Complete = nil
		mark.Row, mark.Bad, mark.Again = 0, 0, mark.Again+1
		return nil
	}
	had, rows := w.had(cp, *mark), mark.Row-mark.Bad
	if page.Complete != nil {
		page.Complete.Open = w.cutOff(had, rows)
	}
	open, lines := ending(c.items)
	if page.Complete != nil && rows > 0 && rows < had && open && !w.Vouched {
		page.Complete = nil
		page.Notes = append(page.Notes, problem.Problem{Code: "GW-D083", File: problem.Short(c.name), Value: itoa(rows), Want: itoa(had)})
	}
	if lines && mark.Row > 0 {
		page.Notes = append(page.Notes, w.ends(cp, mark, open)...)
	}
	page.Notes = append(page.Notes, w.laidOut(cp, c)...)
	if w.proves() && page.Complete == nil { // what it had stays the measure
		rows = max(rows, had)
	}
	mark.Rows, cp.Live = rows, rows
	mark.Done, mark.Row, mark.Again = true, 0, 0
	return nil
}

// laidOut notes how the file is laid out otherwise than those before it.
func (w *Walker) laidOut(cp *checkpoint, c *cursor) (notes []problem.Problem) {
	if headed, ok := c.items.(Headed); ok {
		notes = cp.headed(c.name, headed.Header())
	}
	if bound, ok := c.items.(Bound); ok && bound.Book() {
		notes = append(notes, cp.unread(c.name, bound.Unread(), w.Sheets, w.first)...)
	}
	return notes
}

// plenty is from how many rows on a file that has none any more is suspicious
// even where its end proves nothing.
const plenty = 20

// emptied holds a file back that has no rows where it had some, or where the
// file before it had: an export that failed looks like that.
//
// Invariant 6.
func (w *Walker) emptied(cp *checkpoint, mark fileMark) error {
	had := w.had(cp, mark)
	if mark.Row > 0 || had == 0 || partial(w.cur.items) || w.AllowEmpty || !w.proves() && had < plenty {
		return nil
	}
	return suspicious(w.cur.name, had)
}

// limitLeast is the smallest length that files are thought to be cut off at,
// and headedLeast the smallest that a header may be counted in.
const (
	limitLeast  = 100
	headedLeast = 1000
)

// cutOff reports whether a file may end where whoever made it stops: with a
// round number of rows, or one less and the header, and no fewer than it had.
func (w *Walker) cutOff(had, rows int) bool {
	limit := rows >= limitLeast && adapters.Round(rows) || rows >= headedLeast && adapters.Round(rows+1)
	return w.MayEnd && limit && rows >= had
}

// Ending is what Items may be besides: once read to the end, they tell whether
// they are lines of text, and whether the last one is open, which is to say has no end.
type Ending interface{ Ending() (open, lines bool) }

func ending(items Items) (open, lines bool) {
	if text, able := items.(Ending); able {
		return text.Ending()
	}
	return false, false
}

// How texts end.
const (
	lineEnd = "line"
	noEnd   = "open"
)

// lined reports whether the text at hand is expected to end in a line end: it
// did before, or, of a file that is new, all others of the stream did. A number
// that is cut is a number, and nothing else shows it.
func (w *Walker) lined(cp *checkpoint, mark fileMark) bool {
	return !w.Vouched && cmp.Or(mark.Ends, cp.Ends) == lineEnd
}

// ends keeps how a text ended. The first of a stream that has no end is said:
// many programs write none, and from then on it is expected of this stream.
func (w *Walker) ends(cp *checkpoint, mark *fileMark, open bool) []problem.Problem {
	switch {
	case !open:
		mark.Ends, cp.Ends = lineEnd, cmp.Or(cp.Ends, lineEnd)
		return nil
	case w.lined(cp, *mark): // its last row was held
		return nil
	}
	first := cp.Ends != noEnd && !w.Vouched
	mark.Ends, cp.Ends = noEnd, noEnd
	if !first {
		return nil
	}
	return []problem.Problem{{Code: "GW-D121", File: problem.Short(w.cur.name)}}
}

// had is how many rows the file had, or the one before it that listed everything.
func (w *Walker) had(cp *checkpoint, mark fileMark) int {
	if w.Complete == CompleteStream {
		return max(mark.Rows, cp.Live)
	}
	return mark.Rows
}

func suspicious(file string, had int) error {
	return problem.Retry(&problem.Problem{Code: "GW-S015", File: problem.Short(file), Value: "0", Want: itoa(had)}, 5*time.Minute)
}

func (w *Walker) proves() bool { return w.Complete == CompleteFile || w.Complete == CompleteStream }

// scope is what the end of a file proves. A file with refused pieces proves
// nothing about absence: the refused piece may be the one that seems gone.
//
// Invariant 6.
func (w *Walker) scope(c *cursor, mark fileMark) (*adapters.Scope, []problem.Problem) {
	var notes []problem.Problem
	if noter, able := c.items.(Noter); able {
		notes = noter.Notes()
	}
	none := mark.Row == 0 && !w.AllowEmpty // an export that failed looks like this
	switch {
	case mark.Bad > 0 && w.proves():
		return nil, append(notes, problem.Problem{Code: "GW-D009", File: problem.Short(c.name), Value: itoa(mark.Bad)})
	case partial(c.items):
		return nil, notes
	case none:
		return nil, append(notes, problem.Problem{Code: "GW-D023", File: problem.Short(c.name)})
	case !w.proves():
		return nil, notes
	case w.Complete == CompleteStream:
		return &adapters.Scope{}, notes
	}
	if s, ok := c.items.(Scoper); ok {
		prefix, proved := s.KeyPrefix()
		if !proved {
			return nil, notes
		}
		return &adapters.Scope{KeyPrefix: prefix}, notes
	}
	return &adapters.Scope{KeyPrefix: w.Prefix(c.name)}, notes
}

// partial reports whether items say themselves that they were not all there is.
func partial(items Items) bool {
	witness, able := items.(Witness)
	return able && !witness.Whole()
}

// failures are the files that could not be read in this run, or had nothing in
// them, so that they are not tried again before it is over.
type failures map[string]failure

type failure struct {
	size, modified int64
	err            error
}

const maxFailed = 10 // addresses that failed; of files in a folder, errors that are told

func (s *failures) add(f File, err error) {
	if *s == nil {
		*s = failures{}
	}
	(*s)[f.Name] = failure{f.Size, stamp(f.Modified), err}
}

func (s failures) has(f File) bool {
	known, ok := s[f.Name]
	return ok && known.size == f.Size && known.modified == stamp(f.Modified)
}

// join is what went wrong, by the names of the files; nil: nothing.
func (s failures) join() error {
	var all []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if err := s[name].err; err != nil && len(all) < maxFailed {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}
