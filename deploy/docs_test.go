package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guides are the files that give people commands to type.
func guides() []string {
	return []string{"README.md", "RUNBOOK.vi.md", "prometheus/alerts.yml", "compose/gateway.yaml", "compose/compose.yaml",
		"kubernetes/gateway.yaml", "systemd/gateway.yaml", "../adapters/THEM-NGUON.vi.md"}
}

var (
	called = regexp.MustCompile(`(?:^|[\s"'(` + "`" + `])/?gateway((?: +[^\s"'` + "`" + `|;&()#,]+)+)`)
	asRun  = regexp.MustCompile(`run --rm --no-deps (?:-v \S+ )?(?:work|serve)-\d((?: [^\s"'` + "`" + `|;&()#]+)+)`)
	word   = regexp.MustCompile(`^[a-z]+$`)
	flag   = regexp.MustCompile(`^--?[a-z][a-z-]*`)
)

// commands are the calls of the gateway in a text: verbs, operands, flags.
func commands(text string) [][]string {
	var all [][]string
	for line := range strings.SplitSeq(text, "\n") {
		for _, re := range []*regexp.Regexp{called, asRun} {
			for _, m := range re.FindAllStringSubmatch(line, -1) {
				args := strings.Fields(m[1])
				for i := range args {
					args[i] = strings.TrimRight(args[i], ".:")
				}
				if word.MatchString(args[0]) {
					all = append(all, args)
				}
			}
		}
	}
	return all
}

// prose are words that follow the gateway's name where nobody calls it.
var prose = []string{"with"}

// TestCommandsExist: nobody types at 7 a.m. what is not there.
func TestCommandsExist(t *testing.T) {
	top, err := gateway(t, nil, "--help")
	if err != nil {
		t.Fatal(top)
	}
	known := map[string]string{}
	help := func(verb ...string) string {
		key := strings.Join(verb, " ")
		if known[key] == "" {
			out, err := gateway(t, nil, append(slices.Clone(verb), "--help")...)
			if err != nil {
				t.Fatalf("gateway %s --help: %v\n%s", key, err, out)
			}
			known[key] = out
		}
		return known[key]
	}
	n := 0
	for _, path := range guides() {
		for _, args := range commands(read(t, path)) {
			if !lists(top, args[0]) {
				if slices.Contains(prose, args[0]) {
					continue
				}
				t.Errorf("%s: there is no gateway %s", path, args[0])
				continue
			}
			n++
			verb := args[:1]
			if grouped.MatchString(help(verb...)) && len(args) > 1 {
				if !lists(help(verb...), args[1]) {
					t.Errorf("%s: there is no gateway %s %s", path, args[0], args[1])
					continue
				}
				verb = args[:2]
			}
			for _, arg := range args[len(verb):] {
				if f := flag.FindString(arg); f != "" && !regexp.MustCompile(`(?m)^\s.*(^|[\s,])`+f+`(?:[\s,]|$)`).MatchString(help(verb...)) {
					t.Errorf("%s: gateway %s has no %s", path, strings.Join(verb, " "), f)
				}
			}
		}
	}
	if n < 40 {
		t.Fatalf("only %d commands found: the search is broken", n)
	}
}

// grouped is the head over the verbs of a group, in either language.
var grouped = regexp.MustCompile(`(?m)^(Commands|Các lệnh):$`)

// lists reports whether a help text names a command.
func lists(help, command string) bool {
	return regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(command) + `\s`).MatchString(help)
}

func TestCommandsAreFound(t *testing.T) {
	got := commands("sudo gateway source ping dvc -c /x  # see gateway explain\nsystemctl restart gateway\ndocker compose run --rm --no-deps work-1 validate -c /y")
	want := [][]string{{"source", "ping", "dvc", "-c", "/x"}, {"explain"}, {"validate", "-c", "/y"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("found %q", got)
	}
}

func TestCodesExist(t *testing.T) {
	code := literals(t, "../canonical")
	for _, path := range files(t) {
		if strings.HasSuffix(path, ".go") || strings.HasPrefix(path, "compose/secrets/") {
			continue
		}
		for _, name := range regexp.MustCompile(`\bGW-[A-Z]\d{3}\b`).FindAllString(read(t, path), -1) {
			if !code[name] {
				t.Errorf("%s: there is no %s", path, name)
			}
		}
	}
}

// TestRoutesExist: the addresses people are sent to.
func TestRoutesExist(t *testing.T) {
	code := literals(t, "../router/feed", "../cmd/gateway")
	for _, path := range []string{"README.md", "RUNBOOK.vi.md", "prometheus/alerts.yml"} {
		for _, m := range regexp.MustCompile(`/(?:v1/nodes|readyz|livez|metrics|docs)\b`).FindAllString(read(t, path), -1) {
			if !code[m] {
				t.Errorf("%s: nothing answers %s", path, m)
			}
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, path := range []string{"README.md", "RUNBOOK.vi.md"} {
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(read(t, path), -1) {
			if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestNoRealHosts: names and addresses here are placeholders or local.
func TestNoRealHosts(t *testing.T) {
	private := regexp.MustCompile(`\b(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+(?:\.\d+)?\b|[a-z0-9-]+\.gov\.vn`)
	for _, path := range files(t) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "compose/secrets/") {
			continue
		}
		if found := private.FindString(read(t, path)); found != "" {
			t.Errorf("%s: %s", path, found)
		}
	}
}
