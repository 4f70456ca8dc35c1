package canonical

import (
	"reflect"

	"iocgateway/canonical/privacy"
)

// NameField is the path of the field that says whose matter a record of this
// kind is; empty where it is nobody's.
func NameField(kind Kind) string {
	for path, class := range personalFields()[kind] {
		if class == privacy.ClassName {
			return path // a test holds that there is one
		}
	}
	return ""
}

// person remembers the name that the record's free text is not to tell.
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
