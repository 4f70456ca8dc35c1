package city

import (
	"fmt"
	"slices"
	"time"

	"iocgateway/adapters/simkit"
)

// Document is an incoming or outgoing official document.
type Document struct {
	N         int
	ID        int // the source's number, above 10^6
	Out       bool
	Number    int
	Notation  string // UBND-VX
	Type      string
	TypeCode  int
	Subject   string
	Issuer    string // its name
	Agency    int    // index of the issuer; -1 is none of the agencies
	Signer    string
	Drafter   string
	Issued    time.Time
	Arrived   time.Time
	Urgency   int // 0 normal … 3
	Recipient []int
	Files     []string
	Due       time.Time
	States    []DocumentState
}

// DocumentState is a document from a moment on. Status is one of CHO_VAO_SO,
// CHO_XU_LY, CHO_PHAN_XU_LY, DANG_XU_LY, DA_XU_LY.
type DocumentState struct {
	At       time.Time
	Status   string
	Number   int  // changes when it is renumbered
	Recalled bool // no longer listed
	Handler  string
}

// When is the moment.
func (s DocumentState) When() time.Time { return s.At }

// DocumentView is a document as of a moment.
type DocumentView struct {
	*Document
	Now     DocumentState
	Updated time.Time
}

// RowKey is the document's number in the source.
func (v DocumentView) RowKey() string { return fmt.Sprint(v.ID) }

// RowTime is the time of change.
func (v DocumentView) RowTime() time.Time { return v.Updated }

// Display is number and notation: 123/UBND-VX.
func (v DocumentView) Display() string { return fmt.Sprintf("%d/%s", v.Now.Number, v.Notation) }

// DocumentsAt lists the documents that exist at t, oldest first. Recalled ones
// are in it, with Now.Recalled.
func (c *City) DocumentsAt(t time.Time) []DocumentView {
	out := make([]DocumentView, 0, len(c.Documents))
	for i := range c.Documents {
		if h := upTo(c.Documents[i].States, t); len(h) > 0 {
			now := h[len(h)-1]
			out = append(out, DocumentView{Document: &c.Documents[i], Now: now, Updated: now.At})
		}
	}
	return out
}

func (c *maker) makeDocuments() {
	n := c.all(c.Sizes.Documents)
	c.Documents = make([]Document, 0, n)
	last, given := map[string]Document{}, map[string]bool{} // by issuer and notation; numbers given
	for i := range n {
		r := simkit.NewRand(c.Seed, "document", i)
		d := c.newDocument(r, i)
		book := d.Issuer + "|" + d.Notation + "|" + fmt.Sprint(d.Issued.Year())
		for given[fmt.Sprint(book, d.Number)] {
			d.Number++
		}
		given[fmt.Sprint(book, d.Number)] = true
		if p := last[book]; p.Number != 0 && !p.Issued.Equal(d.Issued) && r.Chance(15) {
			d.Number = p.Number // given twice, as happens
		}
		last[book] = d
		c.liveDocument(r, &d)
		c.Documents = append(c.Documents, d)
	}
}

func (c *maker) newDocument(r simkit.Rand, i int) Document {
	born := c.born(r, i, c.Sizes.Documents)
	if i < c.Sizes.Documents && i%4 == 1 { // a quarter lies in the year before
		year := c.Start.Year() - 1
		back := time.Date(year, 12, 31, 16, 0, 0, 0, Zone()).Add(-time.Duration(r.IntN(90*24)) * time.Hour)
		if !back.Before(c.work.days[0]) {
			born = c.work.at(c.work.hours(back))
		}
	}
	d := Document{N: i, ID: 1000001 + i*3, Out: r.Chance(40), Arrived: born, Urgency: r.IntN(12)}
	if d.Urgency > 3 {
		d.Urgency = 0
	}
	by := c.drawIssuer(r, d.Out)
	t, in := drawType(r, by), simkit.Pick(r, by.rooms)
	d.Issued = workday(born.Add(-time.Duration(r.IntN(72)) * time.Hour))
	d.Issuer, d.Agency, d.Type, d.TypeCode = by.name, by.agency, t.Name, t.Code
	d.Number, d.Notation = running(r, by, t, d.Issued), notation(by, t, in, d.Issued.Year())
	d.Subject = rough(r, summary(r, by, t, in.topic, d.Out, d.Issued))
	d.Signer, d.Drafter = c.official(by.name+", lãnh đạo", r.IntN(3)), c.official(by.name, r.IntN(staff))
	for k := range r.Between(1, 3) {
		d.Files = append(d.Files, fmt.Sprintf("%d_%d_vb.pdf", d.ID, k+1))
	}
	d.Recipient = c.recipients(r, by, d.Out)
	if asks := slices.Contains([]string{"", "CT", "KH", "CĐ", "TTr"}, t.Abbr); asks && !d.Out && r.Chance(80) {
		d.Due = c.due(born, r.Between(3, 20))
	}
	return d
}

// recipients are where a document goes: an incoming one to the province's
// office first, and none to who issued it.
func (c *maker) recipients(r simkit.Rand, by issuer, out bool) []int {
	var to []int
	if !out || by.level >= provinceDepartment && by.agency != 0 {
		to = append(to, 0)
	}
	for want := len(to) + r.Between(0, 3); len(to) < max(want, 1); {
		if a := r.IntN(len(c.Agencies)); a != by.agency && !slices.Contains(to, a) {
			to = append(to, a)
		}
	}
	return to
}

// workday is the day itself, or the last one before it on which offices were open.
func workday(t time.Time) time.Time {
	y, m, d := t.In(Zone()).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, Zone())
	for !working(day) {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

func (c *maker) liveDocument(r simkit.Rand, d *Document) {
	now := DocumentState{At: d.Arrived, Status: "CHO_VAO_SO", Number: d.Number, Handler: "Văn thư"}
	add := func(hours float64, status string) {
		if t := c.work.after(now.At, hours*(0.5+r.Float64())); t.After(now.At) {
			now.At = t
		} else {
			now.At = now.At.Add(time.Minute)
		}
		now.Status = status
		d.States = append(d.States, now)
	}
	d.States = append(d.States, now)
	now.Handler = d.Drafter
	if !d.Out {
		now.Handler = c.officer(r, d.Recipient[0])
	}
	add(2, "CHO_PHAN_XU_LY")
	add(4, "CHO_XU_LY")
	if r.Chance(3) {
		now.Number += 1000
		add(1, "CHO_XU_LY")
	}
	add(6, "DANG_XU_LY")
	if recalled, ago := r.Chance(10), c.Start.Sub(d.Arrived); recalled && ago < 45*24*time.Hour {
		if now.At.Before(c.Start) { // recalls are something to see happen, not history, and strike what is recent
			now.At = c.work.after(c.Start, r.Float64()*8*15)
		}
		now.Recalled = true
		add(3, "DANG_XU_LY")
		return
	}
	add(40, "DA_XU_LY")
}
