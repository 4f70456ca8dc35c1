package follow

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

func TestFollowerPassesOverWhatTheFilterLeavesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(2)
		tp.add(300, 40) // keys of two lengths: two sources
		f := tp.follower(10)
		f.Filter.Source = "b"
		if err := tp.run(t, f); err != nil {
			t.Fatal(err)
		}
		last := make(journal.Position, 2)
		want := 0
		for _, own := range tp.parts {
			for _, e := range own {
				if e.Source == "b" {
					want++
				}
			}
		}
		for _, e := range tp.got {
			if e.Source != "b" || e.Prev != last.At(e.Part) {
				t.Fatalf("%+v, the one before was %v", e, last)
			}
			last[e.Part] = e.Seq
		}
		if len(tp.got) != want || want == 0 || want == 300 || !tp.marks["x"].Covers(tp.head()) {
			t.Fatalf("%d sent, want %d; mark %v", len(tp.got), want, tp.marks["x"])
		}
		f.Filter.Source = "nobody"
		tp.add(300, 40)
		if err := tp.run(t, f); err != nil || !tp.marks["x"].Covers(tp.head()) || len(tp.got) != want {
			t.Fatalf("%v; mark %v of %v", err, tp.marks["x"], tp.head())
		}
	})
}

// pruned is a tape whose oldest changes are gone, and a follower that was
// somewhere in them.
func pruned(t *testing.T, restart Start) (*tape, *Follower, error) {
	tp := newTape(2)
	tp.add(100, 30)
	tp.floor = []uint64{21, 31}
	tp.marks["x"] = journal.Position{5, 40}
	f := tp.follower(7)
	f.Restart = restart
	return tp, f, tp.run(t, f)
}

func TestFollowerExpiredAsksAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp, f, err := pruned(t, "")
		found, _ := problem.As(err)
		if class, _ := problem.Class(err); class != problem.FaultHalt || found == nil {
			t.Fatalf("%v %+v", err, found)
		}
		if found.Code != "GW-Q027" || found.Value != "45" || found.Want != "50" {
			t.Fatalf("%+v", found)
		}
		if len(tp.got) > 0 || !f.Status().Halted {
			t.Fatalf("%d sent, %+v", len(tp.got), f.Status())
		}
	})
}

func TestFollowerExpiredRestartsAtTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp, f, err := pruned(t, StartOldest)
		if err != nil {
			t.Fatal(err)
		}
		tp.floor[1] = 41 // it had more of this one
		if err := tp.judge(0); err != nil {
			t.Error(err)
		}
		if st := f.Status(); st.Passed == nil || st.Passed.Code != "GW-Q027" || st.Failures != 0 {
			t.Errorf("what was passed over is not shown: %+v", st)
		}
	})
}

func TestFollowerExpiredRestartsFromASnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp, f, err := pruned(t, StartSnapshot)
		if err != nil {
			t.Fatal(err)
		}
		if st := f.Status(); st.Passed == nil || st.Snapshot {
			t.Errorf("%+v", st)
		}
		tp.current(t, journal.Position{5, 40})
	})
}

// current checks that the newest version behind a position is there of each key.
func (t *tape) current(tb testing.TB, after journal.Position) {
	tb.Helper()
	got := map[string]uint64{}
	for _, e := range t.got {
		got[e.ID] = max(got[e.ID], e.Seq)
	}
	for p, own := range t.parts {
		newest := map[string]uint64{}
		for _, e := range own {
			newest[e.ID] = e.Seq
		}
		for id, seq := range newest {
			if seq > after.At(p) && got[id] != seq {
				tb.Errorf("%s: %d sent, %d is current", id, got[id], seq)
			}
		}
	}
}

func TestFollowerBeginsWithASnapshotAndIsKilledInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for at := 1; ; at += 3 {
			tp := newTape(2)
			tp.add(300, 60)
			tp.floor = []uint64{100, 100} // older ones only the snapshot has
			tp.effects = at
			start := func() *Follower { f := tp.follower(4); f.From = StartSnapshot; return f }
			if err := tp.run(t, start()); err != nil {
				t.Fatal(err)
			}
			over := !tp.dead
			tp.effects = -1
			tp.floor[0] = tp.head()[0] // what is older is gone meanwhile
			tp.add(100, 60)
			f := start()
			if err := tp.run(t, f); err != nil {
				t.Fatalf("killed at %d: %v", at, err)
			}
			tp.current(t, nil)
			tp.add(20, 60)
			sent := len(tp.got)
			if err := tp.run(t, f); err != nil || len(tp.got) != sent+20 || f.Status().Passed != nil {
				t.Fatalf("killed at %d: afterwards %d sent, %v", at, len(tp.got)-sent, err)
			}
			if over {
				return
			}
		}
	})
}

// A reader who compares previous with the newest it saw must find no hole
// where there is none: behind a snapshot, and behind a restart.
func TestFollowerPreviousAfterASnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(1)
		tp.add(50, 5)
		tp.parts[0][49].Op = journal.OpGone // the head is in no snapshot
		f := tp.follower(3)
		f.From = StartSnapshot
		for range 3 {
			if err := tp.run(t, f); err != nil {
				t.Fatal(err)
			}
			tp.add(7, 5)
		}
		seen := uint64(0)
		for _, e := range tp.got {
			if e.Prev > seen {
				t.Errorf("%d names %d, the newest seen is %d", e.Seq, e.Prev, seen)
			}
			seen = max(seen, e.Seq)
		}
		// A hole of the Log itself shows.
		tp.got = nil
		tp.parts[0][len(tp.parts[0])-5].Prev = 1000
		if err := tp.run(t, f); err != nil || !slices.ContainsFunc(tp.got, func(e journal.Entry) bool { return e.Prev == 1000 }) {
			t.Errorf("what the Log names was lost: %v", err)
		}
	})
}

func TestFollowerBeginsNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(2)
		tp.add(50, 5)
		f := tp.follower(0)
		f.From = StartNow
		if err := tp.run(t, f); err != nil || len(tp.got) != 0 {
			t.Fatalf("%v, %d sent", err, len(tp.got))
		}
		tp.add(30, 5) // while it was down
		if err := tp.run(t, f); err != nil || len(tp.got) != 30 {
			t.Fatalf("%v, %d sent, want 30", err, len(tp.got))
		}
	})
}

func TestFollowerOpensItsSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := newTape(1)
		tp.add(10, 3)
		f := tp.follower(0)
		f.Sink, f.Open = nil, func(context.Context) (journal.Sink, error) {
			if tp.open++; tp.open < 4 {
				return nil, errors.New("not yet")
			}
			return tp, nil
		}
		if err := tp.run(t, f); err != nil || tp.open != 4 || tp.closed != 1 {
			t.Fatalf("%v, opened %d times, closed %d times", err, tp.open, tp.closed)
		}
		if err := tp.judge(0); err != nil {
			t.Error(err)
		}
	})
}

func TestFollowerRefusesNonsense(t *testing.T) {
	for name, spoil := range map[string]func(*Follower){
		"no name":      func(f *Follower) { f.Name = "" },
		"no such feed": func(f *Follower) { f.Feed = "nothing" },
		"no sink":      func(f *Follower) { f.Sink = nil },
		"start":        func(f *Follower) { f.From = "then" },
		"restart":      func(f *Follower) { f.Restart = StartNow },
	} {
		f := newTape(1).follower(0)
		spoil(f)
		if class, _ := problem.Class(f.Run(t.Context())); class != problem.FaultHalt {
			t.Errorf("%s: taken", name)
		}
	}
}
