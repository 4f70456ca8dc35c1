package storetest

import (
	"context"
	"fmt"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// spot is where an entry stands.
type spot struct {
	part int
	seq  uint64
}

// compareFooting pages through a feed, with a filter and without, and holds
// what each page says of the positions before and behind it against the
// entries that are there.
func (p *player) compareFooting(ctx context.Context, log pager, feed canonical.Feed) error {
	all, err := log.Changes(ctx, feed, journal.Filter{}, nil, 10_000)
	if err != nil {
		return err
	}
	is := map[spot]uint32{}
	for i := range all.Entries {
		e := &all.Entries[i]
		is[spot{e.Part, e.Seq}] = journal.Foot(e)
	}
	for _, f := range []journal.Filter{{}, {Area: "nowhere"}, {Kind: string(feed.Kinds()[0])}} {
		at, stands := journal.Position(nil), journal.Footing(nil)
		for n := 0; ; n++ {
			page, err := log.Changes(ctx, feed, f, at, 1+(n+len(all.Entries))%5)
			if err != nil {
				return err
			}
			if stands.Differs(page.Under) {
				return fmt.Errorf("%+v after %d: what was given as standing there is %x, and now %x", f, at, stands, page.Under)
			}
			if err := standOn(is, page.From, page.Under, at != nil); err != nil {
				return fmt.Errorf("%+v after %d: under it: %w", f, at, err)
			}
			if err := standOn(is, page.Next, page.Stands, true); err != nil {
				return fmt.Errorf("%+v after %d: behind it: %w", f, at, err)
			}
			at, stands = page.Next, page.Stands
			if !page.More {
				break
			}
		}
	}
	return nil
}

// standOn holds a footing against the entries. A partition that a page did not
// come to is not known yet; what is known must be right, and something must be.
func standOn(is map[spot]uint32, at journal.Position, f journal.Footing, must bool) error {
	known, entries := 0, 0
	for part, seq := range at {
		want, there := is[spot{part, seq}]
		if there {
			entries++
		}
		if got := f.At(part); got != 0 {
			known++
			if got != want {
				return fmt.Errorf("partition %d at %d is said to stand on %x, and stands on %x", part, seq, got, want)
			}
		}
	}
	if must && entries > 0 && known == 0 {
		return fmt.Errorf("nothing is known of what %d stands on", at)
	}
	return nil
}
