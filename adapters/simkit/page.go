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
	return out
}

// Row is what row faults must know of a row.
type Row interface {
	RowKey() string
	RowTime() time.Time
}

// Bend applies the faults that hide or re-date rows: vanish, late, equaltimes
// and resync. retime gives a copy of a row with another time of change.
func Bend[T Row](f *Faults, now time.Time, rows []T, retime func(T, time.Time) T) []T {
	gone, vanish := f.Hit(Vanish, -1)
	late, lag := f.Hit(LateRows, -1)
	step, equal := f.Hit(EqualTimes, -1)
	again, resync := f.Hit(Resync, -1)
	if !vanish && !lag && !equal && !resync {
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
		if resync && Share(Resync, key, again.Number(50)) && r.RowTime().Before(again.Since) {
			r = retime(r, again.Since)
		}
		if equal {
			r = retime(r, r.RowTime().Truncate(step.Duration(time.Hour)))
		}
		out = append(out, r)
	}
	return out
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
