package mappings

import (
	"slices"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/strict"
	"iocgateway/mappings/keys"
)

// object compiles the members of a struct. Members come out in the order of
// the struct, whatever the order in the file.
func (c *compiler) object(n *strict.Node, of *field, at *strict.Node) *node {
	out := &node{field: of, line: at.Line, col: at.Col}
	if n.Kind != strict.Map {
		c.add(n.Wrong("GW-M003", "{"+strings.Join(of.names(), ", ")+"}"), of.path)
		return out
	}
	given := c.grouped(n, of)
	for _, f := range of.members {
		if v := given[f.name]; v != nil {
			m := c.field(v, f)
			m.key = f.key()
			out.members = append(out.members, m)
		}
		out.members = append(out.members, c.derived(out, f, given)...)
	}
	c.special(out)
	c.requireMembers(out, n)
	return out
}

// grouped takes the members of a map, with dotted names put under their
// first part, and refuses those the struct does not have.
func (c *compiler) grouped(n *strict.Node, of *field) map[string]*strict.Node {
	given := map[string]*strict.Node{}
	for i := range n.Keys {
		k := n.Keys[i]
		first, rest, dotted := strings.Cut(k.Name, ".")
		f := of.member(first)
		if f == nil || f.madeHere() {
			p := k.Value.Unknown("GW-M005", k.Name, of.names())
			p.Line, p.Col, p.Field = k.Line, k.Col, strings.Trim(of.path+"."+k.Name, ".")
			c.problems = append(c.problems, p)
			continue
		}
		v := k.Value
		if dotted {
			v = &strict.Node{Kind: strict.Map, File: v.File, Line: k.Line, Col: k.Col, Path: n.Path + "." + first,
				Keys: []strict.Key{{Name: rest, Line: k.Line, Col: k.Col, Value: v}}}
			if given[first] != nil {
				v = strict.Overlay(given[first], v)
			}
		}
		given[first] = v
	}
	return given
}

// derived adds the members the engine fills by itself beside those mapped.
func (c *compiler) derived(parent *node, f *field, given map[string]*strict.Node) []*node {
	if given[f.name] != nil {
		return nil
	}
	has := func(roles ...canonical.Role) bool {
		for _, role := range roles {
			if m := parent.field.with(role); m == nil || given[m.name] == nil {
				return false
			}
		}
		return true
	}
	made := &node{field: f, key: f.key()}
	switch {
	case f.role == canonical.RoleRaw && codedBefore(parent, f):
		made.special = rawCode
		made.members = keyedMembers(f, canonical.RoleRawCode, canonical.RoleRawLabel)
		c.label(made.members[0])
		c.label(made.members[1])
	case f.role == canonical.RoleAgencyNorm && has(canonical.RoleAgencyID):
		made.special = normAgency
	case f.role == canonical.RoleProcedureNorm && has(canonical.RoleProcedureID):
		made.special = normProcess
	case f.role == canonical.RolePairQuality && has(canonical.RoleLat, canonical.RoleLon):
		made.special = place
	case f.role == canonical.RoleDuePrecision && has(canonical.RoleDue):
		made.special = precision
	default:
		return nil
	}
	return []*node{made}
}

// keyedMembers gives the members of some roles, to be written by their keys.
func keyedMembers(f *field, roles ...canonical.Role) []*node {
	out := make([]*node, len(roles))
	for i, role := range roles {
		m := f.with(role)
		out[i] = &node{field: m, key: m.key()}
	}
	return out
}

// codedBefore reports whether what the source wrote for a code has such a
// code before it.
func codedBefore(parent *node, f *field) bool {
	i := slices.Index(parent.field.members, f)
	if i < 1 {
		return false
	}
	m := member(parent, parent.field.members[i-1].name)
	if m == nil || m.form != formCode || m.rule == nil || m.rule.literal != nil {
		return false
	}
	m.hasRaw = true
	return true
}

// special marks structs whose members have to be judged together.
func (c *compiler) special(n *node) {
	if n.role != canonical.RoleLocation {
		return
	}
	lat, lon := n.mapped(canonical.RoleLat), n.mapped(canonical.RoleLon)
	if lat != nil && lon != nil {
		n.special, n.pair = place, [2]*node{lat, lon}
		lat.special, lon.special = pairHalf, pairHalf
	}
}

// requireMembers refuses a mapping that cannot give what the struct demands.
func (c *compiler) requireMembers(n *node, at *strict.Node) {
	for _, f := range n.field.members {
		n.droppable = n.droppable || f.required && n.path != ""
		if !f.required && !(f.always && f.form == formObject) || f.madeHere() || member(n, f.name) != nil {
			continue
		}
		c.add(at.Wrong("GW-M006", f.name), f.path)
	}
}

// field compiles what stands at a canonical field.
func (c *compiler) field(v *strict.Node, f *field) *node {
	switch f.form {
	case formObject:
		return c.objectField(v, f)
	case formList:
		return c.list(v, f)
	case formDict:
		return c.dict(v, f)
	}
	return c.leaf(v, f)
}

func (c *compiler) leaf(v *strict.Node, f *field) *node {
	n := &node{field: f, line: v.Line, col: v.Col, action: privacy.ActionKeep}
	if f.class != "" {
		n.action = c.env.Policy.Action(f.class)
	} else {
		c.label(n)
	}
	if f.literal() && v.Kind == strict.Scalar {
		n.rule = &rule{literal: []byte(v.Value)}
		c.checkLiteral(v, f, v.Value)
		return n
	}
	n.rule = c.rule(v, f)
	return n
}

// label numbers a field without a class.
func (c *compiler) label(n *node) {
	c.plan.labels++
	n.labels = c.plan.labels
}

// list compiles a list: each element of a list in the Raw, or items written
// out one by one.
func (c *compiler) list(v *strict.Node, f *field) *node {
	n := &node{field: f, line: v.Line, col: v.Col}
	if v.Kind == strict.List {
		for _, item := range v.Items {
			n.items = append(n.items, c.item(item, f.elem))
		}
		return n
	}
	each := v.Get("each")
	if v.Kind != strict.Map || each == nil {
		if f.elem.form != formObject && v.Kind != strict.List {
			n.items = []*node{c.item(v, f.elem)} // one value where a list belongs
			return n
		}
		c.add(v.Wrong("GW-M004", "each"), f.path)
		return n
	}
	lists := len(c.plan.sources)
	n.each = &rule{from: c.sources(each)}
	n.each.steps = c.steps(v.Get("clean"), f)
	if len(n.each.from) == 0 {
		if each.Kind != strict.Map {
			c.add(v.Wrong("GW-M004", "each"), f.path)
		}
		return n
	}
	outer := c.frame
	prefix := n.each.from[0].full + "[]"
	c.frame = c.openFrame(prefix)
	n.frame = c.frame
	if len(n.each.steps) == 0 { // what a step makes is no part of the Raw
		for i := range n.each.from {
			c.plan.sources[lists+i].opens = n.frame
		}
	}
	var inner *strict.Node
	if f.elem.form == formObject {
		c.keys(v, keys.Names(keys.Each())...)
		if inner = v.Get("fields"); inner == nil {
			c.add(v.Wrong("GW-M004", "fields"), f.path)
			inner = &strict.Node{Kind: strict.Map, File: v.File, Line: v.Line, Col: v.Col}
		}
		n.elem = c.object(inner, f.elem, v)
	} else {
		n.elem = c.leaf(leafOfEach(v), f.elem)
	}
	if when := v.Get("when"); when != nil {
		n.elem.rule = orNew(n.elem.rule)
		n.elem.rule.when = c.program(when, true)
	}
	c.frame = outer
	return n
}

func orNew(r *rule) *rule {
	if r == nil {
		return &rule{}
	}
	return r
}

// leafOfEach leaves what is about the element; without from: the element
// itself is the value.
func leafOfEach(v *strict.Node) *strict.Node {
	out := *v
	out.Keys = nil
	for _, k := range v.Keys {
		if k.Name != "each" && k.Name != "when" && k.Name != "clean" {
			out.Keys = append(out.Keys, k)
		}
	}
	if out.Get("from") == nil {
		out.Keys = append(out.Keys, strict.Key{Name: "from", Line: v.Line, Col: v.Col,
			Value: &strict.Node{Kind: strict.Scalar, Value: ".", File: v.File, Line: v.Line, Col: v.Col, Path: v.Path}})
	}
	return &out
}

// item compiles one written-out element of a list. An identifier takes from:
// for its value.
func (c *compiler) item(v *strict.Node, f *field) *node {
	if f.form != formObject {
		return c.leaf(v, f)
	}
	if v.Get("fields") != nil {
		return c.objectField(v, f)
	}
	inner := v
	if value := f.with(canonical.RoleIdentifier); value != nil && v.Kind == strict.Map && v.Get("from") != nil {
		copied := *v
		copied.Keys = slices.Clone(v.Keys)
		for i := range copied.Keys {
			if copied.Keys[i].Name == "from" {
				copied.Keys[i].Name = value.name
			}
		}
		inner = &copied
	}
	return c.object(inner, f, v)
}
