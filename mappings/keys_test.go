package mappings

import (
	"slices"
	"testing"

	"iocgateway/mappings/keys"
)

// TestKeysAreWhatTheCompilerTakes: what the reference and editors show of a
// rule and of cleaning steps is what is taken, no more and no less.
func TestKeysAreWhatTheCompilerTakes(t *testing.T) {
	var taken []string
	for f := formText; f <= formDict; f++ {
		taken = append(taken, ruleKeys(&field{form: f})...)
	}
	slices.Sort(taken)
	shown := slices.Sorted(slices.Values(keys.Names(keys.Rule())))
	if taken = slices.Compact(taken); !slices.Equal(taken, shown) {
		t.Errorf("taken %v, shown %v", taken, shown)
	}
	kinds, steps := stepKinds(), keys.Steps()
	if len(kinds) != len(steps) {
		t.Fatalf("%d steps, %d shown", len(kinds), len(steps))
	}
	for i, k := range kinds {
		if arg := steps[i].Type; k.name != steps[i].Key || k.arg != arg && (k.arg != "none" || arg != "") {
			t.Errorf("step %d: %s %s, shown %s %s", i, k.name, k.arg, steps[i].Key, arg)
		}
	}
}
