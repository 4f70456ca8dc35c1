package problem_test

import (
	"errors"
	"testing"

	"iocgateway/canonical/problem"
)

// whole is how many of the samples have all that a Problem may have.
const whole = 2

// samples are Problems of a code, with all that one may have and with less.
func samples(code string) []*problem.Problem {
	full := problem.Problem{Code: code, Field: "title", Path: "data.items", Value: "qlvb/van-ban", Want: "5101", Near: "x-1",
		Err: errors.New("dial tcp 127.0.0.1:9: connect: connection refused")}
	switch code { // whose holes are times, spans, or words of the glossary
	case "GW-R110", "GW-R111":
		full.Value, full.Want, full.Near = "3", "2026-11-30T08:15:00+07:00", "2026-11-30T09:15:00+07:00"
	case "GW-R047":
		full.Value, full.Want = "paused", "resume"
	}
	bare, less := full, full
	bare.Err, bare.Near, bare.Path = nil, "", ""
	less.Err, less.Value = nil, ""
	span := full
	span.Value, span.Want, span.Near = "2h5m0s", "90s", "1m30s"
	return []*problem.Problem{&full, &span, &bare, &less}
}

// TestToldInAnotherLanguage: what was written down in English is said in
// Vietnamese as if it had just happened, whatever the code.
func TestToldInAnotherLanguage(t *testing.T) {
	for code := range problem.Codes() {
		for i, p := range samples(code) {
			told, ok := problem.Told(code, p.Text(problem.English))
			if !ok {
				if i < whole {
					t.Errorf("%s is not found again: %s", code, p.Text(problem.English))
				}
				continue // what must be there was not
			}
			if got, want := told.Text(problem.Vietnamese), p.Text(problem.Vietnamese); got != want {
				t.Errorf("%s, of %q\n got %s\nwant %s", code, p.Text(problem.English), got, want)
			}
		}
	}
}

func TestToldIsOfItsCode(t *testing.T) {
	if p, ok := problem.Told("GW-R016", "stream a/b is paused and takes no deliveries"); ok {
		t.Errorf("the words of another code: %+v", p)
	}
	if _, ok := problem.Told("GW-X999", "anything"); ok {
		t.Error("a code that is none")
	}
	p, ok := problem.Told("GW-R016", "the source of stream qlvb/van-ban delivers by itself: there is nothing to ask")
	if !ok || p.Value != "qlvb/van-ban" {
		t.Errorf("%+v", p)
	}
}
