package mappings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// Mapper is a plan bound to a stream of a source. It is pure (invariant 4),
// never panics whatever bytes come, and is safe for concurrent use.
type Mapper struct {
	plan           *Plan
	source, stream string
	mapping        string
	unfit          error // why there is no plan
}

// Bind binds the plan to a stream.
func (p *Plan) Bind(source, stream string) *Mapper {
	return &Mapper{plan: p, source: source, stream: stream, mapping: p.Name + "@" + p.revision}
}

// Revision names the mapping and what it was compiled from; it changes
// exactly when the outcome of Map could.
func (m *Mapper) Revision() string { return m.mapping }

// Revision is the hash over the mapping's text, its code lists, the policy
// for personal data, the units' day and the engine.
func (p *Plan) Revision() string { return p.revision }

// Missing are the paths of the mapping that no sample has, each with its place
// and, where there is one, the name that may be meant.
func (m *Mapper) Missing(samples []canonical.Raw) []*problem.Problem {
	if m.unfit != nil {
		return nil
	}
	c := m.plan.Coverage(slices.Values(samples))
	return c.Missing(m.plan)
}

// Map makes the Record of a Raw. Its error is classed: FaultReject with a
// Problem in the chain, or FaultExclude.
func (m *Mapper) Map(raw canonical.Raw) (canonical.Record, error) { return m.watchedBy(nil, raw) }

func (m *Mapper) watchedBy(w *watch, raw canonical.Raw) (canonical.Record, error) {
	if p := m.refuse(raw); p != nil {
		return canonical.Record{}, problem.Reject(p)
	}
	id := canonical.ID(m.plan.Kind, m.source, raw.Key)
	if raw.Gone && len(raw.Payload) == 0 {
		return m.gone(raw, id), nil
	}
	r := m.plan.take(raw, id)
	defer r.release()
	found := r.in.read()
	if found == nil {
		r.watch = w.of(raw)
		made := r.body()
		if r.watch.raw(r); made {
			return m.record(r, raw, id), nil
		}
	}
	switch {
	case r.excluded != "":
		return canonical.Record{}, problem.Exclude(r.excluded)
	case raw.Gone: // a removal is never held because of what it carries
		return m.gone(raw, id), nil
	case found == nil:
		found = r.faults.held
	}
	return canonical.Record{}, problem.Reject(found)
}

func (p *Plan) take(raw canonical.Raw, id string) *run {
	r := p.runs.Get().(*run)
	r.reset(raw, id)
	return r
}

func (m *Mapper) refuse(raw canonical.Raw) *problem.Problem {
	switch {
	case m.unfit != nil:
		if p, named := problem.As(m.unfit); named {
			return p
		}
		return &problem.Problem{Code: "GW-M024", Err: m.unfit}
	case raw.Key == "":
		return &problem.Problem{Code: "GW-M109"}
	case raw.Kind != "" && raw.Kind != m.plan.Kind:
		return &problem.Problem{Code: "GW-M119", File: m.plan.File, Value: problem.Short(string(raw.Kind)), Want: string(m.plan.Kind)}
	}
	return nil
}

func (m *Mapper) record(r *run, raw canonical.Raw, id string) canonical.Record {
	at := raw.At
	if at.IsZero() {
		at = r.changed()
	}
	written := r.draft.out.dst
	body := append(make([]byte, 0, len(written)), written...)
	return canonical.Record{ID: id, Kind: m.plan.Kind, Source: m.source, Stream: m.stream, Key: raw.Key,
		Version: canonical.ContentVersion(body), At: at, Gone: raw.Gone, Mapping: m.mapping, Body: body, Index: r.draft.index.of(at)}
}

// changed is the time of change where the adapter gave none.
func (r *run) changed() time.Time {
	if on := r.plan.at; on != nil {
		if at, ok := r.values.moment(on); ok {
			return at
		}
	}
	return r.draft.index.ix.UpdatedAt
}

// gone is the record of a removal that carries nothing readable: who it was.
func (m *Mapper) gone(raw canonical.Raw, id string) canonical.Record {
	out := output{dst: append([]byte{'{'}, m.plan.keys.id...)}
	out.word(id)
	out.dst = append(append(out.dst, ','), m.plan.keys.kind...)
	out.word(string(m.plan.Kind))
	body := append(out.dst, '}')
	return canonical.Record{ID: id, Kind: m.plan.Kind, Source: m.source, Stream: m.stream, Key: raw.Key,
		Version: canonical.ContentVersion(body), At: raw.At, Gone: true, Mapping: m.mapping, Body: body,
		Index: canonical.Index{UpdatedAt: raw.At}}
}

// Why maps a Raw again and gives field by field where the values come from.
func (m *Mapper) Why(raw canonical.Raw) ([]canonical.Why, error) {
	if p := m.refuse(raw); p != nil {
		return nil, problem.Reject(p)
	}
	r := m.plan.take(raw, canonical.ID(m.plan.Kind, m.source, raw.Key))
	defer r.release()
	if p := r.in.read(); p != nil {
		return nil, problem.Reject(p)
	}
	r.trace = &tracer{plan: r.plan, in: &r.in, faults: &r.faults}
	ok := r.body()
	fields := r.trace.fields
	switch {
	case r.excluded != "":
		return fields, problem.Exclude(r.excluded)
	case !ok:
		return fields, problem.Reject(r.faults.held)
	}
	return fields, nil
}

// tracer notes where the values of a record come from. The nil tracer notes
// nothing.
type tracer struct {
	plan   *Plan
	in     *input
	faults *faults // knows where a field stands
	fields []canonical.Why
}

// add notes where a field's value came from; raw is what stood there.
func (t *tracer) add(w canonical.Why, raw string) {
	if !json.Valid(w.Value) {
		w.Value = nil
	}
	if text, err := json.Marshal(raw); err == nil && raw != "" {
		w.Raw = text
	}
	t.fields = append(t.fields, w)
}

// leaf notes a field with a rule of its own.
func (t *tracer) leaf(n *node, body []byte, zoneAssumed, unknown bool) {
	ru := n.rule
	var notes []string
	raw := ""
	for _, s := range ru.from {
		if v := t.in.slot(s); raw == "" && !blank(v, ru.empty) {
			raw = t.shown(n, v)
		}
	}
	for i := range ru.steps {
		notes = append(notes, ru.steps[i].name)
	}
	note := ""
	switch {
	case ru.literal != nil:
		note = "const"
	case ru.expr != nil:
		note = "expression: " + ru.expr.Text
	case raw == "" && ru.fallback != nil:
		note = "default"
	case zoneAssumed:
		note = noteZone
	case unknown:
		note = "unknown_code"
	}
	t.add(canonical.Why{Field: t.faults.place(n), Value: body, Path: ru.paths(), Rule: t.rule(n),
		Note: strings.TrimSpace(strings.Join(notes, ", ") + " " + note)}, raw)
}

// unit notes how looking a unit up by its name ended.
func (t *tracer) unit(n *node, v value, code, note string) {
	if t == nil {
		return
	}
	w := canonical.Why{Field: n.path, Rule: t.rule(n), Note: note}
	if code != "" {
		w.Value = []byte(`"` + code + `"`)
	}
	t.add(w, t.shown(n, v))
}

// period notes a period that was read from its name.
func (t *tracer) period(n *node, v value, body []byte) {
	t.add(canonical.Why{Field: n.path, Value: body, Path: n.rule.paths(), Rule: t.rule(n), Note: "period_by_name"}, t.shown(n, v))
}

// rule is where in the mapping a field's rule stands.
func (t *tracer) rule(n *node) string { return t.plan.File + ":" + itoa(n.line) }

func (t *tracer) shown(n *node, v value) string {
	return t.faults.shown(n, vntext.Clean(string(t.in.decoded(v).b)))
}

// paths are the paths of the Raw a rule reads.
func (r *rule) paths() string {
	paths := make([]string, len(r.from))
	for i, s := range r.from {
		paths[i] = s.said
	}
	return strings.Join(paths, ", ")
}

// traced is leaf with where its value came from.
func (r *run) traced(n *node) bool {
	d := &r.draft
	from, unknown, zone := len(d.out.dst), d.index.ix.Unknown, d.noted.noZone
	d.noted.noZone = false
	ok := r.leaf(n)
	assumed := d.noted.noZone
	d.noted.noZone = assumed || zone
	if ok {
		r.trace.leaf(n, bytes.Clone(d.out.dst[from:]), assumed, d.index.ix.Unknown > unknown)
	}
	return ok
}

// Live is a stream's mapping as it is today: a corrected file is taken in
// without a restart. Whoever maps a page asks for Current once, so that the
// page is mapped with one mapping throughout.
type Live struct {
	name, source, stream string
	lacks                error // what is said while there is no mapping of this name; nil: in the set's words
	mapper               atomic.Pointer[Mapper]
}

// NewUnfit is the Live of a stream whose mapping is wrong, for now: it maps
// nothing, and says why.
func NewUnfit(name, source, stream string, why error) *Live {
	l := &Live{name: name, source: source, stream: stream}
	l.mapper.Store(unfit(l, why))
	return l
}

// NewLacking is the Live of a stream whose mapping there is not: that is said in
// these words, which know where it is named, until there is one.
func NewLacking(name, source, stream string, why error) *Live {
	l := NewUnfit(name, source, stream, why)
	l.lacks = why
	return l
}

func unfit(l *Live, why error) *Mapper {
	return &Mapper{unfit: why, source: l.source, stream: l.stream, mapping: l.name + "@"}
}

// Unfit is why nothing can be mapped; nil where all is well.
func (l *Live) Unfit() error { return l.Current().unfit }

// NewLive binds a plan to a stream, for now.
func NewLive(name, source, stream string, plan *Plan) *Live {
	l := &Live{name: name, source: source, stream: stream}
	l.mapper.Store(plan.Bind(source, stream))
	return l
}

// Current is the mapping of this moment; it never changes.
func (l *Live) Current() *Mapper { return l.mapper.Load() }

// Change is a mapping that became another.
type Change struct{ Stream, From, To string }

// LiveSet holds the live mappings of all streams, by source/stream.
type LiveSet struct {
	load func() (*Set, error)
	live map[string]*Live
}

// NewLiveSet makes a set that reads the mapping files anew by load.
func NewLiveSet(load func() (*Set, error)) *LiveSet {
	return &LiveSet{load: load, live: map[string]*Live{}}
}

// Add takes a stream's mapping in. All are added before the set is used.
func (s *LiveSet) Add(l *Live) { s.live[l.source+"/"+l.stream] = l }

// Draft is every stream's mapping as the files were when they were read. None
// of it is in use before Use says so.
type Draft struct {
	set   *LiveSet
	fresh map[string]*Mapper
	wrong map[string]error
}

// Draft reads the mapping files anew and puts none of them into use. What is
// wrong with one of them concerns its own streams.
func (s *LiveSet) Draft() (*Draft, error) {
	set, err := s.load()
	if set == nil || set.Unreadable() {
		return nil, err
	}
	d := &Draft{s, make(map[string]*Mapper, len(s.live)), map[string]error{}}
	for stream, l := range s.live {
		plan, err := set.Plan(l.name)
		if err != nil {
			if l.lacks != nil && !set.Knows(l.name) {
				err = l.lacks
			}
			d.wrong[stream] = err
			continue
		}
		d.fresh[stream] = plan.Bind(l.source, l.stream)
	}
	return d, nil
}

// Wrong is what is wrong with a stream's mapping in the draft.
func (d *Draft) Wrong(stream string) error { return d.wrong[stream] }

// Say has the streams that have no mapping say what is wrong with it now.
func (d *Draft) Say() {
	for stream, why := range d.wrong {
		if l := d.set.live[stream]; l.Unfit() != nil {
			l.mapper.Store(unfit(l, why))
		}
	}
}

// Mended are the streams that had no mapping, and have one in the draft.
func (d *Draft) Mended() (streams []string) {
	for stream := range d.fresh {
		if d.set.live[stream].Unfit() != nil {
			streams = append(streams, stream)
		}
	}
	slices.Sort(streams)
	return streams
}

// Mapper is a stream's mapping in the draft; nil where there is no such stream.
func (d *Draft) Mapper(stream string) *Mapper { return d.fresh[stream] }

// Changes are the streams whose mapping in use is another, by name.
func (d *Draft) Changes() []Change {
	var changes []Change
	for _, stream := range slices.Sorted(maps.Keys(d.fresh)) {
		from, to := d.set.live[stream].Current().Revision(), d.fresh[stream].Revision()
		if from != to {
			changes = append(changes, Change{stream, from, to})
		}
	}
	return changes
}

// Use puts a stream's mapping into use, exactly as it was read.
func (d *Draft) Use(stream string) {
	if m := d.fresh[stream]; m != nil {
		d.set.live[stream].mapper.Store(m)
	}
}

// Why gives field by field how a stream's mapping reads a Raw today.
func (s *LiveSet) Why(stream string, raw canonical.Raw) ([]canonical.Why, error) {
	l, ok := s.live[stream]
	if !ok {
		return nil, fmt.Errorf("mappings: no mapping of stream %s", stream)
	}
	return l.Current().Why(raw)
}
