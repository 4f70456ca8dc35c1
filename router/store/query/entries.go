package query

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

const (
	historyMax = 1000 // versions of a record that are given
	chainMax   = 32   // bounds how far back an entity's history is searched for a Raw
)

// Entries reads entries and Raws where they lie. Bodies share memory: they
// are read, never written to.
type Entries struct {
	db     *sql.DB
	names  *state.Names
	packer *chunk.Packer
	cache  *chunk.Cache
	met    func(error) error
}

// OnFailure has f told of what goes wrong while something is read; it gives
// what it is called.
func (r *Entries) OnFailure(f func(error) error) { r.met = f }

func (r *Entries) failed(doing string, err error) error {
	if r.met != nil {
		err = r.met(err)
	}
	return fmt.Errorf("store: reading %s: %w", doing, err)
}

// Forget forgets what was kept of chunks that were written anew.
func (r *Entries) Forget() { r.cache.Clear() }

// Scan hands the entries of a track with a sequence in (after, upTo], in
// order, to f until it wants no more or the chunks run out. It gives how far it looked.
func (r *Entries) Scan(ctx context.Context, t track.Track, after, upTo uint64, chunks int, f func(e *chunk.Stored) bool) (uint64, error) {
	return r.scan(ctx, t, after, upTo, chunks, nil, f)
}

// scan is Scan; with under it begins with the entry at after, if there is one,
// and hands it to that. It costs nothing where that is not the last of its chunk.
func (r *Entries) scan(ctx context.Context, t track.Track, after, upTo uint64, chunks int, under func(e *chunk.Stored),
	f func(e *chunk.Stored) bool) (uint64, error) {
	from := t.Key(after + 1)
	if under != nil && after > 0 {
		from = t.Key(after)
		chunks++
	}
	rows, err := r.db.QueryContext(ctx, "SELECT "+chunk.Columns+` FROM chunk
WHERE k >= coalesce((SELECT max(k) FROM chunk WHERE k <= ? AND k > ?), ?) AND k <= ? ORDER BY k LIMIT ?`,
		from, t.Key(0), from, t.Key(upTo), chunks)
	if err != nil {
		return after, r.failed("a feed", err)
	}
	defer rows.Close()
	var ids, data sql.RawBytes
	seen, count := after, 0
	for rows.Next() {
		c := chunk.Row{}
		if err := rows.Scan(&c.Key, &c.N, &c.RawBase, &ids, &data); err != nil {
			return seen, r.failed("a feed", err)
		}
		c.IDs, c.Data = ids, data
		es, err := r.packer.UnpackEntries(c)
		if err != nil {
			return seen, r.failed("a feed", err)
		}
		count++
		for i := range es {
			e := &es[i]
			if e.Seq <= after {
				if e.Seq == after && under != nil {
					r.name(&e.Entry, e.StreamID, e.Rev)
					under(e)
				}
				continue
			}
			if e.Seq > upTo {
				return upTo, nil
			}
			r.name(&e.Entry, e.StreamID, e.Rev)
			if !f(e) {
				return e.Seq, rows.Err()
			}
			seen = e.Seq
		}
	}
	if err := rows.Err(); err != nil {
		return seen, r.failed("a feed", err)
	}
	if count < chunks {
		seen = upTo // the chunks ran out, not our patience
	}
	return seen, nil
}

// name fills in what lies in the store as numbers.
func (r *Entries) name(e *journal.Entry, streamID uint16, rev uint32) {
	st, mapping := r.names.Named(streamID, rev)
	e.Mapping = mapping
	if st != nil {
		e.Source, e.Stream = st.Source, st.Own
		if e.Kind != "" {
			e.ID = canonical.ID(e.Kind, st.Source, e.Key)
		}
	}
}

// At reads one entry; ErrNotFound when it was pruned.
func (r *Entries) At(ctx context.Context, t track.Track, seq uint64) (*chunk.Stored, error) {
	es, err := r.chunkOf(ctx, t, seq)
	if err != nil {
		return nil, err
	}
	for i := range es {
		if es[i].Seq == seq {
			e := es[i]
			r.name(&e.Entry, e.StreamID, e.Rev)
			return &e, nil
		}
	}
	return nil, fmt.Errorf("store: entry %d: %w", seq, journal.ErrNotFound)
}

// chunkOf reads the chunk that holds, or would hold, a sequence.
func (r *Entries) chunkOf(ctx context.Context, t track.Track, seq uint64) ([]chunk.Stored, error) {
	key := t.Key(seq)
	if es := r.cache.Get(key); es != nil {
		return es, nil
	}
	age := r.cache.Age()
	row := r.db.QueryRowContext(ctx, "SELECT "+chunk.Columns+" FROM chunk WHERE k <= ? AND k > ? ORDER BY k DESC LIMIT 1",
		key, t.Key(0))
	var c chunk.Row
	err := row.Scan(&c.Key, &c.N, &c.RawBase, &c.IDs, &c.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("store: entry %d: %w", seq, journal.ErrNotFound)
	}
	if err != nil {
		return nil, r.failed("an entry", err)
	}
	es, err := r.packer.UnpackEntries(c)
	if err != nil {
		return nil, r.failed("an entry", err)
	}
	r.cache.Put(age, c.Key, es)
	return es, nil
}

// Chain gives the entries of an entity from one back, newest first, as far as
// they are kept, at most historyMax and no more than two pages' bytes.
func (r *Entries) Chain(ctx context.Context, t track.Track, seq uint64) ([]*chunk.Stored, error) {
	var es []*chunk.Stored
	for bytes := 0; seq != 0 && len(es) < historyMax && bytes < 2*journal.PageBytes; { // Invariant 15
		e, err := r.At(ctx, t, seq)
		if errors.Is(err, journal.ErrNotFound) {
			break // pruned
		}
		if err != nil {
			return nil, err
		}
		es = append(es, e)
		bytes += len(e.Body)
		seq = e.Prior
	}
	return es, nil
}

// Search walks an entity's chain back to the entry made of a Raw; nil when
// it is not among the newest or was pruned.
func (r *Entries) Search(ctx context.Context, t track.Track, seq uint64, entity uint32, digest [sha256.Size]byte) (*chunk.Stored, error) {
	for range chainMax {
		if seq == 0 {
			return nil, nil
		}
		e, err := r.At(ctx, t, seq)
		if errors.Is(err, journal.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if e.RawDigest == digest && e.Entity == entity {
			return e, nil
		}
		seq = e.Prior
	}
	return nil, nil
}

// Raw reads a Raw.
func (r *Entries) Raw(ctx context.Context, ref chunk.RawAt) (canonical.Raw, error) {
	var data []byte
	err := r.db.QueryRowContext(ctx, "SELECT data FROM raws WHERE id = ?", ref.Block).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return canonical.Raw{}, fmt.Errorf("store: raw: %w", journal.ErrNotFound)
	}
	if err != nil {
		return canonical.Raw{}, r.failed("a raw", err)
	}
	raw, err := r.packer.UnpackRaw(data, ref.Row)
	if err != nil {
		return canonical.Raw{}, r.failed("a raw", &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("raws %d", ref.Block), Err: err})
	}
	return raw, nil
}
