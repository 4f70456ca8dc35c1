package feed

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// Streams are the streams of sources, as they are now.
type Streams interface {
	Statuses(ctx context.Context) ([]health.Status, error)
	// Runs gives the newest runs of source/stream, newest first.
	Runs(ctx context.Context, stream string, limit int) ([]journal.Run, error)
}

// Control acts on streams and on held Raws. by is the name of the token that
// asked. journal.ErrNotFound is the error where there is no such stream or Raw.
type Control interface {
	Run(ctx context.Context, stream string, order journal.Order, by string) error
	Pause(ctx context.Context, stream string, p journal.Pause) error
	Resume(ctx context.Context, stream, by string) error
	// Replay maps held Raws again. A replay that takes longer than a caller waits
	// goes on as the job it names, with what it came to so far.
	Replay(ctx context.Context, q journal.HeldQuery, by string) (did journal.Replayed, job string, err error)
	// ReplayStream maps all that a stream received again, as a job; it has no
	// name where there are none.
	ReplayStream(ctx context.Context, stream, by string) (job string, err error)
	Drop(ctx context.Context, q journal.HeldQuery, by, reason string) (int, error)
	// AcceptDrift ends what changed in a stream: in all fields, or in those that are named.
	AcceptDrift(ctx context.Context, stream string, fields []string, by string) (int, error)
}

// noStreams is where there are none.
type noStreams struct{}

func (noStreams) Statuses(context.Context) ([]health.Status, error) { return nil, nil }

func (noStreams) Runs(context.Context, string, int) ([]journal.Run, error) { return nil, nil }

// streamHandlers answer what streams are like, and act on them.
type streamHandlers struct {
	failures
	veiled
	streams Streams
	control Control // nil: 501
	now     func() time.Time
	own     func() *problem.Problem // what keeps this node from writing
}

// states lists the names of the states a stream can be in, worst first.
func states() []string {
	all := health.States()
	out := make([]string, 0, len(all))
	for _, s := range all {
		out = append(out, string(s))
	}
	return out
}

type causeJSON struct {
	Code   string `json:"code,omitempty"`
	VI     string `json:"vi,omitempty"`
	EN     string `json:"en,omitempty"`
	HintVI string `json:"hint_vi,omitempty"`
	HintEN string `json:"hint_en,omitempty"`
}

// statusJSON is a stream's status as the API shows it.
type statusJSON struct {
	health.Status
	Cause   *causeJSON  `json:"cause,omitempty"`
	Warns   []causeJSON `json:"warnings,omitempty"`
	Promise float64     `json:"promise_seconds,omitempty"`
	Age     *float64    `json:"age_seconds,omitempty"`
	Over    float64     `json:"over_seconds,omitempty"`
}

// statusOf is the status as JSON shows it, with its age at the given instant.
func statusOf(s health.Status, now time.Time, veil *privacy.Veil) statusJSON {
	s = s.Shown(veil)
	out := statusJSON{Status: s, Promise: s.Promise.Seconds(), Over: s.Over.Round(time.Second).Seconds()}
	out.Cause = causeOf(s.Cause, s.Name())
	for i := range s.Warnings {
		out.Warns = append(out.Warns, *causeOf(&s.Warnings[i], s.Name()))
	}
	if !slices.Contains(health.States(), out.State) {
		out.State = health.StateUnknown // Invariant 9
	}
	if !s.FreshThrough.IsZero() {
		age := max(now.Sub(s.FreshThrough), 0).Round(time.Second).Seconds()
		out.Age = &age
	}
	return out
}

// causeOf is a Problem of a stream in words; nil of none.
func causeOf(p *problem.Problem, stream string) *causeJSON {
	if p == nil {
		return nil
	}
	return &causeJSON{Code: p.Code, VI: p.Placed(problem.Vietnamese), EN: p.Placed(problem.English),
		HintVI: p.HintFor(stream, problem.Vietnamese), HintEN: p.HintFor(stream, problem.English)}
}

// list answers GET /v1/streams: what is the gateway's own matter and what
// streams have in common stands above them.
func (h *streamHandlers) list(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	state := p.choice("state", states())
	source := p.text("source")
	if p.bad != nil {
		return p.bad
	}
	all, err := h.streams.Statuses(r.Context())
	if err != nil {
		return h.broken(r, "statuses", err)
	}
	now := h.now()
	items, counts := []statusJSON{}, map[health.State]int{}
	for _, st := range all {
		one := statusOf(st, now, h.from(r))
		counts[one.State]++
		if (state == "" || string(one.State) == state) && (source == "" || one.Source == source) {
			items = append(items, one)
		}
	}
	body := map[string]any{"as_of": now, "states": counts, "items": items}
	if own := h.own(); own != nil {
		body["own"] = causeOf(own, "")
	}
	if shared := health.SharedCauses(all); len(shared) > 0 {
		body["shared"] = shared
	}
	return writeJSON(w, r, body)
}

// find finds the stream a path names.
func (h *streamHandlers) find(r *http.Request) (health.Status, *answer.Problem) {
	all, err := h.streams.Statuses(r.Context())
	if err != nil {
		return health.Status{}, h.broken(r, "statuses", err)
	}
	names := make([]string, 0, len(all))
	for _, st := range all {
		if st.Source == r.PathValue("source") && st.Stream == r.PathValue("stream") {
			return st, nil
		}
		names = append(names, st.Name())
	}
	return health.Status{}, noStream(r, names...)
}

// one answers GET /v1/streams/{source}/{stream}.
func (h *streamHandlers) one(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	st, f := h.find(r)
	if f != nil {
		return f
	}
	return writeJSON(w, r, statusOf(st, h.now(), h.from(r)))
}

// runs answers GET /v1/streams/{source}/{stream}/runs, newest first.
func (h *streamHandlers) runs(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	limit := p.number("limit", listDefault, 1, listMax)
	if p.bad != nil {
		return p.bad
	}
	st, f := h.find(r)
	if f != nil {
		return f
	}
	runs, err := h.streams.Runs(r.Context(), st.Name(), limit)
	if err != nil {
		return h.broken(r, "runs", err)
	}
	veil, shown := h.from(r), make([]journal.Run, 0, len(runs))
	for _, run := range runs {
		shown = append(shown, run.Shown(veil))
	}
	return writeJSON(w, r, map[string]any{"stream": st.Name(), "items": shown})
}

// noStream is the answer where a path names none of the streams there are.
func noStream(r *http.Request, names ...string) *answer.Problem {
	name := r.PathValue("source") + "/" + r.PathValue("stream")
	return answer.New(http.StatusNotFound, &problem.Problem{Code: "GW-F013", Value: problem.Short(name), Near: problem.Near(name, names)})
}

// actBody is the body of a POST on a stream.
type actBody struct {
	Reason         string    `json:"reason"`
	Until          time.Time `json:"until"`
	AcceptRemovals bool      `json:"accept_removals"`
	Fields         []string  `json:"fields"`
}

// act answers the POSTs on a stream.
func (h *streamHandlers) act(what string) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
		var body actBody
		if f := readBody(r, &body, needsReason(what)); f != nil {
			return f
		}
		if h.control == nil {
			return noControl()
		}
		st, f := h.find(r)
		if f != nil {
			return f
		}
		if needsReason(what) || body.Reason != "" {
			if f := checkReason(body.Reason, body.Until, h.now()); f != nil {
				return f
			}
		}
		done, err := h.do(access.Because(r.Context(), body.Reason), what, st.Name(), body, caller(r))
		if err != nil {
			return h.refused(r, what, err)
		}
		w.Header().Set("Cache-Control", "no-store")
		done["stream"], done["done"] = st.Name(), what
		return writeJSON(w, r, done)
	}
}

// needsReason reports the acts that need a reason.
func needsReason(what string) bool { return what == "pause" || what == "accept" }

// do acts on a stream, and gives what is answered besides.
func (h *streamHandlers) do(ctx context.Context, what, stream string, body actBody, by string) (map[string]any, error) {
	done := map[string]any{}
	switch what {
	case "pause":
		return done, h.control.Pause(ctx, stream, journal.Pause{By: by, Reason: body.Reason, Since: h.now(), Until: body.Until})
	case "resume":
		return done, h.control.Resume(ctx, stream, by)
	case "accept":
		n, err := h.control.AcceptDrift(ctx, stream, body.Fields, by)
		done["accepted"] = n
		return done, err
	case "replay":
		job, err := h.control.ReplayStream(ctx, stream, by)
		if job != "" {
			done["job"] = job
		}
		return done, err
	default: // run
		return done, h.control.Run(ctx, stream, journal.Order{AcceptRemovals: body.AcceptRemovals}, by)
	}
}

// noControl is the answer where this node acts on nothing.
func noControl() *answer.Problem {
	return answer.New(http.StatusNotImplemented, &problem.Problem{Code: "GW-F026", Want: "acts on streams"})
}

func checkLength(reason string) *answer.Problem {
	if utf8.RuneCountInString(reason) <= 500 {
		return nil
	}
	long := &problem.Problem{Code: "GW-F019", Field: "reason", Value: problem.Short(reason), Want: "at most 500 characters"}
	return answer.New(http.StatusBadRequest, long)
}

// checkReason: a stop that nobody explains and that never ends is forgotten.
func checkReason(reason string, until, now time.Time) *answer.Problem {
	if f := checkLength(reason); f != nil {
		return f
	}
	switch {
	case strings.TrimSpace(reason) == "":
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "reason", Want: "a reason"})
	case !until.IsZero() && !until.After(now):
		return answer.New(400, &problem.Problem{Code: "GW-F019", Field: "until", Value: until.Format(time.RFC3339), Want: "a time to come"})
	}
	return nil
}
