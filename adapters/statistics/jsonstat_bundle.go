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
	head, err := classOf(document)
	if err != nil {
		return err
	}
	switch {
	case head.Class == "error":
		return head.refusal()
	case head.Class == "collection" && len(head.Link) > 0:
		if err := b.collection(head.Link); err != nil {
			return err
		}
	case len(head.Dimension) > 0:
		return b.add(document, "")
	case head.Class == "":
		if err := b.members(document); err != nil {
			return err
		}
	}
	if len(b.sets) == 0 {
		return firstError(head.refusalBeside(), errNotStat)
	}
	return nil
}

// statHead is what of a JSON-stat response tells its kind.
type statHead struct {
	Class     string          `json:"class"`
	Label     json.RawMessage `json:"label"`
	Href      string          `json:"href"`
	Dimension json.RawMessage `json:"dimension"`
	Link      json.RawMessage `json:"link"`
	Status    json.RawMessage `json:"status"`
	Error     json.RawMessage `json:"error"`
	Warning   json.RawMessage `json:"warning"`
}

func classOf(raw []byte) (*statHead, error) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, errNotStat
	}
	head := &statHead{}
	return head, json.Unmarshal(raw, head)
}

// refusal is an answer of the class error, in its own words.
func (h *statHead) refusal() error {
	return &problem.Problem{Code: "GW-D050", Value: problem.Short(localised(h.Label)), Path: problem.Short(plain(h.Status))}
}

// refusalBeside is an answer with nothing but an error or a warning in it.
func (h *statHead) refusalBeside() error {
	for _, raw := range []json.RawMessage{h.Error, h.Warning} {
		if said := notices(raw); len(said) > 0 {
			n := said[0]
			return &problem.Problem{Code: "GW-D050", Value: n.text, Path: firstOf(n.code, problem.Short(plain(h.Status)))}
		}
	}
	return nil
}

func firstError(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	return errs[max(i, 0)]
}

func (b *bundle) add(raw []byte, name string) error {
	d := &jsonStat{}
	if err := json.Unmarshal(raw, d); err != nil {
		return err
	}
	b.sets, b.names = append(b.sets, d), append(b.names, name)
	return nil
}

// members reads a bundle of version 1: datasets by their names.
func (b *bundle) members(document []byte) error {
	first := len(b.sets)
	err := eachMember(document, func(name string, raw json.RawMessage) error {
		head, err := classOf(raw)
		if err != nil || len(head.Dimension) == 0 {
			return nil //nolint:nilerr // a member that is no dataset
		}
		return b.add(raw, name)
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
		head, err := classOf(raw)
		switch {
		case err != nil:
			return err
		case len(head.Dimension) > 0:
			err = b.add(raw, embeddedName(head, len(b.sets)))
		case head.Class == "collection" && len(head.Link) > 0:
			err = b.collection(head.Link)
		default:
			b.linked++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// embeddedName is the name of a dataset in a collection, which has no member's
// name: the end of its address, or its label.
func embeddedName(head *statHead, n int) string {
	address, _, _ := strings.Cut(head.Href, "?")
	return firstOf(baseName(strings.TrimSuffix(address, "/")), localised(head.Label), "#"+strconv.Itoa(n+1))
}

// said are the source's words beside a dataset.
func (j *jsonStat) said(cfg *tableSettings) []problem.Problem {
	return doubts(cfg, append(notices(j.Error), notices(j.Warning)...))
}
