// Package schema gives the JSON Schema (2020-12) of every record kind and the
// data dictionary, both generated from the structs of package canonical. The
// schemas are checked in, so that a change of the model is seen as a change of
// a contract.
//
// They are open on purpose: version 1 only grows, so readers must ignore
// members and codes that they do not know. Codes stand in examples and
// x-codes, never as a closed enum.
package schema

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"iocgateway/canonical"
	"iocgateway/canonical/words"
)

//go:embed *.json
var files embed.FS

// FileName is the name under which a kind's schema is kept and served.
func FileName(kind canonical.Kind) string { return string(kind) + ".json" }

// Get gives the schema of a kind, described in a language: the checked-in one
// in English. It is nil when there is no such kind.
func Get(kind canonical.Kind, lang words.Lang) []byte {
	if !kind.Valid() {
		return nil
	}
	if lang == words.Vietnamese {
		return inVietnamese()[kind]
	}
	data, err := files.ReadFile(FileName(kind))
	if err != nil {
		return nil // a test holds every kind to have its file
	}
	return data
}

// inVietnamese are the schemas with Vietnamese descriptions, made once.
var inVietnamese = sync.OnceValue(func() map[canonical.Kind][]byte {
	all := map[canonical.Kind][]byte{}
	for _, kind := range canonical.Kinds() {
		all[kind] = Generate(kind, words.Vietnamese)
	}
	return all
})

// open is what every reader must know.
var open = words.Word{VI: "Bên nhận phải bỏ qua thành phần và mã chưa biết: phiên bản 1 chỉ có thêm.",
	EN: "Readers must ignore members and codes that they do not know: version 1 only grows."}

// Generate makes the schema of a kind from its struct, described in a language;
// nil when there is no such kind. The same structs always give the same bytes.
func Generate(kind canonical.Kind, lang words.Lang) []byte {
	e := canonical.NewEntity(kind)
	if e == nil {
		return nil
	}
	g := generator{defs: map[string]object{}, lang: lang}
	t := reflect.TypeOf(e).Elem()
	vi, en := KindTitle(kind)
	root := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", ID(kind)},
		{"title", vi},
		{"description", words.Word{VI: vi, EN: en}.In(lang) + ". " + open.In(lang)},
	}
	root = append(root, g.object(t, kind)...)
	if len(g.defs) > 0 {
		var defs object
		for name, def := range g.defs {
			defs = append(defs, member{name, def})
		}
		slices.SortFunc(defs, func(a, b member) int { return strings.Compare(a.name, b.name) })
		root = append(root, member{"$defs", defs})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic(fmt.Sprintf("schema: %s: %v", kind, err)) // only text, numbers and objects of ours
	}
	return out.Bytes()
}

// ID is the identity of a kind's schema, the same wherever it is served.
func ID(kind canonical.Kind) string {
	return "urn:vn-gov-quangngai:ioc-gateway:schema:" + string(kind) + ":v1"
}

// KindTitle names a kind in Vietnamese and English.
func KindTitle(kind canonical.Kind) (vi, en string) {
	switch kind {
	case canonical.KindDocument:
		return "Văn bản đến, đi", "Official document, incoming or outgoing"
	case canonical.KindTask:
		return "Nhiệm vụ", "Task with a due date"
	case canonical.KindDossier:
		return "Hồ sơ thủ tục hành chính", "Dossier of an administrative procedure"
	case canonical.KindFeedback:
		return "Phản ánh, kiến nghị", "Feedback of citizens"
	case canonical.KindObservation:
		return "Giá trị chỉ tiêu kinh tế – xã hội", "One value of one indicator"
	case canonical.KindUnit:
		return "Đơn vị hành chính", "Dated administrative unit"
	case canonical.KindAgency:
		return "Cơ quan", "Dated agency"
	case canonical.KindProcedure:
		return "Thủ tục hành chính", "Dated administrative procedure"
	case canonical.KindOps:
		return "Tình trạng cổng tích hợp", "State of the gateway itself"
	}
	return string(kind), string(kind)
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := enc.Encode(m.name); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := enc.Encode(m.value); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
