package main

import (
	"context"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// report is what /v1/nodes gives: this node, how level its view is, who
// shares the streams, and what is wrong with any of it.
func (a *app) report(ctx context.Context) (health.Cluster, error) {
	c := health.Cluster{Node: a.cfg.nodeName(), Roles: a.cfg.roles(), Engine: a.cfg.Engine, Version: release, Problems: []problem.Problem{}}
	if a.cluster != nil {
		view, found := a.cluster.log.Report()
		c.View, c.Problems = view, append(c.Problems, found...)
		if a.cluster.redis != nil {
			sharing, nodes, found := a.cluster.redis.Report(ctx, a.cluster.leases.Load())
			c.Sharing, c.Nodes, c.Problems = sharing, nodes, append(c.Problems, found...)
		}
	}
	if len(c.Nodes) == 0 {
		c.Nodes = []health.NodeReport{{Name: c.Node, URL: a.cfg.Node.URL, Roles: c.Roles, Version: release, Held: a.held()}}
	}
	return c, nil
}

// held is how many streams this node holds; on one machine that is all.
func (a *app) held() (n int) {
	for _, st := range a.streams {
		if a.cluster == nil || a.jobs.Holds(st.Stream.Full()) {
			n++
		}
	}
	return n
}
