package rest

import (
	"context"
	"net/http"

	"iocgateway/adapters/internal/form"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// tally is the call that says how many rows the list has.
type tally struct {
	call
	env    *jsonscan.Trie
	slot   int
	header string // it stands there, and not in the body
	delta  bool   // it is asked with the time from which changes are read
}

func (c *compiler) counting(pl *plan) {
	of := pl.Count
	if of == nil {
		return
	}
	if pl.Paging.Total != "" {
		c.wrong("GW-A003", "count", pl.Paging.Total, "paging.total, or count")
	}
	n := &tally{call: c.call("count", of.Request), env: jsonscan.NewTrie()}
	n.slot = c.slot(n.env, "count.total", pl.heads.take(&n.header, of.Total))
	n.delta = n.call.uses("since") || n.call.uses("from")
	pl.count = n
}

// counted asks how many rows there are, at the first page of a window or of a
// walk; -1 elsewhere, and for changes where the call would count everything.
func (s *Source) counted(ctx context.Context, w *walk, v vars) (total int, err error) {
	n := s.plan.count
	if n == nil || w.Page > 0 || w.Kind == walkDelta && !n.delta {
		return -1, nil
	}
	r := s.request(&n.call, v)
	r.Check = func(resp *httpx.Response) error {
		said := resp.Header.Get(n.header)
		if total = headNumber(said); n.header == "" {
			in := jsonscan.NewCutter(n.env, jsonscan.NewTrie(), nil)
			cut := in.JSON
			if s.plan.xml {
				cut = in.XML
			}
			if err := cut(resp.Body); err != nil {
				return problem.Retry(&problem.Problem{Code: "GW-S012", Path: r.Path, Err: err}, 0)
			}
			said, total = in.Out[n.slot].String(), integer(in.Out[n.slot])
		}
		if total >= 0 {
			return nil
		}
		p := &problem.Problem{Code: "GW-S043", Path: r.Path, Value: problem.Short(said)}
		if f := form.Of(resp.Body, true); f.Says != "" {
			p = &problem.Problem{Code: "GW-S061", Path: r.Path, Value: f.Says}
		}
		return problem.Retry(p, 0)
	}
	_, err = s.client.Do(ctx, r)
	return total, err
}

// elsewhere refuses a page of other rows than were asked for: the source says
// which they are.
func (s *Source) elsewhere(w *walk, resp *httpx.Response) error {
	part, said := httpx.PartOf(resp.Header)
	if resp.Status != http.StatusPartialContent || s.plan.Paging.Kind != "offset" || !said || part.From == w.Offset {
		return nil
	}
	return problem.Retry(&problem.Problem{Code: "GW-S042", Value: itoa(part.From), Want: itoa(w.Offset)}, 0)
}
