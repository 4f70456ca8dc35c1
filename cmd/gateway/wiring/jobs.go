package wiring

import (
	"context"
	"fmt"
	"slices"
	"time"

	"iocgateway/canonical/drift"
	"iocgateway/mappings"
	"iocgateway/router/control"
	"iocgateway/router/health"
	"iocgateway/router/journal"
	"iocgateway/router/schedule"
	"iocgateway/router/share"
	"iocgateway/router/store"
	streamsync "iocgateway/router/sync"
)

// schedule makes a lane of each stream, and a job of each lane.
func (a *App) schedule(ctx context.Context) error {
	o := schedule.Options{Runs: a.engine, Kept: kept{a.Store, a.engine}, Log: a.log, Jitter: jitter, Held: a.Jobs.Holds,
		Changed: func(ctx context.Context, st health.Status) error {
			err := health.PublishState(ctx, a.engine, st, time.Now())
			if err != nil && ctx.Err() == nil {
				a.log.Error("the ops feed was not written", "error", err)
			}
			return err
		}}
	o.Drifted = func(ctx context.Context, stream string, item drift.Item) error {
		return health.PublishDrift(ctx, a.engine, stream, item, time.Now())
	}
	o.Warnings, o.SecretChanged = a.warnings, a.secretChanged
	if a.cluster == nil {
		o.Writable = a.Store.Writable
	}
	if a.cluster != nil && a.cluster.exchange != nil {
		o.Abroad = a.cluster.exchange.Streams
		o.Looked = func(ctx context.Context, streams map[string]health.Report) {
			a.cluster.exchange.Post(ctx, streams, a.actions.Held())
		}
	}
	var err error
	if a.Scheduler, err = schedule.New(o); err != nil {
		return err
	}
	for _, st := range a.Streams {
		st.Log, st.Runs, st.Progress = a.engine, a.engine, a.Scheduler.Advanced
		name := st.Stream.Full()
		st.Newest = a.Store.Record
		st.Live = func() int { return a.Store.LiveRecords(name) }
		if err := a.Scheduler.Add(ctx, st.Stream, st); err != nil {
			return fmt.Errorf("stream %s: %w", name, err)
		}
		if st.Stream.Disabled {
			continue
		}
		if err := a.Jobs.Add(share.Job{Name: name, Run: func(ctx context.Context) { a.Scheduler.Live(ctx, name) }}); err != nil {
			return err
		}
	}
	return nil
}

// follow makes a follower of each feed of each sink, and a job of each.
func (a *App) follow() error {
	var err error
	if a.followers, err = followersOf(a.Config, a.Store, a.engine, a.log); err != nil {
		return err
	}
	for _, f := range a.followers {
		if err := a.Jobs.Add(share.Job{Name: share.SinkJob(f.Name, string(f.Feed)), Run: f.Live}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) control() error {
	fo := share.ForwardOptions{Node: a.Config.NodeName(), Log: a.log}
	o := control.Options{Streams: a.Scheduler, View: a.Store, Log: a.engine, Node: a.Config.NodeName(),
		Audit: a.audit, Out: a.log}
	if a.cluster != nil && a.cluster.redis != nil {
		fo.Locate, o.Posted = a.cluster.redis.Locate, a.cluster.exchange.Sink
	}
	var err error
	if a.forward, err = share.NewForwarder(a.Jobs, fo); err != nil {
		return err
	}
	o.Elsewhere = a.forward
	for _, f := range a.followers {
		job := share.SinkJob(f.Name, string(f.Feed))
		o.Sinks = append(o.Sinks, control.SinkJob{Job: job, Name: f.Name, Feed: f.Feed, Status: f.Status, Resume: f.Resume,
			Holds: func() bool { return a.Jobs.Holds(job) }})
	}
	o.Drifts = func(ctx context.Context, stream string, fields []string) ([]drift.Item, error) {
		return acceptDrift(ctx, a, stream, fields)
	}
	if err := a.plansAndJobs(&o); err != nil {
		return err
	}
	a.actions, err = control.New(o)
	return err
}

// acceptDrift ends what changed in a stream held here, between two of its runs.
func acceptDrift(ctx context.Context, a *App, stream string, fields []string) (ended []drift.Item, err error) {
	at := slices.IndexFunc(a.Streams, func(st *streamsync.Syncer) bool { return st.Stream.Full() == stream })
	if at < 0 {
		return nil, journal.ErrNotFound
	}
	err = a.Scheduler.Between(ctx, stream, func(ctx context.Context) error {
		ended, err = a.Streams[at].Accept(ctx, fields)
		return err
	})
	return ended, err
}

// plansAndJobs makes bulk acts jobs, whose parts go with their streams.
func (a *App) plansAndJobs(o *control.Options) (err error) {
	streams := map[string]*streamsync.Syncer{}
	for _, st := range a.Streams {
		if !st.Stream.Disabled {
			streams[st.Stream.Full()] = st
		}
	}
	o.Jobs, err = control.NewJobs(control.JobOptions{Book: a.book, Audit: a.audit, Lanes: a.Scheduler, Held: a.Store.HeldRaws, Raws: a.Store,
		Runs: a.engine, Where: positions{a.Store, streams},
		Draft: func() (control.Draft, error) { return a.draft() }, Here: a.forward.Here, Node: a.Config.NodeName(), Out: a.log,
		Mapper: func(stream string) journal.Mapper {
			if st := streams[stream]; st != nil {
				return st.Mapping()
			}
			return nil
		}})
	a.bulk = o.Jobs
	return err
}

// draft reads the mapping files anew, and puts none into use.
func (a *App) draft() (control.Draft, error) {
	d, err := a.live.Draft()
	if err != nil {
		return nil, err
	}
	return draft{d}, nil
}

// reload puts the mapping files into use as they are now.
func (a *App) reload(ctx context.Context, by string) error {
	d, err := a.draft()
	if err != nil {
		return err
	}
	return control.UseMappings(ctx, a.audit, d, by)
}

// draft is the files' mappings as acts see them.
type draft struct{ *mappings.Draft }

// Mapper is a stream's.
func (d draft) Mapper(stream string) journal.Mapper {
	if m := d.Draft.Mapper(stream); m != nil {
		return m
	}
	return nil
}

// Changes are the streams whose mapping in use is another.
func (d draft) Changes() (turns []control.Turn) {
	for _, c := range d.Draft.Changes() {
		turns = append(turns, control.Turn{Stream: c.Stream, From: c.From, To: c.To})
	}
	return turns
}

// kept reads the store and writes to the Log, so that every node sees what
// was decided.
type kept struct {
	*store.Store
	log engine
}

// SetPause writes to the Log.
func (k kept) SetPause(ctx context.Context, stream string, p journal.Pause) error {
	return k.log.SetPause(ctx, stream, p)
}

// ClearPause writes to the Log.
func (k kept) ClearPause(ctx context.Context, stream, by string) error {
	return k.log.ClearPause(ctx, stream, by)
}
