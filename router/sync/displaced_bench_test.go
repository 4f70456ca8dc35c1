package sync

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/journaltest"
)

// standing is a Log in which a walk changes nothing, so that each is the same.
type standing struct {
	*journaltest.Memory
	digests map[string][sha256.Size]byte
	entries map[string]journal.Entry
	live    []string
}

func newStanding(rows []canonical.Raw, st *journal.Stream) *standing {
	l := &standing{Memory: journaltest.NewMemory(), digests: map[string][sha256.Size]byte{}, entries: map[string]journal.Entry{}}
	for i := range rows {
		key := rows[i].Key
		l.digests[key] = rows[i].Digest()
		l.entries[idOf(st, key)] = journal.Entry{Key: key, Body: rows[i].Payload}
		l.live = append(l.live, key)
	}
	return l
}

func (l *standing) Known(_, key string, digest [sha256.Size]byte, _ string) journal.Outcome {
	if l.digests[key] == digest {
		return journal.Unchanged
	}
	return ""
}

func (l *standing) Commit(_ context.Context, b journal.Batch) (r journal.Receipt, err error) {
	for i := range b.Items {
		out := journal.Published
		switch it := &b.Items[i]; {
		case it.Problem != nil:
			out = journal.Held
		case it.Record == nil:
			out = journal.Unchanged
		}
		r.Outcomes = append(r.Outcomes, out)
	}
	return r, nil
}

func (l *standing) LiveKeys(context.Context, string, adapters.Scope) ([]string, error) {
	return l.live, nil
}

func (l *standing) HeldKeys(context.Context, string, adapters.Scope) ([]string, error) {
	return nil, nil
}

func (l *standing) record(_ context.Context, id string) (journal.Entry, error) {
	if e, there := l.entries[id]; there {
		return e, nil
	}
	return journal.Entry{}, journal.ErrNotFound
}

// cpu is what this process has used so far.
func cpu() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkWalkWithKeyParts: a whole listing of 200,000 rows, with and without
// the look for a key part that changed.
func BenchmarkWalkWithKeyParts(b *testing.B) {
	const all, changed = 200_000, 2_000
	before := cells(all, always("p"), numbered("v"))
	for _, c := range []struct {
		name  string
		after []canonical.Raw
	}{
		{"unchanged", before},
		{"1 percent under another part", slices.Concat(before[changed:], cells(changed, always("f"), numbered("v")))},
		{"1 percent are others", slices.Concat(before[changed:], cells(all+changed, always("p"), numbered("w"))[all:])},
	} {
		for _, size := range []int{1000, all} {
			for _, looks := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s, pages of %d, looking %v", c.name, size, looks), func(b *testing.B) {
					source := &journaltest.Source{Pages: sheets(c.after, size)}
					s, _ := syncing(source)
					log := newStanding(before, &s.Stream)
					s.Log, s.Runs = log, log
					if looks {
						s.Newest = log.record
					}
					if _, err := s.Run(b.Context(), journal.Order{}); err != nil { // the second is the one that is like all others
						b.Fatal(err)
					}
					b.ReportAllocs()
					began := cpu()
					defer func() { b.ReportMetric(float64((cpu()-began).Milliseconds())/float64(b.N), "cpu-ms/op") }()
					for b.Loop() {
						if _, err := s.Run(b.Context(), journal.Order{}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
