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

// RecordReader reads single records and lists of them.
type RecordReader struct{ c *Committed }

// Records makes the reader of records.
func Records(c *Committed) RecordReader { return RecordReader{c} }

// entity finds the entity behind a record id by trying its key in every
// stream of its source: they are few, and no index on disk is needed.
func (r RecordReader) entity(ctx context.Context, id string) (index.Slot, index.Other, error) {
	kind, source, key, err := canonical.ParseID(id)
	if err != nil {
		return index.Slot{}, index.Other{}, fmt.Errorf("store: %w: %w", journal.ErrNotFound, err)
	}
	if err := r.c.Index.Wait(ctx); err != nil {
		return index.Slot{}, index.Other{}, err
	}
	n := track.KindNumber(kind)
	for _, st := range r.c.Names.OfSource(source) {
		if num, sl, o := r.c.Index.Get(index.KeyHash(st.Name, key)); num != 0 && sl.Known() && sl.Kind() == n {
			return sl, o, nil
		}
	}
	return index.Slot{}, index.Other{}, fmt.Errorf("store: record: %w", journal.ErrNotFound)
}

// Record gives the current entry of a record; Op is gone when it was removed.
func (r RecordReader) Record(ctx context.Context, id string) (journal.Entry, error) {
	sl, _, err := r.entity(ctx, id)
	if err != nil {
		return journal.Entry{}, err
	}
	e, err := r.c.Entries.At(ctx, r.c.Track(&sl), sl.Seq)
	if err != nil {
		return journal.Entry{}, err
	}
	return e.Entry, nil
}

// History gives the versions of a record that are kept, newest first,
// superseded ones included, at most historyMax.
func (r RecordReader) History(ctx context.Context, id string) ([]journal.Entry, error) {
	all, err := r.history(ctx, id)
	if err != nil {
		return nil, err
	}
	es := make([]journal.Entry, len(all))
	for i := range all {
		es[i] = all[i].Entry
	}
	return es, nil
}

func (r RecordReader) history(ctx context.Context, id string) ([]*chunk.Stored, error) {
	sl, o, err := r.entity(ctx, id)
	if err != nil {
		return nil, err
	}
	main, err := r.c.Entries.Chain(ctx, r.c.Track(&sl), sl.Seq)
	if err != nil {
		return nil, err
	}
	aside, err := r.c.Entries.Chain(ctx, track.Aside, o.Aside)
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

// RawOf gives the Raw behind a version of a record; "" is the current one. A
// removal that a listing proved has none: the one before it answers.
func (r RecordReader) RawOf(ctx context.Context, id, version string) (canonical.Raw, error) {
	all, err := r.history(ctx, id)
	if err != nil {
		return canonical.Raw{}, err
	}
	for _, e := range all {
		if version == "" && e.Superseded || version != "" && e.Version != version || e.Raw.Block == 0 {
			continue
		}
		return r.c.Entries.Raw(ctx, e.Raw)
	}
	return canonical.Raw{}, fmt.Errorf("store: raw: %w", journal.ErrNotFound)
}
