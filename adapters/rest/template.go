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
	return []string{"page", "size", "offset", "end", "cursor", "since", "from", "to", "year", "key", "stream"}
}

func numeric(name string) bool {
	return name == "page" || name == "size" || name == "offset" || name == "end" || name == "year"
}

// template is a text with {name} in it, taken apart once. A clause {?name: …}
// stands only where the variables in it have values, the one it names too.
type template struct {
	lit    []string // len(lit) == len(name)+1
	name   []string
	clause []*template // where it is not nil, name is what it needs besides
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
		var clause *template
		if inside, ok := strings.CutPrefix(after, "?"); ok {
			var err error
			if name, clause, tail, err = parseClause(inside, known); err != nil {
				return t, err
			}
			closed = true
		}
		if !closed || !slices.Contains(known, name) {
			return t, &problem.Problem{Code: "GW-A004", Value: problem.Short(name), Near: problem.Near(name, known),
				Want: strings.Join(known, ", ")}
		}
		t.lit, t.name, t.clause = append(t.lit, before), append(t.name, name), append(t.clause, clause)
		rest = tail
	}
}

// parseClause reads what follows "{?": a name, a colon, and a text with
// variables up to the brace that closes it.
func parseClause(text string, known []string) (name string, clause *template, tail string, err error) {
	name, body, named := strings.Cut(text, ":")
	depth, end := 1, -1
	for i := range len(body) {
		if body[i] == '{' {
			depth++
		}
		if body[i] == '}' {
			depth--
		}
		if depth == 0 {
			end = i
			break
		}
	}
	if !named || end < 0 {
		return "", nil, "", &problem.Problem{Code: "GW-A004", Value: problem.Short("?" + text), Want: "{?since: … {since} …}"}
	}
	inside, err := parseTemplate(body[:end], known)
	if err == nil && slices.ContainsFunc(inside.clause, func(c *template) bool { return c != nil }) {
		err = &problem.Problem{Code: "GW-A004", Value: problem.Short("?" + text), Want: "{?since: … {since} …}"}
	}
	return strings.TrimSpace(name), &inside, body[end+1:], err
}

// idle are the variables that have no value where nothing is known yet: in a
// first walk, or on its first page. A text that needs one is no question.
func idle(name string) bool {
	return name == "since" || name == "cursor" || name == "from" || name == "to" || name == "year"
}

// bare are the variables that stand in no clause.
func (t template) bare() (names []string) {
	for i, name := range t.name {
		if t.clause[i] == nil {
			names = append(names, name)
		}
	}
	return names
}

// wants reports whether all has a value that the text cannot do without.
func (t template) wants(v vars) bool {
	for i, name := range t.name {
		if t.clause[i] == nil && idle(name) && v[name] == "" {
			return false
		}
	}
	return true
}

// holds reports whether a clause stands.
func (t *template) holds(name string, v vars) bool {
	return v[name] != "" && !slices.ContainsFunc(t.name, func(n string) bool { return v[n] == "" })
}

// fill gives the text; escape is applied to values only.
func (t template) fill(v vars, escape func(string) string) string {
	if len(t.name) == 0 {
		return t.lit[0]
	}
	var b strings.Builder
	clauses := false
	for i, name := range t.name {
		b.WriteString(t.lit[i])
		value := v[name]
		switch clause := t.clause[i]; {
		case clause != nil:
			clauses = true
			if value = ""; clause.holds(name, v) {
				value = clause.fill(v, escape)
			}
		case escape != nil:
			value = escape(value)
		}
		b.WriteString(value)
	}
	b.WriteString(t.lit[len(t.lit)-1])
	if clauses { // blanks belong to the clauses, or to what stands beside them
		return strings.TrimSpace(b.String())
	}
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

// uses reports whether a variable stands anywhere in it.
func (c *call) uses(name string) bool {
	stands := func(p pair) bool { return p.value.has(name) }
	return c.path.has(name) || slices.ContainsFunc(slices.Concat(c.query, c.form, c.headers), stands) || c.json != nil && inBody(c.json, name)
}

func inBody(n *strict.Node, name string) bool {
	return strings.Contains(n.Value, "{"+name+"}") ||
		slices.ContainsFunc(n.Keys, func(k strict.Key) bool { return inBody(k.Value, name) }) ||
		slices.ContainsFunc(n.Items, func(item *strict.Node) bool { return inBody(item, name) })
}

// has reports whether a variable stands in it, or in a clause of it.
func (t *template) has(name string) bool {
	return slices.Contains(t.name, name) || slices.ContainsFunc(t.clause, func(c *template) bool { return c != nil && c.has(name) })
}

type pair struct {
	name  string
	value template
}

func (c *call) values(pairs []pair, v vars) url.Values {
	out := make(url.Values, len(pairs))
	for _, p := range pairs {
		value := p.value.fill(v, nil)
		if value != "" && p.value.wants(v) || c.keep || len(p.value.name) == 0 {
			out.Set(p.name, value)
		}
	}
	return out
}

// body renders the JSON body: texts are templates, an unquoted number, true,
// false or null is what it is, and a member whose text came out empty, or
// cannot do without a value there is not, is left out.
func (c *call) body(v vars) []byte {
	known := make([]string, 0, len(v))
	for name := range v {
		known = append(known, name)
	}
	return bodyWriter{v, known}.append(nil, c.json)
}

type bodyWriter struct {
	v     vars
	known []string
}

// text fills a text of the body; the profile was compiled, so that it is a template.
func (w bodyWriter) text(n *strict.Node) (text string, wants bool) {
	t, err := parseTemplate(n.Value, w.known)
	if err != nil {
		return n.Value, true
	}
	return t.fill(w.v, nil), t.wants(w.v)
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
		for _, item := range n.Items {
			if w.lacking(item) {
				continue
			}
			if b[len(b)-1] != '[' {
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
	if n.Kind == strict.Map {
		return len(n.Keys) > 0 && !slices.ContainsFunc(n.Keys, func(k strict.Key) bool { return !w.emptied(k.Value) })
	}
	if n.Kind != strict.Scalar || n.Value == "" {
		return false
	}
	text, wants := w.text(n)
	return text == "" || !wants
}

// lacking: a list's item, a condition for instance, that cannot do without a
// value there is not is none.
func (w bodyWriter) lacking(n *strict.Node) bool {
	if n.Kind == strict.Map {
		return slices.ContainsFunc(n.Keys, func(k strict.Key) bool { return w.lacking(k.Value) })
	}
	if n.Kind != strict.Scalar {
		return false
	}
	_, wants := w.text(n)
	return !wants
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
	text, _ := w.text(n)
	return appendText(b, text)
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
