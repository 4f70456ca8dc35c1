package main

import (
	"context"

	"iocgateway/canonical"
	"iocgateway/router"
)

// report is what /v1/nodes tells: this node, how level its view is, who
// shares the streams, and what is wrong with any of it.
func (a *app) report(ctx context.Context) (router.Cluster, error) {
	c := router.Cluster{Node: a.cfg.nodeName(), Roles: a.cfg.roles(), Engine: a.cfg.Engine, Version: release, Problems: []canonical.Problem{}}
	if a.cluster == nil {
		c.Nodes = []router.NodeReport{{Name: c.Node, Roles: c.Roles, Version: release, Held: len(a.streams)}}
		return c, nil
	}
	a.cluster.reportView(&c)
	a.cluster.reportSharing(ctx, &c)
	if len(c.Nodes) == 0 {
		c.Nodes = []router.NodeReport{{Name: c.Node, URL: a.cfg.Node.URL, Roles: c.Roles, Version: release, Held: a.held()}}
	}
	return c, nil
}

func (a *app) held() (n int) {
	for _, st := range a.streams {
		if a.scheduler.Holds(st.Full()) {
			n++
		}
	}
	return n
}

func (c *cluster) reportView(into *router.Cluster) {
	lag := c.log.Lag()
	into.View = &router.ViewReport{Behind: lag.Behind, CatchingUp: lag.CatchUp, NotSince: lag.NotSince}
	if p, ok := canonical.AsProblem(lag.Trouble); ok {
		into.Problems = append(into.Problems, *p)
	}
	if p, ok := canonical.AsProblem(c.ready()); ok && lag.CatchUp {
		into.Problems = append(into.Problems, *p)
	}
}

func (c *cluster) reportSharing(ctx context.Context, into *router.Cluster) {
	if c.redis == nil {
		return
	}
	silent := false
	if leases := c.sharing.Load(); leases != nil {
		s := leases.State()
		into.Sharing = &router.SharingReport{Heard: s.Heard, Workers: s.Workers, Streams: s.Names, Free: s.Free, Held: s.Held, Share: s.Share}
		if s.Problem != nil {
			silent = true
			into.Problems = append(into.Problems, *s.Problem)
		}
	}
	for _, p := range c.redis.Check(ctx) {
		if p.Code != "GW-L001" || !silent { // said once, with since when
			into.Problems = append(into.Problems, *p)
		}
	}
	nodes, err := c.redis.Nodes(ctx)
	if err != nil {
		return // the check above has said why
	}
	for _, n := range nodes {
		into.Nodes = append(into.Nodes, router.NodeReport{Name: n.Name, URL: n.URL, Roles: n.Roles, Version: n.Version, Started: n.Started,
			Held: n.Held, Clock: n.Offset, Silent: n.Silent})
	}
}
