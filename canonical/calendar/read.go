package calendar

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// file is a calendar as it is written.
type file struct {
	Offset string            `yaml:"offset"` // from UTC: +07:00
	Hours  []Span            `yaml:"hours" validate:"max=8"`
	Week   []string          `yaml:"week" validate:"dive,oneof=mon tue wed thu fri sat sun"`
	Days   map[string]oneDay `yaml:"days" validate:"max=5000,dive"`
	root   *strict.Node
}

// oneDay is a day, or several in a row: 2026-02-16..2026-02-20.
type oneDay struct {
	Kind  Kind   `yaml:"kind" validate:"required,oneof=holiday work half"`
	Name  string `yaml:"name" validate:"required,max=200"`
	State string `yaml:"state" validate:"required,oneof=announced expected"`
	Hours []Span `yaml:"hours" validate:"required_if=Kind half,max=8"`
}

// Read reads a calendar. What it says is laid over another; nil is none.
func Read(name string, data []byte, over *Calendar) (*Calendar, error) {
	root, err := strict.Parse(name, data)
	if err != nil {
		return nil, err
	}
	f := file{root: root}
	if err := strict.Decode(root, &f); err != nil {
		return nil, err
	}
	c := &Calendar{zone: time.FixedZone("+07:00", 7*3600), days: map[date]Day{}}
	if over != nil {
		*c = *over
		c.days = maps.Clone(over.days)
	}
	return c, errors.Join(f.offset(c), f.week(c), f.days(c))
}

func (f *file) offset(c *Calendar) error {
	if f.Offset == "" {
		return nil
	}
	t, err := time.Parse("-07:00", f.Offset)
	if err != nil {
		return f.root.At("offset").Wrong("GW-C026", "+07:00")
	}
	_, seconds := t.Zone()
	c.zone = time.FixedZone(f.Offset, seconds)
	return nil
}

func (f *file) week(c *Calendar) error {
	if f.Hours != nil {
		c.hours = f.Hours
	}
	if f.Week != nil {
		names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
		c.week = [7]bool{}
		for _, day := range f.Week {
			c.week[slices.Index(names, day)] = true
		}
	}
	if len(c.hours) == 0 {
		return f.root.Wrong("GW-C004", "hours")
	}
	return nil
}

func (f *file) days(c *Calendar) error {
	var problems []error
	node := f.root.Get("days")
	for name, d := range f.Days {
		at := node.Get(name)
		first, last, ok := daysOf(name)
		if !ok {
			p := at.Wrong("GW-C026", "2026-02-16 or 2026-02-16..2026-02-20")
			p.Value = problem.Short(name)
			problems = append(problems, p)
			continue
		}
		for day := first; !day.After(last); day = nextDay(day) {
			c.days[dateOf(day)] = Day{Name: d.Name, Kind: d.Kind, Hours: d.Hours, Announced: d.State == "announced"}
			c.last = max(c.last, day.Year())
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// daysMost is how many days stand in one line at most.
const daysMost = 31

func daysOf(name string) (first, last time.Time, ok bool) {
	from, to, several := strings.Cut(name, "..")
	if !several {
		to = from
	}
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return first, last, false
	}
	last, err = time.Parse(time.DateOnly, to)
	return first, last, err == nil && !last.Before(first) && last.Sub(first) <= daysMost*24*time.Hour
}

var spanForm = regexp.MustCompile(`^([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])$`)

// UnmarshalNode reads 07:30-11:30.
func (s *Span) UnmarshalNode(n *strict.Node) error {
	m := spanForm.FindStringSubmatch(n.Value)
	if m == nil {
		return n.Wrong("GW-C026", "07:30-11:30")
	}
	var at [4]int
	for i := range at {
		at[i], _ = strconv.Atoi(m[i+1]) // two digits, as the form says
	}
	s.From = time.Duration(at[0])*time.Hour + time.Duration(at[1])*time.Minute
	s.To = time.Duration(at[2])*time.Hour + time.Duration(at[3])*time.Minute
	if s.To <= s.From || s.To > 24*time.Hour {
		return n.Wrong("GW-C026", "an end after the beginning, within the day")
	}
	return nil
}
