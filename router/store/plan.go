package store

import (
	"context"
	"fmt"

	"iocgateway/router/journal"
	"iocgateway/router/store/index"
	"iocgateway/router/store/query"
	"iocgateway/router/store/state"
)

// plan is what a batch will do, decided and compressed by the caller against
// what is committed. The writer numbers it and writes it; it is made again
// there when another batch of the stream came between.
type plan struct {
	draft
	batch   *journal.Batch
	gen     uint64 // of the stream when it was made
	kin     uint64 // of the other streams of its source
	receipt journal.Receipt
}

func newPlan(data *query.Committed, b *journal.Batch, st *state.Stream, rev uint32) *plan {
	return &plan{draft: newDraft(data, st, rev, len(b.Items)), batch: b, gen: st.Gen(), kin: data.Names.Kin(st),
		receipt: journal.Receipt{Outcomes: make([]journal.Outcome, len(b.Items))}}
}

// outrun reports whether what the plan was decided against has changed:
// another batch of the stream came between, or another stream has published
// what is new in this one.
func (p *plan) outrun() bool {
	if p.gen != p.stream.Gen() {
		return true
	}
	if p.kin == p.data.Names.Kin(p.stream) {
		return false
	}
	for _, e := range p.ents {
		if e.prior == nil || e.old.Known() || e.from != nil {
			continue
		}
		for _, st := range p.data.Names.Siblings(p.stream, e.slot.Kind()) {
			if id, s := p.data.Index.Lookup(index.KeyHash(st.Name, e.prior.Key)); id != 0 && s.Known() && s.Kind() == e.slot.Kind() {
				return true
			}
		}
	}
	return false
}

// idle reports whether a plan writes nothing at all.
func (p *plan) idle() bool {
	return len(p.ents) == 0 && len(p.held) == 0 && p.batch.Next == nil && p.batch.Past == nil
}

// decide settles what becomes of every item: rules.go for those that were
// mapped, recall.go for those that were not.
func (p *plan) decide(ctx context.Context) error {
	for i := range p.batch.Items {
		it := &p.batch.Items[i]
		holds := len(p.held)
		out, err := p.item(ctx, it)
		if err != nil {
			return fmt.Errorf("store: %s: item %d: %w", p.batch.Stream, i, err)
		}
		p.receipt.Outcomes[i] = out
		count(&p.receipt.Counts, it, out)
		switch out { // the rare ones: another look is nothing for all of them
		case journal.Superseded:
			p.early(it)
		case journal.Excluded:
			p.stays(it)
		}
		if it.Proved && len(p.held) > holds && p.held[len(p.held)-1].op == heldResolve { // no silent end of what was held
			p.receipt.Counts.Unlisted++
			if len(p.receipt.Unlisted) < journal.UnlistedTold {
				p.receipt.Unlisted = append(p.receipt.Unlisted, it.Raw.Key)
			}
		}
	}
	return nil
}

// early counts a Raw that is older than a version whose time has not come yet.
func (p *plan) early(it *journal.Item) {
	if _, cur := p.look(index.KeyHash(p.batch.Stream, it.Raw.Key)); cur != nil && p.toCome(cur) {
		p.receipt.Counts.Early++
	}
}

// stays counts a record that is served as it was though a rule leaves out what
// its source has of it now.
func (p *plan) stays(it *journal.Item) {
	_, cur := p.look(index.KeyHash(p.batch.Stream, it.Raw.Key))
	if cur == nil || !cur.Live() || stale(cur, index.Short(it.Digest), index.Stamp(it.Raw.At)) {
		return
	}
	p.receipt.Counts.Stays++
	if len(p.receipt.Stays) < journal.UnlistedTold {
		p.receipt.Stays = append(p.receipt.Stays, it.Raw.Key)
	}
}

// count keeps the books: every Raw ends as exactly one outcome. Invariant 8.
func count(c *journal.Counts, it *journal.Item, out journal.Outcome) {
	if !it.Proved {
		c.Received++
	}
	switch out {
	case journal.Published:
		c.Published++
	case journal.Unchanged:
		c.Unchanged++
	case journal.Superseded:
		c.Superseded++
	case journal.Held:
		c.Held++
	case journal.Excluded:
		c.Excluded++
	}
}

func (p *plan) item(ctx context.Context, it *journal.Item) (journal.Outcome, error) {
	h := index.KeyHash(p.batch.Stream, it.Raw.Key)
	switch {
	case it.Problem != nil:
		return p.refuse(h, it, it.Problem)
	case it.Rule != "":
		return p.exclude(ctx, h, it)
	case it.Proved && it.Listed:
		return p.mended(h, it)
	case it.Raw.Gone && (it.Proved || it.Record != nil):
		return p.gone(ctx, h, it)
	case it.Record == nil:
		return p.bare(ctx, h, it)
	case it.Record.Gone:
		return p.gone(ctx, h, it)
	default:
		return p.publish(ctx, h, it, it.Record)
	}
}
