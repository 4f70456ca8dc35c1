package mappings

import (
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

const partsMapping = `mapping: m
kind: observation
fields:
  indicator: {code: i}
  value: v
  period:
    parts:
      year: y
      half: {from: h, when: present(raw.h)}
      quarter: {from: q, when: present(raw.q)}
      month: {from: m, when: raw.m != nil}
      week: {from: w, when: present(raw.w)}
      day: {from: d, when: present(raw.d)}
    label: l
`

func TestPeriodsOfParts(t *testing.T) {
	p, err := compileText(partsMapping)
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{
		`"y":2026`: `"period":{"freq":"A","start":"2026-01-01","end":"2026-12-31","label":"2026"}`,
		`"y":"Năm 2026","q":"III","l":"Quý III"`:           `"period":{"freq":"Q","start":"2026-07-01","end":"2026-09-30","label":"Quý III"}`,
		`"y":"2026","q":3`:                                 `"start":"2026-07-01","end":"2026-09-30","label":"2026-Q3"`,
		`"y":"2026","q":"Quý 3"`:                           `"label":"2026-Q3"`,
		`"y":"2026","q":"Q3"`:                              `"label":"2026-Q3"`,
		`"y":"2026","m":7`:                                 `"period":{"freq":"M","start":"2026-07-01","end":"2026-07-31","label":"2026-07"}`,
		`"y":"2026","m":"07"`:                              `"label":"2026-07"`,
		`"y":"2026","m":"Tháng bảy"`:                       `"label":"2026-07"`,
		`"y":"2026","m":"July"`:                            `"label":"2026-07"`,
		`"y":"2026","m":"giêng"`:                           `"label":"2026-01"`,
		`"y":"2026","q":3,"m":8`:                           `"label":"2026-08"`,
		`"y":"2026","h":1`:                                 `"label":"2026-S1"`,
		`"y":"2026","h":"6 tháng cuối năm"`:                `"label":"2026-S2"`,
		`"y":"2026","w":5`:                                 `"label":"2026-W05"`,
		`"y":"2026","m":2,"d":28`:                          `"label":"2026-02-28"`,
		`"y":"2026","m":2,"d":30`:                          "GW-M121",
		`"y":"2026","m":13`:                                "GW-M121",
		`"y":"2026","m":""`:                                "GW-M110",
		`"y":"2026","m":null`:                              `"label":"2026"`,
		`"y":"2026","q":5`:                                 "GW-M121",
		`"y":"2026","q":"2026-07"`:                         "GW-M121",
		`"y":"năm nay"`:                                    "GW-M121",
		`"y":""`:                                           "GW-M110",
		`"y":"2026-07"`:                                    "GW-M121",
		`"y":{"a":1}`:                                      "GW-M110",
		`"y":"2026","m":"` + strings.Repeat("9", 99) + `"`: "GW-M121",
	} {
		r, err := mapped(p.Bind("s", "t"), `{"i":"a","v":1,`+payload+`}`)
		got := string(r.Body)
		if prob, ok := problem.As(err); ok {
			got = prob.Code
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %v %s, want %s", payload, err, got, want)
		}
	}
}

func TestPeriodsOfPartsAreChecked(t *testing.T) {
	for _, c := range []struct{ period, code, names string }{
		{"{parts: {quarter: q}}", "GW-M004", "year"},
		{"{parts: y}", "GW-M004", "year"},
		{"{parts: {year: y, day: d}}", "GW-M004", "month"},
		{"{parts: {year: y, quater: q}}", "GW-M002", "quater"},
		{"{parts: {year: y}, of: y}", "GW-M002", "of"},
		{"{parts: {year: y}, freq: f}", "GW-M002", "freq"},
	} {
		_, err := compileText("mapping: m\nkind: observation\nfields: {indicator: {code: i}, value: v, period: " + c.period + "}\n")
		if err == nil || !strings.Contains(err.Error(), c.code) || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", c.period, err)
		}
	}
}
