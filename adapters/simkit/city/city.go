package city

import (
	"sort"
	"time"

	"iocgateway/adapters/simkit"
)

// Sizes is how many matters there are at the start. Zero fields take the
// default: 1,200 feedback, 5,000 dossiers, 400 documents, 400 tasks, 2,000
// calls, 60 indicators; 200 days behind the start and 60 days ahead of it.
type Sizes struct {
	Feedback, Dossiers, Documents, Tasks, Calls, Indicators int
	Behind, Ahead                                           int // days
}

func (s Sizes) filled() Sizes {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&s.Feedback, 1200)
	set(&s.Dossiers, 5000)
	set(&s.Documents, 400)
	set(&s.Tasks, 400)
	set(&s.Calls, 2000)
	set(&s.Indicators, 60)
	set(&s.Behind, 200)
	set(&s.Ahead, 60)
	return s
}

// City is the whole: what there is, was and will be until Start + Ahead.
type City struct {
	Seed       uint64
	Start      time.Time
	Sizes      Sizes
	Communes   []Commune
	Agencies   []Agency
	Procedures []Procedure
	Dossiers   []Dossier
	Feedback   []Feedback
	Documents  []Document
	Tasks      []Task
	Calls      []Call
	Indicators []Indicator
}

// maker makes a city: what it needs for that is not part of it.
type maker struct {
	*City
	categories []Category
	staff      [][staff]string
	work       calendar
	past       float64 // hours of work from the calendar's first day to Start
	skip       float64 // hours of work before Behind
}

// New makes the city.
func New(seed uint64, start time.Time, sizes Sizes) *City {
	s := sizes.filled()
	start = start.In(Zone())
	c := maker{City: &City{Seed: seed, Start: start, Sizes: s, Communes: Communes(), Procedures: procedures()}, categories: Categories()}
	c.Agencies = agencies(c.Communes)
	c.hire()
	from := start.AddDate(0, 0, -s.Behind)
	first := time.Date(2025, 1, 1, 0, 0, 0, 0, Zone())
	if from.Before(first) {
		first = from
	}
	c.work = newCalendar(first, start.AddDate(0, 0, s.Ahead+120))
	c.past, c.skip = c.work.hours(start), c.work.hours(from)
	c.makeDossiers()
	c.makeFeedback()
	c.makeDocuments()
	c.makeTasks()
	c.makeCalls()
	c.makeIndicators()
	return c.City
}

// born is when thing i of a family of n begins: those below n before the
// start, at an even pace in hours of work, and the rest after it at the same.
func (c *maker) born(r simkit.Rand, i, n int) time.Time {
	pace := (c.past - c.skip) / float64(n)
	if i < n {
		t := c.work.at(c.skip + (float64(i)+r.Float64())*pace)
		if !t.Before(c.Start) {
			t = c.Start.Add(-time.Duration(1+r.IntN(3600)) * time.Second)
		}
		return t
	}
	t := c.work.at(c.past + (float64(i-n)+0.05+0.9*r.Float64())*pace)
	if !t.After(c.Start) {
		t = c.Start.Add(time.Duration(1+r.IntN(600)) * time.Second)
	}
	return t
}

// all is how many of a family of n to make, with those ahead of the start.
func (c *maker) all(n int) int {
	ahead := c.work.hours(c.Start.AddDate(0, 0, c.Sizes.Ahead)) - c.past
	return n + int(ahead/((c.past-c.skip)/float64(n)))
}

// upTo is the part of a history that had happened by t.
func upTo[S interface{ When() time.Time }](states []S, t time.Time) []S {
	return states[:sort.Search(len(states), func(i int) bool { return states[i].When().After(t) })]
}

// due is the end of work so many working days after t.
func (c *maker) due(t time.Time, days int) time.Time {
	y, m, d := c.work.after(t, float64(days)*8).Date()
	return time.Date(y, m, d, 17, 0, 0, 0, Zone())
}

// Agency is the agency at the index, or the zero Agency.
func (c *City) Agency(i int) Agency {
	if i < 0 || i >= len(c.Agencies) {
		return Agency{Commune: -1}
	}
	return c.Agencies[i]
}
