package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// Decide tells what a batch comes to against what this view holds, and
// writes nothing of it: the Log this is the view of does, and Mirror brings
// it back. Until then the same batch is decided the same way again.
func (s *Store) Decide(ctx context.Context, b journal.Batch) (journal.Decision, error) {
	st, rev, err := s.names(ctx, b.Stream, b.Mapping)
	if err != nil {
		return journal.Decision{}, err
	}
	if err := s.index.Wait(ctx); err != nil {
		return journal.Decision{}, fmt.Errorf("store: the index: %w", err)
	}
	p := s.newPlan(&b, st, rev)
	if err := p.decide(ctx); err != nil {
		return journal.Decision{}, err
	}
	d, err := p.decision(ctx)
	if err != nil {
		return journal.Decision{}, fmt.Errorf("store: %s: %w", b.Stream, err)
	}
	return d, nil
}

// decision writes down what was decided in terms that mean the same on every node.
func (p *plan) decision(ctx context.Context) (journal.Decision, error) {
	p.closeBlock()
	d := journal.Decision{Receipt: p.receipt}
	starts := make([]int, len(p.blocks))
	for i := range p.blocks {
		starts[i] = len(d.Raws)
		d.Raws = append(d.Raws, p.blocks[i].raws...)
	}
	refs := refNames{s: p.s, ctx: ctx, starts: starts}
	numbers := map[*publication]int{}
	for n, pubs := range p.pubs {
		t := track.Track(n)
		for _, q := range pubs {
			one := journal.Decided{Entry: q.Entry, Raw: refs.name(q.Raw)}
			one.Feed, one.Part = track.FeedName(t.Feed()), t.Part()
			one.Source, one.Stream, one.Mapping = p.stream.source, p.stream.own, p.batch.Mapping
			if t == track.Aside {
				one.Feed, one.Superseded = q.Kind.Feed(), true
			}
			if q.Op == chunk.OpExcluded {
				one.Rule = q.Index.Title
			}
			d.Entries = append(d.Entries, one)
			numbers[q] = len(d.Entries)
		}
	}
	for _, e := range p.ents {
		v, told, err := p.verdict(e, &refs)
		if err != nil {
			return d, err
		}
		if told {
			v.Seen.AfterNew = numbers[e.prior]
			d.Verdicts = append(d.Verdicts, v)
		}
	}
	return d, refs.err
}

// refNames names Raws by their place in the Log rather than in this view.
type refNames struct {
	s      *Store
	ctx    context.Context
	starts []int
	err    error
}

func (r *refNames) name(ref chunk.RawRef) journal.RawRef {
	if ref.Own {
		return journal.RawRef{New: r.starts[ref.Block] + ref.Row + 1}
	}
	if ref.Block == 0 {
		return journal.RawRef{}
	}
	place, err := r.s.placeOf(r.ctx, ref)
	r.err = errors.Join(r.err, err)
	return journal.RawRef{Place: place}
}

// verdict tells what is known of an entity beside its entries; false when
// its entries say everything.
func (p *plan) verdict(e *ent, refs *refNames) (journal.Verdict, bool, error) {
	if e.dead {
		return journal.Verdict{}, false, nil // the entity that moves here tells
	}
	v := journal.Verdict{Stream: p.stream.name, Key: e.key, Kind: track.KindName(e.slot.Kind())}
	var changes bool
	if e.prior != nil {
		v.Key, v.Kind = e.prior.Key, e.prior.Kind
	}
	hold, changed, err := p.holdOf(e, refs)
	if err != nil {
		return v, false, err
	}
	v.Held, changes = hold, changed
	if said := e.other; said.Verdict != index.VerdictNone {
		v.Last = journal.Last{Digest: uint64(said.Raw), Mapping: p.s.revision(said.Rev), Outcome: said.Outcome()}
	}
	had := e.had
	had.Aside = e.other.Aside
	changes = changes || e.other != had
	elsewhere := p.seenElsewhere(e)
	if !changes && !elsewhere {
		return v, false, nil
	}
	// Said anew with every verdict, because only the newest one is kept.
	if e.slot.Known() && (elsewhere || e.prior == nil) {
		v.Seen = journal.Seen{Digest: uint64(e.slot.Raw), Mapping: p.s.revision(e.slot.Rev), At: e.slot.At, After: e.slot.Seq}
	}
	if err := p.nameEntity(e, &v); err != nil {
		return v, false, err
	}
	return v, true, nil
}

// seenElsewhere reports whether a later Raw than that of the newest entry
// said what is current.
func (p *plan) seenElsewhere(e *ent) bool {
	if !e.slot.Known() {
		return false
	}
	if e.prior != nil {
		return e.slot.Raw != index.Short(e.prior.RawDigest) || e.slot.Rev != e.prior.Rev || e.slot.At != index.Stamp(e.prior.At)
	}
	return e.slot.Raw != e.old.Raw || e.slot.Rev != e.old.Rev || e.slot.At != e.old.At
}

// nameEntity fills in key and kind where the batch itself does not say them.
func (p *plan) nameEntity(e *ent, v *journal.Verdict) error {
	if v.Key == "" && e.id != 0 {
		if err := p.s.read.QueryRowContext(p.s.ctx, "SELECT key FROM entity WHERE id = ?", e.id).Scan(&v.Key); err != nil {
			return fmt.Errorf("naming an entity: %w", err)
		}
	}
	for i := range p.held {
		if h := &p.held[i]; h.ent == e && h.item != nil && v.Kind == "" {
			v.Kind = h.item.Raw.Kind
		}
	}
	if e.aside != nil && v.Kind == "" {
		v.Kind = e.aside.Kind
	}
	bucket := e.slot.Bucket
	if !e.slot.Known() {
		bucket = track.BucketOf(canonical.ID(v.Kind, p.stream.source, v.Key))
	}
	v.Part = track.PartOf(bucket, p.s.parts)
	return nil
}

// holdOf plays what the batch does to an entity's quarantine.
func (p *plan) holdOf(e *ent, refs *refNames) (*journal.Hold, bool, error) {
	var now *journal.Hold
	touched, loaded := false, false
	for i := range p.held {
		h := &p.held[i]
		if h.ent != e {
			continue
		}
		touched = true
		switch h.op {
		case heldNew:
			found := *h.problem
			found.Value = cut(found.Value)
			id, err := p.holdID(h.item)
			if err != nil {
				return nil, false, err
			}
			now = &journal.Hold{ID: id, Digest: h.item.Digest[:], Problem: found, Mapping: p.batch.Mapping,
				First: p.batch.At, Last: p.batch.At, Times: 1, Raw: refs.name(h.raw)}
		case heldAgain:
			if now == nil && !loaded {
				var err error
				if now, err = p.s.openHold(e.id, refs); err != nil {
					return nil, false, err
				}
			}
			if now != nil {
				now.Last, now.Times, now.Mapping = p.batch.At, now.Times+1, p.batch.Mapping
			}
		default:
			now, loaded = nil, true
		}
	}
	if !touched && e.slot.Held() { // still held, and the verdict must go on saying so
		hold, err := p.s.openHold(e.id, refs)
		return hold, false, err
	}
	return now, touched, nil
}

// holdID numbers a held Raw: growing by the second, the same on every node
// because it travels with the verdict, and exact as a JSON number.
func (p *plan) holdID(it *journal.Item) (int64, error) {
	const bits, since = 21, 1_700_000_000
	h := index.KeyHash(p.stream.name, it.Raw.Key+"\x00"+string(it.Digest[:]))
	id := max(p.batch.At.Unix()-since, 1)<<bits | int64(binary.LittleEndian.Uint32(h[:])>>(32-bits))
	for ; ; id++ {
		if p.numbered[id] {
			continue
		}
		var taken bool
		if err := p.s.read.QueryRowContext(p.s.ctx, "SELECT count(*) FROM held WHERE id = ?", id).Scan(&taken); err != nil {
			return 0, fmt.Errorf("numbering the quarantine: %w", err)
		}
		if !taken {
			if p.numbered == nil {
				p.numbered = map[int64]bool{}
			}
			p.numbered[id] = true
			return id, nil
		}
	}
}

// openHold reads the open hold of an entity; nil when there is none.
func (s *Store) openHold(entity uint32, refs *refNames) (*journal.Hold, error) {
	var h journal.Hold
	var digest []byte
	var found string
	var first, last int64
	var ref chunk.RawRef
	err := s.read.QueryRowContext(s.ctx, "SELECT id, digest, problem, mapping, first, last, times, block, row FROM held WHERE entity = ? AND state = 0", entity).
		Scan(&h.ID, &digest, &found, &h.Mapping, &first, &last, &h.Times, &ref.Block, &ref.Row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(found), &h.Problem)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the quarantine: %w", err)
	}
	h.Digest = digest
	h.First, h.Last, h.Raw = milliTime(first), milliTime(last), refs.name(ref)
	return &h, nil
}

// Dropped gives the verdicts that take held Raws out of quarantine. What is
// not held any more is passed over.
func (s *Store) Dropped(ctx context.Context, ids []int64) ([]journal.Verdict, error) {
	if err := s.index.Wait(ctx); err != nil {
		return nil, fmt.Errorf("store: the index: %w", err)
	}
	var all []journal.Verdict
	for _, id := range ids {
		var entity uint32
		v := journal.Verdict{Dropped: true}
		err := s.read.QueryRowContext(ctx, "SELECT h.entity, n.name, h.key, h.kind FROM held h JOIN stream n ON n.id = h.stream WHERE h.id = ? AND h.state = 0", id).
			Scan(&entity, &v.Stream, &v.Key, &v.Kind)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("store: reading the quarantine: %w", err)
		}
		sl := s.index.Slot(entity)
		source, _, _ := strings.Cut(v.Stream, "/")
		v.Part = track.PartOf(track.BucketOf(canonical.ID(v.Kind, source, v.Key)), s.parts)
		if sl.Known() {
			v.Part = track.PartOf(sl.Bucket, s.parts)
			v.Seen = journal.Seen{Digest: uint64(sl.Raw), Mapping: s.revision(sl.Rev), At: sl.At, After: sl.Seq}
		}
		all = append(all, v)
	}
	return all, nil
}

func (s *Store) revision(rev uint32) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.revName[rev]
}
