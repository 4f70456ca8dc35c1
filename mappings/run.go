package mappings

import (
	"bytes"
	"errors"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

const (
	maxPayload = 16 << 20
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
	excluded string  // the rule that leaves the Raw out
}

func newRun(p *Plan) *run {
	r := &run{plan: p, known: newKnown(), private: protection{policy: p.policy}}
	r.in = input{plan: p, frames: make([][]value, len(p.frames))}
	for i := range p.frames {
		r.in.frames[i] = make([]value, p.frames[i].slots)
	}
	r.in.scan.seen = make([]uint32, p.ids)
	r.faults = faults{plan: p, in: &r.in, private: &r.private}
	r.values = values{plan: p, in: &r.in, known: &r.known, faults: &r.faults}
	r.draft = draft{plan: p, in: &r.in, known: &r.known, private: &r.private, faults: &r.faults}
	return r
}

func (r *run) reset(raw canonical.Raw, id string) {
	r.in.reset(raw)
	r.private.reset()
	r.faults.reset()
	r.draft.reset(id)
	r.trace, r.excluded = nil, ""
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
	scan    scanner
	frames  [][]value
	scratch []byte
}

func (r *input) reset(raw canonical.Raw) { r.raw, r.scratch = raw, r.scratch[:0] }

func (r *input) release() {
	r.raw = canonical.Raw{}
	for i := range r.frames {
		clear(r.frames[i])
	}
	r.scan.b, r.scan.slots = nil, nil
	r.scratch = kept(r.scratch)
}

// kept gives room for the next Raw, unless it grew too large to be kept.
func kept(room []byte) []byte {
	if cap(room) > keepBuffer {
		return nil
	}
	return room
}

func (r *input) slot(s source) value { return r.frames[s.frame][s.slot] }

// read scans the payload into the slots of the record.
func (r *input) read() *problem.Problem {
	b := r.raw.Payload
	if len(b) > maxPayload {
		return &problem.Problem{Code: "GW-M103", Want: "16 MiB"}
	}
	if r.plan.xml || r.raw.Media == canonical.MediaXML {
		tree, err := xmlToJSON(b)
		if err != nil {
			return &problem.Problem{Code: "GW-M104", Err: err}
		}
		b = tree
	} else {
		b = bytes.TrimRight(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\x00 \r\n\t")
	}
	if !r.scanInto(0, b) {
		return r.scanProblem()
	}
	return nil
}

func (r *input) scanInto(frame int, b []byte) bool {
	slots := r.frames[frame]
	clear(slots)
	s := &r.scan
	s.b, s.i, s.depth, s.slots, s.defect = b, 0, 0, slots, sound
	if s.gen++; s.gen == 0 {
		clear(s.seen)
		s.gen = 1
	}
	return s.document(r.plan.frames[frame].root)
}

func (r *input) scanProblem() *problem.Problem {
	switch r.scan.defect {
	case notText:
		return &problem.Problem{Code: "GW-M102"}
	case tooDeep:
		return &problem.Problem{Code: "GW-M105", Want: "64"}
	case twice:
		return &problem.Problem{Code: "GW-M106", Path: problem.Short(r.scan.key)}
	}
	return &problem.Problem{Code: "GW-M101", Err: errors.New(where(r.scan.b, r.scan.i))}
}

// where says how far JSON could be read, without showing what stands there.
func where(b []byte, i int) string {
	if i >= len(b) {
		return "byte " + itoa(len(b)) + "/" + itoa(len(b))
	}
	return "byte " + itoa(i) + "/" + itoa(len(b))
}

// each goes through a list of the Raw, or through one value where a list
// belongs, and lets visit scan each element into a frame of its own.
func (r *input) each(list value, visit func(item value) bool) {
	saved := r.scan
	if list.shape == array {
		eachItem(list.b, visit)
	} else {
		visit(list)
	}
	gen := r.scan.gen
	r.scan = saved
	r.scan.gen = gen
}

// decoded gives text without its escapes.
func (r *input) decoded(v value) value {
	if !v.esc {
		return v
	}
	from := len(r.scratch)
	r.scratch = appendUnescaped(r.scratch, v.b)
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
