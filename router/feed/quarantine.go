package feed

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
	"iocgateway/router/journal"
)

// quarantineHandlers answer what is held, and let it go.
type quarantineHandlers struct {
	failures
	veiled
	noted
	looked
	dropped func(ctx context.Context, h *journal.HeldRaw) (journal.Dropped, error)
	view    View
	control Control // nil: 501
	now     func() time.Time
}

// veiled gives the veil through which a request sees what sources gave.
type veiled struct{ veil *privacy.Veil }

func (v veiled) from(r *http.Request) *privacy.Veil {
	if access.SeesRaws(r.Context()) {
		return nil
	}
	return v.veil
}

// heldJSON is a held Raw with its problem in words.
type heldJSON struct {
	journal.HeldRaw
	Text    map[string]string `json:"text"`
	Hint    map[string]string `json:"hint,omitempty"`
	Media   string            `json:"media,omitempty"`
	Payload string            `json:"payload,omitempty"`
}

func bothWays(p *problem.Problem, stream string) (text, hint map[string]string) {
	text = map[string]string{"vi": p.Text(problem.Vietnamese), "en": p.Text(problem.English)}
	if p.Hint(problem.English) != "" {
		hint = map[string]string{"vi": p.HintFor(stream, problem.Vietnamese), "en": p.HintFor(stream, problem.English)}
	}
	return text, hint
}

// list answers GET /v1/quarantine.
func (h *quarantineHandlers) list(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	q := journal.HeldQuery{Stream: p.text("stream"), Code: p.text("code"), Key: p.text("key"),
		After: int64(p.number("page", 0, 0, 1<<62)), Limit: p.number("limit", listDefault, 1, listMax)}
	if p.bad != nil {
		return p.bad
	}
	veil := h.from(r)
	if !veil.ShowsKey(q.Key) { // whoever asks for it by trying all would find what stands behind a word
		return answer.New(http.StatusForbidden, &problem.Problem{Code: "GW-F021", Want: access.Operator.String()})
	}
	if veil == nil {
		if err := h.looked(r, "what is held", target(q.Stream)); err != nil {
			return h.refused(r, "held", err)
		}
	}
	rows, err := h.view.Held(r.Context(), q)
	if err != nil {
		return h.broken(r, "held", err)
	}
	items, next := make([]heldJSON, 0, len(rows)), ""
	for _, row := range rows {
		one := heldJSON{HeldRaw: row.Shown(veil)}
		one.Text, one.Hint = bothWays(&one.Problem, one.Stream)
		items = append(items, one)
	}
	if len(rows) == q.Limit {
		next = strconv.FormatInt(rows[len(rows)-1].ID, 10)
	}
	return writeJSON(w, r, map[string]any{"items": items, "next": next})
}

// one answers GET /v1/quarantine/{id}, with the Raw itself: it may hold
// personal data, which is why this one asks for the operator role.
func (h *quarantineHandlers) one(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	missing := answer.New(404, &problem.Problem{Code: "GW-F014", Value: problem.Short(r.PathValue("id"))})
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return missing
	}
	var rows []journal.HeldRaw
	err = h.noted(r, "held raw", strconv.FormatInt(id, 10), func() error {
		rows, err = h.view.HeldRaws(r.Context(), journal.HeldQuery{IDs: []int64{id}, Limit: 1})
		if err == nil && len(rows) == 0 { // dropped, and still kept
			rows, err = h.view.HeldRaws(r.Context(), journal.HeldQuery{IDs: []int64{id}, Limit: 1, Dropped: true})
		}
		if err == nil && (len(rows) == 0 || rows[0].ID != id) {
			err = journal.ErrNotFound
		}
		return err
	})
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return missing
	case err != nil:
		return h.unread(r, "held", err)
	}
	if d := rows[0].Dropped; d != nil {
		if *d, err = h.dropped(r.Context(), &rows[0]); err != nil {
			return h.broken(r, "held", err)
		}
	}
	one := heldJSON{HeldRaw: rows[0].Shown(h.from(r)), Media: rows[0].Raw.Media, Payload: string(rows[0].Raw.Payload)}
	if one.Media == "" {
		one.Media = canonical.MediaJSON
	}
	one.Text, one.Hint = bothWays(&rows[0].Problem, rows[0].Stream)
	return writeJSON(w, r, one)
}

// target names what is looked at of the quarantine.
func target(stream string) string {
	if stream == "" {
		return "quarantine"
	}
	return stream
}

// groups answers GET /v1/quarantine/groups: what one mend would free.
func (h *quarantineHandlers) groups(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	if h.from(r) == nil {
		if err := h.looked(r, "what is held", target("")); err != nil {
			return h.refused(r, "held groups", err)
		}
	}
	groups, err := h.view.HeldGroups(r.Context())
	if err != nil {
		return h.broken(r, "held groups", err)
	}
	type groupJSON struct {
		journal.HeldGroup
		Text map[string]string `json:"text"`
		Hint map[string]string `json:"hint,omitempty"`
	}
	items := make([]groupJSON, 0, len(groups))
	for _, g := range groups {
		one := groupJSON{HeldGroup: g.Shown(h.from(r))}
		one.Text, one.Hint = bothWays(&one.Example, one.Stream)
		items = append(items, one)
	}
	return writeJSON(w, r, map[string]any{"items": items})
}

// release answers POST /v1/quarantine/replay and /drop. Which Raws must be
// named: an empty body never means all.
func (h *quarantineHandlers) release(drop bool) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		var body struct {
			Stream string  `json:"stream"`
			Code   string  `json:"code"`
			Key    string  `json:"key"`
			IDs    []int64 `json:"ids"`
			Reason string  `json:"reason"`
		}
		if f := readBody(r, &body, true); f != nil {
			return f
		}
		if h.control == nil {
			return noControl()
		}
		q := journal.HeldQuery{Stream: body.Stream, Code: body.Code, Key: body.Key, IDs: body.IDs}
		if q.Stream == "" && q.Code == "" && q.Key == "" && len(q.IDs) == 0 {
			return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "stream", Want: "stream, code, key, ids"})
		}
		w.Header().Set("Cache-Control", "no-store")
		if !drop {
			if f := checkLength(body.Reason); f != nil {
				return f
			}
			did, job, err := h.control.Replay(access.Because(r.Context(), body.Reason), q, caller(r))
			switch {
			case err != nil:
				return h.refused(r, "replay", err)
			case job != "":
				w.Header().Set("Location", jobsPath+"/"+job)
				return accepted(w, r, struct {
					journal.Replayed
					Job string `json:"job"`
				}{did, job})
			}
			return writeJSON(w, r, did)
		}
		if f := checkReason(body.Reason, time.Time{}, h.now()); f != nil {
			return f
		}
		n, err := h.control.Drop(r.Context(), q, caller(r), body.Reason)
		if err != nil {
			return h.refused(r, "drop", err)
		}
		return writeJSON(w, r, map[string]int{"dropped": n})
	}
}
