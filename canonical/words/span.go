package words

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Zone is the zone in which people here read every time.
func Zone() *time.Location { return time.FixedZone("+07:00", 7*60*60) }

// Time is a date and a time of day, in Zone: 29/11/2026 03:41.
func Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(Zone()).Format("02/01/2006 15:04")
}

// Clock is Time to the second, where two in one minute are told apart.
func Clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(Zone()).Format("02/01/2006 15:04:05")
}

// Span is a duration in words, its two largest units at most and the second
// only where it matters.
func Span(d time.Duration, lang Lang) string {
	unit := func(n int, w Word) string { return strconv.Itoa(n) + " " + w.In(lang) }
	pair := func(n int, w Word, rest int, less Word) string {
		if rest == 0 {
			return unit(n, w)
		}
		return unit(n, w) + " " + unit(rest, less)
	}
	second, minute, hour := Word{"giây", "s"}, Word{"phút", "min"}, Word{"giờ", "h"}
	days := func(n int) Word {
		if n == 1 {
			return Word{"ngày", "day"}
		}
		return Word{"ngày", "days"}
	}
	switch n := int(d.Hours()) / 24; {
	case d < 0:
		return "−" + Span(-d, lang)
	case d > 0 && d < 50*time.Millisecond:
		return Word{"dưới 0,1 giây", "under 0.1 s"}.In(lang)
	case d < 10*time.Second:
		return tenths(d, lang) + " " + second.In(lang)
	case d < time.Minute:
		return unit(int(d.Seconds()), second)
	case d < 10*time.Minute:
		return pair(int(d.Minutes()), minute, int(d.Seconds())%60, second)
	case d < time.Hour:
		return unit(int(d.Minutes()), minute)
	case d < 48*time.Hour && d != 24*time.Hour:
		return pair(int(d.Hours()), hour, int(d.Minutes())%60, minute)
	case n < 10:
		return pair(n, days(n), int(d.Hours())%24, hour)
	default:
		return unit(n, days(n))
	}
}

func tenths(d time.Duration, lang Lang) string {
	s := strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0")
	if lang == Vietnamese {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Ago is how long ago something was. What is still to come is told as such.
func Ago(t, now time.Time, lang Lang) string {
	d := told(now.Sub(t))
	switch {
	case t.IsZero():
		return "–"
	case d < 0:
		return Until(-d, lang)
	case d < 5*time.Second:
		return Word{"vừa xong", "just now"}.In(lang)
	case lang == Vietnamese:
		return Span(d, lang) + " trước"
	}
	return Span(d, lang) + " ago"
}

// Until is how long until something is.
func Until(d time.Duration, lang Lang) string {
	return fmt.Sprintf(Word{"sau %s", "in %s"}.In(lang), Span(told(d), lang))
}

// told is an age as it is told: beyond a minute nobody counts seconds.
func told(d time.Duration) time.Duration {
	if d.Abs() >= time.Minute {
		return d.Truncate(time.Minute)
	}
	return d.Truncate(time.Second)
}

// Planned is when something planned comes: it is never past, and never "just
// finished"; what should have begun is due.
func Planned(t, now time.Time, lang Lang) string {
	if d := t.Sub(now).Truncate(time.Second); d > 0 {
		return Time(t) + ", " + Until(d, lang)
	}
	return Say("next", "due", lang)
}

// Number is a whole number with the language's grouping: 61.204 or 61,204.
func Number(n int, lang Lang) string {
	s := strings.TrimPrefix(strconv.Itoa(n), "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + Word{VI: ".", EN: ","}.In(lang) + s[i:]
	}
	if n < 0 {
		return "−" + s
	}
	return s
}

// Decimal is a number with one decimal, in the language's form.
func Decimal(n float64, lang Lang) string {
	text := strconv.FormatFloat(n, 'f', 1, 64)
	return Word{VI: strings.Replace(text, ".", ",", 1), EN: text}.In(lang)
}

// watched is a share, how many it is of, since when, and until when.
var watched = regexp.MustCompile(`^((?:\S+ )?\d+ %) / (\d+), (\d\d/\d\d/\d{4} \d\d:\d\d)(?: – (\d\d/\d\d/\d{4} \d\d:\d\d))?$`)

// Watched says a share of records with how many were looked at and when it was
// noticed; of what is over, that it was so then and until when.
func Watched(said string, lang Lang) string {
	m := watched.FindStringSubmatch(said)
	if m == nil {
		return said
	}
	n, _ := strconv.Atoi(m[2]) // digits alone
	if m[4] != "" {
		form := Word{"lúc phát hiện (%[3]s) là %[1]s trong %[2]s bản ghi đã xem, hết lúc %[4]s",
			"when it was noticed (%[3]s) %[1]s of the %[2]s records looked at, over at %[4]s"}
		return fmt.Sprintf(form.In(lang), m[1], Number(n, lang), m[3], m[4])
	}
	form := Word{"nay %s trong %s bản ghi đã xem (phát hiện lúc %s)", "now %s of the %s records looked at (noticed at %s)"}
	return fmt.Sprintf(form.In(lang), m[1], Number(n, lang), m[3])
}
