// Package iocgateway_test keeps the house rules: what no check enforces decays.
package iocgateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The budgets. A file or function over them is taken apart, not excused.
const (
	maxFileLines  = 400
	maxFuncLines  = 60
	maxComplexity = 15
	maxNesting    = 4
)

type source struct {
	path  string
	text  string
	file  *ast.File
	fset  *token.FileSet
	tests bool
}

// sources gives every Go file of the project, parsed once.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d files found: the walk is broken", len(all))
	}
	return all
}

var parsed = sync.OnceValues(parse)

func parse() ([]source, error) {
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "tmpdeps") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{path, string(text), file, fset, strings.HasSuffix(path, "_test.go")})
		return nil
	})
	return all, err
}

func TestSizeBudgets(t *testing.T) {
	for _, s := range sources(t) {
		if lines := strings.Count(s.text, "\n"); lines > maxFileLines {
			t.Errorf("%s: %d lines, at most %d", s.path, lines, maxFileLines)
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			at := s.fset.Position(fn.Pos())
			if lines := s.fset.Position(fn.End()).Line - at.Line + 1; lines > maxFuncLines && !s.tests {
				t.Errorf("%s: %s has %d lines, at most %d", at, fn.Name.Name, lines, maxFuncLines)
			}
			if c := complexity(fn.Body); c > maxComplexity && !s.tests {
				t.Errorf("%s: %s has complexity %d, at most %d", at, fn.Name.Name, c, maxComplexity)
			}
			if n := nesting(fn.Body, 0); n > maxNesting && !s.tests {
				t.Errorf("%s: %s is nested %d deep, at most %d", at, fn.Name.Name, n, maxNesting)
			}
		}
	}
}

// complexity is the cyclomatic complexity: one, and one per decision. A case
// of a switch counts once however many values it names.
func complexity(body ast.Node) int {
	count := 1
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			count++
		case *ast.CaseClause:
			if n.List != nil {
				count++
			}
		case *ast.CommClause:
			if n.Comm != nil {
				count++
			}
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				count++
			}
		}
		return true
	})
	return count
}

// nesting is how deep statements with a body stand inside each other.
func nesting(n ast.Node, depth int) int {
	deepest := depth
	ast.Inspect(n, func(c ast.Node) bool {
		if c == nil || c == n {
			return true
		}
		switch c := c.(type) {
		case *ast.IfStmt:
			deepest = max(deepest, nesting(c.Body, depth+1))
			if c.Else != nil {
				below := depth + 1
				if _, chained := c.Else.(*ast.IfStmt); chained {
					below = depth
				}
				deepest = max(deepest, nesting(&ast.BlockStmt{List: []ast.Stmt{c.Else}}, below))
			}
			return false
		case *ast.ForStmt:
			deepest = max(deepest, nesting(c.Body, depth+1))
			return false
		case *ast.RangeStmt:
			deepest = max(deepest, nesting(c.Body, depth+1))
			return false
		case *ast.SwitchStmt:
			deepest = max(deepest, nesting(c.Body, depth+1))
			return false
		case *ast.TypeSwitchStmt:
			deepest = max(deepest, nesting(c.Body, depth+1))
			return false
		case *ast.SelectStmt:
			deepest = max(deepest, nesting(c.Body, depth+1))
			return false
		}
		return true
	})
	return deepest
}

// TestBudgetsCanFail proves that the measures measure.
func TestBudgetsCanFail(t *testing.T) {
	const text = `package p
func f(a, b bool, s []int) {
	if a && b {
		for range s {
			switch {
			case a:
				if b {
				}
			}
		}
	} else if b {
	}
}`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	body := file.Decls[0].(*ast.FuncDecl).Body
	if got := complexity(body); got != 7 {
		t.Errorf("complexity %d, want 7", got)
	}
	if got := nesting(body, 0); got != 4 {
		t.Errorf("nesting %d, want 4", got)
	}
}

func TestNoInit(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init() hides an order of things; call it where it is used", s.fset.Position(fn.Pos()))
			}
		}
	}
}

func TestPackagesAndExportedNamesHaveDocs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.tests {
			continue
		}
		dir := filepath.Dir(s.path)
		documented[dir] = documented[dir] || s.file.Doc != nil
		for _, decl := range s.file.Decls {
			for _, missing := range undocumented(decl) {
				t.Errorf("%s: exported %s has no doc comment", s.fset.Position(decl.Pos()), missing)
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: the package has no doc comment", dir)
		}
	}
}

func undocumented(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		var missing []string
		for _, spec := range d.Specs {
			if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
				missing = append(missing, ts.Name.Name)
			}
		}
		return missing
	}
	return nil
}

// exportedReceiver leaves out methods of types nobody outside can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

func TestNoDumpPackages(t *testing.T) {
	for _, s := range sources(t) {
		switch name := s.file.Name.Name; name {
		case "util", "utils", "common", "helpers", "misc", "base":
			t.Errorf("%s: a package named %s becomes a dump", s.path, name)
		}
	}
}
