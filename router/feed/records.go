package feed

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// recordJSON is a record in a list: the stored body, and around it what is
// known of it. Timeliness is of this moment and never stored.
type recordJSON struct {
	Record     json.RawMessage `json:"record"`
	Timeliness string          `json:"timeliness,omitempty"`
	Sequence   string          `json:"sequence,omitempty"`
	Version    string          `json:"version"`
	Op         journal.Op      `json:"op,omitempty"`
	Gone       bool            `json:"gone,omitempty"`
	Superseded bool            `json:"superseded,omitempty"`
	RecordedAt time.Time       `json:"recorded_at"`
	Mapping    string          `json:"mapping"`
	Source     string          `json:"source"`
	Stream     string          `json:"stream"`
	Key        string          `json:"key"`
}

// appendRecord adds a record to dst; the body is copied as it is stored.
func (a *API) appendRecord(dst []byte, e *journal.Entry, now time.Time) ([]byte, error) {
	head := recordJSON{Version: e.Version, Op: e.Op, Gone: e.Op == journal.OpGone, Superseded: e.Superseded,
		RecordedAt: e.RecordedAt, Mapping: e.Mapping, Source: e.Source, Stream: e.Stream, Key: e.Key}
	if e.Seq > 0 {
		head.Sequence = seqText(e.Seq)
	}
	if a.opts.Timeliness != nil && !head.Gone {
		head.Timeliness = a.opts.Timeliness(e.Index, e.Kind, now)
	}
	rest, err := json.Marshal(head)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"record":`...)
	dst = appendBody(dst, e.Body)
	return append(dst, rest[len(`{"record":null`):]...), nil
}

// list answers GET /v1/<kinds>.
func (a *API) list(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
		q, f := a.listQuery(kind, p)
		if f != nil {
			return f
		}
		got, err := a.opts.View.List(r.Context(), q)
		if err != nil {
			if found, ok := problem.As(err); ok {
				return answer.New(400, found)
			}
			return a.broken(r, "list", err)
		}
		state, f := a.stateOf(r, view{feed: kind.Feed(), filter: q.Filter})
		if f != nil {
			return f
		}
		b := append(make([]byte, 0, 64<<10), `{"items":[`...)
		now := a.opts.Now()
		for i := range got.Entries {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = a.appendRecord(b, &got.Entries[i], now); err != nil {
				return a.broken(r, "list", err)
			}
		}
		tail, err := json.Marshal(listTail{Next: got.Next, Total: total(got.Total, q.CountAll), AsOf: now})
		if err != nil {
			return a.broken(r, "list", err)
		}
		b = append(b, "],"...)
		b = append(b, tail[1:len(tail)-1]...)
		b = append(b, ',')
		b = append(b, state.json...)
		return writeBytes(w, r, append(b, "}\n"...))
	}
}

type listTail struct {
	Next  string    `json:"next"`
	Total *int      `json:"total,omitempty"`
	AsOf  time.Time `json:"as_of"`
}

func total(n int, asked bool) *int {
	if !asked || n < 0 {
		return nil
	}
	return &n
}

func sorts() []string {
	return []string{"updated_at", "-updated_at", "due_at", "-due_at", "created_at", "-created_at"}
}

func (a *API) listQuery(kind canonical.Kind, p *params) (journal.ListQuery, *answer.Problem) {
	zone := a.opts.Zone
	q := journal.ListQuery{Kind: kind,
		Filter: journal.Filter{Source: p.text("source"), Stream: p.text("stream"), Area: p.text("area"), Agency: p.text("agency")},
		Open:   p.flag("open"), Text: p.text("q"),
		DueFrom: p.instant("due_from", zone), DueTo: p.instant("due_to", zone),
		UpdatedFrom: p.instant("updated_from", zone), UpdatedTo: p.instant("updated_to", zone),
		Indicator: p.text("indicator"), Sort: p.choice("sort", sorts()), After: p.text("page"),
		Limit: p.number("limit", listDefault, 1, listMax), IncludeGone: p.flag("gone"), CountAll: p.flag("total"),
	}
	for _, given := range p.values["status"] {
		for s := range strings.SplitSeq(given, ",") {
			if s = strings.TrimSpace(s); s != "" {
				q.Status = append(q.Status, s)
			}
		}
	}
	if len(q.Status) > 20 {
		p.refuse("status", strings.Join(q.Status, ","), "at most 20")
	}
	return q, p.bad
}

// one answers GET /v1/<kinds>/{id}.
func (a *API) one(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		e, f := a.entry(r, kind)
		if f != nil {
			return f
		}
		b, err := a.appendRecord(nil, &e, a.opts.Now())
		if err != nil {
			return a.broken(r, "record", err)
		}
		return writeBytes(w, r, append(b, '\n'))
	}
}

func (a *API) entry(r *http.Request, kind canonical.Kind) (journal.Entry, *answer.Problem) {
	id := tidyID(r.PathValue("id"))
	if got, _, _, err := canonical.ParseID(id); err != nil || got != kind {
		return journal.Entry{}, answer.New(404, &problem.Problem{Code: "GW-F012"})
	}
	e, err := a.opts.View.Record(r.Context(), id)
	if err != nil {
		return e, a.broken(r, "record", err)
	}
	return e, nil
}

// tidyID mends an id whose percent-encoding a client decoded once too often
// on the way into the path.
func tidyID(id string) string {
	parts := strings.SplitN(id, ":", 3)
	if len(parts) != 3 {
		return id
	}
	for _, part := range parts[1:] {
		for i := range len(part) {
			c := part[i]
			if c <= ' ' || c >= 0x7f || strings.IndexByte(`:/?#[]@!$&'()*+,;="<>\^{|}`+"`", c) >= 0 {
				return canonical.ID(canonical.Kind(parts[0]), parts[1], parts[2])
			}
		}
	}
	return id
}

// history answers GET /v1/<kinds>/{id}/history, newest first.
func (a *API) history(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		e, f := a.entry(r, kind)
		if f != nil {
			return f
		}
		all, err := a.opts.View.History(r.Context(), e.ID)
		if err != nil {
			return a.broken(r, "history", err)
		}
		b := append([]byte(nil), `{"items":[`...)
		for i := range all {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = a.appendRecord(b, &all[i], a.opts.Now()); err != nil {
				return a.broken(r, "history", err)
			}
		}
		return writeBytes(w, r, append(b, "]}\n"...))
	}
}

// why answers GET /v1/<kinds>/{id}/why: field by field, from the Raw kept.
func (a *API) why(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
		if a.opts.Explain == nil {
			return answer.New(501, &problem.Problem{Code: "GW-F026", Want: "mappings"})
		}
		version := p.text("version")
		e, f := a.entry(r, kind)
		if f == nil {
			f = p.bad
		}
		if f != nil {
			return f
		}
		raw, err := a.opts.View.RawOf(r.Context(), e.ID, version)
		switch {
		case errors.Is(err, journal.ErrNotFound):
			return answer.New(404, &problem.Problem{Code: "GW-F029"})
		case err != nil:
			return a.broken(r, "raw", err)
		}
		rows, err := a.opts.Explain(r.Context(), e.Source+"/"+e.Stream, e.Mapping, raw)
		if err != nil {
			if found, ok := problem.As(err); ok {
				return answer.New(409, found)
			}
			return a.broken(r, "explain", err)
		}
		if rows == nil {
			rows = []canonical.Why{}
		}
		if version == "" {
			version = e.Version
		}
		return writeJSON(w, r, map[string]any{"id": e.ID, "version": version, "mapping": e.Mapping, "fields": rows})
	}
}
