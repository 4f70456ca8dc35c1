package console

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/router/health"
	"iocgateway/router/journal"
)

// nearShown is how many near ones the page of what is not there names.
const nearShown = 5

// problemPage is the page shown where there is none.
type problemPage struct {
	Code, Text string
	Hint       template.HTML
	Near       []link
}

type link struct{ Href, Name string }

// unknown is that which a page was asked for is not there, with what is near.
type unknown struct {
	problem problem.Problem
	near    []link
}

func (u *unknown) Error() string { return u.problem.Error() }

// Unwrap makes it one of those that are not found.
func (u *unknown) Unwrap() error { return journal.ErrNotFound }

// missing says what was not found, and what may have been meant.
func (c *Console) missing(r *http.Request, w *voice, err error) problemPage {
	var u *unknown
	if !errors.As(err, &u) {
		u = c.unknownPage(r)
	}
	p := &u.problem
	return problemPage{Code: p.Code, Text: p.Text(w.lang), Hint: w.Hint(p.Hint(w.lang)), Near: u.near}
}

// unknownPage is an address that is no page's.
func (c *Console) unknownPage(r *http.Request) *unknown {
	there := []string{"/", "/quarantine", "/docs"}
	statuses := c.statuses(r)
	for i := range statuses {
		there = append(there, "/streams/"+statuses[i].Name())
	}
	u := &unknown{problem: problem.Problem{Code: "GW-F015", Value: privacy.Scrub(problem.Short(r.URL.Path)),
		Near: problem.Near(r.URL.Path, there)}}
	if source, of := strings.CutPrefix(r.URL.Path, "/streams/"); of {
		u.near = nearStreams(statuses, strings.Trim(source, "/")+"/")
	}
	return u
}

// unknownStream is a stream that is not there: near are those of its source.
func unknownStream(r *http.Request, statuses []health.Status) *unknown {
	name := r.PathValue("source") + "/" + r.PathValue("stream")
	names := make([]string, 0, len(statuses))
	for i := range statuses {
		names = append(names, statuses[i].Name())
	}
	return &unknown{problem: problem.Problem{Code: "GW-F013", Value: problem.Short(name), Near: problem.Near(name, names)},
		near: nearStreams(statuses, name)}
}

// nearStreams are the streams of a source, and that which was nearly named.
func nearStreams(statuses []health.Status, name string) (near []link) {
	source, _, _ := strings.Cut(name, "/")
	for i := range statuses {
		s := &statuses[i]
		if s.Source == source || problem.Near(name, []string{s.Name()}) != "" {
			near = append(near, link{streamHref(s.Source, s.Stream), strings.TrimSpace(s.Title + " " + s.Name())})
		}
	}
	return near[:min(len(near), nearShown)]
}

// unknownRecord is a record that is not there: near are new ones of its kind
// whose ids are nearly that.
func (c *Console) unknownRecord(r *http.Request) *unknown {
	id := r.PathValue("id")
	u := &unknown{problem: problem.Problem{Code: "GW-F012", Value: privacy.Scrub(problem.Short(strings.ToValidUTF8(id, "?")))}}
	kind, _, _ := strings.Cut(id, ":")
	if !slices.Contains(canonical.Kinds(), canonical.Kind(kind)) {
		return u
	}
	entries, err := c.opts.View.Newest(r.Context(), canonical.Kind(kind).Feed(), nearLooked)
	if err != nil {
		return u // the page says what is missing all the same
	}
	for i := range entries {
		e := &entries[i]
		if len(u.near) < nearShown && problem.Near(id, []string{e.ID}) != "" &&
			!slices.ContainsFunc(u.near, func(l link) bool { return strings.HasSuffix(l.Href, url.PathEscape(e.ID)) }) {
			u.near = append(u.near, link{"/records/" + url.PathEscape(e.ID), privacy.Scrub(strings.ToValidUTF8(e.ID, "?"))})
		}
	}
	return u
}

// nearLooked is among how many new records a near one is looked for.
const nearLooked = 200
