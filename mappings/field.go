package mappings

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
)

// form is the type of a canonical field.
type form uint8

const (
	formText form = iota
	formCode
	formTime
	formDate
	formDecimal
	formInt
	formFloat
	formBool
	formObject
	formList
	formDict
)

// String shows a value of the form, which people of every language read.
func (f form) String() string {
	return [...]string{`"…"`, `"…"`, "2026-01-31T08:00:00+07:00", "2026-01-31", "12.5", "12", "12.5", "true | false",
		"{…}", "[…]", "{…: …}"}[f]
}

// field is a canonical field, as its struct declares it.
type field struct {
	name     string
	path     string // from the record: legs[].status
	role     canonical.Role
	indexed  []canonical.Indexed // members of the record's index it stands for
	form     form
	always   bool // written even when empty
	pointer  bool
	required bool
	class    privacy.DataClass
	list     string   // canonical code list
	oneof    []string // values a closed list takes; nil when open
	min, max *float64
	known    bool // a text without a class that is an identifier
	hex      int  // exact number of hexadecimal digits; 0 when none is asked
	fixed    bool // nothing can stand in for a value that is not there
	members  []*field
	elem     *field
}

// kindField reads the fields of a kind from its struct.
func kindField(kind canonical.Kind) *field {
	e := canonical.NewEntity(kind)
	if e == nil {
		return nil
	}
	root := &field{form: formObject, always: true}
	root.members = structFields(reflect.TypeOf(e).Elem(), "", kind)
	return root
}

func structFields(t reflect.Type, prefix string, kind canonical.Kind) []*field {
	var out []*field
	roles := canonical.RolesOf(kind)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, structFields(f.Type, prefix, kind)...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		m := &field{name: name, path: prefix + name, always: options == "",
			class: privacy.DataClass(f.Tag.Get("pii")), list: f.Tag.Get("codes"), known: f.Tag.Get("text") == "identifier"}
		m.role, m.indexed = roles.Role(m.path), roles.Indexed(m.path)
		m.fixed = m.role == canonical.RoleLat || m.role == canonical.RoleLon
		m.rules(f.Tag.Get("validate"))
		m.typed(f.Type, kind)
		if m.role == canonical.RoleStatus {
			m.list = canonical.StatusList(kind)
		}
		if m.list != "" && m.form == formText {
			m.form = formCode
			m.closed()
		}
		out = append(out, m)
	}
	return out
}

// closed takes the values of the field's list as all there are.
func (m *field) closed() {
	if len(m.oneof) > 0 {
		return
	}
	codes, _ := canonical.CodeList(m.list)
	for _, c := range codes {
		m.oneof = append(m.oneof, c.Value)
	}
}

func (m *field) typed(t reflect.Type, kind canonical.Kind) {
	if t.Kind() == reflect.Pointer {
		m.pointer = true
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[canonical.Time]():
		m.form = formTime
		return
	case reflect.TypeFor[canonical.Date]():
		m.form = formDate
		return
	case reflect.TypeFor[canonical.Decimal]():
		m.form = formDecimal
		return
	case reflect.TypeFor[time.Time]():
		return
	case reflect.TypeFor[canonical.Kind]():
		m.form = formCode
		for _, k := range canonical.Kinds() {
			m.oneof = append(m.oneof, string(k))
		}
		return
	}
	m.structured(t, kind)
}

func (m *field) structured(t reflect.Type, kind canonical.Kind) {
	switch t.Kind() {
	case reflect.Bool:
		m.form = formBool
	case reflect.Int, reflect.Int64:
		m.form = formInt
	case reflect.Float64:
		m.form = formFloat
	case reflect.Struct:
		m.form = formObject
		m.members = structFields(t, m.path+".", kind)
	case reflect.Map:
		m.form = formDict
	case reflect.Slice:
		m.form = formList
		m.elem = &field{path: m.path + "[]", always: true, list: m.list}
		m.elem.typed(t.Elem(), kind)
		if m.elem.form == formObject {
			m.elem.members = structFields(t.Elem(), m.path+"[].", kind)
		}
		if m.list != "" {
			m.elem.form = formCode
			m.elem.oneof = m.oneof
			m.elem.closed()
		}
	}
}

// rules reads the validate tag. What it cannot read, the differential test
// against the validator finds.
func (m *field) rules(tag string) {
	for rule := range strings.SplitSeq(tag, ",") {
		name, arg, _ := strings.Cut(rule, "=")
		switch name {
		case "required":
			m.required = true
		case "oneof":
			m.oneof = strings.Fields(arg)
		case "gte":
			m.min = limit(arg)
		case "lte":
			m.max = limit(arg)
		case "len":
			m.hex, _ = strconv.Atoi(arg)
		}
	}
}

func limit(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &f
}

func (m *field) member(name string) *field {
	for _, c := range m.members {
		if c.name == name {
			return c
		}
	}
	return nil
}

// with gives the member of a role; nil when there is none.
func (m *field) with(role canonical.Role) *field {
	for _, c := range m.members {
		if c.role == role {
			return c
		}
	}
	return nil
}

func (m *field) names() []string {
	out := make([]string, 0, len(m.members))
	for _, c := range m.members {
		if !c.madeHere() {
			out = append(out, c.name)
		}
	}
	return out
}

// madeHere reports the fields that no mapping gives: the engine writes them.
func (m *field) madeHere() bool {
	switch m.role {
	case canonical.RoleID, canonical.RoleKind, canonical.RoleUnread, canonical.RoleNotes:
		return true
	}
	return false
}

// literal reports the members written as they are, not as paths: who issued a
// code, how a link relates.
func (m *field) literal() bool {
	switch m.role {
	case canonical.RoleSystem, canonical.RoleLinkRel, canonical.RoleLinkKind:
		return true
	}
	return false
}

// key is how the member begins in JSON.
func (m *field) key() []byte { return []byte(`"` + m.name + `":`) }

// accepts reports whether a value is in the field's closed list.
func (m *field) accepts(v string) bool {
	return m.oneof == nil || slices.Contains(m.oneof, v)
}

// fallback is what an unmapped code becomes: "unknown" where the list has
// it, otherwise nothing (and the value goes to unread).
func (m *field) fallback() string {
	if slices.Contains(m.oneof, canonical.StatusUnknown) {
		return canonical.StatusUnknown
	}
	return ""
}
