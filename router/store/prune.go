package store

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"time"

	"iocgateway/router/store/chunk"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

const (
	pruneChunks = 64                  // chunks a transaction, so that commits pass between
	closedKept  = 90 * 24 * time.Hour // how long closed held Raws are kept for history
)

// PruneKept drops what is older than Options.Keep says; nothing when it is 0.
func (s *Store) PruneKept(ctx context.Context) (int, error) {
	if s.keep <= 0 {
		return 0, nil
	}
	return s.Prune(ctx, s.now().Add(-s.keep))
}

// Prune drops changes recorded before a time and tells how many. The current
// entry of every record stays readable, in snapshots, by id and in digests;
// in changes, Oldest moves and what is before it is ErrExpired.
func (s *Store) Prune(ctx context.Context, before time.Time) (int, error) {
	if err := s.index.Wait(ctx); err != nil {
		return 0, err
	}
	total := 0
	for t := track.Track(1); int(t) < track.Slots*s.parts; t++ {
		from := t.Key(0)
		for from >= 0 {
			n := 0
			err := s.submitted(ctx, "pruning", &job{solo: true, run: func(w *writer) error {
				var err error
				n, from, err = w.prune(t, from, before.Unix())
				return err
			}})
			if err != nil {
				return total, err
			}
			s.cache.Clear()
			total += n
		}
	}
	err := s.do(ctx, "pruning", func(w *writer) error { return w.pruneClosed() })
	return total, err
}

// prune works through some chunks of a track from a key on. It gives the key
// to go on from; -1 at the end.
func (w *writer) prune(t track.Track, from, before int64) (dropped int, next int64, err error) {
	var old []chunk.Row
	next = -1
	err = w.c.Rows("SELECT "+chunk.Columns+", newest FROM chunk WHERE k >= ? AND k <= ? ORDER BY k LIMIT ?", func(v []driver.Value) error {
		if sqlite.Int(v[5]) >= before {
			next = -1
			return errStop
		}
		c := chunk.Row{Key: sqlite.Int(v[0]), N: int(sqlite.Int(v[1])), RawBase: sqlite.Int(v[2]), IDs: sqlite.Bytes(v[3]), Data: sqlite.Bytes(v[4])}
		old = append(old, c)
		next = c.Key + 1
		return nil
	}, from, t.Last(), int64(pruneChunks))
	stopped := err == errStop
	if err != nil && !stopped {
		return 0, -1, err
	}
	if stopped || len(old) < pruneChunks {
		next = -1
	}
	for _, c := range old {
		n, last, err := w.pruneChunk(t, c)
		if err != nil {
			return 0, -1, err
		}
		dropped += n
		if l := w.next.tracks[t]; last >= l.floor {
			w.track(t).floor = last + 1
		}
	}
	return dropped, next, nil
}

// pruneChunk keeps of a chunk what is some record's current entry.
func (w *writer) pruneChunk(t track.Track, c chunk.Row) (dropped int, last uint64, err error) {
	es, err := w.s.packer.UnpackEntries(c)
	if err != nil {
		return 0, 0, err
	}
	var kept []*chunk.Stored
	refs := map[int64]int{}
	for i := range es {
		e := &es[i]
		if sl := w.s.index.Slot(e.Entity); t != track.Aside && sl.Seq == e.Seq && sl.Track(w.s.parts) == t {
			kept = append(kept, e)
		} else if e.Raw.Block != 0 {
			refs[e.Raw.Block]++
		}
		last = e.Seq
	}
	if len(kept) == len(es) {
		return 0, last, nil
	}
	for block, n := range refs {
		if err := w.release(block, n); err != nil {
			return 0, 0, err
		}
	}
	return len(es) - len(kept), last, w.rewrite(c, kept)
}

// release takes references off a block of Raws and drops it with the last.
func (w *writer) release(block int64, n int) error {
	if err := w.c.Exec("UPDATE raws SET refs = refs - ? WHERE id = ?", int64(n), block); err != nil {
		return err
	}
	gone, err := w.c.Changed("DELETE FROM raws WHERE id = ? AND refs <= 0", block)
	if err != nil || gone == 0 {
		return err
	}
	return w.c.Exec("DELETE FROM rawpos WHERE block = ?", block)
}

// sweep drops the Raws that a Log gave and no entry named since the last
// time: they were thinned out there, or stand behind what nobody keeps.
func (w *writer) sweep() error {
	err := w.c.Exec("DELETE FROM raws WHERE refs <= 0 AND id <= ? AND id IN (SELECT block FROM rawpos)", w.swept)
	if err == nil {
		err = w.c.Exec("DELETE FROM rawpos WHERE block <= ? AND block NOT IN (SELECT id FROM raws)", w.swept)
	}
	w.swept = w.next.block
	return err
}

// rewrite puts what is kept in the place of the old chunk. Bytes of entries
// are copied, never changed: invariant 3.
func (w *writer) rewrite(c chunk.Row, kept []*chunk.Stored) error {
	if len(kept) == 0 {
		return w.c.Exec("DELETE FROM chunk WHERE k = ?", c.Key)
	}
	first := track.Seq(c.Key)
	var ids []byte
	for i := range kept {
		kept[i].Back, kept[i].Raw.Own = false, false
		ids = binary.AppendUvarint(ids, uint64(kept[i].Entity))
	}
	data := w.s.packer.PackEntries(kept, func(i int) uint64 { return kept[i].Seq - first })
	return w.c.Exec("UPDATE chunk SET n = ?, rawbase = 0, ids = ?, data = ? WHERE k = ?", int64(len(kept)), ids, data, c.Key)
}

// pruneClosed forgets held Raws closed long ago.
func (w *writer) pruneClosed() error {
	before := w.s.now().Add(-closedKept).UnixMilli()
	refs := map[int64]int{}
	err := w.c.Rows("SELECT block FROM held WHERE state > 0 AND closed < ?", func(v []driver.Value) error {
		refs[sqlite.Int(v[0])]++
		return nil
	}, before)
	if err != nil {
		return err
	}
	for block, n := range refs {
		if err := w.release(block, n); err != nil {
			return err
		}
	}
	if err := w.c.Exec("DELETE FROM held WHERE state > 0 AND closed < ?", before); err != nil {
		return err
	}
	return w.sweep()
}

var errStop = errors.New("enough")
