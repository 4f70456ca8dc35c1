package wiring

import (
	"context"

	"iocgateway/cmd/gateway/release"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// report is what /v1/nodes gives: this node, how level its view is, who
// shares the streams, and what is wrong with any of it.
func (a *App) Report(ctx context.Context) (health.Cluster, error) {
	c := health.Cluster{Node: a.Config.NodeName(), Roles: a.Config.Roles(), Engine: a.Config.Engine, Version: release.Version(),
		Problems: []problem.Problem{}}
	if found := a.Store.Trouble(); found != nil {
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

// held is how many streams this node holds; on one machine that is all.
func (a *App) held() (n int) {
	for _, st := range a.Streams {
		if a.cluster == nil || a.Jobs.Holds(st.Stream.Full()) {
			n++
		}
	}
	return n
}
