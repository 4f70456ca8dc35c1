package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
	"iocgateway/cmd/gateway/verbs/shell"

	"github.com/spf13/cobra"
)

// called runs a verb as execute does, on a terminal so many columns wide.
func called(t *testing.T, wide int, args ...string) (out, words string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = executeOn(context.Background(), shell.Terminal{In: strings.NewReader(""), Out: &o, Err: &e}, wide, args)
	return o.String(), e.String(), code
}

// paths are the verbs there are, each as it is called.
func paths(cmd *cobra.Command) (all [][]string) {
	all = append(all, strings.Fields(cmd.CommandPath())[1:])
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			all = append(all, paths(sub)...)
		}
	}
	return all
}

// TestHelp holds the help of every verb, in both languages, against what is
// checked in: go test ./cmd/gateway -run TestHelp -update.
func TestHelp(t *testing.T) {
	for _, lang := range []problem.Lang{problem.Vietnamese, problem.English} {
		var b strings.Builder
		for _, verb := range paths(verbsIn(lang)) {
			out, words, code := called(t, 0, append(verb, "--help", "--lang", string(lang))...)
			if code != 0 || words != "" {
				t.Errorf("%s %v --help: exit %d, %s", lang, verb, code, words)
			}
			b.WriteString("$ gateway " + strings.Join(append(verb, "--help"), " ") + "\n" + out + "\n")
		}
		file := filepath.Join("testdata", "help."+string(lang)+".txt")
		if update() {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a golden
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != b.String() {
			t.Errorf("%s is not what the verbs say (%v): go test ./cmd/gateway -run TestHelp -update", file, err)
		}
	}
}

// TestHelpIsInOneLanguage: no English word is left in the Vietnamese help, but for
// what is typed as it stands.
func TestHelpIsInOneLanguage(t *testing.T) {
	english := regexp.MustCompile(`(?i)\b(the|which|what|when|each|only|usage|flags?|commands?|default|required)\b`)
	typed := regexp.MustCompile(`--?[a-z-]+|gateway [a-z ]+|engine: \w+`)
	for _, verb := range paths(verbsIn(problem.Vietnamese)) {
		out, _, _ := called(t, 0, append(verb, "--help", "--lang", "vi")...)
		for line := range strings.Lines(out) {
			if found := english.FindString(typed.ReplaceAllString(line, "")); found != "" {
				t.Errorf("%v: %q stands in %q", verb, found, line)
			}
		}
		if !strings.Contains(out, "Cách dùng:") {
			t.Errorf("%v: no usage in Vietnamese:\n%s", verb, out)
		}
	}
}

// TestHelpFitsATerminal: at 60 columns no line of what a verb's flags and commands
// are is wider.
func TestHelpFitsATerminal(t *testing.T) {
	for _, verb := range paths(verbsIn(problem.Vietnamese)) {
		out, _, _ := called(t, 60, append(verb, "--help", "--lang", "vi")...)
		_, lists, _ := strings.Cut(out, "Tùy chọn chung:")
		for line := range strings.Lines(lists) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 60 {
				t.Errorf("%v: %d columns: %s", verb, n, line)
			}
		}
	}
}

// TestEveryVerbRefusesInBothLanguages: a flag that is not there, and an argument
// too many, are exit 2, with the code, in the reader's language, and as JSON.
func TestEveryVerbRefusesInBothLanguages(t *testing.T) {
	many := slices.Repeat([]string{"x"}, 5)
	for _, verb := range paths(verbsIn(problem.English)) {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"--khong-co", "--lang", "vi"}, "GW-C045 Lệnh chưa đúng: không có tùy chọn --khong-co"},
			{[]string{"--khong-co"}, "GW-C045 the call is not understood: unknown flag: --khong-co"},
			{[]string{"--khong-co", "-o", "json"}, `{"code":"GW-C045","message":"the call is not understood: unknown flag: --khong-co"`},
			{[]string{"--khong-co", "-o", "ndjson", "--lang=vi"}, `{"code":"GW-C045","message":"Lệnh chưa đúng: `},
		} {
			_, words, code := called(t, 0, slices.Concat(c.args[1:], verb, c.args[:1])...)
			if code != shell.ExitUsage || !strings.Contains(words, c.want) {
				t.Errorf("%v %v: exit %d, %s", verb, c.args, code, words)
			}
		}
		last := append([]string{""}, verb...)[len(verb)]
		if slices.Contains([]string{"help", "test", "coverage", "plan", "replay", "drop"}, last) {
			continue // these take any number
		}
		_, words, code := called(t, 0, slices.Concat(verb, many, []string{"--lang", "vi"})...)
		if code != shell.ExitUsage || !strings.Contains(words, "GW-C045") || !strings.Contains(words, "--help") {
			t.Errorf("%v with five arguments: exit %d, %s", verb, code, words)
		}
	}
}

// TestNothingIsColoured: NO_COLOR asks for what is always so.
func TestNothingIsColoured(t *testing.T) {
	out, words, _ := called(t, 60, "mapping", "list")
	if strings.Contains(out+words, "\x1b") {
		t.Error("there is a colour")
	}
}

// TestATableThatIsTooWideIsStacked: a row a block, no line wider than the terminal.
func TestATableThatIsTooWideIsStacked(t *testing.T) {
	out, _, _ := called(t, 60, "explain", "codelist", "--lang", "vi")
	for line := range strings.Lines(out) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 60 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(out, "VÍ DỤ: ") {
		t.Errorf("an example is missing:\n%s", out)
	}
	if out, _, _ := called(t, 0, "explain", "codelist"); !strings.HasPrefix(out, "WHERE") || strings.Count(out, "\n") != 2 {
		t.Errorf("what is piped is not stacked:\n%s", out)
	}
}

// TestOutputThatTakesNothing: whichever verb writes to it fails, and says why.
func TestOutputThatTakesNothing(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	for _, args := range [][]string{{"version"}, {"version", "-o", "json"}, {"--help"}, {"mapping", "list"}, {"docs", "config"},
		{"explain", "GW-C002"}, {"completion", "bash"}, {"help", "source"}} {
		var e bytes.Buffer
		code := execute(t.Context(), shell.Terminal{Out: full, Err: &e}, args)
		if code != shell.ExitFailed || !strings.Contains(e.String(), "GW-C049") {
			t.Errorf("%v: exit %d, %s", args, code, e.String())
		}
	}
}
