package mappings

import (
	"bytes"
	"strconv"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// faults collects what is wrong with the Raw in hand: the problem that holds
// it, or the values that are kept in unread because nobody understood them.
type faults struct {
	plan    *Plan
	in      *input
	private *protection
	person  func() []byte // the words of the name whose matter it is
	path    []int         // list positions down to where we are
	unread  []canonical.Unread
	held    *problem.Problem // the first that holds the Raw
	odd     []bool           // by spot: its value is one that nobody understood
	status  byte             // a letter for the record's status
}

func (f *faults) reset() {
	f.path, f.unread, f.held = f.path[:0], nil, nil
	clear(f.odd)
	f.status = 0
}

// hold holds the Raw. It gives false, for its callers to give on.
func (f *faults) hold(p *problem.Problem) bool {
	if f.held == nil {
		f.held = p
	}
	return false
}

// refuse holds the Raw, or keeps the value in unread, by the rule.
func (f *faults) refuse(n *node, p *problem.Problem, v value) bool {
	f.odd[n.spot] = true
	if n.rule.onInvalid == "unread" && f.plan.unreads {
		f.keep(p.Field, p.Code, n, f.in.decoded(v).b)
		return false
	}
	return f.hold(p)
}

// unreadable is the end of a value nobody understands: it goes to unread
// where the kind has that, otherwise the Raw is held.
func (f *faults) unreadable(n *node, code string, v value) bool {
	f.odd[n.spot] = true
	if f.plan.unreads {
		f.keep(f.place(n), code, n, f.in.decoded(v).b)
		return false
	}
	return f.hold(f.problem(n, code, v))
}

// keep puts a value into unread, treated like the field it was for.
func (f *faults) keep(path, code string, n *node, raw []byte) {
	if len(f.unread) >= maxUnread || n.identity && f.private.anonymous {
		return
	}
	shown := vntext.Clean(string(raw))
	if len(shown) > 4096 {
		shown = string([]rune(shown)[:1024]) + "…"
	}
	f.unread = append(f.unread, canonical.Unread{Field: path, Raw: f.private.unread(n, shown), Code: code})
}

// problem describes what is wrong with a value, which is shown only as far as
// it is nobody's.
func (f *faults) problem(n *node, code string, v value) *problem.Problem {
	p := &problem.Problem{Code: code, Field: f.place(n), File: f.plan.File, Line: n.line, Col: n.col}
	if n.rule != nil && len(n.rule.from) > 0 {
		p.Path = n.rule.from[0].said
	}
	if len(v.b) > 0 {
		p.Value = f.shown(n, string(f.in.decoded(v).b))
	}
	return p
}

// form describes a value that is no scalar where one belongs.
func (f *faults) form(n *node, v value, want string) *problem.Problem {
	p := f.problem(n, "GW-M115", value{})
	p.Value, p.Want = v.shape.String(), want
	return p
}

// limits describes a number out of its bounds.
func (f *faults) limits(n *node, v value) *problem.Problem {
	p := f.problem(n, "GW-M118", v)
	var parts []string
	if n.min != nil {
		parts = append(parts, "≥ "+strconv.FormatFloat(*n.min, 'f', -1, 64))
	}
	if n.max != nil {
		parts = append(parts, "≤ "+strconv.FormatFloat(*n.max, 'f', -1, 64))
	}
	if p.Want = strings.Join(parts, ", "); p.Want == "" {
		p.Want = n.form.String()
	}
	return p
}

// expression holds the Raw for an expression that failed.
func (f *faults) expression(p *program, n *node, err error) {
	f.hold(&problem.Problem{Code: "GW-M117", Field: f.place(n), File: f.plan.File, Line: p.line, Col: p.col, Err: f.quiet(err)})
}

// place is where a field stands, list positions filled in.
func (f *faults) place(n *node) string {
	path := n.path
	if len(f.path) == 0 || !bytes.Contains([]byte(path), []byte("[]")) {
		return path
	}
	var out []byte
	next := 0
	for i := 0; i < len(path); i++ {
		out = append(out, path[i])
		if path[i] == '[' && next < len(f.path) {
			out = append(out, itoa(f.path[next])...)
			next++
		}
	}
	return string(out)
}
