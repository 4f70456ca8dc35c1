package mappings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
)

// coverageOf says in a line a path what a mapping and samples make of each other.
func coverageOf(t *testing.T, fields string, samples ...string) (out string) {
	t.Helper()
	p, err := Compile("m.yaml", []byte("mapping: m\nkind: feedback\n"+fields), Env{})
	if err != nil {
		t.Fatal(err)
	}
	raws := make([]canonical.Raw, 0, len(samples))
	for _, s := range samples {
		raws = append(raws, canonical.Raw{Payload: []byte(s)})
	}
	c := p.Coverage(slices.Values(raws))
	for _, m := range c.Missing(p) {
		out += fmt.Sprintf("no %s (%d:%d %s)", m.Path, m.Line, m.Col, m.Field)
		if m.Near != "" {
			out += " near " + m.Near
		}
		out += "\n"
	}
	for _, r := range c.Undecided() {
		out += fmt.Sprintf("? %s %d/%d", r.Path, r.Count, c.Samples-c.Unread)
		if r.Near != "" {
			out += " near " + r.Near
		}
		out += "\n"
	}
	return out
}

func TestCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		fields  string
		samples []string
		want    string
	}{
		"another case": {"fields:\n  title: title\n", []string{`{"Title":"a"}`, `x`, `{"Title":"b","n":{"deep":1}}`},
			"no title (4:10 fields.title) near Title\n? Title 2/2 near title\n? n.deep 1/2\n"},
		"deeper than was thought": {"fields:\n  title: {from: hoTen}\n", []string{`{"nguoi":{"hoTen":"a"},"x":1}`},
			"no hoTen (4:17 fields.title.from) near nguoi.hoTen\n? nguoi.hoTen 1/1 near hoTen\n? x 1/1\n"},
		"the first that has a value": {"fields:\n  title: [a, b]\n  content: {from: [c, d]}\n", []string{`{"b":"x"}`},
			"no c (5:20 fields.content.from[0])\nno d (5:23 fields.content.from[1])\n"},
		"joined: none stands in for another": {"fields:\n  title: {from: [a, b], join: ' '}\n", []string{`{"b":"x"}`},
			"no a (4:18 fields.title.from[0])\n"},
		"joined, with a name nearby: an address without one of its parts is one": {"fields:\n  title: {from: [a, huyen.ten], join: ' '}\n",
			[]string{`{"a":"x","huyem":{"ten":"y"}}`}, "no huyen.ten (4:21 fields.title.from[1])\n? huyem.ten 1/1\n"},
		"a long path that ends in another name": {"fields:\n  title: 'nhan.Area'\n", []string{`{"nhan":{"FREQ":"x"}}`},
			"no nhan.Area (4:10 fields.title)\n? nhan.FREQ 1/1\n"},
		"ignored": {"fields:\n  title: a\nignore: [b, 'c.**', '_*', 'l[].x']\n",
			[]string{`{"a":1,"b":null,"c":{"d":{"e":1}},"_id":1,"l":[{"x":1},{"y":2}]}`}, "? l[].y 1/1\n"},
		"members of a list by a value": {"fields:\n  title: 'f[id=1].value'\n  content: 'f[id=9].value'\n",
			[]string{`{"f":[{"id":1,"name":"N","value":"a"},{"id":2,"value":"b"}]}`},
			"no f[id=9].value (5:12 fields.content) near f[id=2].value\n? f[id=1].name 1/1\n? f[id=2].value 1/1 near f[id=9].value\n"},
		"one element of a list": {"fields:\n  title: 'l[0].a'\n", []string{`{"l":[{"a":1,"b":2},{"a":3}]}`, `{"l":{"a":4}}`},
			"? l[0].b 1/2\n? l[…].a 1/2\n"},
		"a walked list": {"fields:\n  title: t\n  steps: {each: [s, r.s], fields: {content: c, agency: {name: $.own}, at: d}}\n",
			[]string{`{"t":1,"own":"x","r":{"s":[{"c":1,"e":2},{"c":2}]}}`, `{"t":1,"own":"y","r":{"s":{"c":3}}}`, `{"t":1,"own":"y","s":[]}`},
			"no s[].d (5:75 fields.steps.fields.at)\n? r.s[].e 1/3\n"},
		"a list inside a text": {"fields:\n  title: t\n  steps: {each: s, clean: [json], fields: {content: c, at: d}}\n",
			[]string{`{"t":1,"s":"[{\"c\":1,\"e\":2}]"}`}, "no s[].d (5:60 fields.steps.fields.at)\n"},
		"expressions and templates": {"fields:\n  title: {expr: text(raw.a) + text(raw.b)}\n  content: {template: '{c}/{d}'}\nexclude: [{name: x, when: present(raw.e.f)}]\n",
			[]string{`{"a":1,"c":2,"d":null,"e":{"g":1}}`},
			"no b (4:17 fields.title.expr)\nno e.f (6:27 exclude[0].when) near e.g\n? e.g 1/1 near e.f\n"},
		"all of it":        {"fields:\n  title: t\n  content: {from: ., clean: text_of}\n", []string{`{"t":1,"x":{"y":2}}`}, ""},
		"a dot in a name":  {"fields:\n  title: 'a\\.b'\n", []string{`{"a.b":1,"c.d":2,"e[0]":3}`}, "? c\\.d 1/1\n? e\\[0] 1/1\n"},
		"a list, not one":  {"fields:\n  title: a.b\n", []string{`{"a":[{"b":1}]}`}, "no a.b (4:10 fields.title) near a[].b\n? a[].b 1/1 near a.b\n"},
		"XML":              {"media: xml\nfields:\n  title: T\n  content: R.@y\n", []string{`<D><T>x</T><R x="1"/></D>`}, "no R.@y (6:12 fields.content) near R.@x\n? R.@x 1/1 near R.@y\n"},
		"nothing was read": {"fields:\n  title: t\n", []string{`x`}, ""},
		"no sample":        {"fields:\n  title: t\n", nil, ""},
	} {
		if got := coverageOf(t, c.fields, c.samples...); got != c.want {
			t.Errorf("%s:\n%swant\n%s", name, got, c.want)
		}
	}
}

// TestCoverageHoldsNoValues: what stands in a sample shows as a name at most
// where the mapping chooses elements by it, few and short, without numbers of people.
func TestCoverageHoldsNoValues(t *testing.T) {
	list := make([]string, 0, 200)
	for i := range 200 {
		list = append(list, fmt.Sprintf(`{"id":"n%d","v":1}`, i))
	}
	list = append(list, `{"id":"0912345678","v":2}`, `{"id":"`+strings.Repeat("x", 50)+`","v":3}`)
	out := coverageOf(t, "fields:\n  title: 'f[id=n0].v'\n", `{"f":[`+strings.Join(list, ",")+`]}`)
	shown := strings.Contains(out, "0912345678") || strings.Contains(out, "xxxxx")
	if n := strings.Count(out, "\n"); n > 66 || !strings.Contains(out, "f[…].v") || shown {
		t.Errorf("%d lines:\n%s", n, out)
	}
	if out = coverageOf(t, "fields:\n  title: 'f[id=n0].v'\n", `{"f":[{"id":"0912345678","v":2},{"v":3}]}`); strings.Contains(out, "0912345678") {
		t.Error(out)
	}
}

// TestCoverageIsBounded: names by the thousand are kept up to a bound.
func TestCoverageIsBounded(t *testing.T) {
	p, err := compileText("mapping: m\nkind: feedback\nfields: {title: t}\n")
	if err != nil {
		t.Fatal(err)
	}
	c := p.Coverage(func(yield func(canonical.Raw) bool) {
		for i := range 200 {
			var b strings.Builder
			for j := range 100 {
				fmt.Fprintf(&b, `"n%d":1,`, i*100+j)
			}
			if !yield(canonical.Raw{Payload: []byte(`{` + b.String() + `"t":1}`)}) {
				return
			}
		}
	})
	if len(c.Raw) > 5000 || c.Samples != 200 {
		t.Errorf("%d names of %d samples", len(c.Raw), c.Samples)
	}
}

// TestCoverageAgreesWithTheEngine: of the tests of every shipped mapping, no
// path that a record came from is said to be in none.
func TestCoverageAgreesWithTheEngine(t *testing.T) {
	s := shippedSet(t)
	compared := 0
	for _, name := range s.Names() {
		p, err := s.Plan(name)
		if err != nil {
			t.Fatal(err)
		}
		samples, err := s.Samples(name)
		if err != nil || len(samples) == 0 {
			t.Fatal(name, err)
		}
		c := p.Coverage(slices.Values(samples))
		came := map[string]bool{}
		for _, raw := range samples {
			why, _ := p.Bind("s", "t").Why(raw)
			for _, w := range why {
				came[w.Path] = true
			}
		}
		for _, m := range c.Mapped {
			if came[m.Path] {
				compared++
			}
			if m.Count == 0 && came[m.Path] {
				t.Errorf("%s: a record came from %s, coverage says that none has it", name, m.Path)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d paths were compared", compared)
	}
}
