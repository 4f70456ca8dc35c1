package schema

import (
	"reflect"
	"strconv"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/words"
)

type generator struct {
	defs map[string]object
	lang words.Lang // of descriptions
}

// field is one JSON member of a struct, as its tags describe it.
type field struct {
	name, title, english, codes, class string
	role                               canonical.Role
	rules                              []string
	always                             bool // never left out
	typ                                reflect.Type
}

// fieldsOf lists the members of a struct in order; embedded structs are laid flat.
func fieldsOf(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			list = append(list, fieldsOf(f.Type)...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		list = append(list, field{name: name, title: f.Tag.Get("vi"), english: f.Tag.Get("en"), codes: f.Tag.Get("codes"),
			class: f.Tag.Get("pii"),
			role:  canonical.Role(f.Tag.Get("role")),
			rules: strings.Split(f.Tag.Get("validate"), ","), always: !strings.Contains(options, "omit"), typ: f.Type})
	}
	return list
}

// object gives type, required members and properties of a struct. kind is set
// for the outermost one.
func (g *generator) object(t reflect.Type, kind canonical.Kind) object {
	var required []string
	var properties object
	for _, f := range fieldsOf(t) {
		if f.always {
			required = append(required, f.name)
		}
		schema := object{{"title", f.title}, {"description", words.Word{VI: f.title, EN: f.english}.In(g.lang)}}
		switch {
		case kind != "" && f.role == canonical.RoleKind:
			schema = append(schema, member{"const", string(kind)})
		case kind != "" && f.role == canonical.RoleStatus:
			f.codes = canonical.StatusList(kind)
			fallthrough
		default:
			schema = append(schema, g.value(f)...)
		}
		properties = append(properties, member{f.name, schema})
	}
	out := object{{"type", "object"}}
	if len(required) > 0 {
		out = append(out, member{"required", required})
	}
	return append(out, member{"properties", properties})
}

// value gives the schema of a field's value and the marks on it.
func (g *generator) value(f field) object {
	t, null := f.typ, false
	if t.Kind() == reflect.Pointer {
		t, null = t.Elem(), f.always
	}
	var out object
	if t.Kind() == reflect.Slice {
		item := f
		item.typ, item.class = t.Elem(), ""
		item.rules = afterDive(f.rules)
		out = object{{"type", "array"}, {"items", g.value(item)}}
	} else {
		out = g.scalar(t, f, null)
	}
	if f.class != "" {
		out = append(out, member{"x-personal-data", f.class})
	}
	return out
}

func (g *generator) scalar(t reflect.Type, f field, null bool) object {
	switch t {
	case reflect.TypeFor[canonical.Time]():
		return object{{"type", typeName("string", null)}, {"format", "date-time"}}
	case reflect.TypeFor[canonical.Date]():
		return object{{"type", typeName("string", null)}, {"format", "date"}}
	case reflect.TypeFor[canonical.Decimal]():
		return object{{"type", typeName("string", null)}, {"pattern", `^-?[0-9]+(\.[0-9]+)?$`}}
	}
	switch t.Kind() {
	case reflect.Struct:
		return object{{"$ref", "#/$defs/" + g.define(t)}}
	case reflect.Map:
		value := field{typ: t.Elem()}
		return object{{"type", "object"}, {"additionalProperties", g.value(value)}}
	case reflect.Bool:
		return object{{"type", typeName("boolean", null)}}
	case reflect.Int, reflect.Int64:
		return append(object{{"type", typeName("integer", null)}}, limits(f.rules)...)
	case reflect.Float64:
		return append(object{{"type", typeName("number", null)}}, limits(f.rules)...)
	default:
		return append(object{{"type", typeName("string", null)}}, text(f)...)
	}
}

func (g *generator) define(t reflect.Type) string {
	if _, ok := g.defs[t.Name()]; !ok {
		g.defs[t.Name()] = nil // a struct that holds itself ends here
		g.defs[t.Name()] = g.object(t, "")
	}
	return t.Name()
}

// text gives what is known of a string: its code list, whether it may be
// empty, its form.
func text(f field) object {
	var out object
	for _, rule := range f.rules {
		switch {
		case rule == "required":
			out = append(out, member{"minLength", 1})
		case rule == "hexadecimal":
			out = append(out, member{"pattern", "^[0-9a-fA-F]{64}$"})
		}
	}
	list, ok := canonical.CodeList(f.codes)
	if !ok {
		return out
	}
	var values []string
	var titles object
	for _, c := range list {
		values = append(values, c.Value)
		titles = append(titles, member{c.Value, c.VI})
	}
	return append(out, member{"examples", values}, member{"x-codes", f.codes}, member{"x-code-titles", titles})
}

func limits(rules []string) object {
	var out object
	for _, rule := range rules {
		name, limit, _ := strings.Cut(rule, "=")
		n, err := strconv.Atoi(limit)
		switch {
		case err != nil:
		case name == "gte":
			out = append(out, member{"minimum", n})
		case name == "lte":
			out = append(out, member{"maximum", n})
		}
	}
	return out
}

func typeName(name string, null bool) any {
	if null {
		return []string{name, "null"}
	}
	return name
}

func afterDive(rules []string) []string {
	for i, r := range rules {
		if r == "dive" {
			return rules[i+1:]
		}
	}
	return nil
}
