package mappings

import (
	"time"

	"iocgateway/canonical"
)

// capture says that a field feeds the index of a record: which member, and
// before which other fields that may feed it.
type capture struct{ slot, rank uint8 }

const (
	capNone uint8 = iota
	capTitle
	capAgency
	capArea
	capStatus
	capPrecision
	capTexts
)

const (
	capCreated = iota
	capUpdated
	capDue
	capFinished
	capTimes
)

// captureOf mirrors canonical.IndexOf; a test holds the two together.
func captureOf(kind canonical.Kind, path string) capture {
	for slot, paths := range indexTexts(kind) {
		for rank, p := range paths {
			if p == path {
				return capture{slot, uint8(rank + 1)}
			}
		}
	}
	for slot, paths := range indexTimes(kind) {
		for rank, p := range paths {
			if p == path {
				return capture{uint8(slot) + capTexts, uint8(rank + 1)}
			}
		}
	}
	return capture{}
}

func indexTexts(kind canonical.Kind) map[uint8][]string {
	m := map[uint8][]string{capAgency: {"agency.id_norm", "agency.id"}, capArea: {"area.code"},
		capStatus: {"status"}, capPrecision: {"due_precision"}}
	switch kind {
	case canonical.KindDocument:
		m[capTitle] = []string{"subject", "display"}
	case canonical.KindTask:
		m[capTitle] = []string{"title", "content"}
		m[capAgency] = append(m[capAgency], "lead.agency.id_norm", "lead.agency.id")
	case canonical.KindDossier:
		m[capTitle] = []string{"subject", "procedure.name"}
	case canonical.KindFeedback:
		m[capTitle] = []string{"title", "content"}
	case canonical.KindObservation:
		m[capTitle] = []string{"indicator.name", "indicator.code"}
	case canonical.KindUnit:
		m[capTitle], m[capArea] = []string{"name"}, []string{"code"}
	case canonical.KindAgency:
		m[capTitle], m[capAgency] = []string{"name"}, []string{"code_norm", "code"}
	case canonical.KindProcedure:
		m[capTitle] = []string{"name"}
	}
	return m
}

func indexTimes(kind canonical.Kind) [capTimes][]string {
	m := [capTimes][]string{capCreated: {"created_at"}, capUpdated: {"updated_at"}, capDue: {"due_at"}}
	switch kind {
	case canonical.KindDocument:
		m[capCreated] = append(m[capCreated], "received_at")
	case canonical.KindTask:
		m[capCreated] = append(m[capCreated], "assigned_at")
		m[capFinished] = []string{"finished_at"}
	case canonical.KindDossier:
		m[capCreated] = append(m[capCreated], "submitted_at", "received_at")
		m[capFinished] = []string{"finished_at", "returned_at"}
	case canonical.KindFeedback:
		m[capCreated] = append(m[capCreated], "submitted_at", "received_at")
		m[capFinished] = []string{"resolved_at"}
	}
	return m
}

func (r *run) better(c capture) bool {
	if c.slot == capNone || r.caught.rank[c.slot] != 0 && r.caught.rank[c.slot] <= c.rank {
		return false
	}
	r.caught.rank[c.slot] = c.rank
	return true
}

func (r *run) catchText(c capture, b []byte) {
	if c.slot == capNone || !r.better(c) {
		return
	}
	s := ""
	if c.slot != capTitle {
		s = r.words.get(b, asWritten)
	}
	if s == "" {
		s = string(b)
	}
	r.caught.texts[c.slot] = s
}

func (r *run) catchWord(c capture, s string) {
	if c.slot != capNone && r.better(c) {
		r.caught.texts[c.slot] = s
	}
}

func (r *run) catchTime(c capture, at time.Time) {
	switch {
	case c.slot >= capTexts && r.better(c):
		r.caught.times[c.slot-capTexts] = at
	}
}

// published is the one time of an observation: it is created and updated by
// being published.
func (r *run) published(n *node, at time.Time) {
	if r.plan.Kind == canonical.KindObservation && n.path == "published_at" {
		r.caught.times[capCreated], r.caught.times[capUpdated] = at, at
	}
}

func (r *run) catchDay(n *node, day []byte) {
	switch n.path {
	case "period.start", "valid_from":
		r.start = string(day)
	case "period.end", "valid_to":
		r.end = string(day)
	}
}

// index gives the members lists filter and sort by.
func (r *run) index(at time.Time) canonical.Index {
	t, times := &r.caught.texts, &r.caught.times
	ix := canonical.Index{Status: t[capStatus], Agency: t[capAgency], Area: t[capArea], Title: t[capTitle],
		CreatedAt: times[capCreated], UpdatedAt: times[capUpdated], DueAt: times[capDue],
		DuePrecision: t[capPrecision], FinishedAt: times[capFinished], Unknown: r.caught.none}
	if ix.UpdatedAt.IsZero() {
		ix.UpdatedAt = at
	}
	return ix
}
