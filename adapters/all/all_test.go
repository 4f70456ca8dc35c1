package all

import (
	"testing"

	"iocgateway/adapters/rest"
)

func TestSpecsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Specs() {
		i := s.Info
		if i.Name == "" || i.VI == "" || i.EN == "" || s.Open == nil || seen[i.Name] {
			t.Errorf("adapter %q: a word is missing, or the name stands twice", i.Name)
		}
		seen[i.Name] = true
		for _, f := range s.Fields {
			if f.VI == "" || f.EN == "" {
				t.Errorf("adapter %s: setting %s has no words", i.Name, f.Key)
			}
		}
		for _, p := range i.Profiles {
			if p.Name == "" || p.VI == "" || p.EN == "" || p.Evidence == "" {
				t.Errorf("adapter %s: profile %q: a word is missing", i.Name, p.Name)
			}
		}
	}
	if !seen[rest.Spec().Info.Name] {
		t.Error("rest is not listed")
	}
}
