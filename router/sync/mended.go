package sync

import (
	"context"
	"fmt"
	"slices"

	"iocgateway/adapters"
	"iocgateway/router/journal"
)

// mended ends what is held of keys that a whole listing named, and nothing of
// which was held in it: what the source has of them now could be read, and
// what is held is of before. Mapped again later it would come after what is
// here. Its own commits, behind the walk's last page: only that one's outcomes
// show what is held. What a kill takes of them the next listing does.
func (s *Syncer) mended(ctx context.Context, run *journal.Run, seen *walk, last mapped) error {
	keys, able := s.Log.(journal.Keys)
	if last.page.Complete == nil || !able || !seen.started || seen.overrun {
		return nil
	}
	held, err := keys.HeldKeys(ctx, s.name(), *last.page.Complete)
	if err != nil {
		return fmt.Errorf("sync: held keys of %s: %w", s.name(), err)
	}
	var items []journal.Item
	for _, key := range held {
		if at, named := seen.keys[keyHash(key)]; named && at.walk == seen.number && !at.held {
			item := s.removal(key)
			item.Listed = true
			items = append(items, item)
		}
	}
	at := last.page.Next
	for some := range slices.Chunk(items, adapters.PageRecords) {
		if err := s.commitPage(ctx, run, seen, at, mapped{page: adapters.Page{Next: at}, items: some,
			with: last.with, more: true}); err != nil {
			return err
		}
	}
	return nil
}

// holds notes the keys something of which was held.
func (w *walk) holds(items []journal.Item, outcomes []journal.Outcome) {
	for i, outcome := range outcomes {
		if outcome != journal.Held {
			continue
		}
		hash := keyHash(items[i].Raw.Key)
		if of, named := w.keys[hash]; named {
			of.held = true
			w.keys[hash] = of
		}
	}
}
