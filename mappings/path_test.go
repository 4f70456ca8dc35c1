package mappings

import (
	"fmt"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// TestPaths: mappings name what they take as profiles do, and a step that is
// none is refused where it stands.
func TestPaths(t *testing.T) {
	const text = "mapping: m\nkind: feedback\nfields:\n  codes: [{system: s, from: id}]\n  status: {const: new}\n  content: {const: c}\n  title: %s\n"
	payload := `{"id":1,"cf":[{"id":2,"value":"x"},{"id":"7","value":"đúng","sub":[{"v":"sâu"}]}],"y":{"2024":"năm","0":"không"},"one":{"v":"một"}}`
	for path, want := range map[string]string{"'cf[id=7].value'": "đúng", "'cf[1].value'": "đúng", "cf.1.value": "đúng",
		"'cf[id=7].sub[0].v'": "sâu",
		"y.2024":              "năm", "y.0": "không", "one.0.v": "một", "'one[v=một].v'": "một"} {
		p, err := compileText(fmt.Sprintf(text, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, err := mapped(p.Bind("s", "t"), payload); err != nil || !strings.Contains(string(got.Body), `"title":"`+want+`"`) {
			t.Errorf("%s: %s %v", path, got.Body, err)
		}
	}
	for _, path := range []string{"'cf[*].value'",
		"'cf.#.value'", "'cf[-1]'", "'cf[id=7'", "cf..value", "'cf.#(id==7).value'", "'cf[id==7].value'", "'cf[id]'", "$"} {
		_, err := compileText(fmt.Sprintf(text, path))
		if p, ok := problem.As(err); !ok || p.Code != "GW-M008" || p.Line != 7 || p.Col != 10 || p.Want == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestDatesThatAreNone: what systems write for "no date" is none, and which
// days these are is the mapping's to say.
func TestDatesThatAreNone(t *testing.T) {
	const text = "mapping: m\nkind: feedback\n%sdates: [\"dd/MM/yyyy HH:mm\", dd/MM/yyyy, iso]\nfields:\n" +
		"  codes: [{system: s, from: id}]\n  status: {const: new}\n  content: {const: c}\n  title: {const: t}\n  due_at: due\n"
	for _, c := range []struct{ head, due, want string }{
		{"", "01/01/1900", ""}, {"", "1900-01-01T00:00:00", ""}, {"", "01/01/1900 00:00", ""}, {"", "0001-01-01", ""}, {"", "31/12/9999", ""},
		{"", "1753-01-01", ""}, {"", "02/01/1900", "1900-01-02T"}, {"", "1970-01-01", "1970-01-01T"},
		{"no_dates: [1970-01-01, 1900-01-01]\n", "01/01/1970", ""}, {"no_dates: []\n", "01/01/1900", "1900-01-01T"},
		{"no_dates: 2099-12-31\n", "31/12/2099 23:59", ""}, {"no_dates: 2099-12-31\n", "0001-01-01", ""},
		{"", "31/12/2025 24:00", "2026-01-01T00:00:00"}, {"", "05/03/2026\u00a010:30", "2026-03-05T10:30"},
		{"", "05/03/2026   10:30", "2026-03-05T10:30"},
		{"", "2026-03-05\u202f10:30", "2026-03-05T10:30"},
	} {
		p, err := compileText(fmt.Sprintf(text, c.head))
		if err != nil {
			t.Fatal(err)
		}
		got, err := mapped(p.Bind("s", "t"), `{"id":1,"due":"`+c.due+`"}`)
		if has := strings.Contains(string(got.Body), "due_at"); err != nil || has != (c.want != "") || has &&
			!strings.Contains(string(got.Body), `"due_at":"`+c.want) {
			t.Errorf("%s%q: %s %v", c.head, c.due, got.Body, err)
		}
	}
	for due, want := range map[string]string{"31/02/2026": "dd/MM/yyyy", "05/03/2026 25:00": "dd/MM/yyyy HH:mm"} {
		p, _ := compileText(fmt.Sprintf(text, ""))
		_, err := mapped(p.Bind("s", "t"), `{"id":1,"due":"`+due+`"}`)
		if found, ok := problem.As(err); !ok || found.Code != "GW-M111" || found.Near != want ||
			!strings.Contains(found.Text(problem.English), "no real date") {
			t.Errorf("%s: %v", due, err)
		}
	}
	for _, due := range []string{"2026.03.05", "05-03-2026", "mai", "05/03/26"} {
		p, _ := compileText(fmt.Sprintf(text, ""))
		_, err := mapped(p.Bind("s", "t"), `{"id":1,"due":"`+due+`"}`)
		if found, ok := problem.As(err); !ok || found.Code != "GW-M111" || found.Near != "" ||
			!strings.Contains(found.Text(problem.English), "fits no layout of: dd/MM") ||
			!strings.Contains(found.Text(problem.Vietnamese), "không theo kiểu ngày nào") {
			t.Errorf("%s: %v", due, err)
		}
	}
	_, err := compileText(fmt.Sprintf(text, "no_dates: [1900-01-01, 01/01/1970]\n"))
	if err == nil || !strings.Contains(err.Error(), "m.yaml:3:24") {
		t.Errorf("%v", err)
	}
}
