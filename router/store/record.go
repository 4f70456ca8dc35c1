package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// entity finds the entity behind a record id by trying its key in every
// stream of its source: they are few, and no index on disk is needed.
func (s *Store) entity(ctx context.Context, id string) (index.Slot, index.Other, uint32, error) {
	kind, source, key, err := canonical.ParseID(id)
	if err != nil {
		return index.Slot{}, index.Other{}, 0, fmt.Errorf("store: %w: %w", journal.ErrNotFound, err)
	}
	if err := s.index.Wait(ctx); err != nil {
		return index.Slot{}, index.Other{}, 0, err
	}
	n := track.KindNumber(kind)
	s.mu.RLock()
	var names []string
	for _, st := range s.byID {
		if st.source == source {
			names = append(names, st.name)
		}
	}
	s.mu.RUnlock()
	for _, name := range names {
		if num, sl, o := s.index.Get(index.KeyHash(name, key)); num != 0 && sl.Known() && sl.Kind() == n {
			return sl, o, num, nil
		}
	}
	return index.Slot{}, index.Other{}, 0, fmt.Errorf("store: record: %w", journal.ErrNotFound)
}

// Record gives the current entry of a record; Op is gone when it was removed.
func (s *Store) Record(ctx context.Context, id string) (journal.Entry, error) {
	sl, _, _, err := s.entity(ctx, id)
	if err != nil {
		return journal.Entry{}, err
	}
	e, err := s.entryAt(ctx, sl.Track(s.parts), sl.Seq)
	if err != nil {
		return journal.Entry{}, err
	}
	return e.Entry, nil
}

const historyMax = 1000

// History gives the versions of a record that are kept, newest first,
// superseded ones included, at most historyMax.
func (s *Store) History(ctx context.Context, id string) ([]journal.Entry, error) {
	all, err := s.history(ctx, id)
	if err != nil {
		return nil, err
	}
	es := make([]journal.Entry, len(all))
	for i := range all {
		es[i] = all[i].Entry
	}
	return es, nil
}

func (s *Store) history(ctx context.Context, id string) ([]*chunk.Stored, error) {
	sl, o, _, err := s.entity(ctx, id)
	if err != nil {
		return nil, err
	}
	main, err := s.chain(ctx, sl.Track(s.parts), sl.Seq)
	if err != nil {
		return nil, err
	}
	aside, err := s.chain(ctx, track.Aside, o.Aside)
	if err != nil {
		return nil, err
	}
	return mergeHistory(main, aside), nil
}

// mergeHistory orders by when the gateway recorded, newest first.
func mergeHistory(main, aside []*chunk.Stored) []*chunk.Stored {
	all := make([]*chunk.Stored, 0, len(main)+len(aside))
	for len(main) > 0 || len(aside) > 0 {
		if len(aside) == 0 || len(main) > 0 && !main[0].RecordedAt.Before(aside[0].RecordedAt) {
			all, main = append(all, main[0]), main[1:]
			continue
		}
		e := aside[0]
		aside = aside[1:]
		if e.Op == chunk.OpExcluded {
			continue
		}
		e.Feed, e.Seq, e.Prev, e.Superseded = e.Kind.Feed(), 0, 0, true
		all = append(all, e)
	}
	return all
}

func (s *Store) chain(ctx context.Context, t track.Track, seq uint64) ([]*chunk.Stored, error) {
	var es []*chunk.Stored
	for seq != 0 && len(es) < historyMax {
		e, err := s.entryAt(ctx, t, seq)
		if errors.Is(err, journal.ErrNotFound) {
			break // pruned
		}
		if err != nil {
			return nil, err
		}
		es = append(es, e)
		seq = e.Prior
	}
	return es, nil
}

// RawOf gives the Raw behind a version of a record; "" is the current one. A
// removal that a listing proved has none: the one before it answers.
func (s *Store) RawOf(ctx context.Context, id, version string) (canonical.Raw, error) {
	all, err := s.history(ctx, id)
	if err != nil {
		return canonical.Raw{}, err
	}
	for _, e := range all {
		if version == "" && e.Superseded || version != "" && e.Version != version || e.Raw.Block == 0 {
			continue
		}
		return s.rawAt(ctx, e.Raw)
	}
	return canonical.Raw{}, fmt.Errorf("store: raw: %w", journal.ErrNotFound)
}

func (s *Store) rawAt(ctx context.Context, ref chunk.RawRef) (canonical.Raw, error) {
	var data []byte
	err := s.read.QueryRowContext(ctx, "SELECT data FROM raws WHERE id = ?", ref.Block).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return canonical.Raw{}, fmt.Errorf("store: raw: %w", journal.ErrNotFound)
	}
	if err != nil {
		return canonical.Raw{}, fmt.Errorf("store: reading a raw: %w", err)
	}
	raw, err := s.packer.UnpackRaw(data, ref.Row)
	if err != nil {
		return canonical.Raw{}, &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("raws %d", ref.Block), Err: err}
	}
	return raw, nil
}

// Digest gives a feed's 256 checksums over its live records.
func (s *Store) Digest(_ context.Context, feed canonical.Feed) (journal.Digest, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return journal.Digest{}, noFeed(feed)
	}
	v := s.view.Load()
	d := journal.Digest{At: v.head(n)}
	for _, l := range v.of(n) {
		for i := range l.digest {
			d.Buckets[i].Add(l.digest[i])
		}
	}
	return d, nil
}

// DigestBucket lists the records of one bucket with their versions, as of a position.
func (s *Store) DigestBucket(ctx context.Context, feed canonical.Feed, bucket int) (journal.Position, []journal.IDVersion, error) {
	n := track.FeedNumber(feed)
	if n == 0 || bucket < 0 || bucket > 255 {
		return nil, nil, noFeed(feed)
	}
	if err := s.index.Wait(ctx); err != nil {
		return nil, nil, err
	}
	type row struct {
		id uint32
		s  index.Slot
	}
	var found []row
	// The index is locked while a commit is shown, heads just after: what is
	// seen here is what the position stands for, or that commit's and then said again by changes.
	at := s.view.Load().head(n)
	s.index.Each(func(id uint32, sl *index.Slot) {
		if sl.Live() && int(sl.Bucket) == bucket && sl.Feed() == n {
			found = append(found, row{id, *sl})
		}
	})
	stmt, err := s.read.PrepareContext(ctx, "SELECT key FROM entity WHERE id = ?")
	if err != nil {
		return nil, nil, fmt.Errorf("store: reading a bucket: %w", err)
	}
	defer stmt.Close()
	rows := make([]journal.IDVersion, 0, len(found))
	for _, r := range found {
		var key string
		if err := stmt.QueryRowContext(ctx, r.id).Scan(&key); err != nil {
			return nil, nil, fmt.Errorf("store: reading a bucket: %w", err)
		}
		st := s.streamByID(r.s.Stream)
		if st == nil {
			continue
		}
		rows = append(rows, journal.IDVersion{ID: canonical.ID(track.KindName(r.s.Kind()), st.source, key), Version: hex.EncodeToString(r.s.Ver[:])})
	}
	return at, rows, nil
}

// Feeds tells what each feed holds now.
func (s *Store) Feeds(context.Context) ([]journal.FeedInfo, error) {
	v := s.view.Load()
	var infos []journal.FeedInfo
	for _, f := range canonical.Feeds() {
		n := track.FeedNumber(f)
		info := journal.FeedInfo{Feed: f, Head: v.head(n), Oldest: make(journal.Position, s.parts)}
		var newest int64
		for part, l := range v.of(n) {
			if l.head > 0 {
				info.Oldest[part] = l.floor
			}
			newest = max(newest, l.at)
			for i := range l.digest {
				info.Live += l.digest[i].Count
			}
		}
		info.HeadAt = milliTime(newest)
		s.mu.RLock()
		for _, st := range s.byID {
			info.Held += int(st.held[n].Load())
		}
		s.mu.RUnlock()
		infos = append(infos, info)
	}
	return infos, nil
}
