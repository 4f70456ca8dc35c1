package iocgateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The budgets of what is larger than a function: what no measure held grew.
const (
	maxMethods = 40  // of a type
	maxFields  = 25  // of a struct
	maxFiles   = 25  // of a package, tests apart
	maxWidth   = 140 // of a line, a tab counting as one
)

// literal is a string of more than 60 characters.
var literal = regexp.MustCompile(`"(?:[^"\\]|\\.){60,}"`)

func TestTypeAndPackageBudgets(t *testing.T) {
	methods, files := map[string]int{}, map[string]int{}
	for _, s := range sources(t) {
		if s.tests {
			continue
		}
		dir := filepath.ToSlash(filepath.Dir(s.path))
		files[dir]++
		for _, decl := range s.file.Decls {
			if name := receiverOf(decl); name != "" {
				methods[dir+"."+name]++
			}
		}
		for name, fields := range structs(s.file) {
			if fields > maxFields {
				t.Errorf("%s: %s has %d fields, at most %d: which of them belong together?", s.path, name, fields, maxFields)
			}
		}
	}
	for name, n := range methods {
		if n > maxMethods {
			t.Errorf("%s has %d methods, at most %d: what does it do besides?", name, n, maxMethods)
		}
	}
	for dir, n := range files {
		if n > maxFiles {
			t.Errorf("%s has %d files, at most %d: which of them are a room of their own?", dir, n, maxFiles)
		}
	}
}

func receiverOf(decl ast.Decl) string {
	fn, ok := decl.(*ast.FuncDecl)
	if !ok || fn.Recv == nil {
		return ""
	}
	typ := fn.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// structs counts the fields of the structs a file declares.
func structs(file *ast.File) map[string]int {
	found := map[string]int{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if st, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range st.Fields.List {
				found[spec.Name.Name] += max(len(f.Names), 1)
			}
		}
		return true
	})
	return found
}

// A line that is wider is read by nobody to its end. Words of the catalogue
// and tags that describe a field stand on one line each, and so does a long
// literal: it counts as no wider than a short one.
func TestLinesAreNotTooWide(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.path, "canonical/problem/catalogue_") {
			continue
		}
		for i, line := range strings.Split(s.text, "\n") {
			if n := utf8.RuneCountInString(literal.ReplaceAllString(line, "")); n > maxWidth && !strings.Contains(line, "`") {
				t.Errorf("%s:%d: %d characters, at most %d", s.path, i+1, n, maxWidth)
			}
		}
	}
}

// TestTypeBudgetsCanFail proves that the measures measure.
func TestTypeBudgetsCanFail(t *testing.T) {
	const text = `package p
type s struct {
	a, b int
	c    string
	fmt.Stringer
}
func (x *s) one() {}
func (x s) two() {}
func three() {}`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := structs(file)["s"]; got != 4 {
		t.Errorf("%d fields, want 4", got)
	}
	n := 0
	for _, decl := range file.Decls {
		if receiverOf(decl) == "s" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d methods, want 2", n)
	}
}
