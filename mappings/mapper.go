package mappings

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/vntext"
)

// Mapper is a plan bound to a stream of a source. It is pure (invariant 4),
// never panics whatever bytes come, and is safe for concurrent use.
type Mapper struct {
	plan           *Plan
	source, stream string
	mapping        string
}

// Bind binds the plan to a stream.
func (p *Plan) Bind(source, stream string) *Mapper {
	return &Mapper{plan: p, source: source, stream: stream, mapping: p.Name + "@" + p.revision}
}

// Revision names the mapping and what it was compiled from; it changes
// exactly when the outcome of Map could.
func (b *Mapper) Revision() string { return b.mapping }

// Revision is the hash over the mapping's text, its code lists, the policy
// for personal data, the units' day and the engine.
func (p *Plan) Revision() string { return p.revision }

// Map makes the Record of a Raw. Its error is classed: FaultReject with a
// Problem in the chain, or FaultExclude.
func (b *Mapper) Map(raw canonical.Raw) (canonical.Record, error) {
	if p := b.refuse(raw); p != nil {
		return canonical.Record{}, problem.Reject(p)
	}
	id := canonical.ID(b.plan.Kind, b.source, raw.Key)
	if raw.Gone && len(raw.Payload) == 0 {
		return b.gone(raw, id), nil
	}
	r := b.plan.take(raw, b.source, id)
	defer r.release()
	found := r.read()
	if found == nil && r.body() {
		return b.record(r, raw, id), nil
	}
	switch {
	case r.excluded != "":
		return canonical.Record{}, problem.Exclude(r.excluded)
	case raw.Gone: // a removal is never held because of what it carries
		return b.gone(raw, id), nil
	case found == nil:
		found = r.err
	}
	return canonical.Record{}, problem.Reject(found)
}

func (p *Plan) take(raw canonical.Raw, source, id string) *run {
	r := p.runs.Get().(*run)
	r.reset(raw, source, id)
	return r
}

func (b *Mapper) refuse(raw canonical.Raw) *problem.Problem {
	switch {
	case raw.Key == "":
		return &problem.Problem{Code: "GW-M109"}
	case raw.Kind != "" && raw.Kind != b.plan.Kind:
		return &problem.Problem{Code: "GW-M119", File: b.plan.File, Value: problem.Short(string(raw.Kind)), Want: string(b.plan.Kind)}
	}
	return nil
}

func (b *Mapper) record(r *run, raw canonical.Raw, id string) canonical.Record {
	at := raw.At
	if at.IsZero() {
		at = r.changed()
	}
	body := append(make([]byte, 0, len(r.dst)), r.dst...)
	return canonical.Record{ID: id, Kind: b.plan.Kind, Source: b.source, Stream: b.stream, Key: raw.Key,
		Version: canonical.ContentVersion(body), At: at, Gone: raw.Gone, Mapping: b.mapping, Body: body, Index: r.index(at)}
}

// changed is the time of change where the adapter gave none.
func (r *run) changed() time.Time {
	if ru := r.plan.at; ru != nil {
		if v, ok := r.gather(&node{field: &field{path: "at"}, rule: ru}); ok {
			if at, ok := ru.moment(r.plainBytes(v)); ok {
				return at
			}
		}
	}
	return r.caught.times[capUpdated]
}

// gone is the record of a removal that carries nothing readable: who it was.
func (b *Mapper) gone(raw canonical.Raw, id string) canonical.Record {
	body := append([]byte(`{"id":"`), id...)
	body = append(append(append(body, `","kind":"`...), b.plan.Kind...), '"', '}')
	return canonical.Record{ID: id, Kind: b.plan.Kind, Source: b.source, Stream: b.stream, Key: raw.Key,
		Version: canonical.ContentVersion(body), At: raw.At, Gone: true, Mapping: b.mapping, Body: body,
		Index: canonical.Index{UpdatedAt: raw.At}}
}

type tracer struct{ fields []canonical.Why }

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

// Why maps a Raw again and says field by field where the values come from.
func (b *Mapper) Why(raw canonical.Raw) ([]canonical.Why, error) {
	if p := b.refuse(raw); p != nil {
		return nil, problem.Reject(p)
	}
	r := b.plan.take(raw, b.source, canonical.ID(b.plan.Kind, b.source, raw.Key))
	defer r.release()
	if p := r.read(); p != nil {
		return nil, problem.Reject(p)
	}
	r.trace = &tracer{}
	ok := r.body()
	fields := r.trace.fields
	switch {
	case r.excluded != "":
		return fields, problem.Exclude(r.excluded)
	case !ok:
		return fields, problem.Reject(r.err)
	}
	return fields, nil
}

// traced is leaf with where its value came from.
func (r *run) traced(n *node) bool {
	from := len(r.dst)
	unknown, zone := r.caught.none, r.noZone
	r.noZone = false
	ok := r.leaf(n)
	assumed := r.noZone
	r.noZone = r.noZone || zone
	if !ok {
		return false
	}
	ru := n.rule
	var paths, notes []string
	raw := ""
	for _, s := range ru.from {
		paths = append(paths, s.full)
		if v := r.slot(s); raw == "" && !blank(v, ru.empty) {
			raw = r.shown(n, v)
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
		note = "expression: " + ru.expr.text
	case raw == "" && ru.fallback != nil:
		note = "default"
	case assumed:
		note = noteZone
	case r.caught.none > unknown:
		note = "unknown_code"
	}
	r.trace.add(canonical.Why{Field: r.place(n), Value: bytes.Clone(r.dst[from:]), Path: strings.Join(paths, ", "), Rule: r.rule(n),
		Note: strings.TrimSpace(strings.Join(notes, ", ") + " " + note)}, raw)
	return true
}

// rule is where in the mapping a field's rule stands.
func (r *run) rule(n *node) string { return r.plan.File + ":" + itoa(n.line) }

func (r *run) shown(n *node, v value) string {
	s := vntext.Clean(string(r.decoded(v).b))
	if n.class != "" {
		s = privacy.Mask(n.class, s)
	} else {
		s = privacy.Scrub(s)
	}
	return problem.Short(s)
}
