package bookfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// watch looks whether the file under the book's name is still the one that is
// open, and as long as it was left: an editor, sed -i or a copy put another in
// its place, and what is written from then on would be in no file that anybody
// opens again. The caller holds b.mu. What is found stays until it is opened anew.
func (b *File) watch() error {
	if b.wrong != nil {
		return b.wrong
	}
	if b.readOnly {
		return nil // a gateway may be writing it
	}
	there, err := os.Stat(b.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &problem.Problem{Code: "GW-R051", Err: err} // not known: asked again the next time
	}
	open, failed := b.f.Stat()
	if failed != nil {
		return &problem.Problem{Code: "GW-R051", Err: failed}
	}
	var found *problem.Problem
	switch {
	case err != nil || !os.SameFile(there, open):
		found = &problem.Problem{Code: "GW-R055", File: b.path}
	case there.Size() < b.end:
		rows, lines := beyond(b, there.Size())
		found = &problem.Problem{Code: "GW-R053", File: b.path, Value: strconv.Itoa(rows), Want: strconv.Itoa(lines)}
	case there.Size() > b.end:
		found = &problem.Problem{Code: "GW-R041", File: b.path, Err: errors.New("something else has written into it")}
	default:
		return nil
	}
	b.fail(found)
	b.opts.Log.Error("the side book's file was changed while it was in use", "file", b.path, "code", found.Code, "rows_missing", found.Value)
	return found
}

// beyond counts the rows, and the lines that count, that end behind a place.
func beyond(b *File, size int64) (rows, lines int) {
	for _, of := range b.rows {
		for _, at := range of {
			if at.at+int64(at.n) > size {
				rows++
			}
		}
	}
	for _, of := range b.items {
		for _, at := range of {
			if at.at+int64(at.n) > size {
				lines++
			}
		}
	}
	return rows, rows + lines
}

// lacking holds a book that was just read against what the Log knows of it.
func lacking(b *File) *problem.Problem {
	short := shortOf(b)
	if short == nil {
		return nil
	}
	p := &problem.Problem{Code: "GW-R053", File: b.path, Value: strconv.FormatUint(short.Lost(), 10)}
	if short.Other() {
		p.Value, p.Near = "≤ "+p.Value, strconv.FormatUint(short.Was.Seq, 10)
	}
	return p
}

// shortOf is what the book lacks of rows that are known; nil where it lacks none,
// or cannot be read, which is told otherwise. The caller has it to itself.
func shortOf(b *File) *book.Shortfall {
	short, err := book.Holds(context.Background(), unlocked{b}, b.opts.Known)
	if err != nil {
		return nil
	}
	return short
}

// unlocked reads a book whose lock is held.
type unlocked struct{ b *File }

// Head is a part's newest row.
func (u unlocked) Head(part string) book.Anchor { return u.b.state.Head(part) }

// Read gives rows behind one.
func (u unlocked) Read(ctx context.Context, part string, after uint64, limit int) (found []book.Row, err error) {
	err = u.b.walk(ctx, part, u.b.behind(part, after), func(r *book.Row) bool {
		if r.Seq > after { // of a damaged book all are given
			found = append(found, *r)
		}
		return len(found) < limit
	})
	return found, err
}
