package jsonscan_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iocgateway/canonical/jsonscan"
	"iocgateway/deploy/dev/seed"
)

// TestNumbersInKeys: no digit of a number is lost, however it is written.
func TestNumbersInKeys(t *testing.T) {
	for raw, want := range map[string][2]string{
		"12": {"12", "12"}, "12.0": {"12", "12"}, "1.2E1": {"12", "12"}, "120e-1": {"12", "12"}, "-3.00": {"-3", "-3"}, "1.5": {"1.5", "1.5"},
		"1.10": {"1.10", "1.1"}, "0.0": {"0", "0"}, "-0.0": {"0", "-0"}, "1e-3": {"1e-3", "0.001"}, "007.0": {"7", "7"}, "007": {"007", "007"},
		"9007199254740993.0": {"9007199254740993", "9007199254740993"}, "9007199254740993e0": {"9007199254740993e0", "9007199254740993"},

		"9007199254740992e0":      {"9007199254740992", "9007199254740992"},
		"100000000000000000001.0": {"100000000000000000001", "100000000000000000001"},

		"1e22": {"1e22", "1" + strings.Repeat("0", 22)}, "0.12345678901234567891": {"0.12345678901234567891", "0.12345678901234567891"},
		"1e308": {"1e308", "1" + strings.Repeat("0", 308)}, "1e400": {"1e400", "1e400"},
		"1e": {"1e", "1e"}, ".": {".", "."}, "1.2.3": {"1.2.3", "1.2.3"},
		"Tam Kỳ E1.0": {"Tam Kỳ E1.0", "Tam Kỳ E1.0"},
		"12.":         {"12", "12"}, "+5.0": {"5", "5"}, "e5": {"e5", "e5"}, "-": {"-", "-"}, "": {"", ""},
	} {
		if got := string(jsonscan.AppendWhole(nil, []byte(raw))); got != want[0] {
			t.Errorf("%s as a whole number: %s, want %s", raw, got, want[0])
		}
		if got := string(jsonscan.AppendPlain(nil, []byte(raw))); got != want[1] {
			t.Errorf("%s: %s, want %s", raw, got, want[1])
		}
	}
}

// TestNumbersAsFloatsWroteThem: what a float holds is written as it was when
// keys went through floats.
func TestNumbersAsFloatsWroteThem(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		f := rapid.Float64Range(-1e300, 1e300).Draw(t, "f")
		if rapid.Bool().Draw(t, "whole") {
			f = math.Trunc(math.Mod(f, 1<<53))
		}
		form := rapid.SampledFrom([]byte("eEg")).Draw(t, "form")
		raw := strconv.FormatFloat(f, form, -1, 64)
		if !strings.ContainsAny(raw, ".eE") {
			return
		}
		if got, want := string(jsonscan.AppendPlain(nil, []byte(raw))), strconv.FormatFloat(f, 'f', -1, 64); got != want {
			t.Fatalf("%s: %s, want %s", raw, got, want)
		}
		want := raw
		if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			want = strconv.FormatInt(int64(f), 10)
		}
		if got := string(jsonscan.AppendWhole(nil, []byte(raw))); got != want {
			t.Fatalf("%s: %s, want %s", raw, got, want)
		}
	})
}
