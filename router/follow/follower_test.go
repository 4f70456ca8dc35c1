package follow

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

func TestFollowerSendsAllInOrderAndMarksSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(3)
		tp.add(20_000, 700)
		f := tp.follower(0)
		if err := tp.run(t, f); err != nil {
			t.Fatal(err)
		}
		if err := tp.judge(0); err != nil {
			t.Fatal(err)
		}
		last := make(journal.Position, 3)
		for _, e := range tp.got {
			if e.Prev != last[e.Part] {
				t.Fatalf("%d/%d names %d as the one before, want %d", e.Part, e.Seq, e.Prev, last[e.Part])
			}
			last[e.Part] = e.Seq
		}
		if tp.marked > 6 || !tp.marks["x"].Covers(tp.head()) {
			t.Fatalf("%d marks, the last %v of %v", tp.marked, tp.marks["x"], tp.head())
		}
		st := f.Status()
		if st.Behind != 0 || st.Sent != 20_000 || st.Running || st.LevelAt.IsZero() || !st.At.Covers(st.Head) {
			t.Fatalf("%+v", st)
		}
	})
}

// eager is the bug: it marks what it read before it was sent.
type eager struct{ *tape }

func (e eager) Changes(ctx context.Context, feed canonical.Feed, f journal.Filter, after journal.Position,
	limit int) (journal.Changes, error) {
	c, err := e.tape.Changes(ctx, feed, f, after, limit)
	if err == nil {
		err = e.Mark(ctx, "x", feed, c.Next)
	}
	return c, err
}

// lazy is another: it never marks.
type lazy struct{ *tape }

func (lazy) Mark(context.Context, string, canonical.Feed, journal.Position) error { return nil }

// killed kills a follower at every effect in turn, starts it again, and gives
// the first broken promise.
func killed(tb testing.TB, change func(*tape, *Follower)) error {
	const page, count = 3, 120
	for at := 1; ; at++ {
		tp := newTape(2)
		tp.add(count, 11)
		tp.effects = at
		f := tp.follower(page)
		change(tp, f)
		if err := tp.run(tb, f); err != nil {
			return err
		}
		if !tp.dead {
			return nil
		}
		tp.effects = -1
		again := tp.follower(page)
		change(tp, again)
		if err := tp.run(tb, again); err != nil {
			return err
		}
		if err := tp.judge(markPages * page); err != nil {
			return fmt.Errorf("killed at %d: %w", at, err)
		}
	}
}

func TestFollowerKilledAnywhereSkipsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if err := killed(t, func(*tape, *Follower) {}); err != nil {
			t.Error(err)
		}
	})
}

func TestFollowerKillFindsPlantedBugs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, plant := range map[string]func(*tape, *Follower){
			"marks before it sends": func(tp *tape, f *Follower) { f.View = eager{tp} },
			"never marks":           func(tp *tape, f *Follower) { f.Marks = lazy{tp} },
		} {
			err := killed(t, plant)
			t.Log(name, "→", err)
			if err == nil {
				t.Errorf("%s: not found", name)
			}
		}
	})
}

func TestFollowerBacksOffAndSkipsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(1)
		tp.add(10, 3)
		found := &problem.Problem{Code: "GW-Q026"}
		tp.fail = func(send int) error {
			switch {
			case send <= 8:
				return found
			case send == 9:
				return problem.Retry(found, 3*time.Minute)
			}
			return nil
		}
		f := tp.follower(5)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		pass(1500 * time.Millisecond)
		st := f.Status()
		if wait := time.Until(st.NextTry); st.Failures != 2 || st.Problem != found || st.Behind != 10 || wait != 1500*time.Millisecond {
			t.Errorf("the next try in %v, %+v", wait, st)
		}
		pass(time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		var waits []time.Duration
		for i := 1; i < 10; i++ {
			waits = append(waits, tp.times[i].Sub(tp.times[i-1]))
		}
		s := time.Second
		if want := []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 180 * s}; !slices.Equal(waits, want) {
			t.Errorf("waits %v, want %v", waits, want)
		}
		if st := f.Status(); st.Failures != 0 || st.Error != "" || st.Problem != nil {
			t.Errorf("after it went on: %+v", st)
		}
		if err := tp.judge(0); err != nil {
			t.Error(err)
		}
	})
}

func TestFollowerSpreadsWaits(t *testing.T) {
	f := &Follower{Marks: newTape(1), View: newTape(1), Name: "x", Feed: "task", Sink: newTape(1)}
	if err := f.complete(); err != nil {
		t.Fatal(err)
	}
	some := map[time.Duration]bool{}
	for range 200 {
		if d := f.wait(1); d != waitFirst {
			t.Fatalf("first wait %v", d)
		}
		d := f.wait(20)
		if d < waitMost/2 || d > waitMost {
			t.Fatalf("wait %v", d)
		}
		some[d] = true
	}
	if len(some) < 100 {
		t.Errorf("%d different waits of 200", len(some))
	}
}

func TestFollowerHaltStopsItAndItGoesOnAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(1)
		tp.add(20, 3)
		tp.fail = func(send int) error {
			if send == 3 {
				return problem.Halt(&problem.Problem{Code: "GW-Q025"})
			}
			return nil
		}
		f := tp.follower(5)
		err := tp.run(t, f)
		if class, _ := problem.Class(err); class != problem.FaultHalt {
			t.Fatalf("%v", err)
		}
		st := f.Status()
		if !st.Halted || st.Running || !st.NextTry.IsZero() || st.Behind != 10 {
			t.Fatalf("%+v", st)
		}
		if st.Problem == nil || st.Problem.Code != "GW-Q025" {
			t.Fatalf("it shows %v", st.Problem)
		}
		if err := tp.run(t, f); err != nil {
			t.Fatal(err)
		}
		if err := tp.judge(0); err != nil || f.Status().Halted {
			t.Fatal(err)
		}
	})
}

func TestFollowerWaitsAtTheTip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(2)
		f := tp.follower(0)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		for range 50 {
			pass(100 * time.Millisecond)
			tp.add(1, 9)
			synctest.Wait()
			got, _, _, head := tp.now()
			if uint64(got) != head.Sum() {
				t.Fatalf("%d sent of %d", got, head.Sum())
			}
		}
		if _, _, marked, _ := tp.now(); marked < 4 || marked > 7 {
			t.Errorf("%d marks in five seconds", marked)
		}
		pass(markEvery)
		_, sends, _, head := tp.now()
		if at, err := tp.Marked(ctx, "x", ""); err != nil || !at.Covers(head) {
			t.Errorf("a second later the mark is %v of %v (%v)", at, head, err)
		}
		pass(time.Hour)
		if _, again, _, _ := tp.now(); again != sends {
			t.Errorf("%d sends of nothing", again-sends)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestFollowerStoppedInMidSendSendsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(1)
		tp.add(40, 7)
		tp.slow = 2 * time.Second
		for range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- tp.follower(5).Run(ctx) }()
			pass(3 * time.Second)
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if err := tp.judge(0); err != nil {
			t.Error(err)
		}
	})
}
