package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// streamsList answers GET /v1/streams.
func (a *API) streamsList(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	state := p.choice("state", states())
	source := p.text("source")
	if p.bad != nil {
		return p.bad
	}
	all, f := a.statuses(r)
	if f != nil {
		return f
	}
	now := a.opts.Now()
	items, counts := []statusJSON{}, map[health.State]int{}
	for _, st := range all {
		one := wire(st, now)
		counts[one.State]++
		if (state == "" || string(one.State) == state) && (source == "" || one.Source == source) {
			items = append(items, one)
		}
	}
	return writeJSON(w, r, map[string]any{"as_of": now, "states": counts, "items": items})
}

// streamOf finds the stream a path names.
func (a *API) streamOf(r *http.Request) (health.Status, *answer.Problem) {
	all, f := a.statuses(r)
	if f != nil {
		return health.Status{}, f
	}
	for _, st := range all {
		if st.Source == r.PathValue("source") && st.Stream == r.PathValue("stream") {
			return st, nil
		}
	}
	return health.Status{}, answer.New(404, &problem.Problem{Code: "GW-F013", Value: problem.Short(r.PathValue("source") + "/" + r.PathValue("stream"))})
}

// streamOne answers GET /v1/streams/{source}/{stream}.
func (a *API) streamOne(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	st, f := a.streamOf(r)
	if f != nil {
		return f
	}
	return writeJSON(w, r, wire(st, a.opts.Now()))
}

// runs answers GET /v1/streams/{source}/{stream}/runs, newest first.
func (a *API) runs(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	limit := p.number("limit", listDefault, 1, listMax)
	if p.bad != nil {
		return p.bad
	}
	st, f := a.streamOf(r)
	if f != nil {
		return f
	}
	runs, err := a.opts.Streams.Runs(r.Context(), st.Name(), limit)
	if err != nil {
		return a.broken(r, "runs", err)
	}
	if runs == nil {
		runs = []journal.Run{}
	}
	return writeJSON(w, r, map[string]any{"stream": st.Name(), "items": runs})
}

// act answers the POSTs on a stream.
func (a *API) act(what string) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		var body struct {
			Reason         string    `json:"reason"`
			Until          time.Time `json:"until"`
			AcceptRemovals bool      `json:"accept_removals"`
		}
		if f := readBody(r, &body, what == "pause"); f != nil {
			return f
		}
		if a.opts.Control == nil {
			return answer.New(501, &problem.Problem{Code: "GW-F026", Want: "Control"})
		}
		st, f := a.streamOf(r)
		if f != nil {
			return f
		}
		ctx, by := r.Context(), caller(r)
		var err error
		switch what {
		case "run", "replay":
			err = a.opts.Control.Run(ctx, st.Name(), journal.Order{AcceptRemovals: body.AcceptRemovals, Replay: what == "replay"}, by)
		case "resume":
			err = a.opts.Control.Resume(ctx, st.Name(), by)
		case "pause":
			now := a.opts.Now()
			if f := checkPause(body.Reason, body.Until, now); f != nil {
				return f
			}
			err = a.opts.Control.Pause(ctx, st.Name(), journal.Pause{By: by, Reason: body.Reason, Since: now, Until: body.Until})
		}
		if err != nil {
			return a.refused(r, what, err)
		}
		w.Header().Set("Cache-Control", "no-store")
		return writeJSON(w, r, map[string]any{"stream": st.Name(), "done": what})
	}
}

// checkPause: a stop that nobody explains and that never ends is forgotten.
func checkPause(reason string, until, now time.Time) *answer.Problem {
	switch {
	case utf8.RuneCountInString(reason) > 500:
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "reason", Value: problem.Short(reason), Want: "at most 500 characters"})
	case strings.TrimSpace(reason) == "":
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "reason", Want: "a reason"})
	case !until.IsZero() && !until.After(now):
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "until", Value: until.Format(time.RFC3339), Want: "a time to come"})
	}
	return nil
}

func caller(r *http.Request) string {
	if name := access.Caller(r.Context()).Name; name != "" {
		return name
	}
	return "local"
}

// refused turns an action's error into an answer.
func (a *API) refused(r *http.Request, what string, err error) *answer.Problem {
	if found, ok := problem.As(err); ok {
		return answer.New(http.StatusConflict, found)
	}
	if errors.Is(err, journal.ErrBusy) {
		return answer.New(http.StatusConflict, &problem.Problem{Code: "GW-F028", Err: journal.ErrBusy})
	}
	if errors.Is(err, journal.ErrNotFound) {
		return answer.New(404, &problem.Problem{Code: "GW-F013", Value: problem.Short(r.PathValue("source") + "/" + r.PathValue("stream"))})
	}
	return a.broken(r, what, err)
}

// readBody reads a small JSON body strictly; an empty one is fine unless it is needed.
func readBody(r *http.Request, into any, needed bool) *answer.Problem {
	const want = "application/json"
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return answer.New(400, &problem.Problem{Code: "GW-F025", Want: want, Err: errors.New("cut short")})
	}
	if len(b) > maxBody {
		return answer.New(http.StatusRequestEntityTooLarge, &problem.Problem{Code: "GW-F024", Want: strconv.Itoa(maxBody)})
	}
	if len(strings.TrimSpace(string(b))) == 0 && !needed {
		return nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != want {
		return answer.New(http.StatusUnsupportedMediaType, &problem.Problem{Code: "GW-F032", Want: want})
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return answer.New(400, &problem.Problem{Code: "GW-F025", Want: "JSON, see /docs", Err: errors.New(problem.Short(err.Error()))})
	}
	if dec.More() {
		return answer.New(400, &problem.Problem{Code: "GW-F025", Want: "one JSON object", Err: fmt.Errorf("more follows")})
	}
	return nil
}

// heldJSON is a held Raw with its problem told in words.
type heldJSON struct {
	journal.HeldRaw
	Text    map[string]string `json:"text"`
	Hint    map[string]string `json:"hint,omitempty"`
	Media   string            `json:"media,omitempty"`
	Payload string            `json:"payload,omitempty"`
}

func words(p *problem.Problem) (text, hint map[string]string) {
	text = map[string]string{"vi": p.Text(problem.Vietnamese), "en": p.Text(problem.English)}
	if p.Hint(problem.English) != "" {
		hint = map[string]string{"vi": p.Hint(problem.Vietnamese), "en": p.Hint(problem.English)}
	}
	return text, hint
}

// quarantine answers GET /v1/quarantine.
func (a *API) quarantine(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	q := journal.HeldQuery{Stream: p.text("stream"), Code: p.text("code"), Key: p.text("key"),
		After: int64(p.number("page", 0, 0, 1<<62)), Limit: p.number("limit", listDefault, 1, listMax)}
	if p.bad != nil {
		return p.bad
	}
	rows, err := a.opts.View.Held(r.Context(), q)
	if err != nil {
		return a.broken(r, "held", err)
	}
	items, next := make([]heldJSON, 0, len(rows)), ""
	for _, row := range rows {
		one := heldJSON{HeldRaw: row}
		one.Text, one.Hint = words(&row.Problem)
		items = append(items, one)
	}
	if len(rows) == q.Limit {
		next = strconv.FormatInt(rows[len(rows)-1].ID, 10)
	}
	return writeJSON(w, r, map[string]any{"items": items, "next": next})
}

// heldOne answers GET /v1/quarantine/{id}, with the Raw itself: it may hold
// personal data, which is why this one asks for the operator role.
func (a *API) heldOne(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	missing := answer.New(404, &problem.Problem{Code: "GW-F014", Value: problem.Short(r.PathValue("id"))})
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return missing
	}
	rows, err := a.opts.View.Held(r.Context(), journal.HeldQuery{IDs: []int64{id}, Limit: 1})
	if err != nil {
		return a.broken(r, "held", err)
	}
	if len(rows) == 0 || rows[0].ID != id {
		return missing
	}
	one := heldJSON{HeldRaw: rows[0], Media: rows[0].Raw.Media, Payload: string(rows[0].Raw.Payload)}
	if one.Media == "" {
		one.Media = canonical.MediaJSON
	}
	one.Text, one.Hint = words(&rows[0].Problem)
	return writeJSON(w, r, one)
}

// heldGroups answers GET /v1/quarantine/groups: what one mend would free.
func (a *API) heldGroups(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	groups, err := a.opts.View.HeldGroups(r.Context())
	if err != nil {
		return a.broken(r, "held groups", err)
	}
	type groupJSON struct {
		journal.HeldGroup
		Text map[string]string `json:"text"`
		Hint map[string]string `json:"hint,omitempty"`
	}
	items := make([]groupJSON, 0, len(groups))
	for _, g := range groups {
		one := groupJSON{HeldGroup: g}
		one.Text, one.Hint = words(&g.Example)
		items = append(items, one)
	}
	return writeJSON(w, r, map[string]any{"items": items})
}

// release answers POST /v1/quarantine/replay and /drop. Which Raws must be
// said: an empty body never means all.
func (a *API) release(drop bool) handler {
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
		if a.opts.Control == nil {
			return answer.New(501, &problem.Problem{Code: "GW-F026", Want: "Control"})
		}
		q := journal.HeldQuery{Stream: body.Stream, Code: body.Code, Key: body.Key, IDs: body.IDs}
		if q.Stream == "" && q.Code == "" && q.Key == "" && len(q.IDs) == 0 {
			return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "stream", Want: "stream, code, key, ids"})
		}
		w.Header().Set("Cache-Control", "no-store")
		if !drop {
			did, err := a.opts.Control.Replay(r.Context(), q, caller(r))
			if err != nil {
				return a.refused(r, "replay", err)
			}
			return writeJSON(w, r, did)
		}
		if f := checkPause(body.Reason, time.Time{}, a.opts.Now()); f != nil {
			return f
		}
		n, err := a.opts.Control.Drop(r.Context(), q, caller(r), body.Reason)
		if err != nil {
			return a.refused(r, "drop", err)
		}
		return writeJSON(w, r, map[string]int{"dropped": n})
	}
}
