package canonical

import (
	"reflect"
	"sync"
	"time"

	"iocgateway/canonical/problem"
)

// IndexMember is a member of Index that fields stand for.
type IndexMember uint8

// The members: the texts, then the times.
const (
	IndexStatus IndexMember = iota
	IndexAgency
	IndexArea
	IndexTitle
	IndexDuePrecision
	IndexCreated
	IndexUpdated
	IndexDue
	IndexFinished
	indexMemberCount
)

// IndexMembers is how many members of Index fields stand for.
const IndexMembers = int(indexMemberCount)

// tag is how the member is written in the struct tag index.
func (m IndexMember) tag() string {
	return [...]string{"status", "agency", "area", "title", "due_precision", "created", "updated", "due", "finished"}[m]
}

// SetText sets a member that is a text.
func (ix *Index) SetText(m IndexMember, s string) {
	switch m {
	case IndexStatus:
		ix.Status = s
	case IndexAgency:
		ix.Agency = s
	case IndexArea:
		ix.Area = s
	case IndexTitle:
		ix.Title = s
	case IndexDuePrecision:
		ix.DuePrecision = s
	}
}

// SetTime sets a member that is a time.
func (ix *Index) SetTime(m IndexMember, at time.Time) {
	switch m {
	case IndexCreated:
		ix.CreatedAt = at
	case IndexUpdated:
		ix.UpdatedAt = at
	case IndexDue:
		ix.DueAt = at
	case IndexFinished:
		ix.FinishedAt = at
	}
}

// IndexOf gives the members of an entity that lists filter and sort by. at is
// the source's time of change, used where the body has no time of
// update. Which field stands for which member the struct tag index decides;
// Unknown counts every field with a code list.
//
// CreatedAt falls back to when the matter was filed or received, Title to the
// next best line, FinishedAt to when the result was given out.
func IndexOf(e Entity, at time.Time) Index {
	var ix Index
	if e == nil {
		return ix
	}
	v := reflect.ValueOf(e)
	if plan := indexPlans()[v.Type()]; plan != nil {
		w := indexWalk{ix: &ix}
		w.visit(v.Elem(), plan)
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

// indexPlan is which fields of a struct an index is made of.
type indexPlan struct{ steps []indexStep }

type indexStep struct {
	field   int
	indexed []Indexed
	coded   bool       // has a code list
	below   *indexPlan // of a struct, or of a pointer or list of structs
}

var indexPlans = sync.OnceValue(func() map[reflect.Type]*indexPlan {
	plans := map[reflect.Type]*indexPlan{}
	for _, kind := range Kinds() {
		t := reflect.TypeOf(NewEntity(kind))
		plans[t] = indexPlanOf(t.Elem(), RolesOf(kind), "")
	}
	return plans
})

func indexPlanOf(t reflect.Type, roles *Roles, prefix string) *indexPlan {
	plan := &indexPlan{}
	for i := range t.NumField() {
		f := t.Field(i)
		path := prefix + jsonName(f)
		step := indexStep{field: i, indexed: roles.Indexed(path), coded: f.Tag.Get("codes") != "" || roles.Role(path) == RoleStatus}
		below, list := structBelow(f.Type)
		switch {
		case f.Anonymous:
			step.below = indexPlanOf(f.Type, roles, prefix)
		case list && below != nil:
			step.below = indexPlanOf(below, roles, path+"[].")
		case below != nil:
			step.below = indexPlanOf(below, roles, path+".")
		}
		if step.coded || len(step.indexed) > 0 || step.below != nil && len(step.below.steps) > 0 {
			plan.steps = append(plan.steps, step)
		}
	}
	return plan
}

// indexWalk fills an index from one entity.
type indexWalk struct {
	ix    *Index
	ranks [IndexMembers]uint8 // of what stands in a member; 0 when nothing does
}

func (w *indexWalk) visit(v reflect.Value, plan *indexPlan) {
	for i := range plan.steps {
		s := &plan.steps[i]
		field := v.Field(s.field)
		switch {
		case s.below == nil:
			w.leaf(field, s)
		case field.Kind() == reflect.Slice:
			for i := range field.Len() {
				w.visit(field.Index(i), s.below)
			}
		case field.Kind() == reflect.Struct:
			w.visit(field, s.below)
		case !field.IsNil():
			w.visit(field.Elem(), s.below)
		}
	}
}

func (w *indexWalk) leaf(v reflect.Value, s *indexStep) {
	if s.coded {
		w.count(v)
	}
	for _, in := range s.indexed {
		if w.ranks[in.Member] != 0 && w.ranks[in.Member] < in.Rank {
			continue
		}
		if in.Member >= IndexCreated {
			at := v.Addr().Interface().(*Time)
			if at.IsZero() {
				continue
			}
			w.ix.SetTime(in.Member, at.Time)
		} else {
			if v.Len() == 0 {
				continue
			}
			w.ix.SetText(in.Member, v.String())
		}
		w.ranks[in.Member] = in.Rank
	}
}

// count counts a code that is unknown, or each of a list of codes.
func (w *indexWalk) count(v reflect.Value) {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			w.count(v.Index(i))
		}
	} else if v.String() == StatusUnknown {
		w.ix.Unknown++
	}
}
