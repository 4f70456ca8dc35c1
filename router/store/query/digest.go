package query

import (
	"context"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// Digest gives a feed's 256 checksums over its live records.
func (r FeedReader) Digest(_ context.Context, feed canonical.Feed) (journal.Digest, error) {
	n := track.FeedNumber(feed)
	if n == 0 {
		return journal.Digest{}, noFeed(feed)
	}
	heads := r.c.Heads.Load()
	d := journal.Digest{At: heads.Head(n)}
	for _, tr := range heads.Of(n) {
		for i := range tr.Digest {
			d.Buckets[i].Add(tr.Digest[i])
		}
	}
	return d, nil
}

// DigestBucket lists the records of one bucket with their versions, as of a position.
func (r FeedReader) DigestBucket(ctx context.Context, feed canonical.Feed, bucket int) (journal.Position, []journal.IDVersion, error) {
	n := track.FeedNumber(feed)
	if n == 0 || bucket < 0 || bucket > 255 {
		return nil, nil, noFeed(feed)
	}
	if err := r.c.Index.Wait(ctx); err != nil {
		return nil, nil, err
	}
	type live struct {
		id   uint32
		slot index.Slot
	}
	var found []live
	// The index is locked while a commit is shown, heads just after: what is
	// seen here is what the position stands for, or that commit's and then given again by changes.
	at := r.c.Heads.Load().Head(n)
	r.c.Index.Each(func(id uint32, sl *index.Slot) {
		if sl.Live() && int(sl.Bucket) == bucket && sl.Feed() == n {
			found = append(found, live{id, *sl})
		}
	})
	stmt, err := r.c.DB.PrepareContext(ctx, "SELECT key FROM entity WHERE id = ?")
	if err != nil {
		return nil, nil, fmt.Errorf("store: reading a bucket: %w", err)
	}
	defer stmt.Close()
	rows := make([]journal.IDVersion, 0, len(found))
	for _, f := range found {
		var key string
		if err := stmt.QueryRowContext(ctx, f.id).Scan(&key); err != nil {
			return nil, nil, fmt.Errorf("store: reading a bucket: %w", err)
		}
		st := r.c.Names.StreamByID(f.slot.Stream)
		if st == nil {
			continue
		}
		id := canonical.ID(track.KindName(f.slot.Kind()), st.Source, key)
		rows = append(rows, journal.IDVersion{ID: id, Version: chunk.VersionText(f.slot.Ver)})
	}
	return at, rows, nil
}
