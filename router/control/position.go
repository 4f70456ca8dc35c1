package control

import (
	"context"
	"errors"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

const (
	runsRead = 200 // a walk that was cut more often than that is counted from there on
	patience = 5   // runs that failed, in a row, before a job says so: the stream goes on by itself

	claimLife = time.Minute // of a claim whose job does not come: its node died between the two
)

// surveyPosition is what an act would do to where a stream stands. How many
// records it has, and how far it is, changes while one looks, and is not part of
// the hash; which walk would be given up is.
func (j *Jobs) surveyPosition(ctx context.Context, plan *book.Plan) error {
	stream, kind := plan.Ask.Stream, plan.Ask.Kind
	st, err := j.status(ctx, stream)
	if err != nil {
		return err
	}
	if st.Paused != nil && kind == book.Sweep {
		return &problem.Problem{Code: "GW-R093", Value: stream, Near: st.Paused.By, Want: st.Paused.Reason}
	}
	part := book.PlanPart{Stream: stream, Planned: st.Live}
	if part.Set, err = j.Where.Foresee(ctx, kind, stream); err != nil {
		return err
	}
	part.Effects.Unknown = st.Live
	plan.Parts, plan.Planned, plan.Effects = []book.PlanPart{part}, part.Planned, part.Effects
	means := map[string]string{book.Sweep: "GW-R095", book.RestartWalk: "GW-R096", book.Forget: "GW-R097"}
	plan.Means = &problem.Problem{Code: means[kind], Value: stream, Want: strconv.Itoa(st.Live)}
	plan.Hash, err = hashOf(plan)
	return err
}

// status is a stream that jobs can work on, as it is now.
func (j *Jobs) status(ctx context.Context, stream string) (*health.Status, error) {
	all, err := j.Lanes.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		switch {
		case all[i].Name() != stream:
		case j.Mapper(stream) != nil:
			return &all[i], nil
		case all[i].State == health.StateDisabled:
			return nil, &problem.Problem{Code: "GW-R098", Value: stream}
		}
	}
	return nil, &problem.Problem{Code: "GW-R049", Value: problem.Short(stream)}
}

// claim takes a stream's position for a plan's job: nobody is at it. Two nodes
// may ask in the same moment; the book gives it to one.
func (j *Jobs) claim(ctx context.Context, plan *book.Plan) error {
	stream, rev := plan.Ask.Stream, uint64(0)
	busy := func(job string) error { return &problem.Problem{Code: "GW-R094", Value: stream, Want: job} }
	for _, v := range j.List() { // of a version that made no claims, too
		if !v.Over() && book.Repositions(v.Plan.Ask.Kind) && v.Plan.Ask.Stream == stream {
			return busy(v.ID)
		}
	}
	var last book.Move
	if item, err := j.Book.Get(book.Moves, stream); err == nil && item.Decode(&last) == nil {
		rev = item.Rev
		if _, err := j.Job(last.Job); err != nil && j.Now().Sub(last.At) < claimLife {
			return busy(last.Job)
		}
	}
	_, err := j.Book.Put(ctx, book.Moves, stream, rev, book.Move{Job: plan.ID, At: j.Now()})
	if errors.Is(err, book.ErrConflict) {
		if item, err := j.Book.Get(book.Moves, stream); err == nil {
			_ = item.Decode(&last) // else the one before is named
		}
		return busy(last.Job)
	}
	return err
}

// reposition moves where the stream stands, and follows its runs from there
// until one of them came to the source's end.
//
//	planned ──▶ moved ──▶ a run was ordered ──▶ it came to its end: over
//	                 ▲                 │ cut, failed, paused: the next one counts too
//	                 └─────────────────┘
//
// A crash between the move and its line: it is made again. That is no harm, for
// what is asked for again is unchanged.
func (j *Jobs) reposition(ctx context.Context, kind string, p *book.PartProgress) (rest time.Duration, err error) {
	if p.Moved.IsZero() {
		err := j.Lanes.Between(ctx, p.Stream, func(ctx context.Context) error { return j.move(ctx, kind, p) })
		if err == nil && !p.Moved.IsZero() {
			err = run(j.Lanes, p.Stream)
		}
		return 0, err
	}
	runs, err := j.Runs.LastRuns(ctx, p.Stream, runsRead)
	if err != nil {
		return 0, err
	}
	of := follow(p, runs)
	switch st, err := j.status(ctx, p.Stream); {
	case err != nil:
		return 0, err
	case of.end != nil:
		p.Notes = of.end.Notes
		settleRuns(p, of.end.Ended)
	case of.failed >= patience, of.failed > 0 && of.cause.Blames() == problem.BlamesCredentials:
		stop(p, j.Now(), of.cause)
	case st.Paused != nil && kind != book.Sweep: // moved is moved: the walk begins when the stream goes on
		settleRuns(p, j.Now())
	case st.Paused == nil && of.begun == 0:
		return lookAgain, run(j.Lanes, p.Stream) // what was ordered went with its process
	}
	return lookAgain, nil
}

func (j *Jobs) move(ctx context.Context, kind string, p *book.PartProgress) error {
	last, err := j.Runs.LastRuns(ctx, p.Stream, 1)
	if err != nil {
		return err
	}
	ctx, cancel := inHand(ctx)
	defer cancel()
	// Moot: it was done before a crash, or the walk came to its end by itself.
	if err := j.Where.Reposition(ctx, kind, p.Stream); err != nil && !problem.Has(err, problem.Moot) {
		found, named := problem.As(err)
		if !named || found.Reason() == problem.CannotWrite {
			return err // it may pass
		}
		stop(p, j.Now(), found)
		return nil
	}
	if p.Moved = j.Now(); len(last) > 0 {
		p.Run = last[0].ID
	}
	return nil
}

// run has the stream run now; one that waits for it already does.
func run(lanes Lanes, stream string) error {
	if err := lanes.Order(stream, journal.Order{}); !errors.Is(err, journal.ErrBusy) {
		return err
	}
	return nil
}

// followed is what the runs behind a move have come to.
type followed struct {
	begun  int
	failed int              // in a row, of late
	cause  *problem.Problem // of the last that did
	end    *journal.Run     // the first that came to the source's end
}

// follow counts the runs behind a move, which LastRuns gives newest first.
func follow(p *book.PartProgress, runs []journal.Run) (of followed) {
	planned, received, counts := p.Done.Planned, 0, journal.Counts{}
	for i := len(runs) - 1; i >= 0 && of.end == nil; i-- {
		r := &runs[i]
		if r.ID <= p.Run || r.Replay || r.Started.Before(p.Moved) {
			continue
		}
		of.begun++
		received += r.Counts.Received + r.Proved
		counts.Add(r.Counts)
		switch {
		case r.Complete:
			of.end = r
		case r.Problem != nil && r.Problem.Reason() != problem.CutShort && r.Problem.Reason() != problem.CannotWrite:
			of.failed, of.cause = of.failed+1, r.Problem
		}
	}
	p.Done = book.Tally{Planned: planned, Gone: counts.Gone}
	count(p, received, counts)
	return of
}

// settleRuns ends a part: what its runs met is what there was.
func settleRuns(p *book.PartProgress, now time.Time) {
	p.Ended = now
	p.Done.Planned, p.Done.Waiting = p.Done.Tried, 0
}
