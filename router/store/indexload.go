package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// loadIndex fills the index in the background.
func (s *Store) loadIndex(token string) {
	defer s.loading.Done()
	start, from := time.Now(), "file"
	most := s.view.Load().entity
	err := s.index.Load(func() error {
		if s.index.ReadFile(s.folder.Dir, token, most) != nil {
			from = "database"
			if err := s.rebuildIndex(int(most)); err != nil {
				return err
			}
		}
		return s.countHeld()
	}, s.countEntity)
	if err != nil {
		if !errors.Is(err, context.Canceled) { // a store closed while it loads is no error
			s.log.Error("store: the index could not be built", "error", err.Error())
		}
		return
	}
	s.log.Debug("store: index ready", "from", from, "entities", s.index.Size(), "took", time.Since(start))
}

// rebuildIndex makes the index anew from what the database knows.
func (s *Store) rebuildIndex(entities int) error {
	x := s.index
	x.Reset(entities)
	rows, err := s.read.QueryContext(s.ctx, "SELECT id, stream, key, x FROM entity")
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
		st := s.streamByID(streamID)
		sl, o, err := index.DecodeSlot(packed)
		if err != nil || st == nil {
			return &problem.Problem{Code: "GW-K004", Value: fmt.Sprintf("entity %d", id), Err: err}
		}
		sl.Stream, sl.Hash = streamID, index.KeyHashBytes(st.name, key)
		x.Put(id, sl)
		x.SetOther(id, o)
	}
	return rows.Err()
}

// countEntity counts an entity for its stream.
func (s *Store) countEntity(sl *index.Slot) {
	st := s.streamByID(sl.Stream)
	if st == nil || !sl.Known() {
		return
	}
	if sl.Live() {
		st.live.Add(1)
	}
	st.kinds.Or(1 << sl.Kind())
}

// countHeld counts what is in quarantine for the streams.
func (s *Store) countHeld() error {
	rows, err := s.read.QueryContext(s.ctx, "SELECT stream, kind, count(*) FROM held WHERE state = 0 GROUP BY stream, kind")
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
		if st := s.streamByID(id); st != nil {
			st.held[track.FeedNumber(canonical.Kind(kind).Feed())].Add(n)
		}
	}
	return rows.Err()
}

// finish is the writer's end: what is queued fails, the index is left for
// the next start, the connection is closed.
func (w *writer) finish() error {
	for {
		select {
		case j := <-w.s.jobs:
			j.err = errClosed
			close(j.done)
			continue
		default:
		}
		break
	}
	var saved error
	if w.s.Ready() {
		saved = w.saveIndex()
	}
	return errors.Join(saved, w.c.Close())
}

func (w *writer) saveIndex() error {
	token := folder.NewToken()
	if err := w.s.index.WriteFile(w.s.folder.Dir, token); err != nil {
		return fmt.Errorf("store: leaving the index: %w", err)
	}
	if err := folder.SetToken(w.c, token); err != nil {
		return fmt.Errorf("store: leaving the index: %w", err)
	}
	return nil
}
