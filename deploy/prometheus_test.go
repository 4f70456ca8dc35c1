package deploy_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// literals are the strings in the code that is not tests, below these folders.
func literals(t *testing.T, dirs ...string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						all[text] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

var (
	metricName = regexp.MustCompile(`\biocgateway_[a-z0-9_]+`)
	stateName  = regexp.MustCompile(`\bstate(?:=|!=|=~|!~)\\?"([a-z_|]+)\\?"`)
	histogram  = regexp.MustCompile(`_(bucket|count|sum)$`)
)

// TestMetricsExist: a rule on a name that nobody writes never fires.
func TestMetricsExist(t *testing.T) {
	code, used := literals(t, "../router", "../cmd/gateway"), 0
	exists := func(name string) bool {
		_, short, _ := strings.Cut(name, "_")
		return code[name] || code[short]
	}
	for _, path := range []string{"prometheus/alerts.yml", "prometheus/alerts_test.yml", "grafana/dashboard.json", "RUNBOOK.vi.md",
		"README.md"} {
		text := read(t, path)
		for _, name := range metricName.FindAllString(text, -1) {
			used++
			if !exists(name) && !exists(histogram.ReplaceAllString(name, "")) {
				t.Errorf("%s: nothing writes %s", path, name)
			}
		}
		for _, m := range stateName.FindAllStringSubmatch(text, -1) {
			for state := range strings.SplitSeq(m[1], "|") {
				if !code[state] {
					t.Errorf("%s: no stream is ever %s", path, state)
				}
			}
		}
	}
	if used < 80 || exists("iocgateway_made_up") {
		t.Fatalf("%d names found: the search is broken", used)
	}
}

type rule struct {
	name                string
	labels, annotations map[string]any
}

func rules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, g := range list(documents(t, "prometheus/alerts.yml")[0]["groups"]) {
		for _, r := range list(at(g, "rules")) {
			all = append(all, rule{fmt.Sprint(at(r, "alert")), dict(at(r, "labels")), dict(at(r, "annotations"))})
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d rules found", len(all))
	}
	return all
}

// TestAlertsHaveTexts: in both languages, with what to do, and each is tried.
func TestAlertsHaveTexts(t *testing.T) {
	tests := read(t, "prometheus/alerts_test.yml")
	seen := map[string]bool{}
	for _, r := range rules(t) {
		if seen[r.name] {
			t.Errorf("%s stands twice", r.name)
		}
		seen[r.name] = true
		for _, key := range []string{"summary", "action", "tom_tat", "viec_can_lam"} {
			if text, _ := r.annotations[key].(string); text == "" {
				t.Errorf("%s: no %s", r.name, key)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, fmt.Sprint(r.labels["severity"])) {
			t.Errorf("%s: severity %v", r.name, r.labels["severity"])
		}
		if !strings.Contains(tests, `alertname="`+r.name+`"`) {
			t.Errorf("%s is tried by no test of alerts_test.yml", r.name)
		}
	}
	for _, path := range []string{"RUNBOOK.vi.md", "README.md", "Dockerfile", "compose/compose.yaml", "prometheus/alerts_test.yml"} {
		for _, name := range regexp.MustCompile(`\bGateway[A-Z][A-Za-z]+\b`).FindAllString(read(t, path), -1) {
			if !seen[name] {
				t.Errorf("%s: there is no alert %s", path, name)
			}
		}
	}
}

func TestTargetsAreTheNodes(t *testing.T) {
	var targets []string
	for _, s := range list(at(documents(t, "prometheus/prometheus.yml")[0], "scrape_configs/0/static_configs")) {
		for _, target := range texts(at(s, "targets")) {
			name := strings.TrimSuffix(target, ":8080")
			targets = append(targets, name)
			if role := at(services(t)[name], "environment/IOCGATEWAY_NODE__ROLES"); role != at(s, "labels/role") {
				t.Errorf("%s: role %v, it is %v", target, at(s, "labels/role"), role)
			}
		}
	}
	for name, s := range services(t) {
		if isNode(s) && !slices.Contains(targets, name) {
			t.Errorf("%s is not scraped", name)
		}
	}
}

func TestPromtool(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		if out, err := tool(t, "prometheus", "promtool", args...); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

func TestDashboard(t *testing.T) {
	var d struct {
		UID, Title string
		Templating struct{ List []struct{ Name, Type string } }
		Panels     []struct {
			ID          int
			Type, Title string
			Datasource  struct{ UID string }
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || len(d.Panels) < 15 || len(d.Templating.List) != 1 || d.Templating.List[0].Name != "datasource" {
		t.Fatalf("%q: %d panels", d.Title, len(d.Panels))
	}
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: id %d twice", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Title == "" || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 {
			t.Errorf("panel %d: no title, or off the page", p.ID)
		}
		if p.Type != "row" && (len(p.Targets) == 0 || p.Datasource.UID != "${datasource}") {
			t.Errorf("%s asks nobody", p.Title)
		}
		for _, target := range p.Targets {
			if strings.Count(target.Expr, "(") != strings.Count(target.Expr, ")") || target.Expr == "" {
				t.Errorf("%s: %s", p.Title, target.Expr)
			}
		}
	}
}

// TestSpansOfAlertsAreWords: 1h 30m stands in no Vietnamese text.
func TestSpansOfAlertsAreWords(t *testing.T) {
	for _, r := range rules(t) {
		for _, key := range []string{"tom_tat", "viec_can_lam"} {
			text, _ := r.annotations[key].(string)
			if _, span, is := strings.Cut(text, "humanizeDuration"); is && !strings.Contains(span, `"$1 phút$2"`) {
				t.Errorf("%s, %s: a span as Go writes it: %s", r.name, key, text)
			}
		}
	}
}
