package canonical_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
)

// The titles that problems name fields by are those of the structs: run with
// -update when a title changes.
func TestFieldTitles(t *testing.T) {
	const file = "words/fields.txt"
	got := fieldTitles()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != got {
		t.Errorf("%s is not what the structs say: go test ./canonical -run FieldTitles -update", file)
	}
}

// fieldTitles writes every field's path and title; one that kinds call
// differently has all its titles, or the one the others begin with.
func fieldTitles() string {
	titles := map[string][]string{}
	for _, k := range canonical.Kinds() {
		collectTitles(reflect.TypeOf(canonical.NewEntity(k)).Elem(), "", titles)
	}
	var lines []string
	for path, all := range titles {
		title := strings.Join(all, " / ")
		if short := slices.MinFunc(all, func(a, b string) int { return len(a) - len(b) }); beginsAll(short, all) {
			title = short
		}
		lines = append(lines, path+"\t"+title+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func beginsAll(short string, all []string) bool {
	return !slices.ContainsFunc(all, func(title string) bool { return !strings.HasPrefix(title, short) })
}

func collectTitles(t reflect.Type, prefix string, out map[string][]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			collectTitles(f.Type, prefix, out)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		path := prefix + name
		if title := f.Tag.Get("vi"); !slices.Contains(out[path], title) {
			out[path] = append(out[path], title)
		}
		below := f.Type
		for below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
			if below.Kind() == reflect.Slice {
				path += "[]"
			}
			below = below.Elem()
		}
		if below.Kind() == reflect.Struct && below != reflect.TypeFor[canonical.Time]() {
			collectTitles(below, path+".", out)
		}
	}
}
