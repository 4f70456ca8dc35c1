package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// terminal is what a verb speaks through: data on Out, words on Err.
type terminal struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
}

// table is rows for people, with the same facts as JSON for programs.
type table struct {
	head []string
	rows [][]string
	data []any // one per row
}

func (t *table) add(data any, cells ...string) {
	t.rows = append(t.rows, cells)
	t.data = append(t.data, data)
}

// write prints the table in the format asked for: table, json or ndjson.
func (t *table) write(w io.Writer, format string) error {
	switch format {
	case "json":
		if t.data == nil {
			t.data = []any{}
		}
		return writeJSON(w, t.data, "  ")
	case "ndjson":
		for _, row := range t.data {
			if err := writeJSON(w, row, ""); err != nil {
				return err
			}
		}
		return nil
	default:
		tab := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(tab, strings.Join(t.head, "\t"))
		for _, row := range t.rows {
			fmt.Fprintln(tab, strings.Join(row, "\t"))
		}
		return tab.Flush()
	}
}

// writeValue prints one value: as JSON, or as key and value lines.
func writeValue(w io.Writer, format string, value any, lines [][2]string) error {
	switch format {
	case "json":
		return writeJSON(w, value, "  ")
	case "ndjson":
		return writeJSON(w, value, "")
	default:
		width := 0
		for _, line := range lines {
			width = max(width, utf8.RuneCountInString(line[0]))
		}
		for _, line := range lines {
			pad := strings.Repeat(" ", width-utf8.RuneCountInString(line[0]))
			if _, err := fmt.Fprintf(w, "%s%s  %s\n", line[0], pad, line[1]); err != nil {
				return err
			}
		}
		return nil
	}
}

func writeJSON(w io.Writer, value any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(value)
}
