package control

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
	"iocgateway/router/journal"
)

// TestPlanApplyJob: a plan says what would be; applied it is exactly that, at
// its rate, with counts that add up, and everything is in the audit.
func TestPlanApplyJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 150)
		y.hold("b/t", 50)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		plan, err := j.Plan(t.Context(), book.Ask{Kind: book.ReplayHeld, Code: "GW-M001"}, "lan")
		effects := book.Effects{Mapped: 180, Refused: 20}
		if err != nil || plan.Planned != 200 || plan.Effects != effects || len(plan.Parts) != 2 || plan.Ask.Rate != 50 {
			t.Fatalf("%+v %v", plan, err)
		}
		defer running(t, j)()
		job, err := j.Apply(t.Context(), plan.ID, plan.Hash, "lan")
		if err != nil {
			t.Fatal(err)
		}
		y.hold("a/t", 30) // came later: not meant
		began := time.Now()
		view, err := j.Wait(t.Context(), job.ID, time.Minute)
		if err != nil || view.State != book.Finished {
			t.Fatalf("%+v %v", view, err)
		}
		if took := time.Since(began); took < 3500*time.Millisecond || took > 4100*time.Millisecond {
			t.Errorf("200 records at 50 a second took %s", took)
		}
		addsUp(t, view.Total)
		if c := view.Total; c.Planned != 200 || c.Tried != 200 || c.Published != 180 || c.Held != 20 {
			t.Errorf("%+v", c)
		}
		y.once(t, 180)
		want := "begun lan plan replay held: quarantine|done lan plan replay held: quarantine|begun lan apply replay held: quarantine|" +
			"done lan apply replay held: quarantine|done lan job: " + job.ID
		if got := strings.Join(rows(t, j.Audit), "|"); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		if _, err := j.Apply(t.Context(), plan.ID, "", "lan"); codeOf(err) != "GW-R045" {
			t.Errorf("applied twice: %v", err)
		}
	})
}

func codeOf(err error) string {
	if p, ok := problem.As(err); ok {
		return p.Code
	}
	return fmt.Sprint(err)
}

// TestApplyRefuses: a plan whose world has moved is not done.
func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		move func(*yard, *Jobs)
		hash string
		code string
	}{
		"nothing moved":       {func(*yard, *Jobs) {}, "", "<nil>"},
		"another hash":        {func(*yard, *Jobs) {}, "x", "GW-R044"},
		"one more is held":    {func(y *yard, _ *Jobs) { y.hold("a/t", 1) }, "", "GW-R044"},
		"one is held no more": {func(y *yard, _ *Jobs) { y.published["k1"] = 1 }, "", "GW-R044"},
		"another Raw":         {func(y *yard, _ *Jobs) { y.held[0].Raw.Payload = []byte("new") }, "", "GW-R044"},
		"the mapping":         {func(y *yard, _ *Jobs) { y.revision = "r2" }, "", "GW-R044"},
		"fifteen minutes":     {func(_ *yard, j *Jobs) { j.Now = func() time.Time { return time.Now().Add(book.PlanLife) } }, "", "GW-R044"},
		"a mapping is wrong": {func(_ *yard, j *Jobs) {
			j.Draft = func() (Draft, error) { return nil, &problem.Problem{Code: "GW-M001"} }
		}, "", "GW-M001"},
		"almost fifteen": {func(_ *yard, j *Jobs) {
			j.Now = func() time.Time { return time.Now().Add(book.PlanLife - time.Minute) }
		}, "", "<nil>"},
		"the plan was dropped": {func(_ *yard, j *Jobs) { _ = j.Book.Delete(context.Background(), book.Plans, j.Plans()[0].ID, 1) }, "", "GW-R043"},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard()
			y.hold("a/t", 15)
			b := inBook(t, t.TempDir())
			defer b.Close()
			j := y.jobs(t, "a", b)
			plan, err := j.Plan(t.Context(), book.Ask{Kind: book.ReplayHeld, Stream: "a/t"}, "lan")
			if err != nil {
				t.Fatal(err)
			}
			c.move(y, j)
			_, err = j.Apply(t.Context(), plan.ID, c.hash, "lan")
			if codeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
			if jobs := j.List(); (len(jobs) == 1) != (err == nil) {
				t.Errorf("%d jobs", len(jobs))
			}
			if err == nil && jobsOf(j) != book.Active {
				t.Error("it does not run")
			}
		})
	}
}

func jobsOf(j *Jobs) string { return j.List()[0].State }

// TestPauseResumeCancel: between two batches, with counts that add up, and
// never from a state it cannot come from.
func TestPauseResumeCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard()
		y.hold("a/t", 500)
		b := inBook(t, t.TempDir())
		defer b.Close()
		j := y.jobs(t, "a", b)
		defer running(t, j)()
		job, err := j.NowHeld(t.Context(), journal.HeldQuery{Stream: "a/t"}, "lan")
		if err != nil {
			t.Fatal(err)
		}
		turned := func(what, code string) {
			t.Helper()
			if _, err := j.Turn(t.Context(), job.ID, what, "minh"); codeOf(err) != code {
				t.Errorf("%s: %v, want %s", what, err, code)
			}
		}
		turned("resume", "GW-R047")
		time.Sleep(2100 * time.Millisecond)
		turned("pause", "<nil>")
		synctest.Wait()
		time.Sleep(time.Second) // the batch in hand
		paused, _ := j.Job(job.ID)
		time.Sleep(time.Hour)
		still, _ := j.Job(job.ID)
		tried := still.Total.Tried
		if still.Total != paused.Total || tried < 90 || tried > 130 || still.State != book.Paused || still.Changed != "minh" {
			t.Errorf("paused at %+v, an hour later %+v", paused.Total, still.Total)
		}
		turned("pause", "GW-R047")
		turned("resume", "<nil>")
		time.Sleep(2 * time.Second)
		turned("cancel", "<nil>")
		view, err := j.Wait(t.Context(), job.ID, time.Minute)
		if err != nil || view.State != book.Cancelled || view.Total.Waiting == 0 || view.Total.Tried <= still.Total.Tried {
			t.Errorf("%+v %v", view.Total, err)
		}
		addsUp(t, view.Total)
		for _, what := range []string{"pause", "resume", "cancel"} {
			turned(what, "GW-R047")
		}
		if _, err := j.Turn(t.Context(), "nothing", "pause", "lan"); codeOf(err) != "GW-R046" {
			t.Error(err)
		}
		waiting, _ := y.Held(t.Context(), journal.HeldQuery{Limit: 1000})
		if len(waiting) != 500-view.Total.Published {
			t.Errorf("%d are held", len(waiting))
		}
	})
}
