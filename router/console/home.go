package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router"
)

const (
	newestPerFeed = 4
	newestShown   = 12
	groupsShown   = 5
)

// homePage is the first page.
type homePage struct {
	States   []stateCount
	Problems []streamView
	Fine     []streamView
	NoStream bool
	Broken   map[string]bool // panels that could not be read
	Feeds    []feedView
	Groups   []groupView
	MoreHeld int // groups not shown
	Held     int
	Newest   []eventView
	Assumed  []streamView
}

type stateCount struct {
	look
	Word string
	N    int
}

// streamView is a stream as the pages show it.
type streamView struct {
	router.Status
	Look    look
	Word    string
	rank    int
	Href    string
	Code    string // of the cause
	Text    string
	Besides []string // other states that hold too
	Hint    string
	Over    time.Duration // how much later than promised; 0: within
	Percent int           // of the promise used, at most 100
	Run     *runView
	Assumed bool
}

// runView is a run with its counts as a sum.
type runView struct {
	router.Run
	Parts   []part
	Off     int // what the sum lacks: always 0, or there is a defect
	Took    time.Duration
	Open    bool
	Text    string
	Problem string
	Proven  bool
}

type part struct {
	Word string
	N    int
}

type feedView struct {
	router.FeedInfo
	Name    string
	Streams int
}

type groupView struct {
	router.HeldGroup
	Text, Hint, Href string
}

type eventView struct {
	router.Entry
	Href string
}

func (c *Console) home(r *http.Request, w *words) (any, error) {
	p := &homePage{Broken: map[string]bool{}, NoStream: c.opts.Streams == nil}
	statuses := c.gatherStreams(r, w, p)
	infos, err := c.opts.View.Feeds(r.Context())
	if err != nil {
		return nil, err
	}
	for _, info := range infos {
		fv := feedView{FeedInfo: info, Name: w.Kind(string(info.Feed))}
		for _, s := range statuses {
			if s.Feed == info.Feed {
				fv.Streams++
			}
		}
		p.Held += info.Held
		p.Feeds = append(p.Feeds, fv)
	}
	groups, err := c.opts.View.HeldGroups(r.Context())
	if err != nil {
		p.Broken["held"] = true
		c.opts.Log.ErrorContext(r.Context(), "console: held groups", "err", err)
	}
	p.Groups = groupViews(groups, w)
	if n := len(p.Groups); n > groupsShown {
		p.Groups, p.MoreHeld = p.Groups[:groupsShown], n-groupsShown
	}
	p.Newest = c.newest(r, infos, p)
	return p, nil
}

// gatherStreams fills the panels about streams: one that cannot be read does
// not take the others with it.
func (c *Console) gatherStreams(r *http.Request, w *words, p *homePage) []router.Status {
	if c.opts.Streams == nil {
		return nil
	}
	statuses, err := c.opts.Streams.Statuses(r.Context())
	if err != nil {
		p.Broken["streams"] = true
		c.opts.Log.ErrorContext(r.Context(), "console: statuses", "err", err)
		return nil
	}
	views := make([]streamView, 0, len(statuses))
	counts := map[router.State]int{}
	for _, s := range statuses {
		v := viewStream(s, w)
		counts[v.Look.State]++
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b streamView) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Over, a.Over), cmp.Compare(a.Name(), b.Name()))
	})
	for _, v := range views {
		if v.Look.Bad {
			p.Problems = append(p.Problems, v)
		} else {
			p.Fine = append(p.Fine, v)
		}
		if v.Assumed {
			p.Assumed = append(p.Assumed, v)
		}
	}
	for _, state := range router.States() {
		l, _ := lookOf(state)
		p.States = append(p.States, stateCount{l, w.S(l.VI, l.EN), counts[l.State]})
	}
	return statuses
}

func viewStream(s router.Status, w *words) streamView {
	l, rank := lookOf(s.State)
	v := streamView{Status: s, Look: l, rank: rank, Word: w.S(l.VI, l.EN), Href: streamHref(s.Source, s.Stream), Assumed: s.Evidence == adapters.Assumed}
	if s.Cause != nil {
		v.Code, v.Text, v.Hint = s.Cause.Code, s.Cause.Text(w.lang), s.Cause.Hint(w.lang)
	}
	for _, badge := range s.Badges {
		if l, _ := lookOf(badge); badge != s.State {
			v.Besides = append(v.Besides, l.Shape+" "+w.S(l.VI, l.EN))
		}
	}
	if s.Promise > 0 && !s.FreshThrough.IsZero() {
		age := max(w.now.Sub(s.FreshThrough), 0)
		v.Over = max(age-s.Promise, 0)
		v.Percent = int(min(age*100/s.Promise, 100))
	}
	if s.LastRun != nil {
		rv := viewRun(*s.LastRun, w)
		v.Run = &rv
	}
	return v
}

func streamHref(source, stream string) string {
	return "/streams/" + url.PathEscape(source) + "/" + url.PathEscape(stream)
}

// viewRun tells a run's counts as a sum that must add up (invariant 8).
func viewRun(r router.Run, w *words) runView {
	v := runView{Run: r, Off: r.Counts.Unexplained(r.Proved), Open: r.Ended.IsZero()}
	if !v.Open {
		v.Took = max(r.Ended.Sub(r.Started), 0)
	}
	for _, p := range []part{{w.S("phát", "published"), r.Counts.Published}, {w.S("không đổi", "unchanged"), r.Counts.Unchanged},
		{w.S("cũ hơn", "superseded"), r.Counts.Superseded}, {w.S("cách ly", "held"), r.Counts.Held}, {w.S("loại theo quy tắc", "excluded"), r.Counts.Excluded}} {
		if p.N > 0 {
			v.Parts = append(v.Parts, p)
		}
	}
	v.Text = r.Error
	if r.Problem != nil {
		v.Problem, v.Text = r.Problem.Code, r.Problem.Text(w.lang)
	}
	return v
}

func groupViews(groups []router.HeldGroup, w *words) []groupView {
	out := make([]groupView, 0, len(groups))
	for _, g := range groups {
		q := url.Values{"stream": {g.Stream}, "code": {g.Code}}
		out = append(out, groupView{HeldGroup: g, Text: g.Example.Text(w.lang), Hint: g.Example.Hint(w.lang), Href: "/quarantine?" + q.Encode()})
	}
	slices.SortStableFunc(out, func(a, b groupView) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// newest gathers the last events of every feed, newest first.
func (c *Console) newest(r *http.Request, infos []router.FeedInfo, p *homePage) []eventView {
	var all []eventView
	for _, info := range infos {
		if info.Head == 0 {
			continue
		}
		after := max(info.Head, newestPerFeed) - newestPerFeed
		if info.Oldest > 0 {
			after = max(after, info.Oldest-1)
		}
		got, err := c.opts.View.Changes(r.Context(), info.Feed, router.Filter{}, after, newestPerFeed)
		if err != nil {
			p.Broken["newest"] = true
			c.opts.Log.ErrorContext(r.Context(), "console: newest", "feed", info.Feed, "err", err)
			continue
		}
		for _, e := range got.Entries {
			all = append(all, eventView{e, "/records/" + url.PathEscape(e.ID)})
		}
	}
	slices.SortStableFunc(all, func(a, b eventView) int { return b.RecordedAt.Compare(a.RecordedAt) })
	return all[:min(len(all), newestShown)]
}

// Masked shows a record's key without the personal data a key may be.
func (e eventView) Masked() string { return canonical.Scrub(strings.ToValidUTF8(e.Key, "?")) }
