package statistics

import (
	"regexp"
	"strconv"
	"sync"

	"iocgateway/canonical/vntext"
)

// Period is the time a value is of. Freq is empty when the text was not understood.
type Period struct {
	vntext.Period
	name string // one form for all labels, for keys
}

// ParsePeriod reads a period as codes and labels write it: see vntext.
func ParsePeriod(text, freq string) Period {
	p := vntext.ParsePeriod(text, freq)
	return Period{p, p.Name}
}

func (p Period) keyPart(d member) string {
	switch {
	case p.name != "":
		return p.name
	case d.code != "":
		return d.code
	default:
		return d.label
	}
}

// yearAndNumber is a period that is only numbered: 2005 - 1, 2005:1, 2007K1.
var yearAndNumber = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:19|20|21)\d\d) ?[^\d ]? ?(\d{1,2})$`)
})

// numberedFreq tells what the periods of an axis count where they are only
// numbered: by the axis' name, or by how far the numbers go in its full years.
// Empty: neither says it.
func numberedFreq(values []string, names ...string) string {
	top := map[string]int{}
	for _, v := range values {
		found := yearAndNumber().FindStringSubmatch(vntext.Fold(v))
		if found == nil {
			return ""
		}
		n, _ := strconv.Atoi(found[2])
		top[found[1]] = max(top[found[1]], n)
	}
	for _, name := range names {
		switch vntext.Fold(name) {
		case "quy", "quarter", "quarters", "kvartal", "trimestre":
			return "Q"
		case "thang", "month", "months", "manad", "maned", "mes":
			return "M"
		case "tuan", "week", "weeks", "vecka", "uke", "uge":
			return "W"
		case "nua nam", "half", "half-year", "halvar":
			return "S"
		}
	}
	return fullYears(top)
}

// fullYears goes by the highest number of each year. One year alone, or years
// that end differently, may be cut anywhere.
func fullYears(top map[string]int) string {
	ends := map[int]int{} // number → years that end with it
	highest := 0
	for _, n := range top {
		ends[n]++
		highest = max(highest, n)
	}
	switch {
	case highest > 53:
		return ""
	case highest > 12:
		return "W"
	case highest > 4:
		return "M"
	case len(top) < 2 || ends[highest] < len(top)-1: // the newest year may have begun only
		return ""
	case highest == 4:
		return "Q"
	case highest == 2:
		return "S"
	}
	return ""
}
