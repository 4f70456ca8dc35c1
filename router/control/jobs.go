package control

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/access"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

func who(ctx context.Context, by string) string { return cmp.Or(access.Caller(ctx).Name, by) }

func why(ctx context.Context) string { return access.Why(ctx) }

func progressKey(job string, part int) string { return job + "/" + strconv.Itoa(part) }

// begin writes a job down: from here on it is done, whatever dies.
func (j *Jobs) begin(ctx context.Context, plan book.Plan, by string, row uint64) (book.Job, error) {
	job := book.Job{ID: plan.ID, Plan: plan, State: book.Active, By: who(ctx, by), Why: cmp.Or(why(ctx), plan.Why), Made: j.Now(), Row: row}
	_, err := j.Book.Put(ctx, book.Jobs, job.ID, 0, job)
	if errors.Is(err, book.ErrConflict) {
		return job, &problem.Problem{Code: "GW-R045", Value: plan.ID}
	}
	if err == nil {
		j.Out.Info("job begun", "job", job.ID, "kind", plan.Ask.Kind, "by", job.By, "planned", plan.Planned, "rate", plan.Ask.Rate)
	}
	return job, err
}

// NowHeld plans a replay of held Raws and begins it, in one word: for those who
// do not look at a plan first.
func (j *Jobs) NowHeld(ctx context.Context, q journal.HeldQuery, by string) (job book.Job, err error) {
	ask := book.Ask{Kind: book.ReplayHeld, Stream: q.Stream, Code: q.Code, Key: q.Key, IDs: q.IDs}
	err = j.Audit.do(ctx, Act{What: ask.Kind, Target: askTarget(&ask), By: by, With: askWords(&ask),
		Keeps: true}, func(row uint64) (any, error) {
		return j.now(ctx, ask, by, row, &job)
	})
	return job, err
}

// NowStream replays a stream at once; ErrBusy while it is being replayed.
func (j *Jobs) NowStream(ctx context.Context, stream, by string) (job book.Job, err error) {
	ask := book.Ask{Kind: book.ReplayStream, Stream: stream}
	err = j.Audit.do(ctx, Act{What: ask.Kind, Target: stream, By: by, Keeps: true}, func(row uint64) (any, error) {
		for _, v := range j.List() {
			if !v.Over() && v.Plan.Ask.Kind == book.ReplayStream && v.Plan.Ask.Stream == stream {
				return nil, journal.ErrBusy
			}
		}
		return j.now(ctx, ask, by, row, &job)
	})
	return job, err
}

func (j *Jobs) now(ctx context.Context, ask book.Ask, by string, row uint64, job *book.Job) (any, error) {
	plan, draft, err := j.survey(ctx, ask)
	if err == nil {
		err = j.take(ctx, &plan, draft, by)
	}
	if err != nil {
		return nil, err
	}
	plan.By, plan.Why = who(ctx, by), why(ctx)
	*job, err = j.begin(ctx, plan, by, row)
	return map[string]any{"job": job.ID, "planned": plan.Planned}, err
}

// List gives the jobs, newest first.
func (j *Jobs) List() []book.JobView {
	var all []book.JobView
	for _, item := range j.Book.List(book.Jobs) {
		var job book.Job
		if item.Decode(&job) == nil {
			all = append(all, j.view(&job))
		}
	}
	slices.SortStableFunc(all, func(a, b book.JobView) int { return b.Made.Compare(a.Made) })
	return all
}

// Job gives one job.
func (j *Jobs) Job(id string) (book.JobView, error) {
	job, _, err := j.job(id)
	if err != nil {
		return book.JobView{}, err
	}
	return j.view(&job), nil
}

// Plans gives the plans that can still be applied, newest first.
func (j *Jobs) Plans() []book.Plan {
	var all []book.Plan
	for _, item := range j.Book.List(book.Plans) {
		var plan book.Plan
		if item.Decode(&plan) == nil && j.Now().Before(plan.Expires) {
			all = append(all, plan)
		}
	}
	slices.SortStableFunc(all, func(a, b book.Plan) int { return b.Made.Compare(a.Made) })
	return all
}

func (j *Jobs) job(id string) (job book.Job, rev uint64, err error) {
	item, err := j.Book.Get(book.Jobs, id)
	if err != nil {
		return job, 0, &problem.Problem{Code: "GW-R046", Value: problem.Short(id)}
	}
	return job, item.Rev, item.Decode(&job)
}

func (j *Jobs) view(job *book.Job) book.JobView {
	v := book.JobView{Job: *job, Parts: []book.PartProgress{}}
	for n := range job.Plan.Parts {
		p, _ := j.progress(job, n)
		v.Parts = append(v.Parts, p)
		v.Total.Add(p.Done)
	}
	v.Differs = differs(&v)
	return v
}

// differs says in words that a job has published less than its plan told
// beforehand: runs go on while a job waits its turn.
func differs(v *book.JobView) *problem.Problem {
	t, would := &v.Total, v.Plan.Effects.Mapped
	if v.State != book.Finished || t.Published >= would {
		return nil
	}
	n := strconv.Itoa
	return &problem.Problem{Code: "GW-R052", Value: n(t.Published), Want: n(would), Field: n(t.Unchanged), Near: n(t.Left)}
}

// progress is how far a part is; one that never began has everything waiting.
func (j *Jobs) progress(job *book.Job, n int) (p book.PartProgress, rev uint64) {
	part := &job.Plan.Parts[n]
	if item, err := j.Book.Get(book.Progress, progressKey(job.ID, n)); err == nil && item.Decode(&p) == nil {
		return p, item.Rev
	}
	return book.PartProgress{Stream: part.Stream, Done: book.Tally{Planned: part.Planned, Waiting: part.Planned}}, 0
}

// turn is what people may make of a job, from which states.
func turn(what string) (to string, from []string) {
	switch what {
	case "pause":
		return book.Paused, []string{book.Active}
	case "resume":
		return book.Active, []string{book.Paused}
	default:
		return book.Cancelling, []string{book.Active, book.Paused}
	}
}

// Turn pauses, resumes or cancels a job: between two batches.
func (j *Jobs) Turn(ctx context.Context, id, what, by string) (view book.JobView, err error) {
	if _, _, err := j.job(id); err != nil {
		return view, err
	}
	to, from := turn(what)
	err = j.Audit.Do(ctx, Act{What: what + " job", Target: id, By: by}, func() (any, error) {
		for {
			job, rev, err := j.job(id)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(from, job.State) {
				return nil, &problem.Problem{Code: "GW-R047", Value: job.State, Want: what}
			}
			job.State, job.Changed = to, who(ctx, by)
			if _, err = j.Book.Put(ctx, book.Jobs, id, rev, job); errors.Is(err, book.ErrConflict) {
				continue // somebody turned it meanwhile: looked at again
			}
			view = j.view(&job)
			return map[string]string{"state": to}, err
		}
	})
	return view, err
}

// Wait waits until a job is over, or for so long.
func (j *Jobs) Wait(ctx context.Context, id string, length time.Duration) (book.JobView, error) {
	over := time.After(length)
	for {
		changed := j.Book.Changed(book.Jobs)
		view, err := j.Job(id)
		if err != nil || view.Over() {
			return view, err
		}
		select {
		case <-changed:
		case <-over:
			return j.Job(id)
		case <-ctx.Done():
			return view, ctx.Err()
		}
	}
}
