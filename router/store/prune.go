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

// PruneKept drops what is older than Options.Keep allows; nothing when it is 0.
func (s *Store) PruneKept(ctx context.Context) (int, error) {
	if s.opts.Keep == 0 {
		return 0, nil
	}
	return s.Prune(ctx, s.opts.Now().Add(-s.opts.Keep))
}

// Prune drops changes recorded before a time and gives how many. The current
// entry of every record stays readable, in snapshots, by id and in digests;
// in changes, Oldest moves and what is before it is ErrExpired.
func (s *Store) Prune(ctx context.Context, before time.Time) (int, error) {
	if err := s.data.Index.Wait(ctx); err != nil {
		return 0, err
	}
	total := 0
	for n := 1; n < track.Slots*s.data.Parts; n++ {
		p := pruning{track: track.Track(n), before: before.Unix()}
		for p.next = p.track.Key(0); p.next >= 0; {
			dropped := 0
			err := s.queue.doAlone(ctx, "pruning", func(t *tx) (err error) {
				dropped, err = p.some(t)
				return err
			})
			if err != nil {
				return total, err
			}
			s.data.Entries.Forget()
			total += dropped
		}
	}
	err := s.queue.do(ctx, "pruning", func(t *tx) error { return t.pruneClosed() })
	return total, err
}

// pruning works through a track, some chunks a transaction.
type pruning struct {
	track  track.Track
	before int64 // Unix seconds: what was recorded earlier goes
	next   int64 // the key to go on from; -1 at the end
}

// errStop ends a walk over rows that has seen enough.
var errStop = errors.New("enough")

// some works through pruneChunks chunks.
func (p *pruning) some(t *tx) (dropped int, err error) {
	var old []chunk.Row
	from := p.next
	p.next = -1
	err = t.c.Rows("SELECT "+chunk.Columns+", newest FROM chunk WHERE k >= ? AND k <= ? ORDER BY k LIMIT ?", func(v []driver.Value) error {
		if sqlite.Int(v[5]) >= p.before {
			return errStop
		}
		old = append(old, chunk.Row{Key: sqlite.Int(v[0]), N: int(sqlite.Int(v[1])), RawBase: sqlite.Int(v[2]),
			IDs: sqlite.Bytes(v[3]), Data: sqlite.Bytes(v[4])})
		return nil
	}, from, p.track.Last(), int64(pruneChunks))
	if err != nil && !errors.Is(err, errStop) {
		return 0, err
	}
	if err == nil && len(old) == pruneChunks {
		p.next = old[len(old)-1].Key + 1
	}
	for _, c := range old {
		n, last, err := p.chunk(t, c)
		if err != nil {
			return 0, err
		}
		dropped += n
		if last >= t.next.Tracks[p.track].Floor {
			t.track(p.track).Floor = last + 1
		}
	}
	return dropped, nil
}

// chunk keeps of a chunk what is some record's current entry.
func (p *pruning) chunk(t *tx, c chunk.Row) (dropped int, last uint64, err error) {
	es, err := t.data.Packer.UnpackEntries(c)
	if err != nil {
		return 0, 0, err
	}
	var kept []*chunk.Stored
	refs := map[int64]int{}
	for i := range es {
		e := &es[i]
		if p.isCurrent(t, e) {
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
		if err := t.release(block, n); err != nil {
			return 0, 0, err
		}
	}
	return len(es) - len(kept), last, rewrite(t, c, kept)
}

// isCurrent reports whether an entry is the newest of its record, gone or not.
func (p *pruning) isCurrent(t *tx, e *chunk.Stored) bool {
	if p.track == track.Aside {
		return false
	}
	sl := t.data.Index.Slot(e.Entity)
	return sl.Seq == e.Seq && t.data.Track(&sl) == p.track
}

// rewrite puts what is kept in the place of the old chunk. Bytes of entries
// are copied, never changed: invariant 3.
func rewrite(t *tx, c chunk.Row, kept []*chunk.Stored) error {
	if len(kept) == 0 {
		return t.c.Exec("DELETE FROM chunk WHERE k = ?", c.Key)
	}
	first := track.Seq(c.Key)
	var ids []byte
	for i := range kept {
		kept[i].Back, kept[i].Raw.Own = false, false
		ids = binary.AppendUvarint(ids, uint64(kept[i].Entity))
	}
	data := t.data.Packer.PackEntries(kept, func(i int) uint64 { return kept[i].Seq - first })
	return t.c.Exec("UPDATE chunk SET n = ?, rawbase = 0, ids = ?, data = ? WHERE k = ?", int64(len(kept)), ids, data, c.Key)
}

// release takes references off a block of Raws and drops it with the last.
func (t *tx) release(block int64, n int) error {
	if err := t.c.Exec("UPDATE raws SET refs = refs - ? WHERE id = ?", int64(n), block); err != nil {
		return err
	}
	gone, err := t.c.Changed("DELETE FROM raws WHERE id = ? AND refs <= 0", block)
	if err != nil || gone == 0 {
		return err
	}
	return t.c.Exec("DELETE FROM rawpos WHERE block = ?", block)
}

// sweep drops the Raws that a Log gave and no entry named since the last
// time: they were thinned out there, or stand behind what nobody keeps.
func (t *tx) sweep() error {
	err := t.c.Exec("DELETE FROM raws WHERE refs <= 0 AND id <= ? AND id IN (SELECT block FROM rawpos)", t.swept)
	if err == nil {
		err = t.c.Exec("DELETE FROM rawpos WHERE block <= ? AND block NOT IN (SELECT id FROM raws)", t.swept)
	}
	t.swept = t.next.Block
	return err
}

// pruneClosed forgets held Raws closed long ago.
func (t *tx) pruneClosed() error {
	before := t.now().Add(-closedKept).UnixMilli()
	refs := map[int64]int{}
	err := t.c.Rows("SELECT block FROM held WHERE state > 0 AND closed < ?", func(v []driver.Value) error {
		refs[sqlite.Int(v[0])]++
		return nil
	}, before)
	if err != nil {
		return err
	}
	for block, n := range refs {
		if err := t.release(block, n); err != nil {
			return err
		}
	}
	if err := t.c.Exec("DELETE FROM held WHERE state > 0 AND closed < ?", before); err != nil {
		return err
	}
	return t.sweep()
}
