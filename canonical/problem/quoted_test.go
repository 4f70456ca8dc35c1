package problem

import "testing"

// TestOfSource: what is listed is in the catalogue, and of a file's problems
// its name is always the source's.
func TestOfSource(t *testing.T) {
	for code, parts := range quoting() {
		if _, known := WordsOf(code); !known || parts == 0 {
			t.Errorf("%s: %d", code, parts)
		}
	}
	for code := range problemsData {
		if of := (&Problem{Code: code}).OfSource(); of&PartFile == 0 {
			t.Errorf("%s shows what a file is called", code)
		}
	}
	for _, code := range []string{"GW-S034", "GW-S060", "GW-R009", "GW-R014"} { // held in a file
		if (&Problem{Code: code}).OfSource()&PartFile == 0 {
			t.Errorf("%s shows what a file is called", code)
		}
	}
	if of := (&Problem{Code: "GW-M004", File: "mappings/x.yaml"}).OfSource(); of&PartFile != 0 {
		t.Error("the file of a mapping is a source's")
	}
	if of := (&Problem{Code: "GW-X999"}).OfSource(); of != partAll {
		t.Errorf("a code that nobody knows quotes %b", of)
	}
	if of := (&Problem{Code: "GW-R018"}).OfSource(); of&^PartFile != 0 {
		t.Errorf("our disk is the source's: %b", of)
	}
}
