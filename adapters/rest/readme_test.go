package rest

import (
	"os"
	"strings"
	"testing"

	"iocgateway/canonical/strict"
)

// Every setting and every key of a profile stands in the README.
func TestReadmeIsWhole(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var look func(fields []strict.Field)
	look = func(fields []strict.Field) {
		for _, f := range fields {
			if !strings.Contains(string(text), "`"+f.Key) && !strings.Contains(string(text), f.Key+"`") &&
				!strings.Contains(string(text), f.Key+",") && !strings.Contains(string(text), f.Key+"}") &&
				!strings.Contains(string(text), f.Key+" {") {
				t.Errorf("README.md does not name %s", f.Key)
			}
			if f.VI == "" || f.EN == "" {
				t.Errorf("%s has no words", f.Key)
			}
			look(f.Fields)
		}
	}
	look(strict.Fields(Defaults()))
	look(strict.Fields(Profile{}))
}
