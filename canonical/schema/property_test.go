package schema_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"iocgateway/canonical"
	"iocgateway/deploy/dev/seed"
)

// TestNeverStricter: whatever a golden record loses, and whatever codes it
// has, the schema takes every record that Validate takes.
func TestNeverStricter(t *testing.T) {
	var hardly []string
	for _, kind := range canonical.Kinds() {
		s, body, tried, agreed := compiled(t, kind), golden(t, kind), 0, 0
		seed.Check(t, func(t *rapid.T) {
			tried++
			var tree map[string]any
			if err := json.Unmarshal(body, &tree); err != nil {
				t.Fatal(err)
			}
			prune(t, tree)
			less, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			e, err := canonical.Decode(kind, less)
			if err != nil || canonical.Validate(e) != nil {
				return
			}
			agreed++
			again, err := canonical.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(again))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(value); err != nil {
				t.Fatalf("Validate takes what the schema does not: %v\n%s", err, again)
			}
		})
		if agreed*50 < tried { // with -short so few are drawn that none may be
			t.Logf("%s: hardly any record was valid: %d of %d", kind, agreed, tried)
			hardly = append(hardly, string(kind))
		}
	}
	if len(hardly) > 0 && !testing.Short() {
		t.Errorf("the check hardly tried %v", hardly)
	}
}

// prune takes members away at random, on every level.
func prune(t *rapid.T, tree map[string]any) {
	for name, value := range tree {
		if rapid.IntRange(0, 11).Draw(t, "take "+name) == 0 {
			delete(tree, name)
			continue
		}
		switch below := value.(type) {
		case map[string]any:
			prune(t, below)
		case []any:
			for _, item := range below {
				if object, ok := item.(map[string]any); ok {
					prune(t, object)
				}
			}
		}
	}
}
