package canonical

import (
	"reflect"

	"iocgateway/canonical/privacy"
)

// person remembers the name that the record's free text may not give away.
func (a *applier) person(e Entity, dropped bool) {
	name := ""
	switch e := e.(type) {
	case *Dossier:
		if e.Applicant != nil {
			name = e.Applicant.Name
		}
	case *Feedback:
		if e.Reporter != nil {
			name = e.Reporter.Name
		}
	}
	if a.hiding = a.policy.Action(privacy.ClassName); dropped {
		a.hiding = privacy.ActionDrop
	}
	if name != "" && a.hiding != privacy.ActionKeep {
		a.words = string(privacy.AppendNameWords(nil, []byte(name)))
	}
}

// hide takes the person's name out of a free text.
func (a *applier) hide(field reflect.Value) {
	if a.words == "" || field.Kind() != reflect.String {
		return
	}
	if shown := privacy.HideName(field.String(), a.words, a.hiding); shown != field.String() {
		field.SetString(shown)
		a.changed = true
	}
}
