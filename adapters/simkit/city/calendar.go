package city

import (
	"math"
	"sort"
	"time"
)

// Zone is the city's time zone.
func Zone() *time.Location { return time.FixedZone("+07", 7*3600) }

// calendar turns hours of work (8 a working day: 7:30–11:30 and 13:00–17:00)
// into times and back.
type calendar struct {
	days []time.Time // midnights of the working days, ascending
}

func newCalendar(from, to time.Time) calendar {
	var c calendar
	y, m, d := from.In(Zone()).Date()
	for day := time.Date(y, m, d, 0, 0, 0, 0, Zone()); day.Before(to); day = day.AddDate(0, 0, 1) {
		if working(day) {
			c.days = append(c.days, day)
		}
	}
	return c
}

// working tells whether offices are open: not at weekends, nor on the holidays
// that keep their date.
func working(day time.Time) bool {
	switch day.Format("01-02") {
	case "01-01", "04-30", "05-01", "09-02":
		return false
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// at is the time after so many hours of work since the calendar began.
func (c calendar) at(hours float64) time.Time {
	hours = max(hours, 0)
	n := int(hours / 8)
	if n >= len(c.days) { // beyond the calendar: far in the future, never seen
		return c.days[len(c.days)-1].AddDate(1, 0, n-len(c.days))
	}
	in := hours - float64(n)*8
	clock := 7.5 + in
	if in >= 4 {
		clock += 1.5
	}
	return c.days[n].Add(time.Duration(math.Round(clock*3600)) * time.Second)
}

// hours is how much work there was until t.
func (c calendar) hours(t time.Time) float64 {
	n := sort.Search(len(c.days), func(i int) bool { return c.days[i].After(t) }) - 1
	if n < 0 {
		return 0
	}
	clock := t.Sub(c.days[n]).Hours()
	var in float64
	switch {
	case clock <= 7.5:
	case clock < 11.5:
		in = clock - 7.5
	case clock < 13:
		in = 4
	case clock < 17:
		in = clock - 9
	default:
		in = 8
	}
	return float64(n)*8 + in
}

// after is t plus so many hours of work.
func (c calendar) after(t time.Time, hours float64) time.Time {
	return c.at(c.hours(t) + hours)
}
