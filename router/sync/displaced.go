package sync

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// A key part that changes while all else stands makes a record gone and another
// new: a state taken for a dimension, a date of export for a name. Nothing of
// that happened at the source. It is looked for at the end of a whole listing,
// where some are gone and some are new, and where keys of both are the same but
// for one part their records are held against each other.
const (
	displacedLeast  = 20   // pairs: fewer say nothing
	displacedShare  = 2    // at least one in so many of what is gone has a partner
	displacedStands = 90   // percent of the pairs whose content stands
	displacedKeys   = 4096 // of what is gone, at most so many are looked at
	displacedRead   = 200  // pairs whose records are read
	displacedGroup  = 5    // pairs with the same change, from which on what follows from it is known
)

// keyParts takes a key apart: at its bars, or at whatever is no letter or digit.
func keyParts(key string) []string {
	if !strings.Contains(key, "|") {
		return strings.FieldsFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	key = strings.NewReplacer(`\\`, "\x00", `\|`, "\x01").Replace(key)
	return strings.Split(key, "|")
}

// but hashes a key without one of its parts.
func but(parts []string, at int) uint64 {
	h := fnv.New64a()
	for i, p := range parts {
		if i == at {
			p = "\xff"
		}
		_, _ = h.Write([]byte(p)) // it never fails
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64() ^ uint64(at)<<56
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
	item     *journal.Item // of the page that is about to be committed; nil: it is in the Log
}

// change is which part, from what to what.
func (p *pair) change() [3]string {
	return [3]string{strconv.Itoa(p.at), keyParts(p.old)[p.at], keyParts(p.key)[p.at]}
}

// displaced gives what of the unnamed seems gone only because a part of its key
// changed, and holds what is new for the same reason, as far as it is not
// published. Nil where that is not so.
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
		pairs = append(pairs, v.listed(w, live, page)...)
	}
	most := mostAlike(pairs)
	if len(most) < displacedLeast || displacedShare*len(most) < looked {
		return nil, nil
	}
	stand, err := s.stand(ctx, most, since)
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
	for i := range page {
		it := &page[i]
		if it.Proved || it.Raw.Gone || it.Rule != "" || lives[it.Raw.Key] {
			continue
		}
		if old, at := v.partner(it.Raw.Key); old != "" {
			pairs = append(pairs, pair{old, it.Raw.Key, at, it})
		}
	}
	return pairs
}

// listed pairs what is live and was named by the walk before its last page.
func (v vanished) listed(w *walk, live []string, page []journal.Item) (pairs []pair) {
	here := make(map[string]bool, len(page))
	for i := range page {
		here[page[i].Raw.Key] = true
	}
	for _, key := range live {
		if at, named := w.keys[keyHash(key)]; !named || at.row <= w.first || here[key] {
			continue
		}
		if old, at := v.partner(key); old != "" {
			pairs = append(pairs, pair{old, key, at, nil})
		}
	}
	return pairs
}

// mostAlike are the pairs that differ in the part in which most of them do.
func mostAlike(pairs []pair) (most []pair) {
	by := map[int][]pair{}
	for _, p := range pairs {
		by[p.at] = append(by[p.at], p)
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

// stand reports whether the content of pairs stands: what their records differ
// in is the part itself, or what follows from it.
func (s *Syncer) stand(ctx context.Context, pairs []pair, since time.Time) (bool, error) {
	looked, read, stands := 0, 0, 0
	groups := map[[3]string]map[string]int{}
	step := max(1, len(pairs)/displacedRead)
	for i := 0; i < len(pairs); i += step {
		p := &pairs[i]
		looked++
		diff, fresh, err := s.differ(ctx, p, since)
		switch {
		case err != nil:
			return false, err
		case !fresh:
			continue
		}
		if read++; diff == "" {
			stands++
			continue
		}
		change := p.change()
		if groups[change] == nil {
			groups[change] = map[string]int{}
		}
		groups[change][diff]++
	}
	for _, diffs := range groups {
		if n := slices.Max(slices.Collect(maps.Values(diffs))); n >= displacedGroup {
			stands += n
		}
	}
	return read >= displacedLeast && 2*read >= looked && 100*stands >= displacedStands*read, nil
}

// holdDisplaced holds what of the pairs is not published yet.
func holdDisplaced(reader adapters.Source, pairs []pair) *problem.Problem {
	found := displacedPart(reader, pairs)
	for i := range pairs {
		if it := pairs[i].item; it != nil && it.Record != nil {
			held := *found
			it.Record, it.Problem = nil, &held
		}
	}
	return found
}

// displacedPart says which part of the key it is, by name where the source has
// names for them.
func displacedPart(reader adapters.Source, pairs []pair) *problem.Problem {
	change := pairs[0].change()
	p := &problem.Problem{Code: "GW-R088", Value: problem.Short(change[1]), Want: problem.Short(change[2]), Near: strconv.Itoa(len(pairs)),
		Field: strconv.Itoa(pairs[0].at + 1)}
	if keyed, able := reader.(adapters.Keyed); able {
		if names := keyed.KeyedBy(); len(names) == len(keyParts(pairs[0].key)) {
			p.Field = names[pairs[0].at]
		}
	}
	return p
}

// differ is what two records differ in beside their keys and the part itself,
// as one text; fresh: one of them is new.
func (s *Syncer) differ(ctx context.Context, p *pair, since time.Time) (diff string, fresh bool, err error) {
	before, err := s.Newest(ctx, idOf(&s.Stream, p.old))
	if err != nil {
		return "", false, ignoreAbsent(err)
	}
	var body []byte
	if p.item != nil {
		rec, err := mappedAgain(p.item, s.Mapping())
		if err != nil {
			return "", false, nil // held for another reason
		}
		body = rec.Body
	} else {
		after, err := s.Newest(ctx, idOf(&s.Stream, p.key))
		if err != nil || after.RecordedAt.Before(since) {
			return "", false, ignoreAbsent(err)
		}
		body = after.Body
	}
	change := p.change()
	var diffs []string
	was, is := leavesOf(before.Body), leavesOf(body)
	for path := range is {
		if _, both := was[path]; !both {
			was[path] = ""
		}
	}
	for path, a := range was {
		switch b := is[path]; {
		case a == b, path == ".updated_at", a == change[1] && b == change[2],
			strings.Contains(a, p.old) && strings.Contains(b, p.key):
		default:
			diffs = append(diffs, path+"\x00"+a+"\x00"+b)
		}
	}
	slices.SortFunc(diffs, cmp.Compare)
	return strings.Join(diffs, "\x01"), true, nil
}

func idOf(st *journal.Stream, key string) string { return canonical.ID(st.Kind, st.Source, key) }

// mappedAgain is what the mapping makes of an item; one that the Log has held is
// not mapped with its page.
func mappedAgain(it *journal.Item, with journal.Mapper) (rec canonical.Record, err error) {
	if it.Record != nil {
		return *it.Record, nil
	}
	again := journal.Item{Raw: it.Raw}
	if mapWith(&again, with); again.Record == nil {
		return rec, journal.ErrNotFound
	}
	return *again.Record, nil
}

// ignoreAbsent: a record that is not there has no partner.
func ignoreAbsent(err error) error {
	if errors.Is(err, journal.ErrNotFound) {
		return nil
	}
	return err
}

// leavesOf are the values of a body, by path.
func leavesOf(body []byte) map[string]string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	leaves := map[string]string{}
	if dec.Decode(&v) == nil {
		leavesUnder("", v, leaves)
	}
	return leaves
}

func leavesUnder(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			leavesUnder(path+"."+name, member, into)
		}
	case []any:
		for i, member := range v {
			leavesUnder(path+"."+strconv.Itoa(i), member, into)
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}

// published counts what a page of the walk brought, since its first was committed.
func (w *walk) published(began time.Time, c journal.Counts) {
	if w.began.IsZero() {
		w.began = began
	}
	w.fresh += c.Published - c.Gone
}
