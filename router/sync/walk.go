package sync

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

const (
	maxWalkKeys     = 4 << 20 // 16 bytes each: 64 MiB and no more
	suspiciousShare = 5       // more than a fifth gone at once is suspicious
	suspiciousLeast = 10      // unless it is only a handful
)

// walk remembers which keys a listing named since its start, so that what it
// did not name can be proven gone. A restart in mid-walk loses it: then the
// walk proves nothing, and its adapter makes it again (invariants 6 and 16).
type walk struct {
	keys    map[[16]byte]struct{}
	started bool // the walk's first page was seen by this run
	overrun bool
	older   int // Raws of the run, older than what is here, whose keys came in no newer version
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
	return walk{}
}

func (w *walk) see(page adapters.Page) {
	if page.Start {
		*w = walk{started: true, keys: map[[16]byte]struct{}{}, older: w.older}
	}
	if !w.started || w.overrun {
		return
	}
	for i := range page.Records {
		w.keys[keyHash(page.Records[i].Key)] = struct{}{}
	}
	for i := range page.Refused {
		w.keys[keyHash(page.Refused[i].Raw.Key)] = struct{}{}
	}
	if len(w.keys) > maxWalkKeys {
		w.overrun, w.keys = true, nil
	}
}

// older counts the Raws of a page that came too late, but for those of keys
// that have a newer row beside them: a source may list every version.
func older(items []journal.Item, outcomes []journal.Outcome) (n int) {
	newer := map[string]bool{}
	for i, outcome := range outcomes {
		if outcome == journal.Published || outcome == journal.Unchanged {
			newer[items[i].Raw.Key] = true
		}
	}
	for i, outcome := range outcomes {
		if outcome == journal.Superseded && !newer[items[i].Raw.Key] {
			n++
		}
	}
	return n
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
func (w *walk) removals(ctx context.Context, s *Syncer, scope adapters.Scope, accept bool) ([]journal.Item, *problem.Problem, error) {
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
	if len(items) >= suspiciousLeast && len(items)*suspiciousShare > len(live) && !accept {
		// Invariant 6: empty where there was plenty is held, and shown.
		return nil, &problem.Problem{Code: "GW-R002", Value: strconv.Itoa(len(live) - len(items)), Want: strconv.Itoa(len(live))}, nil
	}
	held, err := keys.HeldKeys(ctx, s.name(), scope)
	if err != nil {
		return nil, nil, fmt.Errorf("sync: held keys of %s: %w", s.name(), err)
	}
	// A key may be both. What is named stays as it is: should the commit fail, the
	// walk goes on from the page before.
	both := make(map[string]bool, len(items))
	for i := range items {
		both[items[i].Raw.Key] = true
	}
	for _, item := range s.unnamed(w, held) {
		if !both[item.Raw.Key] {
			items = append(items, item)
		}
	}
	if accept {
		return items, nil, nil
	}
	gone, waiting := s.absent.proven(scope, len(w.keys), items)
	if waiting > 0 {
		return gone, cutOff(waiting, len(w.keys)), nil
	}
	return gone, nil, nil
}

// unnamed gives a removal for each key that the listing did not name.
func (s *Syncer) unnamed(w *walk, keys []string) []journal.Item {
	var items []journal.Item
	for _, key := range keys {
		if _, named := w.keys[keyHash(key)]; !named {
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
