package mappings

import (
	"bytes"
	"math"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// protection treats the personal values of one record by the policy. Where
// the matter is anonymous, or the name is hidden, free text is treated too.
type protection struct {
	policy    privacy.Policy
	anonymous bool
	name      []byte // the words of the name that free text may not give away
	hiding    privacy.Action
}

func (p *protection) reset() { p.anonymous, p.name = false, p.name[:0] }

// hide has free text treated, from now on, so that it gives the name away no
// more than the name's own field does.
func (p *protection) hide(name []byte) { p.name = privacy.AppendNameWords(p.name, name) }

// hides reports whether a name has to be known before free text is written.
func (p *protection) hides(name *node) bool {
	if p.hiding = name.action; p.anonymous {
		p.hiding = privacy.ActionDrop
	}
	return p.hiding != privacy.ActionKeep
}

func (p *protection) action(n *node) privacy.Action {
	if p.anonymous && n.class == privacy.ClassFreeText && n.action == privacy.ActionKeep {
		return privacy.ActionMask
	}
	return n.action
}

// text treats a personal text; nothing is left of one that is dropped. quick:
// it needs no escape.
func (p *protection) text(n *node, clean []byte, quick bool) ([]byte, bool) {
	if len(p.name) > 0 && n.class == privacy.ClassFreeText {
		clean, quick = p.nameless(clean, quick)
	}
	switch p.action(n) {
	case privacy.ActionDrop:
		return nil, false
	case privacy.ActionMask:
		return masked(n, clean, quick)
	}
	return clean, quick
}

// nameless takes the person's name out of a free text.
func (p *protection) nameless(b []byte, quick bool) ([]byte, bool) {
	if from, _ := vntext.IndexWords(b, p.name, 0); from < 0 {
		return b, quick
	}
	return []byte(privacy.HideName(string(b), string(p.name), p.hiding)), false
}

// masked hides a personal value. Free text that has nothing to hide in it is
// given back as it is.
func masked(n *node, clean []byte, quick bool) ([]byte, bool) {
	if n.class == privacy.ClassFreeText && !bytes.ContainsAny(clean, "@0123456789") {
		return clean, quick
	}
	return []byte(privacy.Mask(n.class, string(clean))), false
}

// number treats a personal number; false when it is dropped.
func (p *protection) number(n *node, f float64) (float64, bool) {
	if n.class == "" {
		return f, true
	}
	switch p.action(n) {
	case privacy.ActionDrop:
		return 0, false
	case privacy.ActionMask:
		return math.Round(f*1000) / 1000, true
	}
	return f, true
}

// unread treats a value nobody understood like the field it was for.
func (p *protection) unread(n *node, raw string) string {
	class := n.class
	if class == "" {
		class = privacy.ClassFreeText
	}
	if class == privacy.ClassFreeText && len(p.name) > 0 {
		raw = privacy.HideName(raw, string(p.name), p.hiding)
	}
	shown, _ := p.policyFor(class).Value(class, raw)
	return shown
}

// policyFor is the policy with free text at least scrubbed where the matter
// is anonymous.
func (p *protection) policyFor(class privacy.DataClass) privacy.Policy {
	if p.anonymous && class == privacy.ClassFreeText && p.policy.Action(class) == privacy.ActionKeep {
		return privacy.Policy{privacy.ClassFreeText: privacy.ActionMask}
	}
	return p.policy
}

// shown is a value as a problem or a trace may show it.
func shown(n *node, s string) string {
	if n.class != "" {
		s = privacy.Mask(n.class, s)
	} else {
		s = privacy.Scrub(s)
	}
	return problem.Short(s)
}
