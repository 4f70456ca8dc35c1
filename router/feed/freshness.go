package feed

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// For how long what a page shows of freshness and held Raws may be re-used: a
// reader paging through a million events must not ask for it each time.
const freshnessAge = 500 * time.Millisecond

// freshness is what a page of a feed shows of what is missing.
type freshness struct {
	held    int
	through time.Time // the oldest freshness of its streams; zero when one never ran
	json    []byte    // `"fresh":[…],"held":n`
}

// streamFreshness is what a page shows of a stream behind it: absolute times
// only, so that the same page stays the same bytes while nothing changed.
type streamFreshness struct {
	Source       string       `json:"source"`
	Stream       string       `json:"stream"`
	State        health.State `json:"state"`
	Cause        string       `json:"cause,omitempty"`
	FreshThrough time.Time    `json:"fresh_through,omitzero"`
	Promise      float64      `json:"promise_seconds,omitempty"`
	Held         int          `json:"held"`
}

type freshnessKey struct {
	feed           canonical.Feed
	source, stream string
}

// freshnessCache keeps the whole picture for half a second.
type freshnessCache struct {
	view    View
	streams Streams
	now     func() time.Time

	mu       sync.Mutex
	at       time.Time
	feeds    []journal.FeedInfo
	statuses []health.Status
	made     map[freshnessKey]freshness
}

// of is how fresh a selection is and what is held of it (invariant 10).
func (c *freshnessCache) of(ctx context.Context, s selection) (freshness, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if age := now.Sub(c.at); c.made == nil || age < 0 || age > freshnessAge {
		if err := c.refresh(ctx, now); err != nil {
			return freshness{}, err
		}
	}
	key := freshnessKey{s.feed, s.filter.Source, s.filter.Stream}
	if made, ok := c.made[key]; ok {
		return made, nil
	}
	made := c.make(key)
	if len(c.made) < 1024 { // filters are the reader's: bounded whatever comes
		c.made[key] = made
	}
	return made, nil
}

// refresh runs under the cache's lock.
func (c *freshnessCache) refresh(ctx context.Context, now time.Time) error {
	feeds, err := c.view.Feeds(ctx)
	if err != nil {
		return err
	}
	statuses, err := c.streams.Statuses(ctx)
	if err != nil {
		return err
	}
	c.at, c.feeds, c.statuses, c.made = now, feeds, statuses, map[freshnessKey]freshness{}
	return nil
}

func (c *freshnessCache) make(key freshnessKey) freshness {
	shown := struct {
		Fresh []streamFreshness `json:"fresh"`
		Held  int               `json:"held"`
	}{Fresh: []streamFreshness{}}
	for _, st := range c.statuses {
		if !key.covers(st) {
			continue
		}
		shown.Fresh = append(shown.Fresh, freshnessOf(st))
		if key.source != "" || key.stream != "" {
			shown.Held += st.Held // of the streams asked for
		}
	}
	for _, info := range c.feeds {
		if info.Feed == key.feed && key.source == "" && key.stream == "" {
			shown.Held = info.Held
		}
	}
	b, err := json.Marshal(shown)
	if err != nil {
		b = []byte(`{"fresh":[],"held":0}`) // unreachable: strings, numbers and times of this era
	}
	return freshness{held: shown.Held, through: oldestFresh(shown.Fresh), json: b[1 : len(b)-1]}
}

func freshnessOf(st health.Status) streamFreshness {
	s := statusOf(st, st.FreshThrough, nil)
	one := streamFreshness{Source: s.Source, Stream: s.Stream, State: s.State,
		FreshThrough: st.FreshThrough, Promise: s.Promise, Held: st.Held}
	if st.Cause != nil {
		one.Cause = st.Cause.Code
	}
	return one
}

func (k freshnessKey) covers(st health.Status) bool {
	return st.Feed == k.feed && (k.source == "" || st.Source == k.source) && (k.stream == "" || st.Stream == k.stream)
}

// oldestFresh is up to when all of the streams are complete; zero when one
// of them never was.
func oldestFresh(all []streamFreshness) time.Time {
	var oldest time.Time
	for i, f := range all {
		if f.FreshThrough.IsZero() {
			return time.Time{}
		}
		if i == 0 || f.FreshThrough.Before(oldest) {
			oldest = f.FreshThrough
		}
	}
	return oldest
}
