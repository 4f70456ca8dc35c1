package seed

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// inChild makes the tests of TestChild do what they are for: in a process of
// their own, that another test started.
const inChild = "SEED_TEST_CHILD"

// TestChild is nothing by itself.
func TestChild(t *testing.T) {
	if os.Getenv(inChild) == "" {
		t.Log("started by the other tests")
		return
	}
	t.Run("holds", func(t *testing.T) {
		var drawn []uint64
		Check(t, func(t *rapid.T) { drawn = append(drawn, rapid.Uint64().Draw(t, "n")) })
		t.Logf("drawn %d %v", len(drawn), drawn)
	})
	t.Run("is wrong", func(t *testing.T) {
		tried := 0
		Check(t, func(t *rapid.T) {
			if tried++; rapid.IntRange(0, 1000).Draw(t, "n") >= 500 {
				t.Fatalf("the first is number %d", tried)
			}
		})
	})
	t.Run("rand", func(t *testing.T) {
		t.Fatalf("rand %d", Rand(t).Uint64())
	})
}

// child runs TestChild as a process, with more in its environment.
func child(t *testing.T, run string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+run, "-test.v")
	cmd.Env = append(append(clean(os.Environ()), inChild+"=1"), env...)
	out, err := cmd.CombinedOutput()
	if err == nil && !strings.Contains(run, "holds") {
		t.Fatalf("nothing failed:\n%s", out)
	}
	return string(out)
}

// clean leaves out what this very run may have been asked for.
func clean(environ []string) (left []string) {
	for _, e := range environ {
		if !strings.HasPrefix(e, Variable+"=") && !strings.HasPrefix(e, Many+"=") && !strings.HasPrefix(e, "RAPID_") {
			left = append(left, e)
		}
	}
	return left
}

func found(t *testing.T, pattern, text string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in\n%s", pattern, text)
	}
	return m[1]
}

func TestSameOnEveryMachine(t *testing.T) {
	for _, c := range []struct{ run, pattern string }{{"TestChild/holds", `drawn (\d+ .*)`}, {"TestChild/rand", `rand (\d+)`}} {
		one, two := found(t, c.pattern, child(t, c.run)), found(t, c.pattern, child(t, c.run))
		if one != two {
			t.Errorf("%s: two runs draw %s and %s", c.run, one, two)
		}
		one, two = found(t, c.pattern, child(t, c.run, Variable+"=fresh")), found(t, c.pattern, child(t, c.run, Variable+"=fresh"))
		if one == two {
			t.Errorf("%s: two fresh runs draw the same: %s", c.run, one)
		}
		one, two = found(t, c.pattern, child(t, c.run, Variable+"=7")), found(t, c.pattern, child(t, c.run, Variable+"=7"))
		if one != two {
			t.Errorf("%s: one seed draws %s and %s", c.run, one, two)
		}
	}
}

// TestFailureLogsTheCommand: and the command fails in the same way, at once.
func TestFailureLogsTheCommand(t *testing.T) {
	for _, env := range [][]string{nil, {Variable + "=fresh"}} {
		text := child(t, "TestChild/is_wrong", env...)
		number := found(t, `again: `+Variable+`=(\d+) go test -count=1 -run '\^TestChild\$/\^is_wrong\$' \./deploy/dev/seed\n`, text)
		if again := child(t, "TestChild/is_wrong", Variable+"="+number); !strings.Contains(again, "failed after 0 tests") {
			t.Errorf("%s=%s does not fail at once:\n%s", Variable, number, again)
		}
		text = child(t, "TestChild/rand", append(env, Many+"=3")...)
		number = found(t, `again: `+Many+`=3 `+Variable+`=(\d+) go test -count=1 -run '\^TestChild\$/\^rand\$' \./deploy/dev/seed\n`, text)
		first := found(t, `rand (\d+)`, text)
		if again := found(t, `rand (\d+)`, child(t, "TestChild/rand", Variable+"="+number)); again != first {
			t.Errorf("%s=%s draws %s, not %s", Variable, number, again, first)
		}
	}
	if _, err := os.Stat("testdata"); !os.IsNotExist(err) {
		t.Errorf("a failure left a file behind (%v)", err)
	}
}

// TestWrongWordsAreRefused, rather than taken for the usual.
func TestWrongWordsAreRefused(t *testing.T) {
	for _, word := range []string{"0", "new", "-1", "1.5"} {
		if text := child(t, "TestChild/rand", Variable+"="+word); !strings.Contains(text, "a number from 1, or fresh") {
			t.Errorf("%s=%s is taken:\n%s", Variable, word, text)
		}
	}
}

func TestRounds(t *testing.T) {
	t.Setenv(Many, "")
	if n := Rounds(t, 5); n != 5 {
		t.Errorf("%d rounds, want 5", n)
	}
	t.Setenv(Many, "17")
	if n := Rounds(t, 5); n != 17 {
		t.Errorf("%d rounds, want 17", n)
	}
}

// TestChildUntil is nothing by itself.
func TestChildUntil(t *testing.T) {
	if os.Getenv(inChild) == "" {
		t.Log("started by the other tests")
		return
	}
	for _, c := range []struct {
		name string
		need int
	}{{"at once", 100}, {"holds later", 250}, {"never", 1 << 30}} {
		t.Run(c.name, func(t *testing.T) {
			tried, met := 0, map[string]int{}
			CheckUntil(t, met, []string{"enough"}, func(t *rapid.T) {
				rapid.Bool().Draw(t, "any")
				if tried++; tried >= c.need {
					met["enough"]++
				}
			})
			t.Logf("ended after %d", tried)
		})
	}
}

// TestUntilEverythingWasTried: scripts of other seeds are tried, and not without end.
func TestUntilEverythingWasTried(t *testing.T) {
	text := child(t, "TestChildUntil")
	for _, want := range []string{"ended after 100\n", "ended after 300\n", "after 20 rounds of scripts something was never met: map[] of [enough]\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
