// Package control is where people act: they run, pause and resume streams,
// replay and drop what is held, and let sinks go on, each by name and with a
// reason. What another node holds is done there.
package control

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Streams is the scheduler, as people act on it.
type Streams interface {
	Statuses(ctx context.Context) ([]health.Status, error)
	Stream(name string) (journal.Stream, error)
	Order(stream string, order journal.Order) error
	Pause(ctx context.Context, stream string, p journal.Pause) error
	Resume(ctx context.Context, stream, by string) error
	Replay(ctx context.Context, stream string, raws []canonical.Raw) (journal.Receipt, error)
}

// View is what is read before something is done.
type View interface {
	LastRuns(ctx context.Context, stream string, limit int) ([]journal.Run, error)
	Held(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
	HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
}

// Dropper is where what people decide is written.
type Dropper interface {
	DropHeld(ctx context.Context, ids []int64, by, reason string) (int, error)
}

// Elsewhere reaches the jobs that other nodes hold: share.Forwarder.
type Elsewhere interface {
	// Here reports whether a job's requests are answered on this node.
	Here(job string) bool
	Ask(ctx context.Context, job, path string, body map[string]any, into any) error
}

// Options are what Actions act on.
type Options struct {
	Streams   Streams
	View      View
	Log       Dropper
	Elsewhere Elsewhere
	Sinks     []SinkJob
	// Drifts ends what changed in a stream held here, in all fields or in those that
	// are named.
	Drifts func(ctx context.Context, stream string, fields []string) ([]drift.Item, error)
	// Posted is what the node that holds a sink posted of it; nil: there is no other.
	Posted func(job string) (health.SinkStatus, bool)
	Node   string // this node's name
	Audit  *Audit // where acts are written down before they are done
	Jobs   *Jobs
	Out    *slog.Logger
}

// Actions are where the acts of the API, the console and the command line meet
// the scheduler and the Log.
type Actions struct{ Options }

// New makes Actions.
func New(o Options) (*Actions, error) {
	if o.Streams == nil || o.View == nil || o.Log == nil || o.Elsewhere == nil || o.Audit == nil || o.Jobs == nil ||
		o.Out == nil {
		return nil, errors.New("control: Options need Streams, View, Log, Elsewhere, Audit, Jobs and Out")
	}
	return &Actions{o}, nil
}

// Statuses gives every stream as it is now.
func (a *Actions) Statuses(ctx context.Context) ([]health.Status, error) {
	return a.Streams.Statuses(ctx)
}

// Runs gives the newest runs of a stream.
func (a *Actions) Runs(ctx context.Context, stream string, limit int) ([]journal.Run, error) {
	return a.View.LastRuns(ctx, stream, limit)
}

// Run asks for a run now.
func (a *Actions) Run(ctx context.Context, stream string, order journal.Order, by string) error {
	act := Act{What: "run", Target: stream, By: by, Keeps: true}
	if order.AcceptRemovals {
		act.What = "run, accepting removals"
	}
	return a.Audit.Do(ctx, act, func() (any, error) {
		a.Out.Info("run ordered", "stream", stream, "by", by, "accept_removals", order.AcceptRemovals)
		return nil, a.Streams.Order(stream, order)
	})
}

// Pause stops a stream.
func (a *Actions) Pause(ctx context.Context, stream string, p journal.Pause) error {
	act := Act{What: "pause", Target: stream, By: p.By, Why: p.Reason, Keeps: true}
	if !p.Until.IsZero() {
		act.With = map[string]any{"until": p.Until}
	}
	return a.Audit.Do(ctx, act, func() (any, error) { return nil, a.Streams.Pause(ctx, stream, p) })
}

// Resume lets a stream run again.
func (a *Actions) Resume(ctx context.Context, stream, by string) error {
	return a.Audit.Do(ctx, Act{What: "resume", Target: stream, By: by, Keeps: true}, func() (any, error) {
		a.Out.Info("resumed", "stream", stream, "by", by)
		return nil, a.Streams.Resume(ctx, stream, by)
	})
}

// AcceptDrift says that what changed in what a stream's source gives is how it is
// now: of all fields, or of those that are named. It gives how many changes that were.
func (a *Actions) AcceptDrift(ctx context.Context, stream string, fields []string, by string) (n int, err error) {
	act := Act{What: "accept drift", Target: stream, By: by, With: map[string]any{"fields": fields}}
	err = a.Audit.Do(ctx, act, func() (any, error) {
		if a.Drifts == nil {
			return nil, &problem.Problem{Code: "GW-R076", Value: stream}
		}
		ended, err := a.Drifts(ctx, stream, fields)
		if err != nil {
			return nil, err
		}
		if n = len(ended); n == 0 {
			return nil, a.nothing(ctx, stream, fields)
		}
		paths := make([]string, 0, n)
		for i := range ended {
			paths = append(paths, ended[i].Key())
		}
		a.Out.Info("drift accepted", "stream", stream, "by", by, "what", paths)
		return map[string]any{"accepted": paths}, nil
	})
	return n, err
}

// nothing says that nothing waits to be accepted, and what does.
func (a *Actions) nothing(ctx context.Context, stream string, fields []string) error {
	p := &problem.Problem{Code: "GW-R076", Value: stream, Field: strings.Join(fields, ", ")}
	all, err := a.Streams.Statuses(ctx)
	if err != nil {
		return err
	}
	var waiting []string
	for i := range all {
		for k := range all[i].Drift {
			if all[i].Name() == stream {
				waiting = append(waiting, all[i].Drift[k].Path)
			}
		}
	}
	p.Near = strings.Join(waiting, "; ")
	return p
}

// Acts gives rows of the audit, newest first.
func (a *Actions) Acts(ctx context.Context, q book.ActQuery) ([]book.ActEntry, uint64, error) {
	return a.Audit.List(ctx, q)
}

// ActRows gives the audit's chain itself.
func (a *Actions) ActRows(ctx context.Context, after uint64, limit int) ([]book.Row, error) {
	return a.Audit.Rows(ctx, after, limit)
}

// VerifyActs walks the whole audit.
func (a *Actions) VerifyActs(ctx context.Context) (book.Verified, error) { return a.Audit.Verify(ctx) }

// AuditFailures is how many rows of the audit could not be written, and why.
func (a *Actions) AuditFailures() (int64, *problem.Problem) { return a.Audit.Failures() }

// AuditTrouble is why the audit is not whole or takes nothing.
func (a *Actions) AuditTrouble() *problem.Problem { return a.Audit.Trouble() }

// Dropped is who dropped a held Raw, and why.
func (a *Actions) Dropped(ctx context.Context, h *journal.HeldRaw) (journal.Dropped, error) {
	return a.Audit.Dropped(ctx, h)
}

// Reading is a look at what may be personal data: it is written down before
// it is given.
func (a *Actions) Reading(ctx context.Context, what, target, by string, read func() error) error {
	return a.Audit.Do(ctx, Act{What: "read " + what, Target: target, By: by}, func() (any, error) { return nil, read() })
}

// Look is a look at a list of what may be personal data.
func (a *Actions) Look(ctx context.Context, what, target, by string) error {
	return a.Audit.Look(ctx, Act{What: "look at " + what, Target: target, By: by})
}

// ReplayStream maps all that a stream received again, as a job, which it names.
func (a *Actions) ReplayStream(ctx context.Context, stream, by string) (job string, err error) {
	begun, err := a.Jobs.NowStream(ctx, stream, by)
	return begun.ID, err
}

// Plan counts what a bulk act would do, and keeps it to be applied.
func (a *Actions) Plan(ctx context.Context, ask book.Ask, by string) (book.Plan, error) {
	return a.Jobs.Plan(ctx, ask, by)
}

// Plans gives the plans that can still be applied.
func (a *Actions) Plans() []book.Plan {
	return a.Jobs.Plans()
}

// Apply does what a plan says, or refuses.
func (a *Actions) Apply(ctx context.Context, id, hash, by string) (book.Job, error) {
	return a.Jobs.Apply(ctx, id, hash, by)
}

// JobList gives the jobs, newest first.
func (a *Actions) JobList() []book.JobView {
	return a.Jobs.List()
}

// Job gives one job.
func (a *Actions) Job(id string) (book.JobView, error) {
	return a.Jobs.Job(id)
}

// TurnJob pauses, resumes or cancels a job.
func (a *Actions) TurnJob(ctx context.Context, id, what, by string) (book.JobView, error) {
	return a.Jobs.Turn(ctx, id, what, by)
}
