package city

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

func start() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, Zone()) }

func TestCityHasItsSizesAtTheStart(t *testing.T) {
	began := time.Now()
	c := New(1, start(), Sizes{})
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("making the city took %v", d)
	}
	if got := len(c.FeedbackAt(c.Start)); got != 1200 {
		t.Errorf("feedback = %d", got)
	}
	if got := len(c.DossiersAt(c.Start)); got != 5000 {
		t.Errorf("dossiers = %d", got)
	}
	if d, k := len(c.DocumentsAt(c.Start)), len(c.TasksAt(c.Start)); d != 400 || k != 400 {
		t.Errorf("documents %d, tasks %d", d, k)
	}
	if n := c.CountAt(c.Start); n.Dossiers != 5000 || n.Documents != 400 || n.Tasks != 400 || n.Feedback != 1200 || n.Calls != 2000 {
		t.Errorf("listed at the start: %+v", n)
	}
	later := c.Start.AddDate(0, 0, 40)
	if all, listed := len(c.DossiersAt(later)), len(c.KeysDossiers(later)); all-listed < 5 {
		t.Errorf("of %d dossiers %d are listed after 40 days: nothing was removed", all, listed)
	}
	if len(c.Indicators) != 60 {
		t.Errorf("indicators = %d", len(c.Indicators))
	}
}

func TestSameSeedSameCity(t *testing.T) {
	small := Sizes{Feedback: 50, Dossiers: 50, Documents: 20, Tasks: 20, Calls: 20}
	a, b := New(7, start(), small), New(7, start(), small)
	if !reflect.DeepEqual(a, b) {
		t.Fatal("two cities of one seed differ")
	}
	if reflect.DeepEqual(a.Feedback, New(8, start(), small).Feedback) {
		t.Fatal("two seeds, one city")
	}
}

func TestKeysAreUnique(t *testing.T) {
	c := New(3, start(), Sizes{})
	end := c.Start.AddDate(0, 0, 60)
	for name, keys := range map[string][]string{"dossiers": c.KeysDossiers(end), "feedback": c.KeysFeedback(end),
		"documents": c.KeysDocuments(end, 0), "tasks": c.KeysTasks(end), "observations": c.KeysObservations(end)} {
		if len(keys) == 0 || len(slices.Compact(slices.Clone(keys))) != len(keys) {
			t.Errorf("%s: %d keys, not unique", name, len(keys))
		}
	}
	codes := map[string]bool{}
	for _, v := range c.DossiersAt(end) {
		if codes[v.Now.Code] {
			t.Fatalf("two dossiers bear %s", v.Now.Code)
		}
		codes[v.Now.Code] = true
	}
}

func TestThingsMoveInWorkingHours(t *testing.T) {
	c := New(1, start(), Sizes{})
	moved := func(from, to time.Time) (created, changed int) {
		for _, v := range c.DossiersAt(to) {
			if v.Created.After(from) {
				created++
			} else if v.Updated.After(from) {
				changed++
			}
		}
		return
	}
	created, changed := moved(c.Start, c.Start.Add(7*24*time.Hour))
	if created < 100 || changed < 150 {
		t.Errorf("in a week %d created, %d changed", created, changed)
	}
	sunday := time.Date(2026, 11, 29, 0, 0, 0, 0, Zone())
	if n, m := moved(sunday, sunday.Add(24*time.Hour)); n+m > 20 {
		t.Errorf("on a Sunday %d created, %d changed", n, m)
	}
}

func TestHistoriesAreOrderedAndNotMonotone(t *testing.T) {
	c := New(1, start(), Sizes{})
	var back, gone, edited, renum, late, nfd int
	for _, d := range c.Dossiers {
		for i, s := range d.States[1:] {
			p := d.States[i]
			if s.At.Before(p.At) {
				t.Fatalf("dossier %d goes back in time", d.N)
			}
			if s.Status < p.Status {
				back++
			}
			if s.Gone {
				gone++
			}
			if s.Code != p.Code {
				renum++
			}
			if s.EditedTail != "" {
				edited++
			}
		}
		if !norm.NFC.IsNormalString(d.Subject) {
			nfd++
		}
	}
	for _, v := range c.DossiersAt(c.Start) {
		if v.NationStatus != 0 && v.NationStatus != v.Now.Status {
			late++
		}
	}
	for name, n := range map[string]int{"back": back, "gone": gone, "edited": edited, "renumbered": renum, "nation differs": late,
		"nfd": nfd} {
		if n < 10 {
			t.Errorf("%s: only %d", name, n)
		}
	}
}

func TestCalendarIsItsOwnInverse(t *testing.T) {
	c := newCalendar(start(), start().AddDate(0, 2, 0))
	for h := 0.0; h < 200; h += 0.37 {
		if got := c.hours(c.at(h)); got < h-0.001 || got > h+0.001 {
			t.Fatalf("hours(at(%v)) = %v", h, got)
		}
	}
}

func TestIndicatorsAreRevised(t *testing.T) {
	c := New(1, start(), Sizes{})
	a, b := c.ObservationsAt(c.Start), c.ObservationsAt(c.Start.AddDate(0, 0, 50))
	if len(b) <= len(a) {
		t.Errorf("nothing new was published: %d, %d", len(a), len(b))
	}
	was := map[string]string{}
	for _, v := range a {
		was[v.RowKey()] = v.Now.Value
	}
	revised, missing := 0, 0
	for _, v := range b {
		if old, ok := was[v.RowKey()]; ok && old != v.Now.Value {
			revised++
		}
		if v.Now.Value == "" {
			missing++
		}
	}
	if revised == 0 || missing == 0 {
		t.Errorf("revised %d, missing %d", revised, missing)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(1, start(), Sizes{})
	}
}
