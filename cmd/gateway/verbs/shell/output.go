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
	var b strings.Builder
	tab := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(tab, strings.Join(head, "\t"))
	for _, row := range t.Rows {
		fmt.Fprintln(tab, strings.Join(row, "\t"))
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	text := trimmed(b.String())
	if s.Wide > 0 && widest(text) > s.Wide {
		text = stacked(head, t.Rows, s.Wide)
	}
	if len(t.Rows) == 0 {
		s.Tell("không có mục nào", "there are none")
	}
	_, err := io.WriteString(s.Out, text)
	return err
}

// trimmed is without the blanks that fill a last column.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

func widest(text string) (n int) {
	for line := range strings.Lines(text) {
		n = max(n, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
	}
	return n
}

// stacked is a table that does not fit a terminal: what a row is about on a line,
// and behind it what is said of it, each with its head. What is empty is left out.
func stacked(head []string, rows [][]string, wide int) string {
	var b strings.Builder
	for _, row := range rows {
		first, rest := "", []string{}
		for i, cell := range row {
			switch {
			case cell == "" || cell == "-":
			case i < 2:
				first = strings.TrimSpace(first + "  " + cell)
			default:
				rest = append(rest, head[i]+": "+cell)
			}
		}
		b.WriteString(first + "\n")
		for _, line := range rest {
			b.WriteString(wrapped(line, wide, "    "))
		}
	}
	return b.String()
}

// wrapped breaks a text into lines of at most so many columns, at its blanks.
func wrapped(text string, wide int, indent string) string {
	var b strings.Builder
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > wide {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	return b.String()
}

// Value prints one value: as JSON, or as name and value lines.
func (s *Shell) Value(value any, lines [][2]string) error {
	switch s.Output {
	case "json":
		return WriteJSON(s.Out, value, "  ")
	case "ndjson":
		return WriteJSON(s.Out, value, "")
	}
	width := 0
	for i := range lines {
		lines[i][0] = s.label(lines[i][0])
		width = max(width, utf8.RuneCountInString(lines[i][0]))
	}
	for _, line := range lines {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(line[0]))
		if _, err := fmt.Fprintln(s.Out, strings.TrimRight(line[0]+pad+"  "+line[1], " ")); err != nil {
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
