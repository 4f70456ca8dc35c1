package rest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical/problem"
)

// ask sends the request of the page a walk stands at, and takes the answer
// apart.
func (s *Source) ask(ctx context.Context, st *state) (*parsedPage, error) {
	w := st.Walk
	if w.Page >= s.plan.maxPages {
		return nil, problem.Halt(&problem.Problem{Code: "GW-S027", Want: strconv.Itoa(s.plan.maxPages)})
	}
	v := s.vars(st)
	total, err := s.counted(ctx, w, v)
	if err != nil {
		return nil, err
	}
	r := s.request(&s.plan.list, v)
	if s.plan.links() && w.Cursor != "" {
		r.Path, r.Query = s.follow(r.Path, w.Cursor), nil
	}
	var parsed *parsedPage
	pass := s.overlapping(st)
	r.Passing, r.Parts, r.Torn = true, true, true
	r.Check = func(resp *httpx.Response) error {
		if err := s.elsewhere(w, resp); err != nil {
			return err
		}
		p := s.parser(w.Size, pass)
		defer p.found(ctx, resp)
		var err error
		p.torn = resp.Torn
		parsed, err = p.parse(resp.Body)
		if err == nil {
			s.plan.heads.read(parsed, resp.Header)
			parsed.total = max(parsed.total, total)
		}
		if err != nil || s.plan.Paging.Kind != "link" {
			return err
		}
		if parsed.next, err = httpx.Linked(resp.Header, "next"); err != nil { // it may name a page: the end is not this
			_ = parsed.answer.Close()
			return problem.Retry(&problem.Problem{Code: "GW-S012", Path: "Link", Err: err}, 0)
		}
		return nil
	}
	if _, err := s.client.Do(ctx, r); err != nil {
		return nil, err
	}
	return parsed, nil
}

func (s *Source) vars(st *state) vars {
	w := st.Walk
	v := make(vars, len(s.params)+8)
	for name, value := range s.params {
		v[name] = value
	}
	v["page"] = strconv.Itoa(w.Page + s.plan.Paging.Base)
	v["size"] = strconv.Itoa(w.Size)
	v["offset"] = strconv.Itoa(w.Offset)
	v["cursor"] = w.Cursor
	v["end"] = strconv.Itoa(w.Offset + w.Size - 1)
	v["since"] = s.since(st)
	v["from"], v["to"], v["year"] = s.window(st)
	return v
}

// request fills a compiled request in.
func (s *Source) request(c *call, v vars) httpx.Request {
	r := httpx.Request{Method: c.method, Path: c.path.fill(v, url.PathEscape), Query: c.values(c.query, v),
		Safe: c != s.plan.ack, Accept: httpx.MediaJSON, Header: http.Header{}}
	if s.plan.xml {
		r.Accept = httpx.MediaXML
	}
	for _, h := range c.headers {
		if h.value.wants(v) {
			r.Header.Set(h.name, h.value.fill(v, nil))
		}
	}
	switch {
	case c.json != nil:
		r.Type, r.Body = httpx.MediaJSON, c.body(v)
	case len(c.form) > 0:
		r.Type, r.Body = "application/x-www-form-urlencoded", []byte(c.values(c.form, v).Encode())
	}
	return r
}

// follow resolves a next link against the list's address. The client refuses
// one that leads to another host.
func (s *Source) follow(path, link string) string {
	base, err := url.Parse(strings.TrimSuffix(s.cfg.URL, "/") + "/" + strings.TrimPrefix(path, "/"))
	if err != nil {
		return link
	}
	next, err := base.Parse(link)
	if err != nil {
		return link
	}
	return next.String()
}
