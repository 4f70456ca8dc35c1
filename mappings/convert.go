package mappings

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// tidy is what a byte means for text that may be copied as it is.
func tidyLength(b []byte, i int) int {
	switch c := b[i]; {
	case c >= 0xC3 && c <= 0xC6:
		if i+1 < len(b) && b[i+1]&0xC0 == 0x80 {
			return 2
		}
	case c == 0xE1:
		if i+2 < len(b) && (b[i+1] == 0xBA || b[i+1] == 0xBB) && b[i+2]&0xC0 == 0x80 {
			return 3
		}
	}
	return 0
}

// tidy reports whether text is clean and needs no escape in JSON: nearly all
// text is, and is then copied without another look.
func tidy(b []byte) bool {
	gap := true
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c > ' ' && c < 0x7F:
			if c == '"' || c == '\\' {
				return false
			}
			gap = false
			i++
		case c == ' ':
			if gap {
				return false
			}
			gap = true
			i++
		default:
			n := tidyLength(b, i)
			if n == 0 {
				return false
			}
			gap = false
			i += n
		}
	}
	return !gap
}

func (r *run) action(n *node) privacy.Action {
	if r.anon && n.class == privacy.ClassFreeText && n.action == privacy.ActionKeep {
		return privacy.ActionMask
	}
	return n.action
}

// text appends a text: NFC, trimmed, and treated by its class.
func (r *run) text(n *node, v value) bool {
	clean := v.b
	quick := !v.esc && tidy(v.b)
	if !quick {
		clean = r.clean(n.rule, v)
	}
	if len(clean) == 0 || !quick && blank(value{b: clean, shape: text}, n.rule.empty) {
		return false
	}
	if n.hex > 0 && !hexadecimal(clean, n.hex) {
		p := r.problem(n, "GW-M118", v)
		p.Want = itoa(n.hex) + " hex"
		return r.refuse(n, p, v)
	}
	if n.class != "" {
		if clean, quick = r.personal(n, clean, quick); len(clean) == 0 {
			return false
		}
	}
	r.putText(clean, quick)
	r.catchText(n.capture, clean)
	if n.name == "id" || n.name == "code" {
		r.lastID = clean
	}
	return true
}

// personal treats a personal value by the policy; nothing is left of one that
// is dropped.
func (r *run) personal(n *node, clean []byte, quick bool) ([]byte, bool) {
	if len(r.name) > 0 && n.class == privacy.ClassFreeText {
		clean, quick = r.hidden(clean, quick)
	}
	switch r.action(n) {
	case privacy.ActionDrop:
		return nil, false
	case privacy.ActionMask:
		return r.masked(n, clean, quick)
	}
	return clean, quick
}

// masked hides a personal value. Free text that has nothing to hide in it is
// given back as it is.
func (r *run) masked(n *node, clean []byte, quick bool) ([]byte, bool) {
	if n.class == privacy.ClassFreeText && !bytes.ContainsAny(clean, "@0123456789") {
		return clean, quick
	}
	return []byte(privacy.Mask(n.class, string(clean))), false
}

func (r *run) putText(b []byte, quick bool) {
	r.dst = append(r.dst, '"')
	if quick {
		r.dst = append(r.dst, b...)
	} else {
		r.dst = appendJSON(r.dst, b)
	}
	r.dst = append(r.dst, '"')
}

func (r *run) clean(ru *rule, v value) []byte {
	v = r.decoded(v)
	if ru != nil && ru.lines {
		return []byte(vntext.CleanLines(string(v.b)))
	}
	from := len(r.scratch)
	r.scratch = vntext.AppendClean(r.scratch, v.b)
	return r.scratch[from:len(r.scratch):len(r.scratch)]
}

func hexadecimal(b []byte, n int) bool {
	if len(b) != n {
		return false
	}
	for _, c := range b {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}

// remember keeps what stood behind a coded field, for its _raw member.
func (r *run) remember(n *node, v value) {
	r.coded, r.label = value{}, value{}
	if n.rule.literal == nil {
		r.coded = v
		for _, s := range n.rule.labels {
			if l := r.slot(s); !blank(l, n.rule.empty) {
				if l, _ = stepTextOf(r, l, &step{}); l.shape == text || l.shape == number {
					r.label = l
					break
				}
			}
		}
	}
}

// code appends the canonical code. An unmapped one is unknown, never a guess
// (Invariant 9).
func (r *run) code(n *node, v value) bool {
	ru := n.rule
	word := r.wordOf(v)
	if len(word) == 0 {
		return false
	}
	asked := word
	if ru.codes != nil && ru.codes.byLabel && r.label.shape != absent {
		asked = r.wordOf(r.label)
	}
	to, ok := "", false
	switch {
	case v.shape == canonicalCode:
		to, ok = string(word), true
	case ru.codes != nil:
		to, ok = ru.codes.find(asked)
	case n.oneof == nil:
		to, ok = string(word), true
	default:
		to, ok = sameWord(n.oneof, word)
	}
	if !ok {
		return r.unmapped(n, v, word)
	}
	r.putCode(n, to)
	return true
}

func sameWord(words []string, b []byte) (string, bool) {
	for _, w := range words {
		if w == string(b) {
			return w, true
		}
	}
	return "", false
}

func (r *run) wordOf(v value) []byte {
	switch v.shape {
	case yes:
		return []byte("true")
	case no:
		return []byte("false")
	}
	if !v.esc && tidy(v.b) {
		return v.b
	}
	return r.clean(nil, v)
}

func (r *run) putCode(n *node, to string) {
	r.dst = append(r.dst, '"')
	r.dst = append(r.dst, to...)
	r.dst = append(r.dst, '"')
	if to == canonical.StatusUnknown {
		r.caught.none++
	}
	r.catchWord(n.capture, to)
	r.hasMiss = r.hasMiss || n.path == "missing"
}

// unmapped treats a code that no list knows. The _raw member beside keeps
// what stood there; where there is none, unread does.
func (r *run) unmapped(n *node, v value, word []byte) bool {
	switch n.rule.onUnknown {
	case "hold":
		p := r.problem(n, "GW-M114", v)
		if n.rule.codes != nil {
			p.Want = n.rule.codes.Name
		}
		return r.fail(p)
	case "keep":
		r.putText(word, false)
		r.catchWord(n.capture, string(word))
		return true
	}
	if !n.hasRaw && r.plan.unreads {
		r.putUnread(r.place(n), "GW-M114", n, word)
	}
	to := n.fallback()
	if to == "" {
		if !r.plan.unreads {
			return r.fail(r.problem(n, "GW-M114", v))
		}
		return false
	}
	r.putCode(n, to)
	return true
}

// figure appends a decimal, a whole number or a number.
func (r *run) figure(n *node, v value) bool {
	style := n.rule.numbers
	if v.shape == number {
		style = vntext.StylePlain
	}
	var room [80]byte
	dec, err := vntext.AppendDecimal(room[:0], string(r.plainBytes(v)), style)
	if v.shape == yes || v.shape == no || err != nil {
		return r.refuse(n, r.problem(n, "GW-M112", v), v)
	}
	switch n.form {
	case formDecimal:
		return r.decimal(n, v, dec)
	case formInt:
		i, err := strconv.ParseInt(string(dec), 10, 64)
		if err != nil || n.outside(float64(i)) {
			return r.refuse(n, r.limits(n, v), v)
		}
		r.dst = strconv.AppendInt(r.dst, i, 10)
		return true
	}
	f, err := strconv.ParseFloat(string(dec), 64)
	if err != nil || n.outside(f) {
		return r.refuse(n, r.limits(n, v), v)
	}
	return r.float(n, f)
}

func (n *node) outside(f float64) bool {
	return n.min != nil && f < *n.min || n.max != nil && f > *n.max
}

func (r *run) decimal(n *node, v value, dec []byte) bool {
	if !canonical.Decimal(dec).Valid() {
		return r.refuse(n, r.problem(n, "GW-M112", v), v)
	}
	r.dst = append(append(append(r.dst, '"'), dec...), '"')
	r.hasVal = r.hasVal || n.path == "value"
	return true
}

func (r *run) limits(n *node, v value) *problem.Problem {
	p := r.problem(n, "GW-M118", v)
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

func (r *run) float(n *node, f float64) bool {
	if n.class != "" && r.action(n) == privacy.ActionDrop {
		return false
	}
	if n.class != "" && r.action(n) == privacy.ActionMask {
		f = math.Round(f*1000) / 1000
	}
	r.dst = appendFloat(r.dst, f)
	return true
}

// appendFloat writes a number as encoding/json does.
func appendFloat(dst []byte, f float64) []byte {
	abs := math.Abs(f)
	if abs == 0 || abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst) - from; n >= 4 && bytes.HasPrefix(dst[len(dst)-4:], []byte("e-0")) {
		dst = append(dst[:len(dst)-2], dst[len(dst)-1])
	}
	return dst
}
