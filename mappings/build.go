package mappings

import (
	"cmp"
	"slices"
	"strconv"

	"iocgateway/canonical/vntext"
)

func itoa(i int) string { return strconv.Itoa(i) }

// body builds the canonical JSON; false when the faults hold the Raw or a
// rule excludes it.
func (r *run) body() bool {
	p := r.plan
	if n := p.anonymous; n != nil {
		r.private.anonymous = r.anonymous(n)
	}
	for _, x := range p.exclude {
		if r.values.holds(x.when, p.root) {
			r.excluded = x.name
			return false
		}
	}
	if r.faults.held != nil {
		return false
	}
	if p.person != nil && r.private.hides(p.person) {
		r.readName(p.person)
	}
	if !r.object(p.root) || r.faults.held != nil {
		return false
	}
	d := &r.draft
	if len(r.faults.unread) > 0 || d.noted.noZone {
		r.in.scratch = d.out.insert(&p.keys, r.faults.unread, d.noted.noZone, r.in.scratch)
	}
	if wrong := d.noted.check(&p.checks); wrong != nil {
		return r.faults.hold(wrong)
	}
	return true
}

// anonymous reads the mark first: it decides about fields before it.
func (r *run) anonymous(n *node) bool {
	if n.rule == nil {
		return false
	}
	if n.rule.when != nil && !r.values.holds(n.rule.when, n) {
		return false
	}
	v, ok := r.values.obtain(n)
	if !ok {
		v = value{b: n.rule.fallback, shape: text} // the field itself will come to the same
	}
	is, known := truth(r.in.plain(v))
	if !known {
		is, _ = truth(n.rule.fallback)
	}
	return is
}

// readName reads the name first: free text before it may not give it away
// either. What is wrong with it, its own field finds in its turn.
func (r *run) readName(n *node) {
	unread, scratch := len(r.faults.unread), len(r.in.scratch)
	if v, ok := r.values.gather(n); ok && r.faults.held == nil && v.shape < object {
		r.private.hide(r.in.word(v))
	}
	r.faults.unread, r.faults.held, r.in.scratch = r.faults.unread[:unread], nil, r.in.scratch[:scratch]
}

// object writes a struct: its members in the order of the struct, those
// without a value left out. It is left out itself when nothing is in it.
func (r *run) object(n *node) bool {
	if n.rule != nil && n.rule.when != nil && !r.values.holds(n.rule.when, n) {
		return false
	}
	if n.identity && r.private.anonymous {
		return false
	}
	d := &r.draft
	start, wrote := len(d.out.dst), d.out.wrote
	var index captures
	if n.droppable {
		index = d.index
	}
	d.noted.id = nil
	d.out.dst = append(d.out.dst, '{')
	empty := true
	missing := (*node)(nil)
	for _, m := range n.members {
		written, ok := r.member(m, empty)
		if r.faults.held != nil {
			return false
		}
		if !ok && m.required && missing == nil {
			missing = m
		}
		empty = empty && !written
	}
	d.out.dst = append(d.out.dst, '}')
	kept := r.judge(n, start, wrote, missing, empty)
	if !kept && n.droppable {
		d.index = index
	}
	return kept
}

// member writes one member of a struct. ok reports that it has a value; some
// are written without one.
func (r *run) member(m *node, first bool) (written, ok bool) {
	out := &r.draft.out
	mark := len(out.dst)
	if !first {
		out.dst = append(out.dst, ',')
	}
	from := len(out.dst)
	out.dst = append(out.dst, m.key...)
	if r.write(m) {
		return true, true
	}
	if m.always && r.faults.held == nil {
		out.dst = append(append(out.dst[:from], m.key...), zeroOf(m)...)
		return true, false
	}
	out.dst = out.dst[:mark]
	if m.special == cutMark {
		out.cut = mark
	}
	return false, false
}

// judge decides about a struct that is written: whole, left out, or the
// reason to hold the Raw.
func (r *run) judge(n *node, start, wrote int, missing *node, empty bool) bool {
	out := &r.draft.out
	nothing := empty || out.wrote == wrote
	if n.rule != nil && n.rule.required && (missing != nil || nothing) {
		return r.faults.hold(r.faults.problem(cmp.Or(missing, n), "GW-M110", value{}))
	}
	optional := n.optional()
	explained := missing != nil && missing.special == unitCode && r.draft.noted.unitNamed
	switch {
	case missing != nil && !optional:
		return r.faults.hold(r.faults.problem(missing, "GW-M110", value{}))
	case missing != nil && out.wrote > wrote && !explained:
		lost := append([]byte(nil), out.dst[start:]...)
		out.dst = out.dst[:start]
		return r.faults.unreadable(missing, "GW-M110", value{b: lost, shape: text})
	case missing != nil, optional && nothing:
		out.dst = out.dst[:start]
		return false
	}
	return true
}

// optional reports whether a record can be without the struct.
func (n *node) optional() bool { return n.path != "" && (n.pointer || !n.always || n.name == "") }

// zeroOf is how encoding/json writes an empty member that is never left out.
func zeroOf(m *node) string {
	switch {
	case m.pointer:
		return "null"
	case m.form == formList || m.form == formDict:
		return "null"
	case m.form == formObject:
		return "{}"
	}
	return `""`
}

// write writes the value of a field and reports whether there was one.
func (r *run) write(n *node) bool {
	if n.special != plain {
		return r.special(n)
	}
	switch n.form {
	case formObject:
		return r.object(n)
	case formList:
		return r.list(n)
	case formDict:
		return r.dict(n)
	}
	return r.valued(n)
}

// valued writes a field by its own rule.
func (r *run) valued(n *node) bool {
	if r.trace != nil {
		return r.traced(n)
	}
	return r.leaf(n)
}

// leaf writes one value.
func (r *run) leaf(n *node) bool {
	d := &r.draft
	if n.rule.when != nil && !r.values.holds(n.rule.when, n) {
		d.noted.uncoded()
		return false // neither default nor required: the rule does not apply
	}
	v, ok := r.values.obtain(n)
	if n.form == formCode {
		if d.noted.uncoded(); n.rule.literal == nil {
			d.noted.coded = v
			if len(n.rule.labels) > 0 {
				d.noted.label = r.values.label(n.rule)
			}
		}
	}
	if r.faults.held != nil {
		return false
	}
	if ok {
		if v.shape >= object {
			return r.faults.refuse(n, r.faults.form(n, v, n.form.String()), v)
		}
		if n.rule.literal == nil {
			d.out.wrote++
		}
		ok = d.convert(n, v)
	}
	if ok || r.faults.held != nil {
		return ok
	}
	switch {
	case n.rule.fallback != nil:
		return d.convert(n, written(n, n.rule.fallback))
	case n.rule.required:
		return r.faults.hold(r.faults.problem(n, "GW-M110", value{}))
	}
	return false
}

// list writes a list; an empty one is left out.
func (r *run) list(n *node) bool {
	out := &r.draft.out
	start := len(out.dst)
	out.dst = append(out.dst, '[')
	count := 0
	for _, item := range n.items {
		count += r.element(item, count)
	}
	if n.each != nil {
		count += r.walk(n, count)
	}
	if r.faults.held != nil {
		return false
	}
	if count == 0 {
		out.dst = out.dst[:start]
		return false
	}
	out.dst = append(out.dst, ']')
	return true
}

// element writes one element and gives how many that made.
func (r *run) element(n *node, at int) int {
	if r.faults.held != nil {
		return 0
	}
	out, path := &r.draft.out, &r.faults.path
	mark := len(out.dst)
	if at > 0 {
		out.dst = append(out.dst, ',')
	}
	*path = append(*path, at)
	ok := false
	if n.form == formObject {
		ok = r.object(n)
	} else if n.rule == nil || n.rule.when == nil || r.values.holds(n.rule.when, n) {
		ok = r.write(n)
	}
	*path = (*path)[:len(*path)-1]
	if !ok {
		out.dst = out.dst[:mark]
		return 0
	}
	return 1
}

// walk writes the elements of a list of the Raw.
func (r *run) walk(n *node, count int) int {
	made := 0
	r.elements(n, func() {
		made += r.element(n.elem, count+made)
		r.watch.met(r, n.frame)
	})
	return made
}

// dict writes a dictionary; an empty one is left out.
func (r *run) dict(n *node) bool {
	if n.rule != nil && n.rule.when != nil && !r.values.holds(n.rule.when, n) {
		return false
	}
	out := &r.draft.out
	start := len(out.dst)
	out.dst = append(out.dst, '{')
	count := 0
	if n.rule != nil && len(n.rule.from) > 0 {
		count = r.dictOf(n)
	}
	for _, m := range n.members {
		mark := len(out.dst)
		if count > 0 {
			out.dst = append(out.dst, ',')
		}
		out.dst = append(out.dst, m.key...)
		if !r.write(m) {
			out.dst = out.dst[:mark]
			continue
		}
		count++
	}
	if count == 0 {
		out.dst = out.dst[:start]
		if n.rule != nil && n.rule.required {
			return r.faults.hold(r.faults.problem(n, "GW-M110", value{}))
		}
		return false
	}
	out.dst = append(out.dst, '}')
	return r.faults.held == nil
}

// dictOf writes the members of an object of the Raw, sorted, and gives how many.
func (r *run) dictOf(n *node) int {
	v, ok := r.values.obtain(n)
	if !ok {
		return 0
	}
	if v.shape != object {
		r.faults.refuse(n, r.faults.form(n, v, object.String()), v)
		return 0
	}
	words := map[string][]byte{}
	eachMember(v.b, func(name []byte, v value) {
		if v.shape > null && v.shape < object && len(words) < maxMembers {
			if word := r.in.word(v); len(word) > 0 {
				words[vntext.Clean(string(name))] = word
			}
		}
	})
	names := make([]string, 0, len(words))
	for name := range words {
		names = append(names, name)
	}
	slices.Sort(names)
	out := &r.draft.out
	for i, name := range names {
		if i > 0 {
			out.dst = append(out.dst, ',')
		}
		shown, _ := r.private.unclassed(n, []byte(name), false)
		out.text(shown, false)
		out.dst = append(out.dst, ':')
		shown, _ = r.private.unclassed(n, words[name], false)
		out.text(shown, false)
	}
	out.wrote += len(names)
	return len(names)
}
