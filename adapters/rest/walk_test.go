package rest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

func TestFirstWalkListsAll(t *testing.T) {
	f := newFake(t, 95)
	got, pages, at := walkAll(t, openWith(t, f, settings(f)), nil)
	if len(got) != 95 || !pages[0].Start {
		t.Fatalf("%d rows, start %v", len(got), pages[0].Start)
	}
	if pages[len(pages)-1].Complete == nil {
		t.Errorf("a steady first walk proves that it listed everything; notes %v", pages[len(pages)-1].Notes)
	}
	n := f.requests()
	again, pages, next := walkAll(t, openWith(t, f, settings(f)), at)
	if len(again) != 0 || f.requests() != n+1 || string(next) != string(at) || pages[0].Complete != nil {
		t.Errorf("idle: %d rows, %d requests, same %v\n%s\n%s", len(again), f.requests()-n, string(next) == string(at), at, next)
	}
}

func TestChangesAndRemovals(t *testing.T) {
	f := newFake(t, 60)
	src := openWith(t, f, settings(f))
	_, _, at := walkAll(t, src, nil)
	f.clock.Advance(30 * time.Minute)
	f.change("k0007", "mới")
	got, _, at := walkAll(t, src, at)
	if len(got) != 1 || !strings.Contains(got["k0007"], "mới") {
		t.Fatalf("changed: %v", got)
	}
	f.remove("k0003")
	f.clock.Advance(25 * time.Hour)
	got, pages, _ := walkAll(t, src, at)
	if len(got) != 59 || pages[len(pages)-1].Complete == nil {
		t.Fatalf("sweep: %d rows, complete %v", len(got), pages[len(pages)-1].Complete)
	}
}

func TestRowsLeavingWhileWalking(t *testing.T) {
	f := newFake(t, 60)
	f.before = func(n int) {
		if n == 3 {
			f.remove("k0055") // of page 0, already read: everything after slips forward
		}
	}
	got, pages, _ := walkAll(t, openWith(t, f, settings(f)), nil)
	for _, r := range f.rows {
		if got[r.ID] == "" {
			t.Errorf("%s slipped through", r.ID)
		}
	}
	if last := pages[len(pages)-1]; last.Complete == nil {
		t.Errorf("the second walk was steady; notes %v", last.Notes)
	}
}

func TestRowsMovingProveNothing(t *testing.T) {
	f := newFake(t, 60)
	f.before = func(n int) {
		if n%3 == 0 {
			for i := range f.rows { // the oldest row moves to the front
				if f.rows[i].ID == "k0000" {
					f.clock.Advance(time.Second)
					f.rows[i].At = f.clock.Now()
				}
			}
		}
	}
	src := openWith(t, f, settings(f))
	_, pages, at := walkAll(t, src, nil)
	if pages[len(pages)-1].Complete != nil {
		t.Error("a walk over moving rows proved absence")
	}
	f.before = nil
	f.clock.Advance(time.Minute)
	f.change("k0000", "cuối")
	if got, _, _ := walkAll(t, src, at); got["k0000"] == "" {
		t.Error("the moved row was lost")
	}
}

func TestEmptyIsSuspicious(t *testing.T) {
	f := newFake(t, 60)
	src := openWith(t, f, settings(f))
	_, _, at := walkAll(t, src, nil)
	_ = f.faults.Parse("empty")
	_, err := src.Pull(context.Background(), at)
	if p, ok := problem.As(err); !ok || p.Code != "GW-S015" {
		t.Fatalf("got %v", err)
	}
	if _, _, next := walkAll(t, openWith(t, f, settings(f)+"allow_empty: true\n"), at); next == nil {
		t.Error("allow_empty did not allow it")
	}
}

func TestFaultsAreClassed(t *testing.T) {
	cases := []struct {
		faults, code string
		class        problem.Fault
		after        time.Duration
	}{
		{"401", "GW-S004", problem.FaultHalt, 0},
		{"429:120", "GW-S006", problem.FaultRetry, 2 * time.Minute},
		{"502", "GW-S007", problem.FaultRetry, 0},
		{"cut", "GW-S008", problem.FaultRetry, 0},
		{"gzipbomb", "GW-S009", problem.FaultHalt, 0},
		{"htmllogin", "GW-S011", problem.FaultHalt, 0},
		{"nonjson", "GW-S060", problem.FaultRetry, 0},
		{"unsuccess", "GW-S013", problem.FaultRetry, 0},
		{"nocontent", "GW-S014", problem.FaultRetry, 0},
	}
	for _, c := range cases {
		t.Run(c.faults, func(t *testing.T) {
			f := newFake(t, 30)
			if err := f.faults.Parse(c.faults); err != nil {
				t.Fatal(err)
			}
			_, err := openWith(t, f, settings(f)).Pull(context.Background(), nil)
			p, ok := problem.As(err)
			class, after := problem.Class(err)
			if !ok || p.Code != c.code || class != c.class || after != c.after {
				t.Fatalf("got %v, class %v, after %v", err, class, after)
			}
			if strings.Contains(err.Error(), "0912345678") {
				t.Error("personal data in the error")
			}
		})
	}
}

func TestPagesThatRepeatOrStick(t *testing.T) {
	f := newFake(t, 60)
	_ = f.faults.Parse("stuck")
	src := openWith(t, f, settings(f))
	var at canonical.Checkpoint
	for range 20 {
		p, err := src.Pull(context.Background(), at)
		if err != nil {
			if p, ok := problem.As(err); !ok || p.Code != "GW-S016" {
				t.Fatal(err)
			}
			f.faults.Clear()
			if got, _, _ := walkAll(t, src, at); len(got) < 50 {
				t.Fatalf("after the fault %d rows", len(got))
			}
			return
		}
		at = p.Next
	}
	t.Fatal("a source that gives one page for ever was believed")
}

func TestOddPaging(t *testing.T) {
	for _, faults := range []string{"lastrepeat", "totals", "repeat@3", "shift@3", "shift:-1@3*1", "equaltimes", "bom", "charset", "numstr",
		"502@4", "cut@4*1", "empty@4*1"} {
		t.Run(faults, func(t *testing.T) {
			f := newFake(t, 57)
			if err := f.faults.Parse(faults); err != nil {
				t.Fatal(err)
			}
			src := openWith(t, f, settings(f))
			got := map[string]bool{}
			var at canonical.Checkpoint
			for range 60 {
				p, err := src.Pull(context.Background(), at)
				if err != nil {
					continue // asked again with the same checkpoint, as the scheduler does
				}
				for _, r := range p.Records {
					got[r.Key] = true
				}
				if at = p.Next; !p.More {
					break
				}
			}
			if len(got) != 57 {
				t.Errorf("%d of 57", len(got))
			}
		})
	}
}

func TestResumeAtEveryBoundary(t *testing.T) {
	f := newFake(t, 57)
	_, pages, _ := walkAll(t, openWith(t, f, settings(f)), nil)
	for i := range pages[:len(pages)-1] {
		_, tail, _ := walkAll(t, openWith(t, f, settings(f)), pages[i].Next)
		want := 0
		for _, p := range pages[i+1:] {
			want += len(p.Records)
		}
		// It goes on where it was, to the end, and only then is made again.
		again := slices.IndexFunc(tail, func(p adapters.Page) bool { return p.Start })
		if i == len(pages)-2 { // only the look at the first page was left: the rows were read by one process
			if again >= 0 || tail[len(tail)-1].Complete != nil {
				t.Errorf("before the last look: made again %v, proved %v", again >= 0, tail[len(tail)-1].Complete)
			}
			continue
		}
		if again < 0 {
			t.Fatalf("after page %d: a walk that was cut was believed", i)
		}
		before, after := 0, 0
		for at, p := range tail {
			if at < again {
				before += len(p.Records)
			} else {
				after += len(p.Records)
			}
			if p.Complete != nil && at < len(tail)-1 {
				t.Errorf("after page %d: what a restart forgot proves nothing", i)
			}
		}
		if before != want || after != 57 || tail[len(tail)-1].Complete == nil {
			proved := tail[len(tail)-1].Complete
			t.Errorf("after page %d: %d rows to the end, want %d; then %d, want 57; proved %v", i, before, want, after, proved)
		}
	}
}

func TestFutureTimesDoNotPoison(t *testing.T) {
	f := newFake(t, 30)
	f.rows[0].At = f.clock.Now().AddDate(50, 0, 0)
	src := openWith(t, f, settings(f))
	_, _, at := walkAll(t, src, nil)
	f.clock.Advance(time.Hour)
	f.change("k0005", "mới")
	if got, _, _ := walkAll(t, src, at); got["k0005"] == "" {
		t.Error("one wrong clock hid a change")
	}
}
