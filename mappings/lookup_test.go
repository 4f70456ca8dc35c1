package mappings

import (
	"strings"
	"testing"
	_ "time/tzdata"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/units"
)

// The areas of a table that gives them by name, back-cast to years before the
// units it names.
func TestAreasOfATableByName(t *testing.T) {
	table, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := Load(Options{Units: UnitTable(table)})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := set.Plan("statistics/observation-cube")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{
		{"Toàn tỉnh", `"area":{"code":"51","name":"Toàn tỉnh","on":"2025-07-01"}`},
		{"Kon Tum (cũ)", `"area":{"code":"62","name":"Kon Tum (cũ)","on":"2025-06-30"}`},
		{"Quảng Ngãi (cũ)", `"area":{"code":"51","name":"Quảng Ngãi (cũ)","on":"2025-06-30"}`},
		{"Phường Cẩm Thành", `"area":{"code":"21025","name":"Phường Cẩm Thành","on":"2025-07-01"}`},
		{"Xã Không Có", `"unread":[{"field":"area.code","raw":"Xã Không Có","code":"GW-M120"}]`},
		{"51", `"area":{"code":"51","on":"2016-01-01"}`},
	} {
		payload := `{"table":"V","dims":{"Địa bàn":"` + c.name + `"},"labels":{"Địa bàn":"` + c.name + `"},"period":{"freq":"A","start":"2016-01-01","end":"2016-12-31"},"value":"1"}`
		r, err := mapped(plan.Bind("s", "t"), payload)
		if err != nil || !strings.Contains(string(r.Body), c.want) {
			t.Errorf("%s: %v %s", c.name, err, r.Body)
		}
		if strings.Contains(c.want, "unread") == strings.Contains(string(r.Body), `"area"`) {
			t.Errorf("%s: %s", c.name, r.Body)
		}
	}
}

type twoDays struct{}

func (twoDays) AsOf() string { return "2026-01-01" }
func (twoDays) Find(name, _, day string) (string, bool) {
	switch {
	case name == "Xã Sơn" && day < "2025-07-01":
		return "1", true
	case name == "Xã Sơn":
		return "2", true
	}
	return "3", name == "Xã Đông"
}

const byName = `mapping: m
kind: feedback
on_invalid: unread
fields:
  title: t
  area:
    code: ma
    find: {name: {from: [xa, phuong], clean: {cut_prefix: "x:"}}, days: ["2025-07-01", ngay]}
    on: {from: luc, when: present(raw.ma)}
`

func TestANameOfTwoUnitsIsNobodys(t *testing.T) {
	for _, c := range []struct {
		units         Units
		payload, want string
	}{
		{twoDays{}, `{"t":"a","xa":"Xã Đông","ngay":"2016-01-01"}`, `"area":{"code":"3","on":"2025-07-01"}`},
		{twoDays{}, `{"t":"a","phuong":"x:Xã Đông"}`, `"area":{"code":"3","on":"2025-07-01"}`},
		{twoDays{}, `{"t":"a","xa":"Xã Sơn","ngay":"2016-01-01"}`, `"kind":"feedback","unread":[{"field":"area.code","raw":"Xã Sơn","code":"GW-M120"}],"title":"a"}`},
		{twoDays{}, `{"t":"a","xa":"Xã Sơn"}`, `"area":{"code":"2","on":"2025-07-01"}`},
		{twoDays{}, `{"t":"a","ma":"51","luc":"2016-01-01","xa":"Xã Sơn"}`, `"area":{"code":"51","on":"2016-01-01"}`},
		{nil, `{"t":"a","xa":"Xã Đông"}`, `"kind":"feedback","title":"a"}`},
	} {
		p, err := Compile("m.yaml", []byte(byName), Env{Units: c.units})
		if err != nil {
			t.Fatal(err)
		}
		r, err := mapped(p.Bind("s", "t"), c.payload)
		if err != nil || !strings.Contains(string(r.Body), c.want) {
			t.Errorf("%s: %v %s", c.payload, err, r.Body)
		}
	}
}

func TestWhyShowsThatThereIsNoTableOfUnits(t *testing.T) {
	for note, u := range map[string]Units{"no_unit_table": nil, "unit_not_found": twoDays{}} {
		p, err := Compile("m.yaml", []byte(byName), Env{Units: u})
		if err != nil {
			t.Fatal(err)
		}
		why, err := p.Bind("s", "t").Why(canonical.Raw{Key: "k", Payload: []byte(`{"t":"a","xa":"Xã Tây"}`)})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, w := range why {
			found = found || w.Field == "area.code" && w.Note == note && string(w.Raw) == `"Xã Tây"`
		}
		if !found {
			t.Errorf("%s: %+v", note, why)
		}
	}
}

func TestPeriodsByName(t *testing.T) {
	text := "mapping: m\nkind: observation\nfields: {indicator: {code: i}, value: v, period: {of: {template: \"{q}{y}\"}, freq: f, label: l}}\n"
	p, err := compileText(text)
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{
		`{"i":"a","v":1,"q":"Quý III/","y":"2026"}`:             `"period":{"freq":"Q","start":"2026-07-01","end":"2026-09-30","label":"Quý III/2026"}`,
		`{"i":"a","v":1,"y":"202602","f":"M","l":"\"2\""}`:      `"period":{"freq":"M","start":"2026-02-01","end":"2026-02-28","label":"\"2\""}`,
		`{"i":"a","v":1,"y":" 6 tháng  đầu năm 2026 "}`:         `"label":"6 tháng đầu năm 2026"}`,
		`{"i":"a","v":1,"y":"202602"}`:                          "GW-M121",
		`{"i":"a","v":1,"y":"` + strings.Repeat("9", 99) + `"}`: "GW-M121",
		`{"i":"a","v":1}`: "GW-M110",
	} {
		r, err := mapped(p.Bind("s", "t"), payload)
		got := string(r.Body)
		if prob, ok := problem.As(err); ok {
			got = prob.Code
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %v %s", payload, err, got)
		}
	}
}

// TestNumbersWithMarks is what the hint of GW-M112 says: number and mark of one
// cell, and nothing lost.
func TestNumbersWithMarks(t *testing.T) {
	head := "mapping: m\nkind: observation\nfields:\n  indicator: {code: i}\n  period: {of: y}\n"
	plain, err := compileText(head + "  value: v\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = mapped(plain.Bind("s", "t"), `{"i":"a","y":"2026","v":"519.4sb"}`)
	p, ok := problem.As(err)
	if !ok || p.Code != "GW-M112" || !strings.Contains(p.Hint(problem.English), "match: '^([-0-9.,]+)'") {
		t.Fatal(err)
	}
	read, err := compileText(head + "  value: {from: v, clean: [{match: '^([-0-9.,]+)'}]}\n" +
		"  flags: [{from: v, clean: [{match: '([a-z*]+)$'}], codelist: {sb: break, '*': estimated}}]\n")
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{"519.4sb": `"value":"519.4","flags":["break"]`, "12*": `"value":"12","flags":["estimated"]`, "7": `"value":"7"}`,
		"7zz": `"flags":["unknown"]`} {
		r, err := mapped(read.Bind("s", "t"), `{"i":"a","y":"2026","v":"`+cell+`"}`)
		if err != nil || !strings.Contains(string(r.Body), want) {
			t.Errorf("%s: %s %v", cell, r.Body, err)
		}
	}
}

func TestSummerTimeByItsZone(t *testing.T) {
	p, err := compileText("mapping: m\nkind: dossier\nzone: America/New_York\ndates: [\"dd/MM/yyyy HH:mm\"]\nfields: {subject: s, due_at: d}\n")
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{
		`{"s":"a","d":"12/03/2022 10:00"}`: `"due_at":"2022-03-12T10:00:00-05:00"`,
		`{"s":"a","d":"14/03/2022 10:00"}`: `"due_at":"2022-03-14T10:00:00-04:00"`,
	} {
		if r, err := mapped(p.Bind("s", "t"), payload); err != nil || !strings.Contains(string(r.Body), want) {
			t.Errorf("%v %s", err, r.Body)
		}
	}
	for _, zone := range []string{"Local", "../etc/passwd", "Asia/Nowhere", "/etc/localtime"} {
		if _, err := compileText("mapping: m\nkind: dossier\nzone: " + zone + "\nfields: {subject: s}\n"); err == nil {
			t.Errorf("zone %s is taken", zone)
		}
	}
}
