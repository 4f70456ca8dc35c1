package statistics

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// dimension reads an axis; own is its name in the file's own language, under
// which stands what no language changes.
func (px *pxFile) dimension(lang, name, own string) (*dimension, error) {
	d := &dimension{id: firstOf(px.one(lang, "VARIABLECODE", name), name), label: name}
	d.labels = px.get(lang, "VALUES", name)
	if len(d.labels) == 0 {
		return nil, errNoValue
	}
	d.codes = px.get(lang, "CODES", name)
	if len(d.codes) != len(d.labels) {
		d.codes = d.labels
	}
	timeval := px.get(lang, "TIMEVAL", name)
	if len(timeval) == 0 {
		timeval = px.get("", "TIMEVAL", own)
	}
	if len(timeval) > 0 {
		d.time = true
		d.freq, d.when = pxPeriods(timeval, len(d.labels))
	}
	d.time = d.time || px.one(lang, "VARIABLE-TYPE", name) == "T"
	return d, nil
}

var timeList = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^TLIST\(([A-Z])1?(?:,(\d{4})(\d*)-(\d{4})(\d*))?\)?`)
})

// pxPeriods reads TIMEVAL: TLIST(Q1),"20071","20072" or TLIST(Q1,"20071"-"20074").
// It names the periods whatever letters the table's own values have.
func pxPeriods(timeval []string, values int) (freq string, when []string) {
	found := timeList().FindStringSubmatch(timeval[0])
	if found == nil {
		return "", nil
	}
	if freq = strings.ToUpper(found[1]); freq == "H" {
		freq = "S"
	}
	listed := timeval[1:]
	if found[2] != "" {
		listed = pxRange(freq, found[2:], values)
	}
	if len(listed) != values {
		return freq, nil // which is which cannot be told
	}
	return freq, listed
}

// pxRange counts from one period to another: year and number of each.
func pxRange(freq string, ends []string, most int) (out []string) {
	top := map[string]int{"A": 1, "S": 2, "Q": 4, "M": 12}[freq]
	part := func(i int) int { n, _ := strconv.Atoi(ends[i]); return n }
	if top == 0 || (ends[1] == "") != (top == 1) {
		return nil
	}
	year, number := part(0), max(part(1), 1)
	for len(out) < most && (year < part(2) || year == part(2) && number <= max(part(3), 1)) {
		text := strconv.Itoa(year)
		if top > 1 {
			text += fmt.Sprintf("%0*d", len(ends[1]), number)
		}
		out = append(out, text)
		if number++; number > top {
			year, number = year+1, 1
		}
	}
	return out
}

// carries reports whether an axis is that of contents: the one the table names,
// or, where it names none, one whose values have times of their own.
func (px *pxFile) carries(lang string, d *dimension) bool {
	if named := px.one(lang, "CONTVARIABLE"); named != "" {
		return named == d.label
	}
	return slices.ContainsFunc(d.labels, func(label string) bool { return px.one(lang, "LAST-UPDATED", label) != "" })
}

// single gives a keyword that stands once only, for whatever content.
func (px *pxFile) single(keyword string) (value string) {
	for name, values := range px.words {
		if strings.HasPrefix(name, keyword+"(") && len(values) > 0 {
			if value != "" {
				return ""
			}
			value = values[0]
		}
	}
	return value
}

// contents reads what each value of the contents variable is measured in, and
// when it was updated.
func (px *pxFile) contents(lang string, d *dimension, own string) {
	names := px.get("", "VALUES", own) // by which a file of several languages may still call them
	for i, label := range d.labels {
		said := func(keyword string, args ...string) string {
			if text := px.one(lang, keyword, append(slices.Clone(args), label)...); text != "" || i >= len(names) {
				return text
			}
			if len(args) > 0 {
				args = []string{own}
			}
			return px.one("", keyword, append(slices.Clone(args), names[i])...)
		}
		d.units = append(d.units, said("UNITS"))
		d.decimals = append(d.decimals, said("PRECISION", d.label))
		d.updated = append(d.updated, pxTime(said("LAST-UPDATED")))
	}
	if strings.Join(d.updated, "") == "" {
		d.updated = nil
	}
}

// pxTime writes 20230525 15:42 as 2023-05-25T15:42. PX has no zone, and none is made up.
func pxTime(s string) string {
	day, clock, _ := strings.Cut(strings.TrimSpace(s), " ")
	if len(day) != 8 || strings.Trim(day, "0123456789") != "" {
		return s
	}
	day = day[:4] + "-" + day[4:6] + "-" + day[6:]
	if clock == "" {
		return day
	}
	return day + "T" + clock
}
