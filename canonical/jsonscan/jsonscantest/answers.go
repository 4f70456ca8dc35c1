// Package jsonscantest holds answers of sources, recorded and odd, to hold
// every reader of JSON and XML to: what was accepted is accepted still, and
// every payload keeps its digest. Each package that reads keeps the outcomes
// beside its tests; `go test -update` writes them again.
package jsonscantest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

//go:embed recorded odd-json.txt odd-xml.txt
var files embed.FS

// Answer is what a source answered.
type Answer struct {
	Name  string
	XML   bool
	Bytes []byte
}

// Answers are those kept in the project: recorded from simulators, and odd
// ones made by hand.
func Answers(tb testing.TB) []Answer {
	tb.Helper()
	all := odd(tb, "odd-json.txt", false)
	all = append(all, odd(tb, "odd-xml.txt", true)...)
	entries, err := fs.ReadDir(files, "recorded")
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		data, err := files.ReadFile(path.Join("recorded", e.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, Answer{"recorded/" + e.Name(), strings.HasSuffix(e.Name(), ".xml"), data})
	}
	return all
}

// odd reads a file of a name and a quoted text a line.
func odd(tb testing.TB, file string, isXML bool) []Answer {
	tb.Helper()
	data, err := files.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var all []Answer
	for line := range strings.Lines(string(data)) {
		name, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		text, err := strconv.Unquote(quoted)
		if err != nil {
			tb.Fatalf("%s: %s: %v", file, name, err)
		}
		all = append(all, Answer{strings.TrimSuffix(file, ".txt") + "/" + name, isXML, []byte(text)})
	}
	return all
}

// Real are files that other people published, from REAL_DATA_DIR.
func Real(tb testing.TB) []Answer {
	tb.Helper()
	dir := os.Getenv("REAL_DATA_DIR")
	if dir == "" {
		return nil
	}
	var all []Answer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		ending := filepath.Ext(path)
		if err != nil || d.IsDir() || ending != ".json" && ending != ".jsonl" && ending != ".xml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all = append(all, Answer{"real/" + filepath.ToSlash(name), ending == ".xml", data})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// Digest is short for bytes.
func Digest(parts ...[]byte) string {
	sum := sha256.New()
	for _, part := range parts {
		sum.Write([]byte(strconv.Itoa(len(part)) + ":"))
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Hold compares outcomes with the ones kept in testdata/answers.txt. An
// outcome kept of an answer that is not at hand (a real file) is left alone.
func Hold(tb testing.TB, outcomes map[string]string) {
	tb.Helper()
	const file = "testdata/answers.txt"
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		tb.Fatal(err)
	}
	kept := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, outcome, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		kept[name] = outcome
	}
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		write(tb, file, kept, outcomes)
		return
	}
	for name, got := range outcomes {
		want, there := kept[name]
		if got != want && (there || !strings.Contains(name, "real/")) {
			tb.Errorf("%s: %s, want %q", name, got, want)
		}
	}
	if len(outcomes) < 50 {
		tb.Errorf("only %d outcomes: the answers are lost", len(outcomes))
	}
}

func write(tb testing.TB, file string, kept, outcomes map[string]string) {
	tb.Helper()
	for name := range kept {
		if !strings.Contains(name, "real/") {
			delete(kept, name)
		}
	}
	for name, outcome := range outcomes {
		kept[name] = outcome
	}
	var lines []string
	for name, outcome := range kept {
		lines = append(lines, name+"\t"+outcome+"\n")
	}
	slices.Sort(lines)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
		tb.Fatal(err)
	}
}
