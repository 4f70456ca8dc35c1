package control

import (
	"context"
	"errors"
	"sync"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

const (
	streamPage = 500              // Raws read at once of what a stream received
	lookAgain  = 2 * time.Second  // for parts that other nodes do, or did
	tryAgain   = 30 * time.Second // at most, after what may pass by itself
)

// Run works on jobs until ctx is over. Of each job a node does the parts whose
// streams it holds: a part goes to another node with its stream, which goes on
// behind the last batch that was written down.
//
//	         part held here          batch committed, then written down
//	waiting ───────────────▶ working ──────────────────────────────▶ working
//	   ▲                      │   │ ▲                                   │ nothing left,
//	   │ stream given up,     │   │ └── slept: the job's rate           │ or it cannot go on
//	   └──────────────────────┘   │                                     ▼
//	                              └─ paused, cancelling: between two  ended
//	                                 batches
//
// A crash between a batch and its line: its Raws are no longer held, so that
// nothing is done twice; what it came to is counted as left.
func (j *Jobs) Run(ctx context.Context) error {
	var group sync.WaitGroup
	defer group.Wait()
	for {
		changed := j.Book.Changed(book.Jobs)
		for _, item := range j.Book.List(book.Jobs) {
			var job book.Job
			if item.Decode(&job) != nil || job.Over() || job.State == book.Paused || !j.enter(job.ID) {
				continue
			}
			group.Go(func() {
				j.work(ctx, job.ID)
				j.leave(job.ID)
			})
		}
		select {
		case <-changed:
		case <-j.poke:
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil
		}
	}
}

func (j *Jobs) enter(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.working[id] {
		return false
	}
	j.working[id] = true
	return true
}

func (j *Jobs) leave(id string) {
	j.mu.Lock()
	delete(j.working, id)
	j.mu.Unlock()
	select {
	case j.poke <- struct{}{}: // it may have been resumed meanwhile
	default:
	}
}

// work does what of a job is this node's, until nothing is left of it.
func (j *Jobs) work(ctx context.Context, id string) {
	failures := 0
	for ctx.Err() == nil {
		job, _, err := j.job(id)
		if err != nil || job.Over() || job.State == book.Paused {
			return
		}
		over := job.State == book.Cancelling || j.ended(&job)
		if over && j.closes(&job) {
			if j.finish(ctx, id) == nil {
				return
			}
			failures++
			j.sleep(ctx, backoff(failures))
			continue
		}
		n, mine := j.next(&job)
		mine = mine && !over
		if !mine {
			j.sleep(ctx, lookAgain)
			continue
		}
		rest, err := j.step(ctx, &job, n)
		if err == nil {
			failures = 0
			j.sleep(ctx, rest)
			continue
		}
		failures++
		if ctx.Err() == nil && !errors.Is(err, journal.ErrElsewhere) && !errors.Is(err, book.ErrConflict) {
			j.Out.Warn("a job waits", "job", id, "stream", job.Plan.Parts[n].Stream, "error", err)
		}
		j.sleep(ctx, backoff(failures))
	}
}

func backoff(failures int) time.Duration {
	return min(time.Second<<min(failures-1, 6), tryAgain)
}

func (j *Jobs) sleep(ctx context.Context, length time.Duration) {
	if length <= 0 {
		return
	}
	select {
	case <-time.After(length):
	case <-ctx.Done():
	}
}

// next is a part that is not ended and that this node does.
func (j *Jobs) next(job *book.Job) (n int, mine bool) {
	for n := range job.Plan.Parts {
		p, _ := j.progress(job, n)
		if p.Ended.IsZero() && (j.Here(p.Stream) || j.Mapper(p.Stream) == nil) {
			return n, true
		}
	}
	return 0, false
}

func (j *Jobs) ended(job *book.Job) bool {
	for n := range job.Plan.Parts {
		if p, _ := j.progress(job, n); p.Ended.IsZero() {
			return false
		}
	}
	return true
}

// closes reports whether this node writes down that a job is over: all that see
// it would write a row each.
func (j *Jobs) closes(job *book.Job) bool {
	if len(job.Plan.Parts) == 0 {
		return true
	}
	first := job.Plan.Parts[0].Stream
	return j.Here(first) || j.Mapper(first) == nil
}

// step does one batch of a part and writes down how far it is; rest is how
// long the job's rate has it wait then.
func (j *Jobs) step(ctx context.Context, job *book.Job, n int) (rest time.Duration, err error) {
	began := j.Now()
	p, rev := j.progress(job, n)
	if p.Began.IsZero() {
		p.Began = began
	}
	p.Node = j.Node
	before := p.Done.Tried
	part := &job.Plan.Parts[n]
	switch m := j.Mapper(p.Stream); {
	case m == nil:
		stop(&p, began, &problem.Problem{Code: "GW-R049", Value: p.Stream})
	case book.Repositions(job.Plan.Ask.Kind):
		rest, err = j.reposition(ctx, job.Plan.Ask.Kind, &p)
	default:
		err = j.Lanes.Between(ctx, p.Stream, func(ctx context.Context) error {
			same, err := j.sameMapping(ctx, job, part)
			if err != nil {
				return err
			}
			if !same {
				stop(&p, j.Now(), &problem.Problem{Code: "GW-R048", Value: p.Stream})
				return nil
			}
			if job.Plan.Ask.Kind == book.ReplayStream {
				return j.page(ctx, job.Plan.Ask.Rate, &p)
			}
			return j.batch(ctx, job, part, &p)
		})
	}
	if err != nil {
		return 0, err
	}
	// Whoever stops now has committed the batch: that it was is written down.
	if _, err := j.Book.Put(context.WithoutCancel(ctx), book.Progress, progressKey(job.ID, n), rev, p); err != nil {
		return 0, err
	}
	if !p.Ended.IsZero() || job.Plan.Ask.Rate == 0 {
		return rest, nil
	}
	due := time.Duration(p.Done.Tried-before) * time.Second / time.Duration(job.Plan.Ask.Rate)
	return due - j.Now().Sub(began), nil
}

// sameMapping reports whether this node's mapping is the one that was planned
// with. A plan applied on another node may know files that this one has read
// and not put into use: then it does.
func (j *Jobs) sameMapping(ctx context.Context, job *book.Job, part *book.PlanPart) (bool, error) {
	same := func() bool {
		m := j.Mapper(part.Stream)
		return m != nil && m.Revision() == part.Mapping
	}
	if same() {
		return true, nil
	}
	draft, err := j.Draft()
	if err != nil {
		return false, nil // what is on disk is another mapping, and wrong
	}
	if m := draft.Mapper(part.Stream); m == nil || m.Revision() != part.Mapping {
		return false, nil
	}
	return true, UseMappings(ctx, j.Audit, draft, job.By, part.Stream)
}

func stop(p *book.PartProgress, now time.Time, cause *problem.Problem) { p.Ended, p.Cause = now, cause }

// settle ends a part of which nothing is left to try.
func settle(p *book.PartProgress, now time.Time) {
	p.Ended = now
	p.Done.Left += p.Done.Waiting
	p.Done.Waiting = 0
}

// count adds what a batch came to.
func count(p *book.PartProgress, tried int, c journal.Counts) {
	d := &p.Done
	d.Tried += tried
	d.Published += c.Published
	d.Unchanged += c.Unchanged
	d.Held += c.Held
	d.Other += c.Superseded + c.Excluded
	d.Planned = max(d.Planned, d.Tried) // a stream may have received more meanwhile
	d.Waiting = d.Planned - d.Tried - d.Left
}

// size is how many Raws make a batch: a fifth of a second's, so that a
// job is stopped soon and goes evenly.
func size(rate, most int) int { return min(max(rate/5, 1), most) }

// batch replays the next few held Raws. Each leaves quarantine in the commit
// that publishes it.
func (j *Jobs) batch(ctx context.Context, job *book.Job, part *book.PlanPart, p *book.PartProgress) error {
	q := heldQuery(&job.Plan.Ask)
	q.Stream, q.After, q.Limit = part.Stream, p.After, size(job.Plan.Ask.Rate, batch)
	rows, err := j.Held(ctx, q)
	if err != nil {
		return err
	}
	meant := rows[:0]
	for _, h := range rows {
		if h.ID <= part.UpTo {
			meant = append(meant, h)
		}
	}
	if len(meant) == 0 {
		settle(p, j.Now())
		return nil
	}
	raws, keyless := byStream(meant)
	counts := journal.Counts{Held: keyless}
	if own := raws[part.Stream]; len(own) > 0 {
		ctx, cancel := inHand(ctx)
		defer cancel()
		receipt, err := j.Lanes.Replay(ctx, part.Stream, own)
		if err != nil {
			return err
		}
		counts.Add(receipt.Counts)
	}
	p.After = meant[len(meant)-1].ID
	for _, h := range meant {
		if len(p.Held) < mostNamed {
			p.Held = append(p.Held, h.ID)
		}
	}
	p.Pages++
	count(p, len(meant), counts)
	return nil
}

// inHand is for a batch that is being committed: a node that stops ends it,
// so that its counts are known.
func inHand(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
}

// page replays the next of what a stream received, up to where its feed stood
// when the job began.
func (j *Jobs) page(ctx context.Context, rate int, p *book.PartProgress) error {
	st, err := j.Lanes.Stream(p.Stream)
	if err != nil {
		return err
	}
	feed := st.Kind.Feed()
	if p.UpTo == nil {
		p.UpTo = j.Raws.Head(feed)
	}
	if journal.Position(p.At).Covers(p.UpTo) {
		settle(p, j.Now())
		return j.writeRun(ctx, p)
	}
	raws, next, err := j.Raws.CurrentRaws(ctx, feed, p.Stream, p.At, p.UpTo, size(rate, streamPage))
	if err != nil {
		return err
	}
	p.At = next
	if len(raws) == 0 {
		return nil
	}
	ctx, cancel := inHand(ctx)
	defer cancel()
	receipt, err := j.Lanes.Replay(ctx, p.Stream, raws)
	if err != nil {
		return err
	}
	p.Pages++
	count(p, len(raws), receipt.Counts)
	return nil
}

// writeRun gives a replay its place among the stream's runs.
func (j *Jobs) writeRun(ctx context.Context, p *book.PartProgress) error {
	d := &p.Done
	run := journal.Run{Stream: p.Stream, Started: p.Began, Ended: p.Ended, Replay: true, Pages: p.Pages, Complete: p.Cause == nil,
		Counts: journal.Counts{Received: d.Tried, Published: d.Published, Unchanged: d.Unchanged, Held: d.Held, Superseded: d.Other}}
	var err error
	if run.ID, err = j.Runs.BeginRun(ctx, p.Stream, p.Began); err != nil {
		return err
	}
	return j.Runs.EndRun(ctx, run)
}

// finish writes down that a job is over, in the audit first. A crash between the
// two: the row is there.
func (j *Jobs) finish(ctx context.Context, id string) error {
	job, rev, err := j.job(id)
	if err != nil || job.Over() {
		return err
	}
	view := j.view(&job)
	row := book.ActRow{Phase: book.Done, Of: job.Row, Who: job.By, Node: j.Node, What: "job", Target: id, Result: resultOf(&view)}
	job.State = book.Finished
	for i := range view.Parts {
		if cause := view.Parts[i].Cause; cause != nil {
			job.State, row.Phase, row.Code, row.Error = book.Broken, book.Failed, cause.Code, cause.Text(problem.English)
		}
	}
	if !j.ended(&job) {
		job.State, row.Error = book.Cancelled, "cancelled by "+job.Changed
	}
	ctx = context.WithoutCancel(ctx)
	if told, err := j.Audit.ended(ctx, job.Row); err != nil {
		return err
	} else if !told {
		if _, err := j.Audit.append(ctx, row); err != nil {
			return err
		}
	}
	job.Ended = j.Now()
	if _, err = j.Book.Put(ctx, book.Jobs, id, rev, job); err != nil {
		return err // looked at again: somebody turned it meanwhile, or it cannot be written yet
	}
	t := view.Total
	j.Out.Info("job over", "job", id, "state", job.State, "planned", t.Planned, "tried", t.Tried, "published", t.Published,
		"held", t.Held, "left", t.Left, "waiting", t.Waiting)
	return nil
}
