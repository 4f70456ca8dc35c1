// Package editor shows the keys of the files that people write: as a reference
// in both languages, and as JSON Schemas for editors. Both come from the same
// fields that the reader of the file goes by.
package editor

import (
	"fmt"
	"io"
	"strings"

	"iocgateway/canonical/strict"
	"iocgateway/canonical/words"
)

// Reference writes a table of fields with those below them: in Vietnamese, or, as
// the files of the project have it, in both languages.
func Reference(w io.Writer, fields []strict.Field, lang words.Lang) {
	if lang == words.Vietnamese {
		fmt.Fprintf(w, "| khóa | kiểu | mặc định | là gì | ví dụ |\n|---|---|---|---|---|\n")
	} else {
		fmt.Fprintf(w, "| key | type | default | là gì | what | ví dụ · example |\n|---|---|---|---|---|---|\n")
	}
	rows(w, "", fields, lang)
	fmt.Fprintln(w)
}

func rows(w io.Writer, prefix string, fields []strict.Field, lang words.Lang) {
	for _, f := range fields {
		kind := f.Type
		if f.Required {
			kind += words.Word{VI: ", bắt buộc", EN: ", required"}.In(lang)
		}
		if choices := f.Choices(); len(choices) > 0 {
			kind += ": " + strings.Join(choices, " · ")
		}
		what := cell(f.VI)
		if lang != words.Vietnamese { // the project's own reference has both
			what += " | " + cell(f.EN)
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", prefix+f.Key, cell(kind), code(f.Default), what, code(f.Sample()))
		rows(w, prefix+f.Key+Below(f), f.Fields, lang)
	}
}

// Below is what stands between the key of a mapping and those in it.
func Below(f strict.Field) string {
	switch {
	case strings.HasPrefix(f.Type, "list"):
		return "[]."
	case strings.HasPrefix(f.Type, "mapping of"):
		return ".*."
	}
	return "."
}

// Find gives the field of a path, as the reference writes it; [] and * may be left out.
func Find(fields []strict.Field, path string) (strict.Field, bool) {
	path = strings.NewReplacer("[]", "", ".*", "").Replace(path)
	name, rest, below := strings.Cut(path, ".")
	for _, f := range fields {
		if f.Key != name {
			continue
		}
		if !below {
			return f, true
		}
		if found, ok := Find(f.Fields, rest); ok {
			return found, true
		}
		if _, after, more := strings.Cut(rest, "."); more && strings.HasPrefix(f.Type, "mapping of") {
			return Find(f.Fields, after) // a name of one's own stands between
		}
	}
	return strict.Field{}, false
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}
