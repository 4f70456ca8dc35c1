package problem

import (
	"strings"
	"unicode/utf8"
)

// maxShown is how many characters of a value a Problem shows.
const maxShown = 80

// Short cuts a value to what a Problem may show.
func Short(s string) string { return Clip(strings.ToValidUTF8(s, "�"), maxShown) }

// Clip cuts s to at most limit characters.
func Clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit-1 && utf8.RuneCountInString(s[i:]) > 1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
