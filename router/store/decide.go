package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// Decide gives what a batch comes to against what this view holds, and
// writes nothing of it: the Log this is the view of does, and Mirror brings
// it back. Until then the same batch is decided the same way again.
func (s *Store) Decide(ctx context.Context, b journal.Batch) (journal.Decision, error) {
	st, rev, err := s.number(ctx, b.Stream, b.Mapping)
	if err != nil {
		return journal.Decision{}, err
	}
	if err := s.data.Index.Wait(ctx); err != nil {
		return journal.Decision{}, fmt.Errorf("store: the index: %w", err)
	}
	p := newPlan(s.data, &b, st, rev)
	if err := p.decide(ctx); err != nil {
		return journal.Decision{}, err
	}
	d, err := newWording(ctx, p).decision()
	if err != nil {
		return journal.Decision{}, fmt.Errorf("store: %s: %w", b.Stream, err)
	}
	return d, nil
}

// wording puts a plan into terms that mean the same on every node.
type wording struct {
	p       *plan
	ctx     context.Context
	starts  []int                // of each block among the decision's Raws
	numbers map[*publication]int // of each publication among its entries, from 1
	holds   map[int64]bool       // numbers given to holds
	err     error                // Raws that could not be named
}

func newWording(ctx context.Context, p *plan) *wording {
	p.closeBlock()
	return &wording{p: p, ctx: ctx, starts: make([]int, len(p.blocks)), numbers: map[*publication]int{}, holds: map[int64]bool{}}
}

// decision is the plan as the Log and every view of it understand it.
func (w *wording) decision() (journal.Decision, error) {
	d := journal.Decision{Receipt: w.p.receipt}
	for i := range w.p.blocks {
		w.starts[i] = len(d.Raws)
		d.Raws = append(d.Raws, w.p.blocks[i].raws...)
	}
	for n, pubs := range w.p.pubs {
		for _, q := range pubs {
			d.Entries = append(d.Entries, w.entry(track.Track(n), q))
			w.numbers[q] = len(d.Entries)
		}
	}
	for _, e := range w.p.ents {
		v, needed, err := w.verdict(e)
		if err != nil {
			return d, err
		}
		if !needed {
			continue
		}
		if e.from != nil {
			d.Verdicts = append(d.Verdicts, farewell(e, &v))
		}
		v.Seen.AfterNew = w.numbers[e.prior]
		d.Verdicts = append(d.Verdicts, v)
	}
	return d, w.err
}

// farewell is the verdict of the stream that had a record until now: it has
// nothing of it any more. What it gives of that key later is its own.
func farewell(e *ent, of *journal.Verdict) journal.Verdict {
	return journal.Verdict{Stream: e.from.Name, Key: of.Key, Kind: of.Kind, Part: of.Part,
		Owner: journal.Owner{Stream: of.Stream, After: e.old.Seq}}
}

func (w *wording) entry(t track.Track, q *publication) journal.Decided {
	one := journal.Decided{Entry: q.Entry, Raw: w.name(q.Raw)}
	one.Feed, one.Part = track.FeedName(t.Feed()), t.Part()
	one.Source, one.Stream, one.Mapping = w.p.stream.Source, w.p.stream.Own, w.p.batch.Mapping
	if t == track.Aside {
		one.Feed, one.Superseded = q.Kind.Feed(), true
	}
	if q.Op == chunk.OpExcluded {
		one.Rule = q.Index.Title
	}
	return one
}

// name names a Raw by its place in the Log rather than in this view.
func (w *wording) name(ref chunk.RawAt) journal.RawRef {
	if ref.Own {
		return journal.RawRef{New: w.starts[ref.Block] + ref.Row + 1}
	}
	if ref.Block == 0 {
		return journal.RawRef{}
	}
	place, err := w.p.data.Places.Of(w.ctx, ref)
	w.err = errors.Join(w.err, err)
	return journal.RawRef{Place: place}
}

// verdict is what is known of an entity beside its entries; false when its
// entries are everything.
func (w *wording) verdict(e *ent) (journal.Verdict, bool, error) {
	if e.dead {
		return journal.Verdict{}, false, nil // the verdict of the entity that moves here stands for both
	}
	v := journal.Verdict{Stream: w.p.stream.Name, Key: e.key, Kind: track.KindName(e.slot.Kind())}
	if e.prior != nil {
		v.Key, v.Kind = e.prior.Key, e.prior.Kind
	}
	hold, changes, err := w.holdOf(e)
	if err != nil {
		return v, false, err
	}
	v.Held = hold
	if last := e.other; last.Verdict != index.VerdictNone {
		v.Last = journal.Last{Digest: uint64(last.Raw), Mapping: w.p.data.Names.Revision(last.Rev), Outcome: last.Outcome()}
	}
	had := e.had
	had.Aside = e.other.Aside
	if !changes && e.other == had && e.from == nil && !seenElsewhere(e) {
		return v, false, nil
	}
	// Given anew with every verdict, because only the newest one is kept.
	if e.slot.Known() {
		v.Seen = journal.Seen{Digest: uint64(e.slot.Raw), Mapping: w.p.data.Names.Revision(e.slot.Rev), At: e.slot.At, After: e.slot.Seq}
	}
	if err := w.nameEntity(e, &v); err != nil {
		return v, false, err
	}
	if !e.slot.Known() {
		v.Owner = w.ownerOf(&v)
	}
	return v, true, nil
}

// ownerOf is the other stream that has what the key of a verdict names.
func (w *wording) ownerOf(v *journal.Verdict) journal.Owner {
	st, s := w.p.owner(track.KindNumber(v.Kind), v.Key)
	if st == nil {
		return journal.Owner{}
	}
	return journal.Owner{Stream: st.Name, After: s.Seq}
}

// seenElsewhere reports whether a later Raw than that of the newest entry
// came to what is current.
func seenElsewhere(e *ent) bool {
	if !e.slot.Known() {
		return false
	}
	if e.prior != nil {
		return e.slot.Raw != index.Short(e.prior.RawDigest) || e.slot.Rev != e.prior.Rev || e.slot.At != index.Stamp(e.prior.At)
	}
	return e.slot.Raw != e.old.Raw || e.slot.Rev != e.old.Rev || e.slot.At != e.old.At
}

// nameEntity fills in key and kind where the batch itself does not give them.
func (w *wording) nameEntity(e *ent, v *journal.Verdict) error {
	if v.Key == "" && e.id != 0 {
		var err error
		if v.Key, err = w.p.data.Holds.Key(e.id); err != nil {
			return fmt.Errorf("naming an entity: %w", err)
		}
	}
	if v.Kind == "" { // never published: the kind is its Raws'
		v.Kind = e.kind
	}
	bucket := e.slot.Bucket
	if !e.slot.Known() {
		bucket = track.BucketOf(canonical.ID(v.Kind, w.p.stream.Source, v.Key))
	}
	v.Part = track.PartOf(bucket, w.p.data.Parts)
	return nil
}

// holdOf plays what the batch does to an entity's quarantine, and reports
// whether it does anything.
func (w *wording) holdOf(e *ent) (*journal.Hold, bool, error) {
	var now *journal.Hold
	touched, loaded := false, false
	for i := range w.p.held {
		h := &w.p.held[i]
		if h.ent != e {
			continue
		}
		touched = true
		var err error
		switch {
		case h.op == heldNew:
			now, err = w.newHold(h)
		case h.op != heldAgain:
			now, loaded = nil, true
		case now == nil && !loaded:
			now, err = w.openHold(e.id)
		}
		if err != nil {
			return nil, false, err
		}
		if h.op == heldAgain && now != nil {
			now.Last, now.Times, now.Mapping = w.p.batch.At, now.Times+1, w.p.batch.Mapping
		}
	}
	if !touched && e.slot.Held() { // still held, and the verdict must go on carrying it
		hold, err := w.openHold(e.id)
		return hold, false, err
	}
	return now, touched, nil
}

func (w *wording) newHold(h *heldOp) (*journal.Hold, error) {
	found := *h.problem
	found.Value = cut(found.Value)
	id, err := w.holdID(h.item)
	if err != nil {
		return nil, err
	}
	return &journal.Hold{ID: id, Digest: h.item.Digest[:], Problem: found, Mapping: w.p.batch.Mapping,
		First: w.p.batch.At, Last: w.p.batch.At, Times: 1, Raw: w.name(h.raw)}, nil
}

// openHold is the open hold of an entity; nil when there is none.
func (w *wording) openHold(entity uint32) (*journal.Hold, error) {
	hold, ref, err := w.p.data.Holds.Open(entity)
	if hold != nil {
		hold.Raw = w.name(ref)
	}
	return hold, err
}

// holdID numbers a held Raw: growing by the second, the same on every node
// because it travels with the verdict, and exact as a JSON number.
func (w *wording) holdID(it *journal.Item) (int64, error) {
	const bits, since = 21, 1_700_000_000
	h := index.KeyHash(w.p.stream.Name, it.Raw.Key+"\x00"+string(it.Digest[:]))
	id := max(w.p.batch.At.Unix()-since, 1)<<bits | int64(binary.LittleEndian.Uint32(h[:])>>(32-bits))
	for ; ; id++ {
		if w.holds[id] {
			continue
		}
		taken, err := w.p.data.Holds.Taken(id)
		if err != nil {
			return 0, fmt.Errorf("numbering the quarantine: %w", err)
		}
		if !taken {
			w.holds[id] = true
			return id, nil
		}
	}
}
