// Package sync brings what sources have into the Log: page after page, each
// committed with its checkpoint or not at all.
//
//	       ┌── asked for ──┐   ┌── mapped ──┐   ┌── committed ──┐
//	Pull ──▶ page n+2      ├──▶ page n+1    ├──▶ page n         ├──▶ the Log
//	       └───────────────┘   └────────────┘   └───────────────┘
//
// An answer that holds more than a page may is several pieces, read and
// committed like pages; the checkpoint moves with the last.
//
// Three pages are under way at most, of all streams as many as Space has room
// for. Pull depends on nothing but the
// checkpoint, and a page that is never committed is asked for again. A queue
// is asked again only after its acknowledgement: until then it would give
// the same page.
package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// Syncer brings one stream's new pages into the Log.
type Syncer struct {
	Stream journal.Stream
	Reader adapters.Source
	// Mapping gives the mapping as it is now; a page is mapped with one throughout.
	Mapping func() journal.Mapper
	// Fit, if set, tells why nothing can be mapped now; nil where all is well.
	Fit  func() error
	Log  journal.Log
	Runs journal.Runs
	Now  func() time.Time
	// Space is what the pages of all streams share; nil bounds nothing.
	Space *adapters.Space
	// Clean takes out of what is reported what nobody is to read there; nil knows no secrets.
	Clean *privacy.Cleaner
	// Memory is what is remembered of the stream; nil remembers nothing.
	Memory *Memory
	// Live, if set, gives how many current records the stream has.
	Live func() int
	// Newest, if set, gives the newest entry of a record, by id: without it no key
	// is found whose part alone changed.
	Newest func(ctx context.Context, id string) (journal.Entry, error)
	// Areas watches which day's list the codes of areas are of; nil watches nothing.
	Areas *Areas
	// Progress, if set, is called with every committed page.
	Progress func(stream string, run journal.Run)

	kept   kept
	absent absent
}

// TakeOver asks for the checkpoint, which takes the stream over from whoever
// wrote it before: everything that was ever committed of it is seen after it.
func (s *Syncer) TakeOver(ctx context.Context) error {
	if _, err := s.Log.Checkpoint(ctx, s.name()); err != nil {
		return fmt.Errorf("sync: checkpoint of %s: %w", s.name(), err)
	}
	return s.recall(ctx, true)
}

// Release lets go of what the Log keeps for a stream that is written here.
func (s *Syncer) Release() error {
	releasing, able := s.Log.(interface{ Release(string) error })
	if !able {
		return nil
	}
	return releasing.Release(s.name())
}

// Run syncs the stream from its checkpoint to the end of what the source has
// now. The run is written down before the first pull and after the last
// page, whatever happened. The error is the one that stopped it.
func (s *Syncer) Run(ctx context.Context, order journal.Order) (journal.Run, error) {
	from, err := s.Log.Checkpoint(ctx, s.name())
	if err != nil {
		return journal.Run{Stream: s.name()}, fmt.Errorf("sync: checkpoint of %s: %w", s.name(), err)
	}
	if err := s.recall(ctx, false); err != nil {
		return journal.Run{Stream: s.name()}, err
	}
	run := journal.Run{Stream: s.name(), Started: s.Now(), From: from}
	begin := from
	if rewinder, able := s.Reader.(adapters.Rewinder); able && order.AcceptRemovals {
		if begin, err = rewinder.Rewind(asked(from)); err != nil {
			return run, fmt.Errorf("sync: everything again of %s: %w", s.name(), err)
		}
	}
	if run.ID, err = s.Runs.BeginRun(ctx, s.name(), run.Started); err != nil {
		return run, fmt.Errorf("sync: begin run of %s: %w", s.name(), err)
	}
	if err = s.fit(); err == nil {
		err = s.pages(ctx, order, &run, begin)
	}
	if idler, able := s.Reader.(adapters.Idler); able {
		idler.Idle()
	}
	return s.end(ctx, run, err)
}

// fit stops a stream whose mapping is wrong: nothing is asked for that nobody
// could make anything of.
func (s *Syncer) fit() error {
	if s.Fit == nil {
		return nil
	}
	if wrong := s.Fit(); wrong != nil {
		return problem.Halt(wrong)
	}
	return nil
}

// Unfit is why the stream cannot work, whatever its source is like.
func (s *Syncer) Unfit() *problem.Problem {
	if err := s.fit(); err != nil {
		return s.Clean.Problem(problemOf(err))
	}
	return nil
}

func (s *Syncer) name() string { return s.Stream.Full() }

// end writes a run's end down, with what stopped it.
func (s *Syncer) end(ctx context.Context, run journal.Run, stopped error) (journal.Run, error) {
	run.Ended = s.Now()
	run.Complete = stopped == nil
	if stopped = s.Clean.Error(stopped); stopped != nil {
		run.Problem, run.Error = problemOf(stopped), stopped.Error()
	}
	// The run's end is written even when ctx is over: it is the truth about it.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.Runs.EndRun(end, run); err != nil {
		return run, errors.Join(stopped, fmt.Errorf("sync: end run of %s: %w", run.Stream, err))
	}
	return run, stopped
}

// problemOf gives every failure a code a person can look up.
func problemOf(err error) *problem.Problem {
	if p, ok := problem.As(err); ok {
		return p
	}
	if errors.Is(err, context.Canceled) {
		return &problem.Problem{Code: "GW-R005", Err: err}
	}
	return &problem.Problem{Code: "GW-R007", Err: err}
}

// pages brings in what there is, asked for from a checkpoint that is the Log's
// or, where everything is to be listed again, the one before that.
func (s *Syncer) pages(ctx context.Context, order journal.Order, run *journal.Run, begin canonical.Checkpoint) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := s.kept.take(run.From)
	_, queue := s.Reader.(adapters.Acker)
	known, _ := s.Log.(journal.Known)
	from := run.From
	ahead := lookahead{s: s, queue: queue}
	next := ahead.mapped(ctx, known, begin, s.pull(ctx, begin))
	for {
		got := <-next
		if got.err != nil {
			cancel()
			got.settle()
			return got.err
		}
		overlapped := got.piece || got.more && !queue
		if overlapped {
			next = ahead.mapped(ctx, except(known, got.items), got.page.Next, got.after)
		}
		err := s.page(ctx, order, run, &seen, from, got)
		got.release()
		if err != nil {
			cancel()
			if overlapped { // nothing outlives its run
				(<-next).settle()
			}
			return err
		}
		from = got.page.Next
		s.kept = kept{seen, from, got.more}
		if !got.more {
			s.kept = kept{walk: walk{expects: len(seen.keys.under)}} // a walk that ended goes on nowhere
			s.Areas.warn(run)
			return s.concluded(ctx, &seen, run)
		}
		if !overlapped {
			next = ahead.mapped(ctx, known, from, s.pull(ctx, from))
		}
	}
}

// pull asks for one page in the background. The channel always gets exactly
// one answer.
func (s *Syncer) pull(ctx context.Context, from canonical.Checkpoint) <-chan pulled {
	answer := make(chan pulled, 1)
	go func() {
		page, err := s.pullGuarded(ctx, from)
		if err != nil {
			answer <- pulled{err: err}
			return
		}
		answer <- s.begin(ctx, page, from)
	}()
	return answer
}

func (s *Syncer) pullGuarded(ctx context.Context, from canonical.Checkpoint) (page adapters.Page, err error) {
	defer func() {
		if broken := recover(); broken != nil { // an adapter must not; it stops its own stream only (invariant 5)
			err = problem.Halt(fmt.Errorf("sync: adapter %s panicked: %v", s.Stream.Adapter, broken))
		}
	}()
	return s.Reader.Pull(ctx, asked(from))
}

// page commits one page, or one piece, with its checkpoint: together or not at all.
func (s *Syncer) page(ctx context.Context, order journal.Order, run *journal.Run, seen *walk, from canonical.Checkpoint, got mapped) error {
	page := &got.page
	seen.stands = func(key string) uint32 { return standsAs(ctx, s, key) }
	got.again = seen.see(*page, got.items)
	s.absent.saw(page)
	if !order.AcceptRemovals {
		if err := seen.keepBack(ctx, s, &got); err != nil {
			return err
		}
	}
	if err := s.ended(ctx, order, run, seen, from, &got); err != nil {
		return err
	}
	if err := s.commitPage(ctx, run, seen, from, got); err != nil {
		return err
	}
	if err := seen.mended(ctx, s, run, got); err != nil {
		return err
	}
	if acker, able := s.Reader.(adapters.Acker); able && !got.piece { // only after the commit (invariant 1)
		if err := acker.Ack(ctx, page.Next); err != nil {
			return fmt.Errorf("sync: acknowledge %s: %w", s.name(), err)
		}
	}
	if s.Progress != nil {
		s.Progress(s.name(), *run)
	}
	return nil
}

// ended takes in a walk's end, if the page is that: what it did not name.
func (s *Syncer) ended(ctx context.Context, order journal.Order, run *journal.Run, seen *walk, from canonical.Checkpoint,
	got *mapped) error {
	page := &got.page
	if err := s.unproven(ctx, order, run, seen, page); err != nil {
		return err
	}
	run.Whole = run.Whole || seen.started && (page.Complete != nil || page.Whole && !got.more && !got.piece)
	told, err := seen.marksEnd(ctx, s, got)
	if err != nil {
		return err
	}
	if page.Complete == nil {
		return seen.last(ctx, s, run, from, got, told)
	}
	gone, suspicion, err := seen.removals(ctx, s, *page.Complete, order.AcceptRemovals, got.items)
	if err != nil {
		return err
	}
	if suspicion != nil {
		page.Notes = append(page.Notes, *suspicion)
	}
	if err := seen.last(ctx, s, run, from, got, append(told, gone...)); err != nil {
		return err
	}
	run.Listed = seen.started && !seen.overrun
	return s.confirm(seen, got)
}

// confirm has everything listed once more before long, where one listing alone
// did not prove what is gone.
func (s *Syncer) confirm(seen *walk, got *mapped) (err error) {
	confirmer, able := s.Reader.(adapters.Confirmer)
	if !able || seen.unproven == 0 || got.more {
		return nil
	}
	if got.page.Next, err = confirmer.Confirm(got.page.Next); err != nil {
		return fmt.Errorf("sync: everything once more of %s: %w", s.name(), err)
	}
	return nil
}

// commitPage commits a page's items, and the checkpoint after them.
func (s *Syncer) commitPage(ctx context.Context, run *journal.Run, seen *walk, from canonical.Checkpoint, got mapped) error {
	page, items := got.page, got.items
	page.Notes = slices.Clone(page.Notes)
	for i := range page.Notes {
		page.Notes[i] = *s.Clean.Problem(&page.Notes[i])
	}
	// A page in hand is committed even when the gateway is stopping.
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	// Invariant 2: the page and its checkpoint, in one commit.
	with := takePage(*run, page, s.Now())
	for i := range items {
		if items[i].Proved {
			with.Proved++
		}
	}
	now := s.Now()
	batch := journal.Batch{Stream: s.name(), Run: run.ID, Mapping: got.with, Items: items, From: from, Next: page.Next,
		At: now, Progress: &with, Adopts: s.adopts(now)}
	when := drift.Occasion{At: now, Mapping: got.with, Begins: run.Pages == 0, Ends: !got.more && !got.piece}
	batch.Past = s.remember(when, got.sight, items)
	receipt, err := s.Log.Commit(commit, batch)
	if s.committed(batch.Past, err); err != nil {
		return fmt.Errorf("sync: commit a page of %s: %w", s.name(), err)
	}
	*run = *batch.Ran(receipt)
	seen.took(items, receipt.Outcomes, got.again, page)
	seen.holds(items, receipt.Outcomes)
	seen.published(run.Started, receipt.Counts)
	s.Areas.note(batch.Mapping, items)
	return nil
}

// Receive takes a delivery that the source made to us: authenticated and
// taken apart by the stream's Receiver, committed, and only then to be
// acknowledged by the caller (invariant 1). It gives the newest time of change
// in it, too.
func (s *Syncer) Receive(ctx context.Context, r *http.Request) (journal.Receipt, time.Time, error) {
	receiver, able := s.Reader.(adapters.Receiver)
	if !able {
		return journal.Receipt{}, time.Time{}, fmt.Errorf("stream %q takes no deliveries: %w", s.name(), journal.ErrNotFound)
	}
	page, err := receiver.Receive(r)
	if err != nil {
		return journal.Receipt{}, time.Time{}, s.Clean.Error(err)
	}
	if err := s.fit(); err != nil { // not taken: the deliverer keeps it and comes again
		return journal.Receipt{}, time.Time{}, problem.Retry(s.Clean.Problem(problemOf(err)), time.Minute)
	}
	release, err := s.Space.Page(ctx, weight(page))
	if err != nil {
		return journal.Receipt{}, time.Time{}, err
	}
	defer release()
	known, _ := s.Log.(journal.Known)
	receipt, err := s.commit(ctx, known, s.keyed(page), true)
	return receipt, newest(time.Time{}, page, s.Now()), err
}

// Remap maps Raws again with today's mapping, always from the Raw, and
// commits what comes of it. Raws that are refused again stay held.
func (s *Syncer) Remap(ctx context.Context, raws []canonical.Raw) (journal.Receipt, error) {
	return s.commit(ctx, nil, adapters.Page{Records: raws}, false) // keyed already; no Known: everything is mapped
}

// commit maps and commits a page that moves no checkpoint and is of no run. What
// is old, mapped again, says nothing of how the source is now.
func (s *Syncer) commit(ctx context.Context, known journal.Known, page adapters.Page, fresh bool) (journal.Receipt, error) {
	if err := s.recall(ctx, false); err != nil {
		return journal.Receipt{}, err
	}
	p := s.preparer(known)
	items, sight, err := p.page(ctx, page)
	if err != nil {
		return journal.Receipt{}, err
	}
	(&walk{}).rivals(items, &adapters.Page{})
	if !fresh {
		sight = nil
	}
	now := s.Now()
	batch := journal.Batch{Stream: s.name(), Mapping: p.revision, Items: items, At: now, Adopts: s.adopts(now)}
	batch.Past = s.remember(drift.Occasion{At: now, Mapping: p.revision, Begins: true, Ends: true}, sight, items)
	receipt, err := s.Log.Commit(ctx, batch)
	if s.committed(batch.Past, err); err != nil {
		return receipt, fmt.Errorf("sync: commit for %s: %w", s.name(), err)
	}
	return receipt, nil
}
