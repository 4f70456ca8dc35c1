package mappings

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/deploy/dev/seed"
)

// identityMapping maps a kind's own JSON to itself, every field of it.
func identityMapping(kind canonical.Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "mapping: same\nkind: %s\ndates: [rfc3339, yyyy-MM-dd]\non_unknown: hold\nfields:\n", kind)
	identityFields(&b, kindField(kind), "  ", "")
	return b.String()
}

func identityFields(b *strings.Builder, f *field, indent, prefix string) {
	for _, m := range f.members {
		if m.madeHere() {
			continue
		}
		from := prefix + m.name
		switch m.form {
		case formObject:
			fmt.Fprintf(b, "%s%s:\n%s  fields:\n", indent, m.name, indent)
			identityFields(b, m, indent+"    ", from+".")
		case formList:
			fmt.Fprintf(b, "%s%s:\n%s  each: %s\n", indent, m.name, indent, from)
			if m.elem.form == formObject {
				fmt.Fprintf(b, "%s  fields:\n", indent)
				identityFields(b, m.elem, indent+"    ", "")
			}
		default:
			fmt.Fprintf(b, "%s%s: {from: %s}\n", indent, m.name, from)
		}
	}
}

func texts() []string {
	return []string{"Đường Hùng Vương", `nói "vâng" \ rồi`, "a<b>&c", "0912345678 gọi", "Nguyễn Văn An", "cho NGUYEN văn an, và Nguyễn Văn Anh", "x", "an@example.vn", "H48.53", "中文 😀"}
}

// drawn makes a value of a field, mostly right and now and then wrong.
func drawn(t *rapid.T, f *field, wrong *int) any {
	label := f.path
	bad := rapid.IntRange(0, 60).Draw(t, label) == 0
	switch f.form {
	case formObject:
		return drawnObject(t, f, wrong)
	case formList:
		out := []any{}
		for range rapid.IntRange(1, 3).Draw(t, label) {
			out = append(out, drawn(t, f.elem, wrong))
		}
		return out
	case formDict:
		return map[string]string{"b": "2", "a": "1", "Giới tính": "nữ"}
	case formCode:
		if bad {
			*wrong++
			return "nonsense"
		}
		return rapid.SampledFrom(f.oneof).Draw(t, label)
	case formTime:
		return rapid.SampledFrom([]string{"2025-07-01T08:00:00+07:00", "2025-07-01T08:00:00.25Z", "2004-02-29T23:59:59-05:30"}).Draw(t, label)
	case formDate:
		return rapid.SampledFrom([]string{"2025-07-01", "2024-02-29", "2025-12-31"}).Draw(t, label)
	case formDecimal:
		return rapid.SampledFrom([]string{"0", "12.5", "-3", "123456789012345678.25"}).Draw(t, label)
	case formInt, formFloat:
		return drawnNumber(t, f, bad, wrong)
	case formBool:
		return rapid.Bool().Draw(t, label)
	}
	if f.hex > 0 {
		if bad {
			*wrong++
			return "xyz"
		}
		return strings.Repeat("aB", f.hex/2)
	}
	return rapid.SampledFrom(texts()).Draw(t, label)
}

func drawnNumber(t *rapid.T, f *field, bad bool, wrong *int) any {
	if bad && f.min != nil && f.class == "" {
		*wrong++
		return -1
	}
	switch f.role {
	case canonical.RoleLat:
		return 15.12345
	case canonical.RoleLon:
		return 108.80123
	}
	return rapid.SampledFrom([]int{0, 1, 40}).Draw(t, f.path)
}

// leftOut are the members the engine writes itself, and missing, which
// excludes value.
func leftOut(m *field) bool {
	return m.madeHere() || m.role == canonical.RoleMissing
}

func mustBe(m *field) bool {
	return m.required || m.always || m.fixed || m.path == "applicant.name"
}

func drawnObject(t *rapid.T, f *field, wrong *int) map[string]any {
	out := map[string]any{}
	for _, m := range f.members {
		if leftOut(m) || !mustBe(m) && rapid.IntRange(0, 2).Draw(t, "has "+m.path) == 0 {
			continue
		}
		if m.role == canonical.RoleValue && rapid.Bool().Draw(t, "no value") {
			out["missing"] = "suppressed"
			continue
		}
		out[m.name] = drawn(t, m, wrong)
	}
	if len(out) == 0 { // an empty object is left out
		if m := f.members[0]; !m.madeHere() {
			out[m.name] = drawn(t, m, wrong)
		}
	}
	return out
}

// The engine accepts exactly what the validator accepts, writes exactly what
// the encoder writes, and treats personal data exactly as the policy does.
func TestEngineAndValidatorAgree(t *testing.T) {
	for _, kind := range canonical.Kinds() {
		if kind == canonical.KindOps {
			continue // the gateway's own, never mapped
		}
		t.Run(string(kind), func(t *testing.T) {
			text := []byte(identityMapping(kind))
			keep, err := Compile("same.yaml", text, Env{Policy: privacy.KeepAll()})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			usual, _ := Compile("same.yaml", text, Env{})
			seed.Check(t, func(t *rapid.T) { agree(t, kind, keep, usual) })
		})
	}
}

func agree(t *rapid.T, kind canonical.Kind, keep, usual *Plan) {
	wrong := 0
	tree := drawnObject(t, kindField(kind), &wrong)
	payload, _ := json.Marshal(tree)
	raw := canonical.Raw{Kind: kind, Key: "k/1", Payload: payload}
	tree["id"], tree["kind"] = canonical.ID(kind, "s", raw.Key), string(kind)
	whole, _ := json.Marshal(tree)
	entity, err := canonical.Decode(kind, whole)
	if err != nil {
		t.Fatal(err)
	}
	valid := canonical.Validate(entity)
	record, err := keep.Bind("s", "st").Map(raw)
	if (valid == nil) != (err == nil) {
		t.Fatalf("validator: %v\nengine: %v\n%s", valid, err, payload)
	}
	if err != nil {
		if p, ok := problem.As(err); !ok || p.Field == "" {
			t.Fatalf("no problem with a field: %v", err)
		}
		return
	}
	canonical.Protect(privacy.KeepAll(), entity) // an anonymous matter loses who it was even so
	same(t, record, entity)
	record, err = usual.Bind("s", "st").Map(raw)
	if err != nil {
		t.Fatal(err)
	}
	canonical.Protect(privacy.DefaultPolicy(), entity)
	same(t, record, entity)
}

func same(t *rapid.T, record canonical.Record, entity canonical.Entity) {
	want, err := canonical.Encode(entity)
	if err != nil {
		t.Fatal(err)
	}
	if string(record.Body) != string(want) {
		t.Fatalf("engine\n%s\nencoder\n%s", record.Body, want)
	}
	got, should := record.Index, canonical.IndexOf(entity, record.At)
	if !got.UpdatedAt.Equal(should.UpdatedAt) || !got.CreatedAt.Equal(should.CreatedAt) ||
		!got.DueAt.Equal(should.DueAt) || !got.FinishedAt.Equal(should.FinishedAt) {
		t.Fatalf("times\n%+v\n%+v", got, should)
	}
	got.UpdatedAt, got.CreatedAt, got.DueAt, got.FinishedAt = should.UpdatedAt, should.CreatedAt, should.DueAt, should.FinishedAt
	if got != should {
		t.Fatalf("index\n%+v\n%+v\n%s", got, should, record.Body)
	}
	if record.Version != canonical.ContentVersion(record.Body) {
		t.Fatal("version is not of the body")
	}
}
