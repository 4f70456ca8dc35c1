package schema

import (
	"reflect"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/words"
)

// Info is what the model says of one field, for people.
type Info struct {
	Title, English, Codes string
	Type                  reflect.Type
}

// Infos are a kind's fields by their paths, written as canonical.PersonalFields
// writes them.
func Infos(kind canonical.Kind) map[string]Info {
	out := map[string]Info{}
	if e := canonical.NewEntity(kind); e != nil {
		walkInfos(reflect.TypeOf(e).Elem(), "", out)
		if info, ok := out["status"]; ok && info.Codes == "" {
			info.Codes = canonical.StatusList(kind)
			out["status"] = info
		}
	}
	return out
}

func walkInfos(t reflect.Type, prefix string, out map[string]Info) {
	for _, f := range fieldsOf(t) {
		path := prefix + f.name
		out[path] = Info{f.title, f.english, f.codes, f.typ}
		below := f.typ
		for below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
			if below.Kind() == reflect.Slice {
				path += "[]"
			}
			below = below.Elem()
		}
		if below.Kind() == reflect.Struct && below != reflect.TypeFor[canonical.Time]() {
			walkInfos(below, path+".", out)
		}
	}
}

// CodeWords are the words for a field's code; coded: the field has codes at all.
// known is false for a code that no dictionary here has a word for: it is the
// source's own.
func CodeWords(kind canonical.Kind, infos map[string]Info, rule, value string, lang words.Lang) (said string, known, coded bool) {
	info, listed := infos[rule]
	if !listed { // a member of a list has the list's codes
		info = infos[strings.TrimSuffix(rule, "[]")]
	}
	group := group(kind, infos, rule)
	switch {
	case rule == "kind":
		return words.Capital(words.Say("kind", value, lang)), true, true
	case rule == "notes[]":
		return words.Say("note", value, lang), true, true
	case info.Codes != "":
		return canonical.CodeTitle(info.Codes, value, lang), canonical.CodeKnown(info.Codes, value), true
	case group != "":
		w, known := words.Of(group, value)
		return w.In(lang), known, true
	}
	return value, false, false
}

// group is the glossary's group of a field's codes that the model has no list
// of, or empty.
func group(kind canonical.Kind, infos map[string]Info, rule string) string {
	last := rule[strings.LastIndexByte(rule, '.')+1:]
	switch {
	case last == "system" && infos[rule].Title != "":
		return "system"
	case last == "level" && kind != canonical.KindUnit:
		return "proclevel"
	case rule == "state" && kind == canonical.KindOps:
		return "state"
	}
	return ""
}
