package drift

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

// plain is a layout of so many spots with long names.
func plain(spots int) *Layout {
	l := &Layout{Frames: [][]Spot{nil}}
	for i := range spots {
		l.Frames[0] = append(l.Frames[0], Spot{ID: fmt.Sprint("s", i), Field: fmt.Sprint("trường.", i), Loss: LossEmpty,
			Path: fmt.Sprint(strings.Repeat("đường.dẫn.", 40), i)})
	}
	return l
}

// seen is a run of Raws of some kinds.
func seen(l *Layout, kinds map[string]int) *Sight {
	s := NewSight(l)
	for name, n := range kinds {
		s.Raws += n
		s.Frames[0].N += n
		s.Frames[0].From += n
		values := make([]string, len(l.Frames[0]))
		for i := range values {
			values[i] = strings.Repeat("ví dụ ", 20)
		}
		s.Frames[0].Kinds[name] = &Kind{N: n, Values: values}
	}
	return s
}

// take takes a run in, over a restart.
func take(p *Past, s *Sight, mapping string) *Past {
	p.Take(s, Occasion{At: time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC), Mapping: mapping, Begins: true, Ends: true})
	return Read(p.Encode())
}

// TestWhatIsRememberedIsBounded: the widest mapping there may be, with Raws of
// no two alike, members without end and words without end.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	l := plain(MaxSpots)
	p := &Past{}
	for run := range 30 {
		kinds := map[string]int{}
		for i := range 200 {
			b := []byte(strings.Repeat("t", MaxSpots) + "?")
			for j := range 12 {
				b[(i*7+run*31+j*j)%MaxSpots] = classes[(i+j+run)%12]
			}
			kinds[string(b)] = 1
		}
		s := seen(l, kinds)
		s.Looked = 200
		for i := range 500 {
			s.Members[fmt.Sprint(strings.Repeat("lạ.", 30), run, "/", i)] = &Member{Raws: 25, Example: strings.Repeat("x", 100)}
		}
		for i := range 300 {
			p.Meet(fmt.Sprint("trường.", i), fmt.Sprint(strings.Repeat("từ ", 30), run, i), time.Now())
		}
		p = take(p, s, "m@1")
		if n := len(p.Encode()); n > MaxBytes || n < 100 {
			t.Fatalf("run %d: %d bytes", run, n)
		}
	}
	if len(p.Frames) != 1 || len(p.Frames[0].Spots) != MaxSpots {
		t.Error("it began anew")
	}
}

// TestHowAnItemEnds: by itself when things are as they were, by a person's word
// with what is now as usual from there on, by a mapping that reads otherwise.
func TestHowAnItemEnds(t *testing.T) {
	broken := func() (*Past, *Layout) {
		l := plain(2)
		p := take(&Past{}, seen(l, map[string]int{"tt?": 40}), "m@1")
		p = take(p, seen(l, map[string]int{"t-?": 40}), "m@1")
		if len(p.Items) != 1 || p.Items[0].Spot != "s1" {
			t.Fatalf("%+v", p.Items)
		}
		return p, l
	}
	ended := func(p *Past, how string) {
		t.Helper()
		if len(p.Items) != 0 || len(p.Over) != 1 || p.Over[0].End != how {
			t.Errorf("%s: open %+v, over %+v", how, p.Items, p.Over)
		}
	}
	p, l := broken()
	if p = take(p, seen(l, map[string]int{"t-?": 300}), "m@1"); len(p.Items) != 1 {
		t.Errorf("it became usual by itself: %+v", p.Over)
	}
	ended(take(p, seen(l, map[string]int{"tt?": 40}), "m@1"), Back)

	p, l = broken()
	if got := p.Accept([]string{"khác"}, time.Now()); got != nil {
		t.Errorf("of another field: %+v", got)
	}
	p.Accept([]string{"trường.1"}, time.Now())
	for range 5 {
		p = take(p, seen(l, map[string]int{"t-?": 40}), "m@1")
	}
	ended(p, Accepted)
	if p = take(p, seen(l, map[string]int{"--?": 40}), "m@1"); len(p.Items) != 1 || p.Items[0].Spot != "s0" {
		t.Errorf("the other spot went unnoticed after that: %+v", p.Items)
	}

	p, _ = broken()
	other := plain(2)
	other.Frames[0][1].ID = "another rule"
	p = take(p, seen(other, map[string]int{"t-?": 40}), "m@2")
	ended(p, Mapped)
	p, l = broken()
	l.Frames[0] = append([]Spot{{ID: "new", Path: "n"}}, l.Frames[0]...)
	if p = take(p, seen(&Layout{Frames: l.Frames}, map[string]int{"tt-?": 40}), "m@2"); len(p.Items) != 1 {
		t.Errorf("another mapping ended what it does not account for: %+v", p.Over)
	}
}

// TestUnknownCodesThatStillComeAreNotBack: an item of codes, or of values that
// cannot be read, is over once as few are odd as before, and not while fewer come
// than would open it.
func TestUnknownCodesThatStillComeAreNotBack(t *testing.T) {
	for _, coded := range []bool{true, false} {
		for _, c := range []struct {
			before map[string]int
			then   map[string]int
			over   bool
		}{
			{map[string]int{"t?": 100}, map[string]int{"t?": 34, "T?": 6}, false}, // none before, 15 % now
			{map[string]int{"t?": 100}, map[string]int{"t?": 39, "T?": 1}, false},
			{map[string]int{"t?": 100}, map[string]int{"t?": 40}, true},
			{map[string]int{"t?": 95, "T?": 5}, map[string]int{"t?": 38, "T?": 2}, true}, // a twentieth, as ever
			{map[string]int{"t?": 95, "T?": 5}, map[string]int{"t?": 34, "T?": 6}, false},
		} {
			l := plain(1)
			l.Frames[0][0].Coded = coded
			p := take(&Past{}, seen(l, c.before), "m@1")
			p = take(p, seen(l, map[string]int{"t?": 20, "T?": 80}), "m@1")
			if len(p.Items) != 1 {
				t.Fatalf("%v: nothing was noticed", c.before)
			}
			p = take(p, seen(l, c.then), "m@1")
			if over := len(p.Items) == 0; over != c.over {
				t.Errorf("coded %v, before %v, then %v: over %v", coded, c.before, c.then, over)
			}
		}
	}
}

// TestWhatIsOverSaysWhatItWas: "now 80 %" beside "as it was before" says two things.
func TestWhatIsOverSaysWhatItWas(t *testing.T) {
	at := time.Date(2026, 11, 30, 1, 15, 0, 0, time.UTC)
	i := Item{What: Codes, Field: "status", Path: "st", Now: 0.8, Raws: 1306, First: at, Example: "X"}
	if got := i.Problem().Text("vi"); !strings.Contains(got, "nay 80 % trong 1.306 bản ghi đã xem (phát hiện lúc 30/11/2026 08:15)") {
		t.Error(got)
	}
	i.Ended, i.End = at.Add(time.Hour), Back
	for lang, want := range map[problem.Lang]string{
		"vi": "lúc phát hiện (30/11/2026 08:15) là 80 % trong 1.306 bản ghi đã xem, hết lúc 30/11/2026 09:15",
		"en": "when it was noticed (30/11/2026 08:15) 80 % of the 1,306 records looked at, over at 30/11/2026 09:15",
	} {
		if got := i.Problem().Text(lang); !strings.Contains(got, want) || strings.Contains(got, "nay 80") || strings.Contains(got, "now 80") {
			t.Error(got)
		}
	}
	i = Item{What: Type, Was: "number", Is: "text", Before: 1, Now: 1, Raws: 40, First: at}
	if got := i.Problem().Text("vi"); !strings.Contains(got, "trước number 100 %, nay text 100 % trong 40 bản ghi") {
		t.Error(got)
	}
}

// TestFewAreNeverJudged: nineteen Raws say nothing, however different.
func TestFewAreNeverJudged(t *testing.T) {
	l := plain(2)
	p := take(&Past{}, seen(l, map[string]int{"tt?": Least}), "m@1")
	p = take(p, seen(l, map[string]int{"--?": Least - 1}), "m@1")
	if len(p.Items) != 0 {
		t.Errorf("%+v", p.Items)
	}
	if p = take(p, seen(l, map[string]int{"--?": 1}), "m@1"); len(p.Items) != 2 {
		t.Errorf("twenty are enough: %+v", p.Items)
	}
}

// TestACutRunIsNotForgotten: what its pages showed is judged when the next run begins.
func TestACutRunIsNotForgotten(t *testing.T) {
	l := plain(2)
	p := take(&Past{}, seen(l, map[string]int{"tt?": 40}), "m@1")
	p.Take(seen(l, map[string]int{"t-?": 40}), Occasion{Mapping: "m@1", Begins: true})
	p = Read(p.Encode())
	if p.Take(NewSight(l), Occasion{Mapping: "m@1", Begins: true, Ends: true}); len(p.Items) != 1 {
		t.Errorf("%+v", p.Items)
	}
}

// FuzzRead: whatever text is remembered, it is gone on with.
func FuzzRead(f *testing.F) {
	l := plain(2)
	p := take(&Past{}, seen(l, map[string]int{"tt?": 40}), "m@1")
	p = take(p, seen(l, map[string]int{"t-?": 10, "tT?": 30}), "m@1")
	f.Add([]byte(p.Encode()))
	f.Add([]byte(`{"frames":[{"spots":[{"id":"s0","is":"t:9 ?:1"}],"kinds":{"":1,"t":2,"ttttt":3}}],"runs":[{"raws":30,"frames":[{"kinds":{"":5}}]}]}`))
	f.Add([]byte(`{"walked":true,"runs":[{"raws":30,"open":true,"frames":null}],"items":[{"spot":"s0","what":"type"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := Read(text)
		for range 3 {
			p = take(p, seen(l, map[string]int{"t-?": 15, "Tn?": 10}), "m@1")
			if !json.Valid(p.Encode()) || len(p.Encode()) > MaxBytes {
				t.Fatal("it cannot be written down")
			}
		}
	})
}

// BenchmarkTake is what a page costs beside its mapping and its commit: a page
// of 500 Raws of 30 kinds and 35 spots, judged, and written down.
func BenchmarkTake(b *testing.B) {
	l := plain(35)
	kinds := map[string]int{}
	for i := range 30 {
		name := []byte(strings.Repeat("t", 35) + "a")
		name[i] = Absent
		kinds[string(name)] = 500 / 30
	}
	p := take(&Past{}, seen(l, kinds), "m@1")
	s := seen(l, kinds)
	b.ReportAllocs()
	for b.Loop() {
		p.Take(s, Occasion{Mapping: "m@1", Begins: true, Ends: true})
		p.Encode()
	}
}
