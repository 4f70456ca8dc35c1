package console

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// nodesView is this node among the others.
type nodesView struct {
	View health.ViewReport
	Free int // streams nobody holds
	Rows []nodeView
}

type nodeProblem struct {
	Code, Text, Place string
	Hint              template.HTML
}

type nodeView struct {
	health.NodeReport
	Here     bool
	Work     string
	ClockOff bool
}

// clockOff is how far a node's clock may be from the shared one.
const clockOff = 5 * time.Second

// nodes gathers what is wrong with the gateway itself and who shares the
// streams; nil on one machine.
func (c *Console) nodes(r *http.Request, w *voice, p *homePage) *nodesView {
	if c.opts.Cluster == nil {
		return nil
	}
	cl, err := c.opts.Cluster(r.Context())
	if err != nil {
		p.Broken["nodes"] = true
		c.opts.Log.ErrorContext(r.Context(), "console: nodes", "err", err)
		return nil
	}
	for i := range cl.Problems {
		p.Ours = append(p.Ours, problemView(&cl.Problems[i], w))
	}
	if cl.View == nil {
		return nil
	}
	v := &nodesView{View: *cl.View}
	if cl.Sharing != nil {
		v.Free = cl.Sharing.Free
	}
	for _, n := range cl.Nodes {
		v.Rows = append(v.Rows, nodeView{NodeReport: n, Here: n.Name == cl.Node, Work: rolesOf(n.Roles, w), ClockOff: n.Clock.Abs() > clockOff})
	}
	return v
}

func problemView(p *problem.Problem, w *voice) nodeProblem {
	return nodeProblem{p.Code, p.Text(w.lang), p.Place(), w.Hint(p.Hint(w.lang))}
}

func rolesOf(roles []string, w *voice) string {
	var all []string
	for _, role := range roles {
		all = append(all, w.Say("work", role))
	}
	return strings.Join(all, ", ")
}
