package mappings

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
)

func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

var _ = flag.Bool("update", false, "rewrite the golden files")

func testCodes(name string) (*CodeList, bool) {
	if name != "t/status" {
		return nil, false
	}
	l, err := ParseCodeList("codes/t/status.yaml", []byte("list: t/status\nfor: dossier.status\nentries:\n- {code: \"1\", to: registered}\n- {code: \"04\", to: processing}\n"))
	return l, err == nil
}

func compileText(text string) (*Plan, error) {
	return Compile("m.yaml", []byte(text), Env{Codes: testCodes})
}

const faulty = `mapping: m
kind: dossier
zone: Asia/Hanoi
dates: [dd/mm/yyyy]
typ: x
fields:
  titel: TieuDe
  subject: {form: a}
  status: {from: s, codelist: t/stauts}
  channel: {from: c, codelist: {"1": onlin}}
  submitted_at: {from: a, clean: strip_html}
  received_at: {from: a, layouts: [MM/dd/yyyy HH:MM], on_invalid: drop}
  applicant.name: {from: a, clean: [uper, {head: x}]}
  area: {code: xa}
  finished_at: {from: a, const: b}
  due_precision: {const: hour}
  procedure: {name: {expr: "all(1..9, {# > 1})"}, code: {expr: "raw.a +"}}
  rating: {from: "a..b"}
  fees: {from: x}
exclude: [{name: x}]
`

func TestEveryMistakeIsReportedAtOnce(t *testing.T) {
	_, err := compileText(faulty)
	problems := problemsOf(err)
	for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
		var b strings.Builder
		for _, p := range problems {
			b.WriteString(p.Code + " " + p.Place() + ": " + p.Text(lang) + "\n")
			if hint := p.Hint(lang); hint != "" {
				b.WriteString("    " + hint + "\n")
			}
		}
		golden := "testdata/mistakes." + string(lang) + ".txt"
		if updating() {
			if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("got\n%s\nwant\n%s", b.String(), want)
		}
	}
	if len(problems) < 18 {
		t.Errorf("only %d mistakes", len(problems))
	}
}

func TestExpressionsThatNeverEndAreRefused(t *testing.T) {
	for _, text := range []string{
		"let a = 1..900000; all(a, {all(a, {# >= 0})})",
		"1..900000",
		"repeat(repeat('x', 100000), 100000)",
		"map(raw.a, {#})", "filter(raw.a, # > 1)", "raw.a[0:2]", "{a: 1}", "len(raw.a)", "now()", "raw", "env", "item.x",
		"raw.a matches raw.b", "raw[raw.b]", "2 ** 9999", "raw.a.b()", "text(raw.a, raw.b)",
		strings.Repeat("raw.a + ", 200) + "1",
	} {
		_, err := compileText("mapping: m\nkind: dossier\nfields:\n  subject: {expr: \"" + text + "\"}\n")
		if p, ok := problem.As(err); !ok || p.Code != "GW-M021" {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// An empty kind once compiled to nothing at all, without an error.
func TestAKindHasToBeNamed(t *testing.T) {
	for text, code := range map[string]string{"kind: \"\"": "GW-M003", "kind: !x": "GW-M003", "kind:": "GW-M004", "notes: x": "GW-M004",
		"kind: matter": "GW-M003", "kind: [task]": "GW-M003"} {
		plan, err := compileText("mapping: m\n" + text + "\nfields: {title: t}\n")
		if p, ok := problem.As(err); plan != nil || !ok || p.Code != code {
			t.Errorf("%s: %v %v", text, plan, err)
		}
	}
}

func TestCodeListMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"list: a\nfor: dossier.status\nentries: [{code: 01, to: finished}]":                                                      "GW-M018 c.yaml:3:18",
		"list: a\nfor: dossier.status\nentries: [{code: no, to: finished}]":                                                      "GW-M018 c.yaml:3:18",
		"list: a\nfor: dossier.status\nentries: [{code: a, to: finised}]":                                                        "GW-M016 c.yaml:3:25",
		"list: a\nfor: dossier.status\nentries: [{code: a, to: finished}, {code: a, to: returned}]":                              "GW-M017 c.yaml:3:43",
		"list: a\nfor: dossier.state\nentries: [{code: a, to: finished}]":                                                        "GW-M005 c.yaml:2:6",
		"list: a\nfor: dossier.status\nmatch: label\nentries: [{code: a, to: finished}]":                                         "GW-M004 c.yaml:4:11",
		"list: a\nfor: dossier.status\nentries: {a: b}":                                                                          "GW-M003 c.yaml:1:1",
		"list: a\nfor: dossier.status\nmatch: label\nentries: [{label: Đã xong, to: finished}, {label: ĐÃ  XONG, to: returned}]": "GW-M017 c.yaml:4:51",
	} {
		if _, err := ParseCodeList("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestRevisionFollowsEverything(t *testing.T) {
	text := "mapping: m\nkind: dossier\nfields: {subject: a, status: {from: s, codelist: t/status}}\n"
	revision := func(text string, env Env) string {
		p, err := Compile("m.yaml", []byte(text), env)
		if err != nil {
			t.Fatal(err)
		}
		return p.Revision()
	}
	base := revision(text, Env{Codes: testCodes})
	if base != revision(text, Env{Codes: testCodes}) {
		t.Error("it is not stable")
	}
	other, _ := ParseCodeList("c", []byte("list: t/status\nfor: dossier.status\nentries: [{code: a, to: finished}]"))
	for name, got := range map[string]string{
		"text":   revision(text+"# more\n", Env{Codes: testCodes}),
		"codes":  revision(text, Env{Codes: func(string) (*CodeList, bool) { return other, true }}),
		"policy": revision(text, Env{Codes: testCodes, Policy: privacy.KeepAll()}),
		"units":  revision(text, Env{Codes: testCodes, Units: fakeUnits{}}),
	} {
		if got == base {
			t.Errorf("%s does not change the revision", name)
		}
	}
}

type fakeUnits struct{}

func (fakeUnits) AsOf() string { return "2026-09-01" }
func (fakeUnits) Find(name, parent, day string) (string, bool) {
	return "21172", name == "Phường Cẩm Thành" && parent == "51" && day == "2025-08-01"
}

func FuzzCompile(f *testing.F) {
	f.Add(faulty)
	s, _ := Load(Options{})
	for _, name := range s.Names() {
		_, data, _ := s.Source(name)
		f.Add(string(data))
	}
	for _, seed := range []string{"", "mapping: m", "mapping: m\nkind: \"\"\nfields: {title: t}", "kind: task\nfields: {a: b}", "kind: feedback\nmapping: m\nfields: {location: {lat: a, lon: b}}",
		"mapping: m\nkind: observation\nfields: {dims: {a: {}}}", "mapping: m\nkind: dossier\nfields: {codes: [{from: [a, {b: c}]}]}",
		"mapping: m\nkind: dossier\nfields: {area: {find: x, on: a}}", "mapping: m\nkind: dossier\nfields: {legs: {each: , fields: }}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := Compile("m.yaml", []byte(text), Env{Codes: s.Codes, Units: fakeUnits{}})
		if err != nil {
			for _, p := range problemsOf(err) {
				if _, known := problem.WordsOf(p.Code); !known {
					t.Fatalf("no words for %s", p.Code)
				}
			}
			return
		}
		_, err = plan.Bind("s", "t").Map(canonical.Raw{Key: "k", Payload: []byte(`{"a":{"b":[1,"x",null]},"s":"1"}`)})
		if err != nil && problem.Rule(err) == "" {
			var p *problem.Problem
			if !errors.As(err, &p) {
				t.Fatal(err)
			}
		}
	})
}

// problemsOf takes joined errors apart.
func problemsOf(err error) []*problem.Problem {
	all, _ := problem.All(err)
	return all
}
