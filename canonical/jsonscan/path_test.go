package jsonscan_test

import (
	"errors"
	"strings"
	"testing"

	"iocgateway/canonical/jsonscan"
)

// TestStepsThatAreNone: what another syntax of paths means is refused, and
// never taken for a name.
func TestStepsThatAreNone(t *testing.T) {
	for _, path := range []string{"a..b", ".a", "a.", "*", "a.*", "a.**", "a.#", "a.#.b", "a.#(x=1).b", "$", "$.a", "@this", "a[", "a[0",
		"a[]", "a[*]",
		"a[-1]", "a[64]", "a[1:3]", "a[?(@.x==1)]", "a[x]", "a['x']", "a[x==1]", "a[x!=1]", "a[=1]", "a[x=]", "a[0]b", "[0]x", "a.[x]"} {
		var wrong *jsonscan.PathError
		if _, err := jsonscan.ParsePath(path); !errors.As(err, &wrong) || wrong.Want == "" {
			t.Errorf("%s: %v", path, err)
		}
		if trie := jsonscan.NewTrie(); trie.Want(path) != 0 || trie.Slots() != 1 {
			t.Errorf("%s: no slot", path)
		}
	}
	for _, path := range []string{"na*e", "a?", "a|b", "x.Giá (*)", "#(1)", "Số #2"} {
		if _, err := jsonscan.PlainPath(path); err == nil {
			t.Errorf("%s is a plain path", path)
		}
	}
	for _, path := range []string{"", ".", "a", "0", "a.0.b", "[1].rows", "a[0][1]", "a[id=1].b", "a[id=\"x y\"]", "Họ tên (*)", "Số #2", `a\.b`, `Giá \[VND]`, "@id", "#text",
		"a.[id=1]", `\*`} {
		if _, err := jsonscan.ParsePath(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestPathsFindTheSame: a scan that judges, one that cuts and one that finds
// mean the same by a path.
func TestPathsFindTheSame(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"a.b", `{"a":{"b":1}}`, "1"},
		{"1", `[{"x":1},[7]]`, "[7]"},
		{"[1]", `[{"x":1}, [7] ]`, "[7]"},
		{"[1].rows", `[0,{"rows":[1]}]`, "[1]"},
		{"a[1].b", `{"a":[{"b":1},{"b":2}]}`, "2"},
		{"a.1.b", `{"a":[{"b":1},{"b":2}]}`, "2"},
		{"a.1.b", `{"a":{"1":{"b":3}}}`, "3"},
		{"a[1]", `{"a":{"1":3}}`, ""},
		{"a.0.b", `{"a":{"b":4}}`, "4"}, // one where a list was expected
		{"years.2024", `{"years":{"2024":5}}`, "5"},
		{"f[id=1].value", `{"f":[{"value":"x","id":2},{"value":"y","id":1}]}`, "y"},
		{"f[id=1].value", `{"f":[{"value":"x","id":"1"}]}`, "x"},
		{"f[id=1].value", `{"f":[{"value":"x","id":10},7,null,[1]]}`, ""},
		{"f[name=Ngày nhận].value.0", `{"f":[{"name":"Ng\u00e0y nhận","value":["z"]}]}`, "z"},
		{"f[id=1].value", `{"f":{"id":1,"value":"one"}}`, "one"},
		{"f[a=1].g[b=2].c", `{"f":[{"a":0},{"a":1,"g":[{"b":1},{"b":2,"c":true}]}]}`, "true"},
		{"f[id=1]", `{"f":[{"id":1}]}`, `{"id":1}`},
		{`f\[id=1]`, `{"f[id=1]":6}`, "6"},
		{`a\.b`, `{"a.b":1,"a":{"b":2}}`, "1"},
	} {
		trie := jsonscan.NewTrie()
		slot := trie.Want(c.path)
		cells := make([]jsonscan.Value, trie.Slots())
		var s jsonscan.Scanner
		if d := s.Scan(trie, []byte(c.text), cells); d != jsonscan.Sound || cells[slot].String() != c.want {
			t.Errorf("%s in %s: %q, %v", c.path, c.text, cells[slot].String(), d)
		}
		if d := s.Find(trie, []byte(c.text), cells); d != jsonscan.Sound || cells[slot].String() != c.want && !strings.Contains(c.path, "0.b") {
			t.Errorf("found %s in %s: %q, %v", c.path, c.text, cells[slot].String(), d)
		}
		in := jsonscan.NewCutter(trie, jsonscan.NewTrie(), nil)
		if err := in.JSON([]byte(c.text)); err != nil || in.Out[slot].String() != c.want && !strings.Contains(c.path, "0.b") {
			t.Errorf("cut %s in %s: %q, %v", c.path, c.text, in.Out[slot].String(), err)
		}
	}
}

// TestTwoElementsOfOneValue: which is meant, nobody can know; a Cutter takes the last.
func TestTwoElementsOfOneValue(t *testing.T) {
	trie := jsonscan.NewTrie()
	slot := trie.Want("f[id=1].v")
	text := []byte(`{"f":[{"id":1,"v":1},{"id":1,"v":2}]}`)
	cells := make([]jsonscan.Value, 1)
	var s jsonscan.Scanner
	if d := s.Scan(trie, text, cells); d != jsonscan.Twice || s.Twice() != "f[id=1]" {
		t.Errorf("%v %q", d, s.Twice())
	}
	if d := s.Find(trie, text, cells); d != jsonscan.Sound || cells[slot].String() != "2" {
		t.Errorf("%v %q", d, cells[slot].String())
	}
}

// TestRecordsBelowElements: records lie at any path.
func TestRecordsBelowElements(t *testing.T) {
	for path, text := range map[string]string{"1": `[{"page":1},[{"id":1},{"id":2}]]`, "[1].rows": `[{},{"rows":[{"id":1},{"id":2}]}]`,
		"data.0.rows": `{"data":[{"rows":[{"id":1},{"id":2}]}]}`, "r[name=x].rows": `{"r":[{"name":"w","rows":[{"id":9}]},{"rows":[{"id":1},{"id":2}],"name":"x"}]}`} {
		env, rec := jsonscan.NewTrie(), jsonscan.NewTrie()
		env.WantRecords(path)
		slot := rec.Want("id")
		var in *jsonscan.Cutter
		got := ""
		in = jsonscan.NewCutter(env, rec, func(int, []byte) error { got += in.Cells[slot].String(); return nil })
		if err := in.JSON([]byte(text)); err != nil || got != "12" || !in.Found {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
}

// FuzzParsePath: whatever is written, it is a path or refused, and a scan by
// it ends.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"a.b", "a[0]", "a[id=1].b", "[", "a[b=]", `\`, `a\`, "0.0", "a[b=c]]"} {
		f.Add(seed, []byte(`{"a":[{"id":1,"b":{}}],"0":[0]}`))
	}
	f.Fuzz(func(t *testing.T, path string, text []byte) {
		trie := jsonscan.NewTrie()
		trie.Want(path)
		trie.WantRecords(path)
		cells := make([]jsonscan.Value, trie.Slots())
		var s jsonscan.Scanner
		strict := s.Scan(trie, text, cells)
		if checked := jsonscan.Check(text, jsonscan.MaxDepth); checked != jsonscan.Sound && strict == jsonscan.Sound {
			t.Fatalf("%q by %q: %v, %v", text, path, strict, checked)
		}
		in := jsonscan.NewCutter(trie, jsonscan.NewTrie(), func(int, []byte) error { return nil })
		_ = in.JSON(text)
	})
}
