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

// What happened comes first, where it is mended after.
func TestPlacedBeginsWithWhatHappened(t *testing.T) {
	p := &problem.Problem{Code: "GW-F013", Value: "a/b", File: "gateway.yaml", Line: 80, Col: 9}
	if got := p.Placed(problem.Vietnamese); got != "Không có luồng a/b (gateway.yaml:80:9)" {
		t.Error(got)
	}
	p.Line = 0
	if got := p.Placed(problem.English); got != "there is no stream a/b" {
		t.Error(got)
	}
}
