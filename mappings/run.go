package mappings

import (
	"bytes"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

const (
	maxItems   = 10_000 // elements of one list
	maxUnread  = 100
	keepBuffer = 1 << 20 // a larger scratch is not kept for the next Raw
)

// run maps Raws with a plan, one after the other. Its parts belong to the Raw
// in hand and forget it at reset, but for known, which outlives a Raw. What
// the parts read goes one way: from the input by the rules of the plan
// (values) into the record (draft).
type run struct {
	plan     *Plan
	known    known
	in       input
	private  protection
	faults   faults
	values   values
	draft    draft
	trace    *tracer // nil unless somebody asked why
	watch    *watch  // nil unless the stream is watched
	excluded string  // the rule that leaves the Raw out
	naming   bool    // the person's name is being read
}

func newRun(p *Plan) *run {
	r := &run{plan: p, known: newKnown(), private: newProtection(p)}
	r.in = input{plan: p, frames: make([][]jsonscan.Value, len(p.frames))}
	for i := range p.frames {
		r.in.frames[i] = make([]jsonscan.Value, p.frames[i].paths.Slots())
	}
	r.faults = faults{plan: p, in: &r.in, private: &r.private, person: r.personName, odd: make([]bool, p.watched.spots+1)}
	r.values = values{plan: p, in: &r.in, known: &r.known, faults: &r.faults}
	r.draft = draft{plan: p, in: &r.in, known: &r.known, private: &r.private, faults: &r.faults}
	return r
}

func (r *run) reset(raw canonical.Raw, id string) {
	r.in.reset(raw)
	r.private.reset()
	r.faults.reset()
	r.draft.reset(id)
	r.trace, r.watch, r.excluded = nil, nil, ""
}

// release forgets the Raw, so that nothing of it is held.
func (r *run) release() {
	r.in.release()
	r.values.release()
	r.draft.release()
	r.faults.unread = nil
	r.plan.runs.Put(r)
}

// input is the Raw that is read: what its scan put into slots, and the room
// that text without its escapes is written in.
type input struct {
	plan    *Plan
	raw     canonical.Raw
	scan    jsonscan.Scanner
	frames  [][]jsonscan.Value
	scratch []byte
}

func (r *input) reset(raw canonical.Raw) { r.raw, r.scratch = raw, r.scratch[:0] }

func (r *input) release() {
	r.raw = canonical.Raw{}
	for i := range r.frames {
		clear(r.frames[i])
	}
	r.scan.Release()
	r.scratch = kept(r.scratch)
}

// kept gives room for the next Raw, unless it grew too large to be kept.
func kept(room []byte) []byte {
	if cap(room) > keepBuffer {
		return nil
	}
	return room
}

func (r *input) slot(s source) value { return valueOf(&r.frames[s.frame][s.slot]) }

// each goes through a list of the Raw, or through one value where a list
// belongs, and lets visit scan each element into a frame of its own.
func (r *input) each(list value, visit func(item value) bool) {
	if list.shape == array {
		eachItem(list.b, visit)
	} else {
		visit(list)
	}
}

// elements goes through a list of the Raw: each stands in its frame while it
// is visited.
func (r *run) elements(n *node, visit func()) {
	v, ok := r.values.firstOf(n.each)
	if !ok {
		return
	}
	met := 0
	r.in.each(v, func(item value) bool {
		if met++; met > maxItems {
			return r.faults.hold(&problem.Problem{Code: "GW-M108", Field: n.path, Path: n.each.from[0].said, Want: itoa(maxItems)})
		}
		span := item.b
		if item.shape == text {
			span = quoted(item)
		}
		if p := r.in.element(n.frame, span); p != nil {
			return r.faults.hold(p)
		}
		visit()
		return r.faults.held == nil
	})
}

// quoted gives a text as JSON again, to be scanned as an element.
func quoted(v value) []byte {
	out := append(make([]byte, 0, len(v.b)+2), '"')
	if v.esc {
		out = append(out, v.b...)
	} else {
		out = jsonscan.AppendEscaped(out, v.b)
	}
	return append(out, '"')
}

// decoded gives text without its escapes.
func (r *input) decoded(v value) value {
	if !v.esc {
		return v
	}
	from := len(r.scratch)
	r.scratch = jsonscan.AppendUnescaped(r.scratch, v.b)
	return value{b: r.scratch[from:len(r.scratch):len(r.scratch)], shape: text}
}

func (r *input) plain(v value) []byte { return bytes.TrimSpace(r.decoded(v).b) }

// clean gives text in NFC without what stands around it; with lines its
// breaks stay.
func (r *input) clean(v value, lines bool) []byte {
	v = r.decoded(v)
	if lines {
		return []byte(vntext.CleanLines(string(v.b)))
	}
	from := len(r.scratch)
	r.scratch = vntext.AppendClean(r.scratch, v.b)
	return r.scratch[from:len(r.scratch):len(r.scratch)]
}

// word gives a value as one clean word.
func (r *input) word(v value) []byte {
	switch v.shape {
	case yes:
		return []byte("true")
	case no:
		return []byte("false")
	}
	if !v.esc && tidy(v.b) {
		return v.b
	}
	return r.clean(v, false)
}
