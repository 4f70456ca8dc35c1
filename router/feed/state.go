package feed

import (
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// How long what a page says of freshness and held Raws may be re-used: a
// reader paging through a million events must not ask for it each time.
const stateAge = 500 * time.Millisecond

// feedState is what a page of a feed says about what is missing.
type feedState struct {
	held  int
	fresh time.Time // the oldest freshness of its streams; zero when one never ran
	json  []byte    // `"fresh":[…],"held":n`
}

type stateKey struct {
	feed           canonical.Feed
	source, stream string
}

// stateCache keeps the whole picture for half a second.
type stateCache struct {
	mu       sync.Mutex
	at       time.Time
	feeds    []journal.FeedInfo
	statuses []health.Status
	made     map[stateKey]feedState
}

// stateOf says how fresh a view is and what is held of it (invariant 10).
func (a *API) stateOf(r *http.Request, v view) (feedState, *answer.Problem) {
	c := &a.states
	c.mu.Lock()
	defer c.mu.Unlock()
	now := a.opts.Now()
	if age := now.Sub(c.at); c.made == nil || age < 0 || age > stateAge {
		if err := a.refresh(r, now); err != nil {
			return feedState{}, a.broken(r, "feed state", err)
		}
	}
	key := stateKey{v.feed, v.filter.Source, v.filter.Stream}
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
func (a *API) refresh(r *http.Request, now time.Time) error {
	c := &a.states
	feeds, err := a.opts.View.Feeds(r.Context())
	if err != nil {
		return err
	}
	var statuses []health.Status
	if a.opts.Streams != nil {
		if statuses, err = a.opts.Streams.Statuses(r.Context()); err != nil {
			return err
		}
	}
	c.at, c.feeds, c.statuses, c.made = now, feeds, statuses, map[stateKey]feedState{}
	return nil
}

func (c *stateCache) make(key stateKey) feedState {
	told := struct {
		Fresh []freshness `json:"fresh"`
		Held  int         `json:"held"`
	}{Fresh: []freshness{}}
	for _, st := range c.statuses {
		if !key.covers(st) {
			continue
		}
		w := wire(st, st.FreshThrough)
		one := freshness{Source: w.Source, Stream: w.Stream, State: w.State,
			FreshThrough: st.FreshThrough, Promise: w.Promise, Held: st.Held}
		if st.Cause != nil {
			one.Cause = st.Cause.Code
		}
		told.Fresh = append(told.Fresh, one)
		if key.source != "" || key.stream != "" {
			told.Held += st.Held // of the streams asked for
		}
	}
	for _, info := range c.feeds {
		if info.Feed == key.feed && key.source == "" && key.stream == "" {
			told.Held = info.Held
		}
	}
	b, err := json.Marshal(told)
	if err != nil {
		b = []byte(`{"fresh":[],"held":0}`) // unreachable: strings, numbers and times of this era
	}
	return feedState{held: told.Held, fresh: oldestFresh(told.Fresh), json: b[1 : len(b)-1]}
}

func (k stateKey) covers(st health.Status) bool {
	return st.Feed == k.feed && (k.source == "" || st.Source == k.source) && (k.stream == "" || st.Stream == k.stream)
}

// oldestFresh is up to when all of the streams are complete; zero when one
// of them never was.
func oldestFresh(all []freshness) time.Time {
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

// gauge counts what is open, up to a limit.
type gauge struct {
	n     atomic.Int64
	limit int64
}

func (g *gauge) enter() bool {
	if g.n.Add(1) > g.limit {
		g.n.Add(-1)
		return false
	}
	return true
}

func (g *gauge) leave() { g.n.Add(-1) }
