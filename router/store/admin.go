package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"sort"

	"iocgateway/canonical"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
	"iocgateway/router/store/sqlite"
)

// drop closes one held Raw and says so in the audit.
func (w *writer) drop(id int64, by, reason string) (int, error) {
	var entity uint32
	target := ""
	err := w.c.Rows("SELECT h.entity, s.name || ' ' || h.code FROM held h JOIN stream s ON s.id = h.stream WHERE h.id = ? AND h.state = 0", func(v []driver.Value) error {
		entity, target = uint32(sqlite.Int(v[0])), fmt.Sprintf("held %d %s", id, sqlite.Text(v[1]))
		return nil
	}, id)
	if err != nil || target == "" {
		return 0, err
	}
	at := w.s.now().UnixMilli()
	if err := w.c.Exec("UPDATE held SET state = ?, closed = ? WHERE id = ?", int64(heldDropped), at, id); err != nil {
		return 0, err
	}
	if err := w.audit(by, "drop", target, reason); err != nil {
		return 0, err
	}
	x := w.s.index
	sl, o := x.Slot(entity), x.Other(entity)
	feed := o.Feed
	sl.Set(sl.Kind(), sl.State(), false)
	o = index.Other{Aside: o.Aside}
	if err := w.c.Exec("UPDATE entity SET x = ? WHERE id = ?", index.AppendSlot(nil, &sl, o), int64(entity)); err != nil {
		return 0, err
	}
	w.after = append(w.after, func() {
		x.Put(entity, sl)
		x.SetOther(entity, o)
		if st := w.s.streamByID(sl.Stream); st != nil {
			st.held[feed].Add(-1)
			st.gen.Add(1) // a plan made before saw it held
		}
	})
	return 1, nil
}

func (w *writer) audit(by, what, target, reason string) error {
	return w.c.Exec("INSERT INTO audit(at, who, what, target, reason) VALUES(?,?,?,?,?)", w.s.now().UnixMilli(), by, what, target, reason)
}

// AddAudit writes down what a person did.
func (s *Store) AddAudit(ctx context.Context, by, what, target, reason string) error {
	return s.do(ctx, "audit", func(w *writer) error { return w.audit(by, what, target, reason) })
}

// Audits lists what persons did, newest first, before an id (0: from the newest).
func (s *Store) Audits(ctx context.Context, before int64, limit int) ([]journal.Audit, error) {
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := s.read.QueryContext(ctx, "SELECT id, at, who, what, target, reason FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", before, min(max(limit, 1), 1000))
	if err != nil {
		return nil, fmt.Errorf("store: reading the audit: %w", err)
	}
	defer rows.Close()
	var all []journal.Audit
	for rows.Next() {
		var a journal.Audit
		var at int64
		if err := rows.Scan(&a.ID, &at, &a.By, &a.What, &a.Target, &a.Reason); err != nil {
			return nil, fmt.Errorf("store: reading the audit: %w", err)
		}
		a.At = milliTime(at)
		all = append(all, a)
	}
	return all, rows.Err()
}

// Pauses lists the streams a person stopped, those whose time is over included.
func (s *Store) Pauses(context.Context) (map[string]journal.Pause, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := map[string]journal.Pause{}
	for name, st := range s.streams {
		st.mu.Lock()
		text := st.pause
		st.mu.Unlock()
		if text == "" {
			continue
		}
		var p journal.Pause
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return nil, fmt.Errorf("store: pause of %s: %w", name, err)
		}
		all[name] = p
	}
	return all, nil
}

// Holdings says what each stream holds. Since when is asked only for those of
// strict, where the answer decides something: it costs a look at every held
// Raw.
func (s *Store) Holdings(ctx context.Context, strict []string) (map[string]health.Holding, error) {
	infos, err := s.Streams(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: streams: %w", err)
	}
	out := make(map[string]health.Holding, len(infos))
	for _, i := range infos {
		out[i.Stream] = health.Holding{Live: i.Live, Held: i.Held}
	}
	for _, stream := range strict {
		has := out[stream]
		if has.Held == 0 {
			continue
		}
		if has.HeldOldest, err = s.HeldSince(ctx, stream); err != nil {
			return nil, fmt.Errorf("store: held since: %w", err)
		}
		out[stream] = has
	}
	return out, nil
}

// SetPause keeps a stream stopped over restarts.
func (s *Store) SetPause(ctx context.Context, stream string, p journal.Pause) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("store: pausing %s: %w", stream, err)
	}
	return s.pause(ctx, stream, string(text), "pause", p.By, p.Reason)
}

// ClearPause lets a stream go on.
func (s *Store) ClearPause(ctx context.Context, stream, by string) error {
	return s.pause(ctx, stream, "", "resume", by, "")
}

func (s *Store) pause(ctx context.Context, name, text, what, by, reason string) error {
	return s.do(ctx, what, func(w *writer) error {
		if err := w.setPause(name, text); err != nil {
			return err
		}
		return w.audit(by, what, name, reason)
	})
}

func (w *writer) setPause(name, text string) error {
	st, err := w.stream(name)
	if err != nil {
		return err
	}
	w.after = append(w.after, func() {
		now := w.s.streamOf(name)
		now.mu.Lock()
		now.pause = text
		now.mu.Unlock()
	})
	return w.c.Exec("UPDATE stream SET pause = ? WHERE id = ?", text, int64(st.id))
}

// StreamInfo counts what a stream has.
type StreamInfo struct {
	Stream     string               `json:"stream"`
	Checkpoint canonical.Checkpoint `json:"checkpoint,omitempty"`
	Live       int                  `json:"live"`
	Held       int                  `json:"held"`
}

// Streams counts every stream the store ever saw, by name.
func (s *Store) Streams(ctx context.Context) ([]StreamInfo, error) {
	if err := s.index.Wait(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]StreamInfo, 0, len(s.streams))
	for _, st := range s.streams {
		info := StreamInfo{Stream: st.name, Checkpoint: st.at(), Live: int(st.live.Load())}
		for n := range st.held {
			info.Held += int(st.held[n].Load())
		}
		all = append(all, info)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Stream < all[j].Stream })
	return all, nil
}
