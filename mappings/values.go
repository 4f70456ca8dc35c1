package mappings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
	"iocgateway/mappings/expression"
)

// values gains the values of fields from the input, by their rules.
type values struct {
	plan    *Plan
	in      *input
	known   *known
	faults  *faults
	machine expression.Machine
	join    []byte             // what a join came to
	style   vntext.NumberStyle // of the rule whose steps run
}

// release forgets the Raw, so that nothing of it is held.
func (r *values) release() {
	r.machine.Clear()
	r.join = kept(r.join)
}

// blank reports whether a value is nothing.
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
func (r *values) gather(n *node) (value, bool) {
	if n.rule.when != nil && !r.holds(n.rule.when, n) {
		return value{}, false
	}
	return r.obtain(n)
}

// obtain is gather without when:.
func (r *values) obtain(n *node) (value, bool) {
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
	in := r.in
	for _, s := range ru.from {
		v := in.slot(s)
		if blank(v, ru.empty) {
			continue
		}
		if len(ru.steps) == 0 {
			return v, true
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
func (r *values) cleaned(n *node, v value, ok bool) (value, bool) {
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

// stepped runs the cleaning steps; false with the fault kept when one cannot
// read its value.
func (r *values) stepped(n *node, v value) (value, bool) {
	r.style = n.rule.numbers
	for i := range n.rule.steps {
		s := &n.rule.steps[i]
		if (v.shape == object || v.shape == array) && !s.structural() {
			return v, true // it has no text: the field will refuse it
		}
		v = r.in.decoded(v)
		out, ok := s.apply(r, v, s)
		if !ok {
			p := r.faults.problem(n, "GW-M116", v)
			p.Want = s.name
			return value{}, r.faults.refuse(n, p, v)
		}
		if v = out; v.shape <= null {
			return v, true
		}
	}
	return v, true
}

// firstOf is gather for where a list stands.
func (r *values) firstOf(ru *rule) (value, bool) {
	for _, s := range ru.from {
		v := r.in.slot(s)
		for i := range ru.steps {
			st := &ru.steps[i]
			if v.shape <= null {
				break
			}
			out, ok := st.apply(r, r.in.decoded(v), st)
			if !ok {
				r.faults.hold(&problem.Problem{Code: "GW-M116", Path: s.said, Want: st.name})
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

// label finds the source's word for a code, where the rule asks for one.
func (r *values) label(ru *rule) value {
	for _, s := range ru.labels {
		if l := r.in.slot(s); !blank(l, ru.empty) {
			if l, _ = stepTextOf(r, l, &step{}); l.shape == text || l.shape == number {
				return l
			}
		}
	}
	return value{}
}

// filled fills a template; it has no value where none of its paths has one.
func (r *values) filled(ru *rule) (value, bool) {
	var out []byte
	some := false
	for _, p := range ru.template {
		if !p.path {
			out = append(out, p.literal...)
			continue
		}
		if v := r.in.slot(p.from); !blank(v, ru.empty) && v.shape != object && v.shape != array {
			out = append(out, r.in.plain(v)...)
			some = true
		}
	}
	return value{b: out, shape: text}, some
}

func (r *values) joined(n *node) (value, bool) {
	out := r.join[:0]
	for _, s := range n.rule.from {
		v := r.in.slot(s)
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
		out = append(out, r.in.plain(v)...)
	}
	r.join = out
	return value{b: out, shape: text}, len(out) > 0
}

// degrees reads one half of a pair; what is no number is not there.
func (r *values) degrees(n *node) (float64, bool) {
	v, ok := r.gather(n)
	if !ok || v.shape != text && v.shape != number {
		return 0, false
	}
	style := n.rule.numbers
	if v.shape == number || style == "" {
		style = vntext.StylePlain
	}
	dec, err := vntext.ParseDecimal(string(r.in.plain(v)), style)
	if err != nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(dec, 64)
	return f, err == nil
}

// moment reads a date by the first layout that fits; false when there is
// none, or nothing is there.
func (r *values) moment(n *node) (time.Time, bool) {
	v, ok := r.gather(n)
	if !ok {
		return time.Time{}, false
	}
	at, _, _, _, err := n.rule.date(r.in.plain(v))
	return at, err == nil
}

// holds runs a when:. A failing expression holds the Raw.
func (r *values) holds(p *program, n *node) bool {
	out, err := r.eval(p)
	if err != nil {
		r.faults.expression(p, n, err)
		return false
	}
	is, _ := out.(bool)
	return is
}

// computed runs an expr:.
func (r *values) computed(n *node) (value, bool) {
	out, err := r.eval(n.rule.expr)
	if err != nil {
		r.faults.expression(n.rule.expr, n, err)
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
	r.faults.expression(n.rule.expr, n, fmt.Errorf("it gives a %T", out))
	return value{}, false
}

// eval runs a program over the slots.
func (r *values) eval(p *program) (any, error) {
	r.machine.Start(r.in.raw.Key)
	for i, s := range p.vars {
		v, err := r.operand(r.in.slot(s))
		if err != nil {
			return nil, err
		}
		r.machine.Set(i, v)
	}
	return r.machine.Run(p.Program)
}

const maxOperand = 1 << 20 // a longer value is refused by an expression

// operand gives a value as expressions calculate with it.
func (r *values) operand(v value) (any, error) {
	if len(v.b) > maxOperand {
		return nil, errors.New("a value is too long for an expression")
	}
	switch v.shape {
	case text:
		return string(r.in.decoded(v).b), nil
	case number:
		return strconv.ParseFloat(string(v.b), 64)
	case yes:
		return true, nil
	case no:
		return false, nil
	case object, array:
		var out any
		err := json.Unmarshal(v.b, &out)
		return out, err
	}
	return nil, nil //nolint:nilnil // absent is nil
}
