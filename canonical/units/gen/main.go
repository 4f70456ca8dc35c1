// Command gen makes the embedded table of administrative units from the
// official lists:
//
//	go run ./canonical/units/gen FOLDER canonical/units/units.txt.gz
//
// FOLDER holds the three-level list, the merges and splits of 1 July 2025,
// and the code lists of dispatches 915 and 1027. It compares them with each
// other, prints what does not agree, and writes nothing when a unit would be
// lost.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER OUTPUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(folder, output string) error {
	in, err := readLists(folder)
	if err != nil {
		return err
	}
	if err := in.correct(); err != nil {
		return err
	}
	for _, remark := range in.compare() {
		fmt.Println("note:", remark)
	}
	rows, err := in.rows()
	if err != nil {
		return err
	}
	text := header(in) + strings.Join(rows, "")
	for _, a := range aliases() {
		text += "alias\t" + a[0] + "\t" + change + "\t" + a[1] + "\n"
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write([]byte(text)); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	fmt.Printf("%d units, %d bytes of text, %d packed\n", len(rows), len(text), packed.Len())
	return os.WriteFile(filepath.Clean(output), packed.Bytes(), 0o644)
}

func header(in *lists) string {
	var b strings.Builder
	b.WriteString("units 1\n")
	b.WriteString("# u, code, first day, day after the last, parent, decree, made from (~ part), name\n")
	b.WriteString("# alias, code, day on which the unit of that code ended (empty: it stands), another spelling\n")
	b.WriteString("asof\t" + change + "\n")
	for _, o := range in.origin {
		b.WriteString("origin\t" + o + "\n")
	}
	return b.String()
}

// row is one line of the table.
func row(u unit) string {
	return strings.Join([]string{"u", u.code, u.from, u.to, u.parent, u.decree, strings.Join(u.made, " "), u.name}, "\t") + "\n"
}

// rows gives all units, by code and then by their first day.
func (in *lists) rows() ([]string, error) {
	all := in.provinces()
	all = append(all, in.olds()...)
	news, err := in.communes()
	if err != nil {
		return nil, err
	}
	all = append(all, news...)
	slices.SortFunc(all, func(a, b unit) int {
		return strings.Compare(a.code+" "+a.from, b.code+" "+b.from)
	})
	lines := make([]string, 0, len(all))
	for _, u := range all {
		if strings.ContainsAny(u.name, "\t\n") || u.name == "" {
			return nil, fmt.Errorf("%s: unusable name %q", u.code, u.name)
		}
		lines = append(lines, row(u))
	}
	return lines, nil
}
