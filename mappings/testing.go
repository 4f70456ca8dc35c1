package mappings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/mappings/keys"
)

// Result is how one case of a mapping's test went.
type Result struct {
	Mapping, Case string
	Problems      []*problem.Problem // none: it passed
}

// OK reports whether the case passed.
func (r Result) OK() bool { return len(r.Problems) == 0 }

// RunTests runs the cases of <name>_test.yaml beside a mapping. The error is
// about the files; what the cases found is in the results.
func RunTests(s *Set, name string) ([]Result, error) {
	plan, err := s.Plan(name)
	if err != nil {
		return nil, err
	}
	cases, err := s.cases(name)
	out := make([]Result, 0, len(cases))
	bound := plan.Bind("test", "test")
	for _, t := range cases {
		t.run(bound)
		out = append(out, Result{Mapping: name, Case: t.name, Problems: t.problems})
	}
	return out, err
}

// Samples are the Raws of the cases beside a mapping.
func (s *Set) Samples(name string) ([]canonical.Raw, error) {
	plan, err := s.Plan(name)
	if err != nil {
		return nil, err
	}
	cases, err := s.cases(name)
	if err != nil {
		return nil, err
	}
	out := make([]canonical.Raw, 0, len(cases))
	for _, t := range cases {
		out = append(out, t.raw(plan.Kind))
	}
	return out, nil
}

// cases reads <name>_test.yaml.
func (s *Set) cases(name string) ([]*testCase, error) {
	f, ok := s.files[name+"_test.yaml"]
	if !ok {
		return nil, &problem.Problem{Code: "GW-M133", Value: name, Want: name + "_test.yaml"}
	}
	root, err := strict.Parse(f.shown, f.data)
	if err != nil {
		return nil, err
	}
	c := &yaml{}
	c.keys(root, keys.Names(keys.Tests())...)
	var out []*testCase
	if list := root.Get("cases"); list != nil {
		for _, n := range list.Items {
			c.keys(n, keys.Names(keys.Case())...)
			out = append(out, &testCase{n: n, name: c.text(n, "name", true)})
		}
	}
	if len(c.problems) > 0 {
		return out, c.problems[0]
	}
	return out, nil
}

type testCase struct {
	n        *strict.Node
	name     string
	problems []*problem.Problem
}

func (t *testCase) add(at *strict.Node, code, field, value, want string) {
	if at == nil {
		at = t.n
	}
	p := &problem.Problem{Code: code, File: at.File, Line: at.Line, Col: at.Col, Field: field,
		Value: problem.Short(value), Want: problem.Short(want)}
	t.problems = append(t.problems, p)
}

func (t *testCase) raw(kind canonical.Kind) canonical.Raw {
	raw := canonical.Raw{Kind: kind, Key: "test-key"}
	if n := t.n.Get("raw"); n != nil {
		raw.Payload = []byte(n.Value)
		if n.Kind != strict.Scalar { // written as YAML: every scalar is a text
			raw.Payload, _ = json.Marshal(n.Plain())
		}
	}
	if n := t.n.Get("key"); n != nil {
		raw.Key = n.Value
	}
	if n := t.n.Get("version"); n != nil {
		raw.Version = n.Value
	}
	if n := t.n.Get("gone"); n != nil {
		raw.Gone = n.Value == "true"
	}
	if n := t.n.Get("at"); n != nil {
		at, err := time.Parse(time.RFC3339, n.Value)
		if err != nil {
			t.add(n, "GW-M130", "at", n.Value, "2026-01-02T15:04:05+07:00")
		}
		raw.At = at
	}
	return raw
}

func (t *testCase) run(bound *Mapper) {
	record, err := bound.Map(t.raw(bound.plan.Kind))
	if n := t.n.Get("excluded"); n != nil {
		if got := problem.Rule(err); got != n.Value {
			t.add(n, "GW-M130", "excluded", got, n.Value)
		}
		return
	}
	if n := t.n.Get("want_error"); n != nil {
		t.wantError(n, err)
		return
	}
	if err != nil {
		p := &problem.Problem{Code: "GW-M132", File: t.n.File, Line: t.n.Line, Col: t.n.Col, Err: err}
		t.problems = append(t.problems, p)
		return
	}
	t.body(record)
}

func (t *testCase) wantError(n *strict.Node, err error) {
	p, ok := problem.As(err)
	if !ok {
		p = &problem.Problem{}
	}
	if want := n.Get("code"); want != nil && want.Value != p.Code {
		t.add(want, "GW-M131", "", p.Code, want.Value)
	}
	if want := n.Get("field"); want != nil && want.Value != p.Field {
		t.add(want, "GW-M131", "", p.Field, want.Value)
	}
}

func (t *testCase) body(record canonical.Record) {
	entity, err := canonical.Decode(record.Kind, record.Body)
	if err == nil && !record.Gone {
		err = canonical.Validate(entity)
	}
	if err != nil { // the engine's own checks have to be as strict
		t.problems = append(t.problems, &problem.Problem{Code: "GW-M132", File: t.n.File, Line: t.n.Line, Col: t.n.Col, Err: err})
	}
	got := leaves(record.Body)
	if !record.At.IsZero() {
		got["$at"] = record.At.Format(time.RFC3339Nano)
	}
	if want := t.n.Get("want"); want != nil {
		t.compare(want, got)
	}
	for _, field := range textsOf(t.n.Get("absent")) {
		for _, there := range sortedNames(got) {
			if there == field || strings.HasPrefix(there, field+".") || strings.HasPrefix(there, field+"[") {
				t.add(t.n.Get("absent"), "GW-M130", there, strconv.Quote(got[there]), "nothing")
			}
		}
	}
}

// compare holds the fields that a case names, or all with exact.
func (t *testCase) compare(want *strict.Node, got map[string]string) {
	named := map[string]bool{}
	eachLeaf("", want, func(path string, leaf *strict.Node) {
		named[path] = true
		value, there := got[path]
		if there && value == leaf.Value || !there && leaf.Kind == strict.Null {
			return
		}
		t.add(leaf, "GW-M130", path, strconv.Quote(value), strconv.Quote(leaf.Value))
	})
	if exact := t.n.Get("exact"); exact != nil && exact.Value == "true" {
		for _, field := range sortedNames(got) {
			if !named[field] && !slices.Contains([]string{"id", "kind", "$at"}, field) {
				t.add(want, "GW-M130", field, strconv.Quote(got[field]), "nothing")
			}
		}
	}
}

// eachLeaf visits what a case wants by dotted path: {area: {code: x}} is area.code.
func eachLeaf(path string, n *strict.Node, visit func(path string, leaf *strict.Node)) {
	switch {
	case n.Kind == strict.Map && (len(n.Keys) > 0 || path == ""):
		for i := range n.Keys {
			eachLeaf(strings.TrimPrefix(path+"."+n.Keys[i].Name, "."), n.Keys[i].Value, visit)
		}
	case n.Kind == strict.List && len(n.Items) > 0:
		for i, item := range n.Items {
			eachLeaf(path+"["+strconv.Itoa(i)+"]", item, visit)
		}
	default:
		visit(path, n)
	}
}

func textsOf(n *strict.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == strict.Scalar {
		return []string{n.Value}
	}
	var out []string
	for _, item := range n.Items {
		out = append(out, item.Value)
	}
	return out
}

func sortedNames(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// leaves gives the scalars of a body by dotted path: codes[0].value.
func leaves(body []byte) map[string]string {
	out := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if dec.Decode(&tree) == nil {
		gatherLeaves(out, "", tree)
	}
	return out
}

func gatherLeaves(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			gatherLeaves(out, strings.TrimPrefix(path+"."+name, "."), child)
		}
	case []any:
		for i, child := range v {
			gatherLeaves(out, path+"["+strconv.Itoa(i)+"]", child)
		}
	case nil:
	default:
		out[path] = fmt.Sprint(v)
	}
}
