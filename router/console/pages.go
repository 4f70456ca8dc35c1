package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"iocgateway/canonical"
	"iocgateway/router"
)

const (
	runsShown   = 48
	heldShown   = 100
	fieldsShown = 400
)

type streamPage struct {
	S    streamView
	Runs []runView
	Held []groupView
}

// stream is the page of one stream.
func (c *Console) stream(r *http.Request, w *words) (any, error) {
	if c.opts.Streams == nil {
		return nil, router.ErrNotFound
	}
	statuses, err := c.opts.Streams.Statuses(r.Context())
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		if s.Source != r.PathValue("source") || s.Stream != r.PathValue("stream") {
			continue
		}
		p := &streamPage{S: viewStream(s, w)}
		runs, err := c.opts.Streams.Runs(r.Context(), p.S.Name(), runsShown)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			p.Runs = append(p.Runs, viewRun(run, w))
		}
		groups, err := c.opts.View.HeldGroups(r.Context())
		if err != nil {
			return nil, err
		}
		for _, g := range groupViews(groups, w) {
			if g.Stream == p.S.Name() {
				p.Held = append(p.Held, g)
			}
		}
		return p, nil
	}
	return nil, router.ErrNotFound
}

type quarantinePage struct {
	Groups       []groupView
	Total        int
	Stream, Code string
	Rows         []heldView
	More         bool
}

type heldView struct {
	router.HeldRaw
	Text, Hint, Key string
}

// quarantine is the page of what is held: groups that one mend would free,
// and the Raws of one of them.
func (c *Console) quarantine(r *http.Request, w *words) (any, error) {
	groups, err := c.opts.View.HeldGroups(r.Context())
	if err != nil {
		return nil, err
	}
	p := &quarantinePage{Groups: groupViews(groups, w), Stream: r.URL.Query().Get("stream"), Code: r.URL.Query().Get("code")}
	for _, g := range p.Groups {
		p.Total += g.Count
	}
	if p.Stream == "" && p.Code == "" {
		return p, nil
	}
	rows, err := c.opts.View.Held(r.Context(), router.HeldQuery{Stream: p.Stream, Code: p.Code, Limit: heldShown})
	if err != nil {
		return nil, err
	}
	for _, h := range rows {
		p.Rows = append(p.Rows, heldView{h, h.Problem.Text(w.lang), h.Problem.Hint(w.lang), canonical.Scrub(strings.ToValidUTF8(h.Key, "?"))})
	}
	p.More = len(rows) == heldShown
	return p, nil
}

type recordPage struct {
	Last    router.Entry
	Key     string
	Fields  []field
	Cut     bool
	History []router.Entry
}

type field struct {
	Path, Value string
	Masked      bool
	Missing     bool
}

// record is the page of one record: its fields, personal data masked, and
// every version.
func (c *Console) record(r *http.Request, _ *words) (any, error) {
	all, err := c.opts.View.History(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, router.ErrNotFound
	}
	p := &recordPage{Last: all[0], History: all[:min(len(all), 100)], Key: canonical.Scrub(strings.ToValidUTF8(all[0].Key, "?"))}
	for _, e := range all {
		if !e.Superseded {
			p.Last = e // newest first: the first that is not superseded is current
			break
		}
	}
	f := flattener{classes: canonical.PersonalFields(p.Last.Kind)}
	dec := json.NewDecoder(bytes.NewReader(p.Last.Body))
	dec.UseNumber()
	if err := f.value(dec, "", ""); err != nil {
		return nil, fmt.Errorf("console: body of a record: %w", err)
	}
	p.Fields, p.Cut = f.out, f.cut
	return p, nil
}

// flattener turns a body into rows, in the body's own order.
type flattener struct {
	classes map[string]canonical.DataClass
	out     []field
	cut     bool
}

// value adds one value; rule is its path with list places taken out, as
// canonical.PersonalFields writes paths.
func (f *flattener) value(dec *json.Decoder, path, rule string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch t := tok.(type) {
	case json.Delim:
		return f.children(dec, t, path, rule)
	case nil:
		f.add(field{Path: path, Value: "–", Missing: true})
	case string:
		f.add(f.masked(path, rule, t))
	default:
		f.add(f.masked(path, rule, fmt.Sprint(t)))
	}
	return nil
}

func (f *flattener) children(dec *json.Decoder, open json.Delim, path, rule string) error {
	for i := 0; dec.More(); i++ {
		childPath, childRule := path+"["+strconv.Itoa(i)+"]", rule+"[]"
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return err
			}
			childPath = strings.TrimPrefix(path+"."+fmt.Sprint(tok), ".")
			childRule = strings.TrimPrefix(rule+"."+fmt.Sprint(tok), ".")
		}
		if err := f.value(dec, childPath, childRule); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func (f *flattener) masked(path, rule, value string) field {
	class, personal := f.classes[rule]
	if !personal {
		return field{Path: path, Value: value}
	}
	return field{Path: path, Value: canonical.Mask(class, value), Masked: true}
}

func (f *flattener) add(one field) {
	if len(f.out) >= fieldsShown {
		f.cut = true
		return
	}
	f.out = append(f.out, one)
}
