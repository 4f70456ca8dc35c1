package feed

import (
	"context"
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

// recordHandlers answer current records and where they came from.
type recordHandlers struct {
	failures
	noted
	view       View
	fresh      *freshnessCache
	explain    func(ctx context.Context, stream, mapping string, raw canonical.Raw) ([]canonical.Why, error)
	timeliness func(ix canonical.Index, kind canonical.Kind, now time.Time) string
	zone       *time.Location
	now        func() time.Time
}

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
func (h *recordHandlers) appendRecord(dst []byte, e *journal.Entry, now time.Time) ([]byte, error) {
	head := recordJSON{Version: e.Version, Op: e.Op, Gone: e.Op == journal.OpGone, Superseded: e.Superseded,
		RecordedAt: e.RecordedAt, Mapping: e.Mapping, Source: e.Source, Stream: e.Stream, Key: e.Key}
	if e.Seq > 0 {
		head.Sequence = seqText(e.Seq)
	}
	if !head.Gone {
		head.Timeliness = h.timeliness(e.Index, e.Kind, now)
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
func (h *recordHandlers) list(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
		q, f := h.listQuery(kind, p)
		if f != nil {
			return f
		}
		got, err := h.view.List(r.Context(), q)
		if found, ok := problem.As(err); ok {
			return answer.New(http.StatusBadRequest, found)
		}
		if err != nil {
			return h.broken(r, "list", err)
		}
		fresh, err := h.fresh.of(r.Context(), selection{feed: kind.Feed(), filter: q.Filter})
		if err != nil {
			return h.broken(r, "freshness", err)
		}
		b, err := h.appendList(make([]byte, 0, 64<<10), got, q.CountAll, fresh)
		if err != nil {
			return h.broken(r, "list", err)
		}
		return writeBytes(w, r, b)
	}
}

func (h *recordHandlers) appendList(b []byte, got journal.List, counted bool, fresh freshness) ([]byte, error) {
	now := h.now()
	b, err := h.appendRecords(append(b, `{"items":`...), got.Entries, now)
	if err != nil {
		return b, err
	}
	tail, err := json.Marshal(listTail{Next: got.Next, Total: total(got.Total, counted), AsOf: now})
	if err != nil {
		return b, err
	}
	b = append(b, ',')
	b = append(b, tail[1:len(tail)-1]...)
	b = append(b, ',')
	b = append(b, fresh.json...)
	return append(b, "}\n"...), nil
}

// appendRecords adds a JSON array of records to dst.
func (h *recordHandlers) appendRecords(dst []byte, entries []journal.Entry, now time.Time) ([]byte, error) {
	dst = append(dst, '[')
	for i := range entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = h.appendRecord(dst, &entries[i], now); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
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

func (h *recordHandlers) listQuery(kind canonical.Kind, p *params) (journal.ListQuery, *answer.Problem) {
	zone := h.zone
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
func (h *recordHandlers) one(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		e, f := h.entry(r, kind)
		if f != nil {
			return f
		}
		b, err := h.appendRecord(nil, &e, h.now())
		if err != nil {
			return h.broken(r, "record", err)
		}
		return writeBytes(w, r, append(b, '\n'))
	}
}

func (h *recordHandlers) entry(r *http.Request, kind canonical.Kind) (journal.Entry, *answer.Problem) {
	id := tidyID(r.PathValue("id"))
	if got, _, _, err := canonical.ParseID(id); err != nil || got != kind {
		return journal.Entry{}, answer.New(404, &problem.Problem{Code: "GW-F012"})
	}
	e, err := h.view.Record(r.Context(), id)
	if err != nil {
		return e, h.broken(r, "record", err)
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
func (h *recordHandlers) history(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		e, f := h.entry(r, kind)
		if f != nil {
			return f
		}
		all, err := h.view.History(r.Context(), e.ID)
		if err != nil {
			return h.broken(r, "history", err)
		}
		b, err := h.appendRecords([]byte(`{"items":`), all, h.now())
		if err != nil {
			return h.broken(r, "history", err)
		}
		return writeBytes(w, r, append(b, "}\n"...))
	}
}

// why answers GET /v1/<kinds>/{id}/why: field by field, from the Raw kept.
func (h *recordHandlers) why(kind canonical.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
		if h.explain == nil {
			return answer.New(501, &problem.Problem{Code: "GW-F026", Want: "mappings"})
		}
		version := p.text("version")
		e, f := h.entry(r, kind)
		if f == nil {
			f = p.bad
		}
		if f != nil {
			return f
		}
		var raw canonical.Raw
		err := h.noted(r, "where a record came from", e.ID, func() (err error) {
			raw, err = h.view.RawOf(r.Context(), e.ID, version)
			return err
		})
		switch {
		case errors.Is(err, journal.ErrNotFound):
			return answer.New(404, &problem.Problem{Code: "GW-F029"})
		case err != nil:
			return h.unread(r, "raw", err)
		}
		rows, err := h.explain(r.Context(), e.Source+"/"+e.Stream, e.Mapping, raw)
		if err != nil {
			if found, ok := problem.As(err); ok {
				return answer.New(409, found)
			}
			return h.broken(r, "explain", err)
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
