package mappings

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// decoded gives text without its escapes.
func (r *run) decoded(v value) value {
	if !v.esc {
		return v
	}
	from := len(r.scratch)
	r.scratch = appendUnescaped(r.scratch, v.b)
	return value{b: r.scratch[from:len(r.scratch):len(r.scratch)], shape: text}
}

func (r *run) plainBytes(v value) []byte { return bytes.TrimSpace(r.decoded(v).b) }

// blank reports whether a value says nothing.
func blank(v value, empty []string) bool {
	switch v.shape {
	case absent, null:
		return true
	case text, number:
		b := bytes.TrimSpace(v.b)
		for _, e := range empty {
			if len(e) == len(b) && e == string(b) {
				return true
			}
		}
	}
	return false
}

// gather finds the value of a rule; false when there is none.
func (r *run) gather(n *node) (value, bool) {
	if n.rule.when != nil && !r.holds(n.rule.when, n) {
		return value{}, false
	}
	return r.obtain(n)
}

func (r *run) obtain(n *node) (value, bool) {
	ru := n.rule
	switch {
	case ru.literal != nil:
		return written(n, ru.literal), true
	case ru.expr != nil:
		v, ok := r.computed(n)
		return r.cleaned(n, v, ok)
	case ru.template != nil:
		v, ok := r.filled(ru)
		return r.cleaned(n, v, ok)
	case ru.joined:
		return r.joined(n)
	}
	for _, s := range ru.from {
		v := r.slot(s)
		if blank(v, ru.empty) {
			continue
		}
		v, ok := r.stepped(n, v)
		if !ok {
			return v, false
		}
		if !blank(v, ru.empty) {
			return v, true
		}
	}
	return value{}, false
}

// cleaned runs the steps over what an expression or a template gave.
func (r *run) cleaned(n *node, v value, ok bool) (value, bool) {
	if ok && len(n.rule.steps) > 0 {
		v, ok = r.stepped(n, v)
	}
	return v, ok && !blank(v, n.rule.empty)
}

// written is a value that the mapping itself gives: canonical already, and
// numbers in it are plain whatever the source's style.
func written(n *node, b []byte) value {
	switch n.form {
	case formDecimal, formInt, formFloat:
		return value{b: b, shape: number}
	case formCode:
		return value{b: b, shape: canonicalCode}
	}
	return value{b: b, shape: text}
}

// stepped runs the cleaning steps; false with r.err or unread set when one
// cannot read its value.
func (r *run) stepped(n *node, v value) (value, bool) {
	r.style = n.rule.numbers
	for i := range n.rule.steps {
		s := &n.rule.steps[i]
		if (v.shape == object || v.shape == array) && !s.structural() {
			return v, true // it has no text: the field will say so
		}
		v = r.decoded(v)
		out, ok := s.apply(r, v, s)
		if !ok {
			p := r.problem(n, "GW-M116", v)
			p.Want = s.name
			return value{}, r.refuse(n, p, v)
		}
		if v = out; v.shape <= null {
			return v, true
		}
	}
	return v, true
}

// refuse holds the Raw, or keeps the value in unread, as the rule says.
func (r *run) refuse(n *node, p *problem.Problem, v value) bool {
	if n.rule.onInvalid == "unread" && r.plan.unreads {
		r.putUnread(p.Field, p.Code, n, r.decoded(v).b)
		return false
	}
	return r.fail(p)
}

// firstOf is gather for where a list stands.
func (r *run) firstOf(ru *rule) (value, bool) {
	for _, s := range ru.from {
		v := r.slot(s)
		for i := range ru.steps {
			st := &ru.steps[i]
			if v.shape <= null {
				break
			}
			out, ok := st.apply(r, r.decoded(v), st)
			if !ok {
				r.fail(&problem.Problem{Code: "GW-M116", Path: s.full, Want: st.name})
				return value{}, false
			}
			v = out
		}
		if v.shape > null && !(v.shape == text && len(bytes.TrimSpace(v.b)) == 0) {
			return v, true
		}
	}
	return value{}, false
}

func (r *run) computed(n *node) (value, bool) {
	out, err := r.eval(n.rule.expr)
	if err != nil {
		r.exprFault(n.rule.expr, n, err)
		return value{}, false
	}
	switch v := out.(type) {
	case nil:
		return value{}, false
	case string:
		return value{b: []byte(v), shape: text}, v != ""
	case bool:
		return value{b: []byte(strconv.FormatBool(v)), shape: text}, true
	case float64:
		return value{b: strconv.AppendFloat(nil, v, 'f', -1, 64), shape: number}, true
	case int:
		return value{b: strconv.AppendInt(nil, int64(v), 10), shape: number}, true
	}
	r.exprFault(n.rule.expr, n, fmt.Errorf("it gives a %T", out))
	return value{}, false
}

func (r *run) exprFault(p *program, n *node, err error) {
	r.fail(&problem.Problem{Code: "GW-M117", Field: r.place(n), File: r.plan.File, Line: p.line, Col: p.col, Err: err})
}

// filled fills a template; it has no value where none of its paths has one.
func (r *run) filled(ru *rule) (value, bool) {
	var out []byte
	some := false
	for _, p := range ru.template {
		if !p.path {
			out = append(out, p.literal...)
			continue
		}
		if v := r.slot(p.from); !blank(v, ru.empty) && v.shape != object && v.shape != array {
			out = append(out, r.plainBytes(v)...)
			some = true
		}
	}
	return value{b: out, shape: text}, some
}

func (r *run) joined(n *node) (value, bool) {
	out := r.join[:0]
	for _, s := range n.rule.from {
		v := r.slot(s)
		if blank(v, n.rule.empty) {
			continue
		}
		v, ok := r.stepped(n, v)
		if !ok {
			return v, false
		}
		if v.shape == object || v.shape == array || blank(v, n.rule.empty) {
			continue
		}
		if len(out) > 0 {
			out = append(out, n.rule.join...)
		}
		out = append(out, r.plainBytes(v)...)
	}
	r.join = out
	return value{b: out, shape: text}, len(out) > 0
}

// leaf appends one value.
func (r *run) leaf(n *node) bool {
	if n.rule.when != nil && !r.holds(n.rule.when, n) {
		r.coded, r.label = value{}, value{}
		return false // neither default nor required: the rule does not apply
	}
	v, ok := r.obtain(n)
	if n.form == formCode {
		r.remember(n, v)
	}
	if r.err != nil {
		return false
	}
	if ok {
		if v.shape >= object {
			p := r.problem(n, "GW-M115", value{})
			p.Value, p.Want = v.shape.String(), n.form.String()
			return r.refuse(n, p, v)
		}
		if n.rule.literal == nil {
			r.wrote++
		}
		ok = r.convert(n, v)
	}
	if ok || r.err != nil {
		return ok
	}
	switch {
	case n.rule.fallback != nil:
		return r.convert(n, written(n, n.rule.fallback))
	case n.rule.required:
		return r.fail(r.problem(n, "GW-M110", value{}))
	}
	return false
}

func (r *run) convert(n *node, v value) bool {
	switch n.form {
	case formText:
		return r.text(n, v)
	case formCode:
		return r.code(n, v)
	case formTime:
		return r.instant(n, v)
	case formDate:
		return r.date(n, v)
	case formBool:
		return r.truth(n, v)
	}
	return r.figure(n, v)
}

// parse tries the layouts. ok is false for dates that stand for none.
func (r *run) parse(n *node, v value) (at time.Time, zoned, timed, ok bool) {
	b := r.plainBytes(v)
	ru := n.rule
	none := false
	for i := range ru.layouts {
		at, zoned, timed, err := ru.layouts[i].Parse(b, ru.zone)
		if err == nil {
			return at, zoned, timed, true
		}
		none = none || errors.Is(err, vntext.ErrSentinel)
	}
	if none {
		return time.Time{}, false, false, false
	}
	p := r.problem(n, "GW-M111", v)
	for i := range ru.layouts {
		if i > 0 {
			p.Want += ", "
		}
		p.Want += ru.layouts[i].String()
	}
	r.refuse(n, p, v)
	return time.Time{}, false, false, false
}

func (r *run) instant(n *node, v value) bool {
	at, zoned, timed, ok := r.parse(n, v)
	if !ok {
		return false
	}
	if y := at.Year(); y < 0 || y > 9999 {
		return r.refuse(n, r.problem(n, "GW-M111", v), v)
	}
	if !zoned && r.plan.unreads {
		r.noZone = true
	}
	if n.path == "due_at" {
		r.hasDue, r.dueDay = true, !timed
	}
	r.dst = append(r.dst, '"')
	r.dst = vntext.AppendRFC3339(r.dst, at)
	r.dst = append(r.dst, '"')
	r.catchTime(n.capture, at)
	r.published(n, at)
	return true
}

func (r *run) date(n *node, v value) bool {
	if n.class != "" && r.action(n) != privacy.ActionKeep {
		return false // a masked date is no date
	}
	at, zoned, _, ok := r.parse(n, v)
	if !ok {
		return false
	}
	if zoned {
		at = at.In(n.rule.zone) // a day cut off in another zone is another day
	}
	r.dst = append(r.dst, '"')
	from := len(r.dst)
	r.dst = vntext.AppendDate(r.dst, at)
	r.catchDay(n, r.dst[from:])
	r.dst = append(r.dst, '"')
	return true
}

// truth reads the words sources use for yes and no.
func truth(b []byte) (is, ok bool) {
	var room [32]byte
	if len(b) > 16 {
		return false, false
	}
	switch string(vntext.AppendFold(room[:0], b)) {
	case "true", "1", "yes", "y", "co", "x", "dung":
		return true, true
	case "false", "0", "no", "n", "khong":
		return false, true
	}
	return false, false
}

func (r *run) truth(n *node, v value) bool {
	is, ok := v.shape == yes, v.shape == yes || v.shape == no
	if !ok {
		if is, ok = truth(r.plainBytes(v)); !ok {
			p := r.problem(n, "GW-M113", v)
			p.Want = "true, false, 1, 0, có, không"
			return r.refuse(n, p, v)
		}
	}
	r.dst = strconv.AppendBool(r.dst, is)
	return true
}
