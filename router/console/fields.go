package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/schema"
	"iocgateway/canonical/words"
	"iocgateway/router/journal"
)

// Explain gives field by field how the current version of a record was read.
type Explain func(ctx context.Context, e journal.Entry) ([]canonical.Why, error)

type field struct {
	Path, Title, Value string
	Code               string        // the code, where Value is its words
	Show               template.HTML // a time; empty: Value
	Masked, Personal   bool
	Own                bool // a code of the source's that no dictionary here has a word for
}

type whyView struct {
	canonical.Why
	Title, Shown string
	Show         template.HTML // a time as people read it, beside Shown; empty: Shown is all
}

// flattener turns a body into rows, in the body's own order.
type flattener struct {
	w       *voice
	classes map[string]privacy.DataClass
	infos   map[string]schema.Info
	kind    canonical.Kind
	drift   bool // what the gateway says of itself is about a source that changed
	out     []field
	cut     bool
}

func (w *voice) fieldsOf(kind canonical.Kind, body []byte) (*flattener, error) {
	f := &flattener{w: w, classes: canonical.PersonalFields(kind), infos: schema.Infos(kind), kind: kind}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	return f, f.value(dec, "", "")
}

// value adds one value; rule is its path with list places taken out, as
// canonical.PersonalFields writes paths.
func (f *flattener) value(dec *json.Decoder, path, rule string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch t := tok.(type) {
	case json.Delim:
		return f.children(dec, t, path, rule)
	case nil:
		f.add(field{Path: path, Value: "–"}, rule)
	case string:
		f.add(f.shown(path, rule, t), rule)
	case json.Number:
		one := f.shown(path, rule, t.String())
		one.Value = f.w.Decimal(one.Value)
		f.add(one, rule)
	case bool:
		f.add(field{Path: path, Value: map[bool]string{true: f.w.S("có", "yes"), false: f.w.S("không", "no")}[t]}, rule)
	}
	return nil
}

func (f *flattener) children(dec *json.Decoder, open json.Delim, path, rule string) error {
	for i := 0; dec.More(); i++ {
		childPath, childRule := path+"["+strconv.Itoa(i)+"]", rule+"[]"
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return err
			}
			childPath = strings.TrimPrefix(path+"."+fmt.Sprint(tok), ".")
			childRule = strings.TrimPrefix(rule+"."+fmt.Sprint(tok), ".")
		}
		if err := f.value(dec, childPath, childRule); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// shown is a value as the page shows it. Personal data is always masked;
// "masked" is only shown where something is really hidden.
func (f *flattener) shown(path, rule, value string) field {
	one := field{Path: path, Value: value}
	if class, classed := f.classes[rule]; classed {
		one.Value = privacy.Mask(class, value)
		one.Masked = one.Value != value || class == privacy.ClassName || strings.Contains(one.Value, "•")
		one.Personal = one.Masked || !strings.HasPrefix(rule, "attachments[]")
		return one
	}
	info, ok := f.infos[rule]
	if !ok { // a member of a list has the list's codes
		info = f.infos[strings.TrimSuffix(rule, "[]")]
	}
	f.drift = f.drift || rule == "what" && value == "drift"
	if !f.coded(&one, rule, value) {
		f.typed(&one, value, info.Type)
	}
	return one
}

// coded puts a code's words in its place; false where the field has no codes. A
// code that no dictionary here has a word for stays, marked as the source's.
func (f *flattener) coded(one *field, rule, value string) bool {
	said, known, coded := schema.CodeWords(f.kind, f.infos, rule, value, f.w.lang)
	if f.drift && rule == "state" {
		_, known = words.Of("drift", value)
		said = f.w.Say("drift", value)
	}
	if !coded {
		return false
	}
	if one.Value, one.Own = said, !known; known {
		one.Code = value
	}
	return true
}

func (f *flattener) typed(one *field, value string, typ reflect.Type) {
	switch typ {
	case reflect.TypeFor[canonical.Time]():
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			one.Show = f.w.Time(t)
		}
	case reflect.TypeFor[canonical.Date]():
		if t, err := time.Parse(time.DateOnly, value); err == nil {
			one.Show = template.HTML(`<time datetime="` + t.Format(time.DateOnly) + `">` + t.Format("02/01/2006") + `</time>`) // digits only
		}
	case reflect.TypeFor[canonical.Decimal](), reflect.TypeFor[*canonical.Decimal]():
		one.Value = f.w.Decimal(value)
	}
}

func (f *flattener) add(one field, rule string) {
	if len(f.out) >= fieldsShown {
		f.cut = true
		return
	}
	one.Title = f.title(one.Path, rule)
	f.out = append(f.out, one)
}

// title names a field by its way down: "Người nộp › Họ tên". English has no
// titles of its own: its names are made readable.
func (f *flattener) title(path, rule string) string {
	places, steps := strings.Split(path, "."), strings.Split(rule, ".")
	if len(places) != len(steps) {
		return path
	}
	var out []string
	for i, step := range steps {
		name := strings.TrimRight(step, "[]")
		title := f.infos[strings.TrimSuffix(strings.Join(steps[:i], ".")+"."+name, ".")].Title
		if i == 0 {
			title = f.infos[name].Title
		}
		if f.w.lang == problem.English || title == "" {
			title = strings.ReplaceAll(name, "_", " ")
		}
		if i > 0 && f.infos[steps[i-1]].Type != nil && f.infos[steps[i-1]].Type.Kind() == reflect.Map {
			title = f.w.Say("member", name)
		}
		if _, place, listed := strings.Cut(places[i], "["); listed {
			if n, err := strconv.Atoi(strings.TrimSuffix(place, "]")); err == nil {
				title += " " + strconv.Itoa(n+1)
			}
		}
		out = append(out, title)
	}
	if first := []rune(out[0]); len(first) > 0 {
		out[0] = strings.ToUpper(string(first[0])) + string(first[1:])
	}
	return strings.Join(out, " › ")
}

// whys are the rows of the explanation; what a source gave is masked like the
// field it went into, and scrubbed everywhere else.
func (f *flattener) whys(rows []canonical.Why) []whyView {
	out := make([]whyView, 0, min(len(rows), fieldsShown))
	for _, row := range rows[:min(len(rows), fieldsShown)] {
		rule := words.Placeless(row.Field)
		v := whyView{Why: row, Title: f.title(row.Field, rule), Shown: f.rawShown(rule, row.Raw)}
		v.Note = words.Note(privacy.Scrub(row.Note), f.w.lang)
		if f.infos[rule].Type == reflect.TypeFor[canonical.Time]() {
			v.Show = f.w.sourceTime(v.Shown)
		}
		out = append(out, v)
	}
	return out
}

func (f *flattener) rawShown(rule string, raw json.RawMessage) string {
	if len(raw) == 0 {
		return "–"
	}
	given := string(raw)
	var text string
	if json.Unmarshal(raw, &text) == nil {
		given = text
	}
	given = strings.ToValidUTF8(given, "?")
	if class, classed := f.classes[rule]; classed {
		return shorten(privacy.Mask(class, given))
	}
	for path := range f.classes {
		if rest, below := strings.CutPrefix(path, rule); below && rest != "" && (rest[0] == '.' || rest[0] == '[') {
			return "•••" // a part of it is personal: none of it is shown
		}
	}
	return shorten(privacy.Scrub(given))
}

// sourceTime is a source's time as people read it, where it says its zone.
func (w *voice) sourceTime(given string) template.HTML {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, given); err == nil {
			return w.Clock(t)
		}
	}
	return ""
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
