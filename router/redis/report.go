package redis

import (
	"context"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// Report is how the streams are shared, as Redis answered last, which nodes
// there are, and what is wrong between them. l is nil until sharing runs.
func (c *Client) Report(ctx context.Context, l *Leases) (*health.SharingReport, []health.NodeReport, []problem.Problem) {
	var sharing *health.SharingReport
	var nodes []health.NodeReport
	var found []problem.Problem
	silent := false
	if l != nil {
		s := l.State()
		sharing = &health.SharingReport{Answered: s.Answered, Workers: s.Workers, Streams: s.Names, Free: s.Free, Held: s.Held, Share: s.Share}
		if s.Problem != nil {
			silent = true
			found = append(found, *s.Problem)
		}
	}
	for _, p := range c.Check(ctx) {
		if p.Reason() != problem.Unreachable || !silent { // reported once, with since when
			found = append(found, *p)
		}
	}
	all, err := c.Nodes(ctx)
	if err != nil {
		return sharing, nil, found // the check above has found why
	}
	for _, n := range all {
		nodes = append(nodes, health.NodeReport{Name: n.Name, URL: n.URL, Roles: n.Roles, Version: n.Version, Started: n.Started,
			Held: n.Held, Clock: n.Offset, Silent: n.Silent})
	}
	return sharing, nodes, found
}

// Locate is where the node that holds a job can be reached; empty when none
// is known to.
func (c *Client) Locate(ctx context.Context, job string) (string, error) {
	node, held, err := c.Holder(ctx, job)
	if err != nil || !held {
		return "", err
	}
	return node.URL, nil
}
