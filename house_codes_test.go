package iocgateway_test

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

// codesUsed lists the Problem codes that the code names outside the
// catalogue and outside tests, with one place of each.
func codesUsed(t *testing.T) map[string]string {
	t.Helper()
	whole := regexp.MustCompile(`^GW-[A-Z][0-9]{3}$`)
	used := map[string]string{}
	for _, s := range sources(t) {
		if s.tests || strings.HasPrefix(s.path, "canonical/problem/catalogue_") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && whole.MatchString(text) {
				used[text] = s.fset.Position(lit.Pos()).String()
			}
			return true
		})
	}
	if len(used) < 50 {
		t.Fatalf("only %d codes found: the search is broken", len(used))
	}
	return used
}

// Every code that can be met has words, and there are no words for a code
// that nothing uses.
func TestProblemCodesAreInTheCatalogue(t *testing.T) {
	used, catalogue := codesUsed(t), problem.Codes()
	for _, code := range slices.Sorted(maps.Keys(used)) {
		if _, ok := catalogue[code]; !ok {
			t.Errorf("%s: %s is not in the catalogue", used[code], code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(catalogue)) {
		if _, ok := used[code]; !ok {
			t.Errorf("%s stands in the catalogue, and nothing uses it", code)
		}
	}
}

// Words stand in both languages, hints in both or none, and placeholders are
// those that are filled.
func TestProblemWordsAreWhole(t *testing.T) {
	hole := regexp.MustCompile(`\{[a-z_]*(\|(span|time|title))?\}`)
	known := []string{"{field}", "{path}", "{value}", "{want}", "{near}", "{err}"}
	shape := regexp.MustCompile(`^GW-[CASDMVFKRLQ][0-9]{3}$`)
	for code, words := range problem.Codes() {
		if !shape.MatchString(code) {
			t.Errorf("%s: not of a family that exists", code)
		}
		if strings.TrimSpace(words.VI) == "" || strings.TrimSpace(words.EN) == "" {
			t.Errorf("%s: words are missing in a language", code)
		}
		if (words.HintVI == "") != (words.HintEN == "") {
			t.Errorf("%s: a hint stands in one language only", code)
		}
		for _, text := range []string{words.VI, words.EN, words.HintVI, words.HintEN} {
			for _, h := range hole.FindAllString(text, -1) {
				name, _, _ := strings.Cut(strings.Trim(h, "{}"), "|")
				if !slices.Contains(known, "{"+name+"}") {
					t.Errorf("%s: nothing fills %s", code, h)
				}
			}
			if strings.Count(text, "[[") != strings.Count(text, "]]") {
				t.Errorf("%s: an optional part is not closed: %s", code, text)
			}
		}
		for _, h := range known {
			if names(words.VI, h) != names(words.EN, h) {
				t.Errorf("%s: %s stands in one language only", code, h)
			}
		}
	}
}

// names reports whether a text has a hole, however it is written.
func names(text, hole string) bool {
	return strings.Contains(text, hole) || strings.Contains(text, strings.TrimSuffix(hole, "}")+"|")
}

// No code stands in two families, where one of the two texts would never be seen.
func TestProblemCodesStandOnce(t *testing.T) {
	at := map[string]string{}
	for _, s := range sources(t) {
		if s.tests || !strings.HasPrefix(s.path, "canonical/problem/catalogue_") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			lit, ok := pair.Key.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if first, twice := at[lit.Value]; twice {
				t.Errorf("%s: %s stands already at %s", s.fset.Position(lit.Pos()), lit.Value, first)
			}
			at[lit.Value] = s.fset.Position(lit.Pos()).String()
			return true
		})
	}
	if len(at) != len(problem.Codes()) {
		t.Errorf("%d codes stand in the files, %d in the catalogue", len(at), len(problem.Codes()))
	}
}

// Control flow goes by a Problem's reason, never by the text of its code.
func TestNobodyBranchesOnACode(t *testing.T) {
	for _, s := range sources(t) {
		if s.tests || s.path == "canonical/problem/reason.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			for _, e := range compared(n) {
				if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.HasPrefix(lit.Value, `"GW-`) {
					t.Errorf("%s: %s is compared with; give the Problem a Reason", s.fset.Position(lit.Pos()), lit.Value)
				}
			}
			return true
		})
	}
}

// compared are the expressions that a node compares with others.
func compared(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			return []ast.Expr{n.X, n.Y}
		}
	case *ast.CaseClause:
		return n.List
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok &&
			(sel.Sel.Name == "HasPrefix" || sel.Sel.Name == "Contains" || sel.Sel.Name == "EqualFold") {
			return n.Args
		}
	}
	return nil
}
