package iocgateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"iocgateway/canonical/words"
)

// What was expected is written in English where a value is refused; what is
// English in it has its Vietnamese in canonical/words.
func TestWhatIsExpectedHasItsVietnamese(t *testing.T) {
	names, met := keyNames(t), 0
	takes := wantsAt(t)
	for _, s := range sources(t) {
		if s.tests || wordsOfOthers(s.path) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			for _, e := range wantExprs(n, s.file.Name.Name, takes) {
				text, ok := written(e)
				if !ok {
					continue
				}
				met++
				if words.Expected(text, words.Vietnamese) == text && len(englishIn(text, names)) > 0 {
					t.Errorf("%s: %q has no Vietnamese: add it to canonical/words/expected.go", s.fset.Position(e.Pos()), text)
				}
			}
			return true
		})
	}
	if met < 60 {
		t.Errorf("only %d expectations were found: the search is broken", met)
	}
}

// wantsAt tells which argument of a function is called want, by package and name.
func wantsAt(t *testing.T) map[string]int {
	t.Helper()
	at := map[string]int{}
	for _, s := range sources(t) {
		if s.tests {
			continue
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			i := 0
			for _, param := range fn.Type.Params.List {
				for _, name := range param.Names {
					if name.Name == "want" {
						at[s.file.Name.Name+"."+fn.Name.Name] = i
						at["."+fn.Name.Name] = i // a method of another package
					}
					i++
				}
			}
		}
	}
	return at
}

// wantExprs are what a node says was expected.
func wantExprs(n ast.Node, pkg string, takes map[string]int) []ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Want" {
			return []ast.Expr{n.Value}
		}
	case *ast.CallExpr:
		name := ""
		switch fn := n.Fun.(type) {
		case *ast.Ident:
			name = pkg + "." + fn.Name
		case *ast.SelectorExpr:
			name = pkg + "." + fn.Sel.Name
			if _, own := takes[name]; !own && fn.Sel.Name == "Wrong" {
				name = ".Wrong"
			}
		}
		if i, ok := takes[name]; ok && i < len(n.Args) {
			return n.Args[i : i+1]
		}
	}
	return nil
}

// written is a text as it is written, % standing for what is put in.
func written(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		left, a := written(e.X)
		right, b := written(e.Y)
		if !a && !b {
			return "", false
		}
		if !a {
			left = "7"
		}
		if !b {
			right = "7"
		}
		return left + right, true
	}
	return "", false
}

// TestExpectationsCanBeMissed proves that an English one is found.
func TestExpectationsCanBeMissed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "", `package p
		var a = problem.Problem{Want: "a thing such as this"}
		func f() { refuse("x", "at most "+n+" things"); other("the third") }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		for _, e := range wantExprs(n, "p", map[string]int{"p.refuse": 1}) {
			if text, ok := written(e); ok && len(englishIn(text, nil)) > 0 {
				found = append(found, text)
			}
		}
		return true
	})
	if len(found) != 2 || found[1] != "at most 7 things" {
		t.Errorf("found %q", found)
	}
}
