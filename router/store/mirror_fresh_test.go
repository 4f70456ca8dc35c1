package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
	"iocgateway/router/store/state"
)

// topic is a partition of a Log elsewhere, in its order. Which messages are left
// of it, and when each of its partitions is read, no reader may depend on.
type topic struct {
	keys  []string // messages of one key: the newest counts
	takes []func(into *journal.Mirror)
	needs []journal.Place // of the feed partition in feeds
	feeds []string
	ends  []uint64 // of an entry its sequence
}

func (q *topic) add(key string, needs journal.Place, feed string, end uint64, take func(*journal.Mirror)) {
	q.keys, q.takes, q.needs = append(q.keys, key), append(q.takes, take), append(q.needs, needs)
	q.feeds, q.ends = append(q.feeds, feed), append(q.ends, end)
}

// thin leaves of what is before a place only the newest of each key.
func (q *topic) thin(upto int) (left topic) {
	newest := map[string]int{}
	for i := range upto {
		newest[q.keys[i]] = i
	}
	for i := range q.keys {
		if i >= upto || newest[q.keys[i]] == i {
			left.add(q.keys[i], q.needs[i], q.feeds[i], q.ends[i], q.takes[i])
		}
	}
	return left
}

func feedPart(feed canonical.Feed, part int) string { return fmt.Sprintf("%s/%d", feed, part) }

// topics is all that was committed, as it lies in a Log elsewhere.
func (l *loop) topics() (raws journal.Mirror, all map[string]*topic) {
	all = map[string]*topic{}
	of := func(name string) *topic {
		if all[name] == nil {
			all[name] = &topic{}
		}
		return all[name]
	}
	for _, m := range l.log {
		raws.Raws = append(raws.Raws, m.Raws...)
		for _, e := range m.Entries {
			take := func(into *journal.Mirror) { into.Entries = append(into.Entries, e) }
			if e.Superseded || e.Rule != "" {
				q := of(fmt.Sprintf("history/%d", e.Part))
				q.add(fmt.Sprint(len(q.keys)), journal.Place{}, "", 0, take) // kept for its time, all of it
				continue
			}
			of(feedPart(e.Feed, e.Part)).add(e.ID, journal.Place{}, "", e.Seq, take)
		}
		for _, v := range m.Verdicts {
			of(fmt.Sprintf("verdicts/%d", v.Part)).add(v.Stream+"\x00"+v.Key, journal.Place{Part: v.Part, Seq: max(v.Seen.After, v.Owner.After)},
				feedPart(v.Kind.Feed(), v.Part), 0, func(into *journal.Mirror) { into.Verdicts = append(into.Verdicts, v) })
		}
	}
	return raws, all
}

// fresh is the view of a node that begins now, to which the Log's topics come
// thinned out and each at its own pace.
func (l *loop) fresh(ctx context.Context, r *rand.Rand, planted func(*journal.Mirror)) (*Store, string, error) {
	dir, err := os.MkdirTemp("", "fresh")
	if err != nil {
		return nil, "", err
	}
	s, err := Open(ctx, Options{Dir: dir, Parts: l.parts, View: true})
	if err != nil {
		return nil, dir, err
	}
	piece, all := l.topics()
	names := slices.Sorted(maps.Keys(all))
	for _, name := range names {
		q := all[name]
		left := q.thin(min(r.IntN(2*len(q.keys)+1), len(q.keys))) // all of it, every other time
		all[name] = &left
	}
	reached := map[string]uint64{}
	for len(names) > 0 {
		name := names[r.IntN(len(names))]
		q := all[name]
		for n := 1 + r.IntN(1+len(q.keys)); n > 0 && len(q.keys) > 0; n-- {
			if feed, need := q.feeds[0], q.needs[0].Seq; need > 0 && all[feed] != nil && len(all[feed].keys) > 0 && reached[feed] < need {
				break
			}
			q.takes[0](&piece)
			reached[name] = max(reached[name], q.ends[0])
			q.keys, q.takes, q.needs, q.feeds, q.ends = q.keys[1:], q.takes[1:], q.needs[1:], q.feeds[1:], q.ends[1:]
		}
		if len(q.keys) == 0 {
			names = slices.DeleteFunc(names, func(n string) bool { return n == name })
		}
		if len(names) == 0 || r.IntN(3) == 0 {
			if planted != nil {
				planted(&piece)
			}
			if err := s.Mirror(ctx, piece); err != nil {
				return s, dir, err
			}
			piece = journal.Mirror{}
		}
	}
	return s, dir, nil
}

// sameAsFresh holds such a view against the one by which everything was decided.
func (l *loop) sameAsFresh(ctx context.Context, planted func(*journal.Mirror)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all error
	for n := range 3 {
		if n > 0 && len(l.log) > 8 { // of few pieces, more than one order
			break
		}
		s, dir, err := l.fresh(ctx, l.rand, planted)
		if s != nil {
			err = errors.Join(err, l.differs(ctx, s), s.Close())
		}
		all = errors.Join(all, err, os.RemoveAll(dir))
	}
	return all
}

// differs compares a view with the near one.
func (l *loop) differs(ctx context.Context, far *Store) error {
	if err := sameEntities(l.near, far); err != nil {
		return fmt.Errorf("of the older view: %w", err)
	}
	if err := sameEntities(far, l.near); err != nil {
		return fmt.Errorf("of the fresh view: %w", err)
	}
	want, err := l.near.HeldRaws(ctx, journal.HeldQuery{})
	if err != nil {
		return err
	}
	got, err := far.HeldRaws(ctx, journal.HeldQuery{})
	if err != nil || !reflect.DeepEqual(got, want) {
		return fmt.Errorf("a fresh view holds %+v, the older one %+v (%w)", got, want, err)
	}
	for _, st := range l.near.data.Names.Streams() {
		other := far.data.Names.Stream(st.Name)
		if other == nil {
			other = state.NewStream(0, st.Name)
		}
		if st.Live() != other.Live() || st.AllHeld() != other.AllHeld() {
			return fmt.Errorf("%s has %d live and %d held in a fresh view, %d and %d in the older one", st.Name, other.Live(), other.AllHeld(),
				st.Live(), st.AllHeld())
		}
	}
	return nil
}

// sameEntities: what one view knows of an entity, the other does.
func sameEntities(one, two *Store) error {
	text := func(s *Store, sl *index.Slot, o index.Other) string {
		stream := ""
		if st := s.data.Names.StreamByID(sl.Stream); st != nil {
			stream = st.Name
		}
		key := fmt.Sprintf("%s %x@%d raw %x at %d kind %d state %d held %v under %q", stream, sl.Ver, sl.Seq, sl.Raw, sl.At, sl.Kind(),
			sl.State(), sl.Held(), s.data.Names.Revision(sl.Rev))
		return fmt.Sprintf("%s, of %x %q under %q", key, o.Raw, o.Outcome(), s.data.Names.Revision(o.Rev))
	}
	for _, a := range one.data.Index.All() {
		if !a.Slot.Known() && !a.Slot.Held() && a.Other.Verdict == index.VerdictNone {
			continue // as good as never seen
		}
		_, b, last := two.data.Index.Get(a.Slot.Hash)
		if x, y := text(one, &a.Slot, a.Other), text(two, &b, last); x != y {
			return fmt.Errorf("views differ:\n%s\n%s", x, y)
		}
	}
	return nil
}

// TestFreshViewCanDiffer: the comparison finds a view that is not told whose a
// record is.
func TestFreshViewCanDiffer(t *testing.T) {
	for name, planted := range map[string]func(*journal.Mirror){
		"nobody says who has it": func(m *journal.Mirror) {
			for i := range m.Verdicts {
				m.Verdicts[i].Owner = journal.Owner{}
			}
		},
		"what was seen counts whenever it was": func(m *journal.Mirror) {
			for i := range m.Verdicts {
				if m.Verdicts[i].Seen.After > 0 {
					m.Verdicts[i].Seen.After = 1 << 40
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, 2)
			for i, b := range handedOn() {
				if _, err := l.Commit(t.Context(), b); err != nil {
					t.Fatalf("page %d: %v", i, err)
				}
			}
			if err := l.sameAsFresh(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			err := l.sameAsFresh(t.Context(), planted)
			if err == nil {
				t.Fatal("not found")
			}
			t.Log(err)
		})
	}
}

// handedOn is a stream whose records another one adopts, half of them changed,
// and what both give of them before and after.
func handedOn() []journal.Batch {
	later := func(b journal.Batch, hours int) journal.Batch { // the same again, with another time of change
		for i := range b.Items {
			it := &b.Items[i]
			it.Raw.At, it.Record.At = it.Raw.At.Add(time.Duration(hours)*time.Hour), it.Record.At.Add(time.Duration(hours)*time.Hour)
			it.Digest = it.Raw.Digest()
		}
		return b
	}
	heir := func(b journal.Batch) journal.Batch {
		b.Stream, b.Adopts = "dvc/ho-so", []string{"dvc/dossiers"}
		return b
	}
	return []journal.Batch{page(0, 20, 0), later(page(0, 20, 0), 1), heir(later(page(0, 10, 0), 2)), heir(later(page(10, 10, 1), 2)),
		later(page(0, 20, 0), 3), heir(later(page(0, 20, 0), 4))}
}
