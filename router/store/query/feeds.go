package query

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

const pageMax = 10_000 // entries a page, whatever is asked

// FeedReader reads feeds: in their order, as of now, and as checksums.
type FeedReader struct{ c *Committed }

// Feeds makes the reader of feeds.
func Feeds(c *Committed) FeedReader { return FeedReader{c} }

// Read gives the entries of a feed after a position, in order within each
// partition, at most limit. Bodies are shared memory: read them, do not
// write to them.
func (r FeedReader) Read(ctx context.Context, feed canonical.Feed, after journal.Position, limit int) ([]journal.Entry, error) {
	c, err := r.Changes(ctx, feed, journal.Filter{}, after, limit)
	return c.Entries, err
}

// Changes reads a filtered feed after a position; nil is the oldest kept. A
// filter that matches rarely gives short or empty pages with More set and
// Next moved on.
func (r FeedReader) Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position,
	limit int) (journal.Changes, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return journal.Changes{}, noFeed(feed)
	}
	heads := r.c.Heads.Load()
	page := journal.Changes{Head: heads.Head(n)}
	var err error
	if page.From, err = start(heads.Of(n), after); err != nil {
		return journal.Changes{}, err
	}
	page.Next = page.From.Clone()
	w := trackReader{entries: r.c.Entries, feed: n, upTo: page.Head, next: page.Next, room: min(max(limit, 0), pageMax)}
	w.standing(heads.Of(n))
	match := f != (journal.Filter{})
	err = w.read(ctx, !match, func(e *chunk.Stored) bool {
		if match && !matches(&f, &e.Entry) {
			return false
		}
		page.Entries = append(page.Entries, e.Entry)
		return true
	})
	if err != nil {
		return journal.Changes{}, err
	}
	// A prune may have passed by between the look at the floors and the read.
	if after != nil {
		if _, err := start(r.c.Heads.Load().Of(n), after); err != nil {
			return journal.Changes{}, err
		}
	}
	page.More = !page.Next.Covers(page.Head)
	page.Under, page.Stands = w.under, w.stands
	return page, nil
}

// Snapshot reads current, not gone records whose sequence is in (after,
// upTo]. What changed meanwhile beyond upTo is not in it: changes after upTo give it.
func (r FeedReader) Snapshot(ctx context.Context, feed canonical.Feed, f journal.Filter, after, upTo journal.Position,
	limit int) (journal.Snapshot, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return journal.Snapshot{}, noFeed(feed)
	}
	var page journal.Snapshot
	var err error
	page.Next, err = r.current(ctx, n, after, upTo, limit, func(e *chunk.Stored) bool {
		if !matches(&f, &e.Entry) {
			return false
		}
		page.Entries = append(page.Entries, e.Entry)
		return true
	})
	if err == nil {
		page.Stands, err = r.stands(ctx, n, upTo)
	}
	return page, err
}

// stands finds out what a position stands on, as far as it is kept.
func (r FeedReader) stands(ctx context.Context, feed int, at journal.Position) (journal.Footing, error) {
	f := make(journal.Footing, r.c.Parts)
	for part, x := range r.c.Heads.Load().Of(feed) {
		seq := at.At(part)
		if f[part] = x.Foot(seq); f[part] != 0 || seq == 0 || seq > x.Head {
			continue
		}
		e, err := r.c.Entries.At(ctx, track.Of(feed, part), seq)
		if errors.Is(err, journal.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f[part] = journal.Foot(&e.Entry)
	}
	return f, nil
}

// current hands the current entries of a feed in (after, upTo] to take until
// it took limit of them. It gives where to go on; nil at the end.
func (r FeedReader) current(ctx context.Context, feed int, after, upTo journal.Position, limit int,
	take func(e *chunk.Stored) bool) (journal.Position, error) {
	if err := r.c.Index.Wait(ctx); err != nil {
		return nil, err
	}
	w := trackReader{entries: r.c.Entries, feed: feed, next: make(journal.Position, r.c.Parts), upTo: make(journal.Position, r.c.Parts),
		room: min(max(limit, 1), pageMax)}
	for part, tr := range r.c.Heads.Load().Of(feed) {
		w.next[part], w.upTo[part] = after.At(part), min(upTo.At(part), tr.Head)
	}
	for w.room > 0 && len(w.open()) > 0 {
		err := w.read(ctx, false, func(e *chunk.Stored) bool { return r.isCurrent(e) && take(e) })
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
	}
	if w.next.Covers(w.upTo) {
		return nil, nil
	}
	return w.next, nil
}

// Newest gives the newest entries of a feed, newest first, at most limit.
func (r FeedReader) Newest(ctx context.Context, feed canonical.Feed, limit int) ([]journal.Entry, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return nil, noFeed(feed)
	}
	limit = min(max(limit, 1), pageMax)
	var all []journal.Entry
	for part, tr := range r.c.Heads.Load().Of(n) {
		t := track.Of(n, part)
		var from sql.NullInt64 // the chunk from which there are enough, each having one at least
		err := r.c.DB.QueryRowContext(ctx, "SELECT min(k) FROM (SELECT k FROM chunk WHERE k > ? AND k <= ? ORDER BY k DESC LIMIT ?)",
			t.Key(0), t.Key(tr.Head), limit).Scan(&from)
		if err != nil {
			return nil, fmt.Errorf("store: reading the newest: %w", err)
		}
		if !from.Valid {
			continue
		}
		_, err = r.c.Entries.Scan(ctx, t, track.Seq(from.Int64)-1, tr.Head, limit, func(e *chunk.Stored) bool {
			all = append(all, e.Entry)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b journal.Entry) int {
		return cmp.Or(b.RecordedAt.Compare(a.RecordedAt), cmp.Compare(a.Part, b.Part), cmp.Compare(b.Seq, a.Seq))
	})
	return all[:min(limit, len(all))], nil
}

// isCurrent reports whether an entry is the live version of its record.
func (r FeedReader) isCurrent(e *chunk.Stored) bool {
	sl := r.c.Index.Slot(e.Entity)
	return sl.Seq == e.Seq && sl.Live()
}

// Head is the position of a feed's newest entries.
func (r FeedReader) Head(feed canonical.Feed) journal.Position {
	n := track.FeedNumber(feed)
	if n == 0 {
		return nil
	}
	return r.c.Heads.Load().Head(n)
}

// Feeds gives what each feed holds now.
func (r FeedReader) Feeds(context.Context) ([]journal.FeedInfo, error) {
	heads := r.c.Heads.Load()
	var infos []journal.FeedInfo
	for _, f := range canonical.Feeds() {
		n := track.FeedNumber(f)
		info := journal.FeedInfo{Feed: f, Head: heads.Head(n), Oldest: make(journal.Position, r.c.Parts),
			Stands: make(journal.Footing, r.c.Parts)}
		var newest int64
		for part, tr := range heads.Of(n) {
			if tr.Head > 0 {
				info.Oldest[part] = tr.Floor
			}
			newest = max(newest, tr.At)
			info.Stands[part] = tr.Foot(tr.Head)
			for i := range tr.Digest {
				info.Live += tr.Digest[i].Count
			}
		}
		info.HeadAt = milliTime(newest)
		info.Held = r.c.Names.Held(n)
		infos = append(infos, info)
	}
	return infos, nil
}

// Floors are the oldest sequences of each feed that can be read, and the newest.
func (r FeedReader) Floors() (floors, heads map[canonical.Feed]uint64) {
	tracks := r.c.Heads.Load().Tracks
	floors, heads = map[canonical.Feed]uint64{}, map[canonical.Feed]uint64{}
	for _, feed := range canonical.Feeds() {
		tr := tracks[track.FeedNumber(feed)]
		floors[feed], heads[feed] = tr.Floor, tr.Head
	}
	return floors, heads
}

// Parts is how many partitions a feed has.
func (r FeedReader) Parts() int { return r.c.Parts }

// Changed is closed at the next commit that publishes to the feed.
func (r FeedReader) Changed(feed canonical.Feed) <-chan struct{} {
	return r.c.Wakes.Changed(track.FeedNumber(feed))
}

// CurrentRaws gives the Raws behind a stream's live records whose sequence
// is in (after, upTo], at most limit of them; next is where to go on, and
// upTo at the end. A record without a Raw (a removal that a listing proved)
// is passed over.
func (r FeedReader) CurrentRaws(ctx context.Context, feed canonical.Feed, stream string, after, upTo journal.Position,
	limit int) ([]canonical.Raw, journal.Position, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return nil, nil, noFeed(feed)
	}
	source, name, _ := strings.Cut(stream, "/")
	filter := journal.Filter{Source: source, Stream: name}
	var refs []chunk.RawAt
	next, err := r.current(ctx, n, after, upTo, limit, func(e *chunk.Stored) bool {
		if e.Raw.Block == 0 || !matches(&filter, &e.Entry) {
			return false
		}
		refs = append(refs, e.Raw)
		return true
	})
	if err != nil {
		return nil, nil, err
	}
	if next == nil {
		next = upTo
	}
	raws := make([]canonical.Raw, 0, len(refs))
	for _, ref := range refs {
		raw, err := r.c.Entries.Raw(ctx, ref)
		if err != nil {
			return nil, nil, err
		}
		raws = append(raws, raw)
	}
	return raws, next, nil
}
