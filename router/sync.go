package router

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// Syncer brings a stream's new pages into the Log.
type Syncer struct {
	Log  Log
	Runs Runs
	Now  func() time.Time
	// Progress, if set, hears of every committed page.
	Progress func(stream string, run Run)
}

// Order is how a person may ask for a run.
type Order struct {
	AcceptRemovals bool // a suspicious listing is right: take its removals
	Replay         bool // map what was received again, with today's mapping, instead of asking the source
}

// Run syncs a stream from its checkpoint to the end of what the source has
// now. The run is written down before the first pull and after the last
// page, whatever happened. The error is the one that stopped it.
func (s *Syncer) Run(ctx context.Context, st *Stream, order Order) (Run, error) {
	if order.Replay {
		return s.replay(ctx, st)
	}
	from, err := s.Log.Checkpoint(ctx, st.Full())
	if err != nil {
		return Run{Stream: st.Full()}, fmt.Errorf("router: checkpoint of %s: %w", st.Full(), err)
	}
	run := Run{Stream: st.Full(), Started: s.Now(), From: from}
	if run.ID, err = s.Runs.BeginRun(ctx, st.Full(), run.Started); err != nil {
		return run, fmt.Errorf("router: begin run of %s: %w", st.Full(), err)
	}
	return s.end(ctx, run, s.pages(ctx, st, order, &run))
}

// end writes a run's end down, with what stopped it.
func (s *Syncer) end(ctx context.Context, run Run, stopped error) (Run, error) {
	run.Ended = s.Now()
	run.Complete = stopped == nil
	if stopped != nil {
		run.Problem, run.Error = problemOf(stopped), stopped.Error()
	}
	// The run's end is written even when ctx is over: it is the truth about it.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.Runs.EndRun(end, run); err != nil {
		return run, errors.Join(stopped, fmt.Errorf("router: end run of %s: %w", run.Stream, err))
	}
	return run, stopped
}

// problemOf gives every failure a code a person can look up.
func problemOf(err error) *canonical.Problem {
	if p, ok := canonical.AsProblem(err); ok {
		return p
	}
	if errors.Is(err, context.Canceled) {
		return &canonical.Problem{Code: "GW-R005", Err: err}
	}
	return &canonical.Problem{Code: "GW-R007", Err: err}
}

// pages brings page after page into the Log. Three are under way at most:
// one is asked for, one is mapped, one is committed. Pull depends on nothing
// but the checkpoint, and a page that is never committed is asked for again.
// A queue is asked again only after its acknowledgement: until then it would
// give the same page.
func (s *Syncer) pages(ctx context.Context, st *Stream, order Order, run *Run) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var seen walk
	_, queue := st.Reader.(adapters.Acker)
	known, _ := s.Log.(Known)
	from := canonical.Checkpoint(run.From)
	ahead := lookahead{st: st, queue: queue, now: s.Now}
	next := ahead.mapped(ctx, known, from, pull(ctx, st, from))
	for {
		got := <-next
		if got.err != nil {
			cancel()
			got.settle()
			return got.err
		}
		overlapped := got.more && !queue
		if overlapped {
			next = ahead.mapped(ctx, except(known, got.items), got.page.Next, got.after)
		}
		if err := s.page(ctx, st, order, run, &seen, from, got); err != nil {
			cancel()
			if overlapped { // nothing outlives its run
				(<-next).settle()
			}
			return err
		}
		from = got.page.Next
		if !got.more {
			return nil
		}
		if queue {
			next = ahead.mapped(ctx, known, from, pull(ctx, st, from))
		}
	}
}

// pull asks for one page in the background. The channel always gets exactly
// one answer.
func pull(ctx context.Context, st *Stream, from canonical.Checkpoint) <-chan pulled {
	answer := make(chan pulled, 1)
	go func() {
		page, err := pullGuarded(ctx, st, from)
		answer <- pulled{page, err}
	}()
	return answer
}

func pullGuarded(ctx context.Context, st *Stream, from canonical.Checkpoint) (page adapters.Page, err error) {
	defer func() {
		if broken := recover(); broken != nil { // an adapter must not; it stops its own stream only (invariant 5)
			err = canonical.Halt(fmt.Errorf("router: adapter %s panicked: %v", st.Adapter, broken))
		}
	}()
	return st.Reader.Pull(ctx, from)
}

// page commits one page with its checkpoint: together or not at all.
func (s *Syncer) page(ctx context.Context, st *Stream, order Order, run *Run, seen *walk, from canonical.Checkpoint, got mapped) error {
	page, items := got.page, got.items
	seen.see(page)
	if page.Complete != nil {
		gone, suspicion, err := seen.removals(ctx, st, s.Log, *page.Complete, order.AcceptRemovals)
		if err != nil {
			return err
		}
		if suspicion != nil {
			page.Notes = append(page.Notes, *suspicion)
		}
		run.Listed = true
		run.Proved += len(gone)
		items = append(items, gone...)
	}
	// A page in hand is committed even when the gateway is stopping.
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	// Invariant 2: the page and its checkpoint, in one commit.
	receipt, err := s.Log.Commit(commit, Batch{Stream: st.Full(), Run: run.ID, Mapping: got.with,
		Items: items, From: from, Next: page.Next, At: s.Now()})
	if err != nil {
		return fmt.Errorf("router: commit a page of %s: %w", st.Full(), err)
	}
	run.take(page, receipt, s.Now())
	if acker, able := st.Reader.(adapters.Acker); able { // only after the commit (invariant 1)
		if err := acker.Ack(ctx, page.Next); err != nil {
			return fmt.Errorf("router: acknowledge %s: %w", st.Full(), err)
		}
	}
	if s.Progress != nil {
		s.Progress(st.Full(), *run)
	}
	return nil
}

const maxNotes = 20

func (r *Run) take(page adapters.Page, receipt Receipt, now time.Time) {
	r.Pages++
	r.Counts.Add(receipt.Counts)
	r.To = page.Next
	for _, note := range page.Notes {
		if len(r.Notes) < maxNotes {
			r.Notes = append(r.Notes, note)
		}
	}
	r.SourceTime = newest(r.SourceTime, page, now)
}

// newest is the newest time of change a source has shown, as far as it is
// believed.
func newest(known time.Time, page adapters.Page, now time.Time) time.Time {
	for i := range page.Records {
		if at := page.Records[i].At; at.After(known) && at.Before(now.Add(maxAhead)) {
			known = at
		}
	}
	return known
}
