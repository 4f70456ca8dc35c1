package iocgateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestSeedsAreFixed: go test gives the same on every machine. What a test
// leaves to chance comes from deploy/dev/seed, which is fixed until it is
// asked otherwise: not from rapid's clock, not from a clock of its own, and
// not from what math/rand has for everybody.
func TestSeedsAreFixed(t *testing.T) {
	used := false
	for _, s := range sources(t) {
		dir := filepath.ToSlash(filepath.Dir(s.path))
		if dir == "deploy/dev/seed" || !s.tests && !testKit(dir) {
			continue
		}
		used = used || strings.Contains(s.text, "seed.Check(")
		for pos, what := range unseeded(s.file) {
			t.Errorf("%s: %s takes another seed every time: use deploy/dev/seed", s.fset.Position(pos), what)
		}
	}
	if !used {
		t.Error("nobody uses seed.Check: the walk is broken")
	}
}

// testKit: packages that only tests use.
func testKit(dir string) bool {
	return strings.HasSuffix(dir, "test") || strings.HasSuffix(dir, "sim") || within(dir, "adapters/simkit")
}

// unseeded finds the calls whose outcome nobody can repeat.
func unseeded(file *ast.File) map[token.Pos]string {
	found := map[token.Pos]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch name := selector(call.Fun); {
		case name == "rapid.Check", name == "rapid.MakeCheck", name == "maphash.MakeSeed":
			found[call.Pos()] = name
		case strings.HasPrefix(name, "rand.New"):
			if readsClock(call) {
				found[call.Pos()] = name
			}
		case strings.HasPrefix(name, "rand.") && imports(file, "math/rand/v2", "math/rand"):
			found[call.Pos()] = name
		}
		return true
	})
	return found
}

func readsClock(call *ast.CallExpr) (reads bool) {
	ast.Inspect(call, func(n ast.Node) bool {
		inner, ok := n.(*ast.CallExpr)
		reads = reads || ok && selector(inner.Fun) == "time.Now"
		return !reads
	})
	return reads
}

// selector is "package.Name" of a call to another package's function.
func selector(fun ast.Expr) string {
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok || pkg.Obj != nil { // a variable of that name
		return ""
	}
	return pkg.Name + "." + sel.Sel.Name
}

func imports(file *ast.File, paths ...string) bool {
	for _, spec := range file.Imports {
		for _, path := range paths {
			if spec.Path.Value == `"`+path+`"` {
				return true
			}
		}
	}
	return false
}

// TestSeedsCanFail proves that the rule finds what it must, and that alone.
func TestSeedsCanFail(t *testing.T) {
	const text = `package p
import ("math/rand/v2"; "time"; "pgregory.net/rapid")
func f(t *testing.T) {
	rapid.Check(t, nil)
	rand.IntN(3)
	_ = rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	r := rand.New(rand.NewPCG(1, 2))
	r.IntN(3)
	rapid.IntRange(1, 2)
}`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := unseeded(file); len(found) != 4 { // the clock is read within both calls of one line
		t.Errorf("%d found, want 4: %v", len(found), found)
	}
}
