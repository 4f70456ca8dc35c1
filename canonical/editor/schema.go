package editor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"iocgateway/canonical/strict"
	"iocgateway/canonical/words"
)

// Schema is a JSON Schema, or a part of one.
type Schema map[string]any

// Draft is the draft that the YAML language server reads.
const Draft = "http://json-schema.org/draft-07/schema#"

const (
	reference = `^\$\{(env|file):.+\}$`
	duration  = `^(([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+|[0-9]+d|0)$`
)

// Ref is a reference to a definition.
func Ref(name string) Schema { return Schema{"$ref": "#/definitions/" + name} }

// Either takes what one of them takes.
func Either(of ...Schema) Schema { return Schema{"anyOf": of} }

// Object is a mapping with these fields and no others. What a field is may be
// said in a better way than by its type. Required ones are asked for where all is in one place.
func Object(fields []strict.Field, better map[string]Schema, whole bool) Schema {
	properties, required := Schema{}, []string{}
	for _, f := range fields {
		s, known := better[f.Key]
		if !known {
			s = typed(f.Type, f, whole)
		}
		properties[f.Key] = Described(s, f)
		if whole && f.Required && f.Default == "" {
			required = append(required, f.Key)
		}
	}
	out := Schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// Described adds a field's words, in both languages until In chooses one. Beside a reference draft 7
// reads nothing, so that one goes into a part of its own.
func Described(s Schema, f strict.Field) Schema {
	out := Schema{}
	for k, v := range s {
		out[k] = v
	}
	if ref, is := s["$ref"]; is {
		delete(out, "$ref")
		out["allOf"] = []Schema{{"$ref": ref}}
	}
	text := words.Word{VI: f.VI, EN: f.EN}
	out["description"] = text
	if f.Default != "" {
		text.VI += "\n\nmặc định: `" + f.Default + "`"
		text.EN += "\n\ndefault: `" + f.Default + "`"
	}
	if sample := f.Sample(); sample != "" {
		text.VI += "\n\nví dụ: `" + f.Key + ": " + sample + "`"
		text.EN += "\n\nexample: `" + f.Key + ": " + sample + "`"
	}
	out["markdownDescription"] = text
	return out
}

// In is the schema with its words in a language.
func (s Schema) In(lang words.Lang) Schema {
	return words.Texts(s, lang).(map[string]any) //nolint:forcetypeassert // of a mapping
}

// typed is what a field takes.
func typed(kind string, f strict.Field, whole bool) Schema {
	if of, list := strings.CutPrefix(kind, "list of "); list {
		item := typed(of, f, whole)
		return Either(Schema{"type": "array", "items": item}, item) // one value is a list of one
	}
	if of, dict := strings.CutPrefix(kind, "mapping of "); dict {
		return Schema{"type": "object", "additionalProperties": typed(of, f, whole)}
	}
	switch kind {
	case "mapping":
		if len(f.Fields) == 0 {
			return Schema{}
		}
		return Object(f.Fields, nil, whole)
	case "bool":
		return referable(Schema{"type": "boolean"})
	case "duration":
		return Schema{"type": []string{"string", "integer"}, "pattern": duration + "|" + reference, "minimum": 0, "maximum": 0}
	case "secret":
		return Schema{"type": "string", "pattern": reference}
	}
	if words := f.Choices(); len(words) > 0 {
		return referable(Schema{"enum": words})
	}
	if strings.HasPrefix(kind, "int") || strings.HasPrefix(kind, "uint") {
		return referable(bounds(Schema{"type": "integer"}, f.Rules))
	}
	return Scalar()
}

// Scalar is a text; YAML may take what is written for a number or a truth.
func Scalar() Schema { return Schema{"type": []string{"string", "number", "boolean"}} }

// Texts is a text or a list of texts.
func Texts() Schema { return Either(Scalar(), Schema{"type": "array", "items": Scalar()}) }

func referable(s Schema) Schema {
	return Either(s, Schema{"type": "string", "pattern": reference})
}

func bounds(s Schema, rules string) Schema {
	for _, rule := range strings.Split(rules, ",") {
		name, text, _ := strings.Cut(rule, "=")
		n, err := strconv.Atoi(text)
		switch {
		case err != nil:
		case name == "min" || name == "gte":
			s["minimum"] = n
		case name == "max" || name == "lte":
			s["maximum"] = n
		}
	}
	return s
}

// Bytes is a schema as a file.
func (s Schema) Bytes() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(s); err != nil {
		panic(fmt.Sprintf("editor: %v", err)) // only texts, numbers, lists and schemas
	}
	return out.Bytes()
}
