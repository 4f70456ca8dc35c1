package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// mended ends what is held of keys that a listing named, and nothing of which
// was held in it: what the source has of them now could be read, and what is
// held is of before. Mapped again later it would come after what is here. A
// listing of some days, or one that cannot show that it was whole, proves that
// of what it names as well. Its own commits, behind the walk's last page: only
// that one's outcomes show what is held. What a kill takes of them the next
// listing does.
func (w *walk) mended(ctx context.Context, s *Syncer, run *journal.Run, last mapped) error {
	keys, able := s.Log.(journal.Keys)
	scope := cmp.Or(last.page.Complete, last.page.Unproven)
	whole := last.page.Whole && !last.more && !last.piece
	if scope == nil && !whole || !able || !w.started || w.overrun {
		return nil
	}
	var within adapters.Scope
	if scope != nil {
		within.KeyPrefix = scope.KeyPrefix
	}
	held, err := keys.HeldKeys(ctx, s.name(), within)
	if err != nil {
		return fmt.Errorf("sync: held keys of %s: %w", s.name(), err)
	}
	over, alone := w.freed(held)
	items := make([]journal.Item, len(over))
	for i, key := range over {
		items[i] = s.removal(key)
		items[i].Listed = true
	}
	at := last.page.Next
	for some := range slices.Chunk(items, adapters.PageRecords) {
		if err := s.commitPage(ctx, run, w, at, mapped{page: adapters.Page{Next: at}, items: some,
			with: last.with, more: true}); err != nil {
			return err
		}
	}
	if !whole { // the other row may stand outside of what was listed
		return nil
	}
	n, err := unrivalled(ctx, s, alone)
	w.alone += n
	return err
}

// freed tells the keys of which nothing was held in this walk from those of
// which one row was met, and is held.
func (w *walk) freed(held []string) (over []string, alone map[string]bool) {
	alone = map[string]bool{}
	for _, key := range held {
		switch m := w.named(key); {
		case m.row == 0:
		case !m.held:
			over = append(over, key)
		case m.held && !m.twice:
			alone[key] = true
		}
	}
	return over, alone
}

// quarantine is a Log that gives what is held.
type quarantine interface {
	HeldRaws(ctx context.Context, q journal.HeldQuery) ([]journal.HeldRaw, error)
}

// unrivalled takes what is held because another row stood beside it, where a whole
// listing has it and no other: it is what the source has, and what is served is
// not. What is held of these keys for its own sake stays. It gives how many it took.
func unrivalled(ctx context.Context, s *Syncer, alone map[string]bool) (taken int, err error) {
	log, able := s.Log.(quarantine)
	if !able || len(alone) == 0 {
		return 0, nil
	}
	q := journal.HeldQuery{Stream: s.name(), Code: rival, Limit: heldAtOnce}
	for {
		held, err := log.HeldRaws(ctx, q)
		if err != nil {
			return taken, fmt.Errorf("sync: what is held of %s: %w", s.name(), err)
		}
		var raws []canonical.Raw
		for i := range held {
			q.After = held[i].ID
			if alone[held[i].Key] {
				raws = append(raws, held[i].Raw)
			}
		}
		if len(raws) > 0 {
			receipt, err := s.Remap(ctx, raws)
			if err != nil {
				return taken, err
			}
			taken += receipt.Counts.Published + receipt.Counts.Unchanged
		}
		if len(held) < heldAtOnce {
			return taken, nil
		}
	}
}

const (
	rival      = "GW-R014" // two rows of a key are two matters
	heldAtOnce = 500
)

// holds notes the keys something of which was held, or published.
func (w *walk) holds(items []journal.Item, outcomes []journal.Outcome) {
	if w.keys.none() {
		return
	}
	for i, outcome := range outcomes {
		if outcome != journal.Held && outcome != journal.Published {
			continue
		}
		if of, at := w.keys.find(items[i].Raw.Key); of.row > 0 {
			of.held, of.fresh = of.held || outcome == journal.Held, of.fresh || outcome == journal.Published
			w.keys.under[at] = of
		}
	}
}
