package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/book"
	"iocgateway/router/journal"
	"iocgateway/router/store/folder"
	"iocgateway/router/store/query"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// BeginRun writes a run before its first pull: one that crashed is seen as
// one that never ended.
func (s *Store) BeginRun(ctx context.Context, stream string, at time.Time) (int64, error) {
	var id int64
	err := s.queue.do(ctx, "beginning a run", func(t *tx) error {
		st, err := t.stream(stream)
		if err != nil {
			return err
		}
		if id, err = t.c.Int("SELECT coalesce(max(id), 0) + 1 FROM run WHERE stream = ?", int64(st.ID)); err != nil {
			return err
		}
		text, err := json.Marshal(journal.Run{ID: id, Stream: stream, Started: at})
		if err != nil {
			return err
		}
		if err := t.c.Exec("INSERT INTO run(stream, id, data) VALUES(?,?,?)", int64(st.ID), id, string(text)); err != nil {
			return err
		}
		return t.c.Exec("DELETE FROM run WHERE stream = ? AND id <= ?", int64(st.ID), id-query.RunsKept)
	})
	return id, err
}

// progress writes what a run has come to with the page in hand: a run that is
// cut is known up to its last page. One that was forgotten stays forgotten.
func (t *tx) progress(run *journal.Run, st *state.Stream) error {
	if run == nil {
		return nil
	}
	text, err := json.Marshal(run)
	if err != nil {
		return err
	}
	return t.c.Exec("UPDATE run SET data = ? WHERE stream = ? AND id = ?", string(text), int64(st.ID), run.ID)
}

// remember keeps what a batch says of its stream's past, if it does.
func (t *tx) remember(stream string, past json.RawMessage) error {
	if past == nil {
		return nil
	}
	return t.c.Exec("INSERT INTO meta(k, v) VALUES(?,?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", query.PastOf+stream, string(past))
}

// EndRun writes how a run ended.
func (s *Store) EndRun(ctx context.Context, run journal.Run) error {
	text, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("store: ending a run: %w", err)
	}
	return s.queue.do(ctx, "ending a run", func(t *tx) error {
		st, err := t.stream(run.Stream)
		if err != nil {
			return err
		}
		n, err := t.c.Changed("UPDATE run SET data = ? WHERE stream = ? AND id = ?", string(text), int64(st.ID), run.ID)
		if err == nil && n == 0 {
			err = journal.ErrNotFound
		}
		return err
	})
}

// Mark keeps how far a named reader has got in a feed.
func (s *Store) Mark(ctx context.Context, reader string, feed canonical.Feed, at journal.Position) error {
	n := track.FeedNumber(feed)
	if n == 0 {
		return fmt.Errorf("store: feed %q: %w", feed, journal.ErrNotFound)
	}
	return s.queue.do(ctx, "marking", func(t *tx) error {
		return t.markReader(reader, n, at)
	})
}

// markReader keeps how far a named reader got.
func (t *tx) markReader(reader string, feed int, at journal.Position) error {
	return t.c.Exec("INSERT INTO mark(reader, feed, at) VALUES(?,?,?) ON CONFLICT DO UPDATE SET at = excluded.at",
		reader, int64(feed), query.PackPosition(at))
}

// SetPause keeps a stream stopped over restarts.
func (s *Store) SetPause(ctx context.Context, stream string, p journal.Pause) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("store: pausing %s: %w", stream, err)
	}
	return s.pause(ctx, stream, string(text), "pause")
}

// ClearPause lets a stream go on.
func (s *Store) ClearPause(ctx context.Context, stream, _ string) error {
	return s.pause(ctx, stream, "", "resume")
}

func (s *Store) pause(ctx context.Context, name, text, what string) error {
	return s.queue.do(ctx, what, func(t *tx) error { return t.setPause(name, text) })
}

func (t *tx) setPause(name, text string) error {
	st, err := t.stream(name)
	if err != nil {
		return err
	}
	t.later(func() { t.data.Names.Stream(name).SetPaused(text) })
	return t.c.Exec("UPDATE stream SET pause = ? WHERE id = ?", text, int64(st.ID))
}

// Touch finds out whether anything can be written: it commits a row that says
// when. Whoever takes a person's order asks before it says that it is taken.
func (s *Store) Touch(ctx context.Context) error {
	return s.queue.do(ctx, "trying to write", func(t *tx) error { return folder.Touch(t.c, t.now()) })
}

// KeepBooked notes how far the side book was written. It is a job like others:
// pages that are committed meanwhile share its transaction.
func (s *Store) KeepBooked(ctx context.Context, heads map[string]book.Anchor) error {
	return s.queue.do(ctx, "noting how far the side book is", func(t *tx) error { return folder.SetBooked(t.c, heads) })
}
