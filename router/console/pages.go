package console

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

const (
	runsShown   = 48
	heldShown   = 100
	fieldsShown = 400
)

type streamPage struct {
	S       streamView
	Runs    []runView
	Held    []groupView
	Unknown int // coded values no list knows, over the runs shown and what was delivered
	Replay  string
}

// stream is the page of one stream.
func (c *Console) stream(r *http.Request, w *voice) (any, error) {
	if c.opts.Streams == nil {
		return nil, unknownStream(r, nil)
	}
	statuses, err := c.opts.Streams.Statuses(r.Context())
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		if s.Source != r.PathValue("source") || s.Stream != r.PathValue("stream") {
			continue
		}
		p := &streamPage{S: viewStream(s.Shown(c.veil(r)), w)}
		runs, err := c.opts.Streams.Runs(r.Context(), p.S.Name(), runsShown)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			p.Runs = append(p.Runs, viewRun(run.Shown(c.veil(r)), w))
			p.Unknown += run.Counts.Unknown
		}
		if s.Delivered != nil {
			p.Unknown += s.Delivered.Unknown
		}
		p.Replay = "gateway source replay " + p.S.Name()
		groups, err := c.opts.View.HeldGroups(r.Context())
		if err != nil {
			return nil, err
		}
		for _, g := range groupViews(groups, titles(statuses), w, c.veil(r)) {
			if g.Stream == p.S.Name() {
				p.Held = append(p.Held, g)
			}
		}
		return p, nil
	}
	return nil, unknownStream(r, statuses)
}

type quarantinePage struct {
	Groups       []groupView
	Total        int
	Stream, Code string
	Title        string
	Nothing      *problemPage // what was asked for has nothing held: what it is
	Rows         []heldView
	More         bool
}

type heldView struct {
	journal.HeldRaw
	Text, Key string
	Hint      template.HTML
}

// quarantine is the page of what is held: groups that one mend would free,
// and the Raws of one of them.
func (c *Console) quarantine(r *http.Request, w *voice) (any, error) {
	groups, err := c.opts.View.HeldGroups(r.Context())
	if err != nil {
		return nil, err
	}
	names := c.names(r)
	p := &quarantinePage{Groups: groupViews(groups, names, w, c.veil(r)), Stream: r.URL.Query().Get("stream"), Code: r.URL.Query().Get("code")}
	for _, g := range p.Groups {
		p.Total += g.Count
	}
	p.Title = names[p.Stream]
	if p.Stream == "" && p.Code == "" {
		return p, nil
	}
	if c.veil(r) == nil && c.opts.Look != nil {
		target := p.Stream
		if target == "" {
			target = "quarantine"
		}
		if err := c.opts.Look(r.Context(), "what is held", target); err != nil {
			return nil, err
		}
	}
	rows, err := c.opts.View.Held(r.Context(), journal.HeldQuery{Stream: p.Stream, Code: p.Code, Limit: heldShown})
	if err != nil {
		return nil, err
	}
	for _, h := range rows {
		h = h.Shown(c.veil(r))
		p.Rows = append(p.Rows, heldView{h, h.Problem.Text(w.lang), privacy.Scrub(strings.ToValidUTF8(h.Key, "?")),
			w.Hint(h.Problem.HintFor(h.Stream, w.lang))})
	}
	p.More = len(rows) == heldShown
	if len(rows) == 0 {
		p.Nothing = c.nothingHeld(r, w, p)
	}
	return p, nil
}

// nothingHeld says of what nothing is held: of a stream that is there it is
// good to know, and one that is not is named.
func (c *Console) nothingHeld(r *http.Request, w *voice, p *quarantinePage) *problemPage {
	statuses := c.statuses(r)
	there := p.Stream == "" || len(statuses) == 0
	names := make([]string, 0, len(statuses))
	for i := range statuses {
		names = append(names, statuses[i].Name())
		there = there || statuses[i].Name() == p.Stream
	}
	if there {
		asked := problem.Short(strings.TrimSpace(p.Stream + " " + p.Code))
		return &problemPage{Text: w.S("Không có bản ghi nào bị cách ly ở ", "Nothing is held of ") + asked}
	}
	lost := problem.Problem{Code: "GW-F013", Value: problem.Short(p.Stream), Near: problem.Near(p.Stream, names)}
	return &problemPage{Code: lost.Code, Text: lost.Text(w.lang), Hint: w.Hint(lost.Hint(w.lang))}
}

type recordPage struct {
	Last    journal.Entry
	Title   string
	Key     string
	Fields  []field
	Cut     bool
	Own     bool // the gateway says it of itself: there is no Raw of a source's behind it
	Why     []whyView
	WhyLost string // the explanation could not be had: why not
	Asked   bool   // there is somebody to ask for an explanation, for who may ask
	Raw     bool   // who reads the page may see Raws: its digest is one, to who tries all
	History []journal.Entry
}

// record is the page of one record: its fields, personal data masked, where
// each value came from, and every version.
func (c *Console) record(r *http.Request, w *voice) (any, error) {
	all, err := c.opts.View.History(r.Context(), r.PathValue("id"))
	if errors.Is(err, journal.ErrNotFound) || err == nil && len(all) == 0 {
		return nil, c.unknownRecord(r)
	}
	if err != nil {
		return nil, err
	}
	p := &recordPage{Last: all[0], History: all[:min(len(all), 100)],
		Raw: c.veil(r) == nil}
	for _, e := range all {
		if !e.Superseded {
			p.Last = e // newest first: the first that is not superseded is current
			break
		}
	}
	names := c.names(r)
	p.Title, p.Key = names[p.Last.Source+"/"+p.Last.Stream], w.heading(&p.Last, names)
	p.Own = p.Last.Kind == canonical.KindOps
	f, err := w.fieldsOf(p.Last.Kind, p.Last.Body)
	if err != nil {
		return nil, fmt.Errorf("console: body of a record: %w", err)
	}
	p.Fields, p.Cut = f.out, f.cut
	if p.Asked = p.Raw && c.opts.Explain != nil && !p.Own; !p.Asked {
		return p, nil // where values came from is read of the Raw
	}
	rows, err := c.opts.Explain(r.Context(), p.Last)
	if found, known := problem.As(err); known {
		p.WhyLost = found.Text(w.lang)
	} else if err != nil {
		p.WhyLost = w.S("dữ liệu gốc không còn hoặc ánh xạ đã khác", "the Raw is no longer kept, or the mapping is another")
	}
	p.Why = f.whys(rows)
	return p, nil
}

// names gives the streams' titles where they can be had; a page lives
// without them.
func (c *Console) names(r *http.Request) map[string]string { return titles(c.statuses(r)) }

// statuses are the streams where they can be had.
func (c *Console) statuses(r *http.Request) []health.Status {
	if c.opts.Streams == nil {
		return nil
	}
	statuses, err := c.opts.Streams.Statuses(r.Context())
	if err != nil {
		c.opts.Log.ErrorContext(r.Context(), "console: titles", "err", err)
		return nil
	}
	return statuses
}
