package canonical

import (
	"time"

	"iocgateway/canonical/problem"
)

// IndexOf gives the members of an entity that lists filter and sort by. at is
// the source's time of change, used where the body does not say when it was
// updated.
//
// CreatedAt falls back to when the matter was filed or received, Title to the
// next best line, FinishedAt to when the result was given out.
func IndexOf(e Entity, at time.Time) Index {
	var ix Index
	if e == nil {
		return ix
	}
	if base := e.Base(); base != nil {
		ix = baseIndex(base)
	}
	switch v := e.(type) {
	case *Document:
		v.index(&ix)
	case *Task:
		v.index(&ix)
	case *Dossier:
		v.index(&ix)
	case *Feedback:
		v.index(&ix)
	case *Observation:
		v.index(&ix)
	default:
		referenceIndex(e, &ix)
	}
	if ix.UpdatedAt.IsZero() {
		ix.UpdatedAt = at
	}
	ix.Title = problem.Clip(ix.Title, maxTitle)
	return ix
}

// maxTitle bounds a title in characters: where a citizen wrote no title, the
// whole content stands in for it.
const maxTitle = 1000

func baseIndex(c *Common) Index {
	ix := Index{Status: c.Status, CreatedAt: c.CreatedAt.Time, UpdatedAt: c.UpdatedAt.Time,
		DueAt: c.DueAt.Time, DuePrecision: c.DuePrecision}
	if c.Agency != nil {
		ix.Agency = firstText(c.Agency.IDNorm, c.Agency.ID)
	}
	if c.Area != nil {
		ix.Area = c.Area.Code
	}
	ix.count(c.Status, c.DuePrecision)
	for i := range c.Links {
		ix.count(c.Links[i].Rel)
	}
	return ix
}

func (ix *Index) count(values ...string) {
	for _, v := range values {
		if v == StatusUnknown {
			ix.Unknown++
		}
	}
}

func (d *Document) index(ix *Index) {
	ix.Title = firstText(d.Subject, d.Display)
	ix.CreatedAt = firstTime(ix.CreatedAt, d.ReceivedAt.Time)
	ix.count(d.Direction, d.Urgency, d.Steering)
	for i := range d.Recipients {
		ix.count(d.Recipients[i].Status)
	}
}

func (t *Task) index(ix *Index) {
	ix.Title = firstText(t.Title, t.Content)
	ix.CreatedAt = firstTime(ix.CreatedAt, t.AssignedAt.Time)
	ix.FinishedAt = t.FinishedAt.Time
	if ix.Agency == "" && t.Lead != nil && t.Lead.Agency != nil {
		ix.Agency = firstText(t.Lead.Agency.IDNorm, t.Lead.Agency.ID)
	}
	ix.count(t.Level)
	for i := range t.Units {
		ix.count(t.Units[i].Status, t.Units[i].Timeliness)
	}
}

func (d *Dossier) index(ix *Index) {
	ix.Title = d.Subject
	if ix.Title == "" && d.Procedure != nil {
		ix.Title = d.Procedure.Name
	}
	ix.CreatedAt = firstTime(ix.CreatedAt, d.SubmittedAt.Time, d.ReceivedAt.Time)
	ix.FinishedAt = firstTime(d.FinishedAt.Time, d.ReturnedAt.Time)
	ix.count(d.Channel, d.ReturnMethod)
	if d.Applicant != nil {
		ix.count(d.Applicant.Type)
	}
	for i := range d.Legs {
		ix.count(d.Legs[i].Status)
	}
}

func (f *Feedback) index(ix *Index) {
	ix.Title = firstText(f.Title, f.Content)
	ix.CreatedAt = firstTime(ix.CreatedAt, f.SubmittedAt.Time, f.ReceivedAt.Time)
	ix.FinishedAt = f.ResolvedAt.Time
	ix.count(f.Sort, f.Channel)
	if f.Location != nil {
		ix.count(f.Location.Quality)
	}
}

func (o *Observation) index(ix *Index) {
	ix.Title = firstText(o.Indicator.Name, o.Indicator.Code)
	if o.Area != nil {
		ix.Area = o.Area.Code
	}
	ix.CreatedAt = o.PublishedAt.Time
	ix.UpdatedAt = o.PublishedAt.Time
	ix.count(o.Missing, o.Period.Freq)
	ix.count(o.Flags...)
}

func referenceIndex(e Entity, ix *Index) {
	switch v := e.(type) {
	case *Unit:
		ix.Title, ix.Area = v.Name, v.Code
		ix.count(v.Level)
		for i := range v.From {
			ix.count(v.From[i].Share)
		}
	case *AgencyRecord:
		ix.Title, ix.Agency = v.Name, firstText(v.CodeNorm, v.Code)
	case *ProcedureRecord:
		ix.Title = v.Name
	case *Ops:
		ix.Title, ix.Status = firstText(v.Text, v.Stream), v.State
		ix.UpdatedAt = v.Changed.Time
		ix.count(v.What)
	}
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
