package mappings

import (
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/jsonscan"
	"iocgateway/canonical/problem"
)

// draft is the record in the making: its body as far as it is written, what
// its index is made of, and what fields leave behind for others.
type draft struct {
	plan    *Plan
	in      *input
	known   *known
	private *protection
	faults  *faults
	id      string
	out     output
	index   captures
	noted   noted
}

func (d *draft) reset(id string) {
	d.id = id
	d.out.reset()
	d.index, d.noted = captures{}, noted{}
}

// release forgets the Raw, so that nothing of it is held.
func (d *draft) release() {
	d.noted.uncoded()
	d.noted.id = nil
	d.out.dst = kept(d.out.dst)
}

// output is the body that is written.
type output struct {
	dst   []byte
	cut   int // where unread and notes go
	wrote int // values that came from the Raw
}

func (o *output) reset() { o.dst, o.cut, o.wrote = o.dst[:0], 0, 0 }

// text writes a text; quick: it needs no escape.
func (o *output) text(b []byte, quick bool) {
	o.dst = append(o.dst, '"')
	if quick {
		o.dst = append(o.dst, b...)
	} else {
		o.dst = jsonscan.AppendEscaped(o.dst, b)
	}
	o.dst = append(o.dst, '"')
}

// word writes a text of ours, which needs no escape.
func (o *output) word(s string) {
	o.dst = append(append(append(o.dst, '"'), s...), '"')
}

// insert puts unread and notes, known only at the end, into their place. The
// room it needs is given and given back.
func (o *output) insert(keys *envelope, unread []canonical.Unread, noZone bool, room []byte) []byte {
	tail := len(o.dst)
	for i, u := range unread {
		if o.dst = append(o.dst, ','); i == 0 {
			o.dst = append(append(o.dst, keys.unread...), '[')
		}
		o.dst = append(append(o.dst, '{'), keys.field...)
		o.text([]byte(u.Field), false)
		o.dst = append(append(o.dst, ','), keys.raw...)
		o.text([]byte(u.Raw), false)
		o.dst = append(append(o.dst, ','), keys.code...)
		o.word(u.Code)
		o.dst = append(o.dst, '}')
	}
	if len(unread) > 0 {
		o.dst = append(o.dst, ']')
	}
	if noZone {
		o.dst = append(append(o.dst, ','), keys.notes...)
		o.dst = append(o.dst, `["`+noteZone+`"]`...)
	}
	room = append(room[:0], o.dst[tail:]...)
	copy(o.dst[o.cut+len(room):], o.dst[o.cut:tail])
	copy(o.dst[o.cut:], room)
	return room
}

// noteZone is the note that instants without a zone were read in the source's.
const noteZone = "zone_assumed"

// captures are the few values the index of a record is made of.
type captures struct {
	ix    canonical.Index
	ranks [canonical.IndexMembers]uint8 // of what stands in a member; 0 when nothing does
}

// takes reports whether a field comes before what stands in a member.
func (c *captures) takes(in canonical.Indexed) bool {
	if c.ranks[in.Member] != 0 && c.ranks[in.Member] <= in.Rank {
		return false
	}
	c.ranks[in.Member] = in.Rank
	return true
}

// text takes a text of the Raw. One that many records have is kept once.
func (c *captures) text(n *node, b []byte, known *known) {
	for _, in := range n.indexed {
		if !c.takes(in) {
			continue
		}
		s := ""
		if in.Member != canonical.IndexTitle {
			s = known.word(b)
		}
		if s == "" {
			s = string(b)
		}
		c.ix.SetText(in.Member, s)
	}
}

// word takes a text that is held elsewhere.
func (c *captures) word(n *node, s string) {
	for _, in := range n.indexed {
		if c.takes(in) {
			c.ix.SetText(in.Member, s)
		}
	}
}

func (c *captures) time(n *node, at time.Time) {
	for _, in := range n.indexed {
		if c.takes(in) {
			c.ix.SetTime(in.Member, at)
		}
	}
}

// of gives the index of the record; at is the time of change.
func (c *captures) of(at time.Time) canonical.Index {
	ix := c.ix
	if ix.UpdatedAt.IsZero() {
		ix.UpdatedAt = at
	}
	return ix
}

// noted is what fields leave behind for others, or for the last check.
type noted struct {
	coded, label value  // what stood behind the last coded field
	id           []byte // the last identifier, before its norm
	due          dueDate
	noZone       bool   // an instant had no zone
	pair         string // what became of a pair of coordinates
	areaDay      string // the day a unit was found on
	unitNamed    bool   // a unit was looked up: why it has no code is on record
	first, last  string // of a period or validity
	value        bool   // there is an observed value
	missing      bool   // there is a reason for having none
}

// dueDate is how a due date was written.
type dueDate uint8

const (
	dueNever dueDate = iota
	dueDay
	dueMinute
)

// uncoded forgets what stood behind the last coded field.
func (o *noted) uncoded() { o.coded, o.label = value{}, value{} }

// day notes the first or last day of a period or validity.
func (o *noted) day(n *node, day []byte) {
	switch n.role {
	case canonical.RoleFirstDay, canonical.RoleValidFrom:
		o.first = string(day)
	case canonical.RoleLastDay, canonical.RoleValidTo:
		o.last = string(day)
	}
}

// check holds a record to the rules no single field can hold.
func (o *noted) check(c *checks) *problem.Problem {
	switch {
	case c.missing != "" && o.value && o.missing:
		return &problem.Problem{Code: "GW-V010", Field: c.missing}
	case c.missing != "" && !o.value && !o.missing:
		return &problem.Problem{Code: "GW-V001", Field: c.missing}
	case o.first == "" || o.last == "" || o.last > o.first || o.last == o.first && !c.strict:
		return nil
	}
	return &problem.Problem{Code: "GW-V007", Field: c.last, Value: o.last, Want: o.first}
}
