package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router"
)

const (
	pageMax   = 10_000 // entries a page, whatever is asked
	scanMax   = 256    // chunks a filtered page looks through before it answers
	chunkCols = "k, n, rawbase, ids, data"
)

func noFeed(f canonical.Feed) error { return fmt.Errorf("store: feed %q: %w", f, router.ErrNotFound) }

// scan hands the entries of a feed with a sequence in (after, upTo], in
// order, to f until it says no or the chunks run out. It tells how far it looked.
func (s *Store) scan(ctx context.Context, feed int, after, upTo uint64, chunks int, f func(e *stored) bool) (uint64, error) {
	from := chunkKey(feed, after+1)
	rows, err := s.read.QueryContext(ctx, "SELECT "+chunkCols+` FROM chunk
WHERE k >= coalesce((SELECT max(k) FROM chunk WHERE k <= ? AND k > ?), ?) AND k <= ? ORDER BY k LIMIT ?`,
		from, chunkKey(feed, 0), from, chunkKey(feed, upTo), chunks)
	if err != nil {
		return after, fmt.Errorf("store: reading a feed: %w", err)
	}
	defer rows.Close()
	var ids, data sql.RawBytes
	seen, count := after, 0
	for rows.Next() {
		c := chunkRow{}
		if err := rows.Scan(&c.key, &c.n, &c.rawbase, &ids, &data); err != nil {
			return seen, fmt.Errorf("store: reading a feed: %w", err)
		}
		c.ids, c.data = ids, data
		es, err := unpackEntries(s.packer, c)
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
			s.name(&e.Entry, e.stream, e.rev)
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
func (s *Store) name(e *router.Entry, streamID uint16, rev uint32) {
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

// Read gives the entries of a feed after a sequence, in order, at most limit.
// Bodies are shared memory: read them, do not write to them.
func (s *Store) Read(ctx context.Context, feed canonical.Feed, after uint64, limit int) ([]router.Entry, error) {
	c, err := s.Changes(ctx, feed, router.Filter{}, after, limit)
	return c.Entries, err
}

// Changes reads a filtered feed after a sequence. A filter that matches
// rarely gives short or empty pages with More set and Next moved on.
func (s *Store) Changes(ctx context.Context, feed canonical.Feed, f router.Filter, after uint64, limit int) (router.Changes, error) {
	n := feedNumber(feed)
	if n == 0 {
		return router.Changes{}, noFeed(feed)
	}
	at := s.view.Load().feeds[n]
	if after+1 < at.floor {
		return router.Changes{}, router.ErrExpired
	}
	page := router.Changes{Head: at.head, Next: after}
	if after >= at.head || limit <= 0 {
		page.More = after < at.head
		return page, nil
	}
	limit = min(limit, pageMax)
	page.Entries = make([]router.Entry, 0, min(limit, int(at.head-after)))
	match := f != (router.Filter{})
	next, err := s.scan(ctx, n, after, at.head, max(scanMax, limit), func(e *stored) bool {
		if !match || matches(&f, &e.Entry) {
			page.Entries = append(page.Entries, e.Entry)
		}
		return len(page.Entries) < limit
	})
	if err != nil {
		return router.Changes{}, err
	}
	// A prune may have passed by between the look at the floor and the read.
	if after+1 < s.view.Load().feeds[n].floor {
		return router.Changes{}, router.ErrExpired
	}
	page.Next, page.More = next, next < at.head
	return page, nil
}

func matches(f *router.Filter, e *router.Entry) bool {
	return (f.Source == "" || f.Source == e.Source) &&
		(f.Stream == "" || f.Stream == e.Stream || f.Stream == e.Source+"/"+e.Stream) &&
		(f.Area == "" || f.Area == e.Index.Area) &&
		(f.Agency == "" || f.Agency == e.Index.Agency) &&
		(f.Kind == "" || f.Kind == string(e.Kind))
}

// Snapshot reads current, not gone records whose sequence is in (after,
// upTo]. What changed meanwhile beyond upTo is not in it: changes after upTo give it.
func (s *Store) Snapshot(ctx context.Context, feed canonical.Feed, f router.Filter, after, upTo uint64, limit int) (router.Snapshot, error) {
	n := feedNumber(feed)
	if n == 0 {
		return router.Snapshot{}, noFeed(feed)
	}
	if err := s.index.wait(ctx); err != nil {
		return router.Snapshot{}, err
	}
	upTo = min(upTo, s.view.Load().feeds[n].head)
	limit = min(max(limit, 1), pageMax)
	var page router.Snapshot
	for after < upTo && len(page.Entries) < limit && ctx.Err() == nil {
		next, err := s.scan(ctx, n, after, upTo, scanMax, func(e *stored) bool {
			if s.isCurrent(e) && matches(&f, &e.Entry) {
				page.Entries = append(page.Entries, e.Entry)
			}
			return len(page.Entries) < limit
		})
		if err != nil {
			return router.Snapshot{}, err
		}
		after = next
	}
	if after < upTo {
		page.Next = after
	}
	return page, ctx.Err()
}

// isCurrent reports whether an entry is the live version of its record.
func (s *Store) isCurrent(e *stored) bool {
	s.index.mu.RLock()
	defer s.index.mu.RUnlock()
	sl := s.index.at(e.entity)
	return sl != nil && sl.seq == e.Seq && sl.live()
}

// entryAt reads one entry; ErrNotFound when it was pruned.
func (s *Store) entryAt(ctx context.Context, feed int, seq uint64) (*stored, error) {
	es, err := s.chunkOf(ctx, feed, seq)
	if err != nil {
		return nil, err
	}
	for i := range es {
		if es[i].Seq == seq {
			e := es[i]
			s.name(&e.Entry, e.stream, e.rev)
			return &e, nil
		}
	}
	return nil, fmt.Errorf("store: entry %d: %w", seq, router.ErrNotFound)
}

// chunkOf reads the chunk that holds, or would hold, a sequence.
func (s *Store) chunkOf(ctx context.Context, feed int, seq uint64) ([]stored, error) {
	key := chunkKey(feed, seq)
	if es := s.cache.get(key); es != nil {
		return es, nil
	}
	age := s.cache.age.Load()
	row := s.read.QueryRowContext(ctx, "SELECT "+chunkCols+" FROM chunk WHERE k <= ? AND k > ? ORDER BY k DESC LIMIT 1",
		key, chunkKey(feed, 0))
	var c chunkRow
	err := row.Scan(&c.key, &c.n, &c.rawbase, &c.ids, &c.data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("store: entry %d: %w", seq, router.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("store: reading an entry: %w", err)
	}
	es, err := unpackEntries(s.packer, c)
	if err != nil {
		return nil, err
	}
	s.cache.put(age, c.key, es)
	return es, nil
}
