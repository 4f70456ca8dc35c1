package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"iocgateway/canonical/editor"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/cmd/gateway/verbs/setup"
)

// editorSchema compiles one of the schemas that editors use.
func editorSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, there := setup.EditorSchemas(problem.English)[name]
	if !there || s["$schema"] != editor.Draft {
		t.Fatalf("%s: no schema of draft 7", name)
	}
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, text); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asEditorsRead gives YAML the types that YAML has.
func asEditorsRead(n *strict.Node) any {
	switch n.Kind {
	case strict.Map:
		out := map[string]any{}
		for _, k := range n.Keys {
			out[k.Name] = asEditorsRead(k.Value)
		}
		return out
	case strict.List:
		out := []any{}
		for _, item := range n.Items {
			out = append(out, asEditorsRead(item))
		}
		return out
	case strict.Null:
		return nil
	}
	if n.Quoted {
		return n.Value
	}
	if number, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
		return number
	}
	if number, err := strconv.ParseFloat(n.Value, 64); err == nil {
		return number
	}
	if n.Value == "true" || n.Value == "false" {
		return n.Value == "true"
	}
	return n.Value
}

func againstSchema(t *testing.T, s *jsonschema.Schema, file, text string) error {
	t.Helper()
	n, err := strict.Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(asEditorsRead(n))
}

// schemaOf says which schema a file is to be held against.
func schemaOf(path string) string {
	slashed := filepath.ToSlash(path)
	switch {
	case strings.Contains(slashed, "adapters/") && !strings.Contains(slashed, "testdata"):
		return "profile.schema.json"
	case strings.Contains(slashed, "mappings/codes/"):
		return "codelist.schema.json"
	case strings.Contains(slashed, "mappings/testdata/"):
		return ""
	case strings.Contains(slashed, "mappings/") && strings.HasSuffix(slashed, "_test.yaml"):
		return "mapping-test.schema.json"
	case strings.Contains(slashed, "mappings/"):
		return "mapping.schema.json"
	case filepath.Base(path) == "gateway.yaml" && !strings.Contains(slashed, "kubernetes"), strings.HasSuffix(slashed, "gateway.example.yaml"):
		return "gateway.schema.json"
	}
	return ""
}

// TestSchemasTakeWhatIsShipped: every configuration, profile, mapping, code list
// and test of the project is right by the schema that editors use.
func TestSchemasTakeWhatIsShipped(t *testing.T) {
	schemas, held := map[string]*jsonschema.Schema{}, map[string]int{}
	for name := range setup.EditorSchemas(problem.English) {
		schemas[name] = editorSchema(t, name)
	}
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" || schemaOf(path) == "" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		held[schemaOf(path)]++
		if err := againstSchema(t, schemas[schemaOf(path)], path, string(text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas {
		if held[name] == 0 {
			t.Errorf("nothing was held against %s", name)
		}
	}
}

// TestSchemasFindMistakes: what people get wrong is shown while they write.
func TestSchemasFindMistakes(t *testing.T) {
	const mapping = "mapping: m\nkind: dossier\n"
	for _, c := range []struct{ name, schema, right, wrong string }{
		{"a mistyped key", "gateway.schema.json", "http: {addr: x}\n", "http: {adr: x}\n"},
		{"a word that is none", "gateway.schema.json", "log: {level: info}\n", "log: {level: loud}\n"},
		{"a duration", "gateway.schema.json", "store: {keep: 30d}\n", "store: {keep: 30 ngày}\n"},
		{"an adapter", "gateway.schema.json", "sources: {a: {adapter: push, streams: {}}}\n", "sources: {a: {adapter: pusher, streams: {}}}\n"},
		{"a key of another adapter", "gateway.schema.json",
			"sources: {a: {adapter: tabular, header: {row: 1}, streams: {b: {mapping: m}}}}\n",
			"sources: {a: {adapter: rest, header: {row: 1}, streams: {b: {mapping: m}}}}\n"},
		{"a secret in the open", "gateway.schema.json",
			`sources: {a: {adapter: rest, auth: {token: "${env:T}"}, streams: {}}}`, "sources: {a: {adapter: rest, auth: {token: hunter2}, streams: {}}}\n"},
		{"a profile in place", "gateway.schema.json", "sources: {a: {adapter: rest, streams: {b: {mapping: m, wire: " +
			"{profile: p, vi: a, en: b, evidence: seen, kind: task, request: {path: /x}, paging: {kind: none}, records: {key: id}, watermark: {kind: none}}}}}}\n",
			"sources: {a: {adapter: rest, streams: {b: {mapping: m, wire: " +
				"{profile: p, vi: a, en: b, evidence: seen, kind: task, request: {path: /x}, paging: {kind: pages}, records: {key: id}, watermark: {kind: none}}}}}}\n"},
		{"a reference for a number", "gateway.schema.json", `redis: {db: "${env:DB}"}`, "redis: {db: nine}\n"},
		{"a canonical field", "mapping.schema.json", mapping + "fields: {subject: a}\n", mapping + "fields: {subjekt: a}\n"},
		{"a field of another kind", "mapping.schema.json", mapping + "fields: {applicant: {name: a}}\n",
			"mapping: m\nkind: task\nfields: {applicant: {name: a}}\n"},
		{"a member of an object", "mapping.schema.json", mapping + "fields: {applicant: {name: a}}\n",
			mapping + "fields: {applicant: {names: a}}\n"},
		{"a key of a rule", "mapping.schema.json", mapping + "fields: {subject: {from: a, default: b}}\n",
			mapping + "fields: {subject: {form: a}}\n"},
		{"a cleaning step", "mapping.schema.json", mapping + "fields: {subject: {from: a, clean: [upper, {head: 3}]}}\n",
			mapping + "fields: {subject: {from: a, clean: [uper]}}\n"},
		{"a list", "mapping.schema.json", mapping + "fields: {steps: {each: a, fields: {name: b}}}\n",
			mapping + "fields: {steps: {each: a, fields: {nam: b}}}\n"},
		{"a kind", "mapping.schema.json", mapping + "fields: {}\n", "mapping: m\nkind: dosier\nfields: {}\n"},
		{"an exclusion without its name", "mapping.schema.json", mapping + "fields: {}\nexclude: [{name: a, when: x}]\n",
			mapping + "fields: {}\nexclude: [{when: x}]\n"},
		{"a code list", "codelist.schema.json", "list: a\nfor: dossier.status\nentries: [{code: a, to: b}]\n",
			"list: a\nfor: dossier.status\nentries: [{code: a, too: b}]\n"},
		{"a test", "mapping-test.schema.json", "cases: [{name: a, raw: {}, want: {}}]\n", "cases: [{name: a, raw: {}, wants: {}}]\n"},
	} {
		s := editorSchema(t, c.schema)
		if err := againstSchema(t, s, c.name, c.right); err != nil {
			t.Errorf("%s: what is right is refused: %v", c.name, err)
		}
		if againstSchema(t, s, c.name, c.wrong) == nil {
			t.Errorf("%s: the mistake is taken", c.name)
		}
	}
}

// TestEveryKeyIsExplained: what a key means stands in both languages, with an
// example, wherever keys are written.
func TestEveryKeyIsExplained(t *testing.T) {
	count := 0
	var walk func(where string, fields []strict.Field)
	walk = func(where string, fields []strict.Field) {
		for _, f := range fields {
			count++
			if f.Type == "" && !strings.Contains(where, "step") || f.VI == "" || f.EN == "" || f.Sample() == "" {
				t.Errorf("%s%s: type %q, vi %q, en %q, example %q", where, f.Key, f.Type, f.VI, f.EN, f.Sample())
			}
			walk(where+f.Key+".", f.Fields)
		}
	}
	for _, place := range setup.Places() {
		walk(place.Name+" ", place.Fields)
	}
	if count < 500 {
		t.Errorf("only %d keys", count)
	}
}
