package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// terminal is where a verb writes: data on Out, words on Err.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
}

// table is rows for people, with the same facts as JSON for programs.
type Table struct {
	Head []string
	Rows [][]string
	data []any // one per row
}

// Add adds a row: the value for JSON, the cells for people.
func (t *Table) Add(data any, cells ...string) {
	t.Rows = append(t.Rows, cells)
	t.data = append(t.data, data)
}

// write prints the table in the format asked for: table, json or ndjson.
func (t *Table) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		if t.data == nil {
			t.data = []any{}
		}
		return WriteJSON(w, t.data, "  ")
	case "ndjson":
		for _, row := range t.data {
			if err := WriteJSON(w, row, ""); err != nil {
				return err
			}
		}
		return nil
	default:
		tab := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(tab, strings.Join(t.Head, "\t"))
		for _, row := range t.Rows {
			fmt.Fprintln(tab, strings.Join(row, "\t"))
		}
		return tab.Flush()
	}
}

// writeValue prints one value: as JSON, or as key and value lines.
func WriteValue(w io.Writer, format string, value any, lines [][2]string) error {
	switch format {
	case "json":
		return WriteJSON(w, value, "  ")
	case "ndjson":
		return WriteJSON(w, value, "")
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

// WriteJSON writes a value as JSON, one object a line where indent is empty.
func WriteJSON(w io.Writer, value any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(value)
}
