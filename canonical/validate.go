package canonical

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"

	"github.com/go-playground/validator/v10"
)

// Validate judges an entity by the rules of its struct tags and by those that
// cross fields. Its error joins one *Problem for each broken rule, with the
// path of the field in JSON names. Values are shown only where their field
// holds no personal data. It is safe for concurrent use.
func Validate(e Entity) error {
	if e == nil || reflect.ValueOf(e).IsNil() {
		return &problem.Problem{Code: "GW-V001", Field: "kind"}
	}
	var problems []error
	if err := entityValidator().Struct(e); err != nil {
		var broken validator.ValidationErrors
		if !errors.As(err, &broken) {
			return fmt.Errorf("canonical: validating: %w", err)
		}
		for _, f := range broken {
			problems = append(problems, fieldProblem(e.RecordKind(), f))
		}
	}
	for _, p := range crossProblems(e) {
		problems = append(problems, p)
	}
	return errors.Join(problems...)
}

// entityValidator holds the one validator: it caches what it learns of the
// structs and is safe for concurrent use.
var entityValidator = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous {
			return embeddedName
		}
		return name
	})
	if err := v.RegisterValidation("decimal", func(fl validator.FieldLevel) bool {
		return Decimal(fl.Field().String()).Valid()
	}); err != nil {
		panic(err) // a fixed name and function: cannot fail
	}
	seen := map[reflect.Type]bool{}
	for _, k := range Kinds() {
		skipRuleless(v, reflect.TypeOf(NewEntity(k)).Elem(), seen)
	}
	return v
})

// skipRuleless lets the validator leave out the fields that no rule
// is about, and reports whether any rule was found. The validator would box
// each of them to look at it: most of its time and memory.
func skipRuleless(v *validator.Validate, t reflect.Type, seen map[reflect.Type]bool) bool {
	if found, ok := seen[t]; ok {
		return found
	}
	seen[t] = true // while it is looked at: a struct that holds itself is kept
	skip, found := map[string]string{}, false
	for i := range t.NumField() {
		f := t.Field(i)
		below := f.Type
		for below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
			below = below.Elem()
		}
		ruled := f.Tag.Get("validate") != ""
		if below.Kind() == reflect.Struct && below != reflect.TypeFor[Time]() {
			ruled = skipRuleless(v, below, seen) || ruled
		}
		if !ruled {
			skip[f.Name] = "-"
		}
		found = found || ruled
	}
	v.RegisterStructValidationMapRules(skip, reflect.New(t).Elem().Interface())
	seen[t] = found
	return found
}

// embeddedName stands in paths for an embedded struct and is cut out again.
const embeddedName = "~"

// Valid reports whether d is in canonical form: an optional minus sign,
// digits, and optionally a point and more digits.
func (d Decimal) Valid() bool {
	s := strings.TrimPrefix(string(d), "-")
	whole, fraction, point := strings.Cut(s, ".")
	return len(s) <= 64 && digits(whole) && (!point || digits(fraction))
}

func fieldProblem(kind Kind, f validator.FieldError) *problem.Problem {
	p := &problem.Problem{Code: "GW-V014", Field: fieldPath(f.Namespace()), Want: f.Tag()}
	switch f.Tag() {
	case "required", "required_without":
		p.Code, p.Want = "GW-V001", ""
		return p
	case "oneof":
		p.Code, p.Want = "GW-V002", f.Param()
	case "datetime":
		p.Code, p.Want = "GW-V003", "yyyy-mm-dd"
	case "gte", "lte":
		p.Code, p.Want = "GW-V004", limitWords(f)
	case "decimal":
		p.Code, p.Want = "GW-V005", "1234.5"
	case "len", "hexadecimal":
		p.Code, p.Want = "GW-V006", f.Tag()+" "+f.Param()
	}
	if !personal(kind, p.Field) {
		p.Value = problem.Short(fmt.Sprint(f.Value()))
	}
	if f.Tag() == "oneof" {
		p.Near = problem.Near(p.Value, strings.Fields(f.Param()))
	}
	return p
}

func limitWords(f validator.FieldError) string {
	if f.Tag() == "gte" {
		return "≥ " + f.Param()
	}
	return "≤ " + f.Param()
}

// fieldPath turns a validator's namespace into a JSON path: without the name
// of the struct and of embedded ones.
func fieldPath(namespace string) string {
	_, path, _ := strings.Cut(namespace, ".")
	return strings.ReplaceAll(path, embeddedName+".", "")
}

// personal reports whether a path with indexes holds personal data.
func personal(kind Kind, path string) bool {
	_, ok := personalFields()[kind][words.Placeless(path)]
	return ok
}
