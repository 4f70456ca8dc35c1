package sync

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// absent remembers what a whole listing did not name, where one listing alone
// proves nothing: between the answers it came in rows may have slid, so that
// one that is there was in none of them; or it may have been cut off. Whatever
// names a key forgets it. It is lost with the process, and then it takes one
// listing more (invariants 6 and 16).
type absent map[[16]byte]int // how long the listing was that did not name it first

// saw forgets the keys of a page.
func (a absent) saw(page *adapters.Page) {
	if len(a) == 0 {
		return
	}
	for i := range page.Records {
		delete(a, keyHash(page.Records[i].Key))
	}
	for i := range page.Refused {
		delete(a, keyHash(page.Refused[i].Raw.Key))
	}
}

// proven leaves of the removals those that the listings prove by now, and
// gives how many records wait for a listing that shows that it was not cut off.
// Behind so many records stands what is held: it waits for two lists that have
// every record there is, and not it.
//
// Invariant 6.
func (a *absent) proven(scope adapters.Scope, listed, records int, items []journal.Item) (gone []journal.Item, waiting int) {
	if *a == nil {
		*a = absent{}
	}
	for i := range items {
		key := keyHash(items[i].Raw.Key)
		first, before := (*a)[key]
		switch {
		case !scope.Paged && !scope.Open,
			before && (!scope.Open || records == 0),
			before && listed > first: // what it was not in was no longer than this, and so not cut off
			delete(*a, key)
			gone = append(gone, items[i])
			continue
		}
		if scope.Open && i < records {
			waiting++
		}
		if !before && len(*a) < maxWalkKeys {
			(*a)[key] = listed
		}
	}
	return gone, waiting
}

// cutOff notes records that a listing which may have been cut off did not name.
func cutOff(waiting, listed int) *problem.Problem {
	return &problem.Problem{Code: "GW-R028", Value: strconv.Itoa(waiting), Want: strconv.Itoa(listed)}
}

// unproven takes in a walk that read everything to its end without a proof of
// that. What it did not name stays. Much of it is said, measured by what is
// here, for as long as it is missing: such a list grows shorter without a word,
// and one that is shorter once is no measure for the next. A person may vouch
// for it.
//
// Invariants 6 and 12.
func (s *Syncer) unproven(ctx context.Context, order journal.Order, run *journal.Run, seen *walk, page *adapters.Page) error {
	if page.Unproven == nil || page.Complete != nil {
		return nil
	}
	if order.AcceptRemovals {
		page.Complete = page.Unproven
		return nil
	}
	run.Unproven = true
	keys, able := s.Log.(journal.Keys)
	if !able || !seen.started || seen.overrun {
		return nil
	}
	live, err := keys.LiveKeys(ctx, s.name(), *page.Unproven)
	if err != nil {
		return fmt.Errorf("sync: live keys of %s: %w", s.name(), err)
	}
	missing := len(s.unnamed(seen, live))
	said := slices.ContainsFunc(page.Notes, func(p problem.Problem) bool { return p.Reason() == problem.Walked })
	if missing >= suspiciousLeast && missing*suspiciousShare > len(live) && !said {
		page.Notes = append(page.Notes, problem.Problem{Code: "GW-S032", Value: strconv.Itoa(len(live) - missing), Want: strconv.Itoa(len(live))})
	}
	return nil
}
