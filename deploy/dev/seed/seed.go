// Package seed is where tests take their chance from: the same on every
// machine, until TEST_SEED asks for another, and how much of it they take.
package seed

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Variable is the environment variable that chooses the seed: a number from
// 1, or "fresh" for one nobody has seen. Without it every run is the same run.
const Variable = "TEST_SEED"

// Many is the variable that sets how many rounds tests take that are made of
// rounds, such as kills.
const Many = "CHAOS_ROUNDS"

// Check is rapid.Check from the seed of this run, and logs with a failure
// the command that plays it again. It leaves no file behind: what a run gives
// must not depend on what an earlier one left. The flag -rapid.seed, where
// it is given, wins. Not for tests that run in parallel: rapid has one seed
// a process.
func Check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	check(t, number(t), property)
}

func check(t *testing.T, n uint64, property func(*rapid.T)) {
	t.Helper()
	if flag.Lookup("rapid.seed").Value.String() == none {
		set(t, "rapid.seed", strconv.FormatUint(n, 10))
		defer set(t, "rapid.seed", none)
	}
	set(t, "rapid.nofailfile", "true")
	rapid.Check(judge{t}, property)
}

// rounds bound CheckUntil: what so many did not reach is hardly ever reached.
const rounds = 20

// CheckUntil is Check, again from other seeds until all that the property is for
// was met: a short run of an unlucky seed is no proof, and no failure. It fails
// where the last round, too, left something out.
func CheckUntil(t *testing.T, met map[string]int, all []string, property func(*rapid.T)) {
	t.Helper()
	lacks := func(what string) bool { return met[what] == 0 }
	n := number(t)
	for range uint64(rounds) {
		if check(t, n, property); t.Failed() || !slices.ContainsFunc(all, lacks) {
			return
		}
		n += 1_000_003 // rapid counts on from a seed, script by script
	}
	t.Errorf("after %d rounds of scripts something was never met: %v of %v", rounds, met, all)
}

const none = "0" // rapid's word for no seed

func set(t *testing.T, name, value string) {
	if err := flag.Set(name, value); err != nil {
		t.Errorf("seed: -%s: %v", name, err)
	}
}

// judge is a test that adds to rapid's words over a failure.
type judge struct{ *testing.T }

// Errorf is what rapid calls once, when a property failed.
func (j judge) Errorf(format string, args ...any) {
	j.Helper()
	text := fmt.Sprintf(format, args...)
	// Of all the scripts of a run rapid names the seed of the one that failed.
	if found := regexp.MustCompile(`-rapid\.seed=(\d+)`).FindStringSubmatch(text); found != nil {
		text = "again: " + command(j, found[1]) + "\n" + text
	}
	j.T.Errorf("%s", text)
}

// Rand is a test's own source of chance, of the seed of this run. A failure
// comes with the command that begins again from it.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	n := number(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again: %s", command(t, strconv.FormatUint(n, 10)))
		}
	})
	return rand.New(rand.NewPCG(n, ofName(t)))
}

// ofName is a number of a test's own, the same everywhere.
func ofName(t testing.TB) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Name())) // a hash takes everything
	return h.Sum64() | 1             // rapid takes 0 for none
}

// Fixed reports whether every run takes the same chances: nobody asked otherwise.
func Fixed() bool { return os.Getenv(Variable) == "" }

// Rounds is how many rounds a test takes: few, unless CHAOS_ROUNDS sets how many.
func Rounds(t testing.TB, few int) int {
	t.Helper()
	text := os.Getenv(Many)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: a number from 1", Many, text)
	}
	return n
}

// number is the seed of a test in this run. Without a word each has its own:
// tests that draw the same way do not all draw the same.
func number(t testing.TB) uint64 {
	t.Helper()
	switch text := os.Getenv(Variable); text {
	case "":
		return ofName(t)
	case "fresh":
		return rand.Uint64() | 1
	default:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n == 0 {
			t.Fatalf("%s=%q: a number from 1, or fresh", Variable, text)
		}
		return n
	}
}

// command repeats a test.
func command(t testing.TB, number string) string {
	many := ""
	if n := os.Getenv(Many); n != "" {
		many = Many + "=" + n + " "
	}
	parts := strings.Split(t.Name(), "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return fmt.Sprintf("%s%s=%s go test -count=1 -run '%s' ./%s", many, Variable, number, strings.Join(parts, "/"), folder())
}

// folder is the package under test, seen from where go.mod is: go test runs
// a test in its package's folder.
func folder() string {
	at, err := os.Getwd()
	if err != nil {
		return ""
	}
	for dir := at; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			below, err := filepath.Rel(dir, at)
			if err != nil {
				return ""
			}
			return filepath.ToSlash(below)
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
