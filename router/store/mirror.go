package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// Mirror takes a piece of a Log that lies elsewhere into this view: all of
// it in one transaction with how far it was read (invariant 2), so that a
// view that was killed goes on exactly where it was. What is there already
// is passed over.
func (s *Store) Mirror(ctx context.Context, m journal.Mirror) error {
	if err := s.index.Wait(ctx); err != nil {
		return fmt.Errorf("store: the index: %w", err)
	}
	if err := s.nameAll(ctx, &m); err != nil {
		return err
	}
	p := &mirror{plan: s.newPlan(&journal.Batch{}, s.anyStream(), 0), touched: map[*stream]bool{}}
	p.placed = true
	if err := p.take(ctx, &m); err != nil {
		return fmt.Errorf("store: mirroring: %w", err)
	}
	p.pack()
	return s.submitted(ctx, "mirroring", &job{solo: true, run: func(w *writer) error { return w.mirror(p, &m) }})
}

// mirror is a plan over what others decided, of many streams at once.
type mirror struct {
	*plan
	verdicts []*verdictOp
	touched  map[*stream]bool
	spots    []rawSpots // where this piece's own blocks stand
	found    []rawSpots // and earlier ones that it names
}

type verdictOp struct {
	ent *ent
	say *journal.Verdict
	raw chunk.RawRef
}

// anyStream is some stream to make a plan with; it is set anew for each entry.
func (s *Store) anyStream() *stream {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, st := range s.byID {
		return st
	}
	return newStream(0, "")
}

// nameAll numbers the streams and mapping revisions that are new.
func (s *Store) nameAll(ctx context.Context, m *journal.Mirror) error {
	seen := map[[2]string]bool{}
	name := func(stream, mapping string) error {
		if seen[[2]string{stream, mapping}] {
			return nil
		}
		seen[[2]string{stream, mapping}] = true
		_, _, err := s.names(ctx, stream, mapping)
		return err
	}
	var errs error
	for i := range m.Entries {
		e := &m.Entries[i]
		errs = errors.Join(errs, name(e.Source+"/"+e.Stream, e.Mapping))
	}
	for i := range m.Verdicts {
		v := &m.Verdicts[i]
		errs = errors.Join(errs, name(v.Stream, v.Seen.Mapping), name(v.Stream, v.Last.Mapping))
	}
	return errs
}

func (p *mirror) take(ctx context.Context, m *journal.Mirror) error {
	p.takeRaws(m.Raws)
	for i := range m.Entries {
		if err := p.takeEntry(ctx, &m.Entries[i]); err != nil {
			return err
		}
	}
	for i := range m.Verdicts {
		if err := p.takeVerdict(ctx, &m.Verdicts[i]); err != nil {
			return err
		}
	}
	return nil
}

// use makes a stream the one the plan speaks of.
func (p *mirror) use(stream, mapping string) {
	p.stream = p.s.streamOf(stream)
	p.rev, _ = p.s.revOf(mapping)
	p.touched[p.stream] = true
}

// entityOf gives the entity of a key to change, taken over from another
// stream of the source where that one had it.
func (p *mirror) entityOf(key string, kind canonical.Kind) *ent {
	h := index.KeyHash(p.stream.name, key)
	if _, cur := p.look(h); cur == nil || !cur.Known() {
		p.adopt(h, track.KindNumber(kind), key)
	}
	return p.edit(h, &journal.Item{Raw: canonical.Raw{Key: key}})
}

func (p *mirror) takeEntry(ctx context.Context, m *journal.MirrorEntry) error {
	p.use(m.Source+"/"+m.Stream, m.Mapping)
	kind := track.KindNumber(m.Kind)
	ver, ok := chunk.ParseVersion(m.Version)
	if kind == 0 || !ok && m.Rule == "" {
		return &problem.Problem{Code: "GW-K003", Field: "id", Value: m.ID}
	}
	e := p.entityOf(m.Key, m.Kind)
	aside := m.Superseded || m.Rule != ""
	if !aside && (m.Seq <= p.headOf(track.KindFeed(kind), m.Part) || e.slot.Live() && e.slot.Ver == ver && m.Op != journal.OpGone) {
		return nil // taken in before, or said twice: nobody sees it again
	}
	ref, err := p.refOf(ctx, m.Raw)
	if err != nil {
		return err
	}
	q := p.newPublication()
	q.ent = e
	q.Stored = chunk.Stored{Entry: m.Entry, Raw: p.reuse(ref), StreamID: p.stream.id, Rev: p.rev}
	if aside {
		if m.Rule != "" {
			q.Op, q.Index.Title = chunk.OpExcluded, m.Rule
		}
		p.add(track.Aside, q, e.aside, e.other.Aside)
		e.aside = q
		return nil
	}
	p.place(q, e, kind, ver)
	return nil
}

// headOf is the sequence a track has reached with this piece.
func (p *mirror) headOf(feed, part int) uint64 {
	t := track.Of(feed, part)
	if pubs := p.pubs[t]; len(pubs) > 0 {
		return pubs[len(pubs)-1].Seq
	}
	return p.s.view.Load().tracks[t].head
}

func (p *mirror) place(q *publication, e *ent, kind int, ver [16]byte) {
	if !e.slot.Known() {
		e.slot.Bucket = track.BucketOf(q.ID)
	}
	q.Gap = q.Seq - 1 - p.headOf(track.KindFeed(kind), q.Part)
	q.Prior = e.slot.Seq
	if e.prior != nil {
		q.Prior = e.prior.Seq
	}
	t := track.Of(track.KindFeed(kind), q.Part)
	q.track, q.offset = t, len(p.pubs[t])
	p.pubs[t] = append(p.pubs[t], q)
	state := index.StateLive
	if q.Op == journal.OpGone {
		state = index.StateGone
	}
	e.slot.Ver, e.slot.Raw, e.slot.Rev, e.slot.At = ver, index.Short(q.RawDigest), p.rev, index.Stamp(q.At)
	e.slot.Seq = q.Seq
	e.slot.Set(kind, state, e.slot.Held())
	e.prior = q
}

func (p *mirror) takeVerdict(ctx context.Context, v *journal.Verdict) error {
	p.use(v.Stream, v.Seen.Mapping)
	e := p.entityOf(v.Key, v.Kind)
	if v.Seen.Mapping != "" && e.slot.Known() && v.Seen.After >= e.slot.Seq {
		e.slot.Raw, e.slot.Rev, e.slot.At = index.Digest(v.Seen.Digest), p.rev, v.Seen.At
	}
	kind := e.slot.Kind()
	e.slot.Set(kind, e.slot.State(), v.Held != nil)
	said := index.Other{Aside: e.other.Aside}
	if v.Last.Outcome != "" {
		said.Raw = index.Digest(v.Last.Digest)
		said.Rev, _ = p.s.revOf(v.Last.Mapping)
		said.Verdict = verdictOf(v.Last.Outcome)
	}
	if v.Held != nil {
		said.Feed = uint8(track.FeedNumber(v.Kind.Feed()))
	}
	e.other = said
	op := &verdictOp{ent: e, say: v}
	if v.Held != nil {
		ref, err := p.refOf(ctx, v.Held.Raw.Place)
		if err != nil {
			return err
		}
		op.raw = ref
	}
	p.verdicts = append(p.verdicts, op)
	return nil
}

func verdictOf(o journal.Outcome) uint8 {
	switch o {
	case journal.Held:
		return index.VerdictHeld
	case journal.Excluded:
		return index.VerdictExcluded
	case journal.Superseded:
		return index.VerdictSuperseded
	}
	return index.VerdictNone
}

// mirror writes a piece. Like apply, but everything has its place already.
func (w *writer) mirror(p *mirror, m *journal.Mirror) error {
	for _, e := range p.ents {
		if e.id == 0 {
			w.next.entity++
			e.id = w.next.entity
		}
	}
	base := w.next.block + 1
	if err := w.entries(p.plan); err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	for i := range p.spots {
		if err := w.c.Exec("INSERT INTO rawpos(k, block, seqs) VALUES(?,?,?) ON CONFLICT(k) DO NOTHING",
			p.spots[i].key, base+int64(i), packSeqs(p.spots[i].seqs)); err != nil {
			return fmt.Errorf("raws: %w", err)
		}
	}
	w.s.hook("mid-statements")
	if err := w.entities(p.plan); err != nil {
		return fmt.Errorf("entities: %w", err)
	}
	for _, op := range p.verdicts {
		if err := w.say(op, base); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	if err := w.mirrorState(m); err != nil {
		return err
	}
	w.after = append(w.after, func() {
		p.showEntities()
		for st := range p.touched {
			st.gen.Add(1)
		}
	})
	return nil
}

// say writes what a verdict says of the quarantine.
func (w *writer) say(op *verdictOp, base int64) error {
	v, entity := op.say, int64(op.ent.id)
	if v.Held == nil {
		state := int64(heldResolved)
		if v.Dropped {
			state = heldDropped
		}
		return w.c.Exec("UPDATE held SET state = ?, closed = ? WHERE entity = ? AND state = 0", state, w.s.now().UnixMilli(), entity)
	}
	h := v.Held
	if err := w.c.Exec("UPDATE held SET state = ?, closed = ? WHERE entity = ? AND state = 0 AND id <> ?",
		int64(heldReplaced), w.s.now().UnixMilli(), entity, h.ID); err != nil {
		return err
	}
	n, err := w.c.Changed("UPDATE held SET last = ?, times = ?, mapping = ?, state = 0 WHERE id = ? AND entity = ?", h.Last.UnixMilli(), int64(h.Times), h.Mapping, h.ID, entity)
	if err != nil || n > 0 {
		return err
	}
	var id any = h.ID
	taken, err := w.c.Int("SELECT count(*) FROM held WHERE id = ?", h.ID)
	if err != nil {
		return err
	}
	if taken > 0 {
		id = nil // two nodes gave the same number in the same second: it gets one of this view's own
	}
	text, err := json.Marshal(&h.Problem)
	if err != nil {
		return err
	}
	block := op.raw.Block
	if op.raw.Own {
		block += base
	}
	if err := w.c.Exec("UPDATE raws SET refs = refs + 1 WHERE id = ?", block); err != nil {
		return err
	}
	return w.c.Exec("INSERT INTO held(id, entity, stream, key, kind, digest, code, field, path, value, problem, mapping, first, last, times, block, row, state) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0)",
		id, entity, int64(op.ent.slot.Stream), v.Key, string(v.Kind), h.Digest, h.Problem.Code, h.Problem.Field, h.Problem.Path, h.Problem.Value,
		string(text), h.Mapping, h.First.UnixMilli(), h.Last.UnixMilli(), int64(h.Times), block, int64(op.raw.Row))
}

// Origins is how far the Log was read, as Mirror was told.
func (s *Store) Origins(ctx context.Context) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT name, next FROM origin")
	if err != nil {
		return nil, fmt.Errorf("store: origins: %w", err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var name string
		var next int64
		if err := rows.Scan(&name, &next); err != nil {
			return nil, fmt.Errorf("store: origins: %w", err)
		}
		all[name] = next
	}
	return all, rows.Err()
}

func sortedNames(m map[string]int64) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
