package store

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
	"iocgateway/router/store/index"
	"iocgateway/router/storetest"
)

// preloaded is how many records the benchmarks "at size" find inside;
// STORE_BENCH_RECORDS changes it.
func preloaded() int {
	if n, err := strconv.Atoi(os.Getenv("STORE_BENCH_RECORDS")); err == nil {
		return n
	}
	return 1_000_000
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func rss() int64 {
	b, _ := os.ReadFile("/proc/self/statm")
	var size, resident int64
	_, _ = fmt.Sscan(string(b), &size, &resident)
	return resident * int64(os.Getpagesize()) >> 20
}

func page(from, n, v int) journal.Batch {
	b := journal.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: time.Now()}
	for i := from; i < from+n; i++ {
		b.Items = append(b.Items, storetest.Synth{}.Item(i, v))
	}
	return b
}

func mustOpen(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), Options{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func fill(tb testing.TB, s *Store, n int) {
	tb.Helper()
	for i := 0; i < n; i += 2000 {
		if _, err := s.Commit(tb.Context(), page(i, min(2000, n-i), 0)); err != nil {
			tb.Fatal(err)
		}
	}
}

// measure commits pages made outside of the clock and reports CPU a record.
func measure(b *testing.B, s *Store, next func(i int) journal.Batch) {
	const ahead = 10
	var used time.Duration
	records := 0
	b.ResetTimer()
	for i := 0; i < b.N; {
		b.StopTimer()
		var pages []journal.Batch
		for ; i < b.N && len(pages) < ahead; i++ {
			pages = append(pages, next(i))
		}
		start := cpu()
		b.StartTimer()
		for _, p := range pages {
			if _, err := s.Commit(b.Context(), p); err != nil {
				b.Fatal(err)
			}
			records += len(p.Items)
		}
		used += cpu() - start
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "rec/s")
	b.ReportMetric(float64(used.Microseconds())/float64(records), "cpu-µs/rec")
	b.ReportMetric(float64(rss()), "rss-MB")
}

func BenchmarkInsertEmpty(b *testing.B) {
	s := mustOpen(b, b.TempDir())
	measure(b, s, func(i int) journal.Batch { return page(i*500, 500, 0) })
}

// benchDir is a folder with preloaded() records inside. STORE_BENCH_DIR names
// one to keep, so that a second run starts in a fresh process, which is the
// one whose memory means something.
func benchDir(b *testing.B) string {
	dir := os.Getenv("STORE_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	s := mustOpen(b, dir)
	defer s.Close()
	n := preloaded()
	if s.Head("dossier")[0] >= uint64(n) {
		return dir
	}
	start, used := time.Now(), cpu()
	fill(b, s, n)
	b.Logf("filled %d in %v, CPU %v (making the data included), RSS %d MB", n, time.Since(start), cpu()-used, rss())
	st, _ := s.Stats(b.Context())
	b.Logf("%+v", st)
	return dir
}

// BenchmarkAtSize runs everything on one store with preloaded() records inside.
func BenchmarkAtSize(b *testing.B) {
	dir := benchDir(b)
	n := preloaded()
	s := reopen(b, dir, "after Close")
	if os.Getenv("STORE_BENCH_CRASH") != "" {
		_ = s.Close()
		_ = os.Remove(dir + "/" + index.FileName)
		s = reopen(b, dir, "after a crash")
	}
	next, version := int(s.data.Heads.Load().Entity), 1+int(time.Now().Unix()%1000)
	b.Run("insert500", func(b *testing.B) {
		measure(b, s, func(int) journal.Batch { next += 500; return page(next-500, 500, 0) })
	})
	b.Run("hotupdate500", func(b *testing.B) {
		measure(b, s, func(i int) journal.Batch {
			if i%100 == 0 {
				version++
			}
			return page(n-50_000+i%100*500, 500, version)
		})
	})
	b.Run("unchanged500", func(b *testing.B) { unchanged(b, s, n) })
	b.Run("feedpage500", func(b *testing.B) { feedPages(b, s) })
	b.Run("list50", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			q := journal.ListQuery{Kind: canonical.KindDossier, Limit: 50, Sort: "due_at", Open: true, Status: []string{"processing"}}
			if l, err := s.List(b.Context(), q); err != nil || len(l.Entries) != 50 {
				b.Fatal(err, len(l.Entries))
			}
		}
	})
	b.Run("textlist", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			q := journal.ListQuery{Kind: canonical.KindDossier, Limit: 50, Text: "khai sinh – nguyen van an"}
			if l, err := s.List(b.Context(), q); err != nil || len(l.Entries) == 0 {
				b.Fatal(err, len(l.Entries))
			}
		}
	})
}

func reopen(b *testing.B, dir, what string) *Store {
	runtime.GC()
	start := time.Now()
	s := mustOpen(b, dir)
	if _, err := s.Read(b.Context(), "dossier", nil, 500); err != nil {
		b.Fatal(err)
	}
	feed := time.Since(start)
	if err := s.WaitReady(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("%s: feed readable %v, index ready %v, RSS %d MB", what, feed, time.Since(start), rss())
	return s
}

func unchanged(b *testing.B, s *Store, n int) {
	items := page(n/2, 5000, 0).Items // never among the hot ones
	b.ResetTimer()
	start := cpu()
	for i := 0; i < b.N; i++ {
		part := items[i%10*500:][:500]
		batch := journal.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: time.Now()}
		for k := range part {
			it := journal.Item{Raw: part[k].Raw, Digest: part[k].Raw.Digest()}
			if s.Known(batch.Stream, it.Raw.Key, it.Digest, batch.Mapping) != journal.Unchanged {
				b.Fatal("changed")
			}
			batch.Items = append(batch.Items, it)
		}
		batch.From, _ = s.Checkpoint(b.Context(), batch.Stream)
		batch.Next = []byte(strconv.Itoa(i))
		if r, err := s.Commit(b.Context(), batch); err != nil || r.Counts.Unchanged != 500 {
			b.Fatal(err, r.Counts)
		}
	}
	b.ReportMetric(float64(b.N*500)/b.Elapsed().Seconds(), "rec/s")
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N*500), "cpu-µs/rec")
}

func feedPages(b *testing.B, s *Store) {
	head := s.Head("dossier")[0]
	var at uint64
	for b.Loop() {
		at = (at + 7919*61) % (head - 500)
		es, err := s.Read(b.Context(), "dossier", journal.Position{at}, 500)
		if err != nil || len(es) != 500 {
			b.Fatal(err, len(es))
		}
	}
}
