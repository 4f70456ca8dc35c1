package simkit

import (
	"math"
	"time"
)

// Ask is the page asked for. Base is the number of the first page (0 or 1).
type Ask struct{ Page, Size, Base int }

// Sheet is the page answered.
type Sheet[T any] struct {
	Rows  []T
	Page  int // as asked
	Pages int
	Total int
	Last  bool
}

// Window takes the page asked out of rows, bent by the paging faults.
func Window[T any](f *Faults, rows []T, ask Ask) Sheet[T] {
	if ask.Size < 1 {
		ask.Size = 10
	}
	if _, hit := f.Hit(Empty, ask.Page); hit {
		rows = nil
	}
	if x, hit := f.Hit(Cap, ask.Page); hit {
		rows = rows[:min(len(rows), int(x.Number(100)))]
	}
	total := len(rows)
	pages := (total + ask.Size - 1) / ask.Size
	at := max(ask.Page-ask.Base, 0)
	out := Sheet[T]{Page: ask.Page, Pages: pages, Total: total, Last: at >= pages-1}
	if _, hit := f.Hit(RepeatPage, ask.Page); hit && at > 0 {
		at--
	}
	if _, hit := f.Hit(LastRepeats, ask.Page); hit && at >= pages {
		at = max(pages-1, 0)
	}
	if _, hit := f.Hit(Stuck, ask.Page); hit {
		at, out.Last = 0, false
	}
	lo := total
	if at < pages {
		lo = at * ask.Size
	}
	if x, hit := f.Hit(Shift, ask.Page); hit && at > 0 && at < pages {
		lo = min(max(lo-int(x.Number(1)), 0), total)
	}
	out.Rows = rows[lo:min(lo+ask.Size, total)]
	if _, hit := f.Hit(Totals, ask.Page); hit {
		out.Total = total + 7 + 13*(ask.Page-ask.Base) // another figure on every page
		out.Pages = int(math.Ceil(float64(out.Total) / float64(ask.Size)))
	}
	if x, hit := f.Hit(LowTotals, ask.Page); hit {
		out.Total = map[string]int{"pages": pages, "one": max(total-1, 0)}[x.Arg]
		out.Pages = int(math.Ceil(float64(out.Total) / float64(ask.Size)))
	}
	return out
}

// Row is what row faults must know of a row.
type Row interface {
	RowKey() string
	RowTime() time.Time
}

// Bend applies the faults that hide or re-date rows: vanish, late, equaltimes,
// ahead and resync. retime gives a copy of a row with another time of change.
func Bend[T Row](f *Faults, now time.Time, rows []T, retime func(T, time.Time) T) []T {
	gone, vanish := f.Hit(Vanish, -1)
	late, lag := f.Hit(LateRows, -1)
	times := redating(f)
	if !vanish && !lag && len(times) == 0 {
		return rows
	}
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		key := r.RowKey()
		if vanish && Share(Vanish, key, gone.Number(5)) {
			continue
		}
		if lag && Share(LateRows, key, 20) && now.Sub(r.RowTime()) < late.Duration(2*time.Hour) {
			continue
		}
		for _, x := range times {
			if at := x.redate(now, key, r.RowTime()); !at.Equal(r.RowTime()) {
				r = retime(r, at)
			}
		}
		out = append(out, r)
	}
	return out
}

// redating are the faults that give rows another time, in the order in which they do.
func redating(f *Faults) (on []Fault) {
	for _, name := range []string{Resync, Ahead, EqualTimes} {
		if x, hit := f.Hit(name, -1); hit {
			on = append(on, x)
		}
	}
	return on
}

// redate is the time a row bears under a fault.
func (f Fault) redate(now time.Time, key string, at time.Time) time.Time {
	switch {
	case f.Name == Resync && Share(Resync, key, f.Number(50)) && at.Before(f.Since):
		return f.Since
	case f.Name == Ahead && Share(Ahead, key, 5):
		return now.Add(f.Duration(20 * time.Hour))
	case f.Name == EqualTimes:
		return at.Truncate(f.Duration(time.Hour))
	}
	return at
}

// Strange reports whether the row's status is to be one nobody listed.
// Ask once a request, and use the answer for its rows.
func Strange(f *Faults) func(key string) bool {
	x, hit := f.Hit(UnknownStatus, -1)
	if !hit {
		return func(string) bool { return false }
	}
	return func(key string) bool { return Share(UnknownStatus, key, x.Number(5)) }
}
