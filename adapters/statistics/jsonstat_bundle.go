package statistics

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
)

// bundle gathers the datasets of a document in the order in which they stand,
// each with its name where it is one of several.
type bundle struct {
	sets   []*jsonStat
	names  []string
	linked int // datasets that are only pointed at
	depth  int
}

const maxCollections = 5 // one in the other

// document takes a document apart. What calls itself a dataset and cannot be
// read is an error: left out, it would be missed by nobody.
func (b *bundle) document(document []byte) error {
	d, err := statOf(document)
	if err != nil { // of datasets by their names, one may be called as a member of a dataset is
		if b.members(document) == nil && len(b.sets) > 0 {
			return nil
		}
		return err
	}
	switch {
	case d.Class == "error":
		return &problem.Problem{Code: "GW-D050", Value: problem.Short(localised(d.Label)), Path: problem.Short(plain(d.Status))}
	case d.Class == "collection" && len(d.Link) > 0:
		if err := b.collection(d.Link); err != nil {
			return err
		}
	case len(d.Dimension) > 0:
		b.add(d, "")
	case d.Class == "":
		if err := b.members(document); err != nil {
			return err
		}
	}
	switch {
	case len(b.sets) > 0:
		return nil
	case d.Class != "": // it is JSON-stat, and empty
		return firstError(d.refusal(), errNoSet)
	}
	return firstError(d.refusal(), errNotStat)
}

// statOf reads what may be a dataset, a collection or an error.
func statOf(raw []byte) (*jsonStat, error) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, errNotStat
	}
	d := &jsonStat{}
	return d, json.Unmarshal(raw, d)
}

// refusal is an answer with nothing but an error or a warning in it.
func (j *jsonStat) refusal() error {
	for _, raw := range []json.RawMessage{j.Error, j.Warning} {
		if said := notices(raw); len(said) > 0 {
			n := said[0]
			return &problem.Problem{Code: "GW-D050", Value: n.text, Path: firstOf(n.code, problem.Short(plain(j.Status)))}
		}
	}
	return nil
}

func firstError(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	return errs[max(i, 0)]
}

func (b *bundle) add(d *jsonStat, name string) {
	b.sets, b.names = append(b.sets, d), append(b.names, name)
}

// members reads a bundle of version 1: datasets by their names.
func (b *bundle) members(document []byte) error {
	first := len(b.sets)
	err := eachMember(document, func(name string, raw json.RawMessage) error {
		d, err := statOf(raw)
		if err != nil {
			if bytes.Contains(raw, []byte(`"dimension"`)) {
				return err
			}
			return nil // a member that is no dataset
		}
		if len(d.Dimension) > 0 {
			b.add(d, name)
		}
		return nil
	})
	if len(b.sets) == first+1 && b.names[first] == "dataset" { // the name every single answer bears
		b.names[first] = ""
	}
	return err
}

// collection takes the datasets that lie in a collection, or in collections in
// it. One that is only pointed at is counted.
func (b *bundle) collection(link json.RawMessage) error {
	var relations map[string][]json.RawMessage
	if err := json.Unmarshal(link, &relations); err != nil {
		return err
	}
	if b.depth++; b.depth > maxCollections {
		return errNotStat
	}
	defer func() { b.depth-- }()
	for _, raw := range relations["item"] {
		d, err := statOf(raw)
		switch {
		case err != nil:
			return err
		case len(d.Dimension) > 0:
			b.add(d, d.name(len(b.sets)))
		case d.Class == "collection" && len(d.Link) > 0:
			err = b.collection(d.Link)
		default:
			b.linked++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// name is the name of a dataset in a collection, which has no member's name: its
// own, the end of its address, or its label.
func (j *jsonStat) name(n int) string {
	address, _, _ := strings.Cut(j.Href, "?")
	return firstOf(j.Extension.PX.TableID, j.Extension.PX.Matrix, baseName(strings.TrimSuffix(address, "/")), localised(j.Label),
		"#"+strconv.Itoa(n+1))
}

// said are the source's words beside a dataset.
func (j *jsonStat) said(cfg *tableSettings) []problem.Problem {
	return doubts(cfg, append(notices(j.Error), notices(j.Warning)...))
}
