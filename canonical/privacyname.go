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

// unclassed treats a text that nobody classed: what is a person's in it all
// the same is hidden as it is in free text, the rest is to be read.
func (a *applier) unclassed(field reflect.Value, identifier bool) {
	if field.Kind() == reflect.String {
		if shown := a.shown(field.String(), identifier); shown != field.String() {
			field.SetString(shown)
			a.changed = true
		}
		return
	}
	kept := map[string]string{}
	for name, value := range field.Seq2() {
		was, now := value.String(), a.shown(value.String(), identifier)
		key := a.shown(name.String(), identifier)
		a.changed = a.changed || was != now || key != name.String()
		kept[key] = now
	}
	if field.Len() > 0 {
		field.Set(reflect.ValueOf(kept))
	}
}

func (a *applier) shown(text string, identifier bool) string {
	if a.words != "" && !privacy.Official([]byte(a.words)) {
		text = privacy.HideName(text, a.words, a.hiding)
	}
	if a.policy.Action(privacy.ClassFreeText) == privacy.ActionKeep {
		return text
	}
	scrub := privacy.Scrubbed
	if identifier {
		scrub = privacy.ScrubbedIdentifier
	}
	b := []byte(text)
	shown, _ := scrub(b, privacy.LookAt(b))
	return string(shown)
}
