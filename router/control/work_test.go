package control

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// TestRestartGoesOn: a job is in the book, and goes on from there, whoever
// opens it; nothing is lost, nothing done twice.
func TestRestartGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 300)
		dir := t.TempDir()
		id := ""
		for n := 0; ; n++ {
			b := inBook(t, dir)
			j := y.jobs(t, "a", b)
			if n == 0 {
				job, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
				if err != nil {
					t.Fatal(err)
				}
				id = job.ID
			}
			stop := running(t, j)
			time.Sleep(1300 * time.Millisecond)
			stop()
			view, err := j.Job(id)
			if err != nil {
				t.Fatal(err)
			}
			addsUp(t, view.Total)
			_ = b.Close()
			if view.Over() {
				if n < 3 || view.State != book.Finished || view.Total.Tried != 300 || view.Total.Left != 0 {
					t.Errorf("after %d restarts: %+v", n, view.Total)
				}
				break
			}
			if n > 10 {
				t.Fatalf("it does not end: %+v", view.Total)
			}
		}
		y.once(t, 270)
	})
}

// loses is a book whose next line of progress is lost, as by a crash behind
// the commit.
type loses struct {
	book.Book
	n int
}

func (l *loses) Put(ctx context.Context, section, key string, rev uint64, body any) (uint64, error) {
	if l.n++; section == book.Progress && l.n%3 == 0 {
		return 0, errors.New("cut")
	}
	return l.Book.Put(ctx, section, key, rev, body)
}

// TestALostLineIsNoLostCount: what a batch did whose line was cut is counted
// as left; nothing is published twice.
func TestALostLineIsNoLostCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 100)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", &loses{Book: b})
		defer running(t, j)()
		job, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		view, err := j.Wait(t.Context(), job.ID, time.Hour)
		if err != nil || !view.Over() || view.Total.Left == 0 || view.Total.Planned != 100 {
			t.Errorf("%+v %v", view.Total, err)
		}
		addsUp(t, view.Total)
		y.once(t, 90)
	})
}

// TestHandOver: a stream that moves to another node in mid-job takes its part
// along; two nodes do their parts of one job at the same time.
func TestHandOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 200)
		y.hold("b/t", 100)
		y.holder["b/t"] = "b"
		b := inBook(t, t.TempDir())
		defer b.Close()
		one, two := y.jobs(t, "a", b), y.jobs(t, "b", b)
		defer running(t, one)()
		defer running(t, two)()
		job, err := one.NowHeld(t.Context(), journal.HeldQuery{Code: "GW-V001"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		half, _ := two.Job(job.ID)
		y.mu.Lock()
		y.holder["a/t"] = "" // given up, and nobody's for a while
		y.mu.Unlock()
		time.Sleep(5 * time.Second)
		y.mu.Lock()
		y.holder["a/t"] = "b"
		y.mu.Unlock()
		view, err := two.Wait(t.Context(), job.ID, time.Hour)
		if err != nil || view.State != book.Finished || view.Total.Tried != 300 || view.Total.Left != 0 {
			t.Errorf("%s %+v %v", view.State, view.Total, err)
		}
		addsUp(t, view.Total)
		y.once(t, 270)
		if half.Parts[0].Node != "a" || half.Parts[1].Node != "b" || view.Parts[0].Node != "b" || half.Parts[0].Done.Tried == 0 {
			t.Errorf("by %+v, then %+v", half.Parts, view.Parts)
		}
		ends := slices.DeleteFunc(rows(t, one.Audit), func(r string) bool { return !strings.Contains(r, "job: ") })
		if len(ends) == 0 {
			t.Error("its end is not in the audit")
		}
	})
}

// TestWhatStopsAPart: a mapping that changes, and a stream that is not there,
// end their part with the reason; what was done stands, other parts go on.
func TestWhatStopsAPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 200)
		y.hold("gone/t", 5)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		defer running(t, j)()
		job, err := j.NowHeld(t.Context(), journal.HeldQuery{Code: "GW-V001"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		y.mu.Lock()
		y.revision = "r2"
		y.mu.Unlock()
		view, err := j.Wait(t.Context(), job.ID, time.Minute)
		if err != nil || view.State != book.Broken || view.Total.Tried < 80 || view.Total.Tried > 120 {
			t.Fatalf("%s %+v %v", view.State, view.Total, err)
		}
		addsUp(t, view.Total)
		if view.Parts[0].Cause.Code != "GW-R048" || view.Parts[1].Cause.Code != "GW-R049" {
			t.Errorf("%+v", view.Parts)
		}
	})
}

// TestAFaultPasses: a Log that cannot be written makes a job wait, not end.
func TestAFaultPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 30)
		y.cut = errors.New("the disk is full")
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		defer running(t, j)()
		job, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if view, _ := j.Job(job.ID); view.Over() || view.Total.Tried != 0 {
			t.Errorf("%+v", view)
		}
		y.mu.Lock()
		y.cut = nil
		y.mu.Unlock()
		if view, err := j.Wait(t.Context(), job.ID, time.Minute); err != nil || view.State != book.Finished || view.Total.Published != 27 {
			t.Errorf("%+v %v", view, err)
		}
	})
}

// TestStreamReplay: page by page up to where the feed stood, resumed, as a run
// of the stream; a second one is refused meanwhile.
func TestStreamReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.received["a/t"], y.holder["a/t"] = 12_345, "a"
		dir := t.TempDir()
		b := inBook(t, dir)
		j := y.jobs(t, "a", b)
		stop := running(t, j)
		began := time.Now()
		job, err := j.NowStream(t.Context(), "a/t", "lan")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.NowStream(t.Context(), "a/t", "lan"); !errors.Is(err, journal.ErrBusy) {
			t.Errorf("a second replay: %v", err)
		}
		if _, err := j.NowStream(t.Context(), "x/y", "lan"); codeOf(err) != "GW-R049" {
			t.Errorf("no such stream: %v", err)
		}
		time.Sleep(time.Second)
		stop()
		_ = b.Close()
		b = inBook(t, dir)
		defer b.Close()
		j = y.jobs(t, "a", b)
		defer running(t, j)()
		view, err := j.Wait(t.Context(), job.ID, time.Minute)
		if err != nil || view.State != book.Finished || view.Total.Tried != 12_345 || view.Total.Published != 12_345 {
			t.Errorf("%s %+v %v", view.State, view.Total, err)
		}
		if took := time.Since(began); took < 2300*time.Millisecond || took > 3*time.Second {
			t.Errorf("12,345 at 5,000 a second took %s", took)
		}
		y.once(t, 12_345)
		if len(y.runs) != 1 {
			t.Fatalf("%+v", y.runs)
		}
		if run := y.runs[0]; !run.Replay || !run.Complete || run.Counts.Received != 12_345 || run.Counts.Unexplained(0) != 0 {
			t.Errorf("%+v", run)
		}
	})
}

// TestALongReplayIsNamed: a caller waits ten seconds, then gets the job's name.
func TestALongReplayIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 400)
		y.hold("a/t", 400)
		b := inBook(t, t.TempDir())
		defer b.Close()
		a := (&world{}).actions(t)
		a.Jobs = y.jobs(t, "a", b)
		defer running(t, a.Jobs)()
		did, job, err := a.Replay(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil || job == "" || did.Tried < 450 || did.Tried > 520 {
			t.Errorf("%+v %q %v", did, job, err)
		}
		view, err := a.Jobs.Wait(t.Context(), job, time.Minute)
		if err != nil || view.Total.Tried != 800 {
			t.Errorf("%+v %v", view.Total, err)
		}
		did, job, err = a.Replay(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan") // what is left is refused again
		if err != nil || job != "" || did != (journal.Replayed{Tried: 80, Held: 80}) {
			t.Errorf("%+v %q %v", did, job, err)
		}
	})
}

// TestTidy: plans nobody can apply go, and so do jobs that ended long ago.
func TestTidy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 10)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		stop := running(t, j)
		ask := book.Ask{Kind: book.ReplayHeld, Stream: "a/t"}
		if _, err := j.Plan(t.Context(), ask, "lan"); err != nil {
			t.Fatal(err)
		}
		if _, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		time.Sleep(jobsKept + time.Hour)
		if len(j.Plans()) != 0 || len(j.List()) != 1 {
			t.Errorf("%d plans, %d jobs", len(j.Plans()), len(j.List()))
		}
		if _, err := j.Plan(t.Context(), ask, "lan"); err != nil {
			t.Fatal(err)
		}
		if len(b.List(book.Plans)) != 1 || len(b.List(book.Jobs)) != 0 || len(b.List(book.Progress)) != 0 {
			t.Errorf("%d plans, %d jobs, %d of progress", len(b.List(book.Plans)), len(b.List(book.Jobs)), len(b.List(book.Progress)))
		}
	})
}
