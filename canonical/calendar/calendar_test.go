package calendar

import (
	"os"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical/problem"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse("2006-01-02 15:04 -07:00", text+" +07:00")
	if err != nil {
		t.Fatal(err)
	}
	return when.UTC() // whoever asks may be anywhere
}

func vietnamese(t *testing.T) *Calendar {
	t.Helper()
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWorking(t *testing.T) {
	c := vietnamese(t)
	for _, d := range []struct {
		at           string
		working, day bool
	}{
		{"2026-11-27 09:00", true, true},   // a Friday
		{"2026-11-27 07:29", false, true},  // before it opens
		{"2026-11-27 07:30", true, true},   //
		{"2026-11-27 11:30", false, true},  // at noon
		{"2026-11-27 17:00", false, true},  // the end is not in it
		{"2026-11-28 09:00", false, false}, // a Saturday
		{"2026-02-16 09:00", false, false}, // Tết
		{"2026-02-20 09:00", false, false}, //
		{"2026-02-23 09:00", true, true},   // the Monday after it
		{"2026-01-02 09:00", false, false}, // a Friday that was swapped …
		{"2026-01-10 09:00", true, true},   // … for this Saturday
		{"2024-05-04 15:00", true, true},   // and another
		{"2025-09-02 09:00", false, false},
		{"2031-06-03 09:00", true, true}, // beyond what is known: by the weekday
	} {
		if got := c.Working(at(t, d.at)); got != d.working {
			t.Errorf("%s: working %v", d.at, got)
		}
		if got := c.WorkingDay(at(t, d.at)); got != d.day {
			t.Errorf("%s: a working day %v", d.at, got)
		}
	}
	if d, known := c.On(at(t, "2026-02-17 00:00")); !known || d.Name != "Tết Bính Ngọ" || !d.Announced {
		t.Errorf("the first day of Tết is %+v", d)
	}
	if d, _ := c.On(at(t, "2027-02-05 00:00")); d.Announced {
		t.Error("2027 was announced by nobody yet")
	}
}

func TestBetween(t *testing.T) {
	c := vietnamese(t)
	const h = time.Hour
	for _, d := range []struct {
		from, to         string
		between, elapsed time.Duration
	}{
		{"2026-11-27 08:00", "2026-11-27 09:00", h, h},
		{"2026-11-27 11:00", "2026-11-27 14:00", h, 3 * h},                    // over noon
		{"2026-11-26 16:00", "2026-11-27 08:30", 2 * h, 16*h + h/2},           // over a night
		{"2026-11-27 16:00", "2026-11-30 08:30", 2 * h, 16*h + h/2},           // over a weekend
		{"2026-02-13 16:00", "2026-02-23 08:30", 2 * h, 16*h + h/2},           // over all of Tết
		{"2026-02-14 00:00", "2026-02-23 00:00", 0, 0},                        // nothing but Tết
		{"2026-01-09 16:00", "2026-01-12 08:30", 2*h + 7*h + h/2, 40*h + h/2}, // a Saturday that makes up
		{"2024-12-31 17:00", "2025-01-02 07:30", 0, 14*h + h/2},               // New Year
		{"2026-11-27 09:00", "2026-11-27 09:00", 0, 0},                        // no time
		{"2026-11-27 09:00", "2026-11-26 09:00", 0, 0},                        // backwards
	} {
		if got := c.Between(at(t, d.from), at(t, d.to)); got != d.between {
			t.Errorf("%s to %s: %v of work, want %v", d.from, d.to, got, d.between)
		}
		if got := c.Elapsed(at(t, d.from), at(t, d.to)); got != d.elapsed {
			t.Errorf("%s to %s: %v without days off, want %v", d.from, d.to, got, d.elapsed)
		}
	}
	if got := c.Elapsed(time.Time{}, at(t, "2026-11-27 09:00")); got <= 0 { // it ends
		t.Errorf("since the year 1: %v", got)
	}
}

func TestNext(t *testing.T) {
	c := vietnamese(t)
	for from, want := range map[string]string{
		"2026-11-27 09:10": "2026-11-27 09:10",
		"2026-11-27 12:00": "2026-11-27 13:30",
		"2026-11-27 17:00": "2026-11-30 07:30",
		"2026-02-13 17:00": "2026-02-23 07:30", // the Friday before Tết
		"2026-01-09 18:00": "2026-01-10 07:30", // a Saturday that makes up
	} {
		if got := c.Next(at(t, from)); !got.Equal(at(t, want)) {
			t.Errorf("after %s comes %v, want %s", from, got, want)
		}
	}
	never, err := Read("x", []byte("week: []\n"), c)
	if err != nil {
		t.Fatal(err)
	}
	never.days = nil
	if got := never.Next(at(t, "2026-11-27 09:10")); !got.IsZero() {
		t.Errorf("an office that never works does at %v", got)
	}
}

// TestACityLaysItsOwnOver: what its file names replaces, the rest stays.
func TestACityLaysItsOwnOver(t *testing.T) {
	c, err := Read("lich.yaml", []byte(`
hours: ["07:00-11:30"]
days:
  2026-02-20: {kind: work, name: "Trực", state: announced}
  2026-12-31: {kind: half, hours: ["07:30-09:00"], name: "Tổng kết", state: announced}
`), vietnamese(t))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"2026-02-20 07:10": true, "2026-02-19 09:00": false, "2026-11-27 14:00": false,
		"2026-12-31 08:30": true, "2026-12-31 09:30": false} {
		if got := c.Working(at(t, text)); got != want {
			t.Errorf("%s: working %v", text, got)
		}
	}
	if vietnamese(t).Working(at(t, "2026-02-20 09:00")) {
		t.Error("the embedded one was changed")
	}
}

func TestReadIsStrict(t *testing.T) {
	for text, want := range map[string]string{
		"hours: [\"7:30-11:30\"]":  "x.yaml:1:9",
		"hours: [\"11:30-07:30\"]": "x.yaml:1:9",
		"hours: [\"07:30-24:30\"]": "x.yaml:1:9",
		"week: [monday]":           "GW-C005",
		"hourz: []":                "GW-C002",
		"offset: Saigon":           "x.yaml:1:9",
		"days: {2026-02-30: {kind: holiday, name: x, state: announced}}":             "GW-C026",
		"days: {2026-02-20..2026-02-16: {kind: holiday, name: x, state: announced}}": "GW-C026",
		"days: {2026-02-20: {kind: feast, name: x, state: announced}}":               "GW-C005",
		"days: {2026-02-20: {kind: half, name: x, state: announced}}":                "GW-C004",
		"days: {2026-02-20: {kind: holiday, state: announced}}":                      "GW-C004",
	} {
		_, err := Read("x.yaml", []byte(text), vietnamese(t))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		if _, named := problem.As(err); err != nil && !named {
			t.Errorf("%s: %v is no problem", text, err)
		}
	}
	if _, err := Read("x.yaml", []byte("week: [mon]"), nil); err == nil {
		t.Error("a calendar without hours was taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(string(vietnam))
	f.Add("hours: [\"07:30-11:30\"]\nweek: [sun]\ndays: {2026-02-16..2026-03-16: {kind: half, hours: [\"00:00-24:00\"], name: x, state: expected}}")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Read("x.yaml", []byte(text), nil)
		if err != nil {
			return
		}
		from := time.Date(2026, 2, 13, 5, 0, 0, 0, time.UTC)
		to := from.Add(100 * time.Hour)
		work, days := c.Between(from, to), c.Elapsed(from, to)
		if work < 0 || days < 0 || days > 100*time.Hour {
			t.Errorf("%v of work, %v without days off", work, days)
		}
		if next := c.Next(from); !next.IsZero() && !c.Working(next) {
			t.Errorf("the next working moment is %v, and it does not work then", next)
		}
	})
}

// TestTheYearsAreWhole: each year has what the Labour Code gives, on days that
// were no days off anyway, and each swap both its days.
func TestTheYearsAreWhole(t *testing.T) {
	c := vietnamese(t)
	if _, err := os.Stat("vietnam.yaml"); err != nil {
		t.Fatal(err)
	}
	for year := 2024; year <= 2027; year++ {
		off, made := 0, 0
		for d, day := range c.days {
			if d.year != year {
				continue
			}
			weekday := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Weekday()
			inWeek := weekday != time.Saturday && weekday != time.Sunday
			switch {
			case day.Kind == Holiday && inWeek:
				off++
			case day.Kind == Work && !inWeek:
				made++
			case day.Kind == Work:
				t.Errorf("%v makes up on a weekday", d)
			}
		}
		if off-made < 9 || off-made > 11 {
			t.Errorf("%d has %d working days off and %d made up: the Labour Code gives 11, some on weekends", year, off, made)
		}
	}
}
