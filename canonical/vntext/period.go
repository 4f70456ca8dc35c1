package vntext

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Period is the time a value is of. Freq is empty when the text was not understood.
type Period struct {
	Freq       string // A S Q M W D
	Start, End string // first and last day, yyyy-mm-dd
	Label      string // as the source wrote it
	Flag       string // provisional or estimated, where the label is marked
	Name       string // one form for all labels: 2023, 2023-S1, 2023-Q1, 2023-01, 2023-W05, 2023-01-31
}

type periodForm struct {
	re   *regexp.Regexp
	freq string // empty: the form's own letter decides
	// positions of year, number and day among the groups
	year, number, day int
}

// periodForms are the ways a period is written, on folded text (no marks, small).
var periodForms = sync.OnceValue(func() []periodForm {
	const y = `((?:19|20|21)\d\d)`
	form := func(pattern, freq string, year, number, day int) periodForm {
		return periodForm{regexp.MustCompile(`^(?:` + pattern + `)$`), freq, year, number, day}
	}
	return []periodForm{
		form(`(?:nam |year )?`+y, "A", 1, 0, 0),
		form(y+`-a1`, "A", 1, 0, 0),
		form(y+`-?[sb]([12])`, "S", 1, 2, 0),
		form(y+`[- ]?q([1-4])`, "Q", 1, 2, 0),
		form(y+`[- ]?m(\d\d?)`, "M", 1, 2, 0),
		form(y+`-?w(\d\d?)`, "W", 1, 2, 0),
		form(y+`-(\d\d)`, "M", 1, 2, 0),
		form(y+`-(\d\d)-(\d\d)(?:t[0-9:.+z-]*)?`, "D", 1, 2, 3),
		form(`(?:quy|q|quarter)\.? ?([1-4]|iv|i{1,3})(?: nam |[ /.-]+)`+y, "Q", 2, 1, 0),
		form(`(?:thang|t|month)\.? ?(\d\d?)(?: nam |[ /.-]+)`+y, "M", 2, 1, 0),
		form(`(\d\d?)[/.-]`+y, "M", 2, 1, 0),
		form(`(?:tuan|week|w) ?(\d\d?)(?: nam |[ /.-]+)`+y, "W", 2, 1, 0),
		form(`(\d\d?)/(\d\d?)/`+y, "D", 3, 2, 1),
		form(`(?:ngay )(\d\d?) thang (\d\d?) nam `+y, "D", 3, 2, 1),
		form(`(?:6|sau) thang (dau|cuoi)(?: nam)? `+y, "S", 2, 1, 0),
		form(`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ -]`+y, "M", 2, 1, 0),
	}
})

// firmness takes off the words for how firm a label's values are.
func firmness(folded string) (rest, flag string) {
	for _, m := range []struct{ word, flag string }{
		{"so bo", "provisional"}, {"preliminary", "provisional"}, {"prel.", "provisional"}, {"prel", "provisional"}, {"(p)", "provisional"},
		{"uoc tinh", "estimated"}, {"uoc", "estimated"}, {"estimated", "estimated"}, {"estimate", "estimated"}, {"est.", "estimated"},
		{"(e)", "estimated"},
		{"du bao", "forecast"}, {"forecast", "forecast"},
	} {
		if before, after, found := strings.Cut(folded, m.word); found {
			return strings.Trim(before+" "+after, " ,:-()*"), m.flag
		}
	}
	return strings.Trim(folded, " ,:*"), ""
}

// ParsePeriod reads a period as codes and labels write it, English or
// Vietnamese. freq, where the table has it (A, S, Q, M, W, D), decides what
// digits without a letter mean: 202401 is a month under M, 20241 a quarter under Q.
func ParsePeriod(text, freq string) Period {
	p := Period{Label: text}
	if len(text) > 80 {
		return p
	}
	var rest string
	rest, p.Flag = firmness(Fold(text))
	rest = strings.Join(strings.Fields(rest), " ")
	if expanded, ok := barePeriod(rest, freq); ok {
		rest = expanded
	}
	for _, form := range periodForms() {
		found := form.re.FindStringSubmatch(rest)
		if found == nil {
			continue
		}
		year, _ := strconv.Atoi(found[form.year])
		number, day := 1, 0
		if form.number > 0 {
			number = ordinal(found[form.number])
		}
		if form.day > 0 {
			day, _ = strconv.Atoi(found[form.day])
		}
		p.set(form.freq, year, number, day)
		break
	}
	return p
}

// barePeriod reads digits without a letter where the frequency is known.
func barePeriod(text, freq string) (string, bool) {
	if len(text) < 5 || len(text) > 8 || strings.Trim(text, "0123456789") != "" {
		return "", false
	}
	switch {
	case freq == "M" && len(text) == 6:
		return text[:4] + "-" + text[4:], true
	case freq == "Q" && len(text) <= 6:
		return text[:4] + "q" + strings.TrimPrefix(text[4:], "0"), true
	case (freq == "H" || freq == "S") && len(text) == 5:
		return text[:4] + "s" + text[4:], true
	case freq == "W" && len(text) == 6:
		return text[:4] + "w" + text[4:], true
	case freq == "D" && len(text) == 8:
		return text[:4] + "-" + text[4:6] + "-" + text[6:], true
	}
	return "", false
}

func ordinal(s string) int {
	for i, word := range []string{"i", "ii", "iii", "iv"} {
		if s == word {
			return i + 1
		}
	}
	for i, word := range []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"} {
		if s == word {
			return i + 1
		}
	}
	switch s {
	case "dau":
		return 1
	case "cuoi":
		return 2
	}
	n, _ := strconv.Atoi(s)
	return n
}

func (p *Period) set(freq string, year, number, day int) {
	var from, to time.Time
	months := func(each int) {
		from = time.Date(year, time.Month((number-1)*each+1), 1, 0, 0, 0, 0, time.UTC)
		to = from.AddDate(0, each, -1)
	}
	top := map[string]int{"A": 1, "S": 2, "Q": 4, "M": 12, "W": 53, "D": 12}[freq]
	if number < 1 || number > top {
		return
	}
	y := strconv.Itoa(year)
	switch freq {
	case "A":
		months(12)
		p.Name = y
	case "S":
		months(6)
		p.Name = y + "-S" + strconv.Itoa(number)
	case "Q":
		months(3)
		p.Name = y + "-Q" + strconv.Itoa(number)
	case "M":
		months(1)
		p.Name = from.Format("2006-01")
	case "W":
		from = monday(year, number)
		to = from.AddDate(0, 0, 6)
		if isoYear, _ := from.ISOWeek(); isoYear != year {
			return
		}
		p.Name = y + "-W" + pad(number)
	case "D":
		from = time.Date(year, time.Month(number), day, 0, 0, 0, 0, time.UTC)
		if from.Day() != day {
			return // no such day
		}
		to = from
		p.Name = from.Format("2006-01-02")
	}
	p.Freq, p.Start, p.End = freq, from.Format("2006-01-02"), to.Format("2006-01-02")
}

// monday is the first day of an ISO week: week 1 holds 4 January.
func monday(year, week int) time.Time {
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	back := (int(fourth.Weekday()) + 6) % 7
	return fourth.AddDate(0, 0, (week-1)*7-back)
}

func pad(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
