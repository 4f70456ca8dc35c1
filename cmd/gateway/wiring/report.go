package wiring

import (
	"context"

	"iocgateway/cmd/gateway/release"

	"iocgateway/canonical/problem"
	"iocgateway/router/feed"
	"iocgateway/router/health"
)

// report is what /v1/nodes gives: this node, how level its view is, who
// shares the streams, and what is wrong with any of it.
func (a *App) Report(ctx context.Context) (health.Cluster, error) {
	c := health.Cluster{Node: a.Config.NodeName(), Roles: a.Config.Roles(), Engine: a.Config.Engine, Version: release.Version(),
		Problems: []problem.Problem{}}
	for _, found := range []*problem.Problem{a.Scheduler.Own(), a.Store.Trouble(), a.audit.Trouble()} {
		if found == nil {
			continue
		}
		c.Problems = append(c.Problems, *found)
	}
	if a.cluster != nil {
		view, found := a.cluster.log.Report()
		c.View, c.Problems = view, append(c.Problems, found...)
		if a.cluster.redis != nil {
			sharing, nodes, found := a.cluster.redis.Report(ctx, a.cluster.leases.Load())
			c.Sharing, c.Nodes, c.Problems = sharing, nodes, append(c.Problems, found...)
		}
	}
	if len(c.Nodes) == 0 {
		c.Nodes = []health.NodeReport{{Name: c.Node, URL: a.Config.Node.URL, Roles: c.Roles, Version: release.Version(), Held: a.held()}}
	}
	return c, nil
}

// writable finds out whether the Log can be written, before an order is taken
// that nothing would keep.
func (a *App) writable(ctx context.Context) error {
	if a.cluster == nil {
		if err := a.Store.Touch(ctx); err != nil {
			return err
		}
	}
	if own := a.Scheduler.Own(); own != nil {
		return own
	}
	return nil
}

// trouble is what is wrong with the gateway itself, whatever its sources are
// like: that it cannot write before all.
func (a *App) trouble() *problem.Problem {
	if own := a.Scheduler.Own(); own != nil {
		return own
	}
	if data := a.Store.Trouble(); data != nil {
		return data
	}
	return a.audit.Trouble()
}

// disk is how the store in this node's folder fares: the Log, or a view of it.
func (a *App) disk(ctx context.Context) (feed.Disk, error) {
	st, err := a.Store.Stats(ctx)
	return feed.Disk{Bytes: st.FileBytes, WALBytes: st.WALBytes, Free: st.DiskFree, Size: st.DiskSize,
		Commits: st.Commits, Failed: st.Failed, P50: st.CommitP50, P99: st.CommitP99}, err
}

// held is how many streams this node holds; on one machine that is all.
func (a *App) held() (n int) {
	for _, st := range a.Streams {
		if a.cluster == nil || a.Jobs.Holds(st.Stream.Full()) {
			n++
		}
	}
	return n
}
