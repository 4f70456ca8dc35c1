package control

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/router/book"
)

// slow is a book whose brokers take their time over some lines, and lose some.
type slow struct {
	book.Book
	act  time.Duration // over the row that says how a job ended
	put  time.Duration // over a job that begins
	lose int           // of the lines that say that a job is over
}

func (s *slow) Append(ctx context.Context, part string, body any) (book.Row, error) {
	if row, act := body.(book.ActRow); act && row.What == "job" {
		time.Sleep(s.act)
	}
	return s.Book.Append(ctx, part, body)
}

func (s *slow) Put(ctx context.Context, section, key string, rev uint64, body any) (uint64, error) {
	job, is := body.(book.Job)
	switch {
	case is && job.Over() && s.lose > 0:
		s.lose--
		return 0, errors.New("cut")
	case is && rev == 0:
		time.Sleep(s.put)
	}
	return s.Book.Put(ctx, section, key, rev, body)
}

// TestAJobEndsInOneRow: both nodes see that nothing is left of a job, and one
// writes it down, however long the book takes; once, if the line behind it is cut.
func TestAJobEndsInOneRow(t *testing.T) {
	for name, b := range map[string]slow{"slowly": {act: 5 * time.Second}, "cut": {lose: 2}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				y, one := positioned(t)
				b.Book = one.Book
				one.Book, one.Audit.Book = &b, &b
				two := y.jobs(t, "b", &b)
				defer running(t, one)()
				defer running(t, two)()
				plan, err := planned(t, two, book.Forget)
				if err != nil {
					t.Fatal(err)
				}
				job, err := two.Apply(t.Context(), plan.ID, plan.Hash, "lan")
				if err != nil {
					t.Fatal(err)
				}
				if view, err := two.Wait(t.Context(), job.ID, time.Minute); err != nil || view.State != book.Finished {
					t.Fatalf("%+v %v", view, err)
				}
				time.Sleep(time.Minute)
				all := strings.Join(rows(t, one.Audit), "|")
				if n := strings.Count(all, "done lan job: "+job.ID); n != 1 {
					t.Errorf("%d rows: %s", n, all)
				}
			})
		})
	}
}

// TestTwoOrdersInOneMoment: two nodes are asked to move one stream at once; one
// of them does.
func TestTwoOrdersInOneMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, one := positioned(t)
		b := &slow{Book: one.Book, put: time.Second}
		one.Book = b
		nodes, codes := []*Jobs{one, y.jobs(t, "b", b), y.jobs(t, "c", b)}, map[string]int{}
		var mu sync.Mutex
		for round := 1; round <= 2; round++ {
			var plans []book.Plan
			for i, j := range nodes {
				plan, err := planned(t, j, []string{book.Sweep, book.Forget, book.Sweep}[i])
				if err != nil {
					t.Fatal(err)
				}
				plans = append(plans, plan)
			}
			var group sync.WaitGroup
			for i, j := range nodes {
				group.Go(func() {
					_, err := j.Apply(t.Context(), plans[i].ID, plans[i].Hash, "lan")
					mu.Lock()
					codes[codeOf(err)]++
					mu.Unlock()
				})
			}
			group.Wait()
			if codes["<nil>"] != round || codes["GW-R094"] != 2*round || len(one.List()) != round {
				t.Fatalf("round %d: %v, %d jobs", round, codes, len(one.List()))
			}
			stop := running(t, one)
			if view, err := one.Wait(t.Context(), one.List()[0].ID, time.Minute); err != nil || view.State != book.Finished {
				t.Errorf("%+v %v", view, err)
			}
			stop()
		}
		// Its node died between the claim and the job.
		if _, err := b.Put(t.Context(), book.Moves, "a/t", 2, book.Move{Job: "nowhere", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"GW-R094", "<nil>"} {
			plan, err := planned(t, one, book.Sweep)
			if err == nil {
				_, err = one.Apply(t.Context(), plan.ID, plan.Hash, "lan")
			}
			if codeOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
			time.Sleep(claimLife)
		}
	})
}
