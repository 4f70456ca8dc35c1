package rest

import (
	"strconv"
	"time"
)

// since is the time from which changes are asked for; empty where everything
// is.
func (s *Source) since(st *state) string {
	pl := s.plan
	switch early, _ := s.zones(st); {
	case pl.Watermark.Kind != "since":
		return ""
	case st.Walk.Kind == walkDelta && !st.Mark.IsZero():
		return s.format(st.from().Add(-pl.overlap), early)
	case pl.bounded():
		return s.format(st.Start, early)
	}
	return ""
}

// bounded: even everything is only what changed since the history begins.
func (pl *plan) bounded() bool { return pl.Watermark.Kind == "since" && pl.said.history }

// astray reports whether the watermark is ahead of what any clock may be: an
// earlier version believed a time that was. What was passed over since is in
// the whole list only.
func (s *Source) astray(st *state) bool {
	kind := s.plan.Watermark.Kind
	if kind != "since" && kind != "walk-desc" || !st.Mark.After(s.now().Add(s.cfg.Skew)) {
		return false
	}
	st.Mark = time.Time{}
	return true
}

// zones are those in which a time that names none may be meant: the one with
// the earlier clock, and the one with the later. Where nobody said which, the
// source itself shows it in what it lists.
func (s *Source) zones(st *state) (early, late *time.Location) {
	pl, other := s.plan, time.UTC
	switch {
	case pl.said.zone || pl.format.HasZone():
		return pl.zone, pl.zone
	case st.Zone != nil:
		other = time.FixedZone("", *st.Zone)
	case !pl.zoned():
		return pl.zone, pl.zone
	}
	_, mine := s.now().In(pl.zone).Zone()
	if _, its := s.now().In(other).Zone(); its < mine {
		return other, pl.zone
	}
	return pl.zone, other
}

// zoned reports whether the times of records may name their zone.
func (pl *plan) zoned() bool {
	for _, l := range pl.layouts {
		if l.HasZone() {
			return true
		}
	}
	return false
}

// zone notes the zone that a time was written in.
func (page *parsedPage) zone(t time.Time) {
	if _, east := t.Zone(); !page.zoned || east < page.east {
		page.east, page.zoned = east, true
	}
}

func (s *Source) format(t time.Time, in *time.Location) string {
	return string(s.plan.format.AppendFormat(nil, t.In(in)))
}

// window gives how the window is asked for. What the source does with the day
// that {to} names nobody knows, unless the profile says so: then windows
// overlap by that day. A time of day ends at the next window's beginning, and
// what lies within its last second is asked for too.
func (s *Source) window(st *state) (from, to, year string) {
	w, pl := st.Walk, s.plan
	if w.From.IsZero() {
		return "", "", ""
	}
	early, late := s.zones(st)
	turn := pl.Watermark.ByYear && pl.Watermark.To != "excluded" && w.To.In(pl.zone).Year() != w.From.In(pl.zone).Year()
	end := w.To
	if turn || pl.Watermark.To == "included" && !pl.format.HasTime() {
		end = end.Add(-time.Second)
	}
	return s.format(w.From, early), s.format(end, late), strconv.Itoa(w.From.In(pl.zone).Year())
}

// outside notices rows whose change lies outside what was asked for with the
// window that listed them: then the windows are of another time than Raw.At,
// and a scope of At would prove nothing.
func (s *step) outside() {
	w, parsed, pl := s.w, s.parsed, s.src.plan
	if w.To.IsZero() || parsed.oldest.IsZero() {
		return
	}
	before, after := time.Duration(0), time.Second
	if !pl.format.HasTime() {
		after = 0
		if pl.Watermark.To != "included" && pl.Watermark.To != "excluded" {
			after = 24 * time.Hour
		}
	}
	if early, late := s.src.zones(s.st); early != late {
		before, after = 24*time.Hour, after+24*time.Hour
	}
	if parsed.oldest.Before(w.From.Add(-before)) || !parsed.newest.Before(w.To.Add(after)) {
		w.Moved = true
	}
}

// windows sets how far a walk over windows reads. The upper bound may come
// from our clock: it only has to lie beyond the newest row.
func (s *Source) windows(st *state, w *walk, now time.Time) {
	pl := s.plan
	if st.Start.IsZero() {
		st.Start = s.day(now.Add(-pl.history))
	}
	newest := now
	if st.Mark.After(now) {
		newest = st.Mark
	}
	w.Until = s.day(newest).AddDate(0, 0, 2)
	span := time.Duration(0)
	switch w.Kind {
	case walkDelta:
		span = max(pl.Watermark.Reread, pl.overlap)
	case walkSweep:
		span = pl.Sweep.Span
	}
	w.Lo = st.Start
	if span > 0 {
		base := newest
		if w.Kind == walkDelta && !st.Mark.IsZero() && st.Mark.Before(now) {
			base = st.from() // never skip what came while we were away
		}
		w.Lo = maxTime(s.day(base.Add(-span)), st.Start)
	}
	w.From = w.Lo
	w.To = s.windowEnd(w.From, w.Until)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *Source) day(t time.Time) time.Time {
	y, m, d := t.In(s.plan.zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.plan.zone)
}

func (s *Source) windowEnd(from, until time.Time) time.Time {
	end := s.day(from.Add(s.plan.chunk))
	if s.plan.Watermark.ByYear {
		if turn := time.Date(from.In(s.plan.zone).Year()+1, 1, 1, 0, 0, 0, 0, s.plan.zone); turn.Before(end) {
			end = turn
		}
	}
	if until.Before(end) {
		end = until
	}
	return end
}
