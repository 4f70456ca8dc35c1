package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

const (
	pageMax = 10_000 // entries a page, whatever is asked
	scanMax = 256    // chunks a filtered page looks through before it answers
)

func noFeed(f canonical.Feed) error { return fmt.Errorf("store: feed %q: %w", f, journal.ErrNotFound) }

// scan hands the entries of a track with a sequence in (after, upTo], in
// order, to f until it says no or the chunks run out. It tells how far it looked.
func (s *Store) scan(ctx context.Context, t track.Track, after, upTo uint64, chunks int, f func(e *chunk.Stored) bool) (uint64, error) {
	from := t.Key(after + 1)
	rows, err := s.read.QueryContext(ctx, "SELECT "+chunk.Columns+` FROM chunk
WHERE k >= coalesce((SELECT max(k) FROM chunk WHERE k <= ? AND k > ?), ?) AND k <= ? ORDER BY k LIMIT ?`,
		from, t.Key(0), from, t.Key(upTo), chunks)
	if err != nil {
		return after, fmt.Errorf("store: reading a feed: %w", err)
	}
	defer rows.Close()
	var ids, data sql.RawBytes
	seen, count := after, 0
	for rows.Next() {
		c := chunk.Row{}
		if err := rows.Scan(&c.Key, &c.N, &c.RawBase, &ids, &data); err != nil {
			return seen, fmt.Errorf("store: reading a feed: %w", err)
		}
		c.IDs, c.Data = ids, data
		es, err := s.packer.UnpackEntries(c)
		if err != nil {
			return seen, err
		}
		count++
		for i := range es {
			e := &es[i]
			if e.Seq <= after {
				continue
			}
			if e.Seq > upTo {
				return upTo, nil
			}
			s.name(&e.Entry, e.StreamID, e.Rev)
			if !f(e) {
				return e.Seq, rows.Err()
			}
			seen = e.Seq
		}
	}
	if err := rows.Err(); err != nil {
		return seen, fmt.Errorf("store: reading a feed: %w", err)
	}
	if count < chunks {
		seen = upTo // the chunks ran out, not our patience
	}
	return seen, nil
}

// name fills in what lies in the store as numbers.
func (s *Store) name(e *journal.Entry, streamID uint16, rev uint32) {
	s.mu.RLock()
	st := s.byID[streamID]
	e.Mapping = s.revName[rev]
	s.mu.RUnlock()
	if st != nil {
		e.Source, e.Stream = st.source, st.own
		if e.Kind != "" {
			e.ID = canonical.ID(e.Kind, st.source, e.Key)
		}
	}
}

// Read gives the entries of a feed after a position, in order within each
// partition, at most limit. Bodies are shared memory: read them, do not
// write to them.
func (s *Store) Read(ctx context.Context, feed canonical.Feed, after journal.Position, limit int) ([]journal.Entry, error) {
	c, err := s.Changes(ctx, feed, journal.Filter{}, after, limit)
	return c.Entries, err
}

// Changes reads a filtered feed after a position; nil is the oldest kept. A
// filter that matches rarely gives short or empty pages with More set and
// Next moved on.
func (s *Store) Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position, limit int) (journal.Changes, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return journal.Changes{}, noFeed(feed)
	}
	v := s.view.Load()
	page := journal.Changes{Head: v.head(n)}
	var err error
	if page.From, err = start(v.of(n), after); err != nil {
		return journal.Changes{}, err
	}
	page.Next = page.From.Clone()
	r := trackReader{s: s, feed: n, upTo: page.Head, next: page.Next, room: min(max(limit, 0), pageMax)}
	match := f != (journal.Filter{})
	err = r.read(ctx, !match, func(e *chunk.Stored) bool {
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
		if _, err := start(s.view.Load().of(n), after); err != nil {
			return journal.Changes{}, err
		}
	}
	page.More = !page.Next.Covers(page.Head)
	return page, nil
}

// start is where reading begins in each track of a feed. ErrExpired: what
// follows the position was dropped.
func start(tracks []*trackState, after journal.Position) (journal.Position, error) {
	at := make(journal.Position, len(tracks))
	for part, l := range tracks {
		at[part] = after.At(part)
		switch {
		case after == nil:
			at[part] = l.floor - 1
		case at[part]+1 < l.floor:
			return nil, journal.ErrExpired
		}
	}
	return at, nil
}

// trackReader reads the tracks of a feed, each in its order. next moves on in
// place with what was looked at.
type trackReader struct {
	s          *Store
	feed       int
	next, upTo journal.Position
	room       int // entries still wanted
}

// read hands entries to take, which tells whether it took one, until room is
// filled or everything was looked at. Tracks with more to give share the room,
// so that a busy one does not hold up the others. Without again each track is
// looked at once, for a while: take may take next to nothing.
func (r *trackReader) read(ctx context.Context, again bool, take func(e *chunk.Stored) bool) error {
	for r.room > 0 {
		open := r.open()
		if len(open) == 0 {
			return nil
		}
		for i, part := range open {
			if err := r.track(ctx, part, (r.room+len(open)-i-1)/(len(open)-i), take); err != nil {
				return err
			}
		}
		if !again {
			return nil
		}
	}
	return nil
}

func (r *trackReader) open() (parts []int) {
	for part, at := range r.next {
		if at < r.upTo.At(part) {
			parts = append(parts, part)
		}
	}
	return parts
}

func (r *trackReader) track(ctx context.Context, part, share int, take func(e *chunk.Stored) bool) error {
	if share == 0 {
		return nil
	}
	taken := 0
	next, err := r.s.scan(ctx, track.Of(r.feed, part), r.next[part], r.upTo.At(part), max(scanMax, share), func(e *chunk.Stored) bool {
		if take(e) {
			taken++
		}
		return taken < share
	})
	r.room -= taken
	r.next[part] = next
	return err
}

func matches(f *journal.Filter, e *journal.Entry) bool {
	return (f.Source == "" || f.Source == e.Source) &&
		(f.Stream == "" || f.Stream == e.Stream || f.Stream == e.Source+"/"+e.Stream) &&
		(f.Area == "" || f.Area == e.Index.Area) &&
		(f.Agency == "" || f.Agency == e.Index.Agency) &&
		(f.Kind == "" || f.Kind == string(e.Kind))
}

// Snapshot reads current, not gone records whose sequence is in (after,
// upTo]. What changed meanwhile beyond upTo is not in it: changes after upTo give it.
func (s *Store) Snapshot(ctx context.Context, feed canonical.Feed, f journal.Filter, after, upTo journal.Position, limit int) (journal.Snapshot, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return journal.Snapshot{}, noFeed(feed)
	}
	var page journal.Snapshot
	var err error
	page.Next, err = s.current(ctx, n, after, upTo, limit, func(e *chunk.Stored) bool {
		if !matches(&f, &e.Entry) {
			return false
		}
		page.Entries = append(page.Entries, e.Entry)
		return true
	})
	return page, err
}

// current hands the current entries of a feed in (after, upTo] to take until
// it took limit of them. It gives where to go on; nil at the end.
func (s *Store) current(ctx context.Context, feed int, after, upTo journal.Position, limit int, take func(e *chunk.Stored) bool) (journal.Position, error) {
	if err := s.index.Wait(ctx); err != nil {
		return nil, err
	}
	r := trackReader{s: s, feed: feed, next: make(journal.Position, s.parts), upTo: make(journal.Position, s.parts), room: min(max(limit, 1), pageMax)}
	for part, l := range s.view.Load().of(feed) {
		r.next[part], r.upTo[part] = after.At(part), min(upTo.At(part), l.head)
	}
	for r.room > 0 && len(r.open()) > 0 {
		err := r.read(ctx, false, func(e *chunk.Stored) bool { return s.isCurrent(e) && take(e) })
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
	}
	if r.next.Covers(r.upTo) {
		return nil, nil
	}
	return r.next, nil
}

// Newest gives the newest entries of a feed, newest first, at most limit.
func (s *Store) Newest(ctx context.Context, feed canonical.Feed, limit int) ([]journal.Entry, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return nil, noFeed(feed)
	}
	limit = min(max(limit, 1), pageMax)
	var all []journal.Entry
	for part, l := range s.view.Load().of(n) {
		t := track.Of(n, part)
		var from sql.NullInt64 // the chunk from which there are enough, each having one at least
		err := s.read.QueryRowContext(ctx, "SELECT min(k) FROM (SELECT k FROM chunk WHERE k > ? AND k <= ? ORDER BY k DESC LIMIT ?)",
			t.Key(0), t.Key(l.head), limit).Scan(&from)
		if err != nil {
			return nil, fmt.Errorf("store: reading the newest: %w", err)
		}
		if !from.Valid {
			continue
		}
		_, err = s.scan(ctx, t, track.Seq(from.Int64)-1, l.head, limit, func(e *chunk.Stored) bool {
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
func (s *Store) isCurrent(e *chunk.Stored) bool {
	sl := s.index.Slot(e.Entity)
	return sl.Seq == e.Seq && sl.Live()
}

// entryAt reads one entry; ErrNotFound when it was pruned.
func (s *Store) entryAt(ctx context.Context, t track.Track, seq uint64) (*chunk.Stored, error) {
	es, err := s.chunkOf(ctx, t, seq)
	if err != nil {
		return nil, err
	}
	for i := range es {
		if es[i].Seq == seq {
			e := es[i]
			s.name(&e.Entry, e.StreamID, e.Rev)
			return &e, nil
		}
	}
	return nil, fmt.Errorf("store: entry %d: %w", seq, journal.ErrNotFound)
}

// chunkOf reads the chunk that holds, or would hold, a sequence.
func (s *Store) chunkOf(ctx context.Context, t track.Track, seq uint64) ([]chunk.Stored, error) {
	key := t.Key(seq)
	if es := s.cache.Get(key); es != nil {
		return es, nil
	}
	age := s.cache.Age()
	row := s.read.QueryRowContext(ctx, "SELECT "+chunk.Columns+" FROM chunk WHERE k <= ? AND k > ? ORDER BY k DESC LIMIT 1",
		key, t.Key(0))
	var c chunk.Row
	err := row.Scan(&c.Key, &c.N, &c.RawBase, &c.IDs, &c.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("store: entry %d: %w", seq, journal.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("store: reading an entry: %w", err)
	}
	es, err := s.packer.UnpackEntries(c)
	if err != nil {
		return nil, err
	}
	s.cache.Put(age, c.Key, es)
	return es, nil
}
