package store

import (
	"context"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/query"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

// Mirror takes a piece of a Log that lies elsewhere into this view: all of
// it in one transaction with how far it was read (invariant 2), so that a
// view that was killed goes on exactly where it was. What is there already
// is passed over.
func (s *Store) Mirror(ctx context.Context, m journal.Mirror) error {
	if err := s.data.Index.Wait(ctx); err != nil {
		return fmt.Errorf("store: the index: %w", err)
	}
	if err := s.nameAll(ctx, &m); err != nil {
		return err
	}
	p := newPiece(s.data)
	if err := p.take(ctx, &m); err != nil {
		return fmt.Errorf("store: mirroring: %w", err)
	}
	p.pack()
	return s.queue.doAlone(ctx, "mirroring", func(t *tx) error { return p.write(t, &m) })
}

// piece is a draft of what others decided, of many streams at once.
type piece struct {
	draft
	verdicts []*verdictOp
	spots    []query.RawSpots // where this piece's own blocks stand in the Log
	found    []query.RawSpots // and earlier ones that it names
}

// verdictOp is a verdict on its way, with where the Raw it holds lies here.
type verdictOp struct {
	ent     *ent
	verdict *journal.Verdict
	raw     chunk.RawAt
}

func newPiece(data *query.Committed) *piece {
	st := data.Names.Any() // set anew for each entry
	if st == nil {
		st = state.NewStream(0, "")
	}
	p := &piece{draft: newDraft(data, st, 0, 0)}
	p.touched, p.placed = map[*state.Stream]bool{}, true
	return p
}

// nameAll numbers the streams and mapping revisions that are new.
func (s *Store) nameAll(ctx context.Context, m *journal.Mirror) error {
	seen := map[[2]string]bool{}
	name := func(stream, mapping string) error {
		if seen[[2]string{stream, mapping}] {
			return nil
		}
		seen[[2]string{stream, mapping}] = true
		_, _, err := s.number(ctx, stream, mapping)
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
		if v.Owner.Stream != "" {
			errs = errors.Join(errs, name(v.Owner.Stream, v.Seen.Mapping))
		}
	}
	return errs
}

// take fills the draft: Raws first, then the entries that name them, then
// the verdicts that name both.
func (p *piece) take(ctx context.Context, m *journal.Mirror) error {
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

// use makes a stream the one in hand.
func (p *piece) use(stream, mapping string) {
	p.stream = p.data.Names.Stream(stream)
	p.rev, _ = p.data.Names.Rev(mapping)
	p.touched[p.stream] = true
}

func (p *piece) takeEntry(ctx context.Context, m *journal.MirrorEntry) error {
	p.use(m.Source+"/"+m.Stream, m.Mapping)
	kind := track.KindNumber(m.Kind)
	ver, ok := chunk.ParseVersion(m.Version)
	if kind == 0 || !ok && m.Rule == "" {
		return &problem.Problem{Code: "GW-K003", Field: "id", Value: m.ID}
	}
	aside := m.Superseded || m.Rule != ""
	if !aside && m.Seq <= p.headOf(track.KindFeed(kind), m.Part) {
		return nil // taken in before
	}
	e, changed := p.entityOf(m, kind, aside)
	if !aside && !changed && e.slot.Live() && e.slot.Ver == ver && m.Op != journal.OpGone {
		return nil // sent twice: nobody sees it again
	}
	ref, err := p.refOf(ctx, m.Raw)
	if err != nil {
		return err
	}
	q := p.newPublication()
	q.ent = e
	q.Stored = chunk.Stored{Entry: m.Entry, Raw: p.reuse(ref), StreamID: p.stream.ID, Rev: p.rev}
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

// Whose a record is, a view finds out from entries and verdicts that arrive
// apart and of which only the newest may be left. Each says so as of an entry: an
// entry as of itself, a verdict as of Seen.After or Owner.After, which are in the
// view before it. The later entry counts, and of verdicts as of the same entry
// the last: all those over one id stand in one partition. What is held of a key
// follows its stream's newest verdict alone, and never moves with the record.

// entityOf gives the entity that an entry is of, and whether the entry took it
// from another stream of the source: whoever decided that was allowed to. What
// came too late has changed hands with the record that it was late for.
func (p *piece) entityOf(m *journal.MirrorEntry, kind int, aside bool) (e *ent, changed bool) {
	h := index.KeyHash(p.stream.Name, m.Key)
	it := &journal.Item{Raw: canonical.Raw{Key: m.Key}}
	if _, cur := p.look(h); m.Rule != "" || cur != nil && cur.Known() {
		return p.edit(h, it), false
	}
	if !aside {
		p.adopt(h, kind, m.Key)
		e = p.edit(h, it)
		if changed = e.slot.Known(); changed {
			p.acquit(e)
		}
		return e, changed
	}
	if st, _ := p.owner(kind, m.Key); st != nil {
		h = index.KeyHash(st.Name, m.Key)
	}
	return p.edit(h, it), false
}

// judged gives the entity that a verdict is over; nil where there is none: the
// record is another stream's by now, or all that it says is that it is.
func (p *piece) judged(v *journal.Verdict) *ent {
	h := index.KeyHash(v.Stream, v.Key)
	kind := track.KindNumber(v.Kind)
	_, cur := p.look(h)
	switch mine := cur != nil && cur.Known(); {
	case v.Seen.Mapping != "" && !mine:
		if _, theirs := p.owner(kind, v.Key); theirs != nil && theirs.Seq > v.Seen.After {
			return nil
		}
		p.adopt(h, kind, v.Key)
	case v.Owner.Stream != "" && mine && cur.Seq <= v.Owner.After:
		p.cede(v, kind)
	}
	if _, cur := p.look(h); cur == nil && v.Held == nil && v.Last.Outcome == "" {
		return nil
	}
	return p.edit(h, &journal.Item{Raw: canonical.Raw{Key: v.Key}})
}

// cede gives what a stream has to the one that has had it since, before that
// one's own verdict comes to it.
func (p *piece) cede(v *journal.Verdict, kind int) {
	p.use(v.Owner.Stream, v.Seen.Mapping)
	h := index.KeyHash(v.Owner.Stream, v.Key)
	p.adopt(h, kind, v.Key)
	p.acquit(p.edit(h, &journal.Item{Raw: canonical.Raw{Key: v.Key}}))
	p.use(v.Stream, v.Seen.Mapping)
}

// acquit ends what is held of an entity that came from another stream.
func (p *piece) acquit(e *ent) {
	if e.slot.Held() {
		e.slot.Set(e.slot.Kind(), e.slot.State(), false)
		p.verdicts = append(p.verdicts, &verdictOp{ent: e, verdict: &journal.Verdict{}})
	}
	e.other = index.Other{Aside: e.other.Aside}
}

// headOf is the sequence a track has reached with this piece.
func (p *piece) headOf(feed, part int) uint64 {
	t := track.Of(feed, part)
	if pubs := p.pubs[t]; len(pubs) > 0 {
		return pubs[len(pubs)-1].Seq
	}
	return p.data.Heads.Load().Tracks[t].Head
}

// place puts an entry into its track, where the Log has it already.
func (p *piece) place(q *publication, e *ent, kind int, ver [16]byte) {
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

func (p *piece) takeVerdict(ctx context.Context, v *journal.Verdict) error {
	p.use(v.Stream, v.Seen.Mapping)
	e := p.judged(v)
	if e == nil {
		return nil
	}
	if v.Seen.Mapping != "" && e.slot.Known() && v.Seen.After >= e.slot.Seq {
		e.slot.Raw, e.slot.Rev, e.slot.At = index.Fingerprint(v.Seen.Digest), p.rev, v.Seen.At
	}
	kind := e.slot.Kind()
	e.slot.Set(kind, e.slot.State(), v.Held != nil)
	last := index.Other{Aside: e.other.Aside}
	if v.Last.Outcome != "" {
		last.Raw = index.Fingerprint(v.Last.Digest)
		last.Rev, _ = p.data.Names.Rev(v.Last.Mapping)
		last.Verdict = verdictOf(v.Last.Outcome)
	}
	if v.Held != nil {
		last.Feed = uint8(track.FeedNumber(v.Kind.Feed()))
	}
	e.other = last
	op := &verdictOp{ent: e, verdict: v}
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

// takeRaws puts Raws into blocks of one partition each. Nothing refers to
// them yet: their entries follow, in this piece or a later one.
func (p *piece) takeRaws(raws []journal.MirrorRaw) {
	last := -1
	for i := range raws {
		r := &raws[i]
		if r.Part != last || p.size > 0 && p.size+len(r.Raw.Payload) > chunk.RawBytes {
			p.closeBlock()
			last = r.Part
		}
		if len(p.raws) == 0 {
			p.spots = append(p.spots, query.RawSpots{Key: query.RawKey(r.Place)})
		}
		spot := &p.spots[len(p.spots)-1]
		spot.Seqs = append(spot.Seqs, r.Seq)
		p.size += len(r.Raw.Payload) + 64
		p.raws = append(p.raws, r.Raw)
	}
	p.closeBlock()
	for i := range p.blocks {
		p.blocks[i].refs = 0
	}
}

// refOf finds the Raw at a place in this view; none when it was thinned out
// before the view read that far.
func (p *piece) refOf(ctx context.Context, at journal.Place) (chunk.RawAt, error) {
	if at.Seq == 0 {
		return chunk.RawAt{}, nil
	}
	key := query.RawKey(at)
	for i := len(p.spots) - 1; i >= 0; i-- {
		if row, found := p.spots[i].Row(key); found {
			return chunk.RawAt{Block: int64(i), Row: row, Own: true}, nil
		}
	}
	for i := len(p.found) - 1; i >= 0; i-- { // neighbours follow one another
		if row, found := p.found[i].Row(key); found {
			return chunk.RawAt{Block: p.found[i].Block, Row: row}, nil
		}
	}
	there, err := p.data.Places.At(ctx, key)
	if err != nil {
		return chunk.RawAt{}, err
	}
	if row, found := there.Row(key); found {
		p.found = append(p.found, there)
		return chunk.RawAt{Block: there.Block, Row: row}, nil
	}
	return chunk.RawAt{}, nil
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
