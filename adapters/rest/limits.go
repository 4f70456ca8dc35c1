package rest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// limited gives what a stream cannot show as it is set up, and what of its setting
// up is likely not meant; each where it can be changed: in the profile, or in
// the settings where the profile comes along.
func (pl *plan) limited(node *strict.Node, cfg Settings, own *strict.Node) (limits, advice []problem.Problem) {
	at := func(code, path, value string) problem.Problem {
		place := own
		if cfg.Wire.node != nil || cfg.ProfileFile != "" {
			full := strings.TrimPrefix(node.Path+"."+path, ".")
			place = node.At(full)
		}
		p := problem.Problem{Code: code, Value: value}
		if place != nil {
			p.File, p.Line, p.Col, p.Field = place.File, place.Line, place.Col, path
		}
		return p
	}
	if !pl.Sweep.Complete || pl.every == 0 && pl.Watermark.Kind != "none" {
		limits = append(limits, at("GW-R022", "sweep", ""))
	}
	if !pl.provable() {
		limits = append(limits, at("GW-S040", "paging", pl.Paging.Kind))
	}
	if pl.Sweep.Complete && pl.guessed(cfg) {
		advice = append(advice, at("GW-A012", "paging.size", pl.Paging.Kind))
	}
	if kind := pl.Watermark.Kind; (kind == "since" || kind == "window") && !pl.asksTimes() {
		advice = append(advice, at("GW-A017", "watermark.kind", kind))
	}
	advice = append(advice, pl.sentBlank(at)...)
	for _, name := range authConfig(pl.Auth, cfg.Auth, nil).Idle() {
		place := own.Get("auth").Get(name)
		if place == nil {
			continue // of the source's, laid under this stream's
		}
		p := place.Problem("GW-A013")
		p.Field, p.Value = "auth."+name, cmp.Or(pl.Auth.Kind, "none")
		advice = append(advice, *p)
	}
	return limits, advice
}

// Limits is adapters.Limited's: without a whole walk that proves what it lists,
// what is removed at the source is never noticed, and where rows slid between
// two pages nothing shows it.
func (s *Source) Limits() []problem.Problem { return s.limits }

// Advice is adapters.Advised's.
func (s *Source) Advice() []problem.Problem { return s.advice }

// provable reports whether a list can show that it was read whole: by its own
// total, or as a single answer.
func (pl *plan) provable() bool {
	p := pl.Paging
	return p.Kind == "none" || p.Total != "" || pl.count != nil || p.Short || p.Last.Path != "" || pl.Watermark.Kind == "queue"
}

// guessed reports whether a short page is what ends the list, and nobody said
// how long a full one is: a source that gives fewer rows a page than we take
// for a full one seems to end with its first.
func (pl *plan) guessed(cfg Settings) bool {
	p := pl.Paging
	if p.Kind == "none" || !p.Short || p.Total != "" || pl.count != nil || p.Last.Path != "" {
		return false
	}
	return cfg.PageSize == 0 && p.Size == 0
}

// futureLeast is from how many rows on it means something that most of them bear
// a time that has not come.
const futureLeast = 10

// asksTimes reports whether a request names the times that it asks for.
func (pl *plan) asksTimes() bool {
	times := []string{"{since", "{?since", "{from", "{to", "{year"}
	texts := []string{pl.Request.Path}
	for _, pairs := range []map[string]string{pl.Request.Query, pl.Request.Form, pl.Request.Headers} {
		texts = slices.AppendSeq(texts, maps.Values(pairs))
	}
	if pl.list.json != nil {
		texts = append(texts, fmt.Sprint(pl.list.json.Plain()))
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		return slices.ContainsFunc(times, func(name string) bool { return strings.Contains(text, name) })
	})
}

// blanks are the variables of a text that have no value in a first walk, or on a
// walk's first page.
func (pl *plan) blanks(t template) (names []string) {
	for _, name := range t.bare() {
		there := name == "since" && pl.Watermark.Kind == "since" && pl.said.history ||
			name != "since" && name != "cursor" && pl.Watermark.Kind == "window"
		if idle(name) && !there {
			names = append(names, name)
		}
	}
	return names
}

// filled refuses a path that a first walk would ask with a blank in it: nothing
// of a path can be left out by itself.
func (c *compiler) filled(pl *plan) {
	for _, name := range pl.blanks(pl.list.path) {
		c.wrong("GW-A016", "request.path", "{"+name+"}", clauseOf(name))
	}
}

// sentBlank are the parameters that a first walk sends without a value, where
// empty ones are kept.
func (pl *plan) sentBlank(at func(code, path, value string) problem.Problem) (advice []problem.Problem) {
	for _, of := range []struct {
		field string
		pairs []pair
	}{{"request.query.", pl.list.query}, {"request.form.", pl.list.form}} {
		for _, pair := range of.pairs {
			for _, name := range pl.blanks(pair.value) {
				if name != "cursor" && pl.list.keep { // an empty cursor asks for the first page
					p := at("GW-A016", of.field+pair.name, "{"+name+"}")
					p.Want = clauseOf(name)
					advice = append(advice, p)
				}
			}
		}
	}
	return advice
}

func clauseOf(name string) string { return "{?" + name + ": … {" + name + "} …}" }

// unmet is what the profile names and a walk never met. A number of rows that
// stands elsewhere is as good as none, and looks like one; so does a time of
// change. What a whole walk showed of the number stands until the next one.
func (pl *plan) unmet(st *state, w *walk) (notes []problem.Problem) {
	if w.Kind != walkDelta {
		st.Mute = pl.names() != "" && w.Rows > 0 && !w.Counted
	}
	if st.Mute {
		notes = append(notes, problem.Problem{Code: "GW-S046", Path: pl.names()})
	}
	if st.Ended > 0 {
		notes = append(notes, problem.Problem{Code: "GW-S082", Value: itoa(st.Ended), Field: pl.leads()})
	}
	if kind := pl.Watermark.Kind; (kind == "since" || kind == "walk-desc") && w.Rows > 0 && !w.Dated {
		notes = append(notes, problem.Problem{Code: "GW-S048", Path: strings.Join(pl.Records.At.Path, ", ")})
	}
	st.Risen = w.Risen // a walk after one that rose reads to the end, and sees whether it still does
	if pl.Watermark.Kind == "walk-desc" && st.Risen {
		notes = append(notes, problem.Problem{Code: "GW-S095", Path: strings.Join(pl.Records.At.Path, ", ")})
	}
	return append(notes, pl.uncertain(st, w)...)
}

// uncertain is what a walk met that makes its list less than certain: of several
// pages their end is said, and not what they have; a window ends at a limit;
// most times have not come.
func (pl *plan) uncertain(st *state, w *walk) (notes []problem.Problem) {
	if w.Kind != walkDelta && pl.Sweep.Complete && w.Several && !w.Counted && pl.provable() && pl.Watermark.Kind != "window" {
		notes = append(notes, problem.Problem{Code: "GW-S040", Value: pl.Paging.Kind})
	}
	if st.Capped > 0 {
		notes = append(notes, problem.Problem{Code: "GW-S090", Value: itoa(st.Capped)})
	}
	if w.Future >= futureLeast && 2*w.Future > w.Rows {
		notes = append(notes, problem.Problem{Code: "GW-S091", Value: itoa(w.Future), Want: itoa(w.Rows)})
	}
	return notes
}

// leads is where answers are to lead to the next one.
func (pl *plan) leads() string {
	if pl.Paging.Kind == "link" {
		return "Link"
	}
	return at(pl.Paging.Next)
}

// names is where answers are to have the number of rows, or of pages; empty
// where they have none, or another call gives it.
func (pl *plan) names() string {
	if pl.count != nil {
		return ""
	}
	return cmp.Or(pl.Paging.Total, pl.Paging.Pages)
}

// noRows: the answer says that there are rows and lists none.
func (pl *plan) noRows(parsed *parsedPage) *problem.Problem {
	return &problem.Problem{Code: "GW-S047", Path: at(pl.Records.Path), Want: itoa(parsed.total), Near: parsed.other}
}
