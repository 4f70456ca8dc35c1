package expression

import (
	"reflect"
	"strings"
	"testing"
)

// calculate compiles an expression whose paths have the values given, by
// their spelling.
func calculate(t *testing.T, text string, truth bool, values map[string]any) (any, error) {
	t.Helper()
	var paths []string
	p, err := Compile(text, truth, func(root, path string) bool {
		paths = append(paths, strings.Trim(root+"."+path, "."))
		return root == "raw" || root == "item"
	})
	if err != nil {
		return nil, err
	}
	var m Machine
	m.Start("the key")
	for i, path := range paths {
		m.Set(i, values[path])
	}
	return m.Run(p)
}

func TestWhatExpressionsCalculate(t *testing.T) {
	values := map[string]any{"raw.a": "x", "raw.n": 2.5, "raw.deep.b.0": "y", "item": "Đã  XONG", "raw.dot\\.ted": true, "raw.blank": " "}
	for text, want := range map[string]any{
		"raw.a": "x", "raw.a + raw.deep.b[0]": "xy", "raw['dot.ted']": true, "raw.none": nil, "raw.none ?? 'z'": "z", "key": "the key",
		"folded(item)": "da xong", "text(item)": "Đã XONG", "num('1.234,5') + 1": 1235.5, "num('x')": nil, "num(raw.n)": 2.5,
		"text(raw.n)":        "2.5",
		"present(raw.blank)": false, "present(raw.a) and not present(raw.none)": true, "raw.a in ['x', 'y'] ? 1 : 2": 1,
		"raw.a matches '^[xy]$'": true,
	} {
		got, err := calculate(t, text, false, values)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %v, want %v", text, got, err, want)
		}
	}
	if _, err := calculate(t, "raw.a + raw.n", false, values); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a text plus a number: %v", err)
	}
}

// TestWhatIsNotOnTheListIsRefused: nothing that loops, ranges or reaches out.
func TestWhatIsNotOnTheListIsRefused(t *testing.T) {
	for _, text := range []string{
		"1..900000", "repeat('x', 100000)", "map(raw.a, {#})", "let a = 1; a", "len(raw.a)", "now()", "env", "raw.a[0:2]", "{a: 1}", "2 ** 9999",
		"raw.a matches raw.b", "raw[raw.b]", "raw.a.b()", "text(raw.a, raw.b)", "raw.a | upper()", "$env", "", "raw.a +",
		strings.Repeat("raw.a + ", 200) + "1", "'" + strings.Repeat("x", 5000) + "'",
	} {
		if got, err := calculate(t, text, false, nil); err == nil {
			t.Errorf("%.40q passes: %v", text, got)
		}
	}
	if _, err := calculate(t, "raw.a + 1", true, nil); err == nil {
		t.Error("a number passes for a yes or a no")
	}
}

// TestNoValueStays: a machine that is kept holds nothing of the Raw of before.
func TestNoValueStays(t *testing.T) {
	p, err := Compile("raw.a ?? key", false, func(string, string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	var m Machine
	m.Start("k")
	m.Set(0, "secret")
	if got, err := m.Run(p); err != nil || got != "secret" {
		t.Fatalf("%v %v", got, err)
	}
	if m.Clear(); len(m.vars) != 0 {
		t.Errorf("%v stays", m.vars)
	}
	m.Start("other")
	if got, err := m.Run(p); err != nil || got != "other" {
		t.Errorf("%v %v", got, err)
	}
}
