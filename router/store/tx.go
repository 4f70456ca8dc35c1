package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iocgateway/router/store/query"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// tx is the transaction in hand, as its jobs see it. Nothing of it is seen by
// others before it is durable: what it counts is a copy, and what changes in
// memory waits in after.
type tx struct {
	data   *query.Committed
	c      *sqlite.Conn
	now    func() time.Time
	hook   func(point string)
	upsert [2]string // one entity row, and upsertRows of them
	swept  int64     // newest block of Raws when unnamed ones were last dropped

	shown *state.Heads // what is committed
	next  *state.Heads // what the transaction makes of it
	base  *state.Heads // as it was before the job in hand
	after []func()
}

func newTx(s *Store) *tx {
	return &tx{data: s.data, c: s.folder.Conn, now: s.opts.Now, hook: s.opts.hook,
		upsert: [2]string{upsertQuery(1), upsertQuery(upsertRows)}}
}

// begin starts anew from what is committed.
func (t *tx) begin() {
	t.shown = t.data.Heads.Load()
	t.next, t.after = t.shown.Clone(), t.after[:0]
}

// mark begins a job; undo takes back what it changed in memory.
func (t *tx) mark() (undo func()) {
	base, after := t.next.Clone(), len(t.after)
	t.base = base
	return func() { t.next, t.after = base.Clone(), t.after[:after] }
}

// track is where a track stands, to change within the job in hand.
func (t *tx) track(n track.Track) *state.Extent { return t.next.Change(t.base, n) }

// later has f run when the transaction is durable, while the index is held.
func (t *tx) later(f func()) { t.after = append(t.after, f) }

// stream gives the stream of this name, made in the running transaction when new.
func (t *tx) stream(name string) (*state.Stream, error) {
	if st := t.data.Names.Stream(name); st != nil {
		return st, nil
	}
	id, err := t.c.Int("SELECT coalesce(max(id), 0) + 1 FROM stream")
	if err != nil {
		return nil, err
	}
	if id > 1<<16-1 {
		return nil, fmt.Errorf("more than %d streams", 1<<16-1)
	}
	if err := t.c.Exec("INSERT INTO stream(id, name) VALUES(?, ?) ON CONFLICT DO NOTHING", id, name); err != nil {
		return nil, err
	}
	if id, err = t.c.Int("SELECT id FROM stream WHERE name = ?", name); err != nil {
		return nil, err
	}
	st := state.NewStream(uint16(id), name)
	t.later(func() { t.data.Names.AddStream(st) })
	return st, nil
}

// rev gives the number of a mapping revision, made when new.
func (t *tx) rev(name string) (uint32, error) {
	if rev, ok := t.data.Names.Rev(name); ok {
		return rev, nil
	}
	if err := t.c.Exec("INSERT INTO mapping(name) VALUES(?) ON CONFLICT DO NOTHING", name); err != nil {
		return 0, err
	}
	id, err := t.c.Int("SELECT id FROM mapping WHERE name = ?", name)
	if err != nil {
		return 0, err
	}
	t.later(func() { t.data.Names.AddRev(uint32(id), name) })
	return uint32(id), nil
}

// number gives the numbers of a stream and a mapping revision, made when new.
func (s *Store) number(ctx context.Context, name, mapping string) (*state.Stream, uint32, error) {
	st := s.data.Names.Stream(name)
	rev, ok := s.data.Names.Rev(mapping)
	if st != nil && ok {
		return st, rev, nil
	}
	if name == "" {
		return nil, 0, errors.New("store: a batch names its stream")
	}
	err := s.queue.do(ctx, "naming a stream", func(t *tx) error {
		var err error
		if st, err = t.stream(name); err != nil {
			return err
		}
		rev, err = t.rev(mapping)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	// Asked for anew: when two callers name a stream at once, one of the two
	// values is the one that stays.
	return s.data.Names.Stream(name), rev, nil
}
