package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/journal/wire"
	"iocgateway/router/store/track"
)

// runsKept is how many runs of a stream are remembered.
const runsKept = 1000

// BeginRun writes a run before its first pull: one that crashed is seen as
// one that never ended.
func (s *Store) BeginRun(ctx context.Context, stream string, at time.Time) (int64, error) {
	var id int64
	err := s.do(ctx, "beginning a run", func(w *writer) error {
		st, err := w.stream(stream)
		if err != nil {
			return err
		}
		if id, err = w.c.Int("SELECT coalesce(max(id), 0) + 1 FROM run WHERE stream = ?", int64(st.id)); err != nil {
			return err
		}
		text, err := json.Marshal(journal.Run{ID: id, Stream: stream, Started: at})
		if err != nil {
			return err
		}
		if err := w.c.Exec("INSERT INTO run(stream, id, data) VALUES(?,?,?)", int64(st.id), id, string(text)); err != nil {
			return err
		}
		return w.c.Exec("DELETE FROM run WHERE stream = ? AND id <= ?", int64(st.id), id-runsKept)
	})
	return id, err
}

// EndRun writes how a run ended.
func (s *Store) EndRun(ctx context.Context, run journal.Run) error {
	text, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("store: ending a run: %w", err)
	}
	return s.do(ctx, "ending a run", func(w *writer) error {
		st, err := w.stream(run.Stream)
		if err != nil {
			return err
		}
		n, err := w.c.Changed("UPDATE run SET data = ? WHERE stream = ? AND id = ?", string(text), int64(st.id), run.ID)
		if err == nil && n == 0 {
			err = journal.ErrNotFound
		}
		return err
	})
}

// LastRuns gives a stream's runs, newest first.
func (s *Store) LastRuns(ctx context.Context, stream string, limit int) ([]journal.Run, error) {
	st := s.streamOf(stream)
	if st == nil {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, "SELECT data FROM run WHERE stream = ? ORDER BY id DESC LIMIT ?", st.id, min(max(limit, 1), runsKept))
	if err != nil {
		return nil, fmt.Errorf("store: reading runs: %w", err)
	}
	defer rows.Close()
	var runs []journal.Run
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("store: reading runs: %w", err)
		}
		var r journal.Run
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("store: reading runs: %w", err)
		}
		runs = append(runs, r)
	}
	return runs, rows.Err()
}

// Mark keeps how far a named reader has got in a feed.
func (s *Store) Mark(ctx context.Context, reader string, feed canonical.Feed, at journal.Position) error {
	n := track.FeedNumber(feed)
	if n == 0 {
		return noFeed(feed)
	}
	return s.do(ctx, "marking", func(w *writer) error {
		return w.mark(reader, n, at)
	})
}

func (w *writer) mark(reader string, feed int, at journal.Position) error {
	return w.c.Exec("INSERT INTO mark(reader, feed, at) VALUES(?,?,?) ON CONFLICT DO UPDATE SET at = excluded.at", reader, int64(feed), packPosition(at))
}

// Marked is how far a named reader got; nil when it never did.
func (s *Store) Marked(ctx context.Context, reader string, feed canonical.Feed) (journal.Position, error) {
	var at any
	err := s.read.QueryRowContext(ctx, "SELECT at FROM mark WHERE reader = ? AND feed = ?", reader, track.FeedNumber(feed)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: reading a mark: %w", err)
	}
	return unpackPosition(at)
}

// packPosition is a position as it lies on disk: a number where there is one
// partition.
func packPosition(at journal.Position) driver.Value {
	if len(at) <= 1 {
		return int64(at.At(0))
	}
	var b []byte
	for _, seq := range at {
		b = binary.AppendUvarint(b, seq)
	}
	return b
}

func unpackPosition(v any) (journal.Position, error) {
	switch v := v.(type) {
	case int64:
		return journal.Position{uint64(v)}, nil
	case []byte:
		var at journal.Position
		d := wire.NewDecoder(string(v))
		for d.More() && d.Err() == nil {
			at = append(at, d.Uvarint())
		}
		return at, d.Err()
	}
	return nil, wire.ErrCut
}
