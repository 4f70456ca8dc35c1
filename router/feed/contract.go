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
	"iocgateway/canonical/words"
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

// written is a description written beside what it describes, in both languages.
var written = regexp.MustCompile(`\{"vi": ("(?:[^"\\]|\\.)*"), "en": ("(?:[^"\\]|\\.)*")\}`)

// components are the schemas, described in a language.
func components(lang problem.Lang) json.RawMessage {
	return written.ReplaceAll(componentsJSON, []byte(words.Word{VI: "$1", EN: "$2"}.In(lang)))
}

// language is that of a document: English, for programs, unless another is asked for.
func (p *params) language(r *http.Request) problem.Lang {
	if given := p.choice("lang", []string{"vi", "en"}); given != "" {
		return problem.Lang(given)
	}
	return answer.LanguageOr(r, problem.English)
}

// document answers with a document in the language that is asked for.
func document(w http.ResponseWriter, r *http.Request, p *params, make func(lang problem.Lang) object) *answer.Problem {
	lang := p.language(r)
	if p.bad != nil {
		return p.bad
	}
	w.Header().Set("Content-Language", string(lang))
	return writeJSON(w, r, words.Texts(make(lang), lang))
}

// openapi answers GET /openapi.json, made of the table that is served.
func (h *contractHandlers) openapi(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	return document(w, r, p, h.describe)
}

func (h *contractHandlers) describe(lang problem.Lang) object {
	paths := object{}
	for _, rt := range h.routes {
		item, ok := paths[rt.path].(object)
		if !ok {
			item = object{}
			paths[rt.path] = item
		}
		item[strings.ToLower(rt.method)] = operation(rt)
	}
	return object{
		"openapi": "3.1.0",
		"info": object{"title": product, "version": h.Version,
			"description": words.Word{VI: "Kênh dữ liệu có thứ tự, liên tục, không sót: hồ sơ, văn bản, nhiệm vụ, phản ánh, kiến nghị và số liệu thống kê. " +
				"Quy tắc của bên nhận: ghi đè theo subject, giữ sequence lớn hơn; gặp 409 hoặc 410: lấy lại bản chụp, thay toàn bộ. Xem /docs.",
				EN: "Ordered, gap-free feeds of dossiers, documents, tasks, citizens' feedback and statistics. " +
					"A reader's rule: upsert by subject, keep the greater sequence; 409 or 410: take a snapshot again, replacing. See /docs."}},
		"servers":           []object{{"url": "/"}},
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"tags":              tags(),
		"paths":             paths,
		"components": object{"schemas": components(lang),
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer"}}},
	}
}

// product is what is described.
var product = words.Word{VI: "Cổng tích hợp dữ liệu đô thị", EN: "City integration gateway"}

// groups are the parts of the API, in the order people read them.
var groups = []struct {
	tag   string
	title words.Word
}{
	{"feeds", words.Word{VI: "Kênh dữ liệu", EN: "Feeds"}}, {"records", words.Word{VI: "Bản ghi", EN: "Records"}},
	{"streams", words.Word{VI: "Luồng", EN: "Streams"}}, {"quarantine", words.Word{VI: "Cách ly", EN: "Quarantine"}},
	{"admin", words.Word{VI: "Quản trị", EN: "Administration"}}, {"gateway", words.Word{VI: "Cổng tích hợp", EN: "The gateway"}},
}

func tags() (out []object) {
	for _, g := range groups {
		out = append(out, object{"name": g.tag, "description": g.title})
	}
	return out
}

func operation(rt route) object {
	text := words.Word{VI: rt.vi, EN: rt.en}
	op := object{"operationId": operationID(rt), "tags": []string{rt.tag}, "summary": text}
	if !rt.open {
		op["security"] = []object{{"bearer": []string{}}}
		op["description"] = words.Word{VI: text.VI + ". Vai trò: " + rt.role.String() + ".", EN: text.EN + ". Role: " + rt.role.String() + "."}
	} else {
		op["security"] = []object{}
		op["description"] = words.Word{VI: text.VI + ".", EN: text.EN + "."}
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
		schema["description"] = words.Word{VI: "RFC 3339, hoặc một ngày", EN: "RFC 3339, or a day"}
	}
	if len(p.values) > 0 {
		schema["enum"] = p.values
	}
	out := object{"name": p.name, "in": p.in, "schema": schema, "description": words.Word{VI: p.vi, EN: p.en}}
	if p.in == "path" {
		out["required"] = true
	}
	return out
}

func responses(rt route) object {
	out := object{"200": object{"description": statusWord(200), "content": content(rt)}}
	if rt.job {
		out["202"] = object{"description": statusWord(202), "content": content(rt)}
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
		out[strconv.Itoa(c)] = object{"description": statusWord(c),
			"content": object{answer.Media: object{"schema": ref("Problem")}}}
	}
	if rt.method == http.MethodGet && !rt.live && rt.path != "/livez" && rt.path != "/readyz" {
		out["304"] = object{"description": statusWord(304)}
	}
	return out
}

func statusWord(code int) words.Word {
	return words.Word{VI: answer.Title(code, problem.Vietnamese), EN: answer.Title(code, problem.English)}
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
func (h *contractHandlers) schemaFile(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	name, lang := r.PathValue("file"), p.language(r)
	if p.bad != nil {
		return p.bad
	}
	for _, k := range canonical.Kinds() {
		if name != schema.FileName(k) {
			continue
		}
		if b := h.Schema(k, lang); len(b) > 0 {
			w.Header().Set("Content-Type", "application/schema+json")
			w.Header().Set("Content-Language", string(lang))
			w.Header().Add("Vary", "Accept-Language")
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
func (h *contractHandlers) asyncapi(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem {
	return document(w, r, p, h.channels)
}

func (h *contractHandlers) channels(problem.Lang) object {
	channels, operations, messages, schemas := object{}, object{}, object{}, object{}
	for _, f := range canonical.Feeds() {
		name := string(f)
		carried := object{}
		for _, k := range f.Kinds() {
			schemas[string(k)] = object{"type": "object", "description": words.Word{
				VI: "Lược đồ JSON: /schemas/" + string(k) + ".json", EN: "JSON Schema: /schemas/" + string(k) + ".json"}}
			for _, op := range []string{"changed", "corrected", "gone"} {
				m := string(k) + "_" + op
				messages[m] = h.message(k, op)
				carried[m] = object{"$ref": "#/components/messages/" + m}
			}
		}
		channels[name] = object{"address": "/v1/feeds/" + name + "/stream", "title": name, "messages": carried,
			"description": words.Word{VI: "Dòng sự kiện (server-sent events); cũng các sự kiện ấy bằng GET /v1/feeds/" + name + "/changes.",
				EN: "Server-sent events; the same events by GET /v1/feeds/" + name + "/changes."}}
		operations["read_"+name] = object{"action": "send", "channel": object{"$ref": "#/channels/" + name},
			"summary": words.Word{VI: "Cổng tích hợp gửi mọi thay đổi của kênh dữ liệu " + name + ", theo thứ tự.",
				EN: "The gateway sends every change of feed " + name + ", in order."}}
	}
	return object{"asyncapi": "3.0.0",
		"info":               object{"title": product, "version": h.Version},
		"defaultContentType": "application/cloudevents+json",
		"channels":           channels, "operations": operations,
		"components": object{"messages": messages, "schemas": schemas}}
}

// message is an event of a kind in AsyncAPI.
func (h *contractHandlers) message(k canonical.Kind, op string) object {
	number := object{"type": "string", "pattern": "^[0-9]{20}$"}
	return object{"name": h.Prefix + "." + string(k) + "." + op + ".v1", "contentType": "application/cloudevents+json",
		"payload": object{"type": "object", "required": []string{"specversion", "id", "source", "type", "subject", "sequence", "previous"},
			"properties": object{"data": object{"$ref": "#/components/schemas/" + string(k)},
				"subject":  object{"type": "string", "description": words.Word{VI: "mã bản ghi", EN: "record id"}},
				"sequence": number, "previous": number}}}
}
