package bookfile

import (
	"context"
	"fmt"
	"sort"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

var _ book.Local = (*File)(nil)

// A book that follows another keeps here how far it has read it.
const (
	originSection = "origin"
	originKey     = "book"
)

// NextPut makes the change that puts an item.
func (b *File) NextPut(section, key string, rev uint64, body any) (book.Change, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.NextPut(section, key, rev, body)
}

// NextDelete makes the change that deletes an item.
func (b *File) NextDelete(section, key string, rev uint64) (book.Change, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.NextDelete(section, key, rev)
}

// NextRow makes the change that appends a row.
func (b *File) NextRow(part string, at time.Time, anchor *book.Anchor, body any) (book.Change, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.NextRow(part, at, anchor, body)
}

// Origin is how far the book that this one follows was read.
func (b *File) Origin() (o book.Origin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if item, err := b.state.Get(originSection, originKey); err == nil {
		_ = item.Decode(&o) // written by Take
	}
	return o
}

// Empty reports whether nothing was ever written here.
func (b *File) Empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.end == 0
}

// Take takes changes in that stand elsewhere, with how far that was, in one
// write: what a crash cuts of it is taken in again. A row that leaves a hole
// behind it begins its part anew, for those before it were pruned: if they
// were not, no later row says so, and Verify does.
func (b *File) Take(_ context.Context, changes []book.Change, origin book.Origin) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.watch(); err != nil {
		return err
	}
	var all []byte
	at := b.marker.at
	var placed []book.Change
	var spans []span
	add := func(c book.Change) error {
		if err := b.state.Apply(c); err != nil {
			return err
		}
		line, err := encode(c)
		if err != nil {
			return err
		}
		placed, spans = append(placed, c), append(spans, span{b.end + int64(len(all)), len(line)})
		all, at = append(all, line...), at.next(line)
		return nil
	}
	err := b.follow(changes, origin, add)
	if err == nil {
		err = b.append(all)
	}
	if err != nil {
		b.fork(err)
		return err
	}
	for i := range placed {
		b.place(placed[i], spans[i])
	}
	b.end += int64(len(all))
	b.marker.at = at
	_ = b.note(nil, false)
	return b.shorten(changes)
}

func (b *File) follow(changes []book.Change, origin book.Origin, add func(book.Change) error) error {
	for i := range changes {
		c := changes[i]
		if c.Row != nil {
			head := b.state.Head(c.Row.Part)
			if c.Row.Seq <= head.Seq {
				if c.Row.Seq == head.Seq && c.Row.Hash != head.Hash {
					return fmt.Errorf("%s row %d stands twice", c.Row.Part, c.Row.Seq)
				}
				continue
			}
			if head.Seq > 0 && c.Row.Seq > head.Seq+1 {
				if err := add(book.Change{Op: book.OpForget, Row: &book.Row{Part: c.Row.Part}}); err != nil {
					return err
				}
			}
		}
		if err := add(c); err != nil {
			return err
		}
	}
	has, _ := b.state.Get(originSection, originKey) // revision 0 where there is none
	c, err := b.state.NextPut(originSection, originKey, has.Rev, origin)
	if err != nil {
		return err
	}
	return add(c)
}

// fork ends a book whose memory is ahead of its file, or that was given what
// does not follow: only opening it again tells what it is.
func (b *File) fork(err error) {
	p, ok := problem.As(err)
	if !ok {
		p = &problem.Problem{Code: "GW-R041", File: b.path, Err: err}
	}
	b.fail(p)
}

// shorten drops the rows whose pruning was taken in.
func (b *File) shorten(changes []book.Change) error {
	without := map[string]int{}
	for i := range changes {
		r := changes[i].Row
		if r == nil || r.Anchor == nil {
			continue
		}
		rows := b.rows[r.Part]
		n := sort.Search(len(rows), func(i int) bool {
			at, err := b.rowAt(rows[i])
			return err != nil || at.Seq > r.Anchor.Seq
		})
		if n > 0 {
			without[r.Part] = n
		}
	}
	if len(without) > 0 || b.end-b.live >= b.opts.dead && b.end-b.live > b.live {
		return b.rewrite(without)
	}
	return nil
}

// Export gives every change that counts, in the order it lies in: what another
// book is made of.
func (b *File) Export(ctx context.Context, each func(book.Change) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wrong != nil {
		return b.wrong
	}
	for _, at := range b.alive(nil) {
		if err := ctx.Err(); err != nil {
			return err
		}
		line := make([]byte, at.n)
		if _, err := b.f.ReadAt(line, at.at); err != nil {
			return fmt.Errorf("book: %w", err)
		}
		c, err := decode(line)
		if err != nil {
			return &problem.Problem{Code: "GW-R041", File: b.path, Err: err}
		}
		if c.Item != nil && c.Item.Section == originSection {
			continue
		}
		if err := each(c); err != nil {
			return err
		}
	}
	return nil
}
