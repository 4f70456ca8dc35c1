package canonical_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// fill gives every field of a struct a valid value, led by its tags: this is
// what a record looks like when a source gives everything.
func fill(t testing.TB, v reflect.Value, codes, rules string) {
	t.Helper()
	switch v.Type() {
	case reflect.TypeFor[canonical.Time]():
		v.Set(reflect.ValueOf(canonical.Time{Time: time.Date(2026, 3, 4, 8, 30, 0, 0, time.FixedZone("", 7*3600))}))
		return
	case reflect.TypeFor[canonical.Date]():
		v.SetString("2026-03-04")
		return
	case reflect.TypeFor[canonical.Decimal]():
		v.SetString("-12.50")
		return
	case reflect.TypeFor[canonical.Kind]():
		v.SetString("document")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(sampleText(codes, rules))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(15.12053)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), codes, rules)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), codes, rules)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(t, value, "", "")
		v.SetMapIndex(reflect.ValueOf("a"), value)
	case reflect.Struct:
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag
			fill(t, v.Field(i), tag.Get("codes"), tag.Get("validate"))
		}
	default:
		t.Fatalf("no sample for %s", v.Type())
	}
}

func sampleText(codes, rules string) string {
	switch {
	case codes != "":
		list, _ := canonical.CodeList(codes)
		return list[0].Value
	case strings.Contains(rules, "hexadecimal"):
		return strings.Repeat("0a", 32)
	default:
		return "Quảng Ngãi & <b>"
	}
}

// filled is a complete, valid entity of a kind.
func filled(t testing.TB, kind canonical.Kind) canonical.Entity {
	t.Helper()
	e := canonical.NewEntity(kind)
	v := reflect.ValueOf(e).Elem()
	fill(t, v, "", "")
	v.FieldByName("ID").SetString(canonical.ID(kind, "nguồn", "k 1"))
	v.FieldByName("Kind").SetString(string(kind))
	if base := e.Base(); base != nil {
		list, _ := canonical.CodeList(canonical.StatusList(kind))
		base.Status = list[0].Value
	}
	if o, ok := e.(*canonical.Observation); ok {
		o.Missing = ""
	}
	if to := v.FieldByName("ValidTo"); to.IsValid() {
		to.SetString("2027-01-01")
	}
	return e
}

func TestFilledEntitiesAreValid(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		e := filled(t, kind)
		if err := canonical.Validate(e); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if reflect.ValueOf(e).Elem().NumField() < 8 {
			t.Errorf("%s: hardly any fields", kind)
		}
	}
}

// tagged calls f with every field of a kind that carries a tag of this name.
func tagged(t reflect.Type, tag string, f func(owner reflect.Type, field reflect.StructField)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[canonical.Time]() {
		return
	}
	for i := range t.NumField() {
		if _, ok := t.Field(i).Tag.Lookup(tag); ok {
			f(t, t.Field(i))
		}
		tagged(t.Field(i).Type, tag, f)
	}
}

func TestCodeListsOfTags(t *testing.T) {
	checked := 0
	for _, kind := range canonical.Kinds() {
		tagged(reflect.TypeOf(canonical.NewEntity(kind)), "codes", func(owner reflect.Type, f reflect.StructField) {
			name := f.Tag.Get("codes")
			list, ok := canonical.CodeList(name)
			if !ok {
				t.Errorf("%s.%s: no list %s", owner, f.Name, name)
				return
			}
			for rule := range strings.SplitSeq(f.Tag.Get("validate"), ",") {
				values, ok := strings.CutPrefix(rule, "oneof=")
				if !ok {
					continue
				}
				var known []string
				for _, c := range list {
					known = append(known, c.Value)
				}
				checked++
				if want := strings.Fields(values); !slices.Equal(known, want) {
					t.Errorf("%s.%s: the tag has %v, the list %s holds %v", owner, f.Name, want, name, known)
				}
			}
		})
		tagged(reflect.TypeOf(canonical.NewEntity(kind)), "validate", func(owner reflect.Type, f reflect.StructField) {
			if strings.Contains(f.Tag.Get("validate"), "oneof=") && f.Tag.Get("codes") == "" {
				t.Errorf("%s.%s: oneof without a code list", owner, f.Name)
			}
		})
	}
	if checked < 15 {
		t.Errorf("only %d tags were checked", checked)
	}
}

func TestTitlesAndRules(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		tagged(reflect.TypeOf(canonical.NewEntity(kind)), "json", func(owner reflect.Type, f reflect.StructField) {
			if f.Tag.Get("vi") == "" {
				t.Errorf("%s.%s has no Vietnamese title", owner, f.Name)
			}
			elem := f.Type
			if elem.Kind() != reflect.Slice || elem.Elem().Kind() != reflect.Struct {
				return
			}
			rules := false
			tagged(elem, "validate", func(reflect.Type, reflect.StructField) { rules = true })
			if rules && !strings.Contains(f.Tag.Get("validate"), "dive") {
				t.Errorf("%s.%s: its elements have rules that nobody looks at: dive is missing", owner, f.Name)
			}
		})
	}
}

func TestCodeListWords(t *testing.T) {
	for _, name := range canonical.CodeLists() {
		list, ok := canonical.CodeList(name)
		if !ok || len(list) == 0 {
			t.Errorf("%s is empty", name)
		}
		seen := map[string]bool{}
		for _, c := range list {
			if c.Value == "" || c.VI == "" || c.EN == "" || seen[c.Value] {
				t.Errorf("%s: %+v is incomplete or there twice", name, c)
			}
			seen[c.Value] = true
		}
	}
	list, _ := canonical.CodeList("freq")
	list[0].Value = "broken"
	if !canonical.CodeKnown("freq", "A") {
		t.Error("a caller could write into a list")
	}
	if canonical.CodeTitle("freq", "Q", problem.Vietnamese) != "Quý" || canonical.CodeTitle("freq", "?", problem.English) != "?" {
		t.Error("titles")
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		kind            canonical.Kind
		status          string
		known, finished bool
	}{
		{canonical.KindDossier, "returned", true, true},
		{canonical.KindTask, "returned", true, false},
		{canonical.KindDossier, "unknown", false, false},
		{canonical.KindDossier, "", false, false},
		{canonical.KindFeedback, "finished", false, false},
		{canonical.KindObservation, "finished", false, false},
		{canonical.KindDocument, "recalled", true, true},
	} {
		if canonical.StatusKnown(c.kind, c.status) != c.known || canonical.Finished(c.kind, c.status) != c.finished {
			t.Errorf("%s %q", c.kind, c.status)
		}
	}
	if got := canonical.FinishedStatuses(canonical.KindTask); !slices.Equal(got, []string{"finished", "recalled"}) {
		t.Errorf("final statuses of a task: %v", got)
	}
}

var update = flag.Bool("update", false, "rewrite the golden records")

// TestGolden holds the form of canonical JSON still: a change here is a change
// of a contract, and gives every record a new version.
func TestGolden(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		body, err := canonical.Encode(filled(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "golden", string(kind)+".json")
		if *update {
			if err := os.WriteFile(file, append(body, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(body)+"\n" {
			t.Errorf("%s:\n got %s\nwant %s", kind, body, want)
		}
	}
}
