package mappings

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/drift"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/vntext"
)

// tidyLength is the length of a character beyond ASCII that may be copied as
// it is, or 0.
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

// convert writes a value in the form of its field.
func (d *draft) convert(n *node, v value) bool {
	switch n.form {
	case formText:
		return d.text(n, v)
	case formCode:
		return d.code(n, v)
	case formTime:
		return d.instant(n, v)
	case formDate:
		return d.date(n, v)
	case formBool:
		return d.truth(n, v)
	}
	return d.figure(n, v)
}

// text writes a text: NFC, trimmed, and treated by its class.
func (d *draft) text(n *node, v value) bool {
	clean := v.b
	quick := !v.esc && tidy(v.b)
	if !quick {
		clean = d.in.clean(v, n.rule.lines)
	}
	if len(clean) == 0 || !quick && blank(value{b: clean, shape: text}, n.rule.empty) {
		return false
	}
	if n.hex > 0 && !hexadecimal(clean, n.hex) {
		p := d.faults.problem(n, "GW-M118", v)
		p.Want = itoa(n.hex) + " hex"
		return d.faults.refuse(n, p, v)
	}
	if n.class != "" {
		if clean, quick = d.private.text(n, clean, quick); len(clean) == 0 {
			return false
		}
	} else {
		clean, quick = d.private.unclassed(n, clean, quick)
	}
	d.out.text(clean, quick)
	if len(n.indexed) > 0 {
		d.index.text(n, clean, d.known)
	}
	if n.role == canonical.RoleAgencyID || n.role == canonical.RoleProcedureID {
		d.noted.id = clean
	}
	return true
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

// code writes the canonical code. An unmapped one is unknown, never a guess
// (Invariant 9).
func (d *draft) code(n *node, v value) bool {
	ru := n.rule
	word := d.in.word(v)
	if len(word) == 0 {
		return false
	}
	asked := word
	if ru.codes != nil && ru.codes.byLabel && d.noted.label.shape != absent {
		asked = d.in.word(d.noted.label)
	}
	var to string
	var ok bool
	switch {
	case v.shape == canonicalCode:
		to, ok = string(word), true
	case ru.codes != nil:
		to, ok = ru.codes.find(asked)
	case n.oneof == nil:
		word, _ = d.private.unclassed(n, word, false)
		to, ok = string(word), true
	default:
		to, ok = sameWord(n.oneof, word)
	}
	if !ok {
		return d.unmapped(n, v, word)
	}
	d.put(n, to)
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

// put writes a canonical code.
func (d *draft) put(n *node, to string) {
	d.out.word(to)
	if n.role == canonical.RoleStatus {
		d.faults.status = drift.Letter(to)
	}
	if to == canonical.StatusUnknown {
		d.index.ix.Unknown++
	}
	d.index.word(n, to)
	d.noted.missing = d.noted.missing || n.role == canonical.RoleMissing
}

// unmapped treats a code that no list knows. The member beside that has what
// the source wrote keeps it; where there is none, unread does.
func (d *draft) unmapped(n *node, v value, word []byte) bool {
	d.faults.odd[n.spot] = true
	switch n.rule.onUnknown {
	case "hold":
		p := d.faults.problem(n, "GW-M114", v)
		if n.rule.codes != nil {
			p.Want = n.rule.codes.Name
		}
		return d.faults.hold(p)
	case "keep":
		word, _ = d.private.unclassed(n, word, false)
		d.out.text(word, false)
		d.index.word(n, string(word))
		return true
	}
	if !n.hasRaw && d.plan.unreads {
		d.faults.keep(d.faults.place(n), "GW-M114", n, word)
	}
	to := n.fallback()
	if to == "" {
		if !d.plan.unreads {
			return d.faults.hold(d.faults.problem(n, "GW-M114", v))
		}
		return false
	}
	d.put(n, to)
	return true
}

// figure writes a decimal, a whole number or a number.
func (d *draft) figure(n *node, v value) bool {
	style := n.rule.numbers
	if v.shape == number {
		style = vntext.StylePlain
	}
	var room [80]byte
	dec, err := vntext.AppendDecimal(room[:0], string(d.in.plain(v)), style)
	if v.shape == yes || v.shape == no || err != nil {
		return d.faults.refuse(n, d.faults.problem(n, "GW-M112", v), v)
	}
	switch n.form {
	case formDecimal:
		return d.decimal(n, v, dec)
	case formInt:
		i, err := strconv.ParseInt(string(dec), 10, 64)
		if err != nil || n.outside(float64(i)) {
			return d.faults.refuse(n, d.faults.limits(n, v), v)
		}
		d.out.dst = strconv.AppendInt(d.out.dst, i, 10)
		return true
	}
	f, err := strconv.ParseFloat(string(dec), 64)
	if err != nil || n.outside(f) {
		return d.faults.refuse(n, d.faults.limits(n, v), v)
	}
	f, ok := d.private.number(n, f)
	if ok {
		d.out.dst = appendFloat(d.out.dst, f)
	}
	return ok
}

func (n *node) outside(f float64) bool {
	return n.min != nil && f < *n.min || n.max != nil && f > *n.max
}

func (d *draft) decimal(n *node, v value, dec []byte) bool {
	if !canonical.Decimal(dec).Valid() {
		return d.faults.refuse(n, d.faults.problem(n, "GW-M112", v), v)
	}
	d.out.dst = append(append(append(d.out.dst, '"'), dec...), '"')
	d.noted.value = d.noted.value || n.role == canonical.RoleValue
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

// parse tries the layouts. ok is false for dates that stand for none.
func (d *draft) parse(n *node, v value) (at time.Time, zoned, timed, ok bool) {
	at, zoned, timed, fits, err := n.rule.date(d.in.plain(v))
	switch {
	case err == nil:
		return at, zoned, timed, true
	case errors.Is(err, vntext.ErrSentinel):
		return time.Time{}, false, false, false
	}
	p := d.faults.problem(n, "GW-M111", v)
	if p.Near = fits; fits == "" { // none of them: the source writes dates in another way
		for i, l := range n.rule.layouts {
			if i > 0 {
				p.Want += ", "
			}
			p.Want += l.String()
		}
	}
	d.faults.refuse(n, p, v)
	return time.Time{}, false, false, false
}

// date reads a date by the first layout that fits. Where none gives one, fits
// is the layout that a day which never was is written in.
func (ru *rule) date(b []byte) (at time.Time, zoned, timed bool, fits string, err error) {
	err = vntext.ErrLayout
	for i := range ru.layouts {
		at, zoned, timed, found := ru.layouts[i].Parse(b, ru.zone)
		switch {
		case found == nil && ru.layouts[i].HasDate() && slices.Contains(ru.noDates, dayOf(at)):
			err = vntext.ErrSentinel
		case found == nil:
			return at, zoned, timed, "", nil
		case errors.Is(found, vntext.ErrSentinel):
			err = found
		case errors.Is(found, vntext.ErrRange) && fits == "":
			fits = ru.layouts[i].String()
		}
	}
	return time.Time{}, false, false, fits, err
}

func (d *draft) instant(n *node, v value) bool {
	at, zoned, timed, ok := d.parse(n, v)
	if !ok {
		return false
	}
	if y := at.Year(); y < 0 || y > 9999 {
		return d.faults.refuse(n, d.faults.problem(n, "GW-M111", v), v)
	}
	if !zoned && d.plan.unreads {
		d.noted.noZone = true
	}
	if n.role == canonical.RoleDue {
		if d.noted.due = dueDay; timed {
			d.noted.due = dueMinute
		}
	}
	d.out.dst = append(d.out.dst, '"')
	d.out.dst = vntext.AppendRFC3339(d.out.dst, at)
	d.out.dst = append(d.out.dst, '"')
	d.index.time(n, at)
	return true
}

func (d *draft) date(n *node, v value) bool {
	if n.class != "" && d.private.action(n) != privacy.ActionKeep {
		return false // a masked date is no date
	}
	at, zoned, _, ok := d.parse(n, v)
	if !ok {
		return false
	}
	if zoned {
		at = at.In(n.rule.zone) // a day cut off in another zone is another day
	}
	d.out.dst = append(d.out.dst, '"')
	from := len(d.out.dst)
	d.out.dst = vntext.AppendDate(d.out.dst, at)
	d.noted.day(n, d.out.dst[from:])
	d.out.dst = append(d.out.dst, '"')
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

func (d *draft) truth(n *node, v value) bool {
	is, ok := v.shape == yes, v.shape == yes || v.shape == no
	if !ok {
		if is, ok = truth(d.in.plain(v)); !ok {
			p := d.faults.problem(n, "GW-M113", v)
			p.Want = "true, false, 1, 0, có, không"
			return d.faults.refuse(n, p, v)
		}
	}
	d.out.dst = strconv.AppendBool(d.out.dst, is)
	return true
}
