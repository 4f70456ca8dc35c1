package mappings

import (
	"fmt"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// place is a composite or leaf of a kind: where it stands in the mapping.
type fieldPlace struct {
	field *field
	above []*field
}

func places(f *field, above []*field) []fieldPlace {
	var out []fieldPlace
	for _, m := range f.members {
		if m.madeHere() {
			continue
		}
		out = append(out, fieldPlace{m, above})
		below := append(append([]*field{}, above...), m)
		switch {
		case m.form == formObject:
			out = append(out, places(m, below)...)
		case m.form == formList && m.elem.form == formObject:
			out = append(out, places(m.elem, below)...)
		}
	}
	return out
}

// keyed writes the identity mapping of a kind with lines put beside the rule
// of one field.
func keyed(kind canonical.Kind, path, lines string) string {
	var out strings.Builder
	indent, names := -1, []string{}
	for line := range strings.SplitAfterSeq(identityMapping(kind), "\n") {
		trimmed := strings.TrimLeft(line, " ")
		depth := len(line) - len(trimmed)
		name, rest, _ := strings.Cut(strings.TrimSpace(trimmed), ":")
		if depth >= 2 && name != "fields" && name != "each" {
			names = append(names[:min(len(names), (depth-2)/4)], name)
			if strings.Join(names, ".") == path {
				indent = depth + 2
				if rest = strings.TrimSpace(rest); rest != "" { // {from: x}
					fmt.Fprintf(&out, "%*s%s: {%s, %s}\n", depth, "", name, strings.Trim(rest, "{}"), lines)
					continue
				}
			}
		}
		out.WriteString(line)
		if indent > 0 && strings.Join(names, ".") == path && depth == indent-2 {
			fmt.Fprintf(&out, "%*s%s\n", indent, "", lines)
		}
	}
	return out.String()
}

func dotted(p fieldPlace) string {
	var parts []string
	for _, f := range append(append([]*field{}, p.above...), p.field) {
		parts = append(parts, f.name)
	}
	return strings.Join(parts, ".")
}

// No key is silently ignored, wherever it stands: what means nothing there is
// refused, and when: takes the field away.
func TestNoKeyIsIgnored(t *testing.T) {
	tried := 0
	for _, kind := range canonical.Kinds() {
		if kind == canonical.KindOps {
			continue
		}
		if _, err := compileText(keyed(kind, "", "")); err != nil && !strings.Contains(err.Error(), "GW-M019") {
			t.Fatal(err)
		}
		for _, p := range places(kindField(kind), nil) {
			path := dotted(p)
			text := keyed(kind, path, `nonsense: "x"`)
			if text == keyed(kind, "", "") {
				t.Fatalf("%s %s: no place found", kind, path)
			}
			if _, err := Compile("same.yaml", []byte(text), Env{}); err == nil || !strings.Contains(err.Error(), "nonsense") {
				t.Errorf("%s %s: a nonsense key passes: %v", kind, path, err)
			}
			tried++
			plan, err := Compile("same.yaml", []byte(keyed(kind, path, `when: "false"`)), Env{})
			if err != nil {
				if f := p.field; f.form != formObject || !f.always || !strings.Contains(err.Error(), "when") {
					t.Errorf("%s %s: when is refused: %v", kind, path, err)
				}
				continue
			}
			gone(t, plan, p, path)
		}
	}
	if tried < 200 {
		t.Errorf("only %d places", tried)
	}
}

// gone maps a Raw that has everything.
func gone(t *testing.T, plan *Plan, p fieldPlace, path string) {
	t.Helper()
	r := newRun(plan)
	r.reset(canonical.Raw{Key: "k", Payload: []byte(`{}`)}, "id")
	n := plan.root
	for _, f := range append(append([]*field{}, p.above...), p.field) {
		if n.elem != nil {
			n = n.elem
		}
		n = member(n, f.name)
	}
	rules := []*rule{n.rule}
	if n.elem != nil {
		rules = append(rules, n.elem.rule)
	}
	for _, ru := range rules {
		if ru != nil && ru.when != nil && !r.values.holds(ru.when, n) {
			return
		}
	}
	t.Errorf("%s %s: when: has no effect", plan.Kind, path)
}

func TestWhenTakesCompositesAway(t *testing.T) {
	head := "mapping: m\nkind: %s\nfields:\n  title: t\n  status: {from: s, codelist: {\"1\": new}}\n%s\n"
	for _, c := range []struct{ fields, payload, with, without string }{
		{`  area: {fields: {code: xa, on: ngay}, when: "raw.x == 1"}`, `"xa":"21025","ngay":"2026-01-01"`, `"area":{"code":"21025","on":"2026-01-01"}`, `"area"`},
		{`  area: {fields: {find: {name: xa, parent: "51", days: "2025-08-01"}}, when: "raw.x == 1"}`, `"xa":"Phường Cẩm Thành"`, `"area":{"code":"21172"`, `"area"`},
		{`  location: {fields: {lat: lat, lon: lon}, when: "raw.x == 1"}`, `"lat":15.1,"lon":108.8`, `"quality":"exact"`, `"location"`},
		{`  reporter: {fields: {phone: p}, when: "raw.x == 1", required: true}`, `"p":"0912345678"`, `"reporter"`, `"reporter"`},
		{`  attachments: [{fields: {url: u}, when: "raw.x == 1"}]`, `"u":"a"`, `"attachments":[{"url":"a"}]`, `"attachments"`},
		{`  steps: {each: b, when: "raw.x == 1", fields: {content: c}}`, `"b":[{"c":"z"}]`, `"steps":[{"content":"z"}]`, `"steps"`},
	} {
		p, err := Compile("m.yaml", fmt.Appendf(nil, head, "feedback", c.fields), Env{Units: fakeUnits{}})
		if err != nil {
			t.Fatal(c.fields, err)
		}
		r, err := mapped(p.Bind("s", "t"), `{"t":"a","x":1,`+c.payload+`}`)
		if err != nil || !strings.Contains(string(r.Body), c.with) {
			t.Errorf("%s: %v %s", c.fields, err, r.Body)
		}
		r, err = mapped(p.Bind("s", "t"), `{"t":"a","x":2,`+c.payload+`}`)
		if err != nil || strings.Contains(string(r.Body), c.without) {
			t.Errorf("%s: %v %s", c.fields, err, r.Body)
		}
	}
}

func TestKeysThatWouldDoNothingAreRefused(t *testing.T) {
	for _, fields := range []string{
		`subject: {const: a, clean: upper}`, `subject: {const: a, default: b}`, `subject: {const: a, required: true}`,
		`status: {const: finished, codelist: {"1": finished}}`, `status: {const: finished, on_unknown: hold}`, `rating: {const: "1", numbers: vi}`,
		`area: {find: {name: {from: a, default: b}}, on: c}`, `area: {find: {name: a}}`, `area: {find: [], on: c}`, `area: {find: {name: a, day: b}, on: c}`,
		`area: {find: {parent: "51"}, on: c}`, `area: {fields: {code: a, on: b}, whn: c}`, `area: {code: a, on: b, when: c}`,
		`legs: {each: , fields: {system: a}}`, `legs: {each: [], fields: {system: a}}`, `legs: {each: a, fields: {system: a}, required: true}`,
		`attachments: [{url: a, when: b}]`, `attachments: [{fields: {url: a}, wen: b}]`,
	} {
		if _, err := compileText("mapping: m\nkind: dossier\nfields:\n  " + fields + "\n"); err == nil {
			t.Errorf("%s passes", fields)
		}
	}
	for _, fields := range []string{
		`dims: {from: a, default: b}`, `dims: {from: a, join: b}`, `period: {of: a, start: b}`, `period: {of: {from: a, default: b}}`,
		`dims: {fields: {a: b}, wen: c}`, `period: {fields: {of: a}, when: b}`,
	} {
		rest := "\n  indicator: {code: i}\n  value: v\n"
		if !strings.HasPrefix(fields, "period") {
			rest += "  period: {of: p}\n"
		}
		if _, err := compileText("mapping: m\nkind: observation\nfields:\n  " + fields + rest); err == nil {
			t.Errorf("%s passes", fields)
		}
	}
	if _, err := compileText("mapping: m\nkind: dossier\nat: {from: a, default: b}\nfields: {subject: a}\n"); err == nil {
		t.Error("a default of at passes")
	}
}

func TestStepsAfterExpressionsAndTemplates(t *testing.T) {
	p, err := compileText("mapping: m\nkind: dossier\nfields: {subject: {template: \"{a}-{b}\", clean: upper}, rating: {expr: \"raw.c + ' đ'\", clean: {match: '^\\d+'}}}\n")
	if err != nil {
		t.Fatal(err)
	}
	r, err := mapped(p.Bind("s", "t"), `{"a":"đa","b":"x","c":"5"}`)
	if err != nil || !strings.Contains(string(r.Body), `"subject":"ĐA-X"`) || !strings.Contains(string(r.Body), `"rating":5`) {
		t.Errorf("%v %s", err, r.Body)
	}
}

func TestDictionariesCanBeAskedFor(t *testing.T) {
	for fields, want := range map[string]string{
		`{from: d, required: true}`:                       "GW-M110",
		`{fields: {a: a}, required: true}`:                "GW-M110",
		`{fields: {a: a}, required: true, when: "false"}`: "",
		`{from: d, when: "raw.x == 2"}`:                   "",
		`{fields: {a: i}, when: "raw.x == 1"}`:            `"dims":{"a":"z"}`,
		`{from: e, when: "raw.x == 1"}`:                   `"dims":{"k":"w"}`,
	} {
		p, err := compileText("mapping: m\nkind: observation\nfields:\n  indicator: {code: i}\n  value: v\n  period: {of: p}\n  dims: " + fields + "\n")
		if err != nil {
			t.Fatal(fields, err)
		}
		r, err := mapped(p.Bind("s", "t"), `{"i":"z","v":1,"p":"2026","x":1,"e":{"k":"w"}}`)
		got := string(r.Body)
		if prob, ok := problem.As(err); ok {
			got = prob.Code
		}
		if !strings.Contains(got, want) || want == "" && strings.Contains(got, "dims") {
			t.Errorf("%s: %s", fields, got)
		}
	}
}
