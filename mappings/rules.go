package mappings

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
	"iocgateway/mappings/expression"
)

func ruleKeys(f *field) []string {
	if f.form == formDict {
		return []string{"from", "when", "clean", "empty", "required", "on_invalid"}
	}
	keys := []string{"from", "join", "const", "template", "expr", "when", "clean", "empty", "default", "required", "on_invalid"}
	switch f.form {
	case formTime, formDate:
		keys = append(keys, "layouts", "zone")
	case formDecimal, formInt, formFloat:
		keys = append(keys, "numbers")
	case formCode:
		keys = append(keys, "codelist", "label_from", "on_unknown")
	}
	return keys
}

// idle reports keys of a rule that would do nothing where they stand: they
// are refused, so that nobody believes they do.
func idle(v *strict.Node, f *field, key string) bool {
	switch key {
	case "default", "required", "on_invalid":
		return f.fixed || v.Get("const") != nil
	case "clean", "empty", "numbers", "codelist", "label_from", "on_unknown":
		return v.Get("const") != nil
	}
	return false
}

// rule compiles how one value is gained. A plain text is the path of the value.
func (c *compiler) rule(v *strict.Node, f *field) *rule {
	r := &rule{onInvalid: c.head.onInvalid, onUnknown: c.head.onUnknown, zone: c.head.zone, layouts: c.head.layouts, noDates: c.head.noDates,
		numbers: c.head.numbers, empty: c.head.empty}
	switch v.Kind {
	case strict.Scalar:
		r.from = []source{c.source(v, v.Value)}
	case strict.List:
		r.from = c.sources(v)
	case strict.Map:
		c.long(r, v, f)
	default:
		c.add(v.Wrong("GW-M003", "a.b | {"+strings.Join(ruleKeys(f), ", ")+"}"), f.path)
	}
	return r
}

func (c *compiler) long(r *rule, v *strict.Node, f *field) {
	c.keys(v, slices.DeleteFunc(ruleKeys(f), func(key string) bool { return idle(v, f, key) })...)
	c.origin(r, v, f)
	if n := v.Get("when"); n != nil {
		r.when = c.program(n, true)
	}
	if n := v.Get("default"); n != nil {
		r.fallback = []byte(n.Value)
		c.checkLiteral(n, f, n.Value)
	}
	r.required = c.yes(v, "required")
	if n := v.Get("empty"); n != nil {
		r.empty = append(c.texts(n), c.head.empty...)
	}
	if v.Get("on_invalid") != nil {
		r.onInvalid = c.oneOf(v, "on_invalid", "hold", "unread")
	}
	r.steps = c.steps(v.Get("clean"), f)
	r.lines = slices.ContainsFunc(r.steps, func(s step) bool { return s.name == "lines" })
	switch f.form {
	case formTime, formDate:
		r.zone = c.zone(v, c.head.zone)
		if n := v.Get("layouts"); n != nil {
			r.layouts = c.layouts(n)
		}
	case formDecimal, formInt, formFloat:
		if v.Get("numbers") != nil {
			r.numbers = vntext.NumberStyle(c.oneOf(v, "numbers", "plain", "vi", "en", "auto"))
		}
	case formCode:
		c.coded(r, v, f)
	}
}

// origin reads where the value comes from: exactly one of from, const,
// template, expr.
func (c *compiler) origin(r *rule, v *strict.Node, f *field) {
	var given []string
	for _, key := range []string{"from", "const", "template", "expr"} {
		if v.Get(key) != nil {
			given = append(given, key)
		}
	}
	switch {
	case len(given) == 0:
		c.add(v.Wrong("GW-M004", "from"), f.path)
		return
	case len(given) > 1:
		c.add(v.Wrong("GW-M010", strings.Join(given, ", ")), f.path)
		return
	}
	n := v.Get(given[0])
	switch given[0] {
	case "from":
		r.from = c.sources(n)
	case "const":
		r.literal = []byte(c.text(v, "const", true))
		c.checkLiteral(n, f, n.Value)
	case "template":
		r.template = c.template(n)
	case "expr":
		r.expr = c.program(n, false)
	}
	if n := v.Get("join"); n != nil {
		r.join, r.joined = n.Value, true
		c.plan.apart(len(r.from))
		if len(r.from) < 2 {
			c.add(n.Wrong("GW-M012", "from: [a, b]"), f.path)
		}
	}
}

// checkLiteral holds words written into the mapping to the field's own rules,
// so that they cannot fail at run time.
func (c *compiler) checkLiteral(n *strict.Node, f *field, v string) {
	p := n.Wrong("GW-M012", f.form.String())
	p.Field = f.path
	good := true
	switch f.form {
	case formCode:
		if good = f.accepts(v); !good {
			p = n.Unknown("GW-M016", v, f.oneof)
		}
	case formDecimal:
		good = canonical.Decimal(v).Valid()
	case formInt:
		good = v != "" && len(v) < 18 && strings.Trim(v, "0123456789") == ""
	case formFloat:
		_, err := vntext.ParseDecimal(v, vntext.StylePlain)
		good = err == nil
	case formBool:
		_, good = truth([]byte(v))
	case formText:
		good = v != ""
	}
	if !good {
		c.problems = append(c.problems, p)
	}
}

func (c *compiler) template(n *strict.Node) []part {
	var out []part
	for rest := n.Value; rest != ""; {
		before, after, open := strings.Cut(rest, "{")
		if before != "" {
			out = append(out, part{literal: before})
		}
		if !open {
			break
		}
		path, tail, closed := strings.Cut(after, "}")
		if !closed {
			c.add(n.Wrong("GW-M008", "{path}"), n.Path)
			break
		}
		out = append(out, part{path: true, from: c.source(n, path)})
		rest = tail
	}
	return out
}

// coded reads the code list of a coded field: the name of one, or a small one
// written on the spot. Without one the source must have canonical codes.
func (c *compiler) coded(r *rule, v *strict.Node, f *field) {
	r.labels = c.sources(v.Get("label_from"))
	if v.Get("on_unknown") != nil {
		r.onUnknown = c.oneOf(v, "on_unknown", "unknown", "hold", "keep")
		if r.onUnknown == "keep" && f.oneof != nil {
			c.add(v.Get("on_unknown").Wrong("GW-M013", strings.Join(f.oneof, ", ")), f.path)
		}
	}
	n := v.Get("codelist")
	switch {
	case n == nil:
		return
	case n.Kind == strict.Map:
		r.codes = &CodeList{Name: f.path, to: map[string]string{}}
		for i := range n.Keys {
			key, to := vntext.Clean(n.Keys[i].Name), n.Keys[i].Value
			if !f.accepts(to.Value) {
				c.add(to.Unknown("GW-M016", to.Value, f.oneof), f.path)
			}
			r.codes.to[key] = to.Value
		}
	case n.Kind == strict.Scalar:
		c.named(r, n, f)
	default:
		c.add(n.Wrong("GW-M003", `a/b | {"1": x}`), f.path)
	}
}

func (c *compiler) named(r *rule, n *strict.Node, f *field) {
	var list *CodeList
	ok := false
	if c.env.Codes != nil {
		list, ok = c.env.Codes(n.Value)
	}
	if !ok {
		c.add(n.Problem("GW-M014"), f.path)
		return
	}
	for _, e := range list.Entries {
		if !f.accepts(e.To) {
			p := n.Unknown("GW-M016", e.To, f.oneof)
			c.add(p, f.path)
		}
	}
	r.codes = list
	if !slices.Contains(c.used, list) {
		c.used = append(c.used, list)
	}
}

// program is a compiled expression with the paths it asks for.
type program struct {
	*expression.Program
	vars []source
	line int
	col  int
}

// program compiles when: (asked to be yes or no) and expr:.
func (c *compiler) program(n *strict.Node, truth bool) *program {
	if n.Kind != strict.Scalar {
		c.add(n.Wrong("GW-M003", "raw.a == 'x'"), n.Path)
		return nil
	}
	p := &program{line: n.Line, col: n.Col}
	compiled, err := expression.Compile(n.Value, truth, func(root, path string) bool {
		switch {
		case root == "raw" && path != "":
			path = "$." + path
		case root == "item" && c.frame > 0:
		default:
			return false
		}
		p.vars = append(p.vars, c.source(n, path))
		return true
	})
	if err != nil {
		functions := strings.Join(expression.Functions(), "() ") + "()"
		bad := n.Wrong("GW-M021", "raw.path, item.path, == != < > && || ! in ?: ??, "+functions)
		bad.Err = err
		c.problems = append(c.problems, bad)
		return nil
	}
	p.Program = compiled
	return p
}

func hashOf(parts []string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:5])
}

// lawOf is a rule in words: where it is another, its field is read in another way.
func lawOf(ru *rule, n *node) string {
	var b strings.Builder
	add := func(words ...string) { b.WriteString(strings.Join(words, "\x01") + "\x02") }
	add(ru.join, string(ru.numbers), ru.onUnknown, ru.onInvalid, string(ru.fallback))
	add(ru.empty...)
	for _, s := range ru.steps {
		add(append([]string{s.name, s.arg, itoa(s.n)}, s.keys...)...)
	}
	for i := range ru.layouts {
		add(ru.layouts[i].String())
	}
	if ru.expr != nil {
		add(ru.expr.Text)
	}
	if ru.when != nil {
		add(ru.when.Text)
	}
	if n != nil {
		add(n.form.String())
	}
	if c := ru.codes; c != nil {
		add(c.Name, hex.EncodeToString(c.sum[:]))
		for _, code := range slices.Sorted(maps.Keys(c.to)) {
			add(code, c.to[code])
		}
	}
	return b.String()
}
