package jsonscan_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical/jsonscan"
	"iocgateway/deploy/dev/seed"
)

// scan finds one path in a text.
func scan(path, text string) (jsonscan.Value, jsonscan.Defect) {
	t := jsonscan.NewTrie()
	slots := make([]jsonscan.Value, 1)
	t.Want(path)
	var s jsonscan.Scanner
	defect := s.Scan(t, []byte(text), slots)
	return slots[0], defect
}

func TestPaths(t *testing.T) {
	const text = `{"a":{"b":[{"c":1},{"c":"x"}],"d.e":true,"0":"zero"},"n":null,"f":false,"deep":[[1,[2,{"z":"\u0111"}]]],"t":"a\"b"}`
	for _, c := range []struct {
		path, want string
		shape      jsonscan.Shape
	}{
		{"a.b.0.c", "1", jsonscan.Number}, {"a.b[1].c", "x", jsonscan.Text}, {`a.d\.e`, "true", jsonscan.True}, {"n", "", jsonscan.Null}, {"f", "false", jsonscan.False},
		{"deep[0][1][1].z", "đ", jsonscan.Text}, {"deep.0.1.0", "2", jsonscan.Number}, {"a.b", `[{"c":1},{"c":"x"}]`, jsonscan.Array}, {"", text, jsonscan.Object}, {".", text, jsonscan.Object},
		{"a.x", "", jsonscan.Absent}, {"a.b.7", "", jsonscan.Absent}, {"a.b.c", "", jsonscan.Absent}, {"t", `a"b`, jsonscan.Text},
		{"n.0", "", jsonscan.Absent}, {"t.0", `a"b`, jsonscan.Text}, {"a.0.b.0.c", "1", jsonscan.Number}, // one value is a list of one
	} {
		v, defect := scan(c.path, text)
		if defect != jsonscan.Sound || v.Shape != c.shape || v.String() != c.want {
			t.Errorf("%s: %v %v %q, want %v %q", c.path, defect, v.Shape, v, c.shape, c.want)
		}
		if v.Shape != jsonscan.Absent && text[v.At:int(v.At)+len(v.Bytes)] != string(v.Bytes) {
			t.Errorf("%s is not at %d", c.path, v.At)
		}
	}
}

func TestDefects(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for text, want := range map[string]jsonscan.Defect{
		`{"a":1}`: jsonscan.Sound, " [ 1 , -0.5e+7 , true ]\r\n\t": jsonscan.Sound, `"\ud83d\ude00\ud83d"`: jsonscan.Sound, deep(64): jsonscan.Sound, "{\"x\":1,\"x\":2}": jsonscan.Sound,
		"": jsonscan.CutOff, " ": jsonscan.CutOff, `{"a"`: jsonscan.CutOff, `{"a":`: jsonscan.CutOff, `[1,`: jsonscan.CutOff, `"a`: jsonscan.CutOff, `"a\"`: jsonscan.CutOff, "[": jsonscan.CutOff,
		`{"a":1}x`: jsonscan.Broken, `{a:1}`: jsonscan.Broken, `{"a" 1}`: jsonscan.Broken, `{"a":1,}`: jsonscan.Broken, `[1,]`: jsonscan.Broken, `[1 2]`: jsonscan.Broken, `[01]`: jsonscan.Broken, `[+1]`: jsonscan.Broken,
		`[1.]`: jsonscan.Broken, `[.5]`: jsonscan.Broken, `[1e]`: jsonscan.Broken, `[-]`: jsonscan.Broken, `nul`: jsonscan.Broken, `"\q"`: jsonscan.Broken, `"\u12g4"`: jsonscan.Broken, "\"\x01\"": jsonscan.Broken, "\f1": jsonscan.Broken,
		"\ufeff1": jsonscan.Broken, `[}`: jsonscan.Broken, `{"a":1]`: jsonscan.Broken, "\"\xff\"": jsonscan.NotText, "{\"\xe1\xba\":1}": jsonscan.NotText, deep(65): jsonscan.TooDeep, `{"a":1,"\u0061":2}`: jsonscan.Twice,
		`{"a":[` + strings.Repeat("[", 1<<20): jsonscan.TooDeep,
	} {
		if _, got := scan("a", text); got != want {
			t.Errorf("%.40q: %v, want %v", text, got, want)
		}
	}
	var s jsonscan.Scanner
	trie := jsonscan.NewTrie()
	trie.Want("a.b")
	if s.Scan(trie, []byte(`{"a":{"b":1,"b":2}}`), make([]jsonscan.Value, 1)) != jsonscan.Twice || s.Twice() != "a.b" || s.At() != 16 {
		t.Errorf("%q at %d", s.Twice(), s.At())
	}
	if !errors.Is(error(jsonscan.CutOff), jsonscan.CutOff) || jsonscan.CutOff.Error() == jsonscan.Broken.Error() {
		t.Error("defects are errors one can ask for")
	}
}

// TestCheckTakesMore: other bytes and other depths than a scan.
func TestCheckTakesMore(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for text, want := range map[string]jsonscan.Defect{
		deep: jsonscan.Sound, "\"\xff\"": jsonscan.Sound, "[" + deep + "]": jsonscan.TooDeep, "[1,]": jsonscan.Broken,
	} {
		if got := jsonscan.Check([]byte(text), 100); got != want {
			t.Errorf("%.20q: %v, want %v", text, got, want)
		}
	}
}

// TestScannerIsUsedAgain: nothing of one text is in the next.
func TestScannerIsUsedAgain(t *testing.T) {
	one, two := jsonscan.NewTrie(), jsonscan.NewTrie()
	one.Want("a")
	for _, path := range []string{"b", "a", "c.d", "c.e"} {
		two.Want(path)
	}
	var s jsonscan.Scanner
	for range 3 {
		slots := make([]jsonscan.Value, 4)
		if s.Scan(one, []byte(`{"a":1,"b":2}`), slots[:1]) != jsonscan.Sound || string(slots[0].Bytes) != "1" {
			t.Fatal(slots)
		}
		slots[3] = slots[0]
		defect := s.Scan(two, []byte(`{"a":"x","c":{"d":[]}}`), slots)
		if defect != jsonscan.Sound || slots[0].Shape != 0 || slots[1].String() != "x" || slots[3].Shape != 0 {
			t.Fatal(slots)
		}
		if s.Scan(two, []byte(`{"a":`), slots) != jsonscan.CutOff {
			t.Fatal("cut")
		}
	}
	s.Release()
	if s.Text() != nil {
		t.Error("the text is held")
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	trie := jsonscan.NewTrie()
	trie.Want("applicant.data.fullname")
	trie.Want("task.0.id")
	body, slots := []byte(dossier(1)), make([]jsonscan.Value, 2)
	var s jsonscan.Scanner
	s.Scan(trie, body, slots)
	if n := testing.AllocsPerRun(100, func() { s.Scan(trie, body, slots) }); n != 0 {
		t.Errorf("%v allocations a scan", n)
	}
}

func TestWalks(t *testing.T) {
	var got []string
	jsonscan.EachMember([]byte(`{ "a" : 1 , "\u0062":[2,"x"],"c":{}}`), func(name []byte, v jsonscan.Value) {
		got = append(got, string(name)+"="+string(v.Bytes)+v.Shape.String())
	})
	jsonscan.EachItem([]byte(`[null, "a\n" ,{"b":1},3]`), func(v jsonscan.Value) bool {
		got = append(got, v.String()+v.Shape.String())
		return v.Shape != jsonscan.Object
	})
	jsonscan.EachMember([]byte(`{}`), func([]byte, jsonscan.Value) { t.Error("there is none") })
	jsonscan.EachItem([]byte(`[ ]`), func(jsonscan.Value) bool { t.Error("there is none"); return true })
	want := []string{"a=112.5", `b=[2,"x"][…]`, "c={}{…}", "null", "a\n\"…\"", `{"b":1}{…}`}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestTrieIsBounded: what a trie is asked to want is counted, however much.
func TestTrieIsBounded(t *testing.T) {
	trie := jsonscan.NewTrie()
	text := []byte{'{'}
	for i := range 1000 {
		name := strings.Repeat("n", i%7+1) + string(rune('a'+i%26)) + strings.Repeat("z", i/26)
		for range 2 {
			if trie.Want("x."+name) != i {
				t.Fatal("the same path has the same slot")
			}
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, `"`+name+`":1`...)
	}
	if trie.Widest() != 1000 || trie.Slots() != 1000 {
		t.Errorf("%d, %d", trie.Widest(), trie.Slots())
	}
	slots := make([]jsonscan.Value, 1000)
	var s jsonscan.Scanner
	if d := s.Scan(trie, append(append([]byte(`{"x":`), append(text, '}')...), '}'), slots); d != jsonscan.Sound {
		t.Fatal(d, s.Twice())
	}
	for i, v := range slots {
		if v.Shape != jsonscan.Number {
			t.Fatalf("slot %d: %v", i, v.Shape)
		}
	}
}

// TestEscapesAreTheStandards: what is appended, encoding/json reads back, and
// the other way round.
func TestEscapesAreTheStandards(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		quoted := append(jsonscan.AppendEscaped([]byte{'"'}, []byte(text)), '"')
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil || back != text {
			t.Fatalf("%q: %q %v", text, back, err)
		}
		standard, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := jsonscan.AppendUnescaped(nil, standard[1:len(standard)-1]); string(got) != text {
			t.Fatalf("%s: %q", standard, got)
		}
		if v := jsonscan.Of(standard); v.String() != text {
			t.Fatalf("%s: %q", standard, v)
		}
	})
}
