package mappings

import (
	"bytes"
	"errors"
	"time"

	"github.com/expr-lang/expr/vm"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

const (
	maxPayload = 16 << 20
	maxItems   = 10_000 // elements of one list
	maxUnread  = 100
	keepBuffer = 1 << 20 // a larger scratch is not kept for the next Raw
)

// run is the state of mapping one Raw. It is used again for the next.
type run struct {
	plan                        *Plan
	raw                         canonical.Raw
	source                      string
	id                          string
	dst                         []byte
	scratch                     []byte
	join                        []byte // what a join came to
	agencies, procedures, words norms
	places                      norms // codes by unit name, parent and day
	periods                     map[string]vntext.Period
	scan                        scanner
	frames                      [][]value
	path                        []int // list positions down to where we are
	cut                         int   // where unread and notes go
	wrote                       int   // values that came from the Raw
	unread                      []canonical.Unread
	noZone                      bool
	anon                        bool
	coded                       value // what stood behind the last coded field
	label                       value
	dueDay                      bool // due_at was written without a time
	hasDue                      bool
	lastID                      []byte // identifier before its norm
	lat                         []byte
	lon                         []byte
	quality                     string
	start                       string // of a period or validity
	end                         string
	hasVal                      bool // observation value
	hasMiss                     bool
	style                       vntext.NumberStyle
	caught                      captures
	err                         *problem.Problem
	trace                       *tracer
	excluded                    string
	vars                        map[string]any
	vm                          vm.VM
	day                         [16]byte
	areaDay                     string // the day a unit was found on
	name                        []byte // words of the name that free text is not to tell
	hiding                      privacy.Action
	told                        bool // why there is no code of a unit
}

func newRun(p *Plan) *run {
	r := &run{plan: p, agencies: norms{}, procedures: norms{}, words: norms{}, places: norms{}, periods: map[string]vntext.Period{}, vars: map[string]any{}, frames: make([][]value, len(p.frames))}
	for i := range p.frames {
		r.frames[i] = make([]value, p.frames[i].slots)
	}
	r.scan.seen = make([]uint32, p.ids)
	return r
}

func (r *run) reset(raw canonical.Raw, source, id string) {
	r.raw, r.source, r.id = raw, source, id
	r.dst, r.scratch, r.path, r.name = r.dst[:0], r.scratch[:0], r.path[:0], r.name[:0]
	r.cut, r.wrote, r.unread = 0, 0, nil
	r.noZone, r.anon, r.dueDay, r.hasDue, r.hasVal, r.hasMiss = false, false, false, false, false, false
	r.coded, r.label, r.lastID = value{}, value{}, nil
	r.lat, r.lon, r.quality, r.start, r.end = nil, nil, "", "", ""
	r.caught, r.areaDay, r.told = captures{}, "", false
	r.err, r.trace, r.excluded = nil, nil, ""
}

// release forgets the Raw, so that nothing of it is held.
func (r *run) release() {
	r.raw = canonical.Raw{}
	for i := range r.frames {
		clear(r.frames[i])
	}
	clear(r.vars)
	r.unread, r.lastID, r.lat, r.lon, r.coded, r.label = nil, nil, nil, nil, value{}, value{}
	r.scan.b, r.scan.slots = nil, nil
	if cap(r.dst) > keepBuffer {
		r.dst = nil
	}
	if cap(r.join) > keepBuffer {
		r.join = nil
	}
	if cap(r.scratch) > keepBuffer {
		r.scratch = nil
	}
	r.plan.runs.Put(r)
}

func (r *run) slot(s source) value { return r.frames[s.frame][s.slot] }

// read scans the payload into the slots of the record.
func (r *run) read() *problem.Problem {
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

func (r *run) scanInto(frame int, b []byte) bool {
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

func (r *run) scanProblem() *problem.Problem {
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

// body builds the canonical JSON; false when r.err says why not.
func (r *run) body() bool {
	p := r.plan
	if n := p.anonymous; n != nil {
		r.anon = r.anonymous(n)
	}
	for _, x := range p.exclude {
		if r.holds(x.when, p.root) {
			r.excluded = x.name
			return false
		}
	}
	if r.err != nil {
		return false
	}
	if p.person != nil && (r.anon || p.person.action != privacy.ActionKeep) {
		r.readName(p.person)
	}
	if !r.object(p.root) || r.err != nil {
		return false
	}
	r.insertUnread()
	return r.cross()
}

// readName reads the name first: free text before it is not to tell it either.
// What is wrong with it, its own field says in its turn.
func (r *run) readName(n *node) {
	if r.hiding = n.action; r.anon {
		r.hiding = privacy.ActionDrop
	}
	unread, scratch := len(r.unread), len(r.scratch)
	if v, ok := r.gather(n); ok && r.err == nil && v.shape < object {
		r.name = privacy.AppendNameWords(r.name, r.wordOf(v))
	}
	r.unread, r.scratch, r.err = r.unread[:unread], r.scratch[:scratch], nil
}

// hidden takes the person's name out of a free text.
func (r *run) hidden(b []byte, quick bool) ([]byte, bool) {
	if from, _ := vntext.IndexWords(b, r.name, 0); from < 0 {
		return b, quick
	}
	return []byte(privacy.HideName(string(b), string(r.name), r.hiding)), false
}

func (r *run) fail(p *problem.Problem) bool {
	if r.err == nil {
		r.err = p
	}
	return false
}

// anonymous reads the mark first: it decides about fields before it.
func (r *run) anonymous(n *node) bool {
	if n.rule == nil {
		return false
	}
	if n.rule.when != nil && !r.holds(n.rule.when, n) {
		return false
	}
	v, ok := r.obtain(n)
	if !ok {
		v = value{b: n.rule.fallback, shape: text} // the field itself will say the same
	}
	is, known := truth(r.plainBytes(v))
	if !known {
		is, _ = truth(n.rule.fallback)
	}
	return is
}

// insertUnread puts unread and notes, known only at the end, into their place.
func (r *run) insertUnread() {
	if len(r.unread) == 0 && !r.noZone {
		return
	}
	tail := len(r.dst)
	for i, u := range r.unread {
		r.dst = append(r.dst, [2]string{`,"unread":[{"field":"`, `,{"field":"`}[min(i, 1)]...)
		r.dst = appendJSON(r.dst, []byte(u.Field))
		r.dst = append(r.dst, `","raw":"`...)
		r.dst = appendJSON(r.dst, []byte(u.Raw))
		r.dst = append(append(append(r.dst, `","code":"`...), u.Code...), '"', '}')
	}
	if len(r.unread) > 0 {
		r.dst = append(r.dst, ']')
	}
	if r.noZone {
		r.dst = append(r.dst, `,"notes":["`+noteZone+`"]`...)
	}
	moved := append(r.scratch[:0], r.dst[tail:]...)
	r.scratch = moved
	copy(r.dst[r.cut+len(moved):], r.dst[r.cut:tail])
	copy(r.dst[r.cut:], moved)
}

// noteZone is the note that instants without a zone were read in the source's.
const noteZone = "zone_assumed"

// putUnread keeps a value nobody understood, treated like the field it was for.
func (r *run) putUnread(path, code string, n *node, raw []byte) {
	if len(r.unread) >= maxUnread || n.identity && r.anon {
		return
	}
	class := n.class
	if class == "" {
		class = privacy.ClassFreeText
	}
	shown := vntext.Clean(string(raw))
	if len(shown) > 4096 {
		shown = string([]rune(shown)[:1024]) + "…"
	}
	if class == privacy.ClassFreeText && len(r.name) > 0 {
		shown = privacy.HideName(shown, string(r.name), r.hiding)
	}
	shown, _ = r.policyFor(class).Value(class, shown)
	r.unread = append(r.unread, canonical.Unread{Field: path, Raw: shown, Code: code})
}

// policyFor is the policy with free text at least scrubbed where the matter
// is anonymous.
func (r *run) policyFor(class privacy.DataClass) privacy.Policy {
	if r.anon && class == privacy.ClassFreeText && r.plan.policy.Action(class) == privacy.ActionKeep {
		return privacy.Policy{privacy.ClassFreeText: privacy.ActionMask}
	}
	return r.plan.policy
}

// where a field stands, list positions filled in.
func (r *run) place(n *node) string {
	path := n.path
	if len(r.path) == 0 || !bytes.Contains([]byte(path), []byte("[]")) {
		return path
	}
	var out []byte
	next := 0
	for i := 0; i < len(path); i++ {
		out = append(out, path[i])
		if path[i] == '[' && next < len(r.path) {
			out = append(out, itoa(r.path[next])...)
			next++
		}
	}
	return string(out)
}

// captures are the few values the index of a record is made of.
type captures struct {
	texts [capTexts]string
	times [capTimes]time.Time
	rank  [capTexts + capTimes]uint8
	none  int // unknown codes
}
