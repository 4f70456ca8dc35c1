package mappings

import (
	"errors"
	"math"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

// protection treats the personal values of one record by the policy. Where
// the matter is anonymous, or the name is hidden, free text is treated too.
type protection struct {
	policy    privacy.Policy
	anonymous bool
	name      []byte          // the words of the name that free text may not give away
	letters   privacy.Letters // of the name
	hiding    privacy.Action
	official  bool // the name is an office's: only free text is silent about it
	open      bool // the policy keeps free text as it is
	labels    []labels
}

// labels are what was found in the texts of one field without a class: it has
// few of them in many records. A field that has many is not remembered.
type labels map[string]label

type label struct {
	shown   []byte // scrubbed; nil where nothing changes
	letters privacy.Letters
}

const maxLabels, maxLabel = 1024, 200

func newProtection(p *Plan) protection {
	return protection{policy: p.policy, open: p.policy.Action(privacy.ClassFreeText) == privacy.ActionKeep, labels: make([]labels, p.labels)}
}

func (p *protection) reset() { p.anonymous, p.name = false, p.name[:0] }

// hide has free text treated, from now on, so that it gives the name away no
// more than the name's own field does.
func (p *protection) hide(name []byte) {
	p.name = privacy.AppendNameWords(p.name, name)
	p.official = privacy.Official(p.name)
	p.letters = privacy.LettersOf(p.name)
}

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

// unclassed treats a text that has no class: what is a person's in it all the
// same is hidden as it is in free text. quick: it needs no escape.
func (p *protection) unclassed(n *node, clean []byte, quick bool) ([]byte, bool) {
	numbers, names := !p.open || p.anonymous, len(p.name) > 0 && !p.official
	if !numbers && !names {
		return clean, quick
	}
	if l, known := p.label(n, clean); known && !(names && l.letters.Has(p.letters)) {
		if l.shown != nil && numbers {
			return l.shown, false
		}
		return clean, quick
	}
	found := privacy.LookAt(clean)
	if names {
		clean, quick = p.nameless(clean, quick, found)
	}
	if !numbers || !found.Written() {
		return clean, quick
	}
	shown, changed := scrubbed(n, clean, found)
	return shown, quick && !changed
}

func scrubbed(n *node, clean []byte, found privacy.Look) ([]byte, bool) {
	if n.known {
		return privacy.ScrubbedIdentifier(clean, found)
	}
	return privacy.Scrubbed(clean, found)
}

// label is what is known of a field's text; false where the field has too many.
func (p *protection) label(n *node, clean []byte) (label, bool) {
	if n.labels == 0 || len(clean) > maxLabel {
		return label{}, false
	}
	of := p.labels[n.labels-1]
	if of == nil {
		of = labels{}
		p.labels[n.labels-1] = of
	}
	l, known := of[string(clean)]
	if known || len(of) >= maxLabels {
		return l, known
	}
	if shown, changed := scrubbed(n, clean, privacy.LookAt(clean)); changed {
		l.shown = shown
	}
	l.letters = privacy.LettersOf(clean)
	of[string(clean)] = l
	return l, true
}

// text treats a personal text; nothing is left of one that is dropped. quick:
// it needs no escape.
func (p *protection) text(n *node, clean []byte, quick bool) ([]byte, bool) {
	if n.class != privacy.ClassFreeText {
		if n.class == privacy.ClassAddress && len(p.name) > 0 {
			clean, quick = p.nameless(clean, quick, privacy.LookAt(clean))
		}
		switch p.action(n) {
		case privacy.ActionDrop:
			return nil, false
		case privacy.ActionMask:
			return []byte(privacy.Mask(n.class, string(clean))), false
		}
		return clean, quick
	}
	found := privacy.LookAt(clean)
	if len(p.name) > 0 {
		clean, quick = p.nameless(clean, quick, found)
	}
	switch p.action(n) {
	case privacy.ActionDrop:
		return nil, false
	case privacy.ActionMask:
		shown, changed := privacy.Scrubbed(clean, found)
		return shown, quick && !changed
	}
	return clean, quick
}

// nameless takes the person's name out of a text.
func (p *protection) nameless(b []byte, quick bool, found privacy.Look) ([]byte, bool) {
	if !privacy.Names(b, p.name, found) {
		return b, quick
	}
	return []byte(privacy.HideName(string(b), string(p.name), p.hiding)), false
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
	if class != privacy.ClassName && len(p.name) > 0 {
		raw = privacy.HideName(raw, string(p.name), p.hiding)
	}
	if p.anonymous {
		return p.policy.Scrubbing().Unread(class, raw)
	}
	return p.policy.Unread(class, raw)
}

// shown is a value as a problem or a trace may show it, whatever the policy
// keeps: of nobody, and without the name of the person whose matter it is.
func (f *faults) shown(n *node, s string) string {
	if n.class != "" && n.class != privacy.ClassFreeText && n.class != privacy.ClassAddress {
		return problem.Short(privacy.Mask(n.class, s))
	}
	if name := f.person(); len(name) > 0 {
		s = privacy.HideName(s, string(name), privacy.ActionMask)
	}
	if n.class == privacy.ClassAddress {
		return problem.Short(privacy.Mask(n.class, s))
	}
	return problem.Short(privacy.Scrub(s))
}

// quiet is an error without what its words give away.
func (f *faults) quiet(err error) error {
	text := privacy.Scrub(err.Error())
	if name := f.person(); len(name) > 0 {
		text = privacy.HideName(text, string(name), privacy.ActionMask)
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// personName reads the words of the name for what is shown, which the policy may
// not have asked for. What is wrong with it, its own field finds in its turn.
func (r *run) personName() []byte {
	if r.plan.person == nil || r.naming || len(r.private.name) > 0 {
		return r.private.name
	}
	r.naming = true
	defer func() { r.naming = false }()
	unread, held := len(r.faults.unread), r.faults.held
	v, ok := r.values.gather(r.plan.person)
	r.faults.unread, r.faults.held = r.faults.unread[:unread], held
	if !ok || v.shape >= object {
		return nil
	}
	return privacy.AppendNameWords(nil, r.in.word(v))
}
