package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"iocgateway/router/store/folder"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/state"
)

const walPages = 4000 // 16 MB of WAL: two more fsyncs for each, and the file stays small

// writer is the one goroutine that writes. Jobs queued while a transaction
// is being made durable go into the next one together: group commit.
type writer struct {
	s        *Store
	c        *sqlite.Conn
	tx       *tx
	hook     func(point string)
	walPages int64 // the WAL is folded back when it has grown by so many
	unmarked bool  // the head mark could not be written, and that was said
}

func newWriter(s *Store) *writer {
	return &writer{s: s, c: s.folder.Conn, tx: newTx(s), hook: s.opts.hook, walPages: int64(s.opts.walPages)}
}

func (w *writer) loop() {
	q := w.s.queue
	defer close(q.done)
	var group, waiting []*job
	for {
		waiting = q.next(waiting)
		if len(waiting) == 0 {
			q.refuse()
			q.failed = w.finish()
			return
		}
		group, waiting = choose(waiting)
		w.commit(group)
	}
}

func (w *writer) transact(group []*job) error {
	if err := w.c.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, j := range group {
		if err := w.one(j, len(group) == 1); err != nil {
			return err
		}
	}
	for n, t := range w.tx.next.Tracks {
		if t == w.tx.shown.Tracks[n] {
			continue
		}
		err := w.c.Exec("INSERT INTO feed(id, head, floor, at, digest) VALUES(?,?,?,?,?) "+
			"ON CONFLICT(id) DO UPDATE SET head=excluded.head, floor=excluded.floor, at=excluded.at, digest=excluded.digest",
			int64(n), int64(t.Head), int64(t.Floor), t.At, state.PackDigest(&t.Digest))
		if err != nil {
			return err
		}
	}
	w.hook("before-commit")
	return w.c.Exec("COMMIT")
}

// errAlone undoes the transaction of a job that failed alone in it.
var errAlone = errors.New("the only job failed")

// one runs a job under a savepoint: its failure is its own. An error returned
// means that the whole transaction is lost. A job that has the transaction to
// itself needs no savepoint, which copies every page before it is changed.
func (w *writer) one(j *job, alone bool) error {
	undo := w.tx.mark()
	if alone {
		if j.err = w.s.named(w.run(j), j.size()); j.err != nil {
			return errAlone
		}
		return nil
	}
	if err := w.c.Exec("SAVEPOINT job"); err != nil {
		return err
	}
	if j.err = w.s.named(w.run(j), j.size()); j.err != nil {
		if err := w.c.Exec("ROLLBACK TO job"); err != nil {
			return errors.Join(j.err, err)
		}
		undo()
	}
	return w.c.Exec("RELEASE job")
}

func (w *writer) run(j *job) error {
	if j.plan != nil {
		return w.tx.apply(j)
	}
	return j.run(w.tx)
}

// undo takes back a transaction that failed and answers its jobs. It gives
// what is wrong with the store; nothing when it was the only job's own fault.
func (w *writer) undo(group []*job, err error) error {
	// What SQLite answers to a second ROLLBACK is nothing new.
	_ = w.c.Exec("ROLLBACK")
	for _, j := range group {
		if j.err == nil {
			j.err = fmt.Errorf("committing: %w", err)
		}
	}
	if errors.Is(err, errAlone) {
		return nil
	}
	return err
}

// foldWAL copies the WAL back into the database when it has grown. It runs
// here, not beside the writer: a WAL is only reused when nothing was added
// while it was copied, so beside a busy writer it would grow without bound.
func (w *writer) foldWAL() {
	var pages int64
	count := func(v []driver.Value) error {
		pages = sqlite.Int(v[1]) - sqlite.Int(v[2])
		return nil
	}
	if err := w.c.Rows("PRAGMA wal_checkpoint(NOOP)", count); err != nil || pages < w.walPages {
		return
	}
	w.hook("wal-checkpoint")
	err := w.c.Rows("PRAGMA wal_checkpoint(PASSIVE)", count)
	if err = errors.Join(err, w.s.mark.Sync()); err != nil {
		// Nothing is lost: the WAL holds it, and the next commit tries again.
		w.s.opts.Log.Warn("store: the WAL could not be folded back", "error", err.Error())
	}
}

// markHeads says beside the database how far it is now. Nothing depends on
// it but that a loss is noticed.
func (w *writer) markHeads() {
	if slices.Equal(w.tx.next.Tracks, w.tx.shown.Tracks) {
		return
	}
	if err := w.s.mark.Write(trackHeads(w.tx.next)); err != nil && !w.unmarked {
		w.unmarked = true
		w.s.opts.Log.Warn("store: the head mark could not be written; a loss may not be noticed", "error", err.Error())
	}
	w.hook("after-mark")
}

// finish is the writer's end: the index is left for the next start, the
// connection is closed.
func (w *writer) finish() error {
	var saved error
	if w.s.Ready() {
		saved = w.leaveIndex()
	}
	return errors.Join(saved, w.c.Close(), w.s.mark.Close())
}

func (w *writer) leaveIndex() error {
	token := folder.NewToken()
	if err := w.s.data.Index.WriteFile(w.s.folder.Dir, token); err != nil {
		return fmt.Errorf("store: leaving the index: %w", err)
	}
	if err := folder.SetToken(w.c, token); err != nil {
		return fmt.Errorf("store: leaving the index: %w", err)
	}
	return nil
}
