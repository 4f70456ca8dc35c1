package setup

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"iocgateway/adapters/all"
	"iocgateway/canonical"
	"iocgateway/canonical/editor"
	"iocgateway/canonical/schema"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/mappings/keys"
)

// SchemaDir is where the schemas lie: in the project, and beside what init writes.
const SchemaDir = "schemas"

// EditorSchemas are JSON Schemas of the files that people write, by file name,
// with what each key is in a language.
func EditorSchemas(lang words.Lang) map[string]editor.Schema {
	all := map[string]editor.Schema{
		"gateway.schema.json": gatewaySchema(),
		"profile.schema.json": headed(words.Word{VI: "Mẫu kết nối", EN: "Wire profile"},
			editor.Object(strict.Fields(all.WireProfile()), nil, true)),
		"mapping.schema.json": mappingSchema(),
		"codelist.schema.json": headed(words.Word{VI: "Danh mục mã", EN: "Code list"}, editor.Object(keys.Codes(), map[string]editor.Schema{
			"entries": list(editor.Object(keys.Entry(), nil, true))}, true)),
		"mapping-test.schema.json": headed(words.Word{VI: "Kiểm thử ánh xạ", EN: "Tests of a mapping"},
			editor.Object(keys.Tests(), map[string]editor.Schema{
				"cases": list(editor.Object(keys.Case(), map[string]editor.Schema{"raw": {}, "want": {"type": "object"},
					"want_error": {"type": "object"}}, true))}, true)),
	}
	for name, s := range all {
		all[name] = s.In(lang)
	}
	return all
}

// writeSchemas writes the schemas into a folder.
func writeSchemas(sh *shell.Shell, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("schemas: %w", err)
	}
	for name, s := range EditorSchemas(sh.Language()) {
		if err := os.WriteFile(filepath.Join(dir, name), s.Bytes(), 0o644); err != nil { //nolint:gosec // for everybody's editor
			return fmt.Errorf("schemas: %w", err)
		}
	}
	sh.Tell("đã ghi các lược đồ vào %s: trình soạn thảo dùng khi tệp mở đầu bằng # yaml-language-server: $schema=ĐƯỜNG_DẪN",
		"wrote the schemas into %s: editors take them where a file begins with # yaml-language-server: $schema=PATH", dir)
	return nil
}

func headed(title words.Word, s editor.Schema) editor.Schema {
	s["$schema"], s["title"] = editor.Draft, title
	return s
}

func list(item editor.Schema) editor.Schema { return editor.Schema{"type": "array", "items": item} }

// gatewaySchema is of gateway.yaml: a source has the keys of its adapter, and so have its streams.
func gatewaySchema() editor.Schema {
	definitions := editor.Schema{"profile": editor.Object(strict.Fields(all.WireProfile()), nil, true)}
	var names []string
	var choose []editor.Schema
	for _, spec := range all.Specs() {
		name := spec.Info.Name
		names = append(names, name)
		better := map[string]editor.Schema{}
		if slices.ContainsFunc(spec.Fields, func(f strict.Field) bool { return f.Key == "wire" }) {
			better["wire"] = editor.Ref("profile")
		}
		own := editor.Object(spec.Fields, better, false)
		definitions["stream_"+name] = merged(editor.Object(config.StreamFields(), nil, true), own)
		source := editor.Object(config.SourceFields(), map[string]editor.Schema{"adapter": {"const": name},
			"streams": {"type": "object", "additionalProperties": editor.Ref("stream_" + name)}}, true)
		definitions["source_"+name] = merged(source, own)
		choose = append(choose, editor.Schema{"if": editor.Schema{"properties": editor.Schema{"adapter": editor.Schema{"const": name}},
			"required": []string{"adapter"}}, "then": editor.Ref("source_" + name)})
	}
	definitions["source"] = editor.Schema{"type": "object", "required": []string{"adapter"},
		"properties": editor.Schema{"adapter": editor.Schema{"enum": names}}, "allOf": choose}
	out := editor.Object(strict.Fields(config.Default()), map[string]editor.Schema{
		"sources": {"type": "object", "additionalProperties": editor.Ref("source")}}, true)
	out["definitions"] = definitions
	return headed(words.Word{VI: "Cấu hình của cổng tích hợp", EN: "Configuration of the gateway"}, out)
}

// merged has the keys of both; what stands in the first is so.
func merged(first, second editor.Schema) editor.Schema {
	properties := editor.Schema{}
	for _, s := range []editor.Schema{second, first} {
		maps.Copy(properties, s["properties"].(editor.Schema)) //nolint:forcetypeassert // of editor.Object
	}
	out := maps.Clone(first)
	out["properties"] = properties
	return out
}

// mappingSchema is of mappings: which canonical fields there are depends on the kind.
func mappingSchema() editor.Schema {
	rule := map[string]editor.Schema{"when": expression(), "expr": expression(), "clean": editor.Ref("steps"),
		"codelist": editor.Either(editor.Scalar(), editor.Schema{"type": "object", "additionalProperties": editor.Scalar()})}
	m := &mapped{definitions: editor.Schema{
		"rule":  editor.Either(editor.Texts(), editor.Object(keys.Rule(), rule, false)),
		"steps": steps(),
	}}
	var kinds []string
	var choose []editor.Schema
	for _, kind := range canonical.Kinds() {
		kinds = append(kinds, string(kind))
		m.kind(kind)
		choose = append(choose, editor.Schema{"if": editor.Schema{"properties": editor.Schema{"kind": editor.Schema{"const": kind}}},
			"then": editor.Schema{"properties": editor.Schema{"fields": editor.Ref(string(kind))}}})
	}
	out := editor.Object(keys.Mapping(), map[string]editor.Schema{"kind": {"enum": kinds}, "at": editor.Ref("rule"),
		"fields": {"type": "object"}, "exclude": list(editor.Object(keys.Exclude(), map[string]editor.Schema{"when": expression()}, true))}, true)
	out["definitions"], out["allOf"] = m.definitions, choose
	return headed(words.Word{VI: "Ánh xạ", EN: "Mapping"}, out)
}

func expression() editor.Schema { return editor.Scalar() }

// steps are cleaning steps: one or several, each a name or a name with its argument.
func steps() editor.Schema {
	properties, bare := editor.Schema{}, []string{}
	for _, s := range keys.Steps() {
		properties[s.Key] = editor.Described(editor.Schema{}, s)
		bare = append(bare, s.Key)
	}
	step := editor.Either(editor.Schema{"enum": bare}, editor.Schema{"type": "object", "additionalProperties": false,
		"properties": properties, "minProperties": 1, "maxProperties": 1})
	return editor.Either(step, list(step))
}

// mapped turns the schema of records into that of what maps them.
type mapped struct{ definitions editor.Schema }

// record is as much of a record's schema as is needed here.
type record struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Title, Description   string
	Items                *record
	Properties           map[string]*record
	AdditionalProperties *record
	Defs                 map[string]*record `json:"$defs"`
}

func (m *mapped) kind(kind canonical.Kind) {
	var of record
	if err := json.Unmarshal(schema.Get(kind, words.English), &of); err != nil {
		panic("setup: a schema of ours that is no JSON: " + err.Error())
	}
	for name, def := range of.Defs {
		m.definitions[string(kind)+"."+name] = m.members(kind, name, def)
	}
	delete(of.Properties, "id") // what the engine writes
	delete(of.Properties, "kind")
	delete(of.Properties, "unread")
	m.definitions[string(kind)] = m.members(kind, "", &of)
}

// members are those of an object, also as a.b.
func (m *mapped) members(kind canonical.Kind, name string, of *record) editor.Schema {
	var own []strict.Field
	switch name {
	case "Period":
		own = keys.Period()
	case "Identifier": // a rule with its system
		own = keys.Rule()[:1]
	case "Area":
		own = []strict.Field{{Key: "find", VI: "Tìm đơn vị theo tên", EN: "Looks the unit up by its name"}}
	}
	better := map[string]editor.Schema{"parts": editor.Object(keys.Parts(), rules(keys.Parts()), true)}
	maps.Copy(better, rules(own))
	better["from"] = editor.Ref("rule")
	find := editor.Object(keys.Find(), map[string]editor.Schema{"name": editor.Ref("rule")}, true)
	better["find"] = editor.Either(find, list(find))
	out := editor.Object(own, better, false)
	properties := out["properties"].(editor.Schema) //nolint:forcetypeassert // of editor.Object
	var names []string
	for _, member := range slices.Sorted(maps.Keys(of.Properties)) {
		p := of.Properties[member]
		properties[member] = editor.Described(m.field(kind, p), strict.Field{VI: p.Title, EN: p.Description})
		names = append(names, member)
	}
	out["patternProperties"] = editor.Schema{`^(` + strings.Join(names, "|") + `)\.`: editor.Schema{}}
	return out
}

// rules are the fields whose value a rule gains.
func rules(of []strict.Field) map[string]editor.Schema {
	out := map[string]editor.Schema{}
	for _, f := range of {
		if f.Type == "rule" {
			out[f.Key] = editor.Ref("rule")
		}
	}
	return out
}

func (m *mapped) field(kind canonical.Kind, p *record) editor.Schema {
	switch {
	case p.Ref != "":
		in := editor.Ref(string(kind) + "." + p.Ref[strings.LastIndexByte(p.Ref, '/')+1:])
		return editor.Either(in, editor.Object(keys.Object(), map[string]editor.Schema{"fields": in, "when": expression()}, true))
	case p.Items != nil:
		item := m.field(kind, p.Items)
		each := keys.Each()
		better := map[string]editor.Schema{"clean": editor.Ref("steps"), "when": expression(), "fields": item}
		if p.Items.Ref == "" { // one value an element: a rule beside each
			each = append(each[:2:2], keys.Rule()...)
			better["codelist"] = editor.Schema{}
		}
		return editor.Either(list(item), item, editor.Object(each, better, false))
	case p.AdditionalProperties != nil:
		each := editor.Schema{"type": "object", "additionalProperties": editor.Ref("rule")}
		return editor.Either(editor.Ref("rule"), each, editor.Object(keys.Object(), map[string]editor.Schema{"fields": each, "when": expression()}, true))
	}
	return editor.Ref("rule")
}
