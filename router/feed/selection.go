package feed

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/journal"
)

// selection is what a reader reads: a feed, its rows that a filter lets
// through, in one history. A cursor must agree with it.
type selection struct {
	feed   canonical.Feed
	filter journal.Filter
	epoch  string
}

// start is the cursor before everything kept.
func (s selection) start(use byte) cursor {
	return cursor{use: use, epoch: hash64(s.epoch), feed: feedIndex(s.feed), filter: filterHash(s.filter)}
}

// mismatch is how a cursor does not agree with a selection.
type mismatch int

const (
	fits     mismatch = iota
	noCursor          // or one of another use
	otherFeed
	otherHistory
	otherFilter
)

// match reads a cursor's text and compares it with the selection.
func (s selection) match(text string, use byte) (cursor, mismatch) {
	want := s.start(use)
	c, err := parseCursor(text)
	switch {
	case err != nil || c.use != use:
		return c, noCursor
	case c.feed != want.feed:
		return c, otherFeed
	case c.epoch != want.epoch:
		return c, otherHistory
	case c.filter != want.filter:
		return c, otherFilter
	}
	return c, fits
}

// refuse is the answer to a cursor that does not agree with the selection;
// nil to one that does.
func (s selection) refuse(param string, c cursor, why mismatch) *answer.Problem {
	switch why {
	case fits:
		return nil
	case otherFeed:
		other := canonical.Feeds()[c.feed]
		return s.resync(http.StatusConflict, &problem.Problem{Code: "GW-F002", Value: string(other), Want: string(s.feed)})
	case otherHistory:
		return s.resync(http.StatusConflict, &problem.Problem{Code: "GW-F003"})
	case otherFilter:
		return s.resync(http.StatusConflict, &problem.Problem{Code: "GW-F004"})
	}
	return answer.New(http.StatusBadRequest, &problem.Problem{Code: "GW-F001", Field: param})
}

// rewound is the answer to a position under which there is another entry now:
// the Log was put back, and grew again.
func (s selection) rewound(at journal.Position) *answer.Problem {
	return s.resync(http.StatusConflict, &problem.Problem{Code: "GW-K014", Value: strconv.FormatUint(at.Sum(), 10)})
}

// open reads a cursor's text and checks that it is of this selection.
func (s selection) open(param, text string, use byte) (cursor, *answer.Problem) {
	c, why := s.match(text, use)
	if f := s.refuse(param, c, why); f != nil {
		return cursor{}, f
	}
	return c, nil
}

// resync is a problem that only a new snapshot mends, with its address.
func (s selection) resync(status int, p *problem.Problem) *answer.Problem {
	f := answer.New(status, p)
	f.Resync = s.snapshotURL()
	return f
}

func (s selection) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"source": s.filter.Source, "stream": s.filter.Stream,
		"kind": s.filter.Kind, "area": s.filter.Area, "agency": s.filter.Agency} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (s selection) snapshotURL() string {
	u := "/v1/feeds/" + string(s.feed) + "/snapshot"
	if q := s.query().Encode(); q != "" {
		u += "?" + q
	}
	return u
}

// filterHash names a row filter; the empty filter is 0.
func filterHash(f journal.Filter) uint64 {
	if f == (journal.Filter{}) {
		return 0
	}
	return hash64(f.Source, f.Stream, f.Area, f.Agency, f.Kind) | 1
}

func feedIndex(f canonical.Feed) byte { return byte(slices.Index(canonical.Feeds(), f)) }
