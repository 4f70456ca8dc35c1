package feed

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/problem/answer"
	"iocgateway/canonical/schema"
)

// components.json holds the schemas the answers refer to. Objects in it are
// open: version 1 only grows, and readers ignore what they do not know.
//
//go:embed components.json
var componentsJSON []byte

type object = map[string]any

// contractHandlers answer the documents that describe what is served, made of
// the table that is served.
type contractHandlers struct {
	failures
	Contract
	routes []route
}

// openapi answers GET /openapi.json, made of the table that is served.
func (h *contractHandlers) openapi(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	paths := object{}
	for _, rt := range h.routes {
		item, ok := paths[rt.path].(object)
		if !ok {
			item = object{}
			paths[rt.path] = item
		}
		item[strings.ToLower(rt.method)] = operation(rt)
	}
	return writeJSON(w, r, object{
		"openapi": "3.1.0",
		"info": object{"title": "Cổng tích hợp dữ liệu đô thị", "version": h.Version,
			"description": "Ordered, gap-free feeds of dossiers, documents, tasks, citizens' feedback and statistics. " +
				"A reader's rule: upsert by subject, keep the greater sequence; 409 or 410: take a snapshot again, replacing. See /docs."},
		"servers":           []object{{"url": "/"}},
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"tags": []object{{"name": "feeds", "description": "Kênh dữ liệu"}, {"name": "records", "description": "Bản ghi hiện tại"},
			{"name": "streams", "description": "Luồng"}, {"name": "quarantine", "description": "Cách ly"},
			{"name": "admin", "description": "Quản trị"},
			{"name": "gateway", "description": "Cổng tích hợp"}},
		"paths": paths,
		"components": object{"schemas": json.RawMessage(componentsJSON),
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer"}}},
	})
}

func operation(rt route) object {
	op := object{"operationId": operationID(rt), "tags": []string{rt.tag}, "summary": rt.vi, "description": rt.en + "."}
	if !rt.open {
		op["security"] = []object{{"bearer": []string{}}}
		op["description"] = rt.en + ". Role: " + rt.role.String() + "."
	} else {
		op["security"] = []object{}
	}
	if len(rt.params) > 0 {
		list := make([]object, 0, len(rt.params))
		for _, p := range rt.params {
			list = append(list, p.describe())
		}
		op["parameters"] = list
	}
	if rt.body != "" {
		op["requestBody"] = object{"required": true, "content": object{mediaPage: object{"schema": ref(rt.body)}}}
	}
	op["responses"] = responses(rt)
	return op
}

func (p param) describe() object {
	schema := object{"type": "string"}
	switch p.kind {
	case "integer", "boolean":
		schema["type"] = p.kind
	case "date-time":
		schema["description"] = "RFC 3339, or a day"
	}
	if len(p.values) > 0 {
		schema["enum"] = p.values
	}
	out := object{"name": p.name, "in": p.in, "schema": schema, "description": p.vi + " / " + p.en}
	if p.in == "path" {
		out["required"] = true
	}
	return out
}

func responses(rt route) object {
	out := object{"200": object{"description": "OK", "content": content(rt)}}
	if rt.job {
		out["202"] = object{"description": "Accepted", "content": content(rt)}
	}
	codes := []int{400, 503}
	if !rt.open {
		codes = append(codes, 401)
	}
	codes = append(codes, rt.errors...)
	if rt.method == http.MethodPost {
		codes = append(codes, 403)
	}
	slices.Sort(codes)
	for _, c := range slices.Compact(codes) {
		out[strconv.Itoa(c)] = object{"description": answer.Title(c, problem.English),
			"content": object{answer.Media: object{"schema": ref("Problem")}}}
	}
	if rt.method == http.MethodGet && !rt.live && rt.path != "/livez" && rt.path != "/readyz" {
		out["304"] = object{"description": "Not Modified"}
	}
	return out
}

// content is what a route answers, by form.
func content(rt route) object {
	media := rt.media
	if len(media) == 0 {
		media = []string{mediaPage}
	}
	out := object{}
	for _, m := range media {
		schema := object{"type": "string"}
		if rt.answer != "" && (m == mediaPage || strings.HasSuffix(m, "+json")) {
			schema = ref(rt.answer)
		}
		if m == mediaBatch {
			schema = object{"type": "array", "items": ref("Event")}
		}
		out[m] = object{"schema": schema}
	}
	return out
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// operationID is the route in words, fit for a generated client's method.
func operationID(rt route) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(rt.method))
	for _, part := range regexp.MustCompile(`[A-Za-z0-9]+`).FindAllString(strings.TrimPrefix(rt.path, "/v1"), -1) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// schemaFile answers GET /schemas/{file}.
func (h *contractHandlers) schemaFile(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	name := r.PathValue("file")
	for _, k := range canonical.Kinds() {
		if name != schema.FileName(k) {
			continue
		}
		if b := h.Schema(k); len(b) > 0 {
			w.Header().Set("Content-Type", "application/schema+json")
			return tagged(w, r, b)
		}
	}
	want := ""
	for _, k := range canonical.Kinds() {
		want += string(k) + ".json "
	}
	return answer.New(404, &problem.Problem{Code: "GW-F027", Value: problem.Short(name), Want: want})
}

// asyncapi answers GET /asyncapi.json: the feeds as channels.
func (h *contractHandlers) asyncapi(w http.ResponseWriter, r *http.Request, _ *params) *answer.Problem {
	channels, operations, messages, schemas := object{}, object{}, object{}, object{}
	for _, f := range canonical.Feeds() {
		name := string(f)
		carried := object{}
		for _, k := range f.Kinds() {
			schemas[string(k)] = object{"type": "object", "description": "JSON Schema: /schemas/" + string(k) + ".json"}
			for _, op := range []string{"changed", "corrected", "gone"} {
				m := string(k) + "_" + op
				messages[m] = h.message(k, op)
				carried[m] = object{"$ref": "#/components/messages/" + m}
			}
		}
		channels[name] = object{"address": "/v1/feeds/" + name + "/stream", "title": name, "messages": carried,
			"description": "Server-sent events; the same events by GET /v1/feeds/" + name + "/changes."}
		operations["read_"+name] = object{"action": "send", "channel": object{"$ref": "#/channels/" + name},
			"summary": "The gateway sends every change of feed " + name + ", in order."}
	}
	return writeJSON(w, r, object{"asyncapi": "3.0.0",
		"info":               object{"title": "Cổng tích hợp dữ liệu đô thị", "version": h.Version},
		"defaultContentType": "application/cloudevents+json",
		"channels":           channels, "operations": operations,
		"components": object{"messages": messages, "schemas": schemas}})
}

// message is an event of a kind in AsyncAPI.
func (h *contractHandlers) message(k canonical.Kind, op string) object {
	number := object{"type": "string", "pattern": "^[0-9]{20}$"}
	return object{"name": h.Prefix + "." + string(k) + "." + op + ".v1", "contentType": "application/cloudevents+json",
		"payload": object{"type": "object", "required": []string{"specversion", "id", "source", "type", "subject", "sequence", "previous"},
			"properties": object{"data": object{"$ref": "#/components/schemas/" + string(k)},
				"subject":  object{"type": "string", "description": "record id"},
				"sequence": number, "previous": number}}}
}
