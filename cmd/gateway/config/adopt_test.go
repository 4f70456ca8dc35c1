package config

import (
	"strings"
	"testing"
	"time"
)

func TestAdoptions(t *testing.T) {
	load := func(one, two string) (Config, error) {
		text := "sources:\n  s:\n    adapter: rest\n    streams:\n      a: {mapping: m/x, " + one + "}\n      b: {mapping: m/x, " + two + "}\n"
		return Load("gateway.yaml", []byte(text), nil, nil)
	}
	cfg, err := load("adopt: [{stream: old, since: 2026-12-01, why: đổi tên}]", "key_prefix: nhap-")
	if err != nil {
		t.Fatal(err)
	}
	a, b := cfg.Sources["s"].Streams[0], cfg.Sources["s"].Streams[1]
	got := a.Adopting("s", time.UTC)
	if len(got) != 1 || got[0].Stream != "s/old" || got[0].Why != "đổi tên" || got[0].From.Format(time.DateOnly) != "2026-12-01" ||
		b.KeyPrefix != "nhap-" {
		t.Errorf("%+v, %q", got, b.KeyPrefix)
	}
	for name, c := range map[string]struct{ one, two, at string }{
		"itself":             {"adopt: [{stream: a}]", "every: 1m", "a.adopt[0].stream"},
		"each other":         {"adopt: [{stream: b}]", "adopt: [{stream: a}]", "b.adopt[0].stream"},
		"of another source":  {"adopt: [{stream: t/b}]", "every: 1m", "a.adopt[0].stream"},
		"a day that is none": {"adopt: [{stream: c}, {stream: b, since: 31/12/2026}]", "every: 1m", "a.adopt[1].since"},
		"nobody":             {"adopt: [{since: 2026-12-01}]", "every: 1m", "stream"},
		"a long prefix":      {"key_prefix: " + strings.Repeat("x", 65), "every: 1m", "a.key_prefix"},
	} {
		if _, err := load(c.one, c.two); err == nil || !strings.Contains(err.Error(), c.at) {
			t.Errorf("%s: %v, want a problem at %s", name, err, c.at)
		}
	}
}
