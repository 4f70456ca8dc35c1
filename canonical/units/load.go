package units

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"iocgateway/canonical"
)

const (
	head    = "units 1"
	maxText = 64 << 20 // of a table as text: a hundred times today's
)

// readText reads all of a table, unpacking gzip.
func readText(r io.Reader) (string, error) {
	in := bufio.NewReader(r)
	var from io.Reader = in
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		zip, err := gzip.NewReader(in)
		if err != nil {
			return "", err
		}
		from = zip
	}
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(from, maxText+1))
	switch {
	case err != nil:
		return "", err
	case n > maxText:
		return "", errors.New("larger than 64 MiB")
	case !utf8.ValidString(b.String()):
		return "", errors.New("not UTF-8")
	}
	return b.String(), nil
}

type loader struct {
	table *Table
	line  int
	made  []madeFrom
	also  []alias
}

// alias is another spelling of the unit of a code that ended on a day.
type alias struct {
	line           int
	code, to, name string
}

// madeFrom is an edge whose ends are not looked up yet.
type madeFrom struct {
	line     int
	unit     int32
	old      string
	partOnly bool
}

func (l *loader) read(text string) error {
	first, rest, _ := strings.Cut(text, "\n")
	if l.line = 1; strings.TrimSpace(first) != head {
		return fmt.Errorf("the first line is not %q", head)
	}
	l.table.units = make([]unit, 0, strings.Count(text, "\nu\t"))
	for line := range strings.SplitSeq(rest, "\n") {
		l.line++
		line = strings.TrimSuffix(line, "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := l.entry(strings.Split(line, "\t")); err != nil {
			return err
		}
	}
	if len(l.table.units) == 0 || l.table.asOf == "" {
		return errors.New("no units or no day")
	}
	return l.connect()
}

func (l *loader) entry(f []string) error {
	switch {
	case f[0] == "asof" && len(f) == 2:
		if !realDay(canonical.Date(f[1])) {
			return fmt.Errorf("no day: %q", f[1])
		}
		l.table.asOf = canonical.Date(f[1])
	case f[0] == "origin" && len(f) == 3:
		l.table.origin = append(l.table.origin, Origin{Day: canonical.Date(f[1]), Name: f[2]})
	case f[0] == "u" && len(f) == 8:
		return l.unit(f)
	case f[0] == "alias" && len(f) == 4 && f[3] != "":
		l.also = append(l.also, alias{line: l.line, code: f[1], to: f[2], name: f[3]})
	default:
		return errors.New("neither asof, origin, alias nor a unit of eight columns")
	}
	return nil
}

// unit reads: u, code, first day, day after the last, parent, decree, what it
// was made from (codes, "~" before one that gave only a part), name.
func (l *loader) unit(f []string) error {
	u := unit{code: f[1], from: f[2], to: f[3], parent: f[4], decree: f[5], name: f[7]}
	level, ok := levelOf(u.code)
	if !ok || u.name == "" {
		return fmt.Errorf("no unit: %q %q", u.code, u.name)
	}
	u.level = level
	for _, day := range []string{u.from, u.to} {
		if day != "" && !realDay(canonical.Date(day)) {
			return fmt.Errorf("no day: %q", day)
		}
	}
	if u.to != "" && u.to <= u.from {
		return fmt.Errorf("%s ends before it begins", u.code)
	}
	i := int32(len(l.table.units))
	for _, other := range l.table.codes[u.code] {
		if o := &l.table.units[other]; (o.to == "" || u.from < o.to) && (u.to == "" || o.from < u.to) {
			return fmt.Errorf("%s stands for two units at once", u.code)
		}
	}
	for old := range strings.FieldsSeq(f[6]) {
		code, part := strings.CutPrefix(old, "~")
		l.made = append(l.made, madeFrom{line: l.line, unit: i, old: code, partOnly: part})
	}
	l.table.units = append(l.table.units, u)
	l.table.codes[u.code] = append(l.table.codes[u.code], i)
	return nil
}

func levelOf(code string) (string, bool) {
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return "", false
		}
	}
	switch len(code) {
	case 2:
		return levelProvince, true
	case 3:
		return levelDistrict, true
	case 5:
		return levelCommune, true
	}
	return "", false
}

// connect finds the ends of all edges and the province of every unit.
func (l *loader) connect() error {
	t := l.table
	for _, m := range l.made {
		l.line = m.line
		old, ok := l.ending(m.old, t.units[m.unit].from)
		if !ok {
			return fmt.Errorf("%s is made from %s, which did not end that day", t.units[m.unit].code, m.old)
		}
		t.units[m.unit].made = append(t.units[m.unit].made, edge{unit: old, part: m.partOnly})
		t.units[old].went = append(t.units[old].went, edge{unit: m.unit, part: m.partOnly})
	}
	for _, a := range l.also {
		l.line = a.line
		i := slices.IndexFunc(t.codes[a.code], func(i int32) bool { return t.units[i].to == a.to })
		if i < 0 {
			return fmt.Errorf("no unit %s that ended on %q", a.code, a.to)
		}
		t.aliases = append(t.aliases, named{unit: t.codes[a.code][i], name: a.name})
	}
	for i := range t.units {
		u := &t.units[i]
		u.province = l.provinceOf(u)
		if u.province == "" {
			return fmt.Errorf("%s lies in no province", u.code)
		}
		if len(u.parent) == 3 {
			t.below[u.parent] = append(t.below[u.parent], int32(i))
		}
	}
	return nil
}

// ending is the unit of a code whose first day of being no more is this one.
func (l *loader) ending(code, day string) (int32, bool) {
	for _, i := range l.table.codes[code] {
		if l.table.units[i].to == day && day != "" {
			return i, true
		}
	}
	return 0, false
}

func (l *loader) provinceOf(u *unit) string {
	code := u.code
	if u.level != levelProvince {
		code = u.parent
	}
	if len(code) == 3 {
		above, ok := l.standing(code, u)
		if !ok {
			return ""
		}
		code = l.table.units[above].parent
	}
	if _, ok := l.standing(code, u); !ok || len(code) != 2 {
		return ""
	}
	return code
}

// standing is the unit of a code that stood when u began or, for units older
// than the list, when u ended.
func (l *loader) standing(code string, u *unit) (int32, bool) {
	for _, i := range l.table.codes[code] {
		o := &l.table.units[i]
		if o.from <= u.from && (o.to == "" || u.from < o.to) {
			return i, true
		}
	}
	return 0, false
}
