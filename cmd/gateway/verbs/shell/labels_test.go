package shell_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"iocgateway/cmd/gateway/verbs/shell"
)

// TestHeadsHaveVietnamese: each head of a table, and the name of each line, that a
// verb shows has its word.
func TestHeadsHaveVietnamese(t *testing.T) {
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	check := func(at token.Position, e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		name, err := strconv.Unquote(lit.Value)
		if err != nil || name == "" {
			return
		}
		found++
		if shell.Label(name) == "" {
			t.Errorf("%s: %q has no Vietnamese (shell.Label)", at, name)
		}
	}
	for _, file := range files {
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr: // Head: []string{…}
				key, ok := n.Key.(*ast.Ident)
				list, lit := n.Value.(*ast.CompositeLit)
				if ok && lit && key.Name == "Head" {
					for _, e := range list.Elts {
						check(fset.Position(e.Pos()), e)
					}
				}
			case *ast.CompositeLit: // [][2]string{{name, …}}
				if isPairs(n.Type) {
					for _, e := range n.Elts {
						if pair, ok := e.(*ast.CompositeLit); ok && len(pair.Elts) == 2 {
							check(fset.Position(e.Pos()), pair.Elts[0])
						}
					}
				}
			}
			return true
		})
	}
	if found < 80 {
		t.Errorf("only %d names found: the search is broken", found)
	}
}

func isPairs(e ast.Expr) bool {
	list, ok := e.(*ast.ArrayType)
	if !ok || list.Len != nil {
		return false
	}
	_, ok = list.Elt.(*ast.ArrayType)
	return ok
}
