package sync

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

const (
	maxWalkKeys     = 4 << 20 // 28 bytes each: 112 MiB and no more
	suspiciousShare = 5       // more than a fifth gone at once is suspicious
	suspiciousLeast = 10      // unless it is only a handful
)

// walk remembers which keys a listing named since its start, so that what it
// did not name can be proven gone. A restart in mid-walk loses it: then the
// walk proves nothing, and its adapter makes it again (invariants 6 and 16).
type walk struct {
	keys     keysMet // of this walk, and of those it stands beside
	rows     uint32  // of all of them, as they came
	first    uint32  // … before this walk
	answer   uint32  // … before the answer that is being read
	whole    bool    // the walk before it listed everything: what comes after is newer
	unproven int     // keys it did not name, which are gone with the next listing that does not
	started  bool    // the walk's first page was seen by this run
	overrun  bool
	expects  int // about as many keys, as there were in the walk before
	began    time.Time
	fresh    int               // records it has published so far, changed ones among them
	behind   map[[16]byte]bool // keys of this walk that are older than here; true: as they were before
	tally
	marked marking
	stands func(key string) uint32 // what a key comes to that was listed and not mapped; nil: nobody knows
}

// kept is a walk that a run left unfinished, for the run that goes on at the
// same checkpoint.
type kept struct {
	walk  walk
	at    canonical.Checkpoint
	there bool
}

// take gives the walk to the run that begins at a checkpoint, once.
func (k *kept) take(from canonical.Checkpoint) walk {
	was := *k
	*k = kept{}
	if was.there && bytes.Equal(was.at, from) {
		return was.walk
	}
	return walk{expects: max(was.walk.expects, len(was.walk.keys.under))}
}

// see takes in the items of a page. What contradicts something that was listed
// before is held. It gives which of them have keys that this walk met before.
func (w *walk) see(page adapters.Page, items []journal.Item) (again []int) {
	if page.Start {
		before := *w
		before.settle()
		about := min(max(before.expects, len(before.keys.under)), maxWalkKeys)
		*w = walk{started: true, keys: newKeysMet(about), tally: before.tally, stands: before.stands}
		if page.Beside && before.started && !before.whole && !before.overrun {
			w.keys, w.rows = before.keys, before.rows
		}
		w.first = w.rows
	}
	if !page.Same {
		w.answer = w.rows
	}
	again = w.rivals(items, &page)
	w.whole = page.Complete != nil
	if len(w.keys.under) > maxWalkKeys {
		w.overrun, w.keys = true, keysMet{}
	}
	return again
}

// rivals holds what stands under a key that was used for something else in the
// same walk, or in the file beside it, with the same time of change: none of
// the two is newer, and taking both would publish them one after the other at
// every poll. In one answer that lists each matter once no time tells two rows
// apart either: nothing moved between them. What comes to the same is a repeat.
//
// What a listing of everything names once is marked: that is what its source has
// of the key now, whatever time it bears.
func (w *walk) rivals(items []journal.Item, page *adapters.Page) (again []int) {
	keys, begin := w.keys, w.rows
	if keys.none() { // a delivery, or the rest of a walk that another run began
		keys = newKeysMet(len(items))
	}
	for i := range items {
		it := &items[i]
		w.rows++
		if it.Raw.Key == "" || it.Proved {
			continue
		}
		was, at := keys.find(it.Raw.Key) // row 0: never
		now := met{version: versionOf(it), at: stamp(it.Raw.At), row: w.rows, check: was.check}
		if was.row > w.first {
			again = append(again, i)
		}
		if was.row > begin { // twice in this page: neither of the two is it
			items[was.row-begin-1].Listed = false
		} else {
			it.Listed = page.Whole && w.started && (was.row == 0 || page.Start)
		}
		if was.row > w.first {
			now.held, now.fresh, now.twice = was.held, was.fresh, true
		}
		if now.version != 0 {
			was = w.asItWas(was, it.Raw.Key)
		}
		switch {
		case now.version == 0: // held, or as the Log has it: that says nothing of the others
			now = now.behind(was)
		case was.contradicts(now, page.Once && was.row > w.answer):
			it.Record, it.Rule, it.Problem = nil, "", &problem.Problem{Code: rival, Near: w.places(was, now)}
			now.version, now.at = was.version, was.at
		}
		keys.under[at] = now
	}
	return again
}

func keyHash(key string) [16]byte {
	sum := sha256.Sum256([]byte(key))
	return [16]byte(sum[:16])
}

// removals gives an item for each live record of the scope that the complete
// listing did not name, and for each held Raw: what a source has mended, or
// has no more, does not stay in quarantine. A listing that would remove a
// suspicious share removes nothing, and one that may have slid or been cut off
// waits for the next: the Problem names it. What a person accepts needs no more.
func (w *walk) removals(ctx context.Context, s *Syncer, scope adapters.Scope, accept bool,
	page []journal.Item) ([]journal.Item, *problem.Problem, error) {
	keys, able := s.Log.(journal.Keys)
	if !able || !w.started {
		return nil, nil, nil
	}
	if w.overrun {
		return nil, &problem.Problem{Code: "GW-R008", Value: strconv.Itoa(maxWalkKeys)}, nil
	}
	live, err := keys.LiveKeys(ctx, s.name(), scope)
	if err != nil {
		return nil, nil, fmt.Errorf("sync: live keys of %s: %w", s.name(), err)
	}
	items := s.unnamed(w, live)
	if !accept {
		if found, err := s.displaced(ctx, w, live, items, page); err != nil || found != nil {
			return nil, found, err
		}
	}
	if len(items) >= suspiciousLeast && len(items)*suspiciousShare > len(live) && !accept {
		return nil, w.suspicious(live, len(items)), nil
	}
	held, err := keys.HeldKeys(ctx, s.name(), scope)
	if err != nil {
		return nil, nil, fmt.Errorf("sync: held keys of %s: %w", s.name(), err)
	}
	records := len(items)
	items = both(items, s.unnamed(w, held))
	if accept {
		return items, nil, nil
	}
	gone, waiting := s.absent.proven(scope, len(w.keys.under), records, items)
	w.unproven = len(items) - len(gone)
	switch {
	case waiting > 0:
		return gone, cutOff(waiting, len(w.keys.under)), nil
	case w.unproven > 0:
		return gone, &problem.Problem{Code: "GW-R027", Value: strconv.Itoa(w.unproven)}, nil
	}
	return gone, nil, nil
}

// suspicious is what a listing shows that lacks too many of what is live.
//
// Invariant 6: empty where there was plenty is held, and shown.
func (w *walk) suspicious(live []string, lacks int) *problem.Problem {
	if n := int(w.rows - w.first); n > 0 && !w.knew(live) { // other keys, or everything else
		return &problem.Problem{Code: "GW-R037", Value: strconv.Itoa(n), Want: strconv.Itoa(len(live))}
	}
	return &problem.Problem{Code: "GW-R002", Value: strconv.Itoa(len(live) - lacks), Want: strconv.Itoa(len(live))}
}

// both gives removals of records and of what is held. A key may be both. What is
// named stays as it is: should the commit fail, the walk goes on from the page
// before.
func both(items, held []journal.Item) []journal.Item {
	named := make(map[string]bool, len(items))
	for i := range items {
		named[items[i].Raw.Key] = true
	}
	for _, item := range held {
		if !named[item.Raw.Key] {
			items = append(items, item)
		}
	}
	return items
}

// unnamed gives a removal for each key that the listing did not name.
func (s *Syncer) unnamed(w *walk, keys []string) []journal.Item {
	var items []journal.Item
	for _, key := range keys {
		if w.named(key).row == 0 {
			items = append(items, s.removal(key))
		}
	}
	return items
}

func (s *Syncer) removal(key string) journal.Item {
	st := &s.Stream
	raw := canonical.Raw{Kind: st.Kind, Key: key, Gone: true}
	return journal.Item{Raw: raw, Digest: raw.Digest(), Proved: true, Record: &canonical.Record{
		ID: canonical.ID(st.Kind, st.Source, key), Kind: st.Kind, Source: st.Source, Stream: st.Name,
		Key: key, Gone: true, Mapping: s.Mapping().Revision(), Body: []byte("{}"),
	}}
}

// last adds removals to a walk's last page; many are several pages too (invariant 15).
func (w *walk) last(ctx context.Context, s *Syncer, run *journal.Run, from canonical.Checkpoint, got *mapped, gone []journal.Item) error {
	for len(gone) > adapters.PageRecords {
		removals := mapped{page: adapters.Page{Next: from}, items: gone[:adapters.PageRecords], with: got.with, more: true}
		if err := s.commitPage(ctx, run, w, from, removals); err != nil {
			return err
		}
		gone = gone[adapters.PageRecords:]
	}
	got.items = append(got.items, gone...)
	return nil
}

const maxNotes = 20

// takePage is a run with one page more, but for its counts: the commit knows those.
func takePage(r journal.Run, page adapters.Page, now time.Time) journal.Run {
	r.Pages++
	r.To = page.Next
	r.Notes = slices.Clone(r.Notes)
	for _, note := range page.Notes {
		switch {
		case len(r.Notes) < maxNotes:
			r.Notes = append(r.Notes, note)
		case note.Reason() != problem.NoReason: // the stream's state follows from it
			r.Notes[maxNotes-1] = note
		}
	}
	r.SourceTime = newest(r.SourceTime, page, now)
	return r
}

// newest is the newest time of change a source has shown, as far as it is
// believed.
func newest(known time.Time, page adapters.Page, now time.Time) time.Time {
	for i := range page.Records {
		if at := page.Records[i].At; at.After(known) && at.Before(now.Add(maxAhead)) {
			known = at
		}
	}
	return known
}
