package problem_test

import (
	"slices"
	"strings"
	"testing"

	"iocgateway/canonical/problem"
)

func TestShort(t *testing.T) {
	long := strings.Repeat("ộ", 100)
	if got := []rune(problem.Short(long)); len(got) > 80 || !slices.Contains(got, '…') {
		t.Errorf("%d runes", len(got))
	}
	if exact := strings.Repeat("ộ", 80); problem.Short(exact) != exact {
		t.Error("80 characters were cut")
	}
}
