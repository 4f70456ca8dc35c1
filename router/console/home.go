package console

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/words"
	"iocgateway/router/access"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

const (
	newestPerFeed = 4
	newestShown   = 12
	groupsShown   = 5
)

// homePage is the first page.
type homePage struct {
	Ours     []nodeProblem // of the gateway itself: above all sources
	States   []stateCount
	Streams  int  // there are
	Twice    bool // some stand under two states
	Problems []trouble
	Fine     []streamView
	NoStream bool
	Broken   map[string]bool // panels that could not be read
	Feeds    []feedView
	Groups   []groupView
	MoreHeld int // groups not shown
	Held     int
	Newest   []eventView
	Assumed  []streamView
	Sinks    []sinkView
	Nodes    *nodesView // nil on one machine
}

type stateCount struct {
	look
	Word string
	N    int
}

type feedView struct {
	journal.FeedInfo
	Name    string
	Streams int
}

type groupView struct {
	journal.HeldGroup
	W                       *voice
	Title, Text, Href, Verb string
	Hint                    template.HTML
}

type eventView struct {
	journal.Entry
	Href, Title, What string
}

func (c *Console) home(r *http.Request, w *voice) (any, error) {
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
	p.Groups = groupViews(groups, titles(statuses), w, c.veil(r))
	if n := len(p.Groups); n > groupsShown {
		p.Groups, p.MoreHeld = p.Groups[:groupsShown], n-groupsShown
	}
	p.Newest = c.newest(r, w, infos, titles(statuses), p)
	p.Sinks = c.sinks(r, w)
	p.Nodes = c.nodes(r, w, p)
	return p, nil
}

// gatherStreams fills the panels about streams: one that cannot be read does
// not take the others with it.
func (c *Console) gatherStreams(r *http.Request, w *voice, p *homePage) []health.Status {
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
	counts := map[health.State]int{}
	for _, s := range statuses {
		v := viewStream(s.Shown(c.veil(r)), w)
		for _, state := range v.Marks { // a tile counts what the cards below it show
			counts[state]++
		}
		p.Twice = p.Twice || len(v.Marks) > 1
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b streamView) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Over, a.Over), cmp.Compare(a.Name(), b.Name()))
	})
	p.Streams = len(views)
	var bad []streamView
	for _, v := range views {
		if v.Look.Bad {
			bad = append(bad, v)
		} else {
			p.Fine = append(p.Fine, v)
		}
		if v.Assumed {
			p.Assumed = append(p.Assumed, v)
		}
	}
	p.Problems = sharedCauses(bad, health.SharedCauses(statuses), w)
	for _, state := range health.States() {
		l, _ := lookOf(state)
		p.States = append(p.States, stateCount{l, w.Say("state", string(l.State)), counts[l.State]})
	}
	return statuses
}

func streamHref(source, stream string) string {
	return "/streams/" + url.PathEscape(source) + "/" + url.PathEscape(stream)
}

func groupViews(groups []journal.HeldGroup, names map[string]string, w *voice, veil *privacy.Veil) []groupView {
	out := make([]groupView, 0, len(groups))
	for _, g := range groups {
		g = g.Shown(veil)
		q := url.Values{"stream": {g.Stream}, "code": {g.Code}}
		v := groupView{HeldGroup: g, W: w, Title: names[g.Stream], Text: g.Example.Text(w.lang),
			Hint: w.Hint(g.Example.HintFor(g.Stream, w.lang)), Href: "/quarantine?" + q.Encode(),
			Verb: "gateway quarantine replay --stream " + g.Stream + " --code " + g.Code}
		v.Values = make([]journal.ValueCount, 0, len(g.Values))
		for _, value := range g.Values {
			if value.Value == "" && g.Field == "" {
				continue // the code is about no value
			}
			v.Values = append(v.Values, journal.ValueCount{Value: heldValue(g.Field, value.Value), Count: value.Count})
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b groupView) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// veil is that through which a request sees what sources gave.
func (c *Console) veil(r *http.Request) *privacy.Veil {
	if access.SeesRaws(r.Context()) {
		return nil
	}
	return c.opts.Veil
}

// heldValue masks a value by its field's class in whichever kind has one: a
// group does not name its kind, and a value too many masked harms nobody.
func heldValue(field, value string) string {
	value = strings.ToValidUTF8(value, "?")
	for _, kind := range canonical.Kinds() {
		if class, personal := canonical.PersonalFields(kind)[words.Placeless(field)]; personal {
			return privacy.Mask(class, value)
		}
	}
	if shown := privacy.Scrub(value); shown != strings.TrimSpace(value) {
		return shown
	}
	return value // with its blanks: they are often what is wrong
}

// newest gathers the last events of every feed, newest first.
func (c *Console) newest(r *http.Request, w *voice, infos []journal.FeedInfo, names map[string]string, p *homePage) []eventView {
	var all []eventView
	for _, info := range infos {
		entries, err := c.opts.View.Newest(r.Context(), info.Feed, newestPerFeed)
		if err != nil {
			p.Broken["newest"] = true
			c.opts.Log.ErrorContext(r.Context(), "console: newest", "feed", info.Feed, "err", err)
			continue
		}
		for _, e := range entries {
			all = append(all, eventView{e, "/records/" + url.PathEscape(e.ID), names[e.Source+"/"+e.Stream], w.heading(&e, names)})
		}
	}
	slices.SortStableFunc(all, func(a, b eventView) int { return b.RecordedAt.Compare(a.RecordedAt) })
	return all[:min(len(all), newestShown)]
}

// heading is what a record is called: its key without the personal data a key
// may be; of what the gateway says of itself, what it is about.
func (w *voice) heading(e *journal.Entry, names map[string]string) string {
	key := privacy.Scrub(strings.ToValidUTF8(e.Key, "?"))
	if e.Kind != canonical.KindOps {
		return key
	}
	what, about, _ := strings.Cut(key, "/")
	if parts := strings.SplitN(about, "/", 3); len(parts) >= 2 {
		stream := parts[0] + "/" + parts[1]
		about = cmp.Or(names[stream], stream) + strings.TrimPrefix(about, stream)
	}
	return canonical.CodeTitle("ops_what", what, w.lang) + ": " + about
}
