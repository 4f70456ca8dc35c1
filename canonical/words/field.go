package words

import (
	_ "embed"
	"strings"
	"sync"
)

// fieldTitles are the canonical fields' Vietnamese titles, a path and its title
// a line, generated from the model (go test ./canonical -run FieldTitles -update).
//
//go:embed fields.txt
var fieldTitles string

var titleOf = sync.OnceValue(func() map[string]string {
	of := map[string]string{}
	for line := range strings.Lines(fieldTitles) {
		if path, title, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			of[path] = title
		}
	}
	return of
})

// Field is a canonical field for people: its title with its name behind, as
// Trạng thái (status). English has no titles of its own.
func Field(path string, lang Lang) string {
	if lang != Vietnamese || path == "" {
		return path
	}
	if title, ok := titleOf()[Placeless(path)]; ok {
		return title + " (" + path + ")"
	}
	return "Trường " + path
}

// Placeless takes the places out of a path: steps[0].name is steps[].name.
func Placeless(path string) string {
	var b strings.Builder
	inside := false
	for _, r := range path {
		if r == ']' {
			inside = false
		}
		if !inside {
			b.WriteRune(r)
		}
		if r == '[' {
			inside = true
		}
	}
	return b.String()
}
