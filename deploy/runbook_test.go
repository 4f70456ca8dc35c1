package deploy_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const runbook = "RUNBOOK.vi.md"

// blocks are what the runbook gives to be typed.
func blocks(t *testing.T) []string {
	t.Helper()
	var all []string
	for i, part := range strings.Split("\n"+read(t, runbook), "\n```") {
		if i%2 == 1 {
			all = append(all, part)
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d blocks found: the search is broken", len(all))
	}
	return all
}

// TestBlocksAreShell: what is typed is closed and whole.
func TestBlocksAreShell(t *testing.T) {
	for _, block := range blocks(t) {
		if out, err := tool(t, ".", "bash", "-n", "-c", block); err != nil {
			t.Errorf("%v: %s\n%s", err, out, block)
		}
	}
}

// here are the verbs that work on this machine's files and not on the running
// gateway: they are not tried.
var here = []string{"backup", "doctor", "validate", "migrate", "run", "audit accept", "source ping"}

// TestCommandsAreUnderstood types them where no gateway answers: each must come
// as far as asking for one. A flag, an operand or a reason that is missing would
// be a call that is not understood.
func TestCommandsAreUnderstood(t *testing.T) {
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	bin, n := t.TempDir(), 0
	if err := os.Symlink(file, filepath.Join(bin, "gateway")); err != nil {
		t.Skip(err)
	}
	each := regexp.MustCompile(`(?m)(?:^|; |&& )(gateway ([a-z]+)(?: ([a-z-]+))?[^;&|\n]*)`)
	for _, block := range blocks(t) {
		for _, m := range each.FindAllStringSubmatch(block, -1) {
			if slices.Contains(here, m[2]) || slices.Contains(here, m[2]+" "+m[3]) {
				continue
			}
			n++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", m[1])
			cmd.Dir = bin
			cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + bin, "GATEWAY_URL=http://127.0.0.1:1",
				"GATEWAY_TOKEN=0123456789abcdef"}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if errors.As(err, &exit) && !slices.Contains([]int{1, 5}, exit.ExitCode()) {
				t.Errorf("%s: %v\n%s", m[1], err, out)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d commands tried: the search is broken", n)
	}
}

// TestSectionsExist: where the runbook and the alerts send people.
func TestSectionsExist(t *testing.T) {
	heads, n := map[string]bool{}, 0
	for _, m := range regexp.MustCompile(`(?m)^## (\d+[a-z]?)\. `).FindAllStringSubmatch(read(t, runbook), -1) {
		heads[m[1]] = true
	}
	sent := regexp.MustCompile(`mục (\d+[a-z]?)(?: và (\d+[a-z]?))?`)
	index := regexp.MustCompile(`(?m)^\| [^|]+ \| (\d+[a-z]?)(?:, (\d+[a-z]?))? \|$`)
	for _, text := range []string{read(t, runbook), read(t, "prometheus/alerts.yml")} {
		for _, m := range append(sent.FindAllStringSubmatch(text, -1), index.FindAllStringSubmatch(text, -1)...) {
			for _, to := range m[1:] {
				if n++; to != "" && !heads[to] {
					t.Errorf("%q: there is no section %s", m[0], to)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d references found: the search is broken", n)
	}
}

// TestRunbookSaysStatesAsScreensDo: whoever reads a state finds its row.
func TestRunbookSaysStatesAsScreensDo(t *testing.T) {
	book, said := read(t, runbook), map[string]string{}
	for _, m := range regexp.MustCompile(`"state\.([a-z_]+)": +\{"([^"]+)"`).FindAllStringSubmatch(read(t, "../canonical/words/glossary.go"), -1) {
		said[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile(`State = "([a-z_]+)"`).FindAllStringSubmatch(read(t, "../router/health/health.go"), -1) {
		if row := "| `" + m[1] + "` " + said[m[1]] + " |"; said[m[1]] == "" || !strings.Contains(book, row) {
			t.Errorf("the runbook has no row that begins %q", row)
		}
	}
}

// TestRunbookSaysTheCommonestCodes: what sources most often fail with has its row
// in table 3a, with whose work it is and what is typed or waited for.
func TestRunbookSaysTheCommonestCodes(t *testing.T) {
	_, table, _ := strings.Cut(read(t, runbook), "\n## 3a. ")
	table, _, _ = strings.Cut(table, "\n## ")
	whose := regexp.MustCompile("đơn vị quản lý nguồn|người cấu hình|người quản trị|`gateway |mục \\d")
	for _, code := range []string{"GW-S001", "GW-S002", "GW-S003", "GW-S004", "GW-S005", "GW-S006", "GW-S007", "GW-S011", "GW-S801",
		"GW-R110", "GW-R111", "GW-R072", "GW-R025"} {
		cells := "[^|\n]*`" + code + "`[^|\n]*"
		row := regexp.MustCompile(`(?m)^\|` + cells + `\|[^|\n]+\|([^|\n]+)\|$`).FindStringSubmatch(table)
		if row == nil {
			t.Errorf("table 3a has no row of %s", code)
		} else if !whose.MatchString(row[1]) {
			t.Errorf("the row of %s does not say whose work it is: %s", code, row[1])
		}
	}
}
