package sync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// A key part that changes while all else stands makes a record gone and another
// new: a state taken for a dimension, a date of export for a name. Nothing of
// that happened at the source. It is looked for at the end of a whole listing,
// where some are gone and some are new, and where keys of both are the same but
// for one part their records are held against each other.
const (
	displacedLeast  = 20   // records: fewer say nothing
	displacedShare  = 2    // at least one in so many of what is gone has a partner
	displacedStands = 90   // percent of them whose content stands
	displacedKeys   = 4096 // of what is gone, at most so many are looked at
	displacedRead   = 200  // that are read
	displacedGroup  = 5    // with the same change, from which on what follows from it is known
	displacedWays   = 64   // of what a record may be called now, at most so many are read
)

// keyParts takes a key apart: at its bars, or at whatever is no letter or digit.
func keyParts(key string) []string {
	if !strings.Contains(key, "|") {
		return strings.FieldsFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	if strings.Contains(key, `\`) {
		key = strings.NewReplacer(`\\`, "\x00", `\|`, "\x01").Replace(key)
	}
	return strings.Split(key, "|")
}

// but hashes a key without one of its parts (FNV-1a).
func but(parts []string, at int) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i, p := range parts {
		if i == at {
			p = "\xff"
		}
		for n := range len(p) {
			h = (h ^ uint64(p[n])) * prime
		}
		h *= prime
	}
	return h ^ uint64(at)<<56
}

// vanished are keys that a listing did not name, by what is left of each without
// one part. What two of them share tells none of them apart.
type vanished map[uint64]string

func newVanished(keys []string) (v vanished, looked int) {
	v = vanished{}
	step := max(1, (len(keys)+displacedKeys-1)/displacedKeys)
	for i := 0; i < len(keys); i += step {
		parts := keyParts(keys[i])
		looked++
		for at := range parts {
			h := but(parts, at)
			if _, twice := v[h]; twice || len(parts) < 2 {
				v[h] = ""
				continue
			}
			v[h] = keys[i]
		}
	}
	return v, looked
}

// partner is the vanished key that is another but for one part.
func (v vanished) partner(key string) (old string, at int) {
	parts := keyParts(key)
	for at := range parts {
		if old := v[but(parts, at)]; old != "" && old != key {
			return old, at
		}
	}
	return "", 0
}

// pair is a record that seems gone, and the one that seems new.
type pair struct {
	old, key string
	at       int
	items    []*journal.Item // of the page that is about to be committed; none: it is in the Log
}

// change is which part, from what to what.
func (p *pair) change() [3]string {
	return [3]string{strconv.Itoa(p.at), keyParts(p.old)[p.at], keyParts(p.key)[p.at]}
}

// displaced gives what of the unnamed seems gone only because a part of its key
// changed, and holds what is new for the same reason, as far as it is not
// published. Nil where that is not so.
//
// What it costs (BenchmarkWalkWithKeyParts, 30 November 2026, CPU of a walk of
// 200,000 rows that the Log knows, the lesser of two, on a busy machine):
//
//	                                 pages of 1,000       one page
//	                                 without   with    without   with
//	nothing is gone                  350 ms   366 ms   374 ms   299 ms
//	2,000 under another part         392 ms   386 ms   374 ms   545 ms
//	2,000 gone, 2,000 others new     319 ms   282 ms   284 ms   394 ms
func (s *Syncer) displaced(ctx context.Context, w *walk, live []string, unnamed, page []journal.Item) (*problem.Problem, error) {
	if s.Newest == nil || len(unnamed) < displacedLeast {
		return nil, nil
	}
	since, open, err := s.displacedSince(ctx, w.began)
	if err != nil {
		return nil, err
	}
	gone := make([]string, 0, len(unnamed))
	for i := range unnamed {
		gone = append(gone, unnamed[i].Raw.Key)
	}
	v, looked := newVanished(gone)
	pairs := v.among(page, live)
	if w.fresh > 0 || open {
		pairs = append(pairs, v.listed(w, live, open)...)
	}
	most := mostAlike(pairs)
	if len(most) < displacedLeast || displacedShare*len(most) < looked {
		return nil, nil
	}
	stand, err := s.stand(ctx, most, looked, since)
	if err != nil || !stand {
		return nil, err
	}
	return holdDisplaced(s.Reader, most), nil
}

// among pairs what a page brings that is not live.
func (v vanished) among(page []journal.Item, live []string) (pairs []pair) {
	lives := make(map[string]bool, len(page))
	for i := range page {
		lives[page[i].Raw.Key] = false
	}
	for _, key := range live {
		if _, here := lives[key]; here {
			lives[key] = true
		}
	}
	paired := make(map[string]int, len(page)) // a row that stands twice is one
	for i := range page {
		it := &page[i]
		if it.Proved || it.Raw.Gone || it.Rule != "" || lives[it.Raw.Key] {
			continue
		}
		if n, again := paired[it.Raw.Key]; again {
			pairs[n].items = append(pairs[n].items, it)
		} else if old, at := v.partner(it.Raw.Key); old != "" {
			paired[it.Raw.Key] = len(pairs)
			pairs = append(pairs, pair{old, it.Raw.Key, at, []*journal.Item{it}})
		}
	}
	return pairs
}

// listed pairs what is live and was named by the walk: what the walk has
// published, or anything where listings before it may have.
func (v vanished) listed(w *walk, live []string, open bool) (pairs []pair) {
	for _, key := range live {
		if m := w.named(key); m.row == 0 || !m.fresh && !open {
			continue
		}
		if old, at := v.partner(key); old != "" {
			pairs = append(pairs, pair{old, key, at, nil})
		}
	}
	return pairs
}

// former is a record that seems gone, with all that may be what it is called
// now: beside it stand as many rows as its part has values.
type former []pair

// mostAlike are those that differ in the part in which most of them do.
func mostAlike(pairs []pair) (most []former) {
	by, place := map[int][]former{}, map[string]int{}
	for _, p := range pairs {
		of := strconv.Itoa(p.at) + p.old
		n, met := place[of]
		if !met {
			n = len(by[p.at])
			place[of], by[p.at] = n, append(by[p.at], nil)
		}
		by[p.at][n] = append(by[p.at][n], p)
	}
	for _, at := range slices.Sorted(maps.Keys(by)) {
		if len(by[at]) > len(most) {
			most = by[at]
		}
	}
	return most
}

// displacedSince is from when on a record is new: the beginning of the run, or
// of the first in a row of listings that were held for this already.
func (s *Syncer) displacedSince(ctx context.Context, began time.Time) (since time.Time, open bool, err error) {
	runs, err := s.Runs.LastRuns(ctx, s.name(), pastRuns)
	if err != nil {
		return began, false, fmt.Errorf("sync: runs of %s: %w", s.name(), err)
	}
	since = began
	for i := range runs {
		r := &runs[i]
		switch {
		case !r.Listed || r.Ended.IsZero():
		case r.Noted(problem.Displaced) == nil:
			return since, open, nil
		default:
			since, open = r.Started, true
		}
	}
	return since, open, nil
}

// unlike is how a record differs from what it may be called now.
type unlike struct {
	change [3]string
	diff   string
}

// stand reports whether so much of what is gone has a partner that is new, and
// whose content stands: what their records differ in is the part itself, or what
// follows from it.
func (s *Syncer) stand(ctx context.Context, all []former, gone int, since time.Time) (bool, error) {
	looked, read := 0, 0
	standing, alike := map[int]bool{}, map[unlike][]int{}
	step := max(1, len(all)/displacedRead)
	for i := 0; i < len(all); i += step {
		looked++
		diffs, fresh, err := all[i].unlike(ctx, s, since)
		if err != nil {
			return false, err
		}
		if fresh {
			read++
		}
		standing[i] = fresh && len(diffs) == 0
		for _, d := range diffs {
			alike[d] = append(alike[d], i)
		}
	}
	for _, of := range alike {
		for _, i := range of {
			standing[i] = standing[i] || len(of) >= displacedGroup
		}
	}
	maps.DeleteFunc(standing, func(_ int, stands bool) bool { return !stands })
	return read >= displacedLeast && displacedShare*read*len(all) >= gone*looked && 100*len(standing) >= displacedStands*read, nil
}

// unlike is in what a record differs from each that may be it, none where one has
// the same content, which is put first; fresh: one of them is new.
func (f former) unlike(ctx context.Context, s *Syncer, since time.Time) (all []unlike, fresh bool, err error) {
	for i := range f[:min(len(f), displacedWays)] {
		diff, isNew, err := s.differ(ctx, &f[i], since)
		switch {
		case err != nil:
			return nil, false, err
		case isNew && diff == "":
			f[0], f[i] = f[i], f[0]
			return nil, true, nil
		case isNew:
			fresh, all = true, append(all, unlike{f[i].change(), diff})
		}
	}
	return all, fresh, nil
}

// holdDisplaced holds what of the pairs is not published yet.
func holdDisplaced(reader adapters.Source, all []former) *problem.Problem {
	found := displacedPart(reader, &all[0][0], len(all))
	for _, p := range slices.Concat(all...) {
		for _, it := range p.items {
			if it.Record != nil {
				held := *found
				it.Record, it.Problem = nil, &held
			}
		}
	}
	return found
}

// displacedPart says which part of the key it is, by name where the source has
// names for them.
func displacedPart(reader adapters.Source, one *pair, records int) *problem.Problem {
	change := one.change()
	p := &problem.Problem{Code: "GW-R088", Value: problem.Short(change[1]), Want: problem.Short(change[2]), Near: strconv.Itoa(records),
		Field: strconv.Itoa(one.at + 1)}
	if keyed, able := reader.(adapters.Keyed); able {
		if names := keyed.KeyedBy(); len(names) == len(keyParts(one.key)) {
			p.Field = names[one.at]
		}
	}
	return p
}

// published counts what a page of the walk brought, since its first was committed.
func (w *walk) published(began time.Time, c journal.Counts) {
	if w.began.IsZero() {
		w.began = began
	}
	w.fresh += c.Published - c.Gone
}
