package canonical

import "time"

// DueSoonDays is how many days before its due date a matter is due soon,
// unless the caller decides otherwise.
const DueSoonDays = 2

// Timeliness judges a matter against its due date by the gateway's clock, so
// that it changes while the source is silent. It is empty for kinds
// that have no due date by nature (observations, reference data, ops).
//
// With precision "day" calendar days in the due date's own offset are
// compared, and the due day itself is in time. A finished matter
// without the time it was finished is "unknown": neither praised nor blamed
// (invariant 9). An unknown status counts as open.
func Timeliness(ix Index, kind Kind, now time.Time) string {
	return TimelinessWithin(ix, kind, now, DueSoonDays)
}

// TimelinessWithin is Timeliness with the days that count as due soon.
func TimelinessWithin(ix Index, kind Kind, now time.Time, soonDays int) string {
	if StatusList(kind) == "" {
		return ""
	}
	if ix.DueAt.IsZero() {
		return "no_due_date"
	}
	if Finished(kind, ix.Status) {
		return timelinessDone(ix)
	}
	if lateness(ix, now) > 0 {
		return "overdue"
	}
	if lateness(ix, now.AddDate(0, 0, soonDays)) >= 0 {
		return "due_soon"
	}
	return "in_time"
}

func timelinessDone(ix Index) string {
	switch {
	case ix.FinishedAt.IsZero():
		return StatusUnknown // Invariant 9
	case lateness(ix, ix.FinishedAt) > 0:
		return "done_late"
	default:
		return "done_in_time"
	}
}

// lateness is below, at or above zero when at is before, at or after the due
// date, in the due date's precision.
func lateness(ix Index, at time.Time) int {
	if ix.DuePrecision != "day" {
		return at.Compare(ix.DueAt)
	}
	return dayNumber(at.In(ix.DueAt.Location())) - dayNumber(ix.DueAt)
}

func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
