// Package calendar knows when an office works: its hours, public holidays and
// the days they are made up for, with their dates. Silence over Tết is no
// silence, and a promise may be one of working hours.
package calendar

import (
	_ "embed"
	"sync"
	"time"
)

//go:embed vietnam.yaml
var vietnam []byte

// Default is the calendar of Vietnam's offices, read at first use.
func Default() (*Calendar, error) { return defaultCalendar() }

var defaultCalendar = sync.OnceValues(func() (*Calendar, error) { return Read("vietnam.yaml", vietnam, nil) })

// Calendar is a working calendar. It is safe for concurrent use.
type Calendar struct {
	zone  *time.Location
	hours []Span
	week  [7]bool // by time.Weekday
	days  map[date]Day
	last  int // the last year it has days of
}

// Kind is what a day is that is not like its weekday.
type Kind string

// The kinds of days.
const (
	Holiday Kind = "holiday"
	Work    Kind = "work" // a day that makes up for another
	Half    Kind = "half" // its own hours only
)

// Day is a day that is not like its weekday.
type Day struct {
	Name  string
	Kind  Kind
	Hours []Span // of a half day
	// Announced: it was decided. Otherwise it is expected, by law and custom.
	Announced bool
}

// Span is a part of a day, from and to in time since midnight.
type Span struct{ From, To time.Duration }

type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

// On is what is known of the day at an instant beside its weekday.
func (c *Calendar) On(t time.Time) (Day, bool) {
	d, known := c.days[dateOf(t.In(c.zone))]
	return d, known
}

// Until is the last year the calendar has days of: after it weekdays alone
// count.
func (c *Calendar) Until() int { return c.last }

// spans are the working hours of the day at an instant.
func (c *Calendar) spans(t time.Time) []Span {
	d, known := c.days[dateOf(t)]
	switch {
	case known && d.Kind == Holiday:
		return nil
	case known && d.Kind == Half:
		return d.Hours
	case known || c.week[t.Weekday()]:
		return c.hours
	}
	return nil
}

// Working reports whether the office works at an instant.
func (c *Calendar) Working(t time.Time) bool {
	t = t.In(c.zone)
	at := t.Sub(midnight(t))
	for _, s := range c.spans(t) {
		if at >= s.From && at < s.To {
			return true
		}
	}
	return false
}

// WorkingDay reports whether the office works on the day of an instant.
func (c *Calendar) WorkingDay(t time.Time) bool { return len(c.spans(t.In(c.zone))) > 0 }

// longest is how many days are looked through: a clock that is wrong by
// centuries must not keep anybody waiting.
const longest = 20 * 366

// Next is the first instant from t on at which the office works; zero where it
// never does.
func (c *Calendar) Next(t time.Time) time.Time {
	t = t.In(c.zone)
	for range longest {
		start := midnight(t)
		for _, s := range c.spans(t) {
			if to := start.Add(s.To); t.Before(to) {
				return later(t, start.Add(s.From))
			}
		}
		t = nextDay(start)
	}
	return time.Time{}
}

// Between is the working time between two instants: of the office's hours.
func (c *Calendar) Between(from, to time.Time) time.Duration {
	return c.sum(from, to, c.spans)
}

// Elapsed is the time between two instants without the days on which the
// office does not work: a day that it works on counts whole, night included.
func (c *Calendar) Elapsed(from, to time.Time) time.Duration {
	return c.sum(from, to, func(t time.Time) []Span {
		if len(c.spans(t)) == 0 {
			return nil
		}
		return []Span{{0, 24 * time.Hour}}
	})
}

func (c *Calendar) sum(from, to time.Time, spans func(time.Time) []Span) (total time.Duration) {
	from, to = from.In(c.zone), to.In(c.zone)
	for day, n := midnight(from), 0; day.Before(to) && n < longest; day, n = nextDay(day), n+1 {
		for _, s := range spans(day) {
			begin, end := later(from, day.Add(s.From)), day.Add(s.To)
			if end.After(to) {
				end = to
			}
			total += max(end.Sub(begin), 0)
		}
	}
	return total
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
