package store

import (
	"context"
	"errors"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/chunk"
	"iocgateway/router/store/index"
	"iocgateway/router/store/track"
)

// heldCode is the code of an entity's open held Raw, in this batch or stored.
func (p *plan) heldCode(e *ent) (string, error) {
	for i := len(p.held) - 1; i >= 0; i-- {
		if p.held[i].ent == e && p.held[i].problem != nil {
			return p.held[i].problem.Code, nil
		}
	}
	found, err := p.data.Holds.Problem(e.id)
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	return found.Code, nil
}

// bare decides about an item that Known answered before any mapping. What it
// answered still stands in nearly every case; where an item before it in the
// same page, or a replay, changed the entity meanwhile, what was made of the
// Raw then is taken from the Log.
//
// That the Raw is the one behind the current record proves nothing by itself:
// another mapping made that record, and this one may have refused the Raw or
// left it out since. It then ends as that again, for it is in quarantine and
// the record is not what this mapping makes (Invariant 8).
func (p *plan) bare(ctx context.Context, h index.Hash, it *journal.Item) (journal.Outcome, error) {
	raw := index.Short(it.Digest)
	e, cur := p.look(h)
	if cur == nil {
		if it.Raw.Gone {
			return journal.Unchanged, nil
		}
		return "", errBare
	}
	if cur.Known() && cur.Raw == raw && cur.Rev == p.rev {
		p.touch(h, it, e, cur, raw, cur.At)
		return journal.Unchanged, nil
	}
	id, was, last := p.data.Index.Get(h)
	outcome := was.Outcome(last, raw, p.rev)
	switch {
	case outcome == journal.Held:
		found, err := p.data.Holds.Problem(id)
		if err != nil {
			return "", err
		}
		return p.refuse(h, it, found)
	case outcome == journal.Excluded:
		return outcome, nil
	case cur.Known() && cur.Raw == raw:
		return journal.Unchanged, nil // a replay under another mapping came between, and nothing is newer
	case outcome == journal.Superseded && stale(cur, raw, index.Stamp(it.Raw.At)):
		return p.stillOlder(ctx, h, it, id, last.Aside)
	case outcome == journal.Superseded, outcome == journal.Unchanged:
		return p.recall(ctx, h, it, id)
	}
	return "", errBare
}

// stillOlder answers for a Raw that came too late once and is older still:
// it stays in history, unless what is current has come to be the same.
func (p *plan) stillOlder(ctx context.Context, h index.Hash, it *journal.Item, id uint32, aside uint64) (journal.Outcome, error) {
	ahead, err := p.ahead(ctx, h, it)
	if err != nil {
		return "", err
	}
	e, cur := p.look(h)
	if ahead || back(it, cur) { // what is newer was never true, or is no more
		return p.recall(ctx, h, it, id)
	}
	found, err := p.data.Entries.Search(ctx, track.Aside, aside, id, it.Digest)
	if err != nil || found == nil {
		return journal.Superseded, err
	}
	if ver, ok := chunk.ParseVersion(found.Version); !ok || found.Op == journal.OpGone || !cur.Live() || cur.Ver != ver {
		return journal.Superseded, nil
	}
	p.touch(h, it, e, cur, index.Short(it.Digest), max(index.Stamp(it.Raw.At), cur.At))
	return journal.Unchanged, nil
}

// recall publishes again what the Log made of this Raw before.
func (p *plan) recall(ctx context.Context, h index.Hash, it *journal.Item, id uint32) (journal.Outcome, error) {
	e := p.edit(h, it)
	found, err := p.data.Entries.Search(ctx, p.data.Track(&e.slot), e.old.Seq, id, it.Digest)
	if err != nil {
		return "", err
	}
	if found == nil && e.old.Raw == index.Short(it.Digest) && e.old.Seq != 0 {
		// It came to what was current already and made no entry of its own: what
		// was current when this page began is what was made of it.
		if found, err = p.data.Entries.At(ctx, p.data.Track(&e.slot), e.old.Seq); err != nil && !errors.Is(err, journal.ErrNotFound) {
			return "", err
		}
	}
	if found == nil { // it was older than what was current then
		if found, err = p.data.Entries.Search(ctx, track.Aside, e.had.Aside, id, it.Digest); err != nil {
			return "", err
		}
	}
	if found == nil || found.Op == chunk.OpExcluded {
		return "", errBare
	}
	rec := canonical.Record{ID: canonical.ID(found.Kind, p.stream.Source, it.Raw.Key), Kind: found.Kind, Key: it.Raw.Key,
		Version: found.Version, At: it.Raw.At, Gone: found.Op == journal.OpGone, Body: found.Body, Index: found.Index}
	again := *it
	again.Record = &rec
	if rec.Gone {
		return p.gone(ctx, h, &again)
	}
	return p.publish(ctx, h, &again, &rec)
}

// kept reports whether history holds this Raw of the entity already.
func (p *plan) kept(ctx context.Context, e *ent, it *journal.Item) (bool, error) {
	if e.aside != nil && e.aside.RawDigest == it.Digest {
		return true, nil
	}
	if e.id == 0 {
		return false, nil
	}
	found, err := p.data.Entries.Search(ctx, track.Aside, e.had.Aside, e.id, it.Digest)
	if found == nil && err == nil {
		found, err = p.data.Entries.Search(ctx, p.data.Track(&e.slot), e.old.Seq, e.id, it.Digest)
	}
	return found != nil, err
}
