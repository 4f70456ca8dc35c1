package control

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// site is where the yard's stream a/t stands in its source, and what its runs
// come to: each takes a second once it is ordered.
type site struct {
	stopped bool // paused
	refuse  error
	moves   []string // what was done to the position
	walks   []journal.Run
	next    []journal.Run // what the next runs come to; then all is unchanged
}

func (n node) Foresee(_ context.Context, kind, _ string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if kind == book.RestartWalk {
		return "page 7", n.refuse
	}
	return "", n.refuse
}

func (n node) Reposition(_ context.Context, kind, _ string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut != nil {
		return n.cut
	}
	n.moves = append(n.moves, kind)
	return n.refuse
}

func (n node) Order(stream string, _ journal.Order) error {
	if !n.here(stream) {
		return journal.ErrElsewhere
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if last := n.walks[len(n.walks)-1]; time.Since(last.Started) < time.Second {
		return journal.ErrBusy
	}
	run := journal.Run{Complete: true, Counts: journal.Counts{Received: 5, Unchanged: 5}}
	if len(n.site.next) > 0 {
		run, n.site.next = n.site.next[0], n.site.next[1:]
	}
	run.ID, run.Stream, run.Started = int64(len(n.walks)+1), stream, time.Now()
	n.walks = append(n.walks, run)
	return nil
}

func (n node) LastRuns(_ context.Context, _ string, limit int) ([]journal.Run, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	runs := slices.Clone(n.walks)
	for i := range runs {
		if r := &runs[i]; time.Since(r.Started) >= time.Second {
			r.Ended = r.Started.Add(time.Second)
		} else {
			r.Complete, r.Problem = false, nil
		}
	}
	slices.Reverse(runs)
	return runs[:min(limit, len(runs))], nil
}

// positioned is a yard with a stream of nine records, read before, and its jobs.
func positioned(t *testing.T) (*yard, *Jobs) {
	y := newYard()
	y.received["a/t"], y.holder["a/t"] = 9, "a"
	y.walks = []journal.Run{{ID: 1, Complete: true, Started: time.Now(), Counts: journal.Counts{Received: 70, Published: 70}}}
	time.Sleep(time.Minute)
	b := inBook(t, t.TempDir())
	t.Cleanup(func() { _ = b.Close() })
	return y, y.jobs(t, "a", b)
}

// planned plans an act on a/t.
func planned(t *testing.T, j *Jobs, kind string) (book.Plan, error) {
	t.Helper()
	return j.Plan(t.Context(), book.Ask{Kind: kind, Stream: "a/t"}, "lan")
}

// TestASweepIsAJob: what the sweep's runs came to, cut ones too, is what the job
// counts; what was run before is not its own.
func TestASweepIsAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, j := positioned(t)
		plan, err := planned(t, j, book.Sweep)
		if err != nil || plan.Planned != 9 || plan.Means == nil || plan.Ask.Rate != 0 {
			t.Fatalf("%+v %v", plan, err)
		}
		if says := plan.Means.Text(problem.English); says == plan.Means.Text(problem.Vietnamese) || !strings.Contains(says, "9 records") {
			t.Errorf("it means: %s", says)
		}
		y.site.next = []journal.Run{
			{Problem: &problem.Problem{Code: "GW-S001"}, Counts: journal.Counts{Received: 3, Unchanged: 3}},
			{Complete: true, Proved: 1, Counts: journal.Counts{Received: 7, Published: 3, Unchanged: 4, Held: 1, Gone: 1},
				Notes: []problem.Problem{{Code: "GW-R027"}}}}
		defer running(t, j)()
		job, err := j.Apply(t.Context(), plan.ID, plan.Hash, "lan")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := planned(t, j, book.Forget); err != nil {
			t.Fatal(err)
		} else if _, err = j.Apply(t.Context(), again.ID, "", "lan"); codeOf(err) != "GW-R094" {
			t.Errorf("two at one stream: %v", err)
		}
		time.Sleep(5 * time.Second) // the first has failed; the stream runs again by itself
		if err := (node{y, "a"}).Order("a/t", journal.Order{}); err != nil {
			t.Fatal(err)
		}
		view, err := j.Wait(t.Context(), job.ID, time.Minute)
		c := view.Total
		if err != nil || view.State != book.Finished || c.Tried != 11 || c.Published != 3 || c.Gone != 1 || c.Unchanged != 7 || c.Held != 1 {
			t.Errorf("%s %+v %v", view.State, c, err)
		}
		addsUp(t, c)
		if len(view.Parts[0].Notes) != 1 || len(y.moves) != 1 || len(y.walks) != 3 {
			t.Errorf("%+v, moved %q, %d runs", view.Parts[0], y.moves, len(y.walks))
		}
		want := "begun lan plan sweep: a/t|done lan plan sweep: a/t|begun lan apply sweep: a/t|done lan apply sweep: a/t|"
		if got := strings.Join(rows(t, j.Audit), "|"); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "done lan job: "+job.ID) {
			t.Errorf("%s\nwant %s", got, want)
		}
	})
}

// TestWhatIsNotRepositioned: what is not there, what stands still, and what has
// moved since it was planned.
func TestWhatIsNotRepositioned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, j := positioned(t)
		if _, err := j.Plan(t.Context(), book.Ask{Kind: book.Sweep, Stream: "x/y"}, "lan"); codeOf(err) != "GW-R049" {
			t.Errorf("a stream that is not there: %v", err)
		}
		plan, err := planned(t, j, book.RestartWalk)
		if err != nil {
			t.Fatal(err)
		}
		y.refuse = &problem.Problem{Code: "GW-R090"}
		if _, err := j.Apply(t.Context(), plan.ID, plan.Hash, "lan"); codeOf(err) != "GW-R090" {
			t.Errorf("its walk came to an end: %v", err)
		}
		if _, err := j.Apply(t.Context(), plan.ID, "another", "lan"); codeOf(err) != "GW-R044" {
			t.Errorf("another hash: %v", err)
		}
		y.refuse, y.stopped = nil, true
		if _, err := planned(t, j, book.Sweep); codeOf(err) != "GW-R093" {
			t.Errorf("paused: %v", err)
		}
		// A stream that is paused may be told to forget; it begins when it is resumed.
		if plan, err = planned(t, j, book.Forget); err != nil {
			t.Fatal(err)
		}
		defer running(t, j)()
		job, err := j.Apply(t.Context(), plan.ID, plan.Hash, "lan")
		if err != nil {
			t.Fatal(err)
		}
		view, err := j.Wait(t.Context(), job.ID, time.Minute)
		if err != nil || view.State != book.Finished || len(y.moves) != 1 || y.moves[0] != book.Forget {
			t.Errorf("%s %+v, moved %q", view.State, view.Total, y.moves)
		}
	})
}

// TestARepositionOutlivesItsNode: cut behind the move, before its line, it is
// moved again and ends; a stream that goes to another node takes it along.
func TestARepositionOutlivesItsNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, j := positioned(t)
		b := j.Book
		j.Book = &loses{Book: b, n: 2} // the first line is lost: that of the move
		plan, err := planned(t, j, book.Forget)
		if err != nil {
			t.Fatal(err)
		}
		job, err := j.Apply(t.Context(), plan.ID, plan.Hash, "lan")
		if err != nil {
			t.Fatal(err)
		}
		y.site.next = []journal.Run{{Problem: &problem.Problem{Code: "GW-R005"}}}
		stop := running(t, j)
		time.Sleep(1500 * time.Millisecond)
		stop()
		y.mu.Lock()
		y.holder["a/t"] = "b"
		y.refuse = &problem.Problem{Code: "GW-R092"} // it is forgotten already
		y.mu.Unlock()
		two := y.jobs(t, "b", b)
		defer running(t, two)()
		time.Sleep(4 * time.Second)
		_ = (node{y, "b"}).Order("a/t", journal.Order{}) // its own time
		view, err := two.Wait(t.Context(), job.ID, time.Minute)
		if err != nil || len(y.moves) < 2 || view.State != book.Finished || view.Parts[0].Node != "b" || view.Total.Unchanged != 5 {
			t.Errorf("%s %+v %v", view.State, view.Parts, err)
		}
	})
}

// TestARepositionThatCannotGoOn says why: what the source answers time and again,
// refused credentials at once. What may pass is waited for.
func TestARepositionThatCannotGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		runs int
	}{"the source": {"GW-S001", patience}, "credentials": {"GW-S004", 1}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				y, j := positioned(t)
				y.cut = errors.New("the Log is away")
				plan, err := planned(t, j, book.Sweep)
				if err != nil {
					t.Fatal(err)
				}
				defer running(t, j)()
				job, err := j.Apply(t.Context(), plan.ID, plan.Hash, "lan")
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				y.mu.Lock()
				y.cut = nil
				for range 9 {
					y.site.next = append(y.site.next, journal.Run{Problem: &problem.Problem{Code: c.code}})
				}
				y.mu.Unlock()
				for range 60 {
					time.Sleep(time.Second)
					_ = (node{y, "a"}).Order("a/t", journal.Order{})
				}
				view, err := j.Job(job.ID)
				if err != nil || view.State != book.Broken || view.Parts[0].Cause == nil || view.Parts[0].Cause.Code != c.code {
					t.Errorf("%s %+v %v", view.State, view.Parts, err)
				}
			})
		})
	}
}
