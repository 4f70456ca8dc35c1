package mappings

import (
	"testing"

	"iocgateway/canonical/strict"
	"iocgateway/canonical/units"
)

func shippedSet(t testing.TB) *Set {
	t.Helper()
	table, err := units.Default()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(Options{Units: UnitTable(table)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestShippedMappings(t *testing.T) {
	s := shippedSet(t)
	if len(s.Names()) < 8 {
		t.Fatalf("only %v", s.Names())
	}
	for _, name := range s.Names() {
		t.Run(name, func(t *testing.T) {
			results, err := RunTests(s, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				for _, p := range r.Problems {
					t.Errorf("%s: %v", r.Case, p)
				}
			}
			if len(results) == 0 {
				t.Error("no cases")
			}
		})
	}
	for _, l := range s.CodeLists() {
		if l.Evidence == "" || len(l.Entries) == 0 {
			t.Errorf("%s: %+v", l.Name, l)
		}
	}
}

// seeds are the Raws of a mapping's own test.
func seeds(s *Set, name string) [][]byte {
	root, err := strict.Parse("seed", s.files[name+"_test.yaml"].data)
	if err != nil || root.Get("cases") == nil {
		return nil
	}
	var out [][]byte
	for _, n := range root.Get("cases").Items {
		if raw := n.Get("raw"); raw != nil {
			out = append(out, []byte(raw.Value))
		}
	}
	return out
}
