package mappings

import (
	"cmp"
	"strconv"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

func itoa(i int) string { return strconv.Itoa(i) }

// object appends a struct: its members in the order of the struct, those
// without a value left out. It is left out itself when nothing is in it.
func (r *run) object(n *node) bool {
	if n.rule != nil && n.rule.when != nil && !r.holds(n.rule.when, n) {
		return false
	}
	if n.identity && r.anon {
		return false
	}
	start, wrote := len(r.dst), r.wrote
	var caught captures
	if n.droppable {
		caught = r.caught
	}
	r.lastID = nil
	r.dst = append(r.dst, '{')
	empty := true
	missing := (*node)(nil)
	for _, m := range n.members {
		written, ok := r.member(m, empty)
		if r.err != nil {
			return false
		}
		if !ok && m.required && missing == nil {
			missing = m
		}
		empty = empty && !written
	}
	r.dst = append(r.dst, '}')
	kept := r.judge(n, start, wrote, missing, empty)
	if !kept && n.droppable {
		r.caught = caught
	}
	return kept
}

// member appends one member of a struct. ok says that it has a value; some
// are written without one.
func (r *run) member(m *node, first bool) (written, ok bool) {
	mark := len(r.dst)
	if !first {
		r.dst = append(r.dst, ',')
	}
	from := len(r.dst)
	r.dst = append(r.dst, m.key...)
	if r.write(m) {
		return true, true
	}
	if m.always && r.err == nil {
		r.dst = append(append(r.dst[:from], m.key...), zeroOf(m)...)
		return true, false
	}
	r.dst = r.dst[:mark]
	if m.special == cutMark {
		r.cut = mark
	}
	return false, false
}

// judge decides about a struct that is written: whole, left out, or the
// reason to hold the Raw.
func (r *run) judge(n *node, start, wrote int, missing *node, empty bool) bool {
	nothing := empty || r.wrote == wrote
	if n.rule != nil && n.rule.required && (missing != nil || nothing) {
		return r.fail(r.problem(cmp.Or(missing, n), "GW-M110", value{}))
	}
	optional := n.optional()
	told := missing != nil && missing.special == unitCode && r.told
	switch {
	case missing != nil && !optional:
		return r.fail(r.problem(missing, "GW-M110", value{}))
	case missing != nil && r.wrote > wrote && !told:
		lost := append([]byte(nil), r.dst[start:]...)
		r.dst = r.dst[:start]
		return r.unreadable(missing, "GW-M110", value{b: lost, shape: text})
	case missing != nil, optional && nothing:
		r.dst = r.dst[:start]
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

// write appends the value of a field and reports whether there was one.
func (r *run) write(n *node) bool {
	switch n.special {
	case plain:
	case place:
		if n.form == formObject {
			return r.location(n)
		}
		return r.writeQuality()
	default:
		return r.engine(n)
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

// list appends a list; an empty one is left out.
func (r *run) list(n *node) bool {
	start := len(r.dst)
	r.dst = append(r.dst, '[')
	count := 0
	for _, item := range n.items {
		count += r.element(item, count)
	}
	if n.each != nil {
		count += r.walk(n, count)
	}
	if r.err != nil {
		return false
	}
	if count == 0 {
		r.dst = r.dst[:start]
		return false
	}
	r.dst = append(r.dst, ']')
	return true
}

// element appends one element and gives how many that made.
func (r *run) element(n *node, at int) int {
	if r.err != nil {
		return 0
	}
	mark := len(r.dst)
	if at > 0 {
		r.dst = append(r.dst, ',')
	}
	r.path = append(r.path, at)
	ok := false
	if n.form == formObject {
		ok = r.object(n)
	} else if n.rule == nil || n.rule.when == nil || r.holds(n.rule.when, n) {
		ok = r.write(n)
	}
	r.path = r.path[:len(r.path)-1]
	if !ok {
		r.dst = r.dst[:mark]
		return 0
	}
	return 1
}

// walk goes through a list of the Raw. One value where a list belongs is a list of one.
func (r *run) walk(n *node, count int) int {
	v, ok := r.firstOf(n.each)
	if !ok {
		return 0
	}
	made, met := 0, 0
	saved := r.scan
	visit := func(item value) bool {
		if met++; met > maxItems {
			return r.fail(&problem.Problem{Code: "GW-M108", Field: n.path, Path: n.each.from[0].full, Want: itoa(maxItems)})
		}
		span := item.b
		if item.shape == text {
			span = quoted(item)
		}
		if !r.scanInto(n.frame, span) {
			return r.fail(r.scanProblem())
		}
		made += r.element(n.elem, count+made)
		return r.err == nil
	}
	if v.shape == array {
		eachItem(v.b, visit)
	} else {
		visit(v)
	}
	gen := r.scan.gen
	r.scan = saved
	r.scan.gen = gen
	return made
}

// quoted gives a text as JSON again, to be scanned as an element.
func quoted(v value) []byte {
	out := append(make([]byte, 0, len(v.b)+2), '"')
	if v.esc {
		out = append(out, v.b...)
	} else {
		out = appendJSON(out, v.b)
	}
	return append(out, '"')
}

func (r *run) dict(n *node) bool {
	if n.rule != nil && n.rule.when != nil && !r.holds(n.rule.when, n) {
		return false
	}
	start := len(r.dst)
	r.dst = append(r.dst, '{')
	count := 0
	if n.rule != nil && len(n.rule.from) > 0 {
		count = r.dictOf(n)
	}
	for _, m := range n.members {
		mark := len(r.dst)
		if count > 0 {
			r.dst = append(r.dst, ',')
		}
		r.dst = append(r.dst, m.key...)
		if !r.write(m) {
			r.dst = r.dst[:mark]
			continue
		}
		count++
	}
	if count == 0 {
		r.dst = r.dst[:start]
		if n.rule != nil && n.rule.required {
			return r.fail(r.problem(n, "GW-M110", value{}))
		}
		return false
	}
	r.dst = append(r.dst, '}')
	return r.err == nil
}

// problem tells what is wrong with a value, which is shown only as far as it
// is nobody's.
func (r *run) problem(n *node, code string, v value) *problem.Problem {
	p := &problem.Problem{Code: code, Field: r.place(n), File: r.plan.File, Line: n.line, Col: n.col}
	if n.rule != nil && len(n.rule.from) > 0 {
		p.Path = n.rule.from[0].full
	}
	if len(v.b) == 0 {
		return p
	}
	shown := string(r.decoded(v).b)
	if n.class != "" {
		shown = privacy.Mask(n.class, shown)
	} else {
		shown = privacy.Scrub(shown)
	}
	p.Value = problem.Short(shown)
	return p
}

// unreadable is the end of a value nobody understands: it goes to unread, or
// the Raw is held, as the rule says.
func (r *run) unreadable(n *node, code string, v value) bool {
	if r.plan.unreads {
		r.putUnread(r.place(n), code, n, r.decoded(v).b)
		return false
	}
	return r.fail(r.problem(n, code, v))
}
