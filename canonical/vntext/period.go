package vntext

import (
	"regexp"
	"slices"
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
	freq string
	// positions of year, number and day among the groups
	year, number, day int
}

const (
	yearForm  = `((?:19|20|21)\d\d)`
	monthName = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`
	// Written out in Vietnamese. Mười hai stands before mười and hai, as the longer one.
	monthWord = `(muoi hai|muoi mot|muoi|mot|gieng|hai|ba|tu|bon|nam|sau|bay|tam|chin|chap)`
	rankWord  = `([1-4](?:st|nd|rd|th)?|iv|i{1,3}|mot|nhat|hai|nhi|ba|tu|bon|first|second|third|fourth)`
)

// periodForms are the ways a period is written, on folded text (no marks, small).
var periodForms = sync.OnceValue(func() []periodForm {
	const y = yearForm
	form := func(pattern, freq string, year, number, day int) periodForm {
		return periodForm{regexp.MustCompile(`^(?:` + pattern + `)$`), freq, year, number, day}
	}
	return []periodForm{
		form(`(?:nam |year )?`+y, "A", 1, 0, 0),
		form(y+`-a1`, "A", 1, 0, 0),
		form(y+`[- ]?[sbh]([12])`, "S", 1, 2, 0),
		form(y+`[- ]?[qk]([1-4])`, "Q", 1, 2, 0), // k: kvartal
		form(y+`[- ]?m(\d\d?)`, "M", 1, 2, 0),
		form(y+`-?w(\d\d?)`, "W", 1, 2, 0),
		form(y+`-(\d\d)`, "M", 1, 2, 0),
		form(y+`-(\d\d)-(\d\d)(?:t[0-9:.+z-]*)?`, "D", 1, 2, 3),
		form(`(?:quy|q|quarter)\.? ?`+rankWord+`(?: nam |[ /.,-]+)`+y, "Q", 2, 1, 0),
		form(rankWord+` ?(?:q|quarter)(?: of|,)?[ /-]*`+y, "Q", 2, 1, 0),
		form(`(?:thang|t|month)\.? ?(\d\d?)(?: nam |[ /.-]+)`+y, "M", 2, 1, 0),
		form(`(\d\d?)[/.-]`+y, "M", 2, 1, 0),
		form(`(?:tuan|week|w) ?(\d\d?)(?: nam |[ /.-]+)`+y, "W", 2, 1, 0),
		form(`(\d\d?)/(\d\d?)/`+y, "D", 3, 2, 1),
		form(`(?:ngay )(\d\d?) thang (\d\d?) nam `+y, "D", 3, 2, 1),
		form(`(?:6|sau) thang (dau|cuoi)(?: nam)? `+y, "S", 2, 1, 0),
		form(`(?:h|half|nua) ?([12]|first|second|dau|cuoi)(?: nam |[ /.,-]+)`+y, "S", 2, 1, 0),
		form(`([12]|first|second|1st|2nd) ?(?:h|half)(?: of|,)?[ /-]*`+y, "S", 2, 1, 0),
		form(monthName+`[ /,-]+`+y, "M", 2, 1, 0),
		form(y+`[ /,-]*`+monthName, "M", 1, 2, 0),
		form(`thang `+monthWord+`(?: nam |[ /,-]+)`+y, "M", 2, 1, 0),
		form(`(\d\d?)[ -]`+monthName+`[ -]`+y, "D", 3, 2, 1),
		form(monthName+` (\d\d?), ?`+y, "D", 3, 1, 2),
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
	if p.months(rest) {
		return p
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

// numbered is a year and a number within it, with whatever the source puts
// between: 20241, 2024K1, 2024:1, 2005 - 1.
var numbered = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^` + yearForm + ` ?[^\d ]? ?0?(\d{1,2})$`)
})

// barePeriod reads a year and a number where the frequency is known; without
// it nobody can tell what the number counts.
func barePeriod(text, freq string) (string, bool) {
	if len(text) < 5 || len(text) > 10 {
		return "", false
	}
	if freq == "D" && len(text) == 8 && strings.Trim(text, "0123456789") == "" {
		return text[:4] + "-" + text[4:6] + "-" + text[6:], true
	}
	if text[4] == '-' && len(text) == 7 && text[5] != ' ' {
		return "", false // 2024-03 is a month, whatever the table's frequency
	}
	letter := map[string]string{"M": "m", "Q": "q", "S": "s", "H": "s", "W": "w"}[freq]
	found := numbered().FindStringSubmatch(text)
	if found == nil || letter == "" {
		return "", false
	}
	return found[1] + letter + found[2], true
}

// monthRange is from one month to another, both in one year or each with its own.
var monthRange = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + monthName + `(?: ` + yearForm + `)? ?(?:-|–|to) ?` + monthName + `|` +
		`thang (\d\d?)(?:/` + yearForm + `)? ?(?:-|–|den)(?: thang)? ?(\d\d?))(?: nam |[ /,])` + yearForm + `$`)
})

// months reads a span of months: Mar-May 1992, tháng 1 - tháng 3/2024. Only one
// of three, six or twelve months has a frequency; a span that would end before
// it begins belongs to two years, and which ones is not said.
func (p *Period) months(text string) bool {
	found := monthRange().FindStringSubmatch(text)
	if found == nil {
		return false
	}
	last, _ := strconv.Atoi(found[7])
	first := last
	if own := found[2] + found[5]; own != "" {
		first, _ = strconv.Atoi(own)
	}
	a, b := ordinal(found[1]+found[4]), ordinal(found[3]+found[6])
	if a < 1 || a > 12 || b < 1 || b > 12 {
		return true
	}
	span := (last-first)*12 + b - a + 1
	freq := map[int]string{3: "Q", 6: "S", 12: "A"}[span]
	if freq == "" {
		return true
	}
	if (a-1)%span == 0 {
		p.set(freq, first, (a-1)/span+1, 0)
		return true
	}
	from := time.Date(first, time.Month(a), 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, span, -1)
	p.Freq, p.Start, p.End = freq, from.Format(time.DateOnly), to.Format(time.DateOnly)
	p.Name = from.Format("2006-01") + "/" + to.Format("2006-01")
	return true
}

// ordinal is a number as digits, as a Roman numeral or as a word.
func ordinal(s string) int {
	for _, words := range [][]string{
		{"i", "ii", "iii", "iv"},
		{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
		{"mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi", "muoi mot", "muoi hai"},
		{"gieng", "", "", "bon", "", "", "", "", "", "", "", "chap"},
		{"first", "second", "third", "fourth"},
		{"nhat", "nhi"},
		{"dau", "cuoi"},
	} {
		if i := slices.Index(words, s); i >= 0 && s != "" {
			return i + 1
		}
	}
	n, _ := strconv.Atoi(strings.TrimRight(s, "stndrh"))
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
