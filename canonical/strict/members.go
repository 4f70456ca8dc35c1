package strict

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/validator/v10"
)

type members struct {
	byName map[string][]int
	names  []string
}

func membersOf(t reflect.Type) members {
	m := members{byName: map[string][]int{}}
	m.collect(t, nil)
	return m
}

func (m *members) collect(t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			m.collect(f.Type, index)
		case name != "" && name != "-" && f.IsExported():
			m.byName[name] = index
			m.names = append(m.names, name)
		}
	}
}

var rules = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if options == "inline" {
			return inlined
		}
		return name
	})
	return v
})

// check runs the validate tags and finds the place of each field that
// breaks one.
func check(n *Node, filled any) []error {
	var broken validator.ValidationErrors
	err := rules().Struct(filled)
	if err == nil {
		return nil
	}
	if !errors.As(err, &broken) {
		return []error{fmt.Errorf("strict: %w", err)}
	}
	problems := make([]error, 0, len(broken))
	for _, b := range broken {
		path := settingPath(b.Namespace())
		if n.Path != "" {
			path = n.Path + "." + path
		}
		at := n.At(path)
		p := at.Wrong("GW-C005", expected(b))
		p.Field = path
		if strings.HasPrefix(b.Tag(), "required") {
			p.Code, p.Value = "GW-C004", ""
		}
		problems = append(problems, p)
	}
	return problems
}

// expected says what a rule asks for, in words that have a Vietnamese
// (canonical/words), and not in those of the validator.
func expected(b validator.FieldError) string {
	bound := b.Param()
	if n, err := strconv.ParseInt(bound, 10, 64); err == nil && b.Type() == reflect.TypeFor[time.Duration]() {
		bound = time.Duration(n).String() // 1s, and not nanoseconds
	}
	of := map[reflect.Kind]string{reflect.String: " characters", reflect.Slice: " items", reflect.Map: " items"}[b.Kind()]
	switch b.Tag() {
	case "oneof":
		return "one of: " + strings.Join(strings.Fields(bound), ", ")
	case "url":
		return "an address such as https://host/path"
	case "hostname_port":
		return "host:port, such as 127.0.0.1:8080"
	case "hostname_rfc1123":
		return "a host name"
	case "min", "gte":
		return "at least " + bound + of
	case "max", "lte":
		return "at most " + bound + of
	case "gt":
		return "more than " + bound
	case "len":
		return "exactly " + bound + of
	}
	return strings.TrimSpace(b.Tag() + " " + bound)
}

// inlined stands for an inlined struct in validator namespaces.
const inlined = "~"

// settingPath turns a validator namespace into the path of a setting: the
// names of the outer and of inlined structs fall away.
func settingPath(namespace string) string {
	var parts []string
	for i, part := range strings.Split(namespace, ".") {
		if i > 0 && part != inlined {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ".")
}

// Field describes one setting, for the reference and for completion.
type Field struct {
	Key, Type, Default, Rules string
	VI, EN, Example           string
	Secret, Required          bool
	Fields                    []Field // of a nested mapping
}

// Choices are the words that a field takes, where they are listed.
func (f Field) Choices() []string {
	for _, rule := range strings.Split(f.Rules, ",") {
		if words, listed := strings.CutPrefix(rule, "oneof="); listed {
			return strings.Fields(words)
		}
	}
	return nil
}

// Sample is how the field may look: its example, or what follows from its
// default, its words or its type; of a mapping a member of it.
func (f Field) Sample() string {
	words := f.Choices()
	switch {
	case f.Example != "":
		return f.Example
	case len(f.Fields) > 0:
		return f.sampleOfMembers()
	case f.Secret:
		return `"${env:` + strings.ToUpper(f.Key) + `}"`
	case f.Type == "bool":
		return strconv.FormatBool(f.Default != "true")
	case len(words) > 0:
		return words[len(words)-1]
	}
	return f.Default
}

func (f Field) sampleOfMembers() string {
	var shown []string
	for _, m := range f.Fields {
		if m.Required {
			shown = append(shown, m.Key+": "+m.Sample())
		}
	}
	if len(shown) == 0 {
		shown = append(shown, f.Fields[0].Key+": "+f.Fields[0].Sample())
	}
	sample := "{" + strings.Join(shown, ", ") + "}"
	switch {
	case strings.HasPrefix(f.Type, "list"):
		return "[" + sample + "]"
	case strings.HasPrefix(f.Type, "mapping of"):
		return "{x: " + sample + "}"
	}
	return sample
}

// Fields describes the settings of a struct with its defaults.
func Fields(defaults any) []Field {
	return fieldsOf(reflect.ValueOf(defaults), 0)
}

func fieldsOf(v reflect.Value, depth int) []Field {
	if v.Kind() == reflect.Pointer {
		v = reflect.New(v.Type().Elem()).Elem()
	}
	if v.Kind() != reflect.Struct || depth > 6 {
		return nil
	}
	var out []Field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if options == "inline" {
			out = append(out, fieldsOf(v.Field(i), depth+1)...)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		rule := f.Tag.Get("validate")
		out = append(out, Field{
			Key: name, Type: typeName(f.Type), Default: cmp.Or(defaultText(v.Field(i)), f.Tag.Get("def")), Rules: rule,
			VI: f.Tag.Get("vi"), EN: f.Tag.Get("en"), Example: f.Tag.Get("ex"),
			Secret:   f.Type == reflect.TypeFor[Secret](),
			Required: rule == "required" || strings.HasPrefix(rule, "required,"),
			Fields:   nested(v.Field(i), depth+1),
		})
	}
	return out
}

func nested(v reflect.Value, depth int) []Field {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return fieldsOf(reflect.New(v.Type().Elem()).Elem(), depth)
	case reflect.Struct, reflect.Pointer:
		return fieldsOf(v, depth)
	default:
		return nil
	}
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t == reflect.TypeFor[Secret]():
		return "secret"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "mapping of " + typeName(t.Elem())
	case reflect.Struct:
		return "mapping"
	default:
		return t.Kind().String()
	}
}

func defaultText(v reflect.Value) string {
	if v.IsZero() || v.Type() == reflect.TypeFor[Secret]() {
		return ""
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Pointer, reflect.Map:
		return ""
	case reflect.Slice:
		return strings.Trim(fmt.Sprint(v.Interface()), "[]")
	default:
		return fmt.Sprint(v.Interface())
	}
}
