package feed

import (
	"context"
	"slices"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

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

// statusJSON is a stream's status as the API tells it.
type statusJSON struct {
	health.Status
	Cause   *causeJSON `json:"cause,omitempty"`
	Promise float64    `json:"promise_seconds,omitempty"`
	Age     *float64   `json:"age_seconds,omitempty"`
}

// wire is the status as JSON tells it, with its age at the given instant.
func wire(s health.Status, now time.Time) statusJSON {
	out := statusJSON{Status: s, Promise: s.Promise.Seconds()}
	if p := s.Cause; p != nil {
		out.Cause = &causeJSON{Code: p.Code, VI: p.Text(problem.Vietnamese), EN: p.Text(problem.English),
			HintVI: p.Hint(problem.Vietnamese), HintEN: p.Hint(problem.English)}
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

// freshness is what a feed page says of a stream behind it: absolute times
// only, so that the same page stays the same bytes while nothing changed.
type freshness struct {
	Source       string       `json:"source"`
	Stream       string       `json:"stream"`
	State        health.State `json:"state"`
	Cause        string       `json:"cause,omitempty"`
	FreshThrough time.Time    `json:"fresh_through,omitzero"`
	Promise      float64      `json:"promise_seconds,omitempty"`
	Held         int          `json:"held"`
}

// Streams tells what the streams are like.
type Streams interface {
	Statuses(ctx context.Context) ([]health.Status, error)
	// Runs gives the newest runs of source/stream, newest first.
	Runs(ctx context.Context, stream string, limit int) ([]journal.Run, error)
}

// Control acts on streams and on held Raws. by is the name of the token that
// asked. router.ErrNotFound says that there is no such stream or Raw.
type Control interface {
	Run(ctx context.Context, stream string, order journal.Order, by string) error
	Pause(ctx context.Context, stream string, p journal.Pause) error
	Resume(ctx context.Context, stream, by string) error
	Replay(ctx context.Context, q journal.HeldQuery, by string) (journal.Replayed, error)
	Drop(ctx context.Context, q journal.HeldQuery, by, reason string) (int, error)
}
