package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iocgateway/router/journal"
	"iocgateway/router/store/state"
)

// Commit makes a page durable, all or nothing, with its checkpoint.
// Invariant 2. When it returns without an error, the data has been fsynced
// (invariant 1); with one, nothing of the batch is there.
//
// Here are the steps of the caller, who decides and compresses in parallel
// with other callers; those of the writer, who does the rest for all of
// them, stand below in writer.commit.
func (s *Store) Commit(ctx context.Context, b journal.Batch) (journal.Receipt, error) {
	st, rev, err := s.number(ctx, b.Stream, b.Mapping)
	if err != nil {
		return journal.Receipt{}, err
	}
	if len(b.Items) > 0 {
		if err := s.data.Index.Wait(ctx); err != nil {
			return journal.Receipt{}, fmt.Errorf("store: the index: %w", err)
		}
	}
	// Asked here already, so that a moved checkpoint is what is answered
	// whatever else is wrong with the page; the writer asks again.
	if err := checkpointFits(&b, st); err != nil {
		return journal.Receipt{}, err
	}
	p := newPlan(s.data, &b, st, rev)
	if err := p.decide(ctx); err != nil {
		return journal.Receipt{}, err
	}
	p.pack()
	if p.idle() {
		return p.receipt, nil
	}
	j := &job{plan: p}
	if err := s.queue.submit(ctx, j); err != nil {
		if errors.Is(err, journal.ErrCheckpoint) {
			return journal.Receipt{}, err
		}
		return journal.Receipt{}, fmt.Errorf("store: %s: %w", b.Stream, err)
	}
	return j.plan.receipt, nil // not p: the writer may have had to plan again
}

// commit runs a group of jobs in one transaction with one fsync. Invariant 2.
func (w *writer) commit(group []*job) {
	start := time.Now()
	w.tx.begin()
	w.hook("before-tx")
	err := w.s.inPlace()
	if err == nil {
		err = w.transact(group) // each job's statements, then COMMIT: the fsync they share
	}
	if err == nil {
		w.hook("after-commit")
		w.markHeads() // before anybody is told: what is acknowledged is marked
		w.tx.show()
		w.tx.wake()
		err = w.unsafe(group)
	} else {
		err = w.undo(group, w.s.named(w.s.trouble.note(err), sizes(group)))
	}
	w.s.stats.add(time.Since(start), len(group), err)
	for _, j := range group {
		close(j.done) // its caller goes on
	}
	w.foldWAL()
}

// unsafe tells the jobs of a commit that went into a file which is no longer
// there: it will not be found again. Invariant 1.
func (w *writer) unsafe(group []*job) error {
	err := w.s.inPlace()
	if err == nil {
		return nil
	}
	for _, j := range group {
		j.err = errors.Join(j.err, err)
	}
	return err
}

// checkpointFits refuses a page that was pulled from another checkpoint than
// the one the stream is at.
func checkpointFits(b *journal.Batch, st *state.Stream) error {
	if b.From == nil && b.Next == nil {
		return nil // a replay or a delivery: it has nothing to do with the walk
	}
	if string(st.At()) != string(b.From) {
		return journal.ErrCheckpoint
	}
	return nil
}
