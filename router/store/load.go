package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/store/index"
	"iocgateway/router/store/query"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// load reads all that is named and counted; the index comes after.
func (s *Store) load() error {
	data, err := query.NewCommitted(s.ctx, s.folder.Readers, s.folder.Parts)
	if err != nil {
		return err
	}
	if err := loadNames(s.folder.Conn, data.Names); err != nil {
		return err
	}
	heads, err := loadHeads(s.folder.Conn, data.Parts)
	if err != nil {
		return err
	}
	data.Heads.Show(heads)
	data.Entries.OnFailure(s.trouble.note)
	s.data, s.readers = data, newReaders(data)
	return nil
}

func loadNames(c *sqlite.Conn, names *state.Names) error {
	err := c.Rows("SELECT id, name, checkpoint, pause FROM stream", func(v []driver.Value) error {
		st := state.NewStream(uint16(sqlite.Int(v[0])), sqlite.Text(v[1]))
		if cp, ok := v[2].([]byte); ok && len(cp) > 0 {
			st.Reached(cp)
		}
		st.SetPaused(sqlite.Text(v[3]))
		names.AddStream(st)
		return nil
	})
	if err != nil {
		return err
	}
	return c.Rows("SELECT id, name FROM mapping", func(v []driver.Value) error {
		names.AddRev(uint32(sqlite.Int(v[0])), sqlite.Text(v[1]))
		return nil
	})
}

func loadHeads(c *sqlite.Conn, parts int) (*state.Heads, error) {
	heads, err := state.NewHeads(parts)
	if err != nil {
		return nil, err
	}
	entity, err := c.Int("SELECT max(id) FROM entity")
	if err != nil {
		return nil, err
	}
	heads.Entity = uint32(entity)
	if heads.Block, err = c.Int("SELECT max(id) FROM raws"); err != nil {
		return nil, err
	}
	err = c.Rows("SELECT id, head, floor, at, digest FROM feed", func(row []driver.Value) error {
		n := int(sqlite.Int(row[0]))
		if n < 0 || n >= len(heads.Tracks) {
			return nil
		}
		t := heads.Tracks[n]
		t.Head, t.Floor, t.At = uint64(sqlite.Int(row[1])), uint64(sqlite.Int(row[2])), sqlite.Int(row[3])
		if b, ok := row[4].([]byte); ok {
			digest, err := state.UnpackDigest(b)
			if err != nil {
				return &problem.Problem{Code: "GW-K004", Value: "feed " + strconv.Itoa(n), Err: err}
			}
			t.Digest = digest
		}
		return nil
	})
	return heads, err
}

// loadIndex fills the index in the background.
func (s *Store) loadIndex(token string) {
	defer s.loading.Done()
	start, from := time.Now(), "file"
	most := s.data.Heads.Load().Entity
	err := s.data.Index.Load(func() error {
		if s.data.Index.ReadFile(s.folder.Dir, token, most) != nil {
			from = "database"
			if err := rebuildIndex(s.data, int(most)); err != nil {
				return err
			}
		}
		return countHeld(s.data)
	}, func(sl *index.Slot) { countEntity(s.data.Names, sl) })
	if err != nil {
		if !errors.Is(err, context.Canceled) { // a store closed while it loads is no error
			_ = s.trouble.note(err)
			s.opts.Log.Error("store: the index could not be built", "error", err.Error())
		}
		return
	}
	s.opts.Log.Debug("store: index ready", "from", from, "entities", s.data.Index.Size(), "took", time.Since(start))
}

// rebuildIndex makes the index anew from what the database knows.
func rebuildIndex(data *query.Committed, entities int) error {
	data.Index.Reset(entities)
	rows, err := data.DB.QueryContext(data.Ctx, "SELECT id, stream, key, x FROM entity")
	if err != nil {
		return fmt.Errorf("store: rebuilding the index: %w", err)
	}
	defer rows.Close()
	var id uint32
	var streamID uint16
	var key, packed sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&id, &streamID, &key, &packed); err != nil {
			return fmt.Errorf("store: rebuilding the index: %w", err)
		}
		st := data.Names.StreamByID(streamID)
		sl, o, err := index.DecodeSlot(packed)
		if err != nil || st == nil {
			return &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("entity %d", id), Err: err}
		}
		sl.Stream, sl.Hash = streamID, index.KeyHashBytes(st.Name, key)
		data.Index.Put(id, sl)
		data.Index.SetOther(id, o)
	}
	return rows.Err()
}

// countEntity counts an entity for its stream.
func countEntity(names *state.Names, sl *index.Slot) {
	if !sl.Known() {
		return
	}
	if st := names.StreamByID(sl.Stream); st != nil {
		if sl.Live() {
			st.AddLive(1)
		}
		st.AddKind(sl.Kind())
	}
}

// countHeld counts what is in quarantine for the streams.
func countHeld(data *query.Committed) error {
	rows, err := data.DB.QueryContext(data.Ctx, "SELECT stream, kind, count(*) FROM held WHERE state = 0 GROUP BY stream, kind")
	if err != nil {
		return fmt.Errorf("store: counting the quarantine: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uint16
		var kind string
		var n int64
		if err := rows.Scan(&id, &kind, &n); err != nil {
			return fmt.Errorf("store: counting the quarantine: %w", err)
		}
		if st := data.Names.StreamByID(id); st != nil {
			st.AddHeld(track.FeedNumber(canonical.Kind(kind).Feed()), n)
		}
	}
	return rows.Err()
}
