package shell

import (
	"encoding/json"
	"fmt"
	"io"
)

// terminal is where a verb writes: data on Out, words on Err.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
}

// Written keeps the first error of what is written, so that no verb can lose one.
type Written struct {
	To  io.Writer
	Err error
}

// Write passes on.
func (w *Written) Write(p []byte) (int, error) {
	n, err := w.To.Write(p)
	if err != nil && w.Err == nil {
		w.Err = err
	}
	return n, err
}

// table is rows for people, with the same facts as JSON for programs.
type Table struct {
	Head []string // English; Labels has the Vietnamese
	Rows [][]string
	data []any // one per row
}

// Add adds a row: the value for JSON, the cells for people.
func (t *Table) Add(data any, cells ...string) {
	t.Rows = append(t.Rows, cells)
	t.data = append(t.data, data)
}

// Data are the rows as programs read them.
func (t *Table) Data() []any {
	if t.data == nil {
		return []any{}
	}
	return t.data
}

// Show prints a table in the format asked for: table, json or ndjson.
func (s *Shell) Show(t *Table) error {
	switch s.Output {
	case "json":
		return WriteJSON(s.Out, t.Data(), "  ")
	case "ndjson":
		for _, row := range t.data {
			if err := WriteJSON(s.Out, row, ""); err != nil {
				return err
			}
		}
		return nil
	}
	head := make([]string, 0, len(t.Head))
	for _, h := range t.Head {
		head = append(head, s.label(h))
	}
	if len(t.Rows) == 0 { // heads of nothing read as a table that did not come
		s.Tell("không có mục nào", "there are none")
		return nil
	}
	text := laid(head, t.Head, t.Rows, s.Wide)
	_, err := io.WriteString(s.Out, text)
	return err
}

// Value prints one value: as JSON, or as name and value lines.
func (s *Shell) Value(value any, lines [][2]string) error {
	switch s.Output {
	case "json":
		return WriteJSON(s.Out, value, "  ")
	case "ndjson":
		return WriteJSON(s.Out, value, "")
	}
	for i := range lines {
		lines[i][0] = s.label(lines[i][0])
	}
	return WriteLines(s.Out, lines)
}

// WriteLines writes name and value lines whose names are in the reader's language.
func WriteLines(w io.Writer, lines [][2]string) error {
	width := 0
	for i := range lines {
		width = max(width, columns(lines[i][0]))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, padded(line[0], width)+"  "+filled(line[1])); err != nil {
			return err
		}
	}
	return nil
}

// Done tells that something was done: in words for people, and for programs as
// the answer.
func (s *Shell) Done(answer any, vi, en string, args ...any) error {
	if s.Output == "table" {
		s.Tell(vi, en, args...)
		return nil
	}
	return s.Value(answer, nil)
}

// WriteJSON writes a value as JSON, one object a line where indent is empty.
func WriteJSON(w io.Writer, value any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(value)
}
