package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/state"
	"iocgateway/router/store/track"
)

var errBare = errors.New("called unchanged, but what the Log knows of it has changed: map it again")

// publish decides about a Record: unchanged, superseded, or a new entry.
func (p *plan) publish(ctx context.Context, h index.Hash, it *journal.Item, rec *canonical.Record) (journal.Outcome, error) {
	kind, ver, ok := p.identity(it, rec)
	if !ok {
		return p.refuse(h, it, &problem.Problem{Code: "GW-K003", Field: "id"})
	}
	if owner := p.rival(h, kind, it.Raw.Key); owner != nil {
		return p.refuseOwned(h, it, owner)
	}
	e, cur := p.look(h)
	raw, at := index.Short(it.Digest), index.Stamp(rec.At)
	if cur == nil || !cur.Known() {
		return p.enter(p.edit(h, it), it, rec, ver, journal.OpChanged)
	}
	if cur.Kind() != kind {
		return p.refuse(h, it, &problem.Problem{Code: "GW-K005", Field: "kind", Value: string(rec.Kind),
			Want: string(track.KindName(cur.Kind()))})
	}
	switch {
	case cur.Live() && cur.Ver == ver:
		p.touch(h, it, e, cur, raw, max(at, cur.At))
		return journal.Unchanged, nil
	case stale(cur, raw, at) && !back(it, cur):
		// Older than what is current: it never replaces it, unless that was never true.
		if ahead, err := p.ahead(ctx, h, it); err != nil || !ahead {
			return p.superseded(ctx, h, it, rec, err)
		}
		p.receipt.Counts.Ahead++
	case cur.Live() && raw == cur.Raw:
		return p.correct(ctx, h, it, rec, ver)
	}
	return p.enter(p.edit(h, it), it, rec, ver, journal.OpChanged)
}

// rival is the stream that has what this one gives for the first time; nil
// where none has, or where it may be taken over: then it has moved here.
//
// Invariant 11: an id belongs to the stream that published it.
func (p *plan) rival(h index.Hash, kind int, key string) *state.Stream {
	if _, cur := p.look(h); cur != nil && cur.Known() {
		return nil
	}
	if owner, _ := p.owner(kind, key); owner != nil && !slices.Contains(p.batch.Adopts, owner.Name) {
		return owner
	}
	p.adopt(h, kind, key)
	return nil
}

// identity reports whether a Record is the one its Raw must give.
func (p *plan) identity(it *journal.Item, rec *canonical.Record) (kind int, ver [16]byte, ok bool) {
	kind = track.KindNumber(rec.Kind)
	ver, ok = chunk.ParseVersion(rec.Version)
	return kind, ver, ok && kind != 0 && rec.ID == canonical.ID(rec.Kind, p.stream.Source, it.Raw.Key)
}

// stale reports whether a Raw is older than the one behind the current record.
func stale(cur *index.Slot, raw index.Fingerprint, at int64) bool {
	return at != index.NoTime && cur.At != index.NoTime && at < cur.At && raw != cur.Raw
}

// back reports whether a listing of everything names what is gone here: it is
// there again, with whatever time it bears.
func back(it *journal.Item, cur *index.Slot) bool { return it.Listed && !it.Raw.Gone && !cur.Live() }

// ahead reports whether the version that is current bears a time that had not
// come when it was recorded, and a listing of everything has another one: the
// source's clock was ahead, and went back. What is delivered, or read as a
// change, lists nothing: there an older version never replaces a newer one.
func (p *plan) ahead(ctx context.Context, h index.Hash, it *journal.Item) (bool, error) {
	e, cur := p.look(h)
	if !it.Listed || it.Raw.Gone || cur == nil || !cur.Known() {
		return false, nil
	}
	if p.toCome(cur) {
		return true, nil
	}
	if e != nil && e.prior != nil { // of this very page
		return false, nil
	}
	last, err := p.data.Entries.At(ctx, p.data.Track(cur), cur.Seq)
	if err != nil {
		return false, err
	}
	return last.At.After(last.RecordedAt.Add(journal.MostAhead)), nil
}

// toCome reports whether the time that what is current bears has not come yet.
func (p *plan) toCome(cur *index.Slot) bool {
	return cur.At > index.Stamp(p.batch.At.Add(journal.MostAhead))
}

// superseded is supersede, where nothing went wrong before it.
func (p *plan) superseded(ctx context.Context, h index.Hash, it *journal.Item, rec *canonical.Record, err error) (journal.Outcome, error) {
	if err != nil {
		return "", err
	}
	return p.supersede(ctx, h, it, rec)
}

// touch notes that this Raw under this mapping comes to what is current.
func (p *plan) touch(h index.Hash, it *journal.Item, e *ent, cur *index.Slot, raw index.Fingerprint, at int64) {
	if cur.Raw == raw && cur.Rev == p.rev && cur.At == at && !cur.Held() {
		return
	}
	if e == nil {
		e = p.edit(h, it)
	}
	e.slot.Raw, e.slot.Rev, e.slot.At = raw, p.rev, at
	p.settle(e, raw, false)
}

// enter publishes a record: a new entry at the end of its feed. Invariant 3.
func (p *plan) enter(e *ent, it *journal.Item, rec *canonical.Record, ver [16]byte, op journal.Op) (journal.Outcome, error) {
	ref, err := p.rawOf(e, it)
	if err != nil {
		return "", err
	}
	p.write(e, it, rec, ver, op, ref)
	return journal.Published, nil
}

func (p *plan) write(e *ent, it *journal.Item, rec *canonical.Record, ver [16]byte, op journal.Op, ref chunk.RawAt) {
	q := p.newPublication()
	q.ent = e
	q.Stored = chunk.Stored{Entry: journal.Entry{Op: op, Kind: rec.Kind, ID: rec.ID, Key: it.Raw.Key, Version: chunk.VersionText(ver),
		At: rec.At, RecordedAt: p.batch.At, RawDigest: it.Digest, Index: rec.Index, Body: rec.Body},
		Raw: ref, StreamID: p.stream.ID, Rev: p.rev}
	kind := track.KindNumber(rec.Kind)
	if !e.slot.Known() {
		e.slot.Bucket = track.BucketOf(rec.ID)
	}
	p.add(track.Of(track.KindFeed(kind), track.PartOf(e.slot.Bucket, p.data.Parts)), q, e.prior, e.slot.Seq)
	state := index.StateLive
	if op == journal.OpGone {
		state = index.StateGone
		p.receipt.Counts.Gone++
	} else {
		p.receipt.Counts.Unknown += rec.Index.Unknown
		if e.slot.Known() && e.slot.State() == index.StateGone {
			p.receipt.Counts.Back++
		}
	}
	e.slot.Ver, e.slot.Raw, e.slot.Rev = ver, index.Short(it.Digest), p.rev
	e.slot.At = index.Stamp(rec.At)
	e.slot.Set(kind, state, e.slot.Held())
	e.prior = q
	p.settle(e, e.slot.Raw, true)
}

// settle closes the held Raw of an entity when the entity published, or when
// that very Raw found its end.
func (p *plan) settle(e *ent, raw index.Fingerprint, published bool) {
	if !e.slot.Held() {
		if e.other.Raw == raw && e.other.Verdict != index.VerdictNone {
			e.other = index.Other{Aside: e.other.Aside}
		}
		return
	}
	if !published && e.other.Raw != raw {
		return
	}
	e.slot.Set(e.slot.Kind(), e.slot.State(), false)
	e.other = index.Other{Aside: e.other.Aside}
	p.held = append(p.held, heldOp{ent: e, op: heldResolve})
}

// correct publishes what another mapping made of the same Raw; the Raw is not kept twice.
func (p *plan) correct(ctx context.Context, h index.Hash, it *journal.Item, rec *canonical.Record, ver [16]byte) (journal.Outcome, error) {
	e := p.edit(h, it)
	if e.prior != nil { // published a moment ago in this batch
		p.write(e, it, rec, ver, journal.OpCorrected, p.reuse(e.prior.Raw))
		return journal.Published, nil
	}
	last, err := p.data.Entries.At(ctx, p.data.Track(&e.slot), e.slot.Seq)
	if err != nil {
		return "", err
	}
	ref := last.Raw
	if last.RawDigest != it.Digest {
		ref = p.keepRaw(it.Raw)
	} else {
		ref = p.reuse(ref)
	}
	p.write(e, it, rec, ver, journal.OpCorrected, ref)
	return journal.Published, nil
}

// rawOf keeps the item's Raw, or finds it where the quarantine put it.
func (p *plan) rawOf(e *ent, it *journal.Item) (chunk.RawAt, error) {
	if it.Proved {
		return chunk.RawAt{}, nil // no Raw stands behind it
	}
	if e.slot.Held() && e.other.Raw == index.Short(it.Digest) && e.had.Verdict == index.VerdictHeld && e.had.Raw == e.other.Raw {
		ref, found, err := p.data.Holds.Raw(e.id, it.Digest)
		if err != nil {
			return chunk.RawAt{}, err
		}
		if found {
			return p.reuse(ref), nil
		}
	}
	return p.keepRaw(it.Raw), nil
}

// gone publishes a removal: the entry keeps the last body. Of what was never
// there, or is gone already, nothing changes; what is held of it ends where the
// source has proved that it has it no more. Invariant 6 is the caller's: it
// makes removals only of what a source gave or proved.
func (p *plan) gone(ctx context.Context, h index.Hash, it *journal.Item) (journal.Outcome, error) {
	e, cur := p.look(h)
	if cur == nil || !cur.Known() {
		if cur != nil && cur.Held() { // the removal itself may have been: now it could be read
			p.settle(p.edit(h, it), index.Short(it.Digest), it.Proved)
		}
		return journal.Unchanged, nil
	}
	at := it.Raw.At
	if it.Record != nil && !it.Record.At.IsZero() {
		at = it.Record.At
	}
	if stale(cur, index.Short(it.Digest), index.Stamp(at)) {
		return p.supersede(ctx, h, it, p.goneRecord(it, cur, at))
	}
	if !cur.Live() {
		held := cur.Held()
		p.touch(h, it, e, cur, index.Short(it.Digest), max(index.Stamp(at), cur.At))
		if held && it.Proved {
			p.settle(p.edit(h, it), index.Short(it.Digest), true)
		}
		return journal.Unchanged, nil
	}
	e = p.edit(h, it)
	last, err := p.current(ctx, e)
	if err != nil {
		return "", err
	}
	rec := canonical.Record{ID: canonical.ID(last.Kind, p.stream.Source, it.Raw.Key), Kind: last.Kind,
		At: at, Gone: true, Body: last.Body, Index: last.Index}
	if !at.IsZero() {
		return p.enter(e, it, &rec, e.slot.Ver, journal.OpGone)
	}
	rec.At = last.At
	newest := e.slot.At // of all Raws that came to the same; the entry has the first one's
	out, err := p.enter(e, it, &rec, e.slot.Ver, journal.OpGone)
	e.slot.At = newest
	return out, err
}

// mended ends what is held of a key: nothing is removed, what is held is of before.
func (p *plan) mended(h index.Hash, it *journal.Item) (journal.Outcome, error) {
	if _, cur := p.look(h); cur != nil && cur.Held() {
		p.settle(p.edit(h, it), index.Short(it.Digest), true)
	}
	return journal.Unchanged, nil
}

// current is an entity's newest entry, of this batch or stored.
func (p *plan) current(ctx context.Context, e *ent) (*chunk.Stored, error) {
	if e.prior != nil {
		return &e.prior.Stored, nil
	}
	return p.data.Entries.At(ctx, p.data.Track(&e.slot), e.slot.Seq)
}

func (p *plan) goneRecord(it *journal.Item, cur *index.Slot, at time.Time) *canonical.Record {
	kind := track.KindName(cur.Kind())
	return &canonical.Record{ID: canonical.ID(kind, p.stream.Source, it.Raw.Key), Kind: kind, At: at, Gone: true,
		Version: chunk.VersionText(cur.Ver), Body: []byte("{}")}
}

// supersede keeps a stale version in history only, once.
func (p *plan) supersede(ctx context.Context, h index.Hash, it *journal.Item, rec *canonical.Record) (journal.Outcome, error) {
	e := p.edit(h, it)
	raw := index.Short(it.Digest)
	if kept, err := p.kept(ctx, e, it); err != nil || kept {
		p.remember(e, raw, index.VerdictSuperseded)
		return journal.Superseded, err
	}
	ref, err := p.rawOf(e, it)
	if err != nil {
		return "", err
	}
	op := journal.OpChanged
	if rec.Gone {
		op = journal.OpGone
	}
	ver, _ := chunk.ParseVersion(rec.Version)
	p.setAside(e, it, rec, ver, op, ref)
	p.remember(e, raw, index.VerdictSuperseded)
	return journal.Superseded, nil
}

// remember notes the verdict over a Raw, so that Known can give it, and takes
// that Raw out of quarantine; another one there is not forgotten for its sake.
func (p *plan) remember(e *ent, raw index.Fingerprint, verdict uint8) {
	if e.slot.Held() && e.other.Raw == raw {
		p.settle(e, raw, false)
	}
	if e.slot.Held() {
		return
	}
	e.other.Raw, e.other.Rev, e.other.Verdict = raw, p.rev, verdict
}

func (p *plan) setAside(e *ent, it *journal.Item, rec *canonical.Record, ver [16]byte, op journal.Op, ref chunk.RawAt) {
	q := p.newPublication()
	q.ent = e
	q.Stored = chunk.Stored{Entry: journal.Entry{Op: op, Kind: rec.Kind, ID: rec.ID, Key: it.Raw.Key, Version: chunk.VersionText(ver),
		At: rec.At, RecordedAt: p.batch.At, RawDigest: it.Digest, Index: rec.Index, Body: rec.Body},
		Raw: ref, StreamID: p.stream.ID, Rev: p.rev}
	p.add(track.Aside, q, e.aside, e.other.Aside)
	e.aside = q
}

// exclude keeps the Raw a named rule left out, once.
func (p *plan) exclude(ctx context.Context, h index.Hash, it *journal.Item) (journal.Outcome, error) {
	e := p.edit(h, it)
	raw := index.Short(it.Digest)
	if kept, err := p.kept(ctx, e, it); err != nil || kept {
		p.remember(e, raw, index.VerdictExcluded)
		return journal.Excluded, err
	}
	ref, err := p.rawOf(e, it)
	if err != nil {
		return "", err
	}
	rec := canonical.Record{Kind: it.Raw.Kind, At: it.Raw.At, Index: canonical.Index{Title: it.Rule}}
	p.setAside(e, it, &rec, [16]byte{}, chunk.OpExcluded, ref)
	p.remember(e, raw, index.VerdictExcluded)
	return journal.Excluded, nil
}

// refuseOwned holds a Raw whose id is another stream's. What a mapping makes of
// it has no part in that, so that it is asked again each time it is received.
func (p *plan) refuseOwned(h index.Hash, it *journal.Item, owner *state.Stream) (journal.Outcome, error) {
	out, err := p.refuse(h, it, &problem.Problem{Code: "GW-K015", Field: "key", Value: owner.Name})
	p.edit(h, it).other.Rev = 0
	return out, err
}

// refuse puts a Raw into quarantine; the same again is only counted there.
func (p *plan) refuse(h index.Hash, it *journal.Item, found *problem.Problem) (journal.Outcome, error) {
	e := p.edit(h, it)
	raw := index.Short(it.Digest)
	op := heldOp{ent: e, op: heldNew, item: it, problem: found}
	if e.slot.Held() && e.other.Raw == raw {
		code, err := p.heldCode(e)
		if err != nil {
			return "", err
		}
		if code == found.Code {
			op.op = heldAgain
			p.receipt.Counts.Again++
		}
	}
	if op.op == heldNew {
		ref, err := p.rawOf(e, it)
		if err != nil {
			return "", err
		}
		op.raw = ref
	}
	e.slot.Set(e.slot.Kind(), e.slot.State(), true)
	e.other = index.Other{Raw: raw, Rev: p.rev, Verdict: index.VerdictHeld, Aside: e.other.Aside,
		Feed: uint8(track.FeedNumber(it.Raw.Kind.Feed()))}
	p.held = append(p.held, op)
	return journal.Held, nil
}
