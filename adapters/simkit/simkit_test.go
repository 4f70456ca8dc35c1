package simkit

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestClockRunsAtItsSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		c := NewClock(start, 60)
		time.Sleep(time.Minute)
		if got := c.Now().Sub(start); got != time.Hour {
			t.Errorf("after a minute at 60×: %v", got)
		}
		c.Advance(24 * time.Hour)
		c.SetSpeed(0)
		time.Sleep(time.Hour)
		if got := c.Now().Sub(start); got != 25*time.Hour {
			t.Errorf("standing: %v", got)
		}
		c.Set(start)
		if !c.Now().Equal(start) || c.Speed() != 0 {
			t.Error("Set did not set")
		}
	})
}

func TestParseFaults(t *testing.T) {
	cases := []struct {
		in   string
		want string // of the first fault; empty is an error
	}{
		{"401@7", "{401  7 1 [] 0}"}, {"429:3,502", "{429 3 0 0 [] 0}"}, {"stall:2s*3", "{stall 2s 0 3 [] 0}"},
		{"repeat#2#3", "{repeat  0 0 [2 3] 0}"}, {"502%25", "{502  0 0 [] 25}"}, {" cut@2*4 , ,", "{cut  2 4 [] 0}"},
		{"quatsch", ""}, {"401@x", ""}, {"401%0", ""}, {"401%NaN", ""}, {"401%101", ""}, {"cut@-1", ""},
	}
	for _, c := range cases {
		got, err := ParseFaults(c.in)
		if (err != nil) != (c.want == "") {
			t.Errorf("%q: err = %v", c.in, err)
			continue
		}
		if err == nil {
			f := got[0]
			if s := fmt.Sprint("{"+f.Name+" "+f.Arg, " ", f.From, " ", f.For, " ", f.Pages, " ", f.Prob, "}"); s != c.want {
				t.Errorf("%q = %s, want %s", c.in, s, c.want)
			}
		}
	}
}

func FuzzParseFaults(f *testing.F) {
	for _, s := range []string{"401@7,429:3,502,stall:2s,cut", "repeat#2%5*3@1", "a:b:c@@", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		faults, err := ParseFaults(s)
		if err != nil {
			return
		}
		sw := NewFaults(nil, 1)
		for _, x := range faults {
			if err := sw.Set(x); err != nil {
				t.Fatalf("parsed but not set: %v", err)
			}
		}
	})
}

func TestScopeOfFaults(t *testing.T) {
	f := NewFaults(nil, 1)
	if err := f.Parse("401@3*2,429#1"); err != nil {
		t.Fatal(err)
	}
	var hits []int
	for i := 1; i <= 6; i++ {
		if _, hit := f.Hit(Unauthorized, 0); hit {
			hits = append(hits, i)
		}
	}
	if fmt.Sprint(hits) != "[3 4]" {
		t.Errorf("401@3*2 hit %v", hits)
	}
	_, on0 := f.Hit(TooMany, 0)
	_, on1 := f.Hit(TooMany, 1)
	if on0 || !on1 {
		t.Errorf("429#1: page 0 %v, page 1 %v", on0, on1)
	}
}

func TestChanceAndSwitches(t *testing.T) {
	f := NewFaults(nil, 1)
	if err := f.Parse("502%50"); err != nil {
		t.Fatal(err)
	}
	n := 0
	for range 400 {
		if _, hit := f.Hit(BadGateway, 0); hit {
			n++
		}
	}
	if n < 150 || n > 250 || f.Fired(BadGateway) != n {
		t.Errorf("502%%50 hit %d of 400, fired counts %d", n, f.Fired(BadGateway))
	}
	if err := f.Set(Fault{Name: "nope"}); err == nil {
		t.Error("an unknown fault was taken")
	}
	f.Clear()
	if len(f.Active()) != 0 {
		t.Error("Clear left something on")
	}
	var none *Faults
	if _, hit := none.Hit(Cut, 0); hit || none.Fired(Cut) != 0 || none.Active() != nil {
		t.Error("a nil switchboard is not off")
	}
}

func TestFaultsAreSafeTogether(t *testing.T) {
	f := NewFaults(NewClock(time.Unix(0, 0), 0), 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				_ = f.Set(Fault{Name: Cut, Prob: 50})
				f.Hit(Cut, i)
				f.Active()
				f.Clear(Cut)
			}
		})
	}
	wg.Wait()
}

func TestWindow(t *testing.T) {
	rows := make([]int, 25)
	for i := range rows {
		rows[i] = i
	}
	cases := []struct {
		faults string
		page   int
		want   string
	}{
		{"", 0, "[0 1 2 3 4 5 6 7 8 9] 25 3 false"}, {"", 2, "[20 21 22 23 24] 25 3 true"}, {"", 3, "[] 25 3 true"},
		{"repeat", 1, "[0 1 2 3 4 5 6 7 8 9] 25 3 false"}, {"lastrepeat", 9, "[20 21 22 23 24] 25 3 true"},
		{"stuck", 2, "[0 1 2 3 4 5 6 7 8 9] 25 3 false"}, {"shift:2", 2, "[18 19 20 21 22 23 24] 25 3 true"},
		{"shift:-1", 2, "[21 22 23 24] 25 3 true"}, {"empty", 0, "[] 0 0 true"}, {"totals", 1, "[10 11 12 13 14 15 16 17 18 19] 45 5 false"},
	}
	for _, c := range cases {
		f := NewFaults(nil, 1)
		if err := f.Parse(c.faults); err != nil {
			t.Fatal(err)
		}
		s := Window(f, rows, Ask{Page: c.page, Size: 10})
		got := fmt.Sprint(s.Rows, s.Total, s.Pages, s.Last)
		if got != c.want {
			t.Errorf("%q page %d: %s, want %s", c.faults, c.page, got, c.want)
		}
	}
	if s := Window(nil, rows, Ask{Page: 1, Size: 10, Base: 1}); s.Rows[0] != 0 || s.Last {
		t.Errorf("page 1 of base 1: %+v", s)
	}
}

type row struct {
	key string
	at  time.Time
}

func (r row) RowKey() string     { return r.key }
func (r row) RowTime() time.Time { return r.at }

func TestBend(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 17, 0, 0, time.UTC)
	clock := NewClock(now, 0)
	var rows []row
	for i := range 400 {
		rows = append(rows, row{fmt.Sprint("k", i), now.Add(-time.Duration(i) * time.Minute)})
	}
	bend := func(list string) []row {
		f := NewFaults(clock, 1)
		if err := f.Parse(list); err != nil {
			t.Fatal(err)
		}
		return Bend(f, now, rows, func(r row, t time.Time) row { r.at = t; return r })
	}
	if n := len(bend("vanish:10")); n < 340 || n > 385 {
		t.Errorf("vanish:10 left %d of 400", n)
	}
	late := len(bend("late"))
	if late >= 400 || late < 360 {
		t.Errorf("late hid %d", 400-late)
	}
	again := 0
	for _, r := range bend("resync") {
		if r.at.Equal(now) {
			again++
		}
	}
	if again < 150 || again > 250 {
		t.Errorf("resync re-dated %d", again)
	}
	for _, r := range bend("equaltimes") {
		if r.at.Minute() != 0 {
			t.Fatalf("equaltimes left %v", r.at)
		}
	}
}
