// Package words holds what people read on more than one surface, once, in
// Vietnamese and English: the glossary of states, counts and acts, spans and
// times, the causes below an error, and what a value was expected to be.
// The console, the verbs, the API and the problem catalogue all take theirs
// from here.
package words

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lang is a language words are shown in.
type Lang string

// The languages of the gateway.
const (
	Vietnamese Lang = "vi"
	English    Lang = "en"
)

// Word is one idea in both languages.
type Word struct{ VI, EN string }

// In is the word in a language.
func (w Word) In(lang Lang) string {
	if lang == Vietnamese {
		return w.VI
	}
	return w.EN
}

// Head is In with a capital letter, as headings have it.
func (w Word) Head(lang Lang) string { return Capital(w.In(lang)) }

// Texts gives a document in a language: each Word in its mappings and lists
// becomes a text. Mappings are those of JSON, with texts for keys.
func Texts(doc any, lang Lang) any {
	if w, is := doc.(Word); is {
		return w.In(lang)
	}
	switch v := reflect.ValueOf(doc); {
	case v.Kind() == reflect.Map:
		out := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			out[key.String()] = Texts(v.MapIndex(key).Interface(), lang)
		}
		return out
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8: // JSON that is written already stays
		out := make([]any, 0, v.Len())
		for i := range v.Len() {
			out = append(out, Texts(v.Index(i).Interface(), lang))
		}
		return out
	}
	return doc
}

// Capital begins a text with a capital letter.
func Capital(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:size]) + s[size:]
}

// Of is the glossary's word for what code calls group.name, such as
// state.late or count.published. The second result is false where there is
// none: the name itself is then the word in both languages.
func Of(group, name string) (Word, bool) {
	w, ok := glossary[group+"."+name]
	if verb, _, on := strings.Cut(name, " "); !ok && on && group == "act" { // what it is done on changes no word of it
		w, ok = glossary["act."+verb]
	}
	if !ok {
		return Word{VI: name, EN: name}, false
	}
	return w, true
}

// Say is the glossary's word for group.name in a language, or the name.
func Say(group, name string, lang Lang) string {
	w, _ := Of(group, name)
	return w.In(lang)
}

// Named is the name that a word of a group has; what is no word of it is its own.
func Named(group, word string, lang Lang) string {
	for _, key := range Names() {
		if name, in := strings.CutPrefix(key, group+"."); in && glossary[key].In(lang) == word {
			return name
		}
	}
	return word
}

// Names lists the glossary's keys, sorted.
func Names() []string { return slices.Sorted(maps.Keys(glossary)) }
