package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"iocgateway/adapters"
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
	if scope == nil || !able || !w.started || w.overrun {
		return nil
	}
	held, err := keys.HeldKeys(ctx, s.name(), adapters.Scope{KeyPrefix: scope.KeyPrefix})
	if err != nil {
		return fmt.Errorf("sync: held keys of %s: %w", s.name(), err)
	}
	var items []journal.Item
	for _, key := range held {
		if m := w.named(key); m.row > 0 && !m.held {
			item := s.removal(key)
			item.Listed = true
			items = append(items, item)
		}
	}
	at := last.page.Next
	for some := range slices.Chunk(items, adapters.PageRecords) {
		if err := s.commitPage(ctx, run, w, at, mapped{page: adapters.Page{Next: at}, items: some,
			with: last.with, more: true}); err != nil {
			return err
		}
	}
	return nil
}

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
