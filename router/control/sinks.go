package control

import (
	"context"
	"net/url"

	"iocgateway/canonical"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// SinkJob is a job that takes one feed to one place, as people look at it.
type SinkJob struct {
	Job    string
	Name   string
	Feed   canonical.Feed
	Holds  func() bool // whether this node does it
	Status func() health.SinkStatus
	Resume func()
}

// own is the sink's status as this node, which holds it, gives it.
func (a *Actions) own(s *SinkJob) health.SinkStatus {
	st := s.Status()
	st.Node = a.Node
	return st
}

// SinkStatuses gives how far each sink is: of those that other nodes hold, as
// they posted it last.
func (a *Actions) SinkStatuses(context.Context) []health.SinkStatus {
	all := make([]health.SinkStatus, 0, len(a.Sinks))
	for i := range a.Sinks {
		s := &a.Sinks[i]
		st := health.SinkStatus{Name: s.Name, Feed: s.Feed} // what this node last knew of it is not what it is
		if s.Holds() {
			st = a.own(s)
		} else if a.Posted != nil {
			if theirs, ok := a.Posted(s.Job); ok {
				st = theirs
			}
		}
		all = append(all, st)
	}
	return all
}

// Held are the statuses of the sinks this node holds, by job: what it posts.
func (a *Actions) Held() map[string]health.SinkStatus {
	all := map[string]health.SinkStatus{}
	for i := range a.Sinks {
		if s := &a.Sinks[i]; s.Holds() {
			all[s.Job] = a.own(s)
		}
	}
	return all
}

// ResumePath is the API path that lets a sink go on.
func ResumePath(sink, feed string) string {
	return "/v1/sinks/" + url.PathEscape(sink) + "/" + url.PathEscape(feed) + "/resume"
}

// ResumeSink lets a sink that needed a person try again, on the node that
// holds it.
func (a *Actions) ResumeSink(ctx context.Context, name, feed, by string) error {
	return a.Audit.Do(ctx, Act{What: "resume sink", Target: name + "/" + feed, By: by}, func() (any, error) {
		return nil, a.resumeSink(ctx, name, feed, by)
	})
}

func (a *Actions) resumeSink(ctx context.Context, name, feed, by string) error {
	for i := range a.Sinks {
		s := &a.Sinks[i]
		if s.Name != name || string(s.Feed) != feed {
			continue
		}
		if !a.Elsewhere.Here(s.Job) {
			var done map[string]string
			return a.Elsewhere.Ask(ctx, s.Job, ResumePath(name, feed), map[string]any{}, &done)
		}
		if !s.Status().Halted {
			return nil // an order kept for later would answer for a person who was never asked
		}
		a.Out.Info("sink resumed", "sink", name, "feed", feed, "by", by)
		s.Resume()
		return nil
	}
	return journal.ErrNotFound
}
