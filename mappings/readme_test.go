package mappings

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"iocgateway/mappings/expression"
	"iocgateway/mappings/keys"
)

// The worked example is run as it stands.
func TestReadmeExample(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(name string) *fstest.MapFile {
		_, rest, _ := strings.Cut(string(data), "<!-- example "+name+" -->\n```yaml\n")
		text, _, ok := strings.Cut(rest, "```")
		if !ok {
			t.Fatalf("no block %s", name)
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	set, err := Load(Options{Bare: true, FS: fstest.MapFS{"my/dossier.yaml": block("mapping"), "my/dossier_test.yaml": block("test")}})
	if err != nil {
		t.Fatal(err)
	}
	results, err := RunTests(set, "my/dossier")
	if err != nil || len(results) != 3 {
		t.Fatalf("%d cases, %v", len(results), err)
	}
	for _, r := range results {
		for _, p := range r.Problems {
			t.Errorf("%s: %v", r.Case, p)
		}
	}
}

// The reference in the README is written from the engine's own tables.
func TestReadmeNamesEverything(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| step | argument | gives |\n|---|---|---|\n")
	for _, k := range keys.Steps() {
		arg := k.Type
		if arg == "texts" {
			arg = "names, or none"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", k.Key, arg, k.EN)
	}
	const open, shut = "<!-- steps: written by go test ./mappings -update -->\n", "<!-- /steps -->"
	before, rest, ok := strings.Cut(string(data), open)
	_, after, closed := strings.Cut(rest, shut)
	if !ok || !closed {
		t.Fatal("the marks around the steps are gone")
	}
	want := before + open + table.String() + shut + after
	if updating() {
		if err := os.WriteFile("README.md", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(data) != want {
		t.Error("the steps in README.md are not those of the engine: go test ./mappings -run Readme -update")
	}
	known := keys.Names(keys.Mapping())
	for _, f := range []form{formText, formTime, formDecimal, formCode} {
		known = append(known, ruleKeys(&field{form: f})...)
	}
	for _, key := range known {
		if !strings.Contains(string(data), "`"+key+"`") {
			t.Errorf("README.md does not explain %q", key)
		}
	}
	for _, name := range expression.Functions() {
		if !strings.Contains(string(data), "`"+name+"(x)`") {
			t.Errorf("README.md does not explain %s()", name)
		}
	}
}
