package ioffice

import (
	"os"
	"strings"
	"testing"
)

// The README names every setting and every profile.
func TestReadmeIsWhole(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec()
	for _, f := range spec.Fields {
		if !strings.Contains(string(text), "`"+f.Key+"`") {
			t.Errorf("README.md does not name the setting %s", f.Key)
		}
	}
	for _, p := range spec.Info.Profiles {
		if !strings.Contains(string(text), "`"+p.Name+"`") {
			t.Errorf("README.md does not name the profile %s", p.Name)
		}
	}
}
