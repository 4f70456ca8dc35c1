package mappings

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// renameFields calls every member of a record otherwise, all the way down;
// nothing else about the fields changes.
func renameFields(f *field) {
	for _, m := range f.members {
		m.name = "neu_" + m.name
		m.path = strings.TrimPrefix(f.path+"."+m.name, ".")
		renameFields(m)
		if m.elem != nil {
			m.elem.path = m.path + "[]"
			renameFields(m.elem)
		}
	}
}

// compileAs compiles a mapping for a record whose fields are given.
func compileAs(t *testing.T, text string, policy privacy.Policy, of func(canonical.Kind) *field) *Plan {
	t.Helper()
	root, err := strict.Parse("m.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &compiler{file: "m.yaml", env: Env{Policy: policy, Units: fakeUnits{}}}
	c.plan = &Plan{File: c.file, policy: policy, units: c.env.Units}
	c.openFrame("")
	c.header(root)
	plan, err := c.compile(root, of(c.plan.Kind), []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return plan
}

func renamedKind(kind canonical.Kind) *field {
	f := kindField(kind)
	renameFields(f)
	return f
}

// asBefore gives a body or a problem's field its usual names again.
func asBefore(s string) string { return strings.ReplaceAll(s, "neu_", "") }

type renaming struct {
	name, usual, renamed string // the mapping in both spellings
	payloads             []string
}

func renamings() []renaming {
	const feedback = `mapping: m
kind: feedback
dates: ["dd/MM/yyyy HH:mm", "dd/MM/yyyy"]
on_invalid: unread
fields:
  %[1]scodes: [{%[1]ssystem: s, from: id}]
  %[1]sstatus: {from: st, label_from: stn, codelist: {"1": new, "2": resolved}}
  %[1]sagency: {%[1]sid: ag}
  %[1]sarea: {find: {name: xa, parent: "51", days: ngay}}
  %[1]screated_at: made
  %[1]sdue_at: due
  %[1]slinks: [{%[1]srel: based_on, %[1]skind: document, %[1]sref: ref}]
  %[1]stitle: title
  %[1]schannel: channel
  %[1]slocation: {%[1]slat: lat, %[1]slon: lon}
  %[1]sreporter: {%[1]sname: name, %[1]sphone: phone}
  %[1]sanonymous: anonymous
  %[1]sresolved_at: done
  %[1]srating: rating
`
	const observation = `mapping: m
kind: observation
fields:
  %[1]sindicator: {%[1]scode: i, %[1]sname: in}
  %[1]sarea: {%[1]scode: xa, %[1]son: ngay}
  %[1]speriod: {of: p, label: l}
  %[1]svalue: v
  %[1]smissing: why
  %[1]spublished_at: made
`
	const days = `mapping: m
kind: observation
fields:
  %[1]sindicator: {%[1]scode: i}
  %[1]speriod: {%[1]sfreq: f, %[1]sstart: a, %[1]send: b}
  %[1]svalue: v
`
	const agency = `mapping: m
kind: agency
fields: {%[1]scode: c, %[1]sname: n, %[1]svalid_from: a, %[1]svalid_to: b}
`
	const dossier = `mapping: m
kind: dossier
fields:
  %[1]sprocedure: {%[1]scode: c, %[1]sname: n}
  %[1]slegs: {each: legs, fields: {%[1]ssystem: dvcqg, %[1]sstatus: {from: s, codelist: {"1": finished}}}}
  %[1]ssubmitted_at: made
`
	out := []renaming{
		{name: "feedback", usual: feedback, payloads: []string{
			`{"id":"5","st":"1","stn":"Mới","ag":"000.00.53.H48","xa":"Phường Cẩm Thành","ngay":"01/08/2025","made":"01/02/2026 10:00","due":"05/03/2026","ref":"x","title":"Ông Lê Lan kêu","lat":15.1,"lon":108.8,"name":"Lê Lan","phone":"0912345678","done":"02/03/2026"}`,
			`{"st":"9","title":"Lê Lan, 0912345678","due":"05/03/2026 10:30","channel":"pigeon","name":"Lê Lan","anonymous":true,"lat":108.8,"lon":15.1}`,
			`{"title":"a","xa":"Xã Không Có","ngay":"01/08/2025","due":"31/02/2026","rating":"x","anonymous":"maybe","lat":0,"lon":0}`,
		}},
		{name: "observation", usual: observation, payloads: []string{
			`{"i":"a","in":"b","xa":"51","ngay":"2025-08-01","p":"Quý III/2026","l":"x","v":"1.5","made":"2026-01-02T00:00:00Z"}`,
			`{"i":"a","p":"2026","why":"suppressed"}`, `{"i":"a","p":"2026","why":"unknown"}`, `{"i":"a","p":"2026","v":1,"why":"nil"}`,
			`{"i":"a","p":"2026"}`, `{"i":"a","v":1}`, `{"p":"2026","v":1}`, `{"i":"a","p":"what","v":1}`,
		}},
		{name: "days", usual: days, payloads: []string{
			`{"i":"a","f":"M","a":"2026-01-01","b":"2026-01-31","v":1}`, `{"i":"a","f":"M","a":"2026-01-31","b":"2026-01-01","v":1}`,
		}},
		{name: "agency", usual: agency, payloads: []string{
			`{"c":"000.00.53.H48","n":"x","a":"2026-01-01","b":"2027-01-01"}`, `{"c":"x","n":"x","a":"2026-01-01","b":"2026-01-01"}`, `{"n":"x"}`,
		}},
		{name: "dossier", usual: dossier, payloads: []string{
			`{"c":"1.001612.000.00.00.H48","n":"x","legs":[{"s":"1"},{"s":"7"}],"made":"2026-01-02T00:00:00Z"}`, `{"legs":{"s":"1"}}`,
		}},
	}
	for i := range out {
		out[i].renamed = fmt.Sprintf(out[i].usual, "neu_")
		out[i].usual = fmt.Sprintf(out[i].usual, "")
	}
	return out
}

// TestRenamedMembersChangeNothingElse: what the engine knows of the model it
// knows by roles. A record whose members are all called otherwise comes out
// the same, with the other names: due day, position pair, period, anonymity,
// norms, index, the checks across fields and where problems point.
func TestRenamedMembersChangeNothingElse(t *testing.T) {
	for _, c := range renamings() {
		for name, policy := range map[string]privacy.Policy{"default": privacy.DefaultPolicy(), "keep": privacy.KeepAll()} {
			usual := compileAs(t, c.usual, policy, kindField).Bind("s", "t")
			other := compileAs(t, c.renamed, policy, renamedKind).Bind("s", "t")
			for _, payload := range c.payloads {
				sameButNames(t, c.name+" "+name, usual, other, payload)
			}
		}
	}
}

var renamedKey = regexp.MustCompile(`"neu_[a-z_]+":`)

func sameButNames(t *testing.T, name string, usual, other *Mapper, payload string) {
	t.Helper()
	want, wantErr := mapped(usual, payload)
	got, err := mapped(other, payload)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%s %s: %v, renamed %v", name, payload, wantErr, err)
	}
	if err != nil {
		a, _ := problem.As(wantErr)
		b, _ := problem.As(err)
		if a.Code != b.Code || a.Field != asBefore(b.Field) || b.Field == asBefore(b.Field) {
			t.Errorf("%s %s: %v, renamed %v", name, payload, wantErr, err)
		}
		return
	}
	if asBefore(string(got.Body)) != string(want.Body) || len(renamedKey.FindAll(got.Body, -1)) != members(t, want.Body) {
		t.Errorf("%s:\n%s\nrenamed\n%s", name, want.Body, got.Body)
	}
	if !reflect.DeepEqual(got.Index, want.Index) || !got.At.Equal(want.At) {
		t.Errorf("%s: index\n%+v\nrenamed\n%+v", name, want.Index, got.Index)
	}
}

// members counts the members of a body.
func members(t *testing.T, body []byte) int {
	t.Helper()
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		t.Fatal(err)
	}
	var count func(v any) int
	count = func(v any) int {
		n := 0
		switch v := v.(type) {
		case map[string]any:
			for _, below := range v {
				n += 1 + count(below)
			}
		case []any:
			for _, below := range v {
				n += count(below)
			}
		}
		return n
	}
	return count(tree)
}
