package mappings

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical"
)

// FuzzCodeList: a code list is people's text; every mistake has words, and
// what is read has a code and a target for each entry.
func FuzzCodeList(f *testing.F) {
	s, err := Load(Options{})
	if err != nil {
		f.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(s.files))
	for _, name := range names {
		if strings.HasPrefix(name, "codes/") {
			f.Add(string(s.files[name].data))
		}
	}
	for _, seed := range []string{"", "list: a", "list: a\nfor: dossier.status\nentries: [{code: 01, to: finished}]", "list: a\nfor: dossier.\nentries: [{code: no}]",
		"list: a\nfor: feedback.steps[].x\nmatch: label\nentries: [{label: Đã  XONG, to: resolved}, {label: đã xong, to: new}]", "entries: {a: b}", "[]", "list: [a]\nfor: {}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseCodeList("c.yaml", []byte(text))
		if err != nil {
			for _, p := range problemsOf(err) {
				if _, known := canonical.ProblemWords(p.Code); !known {
					t.Fatalf("no words for %s", p.Code)
				}
			}
			return
		}
		for _, e := range l.Entries {
			if e.To == "" || e.Line == 0 || e.Code == "" && e.Label == "" {
				t.Fatalf("an entry that says nothing: %+v", e)
			}
		}
	})
}

// FuzzCases: the file of a mapping's cases is people's text too.
func FuzzCases(f *testing.F) {
	base, err := Load(Options{})
	if err != nil {
		f.Fatal(err)
	}
	names := base.Names()
	for i, name := range names {
		f.Add(i, string(base.files[name+"_test.yaml"].data))
	}
	for _, seed := range []string{"", "cases: [{name: a}]", "cases: [{name: a, raw: '{', want: {x: 1}}]", "cases: {a: b}", "cases: [1, [2]]",
		"cases: [{name: a, raw: {a: [{b: 1}]}, want_error: {code: x}, excluded: y}]", "cases: [{raw: '<a/>', absent: [a], exact: {}}]"} {
		f.Add(0, seed)
	}
	f.Fuzz(func(t *testing.T, which int, text string) {
		name := names[(which%len(names)+len(names))%len(names)]
		s := *base
		s.files = maps.Clone(base.files)
		file := s.files[name+"_test.yaml"]
		file.data = []byte(text)
		s.files[name+"_test.yaml"] = file
		results, err := RunTests(&s, name)
		if p, told := canonical.AsProblem(err); err != nil && (!told || p.Text(canonical.Vietnamese) == p.Code) {
			t.Fatalf("no words for %v", err)
		}
		for _, r := range results {
			for _, p := range r.Problems {
				if p.Text(canonical.Vietnamese) == p.Code {
					t.Fatalf("no words for %s", p.Code)
				}
			}
		}
	})
}
