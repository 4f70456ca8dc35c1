package store

import (
	"context"
	"errors"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/track"
)

var errBare = errors.New("called unchanged, but what the Log knows of it has changed: map it again")

func stampOf(t time.Time) int64 { return unixMilli(t, noTime) }

// unixMilli is a time as lists sort it.
func unixMilli(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixMilli()
}

// publish decides about a Record: unchanged, superseded, or a new entry.
func (p *plan) publish(ctx context.Context, h hash, it *journal.Item, rec *canonical.Record) (journal.Outcome, error) {
	kind, ver, ok := p.identity(it, rec)
	if !ok {
		return p.refuse(ctx, h, it, &problem.Problem{Code: "GW-K003", Field: "id"})
	}
	e, cur := p.look(h)
	if cur == nil || !cur.known() {
		p.adopt(h, kind, it.Raw.Key)
		e, cur = p.look(h)
	}
	raw, at := short(it.Digest), stampOf(rec.At)
	if cur == nil || !cur.known() {
		return p.enter(p.edit(h, it), it, rec, ver, journal.OpChanged)
	}
	if cur.kind() != kind {
		return p.refuse(ctx, h, it, &problem.Problem{Code: "GW-K005", Field: "kind", Value: string(rec.Kind), Want: string(track.KindName(cur.kind()))})
	}
	switch {
	case cur.live() && cur.ver == ver:
		p.touch(h, it, e, cur, raw, max(at, cur.at))
		return journal.Unchanged, nil
	case stale(cur, raw, at):
		// Older than what is current: it never replaces it.
		return p.supersede(ctx, h, it, rec)
	case cur.live() && raw == cur.raw:
		return p.correct(ctx, h, it, rec, ver)
	}
	return p.enter(p.edit(h, it), it, rec, ver, journal.OpChanged)
}

// identity reports whether a Record is the one its Raw must give.
func (p *plan) identity(it *journal.Item, rec *canonical.Record) (kind int, ver [16]byte, ok bool) {
	kind = track.KindNumber(rec.Kind)
	ver, ok = chunk.ParseVersion(rec.Version)
	return kind, ver, ok && kind != 0 && rec.ID == canonical.ID(rec.Kind, p.stream.source, it.Raw.Key)
}

// stale reports whether a Raw is older than the one behind the current record.
func stale(cur *slot, raw digest8, at int64) bool {
	return at != noTime && cur.at != noTime && at < cur.at && raw != cur.raw
}

// touch notes that this Raw under this mapping says what is current.
func (p *plan) touch(h hash, it *journal.Item, e *ent, cur *slot, raw digest8, at int64) {
	if cur.raw == raw && cur.rev == p.rev && cur.at == at && !cur.held() {
		return
	}
	if e == nil {
		e = p.edit(h, it)
	}
	e.slot.raw, e.slot.rev, e.slot.at = raw, p.rev, at
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

func (p *plan) write(e *ent, it *journal.Item, rec *canonical.Record, ver [16]byte, op journal.Op, ref chunk.RawRef) {
	q := p.newPublication()
	q.ent = e
	q.Stored = chunk.Stored{Entry: journal.Entry{Op: op, Kind: rec.Kind, ID: rec.ID, Key: it.Raw.Key, Version: chunk.VersionText(ver),
		At: rec.At, RecordedAt: p.batch.At, RawDigest: it.Digest, Index: rec.Index, Body: rec.Body},
		Raw: ref, StreamID: p.stream.id, Rev: p.rev}
	kind := track.KindNumber(rec.Kind)
	if !e.slot.known() {
		e.slot.bucket = track.BucketOf(rec.ID)
	}
	p.add(track.Of(track.KindFeed(kind), track.PartOf(e.slot.bucket, p.s.parts)), q, e.prior, e.slot.seq)
	state := stateLive
	if op == journal.OpGone {
		state = stateGone
		p.receipt.Counts.Gone++
	} else {
		p.receipt.Counts.Unknown += rec.Index.Unknown
	}
	e.slot.ver, e.slot.raw, e.slot.rev = ver, short(it.Digest), p.rev
	e.slot.at = stampOf(rec.At)
	e.slot.set(kind, state, e.slot.held())
	e.prior = q
	p.settle(e, e.slot.raw, true)
}

// settle closes the held Raw of an entity when the entity published, or when
// that very Raw found its end.
func (p *plan) settle(e *ent, raw digest8, published bool) {
	if !e.slot.held() {
		if e.other.raw == raw && e.other.verdict != verdictNone {
			e.other = other{aside: e.other.aside}
		}
		return
	}
	if !published && e.other.raw != raw {
		return
	}
	e.slot.set(e.slot.kind(), e.slot.state(), false)
	e.other = other{aside: e.other.aside}
	p.held = append(p.held, heldOp{ent: e, op: heldResolve})
}

// correct publishes what another mapping made of the same Raw; the Raw is not kept twice.
func (p *plan) correct(ctx context.Context, h hash, it *journal.Item, rec *canonical.Record, ver [16]byte) (journal.Outcome, error) {
	e := p.edit(h, it)
	if e.prior != nil { // published a moment ago in this batch
		p.write(e, it, rec, ver, journal.OpCorrected, p.reuse(e.prior.Raw))
		return journal.Published, nil
	}
	last, err := p.s.entryAt(ctx, p.s.trackOf(&e.slot), e.slot.seq)
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

func (p *plan) reuse(ref chunk.RawRef) chunk.RawRef {
	switch {
	case ref.Own && ref.Block < int64(len(p.blocks)):
		p.blocks[ref.Block].refs++
	case ref.Own: // the block still being filled: one row more keeps its count right
		return p.keepRaw(p.raws[ref.Row])
	case ref.Block != 0:
		p.reused = append(p.reused, ref.Block)
	}
	return ref
}

// rawOf keeps the item's Raw, or finds it where the quarantine put it.
func (p *plan) rawOf(e *ent, it *journal.Item) (chunk.RawRef, error) {
	if it.Proved {
		return chunk.RawRef{}, nil // no Raw said so
	}
	if e.slot.held() && e.other.raw == short(it.Digest) && e.had.verdict == verdictHeld && e.had.raw == e.other.raw {
		ref, found, err := p.s.heldRaw(e.id, it.Digest)
		if err != nil {
			return chunk.RawRef{}, err
		}
		if found {
			return p.reuse(ref), nil
		}
	}
	return p.keepRaw(it.Raw), nil
}

// gone publishes a removal: the entry keeps the last body. Of what was never
// there, or is gone already, nothing changes. Invariant 6 is the caller's: it
// makes removals only of what a source said or proved.
func (p *plan) gone(ctx context.Context, h hash, it *journal.Item) (journal.Outcome, error) {
	e, cur := p.look(h)
	if cur == nil || !cur.known() {
		return journal.Unchanged, nil
	}
	at := it.Raw.At
	if it.Record != nil && !it.Record.At.IsZero() {
		at = it.Record.At
	}
	if stale(cur, short(it.Digest), stampOf(at)) {
		return p.supersede(ctx, h, it, p.goneRecord(it, cur, at))
	}
	if !cur.live() {
		p.touch(h, it, e, cur, short(it.Digest), max(stampOf(at), cur.at))
		return journal.Unchanged, nil
	}
	e = p.edit(h, it)
	last, err := p.current(ctx, e)
	if err != nil {
		return "", err
	}
	rec := canonical.Record{ID: canonical.ID(last.Kind, p.stream.source, it.Raw.Key), Kind: last.Kind,
		At: at, Gone: true, Body: last.Body, Index: last.Index}
	if !at.IsZero() {
		return p.enter(e, it, &rec, e.slot.ver, journal.OpGone)
	}
	rec.At = last.At
	newest := e.slot.at // of all Raws that said the same; the entry has the first one's
	out, err := p.enter(e, it, &rec, e.slot.ver, journal.OpGone)
	e.slot.at = newest
	return out, err
}

// current is an entity's newest entry, of this batch or stored.
func (p *plan) current(ctx context.Context, e *ent) (*chunk.Stored, error) {
	if e.prior != nil {
		return &e.prior.Stored, nil
	}
	return p.s.entryAt(ctx, p.s.trackOf(&e.slot), e.slot.seq)
}

func (p *plan) goneRecord(it *journal.Item, cur *slot, at time.Time) *canonical.Record {
	kind := track.KindName(cur.kind())
	return &canonical.Record{ID: canonical.ID(kind, p.stream.source, it.Raw.Key), Kind: kind, At: at, Gone: true,
		Version: chunk.VersionText(cur.ver), Body: []byte("{}")}
}

// supersede keeps a stale version in history only, once.
func (p *plan) supersede(ctx context.Context, h hash, it *journal.Item, rec *canonical.Record) (journal.Outcome, error) {
	e := p.edit(h, it)
	raw := short(it.Digest)
	if kept, err := p.kept(ctx, e, it); err != nil || kept {
		p.remember(e, raw, verdictSuperseded)
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
	if e.slot.held() && e.other.raw == raw {
		p.settle(e, raw, false)
	}
	p.remember(e, raw, verdictSuperseded)
	return journal.Superseded, nil
}

// remember notes the verdict over a Raw, so that Known can give it; a Raw in
// quarantine is not forgotten for another's sake.
func (p *plan) remember(e *ent, raw digest8, verdict uint8) {
	if e.slot.held() {
		return
	}
	e.other.raw, e.other.rev, e.other.verdict = raw, p.rev, verdict
}

func (p *plan) setAside(e *ent, it *journal.Item, rec *canonical.Record, ver [16]byte, op journal.Op, ref chunk.RawRef) {
	q := p.newPublication()
	q.ent = e
	q.Stored = chunk.Stored{Entry: journal.Entry{Op: op, Kind: rec.Kind, ID: rec.ID, Key: it.Raw.Key, Version: chunk.VersionText(ver),
		At: rec.At, RecordedAt: p.batch.At, RawDigest: it.Digest, Index: rec.Index, Body: rec.Body},
		Raw: ref, StreamID: p.stream.id, Rev: p.rev}
	p.add(track.Aside, q, e.aside, e.other.aside)
	e.aside = q
}

// exclude keeps the Raw a named rule left out, once.
func (p *plan) exclude(ctx context.Context, h hash, it *journal.Item) (journal.Outcome, error) {
	e := p.edit(h, it)
	raw := short(it.Digest)
	if kept, err := p.kept(ctx, e, it); err != nil || kept {
		p.remember(e, raw, verdictExcluded)
		return journal.Excluded, err
	}
	ref, err := p.rawOf(e, it)
	if err != nil {
		return "", err
	}
	rec := canonical.Record{Kind: it.Raw.Kind, At: it.Raw.At, Index: canonical.Index{Title: it.Rule}}
	p.setAside(e, it, &rec, [16]byte{}, chunk.OpExcluded, ref)
	if e.slot.held() && e.other.raw == raw {
		p.settle(e, raw, false)
	}
	p.remember(e, raw, verdictExcluded)
	return journal.Excluded, nil
}

// refuse puts a Raw into quarantine; the same again is only counted there.
func (p *plan) refuse(ctx context.Context, h hash, it *journal.Item, found *problem.Problem) (journal.Outcome, error) {
	e := p.edit(h, it)
	raw := short(it.Digest)
	op := heldOp{ent: e, op: heldNew, item: it, problem: found}
	if e.slot.held() && e.other.raw == raw {
		code, err := p.heldCode(e)
		if err != nil {
			return "", err
		}
		if code == found.Code {
			op.op = heldAgain
		}
	}
	if op.op == heldNew {
		ref, err := p.rawOf(e, it)
		if err != nil {
			return "", err
		}
		op.raw = ref
	}
	e.slot.set(e.slot.kind(), e.slot.state(), true)
	e.other = other{raw: raw, rev: p.rev, verdict: verdictHeld, aside: e.other.aside, feed: uint8(track.FeedNumber(it.Raw.Kind.Feed()))}
	p.held = append(p.held, op)
	return journal.Held, nil
}
