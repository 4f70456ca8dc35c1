package iocgateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// What a text must have is given where its Problem is made: in the literal, or
// by what its function sets afterwards. A part that may be lacking stands in [[ ]].
func TestProblemsFillTheirTexts(t *testing.T) {
	met := 0
	for _, s := range sources(t) {
		if s.tests || strings.HasPrefix(s.path, "canonical/problem/") {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, fault := range unfilled(decl, &met) {
				t.Errorf("%s: %s", s.fset.Position(fault.at), fault.what)
			}
		}
	}
	if met < 200 {
		t.Errorf("only %d Problems were found: the search is broken", met)
	}
}

type holeFault struct {
	at   token.Pos
	what string
}

// unfilled are the Problems of a declaration that lack what their words need.
func unfilled(decl ast.Node, met *int) (faults []holeFault) {
	later := map[string]bool{} // what is set by assignment: x.Value = …
	ast.Inspect(decl, func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok {
			for _, left := range assign.Lhs {
				if sel, ok := left.(*ast.SelectorExpr); ok {
					later[sel.Sel.Name] = true
				}
			}
		}
		return true
	})
	ast.Inspect(decl, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		code, set := problemLiteral(lit)
		words, known := problem.WordsOf(code)
		if !known {
			return true
		}
		*met++
		for _, name := range needs(words) {
			if !set[name] && !later[name] && !(name == "Err" && (set["Cause"] || later["Cause"])) {
				faults = append(faults, holeFault{lit.Pos(), code + " has no " + name + ", and its words need one"})
			}
		}
		return true
	})
	return faults
}

// problemLiteral is the code that a literal names, and what it sets.
func problemLiteral(lit *ast.CompositeLit) (code string, set map[string]bool) {
	set = map[string]bool{}
	for _, e := range lit.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := pair.Key.(*ast.Ident)
		if !ok {
			continue
		}
		set[key.Name] = true
		if value, ok := pair.Value.(*ast.BasicLit); ok && key.Name == "Code" {
			code, _ = strconv.Unquote(value.Value)
		}
	}
	return code, set
}

// needs are the fields that words name outside the parts that may fall away.
func needs(w problem.Words) (fields []string) {
	of := map[string]string{"field": "Field", "path": "Path", "value": "Value", "want": "Want", "near": "Near", "err": "Err"}
	optional := regexp.MustCompile(`\[\[.*?\]\]`)
	for _, text := range []string{w.VI, w.HintVI, w.EN, w.HintEN} {
		for _, m := range regexp.MustCompile(`\{([a-z]+)(\|[a-z]+)?\}`).FindAllStringSubmatch(optional.ReplaceAllString(text, ""), -1) {
			if name := of[m[1]]; name != "" && !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	return fields
}

// TestHoleChecksCanFail proves that a Problem without what its words need is found.
func TestHoleChecksCanFail(t *testing.T) {
	for source, want := range map[string]int{
		`var p = problem.Problem{Code: "GW-C002", Want: "a"}`:                                  1, // no Value
		`var p = problem.Problem{Code: "GW-C002", Value: "a", Want: "b"}`:                      0, // Near may be lacking
		`func f() any { p := problem.Problem{Code: "GW-R007"}; return p }`:                     1,
		`func f() any { p := problem.Problem{Code: "GW-R007"}; p.Err = io.EOF; return p }`:     0,
		`func f() any { p := problem.Problem{Code: "GW-R007", Cause: "torn"}; return p }`:      0,
		`func f() any { return problem.Problem{Code: code, Value: "a"} }`:                      0, // not known here
		`func f() any { return problem.Problem{Code: "GW-C004"} }`:                             1,
		`func f(p *problem.Problem) { p.Value = "x"; use(problem.Problem{Code: "GW-F015"}) }`:  0,
		`func f(p *problem.Problem) { q.Want = "x"; use(problem.Problem{Code: "GW-F015"}) }`:   1,
		`func f() any { return []problem.Problem{{Code: "GW-F015"}, {Code: "GW-F015"}} }`:      2,
		`func f() any { return problem.Problem{Code: "GW-S006", Path: "a", Value: "429"} }`:    0,
		`func f() any { return &problem.Problem{Code: "GW-C013", Field: "f", Value: "1s"} }`:   1,
		`func f() any { return &problem.Problem{Code: "GW-M111", Field: "f", Value: "x"} }`:    0,
		`func f() any { return &problem.Problem{Code: "GW-M112", Value: "x", Path: "a.b.c"} }`: 1,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		met, got := 0, 0
		for _, decl := range file.Decls {
			got += len(unfilled(decl, &met))
		}
		if got != want {
			t.Errorf("%s: %d faults, want %d", source, got, want)
		}
	}
}
