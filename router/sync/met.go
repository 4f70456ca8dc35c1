package sync

import (
	"context"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"slices"
	"time"

	"iocgateway/router/journal"
)

// met is what a walk remembers of a key.
type met struct {
	version, at uint32 // what it came to and its time of change, as far as 32 bits tell; 0 is not known
	row         uint32 // where it was met last, counted from 1
	check       uint32 // of the key: 32 bits more than the 64 under which this stands
	held        bool   // something of it was held in that walk
	twice       bool   // it was met in more than one row of it
	fresh       bool   // something of it was published
}

// keysMet are the keys that a walk met, by 96 bits of hashes that no source can
// foresee: two keys of four million share them with odds of 1 in 10^16. A key
// stands under 64 of them, or behind another key that does.
type keysMet struct {
	under      map[uint64]met
	seed, more maphash.Seed
}

func newKeysMet(about int) keysMet {
	return keysMet{make(map[uint64]met, about), maphash.MakeSeed(), maphash.MakeSeed()}
}

func (k *keysMet) none() bool { return k.under == nil }

// find gives what is remembered of a key, row 0 where it was not met, and where
// it stands or would.
func (k *keysMet) find(key string) (m met, at uint64) {
	at = maphash.String(k.seed, key)
	check := uint32(maphash.String(k.more, key)) //nolint:gosec // the lower half of it
	for ; ; at++ {
		m, there := k.under[at]
		if !there {
			return met{check: check}, at
		}
		if m.check == check {
			return m, at
		}
	}
}

// contradicts reports whether two rows of a key are two matters: they differ, and
// either bear one time or stand together, where each matter stands once.
func (was met) contradicts(now met, together bool) bool {
	return was.version != 0 && was.version != now.version && (was.at == now.at || together)
}

// places are where two rows stand in a walk; nothing where they are of two files.
func (w *walk) places(one, other met) string {
	if one.row <= w.first {
		return ""
	}
	return fmt.Sprintf("%d, %d", one.row-w.first, other.row-w.first)
}

// named gives what this walk met of a key; row 0 where it did not.
func (w *walk) named(key string) met {
	if w.keys.none() {
		return met{}
	}
	if m, _ := w.keys.find(key); m.row > w.first {
		return m
	}
	return met{}
}

// knew reports whether the walk named any of these keys as it was.
func (w *walk) knew(keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		m := w.named(key)
		return m.row > 0 && !m.fresh
	})
}

// behind keeps what the row before came to and when; of neither more than its
// own time is known where that was not mapped either.
func (m met) behind(was met) met {
	if was.version != 0 {
		m.version, m.at = was.version, was.at
	}
	return m
}

// asItWas adds what a row came to that this walk met and did not map, because the
// Log had it: that decides whether another row of its key is another matter.
func (w *walk) asItWas(was met, key string) met {
	if was.row > 0 && was.version == 0 && !was.held && w.stands != nil {
		was.version = w.stands(key)
	}
	return was
}

// standsAs is what the newest entry of a key came to; 0 where there is none.
func standsAs(ctx context.Context, s *Syncer, key string) uint32 {
	if s.Newest == nil {
		return 0
	}
	last, err := s.Newest(ctx, idOf(&s.Stream, key))
	if err != nil || last.Op == journal.OpGone {
		return 0
	}
	return short(last.Version, false)
}

// versionOf is what an item came to: the file and the row that a Raw was in are
// in it too, and are no contradiction.
func versionOf(it *journal.Item) uint32 {
	if it.Problem != nil || it.Record == nil {
		return 0
	}
	return short(it.Record.Version, it.Record.Gone)
}

// short is a version in 32 bits, none of which is 0.
func short(version string, gone bool) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(version)) // it never fails
	if gone {
		_, _ = h.Write([]byte("gone"))
	}
	return h.Sum32() | 1
}

// stamp is a time in 32 bits: two that differ are taken for one with odds of 1
// in 2^32, and then their order of arrival no longer decides.
func stamp(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	n := t.UnixNano()
	return uint32(n>>32) ^ uint32(n)
}
