package mappings

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"iocgateway/canonical/problem"
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
				if _, known := problem.WordsOf(p.Code); !known {
					t.Fatalf("no words for %s", p.Code)
				}
			}
			return
		}
		for _, e := range l.Entries {
			if e.To == "" || e.Line == 0 || e.Code == "" && e.Label == "" {
				t.Fatalf("an empty entry: %+v", e)
			}
		}
	})
}

// FuzzCases: the file of a mapping's cases is people's text too.
func FuzzCases(f *testing.F) {
	const mapping = `mapping: t/m
kind: task
fields: {title: TieuDe, content: {from: [a.b, c]}, due_at: {from: Han, layouts: [dd/MM/yyyy]}}
exclude: [{name: test, when: "raw.TieuDe == 'x'"}]
`
	files := fstest.MapFS{"t/m.yaml": {Data: []byte(mapping)}, "t/m_test.yaml": {Data: []byte("cases: []\n")}}
	base, err := Load(Options{Bare: true, FS: files})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "cases: [{name: a}]", "cases: [{name: a, raw: '{', want: {x: 1}}]", "cases: {a: b}", "cases: [1, [2]]",
		"cases: [{name: a, raw: {TieuDe: [{b: 1}]}, want_error: {code: GW-M101}, excluded: y}]", "cases: [{raw: '<a/>', absent: [a], exact: {}}]",
		"cases:\n- {name: a, raw: {TieuDe: Họp, Han: 31/02/2025}, want_error: {code: GW-M110, field: due_at}}\n- {name: b, raw: {TieuDe: x}, excluded: test}\n",
		"cases: [{name: c, key: k, version: v, at: '2026-01-01T00:00:00Z', gone: true, raw: {a: {b: 1}}, want: {title: null, 'codes[0].value': 1}}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := *base
		s.files = map[string]file{"t/m.yaml": base.files["t/m.yaml"], "t/m_test.yaml": {shown: "t/m_test.yaml", data: []byte(text)}}
		results, err := RunTests(&s, "t/m")
		if p, ok := problem.As(err); err != nil && (!ok || p.Text(problem.Vietnamese) == p.Code) {
			t.Fatalf("no words for %v", err)
		}
		for _, r := range results {
			for _, p := range r.Problems {
				if p.Text(problem.Vietnamese) == p.Code {
					t.Fatalf("no words for %s", p.Code)
				}
			}
		}
	})
}
