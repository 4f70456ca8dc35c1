package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/sqlite"
	"iocgateway/router/store/track"
)

const (
	groupMax   = 64       // jobs a transaction
	groupBytes = 16 << 20 // of packed data a transaction
	walPages   = 4000     // 16 MB of WAL: two more fsyncs for each, and the file stays small
)

// job is something for the writer: a planned batch, or a few statements.
type job struct {
	plan *plan
	run  func(w *writer) error
	solo bool // changes what plans are made from: it shares its transaction with none
	err  error
	done chan struct{}
}

// writer is the one goroutine that writes. Jobs queued while a transaction
// is being made durable go into the next one together: group commit.
type writer struct {
	s      *Store
	c      *sqlite.Conn
	next   *state // what the transaction makes of it
	base   *state // as it was before the job in hand
	after  []func()
	upsert [2]string

	walPages int64 // the WAL is folded back when it has grown by so many
	swept    int64 // newest block of Raws when unnamed ones were last dropped
}

func (s *Store) submit(ctx context.Context, j *job) error {
	j.done = make(chan struct{})
	select {
	case s.jobs <- j:
	case <-s.done:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	// From here the job is done or fails within a transaction: not waiting
	// for it would leave the caller without knowing which.
	select {
	case <-j.done:
		return j.err
	case <-s.done:
	}
	select {
	case <-j.done:
		return j.err
	default:
		return errClosed
	}
}

// do runs statements in the writer, in a transaction shared with others.
func (s *Store) do(ctx context.Context, what string, f func(w *writer) error) error {
	return s.submitted(ctx, what, &job{run: f})
}

func (s *Store) submitted(ctx context.Context, what string, j *job) error {
	if err := s.submit(ctx, j); err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	return nil
}

func (w *writer) loop() {
	defer close(w.s.done)
	var waiting []*job
	for {
		if len(waiting) == 0 {
			select {
			case j := <-w.s.jobs:
				waiting = append(waiting, j)
			case <-w.s.stop:
				w.s.closed = w.finish()
				return
			}
		}
	drain:
		for len(waiting) < groupMax {
			select {
			case j := <-w.s.jobs:
				waiting = append(waiting, j)
			default:
				break drain
			}
		}
		var group []*job
		group, waiting = choose(waiting)
		w.commit(group)
	}
}

// choose takes from the queue what may share a transaction: a plan knows
// only what was committed before, so a stream comes once, a kind of a source
// comes once, and a plan that takes over from another stream comes alone.
func choose(waiting []*job) (group, rest []*job) {
	taken := map[string]bool{}
	size := 0
	for _, j := range waiting {
		if fits(j, taken, len(group), size) {
			group = append(group, j)
			size += j.size()
			continue
		}
		rest = append(rest, j)
	}
	return group, rest
}

func (j *job) size() (n int) {
	if j.plan == nil {
		return 0
	}
	for i := range j.plan.chunks {
		n += len(j.plan.chunks[i].data)
	}
	for i := range j.plan.blocks {
		n += len(j.plan.blocks[i].data)
	}
	return n
}

func fits(j *job, taken map[string]bool, before, size int) bool {
	if j.plan == nil {
		if j.solo && before > 0 {
			return false
		}
		taken["alone"] = taken["alone"] || j.solo
		return true
	}
	names := j.plan.domains()
	for _, n := range names {
		if taken[n] {
			taken[names[0]] = true // what follows of the stream stays behind this one
			return false
		}
	}
	alone := len(j.plan.takeover) > 0
	if before > 0 && (alone || taken["alone"] || size+j.size() > groupBytes) {
		taken[names[0]] = true
		return false
	}
	for _, n := range names {
		taken[n] = true
	}
	taken["alone"] = taken["alone"] || alone
	return true
}

func (p *plan) domains() []string {
	names := []string{p.stream.name}
	last := canonical.Kind("\x00")
	for _, pubs := range p.pubs {
		for _, q := range pubs {
			if q.Kind != last {
				last = q.Kind
				names = append(names, p.stream.source+"\x00"+string(last))
			}
		}
	}
	return names
}

// commit runs a group in one transaction with one fsync. Invariant 2.
func (w *writer) commit(group []*job) {
	start := time.Now()
	shown := w.s.view.Load()
	w.next, w.after = shown.clone(), w.after[:0]
	w.s.hook("before-tx")
	err := w.transact(group, shown)
	if err != nil {
		// What SQLite answers to a second ROLLBACK tells nothing new.
		_ = w.c.Exec("ROLLBACK")
		for _, j := range group {
			if j.err == nil {
				j.err = fmt.Errorf("committing: %w", err)
			}
		}
		if errors.Is(err, errAlone) {
			err = nil // the job has its answer, and the store is well
		}
	} else {
		w.s.hook("after-commit")
		w.show(shown)
	}
	w.s.stats.add(time.Since(start), len(group), err)
	for _, j := range group {
		close(j.done)
	}
	w.foldWAL()
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
	w.s.hook("wal-checkpoint")
	if err := w.c.Rows("PRAGMA wal_checkpoint(PASSIVE)", count); err != nil {
		// Nothing is lost: the WAL holds it, and the next commit tries again.
		w.s.log.Warn("store: the WAL could not be folded back", "error", err.Error())
	}
}

func (w *writer) transact(group []*job, shown *state) error {
	if err := w.c.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, j := range group {
		if err := w.one(j, len(group) == 1); err != nil {
			return err
		}
	}
	for n, f := range w.next.tracks {
		if f == shown.tracks[n] {
			continue
		}
		err := w.c.Exec("INSERT INTO feed(id, head, floor, at, digest) VALUES(?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET head=excluded.head, floor=excluded.floor, at=excluded.at, digest=excluded.digest",
			int64(n), int64(f.head), int64(f.floor), f.at, packDigest(&f.digest))
		if err != nil {
			return err
		}
	}
	w.s.hook("before-commit")
	return w.c.Exec("COMMIT")
}

// one runs a job under a savepoint: its failure is its own. An error returned
// means that the whole transaction is lost. A job that has the transaction to
// itself needs no savepoint, which copies every page before it is changed.
func (w *writer) one(j *job, alone bool) error {
	if alone {
		w.base = w.next.clone()
		if j.err = w.job(j); j.err != nil {
			return errAlone
		}
		return nil
	}
	if err := w.c.Exec("SAVEPOINT job"); err != nil {
		return err
	}
	base, after := w.next.clone(), len(w.after)
	w.base = base
	if j.err = w.job(j); j.err != nil {
		if err := w.c.Exec("ROLLBACK TO job"); err != nil {
			return errors.Join(j.err, err)
		}
		w.next = base.clone()
		w.after = w.after[:after]
	}
	return w.c.Exec("RELEASE job")
}

var errClosed = errors.New("store: closed")

// errAlone undoes the transaction of a job that failed alone in it.
var errAlone = errors.New("the only job failed")

func (w *writer) job(j *job) error {
	if j.plan != nil {
		return w.apply(j)
	}
	return j.run(w)
}

// show makes what was committed visible: first the index, then the heads.
func (w *writer) show(shown *state) {
	if len(w.after) > 0 {
		w.s.index.Change(func() {
			for _, f := range w.after {
				f()
			}
		})
	}
	w.s.view.Store(w.next)
	for n := range w.next.tracks {
		if w.next.tracks[n].head != shown.tracks[n].head {
			w.s.wakes.wake(track.Track(n).Feed())
		}
	}
}

// track is a track's state to change within the job in hand.
func (w *writer) track(n track.Track) *trackState { return w.next.track(w.base, n) }

// Commit makes a page durable, all or nothing, with its checkpoint.
// Invariant 2. When it returns without an error, the data has been fsynced
// (invariant 1); with one, nothing of the batch is there.
func (s *Store) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	st, rev, err := s.names(ctx, b.Stream, b.Mapping)
	if err != nil {
		return journal.Receipt{}, err
	}
	if len(b.Items) > 0 {
		if err := s.index.Wait(ctx); err != nil {
			return journal.Receipt{}, fmt.Errorf("store: the index: %w", err)
		}
	}
	// Asked here already, so that a moved checkpoint is what is answered
	// whatever else is wrong with the page; the writer asks again.
	if err := checkpointFits(&b, st); err != nil {
		return journal.Receipt{}, err
	}
	p, err := s.makePlan(ctx, &b, st, rev)
	if err != nil {
		return journal.Receipt{}, err
	}
	if p.idle() {
		return p.receipt, nil
	}
	j := &job{plan: p}
	if err := s.submit(ctx, j); err != nil {
		if errors.Is(err, journal.ErrCheckpoint) {
			return journal.Receipt{}, err
		}
		return journal.Receipt{}, fmt.Errorf("store: %s: %w", b.Stream, err)
	}
	return j.plan.receipt, nil
}

// names gives the numbers of a stream and a mapping revision, made when new.
func (s *Store) names(ctx context.Context, name, mapping string) (*stream, uint32, error) {
	st := s.streamOf(name)
	rev, ok := s.revOf(mapping)
	if st != nil && ok {
		return st, rev, nil
	}
	if name == "" {
		return nil, 0, errors.New("store: a batch names its stream")
	}
	err := s.do(ctx, "naming a stream", func(w *writer) error {
		var err error
		if st, err = w.stream(name); err != nil {
			return err
		}
		rev, err = w.rev(mapping)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	// Asked for anew: when two callers name a stream at once, one of the two
	// values is the one that stays.
	return s.streamOf(name), rev, nil
}

func checkpointFits(b *journal.Batch, st *stream) error {
	if b.From == nil && b.Next == nil {
		return nil // a replay or a delivery: it has nothing to do with the walk
	}
	if string(st.at()) != string(b.From) {
		return journal.ErrCheckpoint
	}
	return nil
}
