package rest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// vars are the values templates are filled with.
type vars map[string]string

// builtin are the variables the engine knows; parameters come besides.
func builtin() []string {
	return []string{"page", "size", "offset", "cursor", "since", "from", "to", "year", "key", "stream"}
}

func numeric(name string) bool {
	return name == "page" || name == "size" || name == "offset" || name == "year"
}

// template is a text with {name} in it, taken apart once.
type template struct {
	lit  []string // len(lit) == len(name)+1
	name []string
}

func parseTemplate(text string, known []string) (template, error) {
	var t template
	rest := text
	for {
		before, after, open := strings.Cut(rest, "{")
		if !open {
			t.lit = append(t.lit, rest)
			return t, nil
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(known, name) {
			return t, &problem.Problem{Code: "GW-A004", Value: problem.Short(name), Near: problem.Near(name, known),
				Want: strings.Join(known, ", ")}
		}
		t.lit, t.name = append(t.lit, before), append(t.name, name)
		rest = tail
	}
}

// fill gives the text; escape is applied to values only.
func (t template) fill(v vars, escape func(string) string) string {
	if len(t.name) == 0 {
		return t.lit[0]
	}
	var b strings.Builder
	for i, name := range t.name {
		b.WriteString(t.lit[i])
		value := v[name]
		if escape != nil {
			value = escape(value)
		}
		b.WriteString(value)
	}
	b.WriteString(t.lit[len(t.lit)-1])
	return b.String()
}

// call is a compiled request.
type call struct {
	method  string
	path    template
	query   []pair
	form    []pair
	json    *strict.Node
	headers []pair
	keep    bool // empty parameters are sent
}

type pair struct {
	name  string
	value template
}

func (c *call) values(pairs []pair, v vars) url.Values {
	out := make(url.Values, len(pairs))
	for _, p := range pairs {
		value := p.value.fill(v, nil)
		if value != "" || c.keep || len(p.value.name) == 0 {
			out.Set(p.name, value)
		}
	}
	return out
}

// body renders the JSON body: texts are templates, an unquoted number, true,
// false or null is what it is, and a member whose text came out empty is
// left out.
func (c *call) body(v vars) []byte {
	pairs := make([]string, 0, 2*len(v))
	for name, value := range v {
		pairs = append(pairs, "{"+name+"}", value)
	}
	b := bodyWriter{v, strings.NewReplacer(pairs...)}
	return b.append(nil, c.json)
}

type bodyWriter struct {
	v      vars
	filler *strings.Replacer
}

func (w bodyWriter) append(b []byte, n *strict.Node) []byte {
	switch n.Kind {
	case strict.Map:
		b = append(b, '{')
		first := true
		for _, k := range n.Keys {
			if w.emptied(k.Value) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(appendText(b, k.Name), ':')
			b = w.append(b, k.Value)
		}
		return append(b, '}')
	case strict.List:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = w.append(b, item)
		}
		return append(b, ']')
	case strict.Scalar:
		return w.scalar(b, n)
	default:
		return append(b, "null"...)
	}
}

func (w bodyWriter) emptied(n *strict.Node) bool {
	return n.Kind == strict.Scalar && n.Value != "" && w.filler.Replace(n.Value) == ""
}

func (w bodyWriter) scalar(b []byte, n *strict.Node) []byte {
	if !n.Quoted && (n.Value == "true" || n.Value == "false" || isNumber(n.Value)) {
		return append(b, n.Value...)
	}
	if name, ok := strings.CutPrefix(n.Value, "{"); ok {
		name, whole := strings.CutSuffix(name, "}")
		if _, err := strconv.Atoi(w.v[name]); whole && err == nil && numeric(name) {
			return append(b, w.v[name]...)
		}
	}
	return appendText(b, w.filler.Replace(n.Value))
}

func appendText(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // of a string: cannot fail
	return append(b, text...)
}

func isNumber(s string) bool {
	if s == "" || len(s) > 1 && s[0] == '0' && s[1] != '.' {
		return false // 007 is a code
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.IndexFunc(s, func(r rune) bool { return r != '.' && r != '-' && (r < '0' || r > '9') }) < 0
}
