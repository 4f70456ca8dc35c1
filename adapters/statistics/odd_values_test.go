package statistics_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
	"iocgateway/canonical/units"
)

func TestJSONStatOfOtherForms(t *testing.T) {
	set := func(more string) string {
		return `{"class":"dataset","id":["a","time"],"size":[1,2],"dimension":{"a":{"category":{"index":["x"]}},"time":{"category":{"index":["2023","2024"]}}}` + more + `}`
	}
	both := map[string]string{"a|x|2023": "1", "a|x|2024": "2"}
	for name, c := range map[string]struct {
		content string
		want    map[string]string
		note    string
		failure string
	}{
		"a status of unknown form": {content: odd(t, "status-unknown-form.json"),
			want: map[string]string{"d|x|2023": "1", "d|x|2024": "2"}, note: "GW-D060"},
		"a status that is a number":                {content: set(`,"value":[1,2],"status":7`), want: both, note: "GW-D060"},
		"statuses by names":                        {content: set(`,"value":[1,2],"status":{"x|2023":"p"}`), want: both, note: "GW-D060"},
		"statuses that are objects":                {content: set(`,"value":[1,2],"status":[{"c":"p"},null]`), want: both},
		"fewer statuses":                           {content: set(`,"value":[1,2],"status":["p"]`), want: both},
		"a list too long":                          {content: set(`,"value":[1,2,3]`), failure: "GW-D054"},
		"a list too short":                         {content: set(`,"value":[1]`), failure: "GW-D032"},
		"an object that names a cell there is not": {content: set(`,"value":{"0":1,"7":3}`), failure: "GW-D054"},
		"a text with commas":                       {content: set(`,"value":["1","2"],"label":"a,b"`), want: both},
		"a collection": {content: `{"version":"2.0","class":"collection","label":"c","link":{"item":[` + set(`,"label":"một","value":[1,2]`) + `,` + set(`,"href":"https://x.vn/api/hai.json?lang=vi","value":[3,4]`) + `]}}`,
			want: map[string]string{"một|x|2023": "1", "một|x|2024": "2", "hai|x|2023": "3", "hai|x|2024": "4"}},
		"a collection in a collection": {content: `{"class":"collection","link":{"item":[{"class":"collection","link":{"item":[` + set(`,"label":"s","value":[1,2]`) + `]}}]}}`, want: map[string]string{"s|x|2023": "1", "s|x|2024": "2"}},
		"one only pointed at":          {content: `{"class":"collection","link":{"item":[` + set(`,"label":"s","value":[1,2]`) + `,{"class":"dataset","href":"https://x.vn/b.json"}]}}`, want: map[string]string{"s|x|2023": "1", "s|x|2024": "2"}, note: "GW-D059"},
		"nothing but pointers":         {content: `{"class":"collection","link":{"item":[{"class":"dataset","href":"https://x.vn/b.json"}]}}`, failure: "GW-D031"},
		"one called as a member is": {content: `{"id":` + set(`,"value":[1,2]`) + `,"size":` + set(`,"value":[3,4]`) + `}`,
			want: map[string]string{"id|x|2023": "1", "id|x|2024": "2", "size|x|2023": "3", "size|x|2024": "4"}},
		"one of several cannot be read": {content: `{"p":` + set(`,"value":[1,2]`) + `,"q":` + set(`,"value":[1,2],"role":{"time":7}`) + `}`, failure: "GW-D031"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readFile(t, "a.json", c.content, "")
			if c.failure != "" {
				if r.failure == nil || !strings.Contains(r.failure.Error(), c.failure) || len(r.got) > 0 {
					t.Errorf("%v, %v", r.got, r.failure)
				}
				return
			}
			r.wants(t, c.want)
			if c.note != "" && !slices.Contains(r.notes, c.note) {
				t.Errorf("notes %v, want %s", r.notes, c.note)
			}
		})
	}
}

func TestValuesWithMarks(t *testing.T) {
	held := readFile(t, "a.xml", odd(t, "values-with-marks.xml"), "")
	for key, want := range map[string][2]string{"a|x|Q|2023-Q1": {"GW-D055", "sb"}, "a|x|Q|2023-Q2": {"GW-D056", ". "},
		"a|x|Q|2023-Q3": {"GW-D056", ",."}} {
		p := held.held[key]
		if p == nil || p.Code != want[0] || p.Near != want[1] {
			t.Errorf("%s: %v, want %v", key, p, want)
		}
	}
	r := readFile(t, "a.xml", odd(t, "values-with-marks.xml"), "strip: [' ', ',']\nflag: {s: E, b: B}\n")
	r.wants(t, map[string]string{"a|x|Q|2023-Q1": "519.4", "a|x|Q|2023-Q2": "1336167.72", "a|x|Q|2023-Q3": "1234.5"})
	if marks := r.cells["a|x|Q|2023-Q1"].Marks; !slices.Equal(marks, []string{"E", "B"}) {
		t.Errorf("marks %v", marks)
	}
	for _, c := range []struct{ cell, yaml, want, marks, held string }{
		{"519.4 sb", "flag: {sb: B}\n", "519.4", "B", ""},
		{"(p) 7", "flag: {(p): P}\n", "7", "P", ""},
		{"12*", "flag: {'*': P}\n", "12", "P", ""},
		{": c", "flag: {c: C}\n", "none::", "C", ""},
		{"1.234,5", "strip: ['.']\ndecimal: ','\n", "1234.5", "", ""},
		{"1,5", "decimal: ','\n", "1.5", "", ""},
		{"1 234", "strip: [' ']\n", "1234", "", ""},
		{"-5", "flag: {'*': P}\nstrip: [' ']\n", "-5", "", ""},
		{"1.5O", "", "", "", "GW-D055"},
		{"1,5", "", "", "", "GW-D056"},
		{"1.234.567", "", "", "", "GW-D056"},
		{"12-13", "", "", "", "GW-D056"},
		{"cao", "", "", "", "GW-D030"},
		{"519.4zz", "flag: {s: E}\n", "", "", "GW-D055"},
	} {
		r := readFile(t, "a.csv", "DATAFLOW,A,TIME_PERIOD,OBS_VALUE\nF,x,2024,\""+c.cell+"\"\n", c.yaml)
		got := r.cells["F|x|2024"]
		if c.held != "" {
			if p := r.held["F|x|2024"]; p == nil || p.Code != c.held || r.proved != nil {
				t.Errorf("%q: %v, %v, want %s", c.cell, r.got, p, c.held)
			}
			continue
		}
		if r.got["F|x|2024"] != c.want || strings.Join(got.Marks, " ") != c.marks {
			t.Errorf("%q %s: %q %v %v, want %q %s", c.cell, c.yaml, r.got["F|x|2024"], got.Marks, r.held, c.want, c.marks)
		}
	}
	for _, yaml := range []string{"strip: [sb]\n", "strip: ['']\n", "strip: ['5']\n", "strip: ['-']\n", "flag: {'-': B}\n",
		"flag: {'1': B}\n", "flag: {s: ''}\n", "decimal: ';'\n"} {
		if _, err := tryOpen(yaml+"place: {folder: /tmp}\n", ""); err == nil || !strings.Contains(err.Error(), "GW-C005 stream.yaml:1") {
			t.Errorf("%s: %v", yaml, err)
		}
	}
}

// TestFilesSayWhichUnitsTheyMean: a file gives codes of units and no day; which
// day's list they fit is said once it is read.
func TestFilesSayWhichUnitsTheyMean(t *testing.T) {
	table, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	rows := func(day canonical.Date, named bool) string {
		text := "DATAFLOW,REF_AREA,TIME_PERIOD,OBS_VALUE\n"
		if named {
			text = "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,REF_AREA,Area,TIME_PERIOD,Time,OBS_VALUE,Value\n"
		}
		for _, u := range table.Units("51", day) {
			switch {
			case len(u.Code) != 5:
			case named:
				text += "dataflow,F,x," + u.Code + "," + u.Name + ",2016,,1,\n"
			default:
				text += "F," + u.Code + ",2016,1\n"
			}
		}
		return text
	}
	numbers := "DATAFLOW,AGE,TIME_PERIOD,OBS_VALUE\n"
	for i := range 60 {
		numbers += fmt.Sprintf("F,%05d,2016,1\n", 90000+i)
	}
	for name, c := range map[string]struct{ content, want string }{
		"today's, with names":      {rows("2025-07-01", true), "96 96 2025-07-01 2025-06-30: 27"},
		"today's, by codes":        {rows("2025-07-01", false), "96 96 2025-07-01 2025-06-30: 95"},
		"the old ones":             {rows("2025-06-30", false), "170 170 2025-06-30 2025-07-01: 55"},
		"one that nobody knows":    {strings.Replace(rows("2025-07-01", true), "21025", "99999", 1), "95 96 2025-07-01 2025-06-30: 27"},
		"ages, not units":          {numbers, ""},
		"too few":                  {"DATAFLOW,REF_AREA,TIME_PERIOD,OBS_VALUE\nF,51,2016,1\nF,48,2016,1\n", ""},
		"a total and regions, too": {rows("2025-07-01", false) + "F,_T,2016,1\nF,V4,2016,1\n", "96 96 2025-07-01 2025-06-30: 95"},
	} {
		r := readFile(t, "a.csv", c.content, "")
		got := ""
		for _, p := range r.said {
			if p.Code == "GW-D064" {
				got = p.Value + " " + p.Want + " " + p.Near + " " + p.Path
			}
		}
		if got != c.want || r.proved == nil {
			t.Errorf("%s: %q, want %q; proved %v", name, got, c.want, r.proved)
		}
	}
}
