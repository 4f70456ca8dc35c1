package canonical

import (
	"maps"
	"reflect"
	"strings"
	"sync"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/words"
)

// PersonalFields gives the paths of a kind's fields that hold personal data,
// with their class. A list is marked by brackets: supplements[].content.
func PersonalFields(kind Kind) map[string]privacy.DataClass {
	return maps.Clone(personalFields()[kind])
}

// Identifiers gives the paths of a kind's fields that are numbers of the matter
// or of an office: in them only what can hardly be anything else is taken for a person's.
func Identifiers(kind Kind) []string {
	var paths []string
	if plan := privacyPlans()[kind]; plan != nil {
		plan.identifiers("", &paths)
	}
	return paths
}

func (p *privacyPlan) identifiers(prefix string, into *[]string) {
	for _, s := range p.steps {
		switch {
		case s.known:
			*into = append(*into, prefix+s.name)
		case s.below != nil:
			s.below.identifiers(prefix+s.path(), into)
		}
	}
}

// path is how the fields below a struct begin.
func (s *privacyStep) path() string {
	path := s.name
	if s.list {
		path += "[]"
	}
	if s.name != "" {
		path += "."
	}
	return path
}

// Protect treats the personal data of an entity by a policy, in place, and
// reports whether anything changed. When a matter is marked anonymous its
// identity fields are dropped and its free text is scrubbed, whatever the
// policy is. A name that is masked or dropped is hidden in the free text of
// the same record too.
func Protect(p privacy.Policy, e Entity) bool {
	if e == nil {
		return false
	}
	changed := false
	a := applier{policy: p, kind: e.RecordKind()}
	if f, ok := e.(*Feedback); ok && f.Anonymous != nil && *f.Anonymous {
		a.person(e, true)
		changed = f.Reporter != nil
		f.Reporter = nil
		a.policy = p.Scrubbing()
	} else {
		a.person(e, false)
	}
	a.visit(reflect.ValueOf(e).Elem(), privacyPlans()[a.kind])
	a.unread(e)
	return changed || a.changed
}

// privacyPlan is which fields of a struct lead to personal data.
type privacyPlan struct {
	steps []privacyStep
}

type privacyStep struct {
	index int
	name  string            // path within the struct; empty for an embedded one
	class privacy.DataClass // of a leaf
	text  bool              // a leaf that nobody classed
	known bool              // such a leaf that is an identifier
	below *privacyPlan      // of a struct, or of a pointer or list of structs
	list  bool
}

var privacyPlans = sync.OnceValue(func() map[Kind]*privacyPlan {
	plans := map[Kind]*privacyPlan{}
	for _, k := range Kinds() {
		plans[k] = planOf(reflect.TypeOf(NewEntity(k)).Elem())
	}
	return plans
})

var personalFields = sync.OnceValue(func() map[Kind]map[string]privacy.DataClass {
	all := map[Kind]map[string]privacy.DataClass{}
	for k, plan := range privacyPlans() {
		all[k] = map[string]privacy.DataClass{}
		plan.collect("", all[k])
	}
	return all
})

func planOf(t reflect.Type) *privacyPlan {
	plan := &privacyPlan{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		step := privacyStep{index: i, name: name, class: privacy.DataClass(f.Tag.Get("pii"))}
		if step.class != "" {
			plan.steps = append(plan.steps, step)
			continue
		}
		if step.text = unclassed(f); step.text {
			step.known = f.Tag.Get("text") == "identifier"
			plan.steps = append(plan.steps, step)
			continue
		}
		below := f.Type
		for below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
			step.list = step.list || below.Kind() == reflect.Slice
			below = below.Elem()
		}
		if below.Kind() != reflect.Struct || below == reflect.TypeFor[Time]() {
			continue
		}
		if step.below = planOf(below); len(step.below.steps) > 0 {
			plan.steps = append(plan.steps, step)
		}
	}
	return plan
}

// unclassed reports a field whose text comes from a source and has no class.
func unclassed(f reflect.StructField) bool {
	switch Role(f.Tag.Get("role")) {
	case RoleID, RoleKind, RoleUnread, RoleUnreadField, RoleUnreadRaw, RoleUnreadCode, RoleNotes:
		return false
	}
	switch f.Type {
	case reflect.TypeFor[Time](), reflect.TypeFor[Date](), reflect.TypeFor[Decimal](), reflect.TypeFor[Kind]():
		return false
	}
	return f.Type.Kind() == reflect.String || f.Type == reflect.TypeFor[map[string]string]()
}

func (p *privacyPlan) collect(prefix string, into map[string]privacy.DataClass) {
	for _, s := range p.steps {
		path := prefix + s.name
		if s.class != "" {
			into[path] = s.class
		}
		if s.class != "" || s.text {
			continue
		}
		s.below.collect(prefix+s.path(), into)
	}
}

type applier struct {
	policy  privacy.Policy
	kind    Kind
	changed bool
	words   string // of the name that free text may not give away
	hiding  privacy.Action
}

func (a *applier) visit(v reflect.Value, plan *privacyPlan) {
	for _, s := range plan.steps {
		field := v.Field(s.index)
		switch {
		case s.class != "":
			a.leaf(field, s.class)
		case s.text:
			a.unclassed(field, s.known)
		case s.list:
			for i := range field.Len() {
				a.visit(field.Index(i), s.below)
			}
		case field.Kind() == reflect.Pointer:
			if !field.IsNil() {
				a.visit(field.Elem(), s.below)
			}
		default:
			a.visit(field, s.below)
		}
	}
}

func (a *applier) leaf(field reflect.Value, class privacy.DataClass) {
	if class == privacy.ClassFreeText || class == privacy.ClassAddress {
		a.hide(field)
	}
	if field.IsZero() || a.policy.Action(class) == privacy.ActionKeep {
		return
	}
	switch {
	case field.Type() == reflect.TypeFor[Date](), a.policy.Action(class) == privacy.ActionDrop:
		field.SetZero() // a masked date is no date
		a.changed = true
	case field.Kind() == reflect.String:
		if shown := privacy.Mask(class, field.String()); shown != field.String() {
			field.SetString(shown)
			a.changed = true
		}
	case field.Type() == reflect.TypeFor[*float64]():
		if was := field.Elem().Float(); privacy.Coarse(was) != was {
			rounded := privacy.Coarse(was)
			field.Set(reflect.ValueOf(&rounded))
			a.changed = true
		}
	default:
		field.SetZero() // a form nobody taught us to mask
		a.changed = true
	}
}

// unread treats values that could not be understood like the field they were
// meant for, and scrubs the rest: what stands there is anybody's guess.
func (a *applier) unread(e Entity) {
	list := unreadOf(e)
	for i := range list {
		class, ok := personalFields()[a.kind][words.Placeless(list[i].Field)]
		if !ok {
			class = privacy.ClassFreeText
		}
		shown := list[i].Raw
		if class != privacy.ClassName && a.words != "" {
			shown = privacy.HideName(shown, a.words, a.hiding)
		}
		if shown = a.policy.Unread(class, shown); shown != list[i].Raw {
			list[i].Raw = shown
			a.changed = true
		}
	}
}

func unreadOf(e Entity) []Unread {
	if o, ok := e.(*Observation); ok {
		return o.Unread
	}
	if base := e.Base(); base != nil {
		return base.Unread
	}
	return nil
}
