package store

import (
	"testing"

	"iocgateway/canonical/problem"
)

func TestRowsOfOneMendAreOneGroup(t *testing.T) {
	for _, c := range []struct{ code, path, want string }{
		{"GW-D020", "S!A17", "S!A"}, {"GW-D020", "17", ""}, {"GW-D021", "Biểu 2!AB1048576", "Biểu 2!AB"}, {"GW-D020", "line 9", "line "},
		{"GW-D020", "rows[3]", "rows[*]"}, {"GW-M021", "place.0.id", "place.*.id"}, {"GW-M021", "place.12", "place.*"}, {"GW-M021", "Q1", "Q1"},
		{"GW-M021", "a.b2.c", "a.b2.c"}, {"GW-M021", "items[0].codes[12]", "items[*].codes[*]"},
	} {
		if got := pathOf(&problem.Problem{Code: c.code, Path: c.path}); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.code, c.path, got, c.want)
		}
	}
}
