package mappings

import (
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/strict"
	"iocgateway/mappings/keys"
)

// objectField compiles a struct: its members, or {fields, when, required}.
func (c *compiler) objectField(v *strict.Node, f *field) *node {
	inner := v.Get("fields")
	if inner == nil {
		return c.composite(v, f, v)
	}
	if f.always && f.name != "" {
		c.keys(v, "fields") // a record without it is none: nothing may take it away
		return c.composite(inner, f, v)
	}
	c.keys(v, keys.Names(keys.Object())...)
	n := c.composite(inner, f, v)
	c.conditions(v, n)
	return n
}

// conditions puts when: and required: of a composite into its rule.
func (c *compiler) conditions(v *strict.Node, n *node) {
	when, required := v.Get("when"), c.yes(v, "required")
	if when == nil && !required {
		return
	}
	n.rule = orNew(n.rule)
	n.rule.required = required
	if when != nil {
		n.rule.when = c.program(when, true)
	}
}

// composite compiles the members, or the short way some structs have.
func (c *compiler) composite(v *strict.Node, f *field, at *strict.Node) *node {
	switch {
	case f.role == canonical.RoleArea && v.Get("find") != nil:
		return c.found(v, f)
	case f.role == canonical.RolePeriod && (v.Get("of") != nil || v.Get("parts") != nil):
		return c.periodOf(v, f)
	}
	return c.object(v, f, at)
}

// found compiles an area whose code, where no code is given, is looked up by
// name as of a day.
func (c *compiler) found(v *strict.Node, f *field) *node {
	find := v.Get("find")
	rest := *v
	rest.Keys = slices.DeleteFunc(slices.Clone(v.Keys), func(k strict.Key) bool { return k.Name == "find" })
	ways := []*strict.Node{find}
	if find.Kind == strict.List {
		ways = find.Items
	}
	finds := make([]unitFind, 0, len(ways))
	for _, way := range ways {
		if one, ok := c.unitFind(way, v.Get("on") != nil, f); ok {
			finds = append(finds, one)
		}
	}
	if len(finds) == 0 {
		c.add(find.Wrong("GW-M004", "name"), f.path)
	}
	for _, role := range []canonical.Role{canonical.RoleAreaCode, canonical.RoleAreaDay} {
		if name := f.with(role).name; v.Get(name) == nil {
			rest.Keys = append(rest.Keys, standIn(find, v.Path, name))
		}
	}
	n := c.object(&rest, f, v)
	code, on := n.mapped(canonical.RoleAreaCode), n.mapped(canonical.RoleAreaDay)
	for _, m := range []*node{code, on} {
		if v.Get(m.name) == nil {
			m.rule = &rule{}
		}
	}
	for i := range finds {
		finds[i].on = &node{field: &field{path: on.path, form: formDate}, rule: on.rule}
	}
	code.special, code.rule.finds = unitCode, finds
	on.special = unitDay
	return n
}

// unitFind compiles one way to look a unit up.
func (c *compiler) unitFind(n *strict.Node, dated bool, f *field) (unitFind, bool) {
	if n.Kind != strict.Map || n.Get("name") == nil {
		c.add(n.Wrong("GW-M004", "name"), f.path)
		return unitFind{}, false
	}
	c.keys(n, keys.Names(keys.Find())...)
	code, on := f.with(canonical.RoleAreaCode), f.with(canonical.RoleAreaDay)
	u := unitFind{parent: c.text(n, "parent", false),
		name: &node{field: &field{name: code.name, path: code.path, form: formText}, line: n.Line, col: n.Col}}
	u.name.rule = c.rule(n.Get("name"), &field{name: "find", path: f.path + ".find", form: formText, fixed: true})
	if n.Get("on_invalid") != nil {
		u.name.rule.onInvalid = c.oneOf(n, "on_invalid", "hold", "unread")
	}
	if days := n.Get("days"); days != nil {
		for _, day := range c.texts(days) {
			if isDay(day) {
				u.days = append(u.days, unitDate{fixed: day})
				continue
			}
			at := &field{name: on.name, path: on.path, form: formDate}
			path := c.rule(&strict.Node{Kind: strict.Scalar, Value: day, File: days.File, Line: days.Line, Col: days.Col, Path: days.Path}, at)
			u.days = append(u.days, unitDate{on: &node{field: at, rule: path}})
		}
	}
	if len(u.days) == 0 && !dated {
		c.add(n.Wrong("GW-M004", "days, on"), f.path)
	}
	return u, true
}

// isDay reports a day written out; anything else is a path.
func isDay(s string) bool {
	return len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-' && strings.Trim(s, "0123456789-") == ""
}

// standIn is a member whose rule is put in its place afterwards.
func standIn(at *strict.Node, path, name string) strict.Key {
	path += "." + name
	value := &strict.Node{Kind: strict.Scalar, Value: "-", File: at.File, Line: at.Line, Col: at.Col, Path: path}
	return strict.Key{Name: name, Line: at.Line, Col: at.Col, Value: &strict.Node{Kind: strict.Map, File: at.File, Line: at.Line, Col: at.Col,
		Path: path, Keys: []strict.Key{{Name: "const", Line: at.Line, Col: at.Col, Value: value}}}}
}

// dict compiles a dictionary: from: an object in the Raw, or names written
// out, these also as {fields, when, required}.
func (c *compiler) dict(v *strict.Node, f *field) *node {
	n := &node{field: f, line: v.Line, col: v.Col}
	if v.Kind == strict.Scalar || v.Get("from") != nil {
		n.rule = c.rule(v, &field{name: f.name, path: f.path, form: formDict})
		return n
	}
	inner := v
	if long := v.Get("fields"); long != nil && long.Kind == strict.Map {
		c.keys(v, keys.Names(keys.Object())...)
		c.conditions(v, n)
		inner = long
	}
	if inner.Kind != strict.Map {
		c.add(v.Wrong("GW-M003", "{from: a.b} | {x: a.b}"), f.path)
		return n
	}
	keys := slices.Clone(inner.Keys)
	slices.SortFunc(keys, func(a, b strict.Key) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range keys {
		m := c.leaf(k.Value, &field{name: k.Name, path: f.path + "." + k.Name, form: formText})
		m.key = append(append([]byte{'"'}, jsonscan.AppendEscaped(nil, []byte(k.Name))...), '"', ':')
		n.members = append(n.members, m)
	}
	return n
}
