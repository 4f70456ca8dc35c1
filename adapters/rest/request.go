package rest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

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
	r := s.request(&s.plan.list, s.vars(st))
	if kind := s.plan.Paging.Kind; (kind == "next" || kind == "link") && w.Cursor != "" {
		r.Path, r.Query = s.follow(r.Path, w.Cursor), nil
	}
	var parsed *parsedPage
	pass := s.overlapping(st)
	r.Passing = true
	r.Check = func(resp *httpx.Response) error {
		var err error
		parsed, err = s.parser(w.Size, pass).parse(resp.Body)
		if err == nil && s.plan.Paging.Kind == "link" {
			parsed.next = nextLink(resp.Header)
		}
		return err
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
	v["since"], v["from"], v["to"], v["year"] = "", "", "", ""
	if s.plan.Watermark.Kind == "since" && w.Kind == walkDelta && !st.Mark.IsZero() {
		v["since"] = s.format(st.Mark.Add(-s.plan.overlap))
	}
	if !w.From.IsZero() {
		v["from"], v["to"] = s.format(w.From), s.format(w.To.Add(-time.Second))
		v["year"] = strconv.Itoa(w.From.In(s.plan.zone).Year())
	}
	return v
}

func (s *Source) format(t time.Time) string {
	return string(s.plan.format.AppendFormat(nil, t.In(s.plan.zone)))
}

// request fills a compiled request in.
func (s *Source) request(c *call, v vars) httpx.Request {
	r := httpx.Request{Method: c.method, Path: c.path.fill(v, url.PathEscape), Query: c.values(c.query, v),
		Safe: c == &s.plan.list || c != s.plan.ack, Accept: httpx.MediaJSON, Header: http.Header{}}
	if s.plan.xml {
		r.Accept = httpx.MediaXML
	}
	for _, h := range c.headers {
		r.Header.Set(h.name, h.value.fill(v, nil))
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

func nextLink(h http.Header) string {
	for _, line := range h.Values("Link") {
		for part := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(strings.TrimSpace(part), ";")
			rel := strings.ReplaceAll(strings.ToLower(params), " ", "")
			if strings.Contains(rel, `rel="next"`) || strings.HasSuffix(rel, "rel=next") {
				return strings.Trim(target, "<>")
			}
		}
	}
	return ""
}
